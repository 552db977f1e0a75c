"""Lines of a range of bytes: each once, whole, at its place, in both directions."""

from __future__ import annotations

import itertools
import os
import tempfile
from contextlib import contextmanager
from typing import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.reviewer.logs import lines
from callgate.reviewer.logs.lines import backwards, forwards, line_start

TEXTS = st.lists(st.sampled_from([b"", b"a", b"bc", b"\n", b"\n\n", b"defg" * 9, b"\0", b"\r"]), max_size=30).map(
    b"".join
)


@contextmanager
def opened(data: bytes) -> Iterator[int]:
    """A descriptor of a file that holds *data*."""
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        yield file.fileno()


def plainly(data: bytes) -> list[tuple[int, bytes]]:
    """Every line with the place where it begins."""
    found, at = [], 0
    for one in data.split(b"\n"):
        found.append((at, one))
        at += len(one) + 1
    return [each for each in found if each[0] < len(data)]


@given(data=TEXTS, start=st.integers(0, 60), length=st.integers(0, 60), block=st.sampled_from([1, 2, 7, 64]))
def test_a_line_belongs_to_the_range_that_it_begins_in(data: bytes, start: int, length: int, block: int) -> None:
    """Whatever the blocks are that the file is read in."""
    end = start + length
    wanted = [(at, one) for at, one in plainly(data) if start <= at < end]
    with pytest.MonkeyPatch.context() as patch, opened(data) as fd:
        patch.setattr(lines, "BLOCK", block)
        assert list(forwards(fd, start, end, len(data))) == wanted
        assert list(backwards(fd, start, end, len(data))) == wanted[::-1]
        assert line_start(fd, start, len(data)) == next((at for at, _ in plainly(data) if at >= start), len(data))


@given(data=TEXTS, cuts=st.lists(st.integers(0, 80), max_size=4))
def test_ranges_that_touch_share_and_lose_nothing(data: bytes, cuts: list[int]) -> None:
    """Read in pieces, a file has the lines that it has."""
    borders = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    with opened(data) as fd:
        found = [
            one for a, b in itertools.pairwise(borders) for one in forwards(fd, a, b, len(data))
        ]  # fmt: skip
    assert found == plainly(data)


def test_a_line_without_end_is_told_of_and_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it is, the lines around it are read, and memory holds no more than the limit."""
    monkeypatch.setattr(lines, "MAX_LINE", 100)
    monkeypatch.setattr(lines, "BLOCK", 16)
    data = b"first\n" + b"x" * 1_000 + b"\nlast\n"
    with opened(data) as fd:
        assert list(forwards(fd, 0, len(data), len(data))) == [(0, b"first"), (6, None), (1007, b"last")]
        assert list(backwards(fd, 0, len(data), len(data))) == [(1007, b"last"), (6, None), (0, b"first")]


def test_a_file_that_is_cut_off_meanwhile_ends() -> None:
    """Fewer bytes than there were a moment ago are no endless loop."""
    with opened(b"a\nb\nc\n") as fd:
        os.ftruncate(fd, 2)
        assert list(forwards(fd, 0, 6, 6)) == [(0, b"a")]
        assert list(backwards(fd, 0, 6, 6)) == []
        assert line_start(fd, 4, 6) == 6
