"""Where things stand in a TOML source: (table path, array index, key) -> line and column.

`tomllib` gives values without positions. Two scans fill the gap. `header_lines` finds the lines of rule headers on
every load, by one regular expression. `scan` walks the whole document by TOML's grammar and runs only when a fault has
to be shown; it presumes a document that `tomllib` accepts.
"""

from __future__ import annotations

import re
import tomllib
from typing import Final

Path = tuple[str | int, ...]
"""Keys and array indices from the top of the document: `("files", "allow", 2, "path", 0)`."""

_HEADER: Final = re.compile(
    r"^[ \t]*\[\[?[ \t]*([A-Za-z0-9_-]+(?:[ \t]*\.[ \t]*[A-Za-z0-9_-]+)*)[ \t]*\]", re.MULTILINE
)
_BLANK: Final = re.compile(r"[ \t]*")
_SKIP: Final = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR: Final = re.compile(r"[^,\]}#\n]+")
_STRINGS: Final = tuple(
    (quote, re.compile(pattern, re.DOTALL))
    for quote, pattern in (
        ('"""', r'"""(?:[^"\\]++|\\.|"(?!""))*+"""(?:"{0,2})'),
        ("'''", r"'''(?:[^']++|'(?!''))*+'''(?:'{0,2})"),
        ('"', r'"(?:[^"\\\n]++|\\.)*+"'),
        ("'", r"'[^'\n]*+'"),
    )
)


class Positions:
    """Character offsets of keys and values in one source text."""

    def __init__(self) -> None:
        self.keys: dict[Path, int] = {}
        """Path -> where its key is written, or its header, or (for an array element) its value."""
        self.values: dict[Path, int] = {}
        """Path -> where its value begins; tables written as headers have none."""

    def find(self, path: Path, *, value: bool = False) -> int | None:
        """Return the offset of *path*, or of the nearest table around it; `None` when nothing of it is written.

        Args:
            path: keys and indices.
            value: prefer where the value begins to where the key stands.
        """
        if value and path in self.values:
            return self.values[path]
        for end in range(len(path), 0, -1):
            if path[:end] in self.keys:
                return self.keys[path[:end]]
        return None


class Scanner:
    """One walk over one document. Every method advances `pos`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.pos = 0
        self.found = Positions()
        self.counts: dict[Path, int] = {}

    def blank(self) -> None:
        """Skip blanks within a line."""
        match = _BLANK.match(self.text, self.pos)
        self.pos = match.end() if match else self.pos

    def skip(self) -> None:
        """Skip blanks, line ends and comments."""
        match = _SKIP.match(self.text, self.pos)
        self.pos = match.end() if match else self.pos

    def expect(self, token: str) -> None:
        """Step over *token*."""
        if not self.text.startswith(token, self.pos):
            raise ValueError(f"expected `{token}` at {self.pos}")
        self.pos += len(token)

    def string(self) -> str | None:
        """Step over a string and return its source, `None` when there is none here."""
        for quote, pattern in _STRINGS:
            if self.text.startswith(quote, self.pos):
                match = pattern.match(self.text, self.pos)
                if match is None:
                    raise ValueError(f"unterminated string at {self.pos}")
                self.pos = match.end()
                return match.group()
        return None

    def key(self) -> list[tuple[str, int]]:
        """Step over a dotted key; return its parts with their offsets."""
        parts: list[tuple[str, int]] = []
        while True:
            self.blank()
            start = self.pos
            source = self.string()
            if source is not None:
                name = tomllib.loads("k = " + source)["k"] if "\\" in source else source[1:-1]
            else:
                match = _BARE.match(self.text, self.pos)
                if match is None:
                    raise ValueError(f"expected a key at {self.pos}")
                name, self.pos = match.group(), match.end()
            parts.append((name, start))
            self.blank()
            if not self.text.startswith(".", self.pos):
                return parts
            self.pos += 1

    def header(self) -> Path:
        """Step over `[a.b]` or `[[a.b]]` and return the path that it opens."""
        start = self.pos
        closing = "]]" if self.text.startswith("[[", self.pos) else "]"
        self.pos += len(closing)
        parts = self.key()
        self.expect(closing)
        path: Path = ()
        for position, (name, _) in enumerate(parts):
            path = (*path, name)
            last = position == len(parts) - 1
            # a name that stands for an array of tables means its newest element
            if path in self.counts and not last:
                path = (*path, self.counts[path] - 1)
            self.found.keys.setdefault(path, start)
        if closing == "]]":
            index = self.counts.get(path, 0)
            self.counts[path] = index + 1
            path = (*path, index)
        self.found.keys[path] = start
        return path

    def pair(self, base: Path) -> None:
        """Step over `key = value`."""
        path = base
        for name, start in self.key():
            path = (*path, name)
            self.found.keys.setdefault(path, start)
        self.expect("=")
        self.blank()
        self.value(path)

    def value(self, path: Path) -> None:
        """Step over any value."""
        self.found.values[path] = self.pos
        if self.text.startswith("[", self.pos):
            self.array(path)
        elif self.text.startswith("{", self.pos):
            self.inline(path)
        elif self.string() is None:
            match = _SCALAR.match(self.text, self.pos)
            if match is None:
                raise ValueError(f"expected a value at {self.pos}")
            self.pos = match.end()

    def array(self, path: Path) -> None:
        """Step over `[a, b]`, which may span lines and hold comments."""
        self.pos += 1
        index = 0
        while True:
            self.skip()
            if self.text.startswith("]", self.pos):
                break
            self.found.keys[(*path, index)] = self.pos
            self.value((*path, index))
            index += 1
            self.skip()
            if not self.text.startswith(",", self.pos):
                break
            self.pos += 1
        self.expect("]")

    def inline(self, path: Path) -> None:
        """Step over `{a = 1, b = 2}`."""
        self.pos += 1
        while True:
            self.skip()
            if self.text.startswith("}", self.pos):
                break
            self.pair(path)
            self.skip()
            if not self.text.startswith(",", self.pos):
                break
            self.pos += 1
        self.expect("}")

    def document(self) -> None:
        """Step over everything."""
        path: Path = ()
        self.skip()
        while self.pos < len(self.text):
            if self.text.startswith("[", self.pos):
                path = self.header()
            else:
                self.pair(path)
            self.skip()


def scan(text: str) -> Positions:
    r"""Return the positions of everything in *text*, a TOML document with `\n` line ends that `tomllib` accepts.

    Of any other text, the positions up to where its grammar breaks: a message without a column beats none.
    """
    scanner = Scanner(text)
    try:
        scanner.document()
    except (ValueError, RecursionError):
        return scanner.found
    return scanner.found


def header_lines(text: str) -> dict[str, list[int]]:
    """Return `"files.allow"` -> lines (1-based) of its `[[files.allow]]` or `[files.allow]` headers.

    Exact for rule arrays in documents without multi-line strings. With such strings it may find too many, so callers
    use it only when there are none and when the numbers agree with the parsed document.
    """
    lines: dict[str, list[int]] = {}
    line, seen = 1, 0
    for match in _HEADER.finditer(text):
        start = match.start(1)
        line += text.count("\n", seen, start)
        seen = start
        name = match.group(1)
        if " " in name or "\t" in name:
            name = name.replace(" ", "").replace("\t", "")
        lines.setdefault(name, []).append(line)
    return lines


def line_column(text: str, offset: int) -> tuple[int, int]:
    """Return the 1-based line and column (in characters) of *offset* in *text*."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def source_line(text: str, offset: int) -> str:
    """Return the line of *text* around *offset*, without its line end."""
    end = text.find("\n", offset)
    return text[text.rfind("\n", 0, offset) + 1 : len(text) if end < 0 else end]
