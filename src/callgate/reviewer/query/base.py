"""What every query type is made of: its fields, the world it asks about, and the errors it may end in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Iterable, Literal, Mapping, NamedTuple

if TYPE_CHECKING:
    from callgate.gate import Gate

ErrorCode = Literal[
    "config_not_found",
    "config_parse_error",
    "log_not_found",
    "invalid_query",
    "unsupported_query_type",
    "internal_error",
]


class QueryError(Exception):
    """A question that has no answer; `{"error": {"code", "message", "details"}}` for who asked."""

    def __init__(self, code: ErrorCode, message: str, details: object = None) -> None:
        """Keep the code of contract.md section 4, one sentence, and JSON values that say more."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details


class Rows(list[dict[str, Any]]):
    """The rows of an answer, with what stands beside `results` in it."""

    def __init__(self, rows: Iterable[dict[str, Any]] = (), beside: Mapping[str, Any] | None = None) -> None:
        """Take *rows*; *beside* is field -> JSON value."""
        super().__init__(rows)
        self.beside = beside or {}


class Context(NamedTuple):
    """What a query may look at."""

    gate: Gate
    """The very gate of the hook, for this cwd; `gate.fault` is not empty when the policy is broken."""
    now: float
    """Seconds since the epoch, UTC: what `1h` counts back from."""
    logs: tuple[str, ...] = ()
    """Log files to read instead of those that the policy names."""
    cwd: str = ""
    """Where a call is made that names no cwd; absolute."""
    mode: str = ""
    """The permission mode of a call that names none; empty is `default`."""


class Field(NamedTuple):
    """One field that a query type takes."""

    kind: Literal["text", "flag", "count", "time", "object", "list", "choice"]
    """`count` is a whole number from 0 up; `time` is `1h`, `24h`, `7d`, `2w` or ISO 8601 and arrives as seconds."""
    choices: tuple[str, ...] = ()
    required: bool = False


ColumnKind = Literal["text", "number", "flag", "time", "object"]
"""What a field of a result row holds. `time` is an ISO 8601 text; an operand may also be `24h`, `7d`, …"""


class QueryType(NamedTuple):
    """One row of the table in contract.md section 4; a module `reviewer/query/NAME.py` has it as `QUERY`."""

    fields: Mapping[str, Field]
    answer: Callable[[Mapping[str, Any], Context], dict[str, Any] | list[dict[str, Any]]]
    """Takes the checked fields (absent ones are absent) and answers `result`, or `results` when it is a list.

    Raises:
        QueryError: there is no answer.
    """
    columns: Mapping[str, ColumnKind] = {}
    """For a type that answers rows: their fields. It then takes the richer form as well, checked by
    `reviewer/query/form.py`: `filter` arrives as a `Filter`, `sort` as a tuple of `Sort`, `aggregate` as an
    `Aggregate`, `limit` and `offset` as numbers; `filters.shape` does what they say."""
