"""Command lines of the family `languages`, and what is found in them."""

from __future__ import annotations

import pytest
from util import opaque, run

KNOWN: list[tuple[str, list[str]]] = [
    ("swift --version", []),
    ("mix test", ["execute /p recursive"]),
    ("mix test test/a_test.exs --only x", ["execute /p recursive", "execute /p/test/a_test.exs"]),
    ("mix test /opt/x_test.exs", ["execute /p recursive", "execute /opt/x_test.exs"]),
    ("mix format", ["execute /p recursive", "write /p recursive"]),
    ("mix format --check-formatted", ["execute /p recursive"]),
    (
        "mix deps.get",
        [
            "execute /p recursive",
            "write /p recursive",
            "system installs packages",
            "execute package scripts",
            "network <dynamic>",
        ],
    ),
    ("mix compile --warnings-as-errors", ["execute /p recursive"]),
    ("stack build", ["execute /p recursive"]),
    ("stack test --fast", ["execute /p recursive"]),
    ("stack exec -- rm -rf /", ["execute /p recursive", "payload stack exec: rm -rf /"]),
    ("stack exec rm x", ["execute /p recursive", "payload stack exec: rm x"]),
    ("cabal exec -- rm -rf /", ["execute /p recursive", "payload cabal exec: rm -rf /"]),
    ("cabal build", ["execute /p recursive"]),
    ("cabal test all", ["execute /p recursive"]),
    ("dune exec -- rm -rf /", ["execute /p recursive", "payload dune exec: rm -rf /"]),
    ("dune exec ./bin/main.exe", ["execute /p recursive", "payload dune exec: ./bin/main.exe"]),
    ("dune build", ["execute /p recursive"]),
    ("dune build @fmt", ["execute /p recursive"]),
    ("zig build test", ["execute /p recursive"]),
    ("zig build -Doptimize=ReleaseFast", ["execute /p recursive"]),
    ("zig test src/main.zig", ["execute /p recursive", "execute /p/src/main.zig"]),
    ("zig test src/main.zig -lc -OReleaseSafe --test-filter x", ["execute /p recursive", "execute /p/src/main.zig"]),
    ("zig fmt src", ["read /p/src recursive only=*.zig,*.zon", "write /p/src recursive"]),
    ("zig fmt --check src", ["read /p/src recursive only=*.zig,*.zon"]),
    ("zig run /opt/x.zig", ["execute /p recursive", "execute /opt/x.zig"]),
    ("zig run x.zig -- a", ["execute /p recursive", "execute /p/x.zig"]),
    ("swift /opt/x.swift", ["execute /opt/x.swift"]),
    ("swift build", ["execute /p recursive"]),
    ("swift test --filter X", ["execute /p recursive"]),
    ("swift build -c release", ["execute /p recursive"]),
    ("swift build --package-path /opt/x", ["execute /opt/x via --package-path", "execute /p recursive"]),
    ("lein test", ["execute /p recursive"]),
    ("lein test :only a.b", ["execute /p recursive"]),
    ("sbt test", ["execute /p recursive"]),
    ('sbt "testOnly a.B"', ["execute /p recursive"]),
    (
        "swift package update",
        [
            "execute /p recursive",
            "write /p recursive",
            "system installs packages",
            "execute package scripts",
            "network <dynamic>",
        ],
    ),
    ("zig build", ["execute /p recursive"]),
    ("zig version", []),
    ("zig build --build-file /opt/build.zig", ["execute /opt/build.zig via --build-file", "execute /p recursive"]),
    ("swift run x", ["execute /p recursive"]),
    ("mix test --require /opt/x.exs", ["execute /opt/x.exs via -r", "execute /p recursive"]),
    ("stack build --exec 'rm x'", ["execute /p recursive", "payload stack --exec: rm x"]),
    ("cabal run x -- --y", ["execute /p recursive"]),
    ("cabal build --with-compiler=/opt/ghc", ["execute /opt/ghc via -w", "execute /p recursive"]),
    ("cabal update", ["network <dynamic>"]),
    ("dune fmt", ["execute /p recursive", "write /p recursive"]),
    ("dune build --root /opt", ["execute /opt via --root", "execute /p recursive"]),
    ("dune clean", ["execute /p recursive"]),
    ("sbt clean compile Test/test", ["execute /p recursive"]),
]

OPAQUE = [
    "swift $X",
    "mix cmd 'rm -rf ~'",
    "mix eval 'File.rm_rf!(\"/\")'",
    "mix hex.publish --yes",
    "zig cc -o /home/x y.c",
    "lein deploy",
    "sbt publish",
    'sbt "eval sys.exit"',
    "cabal upload x",
    "zig objcopy a b",
    "swift -e 'print(1)'",
    "swift package publish",
    "swift build -Xswiftc -load-plugin-executable",
    "swift build --disable-sandbox",
    "mix archive.install hex x",
    "mix run -e 'x'",
    "stack upload .",
    "stack script x.hs",
    "stack build --ghc-options=-pgmFx",
    "stack exec",
    "cabal install x",
    "dune install",
    "lein repl",
    "lein run -m x",
    "lein with-profile x test",
    "sbt",
    "sbt -Dx=y test",
    "sbt $X",
]


@pytest.mark.parametrize(("line", "expected"), KNOWN)
def test_known(line: str, expected: list[str]) -> None:
    """Building and testing run the project; `exec` runs what stands behind it."""
    assert run(line) == expected
    assert not opaque(line)


@pytest.mark.parametrize("line", OPAQUE)
def test_not_known(line: str) -> None:
    """What publishes, or runs any program text, is opaque."""
    assert opaque(line)
