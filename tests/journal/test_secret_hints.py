"""The two ways of looking for hints: one by one in a process that ends soon, by one automaton in one that goes on."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.journal import secrets

HINTS = st.sampled_from([hint.decode() for hint in secrets._HINTS])  # noqa: SLF001 - what is looked for
TEXTS = st.lists(st.text(max_size=8) | HINTS | HINTS.map(str.upper) | HINTS.map(lambda hint: hint[:-1])).map("".join)


def both(text: str, monkeypatch: pytest.MonkeyPatch) -> tuple[bool, bool]:
    """What a process says that has just begun, and what one says that goes on."""
    said = []
    for number in (0, 1_000):
        monkeypatch.setattr(secrets, "_texts", count(number))
        said.append(secrets.may_hold(text))
    return said[0], said[1]


@given(TEXTS)
def test_both_ways_find_the_same(text: str) -> None:
    """Whatever the text, with lone surrogates and line ends, in any case of letters."""
    with pytest.MonkeyPatch.context() as patch:
        first, second = both(text, patch)
    assert first == second


@pytest.mark.parametrize("hint", [hint.decode() for hint in secrets._HINTS])  # noqa: SLF001 - as above
def test_every_hint_is_found(hint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Alone, and in the middle of a line among lines."""
    assert both(hint, monkeypatch) == (True, True)
    assert both(f"a\n\udc80 {hint.upper()}\nb", monkeypatch) == (True, True)
    assert both("git status", monkeypatch) == (False, False)
