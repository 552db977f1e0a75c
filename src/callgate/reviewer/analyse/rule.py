"""Everything about one rule, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Sequence

from callgate.core.model import Rule
from callgate.reviewer.analyse.attempts import Attempts, attempt
from callgate.reviewer.analyse.overlaps import Overlap, overlaps
from callgate.reviewer.analyse.seeds import Seed, seeds
from callgate.reviewer.analyse.words import in_words

if TYPE_CHECKING:
    from callgate.gate import Gate


class RuleAnalysis(NamedTuple):
    """What is known of one rule."""

    rule: Rule
    words: tuple[tuple[str, tuple[str, ...]], ...]
    """(heading, lines): what it covers."""
    overlaps: tuple[Overlap, ...]
    seeds: tuple[Seed, ...]
    attempts: Attempts


def analyse_rule(gate: Gate, rule: Rule, cwd: str, given: Sequence[str] = ()) -> RuleAnalysis:
    """Analyse *rule* in the world of *gate*.

    Args:
        gate: whose policy is whole.
        rule: in force there.
        cwd: where calls are made.
        given: commands to start from, beside those that are made up.
    """
    loaded = gate.loaded
    anchors = gate.anchors(cwd)
    examples = next((one.match for one in loaded.examples if one.rule_id == rule.id), ()) if loaded else ()
    started = seeds(gate, rule, cwd, examples=examples, given=given)
    others = overlaps(rule, loaded.rules, anchors, loaded.settings) if loaded else []
    words = tuple((heading, tuple(lines)) for heading, lines in in_words(rule, anchors))
    return RuleAnalysis(rule, words, tuple(others), tuple(started), attempt(gate, rule, started))


def as_object(found: RuleAnalysis) -> dict[str, Any]:
    """Return an analysis as JSON values; secrets in calls and patterns are masked."""
    from callgate.reviewer.redact import masked  # noqa: PLC0415 - only for JSON
    from callgate.reviewer.rules import as_object as rule_object  # noqa: PLC0415 - as above

    attempts = found.attempts
    answer: dict[str, Any] = {
        "rule": rule_object(found.rule, with_source=True),
        "covers": {heading: list(lines) for heading, lines in found.words},
        "overlaps": [
            {"rule": one.other.id, "type": one.other.action, "how": one.how, "wins": one.wins or None,
             "witness": one.witness or None}
            for one in found.overlaps
        ],
        "started_from": [
            {"tool": seed.call.tool, "command": seed.text} if seed.text
            else {"tool": seed.call.tool, "input": dict(seed.call.input)}
            for seed in found.seeds
        ],
        "tried": attempts.tried,
        "bypasses" if found.rule.action == "allow" else "evasions": len(attempts.allowed),
        "undecided": len(attempts.survivors) - len(attempts.allowed),
        "classes": [
            {"class": one.kind, "tried": one.tried, "stopped": one.stopped, "harmless": one.harmless,
             "undecided": one.undecided, "survived": one.survivors}
            for one in attempts.tallies
        ],
        "survivors": [
            {"class": one.kind, "how": one.label, "original": one.original, "command": one.text,
             "decision": one.decision, "reason": one.reason, "what": one.what, "help": one.fix}
            for one in attempts.survivors
        ],
    }  # fmt: skip
    copy: dict[str, Any] = masked(answer)
    return copy
