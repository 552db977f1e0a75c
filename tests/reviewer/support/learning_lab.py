"""A gate in a made-up world, and logs as its journal writes them: for the tests of what is learned from logs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from callgate.core.model import ToolCall
from callgate.gate import Gate, open_gate
from callgate.journal.records import build
from callgate.reviewer.cluster.calls import Gathered, gather
from callgate.reviewer.history import History
from callgate.reviewer.judge import Judge
from callgate.reviewer.suggest.rank import Suggestions, suggest

if TYPE_CHECKING:
    from pathlib import Path

    from callgate.core.model import Verdict

HOME, PROJECT = "/home/dev", "/srv/app"
START = 1_790_000_000.0


class Lab:
    """A gate under a policy, and the review log of calls that it decided.

    Attributes:
        gate: decides.
        file: the log.
        outcomes: decision id -> what a person did.
    """

    def __init__(self, folder: Path, policy: str = "") -> None:
        """Open the gate under `cautious`, or under *policy*, TOML."""
        config = ""
        if policy:
            (folder / "policy.toml").write_text(policy)
            config = str(folder / "policy.toml")
        profile = "" if policy else "cautious"
        self.gate: Gate = open_gate(
            {"HOME": HOME}, PROJECT, config=config, profile=profile, home=HOME, project=PROJECT, managed=""
        )
        assert not self.gate.fault
        self.file = folder / "review.log"
        self.outcomes: dict[str, str] = {}
        self._now = START
        self._number = 0

    def log(
        self, call: str | ToolCall, times: int = 1, *, session: str = "", outcome: str = "", decision: str = "",
        source: str = "",
    ) -> None:  # fmt: skip
        """Write *times* lines for a call (a text is a command), each from a session of its own unless one is named."""
        if isinstance(call, str):
            call = ToolCall("Bash", {"command": call}, PROJECT)
        found = self.gate.examine(call)
        assert not found.error
        record: dict[str, Any] = build(call, found.verdict, found.analysis, found.observation, now=START).review
        lines = []
        for _ in range(times):
            self._number += 1
            self._now += 60
            record |= {
                "session_id": session or f"s{self._number}",
                "decision_id": f"d{self._number}",
                "timestamp": _stamp(self._now),
            }
            record |= {"decision": decision} if decision else {}
            record |= {"decision_source": source} if source else {}
            if outcome:
                self.outcomes[f"d{self._number}"] = outcome
            lines.append(json.dumps(record))
        with self.file.open("a") as out:
            out.write("\n".join(lines) + "\n")

    @property
    def judge(self) -> Judge:
        """Who decides the calls again."""
        assert self.gate.loaded is not None
        return Judge(self.gate, self.gate.loaded)

    def gathered(self) -> Gathered:
        """The distinct calls of the log."""
        return gather(History([str(self.file)]).newest(), self.outcomes)

    def suggest(self, limit: int = 20) -> Suggestions:
        """What is suggested for the log."""
        return suggest(self.judge, self.gathered(), limit=limit)

    def decide(self, call: str | ToolCall, made: Suggestions | None = None) -> Verdict:
        """The verdict on a call, with everything that was suggested in force."""
        if isinstance(call, str):
            call = ToolCall("Bash", {"command": call}, PROJECT)
        from callgate.engine.decide import decide

        return decide(self.judge.case(call, None, made.rules if made else ()))


def _stamp(now: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(now, UTC).isoformat()


def fields(made: Suggestions, start: str) -> dict[str, Any]:
    """The fields of the suggestion whose id begins with *start*."""
    return next(dict(one.fields) for one in made.suggestions if str(one.fields["id"]).startswith(start))
