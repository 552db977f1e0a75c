"""TOML text into values, every fault of its syntax with its place."""

from __future__ import annotations

import re
import tomllib
from typing import Any, Final, Mapping

from callgate.policy.loader.faults import Faults

_PLACE: Final = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def parse(text: str, faults: Faults, what: str = "a policy") -> Mapping[str, Any] | None:
    r"""Return the values of *text*; `None` when it is not TOML, and why is in *faults*.

    Args:
        text: with `\n` line ends, as `files.decode` returns it.
        faults: of that text.
        what: the kind of file, for a message.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        _syntax(text, str(error), faults)
    except (ValueError, RecursionError, OverflowError) as error:
        reason = "it is nested too deep" if isinstance(error, RecursionError) else "a number is out of range"
        faults.add(f"not valid TOML: {reason}", help=f"check the file, it does not look like {what}")
    return None


def _syntax(text: str, message: str, faults: Faults) -> None:
    place = _PLACE.search(message)
    reason = message[: place.start()] if place else message
    reason = "".join(char if char.isprintable() else "?" for char in reason[:1].lower() + reason[1:200])
    offset = len(text.rstrip())
    if place and place.group(1):
        lines = text.split("\n", int(place.group(1)))
        offset = sum(len(line) + 1 for line in lines[: int(place.group(1)) - 1]) + int(place.group(2)) - 1
    help_text = "strings need quotes; in double quotes write `\\\\` for a backslash, or use single quotes"
    faults.at(f"not valid TOML: {reason}", min(offset, len(text)), help_text)
