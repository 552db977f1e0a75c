"""Every way for a call to its answer, and what the engine itself says: all have to agree."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Callable, Mapping, NamedTuple, Sequence

from running_daemon import DaemonWorld

from callgate.core.errors import InputError
from callgate.core.model import ToolCall
from callgate.daemon import protocol
from callgate.daemon.asking import own_build
from callgate.daemon.protocol import ANSWER
from callgate.gate import open_gate
from callgate.hook import native
from callgate.hook.answering import Answer, Options, Surroundings, options_of, refuse, respond

FELL = b"fell to the command that decides by itself\n"
"""What a client prints in these tests when it hands a call on."""

_UNLIKE = ("timestamp", "decision_id", "latency_us", "now", "pid")
"""Fields of a line that differ between two decisions on the same call."""


class Call(NamedTuple):
    """What a host does: it writes *body* to a hook that it started with *options* in *cwd*."""

    body: bytes
    options: tuple[str, ...] = ()
    cwd: str = "/"


Transport = Callable[[DaemonWorld, Call], "bytes | None"]
"""Returns what the host reads; `None` when the call was not answered by the daemon."""


def by_function(world: DaemonWorld, call: Call, environ: Mapping[str, str] | None = None) -> Answer:
    """Return what the in-process hook answers and notes, by its own functions; nothing is written."""
    seen: list[ToolCall] = []
    around = Surroundings(
        world.environ if environ is None else environ,
        call.cwd or "/",
        lambda variables, cwd, config: open_gate(variables, cwd, config=config),
    )
    options = None
    try:
        options = options_of(list(call.options), around.cwd)
        return respond(lambda limit: call.body[: limit + 1], options, around, seen)
    except InputError as error:
        known = seen[0] if seen else ToolCall("", {}, around.cwd)
        return refuse(str(error), known, (options or Options()).config, around)


def by_process(world: DaemonWorld, call: Call) -> bytes:
    """Return what the process prints that a host starts."""
    words = [sys.executable, "-I", "-m", "callgate", "hook", *call.options]
    return _run(words, world, call)


def by_socket(world: DaemonWorld, call: Call) -> bytes | None:
    """Return what the daemon sends."""
    try:
        found = world.ask(call.body, call.options, cwd=call.cwd)
    except ValueError:
        return None  # a NUL in an option: no client could send it
    return found.body if found is not None and found.kind == ANSWER else None


def by_python_client(world: DaemonWorld, call: Call) -> bytes | None:
    """Return what the Python client prints."""
    spec = find_spec("callgate.hook.client")
    assert spec is not None
    assert spec.origin is not None
    return _client([sys.executable, "-I", "-S", spec.origin], world, call)


def by_native_client(world: DaemonWorld, call: Call) -> bytes | None:
    """Return what the native client prints; it is compiled once for each world."""
    program = world.root / "callgate-hook"
    if not program.exists():
        compiler = native.find_compiler(os.environ)
        assert native.compile_to(str(program), compiler, own_build()) == ""
    return _client([str(program)], world, call)


def transports() -> dict[str, Transport]:
    """Return the ways over a daemon that there are here, by name."""
    found: dict[str, Transport] = {"socket": by_socket}
    found["python client"] = by_python_client
    if native.find_compiler(os.environ):
        found["native client"] = by_native_client
    return found


def noted(answer: Answer) -> list[dict[str, Any]]:
    """Return the lines that the in-process hook would write for *answer*, without what is different each time."""
    if answer.note is None:
        return []
    log, call, (verdict, analysis, observation, error), now, _ = answer.note
    lines = log.lines(call, verdict, analysis, observation, now=now, error=error)
    return [comparable(json.loads(line)) for _, line in lines]


def comparable(entry: object) -> Any:  # noqa: ANN401 - JSON
    """Return *entry* of a log without what is different each time."""
    if isinstance(entry, dict):
        return {key: comparable(value) for key, value in entry.items() if key not in _UNLIKE}
    return [comparable(value) for value in entry] if isinstance(entry, list) else entry


def recorded(number: int) -> list[tuple[str, str]]:
    """Return *number* recorded commands (0: all of them), spread evenly, each with its directory; none without them."""
    for base in Path(__file__).resolve().parents:
        file = base / "shared/data/agent-commands.jsonl"
        if file.is_file():
            entries = [json.loads(line) for line in file.read_bytes().splitlines()]
            step = max(1, len(entries) // number) if number else 1
            return [(entry["command"], entry["cwd"]) for entry in entries[::step]]
    return []


def _client(client: Sequence[str], world: DaemonWorld, call: Call) -> bytes | None:
    """Run *client* with a command to fall back on that only says that it was reached."""
    instead = [sys.executable, "-I", "-S", "-c", f"import os; os.write(1, {FELL!r})"]
    words = [*client, *instead, "callgate", "hook", "--daemon", world.files.socket, *call.options]
    printed = _run(words, world, call)
    return None if printed == FELL else printed


def _run(words: Sequence[str], world: DaemonWorld, call: Call) -> bytes:
    done = subprocess.run(
        words, input=call.body, capture_output=True, env={"PATH": os.environ["PATH"], **world.environ},
        cwd=call.cwd if os.path.isdir(call.cwd) else "/", timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


MAX_BODY = protocol.MAX_BODY
