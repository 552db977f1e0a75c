"""The narrowest word matcher: what a set of words that stood in the same place has in common.

Few words stay a set of words. Many become globs, one for each *scheme*: the first part of the word (a directory, or
what stands before the first `_`, `-`, `.` …) and its ending. Nothing is ever matched by a lone `*`, and no glob
begins with a wildcard or a dash: where a word stood, no option can stand.

Laws (tests/reviewer/test_matcher.py): every given word is matched; the order of the words does not matter; fewer
words never match more.
"""

from __future__ import annotations

import functools
import re
from typing import Final, Iterable, NamedTuple, Sequence

LITERALS: Final = 4
"""So many different words are listed as they are."""

_DIRECTORY: Final = re.compile(r"(?:(?:\.{1,2}/)+|/[^/]+/)?[^/]+/(?=.)")
_CHUNK: Final = re.compile(r"[A-Za-z0-9]+[_.:=@-](?=.)")
_ENDING: Final = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,7}\Z")
_MEMBER: Final = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,7}::")
"""In `tests/test_x.py::TestY::test_z`, where the file ends."""

_SPECIAL: Final = frozenset("*?()|'\"\\ ")


class Scheme(NamedTuple):
    """What words must share to become one glob."""

    head: str
    middle: str
    tail: str


class Glob(NamedTuple):
    """A word with wildcards: literal pieces, any characters between two of them. One piece is a plain word."""

    pieces: tuple[str, ...]

    @property
    def text(self) -> str:
        """As it is written in a `command` pattern."""
        return "*".join(escape(piece) for piece in self.pieces)

    def matches(self, word: str) -> bool:
        """Whether *word* is one that the glob stands for."""
        return re.fullmatch(".*".join(map(re.escape, self.pieces)), word, re.DOTALL) is not None


@functools.lru_cache(maxsize=8_192)
def scheme(word: str) -> Scheme:
    """Return the scheme of *word*; a word that has no parts is its own scheme."""
    found = _DIRECTORY.match(word) or (None if "/" in word else _CHUNK.match(word))
    if found is None or word.startswith("-"):
        return Scheme(word, "", "")
    head, rest = found.group(), word[found.end() :]
    member = _MEMBER.search(rest)
    if member is not None:
        return Scheme(head, member.group(), "")
    ending = _ENDING.search(rest)
    return Scheme(head, "", ending.group() if ending is not None else "")


def narrowest(words: Iterable[str]) -> tuple[Glob, ...]:
    """Return what matches all *words* and as little else as possible, sorted; nothing for no words."""
    distinct = sorted(set(words))
    if len(distinct) <= LITERALS:
        return tuple(Glob((word,)) for word in distinct)
    groups: dict[Scheme, list[str]] = {}
    for word in distinct:
        groups.setdefault(scheme(word), []).append(word)
    globs = sorted(_glob(found, members) for found, members in groups.items())
    return tuple(one for one in globs if not any(_holds(other, one) for other in globs if other is not one))


def _holds(wide: Glob, narrow: Glob) -> bool:
    """Whether *wide* matches all that *narrow* does, as far as that shows: `tests/*` and `tests/*.py`."""
    if len(wide.pieces) == 1 or wide == narrow:
        return False
    same_end = narrow.pieces[-1].endswith(wide.pieces[-1])
    begins = narrow.pieces[0].startswith(wide.pieces[0])
    if len(narrow.pieces) == 1:
        return wide.matches(narrow.pieces[0])
    return begins and same_end and len(wide.pieces) == 2


def _glob(common: Scheme, members: Sequence[str]) -> Glob:
    if len(members) == 1:
        return Glob((members[0],))
    # The ending is left out of what is compared, or `aa.py` and `aa.p.py` would need the same dot twice.
    starts = [_start(common, word) for word in members]
    prefix = common_prefix(starts)
    return Glob((prefix, common.middle, "") if common.middle else (prefix, common.tail))


def _start(common: Scheme, word: str) -> str:
    if common.middle:
        return word[: word.index(common.middle, len(common.head))]
    return word[: len(word) - len(common.tail)]


def common_prefix(texts: Sequence[str]) -> str:
    """Return the longest text that all *texts* begin with; at least one is given."""
    first, last = min(texts), max(texts)
    return first[
        : next((at for at, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]), len(first))
    ]


def escape(word: str) -> str:
    """Return *word* as a literal of a `command` pattern."""
    return "".join("\\" + char if char in _SPECIAL else char for char in word)
