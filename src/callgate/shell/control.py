"""Control flow: conditions, loops, cases, functions. Every branch may run; where they meet only what agrees holds."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Callable

from callgate.shell import expand
from callgate.shell.limits import MAX_LOOP_VALUES
from callgate.shell.lineage import worst
from callgate.shell.statements import assigned, redirect
from callgate.shell.walk import Walker, register

if TYPE_CHECKING:
    from tree_sitter import Node

    from callgate.shell.state import State


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
            ends.append(walker.branch(partial(steps, walker, branch), walker.state))
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
        ends.append(walker.branch(partial(steps, walker, branch), walker.state))


def _step(walker: Walker, node: Node) -> None:
    walker.statement(node)
    walker.state.settle()


def steps(walker: Walker, nodes: list[Node]) -> None:
    """Walk *nodes* one after the other."""
    for node in nodes:
        _step(walker, node)


def while_statement(walker: Walker, node: Node) -> None:
    """`while` and `until`: condition and body, any number of times."""
    _loop(walker, node, lambda: _loop_parts(walker, node))


def _loop_parts(walker: Walker, node: Node) -> None:
    walker.check_gaps(node)
    for child in node.children:
        if child.is_named:
            _step(walker, child)
        elif child.type == "&":
            walker.problem(child, "a job in the background as a condition is not followed")


def _loop(walker: Walker, node: Node, work: Callable[[], None]) -> None:
    """Walk a body that runs any number of times: once to see what it changes, then in a state without that."""
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
        or widened.functions != start.functions
        or widened.unsure != start.unsure
    ):
        if not walker.runner.afford(node.descendant_count):
            walker.problem(node, "too much to walk again")
            walker.state = widened
            walker.runner.leave_loop()
            return
        walker.runner.rewind(mark)
        again = walker.branch(work, widened)
        reached = widened.cwds
        widened.merge(again)
        if widened.cwds != reached and not walker.runner.afford(node.descendant_count):
            widened.cwds = ()
            walker.problem(node, "too much to walk again")
        elif widened.cwds != reached:
            # Each round ends in yet another directory. The units of the known ones stay, for denies.
            widened.cwds = ()
            widened.merge(walker.branch(work, widened))
    walker.state = widened
    walker.runner.leave_loop()


def for_statement(walker: Walker, node: Node) -> None:
    """`for x in words`: constants are followed one by one, anything else leaves the variable unknown."""
    walker.check_gaps(node)
    variable = node.child_by_field_name("variable")
    body = node.child_by_field_name("body")
    name = walker.text(variable) if variable else ""
    selects = any(child.type == "select" for child in node.children)
    first = len(walker.runner.units)
    pipe = walker.runner.enter_pipe()
    values = [word for child in node.children_by_field_name("value") for word in expand.expand(walker, child)]
    walker.runner.lineage.assign(walker, name, first, worst(values))
    walker.runner.leave_pipe(pipe)
    listed = any(child.type == "in" for child in node.children)
    if body is None or not name:
        walker.problem(node, "a loop without a body")
        return
    walker.note_assignment(name, None, node, exported=False)
    constant = listed and not selects and 0 < len(values) <= MAX_LOOP_VALUES and not any(w.dynamic for w in values)
    if not constant or not walker.runner.few_units() or not walker.runner.afford(len(values) * body.descendant_count):
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
            name, value = assigned(walker, child)
            walker.state.variables[name] = value
        elif child.is_named and child.type not in {"do_group", "compound_statement"}:
            names = {child} if child.type == "variable_name" else set()
            if names or child.child_count:
                walker.arithmetic(child)
    for child in node.children:
        if child.type == "variable_assignment":
            walker.state.variables[assigned(walker, child)[0]] = None
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
            if pattern.type in {"command_substitution", "process_substitution"}:
                walker.substitution(pattern)
            elif pattern.child_count:
                walker.scan(pattern)
            else:
                expand.expand(walker, pattern)
        if any(child.type == "&" for child in item.children):
            walker.problem(item, "a job in the background inside `case` is not followed")
        patterns = set(item.children_by_field_name("value"))
        body = [child for child in item.named_children if child not in patterns]
        ends.append(walker.branch(partial(steps, walker, body), walker.state))
        # A later item may run after this one (`;&`), or without it.
        walker.state.merge(ends[-1].copy())
    for end in ends:
        walker.state.merge(end)


def function_body(walker: Walker, node: Node) -> None:
    """Walk what a call of the function that *node* defines runs: the redirects of the definition, and its body."""
    kept = walker.state.here, walker.state.stdin
    for child in node.children_by_field_name("redirect"):
        redirect(walker, child)
    body = node.child_by_field_name("body")
    if body is not None:
        _step(walker, body)
    walker.state.here, walker.state.stdin = kept


def _read_body(walker: Walker, node: Node) -> None:
    """Find what is not understood in a function, called or not: its end may not be where the grammar sees it."""
    runner = walker.runner
    mark = runner.mark()
    runner.reading = True
    walker.branch(partial(function_body, walker, node), walker.state)
    runner.reading = False
    runner.rewind(mark, keep_problems=True)


def function_definition(walker: Walker, node: Node) -> None:
    """Remember where the body is; it is walked where the function is called."""
    walker.check_gaps(node)
    name = node.child_by_field_name("name")
    body = node.child_by_field_name("body")
    if name is None or body is None:
        walker.problem(node, "a function without a body")
        return
    if walker.runner.reading:
        function_body(walker, node)
        return
    if walker.runner.afford(node.descendant_count):
        _read_body(walker, node)
    else:
        walker.problem(node, "too much to walk again")
    if walker.text(name) in walker.runner.traps.names:
        walker.problem(node, f"a trap that was set before may run the function `{walker.text(name)}`")
    if walker.text(name) == "command_not_found_handle":
        walker.problem(node, "a function that bash calls for every name that is no program")
    walker.state.functions[walker.text(name)] = (walker, node)
    walker.runner.definers.append(walker)
    walker.state.unsure -= {walker.text(name)}


register({
    "if_statement": if_statement, "while_statement": while_statement, "for_statement": for_statement,
    "c_style_for_statement": c_style_for, "case_statement": case_statement,
    "function_definition": function_definition,
})  # fmt: skip
