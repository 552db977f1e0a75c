"""`tools/learning.py`: the claims of suggestions are compared with a replay, and a difference is an error."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from types import ModuleType

TOOL = Path(__file__).resolve().parents[2] / "tools" / "learning.py"


@pytest.fixture
def learning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The tool, with a report file of its own."""
    spec = importlib.util.spec_from_file_location("learning", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "learning", module)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "REPORT", tmp_path / "build" / "learning.txt")
    return module


def recorded(tmp_path: Path) -> str:
    """A small recording: edits, test runs, scripts."""
    file = tmp_path / "commands.jsonl"
    rows = [
        {"trace": f"t{at}", "turn": 1, "cwd": "/testbed", "command": text.format(at)}
        for at in range(6)
        for text in ("touch src/m{}.py", "pytest tests/test_{}.py", "python x{}.py", "ls")
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(file)


def test_claims_are_replayed(learning: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: ANN401 - a module
    """What is printed is what a replay finds, and the sample of newly allowed calls is there to read."""
    assert learning.main(["--recorded", recorded(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "saved: 12 of 18 prompts (66.7%), 12 calls" in shown
    assert "1. edit-project: 6 prompts (said 6), risk medium" in shown
    assert "--- pytest tests/test_3.py" in learning.REPORT.read_text()


def test_a_wrong_claim_is_an_error(learning: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ANN401 - as above
    """A suggestion that claims more than the replay finds makes the tool fail."""
    real = learning.suggest

    def boasting(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - passes everything on
        made = real(*arguments, **options)
        return made._replace(suggestions=tuple(one._replace(prompts=one.prompts + 1) for one in made.suggestions))

    monkeypatch.setattr(learning, "suggest", boasting)
    assert learning.main(["--recorded", recorded(tmp_path)]) == 1


def test_without_a_recording_it_says_so(learning: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: ANN401 - as above
    """The recording is no part of the repository."""
    assert learning.main(["--recorded", str(tmp_path / "none")]) == 0
    assert "name one with --recorded" in capsys.readouterr().out
