"""One script through both: bash in its box and the analysis; and the smallest script that still shows a miss."""

from __future__ import annotations

from random import Random
from typing import Callable, NamedTuple

from bash_grammar import Grammar
from bash_sandbox import Sandbox
from soundness_check import Miss, Outcome, analyse, judge

RECORDED_AT = "/testbed"
"""Project directory of the recorded commands; the box has another one."""

DRAFTS = 6
"""How many scripts are drawn for one that is understood in full."""


class Finding(NamedTuple):
    """A script that did what nobody predicted."""

    script: str
    seed: int
    misses: tuple[Miss, ...]


def try_script(sandbox: Sandbox, script: str, seed: int) -> Outcome:
    """Analyse and run *script* and compare."""
    return judge(analyse(script), sandbox.run(script, seed))


def generated(number: int, construct: str = "", drafts: int = DRAFTS) -> str:
    """Return the script of this number, as a rule one that the analysis understands in full: others test nothing.

    Args:
        number: the same number is always the same script.
        construct: see `Grammar`.
        drafts: how many are drawn for one; with 1, the share that is understood is that of the grammar.
    """
    chance = Random(number)
    script = ""
    for _ in range(drafts):
        script = Grammar(chance, construct=construct).script()
        analysis = analyse(script)
        if isinstance(analysis, str) or analysis.coverage == "full":
            break
    return script


def minimise(sandbox: Sandbox, finding: Finding, tries: int = 400) -> Finding:
    """Cut pieces out of the script for as long as a miss of the same kind remains."""
    kinds = {miss.kind for miss in finding.misses}
    best = finding
    left = tries

    def holds(script: str) -> bool:
        nonlocal best, left
        left -= 1
        outcome = try_script(sandbox, script, finding.seed)
        found = tuple(miss for miss in outcome.misses if miss.kind in kinds)
        if found:
            best = Finding(script, finding.seed, found)
        return bool(found)

    before = None
    while best != before:
        before = best
        for split in (_by_lines, _by_words, list):
            _cut(split, lambda: best.script, holds, lambda: left > 0)
    return best


def _by_lines(script: str) -> list[str]:
    return script.splitlines(keepends=True)


def _by_words(script: str) -> list[str]:
    return [piece + " " for piece in script.split(" ")]


def _cut(
    split: Callable[[str], list[str]], script: Callable[[], str], holds: Callable[[str], bool], go: Callable[[], bool]
) -> None:
    """Drop ever smaller runs of the pieces that *split* makes, while *holds* says that the miss is still there."""
    size = max(1, len(split(script())) // 2)
    while size and go():
        position = 0
        while go():
            pieces = split(script())
            if position >= len(pieces):
                break
            shorter = "".join(pieces[:position] + pieces[position + size :]).rstrip(" ")
            if not shorter or shorter == script() or not holds(shorter):
                position += size
        size = size // 2 if size > 4 else size - 1
