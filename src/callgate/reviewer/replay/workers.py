"""Processes that read and decide, one for each core. One that dies is an error: a part of an answer is none."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from multiprocessing import connection, reduction
from multiprocessing.context import SpawnContext
from multiprocessing.process import BaseProcess
from typing import Any, Final, Iterable, Iterator, NamedTuple, Self, Sequence

from callgate.core.errors import CallgateError, PolicyError, Problem
from callgate.reviewer.replay.calls import Unusable, Where, read_line
from callgate.reviewer.replay.judge import Judge, Judged
from callgate.reviewer.replay.policies import Policies, Setting, Variant
from callgate.reviewer.replay.scan import People, Scanner, Source, Window, line_at
from callgate.reviewer.replay.tally import Distinct, Left, file_and_offset

_SAFE_PATH: Final = "PYTHONSAFEPATH"


class Job(NamedTuple):
    """Everything that a worker needs to know."""

    setting: Setting
    old: Variant | None
    """`None`: there is no old policy to compare with."""
    new: Variant
    where: Where
    window: Window
    people: People


class Range(NamedTuple):
    """Lines to count: those that begin in `[start, end)` of a file."""

    file: int
    start: int
    end: int


class Counted(NamedTuple):
    """What a worker has counted in all of its ranges."""

    counts: dict[bytes, int]
    left: Left


Outcome = Judged | None | Unusable


class ReplayError(CallgateError):
    """The replay cannot be finished: a worker died, or a log cannot be read any more."""


class Bench:
    """One reader and judge: what a worker has, and what a replay without workers has itself."""

    def __init__(self, job: Job, sources: Sequence[Source]) -> None:
        """Load nothing yet."""
        self._sources = sources
        self._where = job.where
        old = Policies(job.setting, job.old) if job.old is not None else None
        self._judge = Judge(Policies(job.setting, job.new), old)
        self.scanner = Scanner(self._judge, job.where, job.window, job.people)

    def count(self, lines: Range) -> None:
        """Count the calls of *lines*; `scanner` has the result.

        Raises:
            PolicyError: a policy is broken for all projects.
            OSError: the file cannot be read.
        """
        self.scanner.scan(self._sources, *lines)

    def decide(self, items: Sequence[Distinct]) -> list[Outcome]:
        """Decide the calls that stand at the places of *items*.

        Raises:
            PolicyError: as `count` does.
            OSError: as above.
        """
        return [self._decide(item) for item in items]

    def _decide(self, item: Distinct) -> Outcome:
        number, offset = file_and_offset(item.place)
        source = self._sources[number]
        call = read_line(line_at(source, offset), source.kind, self._where)
        if isinstance(call, Unusable):
            return call  # only what the quick reader passes over was wrong with it
        return self._judge.judge(call, [count.logged for count in item.counts if count.logged])


class _Shared:
    """A file descriptor on its way to a process that is being started."""

    def __init__(self, fd: int) -> None:
        self.fd = fd

    def __reduce__(self) -> tuple[Any, ...]:
        return _received, (reduction.DupFd(self.fd),)


def _received(handle: Any) -> int:  # noqa: ANN401 - what multiprocessing makes of a descriptor has no public name
    return int(handle.detach())


@contextlib.contextmanager
def _away_from_the_cwd() -> Iterator[None]:
    """Keep new interpreters from importing what lies in the current directory.

    They are started with `-c`, which puts it in front of Python's own library: a project's `multiprocessing.py` would
    run before anything of ours does. This variable takes it away (Python 3.11).
    """
    before = os.environ.get(_SAFE_PATH)
    os.environ[_SAFE_PATH] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_SAFE_PATH]
        else:
            os.environ[_SAFE_PATH] = before


class Crew:
    """Workers; use it as a context, so that none outlives it."""

    def __init__(self, job: Job, sources: Sequence[Source], number: int) -> None:
        """Start *number* workers."""
        context = multiprocessing.get_context("spawn")
        self._workers: list[tuple[BaseProcess, connection.Connection]] = []
        # Workers begin with Ctrl-C blocked: it is for the one who started them, and they end with it.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            with _away_from_the_cwd():
                self._start(context, job, sources, number)
        except BaseException:
            self.stop()
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _start(self, context: SpawnContext, job: Job, sources: Sequence[Source], number: int) -> None:
        for _ in range(number):
            ours, theirs = context.Pipe()
            files = [(_Shared(source.fd), source.kind, source.size) for source in sources]
            process = context.Process(target=_work, args=(theirs, job, files), daemon=True)
            process.start()
            theirs.close()
            self._workers.append((process, ours))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End all workers."""
        for process, pipe in self._workers:
            pipe.close()
            process.terminate()
        for process, _ in self._workers:
            process.join(5)
            if process.is_alive():
                process.kill()
                process.join()
        self._workers = []

    def count(self, ranges: Iterable[Range]) -> Iterator[Range]:
        """Hand out *ranges*; yield each one that is counted. `counted` has the results."""
        yield from (task for task, _ in self._hand_out(ranges))

    def counted(self) -> Iterator[Counted]:
        """Yield what each worker has counted."""
        for index in range(len(self._workers)):
            self._send(index, None)
            yield self._receive(index)

    def decide(self, batches: Iterable[Sequence[Distinct]]) -> Iterator[tuple[Sequence[Distinct], list[Outcome]]]:
        """Hand out *batches*; yield each with its results, in any order."""
        yield from self._hand_out(batches)

    def _hand_out(self, tasks: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        # One task at a time for each worker: nobody ever writes to a pipe that the other one is writing to.
        waiting = iter(tasks)
        busy: dict[object, tuple[int, Any]] = {}
        for index in range(len(self._workers)):
            if (task := next(waiting, None)) is not None:
                self._send(index, task)
                busy[self._workers[index][1]] = index, task
        while busy:
            for ready in connection.wait([self._workers[index][1] for index, _ in busy.values()]):
                index, done = busy.pop(ready)
                result = self._receive(index)
                if (task := next(waiting, None)) is not None:
                    self._send(index, task)
                    busy[ready] = index, task
                yield done, result

    def _send(self, index: int, task: object) -> None:
        try:
            self._workers[index][1].send(task)
        except OSError:
            raise self._dead(index) from None

    def _receive(self, index: int) -> Any:  # noqa: ANN401 - what the worker answers to the task
        try:
            answer, fault = self._workers[index][1].recv()
        except (EOFError, OSError):
            raise self._dead(index) from None
        if isinstance(fault, list):
            raise PolicyError(fault)
        if fault is not None:
            raise ReplayError(fault)
        return answer

    def _dead(self, index: int) -> ReplayError:
        process = self._workers[index][0]
        process.join(5)
        code = process.exitcode
        how = f"was killed by signal {-code}" if code is not None and code < 0 else f"ended with code {code}"
        return ReplayError(f"a worker {how}: there is no whole answer (out of memory? `--jobs 1` needs half of it)")


def _work(pipe: connection.Connection, job: Job, files: Sequence[tuple[int, Any, int]]) -> None:
    """Answer tasks until the pipe is closed: a `Range` is counted, `None` hands over the counts, else decide."""
    bench = Bench(job, [Source(*file) for file in files])
    settle()
    while True:
        try:
            task = pipe.recv()
        except (EOFError, OSError):
            return
        fault: list[Problem] | str | None = None
        answer: object = None
        try:
            answer = _answer(bench, task)
        except PolicyError as error:
            fault = list(error.problems)
        except Exception as error:  # noqa: BLE001 - the boundary of the process: the one who waits must hear of it
            fault = f"a worker failed: {type(error).__name__}: {error}"
        try:
            pipe.send((answer, fault))
        except OSError:
            return


def _answer(bench: Bench, task: object) -> object:
    if isinstance(task, Range):
        bench.count(task)
        return None
    if task is None:
        counted = Counted(bench.scanner.tally.counts, bench.scanner.left)
        bench.scanner.forget()
        return counted
    return bench.decide(task)  # type: ignore[arg-type] # the only other task there is


def settle() -> None:
    """Tell the garbage collector that what is loaded by now stays, as a gate that decides many calls does."""
    import gc  # noqa: PLC0415 - only here

    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def cores() -> int:
    """Return how many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS
        return os.cpu_count() or 1
