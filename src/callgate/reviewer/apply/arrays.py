"""Items of an array that is written as a value: `[a, b]` on one line, or with lines and comments of their own."""

from __future__ import annotations

import re
from typing import Final, NamedTuple, Sequence

from callgate.policy.loader.locate import Path
from callgate.reviewer.apply.document import Document, Splice
from callgate.reviewer.apply.values import WIDTH

_COMMA: Final = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*,")
_REST: Final = re.compile(r"([ \t]*)(,?)([ \t]*(?:#[^\r\n]*)?)(?=\r?\n)")


class Item(NamedTuple):
    """One item and the lines that are its own."""

    start: int
    end: int
    comma: int
    """Offset of the comma behind it; -1 when there is none."""
    lines: tuple[int, int] | None
    """From the comments above it to the line behind it; `None` when it shares a line with anything else."""


class Array:
    """The array at *path* of *document*."""

    def __init__(self, document: Document, path: Path) -> None:
        self.document = document
        self.path = path
        self.open = document.spans.values[path]
        self.close = document.spans.ends[path] - 1
        self.items = self._items()

    def insert(self, index: int, text: str) -> list[Splice]:
        """Return the splices that put *text* in front of the item *index*, or behind the last one."""
        items, eol = self.items, self.document.eol
        if not items:
            return self._first(text)
        if index < len(items):
            item = items[index]
            if item.lines is None:
                return [Splice(item.start, item.start, text + ", ")]
            return [Splice(item.lines[0], item.lines[0], f"{self.document.indent(item.start)}{text},{eol}")]
        last = items[-1]
        if last.lines is None:
            return [Splice(last.end, last.end, "," + self._space(last.end, text) + text)]
        line = self.document.indent(last.start) + text
        if last.comma >= 0:
            return [Splice(last.lines[1], last.lines[1], f"{line},{eol}")]
        return [Splice(last.end, last.end, ","), Splice(last.lines[1], last.lines[1], line + eol)]

    def remove(self, index: int) -> list[Splice]:
        """Return the splices that take the item *index* out."""
        item = self.items[index]
        last = index == len(self.items) - 1
        before = self.items[index - 1] if index else None
        # the comma in front of the last item goes when there was none behind it
        comma = [Splice(before.comma, before.comma + 1, "")] if last and before and item.comma < 0 else []
        if item.lines is not None:
            return [*comma, self._rows(item.lines, last=last)]
        start = item.start
        end = item.end if item.comma < 0 else item.comma + 1
        if not last:
            behind = self._blanks(end)
            return [Splice(start if behind > end else self._back(start), behind, "")]
        if before is None:
            inside = self.document.text[self.open + 1 : self.close]
            bare = not _commented(inside, item.start - self.open - 1, item.end - self.open - 1)
            return [Splice(self.open + 1, self.close, "")] if bare else [Splice(start, end, "")]
        text = self.document.text
        if comma and not text[before.comma + 1 : start].strip():
            # nothing but blanks between the two: the item goes with its comma, wherever that stands
            start = before.comma if text[before.end : before.comma].strip() else before.end
            line = self.document.line_start(start)
            return [Splice(start if text[line:start].strip() else self.document.content_end(line), end, "")]
        return [*comma, Splice(self._back(start), end, "")]

    def move(self, source: int, target: int) -> list[Splice]:
        """Return the splices that move the item *source* to the place *target*; commas and blanks stay in place."""
        first, last = min(source, target), max(source, target)
        order = list(range(first, last + 1))
        order.insert(target - first, order.pop(source - first))
        slots = self.items[first : last + 1]
        if all(item.lines is not None for item in slots):
            return [self._lines(slot, self.items[index]) for slot, index in zip(slots, order, strict=True)]
        text = self.document.text
        moved = [text[self.items[index].start : self.items[index].end] for index in order]
        return [Splice(slot.start, slot.end, each) for slot, each in zip(slots, moved, strict=True)]

    def _lines(self, slot: Item, item: Item) -> Splice:
        """Return the splice that writes the lines of *item* into those of *slot*, with a comma as *slot* has one."""
        if slot.lines is None or item.lines is None:
            raise ValueError("an item without lines of its own")
        text = self.document.text
        rest = _REST.match(text, item.end)
        behind = (rest.group(1) + rest.group(3)) if rest else ""
        head = text[item.lines[0] : item.end]
        tail = text[self.document.line_end(slot.end) : slot.lines[1]]
        return Splice(*slot.lines, head + ("," if slot.comma >= 0 else "") + behind + tail)

    def _rows(self, lines: tuple[int, int], *, last: bool) -> Splice:
        """Return the splice that takes *lines* out, with the blank lines on one side of them."""
        document = self.document
        start, end = lines
        above = document.next_line(document.content_end(start))
        if last and above < start:
            return Splice(above, end, "")
        spaced = above < start or above <= document.next_line(self.open)
        behind = document.blanks_behind(end)
        return Splice(start, document.line_start(behind) if spaced and behind < self.close else end, "")

    def _first(self, text: str) -> list[Splice]:
        document = self.document
        inside = document.text[self.open + 1 : self.close]
        start = document.line_start(self.open)
        margin = document.margin(self.open)
        if "\n" not in inside:
            # an empty array on one line: what fits stays there
            if self.open - start + len(text) + 2 <= WIDTH and not text.startswith("{"):
                return [Splice(self.open + 1, self.close, text)]
            return [Splice(self.open + 1, self.close, f"{document.eol}{margin}  {text},{document.eol}{margin}")]
        closing = document.line_start(self.close)
        return [Splice(closing, closing, f"{margin}  {text},{document.eol}")]

    def _items(self) -> list[Item]:
        spans, text = self.document.spans, self.document.text
        bounds: list[tuple[int, int]] = []
        while (*self.path, len(bounds)) in spans.ends:
            path = (*self.path, len(bounds))
            bounds.append((spans.values[path], spans.ends[path]))
        items: list[Item] = []
        floor = self.document.next_line(self.open)
        for start, end in bounds:
            match = _COMMA.match(text, end)
            comma = match.end() - 1 if match and match.end() <= self.close else -1
            lines = self._own_lines(start, end, comma, floor)
            items.append(Item(start, end, comma, lines))
            floor = self.document.next_line(max(end, comma))
        return items

    def _own_lines(self, start: int, end: int, comma: int, floor: int) -> tuple[int, int] | None:
        document = self.document
        line = document.line_start(start)
        rest = _REST.match(document.text, end)
        if line <= self.open or document.text[line:start].strip() or rest is None or rest.end() > self.close:
            return None
        if comma >= 0 and not rest.group(2):
            return None  # its comma stands on another line
        return document.comments_above(line, min(floor, line)), document.next_line(rest.end())

    def _blanks(self, offset: int) -> int:
        """Return where the blanks end that begin at *offset*, on the same line."""
        text = self.document.text
        end = offset
        while text[end : end + 1] in (" ", "\t"):
            end += 1
        return end if text[end : end + 1] not in ("\r", "\n", "#") else offset

    def _back(self, offset: int) -> int:
        """Return where the blanks begin that end at *offset*, unless the line begins with them."""
        text, start = self.document.text, offset
        while text[start - 1] in " \t":
            start -= 1
        return offset if text[start - 1] == "\n" else start

    def _space(self, end: int, text: str) -> str:
        """Return what stands between the comma at *end* and *text*: a line end where the line of others is full."""
        document = self.document
        line = document.line_start(end)
        if "\n" not in document.text[self.open : self.close] or end - line + len(text) + 3 <= WIDTH:
            return " "
        return document.eol + document.margin(end)


def steps(old: Sequence[object], new: Sequence[object], most: int) -> list[tuple[int, object]] | None:
    """Return how to get from *old* to *new* by single items.

    Args:
        old: strings.
        new: strings.
        most: how many steps are worth it.

    Returns:
        `(index, item)` to insert the item in front of that place, `(index, None)` to remove what is there; each index
        is for the list after the steps before it. `None` when that takes more steps, or the items are no strings.
    """
    import difflib  # noqa: PLC0415 - only a changed list needs it

    if not all(isinstance(item, str) for item in (*old, *new)) or len(old) * len(new) > 1_000_000:
        return None
    found: list[tuple[int, object]] = []
    for tag, start, end, first, last in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            found += [(first, None)] * (end - start) + [(first + at, new[first + at]) for at in range(last - first)]
        if len(found) > most:
            return None
    return found


def _commented(inside: str, start: int, end: int) -> bool:
    """Return whether anything but blanks and a comma stands in *inside* beside `inside[start:end]`."""
    return bool((inside[:start] + inside[end:]).strip(" \t\r\n,"))
