"""Paths of a test file: seen from its fixture, never out of it."""

from __future__ import annotations

from typing import Any, Mapping

from callgate.core.paths import is_within, join, normalise
from callgate.policy.loader.faults import Faults, kind, shown
from callgate.policy.loader.locate import Path
from callgate.reviewer.policytest.model import Fixture

HOME = "/home/user"
PROJECT = "~/project"
MAX_NAME = 255
"""Bytes of one name in a path, as file systems have it."""
MAX_PATH = 2_000
"""Bytes of a path; the kernel takes 4,096, the directory that it is made in included."""
MAX_ENTRIES = 2_000
"""Files and links of one fixture."""


class Places:
    """Turns the paths of one test file into absolute ones; a fault is recorded and gives an empty path.

    Args:
        faults: of the test file.
    """

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self.home = HOME
        self.project = normalise(HOME + PROJECT[1:])

    def base(self, given: Mapping[str, Any]) -> None:
        """Take `home` and `project` of `[fixtures]`."""
        home = given.get("home", HOME)
        if not home.startswith("/") or normalise(home) == "/":
            message = f"{shown(home)} is not an absolute path of a home directory"
            self._faults.add(message, ("fixtures", "home"), f"write for example `{HOME}`", value=True)
            return
        self.home = self.path(home, ("fixtures", "home")) or self.home
        self.project = normalise(self.home + PROJECT[1:])
        project = given.get("project", PROJECT)
        if not project.startswith(("/", "~/")):
            message = f"{shown(project)} is not the path of a project"
            self._faults.add(message, ("fixtures", "project"), f"write for example `{PROJECT}`", value=True)
            return
        self.project = self.path(project, ("fixtures", "project")) or self.project
        if is_within(self.home, self.project):
            message = "the home directory, and what lies above it, is no project"
            self._faults.add(message, ("fixtures", "project"), "name a directory below it", value=True)

    def path(self, text: str, where: Path, *, key: bool = False) -> str:
        """Return *text* as an absolute path: `~` is the home directory, other relative paths lie in the project."""
        fault = _fault(text)
        if fault:
            message, hint = fault
            self._faults.add(f"{shown(text)} {message}", where, hint, value=not key)
            return ""
        expanded = self.home + text[1:] if text == "~" or text.startswith("~/") else text
        return normalise(join(self.project, expanded))

    def fixture(self, given: Mapping[str, Any], used: set[str]) -> Fixture:
        """Return the file system of `[fixtures]`.

        Args:
            given: the checked table.
            used: directories that calls run in.
        """
        files = self._entries(given, "files")
        links = self._entries(given, "links")
        where: dict[str, Path] = {}
        for path, (_, place) in (*files, *links):
            if path in where:
                self._faults.add(f"{shown(path)} is named twice", place, "keep one of the two")
            where[path] = place
        if len(where) > MAX_ENTRIES:
            self._faults.add(f"more than {MAX_ENTRIES:,} files", ("fixtures",), "a fixture needs only what rules see")
            return Fixture(self.home, self.project)
        plain = {path for path, (content, _) in files if content is not None} | {path for path, _ in links}
        directories = {self.home, self.project, *used, *(path for path, (content, _) in files if content is None)}
        for path in (*where, *directories):
            above = next((one for one in _parents(path) if one in plain), path if path in plain & directories else "")
            if above:
                place = where.get(path) or where[above]
                message = f"{shown(above)} is a file or a link, and a directory for {shown(path)}"
                self._faults.add(message, place, "a path below a link is written by where it leads to")
        return Fixture(
            self.home,
            self.project,
            tuple(sorted(directories)),
            tuple((path, content) for path, (content, _) in files if content is not None),
            tuple((path, self._target(content or "", place)) for path, (content, place) in links),
        )

    def _entries(self, given: Mapping[str, Any], table: str) -> list[tuple[str, tuple[str | None, Path]]]:
        """Return (path, (content, where)) of each entry; the content of a directory (`"tmp/" = ""`) is `None`."""
        found: list[tuple[str, tuple[str | None, Path]]] = []
        for name, content in given.get(table, {}).items():
            where: Path = ("fixtures", table, name)
            if not isinstance(content, str):
                message = f"{shown(name)} must be a string, not {kind(content)}"
                self._faults.add(message, where, 'write `"path" = "text"`, one line for each', value=True)
                continue
            directory = table == "files" and name.endswith("/")
            if directory and content:
                message = f"{shown(name)} is a directory and has no content"
                self._faults.add(message, where, f'write `"{name[:40]}" = ""`, or leave out the last `/`', value=True)
            path = self.path(name, where, key=True)
            if path == "/":
                self._faults.add(f"{shown(name)} is not the path of a file", where, "name a file below it")
            elif path:
                found.append((path, (None if directory else content, where)))
        return found

    def _target(self, text: str, where: Path) -> str:
        if not text or "\0" in text or len(text.encode("utf-8", "replace")) > MAX_PATH:
            message = f"{shown(text)} is not a target of a link" if text else "the target of the link is empty"
            self._faults.add(message, where, "name a path; nothing needs to be there", value=True)
        return self.home + text[1:] if text == "~" or text.startswith("~/") else text


def _fault(text: str) -> tuple[str, str] | None:
    """Return what is wrong with a path, and what to do."""
    parts = text.split("/")
    if not text or "\0" in text:
        return "is not a path", "name a file or directory"
    if ".." in parts:
        return "leads out of the fixture", "paths are relative to the project, begin with `~/`, or are absolute"
    too_long = any(len(part.encode("utf-8", "replace")) > MAX_NAME for part in parts)
    if too_long or len(text.encode("utf-8", "replace")) > MAX_PATH:
        return "is too long a path", f"use at most {MAX_NAME} bytes for a name and {MAX_PATH:,} for a path"
    return None


def _parents(path: str) -> list[str]:
    parts = path.split("/")[1:-1]
    return ["/" + "/".join(parts[:end]) for end in range(1, len(parts) + 1)]
