"""The words in which an answer tells what was done."""

from __future__ import annotations

from callgate.reviewer.apply.base import Change


def test_a_dry_run_says_what_would_be_done() -> None:
    """The same change, told before and after."""
    change = Change("Added", "add", "rule 'x' to p.toml at line 42")
    assert change.told(dry_run=False) == "Added rule 'x' to p.toml at line 42"
    assert change.told(dry_run=True) == "Would add rule 'x' to p.toml at line 42"
