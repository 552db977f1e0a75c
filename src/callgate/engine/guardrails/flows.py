"""Downloaded or decoded text that runs as code, and fork bombs."""

from __future__ import annotations

import re
from typing import Callable

from callgate.engine.case import Case
from callgate.engine.guardrails.base import Guardrail, Trip

# A function that pipes into itself, whatever it is called (`:(){ :|:& };:`).
# Bounded, because the name is looked for at every place of a text that an attacker chose.
_BOMB = re.compile(r"([^\s(){};|&]{1,32})\s{0,8}\(\)\s{0,8}\{\s{0,8}\1\s{0,8}\|\s{0,8}\1")


def _flow(identifier: str, what: str) -> Callable[[Case], Trip | None]:
    def trips(case: Case) -> Trip | None:
        for found, span in case.analysis.flows:
            if found == identifier:
                unit = next((unit for unit in case.analysis.units if unit.span == span), None)
                return Trip(what, unit)
        return None

    return trips


def _bomb(case: Case) -> Trip | None:
    # Only where a definition is code: the text of a quoted argument is not.
    if case.analysis.coverage == "partial" and "()" in case.analysis.raw and _BOMB.search(case.analysis.raw):
        return Trip("it is a fork bomb")
    return _flow("fork-bomb", "a function that starts itself without end")(case)


REMOTE_CODE = Guardrail(
    "remote-code", "runs downloaded text as code", "download to a file and have a person read it",
    _flow("remote-code", "it would run downloaded text as code"),
)  # fmt: skip
DECODED_CODE = Guardrail(
    "decoded-code", "runs decoded text as code", "decode to a file and have a person read it",
    _flow("decoded-code", "it would run decoded text as code"),
)  # fmt: skip
FORK_BOMB = Guardrail("fork-bomb", "starts processes without end", "start a bounded number of processes", _bomb)
