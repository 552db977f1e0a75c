"""`{"type":"explain"}`: why a call is decided as it is, and for a logged one, whether it still would be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping

from callgate.reviewer.calls import Judged, explained, judge, judged
from callgate.reviewer.explanation import as_object, verdict_object
from callgate.reviewer.find import find_decision
from callgate.reviewer.query.base import Context, Field, QueryType
from callgate.reviewer.query.words import invalid
from callgate.reviewer.redact import masked_call

if TYPE_CHECKING:
    from callgate.core.model import ToolCall
    from callgate.reviewer.entry import Entry

_OF_A_CALL = ("tool", "input", "cwd", "mode")


def answer(fields: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Return the explanation of a logged call (by its `decision_id`) or of one that is described.

    `call`, `verdict`, `stages`, `units`, `unlock`, `policy_fault`, as `callgate explain --json` has them, all as it
    would be decided now. For a logged call also `logged`: what was decided then; and `changes`: whether the policy,
    the decision, and what made it is another one now.

    Raises:
        QueryError: `invalid_query`: both or neither is given, or no such decision is logged; `log_not_found`.
    """
    given = [name for name in _OF_A_CALL if name in fields]
    if "decision_id" in fields:
        if given:
            raise invalid(f"`decision_id` already names a call: `{given[0]}` is one too many", "leave one of them out")
        if not fields["decision_id"]:
            raise invalid("`decision_id` is empty", "the review log has one for each call")
        return _of_entry(find_decision(fields["decision_id"], context), context)
    if "tool" not in fields:
        raise invalid("an `explain` query needs a `decision_id`, or `tool` and `input`", "both are in the review log")
    found = judge(
        context.gate,
        fields["tool"],
        fields.get("input", {}),
        cwd=fields.get("cwd", context.cwd),
        mode=fields.get("mode", context.mode),
    )
    return masked_call(_explained(found, fields, context))


def _of_entry(entry: Entry, context: Context) -> dict[str, Any]:
    found = judge(context.gate, entry.tool, entry.input, cwd=entry.cwd, mode=entry.mode)
    if found.call is not None:
        call: ToolCall = found.call._replace(session_id=entry.session_id, tool_use_id=entry.tool_use_id)
        found = judged(context.gate, call)
    fields = {"tool": entry.tool, "input": entry.input, "cwd": entry.cwd, "mode": entry.mode}
    result = _explained(found, fields, context)
    record = entry.record
    then = {
        "decision_id": entry.decision_id,
        "timestamp": entry.timestamp,
        "decision": entry.decision,
        "source": entry.source,
        "reason": entry.reasoning,
        "rule_id": entry.rule_id or None,
        "guardrail": entry.guardrail or None,
        "stage": record.get("stage"),
        "coverage": entry.coverage or None,
        "policy_revision": record.get("policy_revision"),
    }
    verdict = found.verdict
    changes = {
        "policy": bool(verdict.revision) and record.get("policy_revision") != verdict.revision,
        "decision": entry.decision != verdict.decision,
        "rule": (entry.rule_id or entry.guardrail) != (verdict.rule.id if verdict.rule else verdict.guardrail),
    }
    notes = _notes(entry, changes)
    return masked_call({**result, "logged": then, "changes": changes, "notes": notes})


def _notes(entry: Entry, changes: Mapping[str, bool]) -> list[str]:
    notes = []
    if changes["policy"]:
        notes.append("the policy has changed since: stages and verdict are those of the policy in force now")
    elif changes["decision"]:
        notes.append("the policy is the same: files, links or the switch are not what they were")
    if entry.record.get("masked"):
        notes.append("secrets or long texts of the call were masked when it was logged: the masked call is explained")
    return notes


def _explained(found: Judged, fields: Mapping[str, Any], context: Context) -> dict[str, Any]:
    explanation = explained(context.gate, found)
    if explanation is not None and found.call is not None:
        return as_object(explanation, context.gate.at(found.call.cwd).fault)
    call = {name: fields.get(name) for name in _OF_A_CALL}
    call["agent"] = "claude-code"
    return {
        "call": call,
        "verdict": verdict_object(found.verdict),
        "stages": [],
        "units": [],
        "unlock": [],
        "policy_fault": context.gate.fault,
        "fault": found.fault,
    }


QUERY = QueryType(
    {
        "decision_id": Field("text"),
        "tool": Field("text"),
        "input": Field("object"),
        "cwd": Field("text"),
        "mode": Field("text"),
    },
    answer,
)
