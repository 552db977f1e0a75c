"""Validation of the whole policy that a change would make: every blocking problem at once, nothing written."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn, Sequence

from callgate.reviewer.apply.base import ApplyError, Detail
from callgate.reviewer.redact import masked

if TYPE_CHECKING:
    from callgate.core.errors import Problem
    from callgate.policy.loader import LoadedPolicy
    from callgate.reviewer.apply.layers import State


def check(after: State, name: str) -> LoadedPolicy:
    """Return the policy that *after* is, when nothing forbids to write it.

    Its files must load together (TOML, schema, regular expressions, unique ids, includes), and the `examples` of all
    rules must come out as their authors say.

    Args:
        after: the whole policy with the change.
        name: of the target, for messages.

    Raises:
        ApplyError: `blocking_validation` with every problem.
    """
    if after.loaded is None:
        refuse([one for one in after.problems if one.severity == "error"], name)
    from callgate.engine.examples import check_examples  # noqa: PLC0415 - loads the engine

    if found := check_examples(after.loaded):
        refuse(found, name)
    return after.loaded


def refuse(problems: Sequence[Problem], name: str) -> NoReturn:
    """Raise the error that tells of *problems*.

    Raises:
        ApplyError: always; `blocking_validation`.
    """
    details = [detail_of(one) for one in problems]
    more = f" (and {len(details) - 1} more problem{'s' if len(details) > 2 else ''})" if len(details) > 1 else ""
    first = details[0].error if details else "it does not load"
    message = f"with this change the policy of `{name}` would not be valid: {first}{more}"
    raise ApplyError("blocking_validation", message, details)


def detail_of(problem: Problem) -> Detail:
    """Return *problem* as a detail of an answer; what it quotes of a file is masked."""
    where = problem.file
    if problem.line:
        where += f":{problem.line}" + (f":{problem.column}" if problem.column else "")
    return Detail(where, str(masked(problem.message)), str(masked(problem.help)))
