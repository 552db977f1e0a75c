"""The narrowest word matcher: its laws, and what it makes of words that agents use."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.policy.patterns import SEPARATOR, parse_pattern, to_regex
from callgate.reviewer.cluster.matcher import LITERALS, Glob, escape, narrowest, scheme

PIECES = st.sampled_from(
    ["src", "tests", "a", "ab", "test_x", "test_y", ".py", ".js", "::", "/", "./", "../", "_", "-", ".", "=", "T", "9"]
)
WORDS = st.lists(PIECES, min_size=1, max_size=6).map("".join).filter(lambda word: not word.startswith("-"))
SETS = st.lists(WORDS, min_size=1, max_size=12)


@given(SETS)
def test_every_word_is_matched(words: list[str]) -> None:
    """What is made of some words matches each of them."""
    globs = narrowest(words)
    for word in words:
        assert any(glob.matches(word) for glob in globs)


@given(st.permutations(["src/a.py", "src/b.py", "tests/a.py", "test_x.py", "test_y.py", "a", "src/b"]), SETS)
def test_the_order_does_not_matter(shuffled: list[str], words: list[str]) -> None:
    """The same words in another order, or twice, make the same globs."""
    assert narrowest(shuffled) == narrowest(sorted(shuffled))
    assert narrowest([*words, *reversed(words)]) == narrowest(words)


@given(SETS, SETS, st.lists(WORDS, max_size=8))
def test_fewer_words_never_match_more(some: list[str], more: list[str], probes: list[str]) -> None:
    """Whatever some words match, those words and others match too."""
    few, many = narrowest(some), narrowest([*some, *more])
    for probe in [*probes, *some, *more]:
        if any(glob.matches(probe) for glob in few):
            assert any(glob.matches(probe) for glob in many)


@given(SETS, st.lists(WORDS, max_size=8))
def test_the_policy_reads_globs_the_same_way(words: list[str], probes: list[str]) -> None:
    """A glob written into a `command` pattern matches, in the engine's language, what the glob itself matches."""
    import re

    for glob in narrowest(words):
        regex = to_regex(parse_pattern(f"x {glob.text}"), widen=False)
        for word in [*words, *probes]:
            there = re.fullmatch(regex, f"{SEPARATOR}x{SEPARATOR}{word}", re.DOTALL) is not None
            assert there == glob.matches(word)


@given(SETS)
def test_no_glob_could_stand_for_an_option(words: list[str]) -> None:
    """No glob begins with a wildcard or a dash, so none matches a word that is an option."""
    for glob in narrowest(words):
        assert glob.pieces[0]
        assert not glob.pieces[0].startswith("-")


@given(st.text(max_size=20).filter(lambda text: text.strip(" ") and SEPARATOR not in text))
def test_an_escaped_word_is_that_word(word: str) -> None:
    """Quotes, stars, parentheses and blanks of a literal are no part of the pattern language."""
    import re

    regex = to_regex(parse_pattern(f"x {escape(word)}"), widen=False)
    assert re.fullmatch(regex, f"{SEPARATOR}x{SEPARATOR}{word}", re.DOTALL)
    assert not re.fullmatch(regex, f"{SEPARATOR}x{SEPARATOR}{word}y", re.DOTALL)


TABLE = [
    (["a.py", "b.py"], ["a.py", "b.py"]),
    (["tests/a.py", "tests/b.py", "tests/x/c.py", "tests/d.py", "tests/e.py"], ["tests/*.py"]),
    (["tests/a.py", "tests/b.py", "src/c.py", "src/d.py", "lib/e.py"], ["lib/e.py", "src/*.py", "tests/*.py"]),
    (["tests/a.py", "tests/b.py", "tests/", "tests/x", "tests/y"], ["tests/*"]),
    (["t/a.py::A::x", "t/a.py::B", "t/b.py::x", "t/c.py::x", "t/d.py::y"], ["t/*.py::*"]),
    (["test_a", "test_b", "test_c", "other", "test_d"], ["other", "test_*"]),
    (["/w/tests/a.py", "/w/tests/b.py", "/w/tests/c.py", "/w/src/d.py", "/w/src/e.py"],
     ["/w/src/*.py", "/w/tests/*.py"]),
]  # fmt: skip


@pytest.mark.parametrize(("words", "texts"), TABLE)
def test_words_of_agents(words: list[str], texts: list[str]) -> None:
    """Few words stay as they are; many become what their directories and endings have in common."""
    assert [glob.text for glob in narrowest(words)] == texts
    assert len(words) <= LITERALS or any("*" in text for text in texts)


def test_a_word_without_parts_is_its_own_scheme() -> None:
    """Nothing is made up for a word that has no separator."""
    assert scheme("migrations") == ("migrations", "", "")
    assert Glob(("a*b",)).text == "a\\*b"
