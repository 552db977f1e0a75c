"""What every operation is made of: its fields, the edit that it makes, and the errors it may end in."""

from __future__ import annotations

from typing import Any, Callable, Literal, Mapping, NamedTuple, Sequence

ErrorType = Literal[
    "writes_disabled",
    "invalid_operation",
    "blocking_validation",
    "warnings_need_force",
    "not_found",
    "already_exists",
    "locked",
    "stale_file",
    "git_failed",
    "io_error",
]
"""`error_type` of contract.md section 5."""


class Detail(NamedTuple):
    """One of the problems behind a refusal."""

    field: str
    """The field of the operation or of the rule, or a place (`FILE:LINE`); empty for the whole."""
    error: str
    suggestion: str = ""


class ApplyError(Exception):
    """An operation that was refused. Unless `applied` says otherwise nothing was changed."""

    def __init__(
        self, error_type: ErrorType, message: str, details: Sequence[Detail] = (), *, applied: str = ""
    ) -> None:
        """Keep the type, one sentence, every problem at once, and what was done all the same (mostly nothing)."""
        super().__init__(message)
        self.error_type = error_type
        self.message = message
        self.details = tuple(details)
        self.applied = applied


class Change(NamedTuple):
    """One thing that an operation does, in words."""

    past: str
    """`Added`; a dry run says `Would add` instead."""
    base: str
    """`add`."""
    rest: str
    """`rule 'x' to FILE at line 42`; the line is that of the changed file."""

    def told(self, *, dry_run: bool) -> str:
        """Return the sentence of the answer."""
        return f"{'Would ' + self.base if dry_run else self.past} {self.rest}"


class Edit(NamedTuple):
    """What an operation makes of a file."""

    text: str
    """The whole new text; everything that the operation does not name is byte for byte as before."""
    changes: tuple[Change, ...]
    subject: str
    """For the commit: `Add allow rule 'x'`, behind `feat(config): `."""
    rule_ids: tuple[str, ...] = ()
    """The rules that are added, changed or removed."""


class Operation(NamedTuple):
    """One row of the table in contract.md section 5; a module `operations/NAME.py` has it as `OPERATION`."""

    fields: Mapping[str, bool]
    """Name -> whether it is required; `target_file` is everybody's and stands in none."""
    edit: Callable[[str, Mapping[str, Any], str], Edit]
    """Takes the file's text, the operation's fields and the file's name for messages.

    Raises:
        ApplyError: `invalid_operation`, `not_found` or `already_exists`.
    """
