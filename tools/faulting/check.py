"""What must hold after a change, however it ended: the file whole, and everything that is told of it true."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Mapping, NamedTuple

import pygit2

from callgate.reviewer.apply.backup import list_backups
from callgate.reviewer.apply.base import ApplyError
from callgate.reviewer.apply.system import OS
from callgate.reviewer.apply.transaction import begin
from faulting.world import NAME, NEW, OLD, World, hasty

if TYPE_CHECKING:
    from collections.abc import Iterator

DIRTY = OLD + b"# not committed\n"
"""The content of the target in a world whose target has changes that are not committed."""


class Before(NamedTuple):
    """How a world looked before the change."""

    old: bytes
    head: str
    """The commit of HEAD, empty without one."""
    status: Mapping[str, int]
    """What Git says of every file but the target."""


class Outcome(NamedTuple):
    """How the process that made the change ended."""

    killed: bool
    error: str = ""
    """`error_type`; empty when the change was made."""
    applied: str = ""
    message: str = ""


def look(world: World) -> Before:
    """Return how *world* looks now."""
    return Before(world.target.read_bytes(), _head(world), _status(world))


def judge(world: World, before: Before, outcome: Outcome) -> Iterator[str]:
    """Yield what is wrong right after the change, before any repair."""
    now = world.target.read_bytes()
    if now not in (before.old, NEW):
        yield f"the file is neither old nor new: {now[:80]!r}"
    if outcome.killed:
        return
    written = [entry for entry in world.entries() if entry.get("success")]
    if not outcome.error:
        if now != NEW:
            yield "the answer is success, but the file is the old one"
        if len(written) != 1:
            yield f"the answer is success, with {len(written)} audit entries"
        yield from _recorded(world, before, written)
    elif outcome.applied:
        if now != NEW:
            yield f"the answer says `{outcome.applied}`, but the file is the old one"
    else:
        if now != before.old:
            yield f"the answer is `{outcome.error}`, nothing changed, but the file is the new one"
        if _head(world) != before.head:
            yield f"the answer is `{outcome.error}`, nothing changed, but HEAD has moved"
        if written:
            yield f"the answer is `{outcome.error}`, nothing changed, but the audit log has an entry"


def repair_and_judge(world: World, before: Before) -> Iterator[str]:
    """Let the next run repair the world, and yield what is wrong then."""
    content = world.target.read_bytes()
    complete = not _unfinished(world) and not list(_leftovers(world))
    agreed = complete or not list(_agreement(world, before))
    try:
        with begin(str(world.target), world.setting(hasty(OS), lock_wait=0)) as change:
            told = change.recovered
    except ApplyError as error:
        yield f"the next run fails: {error.error_type}: {error}"
        return
    if world.target.read_bytes() != content:
        yield "the repair has written the file"
    if not agreed and not told:
        yield "the next run has repaired something and does not say so"
    if _unfinished(world):
        yield "the intent is still there"
    yield from (f"left behind: {path}" for path in _leftovers(world))
    yield from _agreement(world, before)


def _agreement(world: World, before: Before) -> Iterator[str]:
    """Whether file, commit, index, backup and audit log tell the same story."""
    written = [entry for entry in world.entries() if entry.get("success")]
    if world.target.read_bytes() == before.old:
        if _head(world) != before.head:
            yield "the file is the old one, but HEAD has moved"
        if written:
            yield "the file is the old one, but the audit log has an entry"
        if list_backups(str(world.target)):
            yield "the file is the old one, but there is a backup"
        if _status(world) != before.status:
            yield "the file is the old one, but Git sees other changes"
        return
    if len(written) != 1:
        yield f"the file is the new one, with {len(written)} audit entries"
        return
    yield from _recorded(world, before, written)


def _recorded(world: World, before: Before, written: list[dict[str, Any]]) -> Iterator[str]:
    info = written[0]["rollback_info"] if written else {}
    if backup := info.get("backup_file"):
        if not os.path.exists(backup):
            yield "the backup of the audit entry does not exist"
        else:
            with open(backup, "rb") as stream:
                if stream.read() != before.old:
                    yield "the backup is not the old content"
    if (world.project / ".git").exists() != (info.get("type") == "git"):
        yield f"the audit entry tells of a {info.get('type')}"
        return
    if info.get("type") != "git":
        return
    repo = pygit2.Repository(str(world.project))
    made = repo.head.peel(pygit2.Commit)
    if str(made.id) != info["commit"] or [str(one) for one in made.parent_ids] != [before.head] * bool(before.head):
        yield "HEAD is not the commit of the audit entry on top of the one before"
    entry = made.tree[NAME]
    if not isinstance(entry, pygit2.Blob) or entry.data != NEW:
        yield "the commit does not have the new content"
    in_index = repo.index[NAME].id if NAME in repo.index else None
    if in_index != entry.id and not _unfinished(world):
        yield "the index does not have the new content"
    changed = {delta.new_file.path for delta in repo.diff(before.head, made.id).deltas} if before.head else {NAME}
    if changed != {NAME}:
        yield f"the commit changes {changed}"
    if _status(world) != before.status and not _unfinished(world):
        yield f"Git sees other changes than before: {_status(world)}"
    known = repo[before.head].peel(pygit2.Tree)[NAME] if before.head and not backup else None
    if not backup and (not isinstance(known, pygit2.Blob) or known.data != before.old):
        yield "what was there before is neither in Git nor in a backup"


def _head(world: World) -> str:
    if not (world.project / ".git").exists():
        return ""
    repo = pygit2.Repository(str(world.project))
    return "" if repo.head_is_unborn else str(repo.head.target)


def _status(world: World) -> dict[str, int]:
    if not (world.project / ".git").exists():
        return {}
    found = pygit2.Repository(str(world.project)).status()
    return {path: int(flags) for path, flags in found.items() if not path.startswith(os.path.dirname(NAME))}


def _unfinished(world: World) -> bool:
    return any(world.state.glob("apply/*.json"))


def _leftovers(world: World) -> Iterator[str]:
    yield from map(str, world.target.parent.glob(".*"))
    gitdir = world.project / ".git"
    yield from map(str, [*gitdir.glob("callgate-*"), *gitdir.glob("index.lock")])
