"""A query in, its answer out: the one way that every face takes."""

from __future__ import annotations

import time
from typing import Any, Callable

from callgate.reviewer.query import pause
from callgate.reviewer.query.base import Context, QueryError, Rows
from callgate.reviewer.query.decode import decode
from callgate.reviewer.query.parse import parse


def answer(data: bytes, open_context: Callable[[float], Context]) -> dict[str, Any]:
    """Return the answer to the query in *data*, or the error object.

    `{"query_time_ms", "result_count", "results"}` for a type that answers rows, `{"query_time_ms", "result"}` for the
    others, `{"error": {"code", "message", "details"}}` when there is no answer.

    Args:
        data: one JSON object.
        open_context: opens what may be looked at, given the time of the query; called for a query that is understood
            only, and may raise `QueryError`.
    """
    now = time.time()
    try:
        query = parse(decode(data), now)
        context = open_context(now)
        started = time.perf_counter_ns()
        with pause.paused():
            found = query.type.answer(query.fields, context)
    except QueryError as error:
        return error_object(error)
    elapsed = round((time.perf_counter_ns() - started) / 1_000_000, 3)
    if isinstance(found, list):
        beside = found.beside if isinstance(found, Rows) else {}
        return {"query_time_ms": elapsed, "result_count": len(found), **beside, "results": list(found)}
    return {"query_time_ms": elapsed, "result": found}


def error_object(error: QueryError) -> dict[str, Any]:
    """Return *error* as contract.md section 4 shapes it; `details` is an object in every error."""
    details = {} if error.details is None else error.details
    return {"error": {"code": error.code, "message": error.message, "details": details}}
