"""Reads a regular expression into a tree (see `syntax`)."""

from __future__ import annotations

from typing import Final, Mapping

from callgate.policy.language.characters import (
    ANY,
    DIGIT,
    LAST,
    NOT_NEWLINE,
    POSIX,
    SPACE,
    WORD,
    Ranges,
    complement,
    folds,
    one,
    union,
)
from callgate.policy.language.syntax import EMPTY, Alt, At, Cat, Chars, Node, Parsed, Repeat, Unsupported

MAX_LENGTH: Final = 8_000
MAX_DEPTH: Final = 60
MAX_REPEAT: Final = 1_000
"""RE2's own limit."""

_CLASSES: Final[Mapping[str, Ranges]] = {"d": DIGIT, "w": WORD, "s": SPACE}
_CONTROLS: Final[Mapping[str, str]] = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a"}
_PLACES: Final[Mapping[str, At]] = {"A": At("^"), "z": At("$"), "b": At("b"), "B": At("B")}


def read(text: str, *, case_sensitive: bool = True, lenient: bool = False) -> Parsed:
    """Read the regular expression *text*.

    Args:
        text: as a rule has it; both engines have been asked whether they take it.
        case_sensitive: as the rule says.
        lenient: see `syntax`.

    Raises:
        Unsupported: the expression says what a tree cannot (never with *lenient*, unless it is too long or too deep).
    """
    if len(text) > MAX_LENGTH:
        raise Unsupported("too long")
    reader = _Reader(text, fold=not case_sensitive, lenient=lenient)
    node = reader.alternatives(0)
    if reader.position < len(text):
        raise Unsupported("`)` without `(`")
    return Parsed(node, reader.exact)


class _Reader:
    def __init__(self, text: str, *, fold: bool, lenient: bool) -> None:
        self.text = text
        self.position = 0
        self.fold = fold
        self.dot_all = False
        self.lenient = lenient
        self.exact = True

    def peek(self, text: str) -> bool:
        return self.text.startswith(text, self.position)

    def take(self, text: str) -> bool:
        if not self.peek(text):
            return False
        self.position += len(text)
        return True

    def give_up(self, why: str) -> None:
        """Note that something is left out; without `lenient` that is the end."""
        if not self.lenient:
            raise Unsupported(why)
        self.exact = False

    def alternatives(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise Unsupported("nested too deep")
        fold, dot_all = self.fold, self.dot_all
        options = [self.sequence(depth)]
        while self.take("|"):
            options.append(self.sequence(depth))
        self.fold, self.dot_all = fold, dot_all  # flags hold to the end of their group
        return options[0] if len(options) == 1 else Alt(tuple(options))

    def sequence(self, depth: int) -> Node:
        parts: list[Node] = []
        while self.position < len(self.text) and self.text[self.position] not in "|)":
            part = self.quantified(self.atom(depth))
            if part != EMPTY:
                parts.append(part)
        return parts[0] if len(parts) == 1 else Cat(tuple(parts))

    def quantified(self, node: Node) -> Node:
        while self.position < len(self.text):
            char = self.text[self.position]
            bounds: tuple[int, int | None] | None = None
            if char in "*+?":
                self.position += 1
                bounds = {"*": (0, None), "+": (1, None), "?": (0, 1)}[char]
            elif char == "{":
                bounds = self.counts()
            if bounds is None:
                break
            if self.take("+"):
                self.give_up("possessive")
            else:
                self.take("?")
            node = Repeat(node, *bounds)
        return node

    def counts(self) -> tuple[int, int | None] | None:
        """Read `{2}`, `{2,}` or `{2,5}`; anything else in braces is literal, as RE2 has it."""
        end = self.text.find("}", self.position)
        low, comma, high = self.text[self.position + 1 : end].partition(",") if end > 0 else ("", "", "")
        if not (low.isascii() and low.isdigit()) or (high and not (high.isascii() and high.isdigit())):
            return None
        self.position = end + 1
        least = int(low[:6])
        most = least if not comma else int(high[:6]) if high else None
        if least > MAX_REPEAT or (most or 0) > MAX_REPEAT:
            raise Unsupported("too many repetitions")
        return least, most

    def atom(self, depth: int) -> Node:
        char = self.text[self.position]
        self.position += 1
        if char == "(":
            return self.group(depth)
        if char == "[":
            return Chars(self.bracket())
        if char == ".":
            return Chars(ANY if self.dot_all else NOT_NEWLINE)
        if char in "^$":
            return At("^") if char == "^" else At("$")
        if char == "\\":
            return self.escape()
        return Chars(self.folded(one(char)))

    def folded(self, ranges: Ranges) -> Ranges:
        if not self.fold:
            return ranges
        closed = folds(ranges)
        if closed is None:
            self.give_up("letters beyond ASCII without case")
            return ranges
        return closed

    def group(self, depth: int) -> Node:
        skipped = False
        before = (self.fold, self.dot_all)
        if self.take("?"):
            if self.peek("=") or self.peek("!") or self.peek("<=") or self.peek("<!"):
                self.give_up("look-around")
                self.position += 2 if self.peek("<") else 1
                skipped = True
            elif self.take("P<") or self.take("<"):
                end = self.text.find(">", self.position)
                if end < 0:
                    raise Unsupported("a group without its name")
                self.position = end + 1
            elif self.take(">"):
                self.give_up("atomic group")
            elif not self.flags():
                return EMPTY
        node = self.alternatives(depth + 1)
        self.fold, self.dot_all = before
        if not self.take(")"):
            raise Unsupported("`(` without `)`")
        return EMPTY if skipped else node

    def flags(self) -> bool:
        """Read `i`, `s`, `-i` …; tell whether a group follows (`(?i:…)`), else they hold from here on (`(?i)`)."""
        on = True
        while self.position < len(self.text):
            char = self.text[self.position]
            self.position += 1
            if char == ")":
                return False
            if char == ":":
                return True
            if char == "-":
                on = False
            elif char == "i":
                self.fold = on
            elif char == "s":
                self.dot_all = on
            elif char != "U":  # swaps greedy and lazy: the same strings
                self.give_up(f"the flag {char}")
        raise Unsupported("flags without an end")

    def escape(self) -> Node:
        if self.position >= len(self.text):
            raise Unsupported("a backslash at the end")
        char = self.text[self.position]
        self.position += 1
        if char in _PLACES:
            return _PLACES[char]
        ranges = self.escaped_class(char)
        if ranges is not None:
            return Chars(self.folded(ranges) if len(ranges) == 1 and ranges[0][0] == ranges[0][1] else ranges)
        self.give_up(f"the escape \\{char}")
        return EMPTY

    def escaped_class(self, char: str) -> Ranges | None:
        """Return the characters of an escape that stands for some; `None` when it stands for something else."""
        if char in _CLASSES:
            return _CLASSES[char]
        if char.lower() in _CLASSES:
            return complement(_CLASSES[char.lower()])
        if char in _CONTROLS:
            return one(_CONTROLS[char])
        if char == "x":
            return self.hexadecimal()
        if char.isascii() and not char.isalnum():
            return one(char)
        return None

    def hexadecimal(self) -> Ranges | None:
        if self.take("{"):
            end = self.text.find("}", self.position)
            digits = self.text[self.position : end]
            self.position = end + 1
        else:
            digits = self.text[self.position : self.position + 2]
            self.position += 2
        try:
            code = int(digits, 16)
        except ValueError:
            return None
        return ((code, code),) if code <= LAST else None

    def bracket(self) -> Ranges:
        negated = self.take("^")
        parts: list[tuple[int, int]] = []
        first = True
        while first or not self.peek("]"):
            if self.position >= len(self.text):
                raise Unsupported("`[` without `]`")
            parts += self.member()
            first = False
        self.position += 1
        ranges = self.folded(union(parts)) if self.fold else union(parts)
        return complement(ranges) if negated else ranges

    def member(self) -> Ranges:
        if self.take("[:"):
            end = self.text.find(":]", self.position)
            name = self.text[self.position : end] if end > 0 else ""
            found = POSIX.get(name.lstrip("^"))
            if found is None:
                raise Unsupported("a class that is not known")
            self.position = end + 2
            return complement(found) if name.startswith("^") else found
        low = self.single()
        if len(low) != 1 or low[0][0] != low[0][1]:
            return low
        if self.peek("-") and not self.peek("-]") and self.position + 1 < len(self.text):
            self.position += 1
            high = self.single()
            if len(high) != 1 or high[0][0] != high[0][1] or high[0][0] < low[0][0]:
                raise Unsupported("a range that ends in a class, or runs backwards")
            return ((low[0][0], high[0][0]),)
        return low

    def single(self) -> Ranges:
        if self.position >= len(self.text):
            raise Unsupported("`[` without `]`")
        char = self.text[self.position]
        self.position += 1
        if char != "\\":
            return one(char)
        if self.position >= len(self.text):
            raise Unsupported("a backslash at the end")
        name = self.text[self.position]
        self.position += 1
        if name == "b":
            self.give_up("a backspace")
            return one("\b")
        ranges = self.escaped_class(name)
        if ranges is None:
            self.give_up(f"the escape \\{name}")
            return one(name)
        return ranges
