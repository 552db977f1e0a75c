"""Starting a hook like the host, and reading its outcome like the host."""

from __future__ import annotations

import fcntl
import os
import sys
import time
from pathlib import Path
from typing import TextIO

import pytest

from callgate.doctor import fire


def answer(decision: str) -> bytes:
    """The JSON of a decision."""
    return b'{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"' + decision.encode() + b'"}}\n'


OUTCOMES: list[tuple[int, bytes, fire.Effect]] = [
    (0, answer("allow"), "allow"),
    (0, answer("deny"), "deny"),
    (0, answer("ask"), "ask"),
    (1, answer("deny"), "deny"),
    (127, answer("ask"), "ask"),
    (2, b"", "deny"),
    (2, answer("allow"), "deny"),
    (0, b"", "none"),
    (0, b" \n", "none"),
    (0, b"{}", "none"),
    (1, b"", "proceeds"),
    (126, b"", "proceeds"),
    (0, b"all good", "proceeds"),
    (1, b"Traceback (most recent call last):", "proceeds"),
    (0, b'[{"permissionDecision":"deny"}]', "proceeds"),
    (0, b'{"hookSpecificOutput":', "proceeds"),
    (0, answer("never"), "proceeds"),
    (0, b'{"hookSpecificOutput":{"permissionDecision":"deny"}}', "proceeds"),
    (0, b'{"hookSpecificOutput":"deny"}', "proceeds"),
    (0, b'{"decision":"block","reason":"no"}', "deny"),
    (0, b'{"decision":"approve"}', "allow"),
    (0, b'{"continue":false}', "deny"),
    (0, b"\xff\xfe", "proceeds"),
    (0, b"{" * 100_000, "proceeds"),
]


@pytest.mark.parametrize(("code", "output", "effect"), OUTCOMES)
def test_what_the_host_makes_of_an_outcome(code: int, output: bytes, effect: fire.Effect) -> None:
    """Exit code and output mean to doctor what they mean to the host; junk and crashes are consent there."""
    shot = fire.interpret(code, output)
    assert shot.effect == effect
    assert shot.why


def test_stderr_tells_why() -> None:
    """The last line of stderr is part of the reason."""
    assert fire.interpret(1, b"", b"one\nNo module named callgate\n").why.endswith(": No module named callgate")


def test_the_reason_of_an_answer_is_kept() -> None:
    """The first line of the reason that a hook gives is at hand, cut short."""
    output = b'{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"ask",'
    shot = fire.interpret(0, output + b'"permissionDecisionReason":"cannot start\\n' + b"x" * 1000 + b'"}}')
    assert (shot.effect, shot.reason) == ("ask", "cannot start")
    assert fire.interpret(0, b'{"decision":"block","reason":"' + b"x" * 1000 + b'"}').reason == "x" * 159 + "…"
    assert fire.interpret(0, answer("deny")).reason == ""


def run(code: str, tmp_path: Path, timeout: float = 20.0) -> fire.Shot:
    """Fire a Python one-liner."""
    argv = [sys.executable, "-I", "-S", "-c", code]
    return fire.fire(argv, b'{"x":1}', environ={"A": "b"}, cwd=str(tmp_path), timeout=timeout)


def test_the_hook_gets_payload_environment_and_cwd(tmp_path: Path) -> None:
    """The payload arrives on stdin, in the given environment and directory."""
    code = "import os,sys; print(sys.stdin.read(), os.environ['A'], os.getcwd()); sys.exit(1)"
    assert f'{{"x":1}} b {os.path.realpath(tmp_path)}' in run(code, tmp_path).why


def test_a_hook_that_hangs_is_stopped_with_its_children(tmp_path: Path) -> None:
    """A hook that gives no answer in time counts as consent, and nothing of it goes on running."""
    # A lock is held as long as its process lives; one on each file by the hook, one by its child.
    code = (
        "import fcntl,os,time\n"
        "name = 'child' if os.fork() == 0 else 'parent'\n"
        f"file = open({str(tmp_path)!r} + '/' + name, 'w')\n"
        "fcntl.flock(file, fcntl.LOCK_EX)\n"
        "time.sleep(60)"
    )
    shot = run(code, tmp_path, timeout=3.0)
    assert shot.timed_out
    assert shot.effect == "proceeds"
    for name in ("child", "parent"):
        with (tmp_path / name).open() as file:
            for _ in range(100):
                if free(file):
                    break
                time.sleep(0.1)
            else:
                pytest.fail(f"the {name} still runs")


def free(file: TextIO) -> bool:
    """Whether nobody holds a lock on *file*."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def test_endless_output_is_cut_off(tmp_path: Path) -> None:
    """A hook that prints without end is stopped and counts as consent."""
    shot = run("while True: print('x' * 65536)", tmp_path)
    assert shot.effect == "proceeds"
    assert "printed more than" in shot.why


def test_a_hook_that_does_not_read_is_no_trouble(tmp_path: Path) -> None:
    """Closing stdin unread does not disturb the run."""
    assert run("import os; os.close(0); os._exit(0)", tmp_path).effect == "none"


def test_a_program_that_cannot_start(tmp_path: Path) -> None:
    """A missing program, a NUL in it and a missing directory are consent with a reason, not an exception."""
    for argv, cwd in ((["/missing/x"], tmp_path), (["/bin/\0"], tmp_path), (["/bin/true"], tmp_path / "missing")):
        shot = fire.fire(argv, b"", environ={}, cwd=str(cwd), timeout=5)
        assert shot.effect == "proceeds"
        assert "cannot be started" in shot.why


def test_command_lines() -> None:
    """Exec form runs as it stands with the host's placeholder filled in, shell form runs in a shell."""
    exec_form = {"command": "${CLAUDE_PROJECT_DIR}/x", "args": ["a b", "$HOME"]}
    assert fire.command_line(exec_form, "/p") == ["/p/x", "a b", "$HOME"]
    assert fire.command_line({"command": "x | y"}, "/p") == ["/bin/sh", "-c", "x | y"]
    assert fire.command_line({"type": "http", "url": "u"}, "/p") is None
