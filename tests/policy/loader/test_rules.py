"""Rules and tables: what the fields of a policy file become."""

from __future__ import annotations

import pytest

from callgate.core.errors import PolicyError, Problem
from callgate.core.model import Rule
from callgate.policy.loader import LoadedPolicy, Logging, load_text
from callgate.policy.schema import LLM_FIELDS, RULE_FIELDS

FIELDS: list[tuple[str, str, object]] = [
    ('tool = "Read"', "tool", "Read"),
    ('tool = ["Read"]', "tool", "Read"),
    ('tool = ["Read", "mcp__a-b.c"]', "tool_regex", r"^(?:Read|mcp__a\-b\.c)$"),
    ('tool = ["Task", "Read"]', "tool_regex", "^(?:Task|Read|Agent)$"),
    ("tool_regex = '^mcp__'", "tool_regex", "^mcp__"),
    ("tool_exclude_regex = 'x'", "tool_exclude_regex", "x"),
    ("file_path_regex = 'x'", "file_path_regex", "x"),
    ("file_path_exclude_regex = 'x'", "file_path_exclude_regex", "x"),
    ("command_regex = 'x'", "command_regex", "x"),
    ("command_exclude_regex = 'x'", "command_exclude_regex", "x"),
    ('subagent_type = "x"', "subagent_type", "x"),
    ("subagent_type_exclude_regex = 'x'", "subagent_type_exclude_regex", "x"),
    ("prompt_regex = 'x'", "prompt_regex", "x"),
    ("prompt_exclude_regex = 'x'", "prompt_exclude_regex", "x"),
    ('path = "src/**"', "path", ("src/**",)),
    ('path = ["**/.env*", "!**/.env.example"]', "path", ("**/.env*", "!**/.env.example")),
    ('operations = "read"', "operations", ("read",)),
    ('operations = ["read", "write", "read"]', "operations", ("read", "write")),
    ('command = ["pytest *", "npm (test|run lint)"]', "command", ("pytest *", "npm (test|run lint)")),
    ("input_regex = { a = 'x', b = 'y' }", "input_regex", (("a", "x"), ("b", "y"))),
    ('host = "*.example.com"', "host", ("*.example.com",)),
    ('mode = ["plan", "default"]', "mode", ("plan", "default")),
    ('level = "shadow"', "level", "shadow"),
    ("expires = 2030-01-01T00:00:00Z", "expires", 1893456000.0),
    ("expires = 2030-01-01T00:00:00", "expires", 1893456000.0),
    ("expires = 2030-01-01T02:00:00+02:00", "expires", 1893456000.0),
    ('expires = "2030-01-01T00:00:00Z"', "expires", 1893456000.0),
    ("case_sensitive = false", "case_sensitive", False),
    ('description = "why"', "description", "why"),
]


def one(text: str) -> Rule:
    """Return the only rule of *text*."""
    (rule,) = load_text(text).rules
    return rule


def problems(text: str) -> list[Problem]:
    """Return the problems of *text*, which must have some."""
    with pytest.raises(PolicyError) as caught:
        load_text(text)
    return caught.value.problems


@pytest.mark.parametrize(("line", "field", "value"), FIELDS)
def test_a_field_reaches_its_rule(line: str, field: str, value: object) -> None:
    """Each field of the contract, in each form that it accepts, ends up in the rule."""
    subject = "" if line.startswith(("tool", "path", "host", "operations", "command =")) else 'tool = "Bash"\n'
    if line.startswith("tool_exclude"):
        subject = 'tool = "Bash"\n'
    rule = one(f'[[deny]]\nid = "a"\n{subject}{line}\n')
    assert getattr(rule, field) == value
    assert rule.action == "deny"
    assert not rule.derived_id


def test_the_schema_and_the_rule_have_the_same_fields() -> None:
    """No field of the schema is lost on the way to a rule, and none of the rule is unreachable."""
    assert set(Rule._fields) - {"action", "source", "derived_id"} == set(RULE_FIELDS) - {"enabled", "examples"}
    assert {line.split(" ")[0] for line, _, _ in FIELDS} == set(RULE_FIELDS) - {"id", "enabled", "examples"}


def test_a_rule_knows_where_it_was_written() -> None:
    """File, line, section, position in its array and the section's priority go with the rule."""
    loaded = load_text(
        '[b]\npriority = 9\n[[b.ask]]\nid = "x"\ntool = "A"\n\n[[b.ask]]\nid = "y"\ntool = "B"\n', "/p.toml"
    )
    assert loaded.rules[1].source == ("/p.toml", 7, "file", "b", 1, 9)
    assert loaded.sections["b"] == ("", 9, True, "/p.toml", 1)


@pytest.mark.parametrize(
    "text",
    [
        'note = """\n[[allow]]\n"""\n[[allow]]\nid = "a"\ntool = "A"\n',
        "note = '''\n[[allow]]\n'''\n[['allow']]\nid = \"a\"\ntool = \"A\"\n",
    ],
)
def test_a_header_inside_of_a_string_is_no_line_of_a_rule(text: str) -> None:
    """The line of a rule is that of its own header, whatever strings hold."""
    text = text.replace("note", "[logging]\nlog_file").replace("[logging]\n", "", 1)
    text = "[x]\n" + text.replace("log_file", "description", 1)
    assert one(text).source.line == 5


def test_inline_arrays_of_rules_have_lines_too() -> None:
    """`allow = [{…}]` is a rule array like any other."""
    assert [
        rule.source.line for rule in load_text('allow = [\n {id="a", tool="A"},\n {id="b", tool="B"}]\n').rules
    ] == [2, 3]


def test_rules_come_in_the_order_in_which_they_are_named() -> None:
    """Section priority, then section name, then position."""
    text = "".join(
        f'[{name}]\npriority = {priority}\n[[{name}.deny]]\nid = "{name}"\ntool = "A"\n'
        for name, priority in (("late", 60), ("b", 10), ("a", 10))
    )
    text += '[[deny]]\nid = "flat"\ntool = "A"\n'
    assert [rule.id for rule in load_text(text).rules] == ["a", "b", "flat", "late"]


def test_what_is_switched_off_is_counted_and_not_in_force() -> None:
    """A disabled rule and a disabled section give no rules; both are counted and still checked."""
    text = '[s]\nenabled = false\n[[s.allow]]\nid = "a"\ntool = "A"\n[[deny]]\nid = "b"\ntool = "B"\nenabled = false\n'
    loaded = load_text(text)
    assert (loaded.rules, loaded.disabled) == ((), 2)
    assert "unknown field" in problems(text + "colour = 1\n")[0].message


def test_older_rules_get_ids_and_one_warning() -> None:
    """Ids are derived from section, action and place; an id that an author wrote is never taken."""
    loaded = load_text(
        '[[allow]]\nid = "allow-2"\ntool = "A"\n[[allow]]\ntool = "B"\n[[s.deny]]\ntool = "C"\n', "/my file.toml"
    )
    assert [(rule.id, rule.derived_id) for rule in loaded.rules] == [
        ("allow-2", False),
        ("my-file-allow-2", True),
        ("s-deny-1", True),
    ]
    (warning,) = [problem for problem in loaded.warnings if "no `id`" in problem.message]
    assert (warning.severity, warning.line) == ("warning", 4)
    assert warning.message == "2 rules have no `id`: derived `my-file-allow-2` to `s-deny-1`"


def test_examples_are_kept_for_the_engine() -> None:
    """Examples arrive with the id and the source of their rule."""
    loaded = load_text('[[deny]]\nid = "a"\ntool = "Bash"\nexamples = { match = ["x"], no_match = ["y", "z"] }\n')
    assert loaded.examples == (("a", ("x",), ("y", "z"), loaded.rules[0].source),)


@pytest.mark.parametrize("field", ["command_regex", "command_exclude_regex", "tool_exclude_regex", "subagent_type"])
def test_an_empty_value_never_means_unset(field: str) -> None:
    """An empty matcher is refused: as *unset* it would widen an allow rule without a word."""
    (problem,) = problems(f'[[allow]]\nid = "a"\ntool = "Bash"\n{field} = ""\n')
    assert problem.message == f"`{field}` is empty"
    assert problem.line == 4


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("command_regex = 'x'", "alone does not say which tool"),
        ("mode = 'plan'", "alone does not say which tool"),
        ("description = 'x'", "has no matcher"),
        ("tool = 'A'\ntool_regex = 'B'", "both `tool` and `tool_regex`"),
        ("path = ['!a', '!b']", "has only excludes"),
        ("path = ''", "is empty"),
        ("path = 'a['", "`[` without `]`"),
        ("command = 'git (a'", "`git (a` in `command`"),
        ("tool = 'A'\nexpires = 2030-01-01", "must be a date-time, not a date"),
        ("tool = 'A'\nexpires = 07:00:00", "must be a date-time, not a time"),
        ("tool = 'A'\nenabled = 1", "must be true or false, not an integer"),
        ("tool = true", "`tool` must be"),
        ("tool = []", "`tool` is empty"),
        ("id = ' a'\ntool = 'A'", "not a usable id"),
        ("tool = 'A'\ncommand_regex = '(?P<a'", "is not a regular expression"),
        ("tool = 'A'\ncommand_regex = '\\pL{1000}'", "too large"),
        ("tool = 'A'\nexamples = 'x'", "`examples` must be a table"),
        ("host = 'a b'", "is not a host glob"),
    ],
)
def test_a_bad_rule_is_refused(line: str, message: str) -> None:
    """Each fault is named, with its place and help."""
    lines = line if line.startswith("id") else "id = 'a'\n" + line
    found = problems("[[allow]]\n" + lines + "\n")
    assert message in found[0].message
    assert found[0].help
    assert found[0].line
    assert found[0].text


def test_a_pattern_for_the_slow_engine_is_a_warning() -> None:
    """What RE2 refuses and `regex` takes loads, and is pointed out."""
    loaded = load_text('[[deny]]\nid = "a"\ntool = "Bash"\ncommand_regex = "^git (?!log)"\n')
    assert loaded.rules[0].command_regex == "^git (?!log)"
    assert [(warning.message, warning.line) for warning in loaded.warnings] == [
        ("`^git (?!log)` runs with a time-out, not on RE2", 4)
    ]


def test_the_column_of_a_regex_fault_is_inside_of_the_pattern() -> None:
    """Where the source spells the pattern as it is, the caret stands under the fault."""
    (problem,) = problems("[[deny]]\nid = 'a'\ntool = 'Bash'\ncommand_regex = 'git *(a|*b)'\n")
    assert problem.text[problem.column - 1 :].startswith("*b)")


def test_an_expired_rule_is_pointed_out() -> None:
    """The rule stays (its `expires` decides at every call) and a warning says that it is over."""
    text = '[[allow]]\nid = "a"\ntool = "A"\nexpires = 2020-01-01T00:00:00Z\n'
    assert "has expired" in load_text(text, now=1577836801).warnings[0].message
    assert load_text(text, now=1577836799).warnings == ()


def test_logging_paths_are_absolute() -> None:
    """`~` is the home directory, other paths are relative to the policy file, unset ones stay empty."""
    loaded = load_text(
        "[logging]\nlog_file = 'logs/../l.jsonl'\nreview_log_file = '~/r.jsonl'\n", "/etc/p.toml", home="/h"
    )
    assert loaded.logging == Logging("/etc/l.jsonl", "/h/r.jsonl", "")


def test_the_model_table_has_all_defaults() -> None:
    """Every key of the schema is there, with the type that its users expect."""
    llm = load_text("[llm_fallback]\ntimeout_secs = 5\n[llm_fallback.actions]\non_safe = 'ask'\n").llm
    assert list(llm) == list(LLM_FIELDS)
    assert (llm["enabled"], llm["timeout_secs"], llm["max_retries"], llm["provider_preferences"]) == (False, 5, 2, ())
    assert llm["actions"] == {
        "on_safe": "ask",
        "on_unsafe": "deny",
        "on_unknown": "pass_through",
        "on_timeout": "pass_through",
        "on_error": "pass_through",
    }


def test_an_empty_file_is_a_policy() -> None:
    """A file without a word is fine: no rules and default settings."""
    loaded = load_text("")
    assert (loaded.rules, loaded.settings, loaded.warnings) == ((), ("passthrough", "parsed"), ())


def test_raw_shell_is_warned_about() -> None:
    """`shell = "raw"` loads, with a warning at its place."""
    loaded = load_text("[settings]\nshell = 'raw'\ndefault = 'ask'\n")
    assert loaded.settings == ("ask", "raw")
    assert [(warning.line, warning.column) for warning in loaded.warnings] == [(2, 9)]


def test_revisions_follow_content_and_layer() -> None:
    """The same text has the same revision; another text or layer another one."""
    revisions: list[LoadedPolicy] = [load_text(""), load_text(""), load_text("# x"), load_text("", layer="user")]
    names = [loaded.revision for loaded in revisions]
    assert names[0] == names[1]
    assert len(set(names)) == 3
    assert all(len(name) == 16 and int(name, 16) >= 0 for name in names)
