"""How broad a rule is: a table, and the law that what matches more is never called narrower."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.core.model import Rule, RuleSource
from callgate.policy.schema import BREADTHS
from callgate.reviewer.apply.breadth import breadth, widest

EXACT, SUBCOMMAND, PROGRAM, TOOL = BREADTHS


def rule(**fields: Any) -> Rule:  # noqa: ANN401 - as many types as matchers
    """Return an allow rule with these matchers."""
    return Rule("r", "allow", RuleSource("p.toml", 1))._replace(**fields)


COMMANDS = [
    ("make test", EXACT),
    ("git status", EXACT),
    ("python x.py", EXACT),
    ("sudo reboot", EXACT),
    ("git log *", SUBCOMMAND),
    ("git (log|show) *", SUBCOMMAND),
    ("npm run build *", SUBCOMMAND),
    ("cargo test *", SUBCOMMAND),
    ("kubectl get *", TOOL),
    ("terraform plan *", SUBCOMMAND),
    ("git lo*", PROGRAM),
    ("git *", PROGRAM),
    ("git -C *", PROGRAM),
    ("rm *", PROGRAM),
    ("(rm|git log) *", PROGRAM),
    ("git (log)? *", PROGRAM),
    ("python -m pytest *", PROGRAM),
    ("python3.12 -m mypy *", PROGRAM),
    ("python -m pdb *", TOOL),
    ("python *", TOOL),
    ("python3.12 *", TOOL),
    ("/usr/bin/python3 *", TOOL),
    ("node -e *", TOOL),
    ("npm run *", TOOL),
    ("npm exec sh *", TOOL),
    ("uv run python *", TOOL),
    ("git config *", TOOL),
    ("sudo *", TOOL),
    ("xargs rm *", TOOL),
    ("env *", TOOL),
    ("make *", TOOL),
    ("*", TOOL),
    ("g* status", TOOL),
    ("?ake test", TOOL),
    ("(a|b|*) c", TOOL),
    ("* -r *", TOOL),
    ("PATH=*", TOOL),
]


@pytest.mark.parametrize(("pattern", "expected"), COMMANDS)
def test_word_patterns(pattern: str, expected: str) -> None:
    """A word pattern is as broad as what it leaves open."""
    assert breadth(rule(command=(pattern,))) == expected


REGEXES = [
    (r"^git status$", EXACT),
    (r"^python x\.py$", EXACT),
    (r"^git log\b", SUBCOMMAND),
    (r"^git log ", SUBCOMMAND),
    (r"^git log( |$)", SUBCOMMAND),
    (r"^cargo test\s", SUBCOMMAND),
    (r"^git (log|show)", PROGRAM),
    (r"^git sta", PROGRAM),
    (r"^git ", PROGRAM),
    (r"^cargo", TOOL),
    (r"^python ", TOOL),
    (r"git status", TOOL),
    (r"^git status|rm", TOOL),
    (r"^git status$|.*", TOOL),
    (r"(?i)^git status$", TOOL),
    (r".*", TOOL),
    (r"^", TOOL),
    (r"^gits? log ", TOOL),
]


@pytest.mark.parametrize(("regex", "expected"), REGEXES)
def test_regexes(regex: str, expected: str) -> None:
    """Of a regular expression only what it must begin with counts."""
    assert breadth(rule(tool="Bash", command_regex=regex)) == expected


OTHERS: list[tuple[dict[str, Any], str]] = [
    ({"path": ("<project>/README.md",), "operations": ("read",)}, EXACT),
    ({"path": ("~/notes.txt",), "operations": ("read", "write")}, EXACT),
    ({"path": ("src/**",), "operations": ("write",)}, SUBCOMMAND),
    ({"path": ("<project>/**", "!**/.env"), "operations": ("write",)}, SUBCOMMAND),
    ({"path": ("**/*.py",), "operations": ("read",)}, SUBCOMMAND),
    ({"path": ("README.md",), "operations": ("read",)}, SUBCOMMAND),
    ({"path": ("src/**",)}, PROGRAM),
    ({"path": ("src/**",), "operations": ("execute",)}, PROGRAM),
    ({"path": ("~/notes/**",), "operations": ("read",)}, PROGRAM),
    ({"path": ("/home/me/notes/**",), "operations": ("read",)}, PROGRAM),
    ({"path": ("/usr/share/**",), "operations": ("read",)}, PROGRAM),
    ({"path": ("/tmp/**",), "operations": ("write",)}, PROGRAM),
    ({"path": ("~/**",), "operations": ("read",)}, TOOL),
    ({"path": ("/**",), "operations": ("read",)}, TOOL),
    ({"path": ("/home/*/x",), "operations": ("read",)}, TOOL),
    ({"path": ("/etc/**",), "operations": ("read",)}, TOOL),
    ({"path": ("src/**", "/**"), "operations": ("read",)}, TOOL),
    ({"operations": ("read",)}, TOOL),
    ({"host": ("api.example.com",)}, EXACT),
    ({"host": ("*.example.com",)}, SUBCOMMAND),
    ({"host": ("*.com",)}, TOOL),
    ({"host": ("*",)}, TOOL),
    ({"tool": "Bash"}, TOOL),
    ({"tool": "Read"}, TOOL),
    ({"tool": "Read", "file_path_regex": "^/srv/data/x$"}, EXACT),
    ({"tool": "Read", "file_path_regex": "^/srv/data/"}, PROGRAM),
    ({"tool": "Read", "file_path_regex": "/srv/data/"}, TOOL),
    ({"tool": "WebFetch"}, TOOL),
    ({"tool": "WebFetch", "host": ("example.com",)}, EXACT),
    ({"tool": "mcp__tracker__list"}, PROGRAM),
    ({"tool": "mcp__tracker__list", "input_regex": (("state", "^open$"),)}, SUBCOMMAND),
    ({"tool_regex": "^(?:mcp__a__b|mcp__a__c)$"}, PROGRAM),
    ({"tool_regex": "^(?:mcp__a__b|Bash)$"}, TOOL),
    ({"tool_regex": "^mcp__tracker__"}, TOOL),
    ({"tool_regex": ".*"}, TOOL),
    ({"tool": "Task"}, TOOL),
    ({"tool": "Task", "subagent_type": "tester"}, PROGRAM),
    ({"command": ("rm *",), "path": ("src/x",)}, PROGRAM),
]


@pytest.mark.parametrize(("fields", "expected"), OTHERS)
def test_paths_hosts_and_tools(fields: dict[str, Any], expected: str) -> None:
    """Files are narrow one by one, wider below a place, everything when no place is fixed; tools by what they do."""
    assert breadth(rule(**fields)) == expected


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_text_has_a_breadth(command: str, regex: str) -> None:
    """Whatever a rule holds, the answer is one of the four words, and a rule about nothing is the broadest."""
    for one in (rule(command=(command,)), rule(command_regex=regex), rule(path=(command,)), rule(tool_regex=regex)):
        assert breadth(one) in BREADTHS


@given(st.lists(st.sampled_from([pattern for pattern, _ in COMMANDS]), min_size=1, max_size=4))
def test_a_list_is_as_broad_as_its_broadest(patterns: list[str]) -> None:
    """One broad pattern among narrow ones makes the rule broad."""
    assert breadth(rule(command=tuple(patterns))) == widest(breadth(rule(command=(one,))) for one in patterns)
