"""Programs whose names look like the one that is allowed."""

from __future__ import annotations

from typing import Final, Iterator, Mapping

from callgate.reviewer.mutate.base import Mutant, line, words_of

_LIKE: Final[Mapping[str, str]] = {
    "a": "\u0430", "c": "\u0441", "e": "\u0435", "i": "\u0456", "o": "\u043e", "p": "\u0440", "s": "\u0455",
    "x": "\u0445", "y": "\u0443", "g": "\u0261", "l": "\u04cf",
}  # fmt: skip
_INVISIBLE: Final = ("\u200b", "\u200d", "\u2060", "\u00ad", "\ufe0f", "\u202e")


def lookalikes(text: str) -> Iterator[Mutant]:
    """Yield *text* with another program of (almost) the same looks."""
    words = words_of(text)
    if not words:
        return
    name, rest = words[0], words[1:]

    def mutant(label: str, program: str) -> Mutant:
        changed = " ".join(part for part in (program, line(rest)) if part)
        return Mutant(label, changed, program)

    for at, char in enumerate(name):
        if char in _LIKE:
            yield mutant(f"{char} of another alphabet", name[:at] + _LIKE[char] + name[at + 1 :])
    for char in _INVISIBLE:
        yield mutant(f"U+{ord(char):04X} inside", name[:1] + char + name[1:])
    wide = "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in name)
    yield mutant("full-width letters", wide)
    yield mutant("capital letters", name.upper())
    yield mutant("a longer name", f"{name}-zqx")
    yield mutant("in a directory", f"./{name.rsplit('/', 1)[-1]}.d/{name.rsplit('/', 1)[-1]}")
    if rest:
        yield mutant("no-break blank", f"{name}\u00a0{rest[0]}")
        yield mutant("unit separator", f"{name}\x1f{rest[0]}")
