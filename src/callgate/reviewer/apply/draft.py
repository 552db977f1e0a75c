"""An edit in the making: every step is written as splices, and must come out as the data that it was meant to be."""

from __future__ import annotations

from typing import Any, Callable, Final, Mapping, NamedTuple, Sequence

from callgate.policy.loader.locate import Path
from callgate.reviewer.apply.base import ApplyError, Change, Detail, Edit, EditFunction, Elsewhere, Operation
from callgate.reviewer.apply.document import Document, Splice
from callgate.reviewer.apply.rules import RuleAt, rules_of

UNTOUCHABLE: Final = ("apply",)
"""Tables that no operation changes: what an agent may change is not for it to say."""

Run = Callable[["Draft", Mapping[str, Any]], str]
"""Makes an operation's steps on a draft; returns the subject of the commit."""


class Place(NamedTuple):
    """What a sentence points at, looked up in the text that comes out at last."""

    rule: str = ""
    """Id of a rule."""
    key: Path = ()
    """Below the rule, or from the top."""
    include: str = ""
    """A file of `[includes]`."""
    before: bool = False
    """Look in the text as it was at first: the thing is gone."""


class Told(NamedTuple):
    """A `Change` whose line is not known yet."""

    past: str
    base: str
    rest: str
    """Without the line."""
    place: Place
    behind: str = ""
    """What follows the line."""


class Draft:
    """A file that operations change one after the other.

    Args:
        text: of the file.
        name: of the file, for messages.
        elsewhere: the rules of other files.

    Raises:
        ApplyError: as for `Document`.
    """

    def __init__(self, text: str, name: str, elsewhere: Elsewhere) -> None:
        self.name = name
        self.elsewhere = elsewhere
        self.first = self.document = Document(text, name)
        self._rules: list[RuleAt] | None = None
        self._told: list[Told] = []
        self._ids: list[str] = []

    @property
    def rules(self) -> list[RuleAt]:
        """The rules of the text as it is now."""
        if self._rules is None:
            self._rules = rules_of(self.document, self.elsewhere)
        return self._rules

    def change(self, splices: Sequence[Splice], expected: Mapping[str, Any]) -> None:
        """Replace spans of the text.

        Args:
            splices: in any order, none within another.
            expected: the values of the whole file afterwards.

        Raises:
            ApplyError: `internal_error`: the new text would not hold these values, or anything beside the splices
                would change. Nothing has changed then.
        """
        if not self.attempt(splices, expected):
            message = f"the edit of {self.name} would not come out exactly as meant"
            hint = "make this change by hand, and report how the file is written"
            raise ApplyError("internal_error", message, [Detail("", message, hint)])

    def attempt(self, splices: Sequence[Splice], expected: Mapping[str, Any]) -> bool:
        """Make a change like `change`, and return whether it came out; when not, nothing has changed."""
        old = self.document
        ordered = sorted(splices)
        text = _spliced(old.text, ordered)
        if not _kept(old.text, text, ordered):
            return False
        try:
            new = Document(text, self.name)
        except ApplyError:
            return False
        if not same(new.data, expected):
            return False
        if any(not same(new.data.get(name), self.first.data.get(name)) for name in UNTOUCHABLE):
            return False
        self.document = new
        self._rules = None
        return True

    def tell(self, past: str, base: str, rest: str, place: Place, behind: str = "") -> None:
        """Add a sentence to the answer; see `Told`."""
        self._told.append(Told(past, base, rest, place, behind))

    def touch(self, rule_id: str) -> None:
        """Note that a rule is added, changed or removed."""
        if rule_id not in self._ids:
            self._ids.append(rule_id)

    def edit(self, subject: str) -> Edit:
        """Return what has become of the file."""
        changed = self.document.text != self.first.text
        changes = tuple(Change(one.past, one.base, self._sentence(one)) for one in self._told)
        return Edit(self.document.text, changes if changed else (), subject, tuple(self._ids) if changed else ())

    def _sentence(self, told: Told) -> str:
        line = self._line(told.place)
        if told.place.before:
            where = f", where it stood at line {line}" if line else ""
        else:
            where = f" at line {line}" if line else ""
        return told.rest + where + told.behind

    def _line(self, place: Place) -> int:
        document = self.first if place.before else self.document
        path = place.key
        if place.rule:
            rules = rules_of(self.first, self.elsewhere) if place.before else self.rules
            found = next((one for one in rules if one.id == place.rule), None)
            if found is None:
                return 0
            path = (*found.path, *place.key)
        elif place.include:
            files = lookup(document.data, ("includes", "files")) or []
            if place.include not in files:
                return 0
            path = ("includes", "files", files.index(place.include))
        offset = document.offset(path)
        return document.line(offset) if offset is not None else 0


def editing(fields: Mapping[str, bool], run: Run) -> Operation:
    """Return the operation with *fields* that *run* makes on a draft."""

    def edit(text: str, given: Mapping[str, Any], name: str, elsewhere: Elsewhere = NOWHERE, /) -> Edit:
        draft = Draft(text, name, elsewhere)
        return draft.edit(run(draft, given))

    function: EditFunction = edit
    return Operation(fields, function, run)


NOWHERE: Final[Elsewhere] = {}
"""No rule in any other file."""


def same(one: object, other: object) -> bool:
    """Return whether two values are the same to TOML: `1`, `1.0` and `true` are three values."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(*pair) for pair in zip(one, other, strict=True))
    return one == other or repr(one) == repr(other)  # NaN


def replaced(data: Mapping[str, Any], path: Path, value: object) -> dict[str, Any]:
    """Return *data* with *value* at *path*; tables on the way are made. The rest is shared with *data*."""
    out = _replaced(data, path, value)
    if not isinstance(out, dict):
        raise TypeError("the top of a document is a table")
    return out


def removed(data: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Return *data* without what stands at *path*. The rest is shared with *data*."""
    parent = lookup(data, path[:-1])
    if isinstance(parent, dict):
        return replaced(data, path[:-1], {name: value for name, value in parent.items() if name != path[-1]})
    if isinstance(parent, list) and isinstance(path[-1], int):
        return replaced(data, path[:-1], [*parent[: path[-1]], *parent[path[-1] + 1 :]])
    raise KeyError(path)


def lookup(data: Any, path: Path) -> Any:  # noqa: ANN401 - whatever stands there
    """Return what stands at *path*; `None`, which TOML does not have, when nothing does."""
    for part in path:
        known = part in data if isinstance(data, dict) else isinstance(data, list) and part in range(len(data))
        if not known:
            return None
        data = data[part]
    return data


def _replaced(data: object, path: Path, value: object) -> object:
    if not path:
        return value
    name = path[0]
    if isinstance(data, list) and isinstance(name, int):
        return [*data[:name], _replaced(data[name], path[1:], value), *data[name + 1 :]]
    table = data if isinstance(data, dict) else {}
    return {**table, name: _replaced(table.get(name), path[1:], value)}


def _spliced(text: str, ordered: Sequence[Splice]) -> str:
    parts: list[str] = []
    at = 0
    for splice in ordered:
        parts += [text[at : splice.start], splice.text]
        at = splice.end
    return "".join([*parts, text[at:]])


def _kept(old: str, new: str, ordered: Sequence[Splice]) -> bool:
    """Return whether *new* is *old* but for the splices: what stands between them stands there in the same order."""
    at = moved = 0
    for splice in ordered:
        if not at <= splice.start <= splice.end <= len(old):
            return False
        size = splice.start - at
        if new[moved : moved + size] != old[at : splice.start]:
            return False
        moved += size
        if new[moved : moved + len(splice.text)] != splice.text:
            return False
        moved += len(splice.text)
        at = splice.end
    return new[moved:] == old[at:]
