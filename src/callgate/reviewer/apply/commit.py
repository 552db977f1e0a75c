"""The commit of one file, prepared as loose objects that nobody sees before HEAD moves (`gitref`).

The new tree is that of HEAD with one file changed, so whatever else is staged or edited stays where it is.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final, Mapping, NamedTuple

from callgate.reviewer.apply.base import ApplyError, Detail
from callgate.reviewer.apply.identity import signatures
from callgate.reviewer.apply.repository import Found, error_text, open_index, state_of

if TYPE_CHECKING:
    import pygit2

_FILE: Final = 0o100644
_PROGRAM: Final = 0o100755


class Prepared(NamedTuple):
    """A commit that exists but belongs to nothing yet."""

    commit: str
    parent: str
    """The commit that HEAD was at; empty for the first one of a repository."""
    blob: str
    mode: int
    """Of the tree entry: a file or a program."""
    staged: str
    """The blob that the index had for the target, empty when none."""
    old_in_git: bool
    """Whether the old content is what `parent` has, so that rolling back to that brings it back."""
    notes: tuple[str, ...]


def git_failed(message: str, advice: str) -> ApplyError:
    """Return the error of a commit that cannot be made, with what to do."""
    return ApplyError("git_failed", message, [Detail("target_file", message, advice)])


WITHOUT: Final = "or use `--no-commit`, which makes a backup instead"
"""The way out of every trouble with Git."""


def prepare(
    found: Found, path: str, old: bytes, new: bytes, message: str, environ: Mapping[str, str], now: float
) -> Prepared:
    """Write the objects of a commit that makes the target *new*, on top of what HEAD is now.

    Args:
        found: the repository and the name of the target in it; its index lock is held.
        path: the real path of the target.
        old: its present content.
        new: its content to be.
        message: the whole commit message.
        environ: for the identity.
        now: epoch seconds, the time of the commit.

    Raises:
        ApplyError: `git_failed`; the repository looks as before.
    """
    import pygit2  # noqa: PLC0415 - 65 ms, and only changes need it

    repo, name = found.repo, found.name
    if state := state_of(repo):
        raise git_failed(f"{state} is in progress in the repository of `{path}`", f"finish or abort it, {WITHOUT}")
    try:
        index = open_index(os.path.join(found.gitdir, "index"))
        if index.conflicts is not None and name in index.conflicts:
            raise git_failed(f"`{path}` has merge conflicts", f"resolve them, {WITHOUT}")
        entry = index[name] if name in index else None  # noqa: SIM401 - an index has no `get`
        parent = None if repo.head_is_unborn else repo.head.peel(pygit2.Commit)
        known = parent.tree[name] if parent is not None and name in parent.tree else None
        old_id = pygit2.hash(_to_git(repo, name, old))
        blob = repo.create_blob(_to_git(repo, name, new))
        mode = _mode(int(entry.mode) if entry else int(known.filemode) if known else 0, path)
        tree = _with(repo, parent.tree if parent else None, name.split("/"), blob, mode)
        author, committer, anonymous = signatures(repo, environ, now)
        parents = [parent.id] if parent else []
        commit = repo.create_commit(None, author, committer, message, tree, parents)
    except (pygit2.GitError, KeyError, ValueError, OSError) as error:
        text = f"the commit of `{path}` cannot be made: {error_text(error)}"
        raise git_failed(text, f"look at the repository with `git status` and `git fsck`, {WITHOUT}") from error
    notes = [anonymous] if anonymous else []
    notes += _notes(found, path, old_id, known, entry)
    old_in_git = known is not None and known.id == old_id
    staged = str(entry.id) if entry else ""
    return Prepared(str(commit), str(parent.id) if parent else "", str(blob), mode, staged, old_in_git, tuple(notes))


def blob_at_head(repo: pygit2.Repository, name: str) -> str:
    """Return the id of the blob that HEAD has at *name*, empty when none."""
    import pygit2  # noqa: PLC0415 - as above

    try:
        tree = repo.head.peel(pygit2.Tree)
        return str(tree[name].id) if name in tree else ""
    except (pygit2.GitError, KeyError, ValueError):
        return ""


def _notes(found: Found, path: str, old_id: pygit2.Oid, known: pygit2.Object | None, entry: object) -> list[str]:
    staged = getattr(entry, "id", None)
    notes = []
    if known is None:
        notes.append(f"`{path}` was not in Git before; all of it is part of this commit")
    elif known.id != old_id:
        notes.append(f"`{path}` had changes that were not committed; they are part of this commit")
    if staged is not None and staged != old_id and (known is None or staged != known.id):
        notes.append(f"what was staged of `{path}` is replaced (`git show {str(staged)[:12]}` prints it)")
    if found.repo.head_is_detached:
        notes.append("HEAD is detached: the commit is on no branch (`git branch NAME` makes one)")
    if found.submodule:
        notes.append("the commit is in a submodule; the repository around it still names the commit before")
    return notes


def _to_git(repo: pygit2.Repository, name: str, data: bytes) -> bytes:
    """Return *data* as Git stores it: line ends by `core.autocrlf` and attributes, `$Id$` collapsed."""
    from pygit2.enums import FilterMode  # noqa: PLC0415 - as above

    filters = repo.load_filter_list(name, FilterMode.TO_ODB)
    if filters is None or not data:
        return data
    if b"\0" in data:
        raise ValueError("it has NUL characters, and Git would convert its line ends")
    return filters.apply_to_buffer(data)


def _mode(known: int, path: str) -> int:
    """Keep the mode that Git knows; a new file is a program when its owner may run it."""
    if known in (_FILE, _PROGRAM):
        return known
    return _PROGRAM if os.stat(path).st_mode & stat.S_IXUSR else _FILE


def _with(
    repo: pygit2.Repository, tree: pygit2.Tree | None, parts: list[str], blob: pygit2.Oid, mode: int
) -> pygit2.Oid:
    """Return *tree* with the blob at *parts*; every other entry as it was."""
    import pygit2  # noqa: PLC0415 - as above

    builder = repo.TreeBuilder(tree) if tree is not None else repo.TreeBuilder()
    if len(parts) == 1:
        builder.insert(parts[0], blob, mode)
        return builder.write()
    below = tree[parts[0]] if tree is not None and parts[0] in tree else None
    if below is not None and not isinstance(below, pygit2.Tree):
        raise ValueError(f"`{parts[0]}` is not a directory in HEAD")
    builder.insert(parts[0], _with(repo, below, parts[1:], blob, mode), 0o040000)
    return builder.write()
