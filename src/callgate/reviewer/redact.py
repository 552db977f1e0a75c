"""What leaves the reviewer is masked as the journal masks: a policy's texts may quote a token as well as a log may."""

from __future__ import annotations

from typing import Any

from callgate.journal.masking import Masker


def masked(value: object, *, beside: object = None) -> Any:  # noqa: ANN401 - JSON in, JSON out
    """Return a copy of *value* with every secret as `«masked:KIND»`, cut where it is beyond the journal's bounds.

    Args:
        value: JSON values; tuples become arrays. Its keys are paths, patterns and words of ours, not names of secrets.
        beside: the input of a call that *value* may quote: what is a secret there is one in *value* too.
    """
    masker = Masker()
    if beside is not None:
        masker.mask(beside)
    return masker.mask(value, fields=False)


def masked_call(value: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of *value*, an explanation, masked: keys of the call's input are names that tell of secrets."""
    masker = Masker()
    call = masker.mask(value["call"])
    return {name: call if name == "call" else masker.mask(one, fields=False) for name, one in value.items()}
