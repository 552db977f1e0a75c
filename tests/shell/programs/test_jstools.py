"""Command lines of the family `jstools`, and what is found in them."""

from __future__ import annotations

import pytest
from util import opaque, run

KNOWN: list[tuple[str, list[str]]] = [
    ("jest", ["execute /p recursive"]),
    ("jest --version", ["execute /p recursive"]),
    ("jest src/a.test.js -t name --coverage --runInBand", ["execute /p recursive"]),
    ("jest --ci --no-cache --max-workers=2", ["execute /p recursive"]),
    ("jest -c other.config.js", ["execute /p recursive", "execute /p/other.config.js"]),
    ("jest --outputFile=out.json --json", ["write /p/out.json via --outputFile", "execute /p recursive"]),
    ("jest --coverageDirectory /tmp/c", ["write /tmp/c via --coverageDirectory", "execute /p recursive"]),
    ("jest --setupFiles ./evil.js", ["execute /p recursive", "execute /p/evil.js via --setupFiles"]),
    ("jest --reporters=default --reporters=/x/evil.js", ["execute /p recursive", "execute /x/evil.js via --reporters"]),
    ("vitest run --reporter=verbose", ["execute /p recursive"]),
    ("vitest --root sub", ["execute /p recursive", "execute /p/sub"]),
    ("vitest --ui", ["execute /p recursive", "system listens for connections via --api"]),
    ("mocha test/a.js -r ts-node/register -R spec", ["execute /p recursive", "execute /p/test/a.js"]),
    ("mocha --require /x/evil.js", ["execute /p recursive", "execute /x/evil.js via -r"]),
    ("eslint src --ext .ts", ["execute /p recursive", "read /p/src"]),
    ("eslint --fix .", ["execute /p recursive", "write /p recursive"]),
    (
        "eslint -c other.js --rulesdir rules src",
        ["execute /p/rules via --rulesdir", "execute /p recursive", "execute /p/other.js", "read /p/src"],
    ),
    ("eslint -f stylish -o out.txt src", ["write /p/out.txt via -o", "execute /p recursive", "read /p/src"]),
    ("eslint --no-eslintrc --stdin", ["execute /p recursive"]),
    ("prettier --check .", ["execute /p recursive", "read /p"]),
    ("prettier -w src", ["execute /p recursive", "write /p/src recursive"]),
    ("prettier a.js", ["execute /p recursive", "read /p/a.js recursive"]),
    (
        "prettier --plugin=./p.js a.js",
        ["execute /p recursive", "execute /p/p.js via --plugin", "read /p/a.js recursive"],
    ),
    ('stylelint "a.css" --fix', ["execute /p recursive", "write /p/a.css recursive"]),
    ("biome check --write src", ["execute /p recursive", "write /p/src recursive"]),
    ("biome format src", ["execute /p recursive", "read /p/src"]),
    ("tsc --version", []),
]

# What is found beside the part that is opaque.
PARTLY: list[tuple[str, list[str]]] = [
    ("tsc --noEmit", ["unknown writes where its configuration says"]),
    (
        "tsc -p tsconfig.json --outDir dist",
        ["write /p/dist via --outdir", "unknown writes where its configuration says", "read /p/tsconfig.json"],
    ),
    ("tsc a.ts -OUTDIR /x", ["write /x via --outdir", "unknown writes where its configuration says", "read /p/a.ts"]),
]

OPAQUE = [
    "jest --frobnicate",
    "jest -$X",
    "mocha -n require=x",
    "eslint --init",
    "eslint --mcp",
    "eslint --inspect-config",
    "vitest --execArgv=x",
    "tsc @args",
    "tsc --frobnicate",
    "biome $X",
    "jest $@",
    "tsc --noEmit",
    "tsc -p tsconfig.json --outDir dist",
    "tsc a.ts -OUTDIR /x",
]


@pytest.mark.parametrize(("line", "expected"), KNOWN)
def test_known(line: str, expected: list[str]) -> None:
    """Tools of JavaScript run the project; what they write or load from elsewhere is named."""
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
