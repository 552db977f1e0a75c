"""The processes of this machine: what can be seen of each, on Linux by `/proc`, elsewhere by `ps`."""

from __future__ import annotations

import os
import subprocess
from typing import Mapping, NamedTuple, Protocol

_MAX_READ = 256 * 1024
_PS = "/bin/ps"
_PS_SECONDS = 5


class Process(NamedTuple):
    """What can be seen of one process. A field that cannot be seen is empty."""

    pid: int
    parent: int
    name: str
    """What the kernel calls it."""
    argv: tuple[str, ...] = ()
    exe: str = ""
    session: int = 0
    """Process id of its session's leader; 0 when it cannot be seen."""
    terminal: bool = False
    """Whether it has a controlling terminal."""
    started: int = 0
    """When it started, in ticks since the machine did; 0 when it cannot be seen."""


class Table(Protocol):
    """Where processes are looked up."""

    def process(self, pid: int) -> Process | None:
        """Return the process, or `None` when there is none, or none that can be seen."""

    def environ(self, pid: int) -> Mapping[str, str]:
        """Return the variables that the process was started with; none when they cannot be seen."""

    def cgroup(self, pid: int) -> str:
        """Return the control group of the process; empty when it has none."""


class ProcTable:
    """Linux: `/proc`."""

    def __init__(self, root: str = "/proc") -> None:
        """Take the directory that the kernel shows processes in."""
        self._root = root

    def process(self, pid: int) -> Process | None:
        """See `Table`."""
        text = self._read(pid, "stat").decode("utf-8", "surrogateescape")
        # The name stands in parentheses and may hold some itself.
        begin, end = text.find("("), text.rfind(")")
        fields = text[end + 1 :].split()
        if begin < 0 or len(fields) < 20:
            return None
        try:
            exe = os.readlink(f"{self._root}/{pid}/exe").removesuffix(" (deleted)")
        except OSError:
            exe = ""
        words = self._read(pid, "cmdline").decode("utf-8", "surrogateescape").split("\0")
        return Process(
            pid, int(fields[1]), text[begin + 1 : end], tuple(words[:-1] if words[-1:] == [""] else words), exe,
            session=int(fields[3]), terminal=int(fields[4]) != 0, started=int(fields[19]),
        )  # fmt: skip

    def environ(self, pid: int) -> Mapping[str, str]:
        """See `Table`. The kernel shows them to the same user only."""
        words = self._read(pid, "environ").decode("utf-8", "surrogateescape").split("\0")
        return {name: value for name, equals, value in (word.partition("=") for word in words) if equals}

    def cgroup(self, pid: int) -> str:
        """See `Table`."""
        lines = self._read(pid, "cgroup").decode("utf-8", "surrogateescape").split("\n")
        return next((line[3:] for line in lines if line.startswith("0::")), "")

    def _read(self, pid: int, name: str) -> bytes:
        try:
            with open(f"{self._root}/{pid}/{name}", "rb") as stream:
                return stream.read(_MAX_READ)
        except OSError:
            return b""


class PsTable:
    """Other systems: one look with `ps`. Variables and sessions of other processes are not seen."""

    def __init__(self, text: str) -> None:
        """Take what `ps -axww -o pid=,ppid=,tty=,command=` printed."""
        self._processes: dict[int, Process] = {}
        for line in text.splitlines():
            fields = line.split(None, 3)
            if len(fields) < 4 or not (fields[0].isdigit() and fields[1].isdigit()):
                continue
            argv = tuple(fields[3].split())
            terminal = fields[2] not in {"?", "??", "-"}
            found = Process(int(fields[0]), int(fields[1]), argv[0].rpartition("/")[2], argv, terminal=terminal)
            self._processes[found.pid] = found

    def process(self, pid: int) -> Process | None:
        """See `Table`."""
        return self._processes.get(pid)

    def environ(self, pid: int) -> Mapping[str, str]:  # noqa: ARG002 - see `Table`
        """See `Table`."""
        return {}

    def cgroup(self, pid: int) -> str:  # noqa: ARG002 - see `Table`
        """See `Table`."""
        return ""


def table() -> Table | None:
    """Return this machine's processes: by `/proc` as Linux has it, else by `ps`; `None` where they cannot be seen."""
    if os.path.exists("/proc/self/stat"):
        return ProcTable()
    command = [_PS, "-axww", "-o", "pid=,ppid=,tty=,command="]
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program by its full path, no shell
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PS_SECONDS, check=True, env={"LC_ALL": "C"}
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return PsTable(done.stdout.decode("utf-8", "surrogateescape"))
