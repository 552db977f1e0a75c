"""tree-sitter-bash behind one function. The grammar is error-tolerant: callers must look at every node.

The grammar's package imports `importlib.resources` (7 ms) only to find highlighting queries, so its extension
module is loaded directly where that works.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import tree_sitter

if TYPE_CHECKING:
    from tree_sitter import Node


def _grammar() -> object:
    from importlib.machinery import ExtensionFileLoader, PathFinder  # noqa: PLC0415 - a frozen module, free

    spec = PathFinder.find_spec("tree_sitter_bash")
    for folder in (spec.submodule_search_locations if spec else None) or ():
        try:
            loader = ExtensionFileLoader("_binding", f"{folder}/_binding.abi3.so")
            child = spec and type(spec)("_binding", loader, origin=loader.path)
            if child:
                module = loader.create_module(child)
                loader.exec_module(module)
                return module.language()
        except (ImportError, OSError):
            continue
    import tree_sitter_bash  # noqa: PLC0415 - only where its extension is not where wheels put it

    return tree_sitter_bash.language()


_PARSER = tree_sitter.Parser(tree_sitter.Language(_grammar()))


# The grammar's scanner looks a character behind `{` up in a table of 256 entries: one beyond the BMP reads far outside
# of it and kills the process (tree-sitter-bash issue 337), which a host takes for consent.
_ASTRAL = re.compile(rb"[\xf0-\xf7][\x80-\xbf]{3}")
_LETTERS = b"\xc3\xa9\xc3\xa9"
"""Stands in for such a character: as long, so that offsets stay. What a node says is read from the source itself."""


def parse(source: bytes) -> Node:
    """Return the root node of *source* (UTF-8). Never fails; faults are ERROR and MISSING nodes in the tree."""
    if not source.isascii():
        source = _ASTRAL.sub(_LETTERS, source)
    return _PARSER.parse(source).root_node
