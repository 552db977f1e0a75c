"""The trust store: which project files a person has looked at, by real path and content.

`{"/abs/real/path": "sha256"}` in JSON, mode 0600. `load` compares the hash with what it parsed, so a file that changes
after it was trusted, or that stands at another path, has no trust.
"""

from __future__ import annotations

import os
import stat
from typing import Final, Iterator, Mapping

from callgate.core.errors import PolicyError, Problem
from callgate.policy.loader.closure import Walk, problems_of
from callgate.policy.loader.document import Document, real_path
from callgate.policy.loader.loaded import Candidate

_MAX_BYTES: Final = 4 * 1024 * 1024
_DIGITS: Final = frozenset("0123456789abcdef")


def read_trust(path: str) -> Mapping[str, str]:
    """Return the trust store: real path -> SHA-256. A missing one is empty.

    Raises:
        PolicyError: the store cannot be read, is malformed, or others may write it: it then says nothing, and the
            caller must not go on as if it did.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise _fault(path, f"cannot be opened: {(error.strerror or '').lower()}") from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise _fault(path, "is not a regular file")
        if status.st_mode & 0o022 or (os.geteuid() != 0 and status.st_uid not in (0, os.geteuid())):
            raise _fault(path, "may be written by others", f"run `chmod 600 {path}` after looking at what it holds")
        data = b""
        while len(data) <= _MAX_BYTES and (chunk := os.read(descriptor, _MAX_BYTES)):
            data += chunk
    except OSError as error:
        raise _fault(path, f"cannot be read: {(error.strerror or '').lower()}") from None
    finally:
        os.close(descriptor)
    return _parse(path, data)


def _parse(path: str, data: bytes) -> dict[str, str]:
    import json  # noqa: PLC0415 - most people trust no project file

    try:
        store = json.loads(data) if len(data) <= _MAX_BYTES else None
    except (ValueError, RecursionError):
        store = None
    if not isinstance(store, dict) or not all(isinstance(value, str) and _is_hash(value) for value in store.values()):
        raise _fault(path, "is not a trust store", "remove it and trust your project files again")
    return store


def _is_hash(text: str) -> bool:
    return len(text) == 64 and _DIGITS.issuperset(text)


def _fault(path: str, reason: str, hint: str = "check its type, owner and permissions") -> PolicyError:
    return PolicyError([Problem(f"the trust store {reason}", path, help=hint)])


def trust_file(store: str, file: str, home: str = "") -> tuple[tuple[str, str], ...]:
    """Trust *file* and every file it includes, as they are now; return (real path, SHA-256) of each.

    Args:
        store: path of the trust store; made, with its directory, when it is missing.
        file: a project's policy file.
        home: home directory, for `~/` in includes.

    Raises:
        PolicyError: a file cannot be read or parsed, or is reached through a symbolic link; or the store is at fault.
            Nothing has been written then.
    """
    documents = _closure(file, home)
    problems = [problem for problem in problems_of(documents) if problem.severity == "error"]
    if not problems:
        problems = [
            Problem("a symbolic link is never trusted", document.path, help=f"use the file itself: `{document.real}`")
            for document in documents
            if document.linked
        ]
    if problems:
        raise PolicyError(problems)
    pins = tuple((document.real, document.sha256) for document in documents)
    for entries in _locked(store):
        entries.update(pins)
    return pins


def untrust(store: str, file: str, home: str = "") -> tuple[str, ...]:
    """Take trust from *file* and the files it includes now; return the real paths that had it. It need not exist.

    A file that others include as well loses its trust for them too.

    Raises:
        PolicyError: the store is at fault.
    """
    paths = dict.fromkeys([real_path(os.path.abspath(file))])
    paths.update(dict.fromkeys(document.real for document in _closure(file, home)))
    removed: tuple[str, ...] = ()
    for entries in _locked(store):
        removed = tuple(path for path in paths if entries.pop(path, None) is not None)
    return removed


def _closure(file: str, home: str) -> list[Document]:
    return Walk(home or "/", "", {}).root(Candidate(os.path.abspath(file), "project"))


def _locked(store: str) -> Iterator[dict[str, str]]:
    """Yield the entries of *store* under a lock, once, then write them back in one step."""
    import fcntl  # noqa: PLC0415 - only the commands that change trust need them
    import json  # noqa: PLC0415
    import tempfile  # noqa: PLC0415

    # a store that is itself a link (dot files kept elsewhere) stays one
    target = real_path(os.path.abspath(store))
    directory = os.path.dirname(target)
    try:
        os.makedirs(directory, mode=0o700, exist_ok=True)
        lock = os.open(target + ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            entries = dict(read_trust(target))
            yield entries
            descriptor, temporary = tempfile.mkstemp(dir=directory, prefix=".trust-")
            try:
                with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                    json.dump(entries, stream, indent=1, sort_keys=True, ensure_ascii=True)
                    stream.write("\n")
                    stream.flush()
                    os.fsync(stream.fileno())
                os.replace(temporary, target)
            except BaseException:
                os.unlink(temporary)
                raise
        finally:
            os.close(lock)
    except OSError as error:
        raise _fault(store, f"cannot be written: {(error.strerror or '').lower()}") from None
