"""The real Claude Code client over the HTTP lane: what is decided there, and what happens when the daemon is gone."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from callgate.daemon.http_files import Lane, read_lane
from callgate.daemon.http_proof import fault_of, wait_for
from callgate.host import places

from . import client
from .model_server import FINAL_TEXT, ModelServer, ToolUse
from .world import RULES, SECRET, World, new_world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

SECRET_CALL = "cat private.txt"
SECONDS = 30.0


class LaneWorld(NamedTuple):
    """A scratch home whose client calls the lane."""

    world: World
    run: Path
    """Runtime directory; the user's own daemon is none of ours."""

    @property
    def environ(self) -> dict[str, str]:
        """What commands get."""
        return {"HOME": str(self.world.home), "PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": str(self.run)}

    @property
    def lane(self) -> Lane:
        """Its port and token."""
        lane = read_lane(places({}, str(self.world.home)))
        assert lane is not None
        return lane

    def callgate(self, *words: str, code: int = 0, **more: str) -> str:
        """Run the console script in the project; return what it prints."""
        command = [str(Path(sys.executable).parent / "callgate"), *words]
        done = subprocess.run(
            command, cwd=self.world.project, env={**self.environ, **more}, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == code, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def pid(self) -> int:
        """The process of the daemon."""
        report: Mapping[str, Any] = json.loads(self.callgate("status", "--json"))
        return int(report["pid"])

    def play(
        self, claude: list[str], calls: list[tuple[str, str]], *, token: str | None = None, after: After | None = None
    ) -> Played:
        """Let the client work through *calls*, (name, command) each, one after another.

        Args:
            claude: the client.
            calls: what the model asks for.
            token: what the host's environment holds; the lane's own when not given.
            after: what to do when the model has the result of a call, by its name, before it says anything more.
        """
        turns = [[ToolUse(f"toolu_{name}", "Bash", {"command": text, "description": "x"})] for name, text in calls]
        exported = {
            "CALLGATE_HTTP_TOKEN": self.lane.token if token is None else token,
            "XDG_RUNTIME_DIR": str(self.run), "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1",
        }  # fmt: skip
        with Interrupted(turns, after or {}) as model:
            result = client.run(claude, self.world.project, self.world.home, model.url, exported)
        assert result["result"] == FINAL_TEXT, (result, model.requests)
        denied = {str(one["tool_use_id"]).removeprefix("toolu_") for one in result["permission_denials"]}
        return Played({name.removeprefix("toolu_"): one.content for name, one in model.results.items()}, denied)


class Played(NamedTuple):
    """What came of a run of the client."""

    said: dict[str, str]
    """Name of a call -> what the model got back."""
    stopped: set[str]
    """Names of the calls that the client reports as not permitted."""


if TYPE_CHECKING:
    After = Mapping[str, Callable[[], object]]


class Interrupted(ModelServer):
    """A model during whose thoughts something happens."""

    def __init__(self, turns: list[list[ToolUse]], after: After) -> None:
        super().__init__(turns)
        self._after = dict(after)

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Do what is to be done after the last result, then answer."""
        message = super().answer(request)
        for name in [name for name in self._after if f"toolu_{name}" in self.results]:
            self._after.pop(name)()
        return message


@pytest.fixture
def laned(tmp_path: Path) -> Iterator[LaneWorld]:
    """A home with callgate installed for the HTTP lane."""
    run = Path(tempfile.mkdtemp(prefix="cg-"))
    one = LaneWorld(new_world(tmp_path), run)
    one.callgate("init", "--profile", "standard")
    try:
        one.callgate("install", "claude-code", "--transport", "http")
        with one.world.policy.open("a") as policy:
            policy.write(RULES)
        yield one
    finally:
        one.callgate("daemon", "stop")
        shutil.rmtree(run, ignore_errors=True)


def test_what_the_lane_decides_is_what_happens(claude: list[str], laned: LaneWorld) -> None:
    """Allowed, denied, asked about and left alone: the client does what the lane says, and doctor has foretold it."""
    laned.callgate("doctor", CALLGATE_HTTP_TOKEN=laned.lane.token)
    calls = [
        ("allowed", "git status"), ("secret", SECRET_CALL), ("wipe", "ls && rm -rf ~/"), ("asked", "mkdir asked"),
        ("open", "python3 -c 'open(\"unruled\", \"w\")'"), ("down", "cd x"), ("below", "cat ../private.txt"),
    ]  # fmt: skip
    played = laned.play(claude, calls)
    assert played.stopped == {"secret", "wipe", "asked", "open", "below"}
    assert "notes.txt" in played.said["allowed"]
    assert "e2e-no-private" in played.said["secret"]
    assert "e2e-no-private" in played.said["below"]
    assert "guardrail" in played.said["wipe"]
    assert (laned.world.home / "canary").exists()
    assert not (laned.world.project / "asked").exists()
    decided = {each["tool_use_id"].removeprefix("toolu_"): each["decision"] for each in laned.world.reviews()}
    decided.pop("callgate-doctor-0", None)
    assert {name: decided[name] for name, _ in calls} == {
        "allowed": "allow", "secret": "deny", "wipe": "deny", "asked": "ask", "open": "passthrough", "down": "allow",
        "below": "deny",
    }  # fmt: skip
    http = json.loads(laned.callgate("status", "--json"))["http"]
    assert http["requests"] >= len(calls)
    assert http["refused"] == {}


@pytest.mark.parametrize("token", ["", "x" * 43, "中文"], ids=["none", "another", "one that no header can carry"])
def test_without_the_token_nothing_runs(claude: list[str], laned: LaneWorld, token: str) -> None:
    """A host that does not have the token is told to ask about everything: that is not consent."""
    played = laned.play(claude, [("allowed", "git status"), ("secret", SECRET_CALL)], token=token)
    assert played.stopped == {"allowed", "secret"}
    assert "CALLGATE_HTTP_TOKEN" in played.said["allowed"]
    assert "http" in laned.callgate("doctor", code=1)


def test_a_checkout_that_changes_the_token_gains_nothing(claude: list[str], laned: LaneWorld) -> None:
    """A project's `env` and `httpHookAllowedEnvVars` reach the client's headers, and then each call is asked about."""
    folder = laned.world.project / ".claude"
    folder.mkdir()
    tops: tuple[dict[str, object], ...] = (
        {"env": {"CALLGATE_HTTP_TOKEN": "evil", "CODEX_HOME": "y" * 200_000}},
        {"httpHookAllowedEnvVars": []},
    )
    for top in tops:
        (folder / "settings.json").write_text(json.dumps(top))
        played = laned.play(claude, [("secret", SECRET_CALL)])
        assert played.stopped == {"secret"}
        assert SECRET not in played.said["secret"]


def test_a_checkout_can_switch_the_lane_off(claude: list[str], laned: LaneWorld) -> None:
    """`allowedHttpHookUrls` of a project ends the calls; doctor fails then, and a list of one's own is the remedy."""
    folder = laned.world.project / ".claude"
    folder.mkdir()
    (folder / "settings.json").write_text('{"allowedHttpHookUrls": []}')
    assert SECRET in laned.play(claude, [("secret", SECRET_CALL)]).said["secret"]
    assert "allowedHttpHookUrls" in laned.callgate("doctor", code=1, CALLGATE_HTTP_TOKEN=laned.lane.token)
    settings = json.loads(laned.world.settings.read_text())
    settings["allowedHttpHookUrls"] = [f"http://127.0.0.1:{laned.lane.port}/callgate/*"]
    laned.world.settings.write_text(json.dumps(settings))
    assert laned.play(claude, [("secret", SECRET_CALL)]).stopped == {"secret"}


def test_a_daemon_that_is_killed(claude: list[str], laned: LaneWorld) -> None:
    """What the lane trades: without the daemon the client goes on as if there were no gate, until it asks somebody.

    That brings the daemon back, and from then on calls are judged again.
    """

    def kill() -> None:
        os.kill(laned.pid(), signal.SIGKILL)

    def wait() -> None:
        assert wait_for(laned.lane, seconds=SECONDS) == ""

    calls = [
        ("before", SECRET_CALL), ("without", SECRET_CALL), ("dialog", "touch by_dialog"), ("after", SECRET_CALL),
    ]  # fmt: skip
    played = laned.play(claude, calls, after={"before": kill, "dialog": wait})
    assert "e2e-no-private" in played.said["before"]
    assert SECRET in played.said["without"]
    assert "e2e-no-private" in played.said["after"]
    assert played.stopped == {"before", "dialog", "after"}
    assert fault_of(laned.lane) == ""


def test_a_session_brings_the_daemon(claude: list[str], laned: LaneWorld) -> None:
    """Where no daemon runs, the hook of the beginning starts one and waits for it: the first call is judged."""
    laned.callgate("daemon", "stop")
    assert "nobody listens" in fault_of(laned.lane)
    played = laned.play(claude, [("secret", SECRET_CALL)])
    assert played.stopped == {"secret"}
    assert "e2e-no-private" in played.said["secret"]


def test_doctor_fails_without_the_daemon(laned: LaneWorld) -> None:
    """A lane that nobody serves is no lane, and doctor says that nothing is judged."""
    laned.callgate("daemon", "stop")
    said = laned.callgate("doctor", code=1, CALLGATE_HTTP_TOKEN=laned.lane.token)
    assert "nobody listens" in said
    assert "every call goes unjudged" in said
