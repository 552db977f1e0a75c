"""The real Claude Code client, a scripted model, and callgate installed as a user installs it.

What ran and what did not is read from four witnesses: the client's own JSON result, the tool results that the
model got back, the file system, and callgate's logs.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from callgate.hook.native import find_compiler

from . import client
from .model_server import FINAL_TEXT, ModelServer, ToolResult, ToolUse
from .world import RULES, SECRET, World, callgate, guarded_world, new_world

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]


class Case(NamedTuple):
    """One call of the script and what must become of it."""

    name: str
    """Also the end of its `tool_use_id`."""
    tool: str
    input: Mapping[str, str]
    """Paths may begin with `{project}` or `{home}`."""
    decision: str
    source: str
    says: str = ""
    """Must stand in what the model gets back."""
    rule: str = ""
    """Id of the rule that must be named in the review log."""

    @property
    def runs(self) -> bool:
        """Whether the tool really does its work; nobody is there to answer a prompt."""
        return self.decision == "allow"

    @property
    def id(self) -> str:
        """The call's `tool_use_id`."""
        return f"toolu_{self.name}"

    def call(self, world: World) -> ToolUse:
        """The call in *world*."""
        where = {"{project}": str(world.project), "{home}": str(world.home)}
        filled = dict(self.input)
        for mark, path in where.items():
            filled = {key: value.replace(mark, path) for key, value in filled.items()}
        return ToolUse(self.id, self.tool, filled)


def _bash(command: str) -> dict[str, str]:
    return {"command": command, "description": "scripted"}


DISARMING = "{project}/.claude/settings.local.json"
CASES = (
    Case("git_status", "Bash", _bash("git status"), "allow", "rule", "notes.txt"),
    Case("read", "Read", {"file_path": "{project}/notes.txt"}, "allow", "rule", "second line"),
    Case("write", "Write", {"file_path": "{project}/made.txt", "content": "made\n"}, "allow", "rule"),
    Case(
        "edit",
        "Edit",
        {"file_path": "{project}/notes.txt", "old_string": "second", "new_string": "2nd"},
        "allow",
        "rule",
    ),
    Case("compound", "Bash", _bash("ls && cat notes.txt | head -1"), "allow", "rule", "first line"),
    Case("wipe_home", "Bash", _bash("rm -rf ~/"), "deny", "guardrail"),
    Case("wipe_home_hidden", "Bash", _bash('ls && bash -c "rm -rf ~/"'), "deny", "guardrail"),
    # A new file: the client itself turns down a Write to a file that was not read, before any hook hears of it.
    Case(
        "disarm_by_tool", "Write", {"file_path": DISARMING, "content": '{"disableAllHooks":true}'}, "deny", "guardrail"
    ),
    Case("disarm_by_shell", "Bash", _bash("echo '{}' > ~/.claude/settings.json"), "deny", "guardrail"),
    Case("secret_by_shell", "Bash", _bash("cat private.txt"), "deny", "rule", "e2e-no-private", "e2e-no-private"),
    Case(
        "secret_by_tool",
        "Read",
        {"file_path": "{project}/private.txt"},
        "deny",
        "rule",
        "e2e-no-private",
        "e2e-no-private",
    ),
    Case(
        "secret_in_list",
        "Bash",
        _bash("git status; head ./x/../private.txt"),
        "deny",
        "rule",
        "e2e-no-private",
        "e2e-no-private",
    ),
    Case("ask_harmless", "Bash", _bash("wc -l notes.txt"), "ask", "rule", "e2e-ask-first", "e2e-ask-first"),
    Case("ask_effect", "Bash", _bash("mkdir asked"), "ask", "rule", "e2e-ask-first", "e2e-ask-first"),
    Case("no_opinion", "Bash", _bash('python3 -c \'open("unruled", "w")\''), "passthrough", "passthrough"),
)


class Outcome(NamedTuple):
    """What one run of the client left behind."""

    world: World
    result: dict[str, Any]
    results: dict[str, ToolResult]
    reviews: dict[str, dict[str, Any]]
    """`tool_use_id` -> review log entry."""

    @property
    def denied(self) -> set[str]:
        """Ids of the calls that the client itself reports as not permitted."""
        return {str(each["tool_use_id"]) for each in self.result["permission_denials"]}


def _play(claude: list[str], world: World, cases: Sequence[Case], *, daemon: bool = False) -> Outcome:
    with ModelServer([[case.call(world)] for case in cases]) as model:
        result = client.run(claude, world.project, world.home, model.url)
    if daemon:
        answered = json.loads(callgate(world, "status", "--json"))["calls"]
        callgate(world, "daemon", "stop")  # what it answered is in the log then
        assert answered > 0
    assert result["result"] == FINAL_TEXT, (result, model.requests)
    return Outcome(world, result, model.results, {str(each["tool_use_id"]): each for each in world.reviews()})


@pytest.fixture(scope="module", params=["in-process", "python", "native"])
def guarded(request: pytest.FixtureRequest, claude: list[str], tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The whole script, played once by each transport with callgate in place."""
    transport = str(request.param)
    if transport == "native" and not find_compiler(os.environ):
        pytest.skip("no C compiler here")
    world = guarded_world(tmp_path_factory.mktemp("guarded"), transport)
    return _play(claude, world, CASES, daemon=transport != "in-process")


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_what_callgate_decides_is_what_happens(guarded: Outcome, case: Case) -> None:
    """The decision in the log, the client's result and what the model gets back say the same of one call."""
    entry = guarded.reviews[case.id]
    back = guarded.results[case.id]

    assert (entry["decision"], entry["decision_source"]) == (case.decision, case.source), entry
    assert back.is_error is not case.runs, back
    assert (case.id in guarded.denied) is not case.runs
    assert case.says in back.content
    if case.rule:
        assert entry["rule_metadata"]["rule_id"] == case.rule


@pytest.mark.parametrize(
    "case", [each for each in CASES if each.decision in ("deny", "ask")], ids=lambda case: case.name
)
def test_the_model_is_told_why(guarded: Outcome, case: Case) -> None:
    """For a deny or an ask, the model gets callgate's own reason, not a refusal of the client's."""
    reason = guarded.reviews[case.id]["reasoning"]

    assert reason
    assert reason in guarded.results[case.id].content


def test_allowed_calls_changed_the_files(guarded: Outcome) -> None:
    """What was allowed has really been done."""
    project = guarded.world.project

    assert (project / "made.txt").read_text() == "made\n"
    assert (project / "notes.txt").read_text() == "first line\n2nd line\n"


def test_stopped_calls_changed_nothing(guarded: Outcome) -> None:
    """What was denied, asked about or left to the client has not been done."""
    world = guarded.world

    assert (world.home / "canary").read_text() == "alive\n"
    assert not (world.project / "asked").exists()
    assert not (world.project / "unruled").exists()
    assert not (world.project / ".claude").exists()
    assert "callgate" in world.settings.read_text()
    assert world.policy.read_text().endswith(RULES)


def test_the_secret_reached_neither_the_model_nor_a_log(guarded: Outcome) -> None:
    """A denied file's content is in no tool result and in no log."""
    told = "".join(result.content for result in guarded.results.values())
    logged = json.dumps([*guarded.world.reviews(), *guarded.world.decisions()])

    assert (guarded.world.project / "private.txt").read_text() == f"PASSWORD={SECRET}\n"
    assert SECRET not in told
    assert SECRET not in logged


def test_every_call_is_logged_once_in_both_logs(guarded: Outcome) -> None:
    """Each call has one line in each log, in the order of the script, under the client's session id."""
    expected = [(case.tool, case.decision) for case in CASES]

    for entries in (guarded.world.decisions(), guarded.world.reviews()):
        assert [(entry["tool_name"], entry["decision"]) for entry in entries] == expected
        assert {entry["session_id"] for entry in entries} == {guarded.result["session_id"]}
    assert [entry["tool_use_id"] for entry in guarded.world.reviews()] == [case.id for case in CASES]


def test_without_callgate_the_client_decides_otherwise(claude: list[str], tmp_path: Path) -> None:
    """The control: with no hook the client refuses the edits and gives the secret away, so the rest is our doing."""
    names = ("write", "secret_by_shell", "secret_by_tool", "ask_harmless")
    cases = [case for case in CASES if case.name in names]
    outcome = _play(claude, new_world(tmp_path), cases)

    assert outcome.denied == {"toolu_write"}
    assert SECRET in outcome.results["toolu_secret_by_shell"].content
    assert SECRET in outcome.results["toolu_secret_by_tool"].content
    assert not outcome.results["toolu_ask_harmless"].is_error
    assert outcome.reviews == {}


def test_a_broken_policy_asks_and_names_the_fault(claude: list[str], tmp_path: Path) -> None:
    """A policy that does not load widens nothing: the call is not run, and the model reads which file is at fault."""
    world = guarded_world(tmp_path)
    world.policy.write_text(world.policy.read_text() + "\n[[deny]\nid = \n")
    cases = [case for case in CASES if case.name in ("write", "wipe_home")]
    outcome = _play(claude, world, cases)

    assert outcome.denied == {"toolu_write", "toolu_wipe_home"}
    assert not (world.project / "made.txt").exists()
    assert (world.home / "canary").exists()
    assert outcome.reviews["toolu_write"]["decision"] == "ask"
    assert "policy.toml" in outcome.results["toolu_write"].content
    assert outcome.reviews["toolu_wipe_home"]["decision_source"] == "guardrail"
