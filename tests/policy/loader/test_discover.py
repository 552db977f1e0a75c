"""Discovery: which files are in force for a call."""

from __future__ import annotations

from pathlib import Path

import pytest

from callgate.core.errors import PolicyError
from callgate.policy.loader import discover, load

OLDER = "claude-code-permissions-hook.toml"
PACK = "packs/cautious.toml:builtin"

CASES: list[tuple[str, list[str], list[str]]] = [
    ("nothing", [], [PACK]),
    ("managed alone", ["etc/policy.toml"], ["etc/policy.toml:managed", PACK]),
    ("user, own name", ["home/.config/callgate/policy.toml"], ["home/.config/callgate/policy.toml:user"]),
    ("user, older name", [f"home/.config/{OLDER}"], [f"home/.config/{OLDER}:user"]),
    (
        "user, both names",
        ["home/.config/callgate/policy.toml", f"home/.config/{OLDER}"],
        ["home/.config/callgate/policy.toml:user"],
    ),
    ("machine-wide, older", [f"etc/{OLDER}"], [f"etc/{OLDER}:user"]),
    ("user before machine-wide", [f"etc/{OLDER}", f"home/.config/{OLDER}"], [f"home/.config/{OLDER}:user"]),
    ("project, own name", ["home/p/.callgate.toml"], ["home/p/.callgate.toml:project", PACK]),
    ("project, older name", [f"home/p/{OLDER}"], [f"home/p/{OLDER}:project", PACK]),
    ("project, both names", ["home/p/.callgate.toml", f"home/p/{OLDER}"], ["home/p/.callgate.toml:project", PACK]),
    ("subdirectory", ["home/p/sub/.callgate.toml"], ["home/p/sub/.callgate.toml:project", PACK]),
    (
        "subdirectory adds to the project",
        [f"home/p/sub/{OLDER}", "home/p/.callgate.toml"],
        [f"home/p/sub/{OLDER}:project", "home/p/.callgate.toml:project", PACK],
    ),
    ("beside the directory", [f"home/p/.config/{OLDER}"], [f"home/p/.config/{OLDER}:project", PACK]),
    (
        "beside the directory, only when there is no other",
        [f"home/p/.config/{OLDER}", "home/p/.callgate.toml"],
        ["home/p/.callgate.toml:project", PACK],
    ),
    (
        "all layers",
        ["etc/policy.toml", "home/.config/callgate/policy.toml", "home/p/.callgate.toml"],
        ["etc/policy.toml:managed", "home/.config/callgate/policy.toml:user", "home/p/.callgate.toml:project"],
    ),
]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty machine: `etc`, `home`, the project `home/p` with `sub`, and one pack."""
    for name in ("etc", "home/p/sub", "packs"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "packs/cautious.toml").touch()
    monkeypatch.setattr("callgate.policy.loader.assemble.PACKS", str(tmp_path / "packs"))
    return tmp_path


def found(world: Path, cwd: str = "home/p/sub", config: str = "", env: str = "") -> list[str]:
    """Return what is discovered in *world*, relative to it, with layers."""
    candidates = discover(
        {"CLAUDE_PERMISSIONS_CONFIG": env} if env else {},
        str(world / "home"),
        str(world / cwd) if cwd else "",
        str(world / "home/p"),
        config,
        managed=str(world / "etc/policy.toml"),
        system=str(world / "etc" / OLDER),
    )
    return [f"{Path(path).relative_to(world)}:{layer}" for path, layer in candidates]


@pytest.mark.parametrize(("files", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_each_level_gives_its_first_file(world: Path, files: list[str], expected: list[str]) -> None:
    """Managed, user and project are in force together; `cautious` is the base while there is no user policy."""
    for name in files:
        (world / name).parent.mkdir(parents=True, exist_ok=True)
        (world / name).touch()
    assert found(world) == expected


@pytest.mark.parametrize("name", ["here.toml", "./x/../here.toml"])
def test_config_is_used_alone(world: Path, name: str) -> None:
    """`--config` leaves only the managed file beside it, whether it exists or not; the variable is a user policy."""
    for other in ("etc/policy.toml", "home/.config/callgate/policy.toml", "home/p/.callgate.toml"):
        (world / other).parent.mkdir(parents=True, exist_ok=True)
        (world / other).touch()
    managed = "etc/policy.toml:managed"
    assert found(world, config=name) == [managed, "home/p/sub/here.toml:file"]
    assert found(world, env=name) == [managed, "home/p/sub/here.toml:user"]
    assert found(world, config="~/c.toml", env=name) == [managed, "home/c.toml:file"]
    assert found(world, config=str(world / "c.toml")) == [managed, "c.toml:file"]


def test_the_users_own_file_is_no_project_file(world: Path) -> None:
    """`../.config` as seen from a directory in the home directory is the user's."""
    (world / "home/.config/callgate").mkdir(parents=True)
    (world / f"home/.config/{OLDER}").touch()
    assert found(world, "home/p") == [f"home/.config/{OLDER}:user"]
    (world / "home/.config/callgate/policy.toml").touch()
    assert found(world, "home/p") == ["home/.config/callgate/policy.toml:user"]


def test_a_file_counts_once(world: Path) -> None:
    """A project file that is the user's by another name is the user's."""
    (world / "home/.config/callgate").mkdir(parents=True)
    (world / "home/.config/callgate/policy.toml").touch()
    (world / "home/p/.callgate.toml").symlink_to(world / "home/.config/callgate/policy.toml")
    assert found(world, "home/p") == ["home/.config/callgate/policy.toml:user"]


def test_without_a_directory_there_is_only_the_project(world: Path) -> None:
    """An agent that does not say where it is gets the project's file and no `../.config`."""
    (world / "home/p/.callgate.toml").touch()
    assert found(world, "") == ["home/p/.callgate.toml:project", PACK]


def test_what_cannot_be_read_is_found(world: Path) -> None:
    """A broken link or a directory in the place of a policy is named as a fault, not passed over."""
    (world / "home/.config").mkdir()
    (world / f"home/.config/{OLDER}").symlink_to("nowhere")
    (world / "home/p/.callgate.toml").mkdir()
    (world / "home/p/sub").rmdir()
    assert found(world, "home/p") == [f"home/.config/{OLDER}:user", "home/p/.callgate.toml:project"]
    candidates = discover({}, str(world / "home"), str(world / "home/p"), "", managed="", system="")
    with pytest.raises(PolicyError) as caught:
        load(candidates, str(world / "home"), "", {})
    assert len(caught.value.problems) == 2


def test_no_managed_place_to_look_at(world: Path) -> None:
    """Empty paths stand for *there is none*."""
    assert [candidate.layer for candidate in discover({}, str(world), "", "", managed="", system="")] == ["builtin"]
