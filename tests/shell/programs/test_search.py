"""Programs that search file contents."""

from __future__ import annotations

import pytest
from util import opaque, run

GREP = [
    ("grep foo a", ["read /p/a"]),
    ("grep foo", []),
    ("grep 'rm -rf /' a", ["read /p/a"]),
    ("grep -e foo a b", ["read /p/a", "read /p/b"]),
    ("grep --reg=foo a", ["read /p/a"]),
    ("grep -f pats a", ["read /p/pats", "read /p/a"]),
    ("grep -nA3 foo a", ["read /p/a"]),
    ("grep -5 foo a", ["read /p/a"]),
    ("grep -- -r a", ["read /p/a"]),
    ("grep foo -", []),
    ("grep -r foo", ["read /p recursive"]),
    ("grep -rn foo src lib", ["read /p/src recursive", "read /p/lib recursive"]),
    ("grep -n --recu foo src", ["read /p/src recursive"]),
    ("grep foo src -R", ["read /p/src recursive"]),
    ("grep -d recurse foo src", ["read /p/src recursive"]),
    ("grep -d skip foo glob:*", ["read /p/*"]),
    ("rgrep foo", ["read /p recursive"]),
    ("egrep 'a|b' f", ["read /p/f"]),
    ("zgrep a f.gz", ["read /p/f.gz"]),
    ("grep -r --include='*.py' foo .", ["read /p recursive only=*.py"]),
    ("grep -r --include='*.py' --include='*.c' foo .", ["read /p recursive only=*.py,*.c"]),
    ("grep -r glob:--include=*.py foo .", ["read /p recursive only=*.py"]),
    ("grep -r --include='*.[ch]' foo .", ["read /p recursive"]),
    ("grep -r --exclude=.env foo .", ["read /p recursive skip=.env"]),
    ("grep -r --exclude-dir=.git foo .", ["read /p recursive skip=.git"]),
    ("grep -r glob:--exclude=.e* foo .", ["read /p recursive"]),
    ("grep -r --exclude-dir=a/b foo .", ["read /p recursive"]),
    ("grep -r --include='*.py' --exclude=.env --include=.env foo .", ["read /p recursive only=*.py,.env"]),
    ("grep -r --exclude=.env --include='*.py' --include='.env' foo .", ["read /p recursive"]),
    ("grep -r --exclude-from=x --include='*.py' foo .", ["read /p/x", "read /p recursive"]),
]

RG = [
    ("rg foo", ["read /p recursive skip=.*"]),
    ("rg foo src", ["read /p/src recursive skip=.*"]),
    ("rg -e foo src", ["read /p/src recursive skip=.*"]),
    ("rg --hidden foo", ["read /p recursive"]),
    ("rg -. foo", ["read /p recursive"]),
    ("rg -u foo", ["read /p recursive skip=.*"]),
    ("rg -uu foo", ["read /p recursive"]),
    ("rg -u -u foo", ["read /p recursive"]),
    ("rg -g '*.py' foo", ["read /p recursive only=*.py"]),
    ("rg -g '.*' foo", ["read /p recursive only=.*"]),
    ("rg -g '!*.py' foo", ["read /p recursive skip=*.py,.*"]),
    ("rg -g '!.env' -g '.*' foo", ["read /p recursive only=.*"]),
    ("rg -g 'src/**' foo", ["read /p recursive"]),
    ("rg --iglob '*.py' foo", ["read /p recursive"]),
    ("rg --ignore-file x foo", ["read /p/x", "read /p recursive"]),
    ("rg -f pats", ["read /p/pats", "read /p recursive skip=.*"]),
    ("rg --files", ["read /p"]),
    ("rg --files src", ["read /p/src"]),
    ("rg --type-list", []),
    ("rg -tpy -nC3 foo .env", ["read /p/.env recursive skip=.*"]),
]

OTHERS = [
    ("ag -i foo src", ["read /p/src recursive"]),
    ("ag -A 3 foo src", ["read /p/src recursive"]),
    ("ack --python foo", ["read /p recursive"]),
    ("ack -f", ["read /p recursive"]),
]

OPAQUE = [
    "rg --pre=sh foo",
    "rg --pre sh foo",
    "rg --hostname-bin=x foo",
    "rg $PATTERN src",
    "rg foo glob:*",
    "rg --unheard-of foo",
    "grep $PATTERN a",
    "grep -$FLAGS foo a",
    "grep --unheard-of foo a",
    "grep -A $@ foo a",
    "ag --pager=sh foo",
    "ag -A foo .env",
    "ack --pager=sh foo",
    "ack --output='$x' foo",
    "ack -x foo",
]


@pytest.mark.parametrize(("line", "expected"), GREP + RG + OTHERS)
def test_operations(line: str, expected: list[str]) -> None:
    """What is searched is read, as deep as the program goes and no narrower than it certainly stays."""
    assert run(line) == expected


@pytest.mark.parametrize("line", OPAQUE)
def test_opaque(line: str) -> None:
    """Options that start programs, and words that may turn into one, are unknown."""
    assert opaque(line)


def test_a_splitting_pattern_may_hold_files() -> None:
    """After `--` an unquoted expansion is no option, but it may hold more than the pattern."""
    assert run("grep -- $@ a") == ["read <dynamic>", "read /p/a"]
