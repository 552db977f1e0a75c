"""The short way for the plainest source: one simple command whose words need no expansion.

Two thirds of what agents run is of that shape (`grep -n "def f" src/x.py`). Bash's grammar has nothing to add there,
so no syntax tree is made, and a hook process need not even load the parser. The language of this module is small
enough to be read at a glance, and a test holds what comes of it against what the tree yields for the same text.
"""

from __future__ import annotations

import re

from callgate.core.model import Span
from callgate.shell.words import Word

# A word: characters that mean nothing to bash wherever they stand, and whole quoted strings without expansions.
_WORD = re.compile(r"""[ \t]*+((?:[A-Za-z0-9_\-./:,=@%+]++|'[^']*+'|"[^"$`\\]*+")++)""")
_QUOTED = re.compile(r"""'([^']*+)'|"([^"]*+)\"""")
_BLANKS = " \t\n"

# First words that begin something else than a simple command, or that the grammar gives a node of their own.
_SPECIAL = frozenset({
    "if", "then", "elif", "else", "fi", "for", "while", "until", "do", "done", "case", "esac", "in", "select",
    "function", "time", "coproc", "-",
    "declare", "typeset", "export", "readonly", "local", "unset", "unsetenv",
})  # fmt: skip


def plain_words(source: str, fixed: Span | None = None) -> list[Word] | None:
    """Return the words of *source* when it is one plain simple command, else `None`.

    Their spans are those in *source*, or all *fixed*.

    No assignment, redirect, expansion, pattern, comment, escape, operator or reserved word: none of the characters
    that any of these needs is taken outside of quotes, and none of those that expand inside of double quotes.
    """
    words: list[Word] = []
    position = 0
    match = _WORD.match
    while found := match(source, position):
        text = found[1]
        start, position = found.span(1)
        span = fixed or Span(start, position)
        if "'" in text or '"' in text:
            words.append(Word(_QUOTED.sub(_unquoted, text), span, False, "", text[0] in "'\""))
        else:
            words.append(Word(text, span))
    if not words or source[position:].strip(_BLANKS):
        return None
    first = words[0].value
    # A name and `=` may be an assignment, whatever its quotes; `a=b` is one even between other words of a `export`.
    return None if "=" in first or first in _SPECIAL else words


def _unquoted(found: re.Match[str]) -> str:
    return found[1] if found[1] is not None else found[2]
