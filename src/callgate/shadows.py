"""What in a directory Python would load before the modules of its own standard library.

`python -c` looks for every module in the working directory first: a `json.py` there runs when the text imports `json`.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Callable, ContextManager, Iterator

if TYPE_CHECKING:
    from callgate.observe import Entry

MAX_ENTRIES = 4_000
"""Directory entries that are looked at; what more than that hold is not known."""

# Nothing in the library imports these on its own, and projects have directories of these names.
_NEVER_IMPORTED = frozenset({"test", "idlelib", "lib2to3", "turtledemo", "turtle", "this", "antigravity", "ensurepip"})

# Tried by the library although they are none of it (`copy` and `pickle` look for Jython, a crash for a reporter), or
# part of it in a later version than this one. Names with a leading underscore all count as the library's.
_TRIED = frozenset({"org", "java", "apport", "apport_python_hook", "problem_report", "sitecustomize", "usercustomize",
                    "readline", "gnureadline", "annotationlib", "compression"})  # fmt: skip


def shadows(
    directory: str, scan: Callable[[str], ContextManager[Iterator[Entry]]] = os.scandir
) -> tuple[str, ...] | None:
    """Return the names in *directory* that stand before the standard library, sorted; `None` when that is not known.

    Args:
        directory: absolute.
        scan: opens a directory; see `Files.scan`.
    """
    found = []
    try:
        with scan(directory) as entries:
            for number, entry in enumerate(entries):
                if number >= MAX_ENTRIES:
                    return None
                stem = entry.name.partition(".")[0].lower()
                if _is_library(stem) and _is_module(entry, stem, scan):
                    found.append(entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except (OSError, ValueError):
        return None
    return tuple(sorted(found))


def _is_library(stem: str) -> bool:
    if stem in _NEVER_IMPORTED:
        return False
    return stem in sys.stdlib_module_names or stem in _TRIED or (stem[:1] == "_" and stem[:2] != "__")


def _is_module(entry: Entry, stem: str, scan: Callable[[str], ContextManager[Iterator[Entry]]]) -> bool:
    if entry.name.lower().endswith((".py", ".pyc", ".so", ".pyd", ".dylib")):
        return True
    if "." in entry.name:
        return False
    # A directory is a package with an `__init__`; without one it only counts where the library has no such module.
    return stem in _TRIED or any(name.startswith("__init__.") for name in _names(entry.path, scan))


def _names(directory: str, scan: Callable[[str], ContextManager[Iterator[Entry]]]) -> list[str]:
    try:
        with scan(directory) as entries:
            return [entry.name for entry in entries]
    except NotADirectoryError:
        return []
    except OSError:
        return ["__init__.unreadable"]
