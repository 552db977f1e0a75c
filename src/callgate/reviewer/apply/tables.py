"""Fields of a table, however it is written: below a header, as an inline table, or by dotted keys."""

from __future__ import annotations

from typing import Any, Final, Sequence

from callgate.policy.loader.locate import Path
from callgate.policy.tomltext import toml_key, toml_string
from callgate.reviewer.apply.arrays import Array, steps
from callgate.reviewer.apply.document import Chunk, Document, Splice
from callgate.reviewer.apply.draft import Draft, lookup, removed, replaced, same
from callgate.reviewer.apply.spans import Statement
from callgate.reviewer.apply.values import Style, kind_of, pair, value

MAX_STEPS: Final = 12
"""Items of a list that are changed one by one, so that the comments beside the others stay; more write it anew."""


def assign(draft: Draft, base: Path, name: str, new: object, order: Sequence[str] = ()) -> bool:
    """Set the field *name* of the table at *base*, which must be in the file; return whether anything changed.

    Args:
        draft: the file.
        base: the table.
        name: the field.
        new: its value.
        order: fields of such a table in their natural order; a new one goes behind those that come before it.

    Raises:
        ApplyError: `internal_error`.
    """
    document = draft.document
    path = (*base, name)
    old = lookup(document.data, path)
    if same(old, new):
        return False
    if old is not None and not document.is_inline(path):
        if isinstance(old, dict) and isinstance(new, dict) and new:
            for key_ in [each for each in old if each not in new]:
                unset(draft, path, key_)
            for key_, each in new.items():
                assign(draft, path, key_, each, tuple(new))
            return True
        # a table of its own, or dotted keys, become one value
        unset(draft, base, name)
        document, old = draft.document, None
    expected = replaced(document.data, path, new)
    if old is None:
        draft.change(adding(document, base, name, new, order), expected)
    elif not (isinstance(old, list) and isinstance(new, list) and _by_items(draft, path, old, new)):
        start, end = document.spans.values[path], document.spans.ends[path]
        draft.change([Splice(start, end, _value(document, path, new))], expected)
    return True


def unset(draft: Draft, base: Path, name: str) -> bool:
    """Remove the field *name* of the table at *base*; return whether it was there.

    Raises:
        ApplyError: `internal_error`.
    """
    document = draft.document
    path = (*base, name)
    if lookup(document.data, path) is None:
        return False
    expected = removed(document.data, path)
    for depth in range(len(base), 0, -1):
        # a table that only this field made is gone with it
        above = base[:depth]
        if lookup(expected, above) == {} and isinstance(above[-1], str) and _vanishes(document, above, path):
            expected = removed(expected, above)
    draft.change(_gone(document, path), expected)
    return True


def _vanishes(document: Document, table: Path, path: Path) -> bool:
    if document.is_inline(table):
        return False
    inline = _inline_around(document, path)
    statements = document.spans.pairs[inline] if inline is not None else document.spans.statements
    return all(one.path[: len(path)] == path for one in statements if one.path[: len(table)] == table)


def _inline_around(document: Document, path: Path) -> Path | None:
    """Return the innermost inline table around *path*; `None` when no table around it is one."""
    return next(
        (path[:depth] for depth in range(len(path) - 1, 0, -1) if path[:depth] in document.spans.pairs),
        None,
    )


def _gone(document: Document, path: Path) -> list[Splice]:
    """Return the splices that take everything out that writes *path*."""
    inline = _inline_around(document, path)
    if inline is not None:
        return _out_of_inline(document.spans.pairs[inline], path)
    splices: list[Splice] = []
    for run in _runs(document, path):
        if run[0].kind == "pair":
            splices += [_line_out(document, one) for one in run]
        else:
            start = document.line_start(run[0].start)
            floor = max((document.line_end(one.end) for one in document.spans.statements if one.end < start), default=0)
            lead = document.comments_above(start, document.next_line(floor) if floor else document.begin)
            splices.append(document.without(Chunk(lead, document.line_end(run[-1].end))))
    return _joined(splices)


def _runs(document: Document, path: Path) -> list[list[Statement]]:
    """Return the statements below *path* in runs: a header with what follows it, or pairs."""
    runs: list[list[Statement]] = []
    before: Statement | None = None
    for one in document.spans.statements:
        if one.path[: len(path)] == path:
            joins = runs and runs[-1][-1] is before and (one.kind == "pair") >= (runs[-1][0].kind == "pair")
            if joins:
                runs[-1].append(one)
            else:
                runs.append([one])
        before = one
    return runs


def _line_out(document: Document, one: Statement) -> Splice:
    start, end = document.line_start(one.start), document.line_end(one.end)
    behind = document.next_line(end)
    if behind > end or start == document.begin:
        return Splice(start, behind, "")
    return Splice(document.line_end(start - 1), end, "")  # the last line, which has no line end


def _joined(splices: list[Splice]) -> list[Splice]:
    """Return *splices*, which only remove, without overlaps."""
    out: list[Splice] = []
    for splice in sorted(splices):
        if out and splice.start <= out[-1].end:
            out[-1] = Splice(out[-1].start, max(out[-1].end, splice.end), "")
        else:
            out.append(splice)
    return out


def _out_of_inline(pairs: Sequence[Statement], path: Path) -> list[Splice]:
    mine = [one.path[: len(path)] == path for one in pairs]
    kept = [one for one, gone in zip(pairs, mine, strict=True) if not gone]
    if not kept:
        return [Splice(pairs[0].start, pairs[-1].end, "")]
    splices: list[Splice] = []
    for index, one in enumerate(pairs):
        if not mine[index]:
            continue
        if one.start < kept[-1].start:  # something stays behind it: it goes with the comma behind it
            splices.append(Splice(one.start, pairs[index + 1].start, ""))
        else:
            splices.append(Splice(pairs[index - 1].end, one.end, ""))
    return splices


def adding(document: Document, base: Path, name: str, new: object, order: Sequence[str]) -> list[Splice]:
    """Return the splices that write the field *name* of the table at *base*, which does not have it; see `assign`."""
    pairs = document.spans.pairs.get(base)
    if pairs is not None:
        text = pair(name, new, Style(document.eol, one_line=True))
        if not pairs:
            start, end = document.spans.values[base], document.spans.ends[base]
            return [Splice(start, end, "{ " + text + " }")]
        after = _predecessor(pairs, base, name, order)
        if after is None:
            return [Splice(pairs[0].start, pairs[0].start, text + ", ")]
        return [Splice(after.end, after.end, ", " + text)]
    header = document.header(base)
    direct = document.direct(base)
    if header is not None:
        after = _predecessor(direct, base, name, order)
        indent = document.indent((after or (direct[0] if direct else header)).start)
        return [_below(document, after or header, indent, name, new, "")]
    return _dotted(document, base, name, new, order)


def _dotted(document: Document, base: Path, name: str, new: object, order: Sequence[str]) -> list[Splice]:
    """Return the splices for a table that has no header: dotted keys make it, or the headers of tables within it."""
    inline = _inline_around(document, (*base, name))
    among = document.spans.pairs[inline] if inline is not None else document.spans.statements
    inside = [one for one in among if one.kind == "pair" and one.path[: len(base)] == base]
    dotted = [one for one in inside if len(one.base) < len(base)]
    if dotted:
        after = _predecessor(dotted, base, name, order) or dotted[-1]
        prefix = "".join(toml_key(str(part)) + "." for part in base[len(after.base) :])
        if inline is not None:
            text = pair(name, new, Style(document.eol, one_line=True), prefix=prefix)
            return [Splice(after.end, after.end, ", " + text)]
        return [_below(document, after, document.indent(after.start), name, new, prefix)]
    chunk = document.chunks(base)[0]
    head = ".".join(toml_key(str(part)) for part in base)
    return [document.before(chunk.start, f"[{head}]{document.eol}{pair(name, new, Style(document.eol))}")]


def _below(document: Document, after: Statement, indent: str, name: str, new: object, prefix: str) -> Splice:
    end = document.line_end(after.end)
    return Splice(end, end, document.eol + indent + pair(name, new, Style(document.eol, indent), prefix=prefix))


def _predecessor(pairs: Sequence[Statement], base: Path, name: str, order: Sequence[str]) -> Statement | None:
    """Return the last of *pairs* that comes before *name* in *order*; without an order, the last of all."""
    if name not in order:
        return pairs[-1] if pairs else None
    earlier = order[: order.index(name)]
    return next((one for one in reversed(pairs) if one.path[len(base)] in earlier), None)


def _value(document: Document, path: Path, new: object) -> str:
    """Return *new* as it is written in place of the value at *path*."""
    start = document.spans.values[path]
    inline = _inline_around(document, path) is not None
    line = document.line_start(start)
    style = Style(document.eol, document.margin(start), one_line=inline)
    name = str(path[-1])
    if name == "system_prompt":
        return pair(name, new, style).split(" = ", 1)[1]
    return value(new, style, start - line, kind_of(name) or _kind_around(path))


def _kind_around(path: Path) -> str:
    """Return the type of the field that a value within a table or list belongs to: `input_regex.query`."""
    return next((kind for part in reversed(path[:-1]) if isinstance(part, str) and (kind := kind_of(part))), "")


def _by_items(draft: Draft, path: Path, old: list[Any], new: list[Any]) -> bool:
    """Change a list of several lines item by item, so that its comments stay; return whether that was worth it."""
    document = draft.document
    start, end = document.spans.values[path], document.spans.ends[path]
    if "\n" not in document.text[start:end] or not new:
        return False
    way = steps(old, new, MAX_STEPS)
    if way is None:
        return False
    pattern = (kind_of(str(path[-1])) or _kind_around(path)) in ("regex", "regex-table")
    current = list(old)
    for index, item in way:
        array = Array(draft.document, path)
        if item is None:
            del current[index]
            splices = array.remove(index)
        else:
            current.insert(index, item)
            splices = array.insert(index, toml_string(str(item), pattern=pattern))
        draft.change(splices, replaced(draft.document.data, path, list(current)))
    return True
