"""sed."""

from __future__ import annotations

import pytest
from util import opaque, run

from callgate.shell.programs.sed import Effect, UncertainError, effects

CASES = [
    ("sed -n 1,5p a", ["read /p/a"]),
    ("sed 's/a/b/g' a b", ["read /p/a", "read /p/b"]),
    ("sed 's/a/b/'", []),
    ("sed -e 1d -e 's/rm/e w/' a", ["read /p/a"]),
    ("sed -E 's|/usr/bin|/opt|' a -", ["read /p/a"]),
    ("sed -i s/a/b/ f", ["read /p/f", "write /p/f via -i"]),
    ("sed -Ei s/a/b/ f", ["read /p/f", "write /p/f via -i"]),
    ("sed --in-pl s/a/b/ f", ["read /p/f", "write /p/f via -i"]),
    ("sed s/a/b/ f -i", ["read /p/f", "write /p/f via -i"]),
    ("sed -i.bak s/a/b/ f", ["read /p/f", "write /p/f via -i", "write /p/f.bak via -i"]),
    ("sed -ie s/a/b/ f", ["read /p/f", "write /p/f via -i", "write /p/fe via -i"]),
    ("sed -i -e s/a/b/ /etc/x", ["read /etc/x", "write /etc/x via -i"]),
    ("sed -i '' s/a/b/ f", ["read /p/f", "write /p/s/a/b via -i", "write /p/f via -i"]),
    ("sed -n -i '' /etc/target", ["write /etc/target via -i"]),
    ("sed 'w /etc/x' a", ["write /etc/x via w", "read /p/a"]),
    ("sed -e '1!{w out' -e '}' a", ["write /p/out via w", "read /p/a"]),
    ("sed 's/a/b/gw out;p' a", ["write /p/out;p via w", "read /p/a"]),
    ("sed 'w /dev/stdout' a", ["read /p/a"]),
    ("sed '$r /etc/shadow' a", ["read /etc/shadow", "read /p/a"]),
    ("sed 'R x' a", ["read /p/x", "read /p/a"]),
]

OPAQUE = [
    "sed e a",
    "sed '1e id' a",
    "sed 's/a/id/e' a",
    "sed 's/a/id/ge' a",
    "sed '/x/{s/a/b/;e' -e '}' a",
    "sed -n '/[/]/w x' a",
    "sed -f script a",
    "sed --fi=script a",
    "sed $SCRIPT a",
    "sed -n $START,5p a",
    "sed s/a/b/ $@",
    "sed s/a/b/ glob:*.py",
    "sed -i/tmp/x s/a/b/ f",
    "sed -i'bak/*' s/a/b/ f",
    "sed -i.bak s/a/b/ glob:a*",
    "sed -l 5 p a",
    "sed 'saxbxa' a",
    "sed 'p p' a",
    "sed '{p' a",
    "sed p} a",
    "sed 's/a/b' a",
]

EFFECTS: list[tuple[str, list[Effect]]] = [
    (":a;N;$!ba;s/\n/ /g".replace("\n", "\\n"), []),
    ("/a/,/b/{//!d;}", []),
    ("0~4p;2,+3d;/x/I,$d", []),
    ("\\,w x,d", []),
    ("s,w x,e,;y/we/ew/", []),
    ("s/[^/]*$//".replace("[^/]", "[^,]"), []),
    ("s/\\[a\\/b\\]/\\/e/", []),
    ("a w x\nw y", [Effect("write", "y")]),
    ("a\\\nw x\\\nw y\nw z", [Effect("write", "z")]),
    ("i\\  text w x", []),
    ("# w x\\\nw y", [Effect("write", "y")]),
    ("/a/ , /b/ ! w x", [Effect("write", "x")]),
    ("s/[[:alpha:]]/x/w y", [Effect("write", "y")]),
    ("s/a/\\\nb/;w y", [Effect("write", "y")]),
    ("b end;w x", [Effect("write", "x")]),
    ("r a;w b", [Effect("read", "a;w b")]),
]

UNCERTAIN = [
    "s/[/]/x/w f",
    "s/[\\]/x/w f",
    "s/a\n/b/",
    "a\\\\\nw x",
    "a\\ \nw x",
    ":a;a\\\nw x",
    "s a b ",
    "y/a/b",
    "k",
    "}",
    "{",
    "1,p",
    "w",
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_operations(line: str, expected: list[str]) -> None:
    """Files that a script or `-i` reads and writes are noted."""
    assert run(line) == expected


@pytest.mark.parametrize("line", OPAQUE)
def test_opaque(line: str) -> None:
    """A script that runs commands, comes from elsewhere or cannot be read with certainty is unknown."""
    assert opaque(line)


@pytest.mark.parametrize(("script", "expected"), EFFECTS)
def test_effects(script: str, expected: list[Effect]) -> None:
    """Text, patterns and labels are no commands; commands are found wherever they stand."""
    assert effects(script) == expected


@pytest.mark.parametrize("script", UNCERTAIN)
def test_uncertain(script: str) -> None:
    """What implementations read differently, or what is no script, is refused."""
    with pytest.raises(UncertainError):
        effects(script)
