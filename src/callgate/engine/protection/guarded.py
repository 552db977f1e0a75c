"""The protected paths, arranged so that a look-up costs as much as the path has segments."""

from __future__ import annotations

import functools
from typing import Mapping, NamedTuple

ANY_PTH = "*.pth"
"""As the last segment of a protected path: every file of that suffix there. Python runs what such files say."""

ARCHIVES = ".log.*"
"""At the end of a protected path: every file there whose name begins like it, up to the `*`."""

ARCHIVE = "20261121T102345Z.archive"
"""An ending of such a file, for patterns that may mean it."""

_CONFIGURED = frozenset({"settings.json", "settings.local.json", "config.toml", "hooks.json", "plugins", "policies"})
_TEXTS = (".toml", ".yaml", ".yml", ".json", ".jsonl", ".log")


class Guarded(NamedTuple):
    """Protected paths; all keys are without case, because macOS opens `.Claude/SETTINGS.json` too."""

    exact: Mapping[str, str]
    """Each path -> as it is written."""
    above: Mapping[str, tuple[str, ...]]
    """Each directory above one -> the paths below it, as written."""
    homes: frozenset[str]
    """Directories that agents and the gate keep their settings in (`~/.claude`): as a whole as good as the file."""
    texts: tuple[str, ...]
    """Paths of policy files and logs, for texts that name one."""

    def owner(self, path: str) -> str:
        """Return the protected path that the normalised *path* is or lies in, or the empty string."""
        folded = path.casefold()
        if folded.endswith(".pth"):
            found = self.exact.get(f"{folded.rpartition('/')[0]}/{ANY_PTH}", "")
            if found:
                return found
        while folded:
            found = self.exact.get(folded, "")
            parent, _, name = folded.rpartition("/")
            if not found and ".log." in name:
                found = self.exact.get(f"{parent}/{name.partition('.log.')[0]}{ARCHIVES}", "")
            if found:
                return found
            folded = parent
        return ""

    def below(self, path: str) -> tuple[str, ...]:
        """Return the protected paths that lie below the normalised *path*."""
        return self.above.get(path.casefold(), ())

    def is_home(self, path: str) -> bool:
        """Whether *path* is a directory that an agent or the gate keeps its settings in."""
        return path.casefold() in self.homes


@functools.lru_cache(maxsize=8)
def guard(protected: tuple[str, ...], *open_places: str) -> Guarded:
    """Arrange *protected*.

    Args:
        protected: normalised absolute paths (`Observation.protected`).
        open_places: directories that are nobody's settings, whatever they are called: home, project, cwd.
    """
    exact: dict[str, str] = {}
    above: dict[str, dict[str, None]] = {}
    homes: set[str] = set()
    for path in protected:
        folded = path.casefold()
        exact.setdefault(folded, path)
        parent, _, name = folded.rpartition("/")
        if parent.rpartition("/")[2].startswith(".") or name in _CONFIGURED:
            homes.add(parent)
        while parent:
            above.setdefault(parent, {})[path] = None
            parent = parent.rpartition("/")[0]
        above.setdefault("/", {})[path] = None
    return Guarded(
        exact,
        {directory: tuple(paths) for directory, paths in above.items()},
        frozenset(homes - {place.casefold() for place in open_places}),
        tuple(folded for folded in exact if folded.endswith(_TEXTS)),
    )
