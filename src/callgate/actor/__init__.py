"""Who is asking: what they call themselves, and what the process shows (docs/audit.md, "Who is asking").

`identify` looks at this process; `judge` decides from given facts.
"""

from __future__ import annotations

from callgate.actor.identify import identify
from callgate.actor.judge import Actor, Facts, judge
from callgate.actor.processes import Process, Table

__all__ = ["Actor", "Facts", "Process", "Table", "identify", "judge"]
