"""Which allow rules cover a unit. An allow needs every operation of every unit; there is no partial credit."""

from __future__ import annotations

from typing import Callable, NamedTuple

from callgate.core.model import STDLIB, Observation, Operation, Rule, ToolCall, Unit
from callgate.policy.hosts import host_matches
from callgate.policy.index import Index, PathRule, Table, kinds_of
from callgate.policy.match import call_matches, file_forms
from callgate.policy.patterns import may_match

PATH_KINDS = frozenset({"read", "write", "delete", "execute"})
_NONE: frozenset[str] = frozenset()
_CHILD = "/\uffff/\uffff"
"""Stands for anything below a directory; no pattern names it, so only a wildcard that spans segments matches."""


class Covered(NamedTuple):
    """How one operation (or a unit as a whole) stands."""

    rule: Rule | None
    matched: str = ""
    why: str = ""
    """Why nothing covers it."""


class UnitCover(NamedTuple):
    """How a unit stands."""

    rule: Rule | None
    """A rule that covers the unit, or the first operation of it; `None` when something is not covered."""
    matched: str
    why: str
    operations: tuple[Covered, ...]


def cover(allow: Index, deny: Index, ask: Index, call: ToolCall, unit: Unit, observation: Observation) -> UnitCover:
    """Tell whether allow rules cover *unit*, and by which."""
    if unit.problem:
        return UnitCover(None, "", unit.problem, tuple(Covered(None, why=unit.problem) for _ in unit.operations))
    table = allow.table(call.tool)
    plainly = _plainly(table, unit, observation)
    if plainly is not None:
        return plainly
    usable = _Usable(allow, table, call, unit, observation)
    whole: list[Whole] = []
    if usable.patterns or usable.regexes or table.speaks_of_calls:
        whole = _whole(allow, table, usable, call, unit, observation)
    doubt = _may_be_refused(deny, ask, call, unit)
    if observation.shadowing:
        return _beside_nothing(table, whole, usable, unit, observation, doubt)
    results = tuple([_operation(table, whole, usable, op, observation, doubt) for op in unit.operations])
    return _sum(table, whole, usable, unit, results, doubt)


def _plainly(table: Table, unit: Unit, observation: Observation) -> UnitCover | None:
    """Return the cover of a unit that rules of nothing but paths cover, by the short way; `None` takes the long one.

    The long way comes to the same: no command, call or operations rule can speak of the unit, every target is one
    path that is known, and the first rule that counts for its kind has no further condition.
    """
    argv = unit.argv
    if table.speaks_of_calls or table.operations:
        return None
    if unit.kind == "tool" or (argv and table.names(argv[0])) or not unit.text.isascii():
        return None
    if table.may_match(unit.text):
        return None
    if not unit.operations:
        reader = table.plain_reader if unit.known and unit.kind == "command" else None
        return UnitCover(reader, reader.path[0] if reader.path else "read", "", ()) if reader else None
    results = []
    for operation in unit.operations:
        target = operation.target
        if operation.dynamic or operation.glob or operation.only or operation.kind not in PATH_KINDS:
            return None
        if target[:1] != "/" or (operation.raw or target) in observation.links:
            return None
        for compiled, glob, written in table.path_candidates(target):
            if operation.kind in compiled.kinds:
                if not compiled.plain or (operation.recursive and (glob.shape != "tree" or compiled.excludes)):
                    return None
                if compiled.excluded(target):
                    continue
                results.append(Covered(compiled.rule, written))
                break
        else:
            return None
    return UnitCover(results[0].rule, results[0].matched, "", tuple(results))


def _sum(
    table: Table, whole: list[Whole], usable: _Usable, unit: Unit, results: tuple[Covered, ...], doubt: str
) -> UnitCover:
    """Put together how the operations of a unit stand."""
    if doubt and unit.dynamic:
        return UnitCover(None, "", doubt, results)
    for result in results:
        if result.rule is None:
            return UnitCover(None, "", result.why, results)
    if results:
        return UnitCover(results[0].rule, results[0].matched, "", results)
    return _nothing_to_cover(table, whole, usable, unit)


def runs_nothing(operation: Operation, observation: Observation) -> bool:
    """Whether the operation would run what stands before Python's standard library, and nothing does."""
    return operation.only == (STDLIB,) and not operation.dynamic and observation.shadowing.get(operation.target) == ()


def _beside_nothing(
    table: Table, whole: list[Whole], usable: _Usable, unit: Unit, observation: Observation, doubt: str
) -> UnitCover:
    """Tell how a unit stands some of whose operations may come to nothing: what covers the others covers those."""
    kept = [one for one in unit.operations if not runs_nothing(one, observation)]
    found = [_operation(table, whole, usable, one, observation, doubt) for one in kept]
    rest = _sum(table, whole, usable, unit, tuple(found), doubt)
    of_nothing = Covered(rest.rule, rest.matched, rest.why)
    results = iter(found)
    return rest._replace(operations=tuple(
        of_nothing if runs_nothing(one, observation) else next(results) for one in unit.operations
    ))  # fmt: skip


class _Usable:
    """Which rules with `path`, `operations` or `host` may speak of one unit: those whose other matchers hold.

    They are asked one by one, when something that they grant is looked for: of thousands only a few ever are.

    Attributes:
        patterns: the command patterns that match the unit.
        regexes: the rules whose command regex matches it.
    """

    __slots__ = ("_allow", "_call", "_commands", "_known", "_observation", "_texts", "_unit", "patterns", "regexes")

    def __init__(self, allow: Index, table: Table, call: ToolCall, unit: Unit, observation: Observation) -> None:
        shell = unit.kind != "tool"
        self.patterns = table.command_rules(unit.argv) if unit.argv and shell else []
        self.regexes = table.regexes.match(unit.text) if shell and table.may_match(unit.text) else []
        self._allow, self._call, self._unit, self._observation = allow, call, unit, observation
        self._commands = {pattern.rule.id for pattern in self.patterns} if self.patterns else _NONE
        self._texts = {rule.id for rule in self.regexes} if self.regexes else _NONE
        self._known: dict[int, bool] = {}

    def __call__(self, rule: Rule) -> bool:
        known = self._known.get(id(rule))
        if known is None:
            known = self._known[id(rule)] = (
                (not rule.command or rule.id in self._commands)
                and (not rule.command_regex or rule.id in self._texts)
                and not _excluded(self._allow, rule, self._unit)
                and call_matches(self._allow, rule, self._call, self._observation)
            )
        return known

    def by_command(self) -> list[Rule]:
        """Return the rules that name the unit's command and say what it may do, but not where."""
        if not self.patterns and not self.regexes:
            return []
        rules = [pattern.rule for pattern in self.patterns] + self.regexes
        return [rule for rule in rules if not rule.path and (rule.operations or rule.host) and self(rule)]


def _nothing_to_cover(table: Table, whole: list[Whole], usable: _Usable, unit: Unit) -> UnitCover:
    """A unit without operations: a rule for the whole, or (a command that only computes) any that grants reading."""
    if whole:
        return UnitCover(whole[0].rule, whole[0].matched, "", ())
    if unit.known and unit.kind == "command":
        readers = [rule for rule in usable.by_command() if "read" in kinds_of(rule, widen=False)]
        first = next((rule for rule in table.readers if usable(rule)), None)
        readers[:0] = [first] if first else []
        if readers:
            rule = min(readers, key=lambda rule: len(kinds_of(rule, widen=False)))
            return UnitCover(rule, rule.path[0] if rule.path else "read", "", ())
    return UnitCover(None, "", f"no allow rule covers `{unit.text}`", ())


class Whole(NamedTuple):
    """An allow rule that speaks of the unit as a whole."""

    rule: Rule
    matched: str
    names: Callable[[str], bool]
    """Whether the rule's author mentioned an option by name."""


def _everything(_option: str) -> bool:
    return True


def _whole(
    allow: Index, table: Table, usable: _Usable, call: ToolCall, unit: Unit, observation: Observation
) -> list[Whole]:
    found: list[Whole] = []
    if unit.kind in {"command", "assignment"}:
        for pattern in usable.patterns:
            rule = pattern.rule
            speaks_of_all = not (rule.path or rule.operations or rule.host)
            if speaks_of_all and call_matches(allow, rule, call, observation) and not _excluded(allow, rule, unit):
                found.append(Whole(rule, pattern.text, pattern.names))
        for rule in usable.regexes:
            if rule.path or rule.operations or rule.host or not call_matches(allow, rule, call, observation):
                continue
            if not _excluded(allow, rule, unit):
                found.append(Whole(rule, rule.command_regex, lambda option, text=rule.command_regex: option in text))  # type: ignore[misc]
    found += [
        Whole(rule, rule.file_path_regex or rule.prompt_regex or rule.tool_regex or rule.tool, _everything)
        for rule in _call_rules(table, call, observation)
        if call_matches(allow, rule, call, observation) and not _excluded(allow, rule, unit)
    ]
    return sorted(found, key=lambda one: table.order[one.rule.id])


def _call_rules(table: Table, call: ToolCall, observation: Observation) -> list[Rule]:
    rules = list(table.plain)
    if table.files:
        rules += {r.id: r for form in file_forms(call, observation) for r in table.files.match(form)}.values()
    prompt = call.input.get("prompt")
    if table.prompts and isinstance(prompt, str):
        rules += table.prompts.match(prompt)
    return rules


def _excluded(allow: Index, rule: Rule, unit: Unit) -> bool:
    if not rule.command_exclude_regex:
        return False
    # What the running shell puts into the command may be just what the rule excludes.
    return (
        unit.dynamic or unit.kind == "tool" or allow.search(rule, rule.command_exclude_regex, unit.text, exclude=True)
    )


def _operation(
    table: Table, whole: list[Whole], usable: _Usable, operation: Operation, observation: Observation, doubt: str
) -> Covered:
    if operation.dynamic and doubt:
        return Covered(None, why=doubt)
    for one in whole:
        if not operation.via or one.names(operation.via):
            return Covered(one.rule, one.matched)
    if operation.kind == "unknown":
        return Covered(None, why=operation.target)
    by_command = usable.by_command()
    for rule in [*table.operations, *by_command] if by_command else table.operations:
        hosted = not rule.host or (operation.kind == "network" and host_matches(rule.host, operation.target))
        if hosted and operation.kind in kinds_of(rule, widen=False) and usable(rule):
            return Covered(rule, ", ".join(rule.host or rule.operations))
    if operation.kind in PATH_KINDS:
        return _path(table, usable, operation, observation)
    return Covered(None, why=f"no allow rule covers {operation.kind} {operation.target or 'of an unknown target'}")


def _path(table: Table, usable: _Usable, operation: Operation, observation: Observation) -> Covered:
    if operation.dynamic or not operation.target.startswith("/"):
        what = f"{operation.kind} `{operation.target}`" if operation.target else f"the target of a {operation.kind}"
        return Covered(None, why=f"{what} is not a path that a rule can cover")
    key = operation.raw or operation.target
    paths = [operation.target, observation.links.get(key, operation.target)]
    if operation.glob:
        expansion = observation.expansions.get(key)
        if expansion is None:
            return Covered(None, why=f"what `{operation.target}` stands for is not known")
        if any(path.rsplit("/", 1)[1].startswith("-") for path in expansion):
            return Covered(None, why=f"`{operation.target}` matches a file whose name reads like an option")
        paths += [form for path in expansion for form in (path, observation.links.get(path, path))]
    if len(paths) == 2 and paths[0] == paths[1]:
        return _one_path(table, usable, operation, paths[0])
    first: Covered | None = None
    for path in dict.fromkeys(paths):
        one = _one_path(table, usable, operation, path)
        if one.rule is None:
            return one
        first = first or one
    return first or Covered(None, why="no path")


def _one_path(table: Table, usable: _Usable, operation: Operation, path: str) -> Covered:
    for compiled, _, written in table.path_candidates(path):
        if operation.kind not in compiled.kinds or not usable(compiled.rule) or compiled.excluded(path):
            continue
        if operation.recursive and not _covers_below(table, compiled, path):
            continue
        return Covered(compiled.rule, written)
    return Covered(None, why=f"no allow rule covers {operation.kind} {path}")


def _covers_below(table: Table, compiled: PathRule, path: str) -> bool:
    inside = path.rstrip("/") + "/"
    if any(prefix.startswith(inside) for prefix in compiled.exclude_prefixes):
        return False
    child = path.rstrip("/") + _CHILD
    return any(found is compiled for found, _, _ in table.path_candidates(child)) and not compiled.excluded(child)


def _may_be_refused(deny: Index, ask: Index, call: ToolCall, unit: Unit) -> str:
    """Why something that only the running shell knows could be what a deny or ask rule speaks of; empty if not."""
    dynamic = [operation for operation in unit.operations if operation.dynamic]
    if not dynamic and (unit.text.isascii() or not unit.dynamic):
        return ""
    for index in (deny, ask):
        table = index.table(call.tool)
        for operation in dynamic:
            compiled = table.first_path_rule.get(operation.kind) if operation.kind in PATH_KINDS else None
            if compiled is not None:
                return f"a target that only the shell knows may be what `{compiled.rule.id}` protects"
        if unit.dynamic and unit.argv:
            for pattern in table.patterns_for(unit.argv[0]):
                if may_match(pattern.elements, unit.argv):
                    return f"words that only the shell knows may make it what `{pattern.rule.id}` speaks of"
    return ""
