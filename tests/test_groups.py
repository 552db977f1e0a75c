"""Modules of one `xdist_group` run in one worker."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

MODULE = """
import os, time
import pytest
{mark}
@pytest.mark.parametrize("number", range(6))
def test_one(number):
    time.sleep(0.02)
    with open({place!r}, "a") as out:
        out.write(os.environ["PYTEST_XDIST_WORKER"] + "\\n")
"""
MARK = 'pytestmark = pytest.mark.xdist_group("kept")'


def test_a_group_is_kept_together(tmp_path: Path) -> None:
    """The tests of two modules of a group see one worker, while the other one has those of another module."""
    (tmp_path / "tests").mkdir()
    shutil.copy(Path(__file__).with_name("conftest.py"), tmp_path / "tests")
    for name, mark in (("a", MARK), ("b", MARK), ("c", "")):
        text = MODULE.format(mark=mark, place=str(tmp_path / (name if not mark else "kept")))
        (tmp_path / "tests" / f"test_{name}.py").write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup", "-p", "no:cacheprovider", "tests"],
        cwd=tmp_path, capture_output=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    kept, others = ((tmp_path / name).read_text().split() for name in ("kept", "c"))
    assert (len(kept), len(set(kept))) == (12, 1)
    assert (len(others), len({*kept, *others})) == (6, 2)
