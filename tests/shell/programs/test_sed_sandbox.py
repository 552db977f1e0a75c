"""sed itself as the judge: its sandbox refuses every script that reads, writes or runs something."""

from __future__ import annotations

import shutil
import subprocess
from random import Random

import pytest

from callgate.shell.programs.sed import UncertainError, effects

PIECES = (
    "s/a/b/", "s/[/]/x/", "s/[\\]/x/", "w x", "r x", "e", "e id", "a\\", "a\\\n", "a foo", "i\\ ", "c\\\\", "\n", ";",
    "}", "{", "/x/", "/[/]/", "\\,a,", ",", "!", "$", "1", "p", "d", ":a", ":a;", "ba;", " ", "\\", "#", "# c\\",
    "y/ab/cd/", "s,a,b,w y", "s/a/b/e", "s/a/\\\n/", "s/a\\/b/", "g", "M", "l 5", "s/x/[/", "s/\\[/]/", "[^/]*",
    "0~2", "W z", "n;",
    "a\\ \\ x", "i\\ \\\n", "c\\\\x\n",
)  # fmt: skip


def _sandboxed() -> bool:
    program = shutil.which("sed")
    if program is None:
        return False
    done = subprocess.run([program, "--sandbox", "p"], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return done.returncode == 0


def _harmless(script: str) -> bool:
    try:
        return not effects(script)
    except UncertainError:
        return False


@pytest.mark.skipif(not _sandboxed(), reason="needs GNU sed with --sandbox")
def test_what_is_found_harmless_passes_the_sandbox() -> None:
    """No script that is found to do nothing but edit is refused by the sandbox of GNU sed."""
    random = Random(20261101)
    scripts = ["".join(random.choices(PIECES, k=random.randint(1, 7))) for _ in range(4000)]
    harmless = [script for script in scripts if _harmless(script)]
    assert len(harmless) > 200
    for script in harmless[:600]:
        done = subprocess.run(
            ["sed", "--sandbox", "-n", script], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        assert "sandbox" not in done.stderr, script
