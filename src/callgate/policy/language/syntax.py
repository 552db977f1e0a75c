"""Regular expressions as trees, as far as RE2's syntax goes; what is not understood is refused, or marked as inexact.

The trees are exact: a tree stands for the strings that RE2 matches, or parsing raises `Unsupported`. Look-around,
back-references and the like, which only the slower engine takes, are parsed with `lenient`: they then match the empty
string, `Parsed.exact` is false, and such a tree only serves to make up strings that the engine is asked about.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from callgate.policy.language.characters import Ranges


class Unsupported(ValueError):  # noqa: N818 - says that a question has no answer here, and not that something is wrong
    """The expression uses something that the tree cannot say."""


class Chars(NamedTuple):
    """One character out of a set."""

    ranges: Ranges


class Cat(NamedTuple):
    """One after the other; without parts, the empty string."""

    parts: tuple[Node, ...]


class Alt(NamedTuple):
    """One of several."""

    options: tuple[Node, ...]


class Repeat(NamedTuple):
    """The same several times."""

    body: Node
    least: int
    most: int | None
    """`None`: any number of times."""


Place = Literal["^", "$", "b", "B"]


class At(NamedTuple):
    """No character, but a place: the start, the end, a word boundary (`b`), anywhere but at one (`B`)."""

    place: Place


Node = Chars | Cat | Alt | Repeat | At

EMPTY = Cat(())


class Parsed(NamedTuple):
    """A tree."""

    node: Node
    exact: bool
    """The tree means exactly what the expression does; else it leaves something out."""


def literal(node: Node) -> str | None:
    """Return the one string that *node* stands for, `None` when it stands for another number of strings."""
    if isinstance(node, Chars):
        first, last = node.ranges[0] if node.ranges else (0, 1)
        return chr(first) if len(node.ranges) == 1 and first == last else None
    if isinstance(node, Cat):
        texts = [literal(part) for part in node.parts]
        return None if any(text is None for text in texts) else "".join(text or "" for text in texts)
    if isinstance(node, Repeat) and node.least == node.most:
        text = literal(node.body)
        return None if text is None else text * node.least
    if isinstance(node, Alt) and len(node.options) == 1:
        return literal(node.options[0])
    return None


def finite(node: Node, limit: int = 64) -> tuple[str, ...] | None:
    """Return every string that *node* stands for; `None` when there are more than *limit*, or it names places."""
    if isinstance(node, Chars):
        count = sum(last - first + 1 for first, last in node.ranges)
        if count > min(limit, 8):
            return None
        return tuple(chr(code) for first, last in node.ranges for code in range(first, last + 1))
    if isinstance(node, Alt):
        found: dict[str, None] = {}
        for option in node.options:
            texts = finite(option, limit)
            if texts is None:
                return None
            found.update(dict.fromkeys(texts))
        return tuple(found) if len(found) <= limit else None
    if isinstance(node, Cat):
        return _product([finite(part, limit) for part in node.parts], limit)
    if isinstance(node, Repeat):
        if node.most is None or node.most > 4:
            return None
        body = finite(node.body, limit)
        counts = [_product([body] * count, limit) for count in range(node.least, node.most + 1)]
        if any(texts is None for texts in counts):
            return None
        return tuple(dict.fromkeys(text for texts in counts for text in texts or ()))
    return None


def _product(parts: list[tuple[str, ...] | None], limit: int) -> tuple[str, ...] | None:
    out: tuple[str, ...] = ("",)
    for texts in parts:
        if texts is None or len(out) * len(texts) > limit:
            return None
        out = tuple(head + tail for head in out for tail in texts)
    return out


def anchored(node: Node) -> tuple[bool, bool, Node]:
    """Return whether *node* begins with `^`, whether it ends with `$`, and what stands between them."""
    while isinstance(node, Alt) and len(node.options) == 1:
        node = node.options[0]
    if not isinstance(node, Cat):
        return False, False, node
    parts = [inner for part in node.parts for inner in (part.parts if isinstance(part, Cat) else (part,))]
    starts = bool(parts) and parts[0] == At("^")
    ends = len(parts) > int(starts) and parts[-1] == At("$")
    return starts, ends, Cat(tuple(parts[int(starts) : len(parts) - int(ends)]))
