"""YAML rule sets: what they become, what they refuse, and the way there and back."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.core.errors import PolicyError
from callgate.core.model import Rule, RuleSource
from callgate.policy.loader import Candidate, load, load_text
from callgate.policy.rulesets import NEUTRAL_TOOLS, export_rules, import_rules

FIXTURES = Path(__file__).parents[2] / "fixtures" / "policies"
HERE = RuleSource("p.toml", 1)

RULES: list[tuple[str, dict[str, object]]] = [
    ("{type: tool, pattern: read_file, action: approve}", {"action": "allow", "tool": "Read"}),
    ("{type: tool, pattern: mcp__a__b, action: ask}", {"action": "ask", "tool": "mcp__a__b"}),
    ("{type: tool, pattern: list_files, action: deny}", {"action": "deny", "tool_regex": "^(?:Glob|Grep)$"}),
    (
        "{type: path, pattern: 'a/**', action: approve, operations: [read, write]}",
        {"path": ("a/**",), "operations": ("read", "write")},
    ),
    (
        "{type: path, pattern: 'a/**', action: deny, operations: [write]}",
        {"path": ("a/**",), "operations": ("write", "delete")},
    ),
    ("{type: path, pattern: ['a/**', '!a/b'], action: deny}", {"path": ("a/**", "!a/b"), "operations": ()}),
    ("{type: command, pattern: '^npm test$', action: approve}", {"tool": "Bash", "command_regex": "^npm test$"}),
    (
        "{type: composite, action: approve, conditions: [{tool: read_file}, {path: 'docs/**'}, {operation: read}]}",
        {"tool": "Read", "path": ("docs/**",), "operations": ("read",)},
    ),
    (
        "{type: composite, action: deny, conditions: [{path: 'a/**', operation: read}, {path: '!a/b'}]}",
        {"path": ("a/**", "!a/b"), "operations": ("read",)},
    ),
    (
        "{type: composite, action: deny, conditions: [{tool: execute_command}, {command: '^x'}]}",
        {"tool": "Bash", "command_regex": "^x"},
    ),
    (
        "{type: tool, pattern: read_file, action: deny, id: named, description: 'why: because'}",
        {"id": "named", "description": "why: because"},
    ),
]

REFUSED: list[tuple[str, str]] = [
    ("{type: tool, pattern: 'mcp__*', action: deny}", "`mcp__*` is not a tool name"),
    ("{type: tool, pattern: [a, b], action: deny}", "`tool` takes one value"),
    ("{type: tool, action: deny}", "has no `pattern`"),
    ("{type: tool, pattern: x, action: allow}", "`allow` is not a value of `action`"),
    ("{type: tol, pattern: x, action: deny}", "`tol` is not a value of `type`"),
    ("{pattern: x, action: deny}", "has no `type`"),
    ("{type: tool, pattern: 1, action: deny}", "must be text"),
    ("{type: tool, pattern: x, action: deny, conditions: []}", "has no `conditions`"),
    ("{type: tool, pattern: x, action: deny, priority: high}", "`priority` must be a whole number"),
    ("{type: tool, pattern: x, action: deny, enabled: 1}", "`enabled` has the wrong type"),
    ("{type: path, pattern: a, action: deny, operations: [delete]}", "`delete` is not an operation"),
    ("{type: composite, action: deny, pattern: x, conditions: [{tool: a}]}", "has no `pattern`"),
    ("{type: composite, action: deny}", "needs a list of `conditions`"),
    ("{type: composite, action: deny, conditions: [x]}", "must be a mapping"),
    ("{type: composite, action: deny, conditions: [{tool: a}, {tool: b}]}", "two `tool` conditions"),
    ("{type: composite, action: deny, conditions: [{path: a}, {path: b}]}", "two `path` conditions"),
    ("{type: composite, action: deny, conditions: [{command: a}, {command: b}]}", "two `command` conditions"),
    (
        "{type: composite, action: deny, conditions: [{path: a, operation: read}, {operation: write}]}",
        "two `operation`",
    ),
    ("{type: composite, action: deny, conditions: [{tool: read_file}, {command: a}]}", "the rule never matches"),
    ("{type: composite, action: deny, conditions: [{host: a}]}", "unknown field `host`"),
    ("{type: tool, type: path, pattern: x, action: deny}", "is given twice"),
    ("x", "must be a mapping"),
    ("!!python/object:os.system {}", "anchors, aliases and tags"),
    ("&a {type: tool, pattern: x, action: deny}", "anchors, aliases and tags"),
]


@pytest.mark.parametrize(("item", "fields"), RULES)
def test_a_neutral_rule_becomes_a_rule(tmp_path: Path, item: str, fields: dict[str, object]) -> None:
    """Types, tool names, actions, operations and conditions are translated when a rule set is included."""
    (tmp_path / "r.yaml").write_text(f"# why\n- {item}\n")
    (tmp_path / "p.toml").write_text('[includes]\nfiles = ["r.yaml"]\n')
    policy = load((Candidate(str(tmp_path / "p.toml"), "user"),), "/", "", {})
    (rule,) = policy.rules
    assert {field: getattr(rule, field) for field in fields} == fields
    assert (rule.source.file, rule.source.line, policy.warnings) == (str(tmp_path / "r.yaml"), 2, ())
    assert load_text(import_rules(f"- {item}\n")).rules[0]._replace(
        id="", source=HERE, derived_id=False
    ) == rule._replace(id="" if rule.derived_id else rule.id, source=HERE, derived_id=False)._replace(id="")


@pytest.mark.parametrize(("item", "message"), REFUSED)
def test_what_cannot_be_expressed_is_refused_by_name(item: str, message: str) -> None:
    """Each refusal names what it is about and where it stands."""
    with pytest.raises(PolicyError) as caught:
        import_rules(f"- {{type: tool, pattern: ok, action: deny}}\n- {item}\n", "r.yaml")
    problem = caught.value.problems[0]
    assert message in problem.message
    assert (problem.file, problem.line) == ("r.yaml", 2)
    assert problem.text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1", "must be a list"),
        ("- [", "not valid YAML"),
        ("- a\n---\n- b\n", "must be one document"),
        ("[" * 100_000, "nested too deep"),
        ("- " * 50_000, "nested too deep"),
        ("- {? [a] : b}", "a key must be a word"),
        ("- x\n" * 100_000, "larger than 256 KiB"),
        ("- \x01", "not valid YAML"),
    ],
)
def test_a_text_that_is_no_rule_set_says_why(text: str, message: str) -> None:
    """Neither depth nor size nor aliases harm the process."""
    with pytest.raises(PolicyError, match=message):
        import_rules(text)


def test_a_flood_of_faults_is_cut_off(tmp_path: Path) -> None:
    """Past 200 faults the rest of a rule set is not looked at."""
    (tmp_path / "r.yaml").write_text("-\n" * 100_000)
    with pytest.raises(PolicyError) as caught:
        load((Candidate(str(tmp_path / "r.yaml"), "file"),), "/", "", {})
    assert len(caught.value.problems) == 201


def test_an_empty_rule_set_is_fine() -> None:
    """No rules is not a fault."""
    assert import_rules("") == import_rules("# only a comment\n") == import_rules("[]\n") == ""


def test_higher_priorities_come_first() -> None:
    """`priority` orders the rules; ids that are missing are made up around those that are there."""
    text = import_rules(
        "- {type: tool, pattern: a, action: deny}\n"
        "- {type: tool, pattern: b, action: deny, id: imported-deny-1}\n"
        "- {type: tool, pattern: c, action: deny, priority: 1000}\n"
    )
    assert [(rule.id, rule.tool) for rule in load_text(text).rules] == [
        ("imported-deny-2", "c"),
        ("imported-deny-3", "a"),
        ("imported-deny-1", "b"),
    ]


def test_the_fixture_is_a_whole_rule_set(tmp_path: Path) -> None:
    """One rule of every type loads as an include of a project file and needs trust like one."""
    text = (FIXTURES / "rules.yaml").read_text()
    (tmp_path / "rules.yaml").write_text(text)
    (tmp_path / ".callgate.toml").write_text('[includes]\nfiles = ["rules.yaml"]\n')
    candidate = Candidate(str(tmp_path / ".callgate.toml"), "user")
    policy = load((candidate,), "/", "", {})
    assert [rule.action for rule in policy.rules] == ["deny", "allow", "allow", "allow", "ask", "allow"]
    untrusted = load((candidate._replace(layer="project"),), "/", "", {})
    assert ([rule.action for rule in untrusted.rules], untrusted.dropped) == (["deny", "ask"], 4)
    assert load_text(import_rules(text)).rules[0].path == ("**/*.pem",)


def test_the_default_names_reach_every_tool() -> None:
    """Each neutral name of the contract is translated."""
    for name, tools in NEUTRAL_TOOLS.items():
        (rule,) = load_text(import_rules(f"- {{type: tool, pattern: {name}, action: deny}}\n")).rules
        assert rule.tool in tools or rule.tool_regex == "^(?:Glob|Grep)$"


SKIPPED: list[tuple[Rule, str]] = [
    (Rule("x", "deny", HERE, command=("git *",)), "`command` has no YAML form"),
    (Rule("x", "deny", HERE, tool="Bash", command_regex="a", command_exclude_regex="b"), "`command_exclude_regex`"),
    (Rule("x", "deny", HERE, tool="A", level="warn"), "`level`"),
    (Rule("x", "deny", HERE, tool="A", expires=1.0), "`expires`"),
    (Rule("x", "deny", HERE, tool="A", case_sensitive=False), "`case_sensitive`"),
    (Rule("x", "deny", HERE, tool_regex="^mcp"), "`tool_regex`"),
    (Rule("x", "deny", HERE, tool="read_file"), "`tool`"),
    (Rule("x", "deny", HERE, path=("a",), operations=("write",)), "`operations`"),
    (Rule("x", "allow", HERE, path=("a",), operations=("delete",)), "`operations`"),
    (Rule("x", "deny", HERE, operations=("network",)), "`operations`"),
    (Rule("x", "deny", HERE, operations=("read", "execute")), "several `operations`"),
    (Rule("x", "deny", HERE, tool="A", path=("a", "b")), "several `path` globs"),
    (Rule("x", "deny", HERE, path=("a",), command_regex="b"), '`command_regex` without `tool = "Bash"`'),
]


@pytest.mark.parametrize(("rule", "why"), SKIPPED)
def test_what_has_no_yaml_form_is_skipped_by_name(rule: Rule, why: str) -> None:
    """Export approximates nothing: a rule is written exactly or named with the reason."""
    text, skipped = export_rules([rule])
    assert text == "[]\n"
    ((name, reason),) = skipped
    assert name == "x"
    assert why in reason


globs = st.sampled_from(["a/**", "!a/b", "*.py", "<project>/**", "~/x", "é: # 'q'"])
rules = st.builds(
    Rule,
    id=st.sampled_from(["a", "b c", "true", "1", "é"]),
    action=st.sampled_from(["allow", "ask", "deny"]),
    source=st.just(HERE),
    description=st.sampled_from(["", "why", "x: # 'y' \"z\"\\", "no", "two\nlines\t."]),
    tool=st.sampled_from(["", "Read", "Bash", "Glob", "mcp__a__b", "read_file"]),
    command_regex=st.sampled_from(["", "^git (status|diff)$", "a: b # c\\s"]),
    path=st.lists(globs, max_size=3, unique=True).map(tuple),
    operations=st.lists(st.sampled_from(["read", "write", "delete", "execute"]), max_size=3, unique=True).map(tuple),
)


@given(rules)
def test_what_is_exported_comes_back_as_it_was(rule: Rule) -> None:
    """Every rule that export writes is the same rule after import, whatever its texts hold."""
    text, skipped = export_rules([rule])
    if (
        skipped
        or not any((rule.tool, rule.path, rule.operations))
        or all(glob.startswith("!") for glob in rule.path or "a")
    ):
        return
    back = load_text(import_rules(text)).rules[0]
    assert back._replace(source=HERE, operations=tuple(sorted(back.operations))) == rule._replace(
        operations=tuple(sorted(rule.operations))
    )
