"""Where every statement, value and item of a TOML text begins and ends: the scan of the loader, with ends."""

from __future__ import annotations

from typing import Literal, NamedTuple

from callgate.policy.loader.locate import Path, Scanner

BOM = "\ufeff"


class Statement(NamedTuple):
    """A header, or a `key = value`, at the top level or within an inline table."""

    kind: Literal["table", "array", "pair"]
    """`[x]`, `[[x]]`, `x = 1`."""
    path: Path
    """What it opens or sets, from the top of the document; that of `[[x]]` ends in an index."""
    base: Path
    """For a pair: the table that it stands in. For a header: empty."""
    start: int
    """Offset of the first character."""
    end: int
    """Offset behind the last character; a comment on the same line stands behind it."""


class Spans(Scanner):
    r"""One scan of *text*, which `tomllib` must accept. Unlike the loader's it takes `\r\n` and a byte order mark."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.pos = len(BOM) if text.startswith(BOM) else 0
        self.statements: list[Statement] = []
        """Those at the top level, in their order."""
        self.pairs: dict[Path, list[Statement]] = {}
        """Path of an inline table -> its pairs."""
        self.ends: dict[Path, int] = {}
        """Path of a value or of an item -> where it ends."""
        self._inline = 0
        self.document()
        self.values = self.found.values

    def header(self) -> Path:
        """Step over a header and keep it."""
        start = self.pos
        kind: Literal["table", "array"] = "array" if self.text.startswith("[[", start) else "table"
        path = super().header()
        self.statements.append(Statement(kind, path, (), start, self.pos))
        return path

    def pair(self, base: Path) -> None:
        """Step over `key = value` and keep it."""
        start = self.pos
        path = base
        for name, at in self.key():
            path = (*path, name)
            self.found.keys.setdefault(path, at)
        self.expect("=")
        self.blank()
        self.value(path)
        pairs = self.pairs[base] if self._inline else self.statements
        pairs.append(Statement("pair", path, base, start, self.ends[path]))

    def value(self, path: Path) -> None:
        """Step over a value and keep its end."""
        start = self.pos
        super().value(path)
        self.ends[path] = start + len(self.text[start : self.pos].rstrip())

    def inline(self, path: Path) -> None:
        """Step over an inline table."""
        self.pairs[path] = []
        self._inline += 1
        super().inline(path)
        self._inline -= 1
