"""The check of the lock files really fails a lock that does not hold."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]


def _check(root: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(root / "tools" / "lock.py"), "--check"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what the check reads."""
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "lock.py", tmp_path / "tools")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def _without_hashes(text: str) -> str:
    head, _, rest = text.partition("regex==")
    version, _, rest = rest.partition(" \\\n")
    return f"{head}regex=={version}\n" + rest[rest.index("\nrich==") + 1 :]


@pytest.mark.parametrize(
    ("file", "edit", "says"),
    [
        (
            "runtime.txt",
            lambda text: "--index-url https://example.invalid/simple\n" + text,
            "names a host or an option",
        ),
        ("runtime.txt", lambda text: "  --find-links /somewhere\n" + text, "names a host or an option"),
        ("dev.txt", lambda text: text + "thing @ git+ssh://example.invalid/thing\n", "names a host or an option"),
        ("runtime.txt", _without_hashes, "`regex` has no hash"),
        ("build.in", lambda text: text + "not-locked>=1\n", "`not-locked>=1` is not locked"),
        ("build.in", lambda text: text + "rich>=9999\n", "does not fit `rich>=9999`"),
    ],
)
def test_a_lock_that_does_not_hold_fails(tree: Path, file: str, edit: Callable[[str], str], says: str) -> None:
    """A host, a pin without a hash, and a requirement that the lock does not answer each fail by name."""
    path = tree / "requirements" / file
    path.write_text(edit(path.read_text()))

    done = _check(tree)

    assert done.returncode == 1
    assert says in done.stderr
    assert "help: run `make lock`" in done.stderr


def test_a_missing_lock_fails(tree: Path) -> None:
    """A lock that is gone is named."""
    (tree / "requirements" / "dev.txt").unlink()

    assert "`requirements/dev.txt` does not exist" in _check(tree).stderr


def test_the_locks_of_this_checkout_hold(tree: Path) -> None:
    """Every requirement is pinned by hash, and no file names a host."""
    done = _check(tree)

    assert (done.returncode, done.stderr) == (0, "")
