"""A rule that another rule, of an action that wins, covers completely.

What it finds: an allow rule all of whose calls a deny or ask rule speaks of, and an ask rule below a deny rule; also
single patterns of such rules. It is only said where it can be proved: word patterns and globs are compared as
languages, regular expressions where they are simple enough, everything else by what is written.

Why it matters: deny beats ask beats allow, whatever the order. The rule looks as if it did something.

Instead, remove the rule, or narrow the one that wins (`command_exclude_regex`, or `!` in `path`).
"""

from __future__ import annotations

from typing import Final, Iterator

from callgate.core.model import Rule
from callgate.policy.lint.inclusion import lies_within, pieces
from callgate.policy.lint.model import RANK, Code, Context, Finding, quoted
from callgate.policy.lint.pairs import related

CODE: Final[Code] = "shadowed_rule"

_VERB: Final = {"deny": "denies", "ask": "asks about"}


def find(context: Context) -> Iterator[Finding]:
    """Yield a finding for each rule, or pattern of one, that never decides."""
    for rule in context.rules:
        if rule.action == "deny":
            continue
        winners = [
            one for one in related(context, rule) if RANK[one.action] < RANK[rule.action] and context.wanted(rule, one)
        ]
        outer = next((one for one in winners if lies_within(rule, one, context.anchors, context.budget)), None)
        if outer is not None:
            yield _whole(rule, outer)
        elif not context.is_shipped(rule):
            yield from _parts(context, rule, winners)


def _whole(rule: Rule, outer: Rule) -> Finding:
    message = f"the {rule.action} rule never decides: `{outer.id}` {_VERB[outer.action]} everything that it names"
    help_text = f"remove it, or narrow `{outer.id}`: {outer.action} beats {rule.action}"
    return Finding(CODE, rule, message, help_text, other=outer)


def _parts(context: Context, rule: Rule, winners: list[Rule]) -> Iterator[Finding]:
    for field, at, piece in pieces(rule):
        for outer in winners:
            if lies_within(piece, outer, context.anchors, context.budget):
                text = quoted(getattr(rule, field)[at])
                message = f"{text} never decides: `{outer.id}` {_VERB[outer.action]} all of it"
                help_text = f"remove it, or narrow `{outer.id}`: {outer.action} beats {rule.action}"
                yield Finding(CODE, rule, message, help_text, field, at, outer)
                break
