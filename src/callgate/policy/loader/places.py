"""Where a field of a rule in force is written: file, line, column and source line, for what is found after loading."""

from __future__ import annotations

from typing import Mapping, NamedTuple

from callgate.core.errors import Problem
from callgate.core.model import RuleSource
from callgate.policy.loader.digest import sha256_hex
from callgate.policy.loader.faults import Faults
from callgate.policy.loader.files import ReadError, decode, read
from callgate.policy.loader.loaded import LoadedPolicy
from callgate.policy.loader.locate import Path, Positions, scan


class _File(NamedTuple):
    text: str
    positions: Positions
    quoting: bool


class Places:
    """Finds fields of the rules of one load. A file is read again, and only believed when it is still the same."""

    def __init__(self, loaded: LoadedPolicy, overlay: Mapping[str, bytes] | None = None) -> None:
        """Take the policy that the rules are of, and *overlay* as it was given to `load`."""
        self._sources = {source.path: source for source in loaded.sources}
        self._overlay = overlay or {}
        self._files: dict[str, _File | None] = {}

    def problem(
        self, source: RuleSource, action: str, field: str, item: int, message: str, help: str = "",  # noqa: A002 - as in Problem
    ) -> Problem:  # fmt: skip
        """Return a warning that points at *field* of the rule (at the *item*th of it, unless -1), or at its first line.

        Args:
            source: of the rule.
            action: of the rule.
            field: empty for the rule as a whole.
            item: position in the field's array.
            message: see `Problem`.
            help: see `Problem`.
        """
        fallback = Problem(message, source.file, source.line, help=help, severity="warning")
        file = self._file(source.file)
        if file is None or not source.line:
            return fallback
        path: Path = (*((source.section,) if source.section else ()), action, source.position)
        full: Path = (*path, field, item) if item >= 0 else (*path, field) if field else path
        if full not in file.positions.keys and item == 0:
            full = full[:-1]  # one pattern, written without its array
        start = file.positions.find(full, value=bool(field))
        if start is None:
            return fallback
        faults = Faults(source.file, file.text, quoting=file.quoting)
        faults.at(message, start, help, severity="warning")
        return faults.problems[0]

    def _file(self, path: str) -> _File | None:
        if path not in self._files:
            self._files[path] = self._read(path)
        return self._files[path]

    def _read(self, path: str) -> _File | None:
        source = self._sources.get(path)
        if source is None or not path.endswith(".toml"):
            return None
        try:
            data = read(path, self._overlay)
            if sha256_hex(data) != source.sha256:
                return None
            text = decode(data)
        except ReadError:
            return None
        # What a project file includes may be somebody else's: it is pointed at, and not quoted.
        return _File(text, scan(text), source.layer != "project" or not source.included_by)
