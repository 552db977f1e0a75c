"""The index of program files, and what holds for all of them."""

from __future__ import annotations

import importlib
from random import Random

import pytest
from util import run

from callgate.shell.programs import is_known
from callgate.shell.programs.index import FAMILIES

NAMES = [name for names in FAMILIES.values() for name in names.split()]
VOCABULARY = (
    "-", "--", "''", "a", "a/b", "/", "..", "~/x", "-r", "-i", "-o", "-f", "-c", "-x", "-e", "-C", "-d", "-n", "-m",
    "-t",
    "-exec", "-execdir", "{}", "';'", "+", "-delete", "-fprintf", "--output=x", "--out", "--", "-X", "-vvv", "-5",
    "x=y",
    "if=a", "of=b", "s/a/b/", "w", "{print}", "'{print > \"x\"}'", "glob:*", "glob:-*", "glob:--o*", "$X", "-$X",
    "--$X",
    "a$X", "$@", "-o$@", "xzf", "-Cfx", "u+s", "9999", "'a\nb'", "é", "a.gz", "a:b", "@a", "-\u00e9", "--é=1", "%",
    "\\\\",
)  # fmt: skip


@pytest.mark.parametrize("family", FAMILIES)
def test_index_names_what_the_family_defines(family: str) -> None:
    """The index lists exactly the programs of each family file."""
    module = importlib.import_module(f"callgate.shell.programs.{family}")
    assert set(FAMILIES[family].split()) == set(module.PROGRAMS)


def test_no_program_has_two_families() -> None:
    """Each program is described once."""
    assert len(NAMES) == len(set(NAMES))
    assert all(is_known(name) for name in NAMES)
    assert not is_known("frobnicate")


def test_a_program_without_a_file_is_unknown() -> None:
    """What no program file knows is unknown, whatever its arguments."""
    assert run("frobnicate a") == ["unknown: no program file knows `frobnicate`"]


@pytest.mark.parametrize("name", NAMES)
def test_any_words_are_taken(name: str) -> None:
    """No sequence of words makes a program file fail."""
    random = Random(name)
    for _ in range(120):
        run(" ".join([name, *random.choices(VOCABULARY, k=random.randint(0, 7))]))


@pytest.mark.parametrize(
    "name", ["cat", "head", "sort", "grep", "rg", "sed", "diff", "tail", "wc", "cut", "tar", "find"]
)
def test_an_expansion_is_never_overlooked(name: str) -> None:
    """Whatever words an unquoted expansion stands for, some operation says that they are not known."""
    for place in range(1, 4):
        words = [name, "-n", "1", "x"]
        words.insert(place + 1, "$@")
        facts = run(" ".join(words))
        assert any("<dynamic>" in fact or fact.startswith("unknown") for fact in facts), words
