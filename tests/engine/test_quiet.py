"""The glance that spares most calls the closer look of self-protection never spares one that it finds something in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from callgate.core.model import Observation, ToolCall
from callgate.engine.case import Case
from callgate.engine.protection.quiet import is_quiet
from callgate.engine.stages.protection import look
from callgate.engine.units import analyse
from callgate.policy.compiled import Policy
from callgate.policy.globs import Anchors

HOME, PROJECT = "/home/u", "/home/u/p"
PROTECTED = (
    f"{HOME}/.config/callgate", f"{HOME}/.config/callgate/policy.toml", f"{HOME}/.local/state/callgate",
    f"{HOME}/.claude/settings.json", f"{PROJECT}/.claude/settings.json", f"{PROJECT}/perms.toml", "/opt/bin/callgate",
)  # fmt: skip
PROGRAMS = ["python x.py", "python3 -m unittest", "pypy x.py", "cat", "ls", "./run", "bin/test", "pip3.11", "pip",
            "docker run -v", "ssh host", "npx", "cp -l", "ln", "cd", "echo", "make", "xargs python", "env python x.py",
            "find . -exec ./x", "sh run.sh", "bash -c", "claude", "codex", "kill", "pkill", "7z x", "unknown-thing",
            "timeout 5 ./run", "crontab", "node x.js"]  # fmt: skip
WORDS = ["", "a.txt", "callgate", "CALLGATE", "$'\\x63allgate'", "call''gate", "~/.claude/settings.json", "perms.toml",
         f"{PROJECT}/perms.toml", "settings.json", "hooks.json", "config.toml", "plugins", "decision_reviewer", "on",
         "-m", "--bare", "gemini", "--yolo", "../.claude", "trust", "$X", "*.json", "policy", "-c", "'import callgate'",
         "< ~/.claude/settings.json", "standard input", "uninstall"]  # fmt: skip
CORPUS = sorted((Path(__file__).parent.parent / "cases").glob("*.jsonl"))

calls = st.lists(
    st.tuples(st.sampled_from(PROGRAMS), st.lists(st.sampled_from(WORDS), max_size=3)).map(
        lambda one: " ".join([one[0], *one[1]])
    ),
    min_size=1, max_size=3,
)  # fmt: skip


def _case(command: str, cwd: str = PROJECT) -> Case:
    call = ToolCall("Bash", {"command": command}, cwd)
    observation = Observation(HOME, PROJECT, protected=PROTECTED)
    return Case(Policy((), Anchors(HOME, PROJECT, PROJECT)), call, analyse(call, HOME), observation)


@given(calls, st.sampled_from([" && ", " | ", "; "]), st.sampled_from([PROJECT, f"{HOME}/.claude", HOME]))
@example(["pip3.11 uninstall callgate"], "; ", PROJECT)
@example(["./x settings"], "; ", f"{HOME}/.claude")
@settings(max_examples=1_000, deadline=None)
def test_what_is_quiet_has_nothing_to_find(parts: list[str], joint: str, cwd: str) -> None:
    """However programs and words that concern the gate are put together."""
    case = _case(joint.join(parts), cwd)
    if is_quiet(case):
        assert look(case) is None


@pytest.mark.parametrize("file", CORPUS, ids=lambda path: path.stem)
def test_no_case_is_spared_wrongly(file: Path) -> None:
    """The same for every command of the corpus."""
    for line in file.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        command = row.get("command", "").replace("{home}", HOME).replace("{project}", PROJECT)
        case = _case(command.replace("{name}", "p"))
        assert not (is_quiet(case) and look(case)), row["id"]


@pytest.mark.parametrize("command", ["python x.py", "cat a | head", "./run --all", "python -m pytest tests", "make"])
def test_ordinary_calls_are_quiet(command: str) -> None:
    """Else the glance would be of no use."""
    assert is_quiet(_case(command))
