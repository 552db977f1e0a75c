"""Checks on the daemon: is one there, does it answer, is it this code, does the journal come after.

Hooks decide without it, only slower. So nothing here is a failure but a journal that cannot be written.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Iterator, Mapping

from callgate.core.errors import InputError
from callgate.daemon import limits
from callgate.daemon.asking import NoDaemonError
from callgate.daemon.protocol import build_of
from callgate.daemon.reports import report_of
from callgate.daemon.runtime import MAX_SOCKET_PATH, Runtime, private, runtime, runtime_at
from callgate.daemon.service import ServiceError
from callgate.daemon.service_file import state_of, wanted
from callgate.daemon.stopping import pid_of, running
from callgate.doctor.files import exposed
from callgate.doctor.in_force import InForce
from callgate.doctor.model import Finding, World
from callgate.environ import trusted_environ

if TYPE_CHECKING:
    from callgate.daemon.reports import Report

MIN_CALLS = 100
"""Fewer calls say nothing about the slowest hundredth."""

_RESTART = "callgate daemon restart"


def check(world: World, force: InForce) -> Iterator[Finding]:
    """Yield findings about the user's own daemon, and every other that a registration names."""
    own = runtime(trusted_environ(world.environ, world.cwd), world.places)
    forms = [one.handler.form for one in force.gates]
    named = [form.socket for form in forms if form is not None and form.socket.startswith("/")]
    for files in dict.fromkeys(map(runtime_at, named)) or (own,):
        # What keeps a registration from its daemon, `transports` has told.
        if not named or private(files.directory):
            yield from _one(world, files)
    yield from _service(world, own)


def _one(world: World, files: Runtime) -> Iterator[Finding]:
    place = list(_place(files))
    yield from place
    if place:
        return
    try:
        report = report_of(files)
    except NoDaemonError as error:
        yield _silent(files, str(error))
        return
    up = f"process {report['pid']}, {report['calls']:,} calls"
    yield Finding("daemon", "ok", f"the daemon answers at {files.socket} ({up})")
    yield from _code(world, report)
    yield from _journal(report["journal"])
    yield from _health(report)


def _place(files: Runtime) -> Iterator[Finding]:
    """Why no daemon can run there, and no client would speak with one."""
    size = len(os.fsencode(files.socket))
    if size > MAX_SOCKET_PATH:
        what = f"no daemon can run: the path of its socket has {size} bytes, {MAX_SOCKET_PATH} are possible"
        yield Finding("daemon", "warn", f"{what}: {files.socket}", "set XDG_RUNTIME_DIR to a short directory of yours")
    elif os.path.lexists(files.directory) and not private(files.directory):
        what = f"no daemon can run: {files.directory} is not a directory that you alone can enter"
        mine = os.path.isdir(files.directory) and not os.path.islink(files.directory)
        mend = f"chmod 700 '{files.directory}'" if mine else f"find out who made it, and remove '{files.directory}'"
        yield Finding("daemon", "warn", what, mend)


def _silent(files: Runtime, why: str) -> Finding:
    if running(files):
        pid = pid_of(files)
        process = f" (process {pid})" if pid else ""
        return Finding("daemon", "warn", f"the daemon{process} does not answer: {why}", _RESTART)
    what = "no daemon runs: hooks decide by themselves, and those of an installation with a client start one"
    return Finding("daemon", "ok", what)


def _code(world: World, report: Report) -> Iterator[Finding]:
    mine = build_of(os.path.abspath(world.package))
    if report["build"] != mine:
        what = f"the daemon runs other code than this: {report['build']}, not {mine}"
        yield Finding("daemon", "warn", what, _RESTART)
    elif report["outdated"]:
        yield Finding("daemon", "warn", "the code of the daemon has changed on the disk; it is leaving", _RESTART)


def _journal(journal: Mapping[str, int]) -> Iterator[Finding]:
    if journal["waiting_bytes"]:
        what = f"{journal['waiting_bytes']:,} bytes of decisions wait for a log that cannot be written"
        yield Finding("journal", "fail", what, "free the disk, or the path of the log; `callgate status` names it")
    elif journal["backlog"] > limits.BACKLOG:
        what = f"{journal['backlog']:,} decisions are answered and not in the log yet"
        yield Finding("journal", "warn", what, "look whether the disk is slow: callgate status")
    if journal["lost"]:
        what = f"{journal['lost']:,} decisions were answered and are not in the log"
        yield Finding("journal", "warn", what, "`callgate status` says why; the count begins anew with the next daemon")
    if journal["missing_before"]:
        what = f"{journal['missing_before']:,} decisions are not in the log: the daemon before was killed"
        yield Finding("journal", "warn", what, "end it with `callgate daemon stop`, which waits for the journal")


def _health(report: Report) -> Iterator[Finding]:
    for one in report["policies"]:
        if one["fault"]:
            what = f"the policy in force in {one['config'] or one['cwd']} is broken: {_first_line(one['fault'])}"
            yield Finding("daemon", "warn", what, "mend what it names, then: callgate validate")
    if report["memory_bytes"] > limits.MEMORY_BYTES:
        what = f"the daemon takes {report['memory_bytes'] / 1e6:.0f} MB; {limits.MEMORY_BYTES / 1e6:.0f} are expected"
        yield Finding("daemon", "warn", what, f"{_RESTART}; tell us when it grows again")
    slow = report["latency_us"]["p99"]
    if report["calls"] >= MIN_CALLS and slow > limits.LATENCY_P99_US:
        what = f"one call in a hundred takes the daemon more than {slow / 1000:.0f} ms; clients wait 250 in all"
        yield Finding("daemon", "warn", what, "look what else runs; callgate profile names rules that are slow")
    if report["errors"]:
        *before, last = report["errors"]
        what = f"the daemon told of an error at {last['at']}: {_first_line(last['text'])}"
        what += f" (and {len(before)} before)" if before else ""
        yield Finding("daemon", "warn", what, "callgate status")


def _first_line(text: str) -> str:
    """What the daemon tells may quote a policy or a call: none of it may look like a finding of ours."""
    return text.strip().partition("\n")[0]


def _service(world: World, own: Runtime) -> Iterator[Finding]:
    try:
        one = wanted(own, world.places.home, world.python)
        state = state_of(one)
    except ServiceError:
        return
    except InputError as error:
        yield Finding("service", "warn", str(error), "free its permissions")
        return
    if state in ("same", "older"):
        yield from exposed(one.path)
    if state == "same":
        yield Finding("service", "ok", f"the daemon is a service of yours: {one.path}")
    elif state == "older":
        what = f"the service starts another installation, or was written by another version: {one.path}"
        yield Finding("service", "warn", what, "callgate install --service")
    elif state == "foreign":
        what = f"a file that callgate did not write has the name of its service: {one.path}"
        yield Finding("service", "warn", what, "find out who wrote it")
