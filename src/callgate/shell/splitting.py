"""`env -S STRING`: env takes the string apart by rules of its own, and goes on as if its words had stood there."""

from __future__ import annotations

from callgate.shell.words import Word

MAX_STRINGS = 4
"""Strings may hold `-S` again."""

_VALUES = "uC"
_LONG_VALUES = ("--unset", "--chdir")
_BLANKS = frozenset("\t\n\v\f\r")
# Quotes, escapes, variables and comments: env reads them in its own way.
_OWN_RULES = frozenset("'\"\\$#")


def split_strings(words: list[Word]) -> tuple[list[Word], str] | None:
    """Return *words*, a command line of env, with the string of each `-S` taken apart; `None` when there is none.

    With it comes why the result is not certain (empty when it is); then it is what is likely, for the denies.
    """
    doubt = ""
    for count in range(MAX_STRINGS):
        place = _find(words)
        if place is None:
            return (words, doubt) if count else None
        position, before, string, taken = place
        if string.dynamic or string.glob or not _OWN_RULES.isdisjoint(string.value):
            doubt = "what `env -S` makes of quotes, escapes and variables is not followed"
        bare = "".join(" " if char in _BLANKS else char for char in string.value if char not in _OWN_RULES)
        parts = [string._replace(value=part) for part in bare.split(" ") if part]
        flags = [words[position]._replace(value=before)] if before else []
        words = [*words[:position], *flags, *parts, *words[position + taken :]]
    return words, "`env -S` within `env -S`"


def _find(words: list[Word]) -> tuple[int, str, Word, int] | None:
    """Return (position, short options in front of it in the same word, the string, words that it takes)."""
    position = 1
    while position < len(words):
        value = words[position].value
        following = words[position + 1] if position + 1 < len(words) else None
        step = 1
        if value in {"-", "--"} or not value.startswith("-"):
            return None
        if value.startswith("--"):
            name, equals, attached = value.partition("=")
            if len(name) > 2 and "--split-string".startswith(name):
                string = words[position]._replace(value=attached) if equals else following
                return (position, "", string, 1 if equals else 2) if string is not None else None
            step = 2 if name in _LONG_VALUES and not equals else 1
        else:
            for index, letter in enumerate(value[1:], start=1):
                attached = value[index + 1 :]
                if letter == "S":
                    string = words[position]._replace(value=attached) if attached else following
                    before = value[:index] if index > 1 else ""
                    return (position, before, string, 1 if attached else 2) if string is not None else None
                if letter in _VALUES:
                    step = 1 if attached else 2
                    break
        position += step
    return None
