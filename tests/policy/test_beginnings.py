"""Command patterns that no program's name finds are asked only where they may match."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.core.model import Rule, RuleSource
from callgate.policy.globs import Anchors
from callgate.policy.index import Index
from callgate.policy.patterns import PatternError, parse_pattern, render, to_regex

PIECES = ["git", "g", "*", "?", " ", "(a|b)", "(a|b)?", "(g|git)", "=", "A=", "\\*", "\\g", "a", "A", "'a b'", "|"]


def index_of(text: str, *, case_sensitive: bool = True) -> Index:
    """The index of one allow rule with the pattern *text*."""
    rule = Rule("x", "allow", RuleSource("f", 1), command=(text,), case_sensitive=case_sensitive)
    return Index("allow", (rule,), Anchors("/h", "/p", "/p"))


@given(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).map("".join),
    st.lists(st.text("gitabA=* ", max_size=5), min_size=1, max_size=3),
    st.booleans(),
)
def test_no_match_is_missed(text: str, argv: list[str], sensitive: bool) -> None:
    """The index finds a pattern exactly where its expression matches the whole command."""
    try:
        expression = "(?s)" + to_regex(parse_pattern(text), widen=False)
    except PatternError:
        return
    matches = re.fullmatch(expression, render(tuple(argv)), 0 if sensitive else re.IGNORECASE) is not None
    table = index_of(text, case_sensitive=sensitive).table("Bash")
    assert bool(table.command_rules(tuple(argv))) == matches
    assert table.names(argv[0]) or not matches


@pytest.mark.parametrize(
    ("text", "program", "may"),
    [("FLAG=*", "FLAG=1", True), ("FLAG=*", "git", False), ("g*", "git", True), ("*", "x", True), ("?x", "x", True),
     ("ab(c|d)", "abc", True), ("ab(c|d)", "xb", False), ("(a|b)? c", "c", True)],
)  # fmt: skip
def test_beginnings(text: str, program: str, may: bool) -> None:
    """What a wildcard stands for may be anything, what stands before it may not."""
    assert index_of(text).table("Bash").names(program) is may
