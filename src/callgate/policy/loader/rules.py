"""Turns a rule as it was written into a checked `Rule`."""

from __future__ import annotations

import re
from typing import Any, Final, Mapping, NamedTuple, cast

from callgate.core.model import Action, Rule, RuleSource
from callgate.policy.loader.document import Document, RawRule
from callgate.policy.loader.locate import Path
from callgate.policy.loader.values import Checker
from callgate.policy.schema import RULE_FIELDS, SUBJECTS

_NOT_IN_RULE: Final = ("enabled", "examples")
_ALIASES: Final = ("Task", "Agent")


class Built(NamedTuple):
    """A checked rule, with what is needed to place it among the others."""

    rule: Rule
    """Its id is empty when none was written."""
    enabled: bool
    examples: tuple[tuple[str, ...], tuple[str, ...]] | None
    raw: RawRule
    document: Document


def build(raw: RawRule, document: Document, priority: int, check: Checker, now: float) -> Built:
    """Check *raw* and convert it. Fields at fault are recorded and left out.

    Args:
        raw: the rule as written.
        document: the file that it stands in.
        priority: of its section.
        check: checks the values of that file.
        now: seconds since the epoch, for `expires`.
    """
    values = check.table(raw.table, RULE_FIELDS, raw.path, "this rule")
    cross_check(raw.table, raw.path, check)
    _check_expiry(raw.path, check, values, now)
    fields: dict[str, Any] = {key: value for key, value in values.items() if key not in _NOT_IN_RULE}
    tools: tuple[str, ...] = fields.pop("tool", ())
    if len(tools) == 1:
        fields["tool"] = tools[0]
    elif tools and "tool_regex" not in fields:
        fields["tool_regex"] = one_of(tools)
    source = RuleSource(document.path, raw.line, document.layer, raw.section, raw.position, priority)
    rule = Rule(**{"id": "", "action": cast("Action", raw.action), "source": source, **fields})
    return Built(rule, values.get("enabled", True), values.get("examples"), raw, document)


def one_of(tools: tuple[str, ...]) -> str:
    """Return the regular expression for exactly *tools*; the two names of the subagent tool go together."""
    names = dict.fromkeys(tools)
    if any(alias in names for alias in _ALIASES):
        names.update(dict.fromkeys(_ALIASES))
    return "^(?:" + "|".join(re.escape(name) for name in names) + ")$"


def cross_check(table: Mapping[str, Any], path: Path, check: Checker) -> None:
    """Record what is wrong with the fields of a rule taken together.

    Args:
        table: the rule as written.
        path: where it stands.
        check: keeps the faults.
    """
    faults = check.faults
    if "tool" in table and "tool_regex" in table:
        faults.add("both `tool` and `tool_regex`", (*path, "tool_regex"), "keep one of them")
    if not any(key in table for key in SUBJECTS):
        other = next((key for key in table if key in RULE_FIELDS and RULE_FIELDS[key].matcher), "")
        subjects = ", ".join(f"`{key}`" for key in SUBJECTS)
        if other:
            message = f"`{other}` alone does not say which tool the rule is about"
            faults.add(message, (*path, other), "add `tool` or `tool_regex`")
        else:
            faults.add("the rule has no matcher: it would match every call", path, f"add one of {subjects}")


def _check_expiry(path: Path, check: Checker, values: dict[str, Any], now: float) -> None:
    expires = values.get("expires")
    if expires is not None and expires <= now:
        message = "the rule has expired and does not match any more"
        check.faults.add(message, (*path, "expires"), "remove it, or move the date", value=True, severity="warning")
