"""Which rules are worth comparing: a policy may hold thousands, and most pairs have nothing in common."""

from __future__ import annotations

from typing import Final, Iterable

from callgate.core.model import Rule
from callgate.policy.heads import literal_head
from callgate.policy.lint.model import Context
from callgate.policy.lint.tools import meet as tools_meet
from callgate.policy.patterns import PatternError, first_words, parse_pattern

MAX_RELATED: Final = 400
"""Rules that one rule is compared with; beyond that a policy is too large to be read anyway."""


def related(context: Context, rule: Rule) -> list[Rule]:
    """Return the other rules that may speak of calls that *rule* speaks of, in policy order."""
    if context.budget.spent:
        return []
    names, about = programs(rule), _subjects(rule)
    found = []
    for at in _candidates(context, names):
        other = context.rules[at]
        if other is rule or (about and (its := _subjects(other)) and about.isdisjoint(its)):
            continue
        if tools_meet(rule, other):
            found.append(other)
            if len(found) >= MAX_RELATED:
                break
    return found


def _candidates(context: Context, names: frozenset[str] | None) -> Iterable[int]:
    """Return positions of the rules that may speak of one of the programs."""
    if not context.by_program:
        for at, rule in enumerate(context.rules):
            for name in programs(rule) or ("",):
                context.by_program.setdefault(name, []).append(at)
    if names is None:
        return range(len(context.rules))
    return sorted({at for name in ("", *names) for at in context.by_program.get(name, ())})


def _subjects(rule: Rule) -> frozenset[str]:
    """Return what a rule looks at; rules that look at different things never lie within each other."""
    found = {"command"} if rule.command or rule.command_regex else set()
    found |= {"path"} if rule.path else set()
    found |= {"file"} if rule.file_path_regex else set()
    return frozenset(found)


def programs(rule: Rule) -> frozenset[str] | None:
    """Return the programs that a command rule can speak of; `None` when that may be any."""
    key = (rule.command, rule.command_regex, rule.case_sensitive)
    if key not in _known:
        if len(_known) > 20_000:
            _known.clear()
        _known[key] = _programs(rule)
    return _known[key]


_known: dict[tuple[tuple[str, ...], str, bool], frozenset[str] | None] = {}


def _programs(rule: Rule) -> frozenset[str] | None:
    if not rule.case_sensitive:
        return None
    if rule.command:
        found: set[str] = set()
        for text in rule.command:
            try:
                names = first_words(parse_pattern(text))
            except PatternError:
                return None
            if names is None:
                return None
            found |= names
        return frozenset(found)
    head, blank, _ = literal_head(rule.command_regex).partition(" ") if rule.command_regex else ("", "", "")
    return frozenset({head}) if blank and head else None
