"""Whether a session went on after a call: a call that waits in front of a person looks like one that was refused.

While a dialog is open its conversation stands still, but other calls of the same answer of the model may run beside
it, and so may subagents, which are conversations of their own. So only a call that *began* well after counts, and
only one of the same conversation where the session has several.
"""

from __future__ import annotations

from typing import Final

GRACE: Final = 5.0
"""Seconds within which calls of one answer of the model begin; what begins later follows another answer."""

LONGEST: Final = 600.0
"""Seconds that a tool may take: Claude Code stops a Bash command after 10 minutes at the latest. So long before a
tool ended it may have begun."""

UNKNOWN_THREAD: Final = "?"
"""Stands for the conversation of a call that no outcome line tells of."""


class Progress:
    """When the last call of each conversation of one session began."""

    def __init__(self, *, several: bool) -> None:
        """Know nothing yet; *several* when the session has subagents."""
        self._several = several
        self._last: dict[str, float] = {}

    def started(self, time: float, thread: str) -> None:
        """Note a call that began at *time* (seconds since the epoch) in the conversation *thread*."""
        self._last[thread] = max(time, self._last.get(thread, time))

    def heard(self, time: float, thread: str, *, ran: bool) -> None:
        """Note an outcome line of a call whose decision is not at hand; *ran* when the tool was at its end."""
        self.started(time - LONGEST if ran else time, thread)

    def after(self, time: float, thread: str) -> bool:
        """Whether a call began in *thread* so long after *time* that it cannot belong to the same answer."""
        if self._several:
            last = self._last.get(thread, 0.0) if thread != UNKNOWN_THREAD else 0.0
        else:
            last = max(self._last.values(), default=0.0)
        return last >= time + GRACE
