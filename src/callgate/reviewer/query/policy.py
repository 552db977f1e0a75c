"""The policy that a query asks about: as the files say it, or a fault. Never another one in its place."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from callgate.reviewer.query.base import QueryError
from callgate.reviewer.redact import masked

if TYPE_CHECKING:
    from callgate.core.errors import Problem
    from callgate.gate import Gate
    from callgate.policy.loader import LoadedPolicy


def sound(gate: Gate) -> LoadedPolicy:
    """Return the policy of *gate*.

    Raises:
        QueryError: `config_not_found`: a file that the environment names is not there; `config_parse_error`: the
            policy is broken. `details.problems` has every problem with its place.
    """
    if gate.loaded is not None:
        return gate.loaded
    missing = [problem.file for problem in gate.problems if problem.file and not os.path.lexists(problem.file)]
    if len(missing) == len(gate.problems) and missing:
        details = {"file": missing[0], "help": "check `$CLAUDE_PERMISSIONS_CONFIG`"}
        raise QueryError("config_not_found", f"there is no policy file `{missing[0]}`", details)
    count = len(gate.problems)
    message = "the policy is broken: " + (f"{count} problems" if count != 1 else gate.problems[0].message)
    all_of_them = {
        "problems": [_problem(problem) for problem in gate.problems],
        "help": "mend the file, then run `callgate validate`; until then guardrails and the last good policy hold",
    }
    raise QueryError("config_parse_error", masked(message), all_of_them)


def _problem(problem: Problem) -> dict[str, Any]:
    values: dict[str, Any] = masked(problem._asdict())
    return values
