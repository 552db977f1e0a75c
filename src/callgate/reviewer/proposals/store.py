"""The directory of proposals: one file each, mode 0600, written whole, one writer at a time."""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from contextlib import contextmanager
from typing import Final, Iterator

from callgate.atomic import read_regular, write_atomic
from callgate.reviewer.proposals.model import (
    ID,
    LIFETIME,
    MAX_FILE,
    MAX_OPEN,
    MIN_PREFIX,
    Proposal,
    ProposalError,
    from_json,
)

_WAIT: Final = 5.0
"""Seconds that a writer waits for another."""
_MAX_TARGET: Final = 4 << 20


class Store:
    """The proposals of one user.

    Args:
        state_dir: the user's state directory; what is in `proposals` there is under self-protection.
        now: seconds since the epoch.
    """

    def __init__(self, state_dir: str, now: float) -> None:
        self.directory = os.path.join(state_dir, "proposals")
        self.now = now

    def all(self) -> list[Proposal]:
        """Return the proposals that are not forgotten, those made last first.

        Raises:
            ProposalError: the directory cannot be read.
        """
        try:
            names = os.listdir(self.directory)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise ProposalError(f"cannot read `{self.directory}`: {error.strerror}", "check its rights") from error
        found = [one for name in names if (one := self._read(name)) is not None and not self._old(one)]
        return sorted(found, key=lambda one: (-one.seen, one.id))

    def damaged(self) -> list[str]:
        """Return the names of files in the directory that hold no proposal."""
        try:
            names = sorted(os.listdir(self.directory))
        except OSError:
            return []
        return [name for name in names if name.endswith(".json") and self._read(name) is None]

    def find(self, name: str) -> Proposal:
        """Return the proposal that *name*, an id or the beginning of one, means.

        Raises:
            ProposalError: there is none, or more than one.
        """
        every = self.all()
        found = [one for one in every if one.id == name or (len(name) >= MIN_PREFIX and one.id.startswith(name))]
        if len(found) == 1:
            return found[0]
        what = f"`{name[:40]}` may be any of {len(found)} proposals" if found else f"there is no proposal `{name[:40]}`"
        raise ProposalError(what, "`callgate proposals list --all` names them")

    def put(self, proposal: Proposal) -> None:
        """Write *proposal*; the lock must be held.

        Raises:
            ProposalError: it is too large, there are too many open ones, or it cannot be written.
        """
        data = proposal.to_json()
        if len(data) > MAX_FILE:
            raise ProposalError(f"the proposal is larger than {MAX_FILE >> 20} MiB", "propose less at a time")
        others = [one for one in self.all() if one.status == "open" and one.id != proposal.id]
        if proposal.status == "open" and len(others) >= MAX_OPEN:
            message = f"{MAX_OPEN} proposals wait for a person already"
            raise ProposalError(message, "ask the person to look at `callgate proposals list`")
        try:
            write_atomic(os.path.join(self.directory, f"{proposal.id}.json"), data, mode=0o600)
        except OSError as error:
            raise ProposalError(f"cannot write the proposal: {error.strerror}", "check the state directory") from error

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock of the directory, made when missing; what is forgotten is removed first.

        Raises:
            ProposalError: it cannot be made, or another process holds it for more than 5 seconds.
        """
        try:
            os.makedirs(self.directory, mode=0o700, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            handle = os.open(os.path.join(self.directory, ".lock"), flags, 0o600)
        except OSError as error:
            raise ProposalError(f"cannot write `{self.directory}`: {error.strerror}", "check its rights") from error
        try:
            _lock(handle)
            self._forget()
            yield
        finally:
            os.close(handle)

    def _read(self, name: str) -> Proposal | None:
        if not (name.endswith(".json") and ID.fullmatch(name[:-5])):
            return None
        try:
            found = from_json(read_regular(os.path.join(self.directory, name), MAX_FILE))
        except OSError:
            return None
        return found if found is not None and f"{found.id}.json" == name else None

    def _old(self, proposal: Proposal) -> bool:
        return self.now - max(proposal.seen, proposal.decided) > LIFETIME

    def _forget(self) -> None:
        for name in os.listdir(self.directory):
            proposal = self._read(name)
            if proposal is not None and self._old(proposal):
                os.unlink(os.path.join(self.directory, name))


def _lock(handle: int) -> None:
    deadline = time.monotonic() + _WAIT
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                message = "another process is writing proposals"
                raise ProposalError(message, "try again; it may be another `callgate`") from None
            time.sleep(0.02)
        else:
            return


def sha256_of(path: str) -> str:
    """Return the SHA-256 of a target, in hexadecimal; empty when it is no file that can be read."""
    try:
        return hashlib.sha256(read_regular(path, _MAX_TARGET)).hexdigest()
    except (OSError, ValueError):
        return ""
