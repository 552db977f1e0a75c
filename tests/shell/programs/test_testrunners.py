"""Command lines of the family `testrunners`, and what is found in them."""

from __future__ import annotations

import pytest
from util import opaque, run

KNOWN: list[tuple[str, list[str]]] = [
    ("pytest", ["execute /p recursive"]),
    ("pytest --version", []),
    (
        'pytest -x -q tests/test_a.py::TestB::test_c -k "a and b"',
        ["execute /p recursive", "execute /p/tests/test_a.py"],
    ),
    ("pytest -xvs --tb=short -n 4 --cov=src --cov-report=term-missing", ["execute /p recursive"]),
    ("pytest -p no:cacheprovider tests", ["execute /p recursive", "execute /p/tests"]),
    ("pytest -p xdist", ["execute /p recursive"]),
    ("pytest -pevil", ["execute /p recursive", "execute plugin evil via -p"]),
    ("pytest -p evil", ["execute /p recursive", "execute plugin evil via -p"]),
    ("pytest --junitxml=out.xml", ["write /p/out.xml via --junit-xml", "execute /p recursive"]),
    ("pytest --junit=/home/u/.bashrc", ["write /home/u/.bashrc via --junit-xml", "execute /p recursive"]),
    (
        "pytest --basetemp /home/u",
        ["execute /p recursive", "delete /home/u recursive via --basetemp", "write /home/u recursive via --basetemp"],
    ),
    (
        "pytest --cov-report html:/tmp/h --cov-report xml",
        ["execute /p recursive", "write /tmp/h recursive via --cov-report"],
    ),
    ("pytest -o cache_dir=/home/u/.ssh -o addopts=-q", ["execute /p recursive", "write /home/u/.ssh recursive via -o"]),
    ("pytest -c other.ini", ["execute /p recursive", "execute /p/other.ini"]),
    ("pytest /elsewhere/test_x.py", ["execute /p recursive", "execute /elsewhere/test_x.py"]),
    ("pytest -rA --durations=5 --maxfail=1 --lf --ff --sw", ["execute /p recursive"]),
    (
        "tox -e py311 -- -k x",
        ["execute /p recursive", "system installs packages", "execute package scripts", "network <dynamic>"],
    ),
    ("tox --version", ["execute /p recursive"]),
    ("tox list", ["execute /p recursive"]),
    (
        "tox -c other.ini -e py",
        [
            "execute /p recursive",
            "execute /p/other.ini",
            "system installs packages",
            "execute package scripts",
            "network <dynamic>",
        ],
    ),
    (
        "nox -s tests",
        ["execute /p recursive", "system installs packages", "execute package scripts", "network <dynamic>"],
    ),
    ("nox -l", ["execute /p recursive"]),
    ("coverage run -m pytest -q", ["execute /p recursive"]),
    ("coverage run --source=src script.py a b", ["execute /p recursive", "execute /p/script.py"]),
    ("coverage report -m", ["execute /p recursive"]),
    ("coverage html -d out", ["write /p/out via -d", "execute /p recursive", "write /p/htmlcov recursive"]),
    ("coverage --version", []),
    ("nosetests -v a", ["execute /p recursive", "execute /p/a"]),
]

# What is found beside the part that is opaque.
PARTLY: list[tuple[str, list[str]]] = [
    (
        "pytest --frobnicate",
        ["unknown option `--frobnicate` of `pytest` is not known via --frobnicate", "execute /p recursive"],
    ),
    (
        "pytest --pastebin=all",
        [
            "unknown option `--pastebin` of `pytest` (sends the results to a public site) via --pastebin",
            "execute /p recursive",
        ],
    ),
    (
        'pytest "$X"',
        [
            "unknown a word that may turn into an option of `pytest`",
            "execute /p recursive",
            "unknown a file that only the shell knows (execute)",
        ],
    ),
]

OPAQUE = [
    "pytest @args.txt",
    "pytest --frobnicate",
    "pytest --pastebin=all",
    "pytest --tx ssh=host",
    'pytest "$X"',
    "pytest --pdbcls=a:b",
    "pytest $@",
    "pytest -$X",
    "tox exec -- rm x",
    "tox -x testenv.commands=id",
    "coverage frobnicate",
    "nox --frobnicate",
]


@pytest.mark.parametrize(("line", "expected"), KNOWN)
def test_known(line: str, expected: list[str]) -> None:
    """Test runners of Python run the project; options that write elsewhere or load code are named."""
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
