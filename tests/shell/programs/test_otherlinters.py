"""Command lines of the family `otherlinters`, and what is found in them."""

from __future__ import annotations

import pytest
from util import opaque, run

KNOWN: list[tuple[str, list[str]]] = [
    ("shellcheck -s bash a.sh", ["read /p/a.sh"]),
    ("shellcheck --version", []),
    ("shfmt -d a.sh", ["read /p/a.sh recursive only=*.sh,*.bash,*.mksh,*.bats"]),
    (
        "shfmt -w a.sh",
        [
            "read /p/a.sh recursive only=*.sh,*.bash,*.mksh,*.bats",
            "write /p/a.sh recursive only=*.sh,*.bash,*.mksh,*.bats",
        ],
    ),
    ("yamllint -d relaxed .", ["read /p recursive only=*.yaml,*.yml,.yamllint"]),
    ("hadolint Dockerfile", ["read /p/Dockerfile"]),
    ("gofmt -l .", ["read /p recursive only=*.go"]),
    ("gofmt -w a.go", ["read /p/a.go recursive only=*.go", "write /p/a.go recursive only=*.go"]),
    ("gofmt -w ../a.go", ["read /a.go recursive only=*.go", "write /a.go recursive only=*.go via ../a.go"]),
    ("gofmt -cpuprofile=x a.go", ["write /p/x via -cpuprofile", "read /p/a.go recursive only=*.go"]),
    (
        "clang-format -i a.c",
        ["read /p/a.c recursive only=*.c,*.cc,*.cpp,*.h,*.hpp", "write /p/a.c recursive only=*.c,*.cc,*.cpp,*.h,*.hpp"],
    ),
    ("clang-format --dry-run a.c", ["read /p/a.c recursive only=*.c,*.cc,*.cpp,*.h,*.hpp"]),
    ("clang-tidy a.c -p build", ["execute /p/build via -p", "execute /p recursive"]),
    ("clang-tidy --fix a.c", ["execute /p recursive", "write /p/a.c recursive"]),
    ("rubocop", ["execute /p recursive"]),
    ("rubocop -a app", ["execute /p recursive", "write /p/app recursive"]),
    ("rubocop --version", ["execute /p recursive"]),
    ("rspec spec/a_spec.rb", ["execute /p recursive", "execute /p/spec/a_spec.rb"]),
    ("phpunit tests --filter x", ["execute /p recursive", "execute /p/tests"]),
    ("phpunit --log-junit out.xml", ["write /p/out.xml via --log-junit", "execute /p recursive"]),
    ("golangci-lint run ./...", ["execute /p recursive", "network <dynamic>"]),
    ("golangci-lint run --fix", ["execute /p recursive", "network <dynamic>", "write /p recursive"]),
    ("golangci-lint --version", []),
    ('markdownlint "a.md"', ["execute /p recursive"]),
    ("clang-tidy --load=./evil.so a.c", ["execute /p/evil.so via --load", "execute /p recursive"]),
]

# What is found beside the part that is opaque.
PARTLY: list[tuple[str, list[str]]] = [
    ("rustfmt --check a.rs", ["read /p/a.rs", "unknown formats the modules that a file names"]),
    ("rustfmt a.rs", ["write /p/a.rs recursive", "unknown formats the modules that a file names"]),
]

OPAQUE = [
    "shellcheck -x a.sh",
    "clang-tidy --extra-arg=-fplugin=x a.c",
    "clang-format --files=x",
    "rubocop --server",
    "rspec -r ./x",
    "phpunit -d auto_prepend_file=x",
    "phpunit --frobnicate",
    "golangci-lint custom",
    "golangci-lint run --frobnicate",
    "yamllint $@",
    "rustfmt --check a.rs",
    "rustfmt a.rs",
]


@pytest.mark.parametrize(("line", "expected"), KNOWN)
def test_known(line: str, expected: list[str]) -> None:
    """Linters read or rewrite files; those with code in their configuration run the project."""
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
