"""What the hooks for events share: taking a message apart, and counting what went wrong with one.

No event of these kinds is worth an error in front of a person.
"""

from __future__ import annotations

import json
import time
from typing import Any, Mapping

from callgate.core.errors import InputError


def decoded(data: bytes, limit: int) -> Mapping[str, Any]:
    """Return the message *data*, which may have *limit* bytes.

    Raises:
        InputError: it is larger, or not a JSON object.
        ValueError: it is not JSON.
        RecursionError: it is nested too deep.
    """
    if len(data) > limit:
        raise InputError(f"an event is larger than {limit} bytes")
    payload = json.loads(data)
    if not isinstance(payload, dict):
        raise InputError("an event is not a JSON object")
    return payload


def count_fault(what: str, error: Exception, environ: Mapping[str, str], cwd: str = "") -> None:
    """Count *error* where `doctor` looks for it; never raises, but for exits.

    Args:
        what: what went wrong, the beginning of a sentence.
        error: why.
        environ: of the hook; it says where that is.
        cwd: of the hook, when *environ* may still hold what a checkout put there.
    """
    said = str(error) if isinstance(error, InputError) else type(error).__name__
    if isinstance(error, OSError):
        said = error.strerror or str(error)
    try:
        from callgate.environ import trusted_environ  # noqa: PLC0415 - only a fault pays for it
        from callgate.host import places  # noqa: PLC0415 - as above
        from callgate.journal.faults import count_faults  # noqa: PLC0415 - as above

        environ = trusted_environ(environ, cwd) if cwd else environ
        count_faults(f"{places(environ).state_dir}/faults", [f"{what}: {said}"], now=time.time())
    except Exception:  # noqa: BLE001 - a fault that cannot even be counted is nobody's error
        return
