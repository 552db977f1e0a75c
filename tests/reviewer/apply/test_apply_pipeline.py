"""What `apply` does beyond one answer: who may, what is recorded, what hostile operations come to."""

from __future__ import annotations

import json
import time
import tomllib
from pathlib import Path

import pytest
from apply_lab import AGENT, Lab, add_allow, make_lab

from callgate.host import places
from callgate.policy.loader import read_trust
from callgate.reviewer.apply import pipeline, plan
from callgate.reviewer.apply.boundary import answered
from callgate.reviewer.apply.lock import hold
from callgate.reviewer.apply.state import station

USER = "~/.config/callgate/policy.toml"


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """A user policy, and a project in Git."""
    return make_lab(tmp_path, git=True)


def test_a_change_is_in_the_audit_log_with_who_and_why(lab: Lab) -> None:
    """The entry of a change has the actor, the reason, the rules, the difference and the commit."""
    answer = lab.apply(add_allow(), AGENT, reason="the build")
    entry = lab.audit()[-1]
    assert entry["operation"] == "add_rule"
    assert entry["success"] is True
    assert entry["dry_run"] is False
    assert entry["actor"]["kind"] == "agent"
    assert entry["reason"] == "the build"
    assert entry["rule_ids"] == ["make"]
    assert '+id = "make"' in entry["diff"]
    assert entry["commit"] == answer["rollback_info"]["commit"]


def test_a_dry_run_and_a_refusal_are_recorded_as_what_they_are(lab: Lab) -> None:
    """A dry run is an entry that says so, a refused change one without success; `validate` is none."""
    lab.apply(add_allow(), dry_run=True)
    lab.apply(add_allow("py", "python *"))
    lab.apply({"operation": "validate", "target_file": USER})
    assert [(one["operation"], one["dry_run"], one["success"]) for one in lab.audit()] == [
        ("add_rule", True, True),
        ("add_rule", False, False),
    ]


def test_the_trust_of_a_project_file_ends_with_the_change(lab: Lab) -> None:
    """The note names the command that trusts it again; nothing trusts it by itself."""
    lab.trust()
    answer = lab.apply(add_allow(), AGENT)
    assert any("ends its trust" in note and "callgate trust" in note for note in answer["notes"])
    assert read_trust(places(lab.environ).trust_file)[str(lab.own)] not in lab.own.read_text()
    again = lab.apply(add_allow("second", "make check"), AGENT, dry_run=True)
    assert any("is not trusted" in note for note in again["notes"])


def test_newly_allowing_what_was_denied_needs_force(lab: Lab) -> None:
    """A deny that goes, with an allow that covers its logged calls, is a warning with an example."""
    lab.log(("curl example.org", "deny", "no-curl"))
    operations = [
        {"operation": "remove_rule", "id": "no-curl"},
        {"operation": "add_rule", "rule_type": "allow", "rule": {"id": "curl", "command": "curl example.org"}},
    ]
    answer = lab.apply({"operation": "batch", "target_file": USER, "operations": operations})
    assert answer["error_type"] == "warnings_need_force"
    found = [one for one in answer["validation"]["warnings"] if one["type"] == "newly_allows_denied"]
    assert found[0]["witness"] == "curl example.org"
    assert "`no-curl`" in found[0]["message"]


def test_a_batch_is_all_or_nothing(lab: Lab) -> None:
    """When one of its operations cannot be made none is, and the detail says which one it was."""
    before = lab.user.read_bytes()
    operations = [{"operation": "remove_rule", "id": "no-curl"}, {"operation": "remove_rule", "id": "nothing"}]
    answer = lab.apply({"operation": "batch", "target_file": USER, "operations": operations})
    assert answer["error_type"] == "not_found"
    assert answer["details"][0]["field"].startswith("operations[1]")
    assert lab.user.read_bytes() == before


@pytest.mark.parametrize(
    "text",
    ['x"\n[[allow]]\nid = "evil"\ntool_regex = ".*"\n', "x'''\"\"\"\n[apply]\n", "\\",
     "]]\n[settings]\nshell='raw'", "#", "\u2028 \u202e"],
)  # fmt: skip
def test_text_that_tries_to_break_out_stays_data(lab: Lab, text: str) -> None:
    """Whatever a description or a prompt holds, the file has one rule more and that very text, or it is refused."""
    before = tomllib.loads(lab.own.read_text())
    rule = {"id": "made", "command": "make build", "description": text}
    answer = lab.apply({"operation": "add_rule", "target_file": ".callgate.toml", "rule_type": "allow", "rule": rule})
    after = tomllib.loads(lab.own.read_text())
    if answer["success"]:
        assert after == {**before, "allow": [*before["allow"], rule]}
    else:
        assert after == before
        assert answer["error_type"] == "invalid_operation"


@pytest.mark.parametrize(
    "payload",
    [b"", b"[]", b"null", b'{"operation": NaN}', b"\xff\xfe", b'{"a":' * 500, b'"' + b"x" * 5_000_000 + b'"',
     b'{"operation":"add_rule","operation":"remove_rule"}', b'{"operation":"remove_rule","id":"a\\u0000b"}',
     b'{"operation":"remove_rule","target_file":"a\\u0000b","id":"x"}', b'{"operation":["add_rule"]}'],
)  # fmt: skip
def test_odd_payloads_are_refused_in_the_same_shape(lab: Lab, payload: bytes) -> None:
    """Duplicate keys, 5 MB, control characters, deep nesting: one clear refusal, quickly."""
    started = time.monotonic()
    answer = lab.apply(payload)
    assert answer["success"] is False
    assert answer["error_type"] == "invalid_operation"
    assert answer["details"]
    assert len(json.dumps(answer)) < 10_000
    assert time.monotonic() - started < 30
    assert not lab.audit()


def test_a_target_that_is_locked(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another process changes the file, the answer is `locked` with its pid; a dry run does not wait."""
    from callgate.reviewer.apply import record

    plain = record.setting_of
    monkeypatch.setattr(record, "setting_of", lambda context: plain(context)._replace(lock_wait=0.05))
    place = station(places(lab.environ).state_dir, str(lab.own))
    with hold(place, str(lab.own)):
        answer = lab.apply(add_allow())
        assert answer["error_type"] == "locked"
        assert "by process" in answer["error"]
        assert lab.apply(add_allow(), dry_run=True)["success"]


def test_a_target_that_changes_meanwhile(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """An editor that saves between reading and writing loses nothing: the answer is `stale_file`."""
    plain = plan.planned

    def slow(*given: object) -> object:
        found = plain(*given)  # type: ignore[arg-type]
        lab.own.write_text("# edited\n")
        return found

    monkeypatch.setattr(pipeline, "planned", slow)
    assert lab.apply(add_allow())["error_type"] == "stale_file"
    assert lab.own.read_text() == "# edited\n"


def test_a_repository_that_cannot_take_it(lab: Lab) -> None:
    """While a merge is in progress the answer is `git_failed`, and `--no-commit` goes on with a backup."""
    (lab.project / ".git/MERGE_HEAD").write_text(lab.git("rev-parse", "HEAD"))
    answer = lab.apply(add_allow())
    assert answer["error_type"] == "git_failed"
    assert "--no-commit" in answer["details"][0]["suggestion"]
    assert lab.apply(add_allow(), commit=False)["rollback_info"]["type"] == "backup"


def test_a_target_that_is_no_file(lab: Lab) -> None:
    """A directory is `io_error`."""
    answer = lab.apply(add_allow(target=str(lab.user.parent / "dir.toml"))) if _made(lab) else {}
    assert answer["error_type"] == "io_error"


def _made(lab: Lab) -> bool:
    (lab.user.parent / "dir.toml").mkdir()
    return True


def test_a_failure_of_callgate_is_an_answer(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody foresaw is `internal_error` in the same shape, and in the error log."""

    def fail(*_: object) -> object:
        raise ZeroDivisionError("odd")

    monkeypatch.setattr(pipeline, "planned", fail)
    seen: list[Exception] = []

    def record(error: Exception) -> str:
        seen.append(error)
        return "/log"

    answer = answered(json.dumps(add_allow()).encode(), lab.context(), record)
    assert answer["error_type"] == "internal_error"
    assert answer["error"] == "callgate failed: ZeroDivisionError: odd"
    assert answer["changes_applied"].startswith("none (")
    assert len(seen) == 1


def test_an_agent_beyond_its_limits(lab: Lab) -> None:
    """`[apply]` refuses with every limit at once; a person is not held to it."""
    lab.user.write_text('[apply]\noperations = ["add_rule"]\nbroadest = "exact"\n' + lab.user.read_text())
    answer = lab.apply({"operation": "remove_rule", "target_file": USER, "id": "git-log"}, AGENT)
    assert answer["error_type"] == "blocking_validation"
    assert "an agent may not use `remove_rule`" in answer["error"]
    assert lab.apply({"operation": "remove_rule", "target_file": USER, "id": "git-log"})["success"]


def test_an_agent_has_so_many_changes_a_day(lab: Lab) -> None:
    """`max_per_day` counts what the audit log has of the last 24 hours, not what was tried."""
    lab.user.write_text("[apply]\nmax_per_day = 2\n" + lab.user.read_text())
    lab.apply(add_allow(), AGENT, dry_run=True)
    assert lab.apply(add_allow("a", "make a"), AGENT)["success"]
    assert lab.apply(add_allow("b", "make b"))["success"]  # a person's
    assert lab.apply(add_allow("c", "make c"), AGENT)["success"]
    assert "2 changes in 24 hours" in lab.apply(add_allow("d", "make d"), AGENT)["error"]
    assert lab.apply(add_allow("d", "make d"), AGENT, now=time.time() + 86_500)["success"]


def test_what_needs_a_person_becomes_a_proposal(lab: Lab) -> None:
    """Nothing is written; the proposal has the difference and the impact, and the answer says whom to ask."""
    lab.user.write_text('[apply]\nrequire_person = "loosening"\n' + lab.user.read_text())
    before = lab.own.read_bytes()
    dry = lab.apply(add_allow(), AGENT, dry_run=True)
    assert dry["would_need_person"]
    answer = lab.apply(add_allow(), AGENT)
    assert answer["error_type"] == "needs_person"
    assert answer["proposal"] in answer["next_step"]
    assert '+id = "make"' in answer["diff"]
    assert lab.own.read_bytes() == before
    assert list((Path(places(lab.environ).state_dir) / "proposals").glob("*.json"))
    tightening = {"operation": "add_rule", "target_file": ".callgate.toml", "rule_type": "deny",
                  "rule": {"id": "no-x", "command": "xyz *"}}  # fmt: skip
    assert lab.apply(tightening, AGENT)["success"]


def test_the_managed_layer_is_out_of_reach(lab: Lab, tmp_path: Path) -> None:
    """No operation changes a managed policy, and a rollback must be valid beside it."""
    managed = tmp_path / "managed.toml"
    managed.write_text('[[deny]]\nid = "demanded"\ncommand = "nc *"\n')
    operation = {"operation": "remove_rule", "target_file": str(managed), "id": "demanded"}
    answer = lab.apply(operation, managed=str(managed))
    assert answer["error_type"] == "invalid_operation"
    assert "managed layer" in answer["error"]
    clash = add_allow("demanded", "make build")
    assert not lab.apply(clash, managed=str(managed))["success"]


def test_a_broken_policy_can_be_rolled_back(lab: Lab) -> None:
    """A file that is no TOML any more goes back to what it was; other operations say what is wrong with it."""
    good = lab.own.read_bytes()
    lab.own.write_text('[[allow\nid = "x"')
    assert lab.apply(add_allow())["error_type"] == "blocking_validation"
    head = lab.git("rev-parse", "HEAD").strip()
    back = lab.apply({"operation": "rollback", "target_file": ".callgate.toml", "to_commit": head})
    assert back["success"], back
    assert lab.own.read_bytes() == good


def test_the_impact_keeps_to_its_budget(lab: Lab) -> None:
    """A log of thousands of distinct calls is sampled, and the answer says so; the newest calls count."""
    lab.log(*((f"make target-{number}", "passthrough", "") for number in range(20_000)))
    answer = lab.apply(add_allow("all", "make *"), dry_run=True)
    impact = answer["impact_analysis"]
    assert impact["available"]
    assert impact["sampled"]
    assert 0 < impact["newly_allowed"] == impact["calls"] < impact["of"]
    assert "of about" in impact["summary"]
