"""What leaves the reviewer is masked as the journal masks: a policy's texts may quote a token as well as a log may."""

from __future__ import annotations

from typing import Any

from callgate.journal.masking import mask_parts


def masked(value: object, *, beside: object = None) -> Any:  # noqa: ANN401 - JSON in, JSON out
    """Return a copy of *value* with every secret as `«masked:KIND»`, cut where it is beyond the journal's bounds.

    Args:
        value: JSON values; tuples become arrays. Its keys are paths, patterns and words of ours, not names of secrets.
        beside: the input of a call that *value* may quote: what is a secret there is one in *value* too.
    """
    return mask_parts({"input": beside, "value": value}, fields=("input",))[0]["value"]


def masked_call(value: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of *value*, an explanation, masked: keys of the call's input are names that tell of secrets.

    INVARIANT: `call` comes first in it, so that its secrets are known in all that quotes it.
    """
    return mask_parts(value, fields=("call",))[0]
