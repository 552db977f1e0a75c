"""The distinct calls of long logs: counted by DuckDB, and only the latest line of each read as a whole.

What comes of it is what `calls.gather` makes of the same decisions one by one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Mapping, NamedTuple

from callgate.reviewer.cluster.calls import MAX_CALLS, MAX_SESSIONS, UNDECIDED, Call, Gathered, key_of, shared
from callgate.reviewer.entry import DECISIONS, Entry, read
from callgate.reviewer.recorded import observation_of

if TYPE_CHECKING:
    from callgate.reviewer.logs.relation import Relation

_FIELDS: Final = ("tool", "input", "cwd", "mode", "project")
_BY_GUARDRAIL: Final = "(source = 'guardrail' OR guardrail IS NOT NULL)"
_NUMBERS: Final = ", ".join(
    (
        *(f"count(*) FILTER (decision = '{word}') AS {word}" for word in DECISIONS),
        f"coalesce(bool_or({_BY_GUARDRAIL}), false) AS by_guardrail",
        "count(*) FILTER (source = 'llm' AND decision IN ('allow', 'deny')) AS by_model",
        f"count(*) FILTER (source IN ({', '.join(repr(one) for one in sorted(UNDECIDED))})) AS undecided",
        "count(*) FILTER (said = 'approved') AS approved",
        "count(*) FILTER (said = 'refused') AS refused",
        "max(time_us) / 1e6 AS latest",
        "min(time_us) / 1e6 AS earliest",
        "list(DISTINCT coalesce(session_id, ''))[1:16] AS sessions",
        "arg_max({'part': part, 'byte': byte, 'size': size}, {'time': time_us, 'part': -part, 'line': line}) AS place",
    )
)
_GROUPS: Final = f"""
SELECT {_NUMBERS} FROM
    (SELECT *, coalesce(mode, 'default') AS permission_mode, said FROM decisions
     LEFT JOIN (SELECT unnest($ids::VARCHAR[]) AS decision_id, unnest($words::VARCHAR[]) AS said) USING (decision_id)
     WHERE $tool = '' OR tool = $tool)
GROUP BY tool, input, coalesce(cwd, ''), permission_mode, project
"""  # noqa: S608 - constants of this module; every value is a parameter


class _Group(NamedTuple):
    """What DuckDB has counted of one distinct call, in the order of `_NUMBERS`."""

    allow: int
    deny: int
    ask: int
    passthrough: int
    by_guardrail: bool
    by_model: int
    undecided: int
    approved: int
    refused: int
    latest: float
    earliest: float
    sessions: list[str]
    place: Mapping[str, int]

    @property
    def times(self) -> int:
        """How often the call was made."""
        return self.allow + self.deny + self.ask + self.passthrough

    @property
    def is_refusal(self) -> bool:
        """Whether it was denied or refused, at any time."""
        return bool(self.deny or self.refused or self.by_guardrail)


def gather_counted(
    decisions: Relation, outcomes: Mapping[str, str] | None = None, *, tool: str = "", most: int = MAX_CALLS
) -> Gathered:
    """Return the distinct calls of *decisions*; the arguments are those of `calls.gather`."""
    said = {name: word for name, word in (outcomes or {}).items() if word in {"approved", "refused"}}
    values: dict[str, Any] = {"ids": list(said), "words": list(said.values()), "tool": tool}
    found = Gathered()
    kept: list[_Group] = []
    groups = [_Group(*record) for record in decisions.all(_GROUPS, values)]
    groups.sort(key=lambda group: (-group.latest, group.place["part"], -group.place["byte"]))
    for group in groups:
        found.total += group.times
        found.earliest = min(found.earliest or group.earliest, group.earliest)
        found.latest = max(found.latest, group.latest)
        if len(kept) >= (2 * most if group.is_refusal else most):
            found.overflow += group.times
        else:
            kept.append(group)
    _read(decisions, kept, found)
    return found


def _read(decisions: Relation, groups: list[_Group], found: Gathered) -> None:
    """Read the latest line of each of *groups*, and put together what is one call after all."""
    known: dict[bytes, Call] = {}
    guarded: dict[tuple[str, ...], tuple[str, ...]] = {}
    order = sorted(range(len(groups)), key=lambda at: (groups[at].place["part"], groups[at].place["byte"]))
    places = [(place["part"], place["byte"], place["size"]) for place in (groups[at].place for at in order)]
    entries: dict[int, Entry] = {}
    for number, line in zip(order, decisions.lines(places), strict=True):
        entry = read(line) if line is not None else None
        if isinstance(entry, Entry):  # else the log was deleted a moment ago
            entries[number] = entry
    for number, group in enumerate(groups):
        entry = entries.get(number)
        if entry is None:
            found.overflow += group.times
            continue
        key = key_of(entry)
        call = known.get(key)
        if call is None:
            call = known[key] = Call(entry, shared(observation_of(entry), guarded))
            found.calls.append(call)
        _add(call, group)


def _add(call: Call, group: _Group) -> None:
    for word in DECISIONS:
        count = getattr(group, word)
        if count:
            call.decisions[word] = call.decisions.get(word, 0) + count
    call.by_guardrail = call.by_guardrail or group.by_guardrail
    call.by_model += group.by_model
    call.undecided += group.undecided
    call.approved += group.approved
    call.refused += group.refused
    call.latest, call.earliest = max(call.latest, group.latest), min(call.earliest, group.earliest)
    call.sessions.update(group.sessions[: MAX_SESSIONS - len(call.sessions)])
