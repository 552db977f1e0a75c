"""tree-sitter-bash behind one function. The grammar is error-tolerant: callers must look at every node.

The grammar's package imports `importlib.resources` (7 ms) only to find highlighting queries, so its extension
module is loaded directly where that works.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import compress
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
# of it and kills the process (tree-sitter-bash issue 337), which a host takes for consent. Half a surrogate pair is no
# UTF-8, and kills it where a chunk ends inside of one.
_STRANGE = re.compile(rb"[\xf0-\xf7][\x80-\xbf]{3}|\xed[\xa0-\xbf][\x80-\xbf]")
_LETTERS = {4: b"\xc3\xa9\xc3\xa9", 3: b"\xe4\xb8\x80"}
"""By length, what stands in for such a character: as long, so that offsets stay. What a node says is read from the
source itself."""

MAX_NODES = 2_500
"""Syntax nodes of one source. The largest of 10,134 recorded commands of agents has 271."""

_MAX_FAULTY = 350
"""Syntax nodes of a source with faults, for these cost the square of the length: 16,000 `)` take a second."""

_STEP = 1_200
"""Operators, quotes and dollars that are parsed before the parser is asked for more: 10 ms at worst."""

_REACH = 3_000
"""Bytes parsed before the parser is asked for more: with some faults it looks at all of them for each token."""

_OPERATOR_BYTES = b"()<>|&;{}[]!*?$\"'`#@+~^\\"
_OPERATORS = bytes(1 if char in _OPERATOR_BYTES else 0 for char in range(256))


def parse(source: bytes) -> Node:
    """Return the root node of *source* (UTF-8). Never fails; faults are ERROR and MISSING nodes in the tree."""
    return _PARSER.parse(source if source.isascii() else _tame(source)).root_node


def _tame(source: bytes) -> bytes:
    """Return *source* without the characters that the parser must not see, at the same length."""
    return _STRANGE.sub(lambda found: _LETTERS[len(found[0])], source)


def parse_front(source: bytes, most: int = MAX_NODES) -> tuple[Node, int]:
    """Parse as much of the front of *source* as can be afforded, counted and not timed.

    A source is parsed from its start again and again, each time a step further, while its tree stays small: the
    parser itself cannot be stopped (what `tree_sitter` has for that never frees what it is given).

    Args:
        source: the script, UTF-8.
        most: nodes that the tree may have.

    Returns:
        The root node, and how many bytes of *source* it is of: less than all when more would be too much.
    """
    source = source if source.isascii() else _tame(source)
    length = len(source)
    few = length <= _REACH and length - len(source.translate(None, _OPERATOR_BYTES)) <= _STEP
    ends = None if few else list(compress(range(length), source.translate(_OPERATORS)))
    size = done = passed = 0
    kept: Node | None = None
    while True:
        passed += _STEP
        further = length if ends is None or passed >= len(ends) else ends[passed]
        reach = _REACH
        if ends is None or bisect_left(ends, size + 8 * _REACH) - bisect_left(ends, size) < _STEP // 16:
            reach *= 8  # few tokens to look at it for
        if further > size + reach:
            further = size + reach
            passed = bisect_left(ends or (), further)
        size = _whole(source, further)
        root = _PARSER.parse(source[:size]).root_node
        nodes = root.descendant_count
        if nodes > most:
            # The last step is left out where that leaves something.
            return (kept, done) if kept is not None else _cut(source, size, most)
        if size >= length or (nodes > _MAX_FAULTY and root.has_error):
            return root, size
        kept, done = root, size


def _cut(source: bytes, size: int, most: int) -> tuple[Node, int]:
    """Parse ever less of the first *size* bytes, to the end of a line where there is one, until *most* holds."""
    while True:
        root = _PARSER.parse(source[:size]).root_node
        if size < 16 or root.descendant_count <= most:
            return root, size
        size = source.rfind(b"\n", size // 4, size // 2) + 1 or _whole(source, size // 2)


def _whole(source: bytes, end: int) -> int:
    """Return *end*, or where the character begins that it would cut."""
    while 0 < end < len(source) and source[end] & 0xC0 == 0x80:
        end -= 1
    return end
