"""One proposal: a change that an agent may not make alone, with what a person needs to judge it."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, Final, Literal, Mapping, NamedTuple, get_args

from callgate.core.errors import CallgateError

Status = Literal["open", "accepted", "rejected"]

LIFETIME: Final = 30 * 86_400
"""Seconds after which a proposal is forgotten, an open one and a decided one."""
MAX_OPEN: Final = 100
MAX_FILE: Final = 4 << 20
"""Bytes of the largest proposal: an operation has at most 1 MiB, a diff 64 KiB."""
ID: Final = re.compile(r"p-[0-9a-f]{12}")
MIN_PREFIX: Final = 6
"""Characters of an id that may stand for all of it, `p-` included."""


class ProposalError(CallgateError):
    """A proposal that cannot be made, found or decided. `help` says what to do instead."""

    def __init__(self, message: str, help: str = "") -> None:  # noqa: A002 - the word that the output uses
        self.help = help
        super().__init__(message)


class Proposal(NamedTuple):
    """A change that waits for a person, or that one has decided about."""

    id: str
    created: float
    """Seconds since the epoch, UTC."""
    seen: float
    """When it was last made; the same proposal again is not another one."""
    times: int
    """How often it was made."""
    actor: Mapping[str, Any]
    """Who made it first, as `Actor.record` tells."""
    operation: Mapping[str, Any]
    """The operation as it would be applied, without its target."""
    target_file: str
    """Absolute."""
    target_sha256: str
    """Of the target when the change was last tried out; empty when there was no such file."""
    cwd: str
    """Where it was made: it says which policy is meant."""
    reasons: tuple[str, ...]
    """Why a person is needed."""
    answer: Mapping[str, Any]
    """What the dry run answered: `changes`, `validation`, `impact_analysis`, `diff`."""
    why: str = ""
    """The reason that was given for the change."""
    status: Status = "open"
    decided: float = 0.0
    decided_by: Mapping[str, Any] = {}
    note: str = ""
    """Why it was rejected."""

    @property
    def diff(self) -> str:
        """What would change in the file, as a unified diff."""
        found = self.answer.get("diff")
        return found if isinstance(found, str) else ""

    @property
    def name(self) -> str:
        """The name of the operation."""
        return str(self.operation.get("operation", ""))

    def to_json(self) -> bytes:
        """Return the proposal as its file holds it."""
        return json.dumps(self._asdict(), ensure_ascii=True, indent=1).encode() + b"\n"


def identify(operation: Mapping[str, Any], target_file: str) -> str:
    """Return the id of a proposal: the same change of the same file has the same one."""
    text = json.dumps([operation, target_file], sort_keys=True, ensure_ascii=True)
    return "p-" + hashlib.sha256(text.encode()).hexdigest()[:12]


def from_json(data: bytes) -> Proposal | None:
    """Return the proposal that a file holds; `None` when it holds none, or one that was tampered with."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or set(value) != set(Proposal._fields):
        return None
    value["reasons"] = tuple(value["reasons"]) if isinstance(value["reasons"], list) else None
    if not all(isinstance(value[name], _TYPES[name]) for name in Proposal._fields):
        return None
    if not all(isinstance(one, str) for one in value["reasons"]) or value["status"] not in get_args(Status):
        return None
    found = Proposal(**value)
    # The id names the operation: one that was exchanged for another is none that anybody proposed.
    return found if found.id == identify(found.operation, found.target_file) else None


_TYPES: Final[Mapping[str, type | tuple[type, ...]]] = {
    **dict.fromkeys(("id", "target_file", "target_sha256", "cwd", "why", "status", "note"), str),
    **dict.fromkeys(("created", "seen", "decided"), (int, float)),
    **dict.fromkeys(("actor", "operation", "answer", "decided_by"), dict),
    "times": int,
    "reasons": tuple,
}
