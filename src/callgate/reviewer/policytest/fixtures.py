"""The file system of a test file: made in a private temporary directory that stands for `/`.

A case's command says `/home/user/project/x`, a rule says `/tmp/**` or `~/.ssh/**`, and both must mean the fixture. So
the directory is not the home directory of the case but its *root*: the gate keeps every name as it is written, and
only looking at it (what is a link, what is in a directory) is done below the directory. Links are followed as the
kernel would with that root: an absolute target begins there, and `..` at the root stays there.
"""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from typing import ContextManager, Final, Iterator, NamedTuple

from callgate.observe import Files
from callgate.reviewer.policytest.model import Fixture

MAX_LINKS: Final = 40
"""Links that are followed for one path, as in the Linux kernel."""


class _Entry(NamedTuple):
    """An entry of a directory, named as the case would name it."""

    name: str
    path: str
    directory: bool
    link: bool

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:  # noqa: ARG002 - no caller follows
        return self.directory

    def is_symlink(self) -> bool:
        return self.link


class Tree(Files):
    """What lies below *root*, with *root* as `/`.

    Attributes:
        real_root: the directory, as the machine names it: absolute, no link, nobody else may write it.
    """

    def __init__(self, root: str) -> None:
        """Take the directory."""
        self.real_root = root

    def real(self, path: str) -> str:
        """See `Files.real`. A loop of links is left as it is, as `os.path.realpath` leaves it."""
        return self._follow(path)[0]

    def real_path(self, path: str, plain: set[str]) -> str:  # noqa: ARG002 - the short way is not worth it here
        """See `Files.real_path`."""
        return self.real(path)

    def exists(self, path: str) -> bool:
        """See `Files.exists`."""
        head, _, name = path.rstrip("/").rpartition("/")
        try:
            above, known = self._follow(head or "/")
        except ValueError:
            return False  # as `os.path.lexists` has it
        return known and os.path.lexists(f"{self.real_root}{above.rstrip('/')}/{name}")

    def scan(self, directory: str) -> ContextManager[Iterator[_Entry]]:
        """See `Files.scan`: opened here and now, because callers expect its errors here."""
        real, known = self._follow(directory)
        if not known:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), directory)
        return _entries(os.scandir(self.real_root + real), directory.rstrip("/"))

    def _follow(self, path: str) -> tuple[str, bool]:
        """Return the real path, and whether it was found without too many links."""
        done: list[str] = []
        left = path.split("/")[::-1]
        followed = 0
        while left:
            part = left.pop()
            if part in {"", "."}:
                continue
            if part == "..":
                del done[-1:]
                continue
            try:
                target = os.readlink("/".join([self.real_root, *done, part]))
            except OSError:  # not a link, or not there
                done.append(part)
                continue
            followed += 1
            if followed > MAX_LINKS:
                return "/" + "/".join([*done, part, *reversed(left)]), False
            if target.startswith("/"):
                done.clear()
            left += target.split("/")[::-1]
        return "/" + "/".join(done), True


@contextlib.contextmanager
def _entries(opened: ContextManager[Iterator[os.DirEntry[str]]], directory: str) -> Iterator[Iterator[_Entry]]:
    with opened as entries:
        yield (
            _Entry(each.name, f"{directory}/{each.name}", each.is_dir(follow_symlinks=False), each.is_symlink())
            for each in entries
        )


@contextlib.contextmanager
def build(fixture: Fixture) -> Iterator[Tree]:
    """Make the file system of *fixture*, and remove it afterwards.

    Raises:
        OSError: the temporary directory cannot be made or written.
    """
    with tempfile.TemporaryDirectory(prefix="callgate-test-") as place:
        root = os.path.realpath(place)
        for path in fixture.directories:
            os.makedirs(root + path, mode=0o700, exist_ok=True)
        for path, content in fixture.files:
            _above(root, path)
            # O_EXCL: nothing is written over, and no link that the fixture made is followed
            with open(os.open(root + path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
                out.write(content)
        for path, target in fixture.links:
            _above(root, path)
            os.symlink(target, root + path)
        yield Tree(root)


def _above(root: str, path: str) -> None:
    os.makedirs(os.path.dirname(root + path), mode=0o700, exist_ok=True)
