"""Tests and declarations: `[ … ]`, `[[ … ]]`, `export`, `declare`, `unset`, plain assignments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callgate.shell import expand
from callgate.shell.builtins import indexes
from callgate.shell.statements import Assignments, assigned
from callgate.shell.tree import below
from callgate.shell.walk import Walker, register
from callgate.shell.words import Word

if TYPE_CHECKING:
    from tree_sitter import Node


def test_command(walker: Walker, node: Node) -> None:
    """`[ … ]`, `[[ … ]]`: only reads attributes of files, but its words may substitute, and `-eq` is arithmetic."""
    text = walker.text(node)
    single = text.startswith("[") and not text.startswith("[[")
    if not single or "$" not in text:
        walker.scan(node)
    opening = next((opening for opening in ("[[", "((", "[") if text.startswith(opening)), "")
    if opening[:1] == "[" and not text[len(opening) :].startswith((" ", "\t", "\n", "\\\n")):
        walker.problem(node, f"`{opening}` is not a word of its own")
    if opening[:1] == "[" and walker.data[node.end_byte - len(opening) - 1 : node.end_byte - len(opening)].strip():
        walker.problem(node, f"the end of `{opening}` is not a word of its own")
    if opening == "[" and "\n" in text.replace("\\\n", ""):
        walker.problem(node, "a line break inside `[` is not understood")
    if single:
        _check_single(walker, node)
        words_of_test(walker, node, text)
    words = " ".join(text.replace("\\\n", " ").split())  # a tab separates, too
    if text.startswith("[["):
        if any(f" {op} " in words for op in ("-eq", "-ne", "-lt", "-le", "-gt", "-ge")):
            for side in _numeric_sides(node):
                walker.arithmetic(side)
        if "-v" in text or "-R" in text:
            _check_index(walker, node, text)
    elif text.startswith("(("):
        walker.arithmetic(node)
    walker.runner.harmless(walker, "[" if not text.startswith("[[") else "[[", text, walker.span(node))


_TOKENS = frozenset({"[", "]", "!", "=", "==", "!=", "$"})
_OPERANDS = frozenset(
    {
        "word",
        "number",
        "string",
        "raw_string",
        "ansi_c_string",
        "translated_string",
        "concatenation",
        "simple_expansion",
        "expansion",
        "command_substitution",
        "process_substitution",
        "test_operator",
        "arithmetic_expansion",
        "brace_expression",
        "variable_name",
        "extglob_pattern",
        "regex",
    }
)
_EXPRESSIONS = frozenset({"unary_expression", "binary_expression", "negation_expression"})


def _check_single(walker: Walker, node: Node) -> None:
    """Note a problem for what is an operator to the grammar and a redirect or a list to bash: `[ a > b && rm c ]`."""
    stack = [node]  # `a -a b -a …` is as deep as it is long
    while stack:
        for child in stack.pop().children:
            if child.type in _EXPRESSIONS:
                stack.append(child)
            elif child.type not in (_OPERANDS if child.is_named else _TOKENS):
                walker.problem(node, f"`{walker.text(child)[:20]}` inside `[` is not understood")
                return


_COMPARISONS = frozenset({b"-eq", b"-ne", b"-lt", b"-le", b"-gt", b"-ge"})


def words_of_test(walker: Walker, node: Node, text: str) -> None:
    """Note a problem where the words between `[` and `]` may hold `-v` with an array index."""
    if "$" not in text and "-v" not in text and "-R" not in text:
        return
    words: list[Word] = []
    stack = node.children[::-1]
    while stack:
        child = stack.pop()
        if child.type in _EXPRESSIONS:
            stack.extend(child.children[::-1])
        elif child.is_named:
            words.extend(expand.expand(walker, child))
        elif child.type not in {"[", "]"}:
            words.append(Word(child.type, walker.span(child)))
    why = indexes(words)
    if why:
        walker.problem(node, why)
        walker.runner.evaluated(walker, text, walker.span(node))


_SEPARATES = str.maketrans("()!&|", "     ")


def _check_index(walker: Walker, node: Node, text: str) -> None:
    """Note a problem for `-v` and `-R` between `[[` and `]]`, unless a plain name is what they ask for."""
    operators = [each for each in below(node, "test_operator") if each.text in {b"-v", b"-R"}]
    for operator in operators:
        name = operator.next_sibling
        if name is None or not walker.text(name).isidentifier():
            walker.problem(node, "`-v` evaluates an array index")
            walker.runner.evaluated(walker, text, walker.span(node))
            return
    seen = text.replace("\\\n", "").translate(_SEPARATES).split()
    if seen.count("-v") + seen.count("-R") != len(operators):
        walker.problem(node, "`-v` evaluates an array index")


def _numeric_sides(node: Node) -> list[Node]:
    found: list[Node] = []
    stack = [node]
    while stack:
        for child in stack.pop().children:
            operator = child.child_by_field_name("operator") if child.type == "binary_expression" else None
            if operator is not None and operator.text in _COMPARISONS:
                found.append(child)
            elif child.child_count:
                stack.append(child)
    return found


def declaration(walker: Walker, node: Node) -> None:
    """`export`, `declare`, `local`, `readonly`, `typeset`."""
    walker.check_gaps(node)
    keyword = node.children[0].type
    flags = ""
    names: Assignments = []
    for child in node.children[1:]:
        if child.type == "variable_assignment":
            names.append(_declared(walker, child, flags))
        elif child.type == "variable_name":
            # `local x` hides the value that `x` had.
            known = walker.lookup(walker.text(child)) if keyword in {"export", "readonly"} else None
            names.append((walker.text(child), known))
        else:
            for word in expand.expand(walker, child):
                if word.value.startswith("-") and not word.dynamic:
                    flags += word.value[1:]
                else:
                    walker.problem(child, f"`{keyword}` of a name that is not known")
    walker.runner.declare(walker, keyword, flags, names, node)


def _declared(walker: Walker, node: Node, flags: str) -> tuple[str, Word | None]:
    """Return name and value of one assignment; that of a text to an array is read as a list of elements."""
    value_node = node.child_by_field_name("value")
    if value_node is not None and value_node.type == "array" and "A" in flags:
        for child in value_node.named_children:  # the keys are text
            expand.expand(walker, child)
        return walker.text(node).partition("=")[0].rstrip("+"), None
    name, value = assigned(walker, node)
    listed = value_node is not None and value_node.type == "array"
    to_array = not listed and (name in walker.runner.arrays or not set("aA").isdisjoint(flags))
    if to_array and (value is None or value.dynamic or value.value.lstrip(" \t\n").startswith("(")):
        walker.problem(node, "a value that may be read as elements of an array")
        walker.runner.evaluated(walker, walker.text(node), walker.span(node))
    return name, value


def unset(walker: Walker, node: Node) -> None:
    """`unset`: the variable is no longer the constant it was, the function no longer certain to be one."""
    walker.check_gaps(node)
    for child in node.named_children:
        if child.type == "variable_name":
            walker.state.variables[walker.text(child)] = None
            walker.state.unsure |= {walker.text(child)} & walker.state.functions.keys()
            walker.note_assignment(walker.text(child), None, child, exported=False)
        else:
            for word in expand.expand(walker, child):
                if word.value not in {"-v", "-f"}:
                    walker.problem(child, "`unset` of a name that is not known")
    walker.runner.harmless(walker, "unset", walker.text(node), walker.span(node))


def assignment(walker: Walker, node: Node) -> None:
    """An assignment on its own."""
    walker.runner.simple(walker, [], [assigned(walker, node)], walker.span(node))


def assignments(walker: Walker, node: Node) -> None:
    """Several assignments on their own."""
    walker.check_gaps(node)
    for child in node.named_children:
        assignment(walker, child)


def comment(_walker: Walker, _node: Node) -> None:
    """A comment does nothing."""


register({
    "test_command": test_command, "declaration_command": declaration, "unset_command": unset,
    "variable_assignment": assignment, "variable_assignments": assignments, "comment": comment,
})  # fmt: skip
