"""What the person decided: the decisions of a log joined with what became of the calls.

An outcome line says that a dialog was requested, that a tool ran, or that it failed while it ran. Nothing says that a
person refused: that is concluded from a call that did not run although its session went on (docs/outcomes.md).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from typing import Any, Final, Iterable, Iterator, Literal, Mapping, NamedTuple

from callgate.journal.outcomes import input_digest
from callgate.reviewer.entry import Entry, from_record
from callgate.reviewer.went_on import UNKNOWN_THREAD, Progress
from callgate.times import parse_time

Conclusion = Literal["approved", "refused", "ran", "unknown"]
"""A person let it run; a person did not; it ran and no person was asked; nothing can be concluded."""

_EVENTS: Final = ("requested", "ran", "failed")
_STRICTEST: Final = ("deny", "ask", "allow", "passthrough")


class _Line(NamedTuple):
    """One usable outcome line."""

    time: float
    tool: str
    tool_use_id: str
    event: str
    digest: str
    attended: bool | None
    subagent: str


class _Call:
    """One call of the agent, which several registered hooks may have decided, and what is known of it."""

    __slots__ = ("_digest", "decision", "entry", "finished", "ids", "requested")

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.ids = [entry.decision_id]
        self.decision = entry.decision
        self.requested: _Line | None = None
        self.finished: _Line | None = None
        self._digest: str | None = None

    def add(self, entry: Entry) -> None:
        """Take in another decision on the same call: the host obeys the strictest."""
        self.ids.append(entry.decision_id)
        self.decision = min(self.decision, entry.decision, key=_STRICTEST.index)

    @property
    def digest(self) -> str:
        """The digest of the input as logged; empty when it has none."""
        if self._digest is None:
            try:
                self._digest = input_digest(self.entry.input)
            except (ValueError, TypeError, RecursionError):  # no line of ours
                self._digest = ""
        return self._digest

    @property
    def known(self) -> _Line | None:
        """A line of this call, to see who made it."""
        return self.finished or self.requested


def join(decisions: Iterable[Mapping[str, Any]], outcomes: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Conclude for each decision what the person decided.

    Args:
        decisions: lines of the review log, in any order. Leave none out of a session that is to be judged: later
            calls show that it went on.
        outcomes: lines of the outcome log, in any order. What is odd in either is passed over.

    Returns:
        `decision_id` -> a `Conclusion`, for every decision that has an id and is well-formed.
    """
    lines: dict[str, list[_Line]] = {}
    for record in outcomes:
        line = _line(record)
        if line is not None:
            lines.setdefault(record["session_id"], []).append(line)
    found: dict[str, str] = {}
    sessions: dict[str, list[Entry]] = {}
    for record in decisions:
        entry = from_record(record)
        if entry is None or not entry.decision_id:
            continue
        found[entry.decision_id] = "unknown"
        if entry.session_id in lines:  # else no hook told of this session: nothing can be concluded
            sessions.setdefault(entry.session_id, []).append(entry)
    for session, entries in sessions.items():
        heard = sorted(lines[session], key=lambda line: line.time)
        calls = _calls(entries)
        _finish(calls, heard)
        _request(calls, heard)
        progress = _progress(calls, heard)
        for call in calls:
            conclusion = _conclude(call, heard, progress)
            found.update(dict.fromkeys(call.ids, conclusion))
    return found


def _line(record: Mapping[str, Any]) -> _Line | None:
    session, tool, event = record.get("session_id"), record.get("tool_name"), record.get("event")
    time = parse_time(record.get("timestamp"))
    if not isinstance(session, str) or not session or not isinstance(tool, str) or time is None:
        return None
    if event not in _EVENTS:
        return None
    texts = [value if isinstance(value, str) else "" for value in map(record.get, ("tool_use_id", "input_digest"))]
    said, subagent = record.get("attended"), record.get("subagent")
    return _Line(
        time, tool, texts[0], str(event), texts[1], said if isinstance(said, bool) else None,
        subagent if isinstance(subagent, str) else "",
    )  # fmt: skip


def _calls(entries: list[Entry]) -> list[_Call]:
    """The calls of one session, oldest first."""
    calls: list[_Call] = []
    by_id: dict[tuple[str, str], _Call] = {}
    for entry in sorted(entries, key=lambda one: one.time):
        same = by_id.get((entry.tool_use_id, entry.tool)) if entry.tool_use_id else None
        if same is not None:
            same.add(entry)
            continue
        call = _Call(entry)
        calls.append(call)
        if entry.tool_use_id:
            by_id[entry.tool_use_id, entry.tool] = call
    return calls


def _finish(calls: list[_Call], heard: list[_Line]) -> None:
    """Give each `ran` and `failed` line to its call: by the agent's number, and by the input only where it has none."""
    ends = [line for line in heard if line.event != "requested"]
    numbered = {(call.entry.tool_use_id, call.entry.tool): call for call in calls if call.entry.tool_use_id}
    for line in ends:
        call = numbered.get((line.tool_use_id, line.tool))
        if call is not None and call.finished is None:
            call.finished = line
    nameless = [call for call in calls if not call.entry.tool_use_id]
    for call, line in _pairs(nameless, [line for line in ends if not line.tool_use_id]):
        call.finished = line


def _request(calls: list[_Call], heard: list[_Line]) -> None:
    """Give each `requested` line, which has no number, to the latest equal call that was not finished by then."""
    for call, line in _pairs(calls, [line for line in heard if line.event == "requested"]):
        call.requested = line


def _pairs(calls: list[_Call], lines: list[_Line]) -> Iterator[tuple[_Call, _Line]]:
    """Pair each line with the latest call of the same tool and input that was decided by then, and not ended.

    Args:
        calls: oldest first; each is paired once.
        lines: oldest first.
    """
    tools = {line.tool for line in lines}
    equal: dict[tuple[str, str], deque[_Call]] = {}
    for call in calls:
        if call.entry.tool in tools and call.digest:
            equal.setdefault((call.entry.tool, call.digest), deque()).append(call)
    begun: dict[tuple[str, str], list[_Call]] = {}
    for line in lines:
        key = line.tool, line.digest
        coming, stack = equal.get(key, deque()), begun.setdefault(key, [])
        while coming and coming[0].entry.time <= line.time:
            stack.append(coming.popleft())
        while stack:
            call = stack.pop()
            # One that ended before this line did so before all later ones, too.
            if call.finished is None or call.finished.time >= line.time:
                yield call, line
                break


def _progress(calls: list[_Call], heard: list[_Line]) -> Progress:
    progress = Progress(several=any(line.subagent for line in heard))
    told: set[int] = set()
    for call in calls:
        known = call.known
        progress.started(call.entry.time, known.subagent if known else UNKNOWN_THREAD)
        told.update(id(line) for line in (call.finished, call.requested) if line)
    for line in heard:
        if id(line) not in told:
            progress.heard(line.time, line.subagent, ran=line.event != "requested")
    return progress


def _conclude(call: _Call, heard: list[_Line], progress: Progress) -> Conclusion:
    asked = call.decision == "ask" or call.requested is not None
    if call.decision == "deny":
        return "unknown"  # the host does not run it; a line that says so is not to be believed
    finished = call.finished
    if finished is not None:
        if not asked and call.decision == "allow":
            return "ran"
        if finished.digest != call.digest:
            return "unknown"  # another input ran than was judged: the person, or another hook, changed it
        if not asked:
            return "ran"
        return "unknown" if _attended(call, heard) is False else "approved"
    if not asked or _attended(call, heard) is False:
        return "unknown"
    if call.requested is None and call.entry.mode == "dontAsk":
        return "unknown"  # the host refused it by itself
    since = call.requested.time if call.requested else call.entry.time
    thread = call.requested.subagent if call.requested else UNKNOWN_THREAD
    return "refused" if progress.after(since, thread) else "unknown"


def _attended(call: _Call, heard: list[_Line]) -> bool | None:
    """Whether a person could answer: as its own lines say, else as the session's next line says, or the last one."""
    if call.known is not None:
        return call.known.attended
    at = bisect_left(heard, call.entry.time, key=lambda line: line.time)
    return heard[min(at, len(heard) - 1)].attended
