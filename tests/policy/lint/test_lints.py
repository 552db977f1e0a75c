"""Each lint on small policies: what it finds, where it points, and near misses that it leaves alone."""

from __future__ import annotations

import pytest

from callgate.core.model import Rule, RuleSource, ToolCall
from callgate.engine.units import analyse
from callgate.policy.globs import Anchors
from callgate.policy.lint import LINTS, Finding, Idle, check
from callgate.policy.lint.tools import KINDS
from callgate.policy.loader import LoadedPolicy, load_text

ANCHORS = Anchors("/home/u", "/home/u/p", "/home/u/p")
SECRETS = '[[deny]]\nid = "s"\npath = ["**/.env", "~/.ssh/**", "~/.aws/**", "~/.netrc"]\n'


def lint(text: str, **more: object) -> list[Finding]:
    """Load and check a policy."""
    loaded: LoadedPolicy = load_text(text, "/home/u/policy.toml", home="/home/u")
    return check(
        loaded.rules,
        anchors=ANCHORS,
        settings=loaded.settings,
        idle=[Idle(one.rule, one.why) for one in loaded.idle],
        examples=frozenset(one.rule_id for one in loaded.examples),
        now=float(str(more.get("now", 0.0))),
    )


def rule(action: str, fields: str, name: str = "r") -> str:
    """One rule as TOML."""
    return f'[[{action}]]\nid = "{name}"\n{fields}\n'


def a(fields: str, name: str = "a") -> str:
    """One allow rule."""
    return rule("allow", fields, name)


def d(fields: str, name: str = "d") -> str:
    """One deny rule."""
    return rule("deny", fields, name)


def q(fields: str, name: str = "q") -> str:
    """One ask rule."""
    return rule("ask", fields, name)


FOUND: list[tuple[str, str, str, str, str]] = [
    # code, rule, field, policy, part of message, help or witness
    ("shadowed_rule", "a", "", a('command = "git push *"') + d('command = "git *"'), "never decides"),
    ("shadowed_rule", "q", "", q('command = "git push"') + d('command = "git (push|pull) *"'), "denies"),
    ("shadowed_rule", "a", "", a('command = "git push *"') + d('tool = "Bash"'), "denies everything"),
    ("shadowed_rule", "a", "", a('path = "src/a.py"') + d('path = "src/**"'), "denies everything"),
    ("shadowed_rule", "a", "", a('path = "src/**"\noperations = ["write"]') + q('operations = ["write"]'), "asks about"),
    ("shadowed_rule", "a", "", a('tool = "Bash"\ncommand_regex = "^git push$"') + d('tool = "Bash"\ncommand_regex = "^git (push|pull)"'), "denies"),
    ("shadowed_rule", "a", "", a('command = "git push *"') + d('tool = "Bash"\ncommand_regex = "^git "'), "denies"),
    ("shadowed_rule", "a", "command", a('command = ["git log *", "git push *"]') + d('command = "git push *"'), "git push *"),
    ("dead_rule", "a", "expires", a('command = "x"\nexpires = 2001-01-01T00:00:00Z'), "expired"),
    ("dead_rule", "a", "command", a('tool = "Read"\ncommand = "cat *"'), "has no command"),
    ("dead_rule", "a", "file_path_regex", a('tool = "Bash"\nfile_path_regex = "^/x$"'), "names no file"),
    ("dead_rule", "d", "operations", d('tool = "Read"\noperations = ["write"]'), "only does read"),
    ("dead_rule", "a", "host", a('tool = "WebFetch"\nhost = "docs.example.com"'), 'operations = ["network"]'),
    ("dead_rule", "a", "prompt_regex", a('tool = "Read"\nprompt_regex = "x"'), "no subagent"),
    ("dead_rule", "o", "", "[old]\nenabled = false\n[[old.allow]]\nid = \"o\"\ncommand = \"x *\"\n", "switched off"),
    ("rule_overlap", "b", "", a('command = "make *"') + a('command = "make test"', "b"), "adds nothing"),
    ("rule_overlap", "b", "", a('command = "make test"') + a('command = "make test"', "b"), "adds nothing"),
    ("rule_overlap", "b", "command", a('command = "make *"') + a('command = ["tox *", "make all"]', "b"), "`make all`"),
    ("rule_overlap", "a", "command", a('command = ["make *", "make all"]'), "beside it"),
    ("rule_overlap", "e", "path", d('path = ["~/.ssh/id", "~/.ssh/**"]', "e"), "beside it"),
    ("rule_overlap", "b", "command_regex", a('tool = "Bash"\ncommand_regex = "^(?=g)git "') + a('tool = "Bash"\ncommand_regex = "^git (log|diff|show)$"', "b"), "examples made up"),
    ("contradiction", "a", "", a('command = "deploy --fast *"') + d('command = "deploy * --prod"'), "deploy --fast --prod"),
    ("contradiction", "a", "", a('tool = "Bash"\ncommand_regex = "^deploy (x|y)$"') + q('tool = "Bash"\ncommand_regex = "^deploy (y|z)$"'), "`deploy y`"),
    ("unanchored", "a", "command_regex", a('tool = "Bash"\ncommand_regex = "npm test$"'), "evil-npm test"),
    ("unanchored", "a", "command_regex", a('tool = "Bash"\ncommand_regex = "^npm test"'), "npm test-more"),
    ("unanchored", "a", "command_regex", a('tool = "Bash"\ncommand_regex = "^ls$|pwd$"'), "evil-pwd"),
    ("unanchored", "a", "tool_regex", a('tool_regex = "TodoWrite|TodoRead"'), "mcp__evil__TodoWrite"),
    ("unanchored", "a", "file_path_regex", SECRETS + a('tool = "Read"\nfile_path_regex = "docs/.*[.]md$"'), "/elsewhere/docs"),
    ("unanchored", "a", "command_regex", '[settings]\nshell = "raw"\n' + a('tool = "Bash"\ncommand_regex = "^ls "'), "rm -rf"),
    ("catastrophic", "d", "command_regex", d("tool = \"Bash\"\ncommand_regex = '^(?=a)(a+)+$'"), "runs out of time"),
    ("unknown_tool", "d", "tool", d('tool = "bash"'), "did you mean `Bash`"),
    ("unknown_tool", "d", "tool", d('tool = "WebFecth"'), "did you mean `WebFetch`"),
    ("unknown_tool", "d", "tool_regex", d('tool_regex = "^(Read|Wirte)$"'), "did you mean `Write`"),
    ("unknown_tool", "d", "tool", d('tool = "read_file"'), "write `Read`"),
    ("unknown_tool", "d", "tool", d('tool = "mcp__tracker"'), "^mcp__tracker__"),
    ("unknown_tool", "d", "tool", d('tool = "mcp__tracker__*"'), "tool_regex"),
    ("dead_path", "d", "path", d('path = "$HOME/.ssh/**"'), "write `~/.ssh/**`"),
    ("dead_path", "d", "path", d('path = "src/*.{js,ts}"'), '"src/*.js", "src/*.ts"'),
    ("dead_path", "d", "path", d("path = '^/etc/.*\\.conf$'"), "regular expression"),
    ("dead_path", "d", "path", d('path = "a[b/c]d"'), "class with a `/`"),
    ("dead_path", "d", "path", d('path = "<project>src/**"'), "write the slash"),
    ("dead_path", "d", "path", d('path = "./src/**"'), "seen from `/home/u/p`"),
    ("dead_path", "d", "operations", d('path = "/x/**"\noperations = ["network"]'), "can never match"),
    ("dead_path", "d", "operations", d('path = "/x/**"\noperations = ["read", "network"]'), "does not speak of it"),
    ("dead_path", "a", "file_path_regex", a("tool = \"Read\"\nfile_path_regex = '^/x/docs/$'"), "no slash at its end"),
    ("say_it_better", "a", "command_regex", a('tool = "Bash"\ncommand_regex = "^git (status|log)( |$)"'), "git (status|log) *"),
    ("say_it_better", "a", "command_regex", a("tool = \"Bash\"\ncommand_regex = '^npm run [a-c]$'"), "npm run (a|b|c)"),
    ("say_it_better", "a", "command_regex", a("tool = \"Bash\"\ncommand_regex = '^cargo test\\b'"), "cargo test *"),
    ("say_it_better", "d", "file_path_regex", d("tool = \"Read\"\nfile_path_regex = '(^|/)\\.env$'"), "**/.env"),
    ("say_it_better", "a", "file_path_regex", SECRETS + a("tool = \"Read\"\nfile_path_regex = '^/home/u/p/docs/.*\\.md$'"), "<project>/docs/**/*.md"),
    ("say_it_better", "d", "file_path_regex", d("tool = \"Read\"\nfile_path_regex = 'secret'"), "**/*secret*"),
    ("broad_pattern", "a", "tool", a('tool = "Bash"'), "runs any command"),
    ("broad_pattern", "a", "tool_regex", a('tool_regex = ".*"'), "every call"),
    ("broad_pattern", "a", "command_regex", a('tool = "Bash"\ncommand_regex = ".*"'), "matches everything"),
    ("broad_pattern", "a", "command", a('command = ["ls *", "* x *", "* "]'), "every command"),
    ("broad_pattern", "a", "command", a('command = ["ls *", "python *"]'), "`python`"),
    ("broad_pattern", "a", "command", a('command = "sudo *"'), "`sudo`"),
    ("broad_pattern", "a", "command_regex", a('tool = "Bash"\ncommand_regex = "^bash "'), "`bash`"),
    ("broad_pattern", "a", "operations", a('operations = ["read", "write"]'), "`write` everywhere"),
    ("broad_pattern", "a", "path", a('path = "/**"\noperations = ["delete"]'), "delete in all of it"),
    ("missing_exclude", "a", "path", a('path = "<project>/**"'), ".git/hooks"),
    ("missing_exclude", "a", "path", a('path = "<project>/**"\noperations = ["read"]'), ".env"),
    ("missing_exclude", "a", "file_path_regex", a('tool = "Write"\nfile_path_regex = "^/home/u/p/"'), ".git/hooks"),
    ("missing_exclude", "a", "command_regex", '[settings]\nshell = "raw"\n' + a('tool = "Bash"\ncommand_regex = "^ls .*$"'), "; rm -rf ~"),
    ("performance", "a", "command_regex", a("tool = \"Bash\"\ncommand_regex = '^git (?!push)'"), "command_exclude_regex = '^git push'"),
    ("performance", "a", "command_regex", a("tool = \"Bash\"\ncommand_regex = '^x[a-z]{999}[0-9]{999}[a-f]{999}[A-Z]{999}[a-c]{999}[x-z]{999}$'"), "instructions"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "name", "field", "text", "part"), FOUND)
def test_found(code: str, name: str, field: str, text: str, part: str) -> None:
    """The lint finds it, names the rule and the field, and says what the table says."""
    found = lint(text, now=2_000_000_000.0)
    matching = [one for one in found if one.code == code and one.rule.id == name and one.field == field]
    shown = [f"{one.code} {one.rule.id} {one.field}: {one.message} | {one.help} | {one.witness}" for one in found]
    assert any(part in f"{one.message} {one.help} {one.witness} {one.suggestion}" for one in matching), shown


def test_every_code_is_tried() -> None:
    """The table above leaves out only the lint that needs an untrusted file."""
    assert {code for code, *_ in FOUND} == set(LINTS) - {"untrusted_only"}


CLEAN: list[tuple[str, str]] = [
    ("shadowed_rule", a('command = "git *"') + d('command = "git push *"')),
    ("shadowed_rule", a('command = "git push *"') + d('command = "git push *"\nmode = ["plan"]')),
    ("shadowed_rule", a('command = "git push *"') + d('command = "git push *"\nlevel = "warn"')),
    ("shadowed_rule", a('command = "git push *"') + d('command = "git push *"\npath = "src/**"')),
    ("shadowed_rule", a('command = "git push *"') + d('tool = "Read"')),
    ("shadowed_rule", a('command = "git push *"') + d('command = "git *"\ncommand_exclude_regex = "push"')),
    ("shadowed_rule", a('path = "src/**"') + d('path = ["src/**", "!src/a.py"]')),
    ("shadowed_rule", a('path = "src/**"') + d('path = "src/**"\noperations = ["write"]')),
    ("shadowed_rule", q('tool = "Bash"\ncommand_regex = "^git push"') + d('command = "git push *"')),
    ("rule_overlap", a('command = "git log *"') + a('command = "git log --output=x *"', "b")),
    ("rule_overlap", a('command = "git *"\noperations = ["read"]') + a('command = "git log *"', "b")),
    ("rule_overlap", a('path = "src/**"\noperations = ["read"]') + a('path = ["src/**"]\noperations = ["read", "write"]', "b").replace("src", "lib")),
    ("contradiction", a('command = "git log *"') + d('command = "git push *"')),
    ("contradiction", a('command = "x --a *"\nmode = ["plan"]') + d('command = "x * --b"\nmode = ["default"]')),
    ("unanchored", a('tool = "Bash"\ncommand_regex = "^git (status|log)( |$)"')),
    ("unanchored", a("tool = \"Bash\"\ncommand_regex = '^x [\\w-]+$'")),
    ("unanchored", a('tool_regex = "^mcp__tracker__get_"')),
    ("unanchored", d('tool = "Bash"\ncommand_regex = "rm -rf"')),
    ("catastrophic", d("tool = \"Bash\"\ncommand_regex = '^(a+)+$'")),
    ("catastrophic", d("tool = \"Bash\"\ncommand_regex = '^git (?!push)'")),
    ("unknown_tool", d('tool = "mcp__tracker__create_issue"')),
    ("unknown_tool", d('tool = "FrobnicateQuux"')),
    ("unknown_tool", d('tool_regex = "^mcp__"')),
    ("dead_path", d('path = ["**/.env.*", "[ab]/x", "~/.ssh/**", "src/", "*.py", "/etc/", "!**/.env.*.example"]')),
    ("dead_rule", a('tool = "WebFetch"\nhost = "x.example"\noperations = ["network"]')),
    ("dead_rule", d('host = "x.example"')),
    ("say_it_better", a('tool = "Bash"\ncommand_regex = "^git (status|log)( |$)"\nexamples = { match = ["git log"] }')),
    ("say_it_better", a('tool = "Bash"\ncommand_regex = "^git log [^;]*$"')),
    ("say_it_better", d("tool = \"Read\"\nfile_path_regex = 'a.*b'")),
    ("broad_pattern", a('command = ["python scripts/x.py *", "python -m pytest *", "ls *"]')),
    ("broad_pattern", a('command = "python *"\noperations = ["execute"]\npath = "<project>"')),
    ("broad_pattern", a('tool = "TodoWrite"')),
    ("broad_pattern", d('tool = "Bash"')),
    ("missing_exclude", SECRETS + a('path = ["<project>/**"]\noperations = ["read"]')),
    ("missing_exclude", a('path = ["<project>/docs/**"]')),
    ("missing_exclude", a('path = "<project>/**"') + d('path = ["**/.git/**", "**/.claude/**", "**/.vscode/**", "**/.github/**", "**/.env*"]')),
    ("performance", a('tool = "Bash"\ncommand_regex = "^git log"')),
]  # fmt: skip


@pytest.mark.parametrize(("code", "text"), CLEAN)
def test_left_alone(code: str, text: str) -> None:
    """A near miss is not reported: the lint would be wrong, or could not prove it."""
    assert [one.message for one in lint(text) if one.code == code and one.severity == "warning"] == []


def test_an_exception_is_a_note() -> None:
    """A deny that takes something out of a broader allow is worth knowing, and no warning."""
    found = [one for one in lint(a('command = "git *"') + d('command = "git push *"')) if one.code == "contradiction"]
    assert [(one.severity, one.witness) for one in found] == [("note", "git push")]


def test_a_mode_that_nobody_reports() -> None:
    """The loader refuses such a mode; a rule that is made elsewhere is found, too."""
    odd = Rule("r", "allow", RuleSource("x.toml", 1), command=("ls *",), mode=("yolo",))
    assert [one.code for one in check([odd])] == ["dead_rule"]


def test_untrusted_rules_are_named_with_the_command() -> None:
    """An allow rule that only an untrusted file carries says how to trust the file; one that others cover does not."""
    ours = Rule("ours", "allow", RuleSource("/u.toml", 1), command=("make *",))
    source = RuleSource("/p/.callgate.toml", 3, "project")
    theirs = [
        Idle(Rule("theirs", "allow", source, command=("tox *",)), "untrusted"),
        Idle(Rule("same", "allow", source, command=("make test",)), "untrusted"),
    ]
    found = check([ours], idle=theirs)
    assert [(one.code, one.rule.id) for one in found] == [("untrusted_only", "theirs")]
    assert "callgate trust /p/.callgate.toml" in found[0].help


def test_only_what_concerns_some_rules() -> None:
    """With `about`, findings of other rules are left out; a pair is kept when one of the two is meant."""
    text = a('command = "make *"') + a('command = "make test"', "b") + a('command = "python *"', "c")
    rules = load_text(text).rules
    assert {(one.code, one.rule.id) for one in check(rules, about=frozenset({"a"}))} == {("rule_overlap", "b")}


def test_important_findings_come_first() -> None:
    """What allows too much stands in front of matters of style, notes stand last."""
    text = a('tool = "Bash"\ncommand_regex = "^git (status|log)( |$)"') + a('command = "python *"', "c")
    text += d('tool = "Bash"\ncommand_regex = "^git log$"')
    assert [one.code for one in lint(text)] == ["broad_pattern", "say_it_better", "say_it_better", "contradiction"]


@pytest.mark.parametrize("tool", sorted(KINDS))
def test_what_tools_do_is_what_the_engine_makes_of_them(tool: str) -> None:
    """The kinds of operation listed for a tool are those of its calls; the shell's are all."""
    fields = {"file_path": "x", "notebook_path": "x", "path": "x", "pattern": "*", "url": "https://x.example/"}
    units = analyse(ToolCall(tool, fields, "/p"), "/home/u").units
    kinds = {operation.kind for unit in units for operation in unit.operations}
    if tool in {"Bash", "Monitor"}:
        assert len(KINDS[tool]) == 7
    else:
        assert kinds == KINDS[tool]


def test_a_large_policy_ends() -> None:
    """Hundreds of rules are compared within a budget of steps; what is left out is said, or nothing was."""
    text = "".join(a(f'command = "tool{i % 40} sub{i} *"', f"a{i}") for i in range(300))
    text += "".join(d(f'path = "/srv/{i}/**/x*y*z{i}"', f"d{i}") for i in range(100))
    assert [one for one in lint(text) if one.severity == "warning"] == []
