"""Is everything that one rule names named by another? The answer *yes* is proved; anything uncertain is *no*.

A rule is a conjunction: its tool fields, its command, its paths and kinds of operation, its conditions. It lies within
another rule when in each of these the other one demands nothing, or no more. Commands and paths are compared as
languages (`policy/language`), all else by what is written.
"""

from __future__ import annotations

from functools import lru_cache

from callgate.core.model import OperationKind, Rule
from callgate.policy.globs import Anchors
from callgate.policy.index import kinds_of
from callgate.policy.language.automaton import Automaton, Budget
from callgate.policy.language.languages import Language, included, of_command, of_paths, of_search, of_whole
from callgate.policy.lint.tools import within as tools_within
from callgate.policy.patterns import SEPARATOR, AnyWords, Element, OneWord, PatternError, parse_pattern, to_regex

PATH_KINDS: frozenset[OperationKind] = frozenset({"read", "write", "delete", "execute"})

_EXCLUDES = (
    "file_path_exclude_regex",
    "command_exclude_regex",
    "subagent_type_exclude_regex",
    "prompt_exclude_regex",
)
_PLAIN_WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-")
"""Characters of words that stand unquoted in a command's text."""


def lies_within(inner: Rule, outer: Rule, anchors: Anchors, budget: Budget) -> bool:
    """Whether every call that *inner* names is, for certain, one that *outer* speaks of.

    Args:
        inner: any rule.
        outer: any rule at level `enforce`.
        anchors: the world.
        budget: what the comparison may cost.
    """
    budget.left -= 2
    if budget.spent:
        return False
    if outer.level != "enforce" or not _conditions(inner, outer) or not tools_within(inner, outer):
        return False
    if inner.action == outer.action == "allow" and not _grants_as_much(inner, outer):
        return False
    return (
        _operations(inner, outer)
        and _hosts(inner, outer)
        and _texts(inner, outer, budget)
        and _commands(inner, outer, budget)
        and _paths(inner, outer, anchors, budget)
    )


def _conditions(inner: Rule, outer: Rule) -> bool:
    if outer.mode and not (inner.mode and set(inner.mode) <= set(outer.mode)):
        return False
    if outer.expires is not None and (inner.expires is None or inner.expires > outer.expires):
        return False
    if outer.subagent_type and outer.subagent_type != inner.subagent_type:
        return False
    same_case = inner.case_sensitive == outer.case_sensitive
    for field in _EXCLUDES:
        wanted = getattr(outer, field)
        if wanted and not (same_case and wanted == getattr(inner, field)):
            return False
    return not outer.input_regex or (same_case and set(outer.input_regex) <= set(inner.input_regex))


def _grants_as_much(inner: Rule, outer: Rule) -> bool:
    """Whether *outer* also grants the way *inner* does, given that it speaks of the same calls.

    A rule for whole commands does not cover what an option brings in unless it spells that option; one that names
    operations does. And what is excluded from a path rule also keeps recursive operations above it from being covered.
    """
    whole = not (outer.path or outer.operations or outer.host)
    commands = outer.command or outer.command_regex
    if whole and commands:
        if inner.path or inner.operations or inner.host:
            return False
        spelled, wanted = spelled_words(outer), spelled_words(inner)
        if spelled is None or wanted is None or not wanted <= spelled:
            return False
    excluded = {glob for glob in outer.path if glob.startswith("!")}
    return excluded <= {glob for glob in inner.path if glob.startswith("!")}


def spelled_words(rule: Rule) -> frozenset[str] | None:
    """Return the options that a rule's command patterns spell; `None` when that is not for certain."""
    if rule.command_regex:
        return frozenset() if "-" not in rule.command_regex else None
    found = [_spelled_in(text) for text in rule.command]
    return None if None in found else frozenset().union(*(one for one in found if one is not None))


@lru_cache(maxsize=8_192)
def _spelled_in(text: str) -> frozenset[str] | None:
    try:
        return frozenset(word for word in _spelled(parse_pattern(text)) if not word[:1].isalnum())
    except PatternError:
        return None


def _spelled(elements: tuple[Element, ...]) -> set[str]:
    found: set[str] = set()
    for element in elements:
        if isinstance(element, OneWord):
            kind, text = element.parts[0] if element.parts else ("text", "")
            found.add(text.split("=")[0] if kind == "text" else "-?")
        elif not isinstance(element, AnyWords):
            for option in element.options:
                found |= _spelled(option)
    return found


def _operations(inner: Rule, outer: Rule) -> bool:
    if not (outer.path or outer.operations):
        return True
    if not (inner.path or inner.operations):
        return False
    mine = kinds_of(inner, widen=inner.action != "allow")
    its = kinds_of(outer, widen=outer.action != "allow")
    if inner.path:
        mine &= PATH_KINDS
    return bool(mine) and mine <= its


def _hosts(inner: Rule, outer: Rule) -> bool:
    return not outer.host or (bool(inner.host) and ("*" in outer.host or set(inner.host) <= set(outer.host)))


def _texts(inner: Rule, outer: Rule, budget: Budget) -> bool:
    return all(
        search_within(getattr(inner, field), getattr(outer, field), inner, outer, budget)
        for field in ("file_path_regex", "prompt_regex")
    )


def search_within(mine: str, its: str, inner: Rule, outer: Rule, budget: Budget) -> bool:
    """Whether every text in which the regex *mine* is found is one in which *its* is; true without *its*."""
    if not its:
        return True
    if not mine:
        return False
    if mine == its and (inner.case_sensitive or not outer.case_sensitive):
        return True
    one, other = of_search(mine, inner.case_sensitive), of_search(its, outer.case_sensitive)
    return one is not None and other is not None and included(Language((one,)), Language((other,)), budget)


def _commands(inner: Rule, outer: Rule, budget: Budget) -> bool:
    if outer.command:
        # A deny or ask regex also looks at the raw string, which a word pattern never does.
        mine, its = command_language(inner), command_language(outer)
        return bool(inner.command) and mine is not None and its is not None and included(mine, its, budget)
    if outer.command_regex:
        if inner.command_regex:
            return search_within(inner.command_regex, outer.command_regex, inner, outer, budget)
        return bool(inner.command) and _command_in_regex(inner, outer, budget)
    return True


def command_language(rule: Rule) -> Language | None:
    """Return the commands that the `command` patterns of a rule match, rendered as `patterns.render` does."""
    widen = rule.action != "allow"
    found = [of_command(text, widen=widen, case_sensitive=rule.case_sensitive) for text in rule.command]
    kept = tuple(one for one in found if one is not None)
    return Language(kept) if kept and len(kept) == len(found) else None


def _command_in_regex(inner: Rule, outer: Rule, budget: Budget) -> bool:
    texts = [text_automaton(text, inner) for text in inner.command]
    regex = of_search(outer.command_regex, outer.case_sensitive)
    if regex is None or any(text is None for text in texts):
        return False
    mine = Language(tuple(text for text in texts if text is not None))
    return included(mine, Language((regex,)), budget)


def text_automaton(pattern: str, rule: Rule) -> Automaton | None:
    """Return the automaton of the texts of commands that a word pattern matches, or of more than those.

    In the text of a command the words stand behind blanks, quoted when they need be: a wildcard takes that in, but
    what the pattern spells must be written as it is. `None` when it is not.
    """
    try:
        elements = parse_pattern(pattern)
    except PatternError:
        return None
    if not isinstance(elements[0], OneWord) or not _is_plain(elements):
        return None
    regex = to_regex(elements, widen=True)[1:]
    # The class of what may stand in a word is spelled with the separator too, and stays as it is.
    kept = regex.replace(f"[^{SEPARATOR}]", "\0").replace(SEPARATOR, " ").replace("\0", f"[^{SEPARATOR}]")
    return of_whole(f"(?s){kept}", rule.case_sensitive)


def _is_plain(elements: tuple[Element, ...]) -> bool:
    for element in elements:
        if isinstance(element, OneWord):
            if not all(_PLAIN_WORD.issuperset(text.replace("|", "")) for _, text in element.parts):
                return False
        elif not isinstance(element, AnyWords) and not all(_is_plain(option) for option in element.options):
            return False
    return True


def _paths(inner: Rule, outer: Rule, anchors: Anchors, budget: Budget) -> bool:
    if not outer.path:
        return True
    mine = path_language(inner, anchors) if inner.path else None
    its = path_language(outer, anchors)
    return mine is not None and its is not None and included(mine, its, budget)


def path_language(rule: Rule, anchors: Anchors) -> Language | None:
    """Return the paths that a rule with `path` names."""
    return of_paths(rule.path, anchors, widen=rule.action != "allow", case_sensitive=rule.case_sensitive)


def pieces(rule: Rule) -> list[tuple[str, int, Rule]]:
    """Return a rule with several patterns as rules of one pattern each: (field, position, rule)."""
    if len(rule.command) > 1:
        return [("command", at, rule._replace(command=(text,))) for at, text in enumerate(rule.command)]
    including = [(at, glob) for at, glob in enumerate(rule.path) if not glob.startswith("!")]
    if len(including) > 1 and not rule.command:
        excludes = tuple(glob for glob in rule.path if glob.startswith("!"))
        return [("path", at, rule._replace(path=(glob, *excludes))) for at, glob in including]
    return []
