"""Reasons, written for the reader: what, by which rule, what else is possible. One line each."""

from __future__ import annotations

from callgate.core.model import Operation, Rule, Unit
from callgate.engine.case import Case
from callgate.engine.sweeps import Sweep
from callgate.policy.cover import UnitCover
from callgate.policy.match import Hit

MAX_TEXT = 160


def short(text: str) -> str:
    """Cut *text* for a reason."""
    line = " ".join(text.split())
    return line if len(line) <= MAX_TEXT else line[: MAX_TEXT - 1] + "…"


def place(rule: Rule) -> str:
    """Name a rule and where it is written."""
    if rule.source.layer == "builtin":
        return f"rule `{rule.id}` (built-in profile)"
    return f"rule `{rule.id}` ({rule.source.file}:{rule.source.line})"


def _target(hit: Hit) -> str:
    if hit.operation is not None and hit.operation.target:
        verb = {"read": "reads", "write": "writes", "delete": "deletes", "execute": "runs"}.get(
            hit.operation.kind, "uses"
        )
        return (
            f"`{short(hit.unit.text)}` {verb} `{hit.operation.target}`"
            if hit.unit
            else f"{verb} `{hit.operation.target}`"
        )
    return f"`{short(hit.unit.text)}`" if hit.unit else "the call"


def denied(case: Case, hit: Hit) -> str:
    """Say what was blocked, by which rule, and that it is not to be worked around."""
    about = f" ({hit.rule.description})" if hit.rule.description else ""
    several = " The other parts of the command did not run either." if len(case.analysis.units) > 1 else ""
    return f"denied by {place(hit.rule)}{about}: {_target(hit)}.{several} Do not work around this."


def asked(_case: Case, hit: Hit) -> str:
    """Say what needs a person, and by which rule."""
    about = f" ({hit.rule.description})" if hit.rule.description else ""
    return f"needs a person's consent by {place(hit.rule)}{about}: {_target(hit)}"


def sweeps(unit: Unit, operation: Operation, sweep: Sweep) -> str:
    """Say which protected file a recursive read would reach, and how to leave it out."""
    name = sweep.file.rsplit("/", 1)[-1]
    return (
        f"`{short(unit.text)}` reads everything below `{operation.target}`, `{sweep.file}` included, which "
        f"{place(sweep.rule)} protects; leave it out (`--exclude='{name}'`) or search narrower"
    )


def allowed(covers: list[UnitCover]) -> str:
    """Name the rules that cover the call."""
    first = covers[0].rule
    if len(covers) == 1 and len(covers[0].operations) < 2 and first is not None:
        return f"allowed by {place(first)}"
    rules: dict[str, Rule] = {}
    for cover in covers:
        for one in cover.operations:
            if one.rule is not None:
                rules[one.rule.id] = one.rule
        if cover.rule is not None:
            rules[cover.rule.id] = cover.rule
    names = [place(rule) for rule in rules.values()]
    return f"allowed by {', '.join(names[:4])}" + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def undecided(case: Case) -> str:
    """Say why no rule decided."""
    from callgate.engine.stages.allow import covered  # noqa: PLC0415 - that module imports this one

    for unit in case.analysis.units:
        found = covered(case, unit)
        if found.rule is None:
            return f"no rule decides `{short(unit.text)}`: {found.why}"
    return "no rule decides this call"


def switched_off(case: Case) -> str:
    """Say that auto-approval is off."""
    until = case.observation.off_until
    if until is None or until == float("inf"):
        return "auto-approval is switched off (`callgate on` switches it on)"
    minutes = max(1, round((until - case.observation.now) / 60))
    return f"auto-approval is switched off for another {minutes} min (`callgate on` ends that)"
