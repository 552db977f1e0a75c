"""What each kind of statement does to the walk: simple commands, lists, pipelines, loops, functions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from callgate.core.model import DYNAMIC
from callgate.shell import expand, literals, redirects
from callgate.shell.limits import MAX_WORDS
from callgate.shell.lineage import join, worst
from callgate.shell.tree import lost_dash
from callgate.shell.walk import Walker, register
from callgate.shell.words import Word

if TYPE_CHECKING:
    from tree_sitter import Node

    from callgate.shell.programs.names import Names
    from callgate.shell.state import State

Assignments = list[tuple[str, "Word | None"]]
_BEFORE_REDIRECT = frozenset(b"%c" % char for char in b"0123456789}")
_DESCRIPTOR = re.compile(rb"(?:^|[\s;|&()<>`])(?:\d+|\{\w+\})$")
_REDIRECTS = frozenset({"file_redirect", "heredoc_redirect", "herestring_redirect"})


def command(walker: Walker, node: Node) -> None:
    """A simple command: assignments, words, and here-strings between them."""
    simple(walker, node, [])


def simple(walker: Walker, node: Node | None, extra: list[Word], whole: Node | None = None) -> None:
    """Walk the words of *node* and run them, with *extra* words that redirects had swallowed."""
    assignments: Assignments = []
    words: list[Word] = []
    stdin = walker.state.stdin
    if node is not None:
        walker.check_gaps(node)
        for child in node.children:
            kind = child.type
            if kind == "variable_assignment":
                assignments.append(assigned(walker, child))
            elif kind == "command_name":
                words.extend(_words(walker, child))
            elif kind in _REDIRECTS:
                extra = extra + redirect(walker, child)
            elif kind == "subshell" or child.is_missing:
                walker.problem(child, "a parenthesis among the words")
                walker.loose(child)
            elif len(words) <= MAX_WORDS:  # `run` says that there are more
                words.extend(expand.expand(walker, child))
            else:
                break
    outer = whole or node
    span = walker.span(outer) if outer is not None else walker.span_of_source()
    walker.runner.simple(walker, words + extra, assignments, span)
    if node is not None and whole is None:
        walker.state.stdin = stdin  # a here-string was for this command only


def _words(walker: Walker, name: Node) -> list[Word]:
    return [word for child in name.children for word in expand.expand(walker, child)] if name.child_count else [
        Word(walker.text(name), walker.span(name))
    ]  # fmt: skip


def assigned(walker: Walker, node: Node) -> tuple[str, Word | None]:
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
        walker.runner.arrays.add(walker.text(inner) if inner else "")
        return (walker.text(inner) if inner else ""), None
    name = walker.text(name_node)
    if value_node is None:
        return name, Word("", walker.span(node))
    if value_node.type == "array":
        walker.runner.arrays.add(name)
        first = len(walker.runner.units)
        words = []
        for child in value_node.named_children:
            words += expand.expand(walker, child)
            index, bracket, _ = walker.text(child).partition("]")
            if bracket and index[:1] == "[" and not index[1:].isdigit():
                walker.problem(child, "an array index is arithmetic that may execute")
                walker.runner.evaluated(walker, walker.text(child), walker.span(child))
        walker.runner.lineage.assign(walker, name, first, worst(words))
        return name, None
    first = len(walker.runner.units)
    value = expand.expand_single(walker, value_node)
    if appends:
        before = walker.lookup(name)
        kept = walker.runner.lineage.use(walker, name) if walker.state.origins else ""
        taint = join(value.taint, kept if before is None else join(before.taint, kept))
        start = DYNAMIC if before is None or before.glob else before.value
        value = value._replace(value=start + value.value, taint=taint)
    if value.dynamic:
        walker.runner.lineage.assign(walker, name, first, value.taint)
        return name, value if value.taint else None
    return name, value


def redirect(walker: Walker, node: Node) -> list[Word]:
    """Walk a redirect of any kind; return words behind it that belong to the command."""
    before = walker.data[max(0, node.start_byte - 64) : node.start_byte]
    if before[-1:] in _BEFORE_REDIRECT and _DESCRIPTOR.search(before):
        walker.problem(node, "the descriptor of a redirect is taken for a word")
    if node.type == "file_redirect":
        return redirects.file_redirect(walker, node)
    if node.type == "herestring_redirect":
        redirects.here_string(walker, node)
        return []
    walker.state.here = redirects.here_document(walker, node)
    if walker.state.here is not None:
        walker.state.stdin = walker.state.here.taint
    return []


def redirected(walker: Walker, node: Node) -> None:
    """A statement with redirects; a here-document also holds what stands behind it on its line.

    The grammar hangs the redirect of the last command of `cd x && cat < f` on the whole list: its target is then
    worked out behind the list, where the shell may be in either directory.
    """
    walker.check_gaps(node)
    kept = walker.state.here, walker.state.stdin
    first = start = len(walker.runner.units)
    body = node.child_by_field_name("body")
    # What a loop reads from a file goes to the commands in it.
    outermost = _takes_file(node, body) and walker.runner.enter_pipe()
    late = body is not None and body.type in {"list", "pipeline", "negated_command"}
    found, followers = _redirects_of(node)
    extra = [word for one in found if not late or one.type != "file_redirect" for word in redirect(walker, one)]
    if found and lost_dash(walker.data, node, found[0]):
        extra.insert(0, Word("-", walker.span(found[0])))
    arguments = [inner for inner in followers if inner.is_named and _is_argument(inner)]
    for inner in arguments:
        extra += expand.expand(walker, inner)
    _body(walker, node, body, extra)
    if walker.runner.printed is not None:
        literals.note_redirected(walker.runner, start)
    if body is None or walker.text(body) != "exec":
        walker.state.stdin = kept[1]
    walker.state.here = kept[0]
    walker.state.heard = None
    if late:
        walker.state.settle()
        runner, kept_pipe = walker.runner, walker.runner.pipe
        if not kept_pipe and runner.units:
            runner.pipe = runner.units[-1].pipe  # what the last command of the list prints goes there
        for one in found:
            if redirect(walker, one) and one.type == "file_redirect":
                walker.problem(one, "words behind a redirect of a list")
        runner.pipe = kept_pipe
        walker.state.here, walker.state.stdin = kept
    walker.runner.leave_pipe(outermost)
    _follow(walker, [inner for inner in followers if inner not in arguments], first)


_COMPOUND = frozenset({"while_statement", "for_statement", "subshell", "compound_statement", "if_statement"})


def _takes_file(node: Node, body: Node | None) -> bool:
    """Whether the compound command *body* has its input from a file."""
    if body is None or body.type not in _COMPOUND:
        return False
    return any(one.type == "<" for child in node.children if child.type == "file_redirect" for one in child.children)


def _redirects_of(node: Node) -> tuple[list[Node], list[Node]]:
    """Return the redirects of a statement, and what stands behind a here-document on its line."""
    found: list[Node] = []
    followers: list[Node] = []
    for child in node.children:
        if child.type not in _REDIRECTS:
            continue
        found.append(child)
        for inner in child.children if child.type == "heredoc_redirect" else ():
            if inner.type in _REDIRECTS:
                found.append(inner)
            elif inner.type not in {"<<", "<<-", "file_descriptor"} and not inner.type.startswith("heredoc_"):
                followers.append(inner)
    return found, followers


def _is_argument(node: Node) -> bool:
    return node.type in {"word", "string", "raw_string", "concatenation", "number", "simple_expansion", "expansion",
                         "command_substitution", "ansi_c_string", "translated_string"}  # fmt: skip


def _body(walker: Walker, node: Node, body: Node | None, extra: list[Word]) -> None:
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
            body = inner.parent and inner.parent.parent
            walker.state.heard = literals.of_statement(walker.runner, body, first) if body else None
            before = walker.state.copy()
            pipeline(walker, inner)
            if any(map(_holds_list, inner.named_children)) and _moved(before, walker.state):
                walker.problem(inner, "a list behind a here-document changes the shell, or only one of its pipeline")
            walker.state.stdin, walker.state.here = kept
            walker.state.heard = None
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
    start = entry = walker.state
    ends: list[State] = []
    taint, here, heard = start.stdin, start.here, start.heard
    names: Names | None = None
    for child in node.children:
        if not child.is_named:
            if child.type not in {"|", "|&"}:
                walker.problem(child, f"`{child.type}` in a pipeline is not understood")
            # What follows reads the pipe, whatever fed the first stage.
            here = None
            if child.type != "|":
                names = None  # complaints are among the names
                heard = heard and heard._replace(certain=False)  # `set -x` prints into it, too
            continue
        first = len(runner.units)
        walker.state = entry.copy()
        walker.state.stdin, walker.state.here = taint, here
        walker.state.names = names if names is not None and _reads_names(walker, child) else None
        names = None
        walker.state.heard = heard if heard is not None and literals.is_plain(child) else None
        walker.statement(child)
        heard = literals.of_statement(runner, child, first) if runner.printed is not None else None
        ends.append(walker.state)
        if _holds_list(child):
            # `cd x && a 2>&1 | b`: the list comes before the pipeline, so its `cd` holds for what follows.
            entry = entry.copy()
            entry.merge(walker.state.copy())
        taint = join(runner.taint_since(first), taint)
        if _prints_names(walker, child):
            from callgate.shell.programs.names import printed  # noqa: PLC0415 - most pipelines have no use for it

            names = printed(runner.units[first:])
    walker.state = start
    start.heard = None
    for end in ends:
        start.merge(end)
    runner.leave_pipe(outermost)


def _prints_names(walker: Walker, node: Node) -> bool:
    """Whether the stage *node* is a `find` by itself, its complaints thrown away or shown."""
    text = walker.text(node)
    if not text.startswith("find ") or "find" in walker.state.functions:
        return False
    if node.type == "redirected_statement":
        return text.endswith((" 2>/dev/null", " 2> /dev/null"))
    return node.type == "command" and ">" not in text


def _reads_names(walker: Walker, node: Node) -> bool:
    """Whether the stage *node* is an `xargs` that reads the pipe."""
    text = walker.text(node)
    if not text.startswith("xargs ") or "<" in text or node.type not in {"command", "redirected_statement"}:
        return False
    # The grammar hangs the redirect of the last stage on the pipeline, or on the list that this ends.
    above = node.parent
    while above is not None and above.type in {"pipeline", "list", "negated_command", "redirected_statement"}:
        if above.type == "redirected_statement" and "<" in walker.text(above):
            return False
        above = above.parent
    return True


def _moved(before: State, after: State) -> bool:
    return (before.cwds, before.variables, before.functions) != (after.cwds, after.variables, after.functions)


def _holds_list(node: Node) -> bool:
    body = node.child_by_field_name("body") if node.type == "redirected_statement" else node
    return body is not None and body.type in {"list", "redirected_statement", "pipeline"}


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
    """Whether *node* certainly ends the shell (`exit`, `exit 1`), so that what follows had the left side work.

    With two words, or `--help`, `exit` fails and the shell goes on.
    """
    parts = walker.text(node).split()
    if node.type != "command" or parts[:1] != ["exit"] or len(parts) > 2 or "exit" in walker.state.functions:
        return False
    return len(parts) < 2 or parts[1].isdigit() or parts[1] in {'"$?"', "-1"}


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


register({
    "command": command, "redirected_statement": redirected, "pipeline": pipeline, "list": and_or,
    "negated_command": negated, "subshell": subshell, "compound_statement": group, "do_group": group,
})  # fmt: skip
