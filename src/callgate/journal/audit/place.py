"""Where an audit log keeps its head file and archives, and which log it is."""

from __future__ import annotations

import hashlib
import os
import re
from typing import Final, Mapping

from callgate.host import places

_ARCHIVE: Final = re.compile(r"\.[0-9]{8}T[0-9]{6}Z(?:-[0-9]{1,4})?\.archive")


def head_file_of(path: str, environ: Mapping[str, str] | None = None) -> str:
    """Return the head file of the audit log at *path*.

    The user's log has it in the state directory: whoever puts an old copy of `~/.config` back leaves the two at odds.
    Any other log has it beside itself.
    """
    where = places(os.environ if environ is None else environ)
    return where.audit_head if path == where.audit_log else f"{path}.head"


def archives_of(path: str) -> list[str]:
    """Return the archives beside the log at *path*, oldest name first; none when the directory cannot be read."""
    folder, base = os.path.split(path)
    try:
        names = os.listdir(folder or ".")
    except OSError:
        return []
    return [os.path.join(folder, name) for name in sorted(names) if is_archive(name, base)]


def is_archive(name: str, base: str) -> bool:
    """Whether the file *name* is an archive of the log called *base*, as far as its name says."""
    return name.startswith(base) and _ARCHIVE.fullmatch(name, len(base)) is not None


def log_id() -> str:
    """Return which log this is: 16 hexadecimal digits for this user on this machine.

    Commits of a shared repository carry the heads of several logs, of colleagues and of other machines; this tells them
    apart. It is derived and not drawn: somebody who starts the log anew still has the same one. The machine's own id is
    not to be published as it is (machine-id(5)), so it is hashed with a word of ours.
    """
    text = f"callgate audit log\n{_machine()}\n{os.getuid()}\n"
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:16]


def _machine() -> str:
    for file in ("/etc/machine-id", "/var/lib/dbus/machine-id"):
        try:
            with open(file, encoding="ascii", errors="replace") as stream:
                found = stream.read(64).strip()
        except OSError:
            continue
        if found:
            return found
    import socket  # noqa: PLC0415 - only where systemd has left no id: macOS, small containers

    return socket.gethostname()
