"""Times as logs write them, read back and written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.times import parse_time, rfc3339


@given(st.integers(-62_135_596_800, 253_402_300_799))
def test_what_is_written_is_read_back(when: int) -> None:
    """Whole seconds of the years 1 to 9999 survive."""
    assert parse_time(rfc3339(when)) == when


@pytest.mark.parametrize(("when", "stamp"), [(-(2**63), "0001-01-01T00:00:00Z"), (2**63 - 1, "9999-12-31T23:59:59Z")])
def test_a_time_beyond_all_years_is_their_end(when: int, stamp: str) -> None:
    """A commit can carry any 64-bit number of seconds; nothing raises."""
    assert rfc3339(when) == stamp


def test_parts_of_a_second_are_cut_off() -> None:
    """A stamp never names a later moment than it was made of."""
    assert rfc3339(1.999) == "1970-01-01T00:00:01Z"


@pytest.mark.parametrize(
    "value", ["", "soon", "2026-13-01T00:00:00Z", "2026-11-01T00:00:00Z" + " " * 60, 5, None, ["2026-11-01"]]
)
def test_what_is_no_time_is_none(value: object) -> None:
    """Logs hold what anybody wrote: nothing raises, whatever its type or length."""
    assert parse_time(value) is None


def test_zones() -> None:
    """Without a zone it is UTC; with one it counts."""
    assert parse_time("1970-01-02") == parse_time("1970-01-02T00:00:00") == 86_400
    assert parse_time("1970-01-01T02:00:00+02:00") == 0
