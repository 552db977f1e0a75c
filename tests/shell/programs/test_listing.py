"""Programs that say which files there are and what they are."""

from __future__ import annotations

import pytest
from util import opaque, run

CASES = [
    ("ls", ["read /p"]),
    ("ls -la src", ["read /p/src"]),
    ("ls -lahtrR --color=auto a b", ["read /p/a", "read /p/b"]),
    ("ls -- -l", ["read /p/-l"]),
    ("ls $DIR", ["read <dynamic>"]),
    ("ls -I '*.pyc' src", ["read /p/src"]),
    ("stat -c %s a", ["read /p/a"]),
    ("stat --format=%s a", ["read /p/a"]),
    ("file -b a", ["read /p/a"]),
    ("file -m magic a", ["read /p/magic", "read /p/a"]),
    ("file -C -m magic", ["write /p recursive via -C", "read /p/magic"]),
    ("file --comp -m magic", ["write /p recursive via -C", "read /p/magic"]),
    ("du -sh", ["read /p"]),
    ("du -sh glob:*", ["read /p/*"]),
    ("du -d1 -X pats src", ["read /p/pats", "read /p/src"]),
    ("df -h", []),
    ("df -h /", ["read /"]),
    ("tree -L 2 src", ["read /p/src"]),
    ("tree -aI node_modules", ["read /p"]),
    ("tree -aL 2 src", ["read /p/src"]),
    ("tree -ao out", ["write /p/out via -o", "read /p"]),
    ("tree --sort=size", ["read /p"]),
    ("realpath -m ../x", ["read /x"]),
    ("readlink -f a", ["read /p/a"]),
    ("basename /etc/shadow .x", []),
    ("dirname $FILE", []),
    ("pwd -P", []),
    ("which -a python", []),
    ("whereis -b ls", []),
    ("locate -i name", []),
]

OPAQUE = [
    "file -f list",
    "file -m a:b x",
    "du --files0-from=l",
    "tree -R -L 1 -H x",
    "locate -d db x",
    "ls --unheard-of",
    "ls -T a b",
    "ls -$FLAGS",
    "tree -of out",
    "tree -ofoo out",
    "tree $OPT",
    "tree glob:*",
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_operations(line: str, expected: list[str]) -> None:
    """Listing reads what it lists, and options that write or read further files are noted."""
    assert run(line) == expected


@pytest.mark.parametrize("line", OPAQUE)
def test_opaque(line: str) -> None:
    """Lists of further files, files with made-up names and undeclared options are unknown."""
    assert opaque(line)
