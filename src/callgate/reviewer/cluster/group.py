"""Clusters of calls for a person to look at: what was asked for, in one line each, however much it varied.

These lines describe; no rule is made of them (`reviewer/suggest` does that). Where too much varied for a list they say
`*`, also for interpreters and other programs that no rule would be suggested for.
"""

from __future__ import annotations

import functools
from itertools import groupby
from typing import Callable, Final, Iterable, NamedTuple, Sequence

from callgate.core.model import DYNAMIC, SPLIT, Unit
from callgate.engine.stages.allow import covered
from callgate.engine.units import SHELL_TOOLS
from callgate.reviewer.cluster.calls import Call
from callgate.reviewer.cluster.matcher import escape, narrowest, scheme
from callgate.reviewer.cluster.paths import ending
from callgate.reviewer.cluster.unify import Words, is_option, skeleton
from callgate.reviewer.judge import Judge
from callgate.reviewer.suggest.eligible import SUBCOMMANDS

SHOWN: Final = 4
"""Alternatives of one place that are listed; more become `*`."""

EXAMPLES: Final = 3
_LONGEST: Final = 200
_NAMES: Final = frozenset({"> FILE", "not understood"})
"""What parts of a call are called that have no words of their own."""

Key = tuple[tuple[str, ...], str]
"""Head and skeleton."""

Part = tuple[tuple[str, ...], str, Words]
"""Head, skeleton, and the words after the head."""


class Cluster(NamedTuple):
    """Calls that look alike."""

    pattern: str
    times: int
    """How often they were made. A call of several parts counts for each."""
    calls: int
    """Distinct ones among them."""
    examples: tuple[str, ...]


def clusters(
    judge: Judge, calls: Iterable[Call], count: Callable[[Call], int], *, lacking: bool, most: int = 50
) -> list[Cluster]:
    """Return the clusters of *calls*, the most frequent first.

    Args:
        judge: analyses the calls, and knows which of their parts no rule covers.
        calls: distinct calls.
        count: how often a call counts; 0 leaves it out.
        lacking: only the parts of a call that no rule covers, where there are such; else all.
        most: clusters at most.
    """
    groups: dict[Key, _Group] = {}
    for call in calls:
        times = count(call)
        if not times:
            continue
        for key, rows in _by_key(judge, call, lacking=lacking):
            group = groups.get(key)
            if group is None:
                group = groups[key] = _Group()
            group.calls.append(call)
            group.times += times
            for words in rows:
                group.rows[words] = group.rows.get(words, 0) + times
    often = sorted((group.times for group in groups.values()), reverse=True)[:most]
    # Describing takes longer than counting: only what may be among the first is described.
    found = [
        Cluster(_describe(key[0], group.rows), group.times, len(group.calls), _examples(group.calls))
        for key, group in groups.items()
        if often and group.times >= often[-1]
    ]
    return sorted(found, key=lambda one: (-one.times, one.pattern))[:most]


class _Group:
    """The calls with a part of one head and skeleton."""

    __slots__ = ("calls", "rows", "times")

    def __init__(self) -> None:
        self.rows: dict[Words, int] = {}
        self.calls: list[Call] = []
        self.times = 0


def text_of(call: Call) -> str:
    """Return the call as one would name it: its command, or its tool with what it is about."""
    given = call.call.input
    if call.call.tool in SHELL_TOOLS:
        return str(given.get("command", ""))[:_LONGEST]
    about = next((given[key] for key in ("file_path", "notebook_path", "path", "url", "query", "pattern")
                  if isinstance(given.get(key), str)), "")  # fmt: skip
    return f"{call.call.tool} {about}".strip()[:_LONGEST]


def _by_key(judge: Judge, call: Call, *, lacking: bool) -> tuple[tuple[Key, tuple[Words, ...]], ...]:
    """Return the words of the parts of *call*, each once, by head and skeleton."""

    def find() -> tuple[tuple[Key, tuple[Words, ...]], ...]:
        found: dict[Key, list[Words]] = {}
        for head, shape, words in dict.fromkeys(_parts(judge, call, lacking=lacking)):
            found.setdefault((head, shape), []).append(words)
        return tuple((key, tuple(rows)) for key, rows in found.items())

    return judge.once(call, "lacking parts" if lacking else "parts", find)


def _parts(judge: Judge, call: Call, *, lacking: bool) -> list[Part]:
    case = judge.case(call.call, call.observation)
    units = case.analysis.units
    if lacking:
        # All may be covered: a rule asked, or the policy is another one by now.
        units = tuple(unit for unit in units if covered(case, unit).rule is None) or units
    return [_part(unit, case.observation.project) for unit in units]


def _part(unit: Unit, project: str) -> Part:
    if unit.problem:
        return ("not understood",), "", ()
    if unit.kind in {"redirect", "tool"} or not unit.argv:
        target = next((one.target for one in unit.operations if one.target), "")
        name = "> FILE" if unit.kind == "redirect" else unit.argv[0] if unit.argv else unit.kind
        inner = target.removeprefix(f"{project}/") if project else target
        if not target:
            return (name,), "", ()
        return (name, ending(target) if target.startswith("/") else ""), "w", (inner,)
    argv = tuple(word.replace(DYNAMIC, "\u2026").replace(SPLIT, "\u2026") for word in unit.argv)
    length = 2 if argv[0] in SUBCOMMANDS and len(argv) > 1 and not is_option(argv[1]) else 1
    return argv[:length], skeleton(argv[length:]), argv[length:]


def _describe(head: tuple[str, ...], rows: Iterable[Words]) -> str:
    shown = [word for word in head if word and not word.startswith(".")] if head[0] == "> FILE" else list(head)
    if len(head) == 2 and head[1].startswith("."):
        shown = [head[0]]  # the ending shows in what follows
    columns: list[str] = []
    for option, runs in _columns(rows):
        columns.append(_options(runs) if option else _words([word for run in runs for word in run]))
    return " ".join([*(escape(word) if " " in word and word not in _NAMES else word for word in shown), *columns])


def _columns(rows: Iterable[Words]) -> list[tuple[bool, list[Words]]]:
    """Return the runs that stand in the same place, with whether they are options."""
    split = list(map(_runs, rows))
    return [(is_option(column[0][0]), list(column)) for column in zip(*split, strict=True)] if split else []


@functools.lru_cache(maxsize=16_384)
def _runs(row: Words) -> tuple[Words, ...]:
    return tuple(tuple(run) for _, run in groupby(row, is_option))


def _options(runs: Sequence[Words]) -> str:
    texts = sorted({" ".join(run) for run in runs})
    return texts[0] if len(texts) == 1 else "(" + "|".join(texts) + ")" if len(texts) <= SHOWN else "[options]"


def _words(words: Sequence[str]) -> str:
    if any(not word.isprintable() or len(word) > 80 or not word for word in words):
        return "\u2026"
    heads = {scheme(word) for word in words}
    globs = narrowest(words) if len(heads) <= 4 * SHOWN else ()
    if globs and len(globs) <= SHOWN:
        texts = [glob.text for glob in globs]
        return texts[0] if len(texts) == 1 else "(" + "|".join(texts) + ")"
    endings = {ending(word) for word in words}
    return f"*{endings.pop()}" if len(endings) == 1 else "*"


def _examples(calls: Sequence[Call]) -> tuple[str, ...]:
    counts = [call.count for call in calls]
    least = sorted(counts)[-4 * EXAMPLES :][0]
    often = sorted((-count, text_of(call)) for call, count in zip(calls, counts, strict=True) if count >= least)
    return tuple(dict.fromkeys(text for _, text in often[: 4 * EXAMPLES]))[:EXAMPLES]
