"""A real daemon with its lane: the same bytes as the hook, the same lines in the log, and what happens to the port."""

from __future__ import annotations

import json
import random
import shutil
import socket
import sys
import time
from pathlib import Path
from typing import Callable, Iterator

import pytest
from lane_world import SECONDS, Conversation, DaemonLane, ask, daemon_lane, request

from callgate.agents.claude_code import MAX_INPUT
from callgate.agents.claude_code_http import OUTCOME_PATH, PROOF_PATH, header_of
from callgate.daemon.http_proof import fault_of, wait_for
from callgate.gate import open_gate
from callgate.hook.answering import Options, Surroundings, respond

RECORDED = Path(__file__).resolve().parents[4] / "shared" / "data" / "agent-commands.jsonl"
SAMPLE = 150

POLICY = """
[settings]
default = "passthrough"

[[allow]]
id = "looks"
command = ["git status", "ls *"]

[[ask]]
id = "asks"
command = "make *"
"""


@pytest.fixture(scope="module")
def served() -> Iterator[DaemonLane]:
    """One daemon for the tests that leave it as it is."""
    with daemon_lane() as one:
        policy = Path(one.places.user_policy)
        policy.parent.mkdir(parents=True, exist_ok=True)
        policy.write_text(POLICY)
        one.start()
        yield one


@pytest.fixture
def alone() -> Iterator[DaemonLane]:
    """A home without a daemon yet."""
    with daemon_lane() as one:
        yield one


def _until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def _messages(world: DaemonLane) -> list[bytes]:
    call = world.call
    return [
        call("git status"), call("ls; rm -rf /"), call("make all"), call("frobnicate"), call("x", cwd="relative"),
        call("x", cwd="/nonexistent"), b"", b"{", b"[]", b"\xff", b"null", b'{"tool_name":7}', call("é\U0001f600 \x07"),
        b'{"hook_event_name":"Stop"}', call("ls").replace(b'"Bash"', b'"Read"'), call("a\0b"), b"[" * 5000,
    ]  # fmt: skip


@pytest.mark.parametrize("number", range(17))
def test_the_same_bytes_as_the_hook(served: DaemonLane, number: int) -> None:
    """Whatever a host sends, the lane's answer is what the hook process prints."""
    data = _messages(served)[number]
    reply = ask(served.lane, data)
    assert reply.status == 200
    assert reply.body == served.hook(data)


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded commands are not here")
def test_recorded_commands(served: DaemonLane) -> None:
    """Commands that agents ran get the bytes that a gate opened for each of them gives."""
    lines = random.Random(6).sample(RECORDED.read_text(encoding="utf-8").splitlines(), SAMPLE)
    around = Surroundings(served.environ, "/", lambda environ, cwd, config: open_gate(environ, cwd, config=config))
    with Conversation(served.lane.port) as one:
        for line in lines:
            data = served.call(json.loads(line)["command"])
            reply = one.say(request(served.lane, data)).reply()
            assert reply.body == respond(lambda _limit, data=data: data, Options(), around, []).output, line  # type: ignore[misc] # bound


def test_each_decision_is_logged_once(served: DaemonLane) -> None:
    """A call through the lane stands in the log once, as a call through the hook does."""
    message = served.call("ls -la once", session_id="logged-once")
    ask(served.lane, message)
    _until(lambda: [one["decision"] for one in served.log() if one["session_id"] == "logged-once"] == ["allow"])


@pytest.mark.parametrize("size", [1_200_000, MAX_INPUT + 1])
def test_large_messages(served: DaemonLane, size: int) -> None:
    """A message that the daemon does not judge itself has the hook's answer too, up to the hook's limit and above."""
    data = served.call("git status " + "x" * size)
    assert ask(served.lane, data).body == served.hook(data)
    assert (served.status()["http"]["handed_on"] > 0) or size > MAX_INPUT


def test_what_takes_long_is_judged_by_a_process(alone: DaemonLane) -> None:
    """A decision that the daemon breaks off is found by a process with more time: the answer is the hook's."""
    policy = Path(alone.places.user_policy)
    policy.parent.mkdir(parents=True, exist_ok=True)
    slow = "(?=a)" + "(a|aa)+" * 3 + "$"
    policy.write_text(f'[[allow]]\nid = "slow"\ncommand_regex = "{slow}"\n')
    alone.start()
    data = alone.call("a" * 4000 + "b")
    assert ask(alone.lane, data).body == alone.hook(data)


def test_events_are_noted(served: DaemonLane) -> None:
    """What became of a call is in the log of outcomes; the host hears nothing."""
    event = json.dumps(
        {"session_id": "s", "cwd": str(served.project), "hook_event_name": "PostToolUse", "tool_name": "Bash",
         "tool_input": {"command": "ls"}, "tool_response": {}, "tool_use_id": "toolu_noted"}
    ).encode()  # fmt: skip
    reply = ask(served.lane, event, path=OUTCOME_PATH)
    assert (reply.status, reply.body) == (200, b"")
    log = Path(served.places.outcomes_file)
    _until(lambda: log.exists() and "toolu_noted" in log.read_text())


def test_a_project_is_where_the_session_began(served: DaemonLane) -> None:
    """In a checkout below the session's directory, the rules of the session's project hold on."""
    root = served.home / "my_pröject 1"
    inner = root / "vendor" / "lib"
    (inner / ".git").mkdir(parents=True)
    (root / ".callgate.toml").write_text('[[deny]]\nid = "outer"\npath = "<project>/secret/**"\n')
    name = "".join(one if one.isascii() and one.isalnum() else "-" for one in str(root))
    transcript = f"{served.home}/.claude/projects/{name}/s.jsonl"
    command = "cat ../../secret/a"
    without = ask(served.lane, served.call(command, cwd=str(inner)))
    reply = ask(served.lane, served.call(command, cwd=str(inner), transcript_path=transcript))
    assert without.decision != "deny"
    assert reply.decision == "deny"
    assert "outer" in reply.reason


def test_a_policy_named_by_the_host(served: DaemonLane) -> None:
    """A variable of the host that names a policy reaches the gate by a header, unless a checkout has set it."""
    alone = served.root / "alone.toml"
    alone.write_text('[[deny]]\nid = "alone"\ncommand = "git status"\n')
    header = header_of("CLAUDE_PERMISSIONS_CONFIG").replace("-", "_")
    assert ask(served.lane, served.call("git status"), **{header: str(alone)}).decision == "deny"
    other = served.home / "checkout"
    (other / ".claude").mkdir(parents=True)
    (other / ".claude" / "settings.json").write_text(json.dumps({"env": {"CLAUDE_PERMISSIONS_CONFIG": str(alone)}}))
    reply = ask(served.lane, served.call("git status", cwd=str(other)), **{header: str(alone)})
    assert reply.decision == "allow"


def test_only_this_machine_is_served(served: DaemonLane) -> None:
    """The lane listens at 127.0.0.1 and at nothing else."""
    found = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        if Path(table).exists():
            rows = [line.split() for line in Path(table).read_text().splitlines()[1:]]
            found += [row[1] for row in rows if row[3] == "0A" and row[1].endswith(f":{served.lane.port:04X}")]
    if not found:
        pytest.skip("this system does not tell who listens where")
    assert found == [f"0100007F:{served.lane.port:04X}"]


def test_the_proof(served: DaemonLane) -> None:
    """The daemon proves that it knows the token; a page cannot even ask."""
    assert fault_of(served.lane) == ""
    assert "does not know the token" in fault_of(served.lane._replace(token="B" * 43))
    reply = ask(served.lane, method="GET", path=PROOF_PATH, x_callgate_nonce="0" * 32, origin="http://evil.example")
    assert reply.status == 403


def test_memory(served: DaemonLane) -> None:
    """The daemon stays below 80 MB with the lane on."""
    assert served.status()["memory_bytes"] < 80_000_000


def test_a_port_that_somebody_else_has(alone: DaemonLane) -> None:
    """The lane is off and says so loudly; hooks that are commands are served, and the lane comes with the port."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", alone.lane.port))
        other.listen()
        alone.start(wait=False)
        _until(lambda: Path(alone.socket).exists())
        assert "does not answer" in fault_of(alone.lane, seconds=0.3)
        http = alone.status()["http"]
        assert not http["on"]
        assert str(alone.lane.port) in http["fault"]
        shown = alone.callgate("status", "--socket", alone.socket).stdout
        assert "NOT served, so that calls go unjudged" in shown
    assert wait_for(alone.lane, seconds=SECONDS) == ""


def test_a_token_that_others_can_read(alone: DaemonLane) -> None:
    """A daemon does not serve a lane whose token others may know."""
    Path(f"{alone.places.config_dir}/http-token").chmod(0o644)
    alone.start(wait=False)
    _until(lambda: Path(alone.socket).exists())
    assert "not yours alone" in alone.status()["http"]["fault"]
    assert "nobody listens" in fault_of(alone.lane)


def test_a_daemon_of_another_socket_leaves_the_lane_alone(alone: DaemonLane) -> None:
    """Only the daemon that the lane names serves it, whatever other daemons the user starts."""
    other = alone.root / "other"
    other.mkdir(mode=0o700)
    alone.socket = str(other / "gate.sock")
    alone.start(wait=False)
    _until(lambda: Path(alone.socket).exists())
    assert alone.status()["http"] is None
    assert "nobody listens" in fault_of(alone.lane)


def test_it_does_not_leave_while_the_lane_is_on(alone: DaemonLane) -> None:
    """No call would bring it back, so an idle daemon stays, until the lane is switched off."""
    alone.callgate("daemon", "start", "--socket", alone.socket, "--idle", "1s")
    try:
        assert wait_for(alone.lane, seconds=SECONDS) == ""
        time.sleep(2.5)
        assert fault_of(alone.lane) == ""
        Path(f"{alone.places.config_dir}/http-lane.json").unlink()
        _until(lambda: "nobody listens" in fault_of(alone.lane))
    finally:
        alone.callgate("daemon", "stop", "--socket", alone.socket)


def test_lines_survive_a_term(alone: DaemonLane) -> None:
    """What was answered before SIGTERM is in the log."""
    alone.start()
    for number in range(50):
        assert ask(alone.lane, alone.call(f"ls {number}")).status == 200
    alone.stop()
    assert len(alone.log()) == 50


def test_an_upgrade_keeps_the_port(alone: DaemonLane) -> None:
    """When the code on the disk changes, the daemon becomes it with its port and its lock: no host is turned away."""
    copy = alone.root / "lib"
    package = Path(sys.modules["callgate"].__file__ or "").parent
    shutil.copytree(package, copy / "callgate")
    venv = alone.root / "venv"
    _venv(venv, copy)
    alone.start(python=str(venv / "bin" / "python"))
    first = alone.status()
    (copy / "callgate" / "new_module.py").write_text('"""New."""\n')
    reports = [first]
    until = time.monotonic() + 3 * SECONDS
    while reports[-1]["started"] == first["started"] and time.monotonic() < until:
        for _ in range(20):
            # Never refused, never cut off. Where the machine is busy, a process may not find the answer in time.
            assert ask(alone.lane, alone.call("ls")).decision in ("allow", "ask")
        done = alone.callgate("status", "--json", "--socket", alone.socket)
        reports += [json.loads(done.stdout)] if done.returncode == 0 else []
    assert reports[-1]["started"] != first["started"]
    assert reports[-1]["pid"] == first["pid"]
    assert reports[-1]["journal"]["missing_before"] == 0
    assert fault_of(alone.lane, seconds=SECONDS) == ""
    alone.stop()
    assert "allow" in {one["decision"] for one in alone.log()}


def _venv(place: Path, library: Path) -> None:
    """Make an environment that finds callgate in *library*, and everything else where this one does."""
    import site
    import venv

    venv.create(place, symlinks=True)
    packages = next((place / "lib").glob("python*")) / "site-packages"
    others = [one for one in site.getsitepackages() if Path(one).is_dir()]
    (packages / "callgate.pth").write_text("\n".join([str(library), *others]) + "\n")
