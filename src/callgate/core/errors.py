"""Errors of callgate. Each says what is wrong, where, and what to do about it."""

from __future__ import annotations

from typing import NamedTuple


class Problem(NamedTuple):
    """One fault in a policy file, a log or an argument; many are collected and reported at once."""

    message: str
    """One sentence, lower case, user input in backticks, no final period."""
    file: str = ""
    line: int = 0
    """1-based; 0 when unknown."""
    column: int = 0
    """1-based, in characters; 0 when unknown."""
    text: str = ""
    """The offending source line."""
    help: str = ""
    """What to do."""
    severity: str = "error"
    """`error` blocks the file, `warning` does not."""

    def __str__(self) -> str:
        """Render as `file:line:column: error: message`, the source line with a caret, and a help line."""
        where = self.file
        if self.line:
            where += f":{self.line}" + (f":{self.column}" if self.column else "")
        out = f"{where}: {self.severity}: {self.message}" if where else f"{self.severity}: {self.message}"
        if self.text:
            out += f"\n    {self.text}"
            if self.column:
                out += "\n    " + " " * (self.column - 1) + "^"
        return out + (f"\n  help: {self.help}" if self.help else "")


class CallgateError(Exception):
    """Base of every error that callgate raises on purpose."""


class PolicyError(CallgateError):
    """A policy cannot be used. `problems` holds every fault found, in file order."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class InputError(CallgateError):
    """What came in is not a tool call (not JSON, too large, no tool name)."""


class DeadlineError(CallgateError):
    """A decision took longer than its own deadline; the answer is *ask*."""
