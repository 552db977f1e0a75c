r"""JSON on stdout: one line for programs, indented and coloured on a terminal.

A value may quote what an agent wrote. On a terminal whatever it would obey or not show is a JSON escape (`\u202e`), so
that the text is still JSON when it is copied; elsewhere everything beyond ASCII is.
"""

from __future__ import annotations

import json
import sys
from typing import Any, Final, Literal

from callgate.agents.visible import visible

Style = Literal["auto", "compact", "pretty"]

MAX_COLOURED: Final = 1 << 20
"""Characters of the largest text that is coloured; finding the colours takes longer than anybody reads."""

_MAX_DEPTH: Final = 100


def write(value: object, *, style: Style = "auto", no_color: bool = False) -> None:
    """Write *value* and a newline to stdout.

    Args:
        value: JSON values. What JSON does not have (a NaN out of a log) is written as a text, and what is nested too
            deeply to be written is cut.
        style: indented or on one line; `auto` is indented on a terminal.
        no_color: no colours even on a terminal.
    """
    terminal = sys.stdout.isatty()
    pretty = style == "pretty" or (style == "auto" and terminal)
    if not terminal:
        sys.stdout.write(text_of(value, pretty=pretty) + "\n")
        return
    text = text_of(value, pretty=pretty, readable=(sys.stdout.encoding or "").lower().replace("-", "") == "utf8")
    from callgate.cli.output import console  # noqa: PLC0415 - rich costs 40 ms

    out = console(no_color=no_color)
    if out.no_color or len(text) > MAX_COLOURED:
        sys.stdout.write(text + "\n")
        return
    from rich.highlighter import JSONHighlighter  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    coloured = Text(text)
    JSONHighlighter().highlight(coloured)
    out.print(coloured)


def text_of(value: object, *, pretty: bool = False, readable: bool = False) -> str:
    """Return *value* as JSON.

    Args:
        value: as for `write`.
        pretty: indented; else without any blank that JSON does not need.
        readable: letters beyond ASCII stand as they are; what cannot be shown is an escape nevertheless.
    """
    try:
        text = _dump(value, pretty=pretty, ascii_only=not readable)
    except (ValueError, RecursionError):
        text = _dump(_writable(value, 0), pretty=pretty, ascii_only=not readable)
    return "\n".join(map(_safe, text.split("\n"))) if readable else text


def _dump(value: object, *, pretty: bool, ascii_only: bool) -> str:
    separators = None if pretty else (",", ":")
    return json.dumps(
        value, indent=2 if pretty else None, separators=separators, ensure_ascii=ascii_only, allow_nan=False
    )


def _safe(line: str) -> str:
    if line.isascii() and line.isprintable():
        return line
    return "".join(char if visible(char) == char else json.dumps(char)[1:-1] for char in line)


def _writable(value: object, depth: int) -> Any:  # noqa: ANN401 - JSON values
    if depth > _MAX_DEPTH and isinstance(value, (dict, list, tuple)):
        return f"«cut: {len(value)} values»"
    if isinstance(value, dict):
        return {str(key): _writable(one, depth + 1) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_writable(one, depth + 1) for one in value]
    if isinstance(value, float) and value - value != 0:
        return str(value)
    return value
