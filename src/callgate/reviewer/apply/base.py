"""What every operation is made of: its fields, the edit that it makes, and the errors it may end in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Literal, Mapping, NamedTuple, Protocol, Sequence

if TYPE_CHECKING:
    from callgate.reviewer.apply.draft import Draft

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
    "needs_person",
    "internal_error",
]
"""`error_type` of contract.md section 5, and two more: `needs_person`, nothing was changed but a proposal is stored;
`internal_error`, a failure of callgate, or an edit that would not have come out as meant."""

Elsewhere = Mapping[str, str]
"""Id -> file, of the rules that the whole policy has in other files than the target. Without the built-in rules, which
a policy may replace, and with the ids that are derived for rules without one."""


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
    """The whole new text; everything that the operation does not name is byte for byte as before. The same text, with
    no changes, when the file is already as the operation wants it."""
    changes: tuple[Change, ...]
    subject: str
    """For the commit: `Add allow rule 'x'`, behind `feat(config): `."""
    rule_ids: tuple[str, ...] = ()
    """The rules that are added, changed or removed."""


class EditFunction(Protocol):
    """The edit of one operation."""

    def __call__(self, text: str, fields: Mapping[str, Any], name: str, elsewhere: Elsewhere = ..., /) -> Edit:
        r"""Return what the operation makes of a file.

        Args:
            text: of the file, decoded as UTF-8 and no more: `\r\n` and a byte order mark are kept.
            fields: of the operation, as `request.check` returns them.
            name: of the file, for messages.
            elsewhere: the rules of other files, for hints and for ids that are unique over all files.

        Raises:
            ApplyError: `invalid_operation`, `not_found`, `already_exists`; `blocking_validation` when the text as it
                stands is no TOML; `internal_error` when the edit cannot be made exactly.
        """
        ...


class Operation(NamedTuple):
    """One row of the table in contract.md section 5; a module `operations/NAME.py` has it as `OPERATION`."""

    fields: Mapping[str, bool]
    """Name -> whether it is required; `target_file` is everybody's and stands in none."""
    edit: EditFunction
    run: Callable[[Draft, Mapping[str, Any]], str] | None = None
    """The edit as one of several on a draft, for `batch`; returns the subject. `None` for what no batch takes."""
