"""A rule that can never decide anything.

What it finds: a rule that has expired, a section that is switched off, a permission mode that no agent reports, and
matchers that contradict each other: a file path on a tool that has none, an operation that the tool never does, a
`host` in an allow rule that does not speak of the network.

Why it matters: the author believes that something is allowed or forbidden, and it is not.

Instead of `tool = "Read"` with `command = "cat *"`, write the rule for the tool that has a command: `tool = "Bash"`.
"""

from __future__ import annotations

from typing import Final, Iterator

from callgate.core.model import Rule
from callgate.policy.index import SHELL_TOOLS, kinds_of
from callgate.policy.lint.model import Code, Context, Finding, quoted
from callgate.policy.lint.tools import AGENT_TOOLS, FILE_TOOLS, KINDS, KNOWN
from callgate.policy.lint.tools import named as tools_named
from callgate.policy.schema import MODES

CODE: Final[Code] = "dead_rule"


def find(context: Context) -> Iterator[Finding]:
    """Yield a finding for each rule that cannot match."""
    for rule in context.expired:
        yield Finding(CODE, rule, "the rule has expired and decides nothing", "remove it, or move the date", "expires")
    yield from _sections(context)
    for rule in context.rules:
        fault = _impossible(rule)
        if fault:
            field, why, help_text = fault
            yield Finding(CODE, rule, f"the rule can never match: {why}", help_text, field)


def _sections(context: Context) -> Iterator[Finding]:
    found: dict[str, list[Rule]] = {}
    for idle in context.idle:
        if idle.why == "section":
            found.setdefault(idle.rule.source.section, []).append(idle.rule)
    for name, rules in found.items():
        count = "its rule decides" if len(rules) == 1 else f"its {len(rules)} rules decide"
        help_text = "remove the section, or its `enabled = false`"
        yield Finding(CODE, rules[0], f"section {quoted(name)} is switched off: {count} nothing", help_text)


def _impossible(rule: Rule) -> tuple[str, str, str] | None:
    """Return the field at fault, why the rule cannot match, and what to do."""
    unknown = [mode for mode in rule.mode if mode not in MODES]
    if rule.mode and len(unknown) == len(rule.mode):
        return "mode", f"no agent reports the mode {quoted(unknown[0])}", "known are " + ", ".join(MODES)
    return _of_tool(rule) or _of_kinds(rule)


def _of_tool(rule: Rule) -> tuple[str, str, str] | None:
    names = tools_named(rule._replace(command=(), command_regex=""))
    if names is None:
        return None
    shown = ", ".join(f"`{name}`" for name in sorted(names))
    if (rule.command or rule.command_regex) and not names & SHELL_TOOLS:
        field = "command" if rule.command else "command_regex"
        return field, f"{shown} has no command", 'write `tool = "Bash"`, or leave the tool out'
    known = names <= KNOWN
    if (rule.file_path_regex or rule.file_path_exclude_regex) and known and not names & FILE_TOOLS:
        field = "file_path_regex" if rule.file_path_regex else "file_path_exclude_regex"
        return field, f"{shown} names no file", "use `path`: it holds for every tool, and for the shell"
    speaks_of_agent = rule.subagent_type or rule.prompt_regex or rule.subagent_type_exclude_regex
    if speaks_of_agent and known and not names & AGENT_TOOLS and not (rule.prompt_regex and "WebFetch" in names):
        field = next(
            name for name in ("subagent_type", "prompt_regex", "subagent_type_exclude_regex") if getattr(rule, name)
        )
        return field, f"{shown} starts no subagent", 'write `tool = "Task"`'
    return None


def _of_kinds(rule: Rule) -> tuple[str, str, str] | None:
    kinds = kinds_of(rule, widen=rule.action != "allow")
    if rule.host and "network" not in kinds:
        reason = f"`host` is about the network, and the rule speaks of {_listed(kinds)}"
        return "host", reason, 'add `operations = ["network"]`'
    if not (rule.path or rule.operations or rule.host):
        return None
    names = tools_named(rule._replace(command=(), command_regex=""))
    if names is None or not names <= frozenset(KINDS):
        return None
    able = frozenset().union(*(KINDS[name] for name in names))
    if not able & kinds:
        field = "operations" if rule.operations else "path" if rule.path else "host"
        reason = f"{', '.join(f'`{name}`' for name in sorted(names))} only does {_listed(able)}"
        wanted = ", ".join(f'"{kind}"' for kind in sorted(able))
        return field, reason, f"write `operations = [{wanted}]`, or another tool"
    return None


def _listed(kinds: frozenset[str]) -> str:
    return ", ".join(sorted(kinds))
