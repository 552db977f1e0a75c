"""The claims of docs/architecture.md about imports and purity hold in the source."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Iterator

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "callgate"

MAY_IMPORT = {
    "core": set(),
    "shell": {"core"},
    "policy": {"core"},
    "policy.loader": {"core", "policy"},
    "engine": {"core", "shell", "policy"},
    "observe": {"core", "policy", "engine", "host"},
    "journal": {"core"},
    "agents": {"core", "atomic"},
    "host": set(),
    "atomic": set(),
    "switch": {"atomic"},
    "last_good": {"core", "atomic", "policy.loader"},
    "gate": {"core", "policy", "policy.loader", "engine", "observe", "journal", "host", "switch", "last_good"},
    "hook": {"core", "agents", "gate"},
    "doctor": {"core", "policy.loader", "agents", "gate", "host", "switch"},
}
"""Part of the package -> the parts that it may import. Only `cli` (and `__main__`) may import anything."""

PURE = ("core", "shell", "policy", "engine")
BANNED_MODULES = frozenset(
    "asyncio ctypes datetime glob io logging multiprocessing os pathlib random secrets shutil signal socket "
    "sqlite3 ssl stat subprocess tempfile threading time urllib".split()
)
BANNED_NAMES = frozenset({"open", "print", "input", "exec", "eval", "breakpoint"})


def _part(module: str) -> str:
    """Return the part of the package that the module `callgate.…` belongs to; empty for the package itself."""
    words = module.split(".")[1:]
    return "policy.loader" if words[:2] == ["policy", "loader"] else words[0] if words else ""


def _sources() -> Iterator[tuple[str, Path]]:
    for path in sorted(SOURCE.rglob("*.py")):
        words = path.relative_to(SOURCE.parent).with_suffix("").parts
        yield _part(".".join(word for word in words if word != "__init__")), path


def _imports(path: Path) -> Iterator[str]:
    """Yield the modules that *path* imports, anywhere in it, with names from the package itself spelled out."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "callgate":
            yield from (f"callgate.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            yield node.module or ""


@pytest.mark.parametrize("part", MAY_IMPORT)
def test_imports_point_one_way(part: str) -> None:
    """A part of the package imports only the parts that docs/architecture.md lets it import."""
    wrong = {
        f"{path.relative_to(SOURCE)} imports {name}"
        for own, path in _sources()
        if own == part
        for name in _imports(path)
        if name.startswith("callgate.") and _part(name) not in MAY_IMPORT[part] | {part, "__version__"}
    }

    assert wrong == set()


def test_every_part_has_a_place_in_the_order() -> None:
    """No module escapes the order by standing in a new place."""
    assert {part for part, _ in _sources()} - {"", "cli", "__main__"} == set(MAY_IMPORT)


@pytest.mark.parametrize("part", PURE)
def test_the_pure_parts_do_no_io(part: str) -> None:
    """`core`, `shell`, `policy` (but its loader) and `engine` import nothing that reaches the host, and call nothing."""
    wrong = []
    for own, path in _sources():
        if own != part:
            continue
        wrong += [f"{path.name}: {name}" for name in _imports(path) if name.split(".")[0] in BANNED_MODULES]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Name) and node.id in BANNED_NAMES:
                wrong.append(f"{path.name}:{node.lineno}: {node.id}")

    assert wrong == []
