"""A filter as SQL over the columns of `decisions`, all values as parameters.

What `query/filters.py` says of a row counts. Where SQL says the very same the translation is exact; where it cannot
(a path into the input, a regular expression), it lets pass all rows that the filter may let pass, and the filter looks
at those again.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final, Mapping, NamedTuple, Sequence

from callgate.reviewer.query.base import ColumnKind
from callgate.reviewer.query.filters import And, Condition, Filter, Not, Sort

KINDS: Final[Mapping[str, ColumnKind]] = {
    "timestamp": "time",
    **dict.fromkeys(("tool", "decision", "source", "rule_id"), "text"),
    "input": "object",
    **dict.fromkeys(("reasoning", "decision_id", "session_id", "cwd", "mode", "tool_use_id"), "text"),
    **dict.fromkeys(("coverage", "guardrail", "risk_level"), "text"),
    "needs_review": "flag",
    "latency_us": "number",
}
"""The fields of a row, as `columns.ANSWERED` has them."""

_COMMAND: Final = "input.command"
_ORDERED: Final = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_EXACT_INTEGER: Final = 2**53
_HALF: Final = re.compile("[\ud800-\udfff]")


class Clause(NamedTuple):
    """A condition in SQL, never null."""

    sql: str
    exact: bool
    """False: it also lets pass what the filter does not."""


class Translation:
    """Collects the parameters of one statement."""

    def __init__(self) -> None:
        """Start with none."""
        self.parameters: dict[str, Any] = {}

    def condition(self, part: Filter) -> Clause:
        """Return *part* as SQL."""
        if isinstance(part, Condition):
            before = dict(self.parameters)
            found = self._test(part)
            if found is not None:
                return found
            self.parameters = before  # DuckDB refuses those that no place in the text has
            return Clause("true", False)
        if isinstance(part, Not):
            before = dict(self.parameters)
            inner = self.condition(part.part)
            if inner.exact:
                return Clause(f"(NOT {inner.sql})", True)
            self.parameters = before
            return Clause("true", False)
        parts = [self.condition(one) for one in part.parts]
        word, empty = (" AND ", "true") if isinstance(part, And) else (" OR ", "false")
        text = word.join(one.sql for one in parts) if parts else empty
        return Clause(f"({text})", all(one.exact for one in parts))

    def _parameter(self, value: object) -> str:
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return f"${name}"

    def _test(self, test: Condition) -> Clause | None:
        if test.field == _COMMAND:
            return self._command(test)
        if test.field == "input" or "." in test.field:
            return self._input(test)
        if test.operator in ("contains", "regex"):
            return self._contains(test.field, test)
        expression = "time_us / 1e6" if test.kind == "time" else test.field
        if test.operator == "exists":
            return Clause(f"(({expression} IS NOT NULL) = {self._parameter(bool(test.operand))})", True)
        if test.operator == "in":
            found = [self._compared(expression, "=", one, test.kind) for one in test.operand]
            if any(one is None for one in found):
                return None
            return Clause("(" + (" OR ".join(one.sql for one in found if one) or "false") + ")", True)
        if test.operator in ("eq", "ne"):
            equal = self._compared(expression, "=", test.operand, test.kind)
            return Clause(f"(NOT {equal.sql})", True) if equal and test.operator == "ne" else equal
        return self._compared(expression, _ORDERED[test.operator], test.operand, test.kind)

    def _compared(self, expression: str, sign: str, operand: object, kind: ColumnKind) -> Clause | None:
        if operand is None:
            return Clause(f"({expression} IS NULL)" if sign == "=" else "false", True)
        if isinstance(operand, str) and sign == "=" and _HALF.search(operand):
            return Clause("false", True)  # no row has it: see `columns.storable`
        if not _fits(operand, kind):
            return None
        return Clause(f"coalesce({expression} {sign} {self._parameter(operand)}, false)", True)

    def _contains(self, column: str, test: Condition) -> Clause | None:
        if test.operator == "regex" or column not in KINDS or KINDS[column] not in ("text", "time"):
            return None
        if not _fits(test.operand, "text"):
            return None
        return Clause(f"coalesce(contains({column}, {self._parameter(test.operand)}), false)", True)

    def _command(self, test: Condition) -> Clause | None:
        """`input.command`: a column, which is null where the command is missing or no text."""
        if test.operator in ("eq", "ne", "gt", "gte", "lt", "lte") and isinstance(test.operand, str):
            return self._test(test._replace(field="command", kind="text"))
        if test.operator == "in" and all(isinstance(one, str) for one in test.operand):
            return self._test(test._replace(field="command", kind="text"))
        return self._input(test)

    def _input(self, test: Condition) -> Clause | None:
        """A text that is in the input, or equal to something in it, stands in its JSON."""
        if test.operator not in ("eq", "contains") or not _fits(test.operand, "text"):
            return None
        if any(ord(char) < 0x20 or ord(char) == 0x7F for char in test.operand):
            return None  # the one thing that two writers of JSON spell differently
        needle = json.dumps(test.operand, ensure_ascii=False)[1:-1]
        return Clause(f"contains(input, {self._parameter(needle)})", False)


def order_by(sort: Sequence[Sort]) -> str | None:
    """Return *sort* as the list of an ORDER BY; `None` when SQL cannot order so. Missing values come last."""
    keys = []
    for key in sort:
        if key.field not in KINDS or KINDS[key.field] == "object":
            return None
        column = "time_us" if KINDS[key.field] == "time" else key.field
        keys.append(f"{column} {'DESC' if key.descending else 'ASC'} NULLS LAST")
    return ", ".join(keys)


def _fits(operand: object, kind: ColumnKind) -> bool:
    """Whether DuckDB takes *operand* for what it is."""
    if isinstance(operand, bool):
        return kind == "flag"
    if isinstance(operand, (int, float)):
        return kind in ("number", "time") and abs(operand) < _EXACT_INTEGER
    return kind == "text" and isinstance(operand, str) and not _HALF.search(operand)
