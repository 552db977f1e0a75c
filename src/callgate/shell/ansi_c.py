"""`$'…'`: the escapes of the ANSI-C quoting of bash (Bash Reference Manual, 3.1.2.4)."""

from __future__ import annotations

_SINGLE = {
    "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\\": "\\", "'": "'", '"': '"', "?": "?",
}  # fmt: skip
_HEX = frozenset("0123456789abcdefABCDEF")
_OCTAL = frozenset("01234567")
_WIDTH = {"x": 2, "u": 4, "U": 8}


def decode_ansi_c(text: str) -> str | None:
    r"""Return what *text* (without `$'` and `'`) stands for.

    `None` when it depends on more than the text: a NUL (bash cuts the string), a byte that is no character of its
    own, `\c` control characters, `\x{…}` (not in the manual), a number beyond Unicode; or when a quote inside shows
    that it is not the whole string.
    """
    out: list[str] = []
    position = 0
    while position < len(text):
        char = text[position]
        position += 1
        if char == "'":
            return None  # bash's string ended here, the grammar's did not
        if char != "\\" or position == len(text):
            out.append(char)
            continue
        escape = text[position]
        position += 1
        if escape in _SINGLE:
            out.append(_SINGLE[escape])
        elif escape in _OCTAL:
            digits = _digits(text, position - 1, 3, _OCTAL)
            position += len(digits) - 1
            if not _append(out, int(digits, 8) & 0xFF, limit=0x7F):
                return None
        elif escape == "c" or text.startswith("x{", position - 1):
            return None
        elif escape in _WIDTH:
            digits = _digits(text, position, _WIDTH[escape], _HEX)
            position += len(digits)
            if not digits:
                out.append("\\" + escape)
            elif not _append(out, int(digits, 16), limit=0x7F if escape == "x" else 0x10FFFF):
                return None
        else:
            out.append("\\" + escape)
    return "".join(out)


def _digits(text: str, start: int, most: int, alphabet: frozenset[str]) -> str:
    end = start
    while end < len(text) and end - start < most and text[end] in alphabet:
        end += 1
    return text[start:end]


def _append(out: list[str], number: int, *, limit: int) -> bool:
    if not 0 < number <= limit or 0xD800 <= number <= 0xDFFF:
        return False
    out.append(chr(number))
    return True
