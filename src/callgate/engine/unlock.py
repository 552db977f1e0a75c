"""What would make a call allowed: the narrowest rule that covers what is missing, or why no rule can."""

from __future__ import annotations

from callgate.core.model import DYNAMIC, SPLIT, Operation, Unit, Verdict
from callgate.core.paths import is_within
from callgate.engine.case import Case
from callgate.engine.guardrails.secret_places import is_credential
from callgate.engine.reasons import place, short
from callgate.policy.cover import PATH_KINDS, UnitCover

CONSENT_STAGE = 7
"""Number of the stage whose guardrails ask; those of stages 1 and 2 are lifted by nothing."""

# A rule for one of these would allow anything at all.
_INTERPRETERS = frozenset({"sh", "bash", "zsh", "python", "python3", "node", "perl", "ruby", "php", "eval", "xargs"})


def unlock(case: Case, verdict: Verdict, covers: list[UnitCover]) -> tuple[str, ...]:
    """Return advice, one entry each; TOML entries begin with `[[`. Empty when the call is allowed."""
    if verdict.decision == "allow":
        return ()
    if verdict.source == "guardrail" and verdict.stage == CONSENT_STAGE and not case.off:
        return _consented(case, verdict)
    if verdict.source == "guardrail":
        return (f"nothing: `{verdict.guardrail}` is not lifted by any rule; ask a person",)
    if case.off:
        return ("switch auto-approval on: `callgate on`",)
    if case.policy.broken:
        return ("mend the policy: `callgate validate` lists every problem",)
    if verdict.rule is not None and verdict.decision in {"deny", "ask"}:
        return (f"change or remove {place(verdict.rule)}: {verdict.decision} beats allow",)
    advice: dict[str, None] = {}
    for unit, cover in zip(case.analysis.units, covers, strict=True):
        if cover.rule is None:
            for entry in _missing(case, unit, cover):
                advice[entry] = None
    return tuple(advice)


def _consented(case: Case, verdict: Verdict) -> tuple[str, ...]:
    """Return rules that name what a guardrail asks about: the paths that its unit changes, or its very words."""
    unit = verdict.unit
    if unit is None or unit.problem or unit.dynamic:
        return ("write the command so that it can be understood, then a rule can name it",)
    paths = [op for op in unit.operations if op.kind in {"write", "delete"} and op.target.startswith("/")]
    if unit.argv and unit.kind == "command":
        return (_toml("allow", f"command = {_string(' '.join(_quoted(word) for word in unit.argv))}"),)
    return tuple(dict.fromkeys(_path_rule(case, operation) for operation in paths))


def _missing(case: Case, unit: Unit, cover: UnitCover) -> list[str]:
    if unit.problem:
        return [f"write `{short(unit.text)}` so that it can be understood: {unit.problem}"]
    if unit.kind == "tool" and not unit.operations:
        return [_toml("allow", f'tool = "{unit.argv[0]}"')]
    results = cover.operations or ()
    paths = [op for op, result in zip(unit.operations, results, strict=False) if result.rule is None]
    if unit.known and paths and all(op.kind in PATH_KINDS and not op.dynamic for op in paths):
        return [_path_rule(case, operation) for operation in paths]
    if unit.kind in {"command", "assignment"} and unit.argv and not unit.dynamic:
        if unit.argv[0] in _INTERPRETERS:
            return [f"no rule for `{unit.argv[0]}` as such: put the code into a file of the project and allow that"]
        return [_toml("allow", f"command = {_string(_pattern(unit))}")]
    if any(op.kind == "network" for op in paths) and all(op.kind == "network" and op.target for op in paths):
        return [_toml("allow", 'operations = ["network"]', f'host = "{paths[0].target}"')]
    return [f"write `{short(unit.text)}` without what only the shell knows: {cover.why}"]


def _path_rule(case: Case, operation: Operation) -> str:
    if is_credential(operation.target):
        return f"a rule for `{operation.target}` would expose credentials; a person should hand over what is needed"
    project = case.observation.project
    target = operation.target
    if project and is_within(target, project):
        target = "<project>" + target[len(project) :]
    elif is_within(target, case.observation.home):
        target = "~" + target[len(case.observation.home) :]
    target = target.rstrip("/") + "/**" if operation.recursive else target
    return _toml("allow", f'operations = ["{operation.kind}"]', f"path = {_string(target)}")


def _pattern(unit: Unit) -> str:
    """The program and its subcommand as they are, `*` for the rest: never a whole program with subcommands."""
    words = [word for word in unit.argv if DYNAMIC not in word and SPLIT not in word]
    head = (
        words[:2]
        if len(words) > 1 and words[1].replace("-", "").replace("_", "").isalpha() and words[1][0] != "-"
        else words[:1]
    )
    pattern = " ".join(_quoted(word) for word in head)
    return pattern + (" *" if len(unit.argv) > len(head) else "")


def _quoted(word: str) -> str:
    escaped = "".join("\\" + char if char in "\\*?()|'\"" else char for char in word)
    return escaped.replace(" ", "\\ ")


def _string(text: str) -> str:
    """Render a TOML string; what comes from a command stays data."""
    escaped = "".join(f"\\u{ord(c):04X}" if c < " " or c == "\x7f" else "\\" + c if c in '"\\' else c for c in text)
    return f'"{escaped}"'


def _toml(action: str, *fields: str) -> str:
    return "\n".join([f"[[{action}]]", 'id = "choose-an-id"', *fields])
