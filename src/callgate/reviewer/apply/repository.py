"""Which Git repository a target belongs to, and whether it can take a commit of that file.

Only libgit2 is used, never the `git` program: it runs no hook, no filter program, no signing program and asks
nobody, so a repository that an agent has configured cannot make us run anything.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, Mapping, NamedTuple

if TYPE_CHECKING:
    import pygit2

_STATES: Final = {
    1: "a merge", 2: "a revert", 3: "a revert", 4: "a cherry-pick", 5: "a cherry-pick", 6: "a bisection",
    7: "a rebase", 8: "a rebase", 9: "a rebase", 10: "`git am`", 11: "`git am` or a rebase",
}  # fmt: skip
"""`git_repository_state_t` of libgit2."""


class Found(NamedTuple):
    """A repository that can take the target."""

    repo: pygit2.Repository
    gitdir: str
    """Absolute, without the final slash; that of the worktree or the submodule."""
    name: str
    """The target relative to the working directory, with `/`."""
    submodule: bool


class Unfit(NamedTuple):
    """There is a repository, but the target gets a backup instead of a commit."""

    why: str
    """For a note: `it is ignored by Git`."""


def find(path: str, environ: Mapping[str, str]) -> Found | Unfit | None:
    """Return the repository of the file at *path*, why it cannot take it, or `None` without one.

    Args:
        path: the real path of the target.
        environ: `HOME` and `XDG_CONFIG_HOME` say which Git settings are the user's.
    """
    import pygit2  # noqa: PLC0415 - 65 ms, and only changes need it

    errors = (pygit2.GitError, KeyError, ValueError, OSError)
    try:
        _use_home(environ)
        folder = os.path.dirname(path)
        while not os.path.isdir(folder):  # the history of a file that is gone, its directory with it
            folder = os.path.dirname(folder)
        where = pygit2.discover_repository(folder)
        if not where:
            return None
        return _open(path, where)
    except errors as error:
        return Unfit(f"its repository cannot be used: {error_text(error)}")


def reopen(gitdir: str, environ: Mapping[str, str]) -> pygit2.Repository:
    """Return the repository at *gitdir*, which `find` found in an earlier run.

    Raises:
        OSError, ValueError, KeyError, pygit2.GitError: it cannot be opened any more.
    """
    import pygit2  # noqa: PLC0415 - as above

    _use_home(environ)
    return pygit2.Repository(gitdir)


def open_index(path: str) -> pygit2.Index:
    """Return the index file at *path*; an empty one when there is none.

    Raises:
        pygit2.GitError: it is damaged, or of a kind that libgit2 does not read (split, sparse).
    """
    import pygit2  # noqa: PLC0415 - as above

    class Index(pygit2.Index):
        """One whose opening may fail: pygit2's own then complains on stderr when it is collected."""

        def __del__(self) -> None:
            if hasattr(self, "_index"):
                super().__del__()

    return Index(path)


def state_of(repo: pygit2.Repository) -> str:
    """Return what is in progress (`a merge`), empty when nothing is."""
    state = int(repo.state())
    return _STATES.get(state, "another operation") if state else ""


def error_text(error: BaseException) -> str:
    """Return the message of an error of libgit2 or the system on one line."""
    text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    return " ".join(text.split())[:300] or type(error).__name__


def _use_home(environ: Mapping[str, str]) -> None:
    """Let libgit2 read this user's settings, and let it sync what it writes.

    It looks at `HOME` once, when it is loaded, whatever the environment says later.
    """
    import pygit2  # noqa: PLC0415 - as above
    from pygit2.enums import ConfigLevel  # noqa: PLC0415 - as above

    home = environ.get("HOME", "")
    xdg = environ.get("XDG_CONFIG_HOME", "") or (f"{home}/.config" if home else "")
    pygit2.settings.search_path[ConfigLevel.GLOBAL] = home
    pygit2.settings.search_path[ConfigLevel.XDG] = f"{xdg}/git" if xdg else ""
    pygit2.settings.enable_fsync_gitdir(True)


def _open(path: str, where: str) -> Found | Unfit:
    import pygit2  # noqa: PLC0415 - as above

    try:
        repo = pygit2.Repository(where)
    except pygit2.GitError as error:
        if "not owned by" not in str(error):
            raise
        at = os.path.dirname(where.rstrip("/"))
        trust = f"git config --global --add safe.directory {at}"
        return Unfit(f"its repository belongs to another user; `{trust}` trusts it")
    if repo.is_bare or not repo.workdir:
        return Unfit("it lies in a bare repository")
    gitdir, root = os.path.realpath(repo.path), os.path.realpath(repo.workdir)
    name = os.path.relpath(path, root)
    if name.startswith("../") or path == gitdir or path.startswith(gitdir + "/"):
        return Unfit("it lies outside of the working directory of its repository")
    why = _unfit_name(name) or _unfit_index(repo, name) or _unfit_attributes(repo, name)
    if why:
        return Unfit(why)
    return Found(repo, gitdir, name, "/.git/modules/" in gitdir + "/")


def _unfit_name(name: str) -> str:
    try:
        name.encode()
    except UnicodeEncodeError:
        return "its name is not UTF-8"
    if any(part.lower() == ".git" for part in name.split("/")):
        return "it lies in a directory called .git"
    return ""


def _unfit_index(repo: pygit2.Repository, name: str) -> str:
    """Why the index or HEAD cannot take *name*; reads the index, which fails for the forms that libgit2 lacks."""
    import pygit2  # noqa: PLC0415 - as above

    try:
        index = open_index(os.path.join(repo.path, "index"))
        tracked = name in index
    except (pygit2.GitError, OSError) as error:
        return f"the index of its repository is of a kind that callgate cannot write: {error_text(error)}"
    if index.conflicts is not None and name in index.conflicts:
        return ""  # refused with its own words when the commit is prepared
    parts = name.split("/")
    above = ["/".join(parts[:count]) for count in range(1, len(parts))]
    if any(one in index for one in above):
        return "Git knows a file or a submodule where it has a directory"
    tree = None if repo.head_is_unborn else repo.head.peel(pygit2.Tree)
    for part in parts[:-1]:
        entry = tree[part] if tree is not None and part in tree else None
        if entry is not None and not isinstance(entry, pygit2.Tree):
            return "HEAD has a file or a submodule where it has a directory"
        tree = entry
    in_head = tree is not None and parts[-1] in tree
    if tree is not None and in_head and not isinstance(tree[parts[-1]], pygit2.Blob):
        return "HEAD has a directory or a submodule in its place"
    if not tracked and not in_head and repo.path_is_ignored(name):
        return "it is ignored by Git"
    return ""


def _unfit_attributes(repo: pygit2.Repository, name: str) -> str:
    driver = repo.get_attr(name, "filter")
    if driver not in (None, False):
        return f"Git passes it through the filter `{driver}`, and callgate runs none"
    if repo.get_attr(name, "working-tree-encoding") not in (None, False):
        return "Git stores it in another encoding"
    return ""
