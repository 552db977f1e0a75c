"""What Python would load from a directory before its own library."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from callgate.shadows import MAX_ENTRIES, shadows


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("json.py", True), ("re.pyc", True), ("math.cpython-311-x86_64-linux-gnu.so", True), ("_colorize.py", True),
        ("JSON.py", True), ("json.txt", False), ("app.py", False), ("setup.py", False),
        ("test.py", False), ("__init__.py", False), ("__main__.py", False), ("linecache.py", True), ("apport.py", True),
    ],
)  # fmt: skip
def test_files(tmp_path: Path, name: str, counts: bool) -> None:
    """Modules of the library and what it tries to import; other names and other kinds of file do not count."""
    (tmp_path / name).touch()
    assert bool(shadows(str(tmp_path))) is counts


@pytest.mark.parametrize(
    ("directory", "inside", "counts"),
    [("json", "__init__.py", True), ("json", "x.py", False), ("email", "__init__.pyc", True), ("org", "x", True),
     ("src", "__init__.py", False), ("test", "__init__.py", False), ("calendar", "__init__.abi3.so", True)],
)  # fmt: skip
def test_directories(tmp_path: Path, directory: str, inside: str, counts: bool) -> None:
    """A package counts; a directory alone only where no module of that name is found behind it."""
    (tmp_path / directory).mkdir()
    (tmp_path / directory / inside).touch()
    assert bool(shadows(str(tmp_path))) is counts


def test_missing_full_and_unreadable(tmp_path: Path) -> None:
    """Nothing is there; too much is there; it is no directory."""
    assert shadows(str(tmp_path / "gone")) == ()
    assert shadows(str(tmp_path / "a\0b")) is None
    (tmp_path / "file").touch()
    assert shadows(str(tmp_path / "file")) == ()
    many = tmp_path / "many"
    many.mkdir()
    for number in range(MAX_ENTRIES + 1):
        (many / f"f{number}").touch()
    assert shadows(str(many)) is None


def test_python_agrees(tmp_path: Path) -> None:
    """What is said to stand before the library does, and what is said not to does not."""
    (tmp_path / "json.py").write_text("print('mine')")
    (tmp_path / "email").mkdir()
    (tmp_path / "email/x.py").write_text("print('mine')")
    program = "import json, email; print(email.__file__)"
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("mine\n")
    assert str(tmp_path) not in done.stdout
    assert shadows(str(tmp_path)) == ("json.py",)
