"""Anti-unification of commands: its laws, and the patterns that come out."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.policy.patterns import SEPARATOR, check_pattern, parse_pattern, to_regex
from callgate.reviewer.cluster.unify import Words, can_unify, skeleton, unify

OPERANDS = st.sampled_from(["tests/a.py", "tests/b.py", "src/x", "a", "b c", "it's", "t*", "(x|y)", "tests/c.py::T"])
OPTIONS = st.sampled_from(["-v", "-x", "--tb=short", "-k", "--", "-"])
ROWS = st.lists(st.one_of(OPERANDS, OPTIONS), max_size=6).map(tuple).filter(can_unify)
HEAD = ("pytest",)


def alike(rows: list[Words]) -> list[Words]:
    """The rows with the skeleton of the first one."""
    return [row for row in rows if skeleton(row) == skeleton(rows[0])]


GROUPS = st.lists(ROWS, min_size=1, max_size=12).map(alike)


@given(GROUPS)
def test_the_pattern_matches_every_member(rows: list[Words]) -> None:
    """Each command that a pattern was made of is one that it stands for."""
    pattern = unify(HEAD, rows)
    assert all(pattern.matches((*HEAD, *row)) for row in rows)


@given(GROUPS)
def test_the_order_of_members_does_not_matter(rows: list[Words]) -> None:
    """The same commands in another order, or twice, make the same pattern."""
    assert unify(HEAD, rows) == unify(HEAD, [*reversed(rows), *rows])


@given(GROUPS, st.lists(ROWS, max_size=8))
def test_fewer_members_never_match_more(rows: list[Words], probes: list[Words]) -> None:
    """What the pattern of some commands matches, the pattern of all of them matches too."""
    few, many = unify(HEAD, rows[: len(rows) // 2 + 1]), unify(HEAD, rows)
    for row in [*rows, *probes]:
        if few.matches((*HEAD, *row)):
            assert many.matches((*HEAD, *row))


@given(GROUPS, st.lists(ROWS, max_size=8))
def test_the_policy_reads_the_pattern_the_same_way(rows: list[Words], probes: list[Words]) -> None:
    """The engine's own pattern language matches exactly what the pattern says it does."""
    pattern = unify(HEAD, rows)
    assert check_pattern(pattern.text) is None
    regex = to_regex(parse_pattern(pattern.text), widen=False)
    for row in [*rows, *probes]:
        rendered = SEPARATOR + SEPARATOR.join((*HEAD, *row))
        assert (re.fullmatch(regex, rendered, re.DOTALL) is not None) == pattern.matches((*HEAD, *row))


@given(GROUPS, ROWS, st.sampled_from(["-p", "--config=x", "-rf", "--exec"]))
def test_no_unseen_option_is_ever_matched(rows: list[Words], row: Words, option: str) -> None:
    """Wherever it stands, an option that no command had is not matched."""
    pattern = unify(HEAD, rows)
    for at in range(len(row) + 1):
        assert not pattern.matches((*HEAD, *row[:at], option, *row[at:]))


TABLE: list[tuple[list[str], str]] = [
    (["a.py"], "pytest a.py"),
    (["a.py", "b.py"], "pytest (a.py|b.py)"),
    (["-v a.py", "-x a.py"], "pytest (-v|-x) a.py"),
    (["t/a.py", "t/b.py", "t/c.py", "t/d.py", "t/e.py"], "pytest t/*.py"),
    (["t/a.py", "t/b.py t/c.py", "t/d.py", "t/e.py", "t/f.py"], "pytest t/*.py (t/*.py)?"),
    (["a b", "a c"], "pytest a (b|c)"),
    (["", ""], "pytest"),
]


@pytest.mark.parametrize(("lines", "text"), TABLE)
def test_patterns(lines: list[str], text: str) -> None:
    """Options stay a list; words become the narrowest matcher, place by place."""
    assert unify(HEAD, [tuple(line.split()) for line in lines]).text == text


def test_different_skeletons_have_no_pattern() -> None:
    """A command with an option and one without it are not the same shape."""
    with pytest.raises(ValueError, match="skeleton"):
        unify(HEAD, [("-v", "a"), ("a",)])
    with pytest.raises(ValueError, match="skeleton"):
        unify(HEAD, [])


@pytest.mark.parametrize("row", [("a\x1fb",), ("\ue000",), ("\ue001",), ("a\nb",), ("",), ("x" * 201,), ("a",) * 7])
def test_odd_words_are_no_part_of_a_pattern(row: Words) -> None:
    """What only the shell knows, control characters, texts and long lists are left alone."""
    assert not can_unify(row)
