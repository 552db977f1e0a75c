"""Rules as blocks of lines, `[[allow]]` with what is below it, or as items of `allow = [{…}]`."""

from __future__ import annotations

from typing import Any, Mapping

from callgate.policy.loader.locate import Path
from callgate.policy.tomltext import toml_key
from callgate.reviewer.apply.arrays import Array
from callgate.reviewer.apply.document import Document, Splice
from callgate.reviewer.apply.draft import Draft, lookup, removed, replaced
from callgate.reviewer.apply.places import Spot
from callgate.reviewer.apply.values import Style, rule_lines, rule_table


def add(draft: Draft, path: Path, where: Spot, rule: Mapping[str, Any]) -> None:
    """Put *rule* at the place *where* of the array at *path*, which is made when there is none.

    Raises:
        ApplyError: `internal_error`.
    """
    document = draft.document
    rules = lookup(document.data, path)
    present = rules if isinstance(rules, list) else []
    expected = replaced(document.data, path, [*present[: where.at], dict(rule), *present[where.at :]])
    ways = _ways(document, path, where, rule)
    for splices in ways[:-1]:
        if draft.attempt(splices, expected):
            return
    draft.change(ways[-1], expected)


def _ways(document: Document, path: Path, where: Spot, rule: Mapping[str, Any]) -> list[list[Splice]]:
    """Return the ways to write it, the most natural one first. TOML forbids some of them in some files."""
    if document.is_inline(path):
        return [Array(document, path).insert(where.at, rule_table(rule))]
    if where.near is not None:
        near = (*path, where.near)
        return [[_beside(document, near, _block(document, path, rule, near), behind=where.behind)]]
    block = _block(document, path, rule, ())
    ways = [[document.behind(document.comments_below(end), block)] for end in _neighbours(document, path)]
    return [*ways, [document.at_the_end(block)], *_inline_ways(document, path, rule)]


def _beside(document: Document, near: Path, block: str, *, behind: bool) -> Splice:
    """Return the splice that puts *block* below, or above, the rule at *near*."""
    chunks = document.chunks(near)
    if behind:
        return document.behind(document.comments_below(chunks[-1].end), block)
    return document.before(chunks[0].start, block)


def _neighbours(document: Document, path: Path) -> list[int]:
    """Return the ends of lines below which the first rule of an array may go: that of its section, or of flat rules."""
    if len(path) == 2:
        related = document.below(path[:1])
    else:
        related = [one for one in document.spans.statements if one.kind == "array" and len(one.path) == 2]
        related = [one for header in related[-1:] for one in document.below(header.path)]
    return [document.line_end(related[-1].end)] if related else []


def _inline_ways(document: Document, path: Path, rule: Mapping[str, Any]) -> list[list[Splice]]:
    """Return how to write it into a section that is an inline table, or made of dotted keys at the top."""
    if len(path) != 2:
        return []
    section, item = path[:1], f"[{rule_table(rule)}]"
    if document.is_inline(section):
        pairs = document.spans.pairs[section]
        if pairs:
            return [[Splice(pairs[-1].end, pairs[-1].end, f", {path[1]} = {item}")]]
        start, end = document.spans.values[section], document.spans.ends[section]
        return [[Splice(start, end, f"{{ {path[1]} = {item} }}")]]
    dotted = [one for one in document.below(section) if one.kind == "pair" and not one.base]
    if not dotted:
        return []
    end = document.line_end(dotted[-1].end)
    return [[Splice(end, end, f"{document.eol}{toml_key(str(path[0]))}.{path[1]} = {item}")]]


def remove(draft: Draft, path: Path) -> None:
    """Take the rule at *path* out, with the comments directly above it.

    Raises:
        ApplyError: `internal_error`.
    """
    document = draft.document
    expected = removed(document.data, path)
    if document.is_inline(path):
        number = path[-1]
        draft.change(Array(document, path[:-1]).remove(number if isinstance(number, int) else 0), expected)
        return
    # an array of tables is nothing but its headers: without the last one it is gone, and so may be its section
    mine = document.below(path)
    for depth in range(len(path) - 1, 0, -1):
        if lookup(expected, path[:depth]) in ([], {}) and len(document.below(path[:depth])) == len(mine):
            expected = removed(expected, path[:depth])
    draft.change([document.without(chunk) for chunk in document.chunks(path)], expected)


def move(draft: Draft, path: Path, where: Spot) -> None:
    """Move the rule at *path*, with the comments directly above it, to the place *where* of its array.

    Raises:
        ApplyError: `internal_error`.
    """
    document = draft.document
    array, source = path[:-1], path[-1]
    if not isinstance(source, int) or where.near is None:
        return
    rules = list(lookup(document.data, array))
    rules.insert(where.at, rules.pop(source))
    expected = replaced(document.data, array, rules)
    if document.is_inline(path):
        draft.change(Array(document, array).move(source, where.at), expected)
        return
    chunks = document.chunks(path)
    between = document.eol * (1 + document.gap())
    block = between.join(document.text[chunk.start : chunk.end] for chunk in chunks)
    cuts = [document.without(chunk) for chunk in chunks]
    draft.change([*cuts, _beside(document, (*array, where.near), block, behind=where.behind)], expected)


def _block(document: Document, path: Path, rule: Mapping[str, Any], near: Path) -> str:
    """Return `[[path]]` with the fields of *rule*, indented as the rule at *near* is."""
    margin = inner = ""
    if near:
        header = document.header(near)
        pairs = document.direct(near)
        margin = document.indent(header.start) if header else ""
        inner = document.indent(pairs[0].start) if pairs else margin
    head = ".".join(toml_key(str(part)) for part in path)
    fields = rule_lines(rule, Style(document.eol, inner))
    return f"{margin}[[{head}]]" + (document.eol + fields if fields else "")
