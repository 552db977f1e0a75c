"""What bash does was predicted. The large run is `make soundness`; this is the small one, and proof that it can fail.

| target | component | property |
|---|---|---|
| `analyse_command` | generated scripts, real bash | what bash executes, opens and exports is a subset of the units |
| `soundness_check` | doctored analyses | a unit, a path or a variable that is missing is a miss |
| `bash_sandbox` | scripts that reach for the outside | nothing outside is written, no job outlives its script |
"""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random
from typing import Iterator

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))  # the harness is also used by tools/soundness.py

from bash_grammar import Grammar
from bash_sandbox import PROJECT, Record, Run, Sandbox, SandboxUnavailableError
from soundness_check import analyse, judge, matches
from soundness_run import Finding, generated, minimise, try_script

from callgate.core.model import DYNAMIC, SPLIT, Analysis

SCRIPTS = 250
EXAMPLES = 60

REGRESSIONS = (Path(__file__).parent / "regressions.txt").read_text(encoding="utf-8").splitlines()
"""Scripts that were misses once, or sit next to one, one a line; `¶` is a line break."""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """The box; tests that need it are skipped, with the reason, where the machine does not allow one."""
    box = Sandbox()
    try:
        box.__enter__()
    except SandboxUnavailableError as error:
        pytest.skip(f"no sandbox: {error}")
    yield box
    box.close()


@pytest.mark.parametrize("script", REGRESSIONS)
def test_what_was_missed_once_is_predicted(sandbox: Sandbox, script: str) -> None:
    """No script of the list does anything that was not predicted, whatever its programs print and return."""
    for seed in range(4):
        assert try_script(sandbox, script.replace("¶", "\n"), seed).misses == ()


def test_generated_scripts_do_what_was_predicted(sandbox: Sandbox) -> None:
    """Of some hundred generated scripts none is a miss, and most are understood in full, so that this says much."""
    full = compared = 0
    for number in range(SCRIPTS):
        script = generated(number)
        outcome = try_script(sandbox, script, number)
        full += outcome.full
        compared += outcome.compared
        assert outcome.misses == (), script

    assert full > SCRIPTS // 2
    assert compared > SCRIPTS


@settings(max_examples=EXAMPLES)
@given(chance=st.randoms(use_true_random=False), seed=st.integers(0, 1_000))
def test_grammar(sandbox: Sandbox, chance: Random, seed: int) -> None:
    """The same for scripts that hypothesis draws, which it would make small if one were a miss."""
    script = Grammar(chance, depth=2).script()
    note(script)

    assert try_script(sandbox, script, seed).misses == ()


def _without(analysis: Analysis | str, program: str) -> Analysis:
    assert isinstance(analysis, Analysis)
    return analysis._replace(units=tuple(unit for unit in analysis.units if unit.argv[:1] != (program,)))


DOCTORED = [
    ("ls; rm x", "rm", "program"),
    ("cat a.txt | grep x", "cat", "program"),
    ("FOO=1 ls", "FOO=1", "environment"),
]


@pytest.mark.parametrize(("script", "program", "kind"), DOCTORED)
def test_a_unit_that_is_missing_is_a_miss(sandbox: Sandbox, script: str, program: str, kind: str) -> None:
    """The comparison fails when the analysis leaves out a program or an exported variable."""
    run = sandbox.run(script)

    assert judge(analyse(script), run).misses == ()
    assert [miss.kind for miss in judge(_without(analyse(script), program), run).misses] == [kind]


@pytest.mark.parametrize(("script", "kind"), [("> new", "write"), ("mytool < a.txt", "read")])
def test_a_redirect_that_is_missing_is_a_miss(sandbox: Sandbox, script: str, kind: str) -> None:
    """The comparison fails when the analysis leaves out the file of a redirect."""
    analysis = analyse(script)
    assert isinstance(analysis, Analysis)
    run = sandbox.run(script)
    doctored = analysis._replace(units=tuple(unit for unit in analysis.units if unit.kind != "redirect"))

    assert judge(analysis, run).misses == ()
    assert [miss.kind for miss in judge(doctored, run).misses] == [kind]


def test_the_wrong_directory_is_a_miss() -> None:
    """The right words in a directory that the analysis did not expect are a miss: the path is another one."""
    record = Record("/usr/bin/rm", f"{PROJECT}/sub", ("rm", "x"), {})

    outcome = judge(analyse("rm x"), Run((record,), (), (), timed_out=False))

    assert [miss.kind for miss in outcome.misses] == ["directory"]


def test_partial_and_failed_analyses() -> None:
    """What the analysis does not claim to understand is no miss; an exception is one."""
    run = Run((Record("/usr/bin/rm", PROJECT, ("rm", "x"), {}),), (), (), timed_out=False)

    assert judge(analyse("$unknown"), run).misses == ()
    assert [miss.kind for miss in judge("RecursionError: x", run).misses] == ["error"]


WORDS = [
    (("rm", "x"), ("rm", "x"), True),
    (("rm", "x"), ("rm", "y"), False),
    (("rm", "x"), ("rm", "x", "y"), False),
    (("rm", DYNAMIC), ("rm", "a b"), True),
    (("rm", DYNAMIC), ("rm",), False),
    (("rm", f"a{DYNAMIC}c"), ("rm", "abc"), True),
    (("rm", f"a{DYNAMIC}c"), ("rm", "ab"), False),
    (("rm", SPLIT), ("rm",), True),
    (("rm", SPLIT, "z"), ("rm", "a", "b", "z"), True),
    (("rm", f"a{SPLIT}c"), ("rm", "a1", "2", "3c"), True),
    (("rm", f"a{SPLIT}c"), ("rm", "b1", "3c"), False),
    (("rm", "*.txt"), ("rm", "a.txt", "b.txt"), True),
    (("rm", "*.txt"), ("rm", "a.py"), False),
    (("rm", "a[*]b"), ("rm", "a*b"), True),
    (("rm", "[ab]c"), ("rm", "[ab]c"), True),
]


@pytest.mark.parametrize(("predicted", "argv", "expected"), WORDS)
def test_words_are_matched(predicted: tuple[str, ...], argv: tuple[str, ...], expected: bool) -> None:
    """Placeholders match what they stand for, and nothing else."""
    assert matches(predicted, argv) is expected


def test_the_box_is_closed(sandbox: Sandbox, tmp_path: Path) -> None:
    """A script sees no file of this machine, cannot write one, and leaves no process that outlives it."""
    outside = tmp_path / "outside"
    outside.write_text("here", encoding="utf-8")

    run = sandbox.run(f"[ -e {outside} ] && mytool seen; > {outside}; > /usr/bin/rm; (while :; do :; done) & rm x")
    after = sandbox.run("ls y")

    assert [record.argv for record in run.records] == [("rm", "x")]
    assert run.written == ()
    assert [record.argv for record in after.records] == [("ls", "y")]
    assert outside.read_text(encoding="utf-8") == "here"


def test_a_script_without_end_is_stopped(sandbox: Sandbox) -> None:
    """An endless script is ended, says so, and what it had done counts."""
    run = sandbox.run("rm x; while :; do :; done")

    assert run.timed_out
    assert [record.argv for record in run.records] == [("rm", "x")]


def test_misses_are_made_small(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Minimising cuts everything that the miss does not need."""
    monkeypatch.setattr("soundness_run.analyse", lambda script: _without(analyse(script), "rm"))
    script = "ls a.txt\nx=1; if ls; then cat b; fi\ngit status && rm x y | cat\n"
    found = try_script(sandbox, script, 0)

    small = minimise(sandbox, Finding(script, 0, found.misses))

    assert small.script.strip() == "rm"
    assert [miss.kind for miss in small.misses] == ["program"]
