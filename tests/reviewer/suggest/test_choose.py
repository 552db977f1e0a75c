"""Proving only what may be chosen chooses what proving everything first would."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Mapping, Sequence

import pytest
from learning_lab import PROJECT, Lab

from callgate.core.model import ToolCall
from callgate.reviewer.cluster.calls import MANY_SESSIONS
from callgate.reviewer.suggest.candidates import Candidate, candidates
from callgate.reviewer.suggest.check import Proven, Prover
from callgate.reviewer.suggest.choose import choose
from callgate.reviewer.suggest.eligible import ALONGSIDE
from callgate.reviewer.suggest.footprint import Footprint
from callgate.reviewer.suggest.lacks import Reach
from callgate.reviewer.suggest.sorting import sort_out
from callgate.reviewer.suggest.standing import standings

if TYPE_CHECKING:
    from pathlib import Path

_SHAPES = (
    "pytest tests/test_{0}.py", "pytest -q tests/test_{0}.py", "ls src/{0}", "touch src/{0}.py", "rm tmp_{0}.py",
    "cat > tmp_{0}.py <<'E'\nx\nE", "cat /opt/work/data/{0}.csv", "cat /opt/work/logs/{0}.log", "mkdir -p build/{0}",
    "git log --oneline -{1}", "git diff HEAD~{1}", "npm test {0}", "make {0}", "echo {0} > docs/{0}.md",
    "cat /opt/work/data/{0}.csv > src/{0}.csv", "pytest tests/test_{0}.py > src/{0}.log", "python {0}.py", "cat .env",
    "sed -i s/a/b/ src/{0}.py && pytest tests/test_{0}.py", "cp /opt/work/data/{0}.csv src/{0}.csv",
)  # fmt: skip


def made_up(lab: Lab, seed: int) -> None:
    """Log some hundred calls, drawn by chance, some of them refused by a person."""
    draw = Random(seed)
    for _ in range(90):
        text = draw.choice(_SHAPES).format(draw.choice("abcdefgh"), draw.randint(1, 4))
        outcome = draw.choice(["", "", "", "approved", "approved", "refused"]) if draw.random() < 0.3 else ""
        lab.log(text, draw.randint(1, 4), outcome=outcome)
        if draw.random() < 0.1:
            name = draw.choice(["get_issue", "list_pages", "drop"])
            lab.log(ToolCall(f"mcp__tracker__{name}", {"id": draw.randint(1, 3)}, PROJECT), 3)


def reference(prover: Prover, found: Sequence[Candidate], limit: int) -> list[tuple[str, list[int], list[str]]]:
    """The same by the plainest way: prove all, then choose the one that adds most, again and again."""
    taken = frozenset(rule.id for rule in prover.judge.loaded.rules)
    left: list[Proven] = []
    for candidate in found:
        one = prover.prove(candidate, taken)
        if one is not None:
            left.append(one)
            taken |= {one.rule.id}
    groups = [frozenset(need.group for need in one.needs) for one in prover.wanted]
    covered: dict[tuple[str, ...], frozenset[int]] = {}
    open_calls = set(range(len(prover.wanted)))
    chosen: list[tuple[str, list[int], list[str]]] = []
    rules: list[Proven] = []
    known: set[int] = set()

    def gain(one: Proven, covered: Mapping[tuple[str, ...], frozenset[int]]) -> list[int]:
        group = one.candidate.group
        return sorted(
            number for number in one.covers & open_calls
            if all(other == group or number in covered.get(other, ()) for other in groups[number])
        )  # fmt: skip

    while left and len(chosen) < limit:
        best = min(left, key=lambda one: (-prover.prompts_of(gain(one, covered)), one.rule.id))
        if not gain(best, covered):
            break
        left.remove(best)
        before = tuple(one.rule for one in rules)
        extra = [one for one in prover.alongside(best, before) if id(one) not in known]
        if not prover.endures(best, before) or any(one.why not in ALONGSIDE for one in extra):
            continue
        saved = [number for number in gain(best, covered) if prover.is_allowed(number, (*before, best.rule))]
        if saved:
            rules.append(best)
            known |= set(map(id, extra))
            chosen.append((best.rule.id, saved, [one.why for one in extra]))
            covered[best.candidate.group] = best.covers
            open_calls.difference_update(saved)
    return chosen


def proving(lab: Lab) -> tuple[Prover, list[Candidate]]:
    """Who proves what was logged in *lab*, and the candidates."""
    judge, gathered = lab.judge, lab.gathered()
    stood = standings(judge, gathered.calls)
    footprint = Footprint(standing for _, standing in stood)
    sorted_out = sort_out(judge, stood, footprint)
    needs = ((need, one.call) for one in sorted_out.wanted for need in one.needs)
    found = candidates(needs, many=gathered.has_sessions(MANY_SESSIONS))
    reach = Reach(found)
    return Prover(judge, sorted_out.wanted, sorted_out.left_out(reach), sorted_out.refused, footprint, reach), found


@pytest.mark.parametrize("seed", range(6))
def test_the_same_rules_for_the_same_calls(tmp_path: Path, seed: int) -> None:
    """With their names, in their order, each with what it saves and what it allows as well."""
    lab = Lab(tmp_path)
    made_up(lab, seed)
    prover, found = proving(lab)
    assert len(found) > 4
    for limit in (1, 3, 20):
        chosen = choose(prover, found, limit, lambda _: None)
        told = [(one.proven.rule.id, one.saved, [each.why for each in one.extra]) for one in chosen]
        assert told == reference(prover, found, limit)
        assert told


def test_no_more_is_proven_than_may_be_chosen(tmp_path: Path) -> None:
    """One rule is asked for: the candidate that adds most is proven, and no other."""
    lab = Lab(tmp_path)
    for name in "abcdef":
        lab.log(f"pytest tests/test_{name}.py", 9)
        lab.log(f"touch src/{name}.py", 2)
        lab.log(f"cat /opt/work/data/{name}.csv")
    told: list[str] = []
    prover, found = proving(lab)
    (chosen,) = choose(prover, found, 1, told.append)
    assert chosen.proven.rule.id == "run-pytest"
    assert len(told) == 1 < len(found)


def test_two_groups_of_one_name_keep_their_names(tmp_path: Path) -> None:
    """The first one gets the name and the second a number, whichever is proven first."""
    lab = Lab(tmp_path)
    for name in "abcdef":
        lab.log(f"cat /opt/work/a.b/{name}.csv", 2)
        lab.log(f"cat /opt/work/a-b/{name}.csv", 3)
    ids = [str(one.fields["id"]) for one in lab.suggest().suggestions]
    assert len(ids) == len(set(ids))
