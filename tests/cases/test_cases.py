"""The case corpus: what the gate answers to a call, as data.

One file drives the gate, `callgate check`, the query `match_test` and the hook.

A case is one line of `*.jsonl` beside this file and stands for itself:

- `id` (unique), `why` (one sentence), `profile` (a shipped pack) or `policy` (TOML text);
- `tool` (default `Bash`) with `command` or `input`, and `cwd` (default the project), `mode`;
- `files`: path -> content, or `{"link": target}`; a trailing `/` makes a directory; relative paths lie in the project;
- `decision`, and, where it matters, `rule` or `guardrail`, and `coverage`.

`{home}`, `{project}` and `{name}` (the project relative to the home directory) are filled in everywhere. Cases of one
policy share a home directory; each has a project of its own in it.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, NamedTuple
from unittest import mock

import pytest

import callgate
from callgate.cli import main
from callgate.core.model import ToolCall, Verdict
from callgate.gate import Gate, open_gate
from callgate.reviewer.query.answer import answer
from callgate.reviewer.query.base import Context

if TYPE_CHECKING:
    from collections.abc import Iterator

# One worker for all: the worlds are thousands of directories, and every policy is compiled once for each project.
pytestmark = pytest.mark.xdist_group("cases")

HERE = Path(__file__).parent
MINIMUM = 2135
"""Cases in the corpus. It only grows: raise it with every case that is added."""

DECISIONS = ("allow", "deny", "ask", "passthrough")
FIELDS: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("id", "why", "profile", "policy", "tool", "command", "cwd", "mode"), str),
    **dict.fromkeys(("decision", "rule", "guardrail", "coverage"), str),
    **dict.fromkeys(("input", "files"), dict),
}


class Case(NamedTuple):
    """One line of the corpus."""

    file: str
    row: dict[str, Any]

    @property
    def id(self) -> str:
        """The case's name."""
        return f"{self.file}:{self.row['id']}"

    @property
    def policy(self) -> tuple[str, str]:
        """What decides: (profile, policy text), one of them empty."""
        return self.row.get("profile", ""), self.row.get("policy", "")


class Answer(NamedTuple):
    """What one face answered; every face must give the same."""

    decision: str
    rule: str
    """Id of the rule or guardrail that decided."""
    coverage: str


def _load() -> list[Case]:
    return [
        Case(path.stem, json.loads(line))
        for path in sorted(HERE.glob("*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    ]


CASES = _load()
POLICIES = sorted({case.policy for case in CASES})
NAMES = [f"{name or 'policy'}-{number}" for number, (name, _) in enumerate(POLICIES)]
LARGEST = [
    *(policy for policy in POLICIES if policy[0]),
    Counter(case.policy for case in CASES if not case.policy[0]).most_common(1)[0][0],
]
"""For `check` as a process: the profiles, and the policy file with most cases."""

SAMPLE = list({(case.file, case.row.get("decision")): case for case in reversed(CASES)}.values())
"""For the hook as a process: one case of each decision in each file."""


class Seen(NamedTuple):
    """What the gate and the query `match_test` say of a case."""

    answer: Answer
    verdict: Verdict
    error: str
    queried: Any
    """The result of the query."""


# The worlds that cases are judged in


class World:
    """A home directory with a project for every case of one policy."""

    def __init__(self, root: Path, policy: tuple[str, str]) -> None:
        self.home = root / "home"
        self.home.mkdir()
        self.profile, text = policy
        self.config = root / "policy.toml"
        if self.profile:
            # The hook knows no profiles: there the pack is a policy file like any other.
            self.config = Path(callgate.__file__).parent / "policy" / "packs" / f"{self.profile}.toml"
        else:
            self.config.write_text(self._fill(text, ""), "utf-8")
        self.environ = {"HOME": str(self.home), "PATH": os.environ["PATH"]}
        self._seen: dict[str, Seen] = {}
        for case in CASES:
            if case.policy == policy:
                self._furnish(case)

    @functools.cached_property
    def gate(self) -> Gate:
        """The gate of this world, in this process."""
        config = "" if self.profile else str(self.config)
        return open_gate(self.environ, str(self.home), config=config, profile=self.profile, home=str(self.home))

    def see(self, case: Case) -> Seen:
        """Judge a case, once: each has a project of its own, for which the policy is compiled anew."""
        if case.id not in self._seen:
            call = self.call(case)
            found = self.gate.examine(call)
            rule = found.verdict.rule.id if found.verdict.rule else found.verdict.guardrail
            query = {"type": "match_test", "tool": call.tool, "input": call.input, "cwd": call.cwd, "mode": call.mode}
            queried = answer(json.dumps(query).encode(), lambda now: Context(self.gate, now))["result"]
            verdict = found.verdict
            self._seen[case.id] = Seen(Answer(verdict.decision, rule, verdict.coverage), verdict, found.error, queried)
        return self._seen[case.id]

    def call(self, case: Case) -> ToolCall:
        """The tool call of a case with its placeholders filled in."""
        row = self._filled(case.row, case)
        tool_input = row.get("input") or {"command": row["command"]}
        cwd = os.path.join(self.project(case), row.get("cwd", ""))
        return ToolCall(row.get("tool", "Bash"), tool_input, cwd.rstrip("/") or "/", mode=row.get("mode", "default"))

    def project(self, case: Case) -> str:
        """The project of a case."""
        return str(self.home / self.name(case))

    def name(self, case: Case) -> str:
        """The project of a case, relative to the home directory."""
        return f"{case.file}-{case.row['id']}/proj"

    def _furnish(self, case: Case) -> None:
        project = Path(self.project(case))
        (project / ".git").mkdir(parents=True)
        for name, content in self._filled(case.row.get("files", {}), case).items():
            path = project / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if name.endswith("/"):
                path.mkdir(exist_ok=True)
            elif isinstance(content, dict):
                path.symlink_to(content["link"])
            else:
                assert not path.exists(), f"{case.id}: `{name}` is another case's"
                path.write_text(content, "utf-8")

    def _filled(self, value: Any, case: Case) -> Any:  # noqa: ANN401 - JSON values
        if isinstance(value, str):
            return self._fill(value, self.name(case))
        if isinstance(value, list):
            return [self._filled(one, case) for one in value]
        if isinstance(value, dict):
            return {self._filled(key, case): self._filled(one, case) for key, one in value.items()}
        return value

    def _fill(self, text: str, name: str) -> str:
        return (
            text.replace("{project}", f"{self.home}/{name}").replace("{home}", str(self.home)).replace("{name}", name)
        )


Worlds = Callable[[tuple[str, str]], World]


@pytest.fixture(scope="module")
def world() -> Iterator[Worlds]:
    """Make worlds, each once. Not in pytest's own directory: that lies in `/tmp`, which profiles treat as scratch."""
    with tempfile.TemporaryDirectory(prefix="callgate-cases-", dir="/var/tmp") as root:

        @functools.cache
        def make(policy: tuple[str, str]) -> World:
            place = Path(os.path.realpath(root)) / str(POLICIES.index(policy))
            place.mkdir()
            return World(place, policy)

        yield make


def _expected(case: Case, answer: Answer) -> Answer:
    """Return what the case expects; what it leaves open is as answered."""
    row = case.row
    rule = row.get("rule", row.get("guardrail", answer.rule))
    return Answer(row["decision"], rule, row.get("coverage", answer.coverage))


# The corpus itself


def test_cases_are_well_formed() -> None:
    """A case has known fields of the right type, one policy, one call, a decision, and says why."""
    for case in CASES:
        row = case.row
        assert set(row) <= set(FIELDS), case.id
        assert all(isinstance(value, FIELDS[name]) for name, value in row.items()), case.id
        assert ("profile" in row) != ("policy" in row), case.id
        assert ("command" in row) != ("input" in row), case.id
        assert "rule" not in row or "guardrail" not in row, case.id
        assert row["decision"] in DECISIONS, case.id
        assert row.get("coverage", "full") in {"full", "partial"}, case.id
        assert row["why"] == row["why"].strip(), case.id
        assert len(row["why"].split()) > 1, case.id
        assert row["why"].endswith("."), case.id
        assert (row["decision"], row.get("coverage")) != ("allow", "partial"), case.id


def test_the_ids_are_unique() -> None:
    """No two cases share an id."""
    assert [name for name, count in Counter(case.id for case in CASES).items() if count > 1] == []


def test_the_corpus_does_not_shrink() -> None:
    """There are at least as many cases as ever, and every decision is well represented."""
    assert len(CASES) >= MINIMUM
    decisions = Counter(case.row["decision"] for case in CASES)
    assert all(decisions[decision] >= 20 for decision in DECISIONS), decisions


def test_every_guardrail_has_its_cases() -> None:
    """Each guardrail trips in three cases at least; near misses stand beside them in `guardrails.jsonl`."""
    from callgate.engine.guardrails import GUARDRAILS

    tripped = Counter(case.row.get("guardrail") for case in CASES)
    assert {guardrail.id: tripped[guardrail.id] for guardrail in GUARDRAILS if tripped[guardrail.id] < 3} == {}
    misses = Counter(
        case.row["id"].rsplit("-", 2)[0]
        for case in CASES
        if case.file == "guardrails" and case.row["id"].rsplit("-", 2)[1] == "not"
    )
    assert {guardrail.id: misses[guardrail.id] for guardrail in GUARDRAILS if misses[guardrail.id] < 3} == {}


# The faces


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_gate(case: Case, world: Worlds) -> None:
    """The gate answers as the case says; a guardrail is named as such, a rule as a rule."""
    seen = world(case.policy).see(case)
    assert not seen.error
    assert seen.answer == _expected(case, seen.answer), seen.verdict.reason
    assert bool(seen.verdict.guardrail) == ("guardrail" in case.row)


def _check(here: World, policy: tuple[str, str], words: list[str], capfd: pytest.CaptureFixture[str]) -> bytes:
    """Run `callgate check` in *here*: as a process for the largest policies, which each take many cases."""
    if policy in LARGEST:
        command = [sys.executable, "-I", "-m", "callgate", *words]
        done = subprocess.run(command, capture_output=True, env=here.environ, cwd=here.home, timeout=120, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
        return done.stdout
    with contextlib.chdir(here.home), mock.patch.dict(os.environ, here.environ, clear=True):
        assert main.run(words) == 0
    out, err = capfd.readouterr()
    assert err == ""
    return out.encode()


@pytest.mark.parametrize("policy", POLICIES, ids=NAMES)
def test_check_agrees(
    policy: tuple[str, str], world: Worlds, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """`callgate check --jsonl`, one run for all cases of a policy, answers what the gate answers."""
    here: World = world(policy)
    cases = [case for case in CASES if case.policy == policy]
    lines = []
    for case in cases:
        call = here.call(case)
        lines.append({"id": case.id, "tool": call.tool, "input": call.input, "cwd": call.cwd, "mode": call.mode})
    calls = tmp_path / "calls.jsonl"
    calls.write_text("".join(json.dumps(line) + "\n" for line in lines))
    chosen = ["--profile", here.profile] if here.profile else ["--config", str(here.config)]
    out = _check(here, policy, ["check", "--jsonl", str(calls), "--home", str(here.home), *chosen], capfd)
    rows = [json.loads(line) for line in out.splitlines()]
    assert [row["id"] for row in rows] == [case.id for case in cases]
    answers = {row["id"]: Answer(row["decision"], row["rule"] or "", row["coverage"]) for row in rows}
    assert answers == {case.id: here.see(case).answer for case in cases}
    assert [one for one in cases if answers[one.id] != _expected(one, answers[one.id])] == []


@pytest.mark.parametrize("policy", POLICIES, ids=NAMES)
def test_match_test_agrees(policy: tuple[str, str], world: Worlds) -> None:
    """The query `match_test` answers what the gate answers to every case, and names the rule where it is written."""
    for case in [case for case in CASES if case.policy == policy]:
        expected, verdict, _, found = world(policy).see(case)
        rule = found["matched_rule"]
        named = rule["id"] if rule else found.get("guardrail", "")
        assert Answer(found["decision"], named, found["coverage"]) == expected, case.id
        assert found["would_match"] == bool(expected.rule), case.id
        assert ("guardrail" in found) == bool(verdict.guardrail), case.id
        assert (rule and (rule["type"], rule["source_file"], rule["source_line"])) == (
            verdict.rule and (verdict.rule.action, verdict.rule.source.file, verdict.rule.source.line)
        ), case.id


@pytest.mark.parametrize("case", SAMPLE, ids=lambda case: case.id)
def test_the_hook_agrees(case: Case, world: Worlds) -> None:
    """The hook as a process prints the decision byte for byte and logs the rule and the coverage of the gate."""
    here: World = world(case.policy)
    call = here.call(case)
    message = {
        "session_id": "s", "transcript_path": "/x", "cwd": call.cwd, "hook_event_name": "PreToolUse",
        "tool_name": call.tool, "tool_input": call.input, "tool_use_id": case.id, "permission_mode": call.mode,
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-I", "-m", "callgate", "hook", "--config", str(here.config)],
        input=json.dumps(message).encode(), capture_output=True, env=here.environ, cwd=here.home, timeout=60,
        check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    expected = here.see(case).answer
    log = here.home / ".local/state/callgate/review.jsonl"
    entry = json.loads(log.read_bytes().splitlines()[-1])
    assert entry["tool_use_id"] == case.id
    rule = entry["guardrail"] or (entry.get("rule_metadata") or {}).get("rule_id") or ""
    assert Answer(entry["decision"], rule, entry["coverage"]) == expected
    if expected.decision == "passthrough":
        assert done.stdout == b""
        return
    reason = json.loads(done.stdout)["hookSpecificOutput"]["permissionDecisionReason"]
    assert done.stdout == (
        '{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"' + expected.decision
        + '","permissionDecisionReason":' + json.dumps(reason) + '},"suppressOutput":true}\n'
    ).encode()  # fmt: skip
    assert reason
