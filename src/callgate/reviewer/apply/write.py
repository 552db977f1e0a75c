"""Replacing the target: readers see the old file or the new one, with the mode, owner, attributes and ACL it had."""

from __future__ import annotations

import os
from typing import Final

from callgate.atomic import FolderSyncError, write_atomic
from callgate.reviewer.apply.system import NO_SYNC, Os, remove_quietly, sync
from callgate.reviewer.apply.target import Target, check_unchanged, sha256_of

_ACL: Final = "system.posix_acl_access"


class Names:
    """Names beside the target that a change uses; told by its id, so that a later run knows them, too."""

    def __init__(self, path: str, change_id: str) -> None:
        """Take the real path of the target and the id of the change."""
        self.temporary = f"{os.path.dirname(path)}/.callgate-{change_id}.tmp"
        """The new file before it is renamed."""
        self.old = f"{os.path.dirname(path)}/.callgate-{change_id}.old"
        """A second name of the old file, until nothing can go wrong any more."""


def replace(target: Target, data: bytes, change_id: str, calls: Os) -> str:
    """Write *data* over *target* unless that changed meanwhile; return a note, mostly empty.

    The old file keeps a second name (`Names.old`) where the file system has hard links, so that it can be put back
    without writing anything, on a full disk too.

    Raises:
        ApplyError: `stale_file`; nothing was changed.
        OSError: the target may be the old or the new one: ask `sha256_of`.
    """
    names = Names(target.path, change_id)
    try:
        calls.link(target.path, names.old)
    except OSError:
        remove_quietly(names.old, calls)  # without it, putting the old file back has to write it
    info = target.info
    try:
        write_atomic(
            target.path,
            data,
            mode=info.st_mode & 0o7777,
            owner=(info.st_uid, info.st_gid),
            temporary=names.temporary,
            prepare=lambda handle: _copy_attributes(target.path, handle, calls),
            check=lambda: check_unchanged(target),
            must_sync=True,
            calls=calls,
        )
    except FolderSyncError as error:
        if error.errno not in NO_SYNC:
            raise
        return f"a power cut within the next minute may undo this: `{os.path.dirname(target.path)}` cannot be synced"
    return ""


def put_back(target: Target, change_id: str, calls: Os) -> None:
    """Make the target the old one again: by its second name, else by writing it anew.

    Raises:
        OSError: it may still be the new one.
    """
    names = Names(target.path, change_id)
    if sha256_of(names.old) == target.sha256:
        calls.replace(names.old, target.path)
        sync(os.path.dirname(target.path), calls)
        return
    info = target.info
    durable(target.path, target.data, info.st_mode & 0o7777, names.temporary, calls, (info.st_uid, info.st_gid))


def durable(path: str, data: bytes, mode: int, temporary: str, calls: Os, owner: tuple[int, int] | None = None) -> None:
    """Write *data* to *path*, whole or not at all, and bring it to the disk as far as the file system can.

    Raises:
        OSError: as `write_atomic`.
    """
    try:
        write_atomic(path, data, mode=mode, owner=owner, temporary=temporary, must_sync=True, calls=calls)
    except FolderSyncError as error:
        if error.errno not in NO_SYNC:
            raise


def clean(path: str, change_id: str, calls: Os) -> None:
    """Remove the second name and the temporary file of a change, if they are there.

    Raises:
        OSError: one of them stays.
    """
    names = Names(path, change_id)
    for name in (names.temporary, names.old):
        if os.path.lexists(name):
            calls.unlink(name)


def _copy_attributes(path: str, handle: int, calls: Os) -> None:
    """Copy extended attributes, and with them the ACL; only a lost ACL stops the change.

    Without its ACL the group bits of the mode, until then the ACL's mask, would be the group's own rights: wider.
    """
    if not hasattr(os, "listxattr"):
        return  # macOS keeps none that matter here within reach of Python
    try:
        names = os.listxattr(path)
    except OSError:
        return
    for name in names:
        try:
            calls.setxattr(handle, name, os.getxattr(path, name))
        except OSError:
            if name == _ACL:
                raise
