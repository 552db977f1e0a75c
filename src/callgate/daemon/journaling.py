"""Writes the journal behind the answers: one thread, lines joined into blocks, a backlog that is bounded and counted.

A line is written after its answer is out. What cannot be written (a full disk) waits and is tried again; beyond
`MAX_WAITING` bytes the oldest is given up and counted. Nothing here ever changes a decision.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Callable, Final

from callgate.daemon.counters import Counters
from callgate.hook.answering import Note
from callgate.journal.decision_log import DecisionLog

MAX_QUEUE: Final = 20_000
"""Decisions that may wait to be turned into lines; a call and its analysis take a few kilobytes."""

MAX_QUEUE_BYTES: Final = 32 * 1024 * 1024
"""Messages of these decisions together. A call of a megabyte takes longer to write down than to decide."""

CROWDED: Final = 1_000
CROWDED_BYTES: Final = 4 * 1024 * 1024
"""From so much on, whoever adds one waits a moment: decisions must not outrun the journal for long."""

MAX_WAITING: Final = 8 * 1024 * 1024
"""Bytes of lines that wait for a log that cannot be written."""

RETRY_SECONDS: Final = 1.0
_BATCH: Final = 128
_BATCH_BYTES: Final = 1024 * 1024
_PAUSE: Final = 0.002

Event = Callable[[], None]


class _Batch:
    """Decisions whose lines are written together; settled when each of their logs has them or gave them up."""

    def __init__(self, decisions: int, logs: int) -> None:
        self.decisions = decisions
        self.left = logs
        self.lost = False


class _Log:
    """What waits for one file."""

    def __init__(self, log: DecisionLog) -> None:
        self.log = log
        self.blocks: deque[tuple[bytes, _Batch]] = deque()
        self.size = 0
        self.next_try = time.monotonic() + RETRY_SECONDS

    def add(self, block: bytes, batch: _Batch) -> None:
        self.blocks.append((block, batch))
        self.size += len(block)

    def drop(self) -> _Batch:
        block, batch = self.blocks.popleft()
        self.size -= len(block)
        return batch


class Journal:
    """The thread. Start it with `start`; `close` writes what is left and ends it."""

    def __init__(self, counters: Counters, fault: Callable[[str], None]) -> None:
        """Remember whom to tell.

        Args:
            counters: gets what is written and lost.
            fault: gets one sentence for each thing that goes wrong; called in the thread.
        """
        self._counters = counters
        self._fault = fault
        self._queue: deque[tuple[Note | Event, int]] = deque()
        self._put_bytes = 0
        """Of all that was ever put; only who puts stores it, and the next only the thread."""
        self._taken_bytes = 0
        self._waiting: dict[str, _Log] = {}
        self._wake = threading.Event()
        self._closing = False
        self._settling = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    @property
    def full(self) -> bool:
        """Whether so much waits to be turned into lines that no further call should be answered here."""
        return len(self._queue) >= MAX_QUEUE or self._put_bytes - self._taken_bytes >= MAX_QUEUE_BYTES

    def put(self, item: Note | Event, size: int = 0) -> None:
        """Have *item* written. Waits a moment when much is waiting already; gives it up when too much is.

        Args:
            item: a decision, or whatever else is to be done in the thread.
            size: bytes of the message that it keeps in memory.
        """
        if len(self._queue) >= MAX_QUEUE:
            self._lose(int(isinstance(item, Note)), "the journal cannot keep up: a decision is not in the log")
            return
        self._put_bytes += size
        self._queue.append((item, size))
        self._wake.set()
        if len(self._queue) > CROWDED or self._put_bytes - self._taken_bytes > CROWDED_BYTES:
            time.sleep(_PAUSE)

    @property
    def waiting(self) -> tuple[int, int]:
        """(entries that are not lines yet, bytes of lines that a log did not take)."""
        return len(self._queue), sum(one.size for one in list(self._waiting.values()))

    def close(self, seconds: float) -> bool:
        """Write what is left and end the thread; false when that took longer than *seconds*."""
        self._closing = True
        self._wake.set()
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while True:
            self._wake.wait(RETRY_SECONDS if self._waiting else None)
            self._wake.clear()
            closing = self._closing
            try:
                while self._queue:
                    self._batch()
                self._retry(everything=closing)
            except Exception as error:  # noqa: BLE001 - the boundary: the thread goes on, whatever happened
                self._fault(f"the journal failed: {type(error).__name__}: {error}")
                if self._queue:
                    self._wake.set()
            if closing and not self._queue:
                self._give_up()
                return

    def _batch(self) -> None:
        """Turn entries into lines and write those of one file at once."""
        blocks: dict[str, tuple[DecisionLog, list[bytes]]] = {}
        decisions, last = 0, ""
        until = self._taken_bytes + _BATCH_BYTES
        for _ in range(min(_BATCH, len(self._queue))):
            if self._taken_bytes > until:
                break
            item, size = self._queue.popleft()
            self._taken_bytes += size
            try:
                if not isinstance(item, Note):
                    item()
                    continue
                made = self._lines(item)
            except Exception as error:  # noqa: BLE001 - the boundary: a journal failure is counted and ends nothing
                self._lose(int(isinstance(item, Note)), f"a line could not be made: {type(error).__name__}: {error}")
                continue
            decisions += 1
            last = item.found.verdict.decision_id
            for path, line in made:
                blocks.setdefault(path, (item.log, []))[1].append(line)
        batch = _Batch(decisions, len(blocks))
        if not blocks:
            self._settle(batch)
        for path, (log, lines) in blocks.items():
            block = b"".join(lines)
            if last and batch.left == 1 and not batch.lost and path not in self._waiting and last.encode() in lines[-1]:
                self._counters.expect(decisions, last, path)
            self._write(path, log, block, batch)

    def _lines(self, note: Note) -> list[tuple[str, bytes]]:
        if note.keep is not None:
            try:
                note.keep()
            except Exception as failure:  # noqa: BLE001 - as above: the line matters more than the copy of the policy
                self._fault(f"the last good policy is not kept: {type(failure).__name__}: {failure}")
        verdict, analysis, observation, error = note.found
        return note.log.lines(note.call, verdict, analysis, observation, now=note.now, error=error)

    def _write(self, path: str, log: DecisionLog, block: bytes, batch: _Batch) -> None:
        waiting = self._waiting.get(path)
        if waiting is None:
            if self._append(path, log, block):
                self._done(batch)
                return
            waiting = self._waiting[path] = _Log(log)
        waiting.add(block, batch)
        while sum(one.size for one in self._waiting.values()) > MAX_WAITING:
            largest = max(self._waiting.values(), key=lambda one: one.size)
            self._done(largest.drop(), lost=True)
            self._fault("a log cannot be written and too much waits for it: the oldest lines are lost")

    def _append(self, path: str, log: DecisionLog, block: bytes) -> bool:
        faults: list[str] = []
        now = time.time()
        try:
            written = log.append(path, block, now, faults)
        except Exception as error:  # noqa: BLE001 - as above: it waits, and is tried again, like any other
            written = False
            faults.append(f"log `{path}`: {type(error).__name__}: {error}")
        log.count(faults, now=now)
        for fault in faults:
            self._fault(fault)
        return written

    def _retry(self, *, everything: bool) -> None:
        """Write what waits, each log at most once a second, in order."""
        for path, waiting in list(self._waiting.items()):
            if not everything and time.monotonic() < waiting.next_try:
                continue
            while waiting.blocks and self._append(path, waiting.log, waiting.blocks[0][0]):
                self._done(waiting.drop())
            waiting.next_try = time.monotonic() + RETRY_SECONDS
            if not waiting.blocks:
                del self._waiting[path]

    def _give_up(self) -> None:
        for path, waiting in self._waiting.items():
            self._fault(f"log `{path}` could not be written until the end: {len(waiting.blocks)} blocks are lost")
            while waiting.blocks:
                self._done(waiting.drop(), lost=True)
        self._waiting.clear()

    def _done(self, batch: _Batch, *, lost: bool = False) -> None:
        batch.left -= 1
        batch.lost |= lost
        if not batch.left:
            self._settle(batch)

    def _settle(self, batch: _Batch) -> None:
        with self._settling:
            self._counters.settle(0 if batch.lost else batch.decisions, batch.decisions if batch.lost else 0)

    def _lose(self, decisions: int, why: str) -> None:
        with self._settling:
            self._counters.settle(0, decisions)
        self._fault(why)
