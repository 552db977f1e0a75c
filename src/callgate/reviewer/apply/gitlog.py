"""The versions of one file in a repository: which commits changed it, and what it held there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Iterator, NamedTuple

from callgate.policy.loader.files import MAX_BYTES
from callgate.reviewer.apply.repository import Found, error_text
from callgate.times import rfc3339

if TYPE_CHECKING:
    import pygit2

MAX_WALK: Final = 50_000
"""Commits that are looked at; an older change of the file is not found."""


class Version(NamedTuple):
    """A commit that changed the file."""

    commit: str
    when: str
    """RFC 3339, UTC; the time of the commit."""
    author: str
    message: str
    removed: bool
    """The file is gone in this commit."""


def versions(found: Found, limit: int) -> Iterator[Version]:
    """Yield at most *limit* commits of HEAD's history that changed the file, newest first.

    Merges that took it over from one side are left out, as in `git log`. Names that it had before are not followed.

    Raises:
        OSError: the repository cannot be read.
    """
    import pygit2  # noqa: PLC0415 - 65 ms, and only changes need it
    from pygit2.enums import SortMode  # noqa: PLC0415 - as above

    try:
        if found.repo.head_is_unborn:
            return
        walk = found.repo.walk(found.repo.head.target, SortMode.TOPOLOGICAL | SortMode.TIME)
        count = 0
        for number, commit in enumerate(walk):
            if number >= MAX_WALK or count >= limit:
                return
            blob = _blob(commit, found.name)
            before = {_blob(parent, found.name) for parent in commit.parents}
            if blob in before or (blob is None and not before):
                continue
            count += 1
            yield Version(
                str(commit.id), rfc3339(commit.commit_time), commit.author.name, commit.message, removed=blob is None
            )
    except (pygit2.GitError, KeyError, ValueError) as error:
        raise OSError(f"the repository cannot be read: {error_text(error)}") from error


def content(found: Found, commit: str) -> bytes | None:
    """Return the file as a checkout of *commit* has it, `None` when it does not have it.

    Args:
        found: the repository and the name of the file.
        commit: the whole id, or at least its first four digits. Names of branches and tags are none: they move.

    Raises:
        KeyError: there is no such commit, or several.
        OSError: it cannot be read, or is no policy file: a link, larger than one may be.
    """
    import pygit2  # noqa: PLC0415 - as above
    from pygit2.enums import FilterMode, ObjectType  # noqa: PLC0415 - as above

    repo = found.repo
    try:
        some = repo[repo.expand_id(commit.lower())]
        made = some.peel(pygit2.Commit) if some.type == ObjectType.COMMIT else None
    except (pygit2.GitError, KeyError, ValueError) as error:
        raise KeyError(error_text(error)) from error
    if made is None:
        raise KeyError("that is no commit")
    try:
        if found.name not in made.tree:
            return None
        blob = made.tree[found.name]
        if not isinstance(blob, pygit2.Blob) or int(blob.filemode) not in (0o100644, 0o100755):
            raise OSError("it is no regular file there")
        if blob.size > MAX_BYTES:
            raise OSError(f"it is larger than {MAX_BYTES} bytes there")
        filters = repo.load_filter_list(found.name, FilterMode.TO_WORKTREE)
        if filters is None or not blob.size:
            return blob.data
        if b"\0" in blob.data:
            raise OSError("it has NUL characters there")
        return filters.apply_to_blob(blob)
    except (pygit2.GitError, KeyError, ValueError) as error:
        raise OSError(error_text(error)) from error


def _blob(commit: pygit2.Commit, name: str) -> pygit2.Oid | None:
    tree = commit.tree
    return tree[name].id if name in tree else None
