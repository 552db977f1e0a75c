"""Collects the faults of one file, each with its position; the file is scanned only when there is one."""

from __future__ import annotations

import re
from typing import Callable, Final, Iterable

from callgate.core.errors import Problem
from callgate.policy.loader.locate import Path, Positions, line_column, scan, source_line

MAX_PROBLEMS: Final = 200
"""Per file. A hostile file must not make the gate write a million messages."""

_MAX_TEXT: Final = 200
_SECRET: Final = re.compile(r"""([\w-]*(?:key|token|secret|passw)[\w-]*["']?\s*[=:]\s*).+""", re.IGNORECASE)


def shown(value: object, limit: int = 60) -> str:
    """Return *value* in backticks, fit for a message: printable, one line, at most *limit* characters."""
    text = value if isinstance(value, str) else kind(value) if isinstance(value, (dict, list)) else str(value)
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    return "`" + "".join(char if char.isprintable() and char != "`" else "?" for char in text) + "`"


def kind(value: object) -> str:
    """Return what *value* is in words, in TOML's terms."""
    names = {
        "str": "a string",
        "bool": "true or false",
        "int": "an integer",
        "float": "a float",
        "list": "an array",
        "dict": "a table",
        "NoneType": "nothing",
        "datetime": "a date-time",
        "date": "a date",
        "time": "a time",
    }
    return names.get(type(value).__name__, "something else")


class Faults:
    r"""The faults of one file.

    Args:
        file: path for messages.
        text: the source with `\n` line ends; may be empty when it could not be read.
        quoting: whether messages may quote the source. Not for a file that a project pulls in from elsewhere: its
            includes must not turn the gate into a way to read other people's files.
        locate: finds positions; by default the TOML scan.
    """

    def __init__(
        self,
        file: str,
        text: str = "",
        *,
        quoting: bool = True,
        locate: Callable[[str], Positions] = scan,
    ) -> None:
        self.file = file
        self.text = text
        self.problems: list[Problem] = []
        self._quoting = quoting
        self._locate = locate
        self._positions: Positions | None = None
        self._counts = {"error": 0, "warning": 0}

    def nearest(self, word: str, known: Iterable[str], likeness: float = 0.6) -> str:
        """Return a help text: the name of *known* that *word* was probably meant to be, or else all of them.

        Empty once no more errors are listed: the search is the costly part.
        """
        if self._counts["error"] >= MAX_PROBLEMS:
            return ""
        import difflib  # noqa: PLC0415 - 5 ms, and only a faulty file needs it

        names = list(known)
        close = difflib.get_close_matches(word[:60], names, 1, likeness)
        return f"did you mean `{close[0]}`?" if close else "known are " + ", ".join(f"`{name}`" for name in names)

    def positions(self) -> Positions:
        """Return the positions of the source, scanning it the first time."""
        if self._positions is None:
            self._positions = self._locate(self.text)
        return self._positions

    def add(
        self,
        message: str,
        path: Path = (),
        help: str = "",  # noqa: A002 - the name that `Problem` and every message use
        *,
        value: bool = False,
        within: str = "",
        offset: int = 0,
        severity: str = "error",
    ) -> None:
        """Record a problem at *path*.

        Args:
            message: one sentence, lower case, no final period.
            path: of the key or table at fault; empty for the file as a whole.
            help: what to do.
            value: point at the value and not at its key.
            within: the string value at fault; *offset* counts its characters, and the column points there when the
                source spells the string without escapes.
            offset: see *within*.
            severity: `error` or `warning`.
        """
        if self._counts[severity] >= MAX_PROBLEMS:
            self._overflow(severity)
            return
        start = self.positions().find(path, value=value) if path and self.text else None
        if start is None:
            self._counts[severity] += 1
            self.problems.append(Problem(message, self.file, help=help, severity=severity))
            return
        if within and self.text.startswith(within, start + 1):
            start += 1 + offset
        self.at(message, start, help, severity=severity)

    def at(self, message: str, start: int, help: str = "", *, severity: str = "error") -> None:  # noqa: A002 - see add
        """Record a problem at the character offset *start*."""
        if self._counts[severity] >= MAX_PROBLEMS:
            self._overflow(severity)
            return
        self._counts[severity] += 1
        line, column = line_column(self.text, start)
        text = self._quote(source_line(self.text, start), column)
        self.problems.append(Problem(message, self.file, line, column, text, help, severity))

    def _overflow(self, severity: str) -> None:
        """Mention, once, that there are more; counted apart, so that warnings neither hide an error nor become one."""
        if self._counts[severity] == MAX_PROBLEMS:
            self._counts[severity] += 1
            more = Problem(f"more {severity}s, not listed", self.file, help="mend the ones above first")
            self.problems.append(more._replace(severity=severity))

    def _quote(self, line: str, column: int) -> str:
        if not self._quoting or column > _MAX_TEXT:
            return ""
        line = _SECRET.sub(r"\1…", line[: _MAX_TEXT * 2])
        if len(line) > _MAX_TEXT:
            line = line[: _MAX_TEXT - 1] + "…"
        return "".join(char if char.isprintable() else " " if char == "\t" else "?" for char in line)
