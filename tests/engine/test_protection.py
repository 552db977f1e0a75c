"""Self-protection: the gate's files, programs and variables change by a person's hand only."""

from __future__ import annotations

import pytest

from callgate.core.model import Observation, Rule, RuleSource, ToolCall, Verdict
from callgate.engine.case import Case
from callgate.engine.decide import decide
from callgate.engine.units import analyse
from callgate.policy.compiled import Policy
from callgate.policy.globs import Anchors

HOME, PROJECT = "/home/u", "/home/u/p"
PROTECTED = (
    f"{HOME}/.config/callgate", f"{HOME}/.local/state/callgate", "/etc/callgate", "/opt/lib/callgate",
    f"{PROJECT}/.claude/settings.json", f"{PROJECT}/.callgate.toml", "/opt/bin/callgate",
)  # fmt: skip
ALL = Rule("all", "allow", RuleSource("f", 1), tool_regex=".*")


def _decide(call: ToolCall, **links: str) -> Verdict:
    found = {f"{PROJECT}/{name}": target for name, target in links.items()}
    observation = Observation(HOME, PROJECT, links=found, protected=PROTECTED)
    policy = Policy((ALL,), Anchors(HOME, PROJECT, PROJECT))
    return decide(Case(policy, call, analyse(call, HOME), observation))


def _bash(command: str, **links: str) -> Verdict:
    return _decide(ToolCall("Bash", {"command": command}, PROJECT), **links)


def _tool(tool: str, path: str, **links: str) -> Verdict:
    field = "notebook_path" if tool == "NotebookEdit" else "file_path"
    return _decide(ToolCall(tool, {field: path}, PROJECT), **links)


@pytest.mark.parametrize("tool", ["Write", "Edit", "MultiEdit", "NotebookEdit"])
@pytest.mark.parametrize(
    "path", [*PROTECTED, f"{PROTECTED[0]}/policy.toml", f"{PROTECTED[1]}/last-good/x", "/ETC/Callgate/x"]
)
def test_file_tools_do_not_change_the_gates_files(tool: str, path: str) -> None:
    """A protected path, and everything below a protected directory, in whatever case, by whatever tool."""
    verdict = _tool(tool, path)
    assert (verdict.decision, verdict.guardrail, verdict.stage) == ("deny", "protect-files", 2)


@pytest.mark.parametrize(
    "path", ["/etc/callgate-other", f"{HOME}/.config/other", f"{PROJECT}/.claude/settings.md", f"{PROJECT}/x"]
)
def test_files_beside_them_are_free(path: str) -> None:
    """A name that begins alike, or lies beside a protected file, is not protected."""
    assert _tool("Write", path).decision == "allow"


@pytest.mark.parametrize("path", PROTECTED)
def test_everything_may_be_read(path: str) -> None:
    """Reading the rules helps to keep them."""
    assert _tool("Read", path).decision == "allow"
    assert _bash(f"cat {path}").decision == "allow"


def test_links_are_followed() -> None:
    """A link to a protected file is that file; for the shell, too."""
    assert _tool("Write", "x", x=PROTECTED[0]).guardrail == "protect-files"
    assert _bash("echo > x", x=PROTECTED[4]).guardrail == "protect-files"
    assert _bash("echo > x", x=f"{PROJECT}/y").decision == "allow"


DELETES = [
    ("rm -rf ~/.config", True),
    ("rm -rf .claude", True),
    ("rm -rf /opt/lib", True),
    ("rm -r ~/.local/state/callgate/", True),
    ("rmdir .claude", False),
    ("rm -rf ~/.cache", False),
    ("rm -rf .claude/commands", False),
    ("find . -delete", True),
    ("find . -name '*.json' -delete", True),
    ("find . -name '*.JSON' -delete", True),
    ("find . -iname 'settings*' -delete", True),
    ("find . -type f -name '.callgate*' -delete", True),
    ("find . -name '*.pyc' -delete", False),
    ("find . -type f -name '*.pyc' -delete", False),
    ("find . \\( -name '*.pyc' -o -name '*.pyo' \\) -delete", False),
    ("find . \\( -name '*.pyc' -o -name '*.toml' \\) -delete", True),
    ("find . \\( -name '*.pyc' -o -empty \\) -delete", True),
    ("find . ! -name '*.pyc' -delete", True),
    ("find . -not -name '*.pyc' -delete", True),
    ("find . -name '*.pyc' -o -delete", True),
    ("find . -name '*.pyc' , -delete", True),
    ('find . -name "$x" -delete', True),
    ("find ~/.config -name '*.pyc' -delete", True),
]


@pytest.mark.parametrize(("command", "denied"), DELETES)
def test_deleting_a_tree_deletes_what_is_in_it(command: str, denied: bool) -> None:
    """A tree that holds a protected file is not deleted, unless the deletion certainly spares it."""
    assert (_bash(command).decision == "deny") is denied


def test_a_search_for_other_names_is_left_alone_by_every_guardrail() -> None:
    """Cleaning up by name is nothing that a guardrail stops."""
    assert _bash("find . -name '*.pyc' -delete").guardrail == ""


LOOSENING = ["on", "trust", "trust .callgate.toml", "untrust x", "init", "install claude-code", "uninstall claude-code"]
FREE = ["off", "check --command ls", "explain --command ls", "validate", "doctor", "--version", "--help", ""]
NAMES = ["callgate", "decision_reviewer", "claude-code-permissions-hook", "/usr/bin/callgate", "python3 -m callgate",
         "sudo callgate", "env -i callgate", "python -I -m callgate"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_what_loosens_the_gate_is_denied(name: str) -> None:
    """Under every name of the program; what only asks or tightens is free."""
    assert [word for word in LOOSENING if _bash(f"{name} {word}").guardrail != "protect-gate"] == []
    assert [word for word in FREE if _bash(f"{name} {word}").guardrail] == []


VARIABLES = ["CALLGATE_X", "CLAUDE_PERMISSIONS_CONFIG", "CLAUDE_CONFIG_DIR", "CLAUDE_CODE_MANAGED_SETTINGS_PATH"]


@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize(
    "command", ["{}=x claude", "export {}=x", "env {}=x claude", "{}=x; claude", "declare -x {}=x"]
)
def test_variables_that_move_the_gate_are_not_set(variable: str, command: str) -> None:
    """Another policy or other settings for what follows are as good as none."""
    assert _bash(command.format(variable)).guardrail == "protect-gate"


@pytest.mark.parametrize("command", ["{}=1 decision_reviewer apply", "export {}=1", "env {}=1 callgate apply"])
def test_writing_the_policy_needs_a_person(command: str) -> None:
    """The variable that lets `apply` write is a person's to set: the gate asks, whatever the rules say."""
    verdict = _bash(command.format("DECISION_REVIEWER_ALLOW_WRITES"))
    assert (verdict.decision, verdict.guardrail, verdict.stage) == ("ask", "protect-apply", 2)


DISARMING = [
    "claude --dangerously-skip-permissions", "claude -p x --dangerously-skip-permissions", "claude --bare -p x",
    "npx @anthropic-ai/claude-code --dangerously-skip-permissions", "claude --allow-dangerously-skip-permissions",
    "pip uninstall callgate", "uv pip uninstall callgate", "pipx uninstall callgate", "apt-get remove callgate",
    "pkill -f callgate", "killall callgate", "bash -c 'callgate on'", "eval callgate on", "xargs callgate on",
]  # fmt: skip


@pytest.mark.parametrize("command", DISARMING)
def test_disarming_is_denied(command: str) -> None:
    """Starting an agent without the gate, uninstalling or stopping it."""
    verdict = _bash(command)
    assert (verdict.decision, verdict.guardrail) == ("deny", "protect-gate")
    assert "do not work around this" in verdict.reason


NEAR_MISSES = [
    "claude -p x", "pip install callgate", "pip uninstall other", "pkill other", "grep -r callgate .", "ls --bare",
    "echo callgate on", "git log --grep 'callgate on'", "git init --bare",
]  # fmt: skip


@pytest.mark.parametrize("command", NEAR_MISSES)
def test_near_misses_are_free(command: str) -> None:
    """What only speaks of the gate, or does the like to something else."""
    assert _bash(command).guardrail == ""
