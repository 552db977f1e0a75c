"""Questions about a month of logs in a warm process, beside `grep` and `jq` finding out the same."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any, Callable, Mapping, NamedTuple

from benchmarks import log_files
from benchmarks.figures import BenchError, Table, middle, millis, percentile
from benchmarks.scratch import World

SIZE = 1_000_000
ROUNDS = 25
_FEW = 7
"""Rounds of a question about all of the log."""

_TIMEOUT = 900
_BYTES_A_DECISION = 4_000
"""What a decision takes in both logs and the index, generously: more than this must be free on the disk."""


class Question(NamedTuple):
    """One question, and how others find out."""

    name: str
    query: Mapping[str, Any]
    target: float
    """Seconds that 95 of 100 may take."""
    shell: str = ""
    """Prints the number that `check` finds in our answer. `{day}`, and all files, newest first, as
    `{newest}` or `{all}`, are filled in."""
    check: Callable[[dict[str, Any]], int] | None = None
    rounds: int = ROUNDS
    tools: tuple[str, ...] = ("grep",)


def questions(day: str, next_day: str, decision_id: str) -> list[Question]:
    """Return what is asked, of the day *day* (ISO 8601) until *next_day* where a day is meant."""
    window = {"since": f"{day}T00:00:00Z", "until": f"{next_day}T00:00:00Z"}
    rule = {"id": "bench", "command": "pytest *"}
    in_day = """grep -h '^{{"timestamp":"{day}' {all}"""
    denied = {"and": [{"decision": "deny"}, {"tool": "Bash"}]}
    return [
        Question("`log`: the last 10", {"type": "log", "last_n": 10}, 0.1, "tac {newest} | head -n 10 | wc -l", _rows),
        Question("`log`: the last 100", {"type": "log", "last_n": 100}, 0.1,
                 "tac {newest} | head -n 100 | wc -l", _rows),
        Question("`log`: the last 100 denied", {"type": "log", "last_n": 100, "decision": "deny"}, 0.1,
                 """tac {newest} | grep -m 100 -c '"decision":"deny"'""", _rows),
        Question("`log`: denied in a day", {"type": "log", "decision": "deny", **window}, 0.2,
                 in_day + """ | grep -c '"decision":"deny"'""", _rows),
        Question("`log`: a text in a day", {"type": "log", "contains": "pytest", "limit": 100, **window}, 0.2,
                 in_day + " | grep -m 100 -c pytest"),
        Question("`log`: filter, sort, 10 rows of a day", {"type": "log", "filter": denied, "sort": "session_id",
                 "limit": 10, **window}, 0.2),
        Question("`log`: a day by tool", {"type": "log", "aggregate": {"group_by": "tool", "count": True}, **window},
                 0.2, in_day + " | jq -r .tool_name | sort | uniq -c | sort -rn | awk 'NR==1{{print $1}}'",
                 lambda found: int(found["results"][0]["count"]), tools=("grep", "jq")),
        Question("`stats`: a day", {"type": "stats", **window}, 0.2, in_day + " | wc -l",
                 lambda found: int(found["result"]["total_decisions"])),
        Question("`coverage`: a day", {"type": "coverage", **window}, 0.2),
        Question("`patterns`: a day", {"type": "patterns", **window}, 0.2),
        Question("`gaps`: a day", {"type": "gaps", **window}, 0.2),
        Question("`impact`: a sample", {"type": "impact", "rule": rule, "rule_type": "allow", "since": "24h"}, 0.5),
        Question("`explain` by id", {"type": "explain", "decision_id": decision_id}, 0.2,
                 f"""tac {{newest}} | grep -m 1 -c '"decision_id":"{decision_id}"'"""),
        Question("`match_test`", {"type": "match_test", "tool": "Bash", "input": {"command": "git push"}}, 0.2),
        Question("`rule`", {"type": "rule"}, 0.2),
        Question("`rule_count`", {"type": "rule_count"}, 0.2),
        Question("`config`", {"type": "config", "full": True}, 0.2),
        Question("`stats`: all", {"type": "stats"}, 2.0, """cat {all} | jq -r .decision | sort | uniq -c |"""
                 """ awk '{{n+=$1}} END {{print n}}'""", lambda found: int(found["result"]["total_decisions"]), _FEW,
                 ("jq",)),
        Question("`log`: all by decision", {"type": "log", "aggregate": {"group_by": "decision", "count": True}}, 2.0,
                 """cat {all} | grep -o '"decision":"[a-z]*"' | sort | uniq -c | awk '{{n+=$1}} END {{print n}}'""",
                 lambda found: sum(int(one["count"]) for one in found["results"]), _FEW),
        Question("`coverage`: all", {"type": "coverage"}, 2.0, rounds=_FEW),
    ]  # fmt: skip


def _rows(found: dict[str, Any]) -> int:
    return int(found["result_count"])


class Asker:
    """A warm process: a gate, and its answers."""

    def __init__(self, home: Path, logs: log_files.Built) -> None:
        from callgate.gate import open_gate  # noqa: PLC0415 - the figures' tests need no callgate
        from callgate.reviewer.query.answer import answer  # noqa: PLC0415 - as above
        from callgate.reviewer.query.base import Context  # noqa: PLC0415 - as above

        self._answer, self._context = answer, Context
        self._gate = open_gate(
            {}, log_files.HERE, home=str(home), project=log_files.HERE, profile="cautious", managed=""
        )
        self._logs = str(logs.review), str(logs.operational)
        self.state = Path(self._gate.places.state_dir)

    def __call__(self, query: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer.

        Raises:
            BenchError: it is an error.
        """
        data = json.dumps(query).encode()
        found = self._answer(data, lambda now: self._context(self._gate, now, self._logs, cwd=log_files.HERE))
        if "error" in found:
            raise BenchError(f"`{data.decode()}`: {found['error']['message']}")
        return found


def measure(ask: Asker, question: Question) -> tuple[float, float, float, dict[str, Any]]:
    """Return p50 and p95 in seconds of wall clock, the median in processor time, and the answer."""
    found = ask(question.query)  # warm: modules are loaded, what is made once is made
    walls, processor = [], []
    for _ in range(question.rounds):
        started, used = time.perf_counter(), time.process_time()
        found = ask(question.query)
        walls.append(time.perf_counter() - started)
        processor.append(time.process_time() - used)
    return percentile(walls, 0.5), percentile(walls, 0.95), middle([processor], 0.5), found


def others(question: Question, day: str, built: log_files.Built, found: dict[str, Any]) -> str:
    """Return how long the shell takes for the same, in words; `-` when it has no such question.

    Raises:
        BenchError: it finds another number than we do.
    """
    if not question.shell:
        return "-"
    missing = [tool for tool in question.tools if shutil.which(tool) is None]
    if missing:
        return f"no {missing[0]}"
    review = shlex.quote(str(built.review))
    rotated = [shlex.quote(str(path)) for path in sorted(built.review.parent.glob("review.jsonl.*"), reverse=True)]
    newest = " ".join([review, *rotated])
    command = question.shell.format(day=day, review=review, newest=newest, all=newest)
    environ = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
    started = time.perf_counter()
    done = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, timeout=_TIMEOUT, env=environ, check=False
    )
    elapsed = time.perf_counter() - started
    if question.check is not None and int(done.stdout.strip() or -1) != question.check(found):
        raise BenchError(f"{question.name}: we count {question.check(found)}, the shell {done.stdout.strip()[:40]}")
    return millis(elapsed)


def tables(world: World, commands: Path, size: int) -> list[Table]:
    """Build the logs, ask everything, and take the logs away again.

    Raises:
        BenchError: an answer is an error, or not what the shell finds.
    """
    free = shutil.disk_usage(world.root).free
    if free < size * _BYTES_A_DECISION * 2:
        note = f"Skipped: {size:,} decisions need {size * _BYTES_A_DECISION * 2 / 2**30:.0f} GB of free disk."
        return [Table("Questions about logs", ("question", "p50"), (), (note,))]
    folder = world.root / "logs"
    folder.mkdir()
    home = world.home("logs")
    try:
        built = log_files.build(home, commands, folder, size, time.time())
        return [_table(Asker(home, built), built)]
    finally:
        shutil.rmtree(folder)


def _table(ask: Asker, built: log_files.Built) -> Table:
    from callgate.reviewer.query.registry import supported  # noqa: PLC0415 - the figures' tests need no callgate

    newest = ask({"type": "log", "last_n": 50})["results"][-1]
    yesterday = time.time() - 2 * 86_400
    day, next_day = (time.strftime("%Y-%m-%d", time.gmtime(yesterday + more)) for more in (0, 86_400))
    rows = []
    started = time.perf_counter()
    ask({"type": "stats"})
    first = time.perf_counter() - started
    there = supported()
    for question in questions(day, next_day, newest["decision_id"]):
        if question.query["type"] not in there:
            continue
        p50, p95, processor, found = measure(ask, question)
        met = "" if p95 <= question.target else " (missed)"
        shell = others(question, day, built, found)
        target = f"{question.target * 1_000:,.0f} ms{met}"
        rows.append((question.name, millis(p50), millis(p95), target, millis(processor), shell))
    index = sum(path.stat().st_size for path in ask.state.rglob("*.parquet"))
    sizes = [f"{size / 2**30:.2f} GB" for size in built.sizes]
    note = (
        f"{built.decisions:,} decisions over {log_files.DAYS} days, each in the review log ({sizes[0]}) and in the "
        f"operational log ({sizes[1]}), {built.files} files, written in {built.seconds:.0f} s. The first question "
        f"about all of them made the index ({index / 2**20:.0f} MB) and took {first:.0f} s. Then a warm process; "
        f"{ROUNDS} rounds, {_FEW} where all is asked. *shell* is one run of grep and jq over the review log, which "
        "must find the same number; it has the files in the page cache, as we have. `patterns` and `gaps` answer from "
        "memory here, because no log changes between rounds: the first answer takes seconds and is not in the table."
    )
    head = ("question", "p50", "p95", "wanted", "processor", "shell")
    return Table("Questions about logs", head, tuple(rows), (note,))
