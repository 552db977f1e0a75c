"""Values as TOML text: one spelling for what callgate writes. Whatever a value holds, it stays that value. Pure.

How values are laid out in a file that somebody else wrote is `reviewer/apply/values.py`.
"""

from __future__ import annotations

import re
from typing import Final, Mapping

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def toml_value(value: object, *, pattern: bool = False) -> str:
    """Return *value* as TOML on one line.

    Args:
        value: text, boolean, finite number, date-time, or a list or table of these.
        pattern: its texts are expressions, as for `toml_string`.

    Raises:
        ValueError: a text holds a lone surrogate, which TOML has no form for.
    """
    if isinstance(value, str):
        return toml_string(value, pattern=pattern)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(toml_value(each, pattern=pattern) for each in value) + "]"
    if isinstance(value, Mapping):
        inner = ", ".join(f"{toml_key(name)} = {toml_value(each, pattern=pattern)}" for name, each in value.items())
        return "{ " + inner + " }" if inner else "{}"
    if hasattr(value, "isoformat"):  # a date-time; what is pure imports no `datetime`
        return str(value.isoformat()).replace("+00:00", "Z")
    return repr(value)  # a number: Python's spelling of a finite one is TOML's


def toml_key(name: str) -> str:
    """Return *name* as a key: bare when TOML allows it.

    Raises:
        ValueError: as `toml_value`.
    """
    return name if _BARE.fullmatch(name) else toml_basic(name)


def toml_string(text: str, *, pattern: bool = False) -> str:
    """Return *text* as a string: patterns, and what would need escapes, in single quotes where possible.

    Raises:
        ValueError: as `toml_value`.
    """
    plain = text.isprintable() and "'" not in text
    return f"'{text}'" if plain and (pattern or '"' in text or "\\" in text) else toml_basic(text)


def toml_basic(text: str) -> str:
    """Return *text* in double quotes.

    What cannot be seen is escaped, so that the file shows what it holds, and may be shown on a terminal.

    Raises:
        ValueError: as `toml_value`.
    """
    return '"' + "".join(map(toml_char, text)) + '"'


def toml_char(char: str) -> str:
    """Return one character as a string in double quotes has it.

    Raises:
        ValueError: as `toml_value`.
    """
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char.isprintable():
        return char
    code = ord(char)
    if 0xD800 <= code <= 0xDFFF:
        raise ValueError("a lone surrogate has no form in TOML")
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"
