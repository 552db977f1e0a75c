"""`callgate demo`: a recorded session of a real agent, played through the real hook in a scratch world."""

from __future__ import annotations

import json
import os
import tempfile
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

import typer

from callgate.cli import options
from callgate.cli.demo.learning import Lesson, learn
from callgate.cli.demo.playing import ask_hook, cold
from callgate.cli.demo.trace import Step, read_trace
from callgate.cli.demo.warm import Warm, play_warm
from callgate.cli.demo.world import PROFILE, DemoWorld, build_world
from callgate.cli.errors import EXIT_INTERNAL, EXIT_OK, UsageError

if TYPE_CHECKING:
    from rich.console import Console

NEXT: Final = (
    ("callgate init", "write your own starter policy"),
    ("callgate install claude-code", "put the gate in front of every tool call"),
    ("callgate doctor", "prove that it is armed"),
)
"""What a user types next."""


class Played(NamedTuple):
    """What the hook answered to one step."""

    step: Step
    decision: str
    """`allow`, `deny`, `ask`, `passthrough`, or `failed` when the process did not answer."""
    reason: str
    decide_us: int | None
    """Microseconds inside the gate, from the review log; `None` when the log has no such entry."""
    process_ms: float
    """Milliseconds from starting the process to its end."""


def demo(
    *,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the scratch directory, to look at its policy and logs.")
    ] = False,
    no_color: options.NoColorOption = False,
) -> int:
    """Show the gate at work: a recorded Claude Code session goes through the real hook, call by call.

    Everything happens in a scratch directory with a home of its own: your files, policy and logs are not touched, and
    none of the recorded commands is run. At the end the agent gets a rule for a harmless call, and you take it back.
    Exit code 0 when the hook answered every call, 70 when not.

    Examples:
      callgate demo
      callgate demo --keep
    """
    directory = tempfile.mkdtemp(prefix="callgate-demo-")
    try:
        world = build_world(directory, _starter())
        played = play(world)
        lessons = learn(world)
        warm = play_warm(world, directory, [(item.step, item.decision) for item in played])
        _show(world, played, lessons, warm, keep=directory if keep else "", no_color=no_color)
    finally:
        if not keep:
            import shutil  # noqa: PLC0415 - only here

            shutil.rmtree(directory, ignore_errors=True)
    failed = any(item.decision == "failed" for item in played) or not all(lesson.ok for lesson in lessons)
    failed = failed or bool(warm.fault)
    return EXIT_INTERNAL if failed else EXIT_OK


def play(world: DemoWorld) -> list[Played]:
    """Send every step of the trace through a hook process of its own, as the agent would."""
    steps = read_trace(world.home, world.project).steps
    answers = [(step, *ask_hook(step, world, cold())) for step in steps]
    latencies = _latencies(world.places.review_log_file)
    return [
        Played(step, decision, reason, latencies.get(step.tool_use_id), process_ms)
        for step, decision, reason, process_ms in answers
    ]


def _starter() -> str:
    import callgate.policy  # noqa: PLC0415 - only to find the files beside it

    path = os.path.join(os.path.dirname(callgate.policy.__file__), "packs", f"{PROFILE}.toml")
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError as error:
        raise UsageError(
            f"the shipped profile `{PROFILE}` cannot be read: {error}", help="reinstall callgate"
        ) from error


def _latencies(review_log: str) -> dict[str, int]:
    """Return tool_use_id -> microseconds from the review log that the hook wrote."""
    try:
        with open(review_log, encoding="utf-8") as file:
            entries = [json.loads(line) for line in file]
    except (OSError, ValueError):
        return {}
    return {entry["tool_use_id"]: int(entry["latency_us"]) for entry in entries if entry.get("tool_use_id")}


def _show(
    world: DemoWorld, played: list[Played], lessons: list[Lesson], warm: Warm, *, keep: str, no_color: bool
) -> None:
    from callgate.cli.output import DECISION_STYLE, console, say, show_table  # noqa: PLC0415 - rich costs 40 ms
    from callgate.cli.text import clip  # noqa: PLC0415 - as above

    out = console(no_color=no_color)
    client = read_trace(world.home, world.project).client
    say(out, ("callgate demo", "bold"), f": {len(played)} tool calls recorded from {client},")
    say(out, f"judged by the {PROFILE} profile and one rule of a team. None of them is run.")
    say(out, "")
    cells = 60 if out.is_terminal else 72
    rows = [
        (
            str(number),
            item.step.tool,
            clip(item.step.summary, cells),
            "no opinion" if item.decision == "passthrough" else item.decision,
            clip(_shorter(item.reason, world), 2 * cells),
            "-" if item.decide_us is None else str(item.decide_us),
            f"{item.process_ms:.0f}",
        )
        for number, item in enumerate(played, start=1)
    ]
    styles = {**DECISION_STYLE, "no opinion": DECISION_STYLE["passthrough"], "failed": "bold reverse red"}
    show_table(out, ("#", "tool", "call", "verdict", "reason", "gate µs", "process ms"), rows, {3: styles})
    _totals(played, out)
    if warm.fault:
        say(out, "The same calls through the daemon: ", (warm.fault, "bold reverse red"))
    elif warm.absent:
        say(out, f"The same calls through the daemon: left out, {warm.absent}")
    else:
        much = f"{warm.process_ms:.0f} ms" if warm.process_ms >= 10 else f"{warm.process_ms:.1f} ms"
        what = "a new process each, the same answers; median "
        fell = f" ({warm.fell} were not answered in 250 ms and fell back)" if warm.fell else ""
        say(out, f"The same calls through the daemon and its {warm.client}: {what}", (much, "bold green"), fell)
    say(out, "")
    say(out, ("How a rule is learnt", "bold"), " (with DECISION_REVIEWER_ALLOW_WRITES=1, which you export or not):")
    for number, lesson in enumerate(lessons, start=1):
        style = "green" if lesson.ok else "bold reverse red"
        say(out, f"  {number}. {lesson.what}: ", (_shorter(lesson.result, world), style))
    say(out, "")
    if keep:
        say(out, f"kept: {keep} (policy {world.places.user_policy}, logs in {world.places.state_dir})")
        say(out, "")
    say(out, "Next:")
    for command, what in NEXT:
        say(out, "  ", (f"{command:<30}", "bold"), what)


def _shorter(reason: str, world: DemoWorld) -> str:
    """Return *reason* with the scratch world's long paths as a person would say them."""
    for path, name in (
        (world.places.user_policy + ":", "policy.toml:"),
        (world.project + "/", ""),
        (world.home, "~"),
    ):
        reason = reason.replace(path, name)
    return reason


def _totals(played: list[Played], out: Console) -> None:
    from statistics import median  # noqa: PLC0415 - only here

    from callgate.cli.output import say  # noqa: PLC0415 - as above

    counts = {
        name: sum(item.decision == name for item in played)
        for name in ("allow", "deny", "ask", "passthrough", "failed")
    }
    words = [f"{count} {'no opinion' if name == 'passthrough' else name}" for name, count in counts.items() if count]
    gate = [item.decide_us for item in played if item.decide_us is not None]
    inside = f"{median(gate):.0f} µs" if gate else "unknown (no review log)"
    process = median(item.process_ms for item in played)
    say(out, "")
    say(
        out,
        f"{len(played)} calls: {', '.join(words)}; median {inside} in the gate, {process:.0f} ms for the whole process",
    )
    say(out, "")
