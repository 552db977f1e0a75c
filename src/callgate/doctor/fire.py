"""Starting a registered hook as the host would, and reading its answer as the host would.

The host's rules are the point here: a hook that crashes, hangs, prints junk or is missing is *consent* to Claude Code,
so each such outcome has a name of its own.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import time
from typing import IO, Literal, Mapping, NamedTuple

MAX_OUTPUT = 1 << 20
"""A hook that prints more than this is stopped: hostile output must not fill the memory."""

MAX_QUOTE = 160
"""Characters of a hook's output that a finding quotes."""

Effect = Literal["allow", "deny", "ask", "none", "proceeds"]
"""What the host makes of an outcome. `none`: a clean no-opinion. `proceeds`: a failure that counts as consent."""

_DECISIONS: dict[str, Effect] = {"allow": "allow", "deny": "deny", "ask": "ask", "defer": "ask"}
_LEGACY: dict[str, Effect] = {"approve": "allow", "block": "deny"}


class Shot(NamedTuple):
    """One run of a hook."""

    effect: Effect
    why: str
    """What happened, for people: `answered deny`, `exit code 127: …`."""
    seconds: float
    timed_out: bool = False
    reason: str = ""
    """What the hook gave as its reason, cut short; empty when it gave none."""
    by_json: bool = False
    """The decision came as JSON, not as exit code 2 (with which a broken launcher blocks everything)."""


def command_line(spec: Mapping[str, object], project: str) -> list[str] | None:
    """The argv that the host runs: exec form as it stands, shell form by `sh -c`; `None` when there is no command."""
    command = spec.get("command")
    if not isinstance(command, str) or not command.strip():
        return None
    arguments = spec.get("args")
    if isinstance(arguments, list):
        words = [command, *map(str, arguments)]
        return [word.replace("${CLAUDE_PROJECT_DIR}", project) for word in words]
    return ["/bin/sh", "-c", command]


def fire(argv: list[str], payload: bytes, *, environ: Mapping[str, str], cwd: str, timeout: float) -> Shot:
    """Run *argv* once with *payload* on stdin for at most *timeout* seconds; a program's misdeeds never raise."""
    start = time.monotonic()
    try:
        process = subprocess.Popen(  # noqa: S603 - running the registered command is what doctor is for
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env=dict(environ),
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        return Shot("proceeds", f"cannot be started: {getattr(error, 'strerror', None) or error}", 0.0)
    with process:
        try:
            _feed(process, payload)
            output, errors, full = _collect(process, start + timeout)
            code = None if full else _wait(process, start + timeout)
        finally:
            _kill_group(process)
    seconds = time.monotonic() - start
    if full:
        return Shot("proceeds", f"printed more than {MAX_OUTPUT} bytes", seconds)
    if code is None:
        return Shot("proceeds", f"gave no answer within {timeout:g} s", seconds, timed_out=True)
    return interpret(code, output, errors)._replace(seconds=seconds)


def interpret(code: int, output: bytes, errors: bytes = b"") -> Shot:
    """What Claude Code makes of an exit code and the output of a PreToolUse hook."""
    text = output.decode("utf-8", "replace").strip()
    if code == 2:
        return Shot("deny", f"blocked by exit code 2{_tail(errors)}", 0.0)
    if not text:
        if code == 0:
            return Shot("none", "printed nothing (no opinion)", 0.0)
        return Shot("proceeds", f"exit code {code} and no answer{_tail(errors)}", 0.0)
    if not text.startswith("{"):
        return Shot("proceeds", f"printed text that is no answer: `{_short(text)}`{_tail(errors)}", 0.0)
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return Shot("proceeds", f"printed broken JSON: `{_short(text)}`", 0.0)
    effect = _effect(answer) if isinstance(answer, dict) else None
    if effect is None:
        return Shot("proceeds", f"printed JSON without a decision that the host knows: `{_short(text)}`", 0.0)
    return Shot(effect, f"answered {effect}", 0.0, reason=_reason(answer), by_json=True)


def _effect(answer: Mapping[str, object]) -> Effect | None:
    if answer.get("continue") is False:
        return "deny"
    specific = answer.get("hookSpecificOutput")
    if isinstance(specific, dict):
        if specific.get("hookEventName") != "PreToolUse":
            return None
        decision = specific.get("permissionDecision")
        return "none" if decision is None else _DECISIONS.get(str(decision))
    if specific is not None:
        return None
    legacy = answer.get("decision")
    return "none" if legacy is None else _LEGACY.get(str(legacy))


def _reason(answer: Mapping[str, object]) -> str:
    specific = answer.get("hookSpecificOutput")
    reason = specific.get("permissionDecisionReason") if isinstance(specific, dict) else answer.get("reason")
    return _short(reason) if isinstance(reason, str) and reason.strip() else ""


def _feed(process: subprocess.Popen[bytes], payload: bytes) -> None:
    # Synthetic payloads are far smaller than a pipe's buffer: writing never blocks, even when nobody reads.
    if process.stdin is None:
        return
    try:
        process.stdin.write(payload)
        process.stdin.close()
    except OSError:  # it does not read; its answer says the rest
        return


def _collect(process: subprocess.Popen[bytes], deadline: float) -> tuple[bytes, bytes, bool]:
    """Read stdout and stderr up to the deadline; the third value tells whether it printed too much."""
    parts: dict[IO[bytes], list[bytes]] = {one: [] for one in (process.stdout, process.stderr) if one}
    size = 0
    with selectors.DefaultSelector() as selector:
        for stream in parts:
            selector.register(stream, selectors.EVENT_READ, stream)
        while selector.get_map() and (left := deadline - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                stream = key.data
                piece = os.read(stream.fileno(), 65536)
                if not piece:
                    selector.unregister(stream)
                parts[stream].append(piece)
                size += len(piece)
            if size > MAX_OUTPUT:
                return b"", b"", True
    out, err = (b"".join(pieces) for pieces in parts.values())
    return out, err, False


def _wait(process: subprocess.Popen[bytes], deadline: float) -> int | None:
    try:
        return process.wait(max(0.01, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return None


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """Stop the hook and whatever it started; its own session makes that group ours to stop."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _short(text: str) -> str:
    line = text.strip().splitlines()[0]
    return line if len(line) <= MAX_QUOTE else line[: MAX_QUOTE - 1] + "…"


def _tail(errors: bytes) -> str:
    lines = errors.decode("utf-8", "replace").strip().splitlines()
    return f": {_short(lines[-1])}" if lines else ""
