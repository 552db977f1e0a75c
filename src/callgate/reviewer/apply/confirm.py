"""A change that needs a person: stored as a proposal, with all that its dry run has found."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Mapping

from callgate.reviewer.apply.base import ApplyError, Detail

if TYPE_CHECKING:
    from callgate.journal.audit import AuditEntry
    from callgate.reviewer.apply.context import Context
    from callgate.reviewer.apply.plan import Plan
    from callgate.reviewer.apply.request import Request


class RefusedError(ApplyError):
    """A refusal with what was found out until then."""

    def __init__(self, error: ApplyError, more: Mapping[str, Any]) -> None:
        """Keep the error, and fields of the answer."""
        super().__init__(error.error_type, error.message, error.details, applied=error.applied)
        self.more = more


def proposed(request: Request, target: str, plan: Plan, answer: Mapping[str, Any], context: Context) -> RefusedError:
    """Store the change as a proposal and return the refusal that names it.

    Args:
        request: the operation.
        target: absolute path of the file.
        plan: what it would do; a person is needed for it.
        answer: of the dry run.
        context: who asks.

    Raises:
        ApplyError: `needs_person` without a proposal: a person has rejected this change, or too many wait; `io_error`
            when it cannot be stored.
    """
    from callgate.reviewer.proposals import Asked, ProposalError, Store, propose  # noqa: PLC0415 - few changes need it

    reasons = plan.person.reasons if plan.person is not None else ()
    asked = Asked({"operation": request.name, **request.fields}, target, context.cwd, dry_run=False,
                  reason=context.options.reason)  # fmt: skip

    def audit(entry: AuditEntry) -> None:
        from callgate.journal.audit import append  # noqa: PLC0415 - beside the other late imports

        try:
            append(context.places.audit_log, entry, now=time.time())
        except (OSError, ValueError) as error:
            message = f"the audit log cannot be written: {getattr(error, 'strerror', None) or error}"
            raise ApplyError("io_error", message, [Detail("", message, "see `callgate audit verify`")]) from error

    store = Store(context.places.state_dir, context.now)
    try:
        made = propose(store, context.actor, asked, reasons, answer, audit)
    except ProposalError as error:
        raise ApplyError("needs_person", str(error), [Detail("", str(error), error.help)]) from error
    message = f"a person must confirm this change; it is stored as proposal {made.id}"
    details = [Detail("", reason, f"a person runs `callgate proposals accept {made.id}`") for reason in reasons]
    more = {
        "proposal": made.id,
        "next_step": f"tell the person to look: `callgate proposals show {made.id}` (then `accept` or `reject`)",
        "validation": answer["validation"],
        "impact_analysis": answer["impact_analysis"],
        "diff": plan.diff,
    }
    return RefusedError(ApplyError("needs_person", message, details), more)
