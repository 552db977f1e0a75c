"""The compiled policy: rules by action, indexed, with settings and revision."""

from __future__ import annotations

from typing import Iterable

from callgate.core.model import Action, Rule, Settings
from callgate.policy.globs import Anchors, compile_glob
from callgate.policy.index import Index
from callgate.policy.regexes import PatternSet


class Policy:
    """All rules and settings in force for one world (home, project, cwd).

    Attributes:
        deny: enforced deny rules; `ask` and `allow` likewise.
        watched: rules at level `warn` and `shadow`, of any action; they decide nothing.
        settings: `[settings]` over all layers.
        revision: hash of the sources.
        broken: not empty when the policy could not be loaded as written: what is wrong, for every reason.
        stand_in: the policy is broken and none of its author's rules are known: nothing is allowed.
    """

    __slots__ = (
        "_floating",
        "allow",
        "anchors",
        "ask",
        "broken",
        "deny",
        "revision",
        "settings",
        "stand_in",
        "watched",
    )

    def __init__(
        self, rules: Iterable[Rule], anchors: Anchors, *, settings: Settings | None = None, revision: str = "",
        broken: str = "", stand_in: bool = False,
    ) -> None:  # fmt: skip
        """Index *rules*; expressions are compiled when a tool is first seen."""
        kept = tuple(rules)
        self.anchors = anchors
        self.settings = settings or Settings()
        self.revision = revision
        self.broken = broken
        self.stand_in = stand_in
        self._floating: PatternSet[int] | None = None
        self.deny = self._index("deny", kept)
        self.ask = self._index("ask", kept)
        self.allow = self._index("allow", kept)
        self.watched = tuple(
            Index("deny" if action != "allow" else "ask", tuple(watched), anchors)
            for action in ("deny", "ask", "allow")
            if (watched := [r for r in kept if r.action == action and r.level != "enforce"])
        )

    def _index(self, action: Action, rules: tuple[Rule, ...]) -> Index:
        enforced = tuple(rule for rule in rules if rule.action == action and rule.level == "enforce")
        return Index(action, enforced, self.anchors)

    def floating(self) -> PatternSet[int]:
        """Return the deny and ask patterns that may match at any depth: a recursive read may sweep what they mean."""
        if self._floating is None:
            entries = [
                (f"(?s){glob.regex}", rule.case_sensitive, 0)
                for index in (self.deny, self.ask)
                for rule in index.rules
                for written in rule.path
                if not written.startswith("!")
                and (glob := compile_glob(written, self.anchors, widen=True)) is not None
                and glob.floating
            ]
            self._floating = PatternSet(entries, whole=True, on_timeout=True)
        return self._floating
