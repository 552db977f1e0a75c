"""Command lines of the family `compilers`, and what is found in them."""

from __future__ import annotations

import pytest
from util import opaque, run

KNOWN: list[tuple[str, list[str]]] = [
    ("gcc --version", []),
    ("rustc --version", []),
    ("rustc a.rs", ["execute /p recursive", "read /p/a.rs", "write /p recursive"]),
    ("rustc -O -o x a.rs", ["write /p/x via -o", "execute /p recursive", "read /p/a.rs"]),
    ("rustc -C opt-level=3 a.rs", ["execute /p recursive", "read /p/a.rs", "write /p recursive"]),
    ("rustc --print cfg=x", ["write /p/x via --print"]),
    ("rustc --print sysroot", []),
    ("c++ --version", []),
    ("clang++ --version", []),
    ("cpp --version", []),
    ("gcc-11 --version", []),
    ("gcc-12 --version", []),
    ("gcc-13 --version", []),
    ("gcc-14 --version", []),
    ("g++-11 --version", []),
    ("g++-12 --version", []),
    ("g++-13 --version", []),
    ("g++-14 --version", []),
    ("g++ --version", []),
    ("clang --version", []),
    ("cc --version", []),
    ("cc -dumpversion", []),
    ("gcc -v", []),
    ("rustc -V", []),
    (
        "rustc --sysroot x a.rs",
        ["execute /p/x via --sysroot", "execute /p recursive", "read /p/a.rs", "write /p recursive"],
    ),
]

# What is found beside the part that is opaque.
PARTLY: list[tuple[str, list[str]]] = [
    (
        "gcc -wrapper sh,-c a.c",
        [
            "unknown option `-wrapper` of `gcc` is not known via -wrapper",
            "read /p/sh,-c",
            "read /p/a.c",
            "unknown reads whatever the sources include",
            "write /p/a.out",
        ],
    ),
    (
        "gcc -Wl,--dynamic-linker=x a.c",
        [
            "unknown option `-Wl,--dynamic-linker` of `gcc` is not known via -Wl,--dynamic-linker",
            "read /p/a.c",
            "unknown reads whatever the sources include",
            "write /p/a.out",
        ],
    ),
    (
        "gcc -Wp,-MD,x a.c",
        [
            "unknown option `-Wp,-MD,x` of `gcc` is not known via -Wp,-MD,x",
            "read /p/a.c",
            "unknown reads whatever the sources include",
            "write /p/a.out",
        ],
    ),
    (
        "gcc -Wa,-x a.c",
        [
            "unknown option `-Wa,-x` of `gcc` is not known via -Wa,-x",
            "read /p/a.c",
            "unknown reads whatever the sources include",
            "write /p/a.out",
        ],
    ),
    (
        "gcc -Xlinker x a.c",
        [
            "unknown option `-Xlinker` of `gcc` is not known via -Xlinker",
            "read /p/x",
            "read /p/a.c",
            "unknown reads whatever the sources include",
            "write /p/a.out",
        ],
    ),
    (
        "gcc -fdump-tree-all=x a.c",
        [
            "unknown option `-fdump-tree-all` of `gcc` is not known via -fdump-tree-all",
            "read /p/a.c",
            "unknown reads whatever the sources include",
            "write /p/a.out",
        ],
    ),
    (
        "gcc -fprofile-use=x a.c",
        [
            "unknown option `-fprofile-use` of `gcc` is not known via -fprofile-use",
            "read /p/a.c",
            "unknown reads whatever the sources include",
            "write /p/a.out",
        ],
    ),
    (
        "gcc -fcompare-debug=-fplugin=x a.c",
        [
            "unknown option `-fcompare-debug` of `gcc` is not known via -fcompare-debug",
            "read /p/a.c",
            "unknown reads whatever the sources include",
            "write /p/a.out",
        ],
    ),
    (
        "gcc -save-temps a.c",
        [
            "unknown option `-save-temps` of `gcc` is not known via -save-temps",
            "read /p/a.c",
            "unknown reads whatever the sources include",
            "write /p/a.out",
        ],
    ),
    (
        "clang -fpass-plugin=x a.c",
        [
            "unknown option `-fpass-plugin` of `clang` is not known via -fpass-plugin",
            "read /p/a.c",
            "unknown reads whatever the sources include",
            "write /p/a.out",
        ],
    ),
    (
        "clang --config=x a.c",
        [
            "unknown option `--config` of `clang` is not known via --config",
            "read /p/a.c",
            "unknown reads whatever the sources include",
            "write /p/a.out",
        ],
    ),
    (
        "rustc --emit=asm=x a.rs",
        ["execute /p recursive", "read /p/a.rs", "unknown files that `--emit` names via --emit", "write /p recursive"],
    ),
    (
        "rustc -Zx a.rs",
        ["unknown option `-Z` of `rustc` (code) via -Z", "execute /p recursive", "read /p/a.rs", "write /p recursive"],
    ),
    (
        "gcc -Wall -O2 -std=c11 -o prog a.c b.c -lm",
        ["write /p/prog", "read /p/a.c", "read /p/b.c", "unknown reads whatever the sources include"],
    ),
]

OPAQUE = [
    "gcc -fplugin=./evil.so a.c",
    "gcc -fplugin=evil a.c",
    "gcc -wrapper sh,-c a.c",
    "gcc -B ./evil a.c",
    "gcc -B./evil a.c",
    "gcc -specs=evil a.c",
    "gcc --specs=evil a.c",
    "gcc @args",
    "gcc $X",
    "gcc a.c $@",
    "gcc -DX=$@ a.c",
    "gcc -fuse-ld=evil a.c",
    "gcc -Wl,-plugin,evil a.c",
    "gcc -Wl,--dynamic-linker=x a.c",
    "gcc -Wp,-MD,x a.c",
    "gcc -Wa,-x a.c",
    "gcc -Xlinker x a.c",
    "gcc -fdump-tree-all=x a.c",
    "gcc -fprofile-use=x a.c",
    "gcc -fcompare-debug=-fplugin=x a.c",
    "gcc -save-temps a.c",
    "clang -Xclang -load -Xclang x a.c",
    "clang -fpass-plugin=x a.c",
    "clang -mllvm -load=x a.c",
    "clang --config=x a.c",
    "rustc -C linker=evil a.rs",
    "rustc --emit=asm=x a.rs",
    "rustc -Zx a.rs",
    "rustc -Clinker=evil a.rs",
    "gcc -Wall -O2 -std=c11 -o prog a.c b.c -lm",
    "gcc a.c",
    "gcc -c src/a.c",
    "gcc -c a.c -o build/a.o",
    "g++ -Iinclude -isystem /x -DX=1 -c a.cc -MMD",
    "gcc -MF deps.d -M a.c",
    "gcc -E a.c",
    "gcc -S a.c",
    "clang -fsanitize=address -g a.c -o a",
    "cc -L lib -lfoo a.o",
    "gcc -Wl,-rpath,/opt/lib a.c",
    "gcc -fsyntax-only a.c",
    "gcc -include x.h -c a.c",
    "rustc @args",
    "c++ -fplugin=x a.c",
    "clang++ -fplugin=x a.c",
    "cpp -fplugin=x a.c",
    "gcc-11 -fplugin=x a.c",
    "gcc-12 -fplugin=x a.c",
    "gcc-13 -fplugin=x a.c",
    "gcc-14 -fplugin=x a.c",
    "g++-11 -fplugin=x a.c",
    "g++-12 -fplugin=x a.c",
    "g++-13 -fplugin=x a.c",
    "g++-14 -fplugin=x a.c",
    "g++ -fplugin=x a.c",
    "clang -fplugin=x a.c",
    "cc -fplugin=x a.c",
    "cpp a.c",
    "c++ -o x a.cc",
    "clang++ -c a.cc",
    "rustc -C linker=x a.rs",
]


@pytest.mark.parametrize(("line", "expected"), KNOWN)
def test_known(line: str, expected: list[str]) -> None:
    """Sources are read and objects written; plug-ins, wrappers and response files are opaque."""
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
