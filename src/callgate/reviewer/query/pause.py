"""Python's garbage collector waits while a question is answered.

A question about a day makes tens of thousands of objects that live for as long as it does. The collector would look at
all of them, and at all that the process knows already, several times: a sixth of the time of an answer, for nothing,
because they hold no cycles. What is left is collected when the answer is there.
"""

from __future__ import annotations

import contextlib
import gc
import threading
from typing import Iterator


class _Pause:
    """How many questions are being answered, and whether the collector ran before the first of them."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.questions = 0
        self.ran = False


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
                gc.enable()
