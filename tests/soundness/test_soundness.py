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

REGRESSIONS = r"""
ls a=~/n b:~ a=b:~
ls a=~`ls`
rm ~"" ~/n
cat $x{a,b} {$x,b}c
cat 0<a.txt
rm {fd}>new
git>&-t
cat $'\\' # '
time x=1 ls
time export FOO=1; ls
command export FOO=1; ls
ls | rm() { cat; }; rm x
if ls; then rm() { ls; }; fi; rm x
f() { rm x; }; unset -f f; f
t() { I= v=¶}¶ls
ls | (cd sub); cat a.txt
ls \ ¶
git ""$$ -$$
git ""\a $""n -$""
cat ""<(ls)
env cp - x
env {= touch x
[ a > new ]
[ a && rm x ]
[ >n]
touch -""$(mytool)"~" -$(mytool)*
ls "`"{,}"`"
git [b]."*$e"
[ -f a¶rm b ]
cat <<1; rm x¶$y¶
''<<'end'|cd sub&&rm b¶end
$(cat <<E¶E¶ls a;rm b)
echo "$(($(ls)))"
[[ "$(ls)" -eq 1 ]]
echo $(cd nowhere; > new)
echo $(n=x & > o$n)
case x in x) n=e & rm $n;; esac
rm -$(ls)
git $(""git<<<${r+}\w)
cat ~$x ~*
x=a:~/n; cat $x
dir=" "*; tee ""$dir""
IFS=b; FOO=ab; ls $FOO
local x=a; rm $x
ls\¶-la
sh -c 'cat {a,b}'
sh -c 'ls &> both; [[ a > c ]]'
cd sub && cat a.txt; cat a.txt
cd nowhere || cat a.txt
for f in a.txt b.txt; do cat $f > $f.o; done
bash -c 'cd sub; rm "$1"' x a.txt
timeout 5 env FOO=1 rm x
ls | xargs -I{} cp {} sub
eval 'rm x' y
trap 'rm f' 0 && cd sub
trap 'rm $x' EXIT; x=2
trap tidy EXIT; tidy() { rm x; }
""".strip().splitlines()
"""Scripts that were misses once, or sit next to one; `¶` is a line break."""


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
