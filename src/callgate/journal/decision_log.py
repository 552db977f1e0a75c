"""The decision log: what was decided, short for people (operational) and complete for machines (review)."""

from __future__ import annotations

import json
import os
from typing import Any

from callgate.core.errors import DeadlineError
from callgate.core.model import Analysis, Observation, ToolCall, Verdict
from callgate.journal.append import Limits, append
from callgate.journal.faults import count_faults
from callgate.journal.records import Records, build

LOG_LEVELS = ("trace", "debug", "info", "warn", "error")
"""What `[logging] log_level` may be, most talkative first."""


class DecisionLog:
    """Writes each decision to both logs. Holds no open file, so any number of threads and processes may share them."""

    def __init__(
        self,
        log_file: str,
        review_log_file: str,
        *,
        log_level: str = "info",
        max_bytes: int = 10 * 1024 * 1024,
        keep_days: float = 30,
        faults_file: str = "",
    ) -> None:
        """Remember where to write; nothing is opened or made yet.

        Args:
            log_file: the operational log; empty writes none.
            review_log_file: the review log; empty writes none. The same file as *log_file* gets the review line only,
                which has all the fields of the other.
            log_level: `warn` leaves allows and passthroughs out of the operational log, `error` all but errors. The
                review log is complete at every level: queries and replay live on it.
            max_bytes: size at which a log is rotated.
            keep_days: age at which a rotated log is deleted.
            faults_file: where failures are counted for `doctor`; empty counts them nowhere.
        """
        self._log_file = log_file
        self._review_log_file = review_log_file
        self._log_level = log_level
        self._limits = Limits(max_bytes, keep_days)
        self._faults_file = faults_file

    def record(
        self,
        call: ToolCall,
        verdict: Verdict,
        analysis: Analysis | None,
        observation: Observation | None,
        *,
        now: float,
        error: str = "",
    ) -> list[str]:
        """Write one decision. Never raises and never waits longer than 200 ms per file for another writer.

        Args:
            call: the tool call; its secrets are masked in what is written.
            verdict: what was decided.
            analysis: what the call would do; `None` when it was not analysed.
            observation: what the engine knew of the host; `None` when there was none.
            now: seconds since the epoch, UTC.
            error: the fault when *verdict* comes from one.

        Returns:
            What went wrong, one sentence each, empty when all was written.
        """
        faults: list[str] = []
        try:
            for path, line in self.lines(call, verdict, analysis, observation, now=now, error=error):
                try:
                    self.append(path, line, now, faults)
                except DeadlineError:
                    # The hook's alarm rings once, and the decision is made: a line twice is better than none.
                    self.append(path, line, now, faults)
        except Exception as broken:  # noqa: BLE001 - the boundary: a journal failure never changes a verdict
            faults.append(f"the decision was not logged: {type(broken).__name__}")
        self.count(faults, now=now)
        return faults

    def lines(
        self,
        call: ToolCall,
        verdict: Verdict,
        analysis: Analysis | None,
        observation: Observation | None,
        *,
        now: float,
        error: str = "",
    ) -> list[tuple[str, bytes]]:
        """Return the lines that `record` writes, each with the path of its log; nothing is written.

        Raises:
            Exception: the call cannot be written as JSON.
        """
        return self._lines(build(call, verdict, analysis, observation, now=now, error=error))

    def append(self, path: str, lines: bytes, now: float, faults: list[str]) -> bool:
        """Append one or more whole *lines* to the log at *path*; what goes wrong is added to *faults*.

        Returns:
            Whether the lines are in the log.
        """
        try:
            fault = append(path, lines, limits=self._limits, now=now)
        except OSError as error:
            faults.append(f"log `{path}`: {error.strerror or error}")
            return False
        except ValueError as error:  # a NUL in the path
            faults.append(f"log `{path}`: {error}")
            return False
        if fault:
            faults.append(f"log `{path}`: {fault}")
        return True

    def count(self, faults: list[str], *, now: float) -> None:
        """Count *faults* where `doctor` looks for them."""
        if faults and self._faults_file:
            count_faults(self._faults_file, faults, now=now)

    def _lines(self, records: Records) -> list[tuple[str, bytes]]:
        out: list[tuple[str, bytes]] = []
        log, review = self._log_file, self._review_log_file
        if log and not (review and _one_file(log, review)) and self._wanted(records):
            out.append((log, _line(records.operational)))
        if review:
            out.append((review, _line(records.review)))
        return out

    def _wanted(self, records: Records) -> bool:
        if self._log_level == "error":
            return bool(records.operational["decision_source"] == "error")
        return self._log_level != "warn" or records.operational["decision"] in ("ask", "deny")


def _one_file(one: str, two: str) -> bool:
    try:
        try:
            return os.path.samestat(os.stat(one), os.stat(two))
        except FileNotFoundError:  # the first line makes them
            return os.path.realpath(one) == os.path.realpath(two)
    except (OSError, ValueError):  # a path that no file can have: each is reported when it is written
        return one == two


def _line(record: dict[str, Any]) -> bytes:
    """Return one line of ASCII: lone surrogates stay escaped, no value can end the line early."""
    return json.dumps(record, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode("ascii") + b"\n"
