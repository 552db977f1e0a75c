"""Command lines of the family `utilities`, and what is found in them."""

from __future__ import annotations

import pytest
from util import opaque, run

KNOWN: list[tuple[str, list[str]]] = [
    ("patch a.py a.patch", ["read /p/a.patch", "write /p/a.py", "write /p/a.py.orig", "write /p/a.py.rej"]),
    ("patch -p1", ["write /p recursive"]),
    ("patch -p1 -i fix.patch", ["read /p/fix.patch", "write /p recursive"]),
    ("patch -d sub -p0", ["write /p/sub recursive"]),
    ("patch --dry-run -p1", ["read /p"]),
    ("patch -o out a b", ["write /p/out via -o", "read /p/b", "read /p/a"]),
    ("patch -R -N a.py fix.patch", ["read /p/fix.patch", "write /p/a.py", "write /p/a.py.orig", "write /p/a.py.rej"]),
    ("nm -D lib.so", ["read /p/lib.so"]),
    ("objdump -d a.out", ["read /p/a.out"]),
    ("objdump -s -b binary -f ../x", ["read /x"]),
    ("objdump -s -b binary -x ../x", ["read /x"]),
    ("objdump -p -R ../x", ["read /x"]),
    ("nm -p ../x", ["read /x"]),
    ("addr2line -e ../x 0x10", ["read /x"]),
    ("c++filt @../x", ["read /x"]),
    ("scc -o ../x src", ["write /x via -o", "read /p/src recursive"]),
    ("scc -f json", ["read /p recursive"]),
    ("tokei -o json -i ../x .", ["read /x", "read /p recursive"]),
    ("cloc -out=../x src", ["write /x via --out", "read /p/src recursive"]),
    ("cloc --rep ../x src", ["write /x via --out", "read /p/src recursive"]),
    ("cloc -exclude-dir=a --csv src", ["read /p/src recursive"]),
    ("lsd -t ../x", ["read /x"]),
    ("readelf -h a", ["read /p/a"]),
    ("size a", ["read /p/a"]),
    ("c++filt x", []),
    ("ar t lib.a", ["read /p/lib.a"]),
    ("ldd ./prog", ["execute /p/prog"]),
    ("strip prog", ["write /p/prog"]),
    ("sponge a.txt", ["write /p/a.txt"]),
    ("envsubst", ["system prints the environment"]),
    ("cloc src", ["read /p/src recursive"]),
    ("tokei", ["read /p recursive"]),
    ("eza -la src", ["read /p/src"]),
    ("exa", ["read /p"]),
    ("lsd --tree", ["read /p"]),
    ("tldr tar", ["network <dynamic>"]),
    ("entr make", ["payload entr: make"]),
    ("entr -r pytest -q", ["payload entr: pytest -q"]),
    ("entr -s 'rm x'", ["script entr -s: rm x"]),
    (
        "pre-commit run --all-files",
        ["execute /p recursive", "system installs packages", "execute package scripts", "network <dynamic>"],
    ),
    (
        "pre-commit install",
        [
            "execute /p recursive",
            "system installs packages",
            "execute package scripts",
            "network <dynamic>",
            "system changes the hooks: pre-commit install",
        ],
    ),
    ("pre-commit --version", []),
    ("git-lfs ls-files", ["execute /p"]),
    ("chronic make", ["payload chronic: make"]),
    ("hexyl a", ["read /p/a"]),
    ("dos2unix a.txt", ["write /p/a.txt"]),
    ("parallel --version", []),
]

# What is found beside the part that is opaque.
PARTLY: list[tuple[str, list[str]]] = [
    (
        "objdump -S a.out",
        [
            "unknown option `-S` of `objdump`: prints the sources that the object names via -S",
            "read /p/a.out",
        ],
    ),
]

OPAQUE = [
    "patch -e a b",
    "patch --ed a b",
    "patch -g 1 a b",
    "patch -B /x/ a b",
    'patch "$X"',
    "patch --follow-symlinks -p0",
    "patch -d sub a b",
    "ar x lib.a",
    "objdump -S a.out",
    "objdump -dS a.out",
    "objdump --sour a.out",
    "nm @x",
    "objdump @x",
    "readelf @x",
    "strip @x",
    "ar t lib.a --plugin=./x",
    "ar t lib.a @x",
    "cloc --extract-with $X src",
    "sloccount src",
    "fzf",
    "fzf --preview 'rm x'",
    "entr rm /_",
    "entr",
    "entr -q x",
    "parallel rm",
    "git-lfs push",
    "git-lfs ls-files $X",
    "cloc --list-file=x",
    "cloc --git HEAD",
    "tokei --frobnicate",
    "script -c id",
]


@pytest.mark.parametrize(("line", "expected"), KNOWN)
def test_known(line: str, expected: list[str]) -> None:
    """Small programs note what they read, write and start."""
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
