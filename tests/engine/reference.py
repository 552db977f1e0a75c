"""A slow and obvious decider, written from design.md and sharing no matching code with the engine.

It knows what the generated policies use: tool, tool_regex, command, command_regex, path, operations, mode, level.
"""

from __future__ import annotations

import re
from typing import Iterator

from reference_match import in_paths, words_match

from callgate.core.model import (
    DYNAMIC,
    SPLIT,
    STDLIB,
    Analysis,
    Decision,
    Observation,
    Operation,
    Rule,
    Settings,
    ToolCall,
    Unit,
)

FILE_KINDS = {"read", "write", "delete"}
PATH_KINDS = {"read", "write", "delete", "execute"}


def decide(
    rules: list[Rule], settings: Settings, call: ToolCall, analysis: Analysis, observation: Observation
) -> Decision:
    """Stages 3, 6, 7 (with the guardrails that ask) and 10, one after the other, every rule against every unit."""
    live = [rule for rule in rules if rule.level == "enforce" and concerns(rule, call)]
    off = observation.off_until is not None and observation.now < observation.off_until
    for action in ("deny", "ask"):
        for rule in live:
            if rule.action == action and hits(rule, analysis, observation):
                return action
    allows = [rule for rule in live if rule.action == "allow"]
    refusing = [rule for rule in live if rule.action != "allow"]
    understood = all(not unit.problem for unit in analysis.units)
    allowed = understood and bool(allows) and all(covered(allows, refusing, u, observation) for u in analysis.units)
    asks = any(needs_consent(allows, refusing, unit, observation) for unit in analysis.units)
    if off:
        return "ask"
    if allowed:
        return "ask" if asks else "allow"
    return "ask" if asks and settings.default != "deny" else settings.default


def needs_consent(allows: list[Rule], refusing: list[Rule], unit: Unit, observation: Observation) -> bool:
    """Whether the unit does something that a guardrail asks about and that no allow rule lifts."""
    for operation in unit.operations:
        alone = unit._replace(operations=(operation,))
        if operation.target.startswith("git-loses-work") and not covered(allows, refusing, alone, observation):
            return True
        changes = operation.kind in {"write", "delete"} and ("/.bashrc" in operation.target + operation.raw)
        naming = [rule for rule in allows if ".bashrc" in "".join((*rule.path, *rule.command, rule.command_regex))]
        if changes and not covered(naming, refusing, alone, observation):
            return True
    return False


def concerns(rule: Rule, call: ToolCall) -> bool:
    """Whether the rule can speak of this tool and mode at all."""
    if rule.mode and call.mode not in rule.mode:
        return False
    if rule.tool and rule.tool != call.tool:
        return False
    if rule.tool_regex and not re.search(rule.tool_regex, call.tool):
        return False
    return call.tool == "Bash" or not (rule.command or rule.command_regex)


def hits(rule: Rule, analysis: Analysis, observation: Observation) -> bool:
    """Whether a deny or ask rule hits some unit, or the raw string."""
    if not (rule.command or rule.command_regex or rule.path or rule.operations):
        return True
    if rule.command_regex and not (rule.path or rule.operations) and re.search(rule.command_regex, analysis.raw):
        return bool(analysis.raw)
    return any(hits_unit(rule, unit, observation) for unit in analysis.units)


def hits_unit(rule: Rule, unit: Unit, observation: Observation) -> bool:
    """Whether every matcher of a deny or ask rule holds for the unit."""
    if not command_holds(rule, unit):
        return False
    if not (rule.path or rule.operations):
        return True
    return any(
        (not rule.operations or operation.kind in rule.operations)
        and (
            not rule.path or any(in_paths(rule, path, observation, wide=True) for path in paths(operation, observation))
        )
        for operation in unit.operations
    )


def command_holds(rule: Rule, unit: Unit) -> bool:
    """Whether the command matchers of the rule hold."""
    if unit.kind == "tool":
        return not (rule.command or rule.command_regex)
    if rule.command and not any(words_match(pattern.split(), list(unit.argv)) for pattern in rule.command if unit.argv):
        return False
    return not rule.command_regex or re.search(rule.command_regex, unit.text) is not None


def paths(operation: Operation, observation: Observation) -> list[str]:
    """The paths of an operation: as named and behind its symlink."""
    named = operation.kind in PATH_KINDS and not operation.dynamic and operation.target.startswith("/")
    return [operation.target, observation.links.get(operation.raw or operation.target, operation.target)] * named


def covered(allows: list[Rule], refusing: list[Rule], unit: Unit, observation: Observation) -> bool:
    """Whether every operation of the unit is covered, and nothing dynamic in it may be what a refusal means."""
    holding = [rule for rule in allows if command_holds(rule, unit)]
    whole = [rule for rule in holding if not (rule.path or rule.operations)]
    parts = [rule for rule in holding if rule.path or rule.operations]
    if may_be_refused(refusing, unit):
        return False
    kept = [one for one in unit.operations if one.only != (STDLIB,) or observation.shadowing.get(one.target) != ()]
    if not kept:
        reading = [rule for rule in parts if "read" in (rule.operations or FILE_KINDS)]
        return bool(whole) or (unit.known and unit.kind == "command" and bool(reading))
    return all(operation_covered(whole, parts, operation, observation) for operation in kept)


def operation_covered(whole: list[Rule], parts: list[Rule], operation: Operation, observation: Observation) -> bool:
    """Whether some rule covers the operation; a rule for the whole command does not cover what an option brings."""
    if any(not operation.via or not (rule.command or rule.command_regex) for rule in whole):
        return True
    able = [rule for rule in parts if operation.kind in (rule.operations or FILE_KINDS) and operation.kind != "unknown"]
    if any(not rule.path for rule in able):
        return True
    named = paths(operation, observation)
    return bool(named) and all(any(in_paths(r, path, observation, wide=False) for r in able) for path in named)


def may_be_refused(refusing: list[Rule], unit: Unit) -> bool:
    """Whether a deny or ask rule might mean what only the running shell knows."""
    dynamic = [one for one in unit.operations if one.dynamic and one.kind in PATH_KINDS]
    if any(rule.path and one.kind in (rule.operations or PATH_KINDS) for rule in refusing for one in dynamic):
        return True
    return any(
        any(words_match(pattern.split(), expansion) for expansion in expansions(unit))
        for rule in refusing for pattern in rule.command if DYNAMIC in "".join(unit.argv) or SPLIT in "".join(unit.argv)
    )  # fmt: skip


def expansions(unit: Unit) -> Iterator[list[str]]:
    """A few words that the running shell might put in: enough for the vocabulary of the generated policies."""
    some = [[], *([one] for one in ("x", "-r", "-f", "status", "push")), ["-f", "x"]]
    for choice in some:
        yield [word for given in unit.argv for word in (choice if SPLIT in given or DYNAMIC in given else [given])]
