"""The policy reference and the footprint of the loader."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from callgate.policy.schema import RULE_FIELDS, TABLES

ROOT = Path(__file__).parents[3]

HEAVY = (
    "yaml",
    "tomlkit",
    "regex",
    "re2",
    "json",
    "difflib",
    "dataclasses",
    "pathlib",
    "subprocess",
    "hashlib",
    "tempfile",
)


def test_the_reference_is_up_to_date() -> None:
    """docs/policy-reference.md is what the schema says, and every field is in it."""
    done = subprocess.run(
        [sys.executable, ROOT / "tools/policy_reference.py", "--check"], capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    text = (ROOT / "docs/policy-reference.md").read_text()
    assert [name for name in (*RULE_FIELDS, *TABLES) if f"`{name}`" not in text and f"`[{name}]`" not in text] == []


def test_loading_a_sound_file_imports_nothing_heavy() -> None:
    """The hook pays for every import: a faultless file without regular expressions needs only the standard parser."""
    code = (
        "import sys; before = set(sys.modules)\n"
        "from callgate.policy.loader import load_text\n"
        'load_text(\'[[deny]]\\nid = "a"\\ntool = "Read"\\n[s]\\n[[s.allow]]\\nid = "b"\\ntool = "Glob"\\n\')\n'
        f"print(sorted(set({HEAVY!r}) & (set(sys.modules) - before)))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "[]"
