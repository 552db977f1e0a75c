"""Base-name globs that Python's engine matches: the same names as ever, and never in exponential time."""

from __future__ import annotations

import re
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.observe import expand_glob
from callgate.policy.globs import Anchors, check_glob, compile_glob, has_plain_sets, segment_regex, steady_regex
from callgate.policy.regexes import is_linear


@given(st.text("ab*?[]!^.-", min_size=1, max_size=9), st.text("ab.[]*-\n", max_size=8))
def test_the_steady_expression_matches_the_same(glob: str, name: str) -> None:
    """Taking the first place where a piece fits loses no match."""
    if not has_plain_sets(glob):
        return
    plain, steady = (re.fullmatch(make(glob), name, re.DOTALL) for make in (segment_regex, steady_regex))
    assert (plain is None) == (steady is None)


@pytest.mark.parametrize("glob", ["*" * 100 + "x", "*a" * 100 + "b", "*?" * 100 + "b"])
def test_many_stars_come_to_an_end(glob: str) -> None:
    """These took longer than anybody waits."""
    assert re.fullmatch(steady_regex(glob), "a" * 255, re.DOTALL) is None


@pytest.mark.parametrize("glob", ["[z-a]", "[a--b]*", "[a&&b]", "x[b-a-z]"])
def test_odd_ranges_are_not_known(glob: str) -> None:
    """A range that runs backwards, or an operation on sets, is not worked out."""
    assert not has_plain_sets(glob)
    assert expand_glob(f"/tmp/{glob}") is None


@given(st.text("abz-[]!^&|~", max_size=9))
def test_plain_sets_compile(glob: str) -> None:
    """What is called plain raises nothing and warns of nothing."""
    if has_plain_sets(glob):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(steady_regex(glob))


BACKWARDS = [
    ("[z-a]", True),
    ("x/[!9-0]", True),
    ("[a-z0-]", False),
    ("[-a]", False),
    ("[a\\-b]", False),
    ("[]-a]", False),
]


@pytest.mark.parametrize(("glob", "fault"), BACKWARDS)
def test_a_range_that_runs_backwards_is_a_fault(glob: str, fault: bool) -> None:
    """No engine takes such a class: it must not load and then fail when the first path is looked up."""
    assert (check_glob(glob) is not None) == fault
    if not fault:
        compiled = compile_glob(glob, Anchors("/h", "/p", "/p"), widen=True)
        assert compiled is not None
        assert is_linear(compiled.regex)
