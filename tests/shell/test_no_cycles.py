"""What an analysis has used is gone with it: who reads millions of commands does not wait for a collector."""

from __future__ import annotations

import gc
import weakref

import pytest

from callgate.shell import analyse
from callgate.shell.simple import Runner

COMMANDS = (
    "git status", "echo a > b && cat b", "printf '%s' x | sh", "trap 'rm -f x' EXIT; echo a",
    "f() { echo $1; }; f a; f b", "while read -r x; do echo $x; done < list", "cat <<E | python3\nprint(1)\nE",
    "(cd a; f() { ls; }; f) && echo b", "bash -c 'f() { echo hi; }; f'", "eval 'echo $x'",
    "for i in a b; do printf %s $i; done", "a=(1 2); echo ${a[@]}", "echo aGk= | base64 -d | sh", "echo \x00 a\nls",
    "echo $(echo $(ls))", "a=$(cat f) && echo $a | tee g | sh", "find . -exec echo {} +", "x" * 40_000,
    "f() { f; }; f", "trap 'g' INT; g() { echo; }; g", "if a; then f() { b; }; else f() { c; }; fi; f",
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=lambda text: text[:20])
def test_an_analysis_leaves_no_cycles(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its walkers are gone at once, whoever still holds the result."""
    made: list[weakref.ref[Runner]] = []

    class Watched(Runner):
        def __init__(self, home: str, source: str = "") -> None:
            super().__init__(home, source)
            made.append(weakref.ref(self))

    monkeypatch.setattr(analyse, "Runner", Watched)
    ran = gc.isenabled()
    gc.disable()
    try:
        found = analyse.analyse_command(command, cwd="/p", home="/h")
        assert found.units
        assert all(runner() is None for runner in made)
    finally:
        if ran:
            gc.enable()
    assert made
