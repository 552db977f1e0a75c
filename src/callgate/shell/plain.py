"""The short way for the plainest source: a pipeline of simple commands whose words need no expansion.

Three quarters of what agents run is of that shape (`grep -n "def f" src/x.py | head -5`), most of it one command.
Bash's grammar has nothing to add there, so no syntax tree is made, and a hook process need not even load the parser.
The language of this module is small enough to be read at a glance, and a test holds what comes of it against what the
tree yields for the same text.
"""

from __future__ import annotations

import re

from callgate.core.model import Span
from callgate.shell.words import Word

# A word: characters that mean nothing to bash wherever they stand, and whole quoted strings without expansions.
_WORD = re.compile(r"""[ \t]*+((?:[A-Za-z0-9_\-./:,=@%+]++|'[^']*+'|"[^"$`\\]*+")++)""")
_QUOTED = re.compile(r"""'([^']*+)'|"([^"]*+)\"""")
# What `Word(text, span)` does in twice the time: every word of nearly every command comes through here.
_new = tuple.__new__
_DEFAULTS = tuple(Word._field_defaults.values())

_BLANKS = " \t\n"

# First words that begin something else than a simple command, or that the grammar gives a node of their own.
_SPECIAL = frozenset({
    "if", "then", "elif", "else", "fi", "for", "while", "until", "do", "done", "case", "esac", "in", "select",
    "function", "time", "coproc", "-",
    "declare", "typeset", "export", "readonly", "local", "unset", "unsetenv",
})  # fmt: skip


def plain_pipeline(source: str, fixed: Span | None = None) -> list[list[Word]] | None:
    """Return the words of each stage when *source* is a plain pipeline (of one command, mostly), else `None`.

    Their spans are those in *source*, or all *fixed*.

    No assignment, redirect, expansion, pattern, comment, escape, list or reserved word: none of the characters that
    any of these needs is taken outside of quotes, and none of those that expand inside of double quotes.
    """
    stages: list[list[Word]] = []
    position = 0
    while True:
        words, position = _words(source, position, fixed)
        if not words or "=" in words[0].value or words[0].value in _SPECIAL:
            return None  # a name and `=` may be an assignment, whatever its quotes
        stages.append(words)
        while source.startswith((" ", "\t"), position):
            position += 1
        # `||` and `|&` leave an operator where the next stage's first word must be.
        if source[position : position + 1] != "|":
            return None if source[position:].strip(_BLANKS) else stages
        position += 1


def _words(source: str, position: int, fixed: Span | None) -> tuple[list[Word], int]:
    """Return the words from *position* on and where they end."""
    words: list[Word] = []
    match = _WORD.match
    while found := match(source, position):
        text = found[1]
        start, position = found.span(1)
        span = fixed or _new(Span, (start, position))
        if "'" in text or '"' in text:
            words.append(Word(_QUOTED.sub(_unquoted, text), span, False, "", text[0] in "'\""))
        else:
            words.append(_new(Word, (text, span, *_DEFAULTS)))
    return words, position


def _unquoted(found: re.Match[str]) -> str:
    return found[1] if found[1] is not None else found[2]
