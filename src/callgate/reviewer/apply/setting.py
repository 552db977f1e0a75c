"""What a change needs from around it: where state lies, the environment, the clock, the audit log, the system calls."""

from __future__ import annotations

import time
from typing import Any, Callable, Mapping, NamedTuple

from callgate.reviewer.apply.lock import LOCK_WAIT
from callgate.reviewer.apply.system import OS, Os


class Audit(NamedTuple):
    """The audit log, as far as a change needs it."""

    head: Callable[[], str]
    """The hash of its newest entry; it goes into the commit message."""
    record: Callable[[Mapping[str, Any]], None]
    """Add an entry, whose `change_id` names the change. Raises OSError or ValueError when it is not in the log."""
    holds: Callable[[str], bool]
    """Whether an entry with this `change_id` is in the log; asked only after a change was cut off."""
    log_id: str = ""
    """Which log this is, for the `Audit-Log` line of commits."""


class Setting(NamedTuple):
    """The surroundings of a change."""

    state_dir: str
    """`host.Places.state_dir`."""
    environ: Mapping[str, str]
    """For the user's Git settings and identity."""
    audit: Audit
    clock: Callable[[], float] = time.time
    """Epoch seconds."""
    calls: Os = OS
    lock_wait: float = LOCK_WAIT
    """Seconds until `locked`."""
