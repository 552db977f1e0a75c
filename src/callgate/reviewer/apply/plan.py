"""What an operation would do: the edit, and all that speaks for and against it. Nothing is written here."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, NamedTuple

from callgate.core.errors import PolicyError
from callgate.reviewer.apply import answer, validate
from callgate.reviewer.apply.base import ApplyError, Detail, Edit
from callgate.reviewer.apply.impact import Impact, analyse
from callgate.reviewer.apply.layers import Layers, State, elsewhere, layers_of, own_rules, state
from callgate.reviewer.apply.permit import check_armed, check_target, permitted, scene_of
from callgate.reviewer.apply.warnings import Warning, from_lints  # noqa: A004 - the word of the contract

if TYPE_CHECKING:
    from callgate.core.errors import Problem
    from callgate.policy.loader import LoadedPolicy
    from callgate.reviewer.apply.context import Context
    from callgate.reviewer.apply.limits import NeedsPerson
    from callgate.reviewer.apply.request import Request
    from callgate.reviewer.apply.target import Target


class Plan(NamedTuple):
    """A change that nothing forbids."""

    edit: Edit
    data: bytes
    """The whole new content."""
    changed: bool
    diff: str
    warnings: tuple[Warning, ...]
    impact: Impact
    person: NeedsPerson | None
    """Why a person must confirm it; `None` when it may be made."""
    notes: tuple[str, ...]


def planned(request: Request, target: Target, name: str, context: Context) -> Plan:
    """Return what *request* would make of *target*.

    Args:
        request: a checked operation.
        target: as it was read.
        name: of the target, for messages.
        context: who asks.

    Raises:
        ApplyError: the operation cannot be made (`invalid_operation`, `not_found`, `already_exists`), or must not
            (`blocking_validation`).
    """
    try:
        layers = layers_of(target.path, context)
    except PolicyError as error:
        raise ApplyError(
            "io_error", error.problems[0].message, [validate.detail_of(one) for one in error.problems]
        ) from error
    scene = scene_of(layers, context)
    check_target(layers, scene, context)
    before = state(layers, target.data, context.now)
    edit = _edit(request, target, name, elsewhere(before.loaded, layers), context)
    data = edit.text.encode("utf-8", "surrogateescape")
    after = state(layers, data, context.now) if data != target.data else before
    loaded = validate.check(after, name)
    check_armed(before.loaded, loaded, scene)
    person = permitted({"operation": request.name, **request.fields}, before.loaded, loaded, context)
    changed = frozenset(edit.rule_ids)
    if request.name == "validate" and request.fields.get("operation") is None:
        warnings = from_lints(None, loaded, own_rules(loaded, layers), layers, context.now)
    else:
        warnings = from_lints(before.loaded, loaded, changed, layers, context.now)
    impact = analyse(layers, (before, after), (target.data, data), changed, context)
    changes = data != target.data
    return Plan(
        edit=edit,
        data=data,
        changed=changes,
        diff=answer.diff(target.data.decode("utf-8", "replace"), edit.text, target.path),
        warnings=(*warnings, *impact.warnings),
        impact=impact,
        person=person,
        notes=tuple(_notes(layers, before, after, loaded, name, changed=changes)),
    )


def decoded(data: bytes, name: str) -> str:
    """Return the text of a policy file with its own line ends.

    Raises:
        ApplyError: `blocking_validation`: it is not UTF-8.
    """
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"`{name}` is not UTF-8 (line {line})"
        hint = "save it as plain UTF-8 text, or roll back to a commit or backup before that"
        raise ApplyError("blocking_validation", message, [Detail(f"{name}:{line}", message, hint)]) from None


def _edit(request: Request, target: Target, name: str, others: dict[str, str], context: Context) -> Edit:
    if request.name != "rollback":
        return request.operation.edit(decoded(target.data, name), request.fields, name, others)
    from callgate.reviewer.apply.operations.rollback import restore  # noqa: PLC0415 - one operation of twelve
    from callgate.reviewer.apply.rollback import old_content  # noqa: PLC0415 - as above

    old = old_content(target.path, context.environ, **request.fields)
    # The text as it is need not be readable: that may be the reason to go back.
    return restore(target.data.decode("utf-8", "surrogateescape"), request.fields, name, decoded(old, name), others)


def _notes(layers: Layers, before: State, after: State, loaded: LoadedPolicy, name: str, *, changed: bool) -> list[str]:
    """Return what the answer says besides: of the file's place, its trust, and the loader's warnings."""
    notes: list[str] = []
    if not layers.in_force:
        notes.append(f"no policy that is in force here reads `{name}`: it was checked beside the managed policy alone")
    elif layers.layer == "project" and not after.trusted:
        allows = sum(rule.action == "allow" and rule.source.layer == "project" for rule in loaded.rules)
        lost = f"its {allows} allow rule{'s' if allows != 1 else ''} and its settings do not count"
        why = f"changing `{name}` ends its trust" if before.trusted and changed else f"`{name}` is not trusted"
        command = f"callgate trust {shlex.quote(layers.root.path)}"
        notes.append(f"{why}: {lost} until a person has read it and run `{command}`")
    known = {_placeless(one) for one in before.loaded.warnings} if before.loaded else set()
    return notes + [one.message for one in loaded.warnings if _placeless(one) not in known]


def _placeless(problem: Problem) -> tuple[str, str]:
    return problem.file, problem.message
