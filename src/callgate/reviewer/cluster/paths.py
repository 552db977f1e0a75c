"""The narrowest path globs for a set of files: anti-unification over directories.

Laws (tests/reviewer/test_paths.py): every given file is matched; the order does not matter; fewer files never match
more.
"""

from __future__ import annotations

import functools
import os.path
import re
from typing import Final, Iterable, Sequence

from callgate.reviewer.cluster.matcher import common_prefix

FILES: Final = 4
"""So many files of one ending are listed as they are."""

DIRECTORIES: Final = 8
"""Files of one ending in more top directories are meant all over the project."""

_SPECIAL: Final = frozenset("*?[\\")
_STEM: Final = re.compile(r"[A-Za-z0-9]+")


@functools.lru_cache(maxsize=16_384)
def ending(path: str) -> str:
    """Return the ending of a file's name with its dot, lower case; empty when it has none or is a dot file."""
    return os.path.splitext(path.rsplit("/", 1)[-1])[1].lower()


def tree_globs(files: Iterable[str]) -> dict[str, list[str]]:
    """Return globs for files of one ending, each with the files it stands for: the directories that they lie in.

    Args:
        files: relative to a root; a glob for a directory reaches everything below it.
    """
    distinct = sorted(set(files))
    if len(distinct) <= FILES:
        return {escape(file): [file] for file in distinct}
    suffix = escape(os.path.splitext(distinct[0])[1])
    tops: dict[str, list[str]] = {}
    for file in distinct:
        tops.setdefault(file.split("/", 1)[0] if "/" in file else "", []).append(file)
    if len(tops) > DIRECTORIES:
        return {f"**/*{suffix}": distinct}
    return {_below(top, members, suffix): members for top, members in tops.items()}


def _below(top: str, members: Sequence[str], suffix: str) -> str:
    if len(members) == 1:
        return escape(members[0])
    if not top:
        return f"*{suffix}"
    folders = {file.rpartition("/")[0] for file in members}
    return f"{escape(os.path.commonpath(folders))}/**/*{suffix}"


def name_globs(files: Iterable[str], kept: frozenset[str]) -> dict[str, list[str]]:
    """Return globs for files by directory, first part of the name and ending, each with the files it stands for.

    Args:
        files: relative to a root.
        kept: first parts of names, lower case, that say too little: such files stay as they are.
    """
    groups: dict[tuple[str, str, str], list[str]] = {}
    for file in sorted(set(files)):
        directory, _, name = file.rpartition("/")
        stem, suffix = os.path.splitext(name)
        found = _STEM.match(stem)
        first = found.group() if found else ""
        plain = len(first) < 4 or first.lower() in kept
        groups.setdefault((directory, stem if plain else first, suffix), []).append(file)
    return {_named(members): members for members in groups.values()}


def _named(members: Sequence[str]) -> str:
    if len(members) == 1:
        return escape(members[0])
    suffix = os.path.splitext(members[0])[1]
    prefix = common_prefix([file[: len(file) - len(suffix)] for file in members])
    return f"{escape(prefix)}*{escape(suffix)}"


def escape(path: str) -> str:
    """Return *path* as a literal of a path glob."""
    return "".join("\\" + char if char in _SPECIAL else char for char in path)
