"""The garbage collector waits while a question is answered, and runs again as it did before."""

from __future__ import annotations

import gc
import threading
from typing import Iterator

import pytest

from callgate.reviewer.query.pause import paused


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Leave the collector as it was."""
    ran = gc.isenabled()
    yield
    (gc.enable if ran else gc.disable)()


def test_it_waits_and_runs_again() -> None:
    """Also when the answer is an error."""
    gc.enable()

    @paused()
    def answer() -> None:
        assert not gc.isenabled()
        raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        answer()
    assert gc.isenabled()


def test_what_was_switched_off_stays_off() -> None:
    """A process that runs without a collector keeps to that."""
    gc.disable()
    with paused():
        pass
    assert not gc.isenabled()


def test_it_waits_for_the_last_of_several_questions() -> None:
    """Threads answer at the same time."""
    gc.enable()
    inside, leave = threading.Event(), threading.Event()

    def answer() -> None:
        with paused():
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=answer)
    with paused():
        thread.start()
        assert inside.wait(10)
    assert not gc.isenabled()
    leave.set()
    thread.join(10)
    assert gc.isenabled()
