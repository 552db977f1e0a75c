r"""Text that a person may read on a terminal: what could draw, hide or reorder is shown as `\uXXXX`."""

from __future__ import annotations

_INVISIBLE = frozenset(
    (
        0x034F,  # combining grapheme joiner
        0x115F,  # Hangul fillers
        0x1160,
        0x17B4,  # Khmer inherent vowels
        0x17B5,
        0x2800,  # Braille blank
        0x3164,
        0xFFA0,
        *range(0x180B, 0x1810),  # Mongolian selectors
        *range(0xFE00, 0xFE10),  # variation selectors: they carry hidden text
        *range(0xE0100, 0xE01F0),
    )
)
"""Code points that show nothing although Unicode counts them as printable."""


def visible(text: str) -> str:
    r"""Escape every character of *text* that a terminal would obey or not show.

    That is what Unicode calls control, format (bidi overrides, zero width), surrogate, private, unassigned and
    separator characters other than the space, and the invisible ones it counts as printable. `\uXXXX` stands for
    each, `\UXXXXXXXX` beyond the first plane. Line ends too: a command must not write a line of its own into a prompt.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if char.isprintable() and ord(char) not in _INVISIBLE else _escape(ord(char)) for char in text)


def _escape(code: int) -> str:
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
