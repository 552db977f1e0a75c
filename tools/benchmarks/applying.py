"""What `callgate apply` costs as a whole: the process, and the pipeline in one that is warm."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Callable

from benchmarks.figures import BenchError, Table, millis, percentile
from benchmarks.scratch import environ

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.scratch import World

CALLS = 2_000
"""Logged calls that the impact is told from."""

POLICY = """
[[allow]]
id = "looks"
command = ["git (status|log|diff) *", "ls *"]

[[deny]]
id = "no-push"
command = "git push *"
"""


def table(world: World, rounds: int) -> Table:
    """Measure *rounds* added rules: with and without Git, with a log and without, as a process and in a warm one."""
    kinds = (("backup", False, 0), ("commit", True, 0), (f"commit, {CALLS:,} logged calls", True, CALLS))
    rows: list[tuple[str, ...]] = []
    for name, git, calls in kinds:
        root = world.root / f"apply-{len(rows)}"
        rows += _rows(name, root, rounds, _make(root, git=git, calls=calls))
    note = (
        "One rule more in a policy of two, each time with validation, lints and audit entry. The target is 1 s with "
        "Git and 100 ms without, in process; a process starts Python and loads what checks a policy."
    )
    return Table("`callgate apply`", ("what", "p50", "p95", "changes"), tuple(rows), (note,))


def _rows(name: str, root: Path, rounds: int, surroundings: dict[str, str]) -> list[tuple[str, ...]]:
    processes = [_timed(partial(_process, root, surroundings), number) for number in range(rounds)]
    warm = [_timed(partial(_warm, root, surroundings), 1000 + number) for number in range(rounds + 1)]
    return [_row(f"{name}, whole process", processes), _row(f"{name}, in process", warm[1:])]


def _row(name: str, times: list[float]) -> tuple[str, ...]:
    return name, millis(percentile(times, 0.5)), millis(percentile(times, 0.95)), f"{len(times):,}"


def _timed(apply: Callable[[int], dict[str, Any]], number: int) -> float:
    started = time.perf_counter()
    answer = apply(number)
    spent = time.perf_counter() - started
    if not answer["success"] or not answer["rollback_info"]:
        raise BenchError(f"the change was not made: {answer}")
    return spent


def _operation(number: int) -> str:
    rule = {"id": f"rule-{number}", "command": f"tool{number} build"}
    return json.dumps({"operation": "add_rule", "target_file": ".callgate.toml", "rule_type": "allow", "rule": rule})


def _process(root: Path, surroundings: dict[str, str], number: int) -> dict[str, Any]:
    words = [sys.executable, "-I", "-m", "callgate", "apply", "--json", _operation(number)]
    done = subprocess.run(words, cwd=root / "project", env=surroundings, capture_output=True, timeout=60, check=False)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _warm(root: Path, surroundings: dict[str, str], number: int) -> dict[str, Any]:
    from callgate.reviewer.apply.boundary import answered  # noqa: PLC0415 - the figures' tests need no callgate
    from callgate.reviewer.apply.context import Options, context_of  # noqa: PLC0415 - as above

    context = context_of(surroundings, str(root / "project"), Options(), applied_by="", now=time.time())
    return answered(_operation(number).encode(), context, str)


def _make(root: Path, *, git: bool, calls: int) -> dict[str, str]:
    home, project = root / "home", root / "project"
    project.mkdir(parents=True)
    state = home / ".local/state/callgate"
    state.mkdir(parents=True)
    (project / ".callgate.toml").write_text(POLICY, encoding="utf-8")
    who = {"GIT_AUTHOR_NAME": "B", "GIT_AUTHOR_EMAIL": "b@example.invalid"}
    who |= {name.replace("AUTHOR", "COMMITTER"): value for name, value in who.items()}
    surroundings = environ(home) | who | {"DECISION_REVIEWER_ALLOW_WRITES": "1", "GIT_CONFIG_NOSYSTEM": "1"}
    if git:
        for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "first"]):
            subprocess.run(["git", *words], cwd=project, env=surroundings, check=True, timeout=60)
    if calls:
        with (state / "review.jsonl").open("w", encoding="utf-8") as log:
            for number in range(calls):
                stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - calls + number))
                log.write(json.dumps({
                    "timestamp": stamp, "session_id": "s", "tool_name": "Bash", "decision": "passthrough",
                    "decision_source": "passthrough",
                    "tool_input": {"command": f"tool{number % 300} build {number % 7}"},
                    "cwd": str(project), "decision_id": f"{number:016x}",
                }) + "\n")  # fmt: skip
    return surroundings
