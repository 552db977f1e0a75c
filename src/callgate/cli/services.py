"""`install --service` and `uninstall --service`: the daemon as a service of the user, put in and taken out again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Iterable

from callgate.cli import auditing, daemons
from callgate.cli.errors import UsageError
from callgate.cli.installing import difference, home_of
from callgate.cli.output import console, say
from callgate.core.errors import InputError
from callgate.daemon import service_file
from callgate.daemon.asking import NoDaemonError
from callgate.daemon.runtime import prepare
from callgate.daemon.service import Service, ServiceError, Step

if TYPE_CHECKING:
    from callgate.daemon.runtime import Runtime

MANAGER_SECONDS = 60
"""For one command of the service manager; stopping a daemon may take it twenty."""

START_SECONDS = 15.0


def add(*, dry_run: bool) -> None:
    """Write the service's file, and have it run now and after every login; say what to type where that fails.

    Raises:
        UsageError: this system has no such manager, or a path does not fit into such a file.
        InputError: the file is somebody else's, or cannot be written.
    """
    files = daemons.files_of("", os.environ)
    wanted = _wanted(files)
    state = service_file.state_of(wanted)
    out = console()
    if state == "foreign":
        raise InputError(f"`{wanted.path}` was not written by callgate; move it away")
    if dry_run:
        if state != "same":
            say(out, difference(service_file.text_of(wanted), wanted.data.decode(), wanted.path))
        _show_steps("would run", wanted, wanted.starting(changed=state != "same"))
        say(out, "nothing was written (--dry-run)")
        return
    fault = prepare(files)  # where launchd writes the daemon's faults
    if fault:
        raise InputError(f"the daemon cannot run: {fault}")
    if state != "same":
        service_file.put(wanted)
        auditing.tightened("install", wanted.path, [f"Installed the daemon as a service: {wanted.path}"])
    say(out, ("already installed" if state == "same" else "installed", "green"), f" as a service: {wanted.path}")
    steps = wanted.starting(changed=state != "same")
    before = _answers(files) if state != "same" else 0
    failed = _run(wanted, steps)
    if failed:
        say(out, ("  note: ", "yellow"), f"the service manager does not start it: {failed}")
        _show_steps("run this where it can be reached", wanted, steps)
        return
    _wait(files, before)


def remove(*, dry_run: bool, asked: bool = True) -> bool:
    """End the service and delete its file; return whether there was one.

    Args:
        dry_run: only say what would be done.
        asked: it was asked for; else a file of somebody else is passed over.

    Raises:
        UsageError: the audit log cannot be written.
        InputError: the file is somebody else's, or cannot be deleted.
    """
    out = console()
    try:
        wanted = _wanted(daemons.files_of("", os.environ))
    except UsageError:
        return False  # no service can be here
    state = service_file.state_of(wanted)
    if state == "missing" or (state == "foreign" and not asked):
        return False
    if state == "foreign":
        raise InputError(f"`{wanted.path}` was not written by callgate; it stays")
    if dry_run:
        _show_steps("would run", wanted, (*wanted.stopping(), *wanted.forgetting()))
        say(out, f"  service: {wanted.path} would be removed")
        return True
    with auditing.loosening("uninstall", wanted.path, [f"Removed the service of the daemon: {wanted.path}"]):
        failed = _run(wanted, wanted.stopping())
        service_file.take(wanted)
    say(out, ("removed", "green"), f" the service: {wanted.path}")
    failed = failed or _run(wanted, wanted.forgetting())
    if failed:
        say(out, ("  note: ", "yellow"), f"the service manager was not told: {failed}")
        say(out, "  help: `callgate daemon stop` ends the daemon that it started")
    return True


def note_of_service() -> str:
    """Return what whoever stops or starts the daemon by hand is to know of its service; empty where there is none."""
    try:
        wanted = _wanted(daemons.files_of("", os.environ))
        there = service_file.state_of(wanted) in ("same", "older")
    except (UsageError, InputError):
        return ""
    if not there:
        return ""
    again = "systemctl --user restart callgate" if wanted.kind == "systemd" else "callgate install --service"
    return f"it is installed as a service: `{again}` has that run again"


def _wanted(files: Runtime) -> Service:
    try:
        return service_file.wanted(files, home_of(os.environ), sys.executable)
    except ServiceError as error:
        raise UsageError(str(error), help="the first hook starts the daemon, without a service too") from error


def _run(wanted: Service, steps: Iterable[Step]) -> str:
    """Give *steps* to the service manager; return why one of them failed, or nothing."""
    # Relative entries would lead into whatever checkout we stand in.
    path = os.pathsep.join(part for part in os.environ.get("PATH", "").split(os.pathsep) if os.path.isabs(part))
    program = shutil.which(wanted.program, path=path)
    if program is None:
        return f"`{wanted.program}` is not there"
    for step in steps:
        line = " ".join((wanted.program, *step.words))
        try:
            done = subprocess.run(  # noqa: S603 - the system's manager, no shell
                [program, *step.words], stdin=subprocess.DEVNULL, capture_output=True, timeout=MANAGER_SECONDS,
                check=False,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"`{line}`: {error}"
        if done.returncode and not step.may_fail:
            said = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
            return f"`{line}`: {said or f'exit code {done.returncode}'}"
    return ""


def _show_steps(what: str, wanted: Service, steps: Iterable[Step]) -> None:
    out = console()
    say(out, f"  {what}:")
    for step in steps:
        say(out, f"    {' '.join((wanted.program, *step.words))}")


def _answers(files: Runtime) -> int:
    """Return the process that answers; 0 when none does."""
    try:
        return int(daemons.report_of(files)["pid"])
    except NoDaemonError:
        return 0


def _wait(files: Runtime, before: int) -> None:
    """Say which process answers, when the service's own does: one that never leaves for want of calls.

    Args:
        files: of the daemon.
        before: the process that is to be replaced; 0 when there is none.
    """
    out = console()
    until = time.monotonic() + START_SECONDS
    why = "another daemon answers"
    while time.monotonic() < until:
        try:
            report = daemons.report_of(files)
        except NoDaemonError as error:
            why = str(error)
        else:
            if not report["idle_seconds"] and report["pid"] != before:
                say(out, f"  runs:   process {report['pid']}, {files.socket}")
                return
        time.sleep(0.05)
    say(out, ("  note: ", "yellow"), f"it was started and does not answer yet: {why}")
    say(out, "  help: `callgate status` tells how it is")
