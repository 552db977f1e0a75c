"""Command lines of the family `build`, and what is found in them."""

from __future__ import annotations

import pytest
from util import opaque, run

KNOWN: list[tuple[str, list[str]]] = [
    ("make", ["execute /p recursive"]),
    ("make test", ["execute /p recursive"]),
    ("make -C sub all -j4", ["execute /p/sub recursive"]),
    ("make -j 4", ["execute /p recursive"]),
    ("make V=1 DEBUG=on", ["execute /p recursive"]),
    ("make -n", ["execute /p recursive"]),
    ("make -f other.mk", ["execute /p/other.mk via -f", "execute /p recursive"]),
    ("make --file=other.mk", ["execute /p/other.mk via -f", "execute /p recursive"]),
    ("make --version", []),
    ("just", ["execute /p recursive"]),
    ("just build", ["execute /p recursive"]),
    ("just --list", ["read /p"]),
    ("just --fmt", ["write /p recursive", "execute /p recursive"]),
    ("ninja -C build", ["execute /p/build recursive"]),
    ("ninja -t targets", ["read /p"]),
    ("ninja --version", []),
    ("bazel version", ["execute /p recursive"]),
    ("meson setup build", ["execute /p recursive", "write /p/build recursive"]),
    ("meson compile -C build", ["execute /p/build recursive"]),
    ("meson test -C build", ["execute /p/build recursive"]),
    ("meson install -C build", ["execute /p/build recursive", "system installs the program"]),
    ("meson introspect build --targets", ["read /p/build"]),
    ("meson --version", []),
    ("make X=1 Y:=on", ["execute /p recursive"]),
    ("just sub/build", ["execute /p recursive", "execute /p/sub recursive via recipe"]),
    ("just ../build", ["execute /p recursive", "execute / recursive via recipe"]),
    ("ninja -C b -t targets", ["read /p/b"]),
    ("bazel --version", ["execute /p recursive"]),
    ("gmake --version", []),
    ("gmake all", ["execute /p recursive"]),
    ("ninja-build --version", []),
    ("ninja-build -C b", ["execute /p/b recursive"]),
    ("bazelisk version", ["execute /p recursive"]),
    ("meson configure -Dx=1 build", ["execute /p recursive"]),
    ("meson help", []),
    ("just --dump", ["read /p"]),
    ("just --init", ["write /p recursive", "execute /p recursive"]),
]

# What is found beside the part that is opaque.
PARTLY: list[tuple[str, list[str]]] = [
    ("make CC=evil", ["execute /p recursive", "unknown the variable `CC` changes what is run via CC"]),
]

OPAQUE = [
    "make CC=evil",
    "make SHELL:=/x",
    "make X!=id",
    "make --eval=x",
    "make --ev=x",
    'make "$X"',
    "make $@",
    "make -C a -C b",
    'just "$X"',
    "just --set a b",
    "just -c id",
    "just X=1 build",
    "ninja -t clean",
    "bazel build //...",
    "meson --prefix=x build",
    "meson test --wrap=x",
    "meson setup --wipe build",
    "make '$(shell id)=1'",
    "make 'X := 1'",
    "ninja -t cleandead -t list",
    "ninja -t msvc -- cl",
    "ninja -t clean --version",
    "gmake SHELL=x",
    "ninja-build -t clean",
    "bazelisk test //...",
    "bazel --frobnicate",
    "meson frobnicate",
]


@pytest.mark.parametrize(("line", "expected"), KNOWN)
def test_known(line: str, expected: list[str]) -> None:
    """Build tools run what the build files say; variables and other files need a rule that names them."""
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
