"""Whether the code on the disk is still the one that runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Callable

import pytest

from callgate.daemon import code


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A small package."""
    root = tmp_path / "package"
    (root / "sub" / "__pycache__").mkdir(parents=True)
    for name in ("a.py", "sub/b.py", "sub/pack.toml", "sub/__pycache__/b.pyc", "notes.md"):
        (root / name).write_text(name)
    return root


def _later(path: Path) -> None:
    """Write the same once more, a moment later."""
    state = path.stat()
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns + 1_000_000))


CHANGES: dict[str, Callable[[Path], object]] = {
    "another size": lambda root: (root / "a.py").write_text("a = 1"),
    "another time": lambda root: _later(root / "sub/b.py"),
    "another pack": lambda root: (root / "sub/pack.toml").write_text("x = 1"),
    "one more": lambda root: (root / "sub/c.py").write_text(""),
    "one less": lambda root: (root / "sub/b.py").unlink(),
    "renamed": lambda root: (root / "a.py").rename(root / "z.py"),
    "gone": lambda root: root.rename(root.with_name("elsewhere")),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_of_what_runs_shows(package: Path, change: str) -> None:
    """Sources and packs: content, time, name, number; and a package that is gone."""
    before = code.signature(str(package))
    CHANGES[change](package)
    assert code.signature(str(package)) != before


def test_what_does_not_run_does_not_count(package: Path) -> None:
    """Compiled files come and go by themselves, and pages are not read."""
    before = code.signature(str(package))
    (package / "sub/__pycache__/b.pyc").write_text("other")
    (package / "sub/__pycache__/c.pyc").write_text("")
    (package / "notes.md").write_text("other")
    assert code.signature(str(package)) == before


def test_a_replaced_file_of_the_same_size_and_time_shows(package: Path) -> None:
    """An installer that keeps times writes a new file nevertheless."""
    before = code.signature(str(package))
    path, new = package / "a.py", package / "a.new"
    new.write_text("b.py")
    state = path.stat()
    os.utime(new, ns=(state.st_atime_ns, state.st_mtime_ns))
    new.replace(path)
    assert code.signature(str(package)) != before


def test_the_package_is_this_one() -> None:
    """By default it looks at the code that runs, and finds it."""
    assert os.path.isfile(f"{code.PACKAGE}/daemon/code.py")
    assert code.signature() == code.signature() != -1
