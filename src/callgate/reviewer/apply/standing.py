"""The limits that stand for this user, read from the managed and the user policy whatever else is in force."""

from __future__ import annotations

from typing import Mapping

from callgate.core.errors import PolicyError
from callgate.policy.loader import ApplyLimits, Candidate, discover, load

BROKEN = ApplyLimits(require_person="always")
"""In place of limits that cannot be read: then a person looks at every change."""


def standing(environ: Mapping[str, str], home: str, *, managed: str) -> ApplyLimits:
    """Return `[apply]` of the managed policy and of the user's, the strictest of both.

    A file that `CLAUDE_PERMISSIONS_CONFIG` puts in place of the user's adds its limits and takes none away: an agent
    that moves the policy elsewhere moves no limit. One that is broken limits by `BROKEN`, beside the others.

    Args:
        environ: only `CLAUDE_PERMISSIONS_CONFIG` is looked at.
        home: home directory.
        managed: the managed policy.
    """
    candidates = {*discover({}, home, "", "", managed=managed), *discover(environ, home, "", "", managed=managed)}
    limits = ApplyLimits()
    for candidate in candidates:
        if candidate.layer in ("managed", "user"):
            limits = limits.with_limits(_of(candidate, home))
    return limits


def _of(candidate: Candidate, home: str) -> ApplyLimits:
    try:
        return load((candidate,), home, "", {}).apply
    except PolicyError:
        return BROKEN
