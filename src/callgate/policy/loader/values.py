"""Checks one value against its `Field` and converts it to what a `Rule` or a table holds."""

from __future__ import annotations

import re
from typing import Any, Callable, Final, Mapping

from callgate.policy.loader.faults import Faults, kind, shown
from callgate.policy.loader.locate import Path
from callgate.policy.loader.regexes import Regexes
from callgate.policy.schema import TYPE_EXAMPLES, TYPE_LABELS, Field, FieldType

INVALID: Final = object()
"""Returned in place of a value at fault; the fault has been recorded."""

Text = tuple[str, Path]
"""A string and where it stands."""

_TOOL_NAME: Final = re.compile(r"[^\s`]{1,200}")
_URL: Final = re.compile(r"https?://[^\s/?#]+[^\s]*", re.IGNORECASE)
_HOST: Final = re.compile(r"[^\s/@]+")


class Checker:
    """Checks the values of one file.

    Args:
        faults: where faults go.
        regexes: shared by all files of a load.
    """

    def __init__(self, faults: Faults, regexes: Regexes) -> None:
        self.faults = faults
        self.regexes = regexes

    def table(self, table: Mapping[str, Any], fields: Mapping[str, Field], path: Path, what: str) -> dict[str, Any]:
        """Return the valid values of *table*, converted; unknown and invalid ones are recorded.

        Args:
            table: as parsed.
            fields: the schema of the table.
            path: where the table stands.
            what: the table in words, for messages (`this rule`, `` `[settings]` ``).
        """
        values: dict[str, Any] = {}
        for key, raw in table.items():
            field = fields.get(key)
            if field is None:
                self.unknown(key, fields, (*path, key), what)
                continue
            value = self.convert(field, raw, (*path, key))
            if value is not INVALID:
                values[key] = value
        return values

    def unknown(self, key: str, fields: Mapping[str, Field], path: Path, what: str) -> None:
        """Record that *key* is not a field of *what*."""
        self.faults.add(f"unknown field {shown(key)} in {what}", path, self.faults.nearest(key, fields))

    def convert(self, field: Field, value: object, path: Path) -> Any:  # noqa: ANN401 - as many types as fields
        """Return *value* converted to the type of *field*, or `INVALID`."""
        return _CONVERTERS[field.type](self, field, value, path)

    def wrong(self, field: Field, value: object, path: Path) -> Any:  # noqa: ANN401 - always `INVALID`
        """Record a value of the wrong type."""
        message = f"`{field.name}` must be {TYPE_LABELS[field.type]}, not {kind(value)}"
        example = TYPE_EXAMPLES.get(field.type, '"…"')
        self.faults.add(message, path, f"write for example `{field.name} = {example}`", value=True)
        return INVALID

    def texts(self, field: Field, value: object, path: Path, *, single: bool = True) -> list[Text] | None:
        """Return the strings of an array, or the one string when *single*; `None` with a fault for anything else."""
        if single and isinstance(value, str):
            return [(value, path)]
        if not isinstance(value, list):
            self.wrong(field, value, path)
            return None
        found: list[Text] = []
        for index, item in enumerate(value):
            if not isinstance(item, str):
                message = f"every item of `{field.name}` must be a string, not {kind(item)}"
                self.faults.add(message, (*path, index), "put it in quotes", value=True)
                return None
            found.append((item, (*path, index)))
        return found

    def empty(self, field: Field, path: Path) -> None:
        """Record an empty value. Empty never means *unset*: an empty exclude must not vanish silently."""
        self.faults.add(f"`{field.name}` is empty", path, "remove the key, or say what it should match", value=True)

    def regex(self, field: Field, pattern: str, path: Path) -> bool:
        """Return whether *pattern* can run; a fault or warning has been recorded."""
        if not pattern:
            self.empty(field, path)
            return False
        fault = self.regexes.check(pattern)
        if fault is None:
            return True
        self.faults.add(
            f"{shown(pattern)} {fault.message}",
            path,
            fault.help,
            value=True,
            within=pattern,
            offset=fault.offset,
            severity="warning" if fault.slow else "error",
        )
        return fault.slow


def _string(check: Checker, field: Field, value: object, path: Path) -> object:
    if not isinstance(value, str):
        return check.wrong(field, value, path)
    if field.matcher and not value:
        check.empty(field, path)
        return INVALID
    if field.type == "file" and not value.isprintable():
        check.faults.add(f"{shown(value)} is not a file path", path, "use printable characters only", value=True)
        return INVALID
    return value


def _id(check: Checker, field: Field, value: object, path: Path) -> object:
    if not isinstance(value, str):
        return check.wrong(field, value, path)
    if not value or value != value.strip() or not value.isprintable() or len(value) > 200:
        message = f"{shown(value)} is not a usable id"
        check.faults.add(message, path, "use a short name such as `git-read-only`", value=True)
        return INVALID
    return value


def _boolean(check: Checker, field: Field, value: object, path: Path) -> object:
    return value if isinstance(value, bool) else check.wrong(field, value, path)


def _number(check: Checker, field: Field, value: object, path: Path) -> object:
    whole = field.type == "integer"
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        return check.wrong(field, value, path)
    if field.least <= value <= field.most:
        return value
    message = f"`{field.name}` must be from {field.least:g} to {field.most:g}"
    check.faults.add(message, path, f"the default is {field.default}", value=True)
    return INVALID


def _strings(check: Checker, field: Field, value: object, path: Path) -> object:
    found = check.texts(field, value, path, single=False)
    return INVALID if found is None else tuple(text for text, _ in found)


def _choice(check: Checker, field: Field, value: object, path: Path) -> object:
    if not isinstance(value, str):
        return check.wrong(field, value, path)
    return value if _one_of(check, field, value, path) else INVALID


def _one_of(check: Checker, field: Field, word: str, path: Path) -> bool:
    if word in field.choices:
        return True
    message = f"{shown(word)} is not a value of `{field.name}`"
    check.faults.add(message, path, check.faults.nearest(word, field.choices), value=True)
    return False


def _choices(check: Checker, field: Field, value: object, path: Path) -> object:
    found = check.texts(field, value, path)
    if not found:
        return _nothing(check, field, found, path)
    good = [text for text, where in found if _one_of(check, field, text, where)]
    return tuple(dict.fromkeys(good)) if len(good) == len(found) else INVALID


def _nothing(check: Checker, field: Field, found: list[Text] | None, path: Path) -> object:
    if found is not None:
        check.empty(field, path)
    return INVALID


def _tool(check: Checker, field: Field, value: object, path: Path) -> object:
    found = check.texts(field, value, path)
    if not found:
        return _nothing(check, field, found, path)
    for text, where in found:
        if not _TOOL_NAME.fullmatch(text):
            help_text = "use one exact name, or `tool_regex` for several tools"
            check.faults.add(f"{shown(text)} is not a tool name", where, help_text, value=True)
            return INVALID
    return tuple(text for text, _ in found)


def _regex(check: Checker, field: Field, value: object, path: Path) -> object:
    if not isinstance(value, str):
        return check.wrong(field, value, path)
    return value if check.regex(field, value, path) else INVALID


def _regex_table(check: Checker, field: Field, value: object, path: Path) -> object:
    if not isinstance(value, dict):
        return check.wrong(field, value, path)
    if not value:
        return _nothing(check, field, [], path)
    pairs: list[tuple[str, str]] = []
    for key, pattern in value.items():
        if not isinstance(pattern, str):
            message = f"`{field.name}.{key}` must be a string, not {kind(pattern)}"
            check.faults.add(message, (*path, key), "write a regular expression in quotes", value=True)
        elif check.regex(field, pattern, (*path, key)):
            pairs.append((key, pattern))
    return tuple(pairs) if len(pairs) == len(value) else INVALID


def _globs(check: Checker, field: Field, value: object, path: Path) -> object:
    from callgate.policy.globs import check_glob  # noqa: PLC0415 - only rules with paths need it

    found = check.texts(field, value, path)
    if not found:
        return _nothing(check, field, found, path)
    good = _all_pass(check, field, found, check_glob)
    if all(text.startswith("!") for text, _ in found):
        help_text = "put a glob without `!` in front: what is it that they are excluded from?"
        check.faults.add(f"`{field.name}` has only excludes", path, help_text, value=True)
        return INVALID
    return tuple(text for text, _ in found) if good else INVALID


def _commands(check: Checker, field: Field, value: object, path: Path) -> object:
    from callgate.policy.patterns import check_pattern  # noqa: PLC0415 - only rules with word patterns need it

    found = check.texts(field, value, path)
    if not found:
        return _nothing(check, field, found, path)
    return tuple(text for text, _ in found) if _all_pass(check, field, found, check_pattern) else INVALID


def _all_pass(check: Checker, field: Field, found: list[Text], test: Callable[[str], tuple[str, int] | None]) -> bool:
    good = True
    for text, where in found:
        fault = test(text) if text else ("is empty", 0)
        if fault:
            message = f"{shown(text)} in `{field.name}`: {fault[0]}" if text else f"an item of `{field.name}` is empty"
            help_text = f"write for example `{field.name} = {TYPE_EXAMPLES[field.type]}`"
            check.faults.add(message, where, help_text, value=True, within=text, offset=fault[1])
            good = False
    return good


def _hosts(check: Checker, field: Field, value: object, path: Path) -> object:
    found = check.texts(field, value, path)
    if not found:
        return _nothing(check, field, found, path)
    bad = [(text, where) for text, where in found if not _HOST.fullmatch(text)]
    for text, where in bad:
        help_text = "write the host alone, such as `*.example.com`"
        check.faults.add(f"{shown(text)} is not a host glob", where, help_text, value=True)
    return INVALID if bad else tuple(text for text, _ in found)


def _url(check: Checker, field: Field, value: object, path: Path) -> object:
    if not isinstance(value, str):
        return check.wrong(field, value, path)
    # an empty one is unset; whether that is a fault depends on `enabled`, which may stand in another file
    if not value or _URL.fullmatch(value):
        return value
    help_text = "write `http://…` or `https://…`"
    check.faults.add(f"`{field.name}` is not an http or https URL", path, help_text, value=True)
    return INVALID


def _date_time(check: Checker, field: Field, value: object, path: Path) -> object:
    from datetime import UTC, datetime  # noqa: PLC0415 - few rules expire

    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value) if "T" in value.upper() else value
        except ValueError:
            value = str(value)
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)
        try:
            return moment.timestamp()
        except (OverflowError, ValueError):
            value = str(value)
    help_text = "write a date and a time: `2030-01-31T00:00:00Z`"
    check.faults.add(f"`{field.name}` must be a date-time, not {kind(value)}", path, help_text, value=True)
    return INVALID


def _examples(check: Checker, field: Field, value: object, path: Path) -> object:
    if not isinstance(value, dict):
        return check.wrong(field, value, path)
    lists: dict[str, tuple[str, ...]] = {"match": (), "no_match": ()}
    good = True
    for key, items in value.items():
        if key not in lists:
            message = f"unknown field {shown(key)} in `{field.name}`"
            check.faults.add(message, (*path, key), check.faults.nearest(key, lists))
            good = False
            continue
        found = check.texts(Field(f"{field.name}.{key}", "strings", ""), items, (*path, key), single=False)
        good = good and found is not None
        lists[key] = tuple(text for text, _ in found or ())
    return (lists["match"], lists["no_match"]) if good else INVALID


def _table(check: Checker, field: Field, value: object, path: Path) -> object:
    return value if isinstance(value, dict) else check.wrong(field, value, path)


def _rules(check: Checker, field: Field, value: object, path: Path) -> object:
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return value
    header = ".".join(str(part) for part in path)
    check.faults.add(f"`{header}` must be {TYPE_LABELS[field.type]}", path, f"write each rule as `[[{header}]]`")
    return INVALID


_CONVERTERS: Final[Mapping[FieldType, Callable[[Checker, Field, object, Path], object]]] = {
    "id": _id,
    "string": _string,
    "file": _string,
    "url": _url,
    "boolean": _boolean,
    "integer": _number,
    "number": _number,
    "strings": _strings,
    "choice": _choice,
    "choices": _choices,
    "tool": _tool,
    "regex": _regex,
    "regex-table": _regex_table,
    "globs": _globs,
    "commands": _commands,
    "hosts": _hosts,
    "date-time": _date_time,
    "examples": _examples,
    "rules": _rules,
    "table": _table,
}
