"""`callgate daemon status`: the same as `callgate status`."""

from __future__ import annotations

from callgate.cli.commands.status import status as daemon_status

__all__ = ["daemon_status"]
