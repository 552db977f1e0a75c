"""The languages of a rule's patterns, and what can be said of two of them."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple, Sequence

from callgate.policy.globs import Anchors, compile_glob
from callgate.policy.language.automaton import Automaton, Budget, find
from callgate.policy.language.characters import ANY
from callgate.policy.language.reader import read
from callgate.policy.language.syntax import Cat, Chars, Node, Repeat, Unsupported
from callgate.policy.patterns import PatternError, parse_pattern, to_regex
from callgate.policy.regexes import is_linear

_ANYTHING = Repeat(Chars(ANY), 0, None)


class Language(NamedTuple):
    """The strings of several patterns, less those of others."""

    patterns: tuple[Automaton, ...]
    """A string belongs to the language when one of these matches it…"""
    excludes: tuple[Automaton, ...] = ()
    """…and none of these."""


def included(inner: Language, outer: Language, budget: Budget) -> bool:
    """Whether every string of *inner* is one of *outer*; false, too, when that cannot be made out."""
    return bool(inner.patterns) and all(_pattern_included(one, inner.excludes, outer, budget) for one in inner.patterns)


def _pattern_included(pattern: Automaton, excludes: tuple[Automaton, ...], outer: Language, budget: Budget) -> bool:
    near = [one for one in outer.patterns if pattern.head.startswith(one.head) or one.head.startswith(pattern.head)]
    example = pattern.shortest.text
    likely = near
    # Most pairs have nothing to do with each other, and one example says so.
    if example is not None and not any(one.accepts(example) for one in excludes):
        likely = [one for one in near if one.accepts(example)]
        if not likely:
            return False
    # A string of the pattern that no pattern of `outer` has: one of them may have all, or it takes several…
    if not any(_none([pattern], [one], budget) for one in likely) and (
        (len(near) < 2 and not excludes) or not _none([pattern], [*excludes, *near], budget)
    ):
        return False
    # …or that `outer` takes out again.
    for exclude in outer.excludes:
        if exclude not in excludes and not _none([pattern, exclude], excludes, budget):
            return False
    return True


def redundant(patterns: Sequence[Automaton], budget: Budget) -> list[tuple[int, int]]:
    """Return (position, position of another one that has all of its strings); of two equal ones the later one."""
    found: list[tuple[int, int]] = []
    gone: set[int] = set()
    for at, pattern in enumerate(patterns):
        example = pattern.shortest.text
        for other_at, other in enumerate(patterns):
            if at == other_at or other_at in gone or example is None or not example.startswith(other.head):
                continue
            if other.accepts(example) and _none([pattern], [other], budget):
                if other_at > at and pattern.accepts(other.shortest.text or "") and _none([other], [pattern], budget):
                    continue
                found.append((at, other_at))
                gone.add(at)
                break
    return found


def _none(include: Sequence[Automaton], exclude: Sequence[Automaton], budget: Budget) -> bool:
    """Whether there is, for certain, no string of all of *include* and none of *exclude*."""
    answer = find(include, exclude, budget)
    return answer.text is None and answer.complete


def shared(one: Language, other: Language, budget: Budget) -> str | None:
    """Return a string that belongs to both; `None` when there is none, or none was found in time."""
    excludes = (*one.excludes, *other.excludes)
    for mine in one.patterns:
        for its in other.patterns:
            text = _common(mine, its, excludes, budget)
            if text is not None:
                return text
    return None


def _common(mine: Automaton, its: Automaton, excludes: tuple[Automaton, ...], budget: Budget) -> str | None:
    answer = find([mine, its], (), budget)
    if answer.text is None or not any(one.accepts(answer.text) for one in excludes):
        return answer.text
    return find([mine, its], excludes, budget).text


def only(inner: Language, outer: Language, budget: Budget) -> str | None:
    """Return a shortest string of *inner* that is none of *outer*; `None` when there is none, or none was found."""
    found = [
        answer.text
        for pattern in inner.patterns
        if (answer := find([pattern], [*inner.excludes, *outer.patterns], budget)).text is not None
    ]
    return min(found, key=len) if found else None


@lru_cache(maxsize=4_096)
def of_whole(regex: str, case_sensitive: bool = True) -> Automaton | None:
    """Return the automaton of what RE2 matches as a whole; `None` when a tree cannot say it."""
    return _automaton(regex, case_sensitive=case_sensitive, search=False)


@lru_cache(maxsize=4_096)
def of_search(regex: str, case_sensitive: bool = True) -> Automaton | None:
    """Return the automaton of the strings in which the regex is found; `None` when a tree cannot say it."""
    return _automaton(regex, case_sensitive=case_sensitive, search=True)


def _automaton(regex: str, *, case_sensitive: bool, search: bool) -> Automaton | None:
    if not is_linear(regex):
        return None  # the other engine reads some things differently
    try:
        node: Node = read(regex, case_sensitive=case_sensitive).node
        return Automaton(Cat((_ANYTHING, node, _ANYTHING)) if search else node)
    except Unsupported:
        return None


@lru_cache(maxsize=8_192)
def of_command(pattern: str, *, widen: bool, case_sensitive: bool = True) -> Automaton | None:
    """Return the automaton of a word pattern, over commands as `patterns.render` writes them."""
    try:
        return of_whole("(?s)" + to_regex(parse_pattern(pattern), widen=widen), case_sensitive)
    except PatternError:
        return None


@lru_cache(maxsize=2_048)
def of_paths(globs: tuple[str, ...], anchors: Anchors, *, widen: bool, case_sensitive: bool = True) -> Language | None:
    """Return the language of a rule's `path`; `None` when part of it cannot be said.

    Args:
        globs: as the rule has them, `!` included.
        anchors: the world.
        widen: whether the rule denies or asks (see `policy/globs.py`).
        case_sensitive: as the rule says.
    """
    patterns: list[Automaton] = []
    excludes: list[Automaton] = []
    for written in globs:
        negative = written.startswith("!")
        glob = compile_glob(written.lstrip("!") if negative else written, anchors, widen=widen != negative)
        if glob is None:
            continue  # anchored in a project that there is not
        automaton = of_whole(f"(?s){glob.regex}", case_sensitive)
        if automaton is None:
            return None
        (excludes if negative else patterns).append(automaton)
    return Language(tuple(patterns), tuple(excludes))
