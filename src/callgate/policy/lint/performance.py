"""A pattern that costs much more than it need.

What it finds: a pattern that only the slower engine takes (it has look-around or a back-reference), with a way to
write the common case for RE2; an expression that compiles to a very large program; and more rules than can be
compared with each other.

Why it matters: RE2 matches all patterns of a kind in one pass. Each pattern of the other engine is run by itself, for
every command, with a time limit.

Instead of `^git (?!push)`, write `command_regex = '^git '` and `command_exclude_regex = '^git push'`.
"""

from __future__ import annotations

import re
from typing import Final, Iterator

from callgate.core.model import Rule
from callgate.policy.lint.fields import regexes
from callgate.policy.lint.model import Code, Context, Finding, quoted
from callgate.policy.regexes import is_linear, program_size

CODE: Final[Code] = "performance"

LARGE: Final = 5_000
"""Instructions of one expression; an ordinary one has a hundred."""

_AHEAD: Final = re.compile(r"\(\?!((?:[^()\\]|\\.|\([^()]*\))*)\)", re.DOTALL)


def find(context: Context) -> Iterator[Finding]:
    """Yield a finding for each pattern that is needlessly slow."""
    for rule in context.rules:
        if not context.wanted(rule):
            continue
        for field, item, regex in regexes(rule):
            if not is_linear(regex):
                message = f"{quoted(regex)} runs on the slower engine, by itself and with a time limit"
                yield Finding(CODE, rule, message, _instead(rule, field, regex), field, item)
            elif (size := program_size(regex)) > LARGE:
                message = f"{quoted(regex)} compiles to {size:,} instructions"
                yield Finding(CODE, rule, message, "use smaller repetition counts, or several patterns", field, item)
    if context.budget.spent:
        rule = context.rules[0]
        message = "the policy is too large for all its rules to be compared with each other"
        yield Finding(CODE, rule, message, "one rule with a pattern does the work of many", severity="note")


def _instead(rule: Rule, field: str, regex: str) -> str:
    """Say how a negative look-ahead is written as an exclude, where that means the same."""
    found = _AHEAD.findall(regex)
    exclude = field.replace("_regex", "_exclude_regex")
    if len(found) != 1 or "exclude" in field or not hasattr(rule, exclude) or getattr(rule, exclude):
        return "write it without look-around and back-references"
    before, after = regex.split(f"(?!{found[0]})", 1)
    left, out = before + after, before + found[0]
    if not (is_linear(left) and is_linear(out)):
        return "write it without look-around and back-references"
    return f"write `{field} = '{left}'` and `{exclude} = '{out}'`"
