"""Lexical arithmetic on POSIX paths. Pure: symlinks are the observer's business."""

from __future__ import annotations


def normalise(path: str) -> str:
    """Fold `//`, `.` and `..` of an absolute *path*; `..` at the root stays there. Returns `/` for the root."""
    if "/." not in path and "//" not in path:
        return path if len(path) == 1 or not path.endswith("/") else path.rstrip("/")
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if parts:
                parts.pop()
        elif part and part != ".":
            parts.append(part)
    return "/" + "/".join(parts)


def join(base: str, path: str) -> str:
    """Return *path* seen from the absolute directory *base*, not normalised."""
    if path.startswith("/"):
        return path
    return f"/{path}" if base == "/" else f"{base}/{path}"


def is_within(path: str, directory: str) -> bool:
    """Whether the normalised *path* is the normalised *directory* or lies below it."""
    return directory in (path, "/") or path.startswith(directory + "/")


_SPECIAL = frozenset("'\"\\")


def breaks(name: str) -> bool:
    """Whether xargs without `-0` takes *name* for something else: it holds a blank, a quote or a backslash."""
    return not name.isprintable() or " " in name or not _SPECIAL.isdisjoint(name)
