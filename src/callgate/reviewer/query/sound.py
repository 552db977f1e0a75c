"""The judge that a query asks: the policy in force as its files say it, never another one in its place."""

from __future__ import annotations

from callgate.reviewer.judge import Judge
from callgate.reviewer.query.base import Context
from callgate.reviewer.query.policy import sound


def judge_of(context: Context) -> Judge:
    """Return the judge for the policy of the context's gate.

    Raises:
        QueryError: `config_parse_error`: the policy is broken.
    """
    return Judge(context.gate, sound(context.gate))
