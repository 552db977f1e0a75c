"""Which tools a rule can speak of, and what is known of the tools that agents have."""

from __future__ import annotations

from typing import Final, Mapping

from callgate.core.model import OperationKind, Rule
from callgate.policy.index import ALL_KINDS, SHELL_TOOLS, tool_names
from callgate.policy.language.reader import read
from callgate.policy.language.syntax import Unsupported, anchored, finite
from callgate.policy.regexes import Pattern

KINDS: Final[Mapping[str, frozenset[OperationKind]]] = {
    "Bash": ALL_KINDS,
    "Monitor": ALL_KINDS,
    "PowerShell": frozenset({"unknown"}),
    "Read": frozenset({"read"}),
    "Write": frozenset({"write"}),
    "Edit": frozenset({"read", "write"}),
    "MultiEdit": frozenset({"read", "write"}),
    "NotebookEdit": frozenset({"read", "write"}),
    "Glob": frozenset({"read"}),
    "Grep": frozenset({"read"}),
    "LS": frozenset({"read"}),
    "WebFetch": frozenset({"network"}),
    "WebSearch": frozenset({"network"}),
}
"""Tool -> the kinds of operation that it can do. A test compares it with what the engine makes of each tool."""

FILE_TOOLS: Final = frozenset({"Read", "Write", "Edit", "MultiEdit", "NotebookEdit", "Glob", "Grep", "LS"})
AGENT_TOOLS: Final = frozenset({"Task", "Agent"})

OTHERS: Final = frozenset(
    "Task Agent TodoWrite TodoRead TaskCreate TaskGet TaskList TaskUpdate TaskOutput TaskStop BashOutput KillShell "
    "KillBash AskUserQuestion EnterPlanMode ExitPlanMode EnterWorktree ExitWorktree NotebookRead Skill SlashCommand "
    "ToolSearch ListMcpResourcesTool ReadMcpResourceTool LSP SendMessage TeamCreate TeamDelete CronCreate CronDelete "
    "CronList StructuredOutput SendUserMessage RemoteTrigger".split()
)
"""Further tools of Claude Code, whose calls callgate takes as a whole."""

KNOWN: Final = frozenset(KINDS) | OTHERS

NEUTRAL: Final[Mapping[str, str]] = {
    "read_file": "Read", "write_file": "Write", "edit_file": "Edit", "apply_diff": "Edit", "list_files": "Glob",
    "search_files": "Grep", "execute_command": "Bash", "shell": "Bash", "run_shell_command": "Bash",
}  # fmt: skip
"""Names that rule sets or other agents use -> Claude Code's. In TOML they are names like any other."""


def named(rule: Rule) -> frozenset[str] | None:
    """Return the names of the tools that a rule can speak of; `None` when they cannot be listed."""
    if rule.tool:
        return frozenset({rule.tool})
    if rule.tool_regex:
        listed = listed_in(rule.tool_regex, case_sensitive=rule.case_sensitive)
        return frozenset(listed) if listed else None
    return SHELL_TOOLS if rule.command or rule.command_regex else None


def listed_in(tool_regex: str, *, case_sensitive: bool = True) -> tuple[str, ...]:
    """Return the names that an anchored regex such as `^(Read|Grep)$` lists; empty when it is something else."""
    try:
        starts, ends, body = anchored(read(tool_regex, case_sensitive=case_sensitive).node)
    except Unsupported:
        return ()
    return (finite(body) or ()) if starts and ends else ()


def speaks_of(rule: Rule, tool: str) -> bool:
    """Whether calls of *tool* can match the rule, as far as its tool fields go."""
    names = tool_names(tool)
    if (rule.command or rule.command_regex) and not SHELL_TOOLS.intersection(names):
        return False
    if rule.tool:
        return rule.tool in names
    if rule.tool_regex and not any(_found(rule, rule.tool_regex, name) for name in names):
        return False
    return not (rule.tool_exclude_regex and any(_found(rule, rule.tool_exclude_regex, name) for name in names))


def within(inner: Rule, outer: Rule) -> bool:
    """Whether *outer* can speak of every tool that *inner* speaks of; false when that cannot be made out."""
    if not (outer.tool or outer.tool_regex or outer.tool_exclude_regex):
        return True
    same = (inner.tool, inner.tool_regex, inner.tool_exclude_regex, inner.case_sensitive)
    if same == (outer.tool, outer.tool_regex, outer.tool_exclude_regex, outer.case_sensitive):
        return True
    tools = named(inner)
    return tools is not None and all(speaks_of(outer, tool) for tool in tools if speaks_of(inner, tool))


def meet(one: Rule, other: Rule) -> bool:
    """Whether some tool may be spoken of by both rules; true, too, when that cannot be made out."""
    tools = named(one)
    if tools is None:
        one, other = other, one
        tools = named(one)
    return tools is None or any(speaks_of(one, tool) and speaks_of(other, tool) for tool in tools)


def _found(rule: Rule, regex: str, name: str) -> bool:
    try:
        return Pattern(regex, case_sensitive=rule.case_sensitive, on_timeout=False).search(name)
    except ValueError:
        return False
