"""Variables that a checkout's settings set must not move the gate's files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from callgate.environ import MOVES_THE_GATE, account_home, trusted_environ


def _project(tmp_path: Path, text: str, name: str = "settings.json") -> Path:
    project = tmp_path / "project"
    (project / ".claude").mkdir(parents=True)
    (project / "src").mkdir()
    (project / ".claude" / name).write_text(text)
    return project


@pytest.mark.parametrize("name", MOVES_THE_GATE)
@pytest.mark.parametrize("file", ["settings.json", "settings.local.json"])
def test_named_variables_are_dropped(name: str, file: str, tmp_path: Path) -> None:
    """A variable that a settings file of the project sets is not believed, seen from a subdirectory too."""
    project = _project(tmp_path, json.dumps({"env": {name: "/evil"}}), file)
    environ = {"HOME": "/home/u", name: "/evil"}

    found = trusted_environ(environ, str(project / "src"))

    assert found.get(name) != "/evil"
    assert found["HOME"] == (account_home() if name == "HOME" else "/home/u")


def test_escapes_do_not_hide_a_name(tmp_path: Path) -> None:
    """JSON escapes in the name or in `env` are decoded before looking."""
    project = _project(tmp_path, '{"\\u0065nv": {"\\u0048OME": "/evil"}}')

    assert trusted_environ({"HOME": "/evil"}, str(project))["HOME"] == account_home()


@pytest.mark.parametrize(
    "text", ["{}", '{"env": {"PATH": "/x"}}', '{"hooks": {}}', "not json", '{"env": ["HOME"]}', "[]"]
)
def test_other_settings_change_nothing(text: str, tmp_path: Path) -> None:
    """Settings that do not set such a variable, or that the host cannot read, leave the environment alone."""
    project = _project(tmp_path, text)
    environ = {"HOME": "/home/u", "XDG_STATE_HOME": "/s"}

    assert trusted_environ(environ, str(project)) is environ


def test_unreadable_settings_are_suspect(tmp_path: Path) -> None:
    """Settings that are no regular file may set anything, so nothing of the kind is believed."""
    project = _project(tmp_path, "{}")
    (project / ".claude" / "settings.json").unlink()
    (project / ".claude" / "settings.json").mkdir()

    assert trusted_environ({"HOME": "/evil"}, str(project))["HOME"] == account_home()


def test_no_project_no_change() -> None:
    """Without a cwd and a project there is nothing to look at."""
    environ = {"HOME": "/home/u"}

    assert trusted_environ(environ, "") is environ
