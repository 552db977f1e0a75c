"""A call has one answer: by the process that the host starts, by the daemon, by each client, and by the engine."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import Any, Iterator, Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from running_daemon import POLICY, DaemonWorld, daemon_world
from transports import MAX_BODY, Call, Transport, by_function, by_process, by_socket, comparable, noted, recorded
from transports import transports as known_transports

from callgate import switch
from callgate.agents.claude_code import parse_input, render
from callgate.core.errors import InputError
from callgate.daemon.answers import Answers, Unanswered
from callgate.daemon.counters import Counters
from callgate.daemon.gates import Gates
from callgate.daemon.journaling import Journal
from callgate.daemon.protocol import Request
from callgate.daemon.statistics import Statistics
from callgate.gate import open_gate
from callgate.policy.loader.assemble import pack_path

RECORDED = int(os.environ.get("CALLGATE_RECORDED", "40"))
"""Recorded commands for each policy; 0 for all 10,000."""

SETUPS = ("plain", "cautious", "standard", "trusted", "project", "config", "broken", "broken project", "off")


@pytest.fixture(scope="module")
def shared() -> Iterator[DaemonWorld]:
    """One daemon for all tests here: that it has seen another policy a moment ago must not matter."""
    with daemon_world() as one:
        one.start()
        yield one


@pytest.fixture
def world(shared: DaemonWorld) -> DaemonWorld:
    """The daemon with a plain policy."""
    _arrange(shared, "plain")
    return shared


def _arrange(world: DaemonWorld, setup: str) -> tuple[str, ...]:
    """Make the files of *setup*; return the options of the hook."""
    for file in (world.project / ".callgate.toml", world.root / "alone.toml", world.state / "off"):
        file.unlink(missing_ok=True)
    world.policy.write_text(POLICY)
    options: tuple[str, ...] = ()
    if setup in {"standard", "trusted"}:
        world.policy.write_bytes(Path(pack_path(setup)).read_bytes())
    elif setup == "cautious":
        world.policy.unlink()
    elif setup == "project":
        (world.project / ".callgate.toml").write_text('[[deny]]\nid = "no-git"\ncommand = "git *"\n' + POLICY)
    elif setup == "config":
        (world.root / "alone.toml").write_text('[[allow]]\nid = "alone"\ncommand = "git *"\n')
        options = ("--config", f"{world.root}/alone.toml")
    elif setup == "broken":
        assert world.decision("ls -la") == "allow"  # so that it is the last good one
        world.policy.write_text(POLICY + "[[allow\n")
    elif setup == "broken project":
        (world.project / ".callgate.toml").write_text("x = \n")
    elif setup == "off":
        switch.turn_off(f"{world.state}/off", switch.FOREVER)
    return options


def _written(world: DaemonWorld, *names: str) -> list[Any]:
    """Return the entries of logs, of rotated ones too, when the journal has no more to write."""
    while any(world.report()["journal"][key] for key in ("backlog", "queued")):
        time.sleep(0.005)
    return [comparable(entry) for name in names for entry in world.lines(name)]


def _clear(world: DaemonWorld) -> None:
    """Remove all logs."""
    _written(world)
    for file in world.state.glob("*.jsonl*"):
        file.unlink()


def _compare(world: DaemonWorld, calls: list[Call]) -> None:
    """Make *calls* by the daemon and by the functions of the hook process; answers, lines and order are the same."""
    _clear(world)
    lines: list[Any] = []
    late = 0
    for call in calls:
        expected = by_function(world, call)
        got = by_socket(world, call)
        if got is None and len(call.body) <= MAX_BODY:
            late += 1  # a busy machine: the hook's own process decides then
            continue
        assert got == expected.output, call
        lines += noted(expected)
    assert late <= 1 + len(calls) // 20
    written = _written(world, "decisions.jsonl", "review.jsonl")
    order = json.dumps
    assert sorted(written, key=order) == sorted(lines, key=order)


@pytest.mark.parametrize("setup", SETUPS)
def test_recorded_commands_have_the_same_answers_and_lines(setup: str, shared: DaemonWorld) -> None:
    """Commands of real sessions, under each kind of policy: byte for byte, and line for line in both logs."""
    commands = recorded(RECORDED)
    if not commands:
        pytest.skip("the recorded commands are not here")
    options = _arrange(shared, setup)
    calls = [Call(shared.message(command, cwd=str(shared.project)), options) for command, _ in commands]
    _compare(shared, calls)


TOOLS = st.sampled_from(["Bash", "Read", "Write", "Edit", "Grep", "WebFetch", "Task", "mcp__db__query", "NotebookEdit"])
WORDS = st.sampled_from(
    ["ls", "cp", "make", "git", "rm", "-rf", "-la", "&&", "|", ";", ">", "$(", ")", "~", "/etc/passwd", ".env", "a b",
     "'", '"', "$HOME", "*", "é", "\\", "sudo", "curl", "http://x.test", "~/.config/callgate/policy.toml"]
)  # fmt: skip
COMMANDS = st.lists(WORDS, max_size=8).map(" ".join)
INPUTS = st.fixed_dictionaries(
    {},
    optional={
        "command": COMMANDS | st.text(max_size=20) | st.integers(),
        "file_path": st.sampled_from(["/etc/passwd", "a", "~/x", ".env", "/\x00", ""]) | st.text(max_size=10),
        "content": st.text(max_size=20),
        "url": st.just("https://example.test/"),
        "notebook_path": st.just("/n.ipynb"),
        "prompt": st.text(max_size=10),
        "dangerouslyDisableSandbox": st.booleans(),
    },
)
PAYLOADS = st.fixed_dictionaries(
    {},
    optional={
        "tool_name": TOOLS | st.text(max_size=5) | st.none(),
        "tool_input": INPUTS | st.none() | st.lists(st.integers(), max_size=2),
        "cwd": st.sampled_from(
            ["PROJECT", "PROJECT/src", "/", "", "/nowhere/at/all", "relative", "/tmp/../tmp", "/\ud800"]
        ),
        "session_id": st.text(max_size=5),
        "permission_mode": st.sampled_from(["default", "plan", "bypassPermissions"]),
        "hook_event_name": st.sampled_from(["PreToolUse", "pretooluse", "PostToolUse", "Notification", "", "x"]),
    },
)
RULES = st.lists(
    st.tuples(
        st.sampled_from(["allow", "deny", "ask"]),
        st.sampled_from(
            ['command = "ls *"', 'command = "git *"', 'path = "<project>/**"', 'tool = "Read"', 'command_regex = "rm"',
             'path = "~/**"\noperations = ["read"]', 'tool_regex = "mcp.*"', 'host = "*.test"']
        ),
        st.sampled_from(["", 'level = "warn"', 'level = "shadow"', "expires = 2020-01-01T00:00:00Z", 'mode = "plan"']),
    ),
    max_size=5,
)  # fmt: skip
OPTIONS: st.SearchStrategy[list[str]] = st.lists(
    st.sampled_from(["--test-mode", "--outcome", "--config", "--config=", "--config=p.toml", "--daemon", "--frob"]),
    max_size=3,
) | st.just([])  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rules=RULES, payload=PAYLOADS, options=OPTIONS, cut=st.integers(0, 40))
def test_any_message_has_the_same_answer(
    rules: list[tuple[str, str, str]], payload: dict[str, Any], options: list[str], cut: int, world: DaemonWorld
) -> None:
    """Whatever the policy, the message and the options are, and where the message ends."""
    text = "".join(f'[[{action}]]\nid = "r{at}"\n{what}\n{how}\n' for at, (action, what, how) in enumerate(rules))
    world.policy.write_text(text)
    body = json.dumps(payload).replace("PROJECT", str(world.project)).encode("utf-8", "surrogatepass")
    body = body[:-cut] if cut > 30 else body
    call = Call(body, tuple(options), str(world.project))
    expected = by_function(world, call)
    got = by_socket(world, call)
    assert got is None or got == expected.output
    try:
        event = parse_input(body)
    except InputError:
        return
    if event.call is not None and not options:
        gate = open_gate(world.environ, event.call.cwd or call.cwd)
        assert render(gate.decide(event.call)) == expected.output


def _body(**fields: object) -> bytes:
    return json.dumps({"tool_name": "Bash", "tool_input": {"command": "ls -la"}, **fields}).encode()


ODD: Mapping[str, Call] = {
    "nothing": Call(b""),
    "blanks": Call(b" \n\t"),
    "an empty object": Call(b"{}"),
    "a list": Call(b"[]"),
    "null": Call(b"null"),
    "not JSON": Call(b"{"),
    "a NUL": Call(b'{"tool_name": "Bash\0"}'),
    "an escaped NUL in the command": Call(_body(tool_input={"command": "ls \0 -la"})),
    "an escaped NUL in the cwd": Call(_body(cwd="/a\0b")),
    "not UTF-8": Call(b'{"tool_name": "\xff"}'),
    "a lone surrogate": Call(_body(tool_input={"command": "ls \ud800"})),
    "a lone surrogate in the cwd": Call(_body(cwd="/\udcff")),
    "keys twice": Call(b'{"tool_name": "Bash", "tool_name": "Read", "tool_input": {"command": "ls"}}'),
    "deep": Call(b'{"tool_name": "Bash", "tool_input": ' + b'{"a":' * 5000 + b"1" + b"}" * 5001),
    "a large command": Call(_body(tool_input={"command": "echo " + "x " * 100_000})),
    "a large input": Call(_body(tool_name="Write", tool_input={"file_path": "/x", "content": "y" * (MAX_BODY - 200)})),
    "a number too long": Call(b'{"tool_name": "Bash", "tool_input": {"command": "ls"}, "x": ' + b"1" * 5000 + b"}"),
    "a wrong type": Call(_body(tool_input={"command": ["ls"]})),
    "a relative cwd": Call(_body(cwd="src")),
    "no cwd": Call(_body(), cwd="/usr"),
    "no cwd at all": Call(_body(), cwd=""),
    "a cwd that is gone": Call(_body(cwd="/nowhere/at/all"), cwd="/nowhere/at/all"),
    "test mode": Call(_body(tool_input={"command": "frob"}), ("--test-mode",)),
    "an unknown option": Call(_body(), ("--frob",)),
    "an option without its value": Call(_body(), ("--config",)),
    "a policy that is not there": Call(_body(), ("--config", "/nowhere.toml")),
    "a relative policy": Call(_body(), ("--config", "x.toml"), "/usr"),
    "a policy in the home directory": Call(_body(), ("--config", "~/.config/callgate/policy.toml")),
    "another build": Call(_body(), ("--other-build",)),
    "another daemon": Call(_body(), ("--daemon", "/x")),
    "a terminal escape": Call(_body(tool_input={"command": "echo \x1b[2J\u202e"})),
    "an event": Call(_body(hook_event_name="PostToolUse", tool_use_id="t1")),
    "an event to a registration that listens": Call(_body(hook_event_name="PostToolUse"), ("--outcome",)),
    "a call to a registration that listens": Call(_body(hook_event_name="PreToolUse"), ("--outcome",)),
    "rubbish to a registration that listens": Call(b"\xff", ("--outcome",)),
}


@pytest.mark.parametrize("name", known_transports())
def test_odd_calls_have_the_same_answer(name: str, world: DaemonWorld) -> None:
    """Malformed, empty, huge and odd messages and options, by each way."""
    transport: Transport = known_transports()[name]
    refused = []
    for what, call in ODD.items():
        expected = by_function(world, call).output
        got = transport(world, call)
        if got is None:
            refused.append(what)
        else:
            assert got == expected, what
    assert set(refused) <= {"deep", "a large command", "no cwd at all"}, "the hook decides these by itself"


@pytest.mark.parametrize("what", ["nothing", "test mode", "an event", "a relative policy", "not UTF-8", "no cwd"])
def test_the_process_answers_as_its_functions_do(what: str, world: DaemonWorld) -> None:
    """What the other tests here call the hook process is what a host's process does."""
    call = ODD[what]
    assert by_process(world, call) == by_function(world, call).output


@pytest.mark.parametrize("name", [one for one in known_transports() if one != "socket"])
def test_clients_have_the_same_answers(name: str, shared: DaemonWorld) -> None:
    """Recorded commands through the clients that hosts start."""
    options = _arrange(shared, "standard")
    commands = recorded(max(5, RECORDED // 8)) or [("ls -la", ""), ("rm -rf ~", "")]
    fell = 0
    for command, _ in commands:
        call = Call(shared.message(command), options)
        got = known_transports()[name](shared, call)
        fell += got is None
        assert got is None or got == by_function(shared, call).output
    assert fell <= 1 + len(commands) // 10


def test_outcomes_are_noted_alike(world: DaemonWorld) -> None:
    """What became of a call stands in the same words in the same log."""
    call = Call(
        _body(hook_event_name="PostToolUse", tool_use_id="t9", session_id="s", tool_response={"stdout": "x"}),
        ("--outcome",),
    )
    _clear(world)
    assert by_socket(world, call) == b""
    by_daemon = _written(world, "outcomes.jsonl")
    answer = by_function(world, call)
    assert answer.event is not None
    answer.event()
    assert len(by_daemon) == 1
    assert _written(world, "outcomes.jsonl") == by_daemon * 2


def test_a_call_larger_than_a_frame_is_not_the_daemons(world: DaemonWorld) -> None:
    """Its hook decides by itself."""
    body = _body(tool_name="Write", tool_input={"file_path": "/x", "content": "y" * MAX_BODY})
    assert by_socket(world, Call(body)) is None
    assert world.decision("ls -la") == "allow"


def test_a_decision_that_takes_long_is_left_to_the_hook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The daemon's deadline is no verdict: the hook's own process has twenty times as long, and may well allow."""

    def forever(_case: object) -> None:
        while True:
            time.sleep(0.01)

    counters = Counters(str(tmp_path / "count"))
    answers = Answers(Gates(), Journal(counters, lambda _text: None), counters, Statistics())
    request = Request("", "/", ("--test-mode",), {"HOME": str(tmp_path)})
    previous = signal.getsignal(signal.SIGALRM)
    answers.arm()
    try:
        with monkeypatch.context() as patch:
            patch.setattr("callgate.gate.decide", forever)
            with pytest.raises(Unanswered, match="longer than"):
                answers.prepare(request, _body())
        assert json.loads(answers.prepare(request, _body()).output)
    finally:
        signal.signal(signal.SIGALRM, previous)
        counters.close()
