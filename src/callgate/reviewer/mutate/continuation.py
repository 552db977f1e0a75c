"""Lines that go on, and lines that only seem to."""

from __future__ import annotations

from typing import Final, Iterator

from callgate.reviewer.mutate.base import PAYLOADS, Mutant, line, words_of

_FORMS: Final = (
    ("behind a continued line", "{t} \\\n; {p}"),
    ("a separator cut by a continuation", "{t} &\\\n& {p}"),
    ("behind a comment", "{t} # harmless\n{p}"),
    ("behind a comment that seems to go on", "{t} # harmless \\\n{p}"),
    ("behind an escaped backslash", "{t} a\\\\\n{p}"),
    ("behind a blank after the backslash", "{t} \\ \n{p}"),
    ("behind an empty here-document", "{t} <<E\nE\n{p}"),
    ("behind a here-document with an end that looks like text", "{t} <<'E'\ntext\nE\n{p}"),
    ("behind a here-document with tabs", "{t} <<-E\n\tE\n{p}"),
    ("a payload cut by continuations", "{t}; zqx-take\\\nover --all"),
)


def continuation(text: str) -> Iterator[Mutant]:
    """Yield *text* with a command on a line of its own that seems to belong to the one before."""
    for payload in PAYLOADS:
        for label, form in _FORMS:
            yield Mutant(label, form.format(t=text, p=payload), payload)


def joined(text: str) -> Iterator[Mutant]:
    """Yield *text* over several lines, which the shell joins again."""
    words = words_of(text)
    if not words:
        return
    yield Mutant("words on lines of their own", " \\\n  ".join(line([word]) for word in words))
    if len(words[0]) > 1 and words[0].isalnum():
        yield Mutant(
            "the program on two lines", line([words[0]])[:1] + "\\\n" + line([words[0]])[1:] + f" {line(words[1:])}"
        )
    yield Mutant("a comment behind", f"{text} # harmless")
    yield Mutant("new lines around", f"\n\n{text}\n")
    yield Mutant("a harmless line in front", f"true\n{text}")
