"""The trust store: what is pinned, who may write it, and what a broken one does."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from callgate.core.errors import PolicyError
from callgate.policy.loader import read_trust, trust_file, untrust


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project file that includes another one."""
    (tmp_path / "inc.toml").write_text("[[deny]]\nid='b'\ntool='B'\n")
    path = tmp_path / "p.toml"
    path.write_text("includes.files = ['inc.toml']\n")
    return path


def test_a_missing_store_trusts_nothing(tmp_path: Path) -> None:
    """No store is the usual case and no fault."""
    assert read_trust(str(tmp_path / "a" / "trust.json")) == {}


def test_trusting_pins_everything_that_is_included(tmp_path: Path, project: Path) -> None:
    """The store holds real paths and hashes, is private, and its directory is made when missing."""
    store = tmp_path / "config" / "trust.json"
    pins = trust_file(str(store), str(project))
    assert [path for path, _ in pins] == [str(project), str(tmp_path / "inc.toml")]
    assert read_trust(str(store)) == dict(pins) == json.loads(store.read_text())
    assert store.stat().st_mode & 0o777 == 0o600
    assert store.parent.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in store.parent.iterdir() if path.name.startswith(".trust-")] == []


def test_trust_is_added_and_taken_away(tmp_path: Path, project: Path) -> None:
    """Other entries stay; a file that is gone can still lose its trust."""
    store = str(tmp_path / "trust.json")
    other = tmp_path / "other.toml"
    other.touch()
    trust_file(store, str(other))
    trust_file(store, str(project))
    assert len(read_trust(store)) == 3
    assert untrust(store, str(project)) == (str(project), str(tmp_path / "inc.toml"))
    other.unlink()
    assert untrust(store, str(other)) == (str(other),)
    assert untrust(store, str(other)) == ()
    assert read_trust(store) == {}


@pytest.mark.parametrize("text", ["x = ", "includes.files = ['absent.toml']\n", "includes.files = ['p.toml']\n"])
def test_a_broken_file_is_not_trusted(tmp_path: Path, text: str) -> None:
    """Nothing is written when the file or what it includes cannot be read."""
    (tmp_path / "p.toml").write_text(text)
    with pytest.raises(PolicyError):
        trust_file(str(tmp_path / "trust.json"), str(tmp_path / "p.toml"))
    assert not (tmp_path / "trust.json").exists()


def test_a_link_is_not_trusted(tmp_path: Path, project: Path) -> None:
    """It would not be trusted by the loader either; the help names the file itself."""
    (tmp_path / "link.toml").symlink_to(project)
    with pytest.raises(PolicyError) as caught:
        trust_file(str(tmp_path / "trust.json"), str(tmp_path / "link.toml"))
    assert caught.value.problems[0].help == f"use the file itself: `{project}`"


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{", b'{"/a": 1}', b'{"/a": "xyz"}', b"\xff", b"[" * 100_000, b" " * (5 * 1024 * 1024)],
    ids=["empty", "list", "half", "number", "no-hash", "bytes", "nested", "huge"],
)
def test_a_malformed_store_is_a_fault(tmp_path: Path, project: Path, content: bytes) -> None:
    """It neither trusts anything nor is overwritten."""
    store = tmp_path / "trust.json"
    store.write_bytes(content)
    store.chmod(0o600)
    with pytest.raises(PolicyError, match="is not a trust store"):
        read_trust(str(store))
    with pytest.raises(PolicyError):
        trust_file(str(store), str(project))
    assert store.read_bytes() == content


def test_a_store_that_others_may_write_is_a_fault(tmp_path: Path) -> None:
    """Whoever can write the store can trust anything."""
    store = tmp_path / "trust.json"
    store.write_text("{}")
    store.chmod(0o666)
    with pytest.raises(PolicyError, match="may be written by others"):
        read_trust(str(store))


def test_a_store_of_another_kind_is_a_fault(tmp_path: Path) -> None:
    """A FIFO or directory in its place does not hang the gate."""
    os.mkfifo(tmp_path / "fifo")
    for name in ("fifo", "."):
        with pytest.raises(PolicyError, match="is not a regular file"):
            read_trust(str(tmp_path / name))


def test_a_store_that_is_a_link_stays_one(tmp_path: Path, project: Path) -> None:
    """Whoever keeps dot files elsewhere keeps them there."""
    (tmp_path / "dotfiles").mkdir()
    store = tmp_path / "trust.json"
    store.symlink_to("dotfiles/trust.json")
    trust_file(str(store), str(project))
    assert store.is_symlink()
    assert len(read_trust(str(store))) == 2


def test_concurrent_trust_loses_nothing(tmp_path: Path) -> None:
    """Two commands at once both leave their entries."""
    store = str(tmp_path / "trust.json")
    files = [tmp_path / f"{number}.toml" for number in range(20)]
    for file in files:
        file.touch()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda file: trust_file(store, str(file)), files))
    assert set(read_trust(store)) == {str(file) for file in files}
