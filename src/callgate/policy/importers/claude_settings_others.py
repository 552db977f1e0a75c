"""Rules of the other tools: WebFetch, MCP, subagents, skills, parameters, and tools without a specifier."""

from __future__ import annotations

import re
from typing import Any, Final

from callgate.policy.importers.claude_settings_model import Draft, Finding, Outcome, Parsed
from callgate.policy.importers.claude_settings_paths import EDITORS, READERS, tools_regex
from callgate.policy.importers.claude_settings_shell import literal

_HOST: Final = re.compile(r"[A-Za-z0-9_*.:\[\]-]+")


def translate_bare(parsed: Parsed) -> list[Outcome]:
    """Translate a tool without a specifier, a tool with wildcards in its name, and what means every call of a tool."""
    statement, tool = parsed.statement, parsed.tool
    source = (statement,)
    allow = statement.action == "allow"
    if tool == "Cd":
        return _cd(parsed)
    if "*" in tool and not (tool.startswith("mcp__") and "*" not in tool.split("__")[1]):
        if allow:
            message = "an allow names the tool, or the server in front of the wildcard: Claude Code drops this one"
            return [Finding("dead", source, message, "write `mcp__server__*` for each server")]
        return [Draft(statement.action, {"tool_regex": f"^{_glob(tool)}$"}, f"{tool} tools", source)]
    if tool.startswith("mcp__"):
        return _mcp(parsed)
    if tool == "Edit":
        return [Draft(statement.action, {"tool_regex": tools_regex(EDITORS)}, "edit", source)]
    if tool == "Read" and not allow:
        return [
            Draft(statement.action, {"tool_regex": tools_regex((*READERS, *EDITORS))}, "read", source),
            Finding("wider", source, "holds for all tools that read or edit: Claude Code takes them away together"),
        ]
    if tool == "PowerShell" and allow:
        message = "callgate does not read PowerShell, so nothing allows it"
        return [Finding("left-out", source, message, "answer the prompts of Claude Code")]
    if tool == "WebFetch" and allow:
        return [Draft("allow", {"tool": "WebFetch"}, "fetch any host", source)]
    return [Draft(statement.action, {"tool": "Task" if tool == "Agent" else tool}, tool, source)]


def translate_empty(parsed: Parsed) -> list[Outcome]:
    """Translate `Tool()`."""
    if parsed.statement.action == "allow":
        return [Finding("dead", (parsed.statement,), "empty parentheses match nothing", "remove it")]
    whole = Finding("wider", (parsed.statement,), "empty parentheses: taken as the whole tool")
    return [*translate_bare(parsed._replace(spec=None)), whole]


def _mcp(parsed: Parsed) -> list[Outcome]:
    """Translate `mcp__server`, `mcp__server__*`, `mcp__server__get_*` and one tool."""
    statement, tool = parsed.statement, parsed.tool
    server, _, name = tool[len("mcp__") :].partition("__")
    if not server:
        return [Finding("dead", (statement,), "names no server", "write `mcp__server__tool`")]
    words = tool.replace("__", " ").replace("*", " ")
    if "*" in name:
        return [
            Draft(statement.action, {"tool_regex": f"^mcp__{literal(server)}__{_glob(name)}$"}, words, (statement,))
        ]
    if name:
        return [Draft(statement.action, {"tool": tool}, words, (statement,), f"server {server}")]
    return [Draft(statement.action, {"tool_regex": f"^mcp__{literal(server)}__"}, words, (statement,))]


def translate_parameter(parsed: Parsed, name: str, value: str) -> list[Outcome]:
    """Translate `Tool(param:value)`, which only a deny or ask may say."""
    statement, tool = parsed.statement, parsed.tool
    if statement.action == "allow":
        message = "a parameter in an allow: only deny and ask rules may name one"
        return [Finding("dead", (statement,), message, "allow the tool, and ask for the parameter")]
    which: dict[str, Any] = {"tool": "Task" if tool == "Agent" else tool}
    if "*" in tool:
        which = {"tool_regex": f"^{_glob(tool)}$"}
    elif tool.startswith("mcp__") and "__" not in tool[len("mcp__") :]:
        which = {"tool_regex": f"^{literal(tool)}__"}
    matchers = {**which, "input_regex": {name: f"(?s)^{_glob(value.strip())}$"}}
    return [Draft(statement.action, matchers, f"{tool} {name} {value}", (statement,))]


def translate_fetch(parsed: Parsed) -> list[Outcome]:
    """Translate `WebFetch(domain:host)`."""
    statement, spec = parsed.statement, (parsed.spec or "").strip()
    key, _, host = spec.partition(":")
    host = host.strip()
    if key.strip() != "domain" or not _HOST.fullmatch(host):
        message = "not of the form `WebFetch(domain:host)`"
        return _unsayable(parsed, message, {"tool": "WebFetch"})
    if host == "*":
        return translate_bare(parsed._replace(spec=None))
    name = f"fetch {host}"
    if statement.action == "allow":
        matchers = {"tool": "WebFetch", "operations": ["network"], "host": host}
        return [Draft("allow", matchers, name, (statement,), "hosts")]
    note = "holds for the shell as well (`curl`), not for WebFetch alone"
    return [
        Draft(statement.action, {"host": host}, name, (statement,), "hosts"),
        Finding("wider", (statement,), note),
    ]


def translate_agent(parsed: Parsed) -> list[Outcome]:
    """Translate `Agent(name)`."""
    statement, spec = parsed.statement, (parsed.spec or "").strip()
    matchers: dict[str, Any] = {"tool": "Task"}
    if "*" in spec:
        matchers["input_regex"] = {"subagent_type": f"^{_glob(spec)}$"}
    else:
        matchers["subagent_type"] = spec
    return [Draft(statement.action, matchers, f"agent {spec}", (statement,))]


def translate_skill(parsed: Parsed) -> list[Outcome]:
    """Translate `Skill(name)` and `Skill(name *)`."""
    statement, spec = parsed.statement, (parsed.spec or "").strip()
    base = spec.removesuffix(":*").removesuffix(" *").strip()
    open_end = base != spec
    if statement.action == "allow" and not open_end:
        message = "a skill without arguments: callgate cannot say that there are none"
        return [Finding("left-out", (statement,), message, f"write `Skill({base} *)` to allow it with any")]
    matchers = {"tool": "Skill", "input_regex": {"skill": f"^{_glob(base)}$"}}
    out: list[Outcome] = [Draft(statement.action, matchers, f"skill {base}", (statement,))]
    if not open_end:
        out.append(Finding("wider", (statement,), "holds with arguments, too"))
    return out


def translate_unknown_form(parsed: Parsed) -> list[Outcome]:
    """Translate a specifier of a tool that takes none: nothing for an allow, the whole tool for a deny or ask."""
    if parsed.tool == "Cd":
        return _cd(parsed)
    message = f"`{parsed.tool}` takes no such specifier"
    if parsed.tool == "PowerShell":
        message = "callgate does not read PowerShell commands"
    tool = parsed.tool
    which = {"tool_regex": f"^{_glob(tool)}$"} if "*" in tool else {"tool": tool}
    if tool.startswith("mcp__") and "*" not in tool and "__" not in tool[len("mcp__") :]:
        which = {"tool_regex": f"^{literal(tool)}__"}
    return _unsayable(parsed, message, which)


def _cd(parsed: Parsed) -> list[Outcome]:
    """`Cd(path)` is about `/cd`, which the person types; the shell's `cd` is the nearest thing that callgate sees."""
    if parsed.statement.action == "allow":
        message = "`/cd` is typed by you and passes no hook; the shell's `cd` changes nothing by itself"
        return [Finding("left-out", (parsed.statement,), message)]
    message = "`/cd` passes no hook: every `cd` of the shell is taken instead"
    return [
        Draft(parsed.statement.action, {"command": ["cd *", "pushd *"]}, "cd", (parsed.statement,)),
        Finding("wider", (parsed.statement,), message),
    ]


def _unsayable(parsed: Parsed, message: str, which: dict[str, Any]) -> list[Outcome]:
    statement = parsed.statement
    if statement.action == "allow":
        return [Finding("left-out", (statement,), message, "see the documentation of Claude Code's permission rules")]
    draft = Draft(statement.action, which, f"{parsed.tool} {parsed.spec or ''}", (statement,))
    return [draft, Finding("wider", (statement,), f"{message}: holds for the whole tool")]


def _glob(text: str) -> str:
    """Return the expression for *text* with `*` as any characters."""
    return ".*".join(literal(part) for part in text.split("*"))
