"""Changing owner or mode of everything in `/`, home or a system tree, or locking everybody out."""

from __future__ import annotations

import re

from callgate.engine.case import Case
from callgate.engine.guardrails.base import Guardrail, Trip
from callgate.engine.guardrails.destruction import ANOTHERS, critical, reached

_OWNERS = frozenset({"chmod", "chown", "chgrp"})
# Modes that leave nobody any right.
_LOCKS = re.compile(r"0{1,5}|(?:a|ugo|u)?-[rwx]{3}|(?:a|ugo|u)=")


def _trips(case: Case) -> Trip | None:
    for unit in case.analysis.units:
        if not unit.argv or unit.argv[0] not in _OWNERS:
            continue
        locks = unit.argv[0] == "chmod" and any(_LOCKS.fullmatch(word) for word in unit.argv[1:])
        for operation in unit.operations:
            if operation.kind == "write" and (operation.recursive or operation.glob or locks):
                for path in reached(operation, case):
                    what = critical(path, case)
                    # `chmod -R u+w .` mends what a tool has made read-only; `chmod -R 000 .` loses the project.
                    # A new account's home is given to it: `chown -R app: /home/app`.
                    if what and (locks or (operation.recursive and what not in {"the project", ANOTHERS})):
                        return Trip(f"it would change the permissions of {what} (`{path}`)", unit)
    return None


REOWN = Guardrail(
    "reown", "changes owner or mode of everything in `/`, home or a system directory, or locks everybody out of one",
    "change the mode of named files inside the project", _trips, frozenset({"write"}),
)  # fmt: skip
