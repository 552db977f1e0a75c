"""`observe.real_path` answers as `os.path.realpath` does, links, loops and missing parts included."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from callgate.observe import real_path

PATHS = [
    "", "/a", "/a/b", "/a/b/file", "/a/file", "/up", "/up/b/file", "/a/b/back/b/file", "/loop", "/loop/x", "/gone/x/y",
    "/dangling", "/dangling/x", "/a/file/x", "/a/./b", "/a/../a/b", "/up/../a", "/a//b", "/a/b/", "/a/.hidden",
    "/a/.hidden/x", "/chain", "/a/é",
]  # fmt: skip


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a directory with links up, across, in a circle, to nowhere and to links."""
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/.hidden").mkdir()
    for name in ("a/file", "a/b/file", "a/é"):
        (tmp_path / name).touch()
    for name, target in {
        "up": "a", "a/b/back": "../../a", "loop": "loop", "dangling": "gone", "chain": "up/b", "a/.hidden/x": "/etc",
    }.items():  # fmt: skip
        (tmp_path / name).symlink_to(target)
    return tmp_path


@pytest.mark.parametrize("path", PATHS)
def test_as_the_standard_library_says(tree: Path, path: str) -> None:
    """Alone, and when prefixes were seen before."""
    whole = f"{tree}{path}"
    assert real_path(whole, set()) == os.path.realpath(whole)
    plain: set[str] = set()
    for one in (*PATHS, path):
        answer = real_path(f"{tree}{one}", plain)
    assert answer == os.path.realpath(whole)


def test_the_root() -> None:
    """`/` has no parts."""
    assert real_path("/", set()) == "/"


def test_nul() -> None:
    """No file has such a name, and the caller knows this error."""
    with pytest.raises(ValueError, match="null"):
        real_path("/a\0b", set())
