"""The query types by name. Only the module of the type that is asked for is imported."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import Final, Mapping

from callgate.reviewer.query.base import QueryError, QueryType
from callgate.reviewer.query.words import closest

TYPES: Final[Mapping[str, str]] = {
    "config": "config",
    "rule": "rule",
    "rule_count": "rule_count",
    "log": "log",
    "match_test": "match_test",
    "stats": "stats",
    "patterns": "patterns",
    "gaps": "gaps",
    "explain": "explain",
    "impact": "impact",
    "coverage": "coverage",
}
"""Type -> module in `reviewer/query/`, which holds its `QUERY`. In the order of contract.md section 4."""

_PACKAGE: Final = "callgate.reviewer.query"


def supported() -> tuple[str, ...]:
    """Return the types that this installation answers."""
    return tuple(name for name, module in TYPES.items() if find_spec(f"{_PACKAGE}.{module}") is not None)


def query_type(name: str) -> QueryType:
    """Return the query type called *name*.

    Raises:
        QueryError: `unsupported_query_type`: there is none. `details` has the nearest name and all that there are.
    """
    module = TYPES.get(name, "")
    if not module or find_spec(f"{_PACKAGE}.{module}") is None:
        names = supported()
        close = closest(name, names)
        hint = f"did you mean `{close}`?" if close else "see `supported`"
        details = {"help": hint, "nearest": close or None, "supported": list(names)}
        raise QueryError("unsupported_query_type", f"there is no query type `{name[:80]}`", details)
    found: QueryType = importlib.import_module(f"{_PACKAGE}.{module}").QUERY
    return found
