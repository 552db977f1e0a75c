"""The logs of one gate as one history of decisions, newest or oldest first."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Iterator, Sequence

from callgate.journal.append import rotated
from callgate.reviewer.entry import Entry
from callgate.reviewer.logs.sources import Chain, Snapshot, chains_of, snapshot
from callgate.reviewer.logs.stream import Report, stream
from callgate.reviewer.logs.window import Window

if TYPE_CHECKING:
    from callgate.reviewer.logs.sources import LogOwner


class History:
    """Decisions of some logs, each once, read line by line: for the newest ones, and for whoever needs whole lines.

    A log that grows or is rotated meanwhile is read as it was when the reading began. Questions that count over many
    decisions are asked of `callgate.reviewer.logs.relation`.

    Attributes:
        report: what the last reading left out, and why.
    """

    def __init__(self, files: Sequence[str] = (), *, chains: Sequence[Chain] = ()) -> None:
        """Remember which logs to read; nothing is opened yet.

        Args:
            files: log files, taken as they are; rotated ones are named as well.
            chains: logs whose rotated files are looked for.
        """
        self._chains = tuple(chains)
        self._files = tuple(files)
        self.report = Report()

    @property
    def files(self) -> tuple[str, ...]:
        """The review logs as they are now, without those that are not trusted.

        The one that is written, there or not, comes before those rotated away from it. Operational logs are left out:
        who reads these files line by line would count most decisions twice.
        """
        if self._files:
            return self._files
        found = self.snapshot()
        left_out = {file.path for file in found.skipped}
        out = []
        for number, chain in enumerate(self._chains):
            if not chain.complete:
                continue
            own = [file.path for file in found.files if file.chain == number]
            out += own if chain.path in own or chain.path in left_out else [chain.path, *own]
        return tuple(out)

    @property
    def skipped(self) -> int:
        """Lines that the last reading could not understand."""
        return self.report.total

    def newest(self, *, since: float | None = None, until: float | None = None) -> Iterator[Entry]:
        """Yield the decisions of `[since, until)` (seconds since the epoch), newest first.

        A log that is not there is empty; one that cannot be read or is not trusted is named in `report`.
        """
        yield from self._stream(Window(since, until), newest=True)

    def oldest(self, *, since: float | None = None, until: float | None = None) -> Iterator[Entry]:
        """Yield the same decisions, oldest first."""
        yield from self._stream(Window(since, until), newest=False)

    def snapshot(self) -> Snapshot:
        """Return the files as they are now."""
        return snapshot((*_grouped(self._files), *self._chains))

    def _stream(self, window: Window, *, newest: bool) -> Iterator[Entry]:
        found = self.snapshot()
        self.report = Report()
        self.report.files.extend(found.skipped)
        yield from stream(found.files, window, self.report, newest=newest)


def open_history(gate: LogOwner, logs: Sequence[str] = ()) -> History:
    """Return the history that the policy of *gate* writes, with the logs of the older hook where they are.

    Args:
        gate: says where the logs are.
        logs: logs to read instead of those.
    """
    return History(chains=chains_of(gate, logs))


def _grouped(files: Sequence[str]) -> list[Chain]:
    """Return the chains of *files*: a file that was rotated away from one before it belongs to that one's chain."""
    chains: list[Chain] = []
    known: dict[str, int] = {}
    for path in files:
        real = os.path.realpath(path)
        if real in known:
            at = known[real]
            chains[at] = Chain(chains[at].path, (*(chains[at].others or ()), path))
            continue
        known.update((each, len(chains)) for each in rotated(real))
        chains.append(Chain(path, ()))
    return chains
