"""The real client on a terminal of its own, with a test in the place of the person at the keyboard."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading
import time
from typing import TYPE_CHECKING, Self

from . import client

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

ENTER = b"\r"
ESCAPE = b"\x1b"
QUESTION = "Doyouwanttoproceed?"
"""What a permission dialog asks, as `Terminal.screen` shows it."""

_ROWS, _COLUMNS = 50, 160
_POLL_SECONDS = 0.1
_WAIT_SECONDS = 60.0
_SEQUENCES = re.compile(rb"\x1b\][^\x07]*\x07|\x1b\[[0-9;?<>=]*[ -/]*[@-~]|\x1b[()][A-Z0-9]|[\x00-\x20]")

_NOTICES = re.compile(rb"\x1b\]9;([^\x07\x1b]*)\x07")


class Terminal:
    """A client that works on *prompt* in a terminal; a context manager."""

    def __init__(self, command: list[str], project: Path, home: Path, url: str, prompt: str) -> None:
        _accept_questions_of_the_first_start(home, project)
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, _COLUMNS, 0, 0))
        environ = {**client.environment(home, url), "TERM": "xterm-256color"}
        self._process = subprocess.Popen(
            [*command, prompt],
            cwd=project,
            env=environ,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self._output = bytearray()
        self._reader = threading.Thread(target=self._read, name="terminal", daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # The client may leave children; they are ours to end.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(timeout=10)
        self._reader.join(timeout=10)
        os.close(self._master)

    @property
    def screen(self) -> str:
        """Everything that was drawn since the last key, without blanks and control sequences."""
        return _SEQUENCES.sub(b"", bytes(self._output)).decode("utf-8", "replace")

    @property
    def notices(self) -> list[str]:
        """The notifications (OSC 9) that were sent to the terminal since the last key."""
        return [found.decode("utf-8", "replace") for found in _NOTICES.findall(bytes(self._output))]

    def press(self, keys: bytes) -> None:
        """Type *keys*; what was drawn before is forgotten."""
        self._output.clear()
        os.write(self._master, keys)

    def wait(self, what: str, until: Callable[[], bool]) -> None:
        """Wait for *until*; after a minute the test fails, with what is on the screen."""
        deadline = time.monotonic() + _WAIT_SECONDS
        while not until():
            assert time.monotonic() < deadline, f"{what} did not come; on the screen: {self.screen[-2000:]}"
            assert self._process.poll() is None, f"the client ended before {what}: {self.screen[-2000:]}"
            time.sleep(_POLL_SECONDS)

    def wait_for_dialog(self) -> None:
        """Wait until the client asks for permission."""
        self.wait("a permission dialog", lambda: QUESTION in self.screen)

    def _read(self) -> None:
        # A pseudo-terminal whose other end is closed gives an error, not an end.
        with contextlib.suppress(OSError):
            while piece := os.read(self._master, 1 << 16):
                self._output += piece


def _accept_questions_of_the_first_start(home: Path, project: Path) -> None:
    """Answer beforehand what the client asks once: colours, whether the key is meant, whether the folder is trusted."""
    answers = {
        "hasCompletedOnboarding": True,
        "lastOnboardingVersion": client.VERSION,
        "theme": "dark",
        "customApiKeyResponses": {"approved": [client.KEY[-20:]], "rejected": []},
        "projects": {str(project): {"hasTrustDialogAccepted": True, "hasCompletedProjectOnboarding": True}},
    }
    (home / ".claude.json").write_text(json.dumps(answers))
