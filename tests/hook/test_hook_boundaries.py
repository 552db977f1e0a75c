"""The hook's own boundaries, in this process: whatever escapes from below becomes an *ask*, and nothing is silent."""

from __future__ import annotations

import json
from typing import NoReturn

import pytest

from callgate.core.errors import DeadlineError
from callgate.hook import main as hook

FAULTS = [ValueError("odd"), DeadlineError(), KeyboardInterrupt(), SystemExit(1), MemoryError(), RecursionError("deep")]


def _asked(monkeypatch: pytest.MonkeyPatch) -> str:
    """Run the hook and return the reason of its answer, which is to ask."""
    written: list[bytes] = []
    monkeypatch.setattr(hook, "_write", written.append)
    assert hook.main([]) == 0
    (output,) = written
    answer = json.loads(output)["hookSpecificOutput"]
    assert answer["permissionDecision"] == "ask"
    return str(answer["permissionDecisionReason"])


def _fails(fault: BaseException) -> object:
    def fail(*_: object, **__: object) -> NoReturn:
        raise fault

    return fail


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_a_fault_asks_though_the_journal_fails_as_well(
    fault: BaseException, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An answer without a log line is better than none, and it says on stderr that the line is missing."""
    monkeypatch.setattr(hook, "respond", _fails(fault))
    monkeypatch.setattr("callgate.gate.open_gate", _fails(OSError("no disk")))
    assert _asked(monkeypatch)
    assert "the journal is not written: OSError: no disk" in capsys.readouterr().err


def test_an_alarm_behind_the_answer_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the answer and the end of the alarm there is a moment in which it may still ring."""
    monkeypatch.setattr(hook, "_disarm", _fails(DeadlineError()))
    monkeypatch.setattr(hook, "_guarded", lambda _argv: b"allowed")
    assert "longer than" in _asked(monkeypatch)
