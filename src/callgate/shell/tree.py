"""Look-ups in the syntax tree that need no state."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

SUBSTITUTIONS = frozenset({"command_substitution", "process_substitution"})


def hides_substitution(text: str) -> bool:
    """Whether *text* looks as if bash would expand something in it."""
    return "`" in text or "$(" in text or "<(" in text or ">(" in text or "${" in text


def names(node: Node) -> list[Node]:
    """Return the nodes below *node* that name variables in an arithmetic expression."""
    found: list[Node] = []
    stack = [node]
    while stack:
        current = stack.pop()
        if current.type in SUBSTITUTIONS:
            continue
        if current.type in {"variable_name", "simple_expansion"} or (
            current.type == "word" and not current.child_count
        ):
            found.append(current)
        else:
            stack.extend(current.children)
    return found


def computed(node: Node) -> list[Node]:
    """Return the substitutions and expansions below *node*, but those that are a variable's value or a length."""
    found: list[Node] = []
    stack = [node]
    while stack:
        current = stack.pop()
        if current.type in SUBSTITUTIONS:
            found.append(current)
        elif current.type == "expansion":
            kinds = [child.type for child in current.children]
            if kinds not in (["${", "variable_name", "}"], ["${", "#", "variable_name", "}"]):
                found.append(current)
        else:
            stack.extend(current.children)
    return found
