"""The size budget really fails what is over it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / "tools" / "check_sizes.py"
LONG_FUNCTION = "class C:\n    def method(self):\n" + "        pass\n" * 60
LONG_NESTED = "def outer():\n    pass\n\n\nif True:\n    async def inner():\n" + "        pass\n" * 60


def _check(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, TOOL, root], capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x = 1\n" * 401, "`src/m.py` has 401 lines, 400 are allowed"),
        (LONG_FUNCTION, "`src/m.py:C.method` has 61 lines, 60 are allowed"),
        (LONG_NESTED, "`src/m.py:inner` has 61 lines, 60 are allowed"),
        ("x = 1\n" * 151, "half of the modules are longer than 150 lines"),
    ],
)
def test_what_is_over_the_budget_fails(tmp_path: Path, text: str, says: str) -> None:
    """A module, a method, a nested coroutine and a median over the budget each fail the check by name."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "m.py").write_text(text)

    done = _check(tmp_path)

    assert done.returncode == 1
    assert says in done.stderr


def test_what_fits_passes(tmp_path: Path) -> None:
    """Exactly the budget is within it."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "m.py").write_text(LONG_FUNCTION.removesuffix("        pass\n"))

    done = _check(tmp_path)

    assert (done.returncode, done.stderr) == (0, "")


def test_a_tree_without_modules_fails(tmp_path: Path) -> None:
    """A check that looks at nothing says so instead of passing."""
    assert _check(tmp_path).returncode == 1
