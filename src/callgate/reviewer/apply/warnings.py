"""The warnings of contract.md section 5 about the rules that a change touches; `--force` goes on in spite of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, Sequence

from callgate.core.model import RuleSource
from callgate.policy.globs import Anchors
from callgate.reviewer.apply.base import Detail
from callgate.reviewer.redact import masked

if TYPE_CHECKING:
    from callgate.core.model import Rule
    from callgate.policy.lint.model import Finding
    from callgate.policy.loader import LoadedPolicy
    from callgate.reviewer.apply.layers import Layers

Kind = Literal[
    "rule_overlap", "shadowed_rule", "broad_pattern", "missing_exclude", "performance", "newly_allows_denied"
]

LINTED: Final = frozenset({"rule_overlap", "shadowed_rule", "broad_pattern", "missing_exclude", "performance"})
"""What the lints of a policy find. `newly_allows_denied` comes from the replay."""

_SAYS_MORE: Final = frozenset({"dead_rule"})
"""Lints whose findings make others pointless."""


class Warning(NamedTuple):  # noqa: A001 - the word of the contract; the built-in is never meant here
    """One reason to think twice."""

    type: Kind
    rule: str
    message: str
    suggestion: str = ""
    other: str = ""
    """Another rule that it is about."""
    witness: str = ""
    """A call that shows it."""

    def as_object(self) -> dict[str, Any]:
        """Return it as JSON values, masked, without empty fields."""
        found: dict[str, Any] = masked({name: value for name, value in self._asdict().items() if value})
        return found

    def as_detail(self) -> Detail:
        """Return it as a detail of a refusal."""
        who = f"rule '{self.rule}': " if self.rule else ""
        return Detail(self.type, str(masked(who + self.message)), str(masked(self.suggestion)))


def from_lints(
    before: LoadedPolicy | None, after: LoadedPolicy, changed: frozenset[str], layers: Layers, now: float
) -> list[Warning]:
    """Return what the lints find about the *changed* rules that they did not find before the change.

    Args:
        before: the policy as it is; `None` when it does not load.
        after: the policy with the change.
        changed: ids of the rules that are added, changed or removed.
        layers: where the target stands, which anchors path patterns.
        now: seconds since the epoch.
    """
    if not changed:
        return []
    found = _found(after, changed, layers, now, frozenset())
    if not found:
        return []
    shipped = _shipped(after)
    if shipped:
        found = _found(after, changed, layers, now, shipped)
    known = {_key(one) for one in _found(before, changed, layers, now, shipped)} if before else set()
    return [_warning(one) for one in found if _key(one) not in known]


def _found(
    loaded: LoadedPolicy, changed: frozenset[str], layers: Layers, now: float, shipped: frozenset[str]
) -> list[Finding]:
    from callgate.policy.lint import Idle, check  # noqa: PLC0415 - automata; most changes touch rules, not all

    found = check(
        loaded.rules,
        anchors=Anchors(layers.home, layers.project, layers.cwd),
        settings=loaded.settings,
        idle=[Idle(idle.rule, idle.why) for idle in loaded.idle],
        examples=frozenset(one.rule_id for one in loaded.examples),
        shipped=shipped,
        now=now,
        about=changed,
        codes=LINTED | _SAYS_MORE,
    )
    return [one for one in found if one.code in LINTED and one.severity == "warning"]


def _shipped(loaded: LoadedPolicy) -> frozenset[str]:
    """Return the ids of rules that are, word for word, those of a shipped pack: these extend each other on purpose."""
    from callgate.policy.loader import builtin, pack_names  # noqa: PLC0415 - beside the other late imports

    known = {_bare(rule) for name in pack_names() for rule in builtin(name).rules}
    return frozenset(rule.id for rule in loaded.rules if _bare(rule) in known)


def _bare(rule: Rule) -> Rule:
    return rule._replace(source=RuleSource("", 0), description="")


def _key(finding: Finding) -> tuple[str, ...]:
    other = finding.other.id if finding.other else ""
    return finding.code, finding.rule.id, finding.field, finding.message, other


def _warning(finding: Finding) -> Warning:
    suggestion = finding.help + (f"; for example:\n{finding.suggestion}" if finding.suggestion else "")
    other = finding.other.id if finding.other else ""
    return Warning(_kind(finding), finding.rule.id, finding.message, suggestion, other, finding.witness)


def _kind(finding: Finding) -> Kind:
    return next(kind for kind in _KINDS if kind == finding.code)


_KINDS: Final[Sequence[Kind]] = (
    "rule_overlap",
    "shadowed_rule",
    "broad_pattern",
    "missing_exclude",
    "performance",
    "newly_allows_denied",
)
