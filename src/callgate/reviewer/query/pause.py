"""Python's garbage collector waits while a question is answered.

A question about a day makes tens of thousands of objects that live for as long as it does. The collector would look at
all of them, and at all that the process knows already, several times: a sixth of the time of an answer, for nothing,
because they hold no cycles. What is left of them afterwards counts as old at once: what is known of calls stays for as
long as the process lives, and looking at all of it takes longer than most answers. So that this hides no leak, the
collector looks at everything after every so many answers.
"""

from __future__ import annotations

import contextlib
import gc
import threading
from typing import Final, Iterator

EACH: Final = 4_096
"""Answers from one look at everything to the next."""


class _Pause:
    """How many questions are being answered, and whether the collector ran before the first of them."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.questions = 0
        self.ran = False
        self.answers = 0


_PAUSE = _Pause()


@contextlib.contextmanager
def paused() -> Iterator[None]:
    """Let the collector wait; other threads may do so at the same time."""
    with _PAUSE.lock:
        if not _PAUSE.questions:
            _PAUSE.ran = gc.isenabled()
            gc.disable()
        _PAUSE.questions += 1
    try:
        yield
    finally:
        with _PAUSE.lock:
            _PAUSE.questions -= 1
            if not _PAUSE.questions and _PAUSE.ran:
                _grow_old()
                gc.enable()


def _grow_old() -> None:
    """Count all objects as old without looking at them; after `EACH` times, look at all."""
    _PAUSE.answers += 1
    if not _PAUSE.answers % EACH:
        gc.collect()
    elif not gc.get_freeze_count():  # somebody else's frozen objects stay frozen
        gc.freeze()
        gc.unfreeze()
