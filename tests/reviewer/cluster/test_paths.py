"""The narrowest path globs: their laws, and what they make of files."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.policy.globs import Anchors, check_glob, compile_glob
from callgate.reviewer.cluster.paths import ending, name_globs, tree_globs

ANCHORS = Anchors("/home/u", "/p", "/p")
NAMES = st.sampled_from(
    ["a", "b", "test_x", "check_a", "check_b", "reproduce_issue", "we[i]rd", "st*r", "x y", "back\\"]
)
FOLDERS = st.lists(st.sampled_from(["src", "tests", "x", "y", "z[1]"]), max_size=3)
FILES = st.builds(lambda folders, name: "/".join([*folders, f"{name}.py"]), FOLDERS, NAMES)
SETS = st.lists(FILES, min_size=1, max_size=14)


def matches(globs: list[str], file: str) -> bool:
    """Whether a rule with *globs*, below the project, speaks of *file*."""
    found = [compile_glob(f"<project>/{glob}", ANCHORS, widen=False) for glob in globs]
    return any(one is not None and re.fullmatch(f"(?s){one.regex}", f"/p/{file}") for one in found)


@given(SETS)
def test_every_file_is_matched_and_every_glob_is_sound(files: list[str]) -> None:
    """What is made of some files speaks of each of them, and the policy takes it."""
    for made in (tree_globs(files), name_globs(files, frozenset({"test"}))):
        assert all(check_glob(f"<project>/{glob}") is None for glob in made)
        assert all(matches(list(made), file) for file in files)
        assert sorted(set(files)) == sorted(file for members in made.values() for file in members)


@given(SETS)
def test_the_order_of_files_does_not_matter(files: list[str]) -> None:
    """The same files in another order make the same globs."""
    assert tree_globs(files) == tree_globs(list(reversed(files)))
    assert name_globs(files, frozenset()) == name_globs(list(reversed(files)), frozenset())


@given(SETS, SETS, st.lists(FILES, max_size=8))
def test_fewer_files_never_match_more(some: list[str], more: list[str], probes: list[str]) -> None:
    """Whatever some files make a rule speak of, those files and others do too."""
    for make in (tree_globs, lambda files: name_globs(files, frozenset({"test"}))):
        few, many = list(make(some)), list(make([*some, *more]))
        assert all(matches(many, probe) for probe in [*probes, *some] if matches(few, probe))


def test_files_of_many_directories_are_meant_everywhere() -> None:
    """Up to eight top directories are listed, more become `**`."""
    few = [f"d{number}/x/{name}.py" for number in range(8) for name in "ab"]
    assert sorted(tree_globs(few)) == [f"d{number}/x/**/*.py" for number in range(8)]
    assert list(tree_globs([*few, "d8/x/a.py"])) == ["**/*.py"]


@pytest.mark.parametrize(
    ("files", "globs"),
    [
        (["reproduce_a.py", "reproduce_b.py"], ["reproduce_*.py"]),
        (["reproduce_a.py"], ["reproduce_a.py"]),
        (["test_a.py", "test_b.py"], ["test_a.py", "test_b.py"]),
        (["a/check_1.py", "b/check_2.py"], ["a/check_1.py", "b/check_2.py"]),
        (["ab_1.py", "ab_2.py"], ["ab_1.py", "ab_2.py"]),
    ],
)
def test_names_to_delete(files: list[str], globs: list[str]) -> None:
    """Names are generalised within one directory, and never those that projects give to their own files."""
    assert sorted(name_globs(files, frozenset({"test"}))) == globs


def test_endings() -> None:
    """A dot file has no ending."""
    assert [ending(name) for name in ("a/b.PY", ".env", "a.b/c", "x.tar.gz")] == [".py", "", "", ".gz"]
