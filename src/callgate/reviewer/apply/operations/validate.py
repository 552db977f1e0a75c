"""`validate`: the file as it stands, or as an operation would make it; nothing is written."""

from __future__ import annotations

from typing import Any, Mapping

from callgate.reviewer.apply.base import Edit, Elsewhere, Operation
from callgate.reviewer.apply.document import Document
from callgate.reviewer.apply.draft import NOWHERE
from callgate.reviewer.apply.registry import operation


def _edit(text: str, fields: Mapping[str, Any], name: str, elsewhere: Elsewhere = NOWHERE, /) -> Edit:
    """Return the edit of the operation that is to be validated, or none."""
    inner = fields.get("operation")
    if inner is None:
        Document(text, name)
        return Edit(text, (), f"Validate {name}")
    rest = {key: value for key, value in inner.items() if key != "operation"}
    return operation(str(inner["operation"])).edit(text, rest, name, elsewhere)


OPERATION = Operation({"operation": False}, _edit)
