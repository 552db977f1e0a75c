"""Output for people: colours and tables on a terminal, plain aligned text otherwise.

Everything shown goes through `text.visible`, and never through rich's markup: a command may hold `[red]` or worse.
"""

from __future__ import annotations

import os
import sys
from typing import Final, Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from callgate.cli.text import pad, visible_lines, width

DECISION_STYLE: Final[Mapping[str, str]] = {
    "allow": "bold green",
    "deny": "bold red",
    "ask": "bold yellow",
    "passthrough": "cyan",
}
"""How a decision is coloured."""


def console(*, no_color: bool = False, stderr: bool = False) -> Console:
    """Return a console on stdout (or stderr): colours only on a terminal and unless `NO_COLOR` or *no_color*."""
    plain = no_color or bool(os.environ.get("NO_COLOR"))
    return Console(
        file=sys.stderr if stderr else sys.stdout,
        no_color=plain,
        color_system=None if plain else "auto",
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=True,
    )


def say(out: Console, *parts: str | tuple[str, str]) -> None:
    """Print one line made of texts and (text, style) pairs, without markup and with hidden characters visible."""
    line = Text()
    for part in parts:
        text, style = (part, "") if isinstance(part, str) else part
        line.append(visible_lines(text), style=style)
    out.print(line)


def show_table(
    out: Console, columns: Sequence[str], rows: Sequence[Sequence[str]], styles: Mapping[int, Mapping[str, str]] = {}
) -> None:
    """Print a table: ruled and wrapped on a terminal, otherwise one aligned line per row.

    Args:
        out: where to print.
        columns: the headings.
        rows: the cells, as many as there are columns.
        styles: column number -> (cell text -> style), for cells such as decisions.
    """
    if out.is_terminal:
        table = Table(header_style="bold", show_lines=False)
        for name in columns:
            table.add_column(name, overflow="fold")
        for row in rows:
            cells = (Text(visible_lines(cell), style=styles.get(at, {}).get(cell, "")) for at, cell in enumerate(row))
            table.add_row(*cells)
        out.print(table, soft_wrap=False)
        return
    widths = [max(width(cell) for cell in column) for column in zip(columns, *rows, strict=True)]
    for row in (columns, *rows):
        say(out, "  ".join(pad(cell, size) for cell, size in zip(row, widths, strict=True)).rstrip())
