"""What every part of the report looks at."""

from __future__ import annotations

import time
from typing import NamedTuple

from callgate.reviewer.cluster.calls import Call, Gathered
from callgate.reviewer.judge import Judge
from callgate.reviewer.suggest.rank import Suggestions

TOP = 10
"""Rows of each list."""


class Subject(NamedTuple):
    """A history, who judges it, and what was suggested for it."""

    judge: Judge
    gathered: Gathered
    suggestions: Suggestions
    seconds_per_prompt: float
    """What a prompt costs a person: to notice, to read, to answer."""

    @property
    def calls(self) -> list[Call]:
        """The distinct calls, the latest first."""
        return self.gathered.calls


def day(seconds: float) -> str:
    """Return the day of a time, UTC: `2026-11-21`."""
    return time.strftime("%Y-%m-%d", time.gmtime(seconds))
