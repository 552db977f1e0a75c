"""The guardrails: catastrophic acts, and acts that need a person's consent; one module a family."""

from __future__ import annotations

from callgate.engine.guardrails.backdoors import BACKDOOR
from callgate.engine.guardrails.base import Consent, Guardrail
from callgate.engine.guardrails.credentials import CREDENTIALS_OUT
from callgate.engine.guardrails.destruction import DESTROY
from callgate.engine.guardrails.devices import RAW_DEVICE
from callgate.engine.guardrails.elsewhere import DESTROY_ELSEWHERE, UNPACK_OVER
from callgate.engine.guardrails.flows import DECODED_CODE, FORK_BOMB, REMOTE_CODE
from callgate.engine.guardrails.lost_work import LOSE_WORK
from callgate.engine.guardrails.ownership import REOWN
from callgate.engine.guardrails.startup import AUTOSTART

GUARDRAILS: tuple[Guardrail, ...] = (
    DESTROY, REOWN, RAW_DEVICE, FORK_BOMB, REMOTE_CODE, DECODED_CODE, CREDENTIALS_OUT, BACKDOOR,
)  # fmt: skip
"""Deny in stage 1; the first that trips is named."""

CONSENTS: tuple[Consent, ...] = (LOSE_WORK, DESTROY_ELSEWHERE, UNPACK_OVER, AUTOSTART)
"""Ask in stage 7, unless an allow rule covers the act."""
