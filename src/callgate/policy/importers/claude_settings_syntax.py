"""The syntax of a permission rule: `Tool` or `Tool(specifier)`, and which tools and parameters there are."""

from __future__ import annotations

import re
from typing import Final, Mapping

from callgate.policy.importers.claude_settings_model import Finding, Parsed, Statement

MAX_TEXT: Final = 2_000
"""Characters of one statement. Nobody reads a longer rule, and Claude Code matches no command above 10,000."""

TOOLS: Final = frozenset(
    """
    Bash PowerShell Monitor Read Write Edit MultiEdit NotebookEdit NotebookRead Glob Grep LS LSP WebFetch WebSearch
    Agent Task Skill AskUserQuestion EnterPlanMode ExitPlanMode TodoWrite TodoRead TaskCreate TaskGet TaskList
    TaskUpdate TaskStop TaskOutput BashOutput KillShell KillBash Workflow RemoteTrigger EnterWorktree ExitWorktree
    SendMessage CronCreate CronDelete CronList ScheduleWakeup PushNotification Artifact SendUserFile SlashCommand
    ListMcpResourcesTool ReadMcpResourceTool ToolSearch EndConversation Cd
    """.split()
)
"""Names of Claude Code's tools, those of earlier versions included (protocols 1.10)."""

PARAMETERS: Final[Mapping[str, frozenset[str]]] = {
    "Bash": frozenset({"timeout", "description", "run_in_background", "dangerouslyDisableSandbox"}),
    "PowerShell": frozenset({"timeout", "description", "run_in_background", "dangerouslyDisableSandbox"}),
    "Monitor": frozenset({"ws", "description", "timeout_ms", "persistent"}),
    "Read": frozenset({"offset", "limit", "pages"}),
    "Edit": frozenset({"old_string", "new_string", "replace_all"}),
    "Write": frozenset({"content"}),
    "NotebookEdit": frozenset({"cell_id", "new_source", "cell_type", "edit_mode"}),
    "Glob": frozenset({"pattern"}),
    "Grep": frozenset({"pattern", "glob", "type", "output_mode", "head_limit", "offset", "multiline", "context"}),
    "WebFetch": frozenset({"prompt"}),
    "Agent": frozenset({"description", "prompt", "model", "run_in_background", "name", "isolation", "subagent_type"}),
    "Skill": frozenset({"args"}),
}
"""Tool -> parameters that `Tool(param:value)` may name: not those that hold the primary content (protocols 1.5)."""

_RULE: Final = re.compile(r"\s*([^\s()]+)\s*(?:\((.*)\))?\s*", re.DOTALL)
_PARAMETER: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\s*:\s*(.+)", re.DOTALL)
_TOOL: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.:-]*|[A-Za-z0-9_.:*-]*\*[A-Za-z0-9_.:*-]*")


def parse(statement: Statement) -> Parsed | Finding:
    """Take a permission rule apart, or say why it is none."""
    text = statement.text
    if len(text) > MAX_TEXT:
        message = f"longer than {MAX_TEXT:,} characters: a whole script and not a rule"
        return Finding("left-out", (statement,), message, "write what you mean as a short rule")
    if any(not char.isprintable() and char not in "\n\t" for char in text):
        message = "holds control or invisible characters"
        return Finding("left-out", (statement,), message, "type the rule anew, in plain characters")
    match = _RULE.fullmatch(text)
    if match is None or not _TOOL.fullmatch(match[1]):
        message = "not of the form `Tool` or `Tool(specifier)`: Claude Code drops it"
        return Finding("dead", (statement,), message, "write for example `Bash(npm run:*)`")
    tool, spec = match[1], match[2]
    if "*" in tool or tool.startswith("mcp__") or tool in TOOLS:
        return Parsed(statement, tool, spec)
    return Finding("dead", (statement,), f"Claude Code has no tool `{tool[:60]}`", _nearest(tool))


def parameter(parsed: Parsed) -> tuple[str, str] | None:
    """Return (name, value pattern) when the specifier speaks of a parameter of the tool, and not of its content."""
    match = _PARAMETER.fullmatch(parsed.spec.strip()) if parsed.spec else None
    if match is None:
        return None
    tool = "Agent" if parsed.tool == "Task" else parsed.tool
    known = PARAMETERS.get(tool)
    if known is None and (tool in TOOLS or "*" in tool):
        return None
    return (match[1], match[2]) if known is None or match[1] in known else None


def _nearest(tool: str) -> str:
    folded = {name.casefold(): name for name in sorted(TOOLS)}
    if tool.casefold() in folded:
        return f"did you mean `{folded[tool.casefold()]}`? upper and lower case matter"
    import difflib  # noqa: PLC0415 - 5 ms, and only a misspelt name needs it

    close = difflib.get_close_matches(tool[:60], sorted(TOOLS), 1, 0.7)
    return f"did you mean `{close[0]}`?" if close else "remove it"
