"""The operations by name. Only the module of the one that is asked for is imported."""

from __future__ import annotations

import importlib
from typing import Final

from callgate.policy.schema import APPLY_OPERATIONS
from callgate.reviewer.apply.base import ApplyError, Detail, Operation
from callgate.reviewer.query.words import nearest

NAMES: Final = APPLY_OPERATIONS
"""Each is a module of `operations/` with its `OPERATION`."""


def operation(name: str) -> Operation:
    """Return the operation called *name*.

    Raises:
        ApplyError: `invalid_operation`: there is none.
    """
    if name not in NAMES:
        message = f"there is no operation `{name[:80]}`"
        raise ApplyError("invalid_operation", message, [Detail("operation", message, nearest(name, NAMES))])
    found: Operation = importlib.import_module(f"callgate.reviewer.apply.operations.{name}").OPERATION
    return found
