"""A whole history through two policies: count the distinct calls, decide each once, on all cores."""

from __future__ import annotations

import time
from typing import Callable, Final, Iterable, Sequence

from callgate.reviewer.replay.calls import Unusable
from callgate.reviewer.replay.compare import SAMPLES, Baseline, Collector, Report
from callgate.reviewer.replay.scan import Source
from callgate.reviewer.replay.sources import ranges
from callgate.reviewer.replay.tally import Distinct, Left, Tally, batches, file_and_offset
from callgate.reviewer.replay.workers import Bench, Crew, Job, Outcome

Progress = Callable[[str, int, int], None]
"""Told what is being done (`reading`, `deciding`), how much of it is done, and how much there is."""

RANGE: Final = 8 << 20
"""Bytes of one task of reading."""

BATCH: Final = 400
"""Calls of one task of deciding: some 50 ms."""

ALONE: Final = 4 << 20
"""Bytes that are read in less time than it takes to start a worker."""

_SAMPLE_RANGE: Final = 1 << 18
_READING: Final = 0.4
"""Share of a budget that may be spent on reading."""


def _silent(_what: str, _done: int, _all: int) -> None:
    return


def replay(
    job: Job,
    sources: Sequence[Source],
    baseline: Baseline,
    *,
    samples: int = SAMPLES,
    workers: int = 1,
    progress: Progress = _silent,
) -> Report:
    """Decide all calls in *sources*.

    Args:
        job: which policies, which calls.
        sources: open files.
        baseline: what the new decisions are compared with.
        samples: examples for each group.
        workers: processes; 1, and whatever is small, is done in this one. The report is the same.
        progress: see `Progress`.

    Raises:
        PolicyError: a policy is broken for all projects.
        ReplayError: a worker died.
        OSError: a file cannot be read.
    """
    total = sum(source.size for source in sources)
    tally, left = Tally(), Left()
    collector = Collector(baseline, samples)
    if workers == 1 or total < ALONE:
        bench = Bench(job, sources)
        done = 0
        for task in ranges(sources, RANGE):
            bench.count(task)
            done += task.end - task.start
            progress("reading", done, total)
        tally, left = bench.scanner.tally, bench.scanner.left
        left = _collect(collector, ((batch, bench.decide(batch)) for batch in _batches(tally)), left, tally, progress)
        return collector.report(left)
    with Crew(job, sources, workers) as crew:
        done = 0
        for task in crew.count(ranges(sources, RANGE)):
            done += task.end - task.start
            progress("reading", done, total)
        for part in crew.counted():
            tally.merge(part.counts)
            left = left.plus(part.left)
        left = _collect(collector, crew.decide(_batches(tally)), left, tally, progress)
    return collector.report(left)


def sample(
    job: Job, sources: Sequence[Source], baseline: Baseline, *, budget_seconds: float, samples: int = SAMPLES
) -> Report:
    """Decide the newest calls in *sources*, as many as there is time for; the report says of how many.

    Raises:
        PolicyError: a policy is broken for all projects.
        OSError: a file cannot be read.
    """
    started = time.monotonic()
    bench = Bench(job, sources)
    collector = Collector(baseline, samples)
    total, read, whole = sum(source.size for source in sources), 0, True
    for task in ranges(sources, _SAMPLE_RANGE):
        if read and time.monotonic() - started >= budget_seconds * _READING:
            whole = False
            break
        bench.count(task)
        read += task.end - task.start
    tally, left = bench.scanner.tally, bench.scanner.left
    of = tally.calls if whole else round(tally.calls / read * total)
    newest = sorted(tally.distinct(), key=_age)
    for index, item in enumerate(newest):
        if index and time.monotonic() - started >= budget_seconds:
            return collector.report(left, sampled=True, of=of)
        left = _add(collector, item, bench.decide([item])[0], left)
    return collector.report(left, sampled=not whole, of=of)


def _age(item: Distinct) -> tuple[int, int]:
    file, offset = file_and_offset(item.place)
    return file, -offset


def _batches(tally: Tally) -> Iterable[Sequence[Distinct]]:
    return batches(tally.distinct(), BATCH)


def _collect(
    collector: Collector,
    decided: Iterable[tuple[Sequence[Distinct], list[Outcome]]],
    left: Left,
    tally: Tally,
    progress: Progress,
) -> Left:
    done = 0
    for batch, outcomes in decided:
        for item, outcome in zip(batch, outcomes, strict=True):
            left = _add(collector, item, outcome, left)
            done += sum(count.number for count in item.counts)
        progress("deciding", done, tally.calls)
    return left


def _add(collector: Collector, item: Distinct, outcome: Outcome, left: Left) -> Left:
    if isinstance(outcome, Unusable):
        return left.plus(Left(unread=sum(count.number for count in item.counts)))
    collector.add(outcome, item.counts, item.place)
    return left
