"""The file system of a test file: it looks like one with its own root, and nothing of it stays or leads out."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.core.model import ToolCall
from callgate.gate import Given, open_gate
from callgate.observe import expand_glob
from callgate.policy.loader import builtin, load_text
from callgate.reviewer.policytest.fixtures import build
from callgate.reviewer.policytest.model import Fixture

CORPUS = Path(__file__).parents[2] / "cases"

LINKS = st.sampled_from(["a", "b", "d/a", "d/b", "d/e/a"])
STEPS = st.lists(st.sampled_from(["a", "b", "d", "e", ".", "..", ""]), min_size=1, max_size=5).map("/".join)


@given(st.dictionaries(LINKS, st.one_of(STEPS.filter(bool), STEPS.map(lambda text: "/top/" + text)), max_size=4), STEPS)
def test_links_are_followed_as_the_kernel_does_with_that_root(links: dict[str, str], asked: str) -> None:
    """`real` is the real path in a process whose root is the fixture, `..` and missing parts included."""
    made = tuple((f"/top/{path}", target) for path, target in links.items())
    with build(Fixture("/h", "/h/p", ("/h/p", "/top/d/e"), (), made)) as tree:
        for path in (f"/top/{asked}", f"/{asked}", f"/top/d/e/{asked}"):
            expected = _reference(tree.real_root, path)
            assert expected is None or tree.real(path) == expected


def _reference(root: str, path: str) -> str | None:
    """Resolve *path* below *root* the slow way: find the first link in it, put its target there, and begin anew.

    `None` for a loop of links: that has no real path.
    """
    for _ in range(40):
        done: list[str] = []
        parts = [part for part in path.split("/") if part not in {"", "."}]
        for at, part in enumerate(parts):
            if part == "..":
                done = done[:-1]
            elif os.path.islink(here := "/".join([root, *done, part])):
                target = os.readlink(here)
                path = "/".join(["" if target.startswith("/") else "/" + "/".join(done), target, *parts[at + 1 :]])
                break
            else:
                done.append(part)
        else:
            return "/" + "/".join(done)
    return None


def test_a_loop_of_links_is_no_directory() -> None:
    """Neither a loop nor a link out of the tree by its absolute name lets the host be looked at."""
    links = (("/h/p/loop", "/h/p/loop"), ("/h/p/up", "../../../../../etc"), ("/h/p/etc", "/etc"))
    with build(Fixture("/h", "/h/p", ("/h/p",), (("/h/p/f", ""),), links)) as tree:
        with pytest.raises(OSError, match="symbolic"):
            tree.scan("/h/p/loop")
        for name in ("/etc", "/h/p/up", "/h/p/etc"):
            with pytest.raises(FileNotFoundError):
                tree.scan(name)
        assert not tree.exists("/etc/passwd")
        assert not tree.exists("/h/p/etc/passwd")
        assert tree.exists("/h/p/loop")
        assert not tree.exists("/h/\0")
        assert tree.real("/h/p/up/passwd") == "/etc/passwd"
        assert expand_glob("/h/*/*", tree) == ("/h/p/etc", "/h/p/f", "/h/p/loop", "/h/p/up")


def test_the_files_are_there_and_go_again() -> None:
    """Files, directories and links exist, for their owner alone, while cases run, and not afterwards."""
    fixture = Fixture("/h", "/h/p", ("/h/p/empty",), (("/h/p/a/f", "text"),), (("/h/p/l", "a/f"),))
    with build(fixture) as tree:
        root = Path(tree.real_root)
        assert (root / "h/p/a/f").read_text() == "text"
        assert (root / "h/p/empty").is_dir()
        assert os.readlink(root / "h/p/l") == "a/f"
        assert (root / "h/p/a/f").stat().st_mode & 0o777 == 0o600
        assert root.stat().st_mode & 0o777 == 0o700
        with tree.scan("/h/p") as entries:
            found = sorted((one.name, one.path, one.is_dir(follow_symlinks=False), one.is_symlink()) for one in entries)
    assert found == [
        ("a", "/h/p/a", True, False),
        ("empty", "/h/p/empty", True, False),
        ("l", "/h/p/l", False, True),
    ]
    assert not root.exists()


def _corpus() -> list[tuple[str, dict[str, Any]]]:
    lines = [(path.stem, json.loads(line)) for path in sorted(CORPUS.glob("*.jsonl"))
             for line in path.read_text("utf-8").splitlines()]  # fmt: skip
    # The switch is this machine's, and no part of a test.
    kept = [(stem, row) for stem, row in lines if row.get("files") and "callgate/off" not in "".join(row["files"])]
    return [(f"{stem}:{row['id']}", row) for stem, row in kept]


def _filled(value: Any) -> Any:  # noqa: ANN401 - JSON values
    if isinstance(value, str):
        return (
            value.replace("{project}", "/home/dev/shop/proj")
            .replace("{home}", "/home/dev")
            .replace("{name}", "shop/proj")
        )
    if isinstance(value, list):
        return [_filled(one) for one in value]
    return {_filled(key): _filled(one) for key, one in value.items()} if isinstance(value, dict) else value


@pytest.mark.parametrize("row", [row for _, row in _corpus()], ids=[name for name, _ in _corpus()])
def test_the_gate_answers_in_a_fixture_as_it_does_on_disk(row: dict[str, Any]) -> None:
    """Every case of the corpus that has files, judged on disk there, gets the same answer in a fixture."""
    row = _filled(row)
    home, project = "/home/dev", "/home/dev/shop/proj"
    files, links, directories = [], [], [f"{project}/.git"]
    for name, content in row["files"].items():
        path = os.path.normpath(os.path.join(project, name))
        if name.endswith("/"):
            directories.append(path)
        elif isinstance(content, dict):
            links.append((path, content["link"]))
        else:
            files.append((path, content))
    policy = builtin(row["profile"]) if "profile" in row else load_text(row["policy"], home=home, project=project)
    cwd = os.path.join(project, row.get("cwd", "")).rstrip("/") or "/"
    call = ToolCall(
        row.get("tool", "Bash"), row.get("input") or {"command": row["command"]}, cwd, mode=row.get("mode", "default")
    )
    with build(Fixture(home, project, tuple(directories), tuple(files), tuple(links))) as tree:
        gate = open_gate(
            {}, project, config="/p.toml", home=home, project=project, managed="", given=Given(policy, tree)
        )
        found = gate.examine(call)
    assert not found.error
    verdict = found.verdict
    assert verdict.decision == row["decision"], verdict.reason
    if "rule" in row:
        assert verdict.rule is not None
        assert verdict.rule.id == row["rule"]
    assert verdict.guardrail == row.get("guardrail", "")
    assert verdict.coverage == row.get("coverage", verdict.coverage)


def test_the_switch_of_this_machine_is_no_part_of_a_test(tmp_path: Path) -> None:
    """A home directory that happens to be a real one, with auto-approval off there, changes no answer."""
    state = tmp_path / ".local/state/callgate"
    state.mkdir(parents=True)
    (state / "off").write_text("inf\n")
    project = str(tmp_path / "shop")
    policy = load_text('[[allow]]\nid = "a"\ncommand = "ls *"\n')
    with build(Fixture(str(tmp_path), project, (project,))) as tree:
        gate = open_gate({}, project, home=str(tmp_path), project=project, managed="", given=Given(policy, tree))
        assert gate.decide(ToolCall("Bash", {"command": "ls"}, project)).decision == "allow"
