"""Command lines of the family `pylinters`, and what is found in them."""

from __future__ import annotations

import pytest
from util import opaque, run

SOURCES = " only=*.py,*.pyi,*.pyx,*.ipynb,*.toml,*.cfg,*.ini"

KNOWN: list[tuple[str, list[str]]] = [
    ("ruff check", [f"read /p recursive{SOURCES}", f"write /p recursive{SOURCES}"]),
    ("ruff check src --no-fix --no-cache", [f"read /p/src recursive{SOURCES}"]),
    ("ruff check --select E,F --diff -n a.py", [f"read /p/a.py recursive{SOURCES}"]),
    ("ruff check --fix src", [f"read /p/src recursive{SOURCES}", f"write /p/src recursive{SOURCES}"]),
    ("ruff --config ruff.toml check a.py -n --no-fix", [f"read /p/a.py recursive{SOURCES}"]),
    ("ruff check --config 'lint.select = [\"E\"]' -n --no-fix a.py", [f"read /p/a.py recursive{SOURCES}"]),
    ("ruff check -o report.txt -n --no-fix a.py", ["write /p/report.txt via -o", f"read /p/a.py recursive{SOURCES}"]),
    ("ruff format --check -n .", [f"read /p recursive{SOURCES}"]),
    ("ruff format a.py", [f"read /p/a.py recursive{SOURCES}", f"write /p/a.py recursive{SOURCES}"]),
    ("ruff rule E501", []),
    ("ruff --version", []),
    ("black ../x", [f"read /x recursive{SOURCES}", f"write /x recursive{SOURCES} via ../x"]),
    ("black glob:.*", [f"read /p/.* recursive{SOURCES}", f"write /p/.* recursive{SOURCES} via .*"]),
    ("black glob:src/*.py", [f"read /p/src/*.py recursive{SOURCES}", f"write /p/src/*.py recursive{SOURCES}"]),
    ("autopep8 a.py", [f"read /p/a.py recursive{SOURCES}", f"write /p/a.py recursive{SOURCES}"]),
    ("autopep8 -d a.py", [f"read /p/a.py recursive{SOURCES}"]),
    ("autoflake --check a.py", [f"read /p/a.py recursive{SOURCES}"]),
    ("autoflake a.py", [f"read /p/a.py recursive{SOURCES}", f"write /p/a.py recursive{SOURCES}"]),
    ("black .", [f"read /p recursive{SOURCES}", f"write /p recursive{SOURCES}"]),
    ("black --check --diff src", [f"read /p/src recursive{SOURCES}"]),
    ("black -l 100 a.py", [f"read /p/a.py recursive{SOURCES}", f"write /p/a.py recursive{SOURCES}"]),
    ("black -c 'x = 1'", []),
    ("isort a.py", [f"read /p/a.py recursive{SOURCES}", f"write /p/a.py recursive{SOURCES}"]),
    ("isort --check-only --profile black .", [f"read /p recursive{SOURCES}"]),
    ("isort -c .", [f"read /p recursive{SOURCES}"]),
    ("yapf -i a.py", [f"read /p/a.py recursive{SOURCES}", f"write /p/a.py recursive{SOURCES}"]),
    ("yapf a.py", [f"read /p/a.py recursive{SOURCES}"]),
    ("autopep8 --in-place a.py", [f"read /p/a.py recursive{SOURCES}", f"write /p/a.py recursive{SOURCES}"]),
    ("codespell docs", ["read /p/docs recursive skip=.*", "write /p/docs recursive"]),
    ("codespell -w docs", ["read /p/docs recursive skip=.*", "write /p/docs recursive"]),
    ("mypy src --strict", ["execute /p recursive", f"read /p/src recursive{SOURCES}"]),
    (
        "mypy --html-report out src",
        ["write /p/out via --html-report", "execute /p recursive", f"read /p/src recursive{SOURCES}"],
    ),
    ("mypy --version", []),
    ("pyright -p proj", ["execute /p/proj via -p", "execute /p recursive", f"read /p recursive{SOURCES}"]),
    (
        "pyright --createstub x",
        ["execute /p recursive", f"read /p recursive{SOURCES}", "write /p/typings recursive via --createstub"],
    ),
    ("pylint --disable=all -E src", ["execute /p recursive", f"read /p/src recursive{SOURCES}"]),
    ("pylint --rcfile=x.rc a.py", ["execute /p recursive", "execute /p/x.rc", f"read /p/a.py recursive{SOURCES}"]),
    ("pylint --version", ["execute /p recursive"]),
    ("flake8 --max-line-length 100 src", ["execute /p recursive", f"read /p/src recursive{SOURCES}"]),
    (
        "flake8 --output-file=r.txt src",
        ["write /p/r.txt via --output-file", "execute /p recursive", f"read /p/src recursive{SOURCES}"],
    ),
    ("pyflakes a.py", [f"read /p/a.py recursive{SOURCES}"]),
    ("pycodestyle --select=E a.py", [f"read /p/a.py recursive{SOURCES}"]),
    ("pydocstyle src", [f"read /p/src recursive{SOURCES}"]),
    ("bandit src/a.py -o out.json", ["write /p/out.json via -o", f"read /p/src/a.py recursive{SOURCES}"]),
    ("vulture src", [f"read /p/src recursive{SOURCES}"]),
    ("pyupgrade --py311-plus a.py", [f"read /p/a.py recursive{SOURCES}", f"write /p/a.py recursive{SOURCES}"]),
    ("autoflake -i a.py", [f"read /p/a.py recursive{SOURCES}", f"write /p/a.py recursive{SOURCES}"]),
    ("dmypy run", ["execute /p recursive"]),
]

OPAQUE = [
    "bandit -r src",
    "mypy --install-types src",
    "black '$X'",
    "ruff $X",
    "ruff server",
    "ruff check --config 'cache-dir = \"/x\"' a.py",
    "ruff check --frobnicate",
    "black --frobnicate a.py",
    "mypy --shadow-file a b src",
    "pylint --init-hook='import os' a.py",
    "pylint --load-plugins=evil a.py",
    "pylint --init-h=x a.py",
    "flake8 --frobnicate",
    'mypy "$X"',
    "black $@",
]


@pytest.mark.parametrize(("line", "expected"), KNOWN)
def test_known(line: str, expected: list[str]) -> None:
    """Linters of Python: readers read sources only, formatters write, plug-ins run the project."""
    assert run(line) == expected
    assert not opaque(line)


@pytest.mark.parametrize("line", OPAQUE)
def test_not_known(line: str) -> None:
    """What only a rule that names it may cover is opaque."""
    assert opaque(line)
