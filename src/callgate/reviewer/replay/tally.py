"""How often each distinct call was made, how it was decided then, what a person made of it, and where it stands."""

from __future__ import annotations

from typing import Final, Iterator, NamedTuple, Sequence

from callgate.reviewer.entry import DECISIONS
from callgate.reviewer.replay.calls import Person
from callgate.reviewer.replay.facts import DIGEST

_LOGGED: Final = (*DECISIONS, "")
_PERSONS: Final[tuple[Person, ...]] = ("", "approved", "refused")
_CODES: Final = {(logged, person): bytes([i * 3 + j]) for i, logged in enumerate(_LOGGED)
                 for j, person in enumerate(_PERSONS)}  # fmt: skip
_MEANINGS: Final = {code[0]: meaning for meaning, code in _CODES.items()}
_ONE: Final = 1 << 64
_PLACE: Final = _ONE - 1
_FILE: Final = 48
"""Bits of an offset within a file; the number of the file stands above them."""


class Count(NamedTuple):
    """How often a distinct call was decided in one way."""

    logged: str
    person: Person
    number: int


class Distinct(NamedTuple):
    """One distinct call."""

    place: int
    """Where the first of them stands."""
    counts: tuple[Count, ...]


class Left(NamedTuple):
    """Lines that are no part of the answer, and calls of which something must be said."""

    unread: int = 0
    """Torn lines, lines of other programs, calls that the hook would refuse as input."""
    failed: int = 0
    """callgate itself failed on the call then."""
    broken: int = 0
    """Calls of projects whose own policy is broken today."""
    masked: int = 0
    """Replayed as masked: a secret, or the end of a huge text, was taken out when the call was logged."""
    unobserved: int = 0
    """Replayed without what the gate saw of the host."""

    def plus(self, other: Left) -> Left:
        """Return the sums."""
        return Left(*(one + two for one, two in zip(self, other, strict=True)))


class Tally:
    """Counts calls by digest. One dict, small keys and values: a million distinct calls take 200 MB."""

    def __init__(self) -> None:
        """Have counted nothing."""
        self._counts: dict[bytes, int] = {}
        self.calls = 0

    def add(self, digest: bytes, logged: str, person: Person, place: int, number: int = 1) -> None:
        """Count a call.

        Args:
            digest: what decides it.
            logged: the decision then; empty when none was recorded.
            person: what a person made of it.
            place: see `place_of`; the smallest one of a distinct call is kept.
            number: how many of them.
        """
        key = digest + _CODES[logged, person]
        known = self._counts.get(key)
        if known is None:
            self._counts[key] = (number << 64) | place
        else:
            known += number << 64
            self._counts[key] = known if known & _PLACE <= place else known - (known & _PLACE) + place
        self.calls += number

    def merge(self, counts: dict[bytes, int]) -> None:
        """Add what another process has counted (`counts`)."""
        for key, packed in counts.items():
            logged, person = _MEANINGS[key[DIGEST]]
            self.add(key[:DIGEST], logged, person, packed & _PLACE, packed >> 64)

    @property
    def counts(self) -> dict[bytes, int]:
        """Everything, for `merge`."""
        return self._counts

    def distinct(self) -> list[Distinct]:
        """Return the distinct calls, in the order of their places."""
        places: dict[bytes, int] = {}
        found: dict[bytes, list[Count]] = {}
        for key, packed in self._counts.items():
            digest, place = key[:DIGEST], packed & _PLACE
            places[digest] = min(places.get(digest, place), place)
            found.setdefault(digest, []).append(Count(*_MEANINGS[key[DIGEST]], packed >> 64))
        out = [Distinct(places[digest], tuple(sorted(counts))) for digest, counts in found.items()]
        out.sort()
        return out


def place_of(file: int, offset: int) -> int:
    """Return the place of a line as one number below 2^64: files in their order, then lines in theirs."""
    return file << _FILE | offset


def file_and_offset(place: int) -> tuple[int, int]:
    """Return what `place_of` was given."""
    return place >> _FILE, place & ((1 << _FILE) - 1)


def batches(items: Sequence[Distinct], size: int) -> Iterator[Sequence[Distinct]]:
    """Yield *items* in batches of *size*."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
