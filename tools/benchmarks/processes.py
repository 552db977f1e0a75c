"""Whole processes, interleaved in one run: what an agent waits for, beside what any process costs here."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import NamedTuple, Sequence

from benchmarks import daemon, http
from benchmarks.figures import BenchError, Table, millis, percentile
from benchmarks.peers import find_peers
from benchmarks.scratch import SCRIPT, World, bash, hook_words, payload, prepare_hook
from benchmarks.spawn import Sample, timed

WARM_UP = 2
TRUE = "`true`"


class Subject(NamedTuple):
    """One thing to be timed: a process, or one request of a conversation that goes on."""

    name: str
    what: str
    """What it is asked; ratios compare with our fastest asked the same. Empty: nothing (compared with `git status`)."""
    words: tuple[str, ...]
    data: bytes
    home: Path
    lane: http.Lane | None = None
    """Asked over this connection; then there is no process."""


def table(world: World, rounds: int, cache: Path | None) -> Table:
    """Measure and return the table.

    Args:
        world: the scratch world.
        rounds: how often each process is timed.
        cache: where peers are kept; `None` measures without peers.

    Raises:
        BenchError: our own hook does not answer as it should.
    """
    prepare_hook(world)
    before = os.getcwd()
    try:
        return _measured(world, rounds, cache)
    finally:
        os.chdir(before)  # the scratch directory is about to go


def _measured(world: World, rounds: int, cache: Path | None) -> Table:
    others, skipped = find_peers(world, cache) if cache else ([], ["Peers were not asked for."])
    with daemon.running(world) as warm, http.lane(warm.home) as lane:
        transports, missing = _transports(world, warm)
        subjects = _baselines(world)
        for what, data in _asked(world).items():
            subjects += [Subject(name, what, words, data, warm.home) for name, words in transports]
            subjects.append(Subject("callgate, HTTP lane (a keep-alive request)", what, (), data, warm.home, lane))
            if what != "Read":  # not every peer looks at file tools
                subjects += [Subject(peer.name, what, peer.words, data, peer.home) for peer in others]
        _same_answers(world, subjects)
        samples = measure(world, subjects, rounds)
    note = (
        f"{rounds} rounds, one of each in turn, HOME a scratch directory. "
        "The ratio is to our fastest process asked the same. "
        "Clients ask a warm daemon, whose own processor time is not theirs."
    )
    return tabulate(subjects, samples, (note, *missing, *skipped))


def _baselines(world: World) -> list[Subject]:
    home = world.home("none")
    true = shutil.which("true") or "/bin/true"
    return [
        Subject(TRUE, "", (true,), b"", home),
        Subject("`python -I -S -c pass`", "", (sys.executable, "-I", "-S", "-c", "pass"), b"", home),
    ]


def _asked(world: World) -> dict[str, bytes]:
    read = payload(world, "Read", {"file_path": str(world.project / "README.md")})
    return {"`git status`": bash(world, "git status"), "40 commands": bash(world, SCRIPT), "Read": read}


def _transports(world: World, warm: daemon.Running) -> tuple[list[tuple[str, tuple[str, ...]]], list[str]]:
    """Return the command lines that `install` may register, fastest first, and why one is missing."""
    from callgate.daemon.asking import own_build  # noqa: PLC0415 - the figures' tests need no callgate
    from callgate.hook import client, native  # noqa: PLC0415 - as above

    alone = tuple(hook_words())
    fallback = (*alone, "--daemon", warm.socket)
    found: list[tuple[str, tuple[str, ...]]] = []
    missing: list[str] = []
    binary = str(world.root / "bin" / native.NAME)
    fault = native.make(binary, sys.executable, own_build(), environ=os.environ)
    if fault:
        missing.append(f"The native client is missing: {fault}.")
    else:
        found.append(("callgate, native client", (binary, *fallback)))
    script = os.path.abspath(client.__file__)
    found.append(("callgate, Python client", (sys.executable, "-I", "-S", script, *fallback)))
    return [*found, ("callgate, in-process hook", alone)], missing


def _same_answers(world: World, subjects: Sequence[Subject]) -> None:
    """Whoever is timed gives the answer of the in-process hook.

    Raises:
        BenchError: one does not.
    """
    os.chdir(world.project)
    answers: dict[str, bytes] = {}
    for subject in reversed(subjects):  # the in-process hook comes last of ours
        if subject.home != world.home("callgate"):
            continue
        asked = subject.lane.ask(subject.data) if subject.lane else b""
        output = asked or timed(subject.words, subject.data, subject.home).output
        if output != answers.setdefault(subject.what, output) or b'"allow"' not in output:
            raise BenchError(f"`{subject.name}` answers {output!r} to {subject.what}")


def measure(world: World, subjects: Sequence[Subject], rounds: int) -> list[list[Sample]]:
    """Time every subject *rounds* times, in turn, after a few rounds that do not count.

    Raises:
        BenchError: a process fails while it is timed.
    """
    os.chdir(world.project)
    samples: list[list[Sample]] = [[] for _ in subjects]
    for count in range(WARM_UP + rounds):
        for index, subject in enumerate(subjects):
            if subject.lane is not None:
                sample = subject.lane.timed(subject.data)
            else:
                sample, code, _ = timed(subject.words, subject.data, subject.home)
                if code != 0:
                    raise BenchError(f"`{subject.name}` ended with exit code {code}")
            if count >= WARM_UP:
                samples[index].append(sample)
    return samples


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
            "-" if subject.lane else millis(percentile([s.cpu for s in each], 0.5)),
            f"{median / ours[subject.what]:.2f}",
        )
        for subject, each, median in zip(subjects, samples, wall, strict=True)
    ]  # fmt: skip
    head = ("process", "asked", "median", "p95", "CPU median", "ratio")
    return Table("Whole processes", head, tuple(rows), notes)
