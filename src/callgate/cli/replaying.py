"""What `callgate replay` does between its options and its output."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
import time
from typing import IO, TYPE_CHECKING, Final, Iterator, Mapping, NamedTuple

from callgate.cli.errors import UsageError
from callgate.core.errors import InputError

if TYPE_CHECKING:
    from callgate.cli.world import World
    from callgate.gate import Gate
    from callgate.reviewer.replay.compare import Baseline, Report
    from callgate.reviewer.replay.policies import Variant
    from callgate.reviewer.replay.run import Progress
    from callgate.reviewer.replay.scan import People, Source

MAX_JOINED: Final = 200_000
"""Decisions that are joined with what became of the calls: some 10 seconds and 300 MB."""


class Asked(NamedTuple):
    """The options, as they were given."""

    since: str = ""
    until: str = ""
    policy: str = ""
    profile: str = ""
    with_rule: tuple[str, ...] = ()
    without_rule: tuple[str, ...] = ()
    baseline: str = ""
    trace: str = ""
    transcripts: str = ""
    logs: tuple[str, ...] = ()
    samples: int = 3
    jobs: int = 0

    @property
    def changes(self) -> bool:
        """Whether another policy than today's is asked about."""
        return bool(self.policy or self.profile or self.with_rule or self.without_rule)


def run(world: World, asked: Asked, environ: Mapping[str, str], *, no_color: bool = False) -> Report:
    """Replay what *asked* names and return what changes.

    Raises:
        UsageError: options that exclude each other, or nothing to compare.
        InputError: the calls cannot be read.
        PolicyError: a policy, or a rule that was given, has faults.
        ReplayError: a worker died.
    """
    from callgate.cli.world import open_sound_world  # noqa: PLC0415 - not for wrong usage
    from callgate.reviewer.replay.calls import Where  # noqa: PLC0415 - as above
    from callgate.reviewer.replay.notes import notes_on  # noqa: PLC0415 - as above
    from callgate.reviewer.replay.policies import Policies, setting_of  # noqa: PLC0415 - as above
    from callgate.reviewer.replay.policies import Variant as Unchanged  # noqa: PLC0415 - as above
    from callgate.reviewer.replay.run import replay  # noqa: PLC0415 - as above
    from callgate.reviewer.replay.scan import Window  # noqa: PLC0415 - as above
    from callgate.reviewer.replay.workers import Job, cores  # noqa: PLC0415 - as above

    baseline = _baseline(asked)
    now = time.time()
    window = Window(moment(asked.since, now, "--since"), moment(asked.until, now, "--until"))
    variant = _variant(asked)
    gate = open_sound_world(world, environ)
    setting = setting_of(gate, now)
    loaded = Policies(setting, variant).check()
    people, told = _people(asked, gate, window.since)
    job = Job(
        setting, Unchanged() if baseline == "current" else None, variant,
        Where(gate.places.home, world.project, now), window, people,
    )  # fmt: skip
    with _calls(asked, gate, window.since) as (sources, notes), _progress(no_color=no_color) as progress:
        report = replay(job, sources, baseline, samples=asked.samples, workers=asked.jobs or cores(), progress=progress)
    today = Policies(setting).check() if baseline == "current" else None
    return report._replace(revision=loaded.revision, notes=(*notes, *told, *notes_on(setting, variant, today, loaded)))


def moment(text: str, now: float, option: str) -> float | None:
    """Return `24h`, `30d`, … back from *now*, or ISO 8601, as seconds since the epoch; `None` for no text.

    Raises:
        UsageError: it is neither.
    """
    from callgate.reviewer.query.times import time_of  # noqa: PLC0415 - not for --help

    if not text:
        return None
    found = time_of(text, now)
    if found is None:
        hint = "write `24h`, `30d`, `2w`, or ISO 8601 such as `2026-11-01T00:00:00Z`"
        raise UsageError(f"`{option} {text[:80]}` is no time", help=hint)
    return found


def _baseline(asked: Asked) -> Baseline:
    """Return what is compared with.

    Raises:
        UsageError: options that exclude each other, or nothing to compare.
    """
    named = [name for name, given in (("--policy", asked.policy), ("--profile", asked.profile),
                                      ("--with-rule or --without-rule", asked.with_rule or asked.without_rule))
             if given]  # fmt: skip
    if len(named) > 1:
        raise UsageError(f"`{named[0]}` and `{named[1]}` exclude each other", help="replay one after the other")
    sources = [name for name, given in (("--trace", asked.trace), ("--transcripts", asked.transcripts),
                                        ("--log", asked.logs)) if given]  # fmt: skip
    if len(sources) > 1:
        raise UsageError(f"`{sources[0]}` and `{sources[1]}` exclude each other", help="replay one after the other")
    plain = bool(asked.trace or asked.transcripts)
    if asked.baseline == "logged" and plain:
        raise UsageError(f"`{sources[0]}` holds no decisions to compare with", help="leave `--baseline` out")
    if asked.baseline == "current" and not asked.changes:
        what = "today's policy is compared with itself"
        raise UsageError(what, help="name a change: `--policy`, `--profile`, `--with-rule` or `--without-rule`")
    if asked.baseline == "logged":
        return "logged"
    return "current" if asked.changes else "none" if plain else "logged"


def _variant(asked: Asked) -> Variant:
    from callgate.reviewer.replay.policies import Variant  # noqa: PLC0415 - not for wrong usage
    from callgate.reviewer.replay.rules import RuleSpec, read_specs  # noqa: PLC0415 - as above

    specs: list[RuleSpec] = []
    for text in asked.with_rule:
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            hint = 'write for example `{"rule_type": "allow", "rule": {"id": "run-make", "command": "make *"}}`'
            raise UsageError(f"`--with-rule` is not JSON: {str(error)[:100].lower()}", help=hint) from None
        specs += read_specs(value, "--with-rule")
    policy = os.path.abspath(asked.policy) if asked.policy else ""
    return Variant(policy, asked.profile, tuple(specs), asked.without_rule)


def _people(asked: Asked, gate: Gate, since: float | None) -> tuple[People, list[str]]:
    """Return what a person decided, and what is to be said of that.

    Raises:
        InputError: a log cannot be read.
    """
    from callgate.reviewer.evidence import conclusions  # noqa: PLC0415 - not for wrong usage
    from callgate.reviewer.history import History, open_history  # noqa: PLC0415 - as above
    from callgate.reviewer.replay.scan import People  # noqa: PLC0415 - as above

    if asked.trace or asked.transcripts:
        return People(), []  # a transcript says it itself
    history = History(asked.logs) if asked.logs else open_history(gate)
    try:
        found = conclusions(gate, history, since=since, most=MAX_JOINED)
    except OSError as error:
        raise InputError(f"cannot read what a person decided: {error.strerror or error}") from error
    if len(found) < MAX_JOINED:
        return People.from_outcomes(found), []
    return People.from_outcomes(found), [f"what a person decided was looked up for the newest {MAX_JOINED:,} calls"]


@contextlib.contextmanager
def _calls(asked: Asked, gate: Gate, since: float | None) -> Iterator[tuple[tuple[Source, ...], list[str]]]:
    """Open what is replayed; yield the files and what is to be said of them.

    Raises:
        InputError: it cannot be read.
    """
    from callgate.reviewer.history import open_history  # noqa: PLC0415 - not for wrong usage
    from callgate.reviewer.replay.calls import LineKind  # noqa: PLC0415 - as above
    from callgate.reviewer.replay.scan import Source  # noqa: PLC0415 - as above
    from callgate.reviewer.replay.sources import opened  # noqa: PLC0415 - as above

    notes: list[str] = []
    kind: LineKind = "trace" if asked.trace else "log"
    if asked.transcripts or asked.trace == "-":
        with tempfile.TemporaryFile() as spool:  # it has no name: nobody else opens it, and it goes with us
            if asked.transcripts:
                notes.append(_spool_transcripts(asked.transcripts, spool))
            else:
                _copy(sys.stdin.buffer, spool)
            size = os.fstat(spool.fileno()).st_size
            yield (Source(spool.fileno(), "spool" if asked.transcripts else "trace", size),), notes
        return
    named = (asked.trace,) if asked.trace else asked.logs
    files = named or open_history(gate).files
    for file in named:
        if not os.path.exists(file):
            raise InputError(f"cannot read `{file}`: no such file")
    with opened(files, kind, since) as sources:
        if not any(map(os.path.lexists, files)):
            notes.append("there is no log yet: " + ", ".join(f"`{file}`" for file in files[:3]))
        yield sources, notes


def _spool_transcripts(directory: str, spool: IO[bytes]) -> str:
    from callgate.reviewer.replay.transcripts import collect  # noqa: PLC0415 - only here

    try:
        found = collect(directory, spool)
    except OSError as error:
        raise InputError(f"cannot read `{directory}`: {error.strerror or error}") from error
    unread = f", {found.unread:,} lines or files not understood" if found.unread else ""
    return f"{found.files:,} transcripts with {found.calls:,} calls{unread}"


def _copy(stream: IO[bytes], spool: IO[bytes]) -> None:
    while block := stream.read(1 << 20):
        spool.write(block)
    spool.flush()


@contextlib.contextmanager
def _progress(*, no_color: bool) -> Iterator[Progress]:
    """Yield what shows progress: a bar on a terminal's stderr, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _what, _done, _all: None
        return
    from rich.progress import (  # noqa: PLC0415 - rich costs 40 ms
        BarColumn,
        TaskID,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bar  # noqa: PLC0415 - as above

    from callgate.cli.output import console  # noqa: PLC0415 - as above

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Bar(*columns, console=console(no_color=no_color, stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def tell(what: str, done: int, whole: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=whole)
            bar.update(tasks[what], completed=done, total=whole)

        yield tell
