"""Two rules of the same action for the same calls.

What it finds: a rule, or a pattern of one, that adds nothing to another rule of the same action. Commands and paths
are compared as languages. For regular expressions that are too involved for that, examples of one are made up; when
the other matches all of them, that is called an overlap, and one example is shown.

Why it matters: whoever takes one of the rules away believes that the calls are no longer allowed (or denied).

Instead, remove the narrower one, or move what it adds into the other.
"""

from __future__ import annotations

from typing import Final, Iterator

from callgate.core.model import Rule
from callgate.policy.language import samples
from callgate.policy.language.languages import redundant
from callgate.policy.lint.inclusion import command_language, lies_within, path_language, pieces, spelled_words
from callgate.policy.lint.model import Code, Context, Finding, quoted
from callgate.policy.lint.pairs import related
from callgate.policy.regexes import Pattern

CODE: Final[Code] = "rule_overlap"

ENOUGH: Final = 3
"""Made-up examples that must all be matched before two regular expressions are said to overlap."""


def find(context: Context) -> Iterator[Finding]:
    """Yield a finding for each rule, or pattern of one, that another rule of the same action covers."""
    order = {id(rule): position for position, rule in enumerate(context.rules)}
    for rule in context.rules:
        same = [
            other
            for other in related(context, rule)
            if other.action == rule.action and context.wanted(rule, other) and not context.both_shipped(rule, other)
        ]
        yield from _twice(context, rule)
        outer = next((other for other in same if _covers(context, rule, other, order)), None)
        if outer is not None:
            message = f"the rule adds nothing: `{outer.id}` covers everything that it names"
            yield Finding(CODE, rule, message, f"remove it, or narrow `{outer.id}`", other=outer)
            continue
        parts = list(_parts(context, rule, same))
        yield from parts or _regexes(rule, same, order)


def _covers(context: Context, rule: Rule, other: Rule, order: dict[int, int]) -> bool:
    if not lies_within(rule, other, context.anchors, context.budget):
        return False
    # Of two that say the same, the later one is redundant.
    return order[id(other)] < order[id(rule)] or not lies_within(other, rule, context.anchors, context.budget)


def _parts(context: Context, rule: Rule, same: list[Rule]) -> Iterator[Finding]:
    for field, at, piece in pieces(rule):
        for other in same:
            if lies_within(piece, other, context.anchors, context.budget):
                message = f"{quoted(getattr(rule, field)[at])} adds nothing: `{other.id}` covers it"
                yield Finding(CODE, rule, message, f"remove it here, or from `{other.id}`", field, at, other)
                break


def _twice(context: Context, rule: Rule) -> Iterator[Finding]:
    """Yield the patterns of a rule that another pattern of the same rule covers."""
    if context.is_shipped(rule) or not context.wanted(rule):
        return
    for field, language in (
        ("command", command_language(rule) if len(rule.command) > 1 else None),
        ("path", path_language(rule, context.anchors) if len(rule.path) > 1 else None),
    ):
        written = [at for at, text in enumerate(getattr(rule, field)) if field == "command" or not text.startswith("!")]
        if language is None or len(language.patterns) != len(written):
            continue
        for at, other_at in redundant(language.patterns, context.budget):
            here, there = (getattr(rule, field)[written[one]] for one in (at, other_at))
            if field == "command" and not _spells_no_more(rule, here, there):
                continue
            message = f"{quoted(here)} adds nothing: {quoted(there)} beside it covers it"
            yield Finding(CODE, rule, message, "remove it", field, written[at])


def _spells_no_more(rule: Rule, here: str, there: str) -> bool:
    """Whether the one pattern spells no option that the other does not: an allow covers what an option does by that."""
    mine, its = (spelled_words(rule._replace(command=(text,))) for text in (here, there))
    return rule.action != "allow" or (mine is not None and its is not None and mine <= its)


def _regexes(rule: Rule, same: list[Rule], order: dict[int, int]) -> Iterator[Finding]:
    for field in ("command_regex", "file_path_regex"):
        mine = getattr(rule, field)
        if not mine:
            continue
        examples = samples.of_regex(mine, case_sensitive=rule.case_sensitive)
        if len(examples) < ENOUGH:
            continue
        for other in same:
            its = getattr(other, field)
            if not its or not _alike(rule, other, field) or not _all_found(its, examples, other):
                continue
            back = samples.of_regex(its, case_sensitive=other.case_sensitive)
            if order[id(other)] > order[id(rule)] and _all_found(mine, back, rule):
                continue  # said of the later one
            message = f"`{other.id}` seems to cover the rule: it matches all {len(examples)} examples made up for it"
            help_text = f"compare it with `{other.id}`, and keep one of them"
            yield Finding(CODE, rule, message, help_text, field, other=other, witness=examples[0])
            return


def _alike(rule: Rule, other: Rule, field: str) -> bool:
    """Whether nothing but the regular expression tells the two rules apart."""
    told = {"id", "description", "source", "derived_id", field}
    return all(getattr(rule, name) == getattr(other, name) for name in rule._fields if name not in told)


def _all_found(regex: str, texts: list[str], rule: Rule) -> bool:
    try:
        pattern = Pattern(regex, case_sensitive=rule.case_sensitive, on_timeout=False)
    except ValueError:
        return False
    return bool(texts) and all(pattern.search(text) for text in texts)
