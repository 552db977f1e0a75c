"""Real bash in a box: run a script, learn every program that it executed and every file that it read or wrote.

The box is new user, network, mount and process namespaces with a root of its own (`bash_worker`): no network, no real
program on `PATH`, nothing outside reachable or writable, two seconds for each script.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, Mapping, NamedTuple, Self

HERE = Path(__file__).parent
PROJECT = "/project"
HOME = "/home/u"
ENVIRON: Mapping[str, str] = {"PATH": "/usr/bin", "HOME": HOME, "LANG": "C.UTF-8"}

FILES: Mapping[str, str] = {
    f"{PROJECT}/a.txt": "ls inside-a\n", f"{PROJECT}/b.txt": "rm inside-b\n", f"{PROJECT}/-f": "dash\n",
    f"{PROJECT}/sp ace.txt": "space\n", f"{PROJECT}/sub/c.txt": "cp inside-c x\n", f"{PROJECT}/sub/a.txt": "deep\n",
    f"{PROJECT}/sub/deep/d.py": "print(1)\n", f"{PROJECT}/setup.py": "setup()\n", f"{PROJECT}/.env": "KEY=secret\n",
    f"{HOME}/n": "note\n", f"{HOME}/sub/h.txt": "home\n", "/tmp/t": "temporary\n", "/tmp/sub/u": "below\n",
    "/etc/hosts": "127.0.0.1\n", "/etc/passwd": "u:x:0:0::/home/u:/usr/bin/bash\n",
}  # fmt: skip
"""What lies in the writable directories when a script starts; none of it is empty, so that reading shows."""

NAMES = tuple(
    "rm cat grep ls mytool git cp mv mkdir touch tee sed awk find head tail sort wc nl cut tr uniq diff python python3 "
    "pip pytest node npm npx make curl wget ssh tar chmod ln rmdir which dirname basename date sleep id uname whoami "
    "seq yes stat file du df ps less more xxd od base64 md5sum sha256sum patch jq perl ruby go cargo docker kubectl "
    "sudo doas su watch script flock stdbuf unbuffer parallel fd rg expr true-file sphinx-build pylint django-admin "
    "dot mktemp realpath readlink install dd bash sh dash zsh env nohup timeout nice ionice setsid xargs time test "
    "printf echo kill pwd true false [ gcc tox hg clear tree column comm paste join split rev apt-get brew function "
    "select coproc [[ declare let source".split()
)
"""Programs of the vocabulary. Some are builtins, too: then bash runs those, but by path or wrapper the program."""


class Record(NamedTuple):
    """One program that bash executed."""

    path: str
    """As given to the kernel: absolute when found in `PATH`, else as written."""
    cwd: str
    argv: tuple[str, ...]
    environ: Mapping[str, str]


class Run(NamedTuple):
    """What one script did."""

    records: tuple[Record, ...]
    read: tuple[str, ...]
    written: tuple[str, ...]
    timed_out: bool


class SandboxUnavailableError(Exception):
    """This machine has no compiler, no bash, or does not let us make namespaces."""


class Sandbox:
    """A box that runs scripts one after the other. Use as a context manager.

    Raises:
        SandboxUnavailableError: on entering, with what is missing.
    """

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._worker: subprocess.Popen[str] | None = None
        self._pipes: tuple[IO[str], IO[str]] | None = None

    def __enter__(self) -> Self:
        missing = [name for name in ("bash", "cc", "unshare", "mount", "ldd") if shutil.which(name) is None]
        if missing or not sys.platform.startswith("linux"):
            raise SandboxUnavailableError(f"missing: {', '.join(missing) or 'Linux'}")
        self._folder = tempfile.TemporaryDirectory(prefix="callgate-soundness-")
        try:
            self._start(self._folder.name)
            self._prove()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self, folder: str) -> None:
        recorder, root = f"{folder}/recorder", f"{folder}/root"
        os.mkdir(root)
        source = str(HERE / "recorder.c")
        built = subprocess.run(
            ["cc", "-O1", "-static", "-o", recorder, source], capture_output=True, text=True, check=False, timeout=60
        )
        if built.returncode:
            raise SandboxUnavailableError(f"the recorder does not build: {built.stderr[-200:]}")
        namespaces = ["--user", "--map-root-user", "--net", "--mount", "--pid", "--ipc", "--fork", "--kill-child"]
        errors = open(f"{folder}/errors", "w", encoding="utf-8")  # noqa: SIM115 - the worker keeps it open
        self._worker = subprocess.Popen(
            ["unshare", *namespaces, "--", sys.executable, "-I", "-S", str(HERE / "bash_worker.py")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, encoding="utf-8",
            errors="surrogateescape",
        )  # fmt: skip
        errors.close()
        if self._worker.stdin is None or self._worker.stdout is None:
            raise SandboxUnavailableError("no pipes to the worker")
        self._pipes = self._worker.stdin, self._worker.stdout
        self._send({"root": root, "recorder": recorder, "names": NAMES, "files": FILES, "environ": ENVIRON,
                    "cwd": PROJECT})  # fmt: skip

    def _prove(self) -> None:
        """Run one script whose doings are known: a box that records nothing would find nothing."""
        run = self.run("rm canary > made < a.txt; /usr/bin/git status | xargs cat; cat /usr/bin/zsh > /usr/bin/zsh", 0)
        names = sorted(record.argv[0] for record in run.records)
        if (
            names[:2] != ["/usr/bin/git", "cat"] or "rm" not in names or run.read != (f"{PROJECT}/a.txt",)
            or run.written != (f"{PROJECT}/made",)
        ):  # fmt: skip
            raise SandboxUnavailableError(f"the box does not work as it should: {run}")

    def close(self) -> None:
        """End the worker and remove what it left."""
        if self._worker is not None:
            if self._pipes is not None:
                for pipe in self._pipes:
                    pipe.close()
            self._worker.kill()
            self._worker.wait(timeout=20)
            self._worker = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def run(self, script: str, seed: int = 0) -> Run:
        """Run *script* with `bash -c`; *seed* picks what its programs print and return (0: nothing, success)."""
        self._send({"script": script, "seed": seed})
        line = self._pipes[1].readline() if self._pipes else ""
        if not line:
            raise self._ended()
        answer = json.loads(line)
        return Run(
            tuple(_records(answer["records"])), tuple(answer["read"]), tuple(answer["written"]), answer["timed_out"]
        )

    def _send(self, message: Mapping[str, object]) -> None:
        if self._pipes is None:
            raise SandboxUnavailableError("the box is not open")
        try:
            self._pipes[0].write(json.dumps(message) + "\n")
            self._pipes[0].flush()
        except BrokenPipeError:
            raise self._ended() from None

    def _ended(self) -> SandboxUnavailableError:
        why = Path(self._folder.name, "errors").read_text(encoding="utf-8")[-300:] if self._folder else ""
        return SandboxUnavailableError(f"the worker ended; are user namespaces allowed here? {why}")


def _records(fields: list[str]) -> list[Record]:
    """Cut the recorder's fields into records; the last one may be incomplete when the log was cut."""
    found: list[Record] = []
    position = 0
    while position + 3 <= len(fields):
        words = int(fields[position + 2])
        first = position + 3
        if first + words >= len(fields):
            break
        variables = int(fields[first + words])
        end = first + words + 1 + variables
        if end > len(fields):
            break
        pairs = (field.partition("=") for field in fields[first + words + 1 : end])
        environ = {name: value for name, _, value in pairs}
        argv = tuple(fields[first : first + words])
        found.append(Record(fields[position], fields[position + 1], argv, environ))
        position = end
    return found
