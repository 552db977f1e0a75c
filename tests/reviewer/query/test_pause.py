"""The garbage collector waits while a question is answered, and runs again as it did before."""

from __future__ import annotations

import gc
import threading
from typing import Iterator

import pytest

from callgate.reviewer.query import pause
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


class Ring:
    """Something that only the collector takes away."""

    def __init__(self, gone: list[int]) -> None:
        self.gone, self.me = gone, self

    def __del__(self) -> None:
        self.gone.append(1)


def test_what_an_answer_leaves_counts_as_old(monkeypatch: pytest.MonkeyPatch) -> None:
    """The collector does not look at it after each answer, and does after every so many."""
    gone: list[int] = []
    monkeypatch.setattr(pause, "EACH", 3)
    monkeypatch.setattr(pause, "_PAUSE", type(vars(pause)["_PAUSE"])())
    gc.unfreeze()  # another test may have left something
    gc.enable()
    for wanted in (0, 0, 3, 3, 3, 6):
        with paused():
            Ring(gone)
        gc.collect(1)  # all but what is old
        assert len(gone) == wanted
    assert gc.get_freeze_count() == 0


def test_frozen_objects_stay_frozen() -> None:
    """A process that froze what it has is left alone."""
    gc.enable()
    gc.freeze()
    try:
        assert gc.get_freeze_count() > 0
        with paused():
            pass
        assert gc.get_freeze_count() > 0  # some may have died meanwhile
    finally:
        gc.unfreeze()
