"""Changes that wait for a person: stored, shown, accepted or rejected (docs/limits.md, "Proposals")."""

from __future__ import annotations

from callgate.reviewer.proposals.decide import Apply, Asked, accept, propose, reject
from callgate.reviewer.proposals.model import Proposal, ProposalError
from callgate.reviewer.proposals.store import Store, sha256_of

__all__ = ["Apply", "Asked", "Proposal", "ProposalError", "Store", "accept", "propose", "reject", "sha256_of"]
