"""Base-name patterns that search programs take, as far as `Operation.only` and `skip` can express them."""

from __future__ import annotations

from callgate.core.model import DYNAMIC, SPLIT
from callgate.shell.words import Word

_BEYOND = frozenset("/[]\\{}!" + DYNAMIC + SPLIT)


def is_simple(word: Word) -> bool:
    """Whether *word* is a base-name pattern of literal text, `*` and `?` that means the same to every program."""
    return bool(word.value) and not _BEYOND.intersection(word.value)


def only(words: list[Word]) -> tuple[str, ...]:
    """Return the patterns of *words* as `Operation.only`: none at all when one of them says more than a base name."""
    return tuple(word.value for word in words) if all(is_simple(word) for word in words) else ()


def skip(words: list[Word]) -> tuple[str, ...]:
    """Return those of *words* that are certain to leave files out: a pattern the shell may replace is not."""
    return tuple(word.value for word in words if is_simple(word) and not word.glob)
