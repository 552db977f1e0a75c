"""The hook when its surroundings fail: no stdout, no directory, no room for logs, fifty at a time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ALLOWED, DENIED = "ls -la", "rm -rf ~"


class Place:
    """A home directory, a policy that allows `ls`, and the hook."""

    def __init__(self, root: Path) -> None:
        self.home = root / "home"
        self.project = self.home / "shop"
        self.project.mkdir(parents=True)
        self.policy = root / "policy.toml"
        self.policy.write_text('[[allow]]\nid = "ls"\ncommand = "ls *"\n')
        self.state = self.home / ".local/state/callgate"
        self.environ = {"HOME": str(self.home), "PATH": os.environ["PATH"]}

    @property
    def argv(self) -> list[str]:
        """The registered command."""
        return [sys.executable, "-I", "-m", "callgate", "hook", "--config", str(self.policy)]

    def message(self, command: str, **more: object) -> bytes:
        """A call, as the agent sends it."""
        message = {"tool_name": "Bash", "tool_input": {"command": command}, "cwd": str(self.project), **more}
        return json.dumps(message).encode()

    def decide(self, command: str, **more: object) -> str:
        """Return the decision on *command*; the hook exits 0."""
        done = subprocess.run(
            self.argv, input=self.message(command, **more), capture_output=True, env=self.environ, cwd=self.home,
            timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0
        decision = json.loads(done.stdout)["hookSpecificOutput"]["permissionDecision"]
        assert isinstance(decision, str)
        return decision

    def both(self) -> tuple[str, str]:
        """Return the decisions on a command that is allowed and on one that is denied."""
        return self.decide(ALLOWED), self.decide(DENIED)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A world of its own."""
    return Place(tmp_path)


VERDICTS = ("allow", "deny")


@pytest.mark.parametrize("command", [ALLOWED, DENIED, "frobnicate"])
def test_a_closed_stdout_blocks(command: str, place: Place) -> None:
    """Where nobody can read the answer the exit code blocks, and the answer does not end up in a log."""
    script = f"exec {' '.join(place.argv)} >&-"
    done = subprocess.run(
        ["/bin/sh", "-c", script], input=place.message(command), env=place.environ, cwd=place.home,
        stderr=subprocess.DEVNULL, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == (0 if command == "frobnicate" else 2)
    entries = [json.loads(line) for line in (place.state / "decisions.jsonl").read_bytes().splitlines()]
    assert [entry["tool_name"] for entry in entries] == ["Bash"]


def test_a_reader_that_went_away_blocks(place: Place) -> None:
    """A pipe whose reader is gone is no answer either."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            place.argv, input=place.message(DENIED), stdout=writing, stderr=subprocess.DEVNULL, env=place.environ,
            cwd=place.home, timeout=60, check=False,
        )  # fmt: skip
    finally:
        os.close(writing)
    assert done.returncode == 2


def test_a_full_stdout_blocks(place: Place) -> None:
    """An answer that cannot be written is no answer."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            place.argv, input=place.message(ALLOWED), stdout=full, stderr=subprocess.DEVNULL, env=place.environ,
            cwd=place.home, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 2


def test_a_closed_stdin_asks(place: Place) -> None:
    """No input at all is asked about."""
    done = subprocess.run(
        ["/bin/sh", "-c", f"exec {' '.join(place.argv)} <&-"], capture_output=True, env=place.environ, cwd=place.home,
        timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert json.loads(done.stdout)["hookSpecificOutput"]["permissionDecision"] == "ask"


def test_a_closed_stderr_changes_nothing(place: Place) -> None:
    """Nobody needs to listen to messages."""
    done = subprocess.run(
        ["/bin/sh", "-c", f"exec {' '.join(place.argv)} 2>&-"], input=place.message(ALLOWED), stdout=subprocess.PIPE,
        env=place.environ, cwd=place.home, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert json.loads(done.stdout)["hookSpecificOutput"]["permissionDecision"] == "allow"


def test_a_deleted_directory_changes_nothing(place: Place, tmp_path: Path) -> None:
    """The hook answers although the directory that it was started in is gone, and so does one for a call's own."""
    gone = tmp_path / "gone"
    gone.mkdir()
    script = f"cd {gone} && rmdir {gone} && exec {' '.join(place.argv)}"
    done = subprocess.run(
        ["/bin/sh", "-c", script], input=place.message(DENIED, cwd=str(gone)), capture_output=True, env=place.environ,
        timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert json.loads(done.stdout)["hookSpecificOutput"]["permissionDecision"] == "deny"
    assert place.decide(ALLOWED, cwd=str(gone)) == "allow"


@pytest.mark.parametrize("environ", [{}, {"HOME": ""}, {"HOME": "relative"}, {"HOME": "/nonexistent"}])
def test_an_odd_home_is_no_consent(environ: dict[str, str], place: Place) -> None:
    """Without a usable home directory guardrails hold, and the answer is explicit."""
    place.environ = {**environ, "PATH": os.environ["PATH"]}
    assert place.decide("rm -rf /") == "deny"


LOGS = ["missing-directory", "directory", "full", "file-as-directory", "loop", "fifo", "read-only"]


@pytest.mark.parametrize("kind", LOGS)
def test_a_log_that_cannot_be_written_changes_no_verdict(kind: str, place: Place, tmp_path: Path) -> None:
    """Whatever is wrong with the logs, allow is allow and deny is deny."""
    log = tmp_path / "log"
    if kind == "missing-directory":
        log = tmp_path / "a/b/c/log"
    elif kind == "directory":
        log.mkdir()
    elif kind == "full":
        log = Path("/dev/full")
    elif kind == "file-as-directory":
        log.write_text("x")
        log = log / "log"
    elif kind == "loop":
        log.symlink_to(log)
    elif kind == "fifo":
        os.mkfifo(log)
    else:
        log.touch(mode=0o400)
    logging = f'[logging]\nlog_file = "{log}"\nreview_log_file = "{log}.review"\n'
    place.policy.write_text(logging + place.policy.read_text())
    assert place.both() == VERDICTS


def test_a_state_directory_that_cannot_be_made_changes_no_verdict(place: Place) -> None:
    """A file stands where the state directory belongs."""
    place.state.parent.mkdir(parents=True)
    place.state.write_text("in the way")
    assert place.decide(DENIED) == "deny"
    assert place.decide(ALLOWED) == "allow"


def test_the_hooks_own_directory_is_not_imported_from(place: Place) -> None:
    """Modules that lie about in the project are no part of the hook."""
    for name in ("json.py", "callgate.py", "tree_sitter.py", "sitecustomize.py", "re2.py"):
        (place.home / name).write_text("raise SystemExit(0)\n")
        (place.project / name).write_text("raise SystemExit(0)\n")
    place.environ["PYTHONPATH"] = str(place.home)
    assert place.both() == VERDICTS


def test_fifty_hooks_lose_no_line(place: Place) -> None:
    """Fifty hooks, sixteen at a time, that write at the same time leave fifty whole lines in each log."""

    def call(number: int) -> subprocess.CompletedProcess[bytes]:
        data = place.message(f"{ALLOWED} dir-{number}", tool_use_id=f"call-{number}")
        return subprocess.run(
            place.argv, input=data, capture_output=True, env=place.environ, cwd=place.home, timeout=120, check=False
        )

    with ThreadPoolExecutor(16) as crowd:  # all fifty at once would run into the hook's deadline on a slow machine
        answers = list(crowd.map(call, range(50)))
    # On a machine that is busy enough a hook may run into its own deadline: then it asks, and says so in the log.
    told = {json.loads(done.stdout)["hookSpecificOutput"]["permissionDecision"] for done in answers}
    assert "allow" in told
    assert told <= {"allow", "ask"}
    assert {done.stderr for done in answers} == {b""}
    review = [json.loads(line) for line in (place.state / "review.jsonl").read_bytes().splitlines()]
    assert sorted(entry["tool_use_id"] for entry in review) == sorted(f"call-{n}" for n in range(50))
    decisions = [json.loads(line) for line in (place.state / "decisions.jsonl").read_bytes().splitlines()]
    commands = sorted(entry["tool_input"]["command"] for entry in decisions)
    assert commands == sorted(f"{ALLOWED} dir-{n}" for n in range(50))


def test_a_call_that_never_arrives_asks_and_is_logged(place: Place) -> None:
    """The host opens the pipe and sends half a call: the hook's own deadline ends the wait."""
    with subprocess.Popen(
        place.argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=place.environ, cwd=place.home
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(place.message(ALLOWED)[:20])
        process.stdin.flush()
        output = process.stdout.read()
        process.stdin.close()
        assert process.wait(timeout=60) == 0
    answer = json.loads(output)["hookSpecificOutput"]
    assert answer["permissionDecision"] == "ask"
    assert "longer than" in answer["permissionDecisionReason"]
    (entry,) = [json.loads(line) for line in (place.state / "review.jsonl").read_bytes().splitlines()]
    assert entry["decision"] == "ask"
    assert "longer than" in entry["error"]
