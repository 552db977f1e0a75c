"""Hold `src/` to its size budget: modules of at most 400 lines, functions of at most 60.

Why: files that everybody adds to never shrink on their own, and a function that does not fit a screen is not
read, it is trusted. A permission system must be read. The budget counts all lines, docstrings and blank lines
included, because those are what a reader scrolls through. Half of the modules stay within 150 lines.

`ALLOWED` names what is larger, with its present size. It may only shrink: an entry must equal the real size, so
whoever makes the thing smaller lowers the entry, and one that fits the budget is removed.
"""

from __future__ import annotations

import ast
import statistics
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MODULE_LINES = 400
FUNCTION_LINES = 60
MEDIAN_LINES = 150

ALLOWED: dict[str, int] = {}
"""`path` or `path:Class.function`, relative to the root -> lines."""


def main(arguments: list[str]) -> int:
    """Check the tree at `arguments[0]` (default: this repository); return 1 when something is out of budget."""
    root = Path(arguments[0]).resolve() if arguments else Path(__file__).resolve().parent.parent
    sizes = dict(measure(root))
    modules = [lines for name, lines in sizes.items() if ":" not in name]
    faults = list(judge(sizes, ALLOWED))
    if not modules:
        faults.append(f"no Python module under `{root / 'src'}`")
    elif statistics.median(modules) > MEDIAN_LINES:
        faults.append(f"half of the modules are longer than {MEDIAN_LINES} lines")
    for fault in faults:
        print(f"error: {fault}", file=sys.stderr)
    if faults:
        print("  help: split what is too large by what it does; see CONTRIBUTING.md", file=sys.stderr)
        return 1
    print(f"sizes: {len(modules)} modules, median {statistics.median(modules):.0f} lines, longest {max(modules)}")
    return 0


def measure(root: Path) -> Iterator[tuple[str, int]]:
    """Yield (name, lines) for every module and function under `root/src`; names as in `ALLOWED`."""
    for path in sorted((root / "src").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        name = path.relative_to(root).as_posix()
        yield name, len(text.splitlines())
        for qualified, lines in _functions(ast.parse(text, filename=name), ""):
            yield f"{name}:{qualified}", lines


def judge(sizes: Mapping[str, int], allowed: Mapping[str, int]) -> Iterator[str]:
    """Yield what is wrong: too large, larger than allowed, or an allowance that should have shrunk."""
    for name, lines in sizes.items():
        budget = FUNCTION_LINES if ":" in name else MODULE_LINES
        if lines > allowed.get(name, budget):
            yield f"`{name}` has {lines} lines, {allowed.get(name, budget)} are allowed"
    for name, limit in allowed.items():
        budget = FUNCTION_LINES if ":" in name else MODULE_LINES
        lines = sizes.get(name, 0)
        if lines <= budget:
            yield f"`{name}` is within the budget: remove its entry from ALLOWED"
        elif lines < limit:
            yield f"`{name}` has shrunk to {lines} lines: lower its entry in ALLOWED"


def _functions(tree: ast.AST, prefix: str) -> Iterator[tuple[str, int]]:
    for node in ast.iter_child_nodes(tree):
        inner = prefix
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inner = f"{prefix}.{node.name}" if prefix else node.name
            if not isinstance(node, ast.ClassDef):
                yield inner, (node.end_lineno or node.lineno) - node.lineno + 1
        yield from _functions(node, inner)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
