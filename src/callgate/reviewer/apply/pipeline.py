"""One operation from its text to its answer: checked, judged as part of the whole policy, and only then written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from callgate.reviewer.apply import answer
from callgate.reviewer.apply.base import ApplyError, Detail
from callgate.reviewer.apply.confirm import RefusedError, proposed
from callgate.reviewer.apply.context import absolute
from callgate.reviewer.apply.permit import counted
from callgate.reviewer.apply.plan import Plan, planned
from callgate.reviewer.redact import masked

if TYPE_CHECKING:
    from callgate.reviewer.apply.context import Context
    from callgate.reviewer.apply.request import Request
    from callgate.reviewer.apply.transaction import Change

READS: Final = frozenset({"validate"})
"""Operations that write nothing."""

WRITING: Final = "while the change was being written"
"""Note on an unexpected failure after which nobody knows at once what the file holds."""


class Aim(NamedTuple):
    """The file that an operation is for."""

    name: str
    """As it was named, for messages."""
    path: str
    """Absolute."""


def run(request: Request, context: Context) -> dict[str, Any]:
    """Make the operation, or tell what it would do, and return the answer.

    Args:
        request: a checked operation.
        context: who asks for it, where and how.

    Raises:
        ApplyError: nothing was changed unless its `applied` says so. A refusal of a change that was to be made is in
            the audit log.
    """
    aim = aim_of(request, context)
    try:
        return _run(request, aim, context)
    except ApplyError as error:
        if not (context.options.dry_run or request.name in READS):
            _note_refusal(request, aim, error, context)
        raise


def aim_of(request: Request, context: Context) -> Aim:
    """Return the file that *request* is for: named in it or on the command line, never guessed.

    Raises:
        ApplyError: `invalid_operation`: it is not named, or named twice and differently.
    """
    option = context.options.target_file
    if request.target_file and option and absolute(option, context) != absolute(request.target_file, context):
        message = f"the operation names `{request.target_file}` and `--target-file` names `{option}`"
        raise ApplyError("invalid_operation", message, [Detail("target_file", message, "name the file once")])
    name = request.target_file or option
    if not name:
        message = "no `target_file` is named, and it is never guessed"
        hint = """name it in the operation or with `--target-file`; `callgate query '{"type":"config","sources":true}'`
 lists the files in force""".replace("\n", "")
        raise ApplyError("invalid_operation", message, [Detail("target_file", message, hint)])
    try:
        return Aim(name, absolute(name, context))
    except ValueError as error:
        message = f"the `target_file` is not a path: {error}"
        raise ApplyError("invalid_operation", message, [Detail("target_file", message)]) from None


def _run(request: Request, aim: Aim, context: Context) -> dict[str, Any]:
    from callgate.reviewer.apply.record import setting_of  # noqa: PLC0415 - a refused gate needs none of it
    from callgate.reviewer.apply.target import read_target  # noqa: PLC0415 - as above
    from callgate.reviewer.apply.transaction import begin  # noqa: PLC0415 - as above

    if context.options.dry_run or request.name in READS:
        # Looking must not wait for a writer: a file is replaced whole, so what is read is one version of it.
        return _looked(request, aim, planned(request, read_target(aim.path), aim.name, context), context)
    with begin(aim.path, setting_of(context)) as change:
        plan = planned(request, change.target, aim.name, context)
        return _made(request, aim, plan, change, context)


def _looked(request: Request, aim: Aim, plan: Plan, context: Context) -> dict[str, Any]:
    """Answer a dry run, or `validate`."""
    if request.name in READS:
        return _base(request, aim, plan, context, dry_run=True) | {"dry_run": context.options.dry_run}
    from callgate.reviewer.apply.record import note  # noqa: PLC0415 - only what is not just looked at

    told = _looked_at(request, aim, plan, context)
    fault = note(context, {**_entry(request, aim, plan, context), "dry_run": True, "success": True})
    return told | ({"notes": [*told["notes"], fault]} if fault else {})


def _looked_at(request: Request, aim: Aim, plan: Plan, context: Context) -> dict[str, Any]:
    """Return the answer of a dry run."""
    return _base(request, aim, plan, context, dry_run=True) | {"next_step": _next_step(request, aim, plan, context)}


def _made(request: Request, aim: Aim, plan: Plan, change: Change, context: Context) -> dict[str, Any]:
    """Write the change, when nothing speaks against it."""
    if not plan.changed:
        told = _base(request, aim, plan, context, dry_run=False)
        notes = [*change.recovered, f"nothing to do: `{aim.name}` is already as the operation wants it", *plan.notes]
        return told | {"rollback_info": None, "notes": notes}
    if plan.person is not None:
        raise proposed(request, aim.path, plan, _looked_at(request, aim, plan, context), context)
    if plan.warnings and not context.options.force:
        raise _needs_force(plan)
    from callgate.reviewer.apply import transaction  # noqa: PLC0415 - `begin` has loaded it

    count = len(plan.warnings)
    wanted = transaction.Request(
        data=plan.data,
        operation=request.name,
        subject=plan.edit.subject,
        rule_ids=plan.edit.rule_ids,
        applied_by=context.actor.claimed,
        validation="passed" + (f" with {count} warning{'s' * (count > 1)}" if count else ""),
        entry=_entry(request, aim, plan, context),
        commit=context.options.commit,
        reason=context.options.reason,
        impact=plan.impact.summary,
    )
    try:
        done = change.write(wanted)
    except ApplyError:
        raise
    except Exception as error:
        error.add_note(WRITING)
        raise
    told = _base(request, aim, plan, context, dry_run=False)
    return told | {"rollback_info": done.rollback_info, "notes": [*change.recovered, *plan.notes, *done.notes]}


def _needs_force(plan: Plan) -> RefusedError:
    kinds = list(dict.fromkeys(one.type for one in plan.warnings))
    count = len(plan.warnings)
    message = f"{count} warning{'s' * (count > 1)} ({', '.join(kinds)}); with `--force` the change is made nevertheless"
    error = ApplyError("warnings_need_force", message, [one.as_detail() for one in plan.warnings])
    return RefusedError(error, _judged(plan))


def _judged(plan: Plan) -> dict[str, Any]:
    return {"validation": answer.validation(plan.warnings), "impact_analysis": dict(plan.impact.told)}


def _base(request: Request, aim: Aim, plan: Plan, context: Context, *, dry_run: bool) -> dict[str, Any]:
    """Return what all answers have."""
    found: dict[str, Any] = {
        "success": True,
        "operation": request.name,
        "dry_run": dry_run,
        "target_file": aim.path,
        "changes": answer.told(plan.edit, dry_run=dry_run),
        **_judged(plan),
        "applied_by": context.actor.claimed,
        "notes": list(plan.notes),
    }
    if dry_run:
        found |= {"would_change": plan.changed, "would_need_force": bool(plan.warnings), "diff": plan.diff}
        if plan.person is not None:
            found["would_need_person"] = [masked(one) for one in plan.person.reasons]
    return found


def _next_step(request: Request, aim: Aim, plan: Plan, context: Context) -> str:
    """Return the command that makes what a dry run has shown."""
    if not plan.changed:
        return "nothing to do: the file is already as the operation wants it"
    if plan.person is not None:
        return (
            "a person must confirm it: without `--dry-run` it is stored as a proposal, which `callgate proposals` shows"
        )
    options = context.options
    flags = ["--force"] if plan.warnings else []
    flags += [] if options.commit else ["--no-commit"]
    flags += ["--reason", options.reason] if options.reason else []
    made: str = answer.command({"operation": request.name, **request.fields}, aim.path, *flags)
    return f"{'if the warnings are meant, run' if plan.warnings else 'run'}: {masked(made)}"


def _entry(request: Request, aim: Aim, plan: Plan, context: Context) -> dict[str, Any]:
    """Return the audit entry: JSON values only, since it is kept on disk while the change is made."""
    return {
        "operation": request.name,
        "applied_by": context.actor.claimed,
        "target_file": aim.path,
        "changes": answer.told(plan.edit, dry_run=False),
        "validation": answer.validation(plan.warnings),
        "impact": dict(plan.impact.told),
        "rule_ids": list(plan.edit.rule_ids),
        "diff": plan.diff,
        "reason": context.options.reason,
        "actor": context.actor.record(),
        "counted": counted({"operation": request.name, **request.fields}),
        "forced": bool(plan.warnings and context.options.force),
    }


def _note_refusal(request: Request, aim: Aim, error: ApplyError, context: Context) -> None:
    """Write down that a change was refused; that this may fail changes nothing about the refusal."""
    from callgate.reviewer.apply.record import note  # noqa: PLC0415 - only a refusal needs it

    details = [one._asdict() for one in error.details[:20]]
    note(context, {
        "operation": request.name, "target_file": aim.path, "success": False, "error_type": error.error_type,
        "reason": error.message, "refused": details,
    })  # fmt: skip
