"""What the lints look at, and what they find."""

from __future__ import annotations

from typing import Final, Literal, Mapping, NamedTuple, Sequence

from callgate.core.model import Action, Rule, RuleSource, Settings
from callgate.policy.globs import Anchors
from callgate.policy.language.automaton import Budget

Code = Literal[
    "contradiction",
    "broad_pattern",
    "dead_path",
    "dead_rule",
    "shadowed_rule",
    "unanchored",
    "catastrophic",
    "missing_exclude",
    "unknown_tool",
    "untrusted_only",
    "rule_overlap",
    "say_it_better",
    "performance",
]
"""What a finding is called. Those of contract.md section 5 are warnings of `apply` under the same names."""

Why = Literal["disabled", "section", "untrusted"]
"""Why a rule that was written is not in force: switched off itself, with its section, or its file is not trusted."""

RANK: Final[Mapping[Action, int]] = {"deny": 0, "ask": 1, "allow": 2}
"""Which action wins: the lower one."""


class Idle(NamedTuple):
    """A rule that was written and is not in force."""

    rule: Rule
    why: Why


class Finding(NamedTuple):
    """One thing that is odd about a rule."""

    code: Code
    rule: Rule
    message: str
    """One sentence, lower case, no final period; what a file says stands in backticks."""
    help: str = ""
    """What to do."""
    field: str = ""
    """The field of the rule that it is about; empty for the rule as a whole."""
    item: int = -1
    """Position in the field's array; -1 for a field that is none, or all of it."""
    other: Rule | None = None
    """The second rule, where there is one."""
    witness: str = ""
    """A call that shows it."""
    suggestion: str = ""
    """A rule in TOML to write instead."""
    severity: Literal["warning", "note"] = "warning"
    """A `note` is worth knowing and nothing to mend: an exception that one rule makes from another."""

    @property
    def source(self) -> RuleSource:
        """Where the rule is written."""
        return self.rule.source


class Context:
    """What every lint gets.

    Attributes:
        rules: enforced rules in force that have not expired, in policy order.
        expired: those that have.
        idle: rules that are not in force.
        anchors: the world that path patterns are anchored in.
        settings: `[settings]` over all layers.
        examples: ids of rules with `examples`: their authors have said what they mean.
        shipped: ids of rules that are, word for word, those of a shipped pack.
        budget: what the comparison of patterns may still cost.
        by_program: positions of the rules by the programs that they speak of, once somebody has asked; see `pairs`.
        about: ids of the rules that findings are wanted for; `None` means all.
    """

    __slots__ = (
        "about",
        "anchors",
        "budget",
        "by_program",
        "examples",
        "expired",
        "idle",
        "rules",
        "settings",
        "shipped",
    )

    def __init__(
        self,
        rules: Sequence[Rule],
        anchors: Anchors,
        settings: Settings,
        *,
        idle: Sequence[Idle] = (),
        examples: frozenset[str] = frozenset(),
        shipped: frozenset[str] = frozenset(),
        now: float = 0.0,
        about: frozenset[str] | None = None,
    ) -> None:
        """Sort *rules*; see the class for the rest. *now* is in seconds since the epoch, 0 means before all dates."""
        enforced = [rule for rule in rules if rule.level == "enforce"]
        self.expired = tuple(rule for rule in enforced if rule.expires is not None and now >= rule.expires)
        gone = {rule.id for rule in self.expired}
        self.rules = tuple(rule for rule in enforced if rule.id not in gone)
        self.anchors = anchors
        self.settings = settings
        self.idle = tuple(idle)
        self.examples = examples
        self.shipped = shipped
        self.about = about
        self.budget = Budget()
        self.by_program: dict[str, list[int]] = {}

    def wanted(self, *rules: Rule) -> bool:
        """Whether a finding about these rules together is asked for."""
        return self.about is None or any(rule.id in self.about for rule in rules)

    def both_shipped(self, one: Rule, other: Rule) -> bool:
        """Whether both rules come from the shipped packs, which extend each other on purpose."""
        return self.is_shipped(one) and self.is_shipped(other)

    def is_shipped(self, rule: Rule) -> bool:
        """Whether the rule comes from a shipped pack."""
        return rule.source.layer == "builtin" or rule.id in self.shipped


def quoted(text: str, limit: int = 80) -> str:
    """Return *text* in backticks on one line, at most *limit* characters of it."""
    line = "".join(char if char.isprintable() and char != "`" else "?" for char in text[: limit + 1])
    return "`" + (line if len(line) <= limit else line[: limit - 1] + "\u2026") + "`"
