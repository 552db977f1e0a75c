"""Cases: what passes and what fails, which rules a case covers, and that a broken gate never passes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.reviewer.policytest.collect import Suite, Wanted, collect
from callgate.reviewer.policytest.model import Report
from callgate.reviewer.policytest.run import run

if TYPE_CHECKING:
    from callgate.reviewer.policytest.model import Result

POLICY = """
[[allow]]
id = "looks"
command = "git (status|log) *"
examples = { match = ["git log -1", "git status && git log"], no_match = ["git push"] }

[[allow]]
id = "reads"
operations = ["read"]
path = "<project>/**"

[[ask]]
id = "pushes"
command = "git push *"

[[deny]]
id = "env-files"
path = "**/.env"
"""

FIXTURES = """
[fixtures]
files = { "a.py" = "", ".env" = "", "~/x" = "" }
links = { "l" = "/etc/passwd" }
"""

PARTS = [
    "ls",
    "cat a.py",
    "cat .env",
    "git status",
    "git push",
    "cat l",
    "frob",
    "rm -rf ~",
    "cat ~/x",
    "echo $(",
    "X=1",
]
JOINS = st.lists(st.sampled_from(PARTS), min_size=1, max_size=3).map(" && ".join)

OTHER = {
    "decision": "neither",
    "rule": "another",
    "guardrail": "another",
    "stage": 5,
    "coverage": "neither",
    "reason_contains": "neither this nor that",
}
"""Field -> a value that no verdict has; `decision` and `coverage` take the words that are left."""


def judge(tmp_path: Path, cases: str, *, policy: str = POLICY, fixtures: str = FIXTURES, wanted: str = "") -> Report:
    """Run *cases* against *policy*."""
    (tmp_path / "p.toml").write_text(policy, "utf-8")
    (tmp_path / "p.test.toml").write_text(fixtures + cases, "utf-8")
    suites, _ = collect(Wanted([str(tmp_path / "p.toml")]), str(tmp_path))
    return run(suites, wanted)


def last(report: Report) -> Result:
    """The result of the last case."""
    return report.all[-1]


def written(command: str, **expected: object) -> str:
    """A case as TOML; JSON strings and numbers are TOML, too."""
    rows = [f"{name} = {json.dumps(value)}" for name, value in {"command": command, **expected}.items()]
    return "\n".join(["[[case]]", *rows, ""])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One directory for all examples of the law."""
    return tmp_path_factory.mktemp("law")


@given(JOINS)
def test_what_the_gate_says_passes_and_nothing_else_does(place: Path, command: str) -> None:
    """A case made from the gate's own answer passes, and fails with any single expectation changed."""
    seen: Result = last(judge(place, written(command)))
    truth: dict[str, object] = {"decision": seen.decision, "reason_contains": seen.reason}
    verdict = _verdict(place)
    truth |= {"stage": verdict["stage"], "coverage": verdict["coverage"]}
    truth |= {name: verdict[name] for name in ("rule", "guardrail") if verdict[name]}
    assert last(judge(place, written(command, **truth))).mismatches == ()
    for field, value in OTHER.items():
        if field in {"rule", "guardrail"} and field not in truth:
            continue
        wrong = value
        if field == "decision":
            wrong = [word for word in ("allow", "deny", "ask", "passthrough") if word != seen.decision]
        elif field == "coverage":
            wrong = "partial" if verdict["coverage"] == "full" else "full"
        elif field == "stage" and verdict["stage"] == value:
            wrong = 4
        result = last(judge(place, written(command, **{**truth, field: wrong})))
        assert [one.field for one in result.mismatches] == [field.removesuffix("_contains")]


def _verdict(place: Path) -> dict[str, object]:
    from callgate.gate import Given, open_gate
    from callgate.reviewer.policytest.fixtures import build

    suite: Suite = collect(Wanted([str(place / "p.toml")]), str(place))[0][0]
    file = suite.files[0]
    with build(file.fixture) as tree:
        gate = open_gate(
            {}, file.fixture.project, home=file.fixture.home, project=file.fixture.project, managed="",
            given=Given(suite.loaded, tree),
        )  # fmt: skip
        found = gate.decide(file.cases[-1].call)
    rule = found.rule.id if found.rule else ""
    return {"stage": found.stage, "coverage": found.coverage, "rule": rule, "guardrail": found.guardrail}


@pytest.mark.parametrize("extra", ['rule = "reads"\n', 'coverage = "full"\nstage = 7\n', ""])
def test_a_case_without_a_decision_fails(extra: str, tmp_path: Path) -> None:
    """Whatever else it expects, a case that expects no decision fails and says so."""
    result = last(judge(tmp_path, '[[case]]\ncommand = "cat a.py"\n' + extra))
    assert not result.passed
    assert result.mismatches[0].expected == "something: the case has no `decision`"


def test_an_allow_may_be_by_several_rules(tmp_path: Path) -> None:
    """Each rule that covers some part of an allowed call may be the expected one; a rule beside it may not."""
    for rule, passes in (("looks", True), ("reads", True), ("pushes", False)):
        result = last(judge(tmp_path, written("git status && cat a.py", decision="allow", rule=rule)))
        assert result.passed is passes


def test_a_failure_of_the_gate_passes_for_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A gate that fails asks; a case that expects *ask* fails then, and shows what happened."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError("boom")

    monkeypatch.setattr("callgate.gate.decide", broken)
    result = last(judge(tmp_path, written("git push", decision="ask")))
    assert result.decision == "ask"
    assert "ZeroDivisionError: boom" in result.mismatches[0].got


def coverage_of(report: Report) -> dict[str, int]:
    """Rule -> passing cases."""
    return {rule.id: rule.hits for rule in report.coverage[0].rules}


def test_which_rules_a_case_covers(tmp_path: Path) -> None:
    """Deciding rules of passing cases count, `match` examples too; failing cases and `no_match` examples do not."""
    assert coverage_of(judge(tmp_path, "")) == {"looks": 2, "reads": 0, "pushes": 0, "env-files": 0}
    cases = written("git status && cat a.py", decision="allow") + written("git push", decision="deny")
    cases += written("cat .env && git push", decision="deny")
    assert coverage_of(judge(tmp_path, cases)) == {"looks": 3, "reads": 1, "pushes": 0, "env-files": 1}


def test_rules_that_cannot_decide_do_not_count(tmp_path: Path) -> None:
    """Disabled and expired rules are no part of the coverage; rules that only warn or log are covered by matching."""
    policy = """
[[deny]]
id = "off"
command = "a *"
enabled = false
[[deny]]
id = "old"
command = "b *"
expires = 2020-01-01T00:00:00Z
[[deny]]
id = "warns"
command = "c *"
level = "warn"
[[deny]]
id = "logs"
command = "c *"
level = "shadow"
[[deny]]
id = "quiet"
command = "d *"
level = "warn"
"""
    report = judge(tmp_path, written("c x", decision="passthrough"), policy=policy)
    assert coverage_of(report) == {"warns": 1, "logs": 1, "quiet": 0}
    assert round(report.coverage[0].percent) == 67


def test_the_share_by_action(tmp_path: Path) -> None:
    """The share is counted for all rules and for each action; a policy without rules is covered."""
    found = judge(tmp_path, written("git push", decision="ask")).coverage[0]
    assert (found.share(), found.share("allow"), found.share("ask"), found.share("deny")) == (
        (2, 4),
        (1, 2),
        (1, 1),
        (0, 1),
    )
    assert judge(tmp_path, "", policy="").coverage[0].percent == 100


def test_examples_are_cases(tmp_path: Path) -> None:
    """Each example is a case named after its rule; a wrong one fails on its own."""
    policy = POLICY.replace('["git push"]', '["git push", "git log"]')
    report = judge(tmp_path, "", policy=policy)
    assert [(one.name, one.passed) for one in report.all] == [
        ("looks: match 1", True),
        ("looks: match 2", True),
        ("looks: no_match 1", True),
        ("looks: no_match 2", False),
    ]
    assert last(report).mismatches[0] == ("example", "no match", "a match")


def test_a_filter_looks_at_names_calls_and_files(tmp_path: Path) -> None:
    """Text is found in whatever case, and a part of the cases says nothing about coverage."""
    cases = written("git push", decision="ask", name="Sends") + written("cat a.py", decision="allow")
    for wanted, count in (
        ("sends", 1),
        ("A.PY", 1),
        ("git", 4),
        ("p.test", 2),
        ("p.toml", 3),
        ("zz", 0),
        ("looks: match", 2),
    ):
        report = judge(tmp_path, cases, wanted=wanted)
        assert len(report.all) == count, wanted
        assert report.coverage == ()


def test_logs_of_the_policy_are_where_the_fixture_has_its_home(tmp_path: Path) -> None:
    """A log file below `~` is guarded below the fixture's home directory, not below the tester's."""
    policy = '[logging]\nlog_file = "~/logs/calls.jsonl"\n[[allow]]\nid = "a"\npath = "~/**"\noperations = ["write"]\n'
    case = written("echo x > ~/logs/calls.jsonl", decision="deny", stage=2)
    assert last(judge(tmp_path, case, policy=policy)).passed


def test_two_names_that_one_file_system_takes_for_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fixture that cannot be made is a fault of the test file, not of callgate."""
    from callgate.reviewer.policytest.model import BadTestFileError

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("callgate.reviewer.policytest.fixtures.os.symlink", full)
    with pytest.raises(BadTestFileError, match="cannot be made: No space left on device"):
        judge(tmp_path, written("ls", decision="allow"))
