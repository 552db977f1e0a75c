"""`callgate doctor`: each fault is made on purpose and must be found."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Mapping

import pytest

from callgate.doctor import armed, files, in_force, policy, registration, versions
from callgate.doctor.model import SESSION, Finding, World
from callgate.host import places

HOOK = """#!{python} -IS
import json, os, sys, time
{setup}
def answer(decision):
    out = {{"hookEventName": "PreToolUse", "permissionDecision": decision, "permissionDecisionReason": "r"}}
    print(json.dumps({{"hookSpecificOutput": out}}))
    sys.exit(0)
data = sys.stdin.buffer.read()
with open({seen!r}, "ab") as file:
    file.write(data + b"\\n")
try:
    call = json.loads(data)
    command = call["tool_input"]["command"]
except ValueError:
    {malformed}
if command == "rm -rf /":
    {catastrophe}
{harmless}
"""

GOOD = {
    "setup": "",
    "malformed": "answer('ask')",
    "catastrophe": "answer('deny')",
    "harmless": "sys.exit(0)",
}


GROUP = {"hooks": [{"type": "command", "command": "/bin/true", "args": ["callgate", "hook"]}]}


class Scene:
    """A home, a project, a stand-in hook, and settings to register it with."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.home = root / "home"
        self.project = self.home / "project"
        self.managed = root / "managed"
        self.package = root / "package"
        self.bin = root / "bin"
        for folder in (self.project, self.managed, self.package, self.bin):
            folder.mkdir(parents=True, mode=0o755)
        self.seen = root / "seen"
        self.world = World(
            environ={"HOME": str(self.home), "PATH": "/usr/bin:/bin"},
            cwd=str(self.project),
            places=places({}, home=str(self.home))._replace(managed_policy=str(root / "managed-policy.toml")),
            managed_dirs=(str(self.managed),),
            python=sys.executable,
            package=str(self.package),
            timeout=20.0,
        )

    def hook(self, name: str = "callgate", **parts: str) -> str:
        """Write a stand-in hook whose *parts* replace the good ones; return its path."""
        path = self.bin / name
        path.write_text(HOOK.format(python=sys.executable, seen=str(self.seen), **{**GOOD, **parts}))
        path.chmod(0o755)
        return str(path)

    def settings(self, scope: str, content: object) -> Path:
        """Write the settings of *scope*."""
        path = {
            "managed": self.managed / "managed-settings.json",
            "user": self.home / ".claude" / "settings.json",
            "project": self.project / ".claude" / "settings.json",
            "local": self.project / ".claude" / "settings.local.json",
        }[scope]
        path.parent.mkdir(exist_ok=True, mode=0o755)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        path.chmod(0o600)
        return path

    def register(self, scope: str = "user", matcher: str | None = "*", **spec: object) -> Path:
        """Register a handler of the type `command` in *scope*."""
        return self.register_spec({"type": "command", **spec}, scope, matcher)

    def register_spec(self, spec: Mapping[str, object], scope: str = "user", matcher: str | None = "*") -> Path:
        """Register the handler *spec* in *scope*."""
        group: dict[str, object] = {"hooks": [spec]}
        if matcher is not None:
            group["matcher"] = matcher
        return self.settings(scope, {"hooks": {"PreToolUse": [group]}})

    def settled(self, world: World | None = None) -> list[Finding]:
        """What the settings themselves show."""
        mine = world or self.world
        return list(registration.check(mine, in_force.look(mine)))

    def fired(self, world: World | None = None) -> list[Finding]:
        """What firing shows."""
        mine = world or self.world
        return list(armed.check(mine, in_force.look(mine)))


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """A fresh scene."""
    return Scene(tmp_path)


def faults(findings: list[Finding]) -> list[tuple[str, str]]:
    """(check, level) of everything that is not ok; each must say how to mend it."""
    assert all(one.mend for one in findings if one.level != "ok"), findings
    return [(one.check, one.level) for one in findings if one.level != "ok"]


def text(findings: list[Finding]) -> str:
    """All findings as one text."""
    return "\n".join(f"{one.what} | {one.mend}" for one in findings)


def test_a_good_registration_is_armed(scene: Scene) -> None:
    """With a sound hook nothing but ok is found, and all calls carry doctor's session id."""
    scene.register(command=scene.hook(), args=["hook"], timeout=10)
    assert faults(scene.settled()) == []
    findings = scene.fired()
    assert faults(findings) in ([], [("slow", "warn")])
    calls = scene.seen.read_text().splitlines()
    assert len(calls) == 2 + armed.ROUNDS
    assert all(f'"session_id": "{SESSION}"' in call or f'"session_id":"{SESSION}"' in call for call in calls)


def test_missing(scene: Scene) -> None:
    """Without a registration doctor says so, naming the scope when only one is looked at."""
    scene.settings("user", {"hooks": {"PreToolUse": [{"hooks": [{"type": "command", "command": "other"}]}]}})
    findings = scene.settled()
    assert faults(findings) == [("registration", "fail")]
    assert "callgate install claude-code" in text(findings)
    assert "in the local settings" in text(scene.settled(scene.world._replace(scope="local")))


@pytest.mark.parametrize(
    ("disabling", "level"),
    [
        (("user", {"disableAllHooks": True}), "fail"),
        (("local", {"disableAllHooks": True}), "fail"),
        (("managed", {"disableAllHooks": True}), "fail"),
        (("managed", {"allowManagedHooksOnly": True}), "fail"),
        (("managed", {"allowManagedHooksOnly": "no"}), "fail"),
        (("managed", {"allowManagedHooksOnly": False}), ""),
        (("local", {"disableAllHooks": False}), ""),
        (("local", {"allowManagedHooksOnly": True}), ""),
    ],
)
def test_disabled(scene: Scene, disabling: tuple[str, dict[str, object]], level: str) -> None:
    """A setting that keeps the hook from running is found with its file; one that does not is not reported."""
    scope, content = disabling
    group = {"hooks": [{"type": "command", "command": scene.hook(), "args": ["hook"]}]}
    scene.settings("user", {"hooks": {"PreToolUse": [group]}})
    path = scene.settings(scope, {**content, **({"hooks": {"PreToolUse": [group]}} if scope == "user" else {})})
    findings = scene.settled()
    assert faults(findings) == ([("disabled", level)] if level else [])
    assert not level or str(path) in text(findings)
    assert bool(scene.fired()) == (not level)


def test_a_project_false_overrides_a_user_true(scene: Scene) -> None:
    """`disableAllHooks: false` of the project wins over the user's `true`, as in the host."""
    group = {"hooks": [{"type": "command", "command": scene.hook(), "args": ["hook"]}]}
    scene.settings("user", {"disableAllHooks": True, "hooks": {"PreToolUse": [group]}})
    assert faults(scene.settled()) == [("disabled", "fail")]
    scene.settings("project", {"disableAllHooks": False})
    assert faults(scene.settled()) == []


def test_managed_hooks_run_where_only_they_may(scene: Scene) -> None:
    """A registration in managed settings runs under `allowManagedHooksOnly`."""
    group = {"hooks": [{"type": "command", "command": scene.hook(), "args": ["hook"]}]}
    scene.settings("managed", {"allowManagedHooksOnly": True, "hooks": {"PreToolUse": [group]}})
    assert faults(scene.settled()) == []


def test_unusable_settings(scene: Scene) -> None:
    """A settings file that is not JSON is named with line and column."""
    scene.settings("user", '{\n  "hooks": {,\n}')
    findings = scene.settled()
    assert faults(findings) == [("settings", "fail"), ("registration", "fail")]
    assert "settings.json:2:13" in text(findings)


MATCHERS = [
    (None, "", ""),
    ("", "", ""),
    ("*", "", ""),
    ("Bash", "fail", "Write"),
    ("Bash|PowerShell|Monitor|Write|Edit|MultiEdit|NotebookEdit|WebFetch|mcp__server__tool", "warn", "Read"),
    ("^(Bash|Write)$", "fail", "Edit"),
    ("^[A-Zm]", "warn", "tools that come later"),
    ("(?!x)", "warn", "cannot tell"),
    ("(a+)+$", "fail", "Bash"),
    ("\ud800.", "warn", "cannot tell"),
]


@pytest.mark.parametrize(("matcher", "level", "missed"), MATCHERS)
def test_a_narrow_matcher(scene: Scene, matcher: str | None, level: str, missed: str) -> None:
    """A matcher that misses tools is a failure when they act, and a warning when they only look or may come later."""
    scene.register(matcher=matcher, command=scene.hook(), args=["hook"])
    findings = scene.settled()
    assert faults(findings) == ([("shadowed", level)] if level else [])
    assert missed in text(findings)


@pytest.mark.parametrize("field", [{"async": True}, {"asyncRewake": True}, {"if": "Bash(git:*)"}, {"type": "prompt"}])
def test_forms_whose_answer_does_not_count(scene: Scene, field: dict[str, object]) -> None:
    """An asynchronous, conditional or otherwise typed handler is disarmed however good the program is."""
    scene.register_spec({"type": "command", "command": scene.hook(), "args": ["hook"], **field})
    assert faults(scene.settled()) == [("disarmed", "fail")]


def test_weak_forms_are_warned_about(scene: Scene) -> None:
    """Shell form and Python without isolation work, with a warning."""
    scene.register(command=f"{scene.hook()} hook")
    assert faults(scene.settled()) == [("registration", "warn")]
    assert faults(scene.fired()) in ([], [("slow", "warn")])
    scene.register(command=sys.executable, args=["-m", "callgate", "hook"])
    assert "without `-I`" in text(scene.settled())


@pytest.mark.parametrize(("scope", "level"), [("user", ""), ("project", "fail"), ("local", "fail")])
def test_a_project_that_chooses_the_policy(scene: Scene, scope: str, level: str) -> None:
    """`--config` in the registration of a project is a failure; the user may name any file."""
    scene.register(scope, command=scene.hook(), args=["hook", "--config", "x.toml"])
    assert faults(scene.settled()) == ([("registration", level)] if level else [])


def test_hostile_text_in_settings_breaks_nothing(scene: Scene) -> None:
    """Lone surrogates, NUL and endless words in a registration are reported, not raised."""
    for command in ("\ud800/callgate", "/a\0/callgate", "/" + "x" * 100_000 + "/callgate", "callgate"):
        scene.register(command=command, args=["hook", "\ud800"])
        assert ("armed", "fail") in faults(scene.fired()) or ("disarmed", "fail") in faults(scene.fired())
        assert all(len(one.what) < 1000 for one in scene.settled())
    scene.settings("user", {"env": {"A=B": "x", "C": "a\0b"}, "hooks": {"PreToolUse": [GROUP]}})
    assert ("disarmed", "fail") in faults(scene.fired())


def test_several_registrations(scene: Scene) -> None:
    """Two different registrations are warned about; the very same one in two files runs once and is fine."""
    hook = scene.hook()
    scene.register("user", command=hook, args=["hook"])
    scene.register("local", command=hook, args=["hook"])
    assert faults(scene.settled()) == []
    scene.register("local", command=hook, args=["hook"], timeout=3)
    findings = scene.settled()
    assert faults(findings) == [("shadowed", "warn")]
    assert "--scope local or callgate uninstall claude-code --scope user" in text(findings)


def test_other_hooks_are_listed_and_not_run(scene: Scene) -> None:
    """Another PreToolUse hook is named, and doctor does not start it."""
    marker = scene.root / "ran"
    ours = {"type": "command", "command": scene.hook(), "args": ["hook"]}
    other = {"type": "command", "command": f"touch {marker}"}
    scene.settings("user", {"hooks": {"PreToolUse": [{"hooks": [other, ours]}]}})
    findings = scene.settled()
    assert faults(findings) == []
    assert f"touch {marker}" in text(findings)
    scene.fired()
    assert not marker.exists()


@pytest.mark.parametrize(
    "name", ["CLAUDE_PERMISSIONS_CONFIG", "HOME", "XDG_STATE_HOME", "LD_PRELOAD", "PYTHONPATH", "BASH_ENV", "PATH"]
)
def test_project_variables_that_steer_the_hook(scene: Scene, name: str) -> None:
    """A variable of project settings that chooses policy or code is a failure; the same by the user is theirs."""
    scene.settings("project", {"env": {name: "/evil", "FOO": "1"}})
    scene.register("user", command=scene.hook(), args=["hook"])
    findings = scene.settled()
    assert faults(findings) == [("environment", "fail")]
    assert f"`{name}`" in text(findings)
    assert "FOO" not in text(findings)


def test_project_variables_do_not_reach_what_doctor_starts(scene: Scene) -> None:
    """The user's `env` settings are given to the hook, a project's are not."""
    scene.settings("project", {"env": {"MINE": "project", "THEIRS": "1"}})
    hook = scene.hook(harmless=f"open({str(scene.root / 'env')!r}, 'w').write(repr(dict(os.environ)))")
    group = {"hooks": [{"type": "command", "command": hook, "args": ["hook"]}]}
    scene.settings("user", {"env": {"MINE": "user"}, "hooks": {"PreToolUse": [group]}})
    scene.fired()
    seen = (scene.root / "env").read_text()
    assert "'MINE': 'user'" in seen
    assert "THEIRS" not in seen
    assert f"'CLAUDE_PROJECT_DIR': {str(scene.project)!r}" in seen


@pytest.mark.parametrize("scope", ["project", "local"])
def test_a_program_that_came_with_a_checkout_is_not_started(scene: Scene, scope: str) -> None:
    """Doctor does not run what only a project's settings name, unless told to."""
    scene.register(scope, command=scene.hook(), args=["hook"])
    findings = scene.fired()
    assert faults(findings) == [("armed", "warn")]
    assert "--fire-all" in text(findings)
    assert not scene.seen.exists()
    scene.fired(scene.world._replace(fire_all=True))
    assert scene.seen.exists()


@pytest.mark.parametrize("spec", [{"args": ["hook"]}, {}], ids=["exec form", "shell form"])
def test_a_missing_program(scene: Scene, spec: dict[str, object]) -> None:
    """A registered program that is gone lets every call through, and is found."""
    gone = str(scene.root / "gone" / "callgate")
    scene.register_spec({"type": "command", "command": gone if spec else f"{gone} hook", **spec})
    findings = scene.fired()
    assert faults(findings) == [("armed", "fail")]
    assert "does not exist" in text(findings)


def test_a_program_that_is_not_executable(scene: Scene) -> None:
    """A hook without the executable bit is found."""
    hook = scene.hook()
    os.chmod(hook, 0o644)
    scene.register(command=hook, args=["hook"])
    findings = scene.fired()
    assert faults(findings) == [("armed", "fail")]
    assert f"chmod +x '{hook}'" in text(findings)


def test_a_program_that_is_not_on_path(scene: Scene) -> None:
    """A bare program name that PATH does not know is found."""
    scene.register(command="callgate", args=["hook"])
    findings = scene.fired(scene.world._replace(environ={"HOME": str(scene.home), "PATH": str(scene.root)}))
    assert faults(findings) == [("armed", "fail")]
    assert "not on PATH" in text(findings)


def test_a_python_without_callgate(scene: Scene) -> None:
    """An interpreter that cannot import callgate is found before it is fired."""
    fake = scene.bin / "python"
    fake.write_text("#!/bin/sh\necho \"ModuleNotFoundError: No module named 'callgate'\" >&2\nexit 1\n")
    fake.chmod(0o755)
    scene.register(command=str(fake), args=["-I", "-m", "callgate", "hook"])
    findings = scene.fired()
    assert faults(findings) == [("armed", "fail")]
    assert "cannot import callgate" in text(findings)


ALLOWS = "answer('allow')"
DISARMED = {
    "allows all": {"malformed": ALLOWS, "catastrophe": ALLOWS, "harmless": ALLOWS},
    "says nothing": {"setup": "sys.exit(0)"},
    "crashes": {"setup": "raise SystemExit(1)"},
    "prints junk": {"setup": "print('hello'); sys.exit(0)"},
    "broken JSON": {"setup": "print('{\"hookSpecificOutput\":'); sys.exit(0)"},
    "only asks": {"catastrophe": "answer('ask')"},
    "silent on malformed": {"malformed": "sys.exit(0)"},
    "crashes on malformed": {"malformed": "raise"},
}


@pytest.mark.parametrize("parts", DISARMED.values(), ids=DISARMED)
def test_disarmed(scene: Scene, parts: dict[str, str]) -> None:
    """A hook that lets `rm -rf /` or malformed input through is disarmed, whatever way it does so."""
    scene.register(command=scene.hook(**parts), args=["hook"])
    assert ("disarmed", "fail") in faults(scene.fired())


def test_locked_out(scene: Scene) -> None:
    """A hook that blocks by exit code 2 alone judges nothing: every call would be refused."""
    scene.register(command=scene.hook(setup="sys.exit(2)"), args=["hook"])
    findings = scene.fired()
    assert faults(findings) == [("armed", "fail")]
    assert "every call is refused" in text(findings)


def test_denying_the_harmless(scene: Scene) -> None:
    """A denied `pwd` is a failure, but only a warning where the policy denies by default."""
    scene.register(command=scene.hook(harmless="answer('deny')"), args=["hook"])
    assert ("armed", "fail") in faults(scene.fired())
    lenient = list(armed.check(scene.world, in_force.look(scene.world), denies_by_default=True))
    assert ("armed", "warn") in faults(lenient)


def test_slow(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A median above the mark is a warning; a hook near the host's timeout is a failure."""
    monkeypatch.setattr(armed, "SLOW", 0.0)
    scene.register(command=scene.hook(), args=["hook"], timeout=60)
    assert faults(scene.fired()) == [("slow", "warn")]
    scene.register(command=scene.hook(setup="time.sleep(0.15)"), args=["hook"], timeout=0.25)
    assert ("slow", "fail") in faults(scene.fired())


def test_hanging(scene: Scene) -> None:
    """A hook that never answers is disarmed and slow, and doctor ends all the same."""
    scene.register(command=scene.hook(setup="time.sleep(60)"), args=["hook"])
    findings = scene.fired(scene.world._replace(timeout=0.3))
    assert ("disarmed", "fail") in faults(findings)
    assert ("slow", "fail") in faults(findings)


def test_exposed_files(scene: Scene) -> None:
    """Policy, settings, trust and logs that others can write are each found."""
    scene.register(command=scene.hook(), args=["hook"])
    mine = scene.world.places
    for path in (mine.user_policy, mine.trust_file, mine.log_file):
        Path(path).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        Path(path).write_text("")
        Path(path).chmod(0o660)
    (scene.home / ".claude" / "settings.json").chmod(0o606)
    Path(mine.state_dir).chmod(0o777)
    findings = list(files.check(scene.world, in_force.look(scene.world)))
    bad = [one for one in findings if one.level == "fail"]
    assert len(bad) == 5
    assert all(one.mend.startswith("chmod go-w") for one in bad)


@pytest.mark.parametrize("obstacle", ["directory", "fifo", "dangling", "parent is a file"])
def test_unwritable_logs(scene: Scene, obstacle: str) -> None:
    """A log that cannot be written is found without writing one."""
    log = Path(scene.world.places.log_file)
    if obstacle == "parent is a file":
        log.parent.parent.mkdir(parents=True)
        log.parent.write_text("")
    else:
        log.parent.mkdir(parents=True)
    if obstacle == "directory":
        log.mkdir()
    elif obstacle == "fifo":
        os.mkfifo(log)
    elif obstacle == "dangling":
        log.symlink_to("/missing/log")
    findings = list(files.check(scene.world, in_force.look(scene.world)))
    assert ("logs", "fail") in faults(findings)


def test_modules_that_are_not_compiled(scene: Scene) -> None:
    """A package without compiled files is slow to start, and the mending command really mends it."""
    (scene.package / "module.py").write_text("x = 1\n")
    (scene.package / "module.py").chmod(0o644)
    findings = list(files.check(scene.world, in_force.look(scene.world)))
    assert ("compiled", "warn") in faults(findings)
    advice = next(one.mend for one in findings if one.check == "compiled")
    assert os.system(advice) == 0
    again = list(files.check(scene.world, in_force.look(scene.world)))
    assert ("compiled", "warn") not in faults(again)


def test_a_package_that_others_can_write(scene: Scene) -> None:
    """Code that others can change is found."""
    module = scene.package / "module.py"
    module.write_text("")
    module.chmod(0o646)
    findings = list(files.check(scene.world, in_force.look(scene.world)))
    assert any(str(module) in one.what and one.level == "fail" for one in findings)


@pytest.mark.parametrize(("version", "level"), [("callgate 0.0.1", "warn"), ("", "warn"), ("same", "ok")])
def test_another_callgate_on_path(scene: Scene, version: str, level: str) -> None:
    """Another version first on PATH is warned about; the same version elsewhere is fine."""
    from callgate import __version__

    other = scene.bin / "callgate"
    other.write_text(f"#!/bin/sh\necho '{f'callgate {__version__}' if version == 'same' else version}'\n")
    other.chmod(0o755)
    world = scene.world._replace(environ={"PATH": f"relative:{scene.bin}"})
    found = [one for one in versions.check(world) if str(other) in one.what]
    assert [one.level for one in found] == [level]


def test_the_switch(scene: Scene) -> None:
    """A switch that is off is a warning that says how to end it."""
    from callgate import switch

    switch.turn_off(scene.world.places.switch_file, switch.FOREVER)
    assert [(one.level, one.mend) for one in policy.switch_state(scene.world)] == [("warn", "callgate on")]
