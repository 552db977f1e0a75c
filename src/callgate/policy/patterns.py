"""Word patterns of `command` rules: what they match is one simple command, word by word.

- Words are separated by spaces; quotes make one word of several.
- `*` as a word stands for any number of words, none included; inside a word for any characters.
- `?` inside a word stands for one character; `(a|b c)` for one of several sequences, `(…)?` for one or none.
- A backslash takes away a character's meaning.

Patterns become regular expressions over a command rendered as `␟word␟word…`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple, Union

from callgate.core.model import DYNAMIC, SPLIT

SEPARATOR = "\x1f"
_ANY_WORDS = f"(?:{SEPARATOR}[^{SEPARATOR}]*)*"
_SPECIAL = frozenset(".^$+{}()|\\*?[]")
MAX_DEPTH = 8


class AnyWords(NamedTuple):
    """A lone `*`."""


class OneWord(NamedTuple):
    """A word: runs of text and wildcards (`*`, `?`), or choices between fragments."""

    parts: tuple[tuple[str, str], ...]
    """("text", characters) | ("star", "") | ("one", "") | ("choice", "a|b" regex)."""


class Choice(NamedTuple):
    """`(a|b c)`: one of several sequences."""

    options: tuple[tuple[Element, ...], ...]
    optional: bool


Element = Union[AnyWords, OneWord, "Choice"]


class PatternError(ValueError):
    """A pattern is not well formed."""

    def __init__(self, message: str, offset: int) -> None:
        self.message = message
        self.offset = offset
        super().__init__(message)


def check_pattern(text: str) -> tuple[str, int] | None:
    """Return (message, offset) when *text* is not a usable pattern, else `None`."""
    try:
        elements = parse_pattern(text)
    except PatternError as error:
        return error.message, error.offset
    first = elements[0]
    if isinstance(first, OneWord) and len(elements) > 1 and "=" in first.parts[0][1]:
        return "an assignment in front of a command is a unit of its own: give it a pattern by itself", 0
    return None


@lru_cache(maxsize=2_048)  # as `globs._build`
def parse_pattern(text: str) -> tuple[Element, ...]:
    """Parse a word pattern.

    Raises:
        PatternError: empty, unbalanced, nested deeper than 8.
    """
    parser = _Parser(text)
    elements = parser.sequence(0)
    if parser.position < len(text):
        raise PatternError("`)` without `(`", parser.position)
    if not elements:
        raise PatternError("the pattern is empty", 0)
    return elements


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0

    def sequence(self, depth: int) -> tuple[Element, ...]:
        if depth > MAX_DEPTH:
            raise PatternError("nested too deep", self.position)
        elements: list[Element] = []
        while self.position < len(self.text):
            char = self.text[self.position]
            if char == " ":
                self.position += 1
            elif char in "|)":
                break
            elif char == "(" and self._stands_alone():
                elements.append(self._choice(depth))
            else:
                elements.append(self._word())
        return tuple(elements)

    def _stands_alone(self) -> bool:
        end = self._closing()
        after = self.text[end + 1 : end + 2]
        if after == "?":
            after = self.text[end + 2 : end + 3]
        return after in {"", " ", ")", "|"}

    def _closing(self) -> int:
        depth = 0
        position = self.position
        while position < len(self.text):
            char = self.text[position]
            if char == "\\":
                position += 1
            elif char == "(":
                depth += 1
            elif char == ")":
                depth -= 1
                if depth == 0:
                    return position
            position += 1
        raise PatternError("`(` without `)`", self.position)

    def _choice(self, depth: int) -> Choice:
        start = self.position
        self.position += 1
        options: list[tuple[Element, ...]] = []
        while True:
            options.append(self.sequence(depth + 1))
            if self.position >= len(self.text):
                raise PatternError("`(` without `)`", start)
            self.position += 1
            if self.text[self.position - 1] == ")":
                break
        optional = self.text[self.position : self.position + 1] == "?"
        self.position += optional
        if any(not option for option in options) and not optional:
            raise PatternError("an empty choice; write `(…)?` for something optional", start)
        return Choice(tuple(option for option in options if option), optional)

    def _word(self) -> Element:
        parts: list[tuple[str, str]] = []
        start = self.position
        quote = ""
        while self.position < len(self.text):
            char = self.text[self.position]
            if quote:
                if char == quote:
                    quote = ""
                    parts.append(("text", ""))
                else:
                    parts.append(("text", char))
            elif char in "'\"":
                quote = char
            elif char in " |)":
                break
            elif char == "\\" and self.position + 1 < len(self.text):
                self.position += 1
                parts.append(("text", self.text[self.position]))
            elif char == "*":
                parts.append(("star", ""))
            elif char == "?":
                parts.append(("one", ""))
            elif char == "(":
                parts.append(self._fragments())
                continue
            else:
                parts.append(("text", char))
            self.position += 1
        if quote:
            raise PatternError(f"{quote} without its end", start)
        return AnyWords() if parts == [("star", "")] else OneWord(_joined(parts))

    def _fragments(self) -> tuple[str, str]:
        end = self._closing()
        inner = self.text[self.position + 1 : end]
        if " " in inner or "(" in inner:
            raise PatternError("a choice inside a word cannot hold spaces or another choice", self.position)
        self.position = end + 1
        optional = self.text[self.position : self.position + 1] == "?"
        self.position += optional
        return "choice", "|".join(inner.split("|") + ([""] if optional else []))


def _joined(parts: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    out: list[tuple[str, str]] = []
    for kind, text in parts:
        if out and kind == "text" and out[-1][0] == "text":
            out[-1] = ("text", out[-1][1] + text)
        else:
            out.append((kind, text))
    return tuple(out)


def render(argv: tuple[str, ...]) -> str:
    """Render a command for matching."""
    return SEPARATOR + SEPARATOR.join(argv)


def to_regex(elements: tuple[Element, ...], *, widen: bool) -> str:
    """Return the expression that matches the whole rendered command.

    Args:
        elements: a parsed pattern.
        widen: for deny and ask, where a wildcard inside a word may also match a word that splits.
    """
    inside = f"[^{SEPARATOR}]" if widen else f"[^{SEPARATOR}{SPLIT}]"
    return "".join(_element(element, inside) for element in elements)


def _element(element: Element, inside: str) -> str:
    if isinstance(element, AnyWords):
        return _ANY_WORDS
    if isinstance(element, OneWord):
        return SEPARATOR + "".join(_part(kind, text, inside) for kind, text in element.parts)
    options = "|".join("".join(_element(one, inside) for one in option) for option in element.options)
    return f"(?:{options})" + ("?" if element.optional else "")


def _part(kind: str, text: str, inside: str) -> str:
    if kind == "text":
        return _quote(text)
    if kind == "choice":
        return "(?:" + "|".join(_quote(option) for option in text.split("|")) + ")"
    return f"{inside}*" if kind == "star" else inside


def _quote(text: str) -> str:
    return "".join("\\" + char if char in _SPECIAL else char for char in text)


def first_words(elements: tuple[Element, ...]) -> frozenset[str] | None:
    """Return the literal program names that the pattern can begin with; `None` when it can begin with any."""
    first = elements[0]
    if isinstance(first, OneWord):
        if len(first.parts) == 1 and first.parts[0][0] == "text":
            return frozenset({first.parts[0][1]})
        return None
    if isinstance(first, Choice) and not first.optional:
        names: set[str] = set()
        for option in first.options:
            inner = first_words(option)
            if inner is None:
                return None
            names |= inner
        return frozenset(names)
    return None


def may_match(elements: tuple[Element, ...], argv: tuple[str, ...]) -> bool:
    """Whether the pattern could match *argv* for some value of its dynamic words."""
    return len(argv) in _ends(elements, argv, {0}) or _splits_from(elements, argv)


def _splits_from(elements: tuple[Element, ...], argv: tuple[str, ...]) -> bool:
    """With a word that may become any words, it is enough that the pattern fits up to that word."""
    first = next((i for i, word in enumerate(argv) if SPLIT in word), None)
    if first is None:
        return False
    return any(first in _ends(elements[:count], argv[:first], {0}) for count in range(len(elements) + 1))


def _ends(elements: tuple[Element, ...], argv: tuple[str, ...], starts: set[int]) -> set[int]:
    """Return the positions in *argv* where a match that begins at one of *starts* may end."""
    for element in elements:
        if isinstance(element, AnyWords):
            starts = set(range(min(starts), len(argv) + 1)) if starts else set()
        elif isinstance(element, OneWord):
            starts = {s + 1 for s in starts if s < len(argv) and _word_may(element, argv[s])}
        else:
            after = {end for option in element.options for end in _ends(option, argv, starts)}
            starts = after | starts if element.optional else after
    return starts


def _word_may(word: OneWord, text: str) -> bool:
    if DYNAMIC not in text and SPLIT not in text:
        import re  # noqa: PLC0415 - only dynamic commands come here

        return re.fullmatch(to_regex((word,), widen=True), SEPARATOR + text, re.DOTALL) is not None
    if text[0] in (DYNAMIC, SPLIT):
        return True
    known = text[: min(i for i in (text.find(DYNAMIC), text.find(SPLIT)) if i >= 0)]
    kind, literal = word.parts[0] if word.parts else ("text", "")
    if kind != "text":
        return True
    return literal.startswith(known) or known.startswith(literal)
