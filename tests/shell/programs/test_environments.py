"""Command lines of the family `environments`, and what is found in them."""

from __future__ import annotations

import pytest
from util import opaque, run

KNOWN: list[tuple[str, list[str]]] = [
    ("poetry run pytest -q", ["execute /p recursive", "payload poetry run: pytest -q"]),
    ("poetry run rm -rf x", ["execute /p recursive", "payload poetry run: rm -rf x"]),
    ("poetry run frobnicate", ["execute /p recursive", "execute frobnicate"]),
    ("poetry show --tree", ["execute /p recursive"]),
    (
        "poetry install",
        [
            "execute /p recursive",
            "write /p recursive",
            "system installs packages",
            "execute package scripts",
            "network <dynamic>",
        ],
    ),
    (
        "poetry add x",
        [
            "execute /p recursive",
            "write /p recursive",
            "system installs packages",
            "execute package scripts",
            "network <dynamic>",
        ],
    ),
    ("poetry --version", ["execute /p"]),
    ("poetry check", ["execute /p recursive"]),
    ("pdm run pytest", ["execute /p recursive", "payload pdm run: pytest"]),
    ("pdm list", ["execute /p recursive"]),
    ("hatch run x", ["execute /p recursive", "execute x"]),
    ("pipenv graph", ["execute /p recursive"]),
    (
        "pipenv install x",
        [
            "execute /p recursive",
            "write /p recursive",
            "system installs packages",
            "execute package scripts",
            "network <dynamic>",
        ],
    ),
    ("conda list", ["read /p"]),
    ("conda info --envs", ["read /p"]),
    ("conda env list", ["read /p"]),
    ("conda install -y x", ["system installs packages", "execute package scripts", "network <dynamic>"]),
    ("conda run -n e pytest", ["execute an environment", "payload conda run: pytest"]),
    ("conda --version", []),
    ("npx jest a", ["execute /p recursive", "network <dynamic>", "payload npx: jest a"]),
    ("npx frobnicate", ["execute /p recursive", "network <dynamic>", "execute frobnicate"]),
    ("npx --yes eslint .", ["execute /p recursive", "network <dynamic>", "payload npx: eslint ."]),
    ("npx -c 'rm x'", ["execute /p recursive", "network <dynamic>", "script npx -c: rm x"]),
    ("bunx tsc", ["execute /p recursive", "network <dynamic>", "payload bunx: tsc"]),
    ("uvx ruff check", ["execute /p recursive", "network <dynamic>", "payload uvx: ruff check"]),
    ("pipx list", ["read /p"]),
    ("pipx run black a.py", ["execute /p recursive", "network <dynamic>", "payload pipx: black a.py"]),
    ("pipx install x", ["system installs packages", "execute package scripts", "network <dynamic>"]),
    ("pyenv versions", []),
    ("nvm ls", []),
    ("conda env export -f out.yml", ["read /p", "write /p/out.yml via --file"]),
    ("conda env export --file=out.yml", ["read /p", "write /p/out.yml via --file"]),
    ("conda export", ["read /p"]),
    ("conda compare env.yml", ["read /p/env.yml"]),
    ("poetry install --help", ["execute /p"]),
    ("poetry run --help", ["execute /p"]),
    ("poetry run x --help", ["execute /p recursive", "execute x"]),
    ("conda install x", ["system installs packages", "execute package scripts", "network <dynamic>"]),
    ("mamba list", ["read /p"]),
    ("mamba install x", ["system installs packages", "execute package scripts", "network <dynamic>"]),
    ("micromamba list", ["read /p"]),
    ("micromamba install x", ["system installs packages", "execute package scripts", "network <dynamic>"]),
    ("pnpx jest", ["execute /p recursive", "network <dynamic>", "payload pnpx: jest"]),
    ("pnpx --version", []),
    ("bunx --version", []),
    ("uvx --version", []),
    ("pipx environment", ["read /p"]),
    ("pyenv list", []),
    ("rbenv list", []),
    ("nodenv list", []),
    ("asdf list", []),
    ("mise list", []),
    ("nvm list", []),
    ("sdk list", []),
    ("volta list", []),
    ("fnm list", []),
]

OPAQUE = [
    'poetry run "$X"',
    "poetry run -x y",
    "poetry config a b",
    "poetry publish",
    "poetry env use x",
    "poetry -C x run y",
    "poetry $X",
    "hatch publish",
    "hatch shell",
    "pdm config x y",
    "pipenv shell",
    "conda run --cwd x y",
    "conda config --add channels x",
    "conda install -c evil x",
    "conda activate x",
    "npx",
    "npx evil@1.0.0",
    "npx github:a/b",
    "npx -p evil jest",
    "npx --package=evil jest",
    'npx "$X"',
    "uvx --from evil ruff",
    "uvx ruff@latest",
    "pipx run --spec evil x",
    "pipx runpip x y",
    "pyenv install x",
    "pyenv exec x",
    "nvm use x",
    "mamba activate x",
    "micromamba activate x",
    "pnpx a@1",
    "pyenv exec ls",
    "rbenv install x",
    "rbenv exec ls",
    "nodenv install x",
    "nodenv exec ls",
    "asdf install x",
    "asdf exec ls",
    "mise install x",
    "mise exec ls",
    "nvm install x",
    "nvm exec ls",
    "sdk install x",
    "sdk exec ls",
    "volta install x",
    "volta exec ls",
    "fnm install x",
    "fnm exec ls",
    "conda info --unsafe-channels",
]


@pytest.mark.parametrize(("line", "expected"), KNOWN)
def test_known(line: str, expected: list[str]) -> None:
    """What a manager starts is looked at, what it installs is named, configuration changes are unknown."""
    assert run(line) == expected
    assert not opaque(line)


@pytest.mark.parametrize("line", OPAQUE)
def test_not_known(line: str) -> None:
    """What only a rule that names it may cover is opaque."""
    assert opaque(line)
