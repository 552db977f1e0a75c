"""When sessions began and ended: one line each, in a log of its own, so that `status` and `doctor` can count them."""

from __future__ import annotations

import json
from typing import Any, Final, Literal, NamedTuple

from callgate.journal.append import Limits, append
from callgate.journal.masking import mask_parts
from callgate.journal.reading import read_tail
from callgate.journal.records import timestamp

Moment = Literal["started", "ended"]

MAX_LINES: Final = 5_000
"""Lines that `tally` looks at, newest first: more sessions than that are not counted."""


class SessionLine(NamedTuple):
    """One beginning or end, as an agent adapter found it in the agent's message."""

    event: Moment
    session_id: str
    word: str = ""
    """How it began (`startup`, `resume`, `clear`, …) or why it ended (`logout`, `other`, …), as the agent says."""
    cwd: str = ""
    agent: str = "claude-code"
    attended: bool | None = None
    """Whether the agent says that a person can answer its dialogs; `None` when it does not say."""


class Tally(NamedTuple):
    """How many sessions there were."""

    started: int
    """Different sessions that began."""
    ended: int
    """Those of them that have ended."""

    @property
    def open(self) -> int:
        """Those whose end was not heard of; a client that was killed tells of none."""
        return self.started - self.ended


def build(line: SessionLine, *, now: float) -> dict[str, Any]:
    """Return the line as it stands in the log; secrets are masked."""
    parts: dict[str, object] = {"session_id": line.session_id, "cwd": line.cwd, "word": line.word}
    masked, _ = mask_parts(parts, fields=())
    return {
        "timestamp": timestamp(now),
        "session_id": masked["session_id"],
        "agent": line.agent,
        "event": line.event,
        "source" if line.event == "started" else "reason": masked["word"],
        "cwd": masked["cwd"],
        "attended": line.attended,
    }


def record(path: str, line: SessionLine, *, now: float, limits: Limits = Limits()) -> str:  # noqa: B008 - immutable
    """Append *line* to the log at *path*, which is made with mode 0600 when missing.

    Returns:
        Empty, or what went wrong beside the write (the log could not be rotated).

    Raises:
        OSError: the line is not in the log.
        ValueError: the path has a NUL character.
    """
    text = json.dumps(build(line, now=now), ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return append(path, text.encode("ascii") + b"\n", limits=limits, now=now)


def tally(path: str, *, since: float, lines: int = MAX_LINES) -> Tally:
    """Count the sessions that began at or after *since* (seconds since the epoch), in the newest *lines* lines.

    A session that is compacted, cleared or resumed begins anew under its number, and counts once.

    Raises:
        OSError: the log cannot be read.
    """
    after, last = timestamp(since), dict[str, str]()
    for entry in read_tail(path, lines):
        number, event, when = (entry.get(name) for name in ("session_id", "event", "timestamp"))
        if isinstance(number, str) and isinstance(event, str) and isinstance(when, str) and when >= after:
            last.setdefault(number, event)  # the newest line of each comes first
    return Tally(len(last), sum(event == "ended" for event in last.values()))
