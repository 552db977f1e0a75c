"""All lints over one policy, most important findings first."""

from __future__ import annotations

from typing import Callable, Final, Iterator, Mapping, Sequence

from callgate.core.model import Rule, Settings
from callgate.policy.globs import Anchors
from callgate.policy.lint.broad_pattern import find as broad_pattern
from callgate.policy.lint.catastrophic import find as catastrophic
from callgate.policy.lint.contradiction import find as contradiction
from callgate.policy.lint.dead_path import find as dead_path
from callgate.policy.lint.dead_rule import find as dead_rule
from callgate.policy.lint.missing_exclude import find as missing_exclude
from callgate.policy.lint.model import Code, Context, Finding, Idle
from callgate.policy.lint.performance import find as performance
from callgate.policy.lint.rule_overlap import find as rule_overlap
from callgate.policy.lint.say_it_better import find as say_it_better
from callgate.policy.lint.shadowed_rule import find as shadowed_rule
from callgate.policy.lint.unanchored import find as unanchored
from callgate.policy.lint.unknown_tool import find as unknown_tool
from callgate.policy.lint.untrusted_only import find as untrusted_only

LINTS: Final[Mapping[Code, Callable[[Context], Iterator[Finding]]]] = {
    "broad_pattern": broad_pattern,
    "dead_path": dead_path,
    "dead_rule": dead_rule,
    "unknown_tool": unknown_tool,
    "shadowed_rule": shadowed_rule,
    "unanchored": unanchored,
    "missing_exclude": missing_exclude,
    "catastrophic": catastrophic,
    "contradiction": contradiction,
    "untrusted_only": untrusted_only,
    "rule_overlap": rule_overlap,
    "performance": performance,
    "say_it_better": say_it_better,
}
"""Code -> lint. In the order of importance: what allows too much or protects nothing comes first."""

MAX_FINDINGS: Final = 500
"""Of one code; a policy with more has one fault many times."""


def check(
    rules: Sequence[Rule],
    *,
    anchors: Anchors = Anchors("/home/user", "/home/user/project", "/home/user/project"),  # noqa: B008 - immutable
    settings: Settings = Settings(),  # noqa: B008 - immutable
    idle: Sequence[Idle] = (),
    examples: frozenset[str] = frozenset(),
    shipped: frozenset[str] = frozenset(),
    now: float = 0.0,
    about: frozenset[str] | None = None,
) -> list[Finding]:
    """Return everything that is odd about *rules*, most important first. Pure.

    Args:
        rules: in policy order, as `LoadedPolicy.rules` has them.
        anchors: the world that path patterns are anchored in.
        settings: `[settings]` over all layers.
        idle: rules that were written and are not in force.
        examples: ids of rules with `examples`.
        shipped: ids of rules that are, word for word, those of a shipped pack.
        now: seconds since the epoch, for `expires`; 0 takes none for expired.
        about: only findings that concern a rule with one of these ids; all when `None`.
    """
    context = Context(rules, anchors, settings, idle=idle, examples=examples, shipped=shipped, now=now, about=about)
    found: list[Finding] = []
    for lint in LINTS.values():
        one: list[Finding] = []
        for finding in lint(context):
            if about is None or finding.rule.id in about or (finding.other and finding.other.id in about):
                one.append(finding)
            if len(one) >= MAX_FINDINGS:
                break
        found += one
    return sorted(_once(found), key=_importance)


def _once(found: list[Finding]) -> list[Finding]:
    """Leave out what follows from something worse that is said of the same rule."""
    dead = {finding.rule.id for finding in found if finding.code in {"dead_rule", "shadowed_rule"} and finding.item < 0}
    everything = {finding.rule.id for finding in found if finding.code == "broad_pattern"}
    kept = []
    for finding in found:
        moot = finding.rule.id in dead and finding.code in {
            "rule_overlap", "say_it_better", "unanchored", "contradiction", "broad_pattern", "missing_exclude"
        }  # fmt: skip
        moot |= finding.rule.id in everything and finding.code in {"unanchored", "missing_exclude"}
        if not moot:
            kept.append(finding)
    return kept


_ORDER: Final = {code: position for position, code in enumerate(LINTS)}


def _importance(finding: Finding) -> tuple[bool, int]:
    return finding.severity == "note", _ORDER[finding.code]
