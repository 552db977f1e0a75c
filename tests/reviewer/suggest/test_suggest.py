"""What is suggested for ordinary logs, and that every claim is the engine's word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from learning_lab import Lab, fields

from callgate.core.model import ToolCall
from callgate.engine.examples import check_examples
from callgate.policy.loader import load_text
from callgate.reviewer.suggest.summary import report_object, report_toml

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """A lab under `cautious`."""
    return Lab(tmp_path)


def edits(lab: Lab) -> None:
    """Edits of many sources, by the file tools and the shell."""
    for name in ("src/a.py", "src/b.py", "src/x/c.py", "tests/d.py", "tests/e.py", "f.py", "g.py"):
        lab.log(ToolCall("Write", {"file_path": name, "content": "x"}, "/srv/app"), 2)
        lab.log(f"sed -i s/a/b/ {name}")
    lab.log("cat > docs/page.md <<'EOF'\nx\nEOF", 4)


def test_edits_become_a_path_rule_on_sources(lab: Lab) -> None:
    """One rule for the file tools and the shell: the directories and endings that were written, nothing hidden."""
    edits(lab)
    made = lab.suggest()
    rule = fields(made, "edit-project")
    assert rule["operations"] == ["write"]
    assert [glob for glob in rule["path"] if not glob.startswith("!")] == [
        "<project>/*.py", "<project>/docs/page.md", "<project>/src/**/*.py", "<project>/tests/**/*.py",
    ]  # fmt: skip
    assert made.suggestions[0].prompts == made.prompts == 25
    for text in ("touch src/new.py", "sed -i 1d tests/d.py"):
        assert lab.decide(text, made).decision == "allow"
    for text in (
        "touch lib/a.py", "touch src/a.sh", "touch src/.hidden/a.py", "touch tests/conftest.py", "touch ../a.py",
        "touch .git/hooks/a.py", "touch ~/src/a.py", "rm src/a.py", "python src/a.py",
    ):  # fmt: skip
        assert lab.decide(text, made).decision != "allow"


def test_test_runs_become_word_patterns(lab: Lab) -> None:
    """Options stay as they were seen, files become globs, and everything happens inside the project."""
    for name in "abcdef":
        lab.log(f"pytest tests/test_{name}.py")
        lab.log(f"pytest -q tests/test_{name}.py", 2)
    lab.log("pytest -x tests/test_a.py", 3)
    made = lab.suggest()
    rule = fields(made, "run-pytest")
    assert rule["command"] == ["pytest (-q|-x) tests/test_*.py", "pytest tests/test_*.py"]
    assert rule["operations"] == ["execute"]
    assert rule["path"] == ["<project>/**"]
    assert lab.decide("cd src && cd .. && pytest -x tests/test_new.py", made).decision == "allow"
    for text in ("pytest", "pytest -p x tests/test_a.py", "pytest tests/../../x.py", "pytest tests/test_$X.py",
                 "cd /opt && pytest tests/test_a.py", "pytest tests/test_a.py; sh x"):  # fmt: skip
        assert lab.decide(text, made).decision != "allow"


def test_one_offs_are_dropped(lab: Lab) -> None:
    """What was asked for twice, or by one conversation of many only, is nobody's habit."""
    for name in "abcdef":
        lab.log(f"pytest tests/test_{name}.py", 2)
    lab.log("pytest --lf", 2)
    lab.log("pytest --durations=5", 50, session="obsessed")
    lab.log("touch notes/only.txt", 50, session="obsessed")
    made = lab.suggest()
    assert [one.fields["id"] for one in made.suggestions] == ["run-pytest"]
    assert fields(made, "run-pytest")["command"] == ["pytest tests/test_*.py"]


def test_a_call_counts_when_all_its_parts_are_covered(lab: Lab) -> None:
    """The marginal saving of a rule is what it adds to those before it."""
    for name in "abcdef":
        lab.log(f"touch tests/{name}.py && pytest tests/test_{name}.py", 3)
        lab.log(f"touch tests/{name}.py")
        lab.log(f"pytest tests/test_{name}.py")
    made = lab.suggest()
    assert [one.prompts for one in made.suggestions] == [6, 24]
    assert [one.alone for one in made.suggestions] == [24, 24]


def test_claims_are_what_a_replay_finds(lab: Lab) -> None:
    """For every number of rules, exactly the claimed prompts are gone: no more, no fewer."""
    edits(lab)
    for name in "abcdef":
        lab.log(f"pytest tests/test_{name}.py", 2)
        lab.log(f"echo x > tests/test_{name}.py && pytest tests/test_{name}.py")
        lab.log(f"python -c 'import {name}'", 3)
    made = lab.suggest()
    gone = 0
    for number, one in enumerate(made.suggestions, 1):
        gone += one.prompts
        calls = lab.gathered().calls
        assert gone == sum(call.prompts for call in calls
                           if lab.judge.decide(call, made.rules[:number]).decision == "allow"
                           and lab.judge.decide(call).decision != "allow")  # fmt: skip
    assert gone + sum(made.left_out.values()) == made.prompts


def test_files_that_the_agent_made_may_be_deleted_by_name(lab: Lab) -> None:
    """Scratch files that a logged call made become a rule by their names; what was there before does not."""
    for name in ("reproduce_a.py", "reproduce_b.py", "reproduce_c.py"):
        lab.log(f"cat > {name} <<'EOF'\nx\nEOF", 2)
        lab.log(f"rm {name}", 2)
    lab.log("rm README.md", 9)
    lab.log("rm -rf src", 9)
    made = lab.suggest()
    assert fields(made, "delete-own-project")["path"] == ["<project>/reproduce_*.py"]
    assert lab.decide("rm -f reproduce_new.py", made).decision == "allow"
    for text in ("rm README.md", "rm -rf src", "rm src/reproduce_a.py", "rm -rf .", "rm reproduce_a.py README.md"):
        assert lab.decide(text, made).decision != "allow"


def test_no_rule_deletes_by_a_name_that_others_bear(lab: Lab) -> None:
    """A file that was there before, and has such a name, keeps the names of scratch files from becoming a rule."""
    for name in ("reproduce_a.py", "reproduce_b.py"):
        lab.log(f"touch {name} && rm {name}", 5)
    lab.log("cat reproduce_tables.py")
    made = lab.suggest()
    assert lab.decide("rm reproduce_tables.py", made).decision != "allow"
    assert not any("delete" in one.fields["operations"] for one in made.suggestions)


def test_running_what_the_agent_made_is_no_evidence(lab: Lab) -> None:
    """A test runner on a scratch file runs what the agent wrote: an interpreter by another name."""
    for name in "abcdef":
        lab.log(f"echo x > scratch_{name}.py", 2)
        lab.log(f"pytest scratch_{name}.py", 5)
    assert not any("execute" in one.fields["operations"] for one in lab.suggest().suggestions)


def test_a_person_s_approvals_allow_the_very_words(lab: Lab) -> None:
    """A program that no profile knows is suggested in the words that a person let run three times, and no others."""
    lab.log("acme deploy --dry-run", 4, outcome="approved")
    lab.log("acme status", 4)
    lab.log("acme deploy", 2, outcome="approved")
    made = lab.suggest()
    assert [one.fields["command"] for one in made.suggestions] == [["acme deploy --dry-run"]]
    assert made.suggestions[0].risk.level == "high"
    assert lab.decide("acme deploy --dry-run", made).decision == "allow"
    assert lab.decide("acme deploy", made).decision != "allow"


def test_mcp_tools_that_look_things_up(lab: Lab) -> None:
    """MCP tools become an anchored expression of the names that were used; those that change things do not."""
    for name in ("get_issue", "list_issues", "create_issue", "get_api_token"):
        lab.log(ToolCall(f"mcp__tracker__{name}", {"id": 1}, "/srv/app"), 5)
    made = lab.suggest()
    assert fields(made, "mcp-tracker")["tool_regex"] == "^mcp__tracker__(get_issue|list_issues)$"
    assert len(made.suggestions) == 1


def test_pages_of_hosts_that_a_person_approved(lab: Lab) -> None:
    """A host is suggested once a person let it be fetched again and again; an address that nobody approved is not."""
    page = ToolCall("WebFetch", {"url": "https://docs.example.org/a", "prompt": "x"}, "/srv/app")
    lab.log(page, 4, outcome="approved")
    lab.log(ToolCall("WebFetch", {"url": "https://evil.example/a", "prompt": "x"}, "/srv/app"), 40)
    made = lab.suggest()
    assert [one.fields["host"] for one in made.suggestions] == [["docs.example.org"]]
    assert made.suggestions[0].risk.level == "high"


def test_the_output_is_a_policy(lab: Lab) -> None:
    """What is printed loads as it is, says the same as the rules that were proven, and its examples pass."""
    edits(lab)
    for name in "abcdef":
        lab.log(f"pytest tests/test_{name}.py", 2)
    made = lab.suggest()
    loaded = load_text(report_toml(made))
    assert not loaded.warnings
    assert not check_examples(loaded)
    assert len(loaded.examples) == len(made.rules) == 2
    strip = [rule._replace(source=made.rules[0].source) for rule in loaded.rules]
    assert strip == [rule._replace(source=made.rules[0].source) for rule in made.rules]
    operations = report_object(made)["apply"]["operations"]
    assert [one["rule"]["id"] for one in operations] == [rule.id for rule in made.rules]


def test_ids_that_are_taken_are_not_used(tmp_path: Path) -> None:
    """A suggestion never has the id of a rule in force."""
    lab = Lab(tmp_path, '[[deny]]\nid = "run-pytest"\ncommand = "nothing"\n')
    for name in "abcdef":
        lab.log(f"pytest tests/test_{name}.py", 2)
    assert [one.fields["id"] for one in lab.suggest().suggestions] == ["run-pytest-2"]


@pytest.mark.parametrize(
    "command",
    [
        "python x.py", "python3 -m http.server", "node x.js", "bash x.sh", "make deploy", "npx cowsay", "./run.sh",
        "xargs rm < list", "sudo pytest tests/a.py", "PYTHONPATH=x pytest tests/a.py", "acme", "find . -delete",
        "curl https://a.example", "pip install x", "git push", "git -c core.pager=x log", "cat ~/notes/x.txt",
        "touch a.sh", "touch Makefile", "touch .github/workflows/ci.yml", "touch package.json", "touch ~/x.py",
        "sed -i s/a/b/e src/a.py", "rm -rf build", "cat ~/.ssh/id_rsa", "cat /etc/shadow", "echo $X > src/$X.py",
        "pytest -p evil tests/a.py", "docker run x", "ssh host ls", "git commit --no-verify -m x", "ln -s / x",
        "mv src/a.py src/b.py", "tee .env", "sh -c 'python x.py'", "chmod 777 .", "chown -R x .", "git push --force",
        "pytest --no-verify tests/a.py",
    ],
)  # fmt: skip
def test_what_is_never_suggested(lab: Lab, command: str) -> None:
    """However often it was asked for, no suggestion makes it allowed."""
    lab.log(command, 500)
    made = lab.suggest()
    assert lab.decide(command, made).decision != "allow"
    assert not made.suggestions


def test_an_empty_log_suggests_nothing(lab: Lab) -> None:
    """No calls, no rules, and a file that loads all the same."""
    lab.file.touch()
    made = lab.suggest()
    assert not made.suggestions
    assert not load_text(report_toml(made)).rules


def test_masked_calls_are_no_evidence(lab: Lab) -> None:
    """A call whose secret was masked is not what was sent: no rule is made of it."""
    for name in "abcdef":
        lab.log(f"pytest tests/{name}.py -k ghp_{name * 36}", 3)
    made = lab.suggest()
    assert not made.suggestions
    assert made.left_out == {"secrets in it were masked": 18}
