"""`apply` for programs: whatever comes in and whatever happens, one JSON object comes out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Callable, Mapping

from callgate.reviewer.apply import answer
from callgate.reviewer.apply.base import ApplyError, Detail

if TYPE_CHECKING:
    from callgate.reviewer.apply.context import Context

Record = Callable[[Exception], str]
"""Writes an unexpected failure to the error log; returns the path of the log, empty when that did not work."""


def answered(payload: bytes, context: Context, record: Record) -> dict[str, Any]:
    """Make the operation in *payload* and return the answer, or the refusal (contract.md section 5). Never raises.

    Args:
        payload: the operation as JSON.
        context: who asks, where and how.
        record: for a failure of ours.
    """
    name = ""
    try:
        from callgate.reviewer.apply.pipeline import run  # noqa: PLC0415 - what cannot be loaded is answered, too
        from callgate.reviewer.apply.request import parse  # noqa: PLC0415 - as above

        name = name_of(payload)
        request = parse(payload)
        name = request.name
        return run(request, context)
    except ApplyError as error:
        more: Mapping[str, Any] = getattr(error, "more", {})
        return answer.failure(name, error, more)
    except Exception as error:  # noqa: BLE001 - the boundary: who asks in JSON is answered in JSON
        return internal(name, error, record)


def internal(name: str, error: Exception, record: Record) -> dict[str, Any]:
    """Return the answer to a failure of callgate itself, which it has written down."""
    where = record(error)
    message = f"callgate failed: {type(error).__name__}: {str(error)[:500]}"
    advice = "this is a bug: please report it" + (f", with the error log `{where}`" if where else "")
    unknown = "unknown (callgate failed while it wrote; `callgate history` tells, and the next run repairs)"
    applied = unknown if getattr(error, "__notes__", None) else "none (callgate failed before anything was written)"
    failed = ApplyError("internal_error", message, [Detail("", message, advice)], applied=applied)
    return answer.failure(name, failed, {"error_log": where or None})


def name_of(payload: bytes) -> str:
    """Return the operation that a text names which may be wrong in any other way; empty when it names none of ours."""
    from callgate.reviewer.apply.registry import NAMES  # noqa: PLC0415 - as above
    from callgate.reviewer.query.decode import MAX_BYTES  # noqa: PLC0415 - as above

    try:
        value = json.loads(payload) if len(payload) <= MAX_BYTES else None
    except (ValueError, RecursionError):
        return ""
    found = (value.get("operation"), value.get("type")) if isinstance(value, dict) else ()
    return next((one for one in found if isinstance(one, str) and one in NAMES), "")
