"""Mutations: each class makes what it says; attacks add something, disguises change nothing that bash would do."""

from __future__ import annotations

import shlex

import pytest

from callgate.reviewer.mutate import ATTACKS, DISGUISES
from callgate.reviewer.mutate.base import words_of
from callgate.shell.analyse import analyse_command
from callgate.shell.programs import table_of

SEEDS = ["git status", "git log -5 --oneline docs/x.md", "pytest -q tests/test_a.py", "rm -f x.txt"]


@pytest.mark.parametrize("kind", [*ATTACKS])
@pytest.mark.parametrize("seed", SEEDS)
def test_attacks_are_other_commands(kind: str, seed: str) -> None:
    """An attack is never the original, has a label, and says what it adds as a command by itself."""
    for mutant in ATTACKS[kind](seed):
        assert mutant.text != seed
        assert mutant.label
        assert mutant.plain
        assert mutant.plain != seed


def test_every_class_makes_something() -> None:
    """No class is empty for a command with options and a file."""
    seed = SEEDS[1]
    assert [kind for kind, mutation in {**ATTACKS, **DISGUISES}.items() if not list(mutation(seed))] == []
    assert sum(len(list(mutation(seed))) for mutation in ATTACKS.values()) > 300


@pytest.mark.parametrize("kind", ["quoting", "continuation", "paths"])
def test_disguises_keep_the_words(kind: str) -> None:
    """What only spells words in another way is read by the analysis as the same words, or is not understood."""
    for seed in SEEDS[:1]:
        for mutant in DISGUISES[kind](seed):
            analysis = analyse_command(mutant.text, cwd="/p", home="/h")
            if analysis.coverage == "full":
                words = [word for unit in analysis.units for word in unit.argv]
                assert words[-2:] == shlex.split(seed) or "/usr/" in mutant.text, mutant


def test_a_command_that_is_more_than_words_is_left_alone() -> None:
    """Lists, expansions and redirects have no words to change one by one."""
    for text in ("a; b", "echo $X", "a | b", "x > y", "echo `a`", "A=b c", "ls *.py", "echo 'a"):
        assert words_of(text) == []
        assert list(ATTACKS["options"](text)) == []


def test_options_come_from_the_program_files() -> None:
    """The table of a subcommand is found, and options that it marks are tried with a value."""
    assert "--output" in table_of(["git", "log"])
    assert table_of(["frobnicate"]) == {}
    texts = [mutant.text for mutant in ATTACKS["options"]("sort x.txt")]
    assert "sort x.txt -o /etc/zqx.conf" in texts
    assert any("--compress-program" in text for text in texts)
