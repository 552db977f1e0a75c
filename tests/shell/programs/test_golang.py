"""Command lines of `go`, and what is found in them."""

from __future__ import annotations

import pytest
from util import opaque, run

BASE = ["execute /p recursive", "network <dynamic>"]

KNOWN: list[tuple[str, list[str]]] = [
    ("go version", []),
    ("go version -m bin", ["read /p/bin recursive"]),
    ("go env GOPATH", ["read /p"]),
    ("go help test", []),
    ("go test ./...", [*BASE, "execute /p recursive"]),
    ("go test -race -count=1 -run 'A|B' ./pkg/...", [*BASE, "execute /p/pkg recursive"]),
    ("go test -coverprofile ../c.out ./x", ["write /c.out via -coverprofile", *BASE, "execute /p/x recursive"]),
    ("go test -args -test.trace=../t", ["write /t via -trace", *BASE]),
    ("go test ./x -update", [*BASE, "execute /p/x recursive"]),
    ("go build -o bin/x ./cmd/x", ["write /p/bin/x via -o", *BASE, "execute /p/cmd/x recursive", "write /p"]),
    ("go build -ldflags '-s -w -X main.v=1' .", [*BASE, "execute /p recursive", "write /p"]),
    ("go build -gcflags='all=-N -l'", [*BASE, "write /p"]),
    ("go vet ./...", [*BASE, "execute /p recursive"]),
    ("go vet -fix ./...", [*BASE, "execute /p recursive", "write /p recursive"]),
    ("go fmt ./...", ["write /p recursive only=*.go"]),
    ("go fmt ../x/...", ["write /x recursive only=*.go via ../x"]),
    ("go list -m -json all", BASE),
    ("go doc fmt.Println", BASE),
    ("go mod graph", BASE),
    ("go run ./cmd/x -exec y", [*BASE, "execute /p/cmd/x recursive"]),
]

OPAQUE = [
    "go",
    "go generate",
    "go install x@latest",
    "go mod tidy",
    "go env -w A=b",
    "go test -exec ./x",
    "go test --exec=./x",
    "go test -C ../x",
    "go test -vet=off -toolexec ./x",
    "go build -toolexec=./x",
    "go build -overlay o.json",
    "go build -modfile=x.mod",
    "go build -ldflags=-extld=./x",
    "go build -gcflags=-cpuprofile=../x",
    "go build -asmflags=x",
    "go vet -vettool=./x",
    "go run -exec ./x .",
    "go run example.com/x@latest",
    "go doc -http",
    "go list -toolexec x",
    "go $X",
]


@pytest.mark.parametrize(("line", "expected"), KNOWN)
def test_known(line: str, expected: list[str]) -> None:
    """Building and testing run the project; where files are written is named."""
    assert run(line) == expected
    assert not opaque(line)


@pytest.mark.parametrize("line", OPAQUE)
def test_not_known(line: str) -> None:
    """What starts other programs, reads other modules or changes the configuration is opaque."""
    assert opaque(line)
