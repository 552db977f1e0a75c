"""Review lines, read eight times as fast as `json` does: only what decides is decoded, the rest is passed over.

What is odd in any way is left to `reviewer/entry.py`, which has the last word on what a line says; nothing here is
more tolerant than that. A test compares the two on lines of every kind.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final, Literal, NamedTuple

import msgspec

from callgate.reviewer.replay.facts import DIGEST, FIELDS, KNOWN_TOOLS, Facts
from callgate.reviewer.replay.observation import observation_of
from callgate.times import parse_time

_NOTHING: Final = msgspec.Raw(b"")
_EMPTY: Final = b"{}"
_MAX_SOUND: Final = 4_096


class _Seen(msgspec.Struct, gc=False):
    """`observation`; what is looked at only as a whole stays as it was written."""

    home: str
    project: str
    now: float
    protected: msgspec.Raw
    links: msgspec.Raw = msgspec.Raw(_EMPTY)
    expansions: msgspec.Raw = msgspec.Raw(_EMPTY)
    sweeps: msgspec.Raw = msgspec.Raw(_EMPTY)
    shadowing: msgspec.Raw = msgspec.Raw(_EMPTY)
    off_until: msgspec.Raw = msgspec.Raw(b"null")


class _Line(msgspec.Struct, gc=False):
    timestamp: str
    tool_name: str
    tool_input: msgspec.Raw
    decision: Literal["allow", "deny", "ask", "passthrough"]
    observation: _Seen
    cwd: str
    permission_mode: str
    masked: msgspec.Raw
    error: str
    decision_id: str = ""


class Quick(NamedTuple):
    """A line that is a call with its observation, unmasked, and nothing about it odd."""

    time: float
    tool: str
    input: msgspec.Raw
    decision: str
    seen: _Seen
    cwd: str
    mode: str
    decision_id: str


class Reader:
    """Reads lines; remembers which parts it has looked at closely, because the logs repeat themselves."""

    def __init__(self) -> None:
        """Make the decoders."""
        self._line = msgspec.json.Decoder(_Line)
        self._sound: set[bytes] = set()
        self._inputs: dict[tuple[str, ...], msgspec.json.Decoder[msgspec.Struct]] = {}

    def read(self, line: bytes) -> Quick | None:
        """Return what *line* says; `None` when `entry.decode` has to be asked."""
        # The journal writes ASCII. A NUL would end a part of the digest early.
        if not line.isascii() or b"\0" in line or b"\\u0000" in line:
            return None
        try:
            found = self._line.decode(line)
        except (msgspec.MsgspecError, RecursionError):
            return None
        seen = found.observation
        time = parse_time(found.timestamp)
        plain = (
            time is not None
            and bytes(found.masked) == b"[]"
            and not found.error
            and bytes(seen.off_until) == b"null"
            and bytes(found.tool_input)[:1] == b"{"
            and (found.cwd == "" or found.cwd[0] == "/")
            and found.permission_mode != ""
            and seen.now - seen.now == 0
        )
        if not plain or time is None or not self._is_sound(seen):
            return None
        return Quick(
            time, found.tool_name, found.tool_input, found.decision, seen, found.cwd, found.permission_mode,
            found.decision_id,
        )  # fmt: skip

    def digest(self, quick: Quick, facts: Facts) -> bytes | None:
        """Return the 16 bytes that stand for everything which decides the call; `None` when its input is odd."""
        parts: list[bytes] = []
        if quick.tool in KNOWN_TOOLS:
            try:
                given = self._fields(facts.fields).decode(quick.input)
            except (msgspec.MsgspecError, RecursionError):
                return None
            parts += [bytes(getattr(given, name)) for name in given.__struct_fields__]
        else:
            parts.append(bytes(quick.input))
        seen = quick.seen
        parts += [text.encode() for text in (quick.tool, quick.cwd, quick.mode, seen.home, seen.project)]
        parts += [bytes(part) for part in _parts(seen)]
        parts.append(b"%d" % facts.age(seen.now))
        return blake2b(b"\0".join(parts), digest_size=DIGEST, person=b"quick").digest()

    def _fields(self, more: tuple[str, ...]) -> msgspec.json.Decoder[msgspec.Struct]:
        decoder = self._inputs.get(more)
        if decoder is None:
            # Names of fields are data: they are never the names of attributes.
            names = (*FIELDS, *more)
            attributes = [(f"field_{number}", msgspec.Raw, _NOTHING) for number in range(len(names))]
            rename = dict(zip((one[0] for one in attributes), names, strict=True))
            made = msgspec.defstruct("Input", attributes, rename=rename)
            decoder = self._inputs[more] = msgspec.json.Decoder(made)
        return decoder

    def _is_sound(self, seen: _Seen) -> bool:
        """Whether the parts that are kept as they are written hold what they should."""
        parts = [bytes(part) for part in _parts(seen)]
        if parts[1:] == [_EMPTY] * 4 and parts[0] in self._sound:
            return True
        key = b"\0".join(parts)
        if key in self._sound:
            return True
        try:
            names = ("protected", "links", "expansions", "sweeps", "shadowing")
            whole = {name: msgspec.json.decode(part) for name, part in zip(names, parts, strict=True)}
        except (msgspec.MsgspecError, RecursionError):
            return False
        if observation_of({"home": "", "project": "", **whole}) is None:
            return False
        if len(self._sound) >= _MAX_SOUND:
            self._sound.clear()
        self._sound.add(parts[0] if parts[1:] == [_EMPTY] * 4 else key)
        return True


def _parts(seen: _Seen) -> tuple[msgspec.Raw, ...]:
    return seen.protected, seen.links, seen.expansions, seen.sweeps, seen.shadowing
