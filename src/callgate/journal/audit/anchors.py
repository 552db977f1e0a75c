"""Heads of the audit log in the messages of commits, read by libgit2: no hook, pager or helper of a repository runs."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final, Iterable, Iterator, NamedTuple

from callgate.journal.audit.model import Anchor

if TYPE_CHECKING:
    from pygit2 import Commit, Oid, Repository

MAX_COMMITS: Final = 200_000
"""Commits of one repository that are looked at, newest first."""

_SLACK: Final = 86_400.0
"""Seconds that the clock of a committer may differ from ours."""

_HEAD: Final = re.compile(r"^Audit-Head: *([0-9a-f]{64}) *$", re.MULTILINE)
_LOG: Final = re.compile(r"^Audit-Log: *([0-9a-f]{16}) *$", re.MULTILINE)
_FOREIGN: Final = "of somebody else"
"""As `Anchor.log`: no log has this id."""


class Anchors(NamedTuple):
    """What repositories hold."""

    anchors: tuple[Anchor, ...]
    repositories: tuple[str, ...]
    """Those that were looked through."""
    faults: tuple[str, ...]
    """What could not be read, one sentence each."""


def anchors_of(places: Iterable[str], *, since: float | None = None) -> Anchors:
    """Return the heads that commits name, in every repository that one of *places* lies in.

    All branches, tags, remote branches and what `HEAD` was before are looked at, so that taking a commit back does not
    hide it. A commit without `Audit-Log` counts when its committer is who the repository is configured for.

    Args:
        places: absolute paths of files or directories, which need not exist.
        since: seconds since the epoch; older commits are not looked at.
    """
    import pygit2  # noqa: PLC0415 - 30 ms, and only verification needs it

    anchors: dict[tuple[str, str], Anchor] = {}
    found: list[str] = []
    faults: list[str] = []
    for folder in dict.fromkeys(map(_existing, places)):
        try:
            git_dir = pygit2.discover_repository(folder)
            if git_dir is None or git_dir in found:
                continue
            found.append(git_dir)
            for anchor in _of_repository(pygit2.Repository(git_dir), since, faults):
                anchors.setdefault((anchor.hash, anchor.log), anchor)
        except (pygit2.GitError, OSError, ValueError, KeyError) as error:
            faults.append(f"the repository of `{folder}` cannot be read: {error}")
    return Anchors(tuple(anchors.values()), tuple(found), tuple(faults))


def _existing(path: str) -> str:
    """Return the nearest directory at or above *path* that there is."""
    folder = path
    while folder not in {"/", ""} and not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    return folder or "/"


def _of_repository(repository: Repository, since: float | None, faults: list[str]) -> Iterator[Anchor]:
    from pygit2.enums import SortMode  # noqa: PLC0415 - see above

    tips = dict.fromkeys(_tips(repository))
    if not tips:
        return
    walker = repository.walk(None, SortMode.TIME)
    for tip in tips:
        walker.push(tip)
    own = _email(repository)
    for number, commit in enumerate(walker):
        if since is not None and commit.commit_time < since - _SLACK:
            return
        if number >= MAX_COMMITS:
            faults.append(f"of `{repository.path}` only the newest {MAX_COMMITS} commits were looked at")
            return
        head = _HEAD.search(commit.message)
        if head is not None:
            source = f"commit {str(commit.id)[:10]} in {repository.workdir or repository.path}"
            yield Anchor(head[1], source, float(commit.commit_time), _log_of(commit, own))


def _log_of(commit: Commit, own: str) -> str:
    log = _LOG.search(commit.message)
    if log is not None:
        return log[1]
    return _FOREIGN if own and commit.committer.email != own else ""


def _email(repository: Repository) -> str:
    try:
        return repository.default_signature.email
    except (KeyError, ValueError):
        return ""


def _tips(repository: Repository) -> Iterator[Oid]:
    """Yield every commit that a name stands for now, or that `HEAD` stood for."""
    import pygit2  # noqa: PLC0415 - see above

    for name in [*repository.references, "HEAD"]:
        try:
            yield repository.lookup_reference(name).peel(pygit2.Commit).id
        except (pygit2.GitError, KeyError, ValueError):
            continue  # a tag of a tree, a branch without commits, a dangling name
    try:
        former = [entry.oid_new for entry in repository.lookup_reference("HEAD").log()]
    except (pygit2.GitError, KeyError, ValueError):
        return
    for oid in former:
        if isinstance(repository.get(oid), pygit2.Commit):
            yield oid
