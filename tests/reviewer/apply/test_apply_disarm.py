"""What no operation may do: the files, tables and rules by which the gate would be disarmed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.core.errors import PolicyError
from callgate.host import places
from callgate.observe import protected_paths
from callgate.policy.loader import Candidate, LoadedPolicy, load, load_text
from callgate.reviewer.apply.disarm import Scene, check_change, check_target

HOME, PROJECT = "/home/u", "/home/u/p"
WHERE = places({}, HOME)
SCENE = Scene(HOME, PROJECT, PROJECT, protected_paths(WHERE, PROJECT, PROJECT, {}, ["/home/u/p/.callgate.toml"]))
EMPTY = load_text("", home=HOME, project=PROJECT)


def loaded(text: str) -> LoadedPolicy:
    """Load *text* as the policy."""
    return load_text(text, home=HOME, project=PROJECT)


def problems(text: str) -> list[str]:
    """Return what is wrong with adding *text* to an empty policy."""
    return [one.error for one in check_change(EMPTY, loaded(text), SCENE)]


def allow(line: str) -> str:
    """Return a policy of one allow rule."""
    return f"[[allow]]\nid = 'r'\n{line}\n"


REFUSED = [
    ("command = 'rm -rf /'", "destroy"),
    ("command = 'rm -rf ~'", "destroy"),
    ("command = 'rm -rf / *'", "destroy"),
    ("command = 'dd if=x of=/dev/sda *'", "raw-device"),
    ("command = 'claude --dangerously-skip-permissions *'", "protect-gate"),
    ("command = 'pip uninstall callgate'", "protect-gate"),
    ("command = 'callgate *'", "`callgate *`"),
    ("command = 'callgate trust *'", "`callgate trust`"),
    ("command = 'callgate (on|off)'", "`callgate on`"),
    ("command = 'callgate apply *'", "`callgate apply`"),
    ("command = 'decision_reviewer apply --json *'", "`decision_reviewer apply`"),
    ("command = '/usr/local/bin/callgate uninstall'", "`callgate uninstall`"),
    ("command = 'callgate proposals accept *'", "`callgate proposals accept`"),
    ("command = 'callgate proposals *'", "`callgate proposals *`"),
    ("command = 'callgate --no-color on'", "`callgate on`"),
    ("command = ['ls *', 'callgate trust']", "`callgate trust`"),
    ("tool = 'Bash'\ncommand_regex = '^callgate (on|trust)'", "callgate"),
    ("tool = 'Bash'\ncommand_regex = 'callgate trust'", "callgate trust"),
    ("tool = 'Bash'\ncommand_regex = '\\.config/callgate'", ".config/callgate"),
    ("path = '~/.config/callgate/**'", "/home/u/.config/callgate"),
    ("path = '~/.config/callgate/policy.toml'\noperations = ['write']", "/home/u/.config/callgate"),
    ("path = '~/.local/state/callgate/**'\noperations = ['delete']", "/home/u/.local/state/callgate"),
    ("path = '.callgate.toml/'", ".callgate.toml"),
    ("path = '<project>/.callgate.toml'", ".callgate.toml"),
    ("path = '<project>/.claude/**'", ".claude"),
    ("path = '~/.claude/settings.json'", ".claude"),
    ("path = '/etc/callgate/**'", "/etc/callgate"),
    ("path = '/etc/sudoers'\noperations = ['write']", "backdoor"),
    ("tool = 'Write'\nfile_path_regex = '/\\.claude/settings\\.json$'", ".claude"),
]


@pytest.mark.parametrize(("line", "named"), REFUSED)
def test_rules_that_pretend(line: str, named: str) -> None:
    """An allow rule that names what a guardrail stops, or callgate's own files and commands, is refused, saying why."""
    found = problems(allow(line))

    assert found
    assert all("allow rule `r`" in one for one in found)
    assert any(named in one for one in found)


FINE = [
    "command = 'git *'",
    "command = 'rm *'",
    "command = 'rm -rf build'",
    "command = '*'",
    "command = 'callgate (check|explain) *'",
    "command = 'callgate check *'",
    "command = 'callgate query *'",
    "command = 'callgate proposals list *'",
    "command = 'decision_reviewer replay *'",
    "command = 'callgate --version'",
    "command = 'grep callgate *'",
    "path = '<project>/**'",
    "path = '~/**'",
    "path = ['<project>/**', '!<project>/.claude/**']",
    "path = '~/.config/callgate/**'\noperations = ['read']",
    "path = '<project>/docs/callgate.md'",
    "tool = 'Read'\nfile_path_regex = '/\\.claude/'",
    "tool = 'Bash'\ncommand_regex = '^git status'",
    "tool_regex = '.*'",
]


@pytest.mark.parametrize("line", FINE)
def test_rules_that_do_not(line: str) -> None:
    """A rule that names nothing of the gate is none of this check's business, however broad."""
    assert problems(allow(line)) == []


@pytest.mark.parametrize("line", [line for line, _ in REFUSED])
def test_a_refusal_may_name_anything(line: str) -> None:
    """A deny or ask about the gate's own files adds to its protection."""
    for action in ("deny", "ask"):
        assert problems(allow(line).replace("allow", action, 1)) == []


def test_what_was_there_before_is_not_in_the_way() -> None:
    """A file with such a rule can still be changed elsewhere; the rule has no effect."""
    text = allow("command = 'callgate trust *'")

    assert check_change(loaded(text), loaded(text + "[[deny]]\nid = 'd'\ncommand = 'ls'\n"), SCENE) == []


TABLES = [
    ("[settings]\nshell = 'raw'\n", "raw"),
    ("[logging]\nlog_file = '/dev/null'\n", "/dev/null"),
    ("[logging]\nreview_log_file = '/tmp/x.jsonl'\n", "/tmp/x.jsonl"),
    ("[logging]\nlog_file = '/home/u/p/x.jsonl'\n", "/home/u/p/x.jsonl"),
    ("[logging]\nlog_file = '/srv/x.jsonl'\n", "/srv/x.jsonl"),
    ("[logging]\nlog_level = 'error'\n", "log_level"),
]


@pytest.mark.parametrize(("text", "named"), TABLES)
def test_tables(text: str, named: str) -> None:
    """Raw matching, logs that vanish or that an agent writes, and quieter logs come by no operation."""
    assert any(named in one for one in problems(text))


@pytest.mark.parametrize("text", ["[logging]\nlog_file = '/home/u/logs/x.jsonl'\n", "[settings]\ndefault = 'deny'\n"])
def test_tables_that_are_fine(text: str) -> None:
    """A log in the home directory, and a stricter setting."""
    assert problems(text) == []


def test_taking_raw_away() -> None:
    """What is there may be taken away."""
    assert check_change(loaded("[settings]\nshell = 'raw'\n"), EMPTY, SCENE) == []


def layers(tmp_path_factory: pytest.TempPathFactory, layer: str, text: str) -> LoadedPolicy:
    """Load *text* as one layer."""
    file = tmp_path_factory.mktemp("policy") / "policy.toml"
    file.write_text(text)
    return load((Candidate(str(file), layer),), HOME, PROJECT, {})  # type: ignore[arg-type]


@pytest.mark.parametrize("layer", ["managed", "user"])
@pytest.mark.parametrize("line", ["max_per_day = 3", "require_person = 'always'"])
def test_the_limits_themselves(tmp_path_factory: pytest.TempPathFactory, layer: str, line: str) -> None:
    """`[apply]` neither comes, nor goes, nor changes: stricter limits are a person's to set as well."""
    before, after = layers(tmp_path_factory, layer, ""), layers(tmp_path_factory, layer, f"[apply]\n{line}\n")

    for old, new in ((before, after), (after, before)):
        assert any("`[apply]`" in one.error for one in check_change(old, new, SCENE))


def test_the_managed_layer(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A change that reaches a managed file is refused, even one that adds a deny."""
    before = layers(tmp_path_factory, "managed", "")
    after = layers(tmp_path_factory, "managed", "[[deny]]\nid = 'd'\ncommand = 'ls'\n")

    assert any("managed" in one.error for one in check_change(before, after, SCENE))


TARGETS = [
    ("/home/u/.config/callgate/policy.toml", True),
    ("/home/u/.config/callgate/team.toml", True),
    ("/home/u/p/.callgate.toml", True),
    ("/home/u/p/sub/.callgate.toml", True),
    ("/home/u/p/claude-code-permissions-hook.toml", True),
    ("/home/u/.config/claude-code-permissions-hook.toml", True),
    ("/srv/policies/in-force.toml", True),
    ("/home/u/policies/next.toml", True),
    ("/etc/callgate/policy.toml", False),
    ("/etc/claude-code-permissions-hook.toml", False),
    ("/srv/managed.toml", False),
    ("/home/u/.config/callgate/trust.json", False),
    ("/home/u/.claude/settings.json", False),
    ("/home/u/.claude/x.toml", False),
    ("/home/u/.codex/config.toml", False),
    ("/home/u/p/.git/config.toml", False),
    ("/home/u/.cargo/config.toml", False),
    ("/home/u/.local/state/callgate/last-good/x.toml", False),
    ("/home/u/p/README.md", False),
    ("/home/u/.bashrc", False),
    ("/opt/callgate/policy/packs/cautious.toml", False),
]


@pytest.mark.parametrize(("path", "fine"), TARGETS)
def test_targets(path: str, fine: bool) -> None:
    """A policy in force, a file named like one, or any other TOML file that is nobody else's; nothing besides."""
    found = check_target(
        path,
        SCENE,
        in_force=[("/srv/policies/in-force.toml", "user"), ("/srv/managed.toml", "managed")],
        config_dir=WHERE.config_dir,
        packs="/opt/callgate/policy/packs",
    )

    assert (found == []) is fine
    assert all(one.field == "target_file" for one in found)


@given(st.text(max_size=40), st.sampled_from(["command", "command_regex", "path", "file_path_regex"]))
def test_hostile_texts(text: str, field: str) -> None:
    """Whatever a rule holds, the check answers; what it says is one line for each fault."""
    quoted = "'''" + text.replace("'", "") + "'''"
    tool = "tool = 'Bash'\n" if field == "command_regex" else "tool = 'Write'\n" if "regex" in field else ""
    try:
        new = loaded(f"[[allow]]\nid = 'r'\n{tool}{field} = {quoted}\n")
    except PolicyError:
        return
    for one in check_change(EMPTY, new, SCENE):
        assert one.error
        assert "r" in one.error
