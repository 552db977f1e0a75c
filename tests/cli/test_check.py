"""`callgate check`: decisions as exit codes and as JSON Lines."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from callgate.cli import main

POLICY = """
[[allow]]
id = "lists"
command = "ls *"

[[ask]]
id = "pushes"
command = "git push *"

[[deny]]
id = "no-secrets"
path = ["**/.env"]

[[deny]]
id = "no-forbidden"
command = "forbidden *"
"""


class Place:
    """A home, a project in it, and a policy file; everything that a check needs to be told."""

    def __init__(self, root: Path) -> None:
        self.home = root / "home"
        self.project = self.home / "shop"
        self.project.mkdir(parents=True)
        self.policy = root / "policy.toml"
        self.policy.write_text(POLICY)

    @property
    def options(self) -> list[str]:
        """The options that fix the world."""
        return ["--config", str(self.policy), "--home", str(self.home), "--project", str(self.project)]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A world of its own."""
    return Place(tmp_path)


CODES = [
    (["--command", "ls -la"], 0, "allow"),
    (["--tool", "Bash", "--command", "ls -la"], 0, "allow"),
    (["--json", '{"tool": "Bash", "input": {"command": "ls -la"}}'], 0, "allow"),
    (['{"command": "ls -la"}'], 0, "allow"),
    (["--command", "forbidden x"], 2, "deny"),
    (["--tool", "Read", "--path", ".env"], 2, "deny"),
    (["--command", "ls && cat .env"], 2, "deny"),
    (["--command", "rm -rf ~"], 2, "deny"),
    (["--command", "git push origin main"], 3, "ask"),
    (["--command", "frobnicate --all"], 4, "no opinion"),
    (["--command", "ls; frobnicate"], 4, "no opinion"),
]


@pytest.mark.parametrize(("argv", "code", "word"), CODES)
def test_the_exit_code_is_the_decision(
    argv: list[str], code: int, word: str, place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    """0 allow, 2 deny, 3 ask, 4 no opinion, and the first word printed says the same."""
    assert main.run(["check", *place.options, *argv]) == code
    assert capsys.readouterr().out.startswith(f"{word}  ")


FAULTS = [
    ([], 64),
    (["--tool", "Bash"], 64),
    (["--command", "ls", "-"], 64),
    (["--json", "{}", "{}"], 64),
    (["--jsonl", "--command", "ls"], 64),
    (["--profile", "cautious", "--command", "ls"], 64),
    (["--json", "nonsense"], 65),
    (["--json", '{"tool": "Read"}'], 65),
    (["--jsonl", "no-such-file"], 65),
]


@pytest.mark.parametrize(("argv", "code"), FAULTS)
def test_faults_are_no_decision(argv: list[str], code: int, place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """Wrong usage is 64, bad input 65; nothing is printed that could be taken for a decision."""
    assert main.run(["check", *place.options, *argv]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")


@pytest.mark.parametrize("argv", [["--command", "ls"], ["--jsonl", os.devnull]])
def test_a_bad_policy_is_78(argv: list[str], place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """A policy with a fault is reported with its place, and decides nothing."""
    place.policy.write_text('[[allow]]\nid = "a"\ntol = "Bash"\n')
    assert main.run(["check", *place.options, *argv]) == 78
    out, err = capsys.readouterr()
    assert out == ""
    assert f"{place.policy}:3" in err


def test_a_profile_reads_no_file(tmp_path: Path, place: Place) -> None:
    """`--profile` judges by what ships with callgate, whatever files lie about."""
    (place.project / ".callgate.toml").write_text("not toml")
    argv = ["check", "--profile", "cautious", "--home", str(tmp_path), "--project", str(place.project)]
    assert main.run([*argv, "--command", "git status"]) == 0
    assert main.run([*argv, "--command", "rm -rf ~"]) == 2


def test_an_unknown_profile_names_the_known(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """A profile that does not ship is a bad policy, and the message lists those that do."""
    assert main.run(["check", "--profile", "frob", "--home", str(place.home), "--command", "ls"]) == 78
    assert "cautious" in capsys.readouterr().err


def test_nothing_is_logged(place: Place) -> None:
    """A check writes no log, neither where logs are by default nor where the policy puts them."""
    log = place.home / "named.log"
    place.policy.write_text(f'[logging]\nlog_file = "{log}"\nreview_log_file = "{log}"\n' + POLICY)
    assert main.run(["check", *place.options, "--command", "ls"]) == 0
    assert main.run(["check", *place.options, "--command", "rm -rf /"]) == 2
    assert not log.exists()
    assert list(place.home.rglob("*.jsonl")) == []


def test_the_rule_and_its_place_are_named(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """What decided is named with file and line."""
    main.run(["check", *place.options, "--command", "git push"])
    assert f"pushes ({place.policy}:6)" in capsys.readouterr().out


def test_plain_where_there_is_no_terminal(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a terminal there is no escape sequence, also none that the command brought along."""
    main.run(["check", *place.options, "--command", "frob \x1b[31m\u202e"])
    assert "\x1b" not in capsys.readouterr().out


def _jsonl(lines: list[str | bytes], place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> list[Any]:
    path = tmp_path / "calls.jsonl"
    path.write_bytes(b"\n".join(line.encode() if isinstance(line, str) else line for line in lines))
    capsys.readouterr()
    assert main.run(["check", *place.options, "--jsonl", str(path)]) == 0
    out = capsys.readouterr().out
    return [json.loads(line) for line in out.splitlines()]


def test_jsonl_answers_each_line_in_order(place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every line gets one answer with exactly the fields of the contract, in order."""
    rows = _jsonl(
        [
            '{"id": 1, "command": "ls"}',
            '{"id": "two", "tool": "Read", "input": {"file_path": "/x/.env"}}',
            '{"command": "git push"}',
            '{"id": 4, "command": "frobnicate"}',
            '{"id": 5, "command": "rm -rf /"}',
            '{"id": 6, "tool_name": "Bash", "tool_input": {"command": "ls"}, "cwd": "/tmp"}',
        ],
        place,
        tmp_path,
        capsys,
    )
    assert all(list(row) == ["id", "decision", "stage", "rule", "reason", "coverage"] for row in rows)
    found = [(row["id"], row["decision"], row["stage"], row["rule"]) for row in rows]
    assert found[:4] == [
        (1, "allow", 7, "lists"),
        ("two", "deny", 3, "no-secrets"),
        (None, "ask", 6, "pushes"),
        (4, "passthrough", 10, None),
    ]
    assert found[4][:3] == (5, "deny", 1)
    assert isinstance(found[4][3], str)
    assert found[5] == (6, "allow", 7, "lists")


BAD_LINES: list[str | bytes] = ["", "{", "[]", '{"id": 9, "tool": "Read"}', b'{"command": "\xff"}', '{"command": 3}']


def test_jsonl_survives_bad_lines(place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A bad line is an ask that names the fault and the line; the stream goes on and the exit code stays 0."""
    rows = _jsonl([*BAD_LINES, '{"id": "last", "command": "ls"}'], place, tmp_path, capsys)
    assert [row["decision"] for row in rows] == ["ask"] * len(BAD_LINES) + ["allow"]
    assert [row["reason"].split(":")[0] for row in rows[:-1]] == [f"line {n}" for n in range(1, len(BAD_LINES) + 1)]
    assert [row["id"] for row in rows] == [None, None, None, 9, None, None, "last"]
    assert all(row["stage"] is None and row["rule"] is None for row in rows[:-1])


def test_jsonl_answers_before_the_next_line_comes(place: Place) -> None:
    """Each answer is flushed at once: a program may hold the pipe open and ask call by call."""
    process = subprocess.Popen(
        [sys.executable, "-m", "callgate", "check", *place.options, "--jsonl"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"HOME": str(place.home), "PATH": os.environ["PATH"]},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        for number in range(3):
            process.stdin.write(json.dumps({"id": number, "command": "ls"}).encode() + b"\n")
            process.stdin.flush()
            ready, _, _ = select.select([process.stdout], [], [], 60)
            assert ready, "no answer while the pipe is open"
            assert json.loads(process.stdout.readline())["id"] == number
        process.stdin.close()
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_jsonl_takes_many_lines(place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One process answers thousands of lines, one answer each."""
    lines: list[str | bytes] = [json.dumps({"id": n, "command": f"ls dir-{n}"}) for n in range(3000)]
    rows = _jsonl(lines, place, tmp_path, capsys)
    assert [row["id"] for row in rows] == list(range(3000))
    assert {row["decision"] for row in rows} == {"allow"}


def test_the_cwd_and_the_mode_of_a_line_count(place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line is judged where it says that it runs, in the mode that it names."""
    place.policy.write_text(
        '[[allow]]\nid = "planned"\noperations = ["read"]\npath = "<project>/**"\nmode = ["plan"]\n'
    )
    rows = _jsonl(
        [
            '{"command": "cat a.txt", "mode": "plan"}',
            '{"command": "cat a.txt"}',
            json.dumps({"command": "cat a.txt", "mode": "plan", "cwd": str(place.home)}),
        ],
        place,
        tmp_path,
        capsys,
    )
    assert [row["decision"] for row in rows] == ["allow", "passthrough", "passthrough"]
