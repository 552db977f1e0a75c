"""`callgate install` and `callgate uninstall` against settings files of every kind."""

from __future__ import annotations

import json
import os
import stat
import sys
from functools import partial
from pathlib import Path

import pytest

from callgate.agents import registration, settings_file
from callgate.cli.commands.install import check_interpreter
from callgate.cli.commands.install import install as install_by
from callgate.cli.commands.uninstall import uninstall
from callgate.cli.errors import UsageError
from callgate.cli.installing import Scope
from callgate.cli.transporting import Choice
from callgate.core.errors import InputError

install = partial(install_by, transport=Choice.in_process)
"""What is tested here is the file; what goes into it by which transport, `test_install_transport.py` tests."""

OURS = {
    "type": "command",
    "command": sys.executable,
    "args": ["-I", "-m", "callgate", "hook"],
    "timeout": 10,
}
GROUP = {"matcher": "*", "hooks": [OURS]}
LISTENING = {**OURS, "args": ["-I", "-m", "callgate", "hook", "--outcome"]}
SESSION = {**OURS, "args": ["-I", "-m", "callgate", "hook", "--session"]}
LISTENERS = {
    event: [{"matcher": "*", "hooks": [handler]}]
    for handler, events in (
        (LISTENING, ("PostToolUse", "PostToolUseFailure", "PermissionRequest")),
        (SESSION, ("SessionStart", "SessionEnd", "ConfigChange")),
    )
    for event in events
}
"""Everything of ours but the hook that decides."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home directory, with the working directory in a project below it."""
    place = tmp_path / "user"
    project = place / "project"
    project.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(place))
    monkeypatch.delenv("CLAUDE_CONFIG_DIR", raising=False)
    monkeypatch.chdir(project)
    return place


def settings_of(home: Path, text: str | bytes) -> Path:
    """Write the user's settings file and return its path."""
    path = home / ".claude" / "settings.json"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def load(path: Path) -> dict[str, object]:
    """The settings as the host reads them."""
    value = json.loads(path.read_text(encoding="utf-8-sig"))
    assert isinstance(value, dict)
    return value


def backups(path: Path) -> list[Path]:
    """The backups beside *path*, oldest first."""
    return sorted(path.parent.glob(path.name + ".callgate-backup-*"))


RICH = """{
    "model": "opus",
    "permissions": {"allow": ["Bash(ls:*)", "Read"], "deny": []},
    "cleanupPeriodDays": 3.0e1,
    "note": "caf\\u00e9 \U0001f600",
    "hooks": {
        "Stop": [{"hooks": [{"type": "command", "command": "say done"}]}],
        "PreToolUse": [
            {
                "matcher": "Bash",
                "hooks": [
                    {"type": "command", "command": "~/bin/other.sh"}
                ]
            }
        ]
    },
    "env": { "A": "1" }
}
"""

LAYOUTS = {
    "rich, four spaces": RICH,
    "empty object": "{}\n",
    "no final newline": '{\n  "a": 1\n}',
    "one line": '{"a": 1, "hooks": {"Stop": []}}',
    "tabs": '{\n\t"a": 1,\n\t"hooks": {\n\t\t"PreToolUse": []\n\t}\n}\n',
    "windows line ends": '{\r\n  "a": 1,\r\n  "b": [\r\n    1\r\n  ]\r\n}\r\n',
    "byte-order mark": '\ufeff{\n  "a": 1\n}\n',
    "empty hooks": '{\n  "hooks": {}\n}\n',
    "listeners of others": '{"hooks": {"PostToolUse": [{"hooks": [{"type": "command", "command": "fmt"}]}]}}',
    "empty lists of events": '{"hooks": {"PermissionRequest": [], "PostToolUse": [], "Stop": []}}',
    "empty group kept": '{\n  "hooks": {\n    "PreToolUse": [\n      {"matcher": "Read", "hooks": []}\n    ]\n  }\n}\n',
}


@pytest.mark.parametrize("text", LAYOUTS.values(), ids=LAYOUTS)
def test_install_adds_one_hook_and_uninstall_gives_every_byte_back(home: Path, text: str) -> None:
    """After install each event has one hook of ours and all else is as before; uninstall gives the old bytes back."""
    path = settings_of(home, text)
    before = load(path)
    assert install("claude-code") == 0
    after = load(path)
    hooks = after["hooks"]
    assert isinstance(hooks, dict)
    stripped = json.loads(json.dumps(after))
    old = json.loads(json.dumps(before))
    for event, groups in {"PreToolUse": [GROUP], **LISTENERS}.items():
        assert hooks[event][-1:] == groups
        stripped["hooks"][event].pop()
        old.setdefault("hooks", {}).setdefault(event, [])
    assert stripped == old
    assert list(after)[: len(before)] == list(before)
    assert uninstall("claude-code") == 0
    assert path.read_bytes() == text.encode()


@pytest.mark.parametrize("text", LAYOUTS.values(), ids=LAYOUTS)
def test_install_twice_changes_nothing(home: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The second run says so, writes nothing and keeps no second backup."""
    path = settings_of(home, text)
    install("claude-code")
    once = path.read_bytes()
    capsys.readouterr()
    assert install("claude-code") == 0
    assert path.read_bytes() == once
    assert "already installed" in capsys.readouterr().out
    assert len(backups(path)) == 1


def test_other_text_survives_byte_for_byte(home: Path) -> None:
    """Inline arrays, escapes, odd numbers and the order of keys are not respelled."""
    path = settings_of(home, RICH)
    install("claude-code")
    lines = path.read_text().splitlines()
    assert [line for line in RICH.splitlines() if line.strip(" }],") and line not in lines] == []


def test_install_without_a_file_makes_a_private_one(home: Path) -> None:
    """Without settings the file is made for the user alone, and uninstall takes it away again."""
    path = home / ".claude" / "settings.json"
    install("claude-code")
    assert load(path) == {"hooks": {"PreToolUse": [GROUP], **LISTENERS}}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert backups(path) == []
    uninstall("claude-code")
    assert not path.exists()


@pytest.mark.parametrize(
    ("scope", "name"), [(Scope.project, ".claude/settings.json"), (Scope.local, ".claude/settings.local.json")]
)
def test_scope_names_the_file(home: Path, scope: Scope, name: str) -> None:
    """The project and local scopes write into the project and leave the user's settings alone."""
    install("claude-code", scope=scope)
    assert load(home / "project" / name)["hooks"] == {"PreToolUse": [GROUP], **LISTENERS}
    assert not (home / ".claude").exists()


def test_config_dir_moves_the_user_scope(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`CLAUDE_CONFIG_DIR` says where the user's settings are."""
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "elsewhere"))
    install("claude-code")
    assert load(tmp_path / "elsewhere" / "settings.json")["hooks"]
    assert not (home / ".claude").exists()


def test_dry_run_writes_nothing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A dry run shows the added lines and touches neither file nor folder."""
    install("claude-code", dry_run=True)
    out = capsys.readouterr().out
    assert '+            "command": "' in out
    assert not (home / ".claude").exists()


OLDER = {
    "shell form": {"type": "command", "command": "callgate hook"},
    "shell form with path": {"type": "command", "command": "/opt/old/bin/callgate hook", "timeout": 3},
    "other interpreter": {"type": "command", "command": "/gone/python", "args": ["-I", "-m", "callgate", "hook"]},
    "not isolated": {"type": "command", "command": "python3 -m callgate hook"},
    "asynchronous": {**OURS, "async": True},
}


@pytest.mark.parametrize("older", OLDER.values(), ids=OLDER)
@pytest.mark.parametrize("matcher", ["*", "Bash"])
def test_an_older_registration_is_replaced_in_place(home: Path, older: dict[str, object], matcher: str) -> None:
    """What an older version registered is brought up to date where it stands, matcher included."""
    first = {"matcher": "Read", "hooks": [{"type": "command", "command": "first"}]}
    last = {"matcher": "Edit", "hooks": [{"type": "command", "command": "last"}]}
    groups = [first, {"matcher": matcher, "hooks": [older]}, last]
    path = settings_of(home, json.dumps({"hooks": {"PreToolUse": groups}}, indent=2))
    install("claude-code")
    assert load(path)["hooks"] == {"PreToolUse": [first, GROUP, last], **LISTENERS}


def test_a_narrow_group_shared_with_others_keeps_them(home: Path) -> None:
    """Ours leaves a narrow group that it shares, whose other hooks and matcher stay."""
    other = {"type": "command", "command": "other"}
    groups = [{"matcher": "Bash", "hooks": [other, {"type": "command", "command": "callgate hook"}]}]
    path = settings_of(home, json.dumps({"hooks": {"PreToolUse": groups}}, indent=2))
    install("claude-code")
    assert load(path)["hooks"] == {"PreToolUse": [{"matcher": "Bash", "hooks": [other]}, GROUP], **LISTENERS}


def test_several_registrations_become_one(home: Path) -> None:
    """Of several registrations of ours one is left."""
    old = {"type": "command", "command": "callgate hook"}
    groups = [{"matcher": "Bash", "hooks": [old, old]}, {"hooks": [old]}, {"matcher": "", "hooks": [old]}]
    path = settings_of(home, json.dumps({"hooks": {"PreToolUse": groups}}))
    install("claude-code")
    assert load(path)["hooks"] == {"PreToolUse": [{"hooks": [OURS]}], **LISTENERS}


def test_the_policy_file_of_an_older_registration_is_kept(home: Path) -> None:
    """`--config FILE` survives a reinstall: without it another policy would be in force."""
    old = {"type": "command", "command": "callgate hook --config '/p/my policy.toml' --test-mode"}
    path = settings_of(home, json.dumps({"hooks": {"PreToolUse": [{"hooks": [old]}]}}))
    install("claude-code")
    handler = registration.handlers(settings_file.read(str(path)).root)[0]
    assert handler.spec["args"] == ["-I", "-m", "callgate", "hook", "--config", "/p/my policy.toml"]


@pytest.mark.parametrize("scope", [Scope.project, Scope.local])
def test_a_checkout_does_not_choose_the_policy(home: Path, scope: Scope, capsys: pytest.CaptureFixture[str]) -> None:
    """`--config` in settings that came with a project is not taken over, and the user is told."""
    old = {"type": "command", "command": "callgate hook --config ./evil.toml"}
    name = "settings.json" if scope is Scope.project else "settings.local.json"
    path = home / "project" / ".claude" / name
    path.parent.mkdir()
    path.write_text(json.dumps({"hooks": {"PreToolUse": [{"hooks": [old]}]}}))
    install("claude-code", scope=scope)
    assert load(path)["hooks"] == {"PreToolUse": [{"hooks": [OURS]}], **LISTENERS}
    assert "dropped `--config ./evil.toml`" in capsys.readouterr().out


def test_hooks_that_merely_mention_callgate_are_not_ours(home: Path) -> None:
    """A command about callgate, and the gate under its older name, are left alone."""
    foreign = [
        {"type": "command", "command": "echo callgate is a hook"},
        {"type": "command", "command": "claude-code-permissions-hook run --config /x.toml"},
        {"type": "prompt", "prompt": "callgate hook"},
        {"type": "http", "url": "http://127.0.0.1:1/callgate hook"},
    ]
    path = settings_of(home, json.dumps({"hooks": {"PreToolUse": [{"hooks": foreign}]}}))
    install("claude-code")
    uninstall("claude-code")
    assert load(path)["hooks"] == {"PreToolUse": [{"hooks": foreign}]}


@pytest.mark.parametrize("text", ['{"hooks": {"Stop": []}}', RICH], ids=["one line", "rich"])
def test_a_registration_that_only_decides_is_completed(home: Path, text: str) -> None:
    """What a version before this one registered gets its listeners, and uninstall still gives every byte back."""
    path = settings_of(home, text)
    install("claude-code")
    first = backups(path)[0]
    older = json.loads(path.read_text())
    for event in LISTENERS:
        del older["hooks"][event]
    path.write_text(json.dumps(older, indent=2))
    install("claude-code")
    hooks = load(path)["hooks"]
    assert isinstance(hooks, dict)
    assert {event: hooks[event] for event in LISTENERS} == LISTENERS
    assert hooks["PreToolUse"] == older["hooks"]["PreToolUse"]
    uninstall("claude-code")
    assert first.read_text() == text
    assert load(path) == json.loads(text)


@pytest.mark.parametrize("event", [*LISTENERS])
def test_a_listener_is_mended_where_it_stands(home: Path, event: str) -> None:
    """A listener with another option, a narrow matcher or `async` is brought up to date; those of others stay."""
    other = {"matcher": "Edit", "hooks": [{"type": "command", "command": "fmt"}]}
    older = {"type": "command", "command": "callgate hook --config /x.toml", "async": True}
    groups = [{"matcher": "Bash", "hooks": [older]}, other, {"matcher": "Write", "hooks": [older]}]
    path = settings_of(home, json.dumps({"hooks": {event: groups}}, indent=2))
    install("claude-code")
    assert load(path)["hooks"] == {"PreToolUse": [GROUP], **LISTENERS, event: [*LISTENERS[event], other]}


def test_uninstall_takes_out_listeners_alone(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Listeners without the hook that decides are ours all the same, and named while they remain."""
    path = settings_of(home, json.dumps({"hooks": LISTENERS}))
    uninstall("claude-code", scope=Scope.local)
    assert "callgate uninstall claude-code --scope user" in capsys.readouterr().out
    uninstall("claude-code")
    assert not path.exists()


BROKEN = {
    "a comment": ('{\n  // mine\n  "a": 1\n}', ":2:3: a comment"),
    "a duplicate key": ('{\n  "hooks": {},\n  "hooks": {}\n}', ":3:3: duplicate key `hooks`"),
    "cut off": ('{\n  "a": [1,\n', ":3:1: the file ends"),
    "a list": ("[]", "the top level is of kind array"),
    "hooks is a list": ('{"hooks": []}', "`hooks` is of kind array, expected object"),
    "event is an object": ('{"hooks": {"PreToolUse": {}}}', "`hooks.PreToolUse` is of kind object"),
    "listened event is a text": ('{"hooks": {"PostToolUse": "x"}}', "`hooks.PostToolUse` is of kind string"),
    "group is a string": ('{"hooks": {"PreToolUse": ["x"]}}', "`hooks.PreToolUse[0]` is of kind string"),
    "not UTF-8": (b'{"a": "\xff"}', "not UTF-8"),
}


@pytest.mark.parametrize(("text", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_refused_untouched(home: Path, text: str | bytes, message: str) -> None:
    """Settings that cannot be understood are refused with place and help, and not a byte changes."""
    path = settings_of(home, text)
    before = path.read_bytes()
    for command in (install, uninstall):
        with pytest.raises(InputError) as caught:
            command("claude-code")
        assert message in str(caught.value)
        assert "help: " in str(caught.value)
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == ["settings.json"]


def test_special_files_are_refused_without_hanging(home: Path) -> None:
    """A FIFO, a directory, a link loop and a huge file in place of the settings are refused."""
    path = home / ".claude" / "settings.json"
    path.parent.mkdir()
    os.mkfifo(path)
    with pytest.raises(InputError, match="not a regular file"):
        install("claude-code")
    path.unlink()
    path.mkdir()
    with pytest.raises(InputError, match="not a regular file"):
        install("claude-code")
    path.rmdir()
    path.symlink_to(path)
    with pytest.raises(InputError):
        install("claude-code")
    path.unlink()
    path.write_bytes(b" " * (settings_file.MAX_BYTES + 1))
    with pytest.raises(InputError, match="larger than"):
        install("claude-code")


def test_a_symlink_is_written_through(home: Path, tmp_path: Path) -> None:
    """A settings file kept in a dotfiles folder stays a link, and its target keeps its mode."""
    target = tmp_path / "dotfiles.json"
    target.write_text("{}\n")
    target.chmod(0o640)
    path = home / ".claude" / "settings.json"
    path.parent.mkdir()
    path.symlink_to(target)
    install("claude-code")
    assert path.is_symlink()
    assert load(target)["hooks"] == {"PreToolUse": [GROUP], **LISTENERS}
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_project_link_that_leads_out_is_refused(home: Path, tmp_path: Path) -> None:
    """A checkout may bring a link to a file of the user's; it is not written through."""
    target = tmp_path / "other.json"
    target.write_text("{}\n")
    path = home / "project" / ".claude" / "settings.json"
    path.parent.mkdir()
    path.symlink_to(target)
    with pytest.raises(InputError, match="leads out of the project"):
        install("claude-code", scope=Scope.project)
    assert target.read_text() == "{}\n"
    target.write_text(json.dumps({"hooks": {"PreToolUse": [GROUP]}}))
    path.unlink()
    path.parent.rmdir()
    path.parent.symlink_to(tmp_path / "folder")
    (tmp_path / "folder").mkdir()
    target.rename(tmp_path / "folder" / "settings.json")
    with pytest.raises(InputError, match="leads out of the project"):
        uninstall("claude-code", scope=Scope.project)
    assert load(path)["hooks"] == {"PreToolUse": [GROUP]}


def test_a_concurrent_change_is_not_overwritten(home: Path) -> None:
    """When somebody else writes between our reading and our writing, theirs stays."""
    path = settings_of(home, "{}\n")
    settings = settings_file.read(str(path))
    path.write_text('{"theirs": 1}\n')
    with pytest.raises(InputError, match="changed while"):
        settings_file.save(settings, '{"ours": 1}', stamp="s", private=True)
    assert path.read_text() == '{"theirs": 1}\n'


def test_the_backup_holds_the_old_bytes_and_mode(home: Path) -> None:
    """The backup is the old file, its permissions included, and never replaces another one."""
    path = settings_of(home, RICH)
    path.chmod(0o600)
    settings = settings_file.read(str(path))
    first = settings_file.save(settings, "{}\n", stamp="20261121T101500Z", private=True)
    again = settings_file.save(settings_file.read(str(path)), RICH, stamp="20261121T101500Z", private=True)
    assert first == f"{path}.callgate-backup-20261121T101500Z"
    assert Path(first).read_text() == RICH
    assert stat.S_IMODE(Path(first).stat().st_mode) == 0o600
    assert again == first + "-1"


def test_uninstall_twice_changes_nothing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a registration uninstall says so and writes nothing."""
    path = settings_of(home, RICH)
    assert uninstall("claude-code") == 0
    assert path.read_text() == RICH
    assert backups(path) == []
    assert "not installed" in capsys.readouterr().out


def test_uninstall_names_the_scopes_that_remain(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """After removing one registration, the others are named with the command that removes them."""
    install("claude-code")
    install("claude-code", scope=Scope.local)
    capsys.readouterr()
    uninstall("claude-code")
    out = capsys.readouterr().out
    assert str(home / "project" / ".claude" / "settings.local.json") in out
    assert "callgate uninstall claude-code --scope local" in out


def test_an_unknown_agent_is_a_usage_error(home: Path) -> None:
    """An agent without an adapter is refused, naming those there are."""
    with pytest.raises(UsageError, match="unknown agent `codex`"):
        install("codex")
    assert not (home / ".claude").exists()


def test_an_interpreter_without_callgate_is_refused(tmp_path: Path) -> None:
    """Registering a Python that cannot import callgate would leave every call unjudged."""
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\necho 'No module named callgate' >&2\nexit 1\n")
    script.chmod(0o755)
    with pytest.raises(UsageError, match="cannot import callgate: No module named callgate"):
        check_interpreter(str(script))
    with pytest.raises(UsageError, match="cannot be started"):
        check_interpreter(str(tmp_path / "missing"))
