"""Follows `[includes]`: a policy file with everything it pulls in, each file once, cycles refused."""

from __future__ import annotations

import os
from typing import Final, Mapping

from callgate.core.errors import Problem
from callgate.policy.loader.document import Document, is_policy, real_path
from callgate.policy.loader.faults import shown
from callgate.policy.loader.loaded import Candidate
from callgate.policy.loader.locate import Path
from callgate.policy.loader.regexes import Regexes
from callgate.policy.loader.values import Checker
from callgate.policy.schema import INCLUDES_FIELDS

MAX_INCLUDES: Final = 64
"""Files that one load may include, over all layers."""

MAX_BYTES: Final = 4 * 1024 * 1024
"""Size of all files of one load together."""

MAX_RULES: Final = 20_000
"""Rules of one load, over all layers."""


class Walk:
    """Reads the files of one load.

    Args:
        home: for `~/` in includes.
        project: root of the project; messages about project files quote only what lies below it.
        overlay: real path -> content that stands in for the file.
    """

    def __init__(self, home: str, project: str, overlay: Mapping[str, bytes]) -> None:
        self._home = home
        self._project = real_path(project) if project else ""
        self._overlay = overlay
        self._includes = 0
        self._rules = 0
        self._bytes = 0
        self.named: set[str] = set()
        """Every path that an include names, whether it is read or not: it is where a link may be put."""

    def root(self, candidate: Candidate) -> list[Document]:
        """Return the document of *candidate*, followed by those it includes, depth first."""
        path = os.path.abspath(candidate.path)
        real = real_path(path)
        base = _base(path)
        below = (self._project, real_path(base)) if candidate.layer == "project" else ("/",)
        document = Document(path, real, candidate.layer, "", quoting=_inside(real, below))
        document.linked = os.path.normpath(real_path(base) + path[len(base) :]) != real
        documents: list[Document] = []
        self._visit(document, documents, [], below)
        return documents

    def _visit(
        self, document: Document, documents: list[Document], chain: list[Document], below: tuple[str, ...]
    ) -> None:
        documents.append(document)
        document.load(self._overlay)
        self._bytes += document.size
        self._rules += len(document.rules)
        if self._rules > MAX_RULES:
            document.rules.clear()
            document.faults.add("more than 20,000 rules", help="one rule with a pattern does the work of many")
            return
        table = document.tables.get("includes")
        if table is None:
            return
        values = Checker(document.faults, Regexes()).table(table, INCLUDES_FIELDS, ("includes",), "`[includes]`")
        for index, name in enumerate(values.get("files", ())):
            where: Path = ("includes", "files", index)
            self._includes += 1
            if self._includes > MAX_INCLUDES:
                document.faults.add(f"more than {MAX_INCLUDES} included files", where, "join some of them", value=True)
                return
            included = self._open(document, name, where, [*chain, document], below)
            if included is None or any(known.real == included.real for known in documents):
                continue
            if self._bytes > MAX_BYTES:
                document.faults.add("more than 4 MiB of policy files", where, "include less", value=True)
                return
            before = len(documents)
            self._visit(included, documents, [*chain, document], below)
            self._missing(document, documents[before], where)

    def _open(
        self, document: Document, name: str, where: Path, chain: list[Document], below: tuple[str, ...]
    ) -> Document | None:
        faults = document.faults
        if not name or not name.isprintable():
            faults.add(f"{shown(name)} is not a file name", where, "name a TOML or YAML file", value=True)
            return None
        path = os.path.join(self._home, name[2:]) if name.startswith("~/") else name
        expected = os.path.normpath(os.path.join(os.path.dirname(document.real), path))
        self.named.add(expected)
        real = real_path(expected)
        # by name and by real path: a link must not make the gate read, and quote, some other kind of file
        if not (is_policy(name) and is_policy(real)):
            faults.add(f"{shown(name)} cannot be included", where, "only .toml, .yaml and .yml files can", value=True)
            return None
        for position, open_document in enumerate(chain):
            if open_document.real == real:
                loop = [_display(item.real, chain[0].real) for item in chain[position:]]
                message = "includes form a cycle: " + " -> ".join([*loop, loop[0]])
                faults.add(message, where, "remove one of these includes", value=True)
                return None
        included = Document(expected, real, document.layer, document.path, quoting=_inside(real, below))
        included.linked = document.linked or expected != real
        return included

    def _missing(self, document: Document, included: Document, where: Path) -> None:
        """Move the fault of an include that could not be read to the line that names it."""
        if included.sha256 or not included.faults.problems:
            return
        fault = included.faults.problems.pop(0)
        message = f"cannot include {shown(included.path, 200)}: {fault.message}"
        document.faults.add(message, where, fault.help, value=True)


def _base(path: str) -> str:
    """Return the directory that a discovered file belongs to: the part of its path that is taken as it is."""
    directory = os.path.dirname(path)
    return os.path.dirname(directory) if os.path.basename(directory) == ".config" else directory


def _inside(real: str, directories: tuple[str, ...]) -> bool:
    return any(real.startswith(directory.rstrip("/") + "/") for directory in directories if directory)


def _display(path: str, root: str) -> str:
    """Return *path* relative to the directory of *root* where that is shorter."""
    directory = os.path.dirname(root).rstrip("/") + "/"
    return path.removeprefix(directory)


def problems_of(documents: list[Document]) -> list[Problem]:
    """Return the problems of *documents*, in the order of the files and of their lines."""
    found: list[Problem] = []
    for document in documents:
        found += sorted(document.faults.problems, key=lambda problem: (problem.line == 0, problem.line, problem.column))
    return found
