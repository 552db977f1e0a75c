"""What automata say of expressions and patterns is what the engines do with them."""

from __future__ import annotations

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from callgate.policy.globs import Anchors, compile_glob
from callgate.policy.language import samples
from callgate.policy.language.automaton import Budget, find
from callgate.policy.language.languages import (
    Language,
    included,
    of_command,
    of_paths,
    of_search,
    redundant,
    shared,
)
from callgate.policy.language.reader import read
from callgate.policy.language.syntax import Unsupported, anchored, finite
from callgate.policy.patterns import parse_pattern, render, to_regex
from callgate.policy.regexes import is_linear

ANCHORS = Anchors("/home/u", "/p", "/p")
OPTIONS = re2.Options()
OPTIONS.log_errors = False

_ATOMS = ["a", "b", "ab", " ", "-", ".", "[ab]", "[^a]", "[a-c-]", r"\d", r"\w", r"\s", r"\b", r"\B", r"\.", "^", "$",
          "[[:alpha:]]", r"\x41", "é", "[]a]", "(?i:A)", r"[\w.-]", r"\W"]  # fmt: skip
regexes = st.recursive(
    st.sampled_from(_ATOMS),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: "(" + "|".join(parts) + ")"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "*?"])).map(lambda p: f"(?:{p[0]}){p[1]}"),
    ),
    max_leaves=6,
)
texts = st.text(st.sampled_from("aAbcd- .1_é\n"), max_size=7)


@given(regexes, st.lists(texts, min_size=8, max_size=8), st.booleans())
def test_the_automaton_finds_what_re2_finds(regex: str, given_texts: list[str], sensitive: bool) -> None:
    """Of every expression that is read, the automaton of its search accepts the texts in which RE2 finds it."""
    if not is_linear(regex):
        return
    automaton = of_search(regex, sensitive)
    if automaton is None:
        return
    pattern = re2.compile(regex if sensitive else f"(?i){regex}", OPTIONS)
    for text in [*given_texts, "", "a", "ab", "A"]:
        assert automaton.accepts(text) == (pattern.search(text) is not None), (regex, text)


@given(regexes, regexes)
def test_an_answer_is_right(one: str, other: str) -> None:
    """A text that a walk returns is in the one and not in the other; without a text no made-up one is."""
    mine, its = of_search(one), of_search(other)
    if mine is None or its is None:
        return
    answer = find([mine], [its])
    left, right = re2.compile(one, OPTIONS), re2.compile(other, OPTIONS)
    if answer.text is not None:
        assert left.search(answer.text) is not None
        assert right.search(answer.text) is None
    elif answer.complete:
        for text in samples.of_regex(one):
            assert right.search(text) is not None, (one, other, text)


words = st.sampled_from(
    ["git", "log", "g*", "*", "?x", "-f", "(a|b)", "(a|b c)", "(log)?", "l(og|s)", "--x=*", "'a b'"]
)
patterns = st.lists(words, min_size=1, max_size=4).map(" ".join)
argvs = st.lists(st.sampled_from(["git", "log", "ls", "-f", "a", "b", "c", "x", "ax", "", "--x=1", "a b"]), max_size=5)


@given(patterns, patterns, st.lists(argvs, min_size=6, max_size=6))
def test_word_patterns_are_compared_rightly(inner: str, outer: str, commands: list[list[str]]) -> None:
    """When one pattern is said to lie within another, no command matches the first and not the second."""
    one, other = of_command(inner, widen=False), of_command(outer, widen=True)
    assert one is not None
    assert other is not None
    left = re2.compile("(?s)" + to_regex(parse_pattern(inner), widen=False), OPTIONS)
    right = re2.compile("(?s)" + to_regex(parse_pattern(outer), widen=True), OPTIONS)
    given_commands = [tuple(argv) for argv in commands if argv] + samples.of_command(inner)
    within = included(Language((one,)), Language((other,)), Budget())
    common = shared(Language((one,)), Language((other,)), Budget())
    for argv in given_commands:
        text = render(argv)
        assert one.accepts(text) == (left.fullmatch(text) is not None)
        if left.fullmatch(text):
            assert not within or right.fullmatch(text), argv
            assert common is not None or not right.fullmatch(text), argv
    if common is not None:
        assert left.fullmatch(common)
        assert right.fullmatch(common)


segments = st.sampled_from(["a", "b", "*", "a*", "**", "[ab]", "?", ".env", "[!a]", "*.py", "a.py"])
bodies = st.lists(segments, min_size=1, max_size=3).map("/".join)
globs = st.tuples(st.sampled_from(["", "<project>/", "/", "~/", "**/", "/p/"]), bodies).map("".join)
paths = st.lists(st.sampled_from(["p", "a", "b", ".env", "a.py", "home", "u", "x"]), max_size=5).map(
    lambda parts: "/" + "/".join(parts)
)


@given(
    st.tuples(globs), st.lists(globs, min_size=1, max_size=2), st.lists(globs, max_size=1), st.lists(paths, max_size=9)
)
def test_globs_are_compared_rightly(
    inner: tuple[str], outer: list[str], out: list[str], given_paths: list[str]
) -> None:
    """When the paths of one rule are said to lie within those of another, no path is in the first only."""
    written = (*outer, *("!" + glob for glob in out))
    one, other = of_paths(inner, ANCHORS, widen=False), of_paths(written, ANCHORS, widen=True)
    assert one is not None
    assert other is not None
    within = included(one, other, Budget())
    for path in given_paths:
        mine = any(_matches(glob, path, widen=False) for glob in inner)
        its = any(_matches(glob, path, widen=True) for glob in outer)
        its = its and not any(_matches(glob, path, widen=False) for glob in out)
        assert any(pattern.accepts(path) for pattern in one.patterns) == mine
        assert not (within and mine and not its), path


def _matches(glob: str, path: str, *, widen: bool) -> bool:
    compiled = compile_glob(glob, ANCHORS, widen=widen)
    return compiled is not None and re2.compile("(?s)" + compiled.regex, OPTIONS).fullmatch(path) is not None


WITHIN = [
    ("git log *", "git *", True),
    ("git *", "git log *", False),
    ("make (test|all)", "make *", True),
    ("git (log|diff) --stat *", "git (log|diff) *", True),
    ("g* push", "git *", False),
    ("pytest", "pytest *", True),
]


@pytest.mark.parametrize(("inner", "outer", "expected"), WITHIN)
def test_word_patterns_within_others(inner: str, outer: str, expected: bool) -> None:
    """Plain cases come out as a person would say."""
    one, other = of_command(inner, widen=False), of_command(outer, widen=True)
    assert one
    assert other
    assert included(Language((one,)), Language((other,)), Budget()) == expected


def test_a_spent_budget_proves_nothing() -> None:
    """Without the means to look, one pattern is not said to lie within another, nor are two said to be apart."""
    one, other = of_search("^(a|b){6}x"), of_search("^(a|b)")
    assert one
    assert other
    assert included(Language((one,)), Language((other,)), Budget())
    assert not included(Language((one,)), Language((other,)), Budget(steps=3))
    assert not find([one], [other], Budget(steps=3)).complete


def test_of_two_equal_patterns_the_later_is_redundant() -> None:
    """Redundant patterns are named with the one that covers them; of equals one is kept."""
    found = [of_command(text, widen=True) for text in ("git log", "git *", "git log", "git  *")]
    kept = [one for one in found if one is not None]
    assert redundant(kept, Budget()) == [(0, 1), (2, 1), (3, 1)]


UNSUPPORTED = [r"(?=a)b", r"(a)\1", r"\p{L}", "(?m)^a", r"a++", r"\Qa\E", "(a"]


@pytest.mark.parametrize("regex", UNSUPPORTED)
def test_what_a_tree_cannot_say_is_refused(regex: str) -> None:
    """Look-around, back-references, Unicode classes and other flags are not guessed at."""
    with pytest.raises(Unsupported):
        read(regex)


def test_lenient_reading_tells_that_it_left_something_out() -> None:
    """A tree with something left out is marked as inexact."""
    assert read("a(?=b)c", lenient=True).exact is False
    assert read("a(b|c)", lenient=True).exact is True


@given(regexes)
def test_made_up_texts_match(regex: str) -> None:
    """Every text that is made up from an expression is one in which it is found."""
    if is_linear(regex):
        pattern = re2.compile(regex, OPTIONS)
        assert all(pattern.search(text) for text in samples.of_regex(regex))


def test_listed_strings() -> None:
    """An anchored list of names comes apart; something endless does not."""
    assert finite(anchored(read("^(Read|Gr(ep|ip))$").node)[2]) == ("Read", "Grep", "Grip")
    assert finite(read("a*").node) is None
