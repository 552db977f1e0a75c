"""Look-ups in the syntax tree that need no state."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

STARTS = b"\1" * 0x80 + b"\0" * 0x40 + b"\1" * 0x40
"""For `bytes.translate`: 1 for each byte of UTF-8 that begins a character."""

SUBSTITUTIONS = frozenset({"command_substitution", "process_substitution"})

_QUOTED_TEXT = frozenset({"raw_string", "ansi_c_string", "string_content"})
_NUMERIC = frozenset(b"0123456789 '+-")


def hides_substitution(text: str) -> bool:
    """Whether *text* looks as if bash would expand something in it."""
    return "`" in text or "$(" in text or "<(" in text or ">(" in text or "${" in text


def below(node: Node, kind: str) -> list[Node]:
    """Return the nodes of this *kind* below *node*, none of them inside of a substitution."""
    found: list[Node] = []
    stack = list(node.children)
    while stack:
        current = stack.pop()
        if current.type == kind:
            found.append(current)
        elif current.type not in SUBSTITUTIONS:
            stack.extend(current.children)
    return found


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
    """Return what else may become an expression: text in quotes, substitutions, expansions.

    A variable's value and a length are not among them.
    """
    found: list[Node] = []
    stack = [node]
    while stack:
        current = stack.pop()
        if current.type in SUBSTITUTIONS:
            found.append(current)
        elif current.type in _QUOTED_TEXT:
            if not _NUMERIC.issuperset(current.text or b""):
                found.append(current)
        elif current.type == "expansion":
            kinds = [child.type for child in current.children]
            plain = kinds in (["${", "variable_name", "}"], ["${", "#", "variable_name", "}"])
            if not plain or runs_commands((current.text or b"")[:3]):
                found.append(current)
        else:
            stack.extend(current.children)
    return found


def runs_commands(beginning: bytes) -> bool:
    """Whether an expansion that begins so is `${ command; }` or `${| command; }`, which the grammar reads otherwise."""
    return beginning[:2] == b"${" and beginning[2:3] in {b" ", b"\t", b"\n", b"|"}


def lost_dash(data: bytes, node: Node, child: Node) -> bool:
    """Whether the grammar lost the `-` of `python3 - <<EOF`, where *child* is that redirect of the statement *node*."""
    body = node.children[0]
    return (
        child.type == "heredoc_redirect"
        and node.type == "redirected_statement"
        and body.type == "command"
        and data[body.end_byte : child.start_byte].strip(b" \t") == b"-"
        and data[body.end_byte : body.end_byte + 1] in {b" ", b"\t"}
    )


def end_of(root: Node) -> int:
    """Return the offset behind the last token below *root*, whose own end may lie behind blanks."""
    return root.children[-1].end_byte if root.children else root.end_byte
