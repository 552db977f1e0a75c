"""The index: columns of the stretches of logs that do not change any more, each made when a question first needs it.

It lies in the state directory, is as private as the logs, and is never an authority. A stretch of a rotated log is
taken for the one that was read when size, times and inode of the file are the same; when they are not (it was renamed,
or written to), all of its bytes are hashed again. In a log that still grows the times say nothing: there eight places
of the stretch are compared each time. What does not match is read anew. The columns of a log that was deleted are
deleted by the next question.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, Iterator, NamedTuple, Sequence

from callgate.reviewer.logs import manifest, segments
from callgate.reviewer.logs.database import connect
from callgate.reviewer.logs.parse import extent, parse, write_columns
from callgate.reviewer.logs.segments import Key, Segment, key, read_part
from callgate.reviewer.logs.sources import Opened, Skipped, open_file
from callgate.reviewer.logs.stream import Report
from callgate.reviewer.logs.window import Range, Window, ranges

if TYPE_CHECKING:
    import duckdb

_WORKERS: Final = 2


class Part(NamedTuple):
    """A stretch of a file that a question needs, with its columns or without."""

    file: Opened
    range: Range
    lasting: bool
    """Whether its columns are worth keeping: false for the tail of a log that is written now."""
    segment: Segment | None = None


class Index:
    """The index in one directory, for one question."""

    def __init__(self, folder: str) -> None:
        """Read what is known.

        Args:
            folder: an existing directory that is ours alone.
        """
        self._folder = folder
        self._known = manifest.read(folder)
        self._fresh: dict[Key, Segment] = {}
        self._cut: set[Key] = set()

    def parts(self, files: Sequence[Opened], window: Window, report: Report, decision: str = "") -> list[Part]:
        """Return what of *files* can hold decisions of *window*, newest first, columns made where they were missing.

        Args:
            files: all files of the chains that are asked about.
            window: the times.
            report: gets the files that cannot be read.
            decision: leave out the columns that have no such decision; empty leaves out none.
        """
        found: list[Part] = []
        for file in sorted(files, key=lambda file: (file.chain, file.number)):
            try:
                found += self._of_file(file, window, decision)
            except OSError as error:
                report.files.append(Skipped(file.path, error.strerror or str(error)))
        made = self._make([part for part in found if part.lasting and part.segment is None])
        self._fresh |= made
        gone = self._gone(files)
        if self._fresh or gone:
            manifest.write(self._folder, self._fresh, gone)
        return [part._replace(segment=made.get(key(part.file, part.range), part.segment)) for part in found]

    def path(self, segment: Segment) -> str:
        """Return the file of columns of *segment*."""
        return f"{self._folder}/{segment.file}"

    def forget(self, parts: Sequence[Part]) -> None:
        """Drop what is known of *parts*: their columns cannot be read."""
        gone = [part.segment for part in parts if part.segment is not None]
        for segment in gone:
            with contextlib.suppress(OSError):
                os.unlink(self.path(segment))
        manifest.write(self._folder, {}, [segment.key for segment in gone])

    def _of_file(self, file: Opened, window: Window, decision: str) -> Iterator[Part]:
        """Yield what of *file* can hold decisions of *window*, last part first."""
        all_of_it = Range(0, file.size)
        whole = self._known.get(key(file, all_of_it))
        if whole is not None and segments.is_unchanged(whole, file):
            self._cut.add(whole.key)
            if not whole.meets(window, decision):
                return
            if os.path.exists(self.path(whole)):
                yield Part(file, all_of_it, True, whole)
                return
        fd = open_file(file)
        try:
            cuts = segments.cuts(fd, file)
            self._cut.update(key(file, part) for part in cuts)
            end = cuts[-1].end if cuts else 0
            if ranges(fd, file.size, window, start=end):
                yield Part(file, Range(end, file.size), False)
            for part in reversed(cuts):
                segment = self._find(fd, file, part)
                if segment.meets(window, decision) if segment else ranges(fd, part.end, window, start=part.start):
                    yield Part(file, part, True, segment)
        finally:
            os.close(fd)

    def _find(self, fd: int, file: Opened, part: Range) -> Segment | None:
        """Return what is known of *part*, when that is still true."""
        segment = self._known.get(key(file, part))
        if segment is None or not os.path.exists(self.path(segment)):
            return None
        if segments.is_unchanged(segment, file):
            return segment
        if file.number == 0:
            return segment if segments.spots(fd, part) == segment.spots else None
        if hashlib.sha256(read_part(fd, part)).hexdigest() != segment.digest:
            return None
        segment = segment._replace(
            path=file.path, size=file.size, modified_ns=file.modified_ns, changed_ns=file.changed_ns
        )
        self._fresh[segment.key] = segment
        return segment

    def _gone(self, files: Sequence[Opened]) -> list[Key]:
        """Return the stretches of logs that were deleted, and those that are cut in another way by now."""
        there = {(file.device, file.inode) for file in files}
        return [
            known
            for known, segment in self._known.items()
            if known not in self._cut and ((segment.device, segment.inode) in there or not _exists(segment))
        ]

    # Making columns

    def _make(self, parts: Sequence[Part]) -> dict[Key, Segment]:
        """Make the columns of *parts*. Those of a part whose columns cannot be written are left out."""
        if not parts:
            return {}
        shares = [parts[at::_WORKERS] for at in range(min(_WORKERS, len(parts)))]
        with ThreadPoolExecutor(len(shares)) as pool:
            return {one.key: one for found in pool.map(self._make_share, shares) for one in found}

    def _make_share(self, parts: Sequence[Part]) -> list[Segment]:
        with contextlib.closing(connect(self._folder, threads=1)) as connection:
            return [one for part in parts if (one := self.make_one(connection, part)) is not None]

    def make_one(self, connection: duckdb.DuckDBPyConnection, part: Part) -> Segment | None:
        """Make the columns of *part* and return what they hold; `None` when they cannot be written."""
        import duckdb  # noqa: PLC0415 - loaded by now

        file = part.file
        temporary = f"{self._folder}/{os.urandom(8).hex()}.new"
        try:
            fd = open_file(file)
            try:
                data = read_part(fd, part.range)
                spots = segments.spots(fd, part.range)
            finally:
                os.close(fd)
            if len(data) != part.range.end - part.range.start:
                return None
            skipped = parse(connection, self._folder, data)
            write_columns(connection, temporary)
            digest = hashlib.sha256(data).hexdigest()
            os.replace(temporary, f"{self._folder}/{digest}.parquet")
        except (OSError, duckdb.Error):  # a full disk: the question is answered from the log itself
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            return None
        rows, short, low, high, decisions, twice = extent(connection)
        place = file.path, file.device, file.inode, part.range.start, part.range.end
        state = file.size, file.modified_ns, file.changed_ns
        return Segment(*place, digest, spots, *state, rows, short, low, high, decisions, twice, dict(skipped))


def _exists(segment: Segment) -> bool:
    try:
        state = os.stat(segment.path)
    except OSError:
        return False
    return (state.st_dev, state.st_ino) == (segment.device, segment.inode)
