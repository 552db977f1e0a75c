"""What each kind of statement does to the walk: simple commands, lists, pipelines, loops, functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callgate.shell import expand, redirects
from callgate.shell.walk import MAX_LOOP_VALUES, Walker, register
from callgate.shell.words import Word

if TYPE_CHECKING:
    from tree_sitter import Node

    from callgate.shell.state import State

Assignments = list[tuple[str, "Word | None"]]
_REDIRECTS = frozenset({"file_redirect", "heredoc_redirect", "herestring_redirect"})


def command(walker: Walker, node: Node) -> None:
    """A simple command: assignments, words, and here-strings between them."""
    simple(walker, node, [])


def simple(walker: Walker, node: Node | None, extra: list[Word], whole: Node | None = None) -> None:
    """Walk the words of *node* and run them, with *extra* words that redirects had swallowed."""
    assignments: Assignments = []
    words: list[Word] = []
    if node is not None:
        walker.check_gaps(node)
        for child in node.children:
            kind = child.type
            if kind == "variable_assignment":
                assignments.append(_assignment(walker, child))
            elif kind == "command_name":
                words.extend(_words(walker, child))
            elif kind in _REDIRECTS:
                extra = extra + redirect(walker, child)
            elif kind == "subshell" or child.is_missing:
                walker.problem(child, "a parenthesis among the words")
                walker.loose(child)
            else:
                words.extend(expand.expand(walker, child))
    outer = whole or node
    span = walker.span(outer) if outer is not None else walker.span_of_source()
    walker.runner.simple(walker, words + extra, assignments, span)


def _words(walker: Walker, name: Node) -> list[Word]:
    return [word for child in name.children for word in expand.expand(walker, child)] if name.child_count else [
        Word(walker.text(name), walker.span(name))
    ]  # fmt: skip


def _assignment(walker: Walker, node: Node) -> tuple[str, Word | None]:
    """Return the name and the value (`None`: not known) of an assignment."""
    name_node = node.child_by_field_name("name")
    value_node = node.child_by_field_name("value")
    walker.check_gaps(node)
    if name_node is None:
        walker.problem(node, "an assignment without a name")
        return "", None
    appends = any(child.type == "+=" for child in node.children)
    if name_node.type == "subscript":
        walker.subscript(name_node)
        inner = name_node.child_by_field_name("name")
        if value_node is not None:
            walker.scan(node)
        return (walker.text(inner) if inner else ""), None
    name = walker.text(name_node)
    if value_node is None:
        return name, Word("", walker.span(node))
    if value_node.type == "array":
        for child in value_node.named_children:
            expand.expand(walker, child)
        return name, None
    value: Word | None = expand.expand_single(walker, value_node)
    if appends and value is not None:
        before = walker.lookup(name)
        value = None if before is None or before.glob else value._replace(value=before.value + value.value)
    if value is not None and value.dynamic and not value.taint:
        value = None
    return name, value


def redirect(walker: Walker, node: Node) -> list[Word]:
    """Walk a redirect of any kind; return words behind it that belong to the command."""
    if node.type == "file_redirect":
        return redirects.file_redirect(walker, node)
    if node.type == "herestring_redirect":
        redirects.here_string(walker, node)
        return []
    walker.state.here = redirects.here_document(walker, node)
    if walker.state.here is not None and walker.state.here.taint:
        walker.state.stdin = walker.state.here.taint
    return []


def redirected(walker: Walker, node: Node) -> None:
    """A statement with redirects; a here-document also holds what stands behind it on its line."""
    walker.check_gaps(node)
    kept = walker.state.here, walker.state.stdin
    extra: list[Word] = []
    followers: list[Node] = []
    for child in node.children:
        if child.type in _REDIRECTS:
            extra += redirect(walker, child)
            if child.type == "heredoc_redirect":
                for inner in child.children:
                    if inner.type in {"file_redirect", "herestring_redirect", "heredoc_redirect"}:
                        extra += redirect(walker, inner)
                    elif inner.type not in {"<<", "<<-", "file_descriptor"} and not inner.type.startswith("heredoc_"):
                        followers.append(inner)
    arguments = [inner for inner in followers if inner.is_named and _is_argument(inner)]
    for inner in arguments:
        extra += expand.expand(walker, inner)
    first = len(walker.runner.units)
    _body(walker, node, extra)
    walker.state.here, walker.state.stdin = kept
    _follow(walker, [inner for inner in followers if inner not in arguments], first)


def _is_argument(node: Node) -> bool:
    return node.type in {"word", "string", "raw_string", "concatenation", "number", "simple_expansion", "expansion",
                         "command_substitution", "ansi_c_string", "translated_string"}  # fmt: skip


def _body(walker: Walker, node: Node, extra: list[Word]) -> None:
    body = node.child_by_field_name("body")
    if body is None or body.type == "command":
        simple(walker, body, extra, whole=node)
        return
    if extra:
        walker.problem(node, "words behind a redirect of a compound command")
    walker.statement(body)


def _follow(walker: Walker, nodes: list[Node], first: int) -> None:
    """Walk what stands behind `<<EOF` on its line: `| tee x`, `&& git add x`."""
    for inner in nodes:
        if inner.type == "pipeline":
            taint = walker.runner.taint_since(first)
            kept = walker.state.stdin, walker.state.here
            walker.state.here = None
            walker.state.stdin = taint
            pipeline(walker, inner)
            walker.state.stdin, walker.state.here = kept
        elif inner.is_named:
            before = walker.state.copy()
            walker.statement(inner)
            walker.state.merge(before)
        elif inner.type not in {"&&", "||", ";", "|", "|&", "&"}:
            walker.problem(inner, f"`{inner.type}` behind a here-document is not understood")


def pipeline(walker: Walker, node: Node) -> None:
    """Stages run in shells of their own, but the grammar may put the rest of a list into the last one."""
    walker.check_gaps(node)
    runner = walker.runner
    outermost = runner.enter_pipe()
    start = walker.state
    ends: list[State] = []
    taint, here = start.stdin, start.here
    for child in node.children:
        if not child.is_named:
            if child.type not in {"|", "|&"}:
                walker.problem(child, f"`{child.type}` in a pipeline is not understood")
            # What follows reads the pipe, whatever fed the first stage.
            here = None
            continue
        first = len(runner.units)
        walker.state = start.copy()
        walker.state.stdin, walker.state.here = taint, here
        walker.statement(child)
        ends.append(walker.state)
        taint = runner.taint_since(first) or taint
    walker.state = start
    for end in ends:
        start.merge(end)
    runner.leave_pipe(outermost)


def and_or(walker: Walker, node: Node) -> None:
    """`a && b`, `a || b`: the right side sees a `cd` that worked, or one that failed; afterwards either may hold."""
    walker.check_gaps(node)
    operator = ""
    for child in node.children:
        if not child.is_named:
            operator = child.type
            if operator not in {"&&", "||"}:
                walker.problem(child, f"`{operator}` in a list is not understood")
            continue
        if not operator:
            walker.statement(child)
            continue
        state = walker.state
        before = state.copy()
        before.settle()
        if operator == "&&":
            state.failed = None
            walker.statement(child)
            after = walker.state
            failed = after.failed
            kept_cwds = after.cwds
            after.failed = None
            after.merge(before)
            after.failed = after.cwds if failed is None else _joined(after.cwds, failed)
            after.cwds = kept_cwds
        else:
            worked = state.copy()
            worked.failed = None
            state.settle()
            walker.statement(child)
            if _leaves(walker, child):
                walker.state = worked
            else:
                walker.state.merge(before)


def _joined(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one + other)) if one and other else ()


def _leaves(walker: Walker, node: Node) -> bool:
    """Whether *node* certainly ends the shell (`exit`, `exit 1`), so that what follows had the left side work."""
    parts = walker.text(node).split()
    return node.type == "command" and parts[0] == "exit" and len(parts) < 3 and "exit" not in walker.state.functions


def negated(walker: Walker, node: Node) -> None:
    """`! command`."""
    walker.sequence(node)


def subshell(walker: Walker, node: Node) -> None:
    """`( … )`: what it changes stays inside."""
    start = walker.state
    walker.branch(lambda: walker.sequence(node), start)


def group(walker: Walker, node: Node) -> None:
    """`{ …; }`, `do … done`, and `(( … ))`."""
    if node.children and node.children[0].type == "((":
        walker.arithmetic(node)
        return
    walker.sequence(node)


def if_statement(walker: Walker, node: Node) -> None:
    """Every branch may run; conditions run in order."""
    walker.check_gaps(node)
    ends: list[State] = []
    _if_part(walker, node, ends)
    for end in ends:
        walker.state.merge(end)


def _if_part(walker: Walker, node: Node, ends: list[State]) -> None:
    """Walk `if`/`elif` *node*: its condition in the running state, its branch in a copy, then its alternatives."""
    in_branch = node.type == "else_clause"
    branch: list[Node] = []
    for child in node.children:
        if child.type == "then":
            in_branch = True
        elif child.type in {"elif_clause", "else_clause"}:
            ends.append(walker.branch(lambda nodes=branch: [_step(walker, one) for one in nodes], walker.state))  # type: ignore[misc]
            branch = []
            walker.check_gaps(child)
            _if_part(walker, child, ends)
            in_branch = False
        elif child.is_named:
            if in_branch:
                branch.append(child)
            else:
                _step(walker, child)
        elif child.type == "&" or child.is_missing:
            walker.problem(child, "a job in the background inside `if` is not followed")
    if branch:
        ends.append(walker.branch(lambda: [_step(walker, one) for one in branch] and None, walker.state))


def _step(walker: Walker, node: Node) -> None:
    walker.statement(node)
    walker.state.settle()


def while_statement(walker: Walker, node: Node) -> None:
    """`while` and `until`: condition and body, any number of times."""
    _loop(walker, node, lambda: _loop_parts(walker, node))


def _loop_parts(walker: Walker, node: Node) -> None:
    walker.check_gaps(node)
    for child in node.children:
        if child.is_named:
            _step(walker, child)


def _loop(walker: Walker, node: Node, work: object) -> None:
    """Walk a body that runs any number of times: once to see what it changes, then in a state without that."""
    assert callable(work)  # noqa: S101 - narrows the type only
    start = walker.state.copy()
    if not walker.runner.enter_loop():
        walker.problem(node, "loops nested too deep")
        return
    mark = walker.runner.mark()
    end = walker.branch(work, start)
    widened = start.copy()
    widened.merge(end)
    if (
        widened.cwds != start.cwds
        or widened.variables != start.variables
        or len(widened.functions) > len(start.functions)
    ):
        walker.runner.rewind(mark)
        again = walker.branch(work, widened)
        widened.merge(again)
    walker.state = widened
    walker.runner.leave_loop()


def for_statement(walker: Walker, node: Node) -> None:
    """`for x in words`: constants are followed one by one, anything else leaves the variable unknown."""
    walker.check_gaps(node)
    variable = node.child_by_field_name("variable")
    body = node.child_by_field_name("body")
    name = walker.text(variable) if variable else ""
    selects = any(child.type == "select" for child in node.children)
    values = [word for child in node.children_by_field_name("value") for word in expand.expand(walker, child)]
    listed = any(child.type == "in" for child in node.children)
    if body is None or not name:
        walker.problem(node, "a loop without a body")
        return
    walker.note_assignment(name, None, node, exported=False)
    constant = listed and not selects and 0 < len(values) <= MAX_LOOP_VALUES and not any(w.dynamic for w in values)
    if not constant or not walker.runner.few_units():
        walker.state.variables[name] = None
        _loop(walker, node, lambda: _step(walker, body))
        return
    for value in values:
        before = walker.state.copy()
        walker.state.variables[name] = value
        _step(walker, body)
        # `break` and `continue` may have skipped any part of the body.
        before.variables[name] = value
        walker.state.merge(before)
    walker.state.variables[name] = None


def c_style_for(walker: Walker, node: Node) -> None:
    """`for ((i = 0; i < 3; i++))`."""
    walker.check_gaps(node)
    for child in node.children:
        if child.type == "variable_assignment":
            name, value = _assignment(walker, child)
            walker.state.variables[name] = value
        elif child.is_named and child.type not in {"do_group", "compound_statement"}:
            names = {child} if child.type == "variable_name" else set()
            if names or child.child_count:
                walker.arithmetic(child)
    for assigned in [c for c in node.children if c.type == "variable_assignment"]:
        walker.state.variables[_assignment(walker, assigned)[0]] = None
    body = node.child_by_field_name("body")
    if body is None:
        walker.problem(node, "a loop without a body")
        return
    _loop(walker, node, lambda: _step(walker, body))


def case_statement(walker: Walker, node: Node) -> None:
    """`case`: every item may run, and may fall through to the next."""
    walker.check_gaps(node)
    value = node.child_by_field_name("value")
    if value is not None:
        expand.expand(walker, value)
    ends: list[State] = []
    for item in (child for child in node.named_children if child.type == "case_item"):
        walker.check_gaps(item)
        for pattern in item.children_by_field_name("value"):
            walker.scan(pattern) if pattern.child_count else expand.expand(walker, pattern)
        patterns = set(item.children_by_field_name("value"))
        body = [child for child in item.named_children if child not in patterns]
        ends.append(walker.branch(lambda nodes=body: [_step(walker, one) for one in nodes] and None, walker.state))  # type: ignore[misc]
        # A later item may run after this one (`;&`), or without it.
        walker.state.merge(ends[-1].copy())
    for end in ends:
        walker.state.merge(end)


def function_definition(walker: Walker, node: Node) -> None:
    """Remember where the body is; it is walked where the function is called."""
    walker.check_gaps(node)
    name = node.child_by_field_name("name")
    body = node.child_by_field_name("body")
    if name is None or body is None:
        walker.problem(node, "a function without a body")
        return
    for child in node.children_by_field_name("redirect"):
        redirect(walker, child)
    walker.state.functions[walker.text(name)] = (walker, body)


def test_command(walker: Walker, node: Node) -> None:
    """`[ … ]`, `[[ … ]]`: only reads attributes of files, but its words may substitute, and `-eq` is arithmetic."""
    walker.scan(node)
    text = walker.text(node)
    if text.startswith("[["):
        if any(f" {op} " in text for op in ("-eq", "-ne", "-lt", "-le", "-gt", "-ge")):
            for side in _numeric_sides(node):
                walker.arithmetic(side)
        if " -v " in text or " -R " in text:
            walker.problem(node, "`-v` evaluates an array index")
    elif text.startswith("(("):
        walker.arithmetic(node)
    elif "-v" in text.split():
        walker.problem(node, "`-v` evaluates an array index")
    walker.runner.harmless(walker, "[" if not text.startswith("[[") else "[[", text, walker.span(node))


def _numeric_sides(node: Node) -> list[Node]:
    found: list[Node] = []
    for child in node.children:
        if child.type == "binary_expression":
            operator = child.child_by_field_name("operator")
            if operator is not None and operator.text in {b"-eq", b"-ne", b"-lt", b"-le", b"-gt", b"-ge"}:
                found.append(child)
                continue
        found.extend(_numeric_sides(child))
    return found


def declaration(walker: Walker, node: Node) -> None:
    """`export`, `declare`, `local`, `readonly`, `typeset`."""
    walker.check_gaps(node)
    keyword = node.children[0].type
    flags = ""
    names: Assignments = []
    for child in node.children[1:]:
        if child.type == "variable_assignment":
            names.append(_assignment(walker, child))
        elif child.type == "variable_name":
            names.append((walker.text(child), walker.lookup(walker.text(child))))
        else:
            for word in expand.expand(walker, child):
                if word.value.startswith("-") and not word.dynamic:
                    flags += word.value[1:]
                else:
                    walker.problem(child, f"`{keyword}` of a name that is not known")
    walker.runner.declare(walker, keyword, flags, names, node)


def unset(walker: Walker, node: Node) -> None:
    """`unset`: the variable is no longer the constant it was; functions stay followed (a superset)."""
    walker.check_gaps(node)
    for child in node.named_children:
        if child.type == "variable_name":
            walker.state.variables[walker.text(child)] = None
            walker.note_assignment(walker.text(child), None, child, exported=False)
        else:
            for word in expand.expand(walker, child):
                if word.value not in {"-v", "-f"}:
                    walker.problem(child, "`unset` of a name that is not known")
    walker.runner.harmless(walker, "unset", walker.text(node), walker.span(node))


def assignment(walker: Walker, node: Node) -> None:
    """An assignment on its own."""
    walker.runner.simple(walker, [], [_assignment(walker, node)], walker.span(node))


def assignments(walker: Walker, node: Node) -> None:
    """Several assignments on their own."""
    walker.check_gaps(node)
    for child in node.named_children:
        assignment(walker, child)


def comment(_walker: Walker, _node: Node) -> None:
    """A comment does nothing."""


register({
    "command": command, "redirected_statement": redirected, "pipeline": pipeline, "list": and_or,
    "negated_command": negated, "subshell": subshell, "compound_statement": group, "do_group": group,
    "if_statement": if_statement, "while_statement": while_statement, "for_statement": for_statement,
    "c_style_for_statement": c_style_for, "case_statement": case_statement,
    "function_definition": function_definition, "test_command": test_command, "declaration_command": declaration,
    "unset_command": unset, "variable_assignment": assignment, "variable_assignments": assignments,
    "comment": comment,
})  # fmt: skip
