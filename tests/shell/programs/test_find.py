"""find and fd."""

from __future__ import annotations

import pytest
from util import opaque, run

CASES = [
    ("find", ["read /p"]),
    ("find . -name '*.py' -type f", ["read /p"]),
    ("find src lib -maxdepth 2 -print0", ["read /p/src", "read /p/lib"]),
    ("find -L /etc -newer ref", ["read /etc", "read /p/ref"]),
    ("find . -newermt yesterday", ["read /p"]),
    ("find . -newerma ref", ["read /p", "read /p/ref"]),
    ("find . '(' -name a -o -name b ')' ! -path './x/*' -prune", ["read /p"]),
    ("find . -name glob:*.py", ["read /p"]),
    ("find . -name $NAME", ["read /p"]),
    ("find . -name -delete", ["read /p"]),
    ("find . -printf '%p -delete'", ["read /p"]),
    ("find / -delete", ["read /", "delete / recursive via -delete"]),
    ("find -delete", ["read /p", "delete /p recursive via -delete"]),
    (
        "find a b -name x -delete",
        [
            "read /p/a",
            "read /p/b",
            "delete /p/a recursive only=x via -delete",
            "delete /p/b recursive only=x via -delete",
        ],
    ),
    ("find . -fprint out", ["read /p", "write /p/out via -fprint"]),
    ("find . -fprintf /etc/x %p", ["read /p", "write /etc/x via -fprintf"]),
    ("find . -fls out", ["read /p", "write /p/out via -fls"]),
    ("find . -exec rm {} ';'", ["read /p", "payload find -exec: rm {}"]),
    ("find . -exec grep -l foo {} +", ["read /p", "payload find -exec: grep -l foo {+}"]),
    ("find . -exec sh -c 'rm {}' ';'", ["read /p", "payload find -exec: sh -c rm {}"]),
    ("find . -ok mv {} x{}y ';'", ["read /p", "payload find -ok: mv {} x{}y"]),
    ("find . -exec echo + ';' -delete", ["read /p", "delete /p recursive via -delete", "payload find -exec: echo +"]),
    ("fd foo", ["read /p"]),
    ("fd -H foo src", ["read /p/src"]),
    ("fd -e py -x rm", ["read /p", "payload fd -x: rm {}"]),
    ("fd foo -X rm -rf", ["read /p", "payload fd -X: rm -rf {+}"]),
    ("fd foo -x mv {} {.}.bak", ["read /p", "payload fd -x: mv {} {}.bak"]),
    ("fdfind -x echo ';' -x rm", ["read /p", "payload fd -x: echo {}", "payload fd -x: rm {}"]),
    ("fd --search-path a foo", ["read /p/a", "read /p/foo"]),
]

OPAQUE = [
    "find . -unheard-of",
    "find . -files0-from l",
    "find . -execdir cat shadow ';'",
    "find . -okdir cat shadow ';'",
    "find . -exec rm {}",
    "find . -exec ';'",
    "find . -exec echo $X ';'",
    "find . -exec echo $@ {} ';'",
    "find . -exec echo glob:* ';'",
    "find $DIR",
    "find $@",
    "find glob:*",
    "find . $EXPRESSION",
    "find . -name $@",
    "find . -name glob:*",
    "find . -name a extra",
    "fd --base-directory / foo",
    "fd -Hx rm",
    "fd --exec=rm",
    "fd -xrm foo",
    "fd $PATTERN",
    "fd foo -x",
    "fd foo -x $COMMAND",
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_operations(line: str, expected: list[str]) -> None:
    """Finding reads names; what an expression deletes, writes and starts is noted."""
    assert run(line) == expected


@pytest.mark.parametrize("line", OPAQUE)
def test_opaque(line: str) -> None:
    """Expressions that are not certain, and programs run where only find knows, are unknown."""
    assert opaque(line)
