"""`callgate doctor` on the HTTP lane: each link between the host and the daemon is broken once, and found."""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path
from typing import Any, Iterator, Mapping

import pytest
from lane_world import DaemonLane, OwnLane, daemon_lane

from callgate.agents.claude_code_http import HOOK_PATH, OUTCOME_PATH, TOKEN_VARIABLE, http_handler
from callgate.daemon.http_files import free_port, token_file
from callgate.doctor import armed, http_lane, in_force, outcomes, registration
from callgate.doctor.fire_http import called, fire_http, proxy_of
from callgate.doctor.in_force import Source
from callgate.doctor.model import Finding, World


@pytest.fixture(scope="module")
def served() -> Iterator[DaemonLane]:
    """A home whose lane is served, and whose settings call it."""
    with daemon_lane() as one:
        one.start()
        yield one


@pytest.fixture(autouse=True)
def _tidy(served: DaemonLane) -> None:
    """The settings as `install` writes them, and none of the project's."""
    _write(served, port=served.lane.port)
    (served.project / ".claude" / "settings.json").unlink(missing_ok=True)


def _write(served: DaemonLane, *, port: int, top: Mapping[str, object] | None = None, **changes: object) -> None:
    gate = {**http_handler(port, HOOK_PATH, 10), **changes}
    hooks = {"PreToolUse": [{"matcher": "*", "hooks": [gate]}]}
    for event in ("PostToolUse", "PostToolUseFailure"):
        hooks[event] = [{"matcher": "*", "hooks": [http_handler(port, OUTCOME_PATH, 10)]}]
    file = served.home / ".claude" / "settings.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({"hooks": hooks, **(top or {})}))


def _project(served: DaemonLane, top: Mapping[str, object]) -> None:
    file = served.project / ".claude" / "settings.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(top))


def _findings(served: DaemonLane, **environ: str) -> list[Finding]:
    given = {**served.environ, TOKEN_VARIABLE: served.lane.token, **environ}
    world = World(
        environ={name: value for name, value in given.items() if value}, cwd=str(served.project), places=served.places,
        managed_dirs=(), python=sys.executable, package=os.path.dirname(http_lane.__file__), timeout=20.0,
    )  # fmt: skip
    force = in_force.look(world)
    return [
        *registration.check(world, force), *http_lane.check(world, force), *outcomes.check(force),
        *armed.check(world, force),
    ]  # fmt: skip


def _faults(findings: list[Finding]) -> str:
    return "\n".join(one.what for one in findings if one.level == "fail")


def test_all_is_well(served: DaemonLane) -> None:
    """The lane is served, knows the token, denies and asks; what it trades is said all the same."""
    findings = _findings(served)
    assert _faults(findings) == ""
    said = "\n".join(one.what for one in findings)
    assert "it knows the token" in said
    assert "denies `rm -rf /`" in said
    assert "malformed input is answered ask" in said
    assert [one.what for one in findings if one.level == "warn" and one.check == "http"] == [http_lane.TRADE]


ENVIRONMENT: list[tuple[str, dict[str, str], str]] = [
    ("no token", {TOKEN_VARIABLE: ""}, "is not set here"),
    ("another token", {TOKEN_VARIABLE: "x"}, "is not the token of the lane"),
    ("a proxy", {"HTTP_PROXY": "http://127.0.0.1:9"}, "`HTTP_PROXY` sends hooks to a proxy"),
    ("a proxy for https", {"https_proxy": "http://127.0.0.1:9"}, "`https_proxy` sends hooks to a proxy"),
    ("a path that no header carries", {"CODEX_HOME": "/home/中"}, "CODEX_HOME cannot be passed on"),
]


@pytest.mark.parametrize(("environ", "says"), [row[1:] for row in ENVIRONMENT], ids=[row[0] for row in ENVIRONMENT])
def test_what_the_host_is_started_with(served: DaemonLane, environ: dict[str, str], says: str) -> None:
    """A variable that is missing, wrong or leads elsewhere is found."""
    findings = _findings(served, **environ)
    assert says in _faults(findings)
    if TOKEN_VARIABLE in environ:
        assert "`rm -rf /` was not denied" in _faults(findings)
        assert any(f'="$(cat {token_file(served.places)})"' in one.mend for one in findings)


SETTINGS: list[tuple[str, dict[str, Any], str]] = [
    ("no address is called", {"allowedHttpHookUrls": []}, "does not name http://127.0.0.1"),
    ("others are called", {"allowedHttpHookUrls": ["https://*"]}, "does not name http://127.0.0.1"),
    ("no variable", {"httpHookAllowedEnvVars": []}, "does not name CALLGATE_HTTP_TOKEN"),
    ("the token by a checkout", {"env": {TOKEN_VARIABLE: "x"}}, "sets `CALLGATE_HTTP_TOKEN` for every hook"),
    ("a proxy by a checkout", {"env": {"HTTP_PROXY": "http://evil.example"}}, "`HTTP_PROXY` sends hooks to a proxy"),
]


@pytest.mark.parametrize(("top", "says"), [row[1:] for row in SETTINGS], ids=[row[0] for row in SETTINGS])
def test_what_a_checkout_can_do(served: DaemonLane, top: dict[str, Any], says: str) -> None:
    """What a project's settings do to the lane is found."""
    _project(served, top)
    assert says in _faults(_findings(served))


def test_lists_of_ones_own(served: DaemonLane) -> None:
    """Lists are joined over all settings: a user's own entry holds against an empty list of a checkout."""
    _project(served, {"allowedHttpHookUrls": [], "httpHookAllowedEnvVars": []})
    url = f"http://127.0.0.1:{served.lane.port}/*"
    _write(
        served, port=served.lane.port, top={"allowedHttpHookUrls": [url], "httpHookAllowedEnvVars": [TOKEN_VARIABLE]}
    )
    findings = _findings(served)
    assert _faults(findings) == ""
    assert any("does not name CLAUDE_PERMISSIONS_CONFIG" in one.what for one in findings if one.level == "warn")


def test_registrations_that_do_not_fit(served: DaemonLane) -> None:
    """Another port, no header, a condition: each is a failure, and the token is sent nowhere else."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        other.settimeout(0.1)
        _write(served, port=other.getsockname()[1])
        assert f"the lane is at port {served.lane.port}" in _faults(_findings(served))
        with pytest.raises(TimeoutError):
            other.accept()
    _write(served, port=served.lane.port, headers={})
    assert "`rm -rf /` was not denied" in _faults(_findings(served))
    condition: dict[str, Any] = {"if": "Bash(git *)"}
    _write(served, port=served.lane.port, **condition)
    assert "has an `if`" in _faults(_findings(served))


def test_a_token_in_settings(served: DaemonLane) -> None:
    """A token that stands in the user's settings works, and is warned of."""
    _write(served, port=served.lane.port, top={"env": {TOKEN_VARIABLE: served.lane.token}})
    findings = _findings(served, **{TOKEN_VARIABLE: ""})
    assert _faults(findings) == ""
    assert any("the token stands in" in one.what for one in findings if one.level == "warn")


def test_nobody_or_somebody_else_listens() -> None:
    """Without our daemon at the port doctor fails, and tells nobody the token."""
    with daemon_lane() as one:
        _write(one, port=one.lane.port)
        assert "nobody listens" in _faults(_findings(one))
        assert "not fired" in _faults(_findings(one))
        with OwnLane(one.lane._replace(token="B" * 43)) as other:
            said = _faults(_findings(one))
            assert "does not know the token" in said
            assert other.server.refused == {}
        Path(token_file(one.places)).chmod(0o644)
        assert "not yours alone" in _faults(_findings(one))
        Path(token_file(one.places)).unlink()
        assert "cannot be read" in _faults(_findings(one))
        Path(f"{one.places.config_dir}/http-lane.json").unlink()
        assert "the lane is off" in _faults(_findings(one))


@pytest.mark.parametrize(
    ("environ", "variable"),
    [
        ({}, ""),
        ({"HTTP_PROXY": ""}, ""),
        ({"ALL_PROXY": "x"}, ""),
        ({"HTTPS_PROXY": "x", "NO_PROXY": "localhost"}, "HTTPS_PROXY"),
        ({"http_proxy": "x", "NO_PROXY": "127.0.0.0/8,127.*"}, "http_proxy"),
        ({"http_proxy": "x", "NO_PROXY": "localhost,127.0.0.1"}, ""),
        ({"http_proxy": "x", "no_proxy": "localhost 127.0.0.1"}, ""),
        ({"http_proxy": "x", "no_proxy": "*"}, ""),
    ],
)
def test_proxies(environ: dict[str, str], variable: str) -> None:
    """Which variables count, and what spares an address, is as the client was seen to do it."""
    assert proxy_of(environ, "127.0.0.1") == variable


def test_which_addresses_are_called() -> None:
    """A star stands for anything, nothing else for anything but itself; no list means all."""
    url = "http://127.0.0.1:20001/callgate/hook"
    assert called((), url)
    for patterns, expected in (
        ([url], True),
        (["http://127.0.0.1:*"], True),
        (["*"], True),
        (["http://127.0.0.1"], False),
    ):
        assert called((Source("user", "/s", top={"allowedHttpHookUrls": patterns}),), url) is expected


def test_statuses_are_consent() -> None:
    """What the host takes for *go on* is called that: another status, nobody there, no JSON."""
    with OwnLane() as own:
        spec = http_handler(own.lane.port, HOOK_PATH, 10)
        good = {TOKEN_VARIABLE: own.lane.token}
        own.answers.output = b"not JSON"
        assert fire_http(spec, b"{}", environ=good, allowed=None, timeout=5).effect == "proceeds"
        own.answers.output = b""
        assert fire_http(spec, b"{}", environ=good, allowed=None, timeout=5).effect == "none"
        assert fire_http(spec, b"{}", environ=good, allowed=frozenset(), timeout=5).effect == "ask"
        elsewhere = {**spec, "url": f"http://127.0.0.1:{own.lane.port}/callgate/other"}
        assert fire_http(elsewhere, b"{}", environ=good, allowed=None, timeout=5).why == "answered with status 404"
    assert (
        fire_http({**spec, "url": f"http://127.0.0.1:{free_port()}/x"}, b"", environ={}, allowed=None, timeout=5).effect
        == "proceeds"
    )
