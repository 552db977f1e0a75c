"""Bytes of a log into a table: DuckDB reads the lines, and Python those that are not plain.

DuckDB decodes a gigabyte of log in a second where Python needs a minute, but it is not the authority on what a line
says: that is `entry.read`. So only lines where the two cannot differ are taken from DuckDB (every field of its usual
type, a stamp in UTC, no long numbers, no deep nesting); each other line, and each that DuckDB refuses, is decoded by
Python. One difference is left: of two fields of one name in one object DuckDB takes the first and Python the last. No
writer of logs writes such a line.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, Mapping, NamedTuple

from callgate.reviewer.entry import DECISIONS, MAX_LATENCY_US, PADDING, Entry, read
from callgate.reviewer.logs.columns import COLUMNS, WORLD, values, world_of
from callgate.reviewer.logs.lines import MAX_LINE

if TYPE_CHECKING:
    import duckdb

_FIELDS: Final = (
    *("timestamp", "tool_name", "decision", "decision_source", "reasoning", "decision_id", "session_id", "cwd"),
    *("permission_mode", "tool_use_id", "coverage", "guardrail"),
    *("tool_input", "rule_metadata", "review_flags", "latency_us"),
)
_TEXTS: Final = _FIELDS[3:12]
_DECISIONS: Final = ",".join(f"""'"{word}"'""" for word in DECISIONS)
_STAMP: Final = (
    r"""'"[12][0-9]{3}-[01][0-9]-[0-3][0-9]T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?(Z|\+00:00)"'"""
)
_MAX_DEPTH: Final = 100
FEW: Final = 300
"""So many lines Python decodes in less time than DuckDB needs to get ready (20 ms)."""


_SPEC: Final = (
    "{"
    + "".join(f"{name}: 'JSON', " for name in (*_FIELDS, "agent", "masked"))
    + f"observation: 'STRUCT({', '.join(f'{name} JSON' for name in WORLD)})'}}"
)
# What DuckDB may answer for. Every condition is null where the field is missing: `coalesce` says what that means.
_PLAIN: Final = " AND ".join(
    (
        f"coalesce(regexp_full_match(timestamp, {_STAMP}), false)",
        "try_cast(timestamp->>'$' AS TIMESTAMP) IS NOT NULL",
        "coalesce(starts_with(tool_name, '\"'), false)",
        f"coalesce(decision IN ({_DECISIONS}), false)",
        *(f"coalesce(starts_with({name}, '\"'), true)" for name in _TEXTS),
        *(f"coalesce(starts_with({name}, '{{'), true)" for name in ("tool_input", "rule_metadata", "review_flags")),
        "coalesce(json_type(rule_metadata, '$.rule_id') IN ('VARCHAR', 'NULL'), true)",
        "coalesce(json_type(review_flags, '$.risk_level') IN ('VARCHAR', 'NULL'), true)",
        "coalesce(json_type(tool_input, '$.command') IN ('VARCHAR', 'NULL'), true)",
        "coalesce(starts_with(project, '\"'), true)",
        "coalesce(regexp_full_match(latency_us, '0|[1-9][0-9]{0,14}'), true)",
        "coalesce(NOT regexp_matches(tool_input, '[0-9]{19}'), true)",
        f"coalesce(length(tool_input) - length(replace(replace(tool_input, '[', ''), '{{', '')) < {_MAX_DEPTH}, true)",
    )
)
# Texts of JSON values, each on a line of its own: no two worlds have the same.
_WORLD: Final = ", chr(10), ".join(
    f"coalesce(CAST({name} AS VARCHAR), '-')" for name in ("agent", "masked", *(f"observation.{one}" for one in WORLD))
)
_READ: Final = f"""
CREATE OR REPLACE TEMP TABLE raw AS
SELECT *, {_PLAIN} AS plain FROM (
    SELECT row_number() OVER () AS line, {", ".join(f"CAST({name} AS VARCHAR) AS {name}" for name in _FIELDS)},
           CAST(observation.project AS VARCHAR) AS project, concat('plain', chr(10), {_WORLD}) AS world
    FROM read_json(?, columns = {_SPEC}, format = 'newline_delimited', compression = 'uncompressed',
                   ignore_errors = true, maximum_object_size = ?))
"""
_COLUMN: Final = {
    "time_us": "epoch_us(CAST(timestamp->>'$' AS TIMESTAMP))",
    "complete": "coalesce(reasoning IS NOT NULL OR decision_id <> '\"\"', false)",
    "timestamp": "timestamp->>'$'",
    "tool": "tool_name->>'$'",
    "decision": "decision->>'$'",
    "source": "nullif(decision_source->>'$', '')",
    "rule_id": "nullif(rule_metadata->>'$.rule_id', '')",
    "mode": "nullif(permission_mode->>'$', '')",
    "risk_level": "nullif(review_flags->>'$.risk_level', '')",
    "needs_review": "coalesce(json_extract(review_flags, '$.needs_review') = 'true', false)",
    "latency_us": "CAST(latency_us AS BIGINT)",
    "project": "project->>'$'",
    "input": "coalesce(tool_input, '{}')",
    "command": "tool_input->>'$.command'",
    **{
        name: f"nullif({name}->>'$', '')"
        for name in ("reasoning", "decision_id", "session_id", "cwd", "tool_use_id", "coverage", "guardrail")
    },
}
_KEY: Final = "hash(time_us, session_id, tool, decision, source, input)"
_IDENT: Final = f"hash({_KEY}, decision_id)"
_DIGEST: Final = "CAST(left(sha256({}), 32) AS UUID)"
_SAID: Final = ("tool", "coalesce(cwd, '')", "coalesce(mode, 'default')", "project", "input")
# Each text behind its length: no two calls have the same.
_CALL: Final = _DIGEST.format(
    "concat(" + ", ".join(f"coalesce(length({name}) || ' ' || {name}, '-')" for name in _SAID) + ")"
)
_NAMES: Final = ", ".join(COLUMNS)
_GIVEN: Final = (("line", "BIGINT"), *COLUMNS.items(), ("world", "VARCHAR"))
# Worlds are long (the paths that callgate protects are in them) and few: each is hashed once.
_TAKE: Final = f"""
INSERT INTO parsed SELECT line, {_NAMES}, {_KEY}, {_IDENT}, {_CALL}, digest
FROM (SELECT line, {", ".join(f"{_COLUMN[name]} AS {name}" for name in COLUMNS)}, world FROM raw WHERE plain)
JOIN (SELECT world, {_DIGEST.format("world")} AS digest FROM (SELECT DISTINCT world FROM raw WHERE plain)) USING (world)
"""
_ADD: Final = f"""
INSERT INTO parsed SELECT line, {_NAMES}, {_KEY}, {_IDENT}, {_CALL}, {_DIGEST.format("concat('line', chr(10), world)")}
FROM (SELECT * REPLACE (coalesce(CAST(try(json(input)) AS VARCHAR), input) AS input)
      FROM (SELECT {", ".join(f"unnest(${name}::{kind}[]) AS {name}" for name, kind in _GIVEN)}))
"""
_PLACES: Final = """
CREATE OR REPLACE TEMP TABLE places AS
SELECT unnest(range(1, len($places) + 1)) AS line, unnest($places::BIGINT[]) AS byte, unnest($sizes::BIGINT[]) AS size
"""
TABLE: Final = (
    "line BIGINT, "
    + ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    + ", key UBIGINT, ident UBIGINT, call UUID, world UUID"
)
"""The columns of `parsed`: the number of the line, those of `COLUMNS`, and what lines share: `key` the short and the
complete line of one decision, `ident` a line that stands twice, `call` those of one call (half of a SHA-256 over tool,
input, cwd, mode and project), `world` those where all else is the same that deciding a call again rests on."""


class Extent(NamedTuple):
    """What a table of decisions holds."""

    rows: int
    short: int
    """Rows that are not complete."""
    low: float
    """The smallest stamp, seconds since the epoch; larger than `high` when there are no rows."""
    high: float
    decisions: Mapping[str, int]
    """Decision -> rows."""
    twice: bool
    """Some complete row stands twice."""


def parse(connection: duckdb.DuckDBPyConnection, folder: str, data: bytes, decision: str = "") -> Counter[str]:
    """Make the table `parsed` from *data*, whole lines of a log, and return what was skipped: reason -> lines.

    Args:
        connection: from `database.connect`.
        folder: the directory that the connection may open.
        data: the bytes.
        decision: leave out all others, as far as that saves time.
    """
    lines, places, at = [], [], 0
    for line in data.split(b"\n"):
        if line.strip(PADDING[1:]):
            lines.append(line)
            places.append(at)
        at += len(line) + 1
    connection.execute(_PLACES, {"places": places, "sizes": list(map(len, lines))})
    connection.execute(f"CREATE OR REPLACE TEMP TABLE parsed ({TABLE})")
    skipped: Counter[str] = Counter()
    few = len(lines) <= (4 * FEW if decision else FEW)
    others = list(range(len(lines))) if few else _plain(connection, folder, data, lines)
    found: list[tuple[Any, ...]] = []
    for number in others:
        line = lines[number]
        entry = "too long" if len(line) > MAX_LINE else read(line) if line.strip(PADDING) else None
        if isinstance(entry, Entry):
            if decision in ("", entry.decision):
                found.append((number + 1, *values(entry), world_of(entry)))
        elif entry is not None:
            skipped[entry] += 1
    if found:
        columns = zip(*found, strict=True)
        connection.execute(_ADD, dict(zip((name for name, _ in _GIVEN), map(list, columns), strict=True)))
    return skipped


def write_columns(connection: duckdb.DuckDBPyConnection, path: str) -> None:
    """Write the table `parsed`, and where in the data each line stands, to *path*, readable by its owner only."""
    rows = "SELECT * FROM parsed JOIN places USING (line) ORDER BY line"
    connection.execute(f"COPY ({rows}) TO ? (FORMAT parquet, COMPRESSION zstd)", [path])
    os.chmod(path, 0o600)


def extent(connection: duckdb.DuckDBPyConnection) -> Extent:
    """Return what the table `parsed` holds."""
    counts = ", ".join(f"count(*) FILTER (decision = '{word}')" for word in DECISIONS)
    rows, short, single, low, high, *decisions = connection.execute(
        "SELECT count(*), count(*) FILTER (NOT complete), count(DISTINCT ident) FILTER (complete), "
        f"min(time_us) / 1e6, max(time_us) / 1e6, {counts} FROM parsed"
    ).fetchall()[0]
    found = {word: count for word, count in zip(DECISIONS, decisions, strict=True) if count}
    return Extent(rows, short, low, high, found, rows - short > single) if rows else Extent(0, 0, 1.0, 0.0, {}, False)


def _plain(connection: duckdb.DuckDBPyConnection, folder: str, data: bytes, lines: list[bytes]) -> list[int]:
    """Fill `parsed` with the lines that are plain; return the indexes of the others in *lines*."""
    import duckdb  # noqa: PLC0415 - loaded by now

    longest = max(map(len, lines), default=0)
    if not lines or longest > MAX_LINE:
        return list(range(len(lines)))
    path = f"{folder}/{os.urandom(8).hex()}.jsonl"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "wb", buffering=0) as out:
            view = memoryview(data)
            while view:
                view = view[out.write(view) or 0 :]
        connection.execute(_READ, [path, max(longest + 1024, 1 << 20)])
        count = connection.execute("SELECT count(*) FROM raw").fetchall()[0][0]
        if count != len(lines):  # it does not see the same lines: then none of them is taken from it
            return list(range(len(lines)))
        connection.execute(_TAKE)
        rest = connection.execute("SELECT line - 1 FROM raw WHERE NOT plain ORDER BY 1").fetchall()
    except duckdb.Error:
        connection.execute("DELETE FROM parsed")
        return list(range(len(lines)))
    finally:
        os.unlink(path)
    return [number for (number,) in rest]


assert set(_COLUMN) == set(COLUMNS)  # noqa: S101 - a table of this module, checked when it is written
assert MAX_LATENCY_US == 10**15 - 1  # noqa: S101 - fifteen digits, as in `_PLAIN`
