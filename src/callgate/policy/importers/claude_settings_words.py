r"""The text of a Bash rule as words with wildcards, and such words as a word pattern of callgate.

Claude Code compares the *text* of each simple command, where a `*` spans spaces. callgate compares *words*. A text
without anything that the shell would expand or obey stands for exactly one list of words, so the two agree there.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

STAR: Final = "\0*"
"""A wildcard among the characters of a word; no rule holds a NUL."""

_OPERATORS: Final = frozenset(";&|\n")
_TROUBLE: Final = {
    "<": "a redirect", ">": "a redirect", "$": "a variable or substitution", "`": "a substitution",
    "(": "a subshell", ")": "a subshell", "{": "braces", "}": "braces", "[": "a glob", "?": "a glob", "]": "a glob",
    "#": "a comment", "!": "a negation",
}  # fmt: skip
_PLAIN: Final = re.compile(r"[\w./:=,+@%^#~!{}\[\]&;<>$`-]+")
_ASSIGNMENT: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\+?=")


class Word(NamedTuple):
    """One word of a rule."""

    parts: tuple[str, ...]
    """Literal text and `STAR`, in turns."""
    quoted: bool
    """Some of it stood in quotes: a wildcard in it stays within the word."""

    @property
    def literal(self) -> str | None:
        """The word without wildcards; `None` when it has some."""
        return None if STAR in self.parts else "".join(self.parts)


class Words(NamedTuple):
    """A rule as words."""

    words: tuple[Word, ...]
    trouble: str = ""
    """What words cannot say about the text: `a redirect`; empty when they say all of it."""

    @property
    def head(self) -> tuple[str, ...]:
        """The literal words in front of the first with a wildcard."""
        found: list[str] = []
        for word in self.words:
            if word.literal is None:
                break
            found.append(word.literal)
        return tuple(found)

    @property
    def stars(self) -> int:
        """How many wildcards there are."""
        return sum(part == STAR for word in self.words for part in word.parts)


def split(text: str, *, wild: bool, home: str) -> Words:
    r"""Split *text* as bash would.

    Args:
        text: a command, with wildcards when *wild* (then `\*` is the character).
        wild: a `*` is a wildcard of the rule; otherwise it is a glob of the shell.
        home: what a leading `~` stands for.
    """
    return _Splitter(text, wild=wild, home=home).words()


class _Splitter:
    def __init__(self, text: str, *, wild: bool, home: str) -> None:
        self.text, self.wild, self.home = text, wild, home
        self.at = 0
        self.trouble = ""
        self.parts: list[str] = []
        self.open = False
        self.quoted = False
        self.found: list[Word] = []

    def words(self) -> Words:
        while self.at < len(self.text):
            self._step(self.text[self.at])
            self.at += 1
        self._end()
        first = self.found[0].literal if self.found else None
        if first and not self.found[0].quoted and _ASSIGNMENT.match(first):
            self._note("a variable in front of the command")
        return Words(tuple(self.found), self.trouble)

    def _step(self, char: str) -> None:
        if char in " \t":
            self._end()
        elif char in "'\"":
            self._until(char)
        elif char == "\\":
            self.at += 1
            if self.at == len(self.text) or self.text[self.at] == "\n":
                self._note("a backslash at the end of a line")
            else:
                self._add(self.text[self.at])
        elif char == "*":
            self._star()
        elif char == "~" and not self.open:
            self._tilde()
        elif char in _OPERATORS:
            self._note("a shell operator")
        else:
            if char in _TROUBLE and (char not in "#!" or not self.open):
                self._note(_TROUBLE[char])
            self._add(char)

    def _until(self, quote: str) -> None:
        """Take what stands up to the closing *quote*."""
        self.open = self.quoted = True
        while True:
            self.at += 1
            if self.at >= len(self.text):
                self._note("an open quote")
                return
            char = self.text[self.at]
            if char == quote:
                return
            if char == "*" and self.wild:
                self._star()
            elif quote == '"' and char in "$`":
                self._note(_TROUBLE[char])
                self._add(char)
            elif quote == '"' and char == "\\" and self.text[self.at + 1 : self.at + 2] in {'"', "\\", "$", "`"}:
                self.at += 1
                self._add(self.text[self.at])
            else:
                self._add(char)

    def _star(self) -> None:
        self.open = True
        if not self.wild:
            self._note("a glob")
            self._add("*")
        elif not self.parts or self.parts[-1] != STAR:
            self.parts.append(STAR)

    def _tilde(self) -> None:
        following = self.text[self.at + 1 : self.at + 2]
        if following in {"", "/", " "}:
            self._add(self.home.rstrip("/") or "/")
        else:
            self._note("a `~` that stands for somebody else's home")
            self._add("~")

    def _add(self, char: str) -> None:
        self.open = True
        if self.parts and self.parts[-1] != STAR:
            self.parts[-1] += char
        else:
            self.parts.append(char)

    def _end(self) -> None:
        if self.open:
            self.found.append(Word(tuple(self.parts), self.quoted))
        self.parts, self.open, self.quoted = [], False, False

    def _note(self, what: str) -> None:
        self.trouble = self.trouble or what


def quote(text: str) -> str:
    """Return literal *text* as (a part of) a word of a pattern."""
    if text and _PLAIN.fullmatch(text):
        return text
    if "'" not in text:
        return f"'{text}'"
    return "".join("\\" + char if not (char.isalnum() or char in "_-./:=,") else char for char in text)


def pattern(rule: Words) -> str:
    """Return the word pattern for *rule* that never matches words which the text of the rule does not."""
    out: list[str] = []
    only = rule.stars == 1
    for position, word in enumerate(rule.words):
        if word.parts == (STAR,) and not word.quoted:
            # Only as the sole wildcard, at the end, may it stand for nothing.
            out += ["*"] if only and position == len(rule.words) - 1 else ["?*", "*"]
        elif word.parts == (STAR,):
            out.append("?*")
        elif word.literal is not None:
            out.append(quote(word.literal))
        else:
            out += _starred(word)
    kept = [one for at, one in enumerate(out) if one != "*" or at == 0 or out[at - 1] != "*"]
    return " ".join(kept)


def _starred(word: Word) -> list[str]:
    """Return a word with a wildcard in it; at its edges, and alone in its middle, the wildcard spans words."""
    one = "".join("*" if part == STAR else quote(part) for part in word.parts)
    if word.quoted:
        return [one]
    if len(word.parts) == 3 and word.parts[1] == STAR and not {"(", ")"} & set("".join(word.parts)):
        before, after = quote(word.parts[0]), quote(word.parts[2])
        return [f"({one}|{before}* * *{after})"]
    return [*(["*"] if word.parts[0] == STAR else []), one, *(["*"] if word.parts[-1] == STAR else [])]
