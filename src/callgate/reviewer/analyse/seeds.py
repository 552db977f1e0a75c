"""Calls that a rule decides: its examples, calls made up from its patterns, and those that somebody gives."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final, Iterator, NamedTuple, Sequence

from callgate.core.model import OperationKind, Rule, ToolCall, Unit
from callgate.engine.stages.allow import covered
from callgate.policy.index import SHELL_TOOLS, kinds_of
from callgate.policy.language import samples
from callgate.policy.language.languages import of_paths
from callgate.policy.lint.tools import speaks_of

if TYPE_CHECKING:
    from callgate.engine.case import Case
    from callgate.gate import Gate

MAX_SEEDS: Final = 12
"""Calls that mutations start from; each has hundreds of mutants."""

_MAX_TRIED: Final = 200

_VERBS: Final[dict[OperationKind, tuple[str, ...]]] = {
    "read": ("cat {p}", "grep -n x {p}"), "write": ("touch {p}", "cp README.md {p}"), "delete": ("rm {p}",),
    "execute": ("{p}", "sh {p}"),
}  # fmt: skip


class Seed(NamedTuple):
    """A call that the rule decides."""

    call: ToolCall
    text: str
    """Its command; empty for tools that have none."""


def seeds(gate: Gate, rule: Rule, cwd: str, *, examples: Sequence[str] = (), given: Sequence[str] = ()) -> list[Seed]:
    """Return calls that *rule* decides, by the very gate with the whole policy.

    Args:
        gate: of the world.
        rule: in force there.
        cwd: where the calls are made.
        examples: the `match` examples of the rule.
        given: commands that somebody wants to be tried.
    """
    found: dict[str, Seed] = {}
    for position, call in enumerate(_candidates(gate, rule, cwd, [*given, *examples])):
        if position >= _MAX_TRIED or len(found) >= MAX_SEEDS:
            break
        text = call.input.get("command", "")
        key = f"{call.tool} {sorted(call.input.items())}"
        if key not in found and decides(gate.case(call), gate, rule):
            found[key] = Seed(call, text if isinstance(text, str) else "")
    return list(found.values())


def decides(case: Case, gate: Gate, rule: Rule) -> bool:
    """Whether the call is decided by *rule*: allowed with its help, or denied or asked about in its name."""
    verdict = gate.decide(case.call)
    if verdict.decision != rule.action or verdict.source != "rule":
        return False
    if rule.action != "allow":
        return verdict.rule is not None and verdict.rule.id == rule.id
    return any(rule.id in covering(case, unit) for unit in case.analysis.units)


def covering(case: Case, unit: Unit) -> set[str]:
    """Return the ids of the allow rules that cover the unit, or an operation of it."""
    cover = covered(case, unit)
    rules = [cover.rule, *(one.rule for one in cover.operations)]
    return {rule.id for rule in rules if rule is not None}


def _candidates(gate: Gate, rule: Rule, cwd: str, texts: Sequence[str]) -> Iterator[ToolCall]:
    mode = rule.mode[0] if rule.mode else "default"
    for text in texts:
        yield _given(rule, text, cwd)._replace(mode=mode)
    shell = any(speaks_of(rule, tool) for tool in SHELL_TOOLS)
    if shell:
        for text in dict.fromkeys(_commands(gate, rule)):
            yield ToolCall("Bash", {"command": text}, cwd, mode=mode)
    for call in _of_tools(gate, rule, cwd):
        yield call._replace(mode=mode)


def _given(rule: Rule, text: str, cwd: str) -> ToolCall:
    path = bool(rule.path or rule.file_path_regex) and not rule.command and not rule.command_regex
    if (path and text.startswith(("/", "~", "./"))) or (rule.tool and rule.tool not in SHELL_TOOLS):
        return ToolCall(rule.tool or "Read", {"file_path": text}, cwd)
    return ToolCall("Bash", {"command": text}, cwd)


def _commands(gate: Gate, rule: Rule) -> Iterator[str]:
    """Yield commands for the shell, those that vary most first."""
    paths = _paths(gate, rule)
    if rule.command:
        # A first one of each pattern, before a second one of any.
        rounds = [[argv for rest in ((), ("x",)) for argv in samples.of_command(text, rest=rest, limit=6)]
                  for text in rule.command]  # fmt: skip
        for at in range(max(map(len, rounds), default=0)):
            yield from (shlex.join(argvs[at]) for argvs in rounds if at < len(argvs))
        for path in paths[:3]:
            for text in rule.command:
                yield from (shlex.join(argv) for argv in samples.of_command(text, rest=(path,), limit=3))
    elif rule.command_regex:
        yield from (text for text in samples.of_regex(rule.command_regex, case_sensitive=rule.case_sensitive))
    else:
        kinds = kinds_of(rule, widen=rule.action != "allow")
        for path in paths or (["README.md"] if rule.operations else []):
            for kind, forms in _VERBS.items():
                if kind in kinds:
                    yield from (form.format(p=shlex.quote(path)) for form in forms)
        for host in rule.host:
            yield f"curl -s https://{host.replace('*', 'x')}/"


def _paths(gate: Gate, rule: Rule) -> list[str]:
    """Return paths that the rule names, one or two for each of its patterns."""
    if not rule.path:
        return []
    anchors = gate.anchors()
    widen = rule.action != "allow"
    found: list[str] = []
    for glob in [one for one in rule.path if not one.startswith("!")][:40]:
        language = of_paths((glob,), anchors, widen=widen, case_sensitive=rule.case_sensitive)
        for pattern in language.patterns if language else ():
            text = pattern.shortest.text
            if text:
                below = f"{text.rstrip('/')}/x/notes.md"
                found += [text, below] if pattern.accepts(below) and not widen else [text]
    return [path for path in dict.fromkeys(found) if path.startswith("/") and path.isprintable()]


def _of_tools(gate: Gate, rule: Rule, cwd: str) -> Iterator[ToolCall]:
    """Yield calls of tools that are not the shell."""
    paths = _paths(gate, rule)
    if rule.file_path_regex:
        paths += [one for one in samples.of_regex(rule.file_path_regex) if one.isprintable() and one]
    for tool, field in (("Read", "file_path"), ("Write", "file_path"), ("Edit", "file_path")):
        if speaks_of(rule, tool):
            for path in paths[:6]:
                yield ToolCall(tool, {field: path}, cwd)
    if rule.host and speaks_of(rule, "WebFetch"):
        for host in rule.host:
            yield ToolCall("WebFetch", {"url": f"https://{host.replace('*', 'x')}/"}, cwd)
    if rule.tool and rule.tool not in SHELL_TOOLS:
        yield ToolCall(rule.tool, {}, cwd)
