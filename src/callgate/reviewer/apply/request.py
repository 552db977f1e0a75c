"""The text of an operation to its name and its checked fields, or every problem of it at once."""

from __future__ import annotations

from typing import Any, Callable, Final, Mapping, NamedTuple

from callgate.policy.schema import ACTIONS
from callgate.reviewer.apply.base import ApplyError, Detail, Operation
from callgate.reviewer.apply.content import Problems, llm_changes, prose, rule, rule_changes, section_name, word
from callgate.reviewer.apply.registry import NAMES, operation
from callgate.reviewer.query.base import QueryError
from callgate.reviewer.query.decode import decode, kind
from callgate.reviewer.query.words import closest, listed, nearest

MAX_OPERATIONS: Final = 100
"""Of one batch."""

ALONE: Final = ("batch", "rollback", "validate")
"""Operations that cannot stand in a batch."""

EXAMPLE: Final = '{"operation":"toggle_rule","target_file":"policy.toml","id":"x","enabled":false}'

_OPTIONS: Final = {
    "dry_run": "--dry-run",
    "force": "--force",
    "no_commit": "--no-commit",
    "applied_by": "--applied-by NAME",
}
"""What an agent may think to be a field. Read as nothing, `"dry_run": true` would write."""

_PLACES: Final = "`start`, `end`, `before:ID` or `after:ID`"


class Request(NamedTuple):
    """An operation that can be made."""

    name: str
    operation: Operation
    fields: Mapping[str, Any]
    """Absent ones are absent. In a batch, and for `validate`, operations are objects with `operation` as their name."""
    target_file: str
    """As the operation names it; empty when it does not."""


def parse(payload: bytes | str) -> Request:
    """Return the operation that *payload* is, as JSON.

    Raises:
        ApplyError: `invalid_operation`: larger than 1 MiB, no JSON object, a key twice in one object, a number that
            JSON does not have, nested too deep; and all that `check` finds.
    """
    data = payload.encode("utf-8", "surrogatepass") if isinstance(payload, str) else payload
    try:
        value = decode(data, "the operation", EXAMPLE)
    except QueryError as error:
        details = error.details if isinstance(error.details, dict) else {}
        place = f"line {details['line']}, column {details['column']}" if "line" in details else ""
        detail = Detail(place, error.message, str(details.get("help", "")))
        raise ApplyError("invalid_operation", error.message, [detail]) from None
    return check(value)


def check(payload: Mapping[str, Any]) -> Request:
    """Return the operation that *payload* describes.

    Its name is in `operation`. It may be in `type` instead, which leaves `operation` to `validate`.

    Raises:
        ApplyError: `invalid_operation`: no such operation, an unknown or missing field, a value of the wrong kind, a
            control character in a text. `blocking_validation`: nothing but the content of a rule or of settings is at
            fault, by the schema of policy files. `details` has every problem.
    """
    problems = Problems()
    found = _check(payload, problems, "", nested=False)
    if problems.found or found is None:
        invalid = problems.invalid or not problems.found
        first = problems.found[0] if problems.found else Detail("", "this is no operation")
        more = len(problems.found) - 1
        message = first.error + (f" (and {more} more problem{'s' if more > 1 else ''})" if more > 0 else "")
        raise ApplyError("invalid_operation" if invalid else "blocking_validation", message, problems.found)
    return found


def _check(payload: Mapping[str, Any], problems: Problems, place: str, *, nested: bool) -> Request | None:
    """Check one operation; *place* is where it stands, with a dot."""
    key, name = _name(payload, problems, place)
    if not name:
        return None
    if nested and name in ALONE:
        problems.add(f"{place}{key}", f"`{name}` cannot stand in a batch", "send it on its own")
        return None
    described = operation(name)
    fields: dict[str, Any] = {}
    target = ""
    for field, value in payload.items():
        here = place + field[:80]
        if field == key:
            continue
        if field == "target_file":
            target = word(value, here, problems) or ""
        elif field in described.fields:
            fields[field] = _field(name, field, value, here, problems)
        elif field in _OPTIONS:
            hint = f"it is an option of the command: `{_OPTIONS[field]}`"
            problems.add(here, f"`{field}` is not a field of an operation", hint)
        else:
            known = (*described.fields, "target_file")
            problems.add(here, f"unknown field `{field[:80]}` in `{name}`", nearest(field, known))
    for field, required in described.fields.items():
        if required and field not in payload:
            problems.add(place + field, f"`{name}` needs `{field}`", _HINTS.get(field, ""))
    return Request(name, described, fields, _together(name, fields, target, place, problems))


def _name(payload: Mapping[str, Any], problems: Problems, place: str) -> tuple[str, str]:
    """Return the key that names the operation, and the name; it is empty when there is none."""
    known = listed(NAMES)
    key = "type" if isinstance(payload.get("type"), str) else "operation"
    name = payload.get(key)
    if key == "type" and isinstance(payload.get("operation"), str):
        problems.add(place + "type", "both `type` and `operation` name the operation", "keep `operation`")
        return key, ""
    if not isinstance(name, str):
        what = "names no `operation`" if name is None else f"has {kind(name)} as its `operation`"
        problems.add(place + "operation", f"the operation {what}", f"operations are {known}")
        return key, ""
    if name not in NAMES:
        near = closest(name, NAMES)
        hint = f"did you mean `{near}`?" if near else f"operations are {known}"
        problems.add(place + key, f"there is no operation `{name[:80]}`", hint)
        return key, ""
    return key, name


def _field(name: str, field: str, value: object, here: str, problems: Problems) -> Any:  # noqa: ANN401 - as many as fields
    """Return the checked value of *field*; what is wrong with it is in *problems*."""
    if field == "changes":
        return rule_changes(value, here, problems) if name == "update_rule" else llm_changes(value, here, problems)
    return _KINDS[field](value, here, problems)


def _together(name: str, fields: dict[str, Any], target: str, place: str, problems: Problems) -> str:
    """Check what fields mean to each other; return the file that they name together."""
    if name == "rollback" and ("to_commit" in fields) == ("to_backup" in fields):
        problems.add(place + "to_commit", "`rollback` needs either `to_commit` or `to_backup`", "give one of them")
    inner: list[Request | None] = [fields["operation"]] if "operation" in fields else []
    inner += fields.get("operations") or []
    for index, each in enumerate(inner):
        if each is None:
            continue
        target = target or each.target_file
        if each.target_file and each.target_file != target:
            where = f"{place}operations[{index}]" if name == "batch" else f"{place}operation"
            hint = "name it once, beside the name of the whole operation; other files need operations of their own"
            problems.add(f"{where}.target_file", "the operations of one request change one file", hint)
    plain = [{"operation": each.name, **each.fields} for each in inner if each is not None]
    if name == "batch":
        fields["operations"] = plain
    elif plain:
        fields["operation"] = plain[0]
    return target


# Values, one function per kind


def _rule_type(value: object, here: str, problems: Problems) -> str:
    if value in ACTIONS:
        return str(value)
    shown = f"`{value[:80]}`" if isinstance(value, str) else kind(value)
    problems.add(here, f"`{here}` must be {listed(ACTIONS)}, not {shown}", nearest(str(value), ACTIONS))
    return ""


def _place(value: object, here: str, problems: Problems) -> str:
    text = word(value, here, problems)
    if text is None:
        return ""
    side, colon, rule_id = text.partition(":")
    if text not in ("start", "end") and not (side in ("before", "after") and colon and rule_id):
        problems.add(here, f"`{text[:80]}` is not a place", f"write {_PLACES}")
    return text


def _switch(value: object, here: str, problems: Problems) -> bool:
    if not isinstance(value, bool):
        problems.add(here, f"`{here}` must be true or false, not {kind(value)}")
    return value is True


def _operations(value: object, here: str, problems: Problems) -> list[Request | None]:
    if not isinstance(value, list):
        problems.add(here, f"`{here}` must be an array of operations, not {kind(value)}")
        return []
    if not value or len(value) > MAX_OPERATIONS:
        problems.add(here, f"a batch has from 1 to {MAX_OPERATIONS} operations, not {len(value)}")
        return []
    return [_inner(each, f"{here}[{index}]", problems, nested=True) for index, each in enumerate(value)]


def _operation(value: object, here: str, problems: Problems) -> Request | None:
    found = _inner(value, here, problems, nested=False)
    if found is not None and found.name in ("rollback", "validate"):
        hint = "run it as a dry run" if found.name == "rollback" else "once is enough"
        problems.add(here, f"`{found.name}` cannot be validated", hint)
        return None
    return found


def _inner(value: object, here: str, problems: Problems, *, nested: bool) -> Request | None:
    if not isinstance(value, dict):
        problems.add(here, f"`{here}` must be an operation (an object), not {kind(value)}")
        return None
    return _check(value, problems, here + ".", nested=nested)


_KINDS: Final[Mapping[str, Callable[[object, str, Problems], Any]]] = {
    "rule_type": _rule_type,
    "rule": rule,
    "section": section_name,
    "position": _place,
    "move_to": _place,
    "id": word,
    "enabled": _switch,
    "prompt": prose,
    "file": word,
    "operations": _operations,
    "operation": _operation,
    "to_commit": word,
    "to_backup": word,
}
"""Field -> what checks it. A field means the same in every operation but for `changes`."""

_HINTS: Final = {
    "rule_type": "`allow`, `ask` or `deny`",
    "rule": 'the fields of the rule: `{"id":"run-make","command":"make *"}`',
    "id": '`callgate query \'{"type":"rule"}\'` lists the ids',
    "enabled": "true or false",
    "move_to": _PLACES,
    "changes": 'the fields and their new values: `{"description":"…"}`; null removes one',
    "prompt": "the text of the instructions to the model",
    "file": "the file as it stands, or is to stand, in `[includes] files`",
    "operations": "an array of operations",
}
