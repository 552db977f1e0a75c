"""The guardrails: catastrophic acts, one module a family."""

from __future__ import annotations

from callgate.engine.guardrails.base import Guardrail
from callgate.engine.guardrails.credentials import CREDENTIALS_OUT
from callgate.engine.guardrails.destruction import DESTROY, PERMISSIONS
from callgate.engine.guardrails.devices import RAW_DEVICE
from callgate.engine.guardrails.flows import DECODED_CODE, FORK_BOMB, REMOTE_CODE

GUARDRAILS: tuple[Guardrail, ...] = (
    DESTROY, PERMISSIONS, RAW_DEVICE, FORK_BOMB, REMOTE_CODE, DECODED_CODE, CREDENTIALS_OUT,
)  # fmt: skip
