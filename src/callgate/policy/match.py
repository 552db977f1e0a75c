"""Which deny and ask rules a call hits. One hit on any unit, or on the raw command string, is enough."""

from __future__ import annotations

from typing import Iterator, NamedTuple

from callgate.core.model import Analysis, Observation, Operation, Rule, ToolCall, Unit
from callgate.core.paths import join, normalise
from callgate.policy.globs import Glob
from callgate.policy.hosts import host_matches
from callgate.policy.index import Index, PathRule, Table, kinds_of


class Hit(NamedTuple):
    """A rule that matches, and by what."""

    rule: Rule
    matched: str
    """The pattern as its author wrote it; empty when only the tool decided."""
    unit: Unit | None = None
    operation: Operation | None = None


def call_matches(index: Index, rule: Rule, call: ToolCall, observation: Observation) -> bool:
    """Whether everything in *rule* that concerns the call as a whole holds."""
    if rule.mode and call.mode not in rule.mode:
        return False
    if rule.expires is not None and observation.now >= rule.expires:
        return False
    speaks_of_agent = rule.subagent_type or rule.subagent_type_exclude_regex or rule.prompt_regex
    if (speaks_of_agent or rule.prompt_exclude_regex) and not _agent_matches(index, rule, call):
        return False
    speaks_of_file = rule.file_path_regex or rule.file_path_exclude_regex
    if speaks_of_file and not _file_matches(index, rule, call, observation):
        return False
    return not rule.input_regex or all(
        _input_matches(index, rule, call, field, regex) for field, regex in rule.input_regex
    )


def _agent_matches(index: Index, rule: Rule, call: ToolCall) -> bool:
    kind, prompt = call.input.get("subagent_type"), call.input.get("prompt")
    if rule.subagent_type and rule.subagent_type != kind:
        return False
    if rule.subagent_type_exclude_regex and (
        not isinstance(kind, str) or index.search(rule, rule.subagent_type_exclude_regex, kind, exclude=True)
    ):
        return False
    if rule.prompt_regex and not (isinstance(prompt, str) and index.search(rule, rule.prompt_regex, prompt)):
        return False
    return not (
        rule.prompt_exclude_regex
        and (not isinstance(prompt, str) or index.search(rule, rule.prompt_exclude_regex, prompt, exclude=True))
    )


def file_forms(call: ToolCall, observation: Observation) -> tuple[str, ...]:
    """Return the file that the call names: as sent, normalised, and behind its symlinks; empty when it names none."""
    for field in ("file_path", "notebook_path", "path"):
        value = call.input.get(field)
        if isinstance(value, str) and value:
            break
    else:
        return ()
    expanded = observation.home + value[1:] if value == "~" or value.startswith("~/") else value
    raw = join(call.cwd or "/", expanded)
    path = normalise(raw)
    real = observation.links.get(raw if ".." in raw else path, path)
    return tuple(dict.fromkeys((value, path, real)))


def _file_matches(index: Index, rule: Rule, call: ToolCall, observation: Observation) -> bool:
    forms = file_forms(call, observation)
    if not forms:
        return False
    # An allow needs every form of the path, a deny or ask any; and the reverse for what is excluded.
    quantifier, opposite = (all, any) if index.action == "allow" else (any, all)
    if rule.file_path_regex and not quantifier(index.search(rule, rule.file_path_regex, form) for form in forms):
        return False
    return not (
        rule.file_path_exclude_regex
        and opposite(index.search(rule, rule.file_path_exclude_regex, form, exclude=True) for form in forms)
    )


def _input_matches(index: Index, rule: Rule, call: ToolCall, field: str, regex: str) -> bool:
    if field not in call.input:
        return False
    value = call.input[field]
    if isinstance(value, str):
        return index.search(rule, regex, value)
    import json  # noqa: PLC0415 - loaded already wherever a call came as JSON

    return index.search(rule, regex, json.dumps(value, sort_keys=True, ensure_ascii=False))


def unit_hits(index: Index, call: ToolCall, unit: Unit, observation: Observation) -> Iterator[Hit]:
    """Yield the rules of a deny or ask index that *unit* hits, in no particular order, perhaps twice."""
    table = index.table(call.tool)
    if unit.argv and unit.kind != "tool":
        for pattern in table.command_rules(unit.argv):
            rest = _rest_matches(index, table, pattern.rule, call, unit, observation)
            if rest is not None:
                yield Hit(pattern.rule, pattern.text, unit, rest.operation)
    if unit.kind != "tool" and table.may_match(unit.text):
        for rule in table.regexes.match(unit.text):
            if rule.command_exclude_regex and index.search(rule, rule.command_exclude_regex, unit.text, exclude=True):
                continue
            rest = _rest_matches(index, table, rule, call, unit, observation)
            if rest is not None:
                yield Hit(rule, rule.command_regex, unit, rest.operation)
    yield from _operation_hits(index, table, call, unit, observation)


def _rest_matches(
    index: Index, table: Table, rule: Rule, call: ToolCall, unit: Unit, observation: Observation
) -> Hit | None:
    """Check the matchers of *rule* beyond its command matcher."""
    if not call_matches(index, rule, call, observation):
        return None
    if not (rule.path or rule.operations or rule.host):
        return Hit(rule, "", unit)
    for operation in unit.operations:
        if operation_matches(table, rule, operation, observation):
            return Hit(rule, "", unit, operation)
    return None


def operation_matches(table: Table, rule: Rule, operation: Operation, observation: Observation) -> bool:
    """Whether a deny or ask rule with path, operations or host speaks of *operation*."""
    if rule.operations and operation.kind not in rule.operations:
        return False
    if rule.host and not (operation.kind == "network" and host_matches(rule.host, operation.target)):
        return False
    return not rule.path or any(found.rule is rule for found, _, _ in path_hits(table, operation, observation))


def _operation_hits(index: Index, table: Table, call: ToolCall, unit: Unit, observation: Observation) -> Iterator[Hit]:
    for operation in unit.operations:
        for found, _, written in path_hits(table, operation, observation) if table.paths else ():
            rule = found.rule
            if rule.command or rule.command_regex:
                continue  # looked up by its command above
            if operation.kind in found.kinds and (not rule.host) and call_matches(index, rule, call, observation):
                yield Hit(rule, written, unit, operation)
        for rule in table.operations:
            if operation.kind not in kinds_of(rule, widen=True):
                continue
            if rule.host and not (operation.kind == "network" and host_matches(rule.host, operation.target)):
                continue
            if call_matches(index, rule, call, observation):
                yield Hit(rule, ", ".join(rule.host or rule.operations), unit, operation)


def path_hits(table: Table, operation: Operation, observation: Observation) -> list[tuple[PathRule, Glob, str]]:
    """Return the path rules that any form of the operation's target matches, most specific first."""
    if operation.kind in {"network", "system", "unknown"} or operation.dynamic:
        return []
    if operation.kind == "execute" and not operation.target.startswith("/"):
        return []
    hits: list[tuple[PathRule, Glob, str]] = []
    for path in forms(operation, observation):
        hits += table.path_rules(path)
    if operation.recursive and operation.kind != "read":
        hits += table.rules_below(operation.target)  # what speaks of something below goes with it
    return hits


def forms(operation: Operation, observation: Observation) -> tuple[str, ...]:
    """Return every path that the operation may touch: as named, behind its symlink, and what its pattern matches."""
    key = operation.raw or operation.target
    real = observation.links.get(key)
    found: tuple[str, ...] = (
        (operation.target,) if real is None or real == operation.target else (operation.target, real)
    )
    if operation.glob:
        for path in observation.expansions.get(key) or ():
            found += (path, observation.links.get(path, path))
    return found


def call_hits(index: Index, call: ToolCall, analysis: Analysis, observation: Observation) -> Iterator[Hit]:
    """Yield the rules of a deny or ask index that the call as a whole hits: its tool, its input, its raw command."""
    table = index.table(call.tool)
    rules = list(table.plain)
    if table.files:
        rules += {rule.id: rule for form in file_forms(call, observation) for rule in table.files.match(form)}.values()
    prompt = call.input.get("prompt")
    if table.prompts and isinstance(prompt, str):
        rules += table.prompts.match(prompt)
    for rule in rules:
        if rule.command_exclude_regex and not _every_unit(index, rule, analysis):
            continue
        if call_matches(index, rule, call, observation):
            yield Hit(rule, rule.file_path_regex or rule.prompt_regex)
    if analysis.raw and table.may_match(analysis.raw):
        for rule in table.regexes.match(analysis.raw):
            if rule.command_exclude_regex and index.search(
                rule, rule.command_exclude_regex, analysis.raw, exclude=True
            ):
                continue
            if rule.path or rule.operations or rule.host or not call_matches(index, rule, call, observation):
                continue
            yield Hit(rule, rule.command_regex)


def _every_unit(index: Index, rule: Rule, analysis: Analysis) -> bool:
    """A rule with only `command_exclude_regex` speaks of shell calls with a unit that is not excluded."""
    return bool(analysis.raw) and any(
        not index.search(rule, rule.command_exclude_regex, unit.text, exclude=True) for unit in analysis.units
    )


def best(index: Index, call: ToolCall, hits: list[Hit]) -> Hit:
    """Choose the hit that is named: the most specific path first, else the first rule in policy order."""
    order = index.table(call.tool).order

    def rank(hit: Hit) -> tuple[int, int]:
        prefix = len(hit.matched.split("*")[0]) if hit.rule.path else 0
        return -prefix, order[hit.rule.id]

    return min(hits, key=rank)
