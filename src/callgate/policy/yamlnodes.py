"""YAML text as nodes with offsets, for hostile input. Pure.

Built from parser events, not by `yaml.compose` or `safe_load`: the C composer recurses on the C stack and dies on deep
nesting, and aliases expand without limit.
"""

from __future__ import annotations

import re
from typing import Any, Final, Iterable, NamedTuple

MAX_CHARS: Final = 256 * 1024
"""Largest text; the YAML scanner is no match for a megabyte."""

MAX_DEPTH: Final = 12
"""Deepest nesting."""


class Fault(NamedTuple):
    """Something that cannot be read or expressed."""

    message: str
    offset: int
    """Character in the text."""
    help: str = ""


class Node(NamedTuple):
    """A value and where it stands."""

    value: Any
    """str, int, bool or None; list of nodes; dict of str -> node."""
    offset: int


class Unreadable(Exception):  # noqa: N818 - a fault on its way up, not an error of its own
    """The text as a whole cannot be read; `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(fault.message)


def printable(value: object) -> str:
    """Return *value* fit for a message: one line, printable, at most 60 characters."""
    return "".join(char if char.isprintable() and char != "`" else "?" for char in str(value)[:60])


def compose(text: str) -> Node | None:
    """Return the one document of *text* as nodes, `None` when it is empty.

    Raises:
        Unreadable: not YAML, several documents, too large, too deep, or with anchors, aliases or tags.
    """
    import yaml  # noqa: PLC0415 - 11 ms, and only rule sets need it

    if len(text) > MAX_CHARS:
        raise Unreadable(Fault("a rule set must not be larger than 256 KiB", 0, "split it up"))
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _build(yaml.parse(text, Loader=loader), len(text))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or "it cannot be read"
        offset = min(mark.index, len(text)) if mark else 0
        raise Unreadable(Fault(f"not valid YAML: {reason}", offset, "check indentation and quotes")) from None


def _build(events: Iterable[Any], size: int) -> Node | None:
    root: Node | None = None
    stack: list[tuple[Node, list[Node]]] = []
    for event in events:
        name = type(event).__name__
        offset = min(event.start_mark.index, size)
        if getattr(event, "anchor", None) or getattr(event, "tag", None):
            raise Unreadable(Fault("anchors, aliases and tags are not supported", offset, "write the value out"))
        if name in ("SequenceStartEvent", "MappingStartEvent"):
            if len(stack) == MAX_DEPTH:
                raise Unreadable(Fault("nested too deep", offset, "a rule needs three levels"))
            stack.append((Node([] if name == "SequenceStartEvent" else {}, offset), []))
            continue
        if name in ("SequenceEndEvent", "MappingEndEvent"):
            node = _close(*stack.pop())
        elif name == "ScalarEvent":
            node = Node(_scalar(event.value) if event.implicit[0] else event.value, offset)
        else:
            continue
        if stack:
            stack[-1][1].append(node)
        elif root is not None:
            raise Unreadable(Fault("a rule set must be one document", offset, "remove the `---`"))
        else:
            root = node
    return root


def _close(node: Node, children: list[Node]) -> Node:
    if isinstance(node.value, list):
        return Node(children, node.offset)
    mapping: dict[str, Node] = {}
    for key, value in zip(children[::2], children[1::2], strict=True):
        if not isinstance(key.value, str):
            raise Unreadable(Fault("a key must be a word", key.offset, "quote it"))
        if key.value in mapping:
            raise Unreadable(Fault(f"`{printable(key.value)}` is given twice", key.offset, "keep one"))
        mapping[key.value] = value
    return Node(mapping, node.offset)


def _scalar(text: str) -> str | int | bool | None:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if text in ("", "~", "null"):
        return None
    return int(text) if re.fullmatch(r"[-+]?[0-9]{1,9}", text) else text
