"""A policy file that is about to be edited: its values, and where in the text each of them is written.

Edits replace spans of the text. tomlkit, which keeps most of a file's style, is not exact enough for a file that
decides what an agent may do: of an array of tables that other tables interrupt it moves the later rules, a comment
above a rule goes with the rule before it, `allow = []` is left when the last `[[allow]]` goes, the comment behind an
item of an inline array goes to its neighbour, and a byte order mark is no TOML to it. All of these are cases in
tests/reviewer/apply/cases.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any, Final, Iterator, NamedTuple

from callgate.policy.loader.document import is_ruleset
from callgate.policy.loader.faults import Faults
from callgate.policy.loader.files import ReadError, decode
from callgate.policy.loader.locate import Path
from callgate.policy.loader.toml import parse
from callgate.reviewer.apply.base import ApplyError, Detail
from callgate.reviewer.apply.spans import BOM, Spans, Statement

_BLANK_LINES: Final = re.compile(r"(?:[ \t]*\r?\n)*(?:[ \t]*\Z)?")
_MARGIN: Final = re.compile(r"[ \t]*")
_COMMENT_LINE: Final = re.compile(r"[ \t]*#")


class Splice(NamedTuple):
    """A replacement of `text[start:end]`."""

    start: int
    end: int
    text: str


class Chunk(NamedTuple):
    """Whole lines: from the first comment above some statements to the end of the last of them, without line end."""

    start: int
    end: int


class Document:
    """One text and where its parts stand.

    Args:
        text: decoded, with its own line ends and byte order mark.
        name: of the file, for messages.

    Raises:
        ApplyError: `blocking_validation`: the text is no TOML. `invalid_operation`: it is a YAML rule set, by its name.
    """

    def __init__(self, text: str, name: str) -> None:
        if is_ruleset(name):
            hint = "name a TOML policy; a rule set in YAML is changed by hand, or imported"
            detail = Detail("target_file", "only TOML policies can be changed by an operation", hint)
            raise ApplyError("invalid_operation", f"{name} is a YAML rule set", [detail])
        self.text = text
        self.name = name
        self.begin = len(BOM) if text.startswith(BOM) else 0
        """Where the text begins behind a byte order mark."""
        self.data = _values(text[self.begin :], name)
        self.spans = _spans(text, name)
        self.eol = "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"
        """The line end that most lines have."""
        self._headers = {one.path: one for one in self.spans.statements if one.kind != "pair"}
        self._direct: dict[Path, list[Statement]] = {}
        for one in self.spans.statements:
            if one.kind == "pair":
                self._direct.setdefault(one.base, []).append(one)

    # Lines

    def line(self, offset: int) -> int:
        """Return the 1-based line of *offset*."""
        return self.text.count("\n", 0, offset) + 1

    def line_start(self, offset: int) -> int:
        """Return where the line of *offset* begins."""
        return max(self.text.rfind("\n", 0, offset) + 1, self.begin)

    def line_end(self, offset: int) -> int:
        """Return where the line of *offset* ends, in front of its line end."""
        end = self.text.find("\n", offset)
        if end < 0:
            return len(self.text)
        return end - 1 if end > self.begin and self.text[end - 1] == "\r" else end

    def next_line(self, offset: int) -> int:
        """Return where the line behind that of *offset* begins."""
        end = self.text.find("\n", offset)
        return len(self.text) if end < 0 else end + 1

    def indent(self, offset: int) -> str:
        """Return the blanks in front of *offset* on its line."""
        before = self.text[self.line_start(offset) : offset]
        return before if not before.strip() else ""

    def margin(self, offset: int) -> str:
        """Return the blanks that the line of *offset* begins with."""
        match = _MARGIN.match(self.text, self.line_start(offset))
        return match.group() if match else ""

    def content_end(self, before: int | None = None) -> int:
        """Return where the last line that is not blank ends, of all or of those in front of the line start *before*."""
        head = self.text[: len(self.text) if before is None else before]
        return max(len(head.rstrip(" \t\r\n")), self.begin)

    def comments_above(self, start: int, floor: int) -> int:
        """Return where the comment lines begin that stand directly above the line start *start*, *floor* at most."""
        while start > floor:
            above = self.line_start(start - 1)
            if above < floor or not _COMMENT_LINE.match(self.text, above):
                break
            start = above
        return start

    def comments_below(self, end: int) -> int:
        """Return where the comment lines end that stand directly below *end* and lead nothing else.

        Args:
            end: where a line ends.
        """
        last = end
        while (line := self.next_line(last)) < len(self.text) and _COMMENT_LINE.match(self.text, line):
            last = self.line_end(line)
        following = self.next_line(last)
        return last if not self.text[following : self.line_end(following)].strip() else end

    def blanks_behind(self, start: int) -> int:
        """Return where the blank lines end that begin at the line start *start*."""
        match = _BLANK_LINES.match(self.text, start)
        return match.end() if match else start

    # Statements

    def below(self, path: Path) -> list[Statement]:
        """Return the statements of the top level that write *path* or something in it."""
        depth = len(path)
        return [statement for statement in self.spans.statements if statement.path[:depth] == path]

    def header(self, path: Path) -> Statement | None:
        """Return the header that opens *path*."""
        return self._headers.get(path)

    def direct(self, base: Path) -> list[Statement]:
        """Return the pairs that stand below the header of *base*, or at the top."""
        return self._direct.get(base, [])

    def is_inline(self, path: Path) -> bool:
        """Return whether *path* is written as a value: `x = …`, or an item of one."""
        return path in self.spans.values

    def offset(self, path: Path) -> int | None:
        """Return where *path* is written; `None` when it is not."""
        header = self.header(path)
        return header.start if header else self.spans.found.keys.get(path)

    def chunks(self, path: Path) -> list[Chunk]:
        """Return the lines of all that is written below *path*, each run of statements with the comments above it."""
        depth = len(path)
        chunks: list[Chunk] = []
        floor = self.begin
        running = False
        for statement in self.spans.statements:
            mine = statement.path[:depth] == path
            end = self.line_end(statement.end)
            if mine and running:
                chunks[-1] = chunks[-1]._replace(end=end)
            elif mine:
                chunks.append(Chunk(self.comments_above(self.line_start(statement.start), floor), end))
            running = mine
            floor = self.next_line(end)
        return chunks

    def without(self, chunk: Chunk) -> Splice:
        """Return the splice that takes *chunk* out, with the blank lines on one side of it."""
        behind = self.next_line(chunk.end)
        following = self.blanks_behind(behind)
        if following == len(self.text):
            last = self.content_end(chunk.start)
            # the end of the file stays as it was: with a line end, with several, or without one
            return Splice(last, chunk.end, "") if last > self.begin else Splice(chunk.start, behind, "")
        above = self.text[self.line_start(max(chunk.start - 1, self.begin)) : chunk.start]
        spaced = chunk.start == self.begin or not above.strip()
        return Splice(chunk.start, following if spaced else behind, "")

    def gap(self) -> int:
        """Return how many blank lines stand between the tables of this file: one, or none in a file without any."""
        headers = [one for one in self.spans.statements if one.kind != "pair"]
        starts = [self.line_start(header.start) for header in headers[1:]]
        spaced = 0
        for start in starts:
            lead = self.comments_above(start, self.begin)
            spaced += lead > self.begin and not self.text[self.line_start(lead - 1) : lead].strip()
        return 1 if not starts or spaced * 2 >= len(starts) else 0

    def behind(self, end: int, block: str) -> Splice:
        """Return the splice that puts *block*, lines without a last line end, below the line that ends at *end*."""
        return Splice(end, end, self.eol * (1 + self.gap()) + block)

    def before(self, start: int, block: str) -> Splice:
        """Return the splice that puts *block* above the line start *start*."""
        return Splice(start, start, block + self.eol * (1 + self.gap()))

    def at_the_end(self, block: str) -> Splice:
        """Return the splice that puts *block* below everything."""
        last = self.content_end()
        if last <= self.begin:
            return Splice(len(self.text), len(self.text), block + self.eol)
        return Splice(last, last, self.eol * 2 + block)


def problems_of(faults: Faults) -> Iterator[Detail]:
    """Yield the faults of a file as details, with their places."""
    for problem in faults.problems:
        place = ":".join(str(part) for part in (problem.file, problem.line, problem.column) if part)
        yield Detail(place, problem.message, problem.help)


def _values(text: str, name: str) -> dict[str, Any]:
    try:
        # the guards of the loader come first: a key of thousands of parts would keep the parser busy for minutes
        faults = Faults(name, decode(text.encode("utf-8", "surrogatepass")))
    except ReadError as error:
        place = f"{name}:{error.line}" if error.line else name
        raise ApplyError("blocking_validation", error.message, [Detail(place, error.message, error.help)]) from None
    data = parse(faults.text, faults)
    if data is None:
        raise ApplyError("blocking_validation", f"{name} is not valid TOML as it stands", list(problems_of(faults)))
    return dict(data)


def _spans(text: str, name: str) -> Spans:
    try:
        return Spans(text)
    except (ValueError, KeyError, RecursionError, tomllib.TOMLDecodeError):
        message = f"{name} is written in a way that callgate cannot edit exactly"
        raise ApplyError("internal_error", message, [Detail("", message, "make this change by hand")]) from None
