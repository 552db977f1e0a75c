"""Whole processes, interleaved in one run: what an agent waits for, beside what any process costs here."""

from __future__ import annotations

import resource
import shutil
import sys
import time
from pathlib import Path
from typing import NamedTuple, Sequence

from benchmarks.figures import BenchError, Table, millis, percentile
from benchmarks.peers import find_peers
from benchmarks.scratch import SCRIPT, World, bash, hook_words, payload, prepare_hook, run

WARM_UP = 2


class Subject(NamedTuple):
    """One process to be timed."""

    name: str
    what: str
    """What it is asked; ratios compare with our hook asked the same. Empty: nothing (compared with `git status`)."""
    words: tuple[str, ...]
    data: bytes
    home: Path


class Sample(NamedTuple):
    """One process, in seconds."""

    wall: float
    cpu: float
    """User and system time: what is left of the noise when others share the machine."""


def table(world: World, rounds: int, cache: Path | None) -> Table:
    """Measure and return the table.

    Args:
        world: the scratch world.
        rounds: how often each process is timed.
        cache: where peers are kept; `None` measures without peers.

    Raises:
        BenchError: our own hook does not answer as it should.
    """
    ours = _ours(world)
    others, skipped = find_peers(world, cache) if cache else ([], ["Peers were not asked for."])
    subjects = _baselines(world)
    for own in ours:
        subjects.append(own)
        if own.what != "Read":  # not every peer looks at file tools
            subjects += [Subject(peer.name, own.what, peer.words, own.data, peer.home) for peer in others]
    samples = measure(world, subjects, rounds)
    note = f"{rounds} rounds, one of each in turn, HOME a scratch directory. The ratio is to our hook asked the same."
    return tabulate(subjects, samples, (note, *skipped))


def _baselines(world: World) -> list[Subject]:
    home = world.home("none")
    true = shutil.which("true") or "/bin/true"
    return [
        Subject("`true`", "", (true,), b"", home),
        Subject("`python -I -S -c pass`", "", (sys.executable, "-I", "-S", "-c", "pass"), b"", home),
        Subject("`python -I -c pass`", "", (sys.executable, "-I", "-c", "pass"), b"", home),
    ]


def _ours(world: World) -> list[Subject]:
    home = prepare_hook(world)
    words = tuple(hook_words())
    read = payload(world, "Read", {"file_path": str(world.project / "README.md")})
    asked = {"`git status`": bash(world, "git status"), "40 commands": bash(world, SCRIPT), "Read": read}
    return [Subject("callgate hook", what, words, data, home) for what, data in asked.items()]


def measure(world: World, subjects: Sequence[Subject], rounds: int) -> list[list[Sample]]:
    """Time every subject *rounds* times, in turn, after a few rounds that do not count.

    Raises:
        BenchError: a process fails while it is timed.
    """
    samples: list[list[Sample]] = [[] for _ in subjects]
    for count in range(WARM_UP + rounds):
        for index, subject in enumerate(subjects):
            cpu = _children()
            started = time.perf_counter()
            done = run(world, subject.home, subject.words, subject.data)
            wall = time.perf_counter() - started
            if done.returncode != 0:
                raise BenchError(f"`{subject.name}` ended with exit code {done.returncode}")
            if count >= WARM_UP:
                samples[index].append(Sample(wall, _children() - cpu))
    return samples


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def tabulate(subjects: Sequence[Subject], samples: Sequence[Sequence[Sample]], notes: tuple[str, ...]) -> Table:
    """Return the table of *samples*; the first subject that is asked something is ours, and so on for each question."""
    wall = [percentile([sample.wall for sample in each], 0.5) for each in samples]
    ours: dict[str, float] = {}
    for subject, median in zip(subjects, wall, strict=True):
        if subject.what:
            ours.setdefault(subject.what, median)
            ours.setdefault("", median)
    rows = [
        (
            subject.name, subject.what or "-", millis(median), millis(percentile([s.wall for s in each], 0.95)),
            millis(percentile([s.cpu for s in each], 0.5)), f"{median / ours[subject.what]:.2f}",
        )
        for subject, each, median in zip(subjects, samples, wall, strict=True)
    ]  # fmt: skip
    head = ("process", "asked", "median", "p95", "CPU median", "ratio")
    return Table("Whole processes", head, tuple(rows), notes)
