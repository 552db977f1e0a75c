"""Making a proposal, and what a person does with it: accept or reject. Each is in the audit log."""

from __future__ import annotations

from typing import Any, Callable, Mapping, NamedTuple, Sequence

from callgate.actor import Actor
from callgate.journal.audit import AuditEntry
from callgate.journal.audit.entry import Phase
from callgate.reviewer.proposals.model import Proposal, ProposalError, identify
from callgate.reviewer.proposals.store import Store, sha256_of


class Asked(NamedTuple):
    """What the pipeline of `apply` is to do."""

    operation: Mapping[str, Any]
    target_file: str
    cwd: str
    dry_run: bool
    force: bool = False
    reason: str = ""


Apply = Callable[[Asked], Mapping[str, Any]]
"""Makes a change and returns the answer of contract.md section 5; never raises for what is wrong with the change."""

Audit = Callable[[AuditEntry], None]
"""Writes down what is done; raises `ProposalError` when it cannot."""


def propose(
    store: Store, actor: Actor, asked: Asked, reasons: Sequence[str], answer: Mapping[str, Any], audit: Audit
) -> Proposal:
    """Store a change that needs a person and return it as it is stored.

    The same change of the same file again is the same proposal: it is tried out anew and counted.

    Args:
        store: where.
        actor: who wants it.
        asked: the operation, its target (absolute) and why.
        reasons: why a person is needed.
        answer: of the dry run.
        audit: writes it down.

    Raises:
        ProposalError: a person rejected it, too many wait, or it cannot be written.
    """
    operation = {key: value for key, value in asked.operation.items() if key != "target_file"}
    made = Proposal(
        identify(operation, asked.target_file), store.now, store.now, 1, actor.record(), operation, asked.target_file,
        sha256_of(asked.target_file), asked.cwd, tuple(reasons), dict(answer), asked.reason,
    )  # fmt: skip
    with store.locked():
        before = next((one for one in store.all() if one.id == made.id), None)
        if before is not None and before.status == "rejected":
            said = f": {before.note}" if before.note else ""
            raise ProposalError(f"a person rejected this change{said}", "do not make it again; ask what they want")
        if before is not None and before.status == "open":
            made = made._replace(created=before.created, times=before.times + 1, actor=before.actor)
        _record(audit, "propose", made, actor, reason=asked.reason)
        store.put(made)
    return made


def accept(store: Store, name: str, actor: Actor, apply: Apply, audit: Audit, *, force: bool) -> Mapping[str, Any]:
    """Make the change that was proposed, as the person who accepts it, and return the answer of `apply`.

    When the target is not what it was, nothing is made: the change is tried out anew, and the person must see that.

    Raises:
        ProposalError: *actor* is no person at a terminal; there is no such proposal; it is decided; it is stale; the
            audit log cannot be written. Nothing was made.
    """
    check_person(actor, "accept")
    with store.locked():
        proposal = _open(store, name)
        if sha256_of(proposal.target_file) != proposal.target_sha256:
            _refresh(store, proposal, apply)
        _record(audit, "proposal_accept", proposal, actor, phase="begun")
        answer = apply(Asked(proposal.operation, proposal.target_file, proposal.cwd, dry_run=False, force=force,
                             reason=proposal.why or f"proposal {proposal.id}"))  # fmt: skip
        if answer.get("success") is True:
            decided = proposal._replace(status="accepted", decided=store.now, decided_by=actor.record())
            store.put(decided)
        _record(audit, "proposal_accept", proposal, actor, phase="done" if answer.get("success") is True else "failed")
    return answer


def reject(store: Store, name: str, actor: Actor, audit: Audit, *, note: str) -> Proposal:
    """Reject a proposal; who made it is told so when they make it again.

    Raises:
        ProposalError: as `accept`.
    """
    check_person(actor, "reject")
    with store.locked():
        proposal = _open(store, name)
        decided = proposal._replace(status="rejected", decided=store.now, decided_by=actor.record(), note=note)
        _record(audit, "proposal_reject", decided, actor, reason=note)
        store.put(decided)
    return decided


def check_person(actor: Actor, verb: str) -> None:
    """Refuse everybody but a person at a terminal.

    Raises:
        ProposalError: with what speaks against a person.
    """
    if actor.kind != "person" or not actor.terminal:
        evidence = "; ".join(actor.evidence[:3])
        why = f" ({evidence})" if evidence else ""
        help_text = "run it in a terminal that no agent started"
        raise ProposalError(f"only a person can {verb} a proposal, and this is not certain to be one{why}", help_text)


def _open(store: Store, name: str) -> Proposal:
    proposal = store.find(name)
    if proposal.status != "open":
        raise ProposalError(f"`{proposal.id}` is {proposal.status} already", "`callgate proposals list` has open ones")
    return proposal


def _refresh(store: Store, proposal: Proposal, apply: Apply) -> None:
    """Try a stale proposal out anew and store what came of it.

    Raises:
        ProposalError: always: a person must see the change as it is now.
    """
    sha = sha256_of(proposal.target_file)
    answer = apply(Asked(proposal.operation, proposal.target_file, proposal.cwd, dry_run=True))
    if answer.get("success") is not True:
        message = f"the target changed since this was proposed, and the change no longer fits: {answer.get('error')}"
        raise ProposalError(message, f"`callgate proposals reject {proposal.id}`")
    store.put(proposal._replace(target_sha256=sha, answer=dict(answer)))
    message = "the target changed since this was proposed: nothing is applied, the change was tried out anew"
    raise ProposalError(message, f"look again: `callgate proposals show {proposal.id}`, then accept it")


def _record(
    audit: Audit, operation: str, proposal: Proposal, actor: Actor, *, reason: str = "", phase: Phase = ""
) -> None:
    changes = proposal.answer.get("changes")
    audit(
        AuditEntry(
            operation, proposal.target_file, [str(one) for one in changes] if isinstance(changes, list) else [],
            actor=actor, reason=reason, diff=proposal.diff, phase=phase, success=phase != "failed",
            details={"proposal": proposal.id, "proposed": proposal.name, "reasons": list(proposal.reasons)},
        )
    )  # fmt: skip
