"""Getting around rules: the shipped ones cannot be bypassed, and what can be is found."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from callgate.gate import Gate, open_gate
from callgate.policy.loader import builtin, pack_names
from callgate.reviewer.analyse.attempts import Attempts, attempt
from callgate.reviewer.analyse.rule import RuleAnalysis, analyse_rule
from callgate.reviewer.analyse.seeds import seeds

HOME, SHOP = "/home/nobody-here", "/home/nobody-here/shop"
"""They need not exist, and must not lie in `/tmp`, which shipped rules name."""


def gate_of(tmp_path: Path, policy: str = "", profile: str = "") -> Gate:
    """A gate in a world of its own."""
    config = ""
    if policy:
        tmp_path.mkdir(exist_ok=True)
        path = tmp_path / "policy.toml"
        path.write_text(policy)
        config = str(path)
    return open_gate(os.environ, SHOP, config=config, profile=profile, home=HOME, project=SHOP)


def tried(tmp_path: Path, policy: str, rule_id: str, *given: str) -> Attempts:
    """Attempts on one rule of a policy."""
    return analysed(tmp_path, policy, rule_id, *given).attempts


def analysed(tmp_path: Path, policy: str, rule_id: str, *given: str) -> RuleAnalysis:
    """The analysis of one rule of a policy."""
    gate = gate_of(tmp_path, policy)
    assert gate.loaded is not None
    rule = next(rule for rule in gate.loaded.rules if rule.id == rule_id)
    return analyse_rule(gate, rule, SHOP, given)


WITHOUT = {
    ("docs-writer", "no-code-changes"),
    *(("trusted", name) for name in ("python-computes", "run-wrappers", "run-test-scripts")),
}
"""Rules that decide no command: they speak of file tools, or a broader rule is beside them."""

RULES = [(pack, rule.id) for pack in pack_names() for rule in builtin(pack).rules]


@pytest.mark.parametrize(("pack", "rule_id"), RULES)
def test_no_shipped_rule_is_bypassed(pack: str, rule_id: str, tmp_path: Path) -> None:
    """No mutant of a call that a shipped rule decides gets around it: none is allowed that should not be."""
    gate = gate_of(tmp_path, profile=pack)
    assert gate.loaded is not None
    rule = next(rule for rule in gate.loaded.rules if rule.id == rule_id)
    examples = next((one.match for one in gate.loaded.examples if one.rule_id == rule_id), ())
    started = seeds(gate, rule, SHOP, examples=examples)
    found = attempt(gate, rule, started)
    assert [(one.label, one.text, one.what) for one in found.allowed] == []
    commands = [seed for seed in started if seed.text]
    assert found.tried > 100 * len(commands) or not commands
    assert commands or (pack, rule_id) in WITHOUT or rule_id == "agent-tools"


BYPASSED = [
    # `shell = "raw"` is the older hook's whole-string matching: a `;` walks through it.
    ('[settings]\nshell = "raw"\n[[allow]]\nid = "r"\ntool = "Bash"\ncommand_regex = "^ls"\n', "chaining"),
    ('[settings]\nshell = "raw"\n[[allow]]\nid = "r"\ntool = "Bash"\ncommand_regex = "^ls"\n', "substitution"),
    ('[[allow]]\nid = "r"\ntool = "Bash"\ncommand_regex = "log"\nexamples = { match = ["git log"] }\n', "look-alikes"),
    ('[[allow]]\nid = "r"\ncommand = ["*gi* status *"]\nexamples = { match = ["git status"] }\n', "look-alikes"),
    ('[[allow]]\nid = "r"\ncommand = ["git status", "LD_PRELOAD=*", "PAGER=*"]\n', "environment"),
]  # fmt: skip


@pytest.mark.parametrize(("policy", "kind"), BYPASSED)
def test_a_bypass_is_found(policy: str, kind: str, tmp_path: Path) -> None:
    """A rule that lets something else through is told so, with the command and what to do."""
    found = [one for one in tried(tmp_path, policy, "r").allowed if one.kind == kind]
    assert found
    assert all(one.fix and one.what and one.decision == "allow" for one in found)


def test_what_a_rule_says_is_no_bypass(tmp_path: Path) -> None:
    """A rule for every command, or for an option by name, allows what its author wrote."""
    assert tried(tmp_path, '[[allow]]\nid = "r"\ncommand = "*"\n', "r", "ls -la").allowed == ()


def test_an_evasion_is_found(tmp_path: Path) -> None:
    """A deny by the way a command is written is got around where an allow rule is broader."""
    policy = '[[allow]]\nid = "a"\ntool = "Bash"\n[[deny]]\nid = "r"\ntool = "Bash"\ncommand_regex = "^rm x-f$"\n'
    policy = policy.replace("rm x-f", "git push -f origin")
    found = tried(tmp_path, policy, "r")
    assert {one.kind for one in found.allowed} >= {"options"}
    assert {one.text for one in found.allowed} >= {"git push origin -f"}


def test_undecided_is_not_evaded(tmp_path: Path) -> None:
    """A program that only the shell knows is neither refused nor allowed; with `default = "ask"` a person is asked."""
    policy = '[[ask]]\nid = "r"\ncommand = "git push *"\n'
    found = tried(tmp_path, policy, "r")
    assert found.allowed == ()
    assert {one.decision for one in found.survivors} == {"passthrough"}
    assert tried(tmp_path / "other", '[settings]\ndefault = "ask"\n' + policy, "r").survivors == ()


def test_given_calls_are_started_from(tmp_path: Path) -> None:
    """What somebody gives is tried first when the rule decides it, and left out when it does not."""
    found = analysed(tmp_path, '[[allow]]\nid = "r"\ncommand = "git log *"\n', "r", "git log --oneline x", "git push")
    texts = [seed.text for seed in found.seeds]
    assert texts[0] == "git log --oneline x"
    assert "git push" not in texts


def test_overlaps_say_who_wins(tmp_path: Path) -> None:
    """Rules for the same calls are named with the one that decides, and a call of both."""
    policy = (
        '[[allow]]\nid = "r"\ncommand = "git *"\n[[deny]]\nid = "d"\ncommand = "git push *"\n'
        '[[allow]]\nid = "o"\ncommand = "git log"\n[[allow]]\nid = "x"\ncommand = "ls *"\n'
    )
    found = analysed(tmp_path, policy, "r")
    assert [(one.other.id, one.how, one.wins) for one in found.overlaps] == [
        ("d", "is covered by it", "d"),
        ("o", "is covered by it", ""),
    ]
    assert found.overlaps[0].witness == "git push"


WORDS = [
    ('command = "git log *"', "allow", "as a whole"),
    ('command = "git log *"', "allow", "with any words behind"),
    ('operations = ["read"]\npath = ["src/**", "!src/x/**"]', "allow", "/src and everything below it"),
    ('operations = ["read"]\npath = ["src/**", "!src/x/**"]', "allow", "not "),
    ('path = "**/.env"', "deny", "what matches `**/.env` anywhere"),
    ('tool = "Task"', "ask", "Agent"),
    ('operations = ["network"]\nhost = ["*.example.com"]', "allow", "*.example.com"),
    ('command = "x"\nmode = "plan"', "deny", "permission modes plan"),
    ('tool = "Bash"\ncommand_regex = "^ls"\ncommand_exclude_regex = "-R"', "allow", "in which `-R` is found"),
]


@pytest.mark.parametrize(("fields", "action", "part"), WORDS)
def test_a_rule_in_words(fields: str, action: str, part: str, tmp_path: Path) -> None:
    """What a rule covers is told in English, from the compiled rule."""
    found = analysed(tmp_path, f'[[{action}]]\nid = "r"\n{fields}\n', "r")
    assert any(part in line for _, lines in found.words for line in lines), found.words
