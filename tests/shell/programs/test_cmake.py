"""Command lines of the family `cmake`, and what is found in them."""

from __future__ import annotations

import pytest
from util import opaque, run

KNOWN: list[tuple[str, list[str]]] = [
    ("cmake --version", []),
    ("cmake -S . -B build -DCMAKE_BUILD_TYPE=Release -G Ninja", ["execute /p recursive", "write /p/build recursive"]),
    ("cmake ..", ["execute / recursive"]),
    ("cmake -Bbuild -DCMAKE_INSTALL_PREFIX=/opt", ["execute /p recursive", "write /p/build recursive"]),
    ("cmake --toolchain t.cmake .", ["execute /p/t.cmake via --toolchain", "execute /p recursive"]),
    ("cmake --build build -j 4 --target x", ["execute /p/build recursive"]),
    ("cmake --install build --prefix out", ["execute /p/build recursive", "write /p/out recursive via --prefix"]),
    ("cmake --install build", ["execute /p/build recursive", "system installs the program"]),
    ("cmake -P s.cmake", ["execute /p/s.cmake"]),
    ("cmake -DX=1 -P s.cmake a", ["execute /p/s.cmake"]),
    ("cmake -E rm -rf x", ["delete /p/x recursive"]),
    ("cmake -E remove_directory x", ["delete /p/x recursive"]),
    ("cmake -E copy a b c", ["read /p/a recursive", "read /p/b recursive", "write /p/c recursive"]),
    ("cmake -E rename a b", ["delete /p/a recursive", "write /p/b recursive"]),
    ("cmake -E touch a", ["write /p/a"]),
    ("cmake -E echo x", []),
    ("cmake -E environment", ["system prints the environment"]),
    ("cmake -E time ls x", ["payload cmake -E time: ls x"]),
    ("cmake --list-presets", ["read /p"]),
    ("ctest", ["execute /p recursive"]),
    ("ctest -j4 --output-on-failure --test-dir build", ["execute /p/build recursive"]),
    ("ctest -R x -VV", ["execute /p recursive"]),
    ("ctest --output-junit out.xml", ["write /p/out.xml via --output-junit", "execute /p recursive"]),
    ("ctest --version", []),
    ("cmake --build b --target x", ["execute /p/b recursive"]),
    ("ctest -N", ["execute /p recursive"]),
    ("cmake --list-presets -S /opt", ["read /opt"]),
    ("cmake -E create_symlink a b", ["read /p/a recursive", "write /p/a recursive", "write /p/b recursive"]),
]

# What is found beside the part that is opaque.
PARTLY: list[tuple[str, list[str]]] = [
    (
        "cmake --help-command add_test out.txt",
        [
            "unknown a file that `--help-…` writes via --help",
            "write /p/add_test via --help",
            "write /p/out.txt via --help",
        ],
    ),
]

OPAQUE = [
    "cmake -DX=evil .",
    "cmake -DCMAKE_C_COMPILER=/x .",
    "cmake --build b -- -f x",
    "cmake -E env X=1 ls",
    "cmake -E tar xf a",
    "cmake -E $X",
    "cmake $X",
    "cmake . -P x",
    "cmake --find-package",
    "cmake -P",
    "ctest -S s.cmake",
    "ctest --build-and-test a b",
    "ctest -D Nightly",
    "ctest --overwrite X=y",
    "cmake --help-command add_test out.txt",
    "ctest -A x",
]


@pytest.mark.parametrize(("line", "expected"), KNOWN)
def test_known(line: str, expected: list[str]) -> None:
    """The project runs while cmake configures, builds and tests it; `-E` is a box of small tools."""
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
