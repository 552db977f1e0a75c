"""The distinct calls of long logs: counted by DuckDB, and of each that is not known yet the latest line is read.

What comes of it is what `calls.gather` makes of the same decisions one by one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Mapping, Sequence

from callgate.reviewer.cluster.calls import MANY_SESSIONS, MAX_CALLS, UNDECIDED, Call, Gathered, Sessions
from callgate.reviewer.cluster.known import Fact, Known, Name
from callgate.reviewer.entry import Entry, read
from callgate.reviewer.logs.columns import storable

if TYPE_CHECKING:
    from callgate.reviewer.logs.relation import Relation

_WHEN: Final = "{'time': time_us, 'part': -part, 'line': line}"
"""What the latest line has the most of."""
_ORDER: Final = f"time_us::HUGEINT * {2**52} - part * {2**36} + line"
"""The same as one number, which is counted with sooner: no log has 2^36 lines, and no gate 65,536 stretches of logs."""

_KINDS: Final = "call, world, decision, source, guarded"
_NAME: Final = "CAST(call AS VARCHAR) || CAST(world AS VARCHAR)"
_NUMBERS: Final = (
    f"{_NAME}, decision, source, guarded, count(*), {{approved}}, {{refused}}, max(time_us) / 1e6, min(time_us) / 1e6"
)
"""What is counted of one call in one world that came out in one way."""
_DIGEST: Final = 36
"""Characters of a digest."""
_PEOPLE: Final = {word: f"count(*) FILTER (said = '{word}')" for word in ("approved", "refused")}
_NOBODY: Final = dict.fromkeys(_PEOPLE, "0")
_RULE: Final = f"coalesce(arg_max(coalesce(rule_id, ''), {_ORDER}), '')"
_SESSION: Final = "coalesce(session_id, '')"
_SESSIONS: Final[Mapping[Sessions, str]] = {
    # One text for each call: a list of distinct ones takes as long as everything else.
    "all": f"string_agg(replace({_SESSION}, chr(10), ' '), chr(10)), NULL, NULL",
    "two": f"NULL, min(hash({_SESSION})), max(hash({_SESSION}))",
    "none": "NULL, NULL, NULL",
}
"""Names of conversations, and numbers of two of them."""
_OF_TOOL: Final = "($tool = '' OR tool = $tool)"
_COUNT: Final = f"SELECT count(DISTINCT {_SESSION}) FROM decisions WHERE {_OF_TOOL}"  # noqa: S608 - as below
_ROWS: Final = f"""
(SELECT * REPLACE (coalesce(source, '') AS source), guardrail IS NOT NULL AS guarded FROM decisions WHERE {_OF_TOOL})
"""  # noqa: S608 - constants of this module; every value is a parameter
_JOINED: Final = (
    f"({_ROWS} LEFT JOIN (SELECT unnest($ids::VARCHAR[]) AS decision_id, unnest($words::VARCHAR[]) AS said) "
    "USING (decision_id))"
)
_PLACES: Final = f"""
SELECT {_NAME}, last.part, last.byte, last.size, last.tool, last.cwd, last.command
FROM (SELECT call, world, arg_max({{'part': part, 'byte': byte, 'size': size, 'tool': tool, 'cwd': coalesce(cwd, ''),
                                    'command': command}}, {_WHEN}) AS last
      FROM decisions WHERE {_OF_TOOL} AND call IN (SELECT unnest($calls::UUID[])) GROUP BY call, world)
ORDER BY 2, 3
"""  # noqa: S608 - as above


def gather_counted(
    decisions: Relation, outcomes: Mapping[str, str] | None = None, *, tool: str = "", most: int = MAX_CALLS,
    known: Known | None = None, sessions: Sessions = "all", rules: bool = True,
) -> Gathered:  # fmt: skip
    """Return the distinct calls of *decisions*; what is known already is not looked up again.

    A line that is no longer what the index says of it (its log was deleted or changed a moment ago) is not kept.

    Args:
        decisions: the window.
        outcomes: decision id -> what the person did.
        tool: only calls of this tool; empty for all.
        most: distinct calls that are kept, and as many again that were denied or refused.
        known: what is known of calls already.
        sessions: what is told of the conversations that made a call.
        rules: tell which rule was named.
    """
    said = {name: word for name, word in (outcomes or {}).items() if word in {"approved", "refused"}}
    values: dict[str, Any] = {"tool": tool}
    people: dict[str, Any] = {}
    if said:
        people = {"ids": list(said), "words": list(said.values())}
    numbers = _NUMBERS.format(**(_PEOPLE if said else _NOBODY))
    beside = f"""{_RULE if rules else "''"}, {_SESSIONS[sessions]}"""
    groups = decisions.all(
        f"SELECT {numbers}, {beside} FROM {_JOINED if said else _ROWS} GROUP BY {_KINDS} "  # noqa: S608 - as above
        f"ORDER BY max({_ORDER}) DESC",
        {**values, **people},
    )
    facts = _facts(decisions, {group[0] for group in groups}, tool, Known() if known is None else known)
    found = Gathered()
    found.total = sum(group[4] for group in groups)
    if groups:
        found.latest, found.earliest = groups[0][7], min(group[8] for group in groups)
    _fold(found, facts, groups, most)
    if sessions == "two" and not found.has_sessions(MANY_SESSIONS):
        found.sessions = decisions.all(_COUNT, values)[0][0]
    return found


def _fold(found: Gathered, facts: Mapping[Name, Fact], groups: Sequence[tuple[Any, ...]], most: int) -> None:
    """Put together what was counted of each call in one world that came out in one way, the latest first."""
    calls: dict[bytes, Call] = {}
    for name, decision, source, guarded, times, approved, refused, latest, earliest, rule, names, low, high in groups:
        fact = facts.get(name)
        call = None if fact is None else calls.get(fact.key)
        stopped = guarded or source == "guardrail"
        if call is None:
            room = 2 * most if decision == "deny" or refused or stopped else most
            if fact is None or len(calls) >= room:
                found.overflow += times
                continue
            call = calls[fact.key] = Call(fact, latest, rule)
            call.decisions[decision] = times
            call.earliest = earliest
        else:
            call.decisions[decision] = call.decisions.get(decision, 0) + times
            call.earliest = min(call.earliest, earliest)
        if decision in ("passthrough", "ask"):
            call.prompts += times
        if stopped:
            call.by_guardrail = call.was_denied = True
        if decision == "deny" or refused:
            call.was_denied = True
        if source in UNDECIDED:
            call.undecided += times
            if source == "llm" and decision in ("allow", "deny"):
                call.by_model += times
                call.prompts += times
        call.approved += approved
        call.refused += refused
        call.hear(names, low, high)
    found.calls = list(calls.values())


def _facts(decisions: Relation, names: set[Name], tool: str, known: Known) -> Mapping[Name, Fact]:
    """Return what is known of the calls *names*; of those that are new, their latest lines are read."""
    known.begin()
    facts = known.meet(names)
    new = names - facts.keys()
    if not new:
        return facts
    facts = {name: facts[name] for name in names - new}
    rows = decisions.all(_PLACES, {"tool": tool, "calls": list({name[:_DIGEST] for name in new})})
    rows = [row for row in rows if row[0] in new]
    lines = decisions.lines([row[1:4] for row in rows])
    for row, line in zip(rows, lines, strict=True):
        entry = read(line) if line is not None else None
        if isinstance(entry, Entry) and row[4:] == _said(entry):
            facts[row[0]] = Fact(entry, known.shared)
            known.add(row[0], facts[row[0]])
    return facts


def _said(entry: Entry) -> tuple[str | None, ...]:
    """Return what the index says of *entry*: tool, cwd and command."""
    command = entry.input.get("command")
    return storable(entry.tool), storable(entry.cwd), storable(command) if isinstance(command, str) else None
