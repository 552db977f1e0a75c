"""`remove_include`: one file less in `[includes] files`."""

from __future__ import annotations

from typing import Any, Mapping

from callgate.reviewer.apply.arrays import Array
from callgate.reviewer.apply.base import ApplyError, Detail
from callgate.reviewer.apply.draft import Draft, Place, editing, replaced
from callgate.reviewer.apply.operations.add_include import FILES, alike, files_of
from callgate.reviewer.query.words import closest


def _run(draft: Draft, fields: Mapping[str, Any]) -> str:
    file = str(fields["file"])
    files = list(files_of(draft) or ())
    spelled = [one for one in files if one == file] or [one for one in files if alike(one, file)]
    if not spelled:
        message = f"{draft.name} does not include '{file}'"
        near = closest(file, files)
        listed = ", ".join(f"'{one}'" for one in files[:5])
        hint = f"did you mean '{near}'?" if near else f"it includes {listed}" if files else "it includes nothing"
        raise ApplyError("not_found", message, [Detail("file", message, hint)])
    # every one of them: the file would be included by what is left
    for one in spelled:
        index = files.index(one)
        del files[index]
        draft.change(Array(draft.document, FILES).remove(index), replaced(draft.document.data, FILES, list(files)))
    draft.tell("Removed", "remove", f"include '{spelled[0]}' from {draft.name}", Place(key=FILES))
    return f"Remove include '{spelled[0]}'"


OPERATION = editing({"file": True}, _run)
