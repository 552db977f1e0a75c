"""The shipped packs, as they are and as `callgate init` writes them, come out clean."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from callgate.cli.linting import lint
from callgate.cli.world import World
from callgate.policy.loader import builtin, load_text, pack_names
from callgate.policy.loader.assemble import pack_path


@pytest.mark.parametrize("pack", pack_names())
def test_a_shipped_pack_is_clean(pack: str, tmp_path: Path) -> None:
    """No lint has anything to say of a pack that is in force as shipped."""
    world = World(profile=pack, cwd=str(tmp_path)).absolute()
    assert [one.problem.message for one in lint(builtin(pack), world, os.environ)] == []


@pytest.mark.parametrize("pack", pack_names())
def test_a_copy_of_a_pack_is_clean(pack: str, tmp_path: Path) -> None:
    """A user's file with the text of a pack is clean, too; one changed rule in it is looked at."""
    world = World(config="x", project=str(tmp_path), cwd=str(tmp_path)).absolute()
    text = Path(pack_path(pack)).read_text(encoding="utf-8")
    loaded = load_text(text, str(tmp_path / "policy.toml"))
    assert [one.problem.message for one in lint(loaded, world, os.environ)] == []

    changed = load_text(f'{text}\n[[allow]]\nid = "mine"\ncommand = "python *"\n', str(tmp_path / "policy.toml"))
    assert {one.finding.code for one in lint(changed, world, os.environ) if one.finding.rule.id == "mine"} >= {
        "broad_pattern"
    }
