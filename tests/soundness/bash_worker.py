"""Runs scripts under real bash where nothing outside can be reached. Started by `bash_sandbox`, in new namespaces.

It builds a root of its own in memory, with bash, the few real programs that start others, and the recorder under every
name; makes it read-only but for the directories that scripts may write; and moves into it for good. Then it answers
one JSON line per JSON line. Only the standard library: it is started with `-I -S`.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import resource
import select
import shutil
import signal
import subprocess
import sys
import time
from typing import NamedTuple

SECONDS = 2.0
"""A script that takes longer is killed; what it did until then counts."""

LINGER = 0.25
"""Seconds that jobs in the background get after the script itself ended."""

MAX_RECORDS = 4 << 20
"""Bytes of records that are looked at."""

ENOUGH = 64 << 10
"""Bytes of records, some hundred calls, after which a script that is still running is in a loop: it is killed, too."""

_LOOK = 0.05
"""Seconds between two looks at how much was recorded."""

OLD = 1_000_000_000
"""Time stamp (seconds) of files that no script has touched."""

REAL = ("bash", "sh", "dash", "env", "nohup", "timeout", "nice", "ionice", "setsid", "xargs")
"""Programs that run for real once they are recorded. A machine without one of them runs its name as a recorder only."""

_IGNORED = frozenset({"/etc/passwd"})


class Setup(NamedTuple):
    """What the first line says."""

    root: str
    recorder: str
    names: list[str]
    files: dict[str, str]
    environ: dict[str, str]
    cwd: str


def main() -> None:
    """Build, confine, answer."""
    setup = Setup(**json.loads(sys.stdin.readline()))
    writable = ("project", "home/u", "tmp", "etc")
    _build(setup, writable)
    os.chroot(setup.root)
    os.chdir("/")
    # Signals that a script sends to everybody must not end the first process of the namespace.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8 << 20, 8 << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin:
        request = json.loads(line)
        _reset(setup.files, writable)
        answer = _run(setup, request["script"], request["seed"])
        answer.update(_touched(setup.files, writable))
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


# The root


def _build(setup: Setup, writable: tuple[str, ...]) -> None:
    root = setup.root
    _mount("-t", "tmpfs", "-o", "size=96m,mode=755", "none", root)
    for place in ("real", "usr/bin", "proc", "dev", "log", *writable):
        os.makedirs(f"{root}/{place}", exist_ok=True)
    for link in ("bin", "sbin", "usr/sbin"):
        os.symlink("/usr/bin", f"{root}/{link}")
    for program in REAL:
        found = shutil.which(program)
        if found:
            _copy_program(root, os.path.realpath(found), program)
    shutil.copy(setup.recorder, f"{root}/usr/bin/recorder")
    for name in setup.names:
        os.link(f"{root}/usr/bin/recorder", f"{root}/usr/bin/{name}")
    _mount("-t", "proc", "-o", "ro,nosuid,nodev,noexec", "none", f"{root}/proc")
    os.symlink("/proc/self/fd", f"{root}/dev/fd")
    for name, number in (("stdin", 0), ("stdout", 1), ("stderr", 2)):
        os.symlink(f"/proc/self/fd/{number}", f"{root}/dev/{name}")
    for device in ("null", "zero"):
        with open(f"{root}/dev/{device}", "wb"):
            pass
        _mount("--bind", f"/dev/{device}", f"{root}/dev/{device}")
    _mount("-o", "remount,ro", root)
    for place in (*writable, "log"):
        # Access times show what was read.
        _mount("-t", "tmpfs", "-o", "size=32m,strictatime,mode=755", "none", f"{root}/{place}")
    with open(f"{root}/log/records", "wb"):
        pass


def _mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True, stdin=subprocess.DEVNULL, timeout=20)


def _copy_program(root: str, path: str, name: str) -> None:
    shutil.copy(path, f"{root}/real/{name}")
    listed = subprocess.run(["ldd", path], capture_output=True, text=True, check=False, timeout=20).stdout
    for library in re.findall(r"(/\S+) \(0x", listed):
        target = root + library
        if not os.path.exists(target):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy(os.path.realpath(library), target)


# One script


def _reset(files: dict[str, str], writable: tuple[str, ...]) -> None:
    """Make the writable directories as they were, cheaply when nothing changed."""
    wanted = {os.path.dirname(path) for path in files} | {f"/{place}" for place in writable}
    for place in writable:
        for folder, folders, names in os.walk(f"/{place}", topdown=False):
            for name in names:
                if f"{folder}/{name}" not in files:
                    os.unlink(f"{folder}/{name}")
            for name in folders:
                path = f"{folder}/{name}"
                if os.path.islink(path):
                    os.unlink(path)
                elif path not in wanted:
                    os.rmdir(path)
    for path, text in files.items():
        if _stamps(path) != (OLD, OLD):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as out:
                out.write(text)
            os.utime(path, (OLD, OLD))


def _stamps(path: str) -> tuple[float, float] | None:
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return status.st_atime, status.st_mtime


def _touched(files: dict[str, str], writable: tuple[str, ...]) -> dict[str, list[str]]:
    """Return the files that were read and written since `_reset`."""
    read: list[str] = []
    written: list[str] = []
    for place in writable:
        for folder, _, names in os.walk(f"/{place}"):
            for name in names:
                path = f"{folder}/{name}"
                stamps = _stamps(path)
                if path in _IGNORED or stamps is None:
                    continue
                if path not in files or stamps[1] != OLD:
                    written.append(path)
                elif stamps[0] != OLD:
                    read.append(path)
    return {"read": sorted(read), "written": sorted(written)}


def _run(setup: Setup, script: str, seed: int) -> dict[str, object]:
    with open("/log/seed", "w", encoding="utf-8") as out:
        out.write(str(seed))
    os.truncate("/log/records", 0)
    os.chdir(setup.cwd)
    null = (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0)
    actions = [null, *((os.POSIX_SPAWN_OPEN, number, "/dev/null", os.O_WRONLY, 0) for number in (1, 2))]
    words = ["bash", "-c", os.fsdecode(script.encode("utf-8", "surrogatepass"))]
    defaults = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGPIPE]
    try:
        process = os.posix_spawn(
            "/real/bash", words, setup.environ, file_actions=actions, setpgroup=0, setsigdef=defaults
        )
    except OSError as error:  # a script that is longer than the kernel takes
        return {"records": [], "timed_out": True, "error": str(error)}
    handle = os.pidfd_open(process)
    ended = _ends(handle)
    os.close(handle)
    _end_all(LINGER if ended else 0)
    with open("/log/records", "rb") as log:
        data = log.read(MAX_RECORDS)
    fields = [field.decode("utf-8", "surrogateescape") for field in data.split(b"\0")[:-1]]
    return {"records": fields, "timed_out": not ended}


def _ends(handle: int) -> bool:
    """Wait for a process; return whether it ended by itself, in time and before it had recorded enough."""
    deadline = time.monotonic() + SECONDS
    while (left := deadline - time.monotonic()) > 0:
        if select.select([handle], [], [], min(left, _LOOK))[0]:
            return True
        if os.path.getsize("/log/records") > ENOUGH:
            break
    return False


def _end_all(linger: float) -> None:
    """Reap every process but this one, giving them *linger* seconds to end by themselves."""
    deadline = time.monotonic() + linger
    while True:
        try:
            done, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not done:
            if time.monotonic() >= deadline:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(-1, signal.SIGKILL)
            time.sleep(0.001)


if __name__ == "__main__":
    main()
