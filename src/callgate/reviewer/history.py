"""The logs of one gate as one history of decisions, newest or oldest first."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, Iterator, Sequence

from callgate.journal.append import rotated
from callgate.journal.reading import backwards
from callgate.reviewer.entry import Entry, decode

if TYPE_CHECKING:
    from callgate.gate import Gate
    from callgate.host import Places
    from callgate.policy.loader import LoadedPolicy

OLDER: Final = "/tmp/claude-decisions-review.log"  # noqa: S108 - where the older hook writes; contract.md section 3
OLDER_OPERATIONAL: Final = "/tmp/claude-tool-use.log"  # noqa: S108 - as above


class History:
    """Decisions of one log file and its rotated ones.

    Attributes:
        files: the log files, newest lines in the first one.
        skipped: lines that the last reading could not understand.
    """

    def __init__(self, files: Sequence[str]) -> None:
        """Remember *files*; nothing is opened yet."""
        self.files = tuple(files)
        self.skipped = 0

    def newest(self, *, since: float | None = None, until: float | None = None) -> Iterator[Entry]:
        """Yield the decisions of `[since, until)` (seconds since the epoch), last written first.

        Raises:
            OSError: a log cannot be read, or is not a regular file. One that is not there is empty.
        """
        self.skipped = 0
        for file in self.files:
            try:
                fd = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            except FileNotFoundError:
                continue
            try:
                for line in backwards(fd, file):
                    entry = self._entry(line)
                    if entry is None or (until is not None and entry.time >= until):
                        continue
                    if since is not None and entry.time < since:
                        return
                    yield entry
            finally:
                os.close(fd)

    def oldest(self, *, since: float | None = None, until: float | None = None) -> Iterator[Entry]:
        """Yield the same decisions, first written first."""
        yield from reversed(list(self.newest(since=since, until=until)))

    def _entry(self, line: bytes) -> Entry | None:
        if not line.strip():
            return None
        entry = decode(line)
        self.skipped += entry is None
        return entry


def open_history(gate: Gate) -> History:
    """Return the history that the policy of *gate* writes: its review log and the older hook's, where they are."""
    return History(log_files(gate.loaded, gate.places))


def log_files(loaded: LoadedPolicy | None, places: Places) -> list[str]:
    """Return the review logs of a policy, newest lines in the first one; they need not be there."""
    review = (loaded.logging.review_log_file if loaded else "") or places.review_log_file
    return [file for log in dict.fromkeys((review, OLDER)) for file in (log, *rotated(os.path.realpath(log)))]
