"""The decisions of a window as a table that DuckDB answers questions about, each decision once."""

from __future__ import annotations

import contextlib
import itertools
import math
import os
import tempfile
from typing import TYPE_CHECKING, Any, Final, Iterator, Mapping, NamedTuple, Sequence

from callgate.reviewer.logs import manifest
from callgate.reviewer.logs.columns import COLUMNS
from callgate.reviewer.logs.database import connect, session
from callgate.reviewer.logs.index import Index, Part
from callgate.reviewer.logs.parse import Extent, extent, parse, write_columns
from callgate.reviewer.logs.segments import Segment, read_part
from callgate.reviewer.logs.sources import Skipped, Snapshot, open_file
from callgate.reviewer.logs.stream import Report
from callgate.reviewer.logs.window import Window

if TYPE_CHECKING:
    import duckdb

FOLDER: Final = "log-index"
"""Name of the index within the state directory."""

NEWEST: Final = "time_us DESC, part, line DESC"
"""The order of the decisions: of two with one stamp, the one that was written later is the newer."""

_LARGE: Final = 2**62
_FETCH: Final = 2_000


class Columns(NamedTuple):
    """The columns of one part."""

    path: str
    part: Part
    """Where the lines stand."""
    complete: bool
    """Whether it has lines of a review log."""
    short: bool
    """Whether it has lines of an operational log."""
    low: float
    """The smallest and the largest stamp, seconds since the epoch."""
    high: float
    twice: bool
    """Whether some line of a review log stands twice in it."""


class Relation:
    """Answers SQL about the table `decisions`. Made by `relation`.

    Its columns: `COLUMNS`, `call` and `world` (`parse.TABLE`), and `part`, `line`, `byte`, `size`.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, parts: Sequence[Columns], window: Window, decision: str = ""
    ) -> None:  # fmt: skip
        """Find the lines that count.

        Args:
            connection: from `database.connect`.
            parts: the columns, newest first.
            window: the times.
            decision: only such decisions; empty for all. Lines of one decision agree on it.
        """
        self._connection = connection
        self._decision = " AND decision = $decision" if decision else ""
        self._parts = [one.part for one in parts]
        self._repeated = self._lone = False
        self._values: dict[str, Any] = {
            "low": _microseconds(window.since) if window.since is not None else -_LARGE,
            "high": _microseconds(window.until) if window.until is not None else _LARGE,
            "decision": decision,
        }
        for name, wanted in (("complete", [one.complete for one in parts]), ("short", [one.short for one in parts])):
            places = [place for place, want in enumerate(wanted) if want]
            self._values[f"{name}_files"] = [parts[place].path for place in places]
            self._values[f"{name}_places"] = places
        if _may_repeat([one for one in parts if one.complete]):
            self._drop_repeated()
        elif self._values["complete_files"] and not self._values["short_files"]:
            self._execute(f"SELECT count(*) FROM ({self._lines('complete')})", {})  # or damage would show later
        if self._values["short_files"]:
            self._find_lone()

    def all(self, sql: str, parameters: Mapping[str, Any] = {}) -> list[tuple[Any, ...]]:
        """Return the rows of a SELECT over `decisions`.

        Args:
            sql: text of this program. Values, which come from people and agents, are *parameters*.
            parameters: name -> value, `$name` in the text.
        """
        return self._execute(f"WITH {self._decisions()} {sql}", parameters).fetchall()

    def each(self, sql: str, parameters: Mapping[str, Any] = {}) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of `all` one by one. No other question may be asked before the last one."""
        cursor = self._execute(f"WITH {self._decisions()} {sql}", parameters)
        while rows := cursor.fetchmany(_FETCH):
            yield from rows

    def keep(self, table: str, sql: str, parameters: Mapping[str, Any] = {}) -> None:
        """Make a table *table* of what the SELECT *sql* yields, for several questions about the same rows."""
        self._execute(f"CREATE TEMP TABLE {table} AS WITH {self._decisions()} {sql}", parameters)

    def kept(self, sql: str, parameters: Mapping[str, Any] = {}) -> list[tuple[Any, ...]]:
        """Return the rows of a SELECT over tables that `keep` has made."""
        return self._connection.execute(sql, dict(parameters)).fetchall()

    def lines(self, places: Sequence[tuple[int, int, int]]) -> Iterator[bytes | None]:
        """Yield whole lines of the logs, in any order that suits; `None` for one that is gone.

        Args:
            places: columns `part`, `byte` and `size` of each line.
        """
        opened = -1
        fd = -1
        try:
            for part, at, size in places:
                if part != opened:
                    fd = _reopened(fd, self._parts[part])
                    opened = part
                data = os.pread(fd, size, self._parts[part].range.start + at) if fd >= 0 else b""
                yield data if len(data) == size else None
        finally:
            if fd >= 0:
                os.close(fd)

    def _drop_repeated(self) -> None:
        """Look for complete lines that stand twice: only the one written first counts."""
        twice = f"SELECT ident FROM ({self._lines('complete')}) GROUP BY ident HAVING count(*) > 1"
        if not self._execute(f"{twice} LIMIT 1", {}).fetchall():
            return
        self._repeated = True
        self._execute(f"CREATE TEMP TABLE twice AS {twice}", {})
        ranked = (
            "SELECT part, line, row_number() OVER (PARTITION BY ident ORDER BY part DESC, line) AS number "
            f"FROM ({self._lines('complete')}) SEMI JOIN twice USING (ident)"
        )
        self._execute(f"CREATE TEMP TABLE repeated AS SELECT part, line FROM ({ranked}) WHERE number > 1", {})

    def _find_lone(self) -> None:
        """Look for short lines of decisions that no complete line tells of."""
        lone = f"SELECT part, line FROM ({self._lines('short')})"
        if self._values["complete_files"]:
            if self._are_pairs():
                return
            lone += f" ANTI JOIN (SELECT key FROM ({self._lines('complete')})) USING (key)"
            self._lone = bool(self._execute(f"{lone} LIMIT 1", {}).fetchall())
        else:
            self._lone = True
        if self._lone:
            self._execute(f"CREATE TEMP TABLE lone AS {lone}", {})

    def _are_pairs(self) -> bool:
        """Whether each short line has its complete one, and the other way round: then nothing need be joined.

        Keys are digests: that two sets of as many have the same sum and are not the same does not happen by chance.
        """
        files = list(dict.fromkeys([*self._values["complete_files"], *self._values["short_files"]]))
        sums = self._execute(
            "SELECT count(*), sum(key) FROM read_parquet($files) "
            f"WHERE time_us >= $low AND time_us < $high{self._decision} GROUP BY complete",
            {"files": files},
        ).fetchall()
        return len(sums) == 2 and sums[0] == sums[1]

    def _decisions(self) -> str:
        """Return the table expression `decisions`."""
        chosen = []
        if self._values["complete_files"]:
            dropped = " ANTI JOIN repeated USING (part, line)" if self._repeated else ""
            chosen.append(f"SELECT * FROM ({self._lines('complete')}){dropped}")
        if self._lone:
            chosen.append(f"SELECT * FROM ({self._lines('short')}) SEMI JOIN lone USING (part, line)")
        if not chosen:
            empty = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in COLUMNS.items())
            empty += ", CAST(NULL AS UUID) AS call, CAST(NULL AS UUID) AS world"
            chosen.append(f"SELECT {empty}, 0 AS part, 0 AS line, 0 AS byte, 0 AS size LIMIT 0")
        return f"decisions AS ({' UNION ALL '.join(chosen)})"

    def _lines(self, which: str) -> str:
        """Return the SELECT of the lines of the window that are complete, or short."""
        kind = "complete" if which == "complete" else "NOT complete"
        return (
            f"SELECT *, list_extract(${which}_places, CAST(file_index AS BIGINT) + 1) AS part "
            f"FROM read_parquet(${which}_files) WHERE {kind} AND time_us >= $low AND time_us < $high{self._decision}"
        )

    def _execute(self, sql: str, parameters: Mapping[str, Any]) -> duckdb.DuckDBPyConnection:
        values = {name: value for name, value in self._values.items() if f"${name}" in sql}
        return self._connection.execute(sql, {**values, **parameters})


@contextlib.contextmanager
def relation(
    found: Snapshot, window: Window, state_dir: str, report: Report, decision: str = ""
) -> Iterator[Relation]:  # fmt: skip
    """Open the decisions of *window* in the files of *found*.

    Args:
        found: the files.
        window: the times.
        state_dir: where the index lives; where that cannot be written, columns are made for this question only.
        report: gets what is skipped.
        decision: only such decisions; empty for all.

    Raises:
        duckdb.Error: DuckDB cannot answer (out of memory, a full disk).
    """
    import duckdb  # noqa: PLC0415 - 60 ms, and only heavy questions need it

    with contextlib.ExitStack() as stack:
        lasting = _folder(state_dir)
        folder = lasting or stack.enter_context(tempfile.TemporaryDirectory(prefix="callgate-"))
        open_database = session if lasting else connect
        index = Index(folder)
        parts = index.parts(found.files, window, report, decision)
        connection = stack.enter_context(contextlib.closing(open_database(folder)))
        columns = _columns(connection, folder, index, parts, stack, report, decision)
        try:
            answering = Relation(connection, columns, window, decision)
        except duckdb.Error:  # columns that vanished or are damaged: made again, once
            index.forget(parts)
            index = Index(folder)
            parts = index.parts(found.files, window, Report(), decision)
            connection = stack.enter_context(contextlib.closing(open_database(folder)))
            columns = _columns(connection, folder, index, parts, stack, Report(), decision)
            answering = Relation(connection, columns, window, decision)
        report.files.extend(found.skipped)
        for part in parts:
            if part.segment is not None:
                report.lines.update(part.segment.skipped)
        yield answering


def reaching(found: Snapshot, state_dir: str, decision: str, count: int) -> float | None:
    """Return since when there are at least *count* decisions that are *decision*, as far as the index knows.

    `None`: it does not know so many. Seconds since the epoch.
    """
    folder = _folder(state_dir)
    files = {(file.device, file.inode) for file in found.files}
    known = manifest.read(folder).values() if folder else ()
    whole = [one for one in known if one.rows > one.short and (one.device, one.inode) in files]
    missing = count
    since = math.inf
    for one in sorted(whole, key=lambda one: -one.high):
        missing -= one.decisions.get(decision, 0)
        since = min(since, one.low)
        if missing <= 0:
            return since
    return None


def _columns(
    connection: duckdb.DuckDBPyConnection,
    folder: str,
    index: Index,
    parts: Sequence[Part],
    stack: contextlib.ExitStack,
    report: Report,
    decision: str,
) -> list[Columns]:
    """Return the columns of *parts*; those of tails are made now and deleted when *stack* closes."""
    found = []
    for part in parts:
        if part.segment is not None:
            found.append(_described(index.path(part.segment), part, part.segment))
            continue
        try:
            fd = open_file(part.file)
            try:
                data = read_part(fd, part.range)
            finally:
                os.close(fd)
        except OSError as error:
            report.files.append(Skipped(part.file.path, error.strerror or str(error)))
            continue
        report.lines.update(parse(connection, folder, data, decision))
        path = f"{folder}/{os.urandom(16).hex()}.parquet"
        stack.callback(_unlink, path)
        write_columns(connection, path)
        found.append(_described(path, part, extent(connection)))
    return found


def _described(path: str, part: Part, held: Segment | Extent) -> Columns:
    return Columns(path, part, held.rows > held.short, held.short > 0, held.low, held.high, held.twice)


def _may_repeat(parts: Sequence[Columns]) -> bool:
    """Whether a line may stand twice: in one of *parts*, or in two that have a time in common."""
    ordered = sorted(parts, key=lambda one: one.low)
    return any(one.twice for one in parts) or any(b.low <= a.high for a, b in itertools.pairwise(ordered))


def _reopened(fd: int, part: Part) -> int:
    """Close *fd* and return a descriptor of the file of *part*; -1 when it cannot be opened any more."""
    if fd >= 0:
        os.close(fd)
    try:
        return open_file(part.file)
    except OSError:
        return -1


def _folder(state_dir: str) -> str | None:
    """Return the directory of the index, made when missing; `None` when there can be none that is ours alone."""
    folder = os.path.join(os.path.realpath(state_dir), FOLDER)
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        state = os.lstat(folder)
    except (OSError, ValueError):
        return None
    sound = state.st_uid == os.geteuid() and not state.st_mode & 0o077 and os.access(folder, os.W_OK | os.X_OK)
    return folder if sound and os.path.isdir(folder) and not os.path.islink(folder) else None


def _microseconds(seconds: float) -> int:
    """Return the smallest whole number of microseconds that is, in seconds, not below *seconds*."""
    found = math.floor(max(-1e12, min(seconds, 1e12)) * 1e6) - 1
    while found / 1e6 < seconds and found < _LARGE:
        found += 1
    return found


def _unlink(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)
