"""The objects that `apply` answers with (contract.md section 5)."""

from __future__ import annotations

import difflib
import json
import shlex
from typing import TYPE_CHECKING, Any, Final, Mapping, Sequence

from callgate.reviewer.redact import masked

if TYPE_CHECKING:
    from callgate.reviewer.apply.base import ApplyError, Edit
    from callgate.reviewer.apply.warnings import Warning  # noqa: A004 - the word of the contract

NOTHING: Final = "none (refused before anything was written)"
"""`changes_applied` of a refusal."""

MAX_DIFF: Final = 64 * 1024
"""Characters of a diff that are shown."""


def failure(operation: str, error: ApplyError, more: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer to an operation that was refused.

    Args:
        operation: its name; empty when it has none.
        error: why.
        more: what else was found out, warnings for example.
    """
    return {
        "success": False,
        "operation": operation or None,
        "error": masked(error.message),
        "error_type": error.error_type,
        "details": [
            {"field": one.field, "error": masked(one.error), "suggestion": masked(one.suggestion)}
            for one in error.details
        ],
        "changes_applied": error.applied or NOTHING,
        **more,
    }


def validation(warnings: Sequence[Warning]) -> dict[str, Any]:
    """Return `validation` of an answer: nothing blocks, and these are the warnings."""
    return {"blocking_passed": True, "warnings": [one.as_object() for one in warnings]}


def told(edit: Edit, *, dry_run: bool) -> list[str]:
    """Return `changes` of an answer."""
    return [str(masked(change.told(dry_run=dry_run))) for change in edit.changes]


def diff(old: str, new: str, name: str) -> str:
    """Return what changes as a unified diff, secrets masked; a very long one is cut."""
    if old == new:
        return ""
    lines = difflib.unified_diff(
        old.splitlines(keepends=True), new.splitlines(keepends=True), f"a/{name.lstrip('/')}", f"b/{name.lstrip('/')}"
    )
    text = "".join(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in lines)
    text = str(masked(text))
    return text if len(text) <= MAX_DIFF else text[:MAX_DIFF] + "\n«cut»\n"


def command(payload: Mapping[str, Any], target: str, *flags: str) -> str:
    """Return the command line that makes an operation; it works as it stands."""
    operation = json.dumps({**payload, "target_file": target}, ensure_ascii=False)
    return shlex.join(["callgate", "apply", *flags, "--json", operation])
