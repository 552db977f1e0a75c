"""The real client and the hooks that go with its session: what the agent is told, and a person's change of settings.

A model that waits with its answer gives the person time: the file is changed between two calls of the script.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from callgate.agents.claude_code_session import KEPT_OUT, KINDS
from callgate.hook import greeting
from callgate.host import Places, places

from . import client
from .model_server import FINAL_TEXT, ModelServer, ToolUse
from .terminal import Terminal
from .world import SECRET, World, callgate, guarded_world

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

WAIT_SECONDS = 30.0
"""For what must come; the client looks at a changed file within two."""

SETTLE_SECONDS = 5.0
"""For what must not come, and for the client to load what it was not kept from loading."""

SCRIPT = [
    [ToolUse(f"toolu_{name}", "Bash", {"command": command, "description": "scripted"})]
    for name, command in (("before", "git status"), ("after", "cat private.txt"), ("last", "ls"))
]


class Patient(ModelServer):
    """A model that lets a person act before it goes on after the first call, and remembers what it was sent."""

    def __init__(self, act: Callable[[], None]) -> None:
        super().__init__(SCRIPT)
        self._act: Callable[[], None] | None = act
        self.sent: list[Mapping[str, Any]] = []

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """As the base class, but the person is at work once the first call has its result."""
        self.sent.append(request)
        if request.get("tools") and "toolu_before" in json.dumps(request) and self._act is not None:
            act, self._act = self._act, None
            act()
        return super().answer(request)


def _play(claude: list[str], world: World, act: Callable[[], None] = lambda: None) -> Patient:
    with Patient(act) as model:
        result = client.run(claude, world.project, world.home, model.url)
    assert result["result"] == FINAL_TEXT, (result, model.requests)
    return model


def _places(world: World) -> Places:
    return places({}, str(world.home))


def _edit(world: World, **members: object) -> None:
    settings = json.loads(world.settings.read_text())
    settings["hooks"] = {**settings["hooks"], **members.pop("hooks", {})}  # type: ignore[dict-item] # a table
    world.settings.write_text(json.dumps({**settings, **members}))


def _audited(world: World) -> list[dict[str, Any]]:
    return [entry for entry in world.log(_places(world).audit_log) if entry["operation"] == "settings_change"]


def _wait(what: str, until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not until():
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.1)


def _judged(world: World) -> list[str]:
    return [entry["tool_use_id"].removeprefix("toolu_") for entry in world.reviews()]


@pytest.mark.parametrize("transport", ["in-process", "python"])
def test_the_agent_is_told_and_the_session_is_noted(claude: list[str], tmp_path: Path, transport: str) -> None:
    """The two lines are in what the model is sent from the first request on; beginning and end are in the log."""
    world = guarded_world(tmp_path, transport)
    model = _play(claude, world)
    if transport != "in-process":
        assert '"pid"' in callgate(world, "daemon", "status", "--json")  # the first hook of the session started it
        callgate(world, "daemon", "stop")  # what it answered is in the log then
    told = greeting.context(armed=True, broken=False, off=False, skill=False)
    conversation = [json.dumps(request) for request in model.sent if request.get("tools")]
    assert len(conversation) == len(SCRIPT) + 1
    assert all(json.dumps(told)[1:-1] in text for text in conversation)

    started, ended = world.log(_places(world).sessions_file)
    assert (started["event"], started["source"], started["attended"]) == ("started", "startup", False)
    assert (ended["event"], ended["reason"]) == ("ended", "other")
    assert started["session_id"] == ended["session_id"] == world.reviews()[0]["session_id"]
    assert not any(_places(world).standings_dir in str(path) for path in world.home.rglob("pid-*.json"))


def _without_gate(world: World) -> None:
    _edit(world, hooks={"PreToolUse": []})


def _switched_off(world: World) -> None:
    (world.project / ".claude").mkdir()
    (world.project / ".claude/settings.local.json").write_text('{"disableAllHooks": true}')


def _dropped(world: World) -> None:
    _edit(world, permissions=5)


def _deleted(world: World) -> None:
    world.settings.unlink()


WEAKENING = {"no gate": _without_gate, "hooks off": _switched_off, "dropped": _dropped, "deleted": _deleted}


@pytest.mark.parametrize("change", WEAKENING.values(), ids=WEAKENING)
def test_a_change_that_disarms_is_kept_out(claude: list[str], tmp_path: Path, change: Callable[[World], None]) -> None:
    """The session goes on under the gate, also when a harmless change of another file follows, and it is audited."""
    world = guarded_world(tmp_path)

    def act() -> None:
        change(world)
        _wait("an entry of the audit log", lambda: bool(_audited(world)))
        settings = world.project / ".claude/settings.json"
        settings.parent.mkdir(exist_ok=True)
        settings.write_text('{"cleanupPeriodDays": 33}')
        time.sleep(SETTLE_SECONDS)

    model = _play(claude, world, act)
    assert _judged(world) == ["before", "after", "last"]
    assert "e2e-no-private" in model.results["toolu_after"].content
    assert SECRET not in json.dumps(model.sent)
    (entry,) = _audited(world)
    assert (entry["success"], entry["applied_by"]) == (False, "unknown")


@pytest.mark.parametrize("change", WEAKENING.values(), ids=WEAKENING)
def test_without_a_hook_for_it_the_client_takes_the_change_up(
    claude: list[str], tmp_path: Path, change: Callable[[World], None]
) -> None:
    """The control: under a registration without ConfigChange the same change disarms the session at once."""
    world = guarded_world(tmp_path)
    _edit(world, hooks={event: [] for event in KINDS})

    def act() -> None:
        change(world)
        time.sleep(SETTLE_SECONDS)

    model = _play(claude, world, act)
    assert _judged(world) == ["before"]
    assert SECRET in model.results["toolu_after"].content


def test_a_persons_uninstall_holds_at_once(claude: list[str], tmp_path: Path) -> None:
    """`callgate uninstall` is not fought over: the session goes on without the gate, and the file stays as it is."""
    world = guarded_world(tmp_path)

    def act() -> None:
        callgate(world, "uninstall", "claude-code")
        time.sleep(SETTLE_SECONDS)

    model = _play(claude, world, act)
    assert _judged(world) == ["before"]
    assert SECRET in model.results["toolu_after"].content
    assert not world.settings.exists()
    assert _audited(world) == []


def test_a_person_at_a_terminal_is_notified(claude: list[str], tmp_path: Path) -> None:
    """On a terminal the change is kept out as well, and the terminal is told, which the client itself does not do."""
    world = guarded_world(tmp_path)
    seen: list[str] = []

    def act() -> None:
        _without_gate(world)
        _wait("an entry of the audit log", lambda: bool(_audited(world)))
        time.sleep(SETTLE_SECONDS)

    with Patient(act) as model, Terminal(claude, world.project, world.home, model.url, "go") as terminal:
        terminal.wait("the last result", lambda: "toolu_last" in model.results)
        seen += terminal.notices
    assert [notice for notice in seen if "callgate" in notice] == [KEPT_OUT]
    assert _judged(world) == ["before", "after", "last"]
    assert SECRET not in json.dumps(model.sent)


def test_a_harmless_change_is_taken_up(claude: list[str], tmp_path: Path) -> None:
    """A person's own hook, added while the session runs, runs beside the gate."""
    world = guarded_world(tmp_path)
    trace = world.home / "trace"
    mine = {"matcher": "Bash", "hooks": [{"type": "command", "command": f"touch {trace}"}]}

    def act() -> None:
        hooks = json.loads(world.settings.read_text())["hooks"]
        _edit(world, hooks={"PreToolUse": [*hooks["PreToolUse"], mine]})
        time.sleep(SETTLE_SECONDS)
        assert not trace.exists()

    _play(claude, world, act)
    assert trace.exists()
    assert _judged(world) == ["before", "after", "last"]
    assert _audited(world) == []
