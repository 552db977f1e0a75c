"""Values as TOML text, for what callgate writes anew (`tomlkit` is for editing what somebody else wrote). Pure."""

from __future__ import annotations

from typing import Mapping


def toml_value(value: object) -> str:
    """Return *value* (text, boolean, list or table with plain keys) as TOML on one line.

    What is not printable becomes an escape, so that the text may be shown on a terminal and means the same.

    Raises:
        ValueError: the text holds a lone surrogate, which TOML has no form for.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {toml_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(toml_value(item) for item in value) + "]"
    return _text(str(value))


def _text(text: str) -> str:
    """Return *text* quoted: as a literal when that saves escaping backslashes, the usual case of an expression."""
    if "\\" in text and "'" not in text and text.isascii() and text.isprintable():
        return f"'{text}'"
    return '"' + "".join(_char(char) for char in text) + '"'


def _char(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    if char.isprintable():
        return char
    code = ord(char)
    if 0xD800 <= code <= 0xDFFF:
        raise ValueError("a lone surrogate has no form in TOML")
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
