"""The switch: while auto-approval is off, every call that would be allowed asks, and denies hold (design.md, stage 0).

One file, one line: the epoch second when auto-approval comes back, or `inf`. It can only tighten, so reading it never
fails: whatever is wrong with the file counts as off. Cheap to import, because the hook reads it on every call.
"""

from __future__ import annotations

import math
import os
import stat
from typing import NamedTuple

from callgate.atomic import write_atomic

FOREVER = math.inf
MAX_BYTES = 64
"""A switch file holds one number."""

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
MAX_SECONDS = 366 * 86400


class Switch(NamedTuple):
    """What the switch file says."""

    off_until: float | None
    """`None` when auto-approval is on, else the epoch second when it comes back (`inf` for never)."""
    fault: str = ""
    """Why the file is not believed; then `off_until` is `inf`."""


def read(path: str, now: float) -> Switch:
    """Read the switch file at epoch second *now*. Never raises; anything odd is off for good, with the reason."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return Switch(None)
    except (OSError, ValueError) as error:
        return Switch(FOREVER, f"the switch file cannot be read: {getattr(error, 'strerror', None) or error}")
    try:
        info = os.fstat(handle)
        data = os.read(handle, MAX_BYTES + 1) if stat.S_ISREG(info.st_mode) else b""
    except OSError as error:
        return Switch(FOREVER, f"the switch file cannot be read: {error.strerror or error}")
    finally:
        os.close(handle)
    if not stat.S_ISREG(info.st_mode):
        return Switch(FOREVER, "the switch file is not a regular file")
    if info.st_uid not in (os.geteuid(), 0):
        return Switch(FOREVER, "the switch file belongs to another user")
    if info.st_mode & 0o022:
        return Switch(FOREVER, "the switch file can be written by others")
    until = _moment(data)
    if until is None:
        return Switch(FOREVER, "the switch file is malformed")
    return Switch(until if until > now else None)


def turn_off(path: str, until: float) -> None:
    """Switch auto-approval off until epoch second *until* (`inf` for good).

    Raises:
        OSError: the state directory cannot be made or written.
    """
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    line = "inf" if until == FOREVER else str(math.ceil(until))
    write_atomic(path, f"{line}\n".encode(), mode=0o600)


def turn_on(path: str) -> None:
    """Switch auto-approval on again, whatever the file held.

    Raises:
        OSError: the file cannot be removed (a directory in its place, no permission).
    """
    try:
        os.unlink(path)
    except (FileNotFoundError, NotADirectoryError):
        return


def parse_duration(text: str) -> float:
    """Seconds of `90s`, `10m`, `2h` or `1d`.

    Raises:
        ValueError: it is not such a duration, or zero, or longer than a year; the message says which.
    """
    word = text.strip().lower()
    number, unit = word[:-1], word[-1:]
    if unit not in UNITS or not (number.isascii() and number.isdigit()):
        raise ValueError(f"`{text}` is not a duration")
    # Nine digits are more than a year in every unit; `int` of a huge number would be slow.
    seconds = int(number) * UNITS[unit] if len(number) <= 9 else MAX_SECONDS + 1
    if seconds == 0:
        raise ValueError(f"`{text}` is no time at all")
    if seconds > MAX_SECONDS:
        raise ValueError(f"`{text}` is longer than a year")
    return float(seconds)


def describe(state: Switch, now: float) -> str:
    """The state in words: `auto-approval is on`, or off and until when (local time)."""
    if state.fault:
        return f"auto-approval is off ({state.fault})"
    if state.off_until is None:
        return "auto-approval is on"
    if state.off_until == FOREVER:
        return "auto-approval is off until `callgate on`"
    import time  # noqa: PLC0415 - the hook reads the switch but never describes it

    clock = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(state.off_until))
    return f"auto-approval is off until {clock} ({_about(state.off_until - now)} from now)"


def _moment(data: bytes) -> float | None:
    word = data.decode("ascii", "replace").strip()
    if word == "inf":
        return FOREVER
    # Digits only: `float` would also take `nan`, `-inf`, `1_0` and what else Python fancies.
    whole, _, part = word.partition(".")
    if len(data) > MAX_BYTES or not (whole.isascii() and whole.isdigit()) or not (part.isdigit() or word == whole):
        return None
    return float(word)


def _about(seconds: float) -> str:
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f}{unit}"
    return f"{max(0.0, seconds):.0f}s"
