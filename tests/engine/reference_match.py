"""Matching for the reference decider: word patterns and path globs, by plain recursion."""

from __future__ import annotations

import fnmatch

from callgate.core.model import SPLIT, Observation, Rule


def words_match(pattern: list[str], words: list[str]) -> bool:
    """`*` alone is any number of words; inside a word any characters, but not those of a word that splits."""
    if not pattern:
        return not words
    if pattern[0] == "*":
        return any(words_match(pattern[1:], words[skip:]) for skip in range(len(words) + 1))
    if not words or SPLIT in words[0]:
        return False
    return fnmatch.fnmatchcase(words[0], pattern[0]) and words_match(pattern[1:], words[1:])


def in_paths(rule: Rule, path: str, observation: Observation, *, wide: bool) -> bool:
    """Whether some pattern matches and none that begins with `!` does."""
    matches = [one for one in rule.path if one[0] != "!" and glob_match(one, path, observation, wide=wide)]
    excluded = [one for one in rule.path if one[0] == "!" and glob_match(one[1:], path, observation, wide=not wide)]
    return bool(matches) and not excluded


def glob_match(pattern: str, path: str, observation: Observation, *, wide: bool) -> bool:
    """Anchor the pattern, then compare segment by segment; wide patterns also mean everything below."""
    if pattern.startswith("<project>"):
        anchored = observation.project + pattern[len("<project>") :]
    elif pattern.startswith("~"):
        anchored = observation.home + pattern[1:]
    elif pattern.startswith("/"):
        anchored = pattern
    else:
        floating = pattern.startswith("**/") or "/" not in pattern
        base = "" if floating and wide else observation.project
        anchored = f"{base}/{pattern}" if pattern.startswith("**/") or not floating else f"{base}/**/{pattern}"
    wanted = [part for part in anchored.split("/") if part] + (["**"] if wide else [])
    return segments_match(wanted, [part for part in path.split("/") if part])


def segments_match(pattern: list[str], path: list[str]) -> bool:
    """`**` is any number of segments."""
    if not pattern:
        return not path
    if pattern[0] == "**":
        return any(segments_match(pattern[1:], path[skip:]) for skip in range(len(path) + 1))
    return bool(path) and fnmatch.fnmatchcase(path[0], pattern[0]) and segments_match(pattern[1:], path[1:])
