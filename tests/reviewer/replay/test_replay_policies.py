"""Policies that might be: a rule more, a rule less, another file; and everything that can be wrong with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from replay_place import Place

from callgate.core.errors import PolicyError
from callgate.reviewer.replay.policies import Policies, Variant
from callgate.reviewer.replay.rules import as_toml, read_specs

DENY = {"rule_type": "deny", "rule": {"id": "no-rm", "command": "rm *"}}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A world of its own."""
    return Place(tmp_path)


def variant(*rules: object, drop: tuple[str, ...] = ()) -> Variant:
    """A variant with *rules*."""
    return Variant(add=read_specs(list(rules), "--with-rule") if rules else (), drop=drop)


def ids(place: Place, new: Variant) -> list[str]:
    """The rules in force."""
    return [rule.id for rule in Policies(place.setting(), new).check().rules]


@pytest.mark.parametrize(
    "given",
    [
        DENY, [DENY], {"action": "deny", "rule": {"id": "no-rm", "command": "rm *"}},
        {"rule_type": "deny", "id": "no-rm", "command": "rm *"}, {"action": "deny", "id": "no-rm", "command": "rm *"},
        {"operation": "add_rule", "target_file": "x", "position": "end", **DENY},
    ],
    ids=json.dumps,
)  # fmt: skip
def test_forms_of_a_rule(place: Place, given: object) -> None:
    """A rule may be given as `apply` takes it or as it is; it joins those of the user."""
    loaded = Policies(place.setting(), Variant(add=read_specs(given, "--with-rule"))).check()
    added = next(rule for rule in loaded.rules if rule.id == "no-rm")
    assert (added.action, added.command, added.source.layer, added.source.file) == (
        "deny", ("rm *",), "user", "--with-rule",
    )  # fmt: skip
    assert len(loaded.rules) == 5


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], "no rule is given"), ("x", "must be an object, not a string"), ({"rule": {}}, "`rule_type` is missing"),
        ({"rule_type": "permit", "rule": {}}, "not `permit`"), ({"rule_type": ["deny"], "id": "a"}, "not `an array`"),
        ({"rule_type": "deny", "action": "ask", "id": "a"}, "`rule_type` must be"),
        ({"rule_type": "deny", "rule": 1}, "`rule` must be an object, not an integer"),
        ({"rule_type": "deny", "rule": {}, "ruel": 1}, "unknown field `ruel` beside `rule`"),
        ({"rule_type": "deny", "rule": {}, "operation": "remove_rule"}, "`operation` is not `add_rule`"),
        ({"rule_type": "deny", "rule": {"id": None}}, "`null` is no value"),
        ({"rule_type": "deny", "rule": {"id": "\ud800"}}, "half of a character"),
        ({"rule_type": "deny", "rule": {"a": float("nan")}}, "out of range"),
        ({"rule_type": "deny", "section": 1, "rule": {}}, "`section` is not the name"),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_rule(given: object, message: str) -> None:
    """The shape of a rule is checked before its fields are, with a message and what to do."""
    with pytest.raises(PolicyError, match=message) as raised:
        read_specs(given, "--with-rule")
    assert all(problem.help and problem.file == "--with-rule" for problem in raised.value.problems)


def test_all_faults_of_a_rule_at_once(place: Place) -> None:
    """The loader's own checks speak, each fault is named, and none points into a file that nobody wrote."""
    bad = {"rule_type": "allow", "rule": {"id": "X Y", "comand": "ls", "command_regex": "(", "tool": "Bash"}}
    with pytest.raises(PolicyError) as raised:
        Policies(place.setting(), variant(bad, {**DENY, "rule": {"id": "push-asks", "tool": "Bash"}})).check()
    text = str(raised.value)
    assert "did you mean `command`?" in text
    assert "the id `push-asks` is taken by the rule at" in text
    assert [one.file for one in raised.value.problems] == ["--with-rule (rule 1)"] * 2 + ["--with-rule (rule 2)"]
    assert not any(one.line or one.text for one in raised.value.problems)


NASTY = 'a"b\\c\n\t]] [[allow]] id = "x" \x7f\x01 \u2028 é'


def test_texts_stay_data(place: Place) -> None:
    """Nothing in a text can end it and become a rule of its own."""
    rule = {"id": "n", "tool": "Bash", "description": NASTY, "case_sensitive": False, "input_regex": {NASTY: "x"},
            "expires": "2090-01-01T00:00:00Z", "examples": {"match": [], "no_match": [NASTY]}}  # fmt: skip
    loaded = Policies(place.setting(), variant({"rule_type": "ask", "rule": rule})).check()
    added = next(one for one in loaded.rules if one.id == "n")
    assert added.description == NASTY
    assert added.input_regex == ((NASTY, "x"),)
    assert added.expires == 3_786_912_000.0
    assert len(loaded.rules) == 5


def test_rules_without_ids_get_some(place: Place) -> None:
    """Two rules without an id do not take each other's, nor that of a rule in force."""
    bare = {"rule_type": "deny", "command": "rm *"}
    place.policy('[[deny]]\nid = "added-rule-1"\ncommand = "x"\n')
    assert sorted(ids(place, variant(bare, bare))) == ["added-rule-1", "added-rule-2", "added-rule-3"]


def test_a_section_lends_its_priority_and_its_switch(place: Place) -> None:
    """A rule that joins a section which is switched off is not in force either."""
    place.policy('[late]\npriority = 90\n[[late.deny]]\nid = "a"\ncommand = "a"\n[off]\nenabled = false\n')
    rules = Policies(place.setting(), variant({**DENY, "section": "late"})).check().rules
    assert {rule.id: rule.source.section_priority for rule in rules} == {"a": 90, "no-rm": 90}
    assert ids(place, variant({**DENY, "section": "off"})) == ["a"]


def test_a_rule_is_taken_away(place: Place) -> None:
    """It is gone, the others stay, and the revision is another."""
    assert sorted(ids(place, variant(drop=("push-asks",)))) == ["no-secrets", "read-project", "run-pytest"]
    before, after = (Policies(place.setting(), variant(drop=drop)).check().revision for drop in ((), ("push-asks",)))
    assert before != after


def test_a_rule_is_replaced(place: Place) -> None:
    """Taking a rule away and adding one of its id is one change."""
    new = variant({"rule_type": "deny", "rule": {"id": "push-asks", "command": "git push *"}}, drop=("push-asks",))
    rules = {rule.id: rule.action for rule in Policies(place.setting(), new).check().rules}
    assert rules["push-asks"] == "deny"
    assert len(rules) == 4


def test_unknown_ids_name_the_nearest(place: Place) -> None:
    """Every unknown id is named, with the one that was probably meant."""
    with pytest.raises(PolicyError) as raised:
        ids(place, variant(drop=("push-ask", "zzz")))
    first, second = raised.value.problems
    assert first.help == "did you mean `push-asks`?"
    assert "`zzz`" in second.message


def test_a_built_in_rule_comes_back(place: Place) -> None:
    """Without the rule that stands in for a built-in one, the built-in one is in force, as it really would be."""
    (place.home / ".config/callgate/policy.toml").unlink()
    text = '[[deny]]\nid = "no-secrets"\npath = ["**/.env", "**/other"]\n'
    shipped = {rule.id for rule in Policies(place.setting()).check().rules}
    assert "no-secrets" in shipped, "the test needs a built-in rule of that name"
    (place.project / ".callgate.toml").write_text(text)
    trust = place.home / ".config/callgate/trust.json"
    import hashlib

    trust.write_text(json.dumps({str(place.project / ".callgate.toml"): hashlib.sha256(text.encode()).hexdigest()}))
    trust.chmod(0o600)
    (own,) = [rule for rule in Policies(place.setting()).check().rules if rule.id == "no-secrets"]
    assert own.source.layer == "project"
    (back,) = [rule for rule in Policies(place.setting(), variant(drop=("no-secrets",))).check().rules
               if rule.id == "no-secrets"]  # fmt: skip
    assert back.source.layer == "builtin"


@pytest.mark.parametrize("how", ["policy", "profile"])
def test_the_managed_policy_stays(place: Place, tmp_path: Path, how: str) -> None:
    """Another file or profile takes the place of the user's and the project's files, never of the managed one."""
    managed = tmp_path / "managed.toml"
    managed.write_text('[[deny]]\nid = "managed"\ncommand = "curl *"\n')
    other = tmp_path / "other.toml"
    other.write_text('[[allow]]\nid = "other"\ncommand = "ls *"\n')
    (place.project / ".callgate.toml").write_text('[[deny]]\nid = "of-project"\ncommand = "x"\n')
    setting = place.setting()._replace(managed=str(managed))
    new = Variant(policy=str(other)) if how == "policy" else Variant(profile="cautious")
    found = {rule.id for rule in Policies(setting, new).check().rules}
    assert "managed" in found
    assert not found & {"run-pytest", "of-project"}
    assert ("other" in found) == (how == "policy")


def test_settings_do_not_change_with_a_rule(place: Place) -> None:
    """An added rule says nothing of settings: a project's `shell = "raw"` stays what it was."""
    place.policy('[settings]\nshell = "raw"\ndefault = "ask"\n')
    before, after = (Policies(place.setting(), one).check() for one in (Variant(), variant(DENY)))
    assert before.settings == after.settings


def test_toml_of_nothing() -> None:
    """No rules are an empty file."""
    assert as_toml((), {}) == ""


def test_other_projects_have_their_own_rules(place: Place, tmp_path: Path) -> None:
    """A project's file counts for its own calls; a broken one leaves its project without an answer, others with one."""
    good, bad = tmp_path / "good", tmp_path / "bad"
    for folder, text in ((good, '[[deny]]\nid = "own"\ncommand = "x"\n'), (bad, "[[deny]\n")):
        folder.mkdir()
        (folder / ".callgate.toml").write_text(text)
    policies = Policies(place.setting())
    rules: list[Any] = [policies.loaded(str(one), str(one)) for one in (good, bad, place.project)]
    assert [one and "own" in {rule.id for rule in one.rules} for one in rules] == [True, None, False]
    place.policy("[[deny]\n")
    with pytest.raises(PolicyError):
        Policies(place.setting()).loaded(str(good), str(good))
