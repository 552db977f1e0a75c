"""One policy file: read, hashed, parsed and taken apart into tables, sections and rules that are yet to be checked."""

from __future__ import annotations

import os
import re
from bisect import bisect_left
from typing import Any, Final, Mapping, NamedTuple

from callgate.policy.loader.digest import sha256_hex
from callgate.policy.loader.faults import Faults, kind, shown
from callgate.policy.loader.files import ReadError, decode, read
from callgate.policy.loader.loaded import Layer
from callgate.policy.loader.locate import Path, Positions, header_lines, line_column
from callgate.policy.loader.toml import parse
from callgate.policy.schema import ACTIONS, RESERVED, SECTION_FIELDS, SECTION_NAME, TABLES

_SECTION_NAME: Final = re.compile(SECTION_NAME)


class RawRule(NamedTuple):
    """A rule as it was written."""

    action: str
    section: str
    position: int
    """0-based, within its array."""
    table: Mapping[str, Any]
    line: int
    path: Path


class RawSection(NamedTuple):
    """The scalar keys of a section as they were written."""

    table: Mapping[str, Any]
    line: int


class Document:
    """One file of a policy.

    Args:
        path: absolute, as named.
        real: the real path.
        layer: of the file that was discovered.
        included_by: path of the includer, empty for a discovered file.
        quoting: whether messages may quote the source.
    """

    def __init__(self, path: str, real: str, layer: Layer, included_by: str, *, quoting: bool) -> None:
        self.path = path
        self.real = real
        self.layer = layer
        self.included_by = included_by
        self.sha256 = ""
        self.size = 0
        self.linked = False
        """Reached through a symbolic link below a place that is known: it never has trust."""
        self.includes: list[tuple[str, Path]] = []
        self.tables: dict[str, Mapping[str, Any]] = {}
        self.sections: dict[str, RawSection] = {}
        self.rules: list[RawRule] = []
        self.faults = Faults(path, quoting=quoting)
        self._quoting = quoting

    def load(self, overlay: Mapping[str, bytes]) -> None:
        """Read and take the file apart. Every fault is recorded; what is not at fault is kept."""
        try:
            data = read(self.path, overlay)
            self.size = len(data)
            self.sha256 = sha256_hex(data)
            text = decode(data)
        except ReadError as error:
            self.faults.add(error.message, help=error.help)
            if error.line:
                self.faults.problems[-1] = self.faults.problems[-1]._replace(line=error.line)
            return
        if is_ruleset(self.path):
            self._ruleset(text)
        else:
            self._toml(text)

    def _toml(self, text: str) -> None:
        self.faults = Faults(self.path, text, quoting=self._quoting)
        data = parse(text, self.faults)
        if data is not None:
            self._structure(data, text)

    def _structure(self, data: Mapping[str, Any], text: str) -> None:
        lines = _Lines(text, self.faults)
        for name, value in data.items():
            if name in ACTIONS:
                self._rules("", name, value, lines)
            elif name in TABLES:
                if isinstance(value, dict):
                    self.tables[name] = value
                else:
                    help_text = f"write `[{name}]` above its keys"
                    self.faults.add(f"`{name}` must be a table, not {kind(value)}", (name,), help_text)
            elif isinstance(value, dict):
                self._section(name, value, lines)
            elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
                self.faults.add(f"{shown(name)} is not a rule action", (name,), self.faults.nearest(name, ACTIONS))
            else:
                known = self.faults.nearest(name, RESERVED)
                self.faults.add(f"unknown field {shown(name)} at the top of the file", (name,), known)

    def _section(self, name: str, table: Mapping[str, Any], lines: _Lines) -> None:
        if not _SECTION_NAME.fullmatch(name):
            proposal = re.sub(r"[^a-z0-9]+", "-", name[:60].lower()).strip("-").lstrip("0123456789-")
            help_text = "use lower-case words joined by `-`" + (f", such as `{proposal}`" if proposal else "")
            self.faults.add(f"{shown(name)} is not a section name", (name,), help_text)
        scalars: dict[str, Any] = {}
        for key, value in table.items():
            if key in ACTIONS:
                self._rules(name, key, value, lines)
            elif key in SECTION_FIELDS:
                scalars[key] = value
            else:
                self._unknown_in_section(name, key)
        self.sections[name] = RawSection(scalars, lines.of_section(name))

    def _unknown_in_section(self, name: str, key: str) -> None:
        # a misspelled `[logging]` is a section to the parser
        table = self.faults.nearest(name, TABLES, 0.75)
        help_text = table if table.startswith("did") else self.faults.nearest(key, SECTION_FIELDS)
        self.faults.add(f"unknown field {shown(key)} in section {shown(name)}", (name, key), help_text)

    def _rules(self, section: str, action: str, value: object, lines: _Lines) -> None:
        path: Path = (section, action) if section else (action,)
        header = ".".join(str(part) for part in path)
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            help_text = f"write each rule under a line `[[{header}]]`"
            self.faults.add(f"`{header}` must be an array of tables, not {kind(value)}", path, help_text)
            return
        numbers = lines.of_array(path, len(value))
        for index, table in enumerate(value):
            self.rules.append(RawRule(action, section, index, table, numbers[index], (*path, index)))

    def _ruleset(self, text: str) -> None:
        from callgate.policy import rulesets  # noqa: PLC0415 - only an included rule set needs it

        entries, faults = rulesets.parse(text)
        positions = Positions()
        self.faults = Faults(self.path, text, quoting=self._quoting, locate=lambda _: positions)
        for fault in faults:
            self.faults.at(fault.message, fault.offset, fault.help)
        counts = dict.fromkeys(ACTIONS, 0)
        for entry in entries:
            index = counts[entry.action]
            counts[entry.action] += 1
            path: Path = (entry.action, index)
            positions.keys[path] = entry.offset
            line = line_column(text, entry.offset)[0]
            self.rules.append(RawRule(entry.action, "", index, entry.table, line, path))


class _Lines:
    """Lines of headers in one source, by the cheap scan where that is exact."""

    def __init__(self, text: str, faults: Faults) -> None:
        self._text = text
        self._faults = faults
        self._ends: list[int] = []
        self._first: dict[str, int] = {}
        # a header inside a multi-line string is none
        self._headers = {} if '"""' in text or "'''" in text else header_lines(text)

    def of_array(self, path: Path, count: int) -> list[int]:
        """Return the lines of the *count* tables of the array at *path*."""
        found = self._headers.get(".".join(str(part) for part in path), [])
        return found if len(found) == count else [self._exact((*path, index)) for index in range(count)]

    def of_section(self, name: str) -> int:
        """Return the line of `[name]`, or of whatever opens the section instead."""
        if not self._first:
            for header, lines in self._headers.items():
                head = header.partition(".")[0]
                self._first[head] = min(lines[0], self._first.get(head, lines[0]))
        found = self._headers.get(name, [])
        line = found[0] if len(found) == 1 else self._first.get(name)
        return self._exact((name,)) if line is None else line

    def _exact(self, path: Path) -> int:
        if not self._ends:
            self._ends = [match.start() for match in re.finditer("\n", self._text)]
        offset = self._faults.positions().find(path)
        return bisect_left(self._ends, offset) + 1 if offset is not None else 0


def is_ruleset(path: str) -> bool:
    """Return whether *path* names a YAML rule set."""
    return path.lower().endswith((".yaml", ".yml"))


def is_policy(path: str) -> bool:
    """Return whether *path* has a name that may be included."""
    return path.lower().endswith(".toml") or is_ruleset(path)


def real_path(path: str) -> str:
    """Return the real path; *path* itself, normalised, when it cannot be followed."""
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):
        return os.path.normpath(path)
