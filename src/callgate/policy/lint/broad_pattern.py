"""An allow rule that allows far more than anybody means.

What it finds: a regular expression or word pattern that matches every command or file, a whole tool that changes
things or reads anywhere, every operation of a kind wherever it goes, and programs that run whatever they are given:
interpreters, shells, `sudo`, `env`, `xargs`, `ssh`, `docker`.

Why it matters: `python *` allows `python -c '…'`, and that is everything.

Instead of `command = "python *"`, write `command = "python scripts/build.py *"`, or allow the test runner by name.
"""

from __future__ import annotations

from typing import Final, Iterator

from callgate.core.model import Rule
from callgate.policy.globs import Anchors
from callgate.policy.index import Index
from callgate.policy.lint.model import Code, Context, Finding, quoted
from callgate.policy.patterns import PatternError, parse_pattern
from callgate.policy.regexes import Pattern

CODE: Final[Code] = "broad_pattern"

INTERPRETERS: Final = tuple(
    "sh bash zsh dash ksh fish python python2 python3 node deno bun perl ruby php lua awk osascript pwsh tclsh Rscript "
    "eval source exec".split()
)
RUNNERS: Final = tuple("sudo doas su env xargs ssh nohup timeout nice watch parallel npx uvx script setsid".split())
"""Programs that run another program which their words name."""

_NOWHERE: Final = Anchors("/", "", "/")
_CONTAINERS: Final = ("docker", "podman", "kubectl")

_ODD: Final = ("zqx", "zqx -rf /etc/zqx", "/zqx/\u00e9 $(x) 'y'")
"""Texts that no author had in mind: what matches all of them matches everything."""

TOOLS: Final = {
    "Bash": "runs any command", "Monitor": "runs any command", "PowerShell": "runs any command",
    "Write": "writes any file", "Edit": "changes any file", "MultiEdit": "changes any file",
    "NotebookEdit": "changes any notebook", "Read": "reads any file, credentials included",
    "Grep": "reads any file, credentials included", "WebFetch": "sends a request anywhere",
}  # fmt: skip

_LIMITS: Final = (
    "file_path_regex", "file_path_exclude_regex", "command_regex", "command_exclude_regex", "subagent_type",
    "prompt_regex", "path", "operations", "command", "input_regex", "host",
)  # fmt: skip


def find(context: Context) -> Iterator[Finding]:
    """Yield at most one finding for each allow rule."""
    for rule in context.rules:
        if rule.action != "allow" or not context.wanted(rule):
            continue
        found = _tool(context, rule) or _regex(rule) or _command(rule) or _kinds(rule)
        if found:
            message, help_text, field, item = found
            yield Finding(CODE, rule, message, help_text, field, item)


_Fault = tuple[str, str, str, int]
"""Message, help, field, position."""


def _tool(context: Context, rule: Rule) -> _Fault | None:
    if any(getattr(rule, field) for field in _LIMITS) or not (rule.tool or rule.tool_regex):
        return None
    index = Index("allow", (rule,), context.anchors)
    try:
        name = next((tool for tool in TOOLS if index.table(tool).plain), None)
    except ValueError:
        return None
    if name is None:
        return None
    field = "tool" if rule.tool else "tool_regex"
    return f"the rule allows every call of `{name}`: it {TOOLS[name]}", "add `command`, `path` or `host`", field, -1


def _regex(rule: Rule) -> _Fault | None:
    for field, more in (("command_regex", "command"), ("file_path_regex", "path")):
        regex = getattr(rule, field)
        if not regex or rule.path or rule.operations:
            continue
        try:
            pattern = Pattern(regex, case_sensitive=rule.case_sensitive, on_timeout=False)
        except ValueError:
            continue
        if all(pattern.search(text) for text in _ODD):
            return f"{quoted(regex)} matches everything", f"say what is meant; `{more}` is easier to read", field, -1
        if field == "command_regex":
            for name, text in _anything():
                if pattern.search(text) and not _left_out(rule, text):
                    return (*_runs(name, regex), field, -1)
    return None


def _left_out(rule: Rule, text: str) -> bool:
    exclude = rule.command_exclude_regex
    return bool(exclude) and Pattern(exclude, case_sensitive=rule.case_sensitive, on_timeout=True).search(text)


def _command(rule: Rule) -> _Fault | None:
    if rule.path or rule.operations or rule.host:
        return None
    for at, text in enumerate(rule.command):
        try:
            parse_pattern(text)
        except PatternError:
            continue
        table = Index("allow", (rule._replace(command=(text,)),), _NOWHERE).table("Bash")
        if table.command_rules(("zqx", "-rf", "/etc/zqx")):
            return f"{quoted(text)} matches every command", "name the program", "command", at
        for name, given in _anything():
            argv = tuple(given.split(" "))
            if table.command_rules(argv) and not _left_out(rule, given):
                return (*_runs(name, text), "command", at)
    return None


def _anything() -> Iterator[tuple[str, str]]:
    """Yield programs with a command that makes them run something of the caller's choice."""
    for name in INTERPRETERS:
        yield name, f"{name} -c zqx" if name not in {"eval", "source", "exec"} else f"{name} zqx"
        yield name, f"{name} -e zqx"
    for name in RUNNERS:
        yield name, f"{name} zqx -rf /etc/zqx"
    for name in _CONTAINERS:
        yield name, f"{name} run zqx zqx -rf /etc/zqx"
        yield name, f"{name} exec zqx zqx -rf /etc/zqx"


def _runs(name: str, pattern: str) -> tuple[str, str]:
    return f"{quoted(pattern)} allows `{name}` to run anything", "name the script or the subcommand that is meant"


def _kinds(rule: Rule) -> _Fault | None:
    if rule.command or rule.command_regex or rule.tool or rule.tool_regex:
        return None
    if rule.path:
        kinds = set(rule.operations or ("read", "write", "delete")) - {"read"}
        for at, glob in enumerate(rule.path):
            if kinds and glob in {"/**", "/", "/*", "~/**", "~", "**/*", "/**/*"} and not _excludes(rule):
                what = " and ".join(sorted(kinds))
                return f"{quoted(glob)} allows {what} in all of it", "name the directories that are meant", "path", at
        return None
    open_host = not rule.host or "*" in rule.host
    wide = [kind for kind in rule.operations if kind in {"write", "delete", "execute", "network"}]
    if wide and open_host:
        named = ", ".join(f"`{kind}`" for kind in wide)
        field = "host" if rule.host else "operations"
        return f"the rule allows {named} everywhere", "add `path`, or `host` for the network", field, -1
    return None


def _excludes(rule: Rule) -> bool:
    return any(glob.startswith("!") for glob in rule.path)
