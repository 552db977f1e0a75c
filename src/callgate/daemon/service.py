"""The daemon as a service of the user: a systemd unit on Linux, a launchd agent on macOS. Pure: only texts.

The names of the files are among those that self-protection guards (`observe`).
"""

from __future__ import annotations

import os
from typing import Final, Literal, NamedTuple, Sequence

from callgate.core.errors import CallgateError

Kind = Literal["systemd", "launchd"]

UNIT: Final = "callgate.service"
LABEL: Final = "callgate"
MARK: Final = "Written by callgate, for the service of its daemon"
"""Near the beginning of every file of ours; any other file of that name is not ours to change. Without `--`, which XML
does not have in comments."""

EXIT_ANEW: Final = 75
"""Exit code of a daemon that left because other code is to run in its place: a service manager starts it again.
EX_TEMPFAIL of sysexits.h."""

_HEAD_BYTES: Final = 4096

_UNIT: Final = """\
# {mark}. `callgate install --service` brings it up to date,
# `callgate uninstall --service` removes it.
# Settings of your own belong into {unit}.d/*.conf (`systemctl --user edit {unit}`).
[Unit]
Description=callgate decides the tool calls of coding agents
StartLimitIntervalSec=60
StartLimitBurst=10

[Service]
Type=exec
ExecStart={command}
# It leaves with this code when callgate was upgraded under it, and is to be started again.
RestartForceExitStatus={anew}
SuccessExitStatus={anew}
Restart=on-failure
RestartSec=1
# It writes down what it answered before it leaves; that may take ten seconds.
TimeoutStopSec=20
UMask=0077
# A core would hold the commands that were judged.
LimitCORE=0
MemoryMax=512M
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictNamespaces=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
SystemCallArchitectures=native
# Nothing that changes its view of the file system (ProtectHome, PrivateTmp, ...): it has to see the files, links and
# logs that a hook process sees, or the two would decide differently.

[Install]
WantedBy=default.target
"""


class ServiceError(CallgateError):
    """No service can be made of this. The text says why."""


class Step(NamedTuple):
    """A command for the service manager."""

    words: tuple[str, ...]
    may_fail: bool = False
    """It only clears the way."""


class Service(NamedTuple):
    """A service that is wanted."""

    kind: Kind
    path: str
    """Of its file."""
    data: bytes
    """What the file is to hold."""

    @property
    def program(self) -> str:
        """The program that speaks with the service manager."""
        return "systemctl" if self.kind == "systemd" else "launchctl"

    def starting(self, *, changed: bool) -> tuple[Step, ...]:
        """Return what has it run now and after every login.

        Args:
            changed: the file is another than before, so one that runs has to be started anew.
        """
        if self.kind == "launchd":
            return (*((self._bootout,) if changed else ()), Step(("bootstrap", _domain(), self.path), not changed))
        verb = "restart" if changed else "start"
        return tuple(Step(("--user", *words)) for words in (("daemon-reload",), ("enable", UNIT), (verb, UNIT)))

    def stopping(self) -> tuple[Step, ...]:
        """Return what ends it for good, while its file is still there."""
        if self.kind == "launchd":
            return (self._bootout,)
        return (Step(("--user", "disable", "--now", UNIT)),)

    def forgetting(self) -> tuple[Step, ...]:
        """Return what has the manager notice that the file is gone."""
        return (Step(("--user", "daemon-reload")),) if self.kind == "systemd" else ()

    @property
    def link(self) -> str:
        """The link by which the manager starts it after a login; empty where there is none."""
        folder = os.path.dirname(self.path)
        return f"{folder}/default.target.wants/{UNIT}" if self.kind == "systemd" else ""

    @property
    def _bootout(self) -> Step:
        return Step(("bootout", f"{_domain()}/{LABEL}"), may_fail=True)


def service(platform: str, home: str, python: str, socket: str, log: str) -> Service:
    """Return the service of the user whose home directory is *home*.

    Args:
        platform: as `sys.platform`.
        home: absolute.
        python: the interpreter that has callgate, absolute.
        socket: where the daemon is to listen.
        log: where its faults go on macOS; systemd has a log of its own.

    Raises:
        ServiceError: no manager is known for *platform*, or a path cannot be written in its file.
    """
    words = (python, "-I", "-m", "callgate", "daemon", "run", "--replace", "--idle", "0", "--socket", socket)
    for path in (home, log, *words):
        if not path.isprintable():
            raise ServiceError(f"a path has characters that no service file can hold: {path!a}")
    if platform == "darwin":
        return Service("launchd", f"{home}/Library/LaunchAgents/{LABEL}.plist", _plist(words, log))
    if platform.startswith("linux"):
        return Service("systemd", f"{home}/.config/systemd/user/{UNIT}", _unit(words))
    raise ServiceError(f"services are written for systemd and launchd; this is {platform}")


def is_ours(data: bytes) -> bool:
    """Whether a service file with this content was written by some version of callgate."""
    return MARK.encode() in data[:_HEAD_BYTES]


def _unit(words: Sequence[str]) -> bytes:
    if "$" in words[0]:
        # In arguments it is doubled; in the path of the program nothing stands for it.
        raise ServiceError(f"systemd starts no program with a `$` in its path: {words[0]}")
    command = " ".join(_quoted(word) for word in words)
    return _UNIT.format(mark=MARK, unit=UNIT, command=command, anew=EXIT_ANEW).encode()


def _quoted(word: str) -> str:
    """Return *word* as systemd reads it in a command line: specifiers, variables, quotes (systemd.service(5))."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    plain = all(char.isalnum() or char in "/._-+,:@=~" for char in word)
    return escaped if plain else f'"{escaped}"'


def _plist(words: Sequence[str], log: str) -> bytes:
    import plistlib  # noqa: PLC0415 - macOS only

    text = plistlib.dumps(
        {
            "Label": LABEL,
            "ProgramArguments": list(words),
            "RunAtLoad": True,
            # After a crash, and when it asks for it by its exit code; not when it was told to leave.
            "KeepAlive": {"SuccessfulExit": False},
            "ExitTimeOut": 20,
            "ProcessType": "Interactive",  # an agent waits for each answer
            "Umask": 0o077,
            "SoftResourceLimits": {"Core": 0},
            "HardResourceLimits": {"Core": 0},
            "WorkingDirectory": "/",
            "StandardErrorPath": log,
        },
        sort_keys=False,
    )
    head, mark, rest = text.partition(b"<plist ")
    return head + f"<!-- {MARK}. -->\n".encode() + mark + rest


def _domain() -> str:
    return f"gui/{os.getuid()}"
