"""Paths: out of the place that is allowed, and other spellings of the same place."""

from __future__ import annotations

from typing import Final, Iterator

from callgate.reviewer.mutate.base import Mutant, line, words_of

_OUT: Final = "/etc/passwd"
_HOME: Final = "~/.zqx/key"
_OF_HOME: Final = frozenset({"the home directory", "a variable"})
"""Forms that lead there, and not to `_OUT`."""
_UP: Final = "../" * 12
_ESCAPES: Final = (
    ("upwards", _UP + "etc/passwd"),
    ("through the word", "{w}/" + _UP + "etc/passwd"),
    ("through its directory", "./{w}/../" + _UP + "etc/passwd"),
    ("with double slashes", "..//" * 12 + "etc//passwd"),
    ("with dots", "./.././" * 12 + "etc/passwd"),
    ("absolute", _OUT),
    ("two slashes in front", "//etc/passwd"),
    ("the home directory", "~/.zqx/key"),
)
_UNQUOTED: Final = (
    ("a variable", '"$HOME"/.zqx/key'),
    ("another user's home", "~root/.profile"),
    ("the old directory", "~-/../../../../../../etc/passwd"),
    ("a substring of a variable", '"${{HOME%%[!/]*}}"etc/passwd'),
    ("a pattern", "/etc/pass?d"),
    ("a pattern over directories", "/e*/passwd"),
)


def escapes(text: str) -> Iterator[Mutant]:
    """Yield *text* with one of its words made to lead out of the project."""
    words = words_of(text)
    for position, word in enumerate(words):
        if position == 0 or word.startswith("-") or not _is_path(word):
            continue
        plain = line([*words[:position], _OUT, *words[position + 1 :]])
        at_home = " ".join([line(words[:position]), _HOME, line(words[position + 1 :])]).rstrip()
        front, back = line(words[:position]), line(words[position + 1 :])
        for label, form in (*_ESCAPES, *_UNQUOTED):
            changed = form.format(w=line([word]))
            text = " ".join(part for part in (front, changed, back) if part)
            yield Mutant(label, text, at_home if label in _OF_HOME else plain)
        both = line([*words[:position], word, _OUT, *words[position + 1 :]])
        braces = f"{{{line([word])},{_OUT}}}"
        yield Mutant("braces", " ".join(part for part in (front, braces, back) if part), both)
    if words:
        at = [position for position, word in enumerate(words) if position and _is_path(word)]
        if at:
            moved = line([*words[: at[0]], "passwd", *words[at[0] + 1 :]])
            plain = line([*words[: at[0]], _OUT, *words[at[0] + 1 :]])
            yield Mutant("from another directory", f"cd /etc && {moved}", plain)
            yield Mutant("from another directory, in a subshell", f"(cd /etc; {moved})", plain)
            yield Mutant("from a directory that is pushed", f"pushd /etc; {moved}", plain)


def spellings(text: str) -> Iterator[Mutant]:
    """Yield *text* with its paths, and its program, spelled in another way."""
    words = words_of(text)
    if not words:
        return
    if "/" not in words[0]:
        for directory in ("/usr/bin/", "/bin/", "/usr/bin/../bin/", "/usr//bin/"):
            yield Mutant(f"program in {directory}", line([directory + words[0], *words[1:]]))
    for position, word in enumerate(words):
        if not position or not _is_path(word) or word.startswith("-"):
            continue
        for label, changed in _same_place(word):
            yield Mutant(label, line([*words[:position], changed, *words[position + 1 :]]))


def _same_place(word: str) -> Iterator[tuple[str, str]]:
    head, slash, name = word.rpartition("/")
    if word.startswith("/"):
        yield "double slashes", word.replace("/", "//")
        yield "up and down again", f"/usr/..{word}"
        yield "with dots", word.replace("/", "/./")
    elif not word.startswith("~"):
        yield "here", f"./{word}"
        yield "up and down again", f"zqx/../{word}"
        yield "with dots", f"././{head + slash}./{name}" if slash else f"././{word}"


def _is_path(word: str) -> bool:
    return "/" in word or ("." in word.strip(".") and not word.startswith("-") and " " not in word) or word == "x"
