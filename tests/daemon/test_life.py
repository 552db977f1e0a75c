"""A daemon's life: exactly one, whoever starts it, and nothing that it answered is lost when it leaves or is killed."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
from crowd import crowd
from running_daemon import DaemonWorld, decision_of
from transports import Call, by_function, transports

import callgate
from callgate.daemon import protocol
from callgate.daemon.asking import own_build
from callgate.daemon.protocol import ANSWER, OTHER_BUILD, RETIRE
from callgate.daemon.starting import ensure, take

COMMANDS = {"ls -la": "allow", "cp a b": "deny", "make x": "ask", "frob": "-"}
"""What the policy of the world says to each; nothing to the last."""

_STAND_INS = """
import os, sys
from callgate.daemon import starting
socket, count, log = sys.argv[1], int(sys.argv[2]), sys.argv[3]
real = starting.spawn
def spawn(*arguments):
    fd = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(fd, b"started\\n")
    return real(*arguments)
starting.spawn = spawn
reading, writing = os.pipe()
children = []
for _ in range(count):
    child = os.fork()
    if not child:
        os.close(writing)
        os.read(reading, 1)  # until the writing end is closed: all at once
        fault = starting.ensure(socket, os.environ)
        os._exit(1 if fault else 0)
    children.append(child)
os.close(writing)
sys.exit(sum(os.waitpid(child, 0)[1] != 0 for child in children))
"""
"""Stands in for hooks: what they do at their end, without what they do before."""


def _stand_ins(world: DaemonWorld, count: int) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-I", "-c", _STAND_INS, world.files.socket, str(count), str(world.root / "spawned")]
    return subprocess.Popen(words, env={**world.environ, "PATH": os.environ["PATH"]})


def _daemons(world: DaemonWorld) -> list[int]:
    """Return the processes that were started as daemons of *world*."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                words = Path(f"/proc/{name}/cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"callgate.daemon" in words and world.files.socket.encode() in words:
                found.append(int(name))
    return found


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="counts processes in /proc")
def test_two_hundred_hooks_at_once_start_one_daemon(world: DaemonWorld) -> None:
    """On a cold machine, all at the same moment, a few of them whole hooks: each of these has its answer meanwhile."""
    stand_ins = _stand_ins(world, 194)
    words = [sys.executable, "-I", "-m", "callgate", "hook", "--daemon", world.files.socket]
    environ = {**world.environ, "PATH": os.environ["PATH"]}
    hooks = [
        subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ)
        for _ in range(6)
    ]
    outputs = [hook.communicate(world.message("ls -la"), timeout=60) for hook in hooks]
    assert [decision_of(out) for out, _ in outputs] == ["allow"] * 6
    assert [error for _, error in outputs] == [b""] * 6
    assert stand_ins.wait(60) == 0
    report = world.wait_until_it_answers()
    assert _daemons(world) == [report["pid"]]
    assert Path(world.files.log).read_bytes() == b"", "one that came too late would have said so"
    spawned = world.root / "spawned"
    assert not spawned.exists() or spawned.read_text() == "started\n"
    assert world.decision("cp a b") == "deny"


def test_hooks_start_no_second_daemon_behind_one_that_does_not_answer(running: DaemonWorld) -> None:
    """One that is stopped keeps its place: the lock says that it is there."""
    os.kill(running.pid(), signal.SIGSTOP)
    assert _stand_ins(running, 20).wait(60) == 0
    assert not (running.root / "spawned").exists()
    os.kill(running.pid(), signal.SIGCONT)
    assert running.decision("ls -la") == "allow"


def test_what_a_killed_daemon_leaves_is_recognised(world: DaemonWorld) -> None:
    """Its socket and its process id are stale: the next one takes the place at once."""
    os.kill(world.start(), signal.SIGKILL)
    world.wait_until_gone()
    assert Path(world.files.socket).is_socket()
    assert world.decision("ls -la") == ""
    assert ensure(world.files.socket, world.environ) == ""
    assert world.wait_until_it_answers()["pid"] == world.pid()
    assert world.decision("ls -la") == "allow"


@pytest.mark.parametrize("pid", ["1\n", "999999999\n", "rubbish", "-1", ""])
def test_a_stale_process_id_means_nothing(pid: str, world: DaemonWorld) -> None:
    """The lock counts, not what is written in it."""
    Path(world.files.directory).mkdir(mode=0o700)
    Path(world.files.lock).write_text(pid)
    assert ensure(world.files.socket, world.environ) == ""
    assert world.wait_until_it_answers()["pid"] == world.pid()


def test_a_starter_that_died_with_the_lock_holds_nobody_up(world: DaemonWorld) -> None:
    """The lock goes with the process, between taking it and starting a daemon, too."""
    Path(world.files.directory).mkdir(mode=0o700)
    reading, writing = os.pipe()
    starter = os.fork()
    if not starter:
        take(world.files)
        os.write(writing, b"x")
        time.sleep(60)
        os._exit(0)
    os.read(reading, 1)
    assert ensure(world.files.socket, world.environ) == "", "as long as it lives, it is taken to be starting one"
    os.kill(starter, signal.SIGKILL)
    os.waitpid(starter, 0)
    os.close(reading)
    os.close(writing)
    assert ensure(world.files.socket, world.environ) == ""
    assert world.wait_until_it_answers()["pid"]


def test_it_leaves_when_nobody_calls(world: DaemonWorld) -> None:
    """After its idle time it has gone, with its socket, and every line is there."""
    world.start(idle=0.4)
    assert world.decision("ls -la", tool_use_id="a") == "allow"
    world.wait_until_gone()
    assert not os.path.lexists(world.files.socket)
    assert world.counted() == {"a": 1}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_leave_under_load_it_loses_no_line(number: signal.Signals, running: DaemonWorld) -> None:
    """What was answered is in the log, once, however much was waiting for it when the signal came."""
    pid = running.pid()
    commands = [*COMMANDS] * 150
    hooks = crowd(running, commands, meanwhile=lambda n: os.kill(pid, number) if n == 250 else None)
    running.wait_until_gone()
    answered = {hook.name for hook in hooks if hook.answer is not None}
    assert 250 <= len(answered) <= len(commands)
    assert running.counted() == dict.fromkeys(answered, 1)
    running.start()
    assert running.report()["journal"]["missing_before"] == 0


@pytest.mark.parametrize("moment", [1, 300, 650])
def test_killed_in_the_middle_of_a_thousand_calls(moment: int, running: DaemonWorld) -> None:
    """Each hook has an answer that the in-process gate gives too, and what is not in the log is counted by the next."""
    pid = running.pid()
    expected = {name: by_function(running, Call(running.message(name))).output for name in COMMANDS}
    assert {name: decision_of(output) for name, output in expected.items()} == COMMANDS

    def kill(answered: int) -> None:
        if answered == moment:
            os.kill(pid, signal.SIGKILL)

    hooks = crowd(running, [*COMMANDS] * 250, meanwhile=kill)
    assert len(hooks) == 1000
    for hook in hooks:
        assert hook.answer is None or hook.answer == expected[hook.command]
    answered = {hook.name for hook in hooks if hook.answer is not None}
    assert len(answered) >= moment
    assert len(answered) < 1000
    running.wait_until_gone()
    running.started.clear()

    # The first of those without an answer: it decides, and sees to it that the next one finds a daemon.
    alone = next(hook for hook in hooks if hook.answer is None)
    words = [sys.executable, "-I", "-m", "callgate", "hook", "--daemon", running.files.socket]
    done = subprocess.run(
        words, input=running.message(alone.command), capture_output=True, timeout=60, check=True,
        env={**running.environ, "PATH": os.environ["PATH"]},
    )  # fmt: skip
    assert done.stdout == expected[alone.command]
    report = running.wait_until_it_answers()
    assert report["pid"] != pid
    assert running.decision("ls -la", tool_use_id="next") == "allow"

    lines = running.counted()
    missing = len(answered - set(lines))
    assert max(lines.values()) == 1
    assert report["journal"]["missing_before"] in (missing, missing + 1), "one may have been counted and not yet sent"


def test_stopped_it_holds_nobody_up(running: DaemonWorld) -> None:
    """A daemon that does not answer is waited for 250 ms; when it goes on, it answers nobody twice."""
    os.kill(running.pid(), signal.SIGSTOP)
    for at in range(5):
        assert running.send(running.frame(running.message("ls -la", tool_use_id=f"gone{at}")), 0.25) is None
    os.kill(running.pid(), signal.SIGCONT)
    assert running.decision("ls -la", tool_use_id="there") == "allow"
    report = running.report()
    assert report["unanswered"] == {"the client had gone": 5}
    running.stop()
    assert running.counted() == {"there": 1}, "the hooks that had gone have written their own lines"


@pytest.mark.parametrize("client", [name for name in transports() if name != "socket"])
def test_clients_do_not_wait_for_one_that_is_stopped(client: str, running: DaemonWorld) -> None:
    """The command that decides by itself has the call, whole, and the daemon has nothing to write when it goes on."""
    call = Call(running.message("ls -la", tool_use_id="gone"))
    assert decision_of(transports()[client](running, call) or b"") == "allow"
    os.kill(running.pid(), signal.SIGSTOP)
    assert transports()[client](running, call) is None
    os.kill(running.pid(), signal.SIGCONT)
    assert decision_of(transports()[client](running, call) or b"") == "allow"
    running.stop()
    assert running.counted() == {"gone": 2}


def test_whole_hooks_survive_the_kill(running: DaemonWorld) -> None:
    """Clients as hosts start them, at once, while the daemon is killed: each prints the one right answer."""
    spec = find_spec("callgate.hook.client")
    assert spec is not None
    assert spec.origin is not None
    fallback = [sys.executable, "-I", "-m", "callgate", "hook", "--daemon", running.files.socket]
    words = [sys.executable, "-I", "-S", spec.origin, *fallback]
    environ = {**running.environ, "PATH": os.environ["PATH"]}
    hooks = []
    for at, command in enumerate([*COMMANDS] * 3):
        hook = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environ)
        assert hook.stdin is not None
        hook.stdin.write(running.message(command, tool_use_id=f"h{at}"))
        if at == 6:
            os.kill(running.pid(), signal.SIGKILL)
        hook.stdin.close()
        hook.stdin = None
        hooks.append((command, hook))
    for command, hook in hooks:
        output, _ = hook.communicate(timeout=60)
        assert (hook.returncode, decision_of(output)) == (0, COMMANDS[command])
    running.started[0].wait(10)
    assert running.wait_until_it_answers()["pid"] != running.started[0].pid
    assert running.decision("cp a b") == "deny"


def test_the_terminal_may_close(world: DaemonWorld) -> None:
    """A daemon that a hook started outlives the hook's terminal, its session and its process group."""
    code = "import os, sys\nfrom callgate.daemon.starting import ensure\nensure(sys.argv[1], os.environ)\nos.read(0, 1)"
    leader, follower = os.openpty()
    hook = subprocess.Popen(
        [sys.executable, "-I", "-c", code, world.files.socket], stdin=follower, stdout=follower, stderr=follower,
        env={**world.environ, "PATH": os.environ["PATH"]}, start_new_session=True,
    )  # fmt: skip
    os.close(follower)
    pid = world.wait_until_it_answers()["pid"]
    assert os.getsid(pid) == pid
    os.killpg(hook.pid, signal.SIGHUP)
    os.close(leader)
    hook.wait(10)
    os.kill(pid, signal.SIGHUP)
    assert world.decision("ls -la") == "allow"
    assert world.report()["pid"] == pid


def test_a_host_that_waits_for_the_end_of_a_pipe_does_not_wait_for_the_daemon(world: DaemonWorld) -> None:
    """Nothing that the hook inherited stays open: neither its output nor a descriptor that it knows nothing of."""
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)
    words = [sys.executable, "-I", "-m", "callgate", "hook", "--daemon", world.files.socket]
    done = subprocess.run(
        words, input=world.message("ls -la"), capture_output=True, timeout=60, check=True, close_fds=False,
        env={**world.environ, "PATH": os.environ["PATH"]},
    )  # fmt: skip
    assert decision_of(done.stdout) == "allow"
    world.wait_until_it_answers()
    os.close(writing)
    os.set_blocking(reading, False)
    assert os.read(reading, 1) == b""
    os.close(reading)


def test_an_upgrade_is_not_answered_by_what_was_before(world: DaemonWorld) -> None:
    """A daemon whose code has changed leaves, and tells other builds that it is another."""
    package = world.root / "new"
    shutil.copytree(os.path.dirname(callgate.__file__), package / "callgate")
    world.start(package=package)
    old = protocol.build_of(str(package / "callgate"))
    found = world.ask(world.message("ls -la"), build=old)
    assert found is not None
    assert decision_of(found.body) == "allow"
    other = world.ask(world.message("ls -la"))
    assert other is not None
    assert (other.kind, other.body) == (OTHER_BUILD, b"")
    assert other.head == protocol.head(old, cwd="")
    assert world.ask(world.message("ls -la"), build="") is not None

    with (package / "callgate/switch.py").open("a") as file:
        file.write("# changed\n")
    until = time.monotonic() + 60
    while (found := world.ask(world.message("ls -la"), build=old)) is not None and found.kind == ANSWER:
        assert time.monotonic() < until
        time.sleep(0.1)
    world.wait_until_gone()
    assert ensure(world.files.socket, world.environ) == ""
    assert world.wait_until_it_answers()["build"] == own_build()


def test_another_build_has_it_leave(world: DaemonWorld) -> None:
    """A hook that met a daemon of another build has it retire; one of the same build does not."""
    package = world.root / "new"
    shutil.copytree(os.path.dirname(callgate.__file__), package / "callgate")
    world.start(package=package)
    same = world.send(protocol.pack(RETIRE, protocol.head(protocol.build_of(str(package / "callgate")))))
    assert same is not None
    assert world.report()["build"] != own_build()
    assert ensure(world.files.socket, world.environ, replace=True) == ""
    world.wait_until_gone()
    assert ensure(world.files.socket, world.environ, replace=True) == ""
    assert world.wait_until_it_answers()["build"] == own_build()
    assert ensure(world.files.socket, world.environ, replace=True) == ""
    assert world.decision("ls -la") == "allow"


def test_two_that_are_started_at_once_are_one(world: DaemonWorld) -> None:
    """`daemon run` beside a daemon says that one runs and touches nothing."""
    pid = world.start()
    words = [sys.executable, "-I", "-m", "callgate", "daemon", "run", "--socket", world.files.socket]
    done = subprocess.run(
        words,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**world.environ, "PATH": os.environ["PATH"]},
    )
    assert done.returncode == 70
    assert f"a daemon runs already at {world.files.socket}" in done.stderr
    assert world.report()["pid"] == pid
    assert world.decision("ls -la") == "allow"


def test_answers_of_threads_are_their_own(running: DaemonWorld) -> None:
    """Many clients at once, each with its own directory and policy, never get the answer of another."""
    wrong: list[str] = []

    def work(number: int) -> None:
        directory = running.root / f"p{number}"
        directory.mkdir()
        verb = "allow" if number % 2 else "deny"
        file = directory / "only.toml"
        file.write_text(f'[[{verb}]]\nid = "{verb}{number}"\ncommand = "tool{number} *"\n')
        for _ in range(20):
            found = running.ask(
                running.message(f"tool{number} x", cwd=str(directory)), ("--config", str(file)), cwd=str(directory)
            )
            answer = json.loads(found.body)["hookSpecificOutput"] if found is not None and found.body else {}
            if answer.get("permissionDecision") != verb or f"{verb}{number}`" not in answer["permissionDecisionReason"]:
                wrong.append(f"{number}: {answer}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_lock_is_held_by_the_daemon_alone(running: DaemonWorld) -> None:
    """Whoever started it may end: the lock does not go with that."""
    fd = os.open(running.files.lock, os.O_RDWR)
    try:
        with pytest.raises(BlockingIOError):
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        os.close(fd)
