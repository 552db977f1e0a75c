"""Quotes: around what need not have them, and where they end earlier than they seem to."""

from __future__ import annotations

from typing import Final, Iterator

from callgate.reviewer.mutate.base import PAYLOADS, Mutant, line, words_of

_HIDDEN: Final = (
    ("a quoted separator, then a real one", "{t} ';' ; {p}"),
    ("behind an empty word", "{t} ''; {p}"),
    ("behind an escaped quote", "{t} \\'; {p} \\'"),
    ("between two quotes", "{t} 'a'; {p}; 'b'"),
    ("behind $'…'", "{t} $'it\\'s'; {p}"),
    ("behind a quoted new line", "{t} 'a\nb'; {p}"),
    ("behind a comment sign in a word", "{t} a#b; {p}"),
    ("behind an escaped blank", "{t} a\\ ; {p}"),
    ("behind a double quote in single ones", "{t} '\"'; {p}; : '\"'"),
    ("behind a backslash in single quotes", "{t} '\\'; {p}; : '\\'"),
    ("in locale quotes", '{t} $"$({p})"'),
)


def hidden(text: str) -> Iterator[Mutant]:
    """Yield *text* with a command chained to it where a careless reader sees a quoted text."""
    for payload in PAYLOADS:
        for label, form in _HIDDEN:
            yield Mutant(label, form.format(t=text, p=payload), payload)


def quoting(text: str) -> Iterator[Mutant]:
    """Yield *text* with its first words spelled with quotes that change nothing."""
    words = words_of(text)
    for position, word in enumerate(words[:3]):
        if not word.isascii() or not word.isprintable() or word.startswith("~"):
            continue
        rest = (line(words[:position]), line(words[position + 1 :]))
        for label, spelled in _spellings(word):
            yield Mutant(f"{label} word {position + 1}", " ".join(part for part in (rest[0], spelled, rest[1]) if part))
    if words and not any(word.startswith("~") for word in words):
        yield Mutant("every word in single quotes", " ".join(f"'{word}'" for word in words if "'" not in word))
        yield Mutant("wide blanks", "  \t ".join(line([word]) for word in words) + "  ")


def _spellings(word: str) -> Iterator[tuple[str, str]]:
    middle = max(1, len(word) // 2)
    head, tail = word[:middle], word[middle:]
    if "'" in word or '"' in word:
        return
    yield "single quotes around", f"'{word}'"
    yield "double quotes around", f'"{word}"'
    yield "double quotes inside", f'{head}"{tail}"'
    yield "empty quotes inside", f"{head}''{tail}"
    yield "a backslash in", f"\\{word}" if word[0].isalpha() else f"{head}\\{tail}" if tail else f"\\{word}"
    yield "$'…' for", f"$'{word}'"
    yield "hexadecimal", "$'" + "".join(f"\\x{ord(char):02x}" for char in word) + "'"
    yield "octal", "$'" + "".join(f"\\{ord(char):03o}" for char in word) + "'"
    yield "two kinds of quotes in", f"\"{head}\"'{tail}'"
