"""Characters that deceive: those that show as nothing, and those that look like syntax or like an ASCII letter.

Text in another script is no fault: arguments, file names and comments may hold any. What counts is where bash looks for
the name of a program, for an option, for a separator or for a quote, and a reader sees one that is not there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from callgate.core.model import Span
    from callgate.shell.walk import Walker

# White space that is not bash's, separators that callgate uses itself, and characters that show as nothing.
_FOREIGN = frozenset(
    [
        *"\x00\r\v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff\u00ad\u034f\u061c\u115f\u1160\u180e"
    ]
    + [chr(code) for code in (*range(0x2000, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070))]
    + ["\ue000", "\ue001"]
)

_FOREIGN_ASCII = sorted(char for char in _FOREIGN if char.isascii())

# Unicode's hyphens, dashes and minus signs (general category Pd and U+2212) that a font draws like `-`.
_DASHES = frozenset("\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63\uff0d\u02d7")

# Full-width forms of `; | & < > $ backtick`, and the Greek question mark.
_SEPARATORS = frozenset("\uff1b\uff5c\uff06\uff1c\uff1e\uff04\uff40\u037e")

# Typographic and full-width quotation marks.
_QUOTES = frozenset("\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\uff02\uff07\u2032\u2033")


def check_characters(walker: Walker, span: Span) -> None:
    """Note a problem for characters that the shell and a reader (or this analyser) see differently."""
    source = walker.source
    if walker.ascii and not any(char in source for char in _FOREIGN_ASCII):
        return  # eight quick looks; each character by itself takes as long as the parser
    found = _FOREIGN.intersection(source)
    surrogates = not walker.ascii and any("\ud800" <= char <= "\udfff" for char in walker.source)
    if found or surrogates:
        names = ", ".join(f"U+{ord(char):04X}" for char in sorted(found)) or "a lone surrogate"
        walker.runner.problem(walker.source[:200], span, f"the command holds {names}", walker.wrappers)


def in_word(text: str) -> str:
    """Return what is wrong with the unquoted *text* of a word, or the empty string.

    A dash counts in front of an ASCII letter; a quotation mark at either end; a separator unless text in another script
    stands on both sides of it (Chinese prose has such semicolons).
    """
    first = text[0]
    if first in _DASHES and ((text[1:2].isascii() and text[1:2].isalpha()) or text[1:2] == "-" or text[1:2] in _DASHES):
        return f"U+{ord(first):04X} looks like the `-` of an option and is none"
    for end in (first, text[-1]):
        if end in _QUOTES:
            return f"U+{ord(end):04X} looks like a quotation mark and quotes nothing"
    for char in _SEPARATORS.intersection(text):
        before, _, behind = text.partition(char)
        if before[-1:].isascii() or behind[:1].isascii():
            return f"U+{ord(char):04X} looks like an operator of the shell and is none"
    return ""


def in_program(name: str) -> str:
    """Return what is wrong with the *name* of a program that is not ASCII, or the empty string.

    No ordinary program on `PATH` has such a name. A path may (`./测试.sh`), but no run of letters in it that mixes
    ASCII with another script (`./sh` with a Cyrillic first letter) and no full-width form.
    """
    odd = next(char for char in name if not char.isascii())
    if "/" not in name or any("\uff01" <= char <= "\uff5e" for char in name):
        return f"the program's name holds U+{ord(odd):04X}, which may look like an ASCII letter"
    for run in "".join(char if char.isalpha() else " " for char in name).split():
        # Greek, Cyrillic and their neighbours have letters that look like Latin ones.
        if any(char.isascii() for char in run) and any("\u0370" <= char <= "\u058f" for char in run):
            return f"the program's name mixes ASCII letters with U+{ord(odd):04X}, which may look like one"
    return ""
