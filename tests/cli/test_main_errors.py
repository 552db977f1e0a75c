"""The error boundary: which failure gives which exit code, and what is written where."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from callgate.cli.errors import UsageError, guard
from callgate.core.errors import CallgateError, DeadlineError, InputError, PolicyError, Problem

FAILURES = [
    (UsageError("no call is given", help="say `--command`"), 64, ["error: no call is given", "help: say `--command`"]),
    (InputError("input is empty"), 65, ["error: input is empty"]),
    (DeadlineError("too slow"), 70, ["error: too slow"]),
    (
        PolicyError([Problem("unknown field `tol`", file="p.toml", line=3, column=1, text="tol = 1", help="`tool`?")]),
        78,
        ["p.toml:3:1: error: unknown field `tol`", "help: `tool`?"],
    ),
    (PolicyError([Problem("one", file="a"), Problem("two", file="b")]), 78, ["a: error: one", "b: error: two"]),
]


@pytest.mark.parametrize(("error", "code", "lines"), FAILURES)
def test_expected_failures_have_their_code_and_say_what_to_do(
    error: CallgateError, code: int, lines: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each expected error prints its message and help on stderr, nothing on stdout, and gives its own exit code."""

    def body() -> int:
        raise error

    assert guard(body, {"HOME": str(tmp_path)}) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert all(line in err for line in lines)


def test_interruption_is_130(tmp_path: Path) -> None:
    """Ctrl-C ends with 130 and without a traceback."""

    def body() -> int:
        raise KeyboardInterrupt

    assert guard(body, {"HOME": str(tmp_path)}) == 130


def test_an_unexpected_failure_leaves_a_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A bug gives 70, a short message that names the error log, and the traceback in that log, for its owner only."""

    def body() -> int:
        raise ZeroDivisionError("by \x1b[31mzero")

    assert guard(body, {"HOME": str(tmp_path)}) == 70
    log = tmp_path / ".local/state/callgate/errors.log"
    err = capsys.readouterr().err
    assert str(log) in err
    assert "Traceback" not in err
    assert "\x1b" not in err
    assert "ZeroDivisionError" in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.parent.stat().st_mode) == 0o700


def test_the_error_log_is_not_followed_elsewhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the error log is a symbolic link nothing is written through it, and the traceback is on stderr."""
    state = tmp_path / ".local/state/callgate"
    state.mkdir(parents=True)
    victim = tmp_path / "victim"
    victim.write_text("kept")
    os.symlink(victim, state / "errors.log")

    def body() -> int:
        raise ZeroDivisionError

    assert guard(body, {"HOME": str(tmp_path)}) == 70
    assert victim.read_text() == "kept"
    assert "Traceback" in capsys.readouterr().err


def test_the_code_of_a_command_is_passed_on(tmp_path: Path) -> None:
    """What a command returns is the exit code."""
    assert guard(lambda: 3, {"HOME": str(tmp_path)}) == 3
