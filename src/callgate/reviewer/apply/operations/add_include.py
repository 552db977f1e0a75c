"""`add_include`: one more file in `[includes] files`."""

from __future__ import annotations

import posixpath
from typing import Any, Final, Mapping

from callgate.policy.loader.locate import Path
from callgate.policy.tomltext import toml_string
from callgate.reviewer.apply.arrays import Array
from callgate.reviewer.apply.base import ApplyError, Detail
from callgate.reviewer.apply.draft import Draft, Place, editing, replaced
from callgate.reviewer.apply.settings import make, table_of
from callgate.reviewer.apply.tables import assign

BASE: Final[Path] = ("includes",)
FILES: Final[Path] = ("includes", "files")


def _run(draft: Draft, fields: Mapping[str, Any]) -> str:
    file = str(fields["file"])
    files = files_of(draft)
    if files is not None and any(alike(file, one) for one in files):
        message = f"{draft.name} includes '{file}' already"
        raise ApplyError("already_exists", message, [Detail("file", message, "nothing needs to be done")])
    if table_of(draft, BASE) is None:
        make(draft, BASE, "files", [file])
    elif files is None:
        assign(draft, BASE, "files", [file])
    else:
        splices = Array(draft.document, FILES).insert(len(files), toml_string(file))
        draft.change(splices, replaced(draft.document.data, FILES, [*files, file]))
    draft.tell("Added", "add", f"include '{file}' to {draft.name}", Place(include=file))
    return f"Add include '{file}'"


def files_of(draft: Draft) -> list[str] | None:
    """Return the files that are included; `None` when the file has no such list.

    Raises:
        ApplyError: `blocking_validation`: it is not an array of strings.
    """
    table = table_of(draft, BASE)
    if table is None or "files" not in table:
        return None
    files = table["files"]
    if isinstance(files, list) and all(isinstance(one, str) for one in files):
        return files
    offset = draft.document.offset(FILES)
    place = f"{draft.name}:{draft.document.line(offset)}" if offset is not None else draft.name
    message = "`[includes] files` is not an array of strings"
    raise ApplyError("blocking_validation", message, [Detail(place, message, 'write `files = ["other.toml"]`')])


def alike(one: str, other: str) -> bool:
    """Return whether two names are the same file as far as the names tell: `./a.toml` and `a.toml`."""
    return one == other or posixpath.normpath(one) == posixpath.normpath(other)


OPERATION = editing({"file": True}, _run)
