"""`update_llm_prompt`: the instructions to the model, several lines of text that stay text."""

from __future__ import annotations

from typing import Any, Mapping

from callgate.policy.schema import LLM_FIELDS
from callgate.reviewer.apply.draft import Draft, editing
from callgate.reviewer.apply.operations.update_llm_config import BASE, set_field


def _run(draft: Draft, fields: Mapping[str, Any]) -> str:
    set_field(draft, BASE, "system_prompt", str(fields["prompt"]), tuple(LLM_FIELDS))
    return "Update LLM prompt"


OPERATION = editing({"prompt": True}, _run)
