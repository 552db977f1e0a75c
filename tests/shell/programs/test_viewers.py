"""Command lines of the family `viewers`, and what is found in them."""

from __future__ import annotations

import pytest
from util import opaque, run

KNOWN: list[tuple[str, list[str]]] = [
    ("less a.txt", ["read /p/a.txt"]),
    ("less -N +G a.txt", ["read /p/a.txt"]),
    ("less +/pattern a.txt", ["read /p/a.txt"]),
    ("less -o log a.txt", ["write /p/log via -o", "read /p/a.txt"]),
    ("more +5 a.txt", ["read /p/a.txt"]),
    ("more -d a", ["read /p/a"]),
    ("bat a.py", ["read /p/a.py"]),
    ("bat -p --line-range 1:5 a.py", ["read /p/a.py"]),
    ("bat --diff a.py", ["execute /p via --diff", "read /p/a.py"]),
    ("batcat -A a", ["read /p/a"]),
    ("bat --list-themes", []),
    ("vim --version", []),
    ("nano --help", []),
    ("tmux ls", []),
    ("tmux -V", []),
    ("bat --pager 'sh -c id' a", ["read /p/a", "script bat --pager: sh -c id"]),
    ("less -p foo a.txt", ["read /p/a.txt"]),
]

# What is found beside the part that is opaque.
PARTLY: list[tuple[str, list[str]]] = [
    ("less '+!id' a.txt", ["unknown `+!id` is a command of the pager via +!id", "read /p/a.txt"]),
]

OPAQUE = [
    "less -t tag",
    "less -ttag",
    "less -p 'x\n!id' a.txt",
    "less --pattern='$X' a.txt",
    "less '+!id' a.txt",
    "less +v a",
    "less '+/x!id' a",
    "less -k keys a",
    "less --lesskey-src=x a",
    'less "$X"',
    "more '+!id' a",
    "bat --pager=$X a",
    "bat cache --build",
    "bat --lessopen a",
    "vim a",
    "vi -c ':!id'",
    "emacs --batch",
    "nano a",
    "code .",
    "open .",
    "xdg-open http://x",
    "tmux new -d x",
    "screen -dm x",
    "expect x",
]


@pytest.mark.parametrize(("line", "expected"), KNOWN)
def test_known(line: str, expected: list[str]) -> None:
    """A pager reads; editors, openers and multiplexers are unknown."""
    assert run(line) == expected
    assert not opaque(line)


@pytest.mark.parametrize(("line", "expected"), PARTLY)
def test_partly_known(line: str, expected: list[str]) -> None:
    """What can be told is told even when the rest is opaque."""
    assert run(line) == expected
    assert opaque(line)


@pytest.mark.parametrize("line", OPAQUE)
def test_not_known(line: str) -> None:
    """What only a rule that names it may cover is opaque."""
    assert opaque(line)
