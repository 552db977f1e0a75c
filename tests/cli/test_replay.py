"""`callgate replay`: its output, its exit codes, and what it refuses.

`UPDATE_GOLDEN=1 pytest tests/cli/test_replay.py` rewrites the pages in tests/cli/golden; read the difference.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Iterator

import pytest

from callgate.cli import main, reviewer
from callgate.core.model import ToolCall
from callgate.gate import open_gate
from callgate.journal.outcomes import Outcome, record

GOLDEN = Path(__file__).parent / "golden"

POLICY = """
[[allow]]
id = "read-project"
operations = ["read"]
path = "<project>/**"

[[ask]]
id = "push-asks"
command = "git push *"
"""

MAKE = json.dumps({"rule_type": "allow", "rule": {"id": "run-make", "command": "make *"}})
HOSTILE = "make \x1b[2J\u202e[bold]x[/bold] \x07"
COMMANDS = ("ls src", "make all", "make all", HOSTILE, "git push origin main", "git push origin main; make all", "ls")


class Place:
    """A home with a policy and a log, and a project."""

    def __init__(self, root: Path) -> None:
        self.home, self.project = root / "home", root / "project"
        self.log = self.home / ".local/state/callgate/review.jsonl"
        (self.project / "src").mkdir(parents=True)
        policy = self.home / ".config/callgate/policy.toml"
        policy.parent.mkdir(parents=True)
        policy.write_text(POLICY)
        gate = open_gate({"HOME": str(self.home)}, str(self.project), managed="", project=str(self.project))
        for command in COMMANDS:
            gate.answer(ToolCall("Bash", {"command": command}, str(self.project)))
        gate.answer(ToolCall("Edit", {"file_path": f"{self.project}/src/a.py"}, str(self.project)))
        self.options = ["--home", str(self.home), "--log", str(self.log)]


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A world of its own; the command runs in its project. Its name is short: long paths are cut in what is shown."""
    with tempfile.TemporaryDirectory(prefix="r") as folder:
        made = Place(Path(folder).resolve())
        monkeypatch.chdir(made.project)
        yield made
        monkeypatch.undo()


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    """Run a command line; return the exit code, stdout and stderr."""
    code = main.run(["replay", *argv])
    done = capsys.readouterr()
    return code, done.out, done.err


def as_json(capsys: pytest.CaptureFixture[str], *argv: str) -> dict[str, Any]:
    """Run with `--json`; return the object."""
    code, out, err = run(capsys, "--json", *argv)
    assert (code, err) == (0, "")
    decoded: dict[str, Any] = json.loads(out)
    return decoded


def test_golden(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """The page names what was replayed, what changes and by which rule; hostile text cannot draw."""
    deny = json.dumps({"rule_type": "deny", "rule": {"id": "no-make", "command": "make *"}})
    code, out, err = run(capsys, *place.options, "--with-rule", deny, "--without-rule", "push-asks")
    assert (code, err) == (0, "")
    text = out.replace(str(place.project.parent), "/tmp/scratch")
    if os.environ.get("UPDATE_GOLDEN"):
        (GOLDEN / "replay.txt").write_text(text, encoding="utf-8")
    assert text == (GOLDEN / "replay.txt").read_text(encoding="utf-8")
    assert "\x1b" not in out
    assert "\u202e" not in out


def test_json(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """One object with exact counts; every text of a call is as it was logged."""
    found = as_json(capsys, *place.options, "--with-rule", MAKE, "--samples", "9")
    assert (found["calls"], found["distinct"], found["changed"]) == (8, 7, 2)
    (group,) = found["newly_allowed"]["groups"]
    assert [(one["text"], one["count"], one["was"]) for one in group["examples"]] == [("make all", 2, "passthrough")]
    deny = as_json(capsys, *place.options, "--with-rule", MAKE.replace("allow", "deny"))
    assert HOSTILE in {one["text"] for group in deny["newly_denied"]["groups"] for one in group["examples"]}
    assert found["decided_differently_than_logged"] == 0


@pytest.mark.parametrize(
    ("fail_on", "code"),
    [
        (["newly-allowed"], 1), (["newly-denied"], 0), (["newly-asked"], 0), (["no-longer-decided"], 0),
        (["contradictions"], 0), (["any"], 1), (["newly-denied", "newly-allowed"], 1), ([], 0),
    ],
    ids=str,
)  # fmt: skip
def test_fail_on(place: Place, capsys: pytest.CaptureFixture[str], fail_on: list[str], code: int) -> None:
    """The exit code is 1 exactly when something is found that was named."""
    options = [word for one in fail_on for word in ("--fail-on", one)]
    assert run(capsys, *place.options, "--with-rule", MAKE, *options)[0] == code


def test_without_a_change_today_meets_what_was_logged(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """The policy that logged it changes nothing; another one does, and that is what it is compared with."""
    found = as_json(capsys, *place.options)
    assert (found["baseline"], found["changed"]) == ("logged", 0)
    (place.home / ".config/callgate/policy.toml").write_text('[[deny]]\nid = "no-make"\ncommand = "make *"\n')
    found = as_json(capsys, *place.options)
    assert found["newly_denied"]["count"] == 4
    assert found["no_longer_decided"]["count"] == 3


def test_other_policies(place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file, a profile, and a rule less, each in place of today's policy."""
    other = tmp_path / "other.toml"
    other.write_text('[[deny]]\nid = "all"\noperations = ["read"]\n')
    assert as_json(capsys, *place.options, "--policy", str(other))["newly_denied"]["count"] >= 2
    assert as_json(capsys, *place.options, "--profile", "standard")["newly_allowed"]["count"] >= 1
    found = as_json(capsys, *place.options, "--without-rule", "push-asks")
    assert (found["changed"], found["no_longer_decided"]["count"]) == (2, 2)


def test_a_trace(place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A plain list of commands: decided by today's policy, or compared with another; what is no call is counted."""
    trace = tmp_path / "trace.jsonl"
    lines = [{"command": "ls", "cwd": str(place.project)}, {"command": "make", "cwd": str(place.project)}, {"x": 1}]
    trace.write_text("\n".join(map(json.dumps, lines)) + "\n")
    options = ("--home", str(place.home), "--trace", str(trace))
    plain = as_json(capsys, *options)
    assert (plain["baseline"], plain["calls"], plain["without_observation"]) == ("none", 2, 2)
    assert plain["left_out"]["not_understood"] == 1
    assert plain["decisions"]["after"] == {"allow": 1, "deny": 0, "ask": 0, "passthrough": 1}
    assert as_json(capsys, *options, "--with-rule", MAKE)["newly_allowed"]["count"] == 1


def test_transcripts(place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a person refused in Claude Code and the policy allows is told first."""
    folder = tmp_path / "projects"
    folder.mkdir()
    block = {"type": "tool_use", "id": "1", "name": "Bash", "input": {"command": "ls src"}}
    refused = {
        "type": "tool_result",
        "tool_use_id": "1",
        "is_error": True,
        "content": "The user doesn't want to proceed",
    }
    messages = [{"cwd": str(place.project), "message": {"content": [one]}} for one in (block, refused)]
    (folder / "a.jsonl").write_text("\n".join(map(json.dumps, messages)))
    options = ("--home", str(place.home), "--transcripts", str(folder))
    found = as_json(capsys, *options)
    assert found["contradictions"]["count"] == 1
    assert found["notes"] == ["1 transcripts with 1 calls"]
    assert run(capsys, *options, "--fail-on", "contradictions")[0] == 1


def test_what_a_person_approved(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """A call that asked and ran after all was approved: to deny it now is told before everything else."""
    gate = open_gate({"HOME": str(place.home)}, str(place.project), managed="", project=str(place.project))
    call = ToolCall("Bash", {"command": "git push upstream"}, str(place.project), "s1", "u1")
    gate.answer(call)
    outcome = Outcome("ran", "s1", "Bash", call.input, tool_use_id="u1", attended=True)
    assert record(gate.places.outcomes_file, outcome, now=time.time()) == ""
    deny = json.dumps({"rule_type": "deny", "rule": {"id": "no-push", "command": "git push *"}})
    code, out, _ = run(capsys, *place.options, "--with-rule", deny, "--fail-on", "contradictions")
    assert code == 1
    lines = out.splitlines()
    first = lines.index("against a person's decision: 1 call")
    assert "newly denied, a person approved it: git push" in lines[first + 1]
    assert "git push upstream" in lines[first + 2]
    (group,) = as_json(capsys, *place.options, "--with-rule", deny)["contradictions"]["groups"]
    assert (group["kind"], group["person"], group["count"]) == ("newly_denied", "approved", 1)
    query = json.dumps({"type": "impact", **json.loads(deny)})
    assert main.run(["query", query, "--home", str(place.home), "--log", str(place.log)]) == 0
    assert json.loads(capsys.readouterr().out)["result"]["contradictions"]["count"] == 1


@pytest.mark.parametrize(
    ("argv", "code", "message"),
    [
        (["--policy", "a", "--profile", "standard"], 64, "`--policy` and `--profile` exclude each other"),
        (["--profile", "cautious", "--with-rule", MAKE], 64, "exclude each other"),
        (["--trace", "a", "--transcripts", "b"], 64, "`--trace` and `--transcripts` exclude each other"),
        (["--baseline", "current"], 64, "compared with itself"),
        (["--trace", "a", "--baseline", "logged"], 64, "holds no decisions"),
        (["--with-rule", "{"], 64, "`--with-rule` is not JSON"),
        (["--since", "soon"], 64, "`--since soon` is no time"),
        (["--with-rule", "{}"], 78, "`rule_type` is missing"),
        (["--without-rule", "push"], 78, "no rule has the id"),
        (["--profile", "none"], 78, "no profile is called `none`"),
        (["--policy", "missing.toml"], 78, "does not exist"),
        (["--trace", "missing"], 65, "no such file"), (["--log", "missing"], 65, "no such file"),
        (["--transcripts", "missing"], 65, "cannot read"), (["--log", "."], 65, "not a regular file"),
        (["--fail-on", "everything"], 64, "everything"), (["--jobs", "-1"], 64, "--jobs"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)  # fmt: skip
def test_what_is_refused(
    place: Place, capsys: pytest.CaptureFixture[str], argv: list[str], code: int, message: str
) -> None:
    """Wrong options, unreadable calls and bad policies each have their exit code and say what is wrong."""
    found, out, err = run(capsys, "--home", str(place.home), *argv)
    assert (found, out) == (code, "")
    assert message in err


def test_a_rule_that_is_not_in_force_is_told(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """Asked about a rule that is switched off, the answer says so instead of 'nothing changes'."""
    off = json.dumps({"rule_type": "allow", "rule": {"id": "x", "command": "make *", "enabled": False}})
    assert "not in force" in as_json(capsys, *place.options, "--with-rule", off)["notes"][0]


def test_what_nobody_looked_for_is_told(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """A new pattern that means files at any depth was not looked for below recursive reads: the report says so."""
    rules = [{"rule_type": "deny", "rule": {"id": "x", "path": [path]}} for path in ("**/*.key", "/etc/x")]
    notes = [as_json(capsys, *place.options, "--with-rule", json.dumps(rule))["notes"] for rule in rules]
    assert [len(one) for one in notes] == [1, 0]
    assert "not searched for `**/*.key`" in notes[0][0]


def test_the_existing_name(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """`decision_reviewer replay` is the same command."""
    assert reviewer.run(["replay", "--json", *place.options]) == 0
    assert json.loads(capsys.readouterr().out)["calls"] == 8


def test_a_real_process_with_two_workers(place: Place) -> None:
    """The installed program starts its workers, and tells what one process alone tells."""
    lines = place.log.read_bytes()
    place.log.write_bytes(lines * (5_000_000 // len(lines)))
    words = [sys.executable, "-m", "callgate", "replay", "--json", "--with-rule", MAKE, *place.options, "--jobs"]
    reports = []
    for jobs in ("1", "2"):
        done = subprocess.run([*words, jobs], capture_output=True, timeout=120, check=True, cwd=place.project)
        assert done.stderr == b""
        reports.append(json.loads(done.stdout))
    assert reports[0] == reports[1]
    assert reports[0]["distinct"] == 7
    assert reports[0]["calls"] == 8 * (5_000_000 // len(lines))


def test_workers_import_nothing_from_the_project(place: Place, tmp_path: Path) -> None:
    """A module in the project that is called like one of Python's is not what a worker starts with."""
    marker = tmp_path / "marker"
    for name in ("multiprocessing", "json", "callgate", "signal", "sitecustomize"):
        (place.project / f"{name}.py").write_text(f"open({str(marker)!r}, 'w')\n")
    lines = place.log.read_bytes()
    place.log.write_bytes(lines * (5_000_000 // len(lines)))
    program = Path(sys.executable).parent / "callgate"
    words = [str(program), "replay", "--json", *place.options, "--jobs", "2"]
    done = subprocess.run(words, capture_output=True, timeout=120, check=True, cwd=place.project)
    assert json.loads(done.stdout)["distinct"] == 7
    assert not marker.exists()


def test_ctrl_c(place: Place) -> None:
    """Interrupted, it ends with 130 and says nothing more."""
    words = [sys.executable, "-m", "callgate", "replay", "--trace", "-", "--home", str(place.home)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(b'{"command": "ls"}\n' * 200_000)  # more than the pipe holds: it is reading by then
        process.stdin.flush()
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, b"", b"")
