"""A tool name that no agent has, and that looks like one that agents have.

What it finds: in `tool` and in a `tool_regex` that lists names, a name that is a slip of the pen, that is written in
lower case, that belongs to another agent's vocabulary (`read_file`), that names an MCP server and no tool of it, or
that holds wildcards. Names that resemble nothing are left alone: agents have tools of their own.

Why it matters: the rule never matches. A deny of `bash` denies nothing.

Instead of `tool = "bash"`, write `tool = "Bash"`; for all tools of an MCP server, `tool_regex = "^mcp__server__"`.
"""

from __future__ import annotations

import difflib
import re
from typing import Final, Iterator

from callgate.core.model import Rule
from callgate.policy.lint.model import Code, Context, Finding, quoted
from callgate.policy.lint.tools import KNOWN, NEUTRAL, listed_in

CODE: Final[Code] = "unknown_tool"

LIKENESS: Final = 0.75
"""From here on difflib's ratio says that one name is a slip of the pen for the other."""

_SERVER: Final = re.compile(r"mcp__[A-Za-z0-9-]+(?:_[A-Za-z0-9-]+)*")


def find(context: Context) -> Iterator[Finding]:
    """Yield a finding for each name that is probably misspelt."""
    for rule in [*context.rules, *(idle.rule for idle in context.idle if idle.why == "untrusted")]:
        if not context.wanted(rule):
            continue
        field = "tool" if rule.tool else "tool_regex"
        names = (rule.tool,) if rule.tool else listed_in(rule.tool_regex) if rule.tool_regex else ()
        for name in names:
            fault = _fault(rule, name)
            if fault:
                yield Finding(CODE, rule, f"no tool is called {quoted(name)}", fault, field)


def _fault(rule: Rule, name: str) -> str:
    """Return what to write instead; empty when the name is known, or like nothing that is."""
    if name in KNOWN:
        return ""
    if rule.tool and ("*" in name or "(" in name):
        bare = name.split("(", maxsplit=1)[0]
        if bare in KNOWN and "(" in name:
            return f'write `tool = "{bare}"` with `command` or `path`; `callgate import` reads the other form'
        return "a tool name is exact: write `tool_regex`"
    if name.startswith("mcp__"):
        if _SERVER.fullmatch(name) and "__" not in name[5:]:
            return f'that is a server: its tools are `tool_regex = "^{name}__"`'
        return ""
    if name in NEUTRAL:
        return f"write `{NEUTRAL[name]}`: neutral names hold in YAML rule sets only"
    same = next((known for known in sorted(KNOWN) if known.casefold() == name.casefold()), "")
    close = [same] if same else difflib.get_close_matches(name[:60], sorted(KNOWN), 1, LIKENESS)
    return f"did you mean `{close[0]}`?" if close else ""
