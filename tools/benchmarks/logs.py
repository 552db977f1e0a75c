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
from benchmarks.figures import BenchError, Table, millis, percentile
from benchmarks.scratch import World

SIZE = 1_000_000
ROUNDS = 25
_FEW = 7
"""Rounds of a question about all of the log, and of one to a process that knows nothing."""

_DAY = 86_400

_TIMEOUT = 900
_BYTES_A_DECISION = 4_000
"""What a decision takes in both logs and the index, generously: more than this must be free on the disk."""


class Question(NamedTuple):
    """One question, and how others find out."""

    name: str
    query: Mapping[str, Any]
    target: float
    """Seconds that 95 of 100 may take; 0 for no target."""
    shell: str = ""
    """Prints the number that `check` finds in our answer. `{day}`, and all files, newest first, as
    `{newest}` or `{all}`, are filled in."""
    check: Callable[[dict[str, Any]], int] | None = None
    rounds: int = ROUNDS
    tools: tuple[str, ...] = ("grep",)
    daily: bool = False
    """It is about a day, each round about another one: no answer is one that was given before."""
    fresh: bool = False
    """It is put to a process that has answered no other: to a gate of its own each round."""


def questions(decision_id: str) -> list[Question]:
    """Return what is asked."""
    rule = {"id": "bench", "command": "pytest *"}
    in_day = """grep -h '^{{"timestamp":"{day}' {all}"""
    denied = {"and": [{"decision": "deny"}, {"tool": "Bash"}]}
    return [
        Question("`log`: the last 10", {"type": "log", "last_n": 10}, 0.1, "tac {newest} | head -n 10 | wc -l", _rows),
        Question("`log`: the last 100", {"type": "log", "last_n": 100}, 0.1,
                 "tac {newest} | head -n 100 | wc -l", _rows),
        Question("`log`: the last 100 denied", {"type": "log", "last_n": 100, "decision": "deny"}, 0.1,
                 """tac {newest} | grep -m 100 -c '"decision":"deny"'""", _rows),
        Question("`log`: denied in a day", {"type": "log", "decision": "deny"}, 0.2,
                 in_day + """ | grep -c '"decision":"deny"'""", _rows, daily=True),
        Question("`log`: a text in a day", {"type": "log", "contains": "pytest", "limit": 100}, 0.2,
                 in_day + " | grep -m 100 -c pytest", daily=True),
        Question("`log`: filter, sort, 10 rows of a day", {"type": "log", "filter": denied, "sort": "session_id",
                 "limit": 10}, 0.2, daily=True),
        Question("`log`: a day by tool", {"type": "log", "aggregate": {"group_by": "tool", "count": True}},
                 0.2, in_day + " | jq -r .tool_name | sort | uniq -c | sort -rn | awk 'NR==1{{print $1}}'",
                 lambda found: int(found["results"][0]["count"]), tools=("grep", "jq"), daily=True),
        Question("`stats`: a day", {"type": "stats"}, 0.2, in_day + " | wc -l",
                 lambda found: int(found["result"]["total_decisions"]), daily=True),
        Question("`coverage`: a day", {"type": "coverage"}, 0.2, daily=True),
        Question("`patterns`: a day", {"type": "patterns"}, 0.2, daily=True),
        Question("`gaps`: a day", {"type": "gaps"}, 0.2, daily=True),
        Question("`patterns`: a day, no call known", {"type": "patterns"}, 0, rounds=_FEW, daily=True, fresh=True),
        Question("`gaps`: a day, no call known", {"type": "gaps"}, 0, rounds=_FEW, daily=True, fresh=True),
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
        self._opened = home, logs
        self._logs = str(logs.review), str(logs.operational)
        self.state = Path(self._gate.places.state_dir)

    def anew(self) -> Asker:
        """Return one that knows nothing of any call; modules are loaded."""
        return type(self)(*self._opened)

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


class Measured(NamedTuple):
    """Seconds, and the last answer."""

    p50: float
    p95: float
    processor: tuple[float, float]
    """Processor time at 50 and 95 of 100: what the wall clock would say if nobody else used the machine, but for work
    that two threads share."""
    found: dict[str, Any]
    day: str
    """That the answer is about."""


def measure(ask: Asker, question: Question, end: float) -> Measured:
    """Ask *question* round after round; of a daily one the last day is the one before the day of *end*."""
    day, query = _about(question, question.rounds + 1, end)
    ask(query)  # warm: modules are loaded, what is made once is made
    found: dict[str, Any] = {}
    walls, processor = [], []
    for number in range(question.rounds):
        day, query = _about(question, question.rounds - number, end)
        asked = ask.anew() if question.fresh else ask
        started, used = time.perf_counter(), time.process_time()
        found = asked(query)
        walls.append(time.perf_counter() - started)
        processor.append(time.process_time() - used)
    used_at = percentile(processor, 0.5), percentile(processor, 0.95)
    return Measured(percentile(walls, 0.5), percentile(walls, 0.95), used_at, found, day)


def _about(question: Question, back: int, end: float) -> tuple[str, Mapping[str, Any]]:
    """Return the day *back* days before that of *end*, ISO 8601, and the question about it."""
    day, after = (time.strftime("%Y-%m-%d", time.gmtime(end - (back - more) * _DAY)) for more in (0, 1))
    window = {"since": f"{day}T00:00:00Z", "until": f"{after}T00:00:00Z"}
    return day, {**question.query, **window} if question.daily else question.query


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
    end = time.time()
    rows = []
    started = time.perf_counter()
    ask({"type": "stats"})
    first = time.perf_counter() - started
    there = supported()
    for question in questions(newest["decision_id"]):
        if question.query["type"] not in there:
            continue
        one = measure(ask, question, end)
        met = "" if one.p95 <= question.target else " (missed)"
        shell = others(question, one.day, built, one.found)
        target = f"{question.target * 1_000:,.0f} ms{met}" if question.target else "-"
        rows.append((question.name, millis(one.p50), millis(one.p95), target, *map(millis, one.processor), shell))
    index = sum(path.stat().st_size for path in ask.state.rglob("*.parquet"))
    sizes = [f"{size / 2**30:.2f} GB" for size in built.sizes]
    note = (
        f"{built.decisions:,} decisions over {log_files.DAYS} days, each in the review log ({sizes[0]}) and in the "
        f"operational log ({sizes[1]}), {built.files} files, written in {built.seconds:.0f} s. The first question "
        f"about all of them made the index ({index / 2**20:.0f} MB) and took {first:.0f} s. Then a warm process, "
        f"{ROUNDS} rounds; what is about a day is about another day each round, so that no answer was given before. "
        f"{_FEW} rounds where all is asked, and where each round begins with a process that knows no call. "
        "*shell* is one run of grep and jq over the review log, which must find the same number; it has the files in "
        "the page cache, as we have. Others who use the machine show in p50 and p95, not in *processor*."
    )
    calls = (
        "`patterns` and `gaps` judge each distinct call once in the life of a process. The commands here are drawn by "
        "chance from one recording: a day has some 33,000 decisions on 9,000 distinct calls, 7,500 of them undecided, "
        "and nearly all of them in every day. Where an agent does something new each day, its new calls cost what they "
        "cost in the rows of a process that knows none, 0.1 to 0.3 ms each."
    )
    head = ("question", "p50", "p95", "wanted", "processor p50", "processor p95", "shell")
    return Table("Questions about logs", head, tuple(rows), (note, calls))
