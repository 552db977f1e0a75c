"""The report of a real daemon, and answers that are none."""

from __future__ import annotations

import json
import os
import socket
import threading
from typing import Any, Callable

import pytest
from made_reports import made
from own_daemon import OwnDaemon, eventually, own_daemon

from callgate.daemon import protocol
from callgate.daemon.asking import NoDaemonError, ask, peer_uid
from callgate.daemon.reports import metrics_of, report_of

__all__ = ["own_daemon"]


def answering(own: OwnDaemon, data: bytes) -> threading.Thread:
    """Somebody at the daemon's socket who answers one client with *data*."""
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(own.files.socket)
    listening.listen()

    def serve() -> None:
        with listening:
            client, _ = listening.accept()
            with client:
                client.recv(1 << 16)
                client.sendall(data)

    thread = threading.Thread(target=serve)
    thread.start()
    return thread


def test_a_daemon_tells_how_it_is(own_daemon: OwnDaemon) -> None:
    """What was called, decided and written is in the report, and as metrics."""
    own_daemon.run("--idle", "90s")
    for command in ("git status", "rm -rf /", "make"):
        own_daemon.call(command)
    eventually(lambda: own_daemon.report["journal"]["written"] == 3)
    report = own_daemon.report
    assert report["pid"] == own_daemon.processes[0].pid
    assert report["idle_seconds"] == 90
    assert report["calls"] == sum(report["decisions"].values()) == 3
    assert report["decisions"]["deny"] == 1
    assert 0 < report["latency_us"]["p50"] <= report["latency_us"]["p99"]
    assert report["journal"] == {
        "backlog": 0, "queued": 0, "waiting_bytes": 0, "written": 3, "lost": 0, "missing_before": 0,
    }  # fmt: skip
    assert 10e6 < report["memory_bytes"] < 200e6
    assert [one["cwd"] for one in report["policies"]] == ["/"]
    assert len(report["policies"][0]["revision"]) == 16
    assert report["errors"] == []
    assert not report["outdated"]
    assert 'callgate_decisions_total{decision="deny"} 1\n' in metrics_of(own_daemon.files)


def test_what_senders_write_makes_no_counter_of_its_own(own_daemon: OwnDaemon) -> None:
    """Bad frames are counted by kind: a sender can neither fill the memory with reasons nor break the metrics."""
    own_daemon.run()
    for number in range(20):
        own_daemon.send(protocol.HEADER.pack(protocol.MAGIC, 1, 2**30 + number, 0))
        own_daemon.send(protocol.pack(1, b"env=N\xff%d=\0" % number))
        own_daemon.send(b"GET /%d HTTP/1.1\r\n\r\n" % number)
    own_daemon.send(protocol.pack(77, protocol.head("x")))
    assert own_daemon.report["unanswered"] == {
        "a frame beyond the limits": 20, "a variable that is not asked for": 20, "not a frame of this version": 20,
    }  # fmt: skip
    assert metrics_of(own_daemon.files).endswith("# EOF\n")
    with open(own_daemon.files.log, "a+", encoding="utf-8") as file:
        assert file.tell() == 0


def test_nobody_there(own_daemon: OwnDaemon) -> None:
    """No socket, a file in its place, a directory that others can enter: no daemon."""
    with pytest.raises(NoDaemonError, match="no daemon listens"):
        report_of(own_daemon.files)
    with open(own_daemon.files.socket, "w", encoding="ascii"):
        pass
    with pytest.raises(NoDaemonError, match="no daemon listens"):
        report_of(own_daemon.files)


def test_a_directory_that_others_can_enter_is_not_asked(own_daemon: OwnDaemon) -> None:
    """Whoever listens there need not be ours."""
    own_daemon.run()
    os.chmod(own_daemon.files.directory, 0o755)
    with pytest.raises(NoDaemonError, match="no daemon listens"):
        report_of(own_daemon.files)


def _without(name: str) -> Callable[[dict[str, Any]], object]:
    return lambda report: report.pop(name)


BAD: dict[str, Callable[[dict[str, Any]], object]] = {
    "a field is missing": _without("journal"),
    "a table is none": lambda report: report.update(journal=[]),
    "a count is text": lambda report: report.update(decisions={"allow": "1"}),
    "a number is a truth": lambda report: report.update(calls=True),
    "a list is none": lambda report: report.update(errors={}),
    "an entry is odd": lambda report: report.update(policies=[{"cwd": None}]),
    "a lane is odd": lambda report: report.update(http={"on": 1}),
    "a lane is half": lambda report: report.update(http={"on": True, "fault": ""}),
    "a text is null": lambda report: report.update(version=None),
}


@pytest.mark.parametrize("change", BAD)
def test_a_report_of_another_shape_is_another_versions(own_daemon: OwnDaemon, change: str) -> None:
    """Nobody prints what it does not know, and nobody fails over it."""
    report = made()
    BAD[change](report)
    thread = answering(own_daemon, protocol.pack(protocol.ANSWER, b"", json.dumps(report).encode()))
    with pytest.raises(NoDaemonError, match="another version"):
        report_of(own_daemon.files)
    thread.join()


@pytest.mark.parametrize("name", ["running", "off"])
def test_a_lane_that_is_on_or_off_is_no_other_version(own_daemon: OwnDaemon, name: str) -> None:
    """One that is off tells only why."""
    full = {
        "on": True,
        "port": 1,
        "fault": "",
        "requests": 0,
        "refused": {},
        "handed_on": 0,
        "connections": {"open": 0, "total": 0},
    }
    http = full if name == "running" else {"on": False, "fault": "no token"}
    thread = answering(own_daemon, protocol.pack(protocol.ANSWER, b"", json.dumps(made(http=http)).encode()))
    assert report_of(own_daemon.files)["http"] == http
    thread.join()


@pytest.mark.parametrize(
    "data",
    [
        b"", b"HTTP/1.1 200 OK\r\n\r\n", protocol.pack(protocol.ANSWER, b"", b"{")[:-1],
        protocol.pack(protocol.ANSWER, b"", b"{"), protocol.pack(protocol.ANSWER, b"", b"[" * 100_000),
        protocol.pack(protocol.ANSWER, b"", b"\xff"), protocol.pack(protocol.ANSWER, b"", b"[]"),
        protocol.pack(protocol.REFUSED, b"", b"no"), protocol.HEADER.pack(protocol.MAGIC, protocol.ANSWER, 0, 2**31),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_no_daemon(own_daemon: OwnDaemon, data: bytes) -> None:
    """Nothing, another protocol, half of it, no JSON, too deep, too long: one sentence, never a crash."""
    thread = answering(own_daemon, data)
    with pytest.raises(NoDaemonError):
        report_of(own_daemon.files)
    thread.join()


def test_one_that_is_silent_is_given_up(own_daemon: OwnDaemon) -> None:
    """The time is for the whole conversation."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(own_daemon.files.socket)
        listening.listen()
        with pytest.raises(NoDaemonError, match="does not answer"):
            ask(own_daemon.files, protocol.STATUS, seconds=0.05)


def test_another_user_is_not_spoken_to(own_daemon: OwnDaemon, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever listens: when it is not ours, not a byte is sent."""
    from callgate.daemon import asking

    own_daemon.run()
    monkeypatch.setattr(asking, "peer_uid", lambda _: os.geteuid() + 1)
    with pytest.raises(NoDaemonError, match="another user"):
        ask(own_daemon.files, protocol.STATUS)


def test_the_user_at_the_other_end() -> None:
    """The system says who it is."""
    one, other = socket.socketpair(socket.AF_UNIX)
    with one, other:
        assert peer_uid(one) == os.geteuid()
