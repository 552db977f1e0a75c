"""Checks that a regular expression can run, and on which engine, without spending more than a policy is worth.

RE2 parses a pattern in 2 us and compiles it in 15 us, so patterns are parsed only, unless something in them can make
the program large. Program sizes are added up: a hostile file cannot hold the gate with thousands of costly patterns.
"""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

MAX_LENGTH: Final = 20_000
"""Longest pattern, in characters."""

MAX_PROGRAM: Final = 1_000_000
"""RE2 instructions of all patterns of one load together; about 0.3 s of compiling."""

MAX_SLOW: Final = 200
"""Patterns of one load that only the backtracking engine takes."""

_MAX_TOO_LARGE: Final = 8
_COSTLY: Final = re.compile(r"\{|\\[pP]|.{1000}", re.DOTALL)


class RegexFault(NamedTuple):
    """What is the matter with a pattern."""

    message: str
    """Continues a sentence that begins with the pattern."""
    help: str
    offset: int = 0
    """Character within the pattern."""
    slow: bool = False
    """Not an error: the pattern works, on the engine with a time-out."""


class Regexes:
    """Checks the patterns of one load. Remembers patterns, so that repeated ones cost nothing."""

    def __init__(self) -> None:
        self._known: dict[str, RegexFault | None] = {}
        self._program = 0
        self._slow = 0
        self._too_large = 0
        self._options: Any = None
        self._parser: Any = None

    def check(self, pattern: str) -> RegexFault | None:
        """Return the fault of *pattern*, or `None` when RE2 takes it."""
        if pattern not in self._known:
            self._known[pattern] = self._check(pattern)
        return self._known[pattern]

    def _check(self, pattern: str) -> RegexFault | None:
        if len(pattern) > MAX_LENGTH:
            return RegexFault("is longer than 20,000 characters", "split the rule up")
        import re2  # noqa: PLC0415 - a policy without regular expressions need not pay for it

        if self._parser is None:
            self._options = re2.Options()
            self._options.log_errors = False
            self._parser = re2.Set.SearchSet(self._options)
        try:
            self._parser.Add(pattern)
        except (re2.error, UnicodeEncodeError):
            return self._check_slow(pattern)
        return self._check_size(pattern) if _COSTLY.search(pattern) else None

    def _check_size(self, pattern: str) -> RegexFault | None:
        import re2  # noqa: PLC0415 - loaded by the caller

        if self._too_large < _MAX_TOO_LARGE and self._program < MAX_PROGRAM:
            try:
                self._program += re2.compile(pattern, self._options).programsize
            except re2.error:
                self._too_large += 1
                return RegexFault("is too large for the regular expression engine", "use smaller repetition counts")
        if self._too_large < _MAX_TOO_LARGE and self._program < MAX_PROGRAM:
            return None
        return RegexFault("is one large pattern too many", "use smaller repetition counts in the patterns before it")

    def _check_slow(self, pattern: str) -> RegexFault | None:
        self._slow += 1
        if self._slow > MAX_SLOW:
            return RegexFault(f"is one of more than {MAX_SLOW} that RE2 cannot run", "rewrite it without look-around")
        import regex  # type: ignore[import-untyped,unused-ignore]  # noqa: PLC0415 - 10 ms, for what RE2 refuses

        try:
            regex.compile(pattern)
        except regex.error as error:
            return RegexFault(
                f"is not a regular expression: {error.msg}", "escape what is meant literally with `\\`", error.pos or 0
            )
        except (RecursionError, MemoryError, OverflowError, ValueError):
            return RegexFault("is nested too deep", "write it with fewer parentheses")
        return RegexFault(
            "runs with a time-out, not on RE2",
            "rewrite it without look-around and back-references, for example with an `…_exclude_regex`",
            slow=True,
        )
