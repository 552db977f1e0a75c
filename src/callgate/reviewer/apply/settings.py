"""`[llm_fallback]` and `[includes]`: tables that are made when the file has none."""

from __future__ import annotations

from callgate.policy.loader.locate import Path
from callgate.reviewer.apply.base import ApplyError, Detail
from callgate.reviewer.apply.document import Document, Splice
from callgate.reviewer.apply.draft import Draft, lookup, replaced
from callgate.reviewer.apply.tables import adding
from callgate.reviewer.apply.values import Style, pair


def make(draft: Draft, base: Path, name: str, value: object) -> None:
    """Write *name* into the table at *base*, which the file does not have.

    Raises:
        ApplyError: `internal_error`.
    """
    document = draft.document
    expected = replaced(document.data, (*base, name), value)
    block = f"[{'.'.join(str(part) for part in base)}]{document.eol}{pair(name, value, Style(document.eol))}"
    ways: list[list[Splice]] = []
    if len(base) > 1 and isinstance(lookup(document.data, base[:-1]), dict):
        ways += [[document.behind(document.comments_below(end), block)] for end in _last_line(document, base[:-1])]
        ways.append([document.at_the_end(block)])
        # its parent is an inline table, or made of dotted keys
        inline = adding(document, base[:-1], str(base[-1]), {name: value}, ())
        ways.insert(0, inline) if document.is_inline(base[:-1]) else ways.append(inline)
    else:
        ways.append([document.at_the_end(block)])
    for way in ways[:-1]:
        if draft.attempt(way, expected):
            return
    draft.change(ways[-1], expected)


def table_of(draft: Draft, base: Path) -> dict[str, object] | None:
    """Return the table at *base*; `None` when the file has none.

    Raises:
        ApplyError: `blocking_validation`: something else is called so.
    """
    found = lookup(draft.document.data, base)
    if found is None or isinstance(found, dict):
        return found
    name = ".".join(str(part) for part in base)
    offset = draft.document.offset(base)
    place = f"{draft.name}:{draft.document.line(offset)}" if offset is not None else draft.name
    message = f"`{name}` is not a table"
    raise ApplyError("blocking_validation", message, [Detail(place, message, f"write `[{name}]` above its keys")])


def _last_line(document: Document, table: Path) -> list[int]:
    related = document.below(table)
    return [document.line_end(related[-1].end)] if related else []
