"""What a process knows of the calls that it has met in logs: what each was, and what came of judging it.

A question about a day has thousands of distinct calls to decode, analyse and decide. An agent repeats itself, and
questions do: the next one is about a day that overlaps, or that has the same calls. So what is found out about one call
is kept for as long as the process lives, up to a bound. None of it is an answer: every question counts anew, and a call
that was not met before is looked at in full.
"""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import TYPE_CHECKING, AbstractSet, Any, Final, Mapping
from weakref import WeakKeyDictionary

from callgate.core.model import Observation, ToolCall
from callgate.reviewer.recorded import call_of, is_whole, observation_of

if TYPE_CHECKING:
    from callgate.gate import Gate
    from callgate.reviewer.entry import Entry

MOST: Final = 8_000
"""With more calls than this, those that were not met since the last time are let go, and the next ones begin anew; one
question may add as many again. So four times as many are kept at most, at some 5 KB each."""

Name = str
"""The digests `call` and `world` of a line, as the index has them (`logs/parse.py`), one behind the other."""


class Fact:
    """One distinct call in one world: all of a line that deciding it again rests on.

    Attributes:
        call: what was asked for, whoever asked.
        observation: what the engine knew of the host, but for the moment and the switch; `None` when no line says.
        whole: the input was logged as it was sent.
        key: what the same call has in common wherever it is logged.
        lasting: what is found out about it is worth keeping.
        owner: under what the notes were made; with another one they are worth nothing.
        notes: name -> what was found out.
    """

    __slots__ = ("call", "key", "lasting", "notes", "observation", "owner", "whole")

    def __init__(self, entry: Entry, shared: dict[str, Observation]) -> None:
        """Take what *entry* says; *shared* holds what many lines have in common."""
        self.call: ToolCall = call_of(entry)._replace(session_id="", tool_use_id="")
        self.observation = _shared(observation_of(entry), shared)
        self.whole = is_whole(entry)
        self.key = key_of(entry)
        self.lasting = True
        self.owner: object = None
        self.notes: dict[str, Any] = {}


class Known:
    """Facts by the names that the index gives them. One question after the other; two at a time do no harm."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._met: dict[Name, Fact] = {}
        self._before: dict[Name, Fact] = {}
        self.shared: dict[str, Observation] = {}

    def __len__(self) -> int:
        """Return how many calls are known."""
        return len(self._met) + len(self._before)

    def begin(self) -> None:
        """Begin a question: what was not met for long goes."""
        if len(self._met) > MOST:
            self._before, self._met = self._met, {}
            self.shared = {}

    def meet(self, names: AbstractSet[Name]) -> Mapping[Name, Fact]:
        """Return what is known of the calls *names*, and of others."""
        for name in self._before.keys() & (names - self._met.keys()):
            self._met[name] = self._before.pop(name)
        return self._met

    def add(self, name: Name, fact: Fact) -> None:
        """Keep *fact* under *name*, or let it pass when there are too many."""
        fact.lasting = len(self._met) < 2 * MOST
        if fact.lasting:
            self._met[name] = fact


_known: WeakKeyDictionary[Gate, Known] = WeakKeyDictionary()


def known_to(gate: Gate) -> Known:
    """Return what is known to those who ask *gate*."""
    return _known.setdefault(gate, Known())


def key_of(entry: Entry) -> bytes:
    """Return what the same call has in common whenever it is made."""
    observation = entry.record.get("observation")
    where = observation.get("project") if isinstance(observation, dict) else None
    text = json.dumps([entry.tool, entry.input, entry.cwd, entry.mode, where], sort_keys=True, default=str)
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _shared(observation: Observation | None, shared: dict[str, Observation]) -> Observation | None:
    """Return *observation* of no moment: many calls are made in one world, which is kept once."""
    if observation is None:
        return None
    found = observation._replace(now=0.0)
    return shared.setdefault(repr(found), found)
