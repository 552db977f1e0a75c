"""Files written for the older tools load unchanged."""

from __future__ import annotations

from pathlib import Path

from callgate.policy.loader import Candidate, LoadedPolicy, load, summary

FIXTURES = Path(__file__).parents[2] / "fixtures" / "policies"


def loaded(name: str) -> LoadedPolicy:
    """Load the fixture *name* as `--config` would."""
    return load((Candidate(str(FIXTURES / name), "file"),), "/home/user", "", {})


def test_the_flat_shape_loads() -> None:
    """Rules without ids, whole-regex matchers, the model table, and an include that is overruled by its includer."""
    policy = loaded("flat-older.toml")
    assert [(rule.action, rule.id, rule.source.line) for rule in policy.rules] == [
        ("allow", "allow-1", 33),
        ("allow", "allow-2", 38),
        ("allow", "allow-3", 43),
        ("deny", "deny-1", 48),
        ("deny", "deny-2", 52),
        ("allow", "flat-older-extra-allow-1", 5),
        ("ask", "ask-1", 8),
    ]
    assert policy.logging == ("/tmp/claude-tool-use.log", "/tmp/claude-decisions-review.log", "info")
    assert (policy.llm["enabled"], policy.llm["api_key"]) == (True, "from-the-include")
    assert policy.llm["provider_preferences"] == ("first", "second")
    assert [problem.message.partition(" ")[2][:24] for problem in policy.warnings] == [
        "rules have no `id`: deri",
        "rules have no `id`: deri",
        "push(?! --force)` runs w",
    ]


def test_the_sectioned_shape_loads() -> None:
    """Ids, priorities, a section that is switched off, flat rules among sections, and an included model table."""
    policy = loaded("sectioned-older.toml")
    assert [rule.id for rule in policy.rules] == [
        "deny-secrets",
        "deny-root-wipe",
        "flat-among-sections",
        "cargo-read",
        "cargo-publish",
    ]
    assert (policy.disabled, policy.warnings) == (2, ())
    assert policy.sections["security"].description == "What must never happen"
    assert policy.logging == (str(FIXTURES / "logs/operational.jsonl"), "/home/user/review.jsonl", "debug")
    assert (policy.llm["model"], policy.llm["timeout_secs"]) == ("local-model", 30)


def test_the_summary_tells_what_is_in_force() -> None:
    """`validate` prints counts, files, sections, log paths, the state of the model, and warnings."""
    policy = loaded("sectioned-older.toml")
    assert summary(policy).replace(str(FIXTURES), "DIR").splitlines() == [
        f"policy {policy.revision}: 5 rules in force",
        "  by action: allow 2, ask 1, deny 2",
        "  by layer: file 5",
        "  disabled: 2",
        "files",
        "  DIR/sectioned-older.toml (file)",
        "  DIR/llm-fallback-config.toml (file, included by DIR/sectioned-older.toml)",
        "sections",
        "  security (priority 10, 2 rules): What must never happen",
        "  rust-tools (priority 50, 2 rules): Cargo",
        "  experiments (priority 90, disabled): Switched off as a whole",
        "settings",
        "  default passthrough, shell parsed",
        "logging",
        "  log file: DIR/logs/operational.jsonl",
        "  review log file: /home/user/review.jsonl",
        "  log level: debug",
        "model fallback",
        "  enabled: local-model at http://localhost:11434/v1",
        "no warnings",
    ]


def test_the_summary_hides_the_key() -> None:
    """The key of the model's endpoint is never printed; warnings are."""
    text = summary(loaded("flat-older.toml"))
    assert "from-the-include" not in text
    assert "3 warnings\n" in text
    assert "runs with a time-out" in text
