"""An allow rule and a deny or ask rule for some of the same calls.

What it finds: patterns of the two that have calls in common, while neither rule covers the other. The call that is
shown belongs to both, and the message says which rule wins: deny beats ask beats allow. A rule that only takes
something out of a broader allow rule (`git *` allowed, `git push *` denied) is an exception, and so is a deny of files
wherever they lie: that is how policies are written, and it is a note, not a warning.

Why it matters: neither author may have thought of the calls in between.

Instead, say in one of the rules that it does not mean them (`command_exclude_regex`, `!` in `path`).
"""

from __future__ import annotations

import shlex
from typing import Final, Iterator

from callgate.core.model import DYNAMIC, SPLIT, OperationKind, Rule
from callgate.policy.index import kinds_of
from callgate.policy.language.automaton import find as walk
from callgate.policy.language.languages import Language, included, of_search, only, shared
from callgate.policy.lint.inclusion import PATH_KINDS, command_language, lies_within, path_language
from callgate.policy.lint.model import Code, Context, Finding
from callgate.policy.lint.pairs import related
from callgate.policy.lint.tools import meet as tools_meet
from callgate.policy.patterns import SEPARATOR

CODE: Final[Code] = "contradiction"

_VERB: Final = {"deny": "denied", "ask": "asked about"}


def find(context: Context) -> Iterator[Finding]:
    """Yield a finding for each pair of rules that contradict each other."""
    for rule in context.rules:
        if rule.action != "allow":
            continue
        for other in related(context, rule):
            if other.action == "allow" or not context.wanted(rule, other) or context.both_shipped(rule, other):
                continue
            found = meeting(context, rule, other)
            if found is None or lies_within(rule, other, context.anchors, context.budget):
                continue
            witness, exception = found
            message = f"`{other.id}` and this allow rule both speak of `{witness}`: it is {_VERB[other.action]}"
            help_text = f"{other.action} beats allow; if that is not meant, narrow `{other.id}`"
            finding = Finding(CODE, rule, message, help_text, other=other, witness=witness)
            yield finding._replace(severity="note") if exception else finding


def meeting(context: Context, rule: Rule, other: Rule) -> tuple[str, bool] | None:
    """Return a call of both rules, and whether *other* is an exception from *rule*; `None` when there is none."""
    if (rule.mode and other.mode and set(rule.mode).isdisjoint(other.mode)) or not tools_meet(rule, other):
        return None
    if rule.command and other.command:
        return _commands(context, rule, other)
    if rule.command_regex and other.command_regex:
        return _regexes(context, rule, other)
    if rule.path and other.path and not (rule.command or other.command or rule.command_regex or other.command_regex):
        return _paths(context, rule, other)
    return None


def _commands(context: Context, rule: Rule, other: Rule) -> tuple[str, bool] | None:
    mine, its = command_language(rule), command_language(other)
    if mine is None or its is None or _narrower(rule, other):
        return None
    text = shared(mine, its, context.budget)
    if not text or DYNAMIC in text or SPLIT in text:
        return None
    exception = _exception(its, mine, context)
    return shlex.join(text[1:].split(SEPARATOR)), exception


def _narrower(rule: Rule, other: Rule) -> bool:
    """Whether conditions of the two are such that a common command need not be a common call."""
    return any(
        one.path or one.operations or one.host or one.command_exclude_regex or one.file_path_regex or one.input_regex
        for one in (rule, other)
    )


def _regexes(context: Context, rule: Rule, other: Rule) -> tuple[str, bool] | None:
    if _narrower(rule._replace(command_exclude_regex=""), other._replace(command_exclude_regex="")):
        return None
    mine, its = (of_search(one.command_regex, one.case_sensitive) for one in (rule, other))
    excludes = [of_search(one.command_exclude_regex, one.case_sensitive) for one in (rule, other)
                if one.command_exclude_regex]  # fmt: skip
    if mine is None or its is None or any(one is None for one in excludes):
        return None
    left_out = [one for one in excludes if one is not None]
    text = walk([mine, its], left_out, context.budget).text
    if text is None or not text.strip() or not text.isprintable():
        return None
    exception = only(Language((its,)), Language((mine,)), context.budget) is None
    # A deny that is found anywhere in a command is a net under all allow rules, and not a contradiction of one.
    return text, exception or not other.command_regex.startswith("^")


def _paths(context: Context, rule: Rule, other: Rule) -> tuple[str, bool] | None:
    kinds: frozenset[OperationKind] = kinds_of(rule, widen=False) & kinds_of(other, widen=True) & PATH_KINDS
    if not kinds or rule.file_path_regex or other.file_path_regex:
        return None
    mine, its = path_language(rule, context.anchors), path_language(other, context.anchors)
    path = shared(mine, its, context.budget) if mine and its else None
    if path is None or mine is None or its is None:
        return None
    kind = next(kind for kind in ("write", "read", "delete", "execute") if kind in kinds)
    # What is refused wherever it lies is an exception from every rule for a place.
    placed = tuple(glob for glob in other.path if glob.startswith("!") or not _floats(glob))
    its = path_language(other._replace(path=placed), context.anchors)
    return f"{kind} {path or '/'}", its is not None and _exception(its, mine, context)


def _floats(glob: str) -> bool:
    return glob.startswith("**/") or "/" not in glob.rstrip("/")


def _exception(its: Language, mine: Language, context: Context) -> bool:
    """Whether each pattern that meets the allow rule lies within it: the others are about other places."""
    for pattern in its.patterns:
        one = Language((pattern,), its.excludes)
        if not included(one, mine, context.budget) and shared(one, mine, context.budget) is not None:
            return False
    return True
