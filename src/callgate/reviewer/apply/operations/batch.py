"""`batch`: several operations on one file, in their order, all or nothing."""

from __future__ import annotations

from typing import Any, Mapping

from callgate.reviewer.apply.base import ApplyError, Detail
from callgate.reviewer.apply.draft import Draft, editing
from callgate.reviewer.apply.registry import operation

MAX_OPERATIONS = 100
"""Of one batch."""


def _run(draft: Draft, fields: Mapping[str, Any]) -> str:
    operations = fields["operations"]
    subjects = [_one(draft, index, one) for index, one in enumerate(operations)]
    return subjects[0] if len(subjects) == 1 else f"Apply {len(subjects)} operations"


def _one(draft: Draft, index: int, fields: Mapping[str, Any]) -> str:
    where = f"operations[{index}]"
    name = str(fields["operation"])
    run = operation(name).run
    if run is None:
        message = f"`{name}` cannot stand in a batch"
        raise ApplyError("invalid_operation", message, [Detail(where, message, "send it on its own")])
    try:
        return run(draft, {key: value for key, value in fields.items() if key != "operation"})
    except ApplyError as error:
        details = [
            detail._replace(field=f"{where}.{detail.field}" if detail.field else where) for detail in error.details
        ] or [Detail(where, error.message)]
        raise ApplyError(error.error_type, f"{where} ({name}): {error.message}", details) from None


OPERATION = editing({"operations": True}, _run)._replace(run=None)
