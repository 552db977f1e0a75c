"""`callgate import claude-settings`: golden pages, the usual places, hostile files.

`UPDATE_GOLDEN=1 pytest tests/cli/test_import_claude_settings.py` rewrites the pages in tests/cli/golden/import.
"""

from __future__ import annotations

import json
import os
import shutil
import tomllib
from pathlib import Path

import pytest

from callgate.cli import claude_settings_files as settings_files
from callgate.cli import main
from callgate.policy.loader import load_text

GOLDEN = Path(__file__).parent / "golden" / "import"
COMMAND = ["import", "claude-settings"]
TOKEN = "ghp_" + "0123456789abcdefghijABCDEFGHIJ012345"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in a home directory, the working directory, and no managed settings."""
    place = tmp_path / "home" / "shop"
    (place / ".claude").mkdir(parents=True)
    (tmp_path / "home/.claude").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(place)
    monkeypatch.setattr(settings_files, "MANAGED", str(tmp_path / "managed"))
    return place


def save(path: Path, *, allow: list[object] | None = None, **lists: list[object]) -> None:
    """Write a settings file with these permissions."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"permissions": {"allow": allow or [], **lists}}, indent=1))


def test_golden(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A realistic file of 150 approvals comes out as the pages in tests/cli/golden/import say."""
    shutil.copy(GOLDEN / "settings.local.json", project / ".claude/settings.local.json")

    assert main.run(COMMAND) == 0
    shown = capsys.readouterr()
    home = str(project.parent)
    managed = str(project.parent.parent / "managed")
    for name, page in (("rules.toml", shown.out), ("report.txt", shown.err)):
        text = page.replace(managed, "{managed}").replace(home, "{home}")
        if os.environ.get("UPDATE_GOLDEN"):
            (GOLDEN / name).write_text(text)
        assert text == (GOLDEN / name).read_text(), name
    assert TOKEN not in shown.out + shown.err


def test_the_golden_rules_load() -> None:
    """The golden policy loads without a warning."""
    loaded = load_text((GOLDEN / "rules.toml").read_text().replace("{home}", "/home/user"), project="/home/user/shop")

    assert loaded.rules
    assert not loaded.warnings


def test_usual_places(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a file the managed, the user's, the project's and the local settings are read, and each is named."""
    save(tmp_path / "managed/managed-settings.json", deny=["Bash(a:*)"])
    save(tmp_path / "managed/managed-settings.d/10-more.json", deny=["Bash(b:*)"])
    save(project.parent / ".claude/settings.json", allow=["Bash(c:*)"])
    save(project / ".claude/settings.json", allow=["Bash(d:*)"])

    assert main.run(COMMAND) == 0
    shown = capsys.readouterr()
    assert set(tomllib.loads(shown.out)) == {"deny", "allow"}
    assert [rule["command"] for rule in tomllib.loads(shown.out)["allow"]] == ["c *", "d *"]
    assert "read: ~/.claude/settings.json (user): 1 allow" in shown.err
    assert "read: .claude/settings.json (project): 1 allow" in shown.err
    assert "not there: .claude/settings.local.json (local)" in shown.err
    assert "10-more.json (managed): 1 deny" in shown.err
    assert "somebody else's proposal (it comes with the project)" in shown.err


def test_scope(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--scope` chooses among the usual places; when there is nothing, that is an error that names where it looked."""
    save(project.parent / ".claude/settings.json", allow=["Bash(c:*)"])
    save(project / ".claude/settings.json", allow=["Bash(d:*)"])

    assert main.run([*COMMAND, "--scope", "user"]) == 0
    assert [rule["command"] for rule in tomllib.loads(capsys.readouterr().out)["allow"]] == ["c *"]
    assert main.run([*COMMAND, "--scope", "local"]) == 65
    assert "settings.local.json" in capsys.readouterr().err


def test_a_project_is_found_from_below(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a directory below the project, the project's settings are the ones that are read."""
    save(project / ".claude/settings.json", allow=["Bash(d:*)"])
    (project / "src").mkdir()
    monkeypatch.chdir(project / "src")

    assert main.run([*COMMAND, "--scope", "project"]) == 0
    assert "d *" in capsys.readouterr().out


def test_local_settings_that_git_tracks(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Local settings that came with the repository are called a proposal, the user's own are not."""
    save(project / ".claude/settings.local.json", allow=["Bash(d:*)"])

    assert main.run(COMMAND) == 0
    assert "proposal" not in capsys.readouterr().err
    (project / ".git").mkdir()
    (project / ".git/index").write_bytes(b"DIRC\0\0\0\x02...\0.claude/settings.local.json\0")
    assert main.run(COMMAND) == 0
    assert "proposal (git tracks it" in capsys.readouterr().err


def test_output(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--output` writes the rules, never over a file without `--force`, never to where callgate finds its policy."""
    save(project / ".claude/settings.json", allow=["Bash(d:*)"])
    target = project / "rules.toml"

    assert main.run([*COMMAND, "--output", str(target)]) == 0
    first = target.read_text()
    assert tomllib.loads(first)["allow"][0]["id"] == "d"
    assert capsys.readouterr().out == ""
    target.write_text("mine")
    assert main.run([*COMMAND, "--output", str(target)]) == 64
    assert target.read_text() == "mine"
    assert main.run([*COMMAND, "--output", str(target), "--force"]) == 0
    assert target.read_text() == first
    for policy in (project / ".callgate.toml", project.parent / ".config/callgate/policy.toml"):
        assert main.run([*COMMAND, "--output", str(policy), "--force"]) == 64
        assert not policy.exists()


def test_force_replaces_no_link(project: Path) -> None:
    """`--force` does not write through a symbolic link."""
    save(project / ".claude/settings.json", allow=["Bash(d:*)"])
    (project / "other").write_text("mine")
    (project / "rules.toml").symlink_to("other")

    assert main.run([*COMMAND, "--output", "rules.toml", "--force"]) == 64
    assert (project / "other").read_text() == "mine"


def test_json(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--json` has sources, rules with their origins, findings, the TOML, and an operation for `apply`."""
    save(project / ".claude/settings.json", allow=["Bash(npm run:*)", "Bash(python:*)", f"Bash(x {TOKEN})"])

    assert main.run([*COMMAND, "--json"]) == 0
    shown = capsys.readouterr()
    found = json.loads(shown.out)
    assert [(rule["rule"]["id"], rule["enabled"]) for rule in found["rules"]] == [("npm-run", True), ("python", False)]
    assert found["rules"][0]["from"] == [
        {"text": "Bash(npm run:*)", "action": "allow", "file": ".claude/settings.json", "line": 4}
    ]
    assert [operation["operation"] for operation in found["operation"]["operations"]] == ["add_rule"] * 2
    assert found["operation"]["operations"][0]["rule_type"] == "allow"
    assert {finding["kind"] for finding in found["findings"]} == {"dangerous"}
    assert tomllib.loads(found["toml"])["allow"][0]["command"] == "npm run *"
    assert TOKEN not in shown.out


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"permissions": {"allow": []}, "permissions": {}}', "duplicate key `permissions`"),
        (b'{"permissions": []}', "`permissions` is of kind array, expected object"),
        (b'{"permissions": {"deny": "Bash"}}', "`permissions.deny` is of kind string, expected array"),
        (b"[" * 200 + b"]" * 200, "nested deeper than 100"),
        (b'{"permissions": {"allow": ["' + b"x" * (5 << 20) + b'"]}}', "larger than"),
        (b"\xff\xfe{}", "not UTF-8"),
        (b"[]", "the top level is of kind array"),
        (b'{"permissions": {"allow": [', "the file ends in the middle"),
        (b'{"permissions": {"allow": [' + b'"a",' * 3_000 + b'"b"]}}', "more than 2,000 rules"),
    ],
    ids=["duplicate", "kind", "list", "deep", "large", "encoding", "top", "torn", "many"],
)
def test_a_hostile_file_is_refused(
    project: Path, content: bytes, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is no settings file is a clear error with its path; nothing is printed."""
    (project / ".claude/settings.json").write_bytes(content)

    assert main.run(COMMAND) == 65
    shown = capsys.readouterr()
    assert shown.out == ""
    assert message in shown.err
    assert "settings.json" in shown.err


@pytest.mark.parametrize("action", ["allow", "deny"])
def test_data_stays_data(project: Path, action: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Control characters, TOML and markup in statements break out of nothing, and draw nothing on the terminal."""
    evil = [
        'Bash(a"\n[[allow]]\nid = "evil"\ntool = "Bash"\n#)', "Bash(a'''\n[[allow]])", "Bash(\x1b[2Jclear)",
        "Read(x\u202ey)", "Bash([red]x[/red])", 'Read(")\n[[allow]]\ntool="Bash")', "Bash(x\ufe0f y)", 'mcp__a"]__b',
        'WebFetch(domain:x"])', "Bash(\ue000:*)", 'Edit(a"b/**)', "Edit(a\\b/**)", "Bash(echo '\\u0041' x)", "\x00",
    ]  # fmt: skip
    entries: list[object] = [*evil, 1, None, ["x"], {"a": 1}]
    save(project / ".claude/settings.json", **{action: entries})

    assert main.run(COMMAND) == 0
    shown = capsys.readouterr()
    rules = load_text(shown.out).rules
    assert rules
    assert "evil" not in {rule.id for rule in rules}
    assert {rule.action for rule in rules} == {action}
    assert all(rule.input_regex or rule.command_regex or rule.command for rule in rules if rule.tool == "Bash")
    for text in (shown.out, shown.err):
        assert all(char.isprintable() or char == "\n" for char in text)
        assert "\ufe0f" not in text
    assert shown.err.count("is no text") == 4


def test_a_missing_file_is_named(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A FILE that is not there is an error."""
    assert main.run([*COMMAND, str(project / "nope.json")]) == 65
    assert "nope.json: no such file" in capsys.readouterr().err


def test_a_file_from_elsewhere_is_a_proposal(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A FILE that lies in none of the usual places is somebody else's."""
    save(project / "team.json", allow=["Bash(npm run:*)"])

    assert main.run([*COMMAND, "team.json"]) == 0
    assert "somebody else's proposal (it lies in none of your own places)" in capsys.readouterr().err


def test_exact_and_include_dangerous(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--exact` keeps one-offs as they are; `--include-dangerous` enables what is dangerous."""
    tests: list[object] = [f"Bash(pytest tests/test_{name}.py)" for name in "abc"]
    save(project / ".claude/settings.json", allow=[*tests, "Bash(python:*)"])

    assert main.run(COMMAND) == 0
    assert '"pytest tests/test_*.py"' in capsys.readouterr().out
    assert main.run([*COMMAND, "--exact", "--include-dangerous"]) == 0
    rules = tomllib.loads(capsys.readouterr().out)["allow"]
    assert rules[0]["command"] == [f"pytest tests/test_{name}.py" for name in "abc"]
    assert "enabled" not in rules[1]
