"""What keeps the code base as design.md says: no I/O in the pure packages, imports in one direction, no cycles."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Iterator

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "callgate"

# Lower layers know nothing of higher ones. A package may import itself and what stands before it.
LAYERS = [
    ("core",),
    ("shell", "policy"),
    ("engine",),
    ("journal", "agents"),
    ("reviewer",),
    ("hook", "daemon", "cli", "doctor"),
]
MODULES = {
    "host": 0, "atomic": 0, "times": 0, "switch": 1, "environ": 1, "actor": 1,
    "observe": 3, "fresh": 3, "shadows": 3, "last_good": 3, "gate": 3, "__init__": 0, "__main__": 5,
}  # fmt: skip
"""Single modules beside the packages: the layer that they belong to."""

PURE = ["core", "shell", "policy", "engine"]
NOT_PURE = ["policy/loader"]
FORBIDDEN = {
    "os", "io", "pathlib", "subprocess", "socket", "shutil", "tempfile", "time", "datetime", "random", "glob",
    "logging", "threading", "multiprocessing", "asyncio", "urllib", "http", "secrets", "signal",
}  # fmt: skip
FORBIDDEN_CALLS = {"open", "print", "input", "exec", "eval"}


def modules() -> list[Path]:
    """Every module of the package."""
    return sorted(SOURCE.rglob("*.py"))


def name_of(path: Path) -> str:
    """`shell/walk.py` -> `shell.walk`."""
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path, *, at_load: bool = False) -> Iterator[str]:
    """Every module that *path* imports; with *at_load* only what is imported while the module loads."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes: Iterator[ast.AST] = ast.walk(tree) if not at_load else loaded(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def loaded(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run when the module is imported: no function bodies, nothing under TYPE_CHECKING."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        yield node
        yield from loaded(node)


def layer(name: str) -> int:
    """The layer that a module of callgate belongs to."""
    top = name.split(".", maxsplit=1)[0]
    return next((number for number, names in enumerate(LAYERS) if top in names), MODULES.get(top, -1))


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_pure(path: Path) -> None:
    """core, shell, policy (but its loader) and engine touch no file, clock, environment or process."""
    place = path.relative_to(SOURCE).as_posix()
    if not place.startswith(tuple(f"{one}/" for one in PURE)) or place.startswith(tuple(f"{one}/" for one in NOT_PURE)):
        return
    found = {name.split(".")[0] for name in imports(path)} & FORBIDDEN
    tree = ast.parse(path.read_text(encoding="utf-8"))
    called = {
        node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    } & FORBIDDEN_CALLS

    assert not found, f"{place} imports {found}"
    assert not called, f"{place} calls {called}"


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_direction(path: Path) -> None:
    """Dependencies point one way: core, then shell and policy, then engine, then journal and agents, then faces."""
    own = layer(name_of(path) or "__init__")
    assert own >= 0, f"{path.name} belongs to no layer: add it to the table above"
    for name in imports(path):
        if name.startswith("callgate.") and layer(name.removeprefix("callgate.")) >= 0:
            assert layer(name.removeprefix("callgate.")) <= own, f"{name_of(path)} imports {name}"


def test_no_cycles() -> None:
    """No module imports itself by way of others while it loads."""
    known = {name_of(path): path for path in modules()}
    graph = {
        name: {
            target
            for one in imports(path, at_load=True)
            if one.startswith("callgate.") and (target := one.removeprefix("callgate.")) in known and target != name
        }
        for name, path in known.items()
    }
    done: set[str] = set()

    def visit(name: str, chain: tuple[str, ...]) -> None:
        assert name not in chain, " -> ".join([*chain, name])
        if name not in done:
            for target in sorted(graph[name]):
                visit(target, (*chain, name))
            done.add(name)

    for name in sorted(graph):
        visit(name, ())


HEAVY = {
    "dataclasses",
    "msgspec",
    "typer",
    "rich",
    "tomlkit",
    "yaml",
    "inspect",
    "asyncio",
    "httpx",
    "pathlib",
    "hashlib",
}


def test_hook_imports_nothing_heavy(tmp_path: Path) -> None:
    """A hook process that answers `git status` has loaded none of the heavy modules."""
    import json
    import subprocess
    import sys

    call = {"tool_name": "Bash", "tool_input": {"command": "git status"}, "cwd": str(tmp_path)}
    script = (
        "import sys\nfrom callgate.hook.main import main\nmain([])\nsys.stderr.write('\\n'.join(sorted(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", script], input=json.dumps(call).encode(), capture_output=True, check=True,
        timeout=60, env={"HOME": str(tmp_path)},
    )  # fmt: skip

    assert not HEAVY & set(done.stderr.decode().split("\n"))
