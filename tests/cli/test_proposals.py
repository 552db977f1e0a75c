"""`callgate proposals`: what a person sees and decides; an agent's text neither moves the cursor nor decides."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from callgate.actor import Actor
from callgate.cli import main, proposing
from callgate.journal.audit import AuditEntry
from callgate.reviewer.proposals import Asked, Proposal, Store, propose

GOLDEN = Path(__file__).parent / "golden"
NOW = 1_800_000_000.0
AGENT = Actor("bot", "agent", "claude-code")
PERSON = Actor("anna", "person", terminal=True)
ANSWER = {
    "changes": ["Would add allow rule 'make-test' to FILE at line 2", "Would add section 'tests' to FILE at line 1"],
    "validation": {"blocking_passed": True, "warnings": [{"type": "broad_pattern", "message": "a whole program"}]},
    "impact_analysis": {"calls": 120, "newly_allowed": 3},
    "diff": "--- a/policy.toml\n+++ b/policy.toml\n@@ -1 +1,4 @@\n # mine\n+[[allow]]\n+id = 'make-test'\n",
}


class World:
    """A home directory with a policy, and a pipeline that remembers what it was asked."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.state = str(home / "state")
        self.target = home / "policy.toml"
        self.target.write_text("# mine\n")
        self.asked: list[Asked] = []
        self.answer: dict[str, Any] = {
            "success": True,
            "changes": ["Added allow rule 'make-test' to FILE at line 2"],
            "rollback_info": {"rollback_command": "callgate apply --json '{}'"},
        }

    def apply(self, asked: Asked) -> dict[str, Any]:
        """Stand in for the pipeline."""
        self.asked.append(asked)
        return self.answer

    def propose(self, answer: dict[str, Any] | None = None, **fields: object) -> Proposal:
        """Store a proposal of an agent."""
        operation = {"operation": "add_rule", "rule_type": "allow", "rule": {"id": "make-test"}, **fields}
        asked = Asked(
            operation, str(self.target), str(self.home), dry_run=False, reason="tests are asked for each time"
        )
        store = Store(self.state, NOW)
        entries: list[AuditEntry] = []
        return propose(store, AGENT, asked, ["allow rule `make-test` is added"], answer or ANSWER, entries.append)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """An empty home, a clock, a person at the terminal, and writing switched on."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DECISION_REVIEWER_ALLOW_WRITES", "1")
    monkeypatch.chdir(tmp_path)
    made = World(tmp_path)
    monkeypatch.setattr(proposing, "open_store", lambda _environ: Store(made.state, NOW + 7200))
    monkeypatch.setattr(proposing, "asking", lambda _environ: PERSON)
    monkeypatch.setattr(proposing, "pipeline", lambda _environ: made.apply)
    return made


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    """Run one command; return its exit code and what it printed."""
    code = main.run(["proposals", *argv])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.mark.parametrize("page", ["list", "show"])
def test_the_page_is_the_golden_one(page: str, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Outside of a terminal the output is plain and aligned."""
    made = world.propose()
    if page == "list":
        world.target.write_text("# changed\n")
        _, text, _ = run(capsys, "list")
    else:
        _, text, _ = run(capsys, "show", made.id)
    text = text.replace(made.id, "p-0123456789ab").replace(str(world.home), "/home/you")
    path = GOLDEN / f"proposals-{page}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")

    assert text == path.read_text(encoding="utf-8")


def test_none(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Without proposals there is one line, and no directory is made."""
    assert run(capsys, "list")[:2] == (0, "no proposals wait for a person\n")
    assert json.loads(run(capsys, "list", "--json")[1]) == []
    assert not Path(world.state).exists()


def test_accept(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """A person accepts: the change is made, what undoes it is shown, and it is in the audit log."""
    made = world.propose()
    code, out, _ = run(capsys, "accept", made.id, "--yes")

    assert code == 0
    assert "Added allow rule 'make-test'" in out
    assert "undo: callgate apply" in out
    assert [one.dry_run for one in world.asked] == [False]
    log = (world.home / ".config/decision-reviewer-audit.log").read_text()
    assert [json.loads(line)["operation"] for line in log.splitlines()] == ["proposal_accept", "proposal_accept"]
    assert "no proposals wait" in run(capsys, "list")[1]
    assert [one["status"] for one in json.loads(run(capsys, "list", "--all", "--json")[1])] == ["accepted"]


@pytest.mark.parametrize("typed", ["n\n", "\n"])
def test_the_question_is_answered_no(typed: str, world: World, capsys: pytest.CaptureFixture[str],
                                     monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """Without `--yes` the change is shown and asked about; no answer is none."""
    import io

    made = world.propose()
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    code, out, _ = run(capsys, "accept", made.id)

    assert code == 1
    assert "+id = 'make-test'" in out
    assert world.asked == []


def test_a_refusal_is_told(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """What the pipeline says against it is shown."""
    made = world.propose()
    world.answer = {"success": False, "error": "1 warning", "details": [{"error": "a whole \x1b[31mprogram"}]}
    code, out, _ = run(capsys, "accept", made.id, "--yes")

    assert code == 1
    assert "refused: 1 warning" in out
    assert "\x1b" not in out


@pytest.mark.parametrize("verb", ["accept", "reject"])
def test_an_agent_is_refused(
    verb: str, world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it says to the command, nothing is decided."""
    made = world.propose()
    monkeypatch.setattr(proposing, "asking", lambda _environ: AGENT._replace(evidence=("the environment has X",)))
    code, _, err = run(capsys, verb, made.id, *(["--yes"] if verb == "accept" else []))

    assert code == 64
    assert "only a person" in err
    assert "the environment has X" in err
    assert world.asked == []


def test_the_gate_is_closed(world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A person, too, throws the switch."""
    made = world.propose()
    monkeypatch.delenv("DECISION_REVIEWER_ALLOW_WRITES")
    code, _, err = run(capsys, "accept", made.id, "--yes")

    assert code == 1
    assert err.startswith("ERROR: Write operations disabled. Set DECISION_REVIEWER_ALLOW_WRITES=1 to enable.\n")
    assert world.asked == []


def test_reject(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """It is gone from the list, and the reason is kept."""
    made = world.propose()
    code, out, _ = run(capsys, "reject", made.id[:8], "--reason", "use the target `check`")

    assert code == 0
    assert out.startswith(f"rejected {made.id}: ")
    assert json.loads(run(capsys, "show", made.id, "--json")[1])["note"] == "use the target `check`"


@pytest.mark.parametrize("argv", [["show", "p-000000"], ["accept", "x", "--yes"], ["reject", "p-"]])
def test_there_is_no_such_proposal(argv: list[str], world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """The message names what was asked for, and what lists them."""
    world.propose()
    code, _, err = run(capsys, *argv)

    assert code == 64
    assert f"there is no proposal `{argv[1]}`" in err
    assert "proposals list" in err


HOSTILE = "\x1b[2J\x1b]0;x\x07[bold red]\u202egnp.exe\r\nfake: line \u200b"


def test_hostile_texts(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """What an agent wrote is shown as text: no escape, no new row, no direction, no markup."""
    answer = {"changes": [f"Would add {HOSTILE}"], "validation": {"warnings": [HOSTILE, 7]}, "impact_analysis":
              {HOSTILE: HOSTILE}, "diff": f"+{HOSTILE}\n"}  # fmt: skip
    made = world.propose(answer, rule={"id": HOSTILE})
    for argv in (["list"], ["show", made.id], ["accept", made.id, "--yes"]):
        _, out, err = run(capsys, *argv)
        assert not {"\x1b", "\x07", "\u202e", "\u200b", "\r"} & set(out + err)
        assert "\nfake" not in out + err


def test_odd_answers(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """A stored answer of any shape is shown as far as it can be."""
    answers: list[dict[str, Any]] = [
        {},
        {"changes": 7, "validation": [], "impact_analysis": "x", "diff": 3},
        {"changes": []},
    ]
    for number, answer in enumerate(answers):
        made = world.propose(answer or {"x": 1}, section=f"s{number}")
        assert run(capsys, "show", made.id)[0] == 0
        assert run(capsys, "list")[0] == 0


def test_secrets_are_masked(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """A key in an operation is applied as it is and shown to nobody."""
    token = "ghp_" + "a1B2" * 9
    made = world.propose({"diff": f"+api_key = '{token}'\n"}, changes={"api_key": token})

    for argv in (["show", made.id], ["show", made.id, "--json"], ["list", "--json"]):
        assert token not in run(capsys, *argv)[1]
