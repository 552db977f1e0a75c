"""JSON as text with positions, so that a settings file can be edited without touching any other byte of it.

Going through `json.loads` and `json.dumps` would reflow inline arrays, respell numbers and drop escapes. Here a
file is parsed into nodes that know where they stand, and an edit replaces exactly one stretch of the text.
"""

from __future__ import annotations

import json
import re
from typing import Literal, NamedTuple

from callgate.core.errors import Problem

MAX_DEPTH = 100
"""Containers deeper than this are refused; real settings have five levels."""

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_LITERAL = re.compile(r"true|false|null")
_LITERALS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_DECODER = json.JSONDecoder()

Kind = Literal["object", "array", "string", "number", "literal"]


class Node(NamedTuple):
    """One JSON value and the half-open range of characters that it occupies."""

    kind: Kind
    start: int
    end: int
    value: object = None
    """The Python value of a scalar; `None` for containers."""
    items: tuple[Node, ...] = ()
    """Elements of an array, member values of an object."""
    keys: tuple[tuple[str, int], ...] = ()
    """For an object: (key, where it starts), in step with `items`."""

    def member(self, key: str) -> Node | None:
        """The value under *key*, or `None` when there is none or this is no object."""
        index = self.place(key)
        return None if index is None else self.items[index]

    def place(self, key: str) -> int | None:
        """The position of *key* among the members, or `None`."""
        return next((at for at, (name, _) in enumerate(self.keys) if name == key), None)

    def begin(self, index: int) -> int:
        """Where element or member *index* starts, its key included."""
        return self.keys[index][1] if self.keys else self.items[index].start

    def python(self) -> object:
        """The plain Python value, containers included."""
        if self.kind == "object":
            return {key: item.python() for (key, _), item in zip(self.keys, self.items, strict=True)}
        if self.kind == "array":
            return [item.python() for item in self.items]
        return self.value


class JsonTextError(ValueError):
    """The text is not plain JSON. `offset` is where, in characters."""

    def __init__(self, message: str, offset: int, advice: str = "") -> None:
        self.message = message
        self.offset = offset
        self.advice = advice
        super().__init__(message)

    def problem(self, text: str, path: str) -> Problem:
        """This error as a `Problem` with line, column and source line."""
        line, column, source = locate(text, self.offset)
        return Problem(self.message, path, line, column, source, self.advice)


def locate(text: str, offset: int) -> tuple[int, int, str]:
    """Return (line, column, source line) of *offset*, 1-based; a very long line is left out."""
    line = text.count("\n", 0, offset) + 1
    begin = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    source = text[begin : len(text) if end < 0 else end].rstrip("\r")
    return line, offset - begin + 1, source if len(source) <= 200 else ""


def parse(text: str) -> Node:
    """Parse *text* as one JSON value.

    Raises:
        JsonTextError: it is not plain JSON: a syntax fault, a comment, a duplicate key, too deep, trailing text.
    """
    node, at = _value(text, _skip(text, 0), 0)
    at = _skip(text, at)
    if at != len(text):
        raise _fault(text, at, "text after the end of the JSON value")
    return node


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _fault(text: str, at: int, message: str) -> JsonTextError:
    if text.startswith(("//", "/*", "#"), at):
        return JsonTextError("a comment in a JSON file", at, "remove the comment: JSON has none")
    return JsonTextError(message, at, "mend the JSON by hand; nothing was changed")


def _value(text: str, at: int, depth: int) -> tuple[Node, int]:
    if depth > MAX_DEPTH:
        raise _fault(text, at, f"containers nested deeper than {MAX_DEPTH}")
    first = text[at : at + 1]
    if first == "{":
        return _object(text, at, depth)
    if first == "[":
        return _array(text, at, depth)
    if first == '"':
        value, end = _string(text, at)
        return Node("string", at, end, value), end
    if found := _LITERAL.match(text, at):
        return Node("literal", at, found.end(), _LITERALS[found.group()]), found.end()
    if found := _NUMBER.match(text, at):
        return Node("number", at, found.end(), _number(found.group())), found.end()
    raise _fault(text, at, "expected a JSON value" if first else "the file ends in the middle of a value")


def _number(word: str) -> int | float:
    # `int` refuses more than 4,300 digits; such a number is only ever carried along, never compared.
    return int(word) if len(word) < 20 and word.lstrip("-").isdigit() else float(word)


def _string(text: str, at: int) -> tuple[str, int]:
    try:
        value, end = _DECODER.raw_decode(text, at)
    except json.JSONDecodeError as error:
        raise _fault(text, error.pos, "a broken string") from error
    return str(value), end


def _array(text: str, start: int, depth: int) -> tuple[Node, int]:
    items: list[Node] = []
    at = _skip(text, start + 1)
    if text.startswith("]", at):
        return Node("array", start, at + 1), at + 1
    while True:
        item, at = _value(text, at, depth + 1)
        items.append(item)
        at = _skip(text, at)
        if text.startswith("]", at):
            return Node("array", start, at + 1, items=tuple(items)), at + 1
        at = _comma(text, at, "]")


def _object(text: str, start: int, depth: int) -> tuple[Node, int]:
    keys: dict[str, int] = {}
    items: list[Node] = []
    at = _skip(text, start + 1)
    if text.startswith("}", at):
        return Node("object", start, at + 1), at + 1
    while True:
        if not text.startswith('"', at):
            raise _fault(text, at, "expected a member name in double quotes")
        key, end = _string(text, at)
        if key in keys:
            raise JsonTextError(f"duplicate key `{key}`", at, "keep one of the two; programs disagree on which counts")
        keys[key] = at
        at = _skip(text, end)
        if not text.startswith(":", at):
            raise _fault(text, at, "expected `:` after a member name")
        item, at = _value(text, _skip(text, at + 1), depth + 1)
        items.append(item)
        at = _skip(text, at)
        if text.startswith("}", at):
            return Node("object", start, at + 1, items=tuple(items), keys=tuple(keys.items())), at + 1
        at = _comma(text, at, "}")


def _comma(text: str, at: int, closing: str) -> int:
    if not text.startswith(",", at):
        raise _fault(text, at, f"expected `,` or `{closing}`")
    after = _skip(text, at + 1)
    if text.startswith(closing, after):
        raise _fault(text, at, "a comma before the closing bracket")
    return after


class Style(NamedTuple):
    """How a file is laid out: one step of indentation and the line ending."""

    indent: str
    newline: str
    flat: bool
    """The whole document stands on one line and has something in it."""


def style_of(text: str) -> Style:
    """Detect the layout of *text*; two spaces and a line feed where it does not say."""
    newline = "\r\n" if "\r\n" in text else "\n"
    found = re.search(r"[{\[][ \t]*\r?\n([ \t]+)", text)
    body = text.strip()
    return Style(found.group(1) if found else "  ", newline, "\n" not in body and body not in ("{}", ""))


def insert(text: str, container: Node, value: object, style: Style, key: str = "") -> str:
    """Return *text* with *value* appended to *container* (under *key* for an object), laid out like its neighbours."""
    prefix = f"{json.dumps(key, ensure_ascii=False)}: " if container.kind == "object" else ""
    if container.items:
        last = container.begin(len(container.items) - 1)
        margin = _margin(text, last)
        if margin is None:  # neighbours share a line: so do we
            new = f", {prefix}{json.dumps(value, ensure_ascii=False)}"
        else:
            new = f",{style.newline}{margin}{prefix}{_render(value, margin, style)}"
        end = container.items[-1].end
        return text[:end] + new + text[end:]
    if style.flat:
        new = prefix + json.dumps(value, ensure_ascii=False)
    else:
        outer = _line_indent(text, container.start)
        inner = outer + style.indent
        new = f"{style.newline}{inner}{prefix}{_render(value, inner, style)}{style.newline}{outer}"
    return text[: container.start + 1] + new + text[container.end - 1 :]


def replace(text: str, node: Node, value: object, style: Style) -> str:
    """Return *text* with *node* replaced by *value*, on one line when the old value was."""
    old = text[node.start : node.end]
    if "\n" in old:
        new = _render(value, _line_indent(text, node.start), style)
    else:
        new = json.dumps(value, ensure_ascii=False)
    return text[: node.start] + new + text[node.end :]


def remove(text: str, container: Node, index: int) -> str:
    """Return *text* without element or member *index* of *container*; undoes `insert` exactly."""
    if len(container.items) == 1:
        return text[: container.start + 1] + text[container.end - 1 :]
    if index == len(container.items) - 1:
        return text[: container.items[index - 1].end] + text[container.items[index].end :]
    return text[: container.begin(index)] + text[container.begin(index + 1) :]


def _margin(text: str, at: int) -> str | None:
    """The white space before *at* when nothing else stands before it on its line."""
    begin = text.rfind("\n", 0, at) + 1
    lead = text[begin:at]
    return lead if not lead.strip(" \t") else None


def _line_indent(text: str, at: int) -> str:
    begin = text.rfind("\n", 0, at) + 1
    line = text[begin:at]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _render(value: object, margin: str, style: Style) -> str:
    lines = json.dumps(value, ensure_ascii=False, indent=style.indent).split("\n")
    return (style.newline + margin).join(lines)
