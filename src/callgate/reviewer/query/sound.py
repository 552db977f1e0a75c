"""The judge that a query asks: the policy in force as its files say it, never another one in its place."""

from __future__ import annotations

from callgate.reviewer.judge import Judge
from callgate.reviewer.query.base import Context, QueryError


def judge_of(context: Context) -> Judge:
    """Return the judge for the policy of the context's gate.

    Raises:
        QueryError: `config_parse_error`: the policy is broken.
    """
    loaded = context.gate.loaded
    if loaded is None:
        fault = next((line.strip() for line in context.gate.fault.splitlines() if line.strip()), "")
        details = {"help": "run `callgate validate`; it lists every problem"}
        raise QueryError("config_parse_error", f"the policy is broken: {fault}", details)
    return Judge(context.gate, loaded)
