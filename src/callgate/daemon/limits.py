"""What a healthy daemon stays below; `status` and `doctor` say when one does not."""

from __future__ import annotations

from typing import Final

MEMORY_BYTES: Final = 80 * 1000 * 1000
"""design.md section 9: memory of the daemon."""

LATENCY_P99_US: Final = 50_000
"""Microseconds. A client waits 250 ms in all; a fifth of that leaves room for a machine that is busy."""

BACKLOG: Final = 1_000
"""Decisions that wait to be written. From so many on the journal slows answers down (`journaling.CROWDED`)."""
