"""What a rule covers, in English. From the compiled rule: anchors and aliases are what the gate takes them for."""

from __future__ import annotations

from typing import Final, Iterator

from callgate.core.model import Rule
from callgate.policy.globs import Anchors, compile_glob
from callgate.policy.index import SHELL_TOOLS, kinds_of
from callgate.policy.language import samples
from callgate.policy.lint.tools import KINDS, named, speaks_of

_VERBS: Final = {"allow": "allows", "ask": "asks a person about", "deny": "denies"}
_MAX_LISTED: Final = 12


def in_words(rule: Rule, anchors: Anchors) -> list[tuple[str, list[str]]]:
    """Return (heading, lines) pairs that say what *rule* covers."""
    found = [("what it does", [_summary(rule)])]
    found.append(("tools", [_tools(rule)]))
    if rule.command or rule.command_regex:
        found.append(("commands", _short(_commands(rule))))
    if rule.path:
        found.append(("paths", _short(_paths(rule, anchors))))
    if rule.path or rule.operations or rule.host:
        kinds = sorted(kinds_of(rule, widen=rule.action != "allow"))
        found.append(("operations", [", ".join(kinds)]))
    if rule.host:
        found.append(("hosts", [", ".join(rule.host)]))
    conditions = list(_conditions(rule))
    if conditions:
        found.append(("only", conditions))
    limits = list(_limits(rule))
    if limits:
        found.append(("not", limits))
    return found


def _summary(rule: Rule) -> str:
    verb = _VERBS[rule.action]
    if rule.level != "enforce":
        return f"decides nothing (level {rule.level}): it would be one that {verb} calls"
    by_operation = rule.path or rule.operations or rule.host
    command = rule.command or rule.command_regex
    if rule.action == "allow":
        if by_operation:
            where = "of the commands below" if command else "of any program or tool"
            return (
                f"allows single operations {where}; a call needs all of its operations covered, by this or other rules"
            )
        if command:
            return "allows the commands below as a whole; each other command of a call needs a rule of its own"
        return "allows every call of the tools below"
    one = "one operation" if by_operation else "one command" if command else "one call"
    return f"{verb} the whole call as soon as {one} in it matches, wherever it stands"


def _tools(rule: Rule) -> str:
    names = named(rule)
    if names is not None and (rule.command or rule.command_regex) and not rule.tool and not rule.tool_regex:
        return "the shell (Bash, Monitor)"
    if names is not None:
        more = (
            " and Monitor"
            if names == {"Bash"}
            else " (Task and Agent are the same)"
            if names & {"Task", "Agent"}
            else ""
        )
        return ", ".join(sorted(names)) + more
    if rule.tool_regex:
        known = [tool for tool in sorted(KINDS) if speaks_of(rule, tool)]
        return f"names in which `{rule.tool_regex}` is found" + (f": {', '.join(known)}, …" if known else "")
    every = "every tool and the shell"
    return f"{every}, but names in which `{rule.tool_exclude_regex}` is found" if rule.tool_exclude_regex else every


def _commands(rule: Rule) -> list[str]:
    if rule.command_regex:
        made = samples.of_regex(rule.command_regex, case_sensitive=rule.case_sensitive, limit=3)
        like = f", such as {', '.join(f'`{text}`' for text in made)}" if made else ""
        return [f"in whose text `{rule.command_regex}` is found{like}"]
    lines = []
    for text in rule.command:
        made = [" ".join(argv) for argv in samples.of_command(text, limit=3)]
        more = ", with any words behind" if text.rstrip().endswith(" *") else ""
        lines.append(f"`{text}`: " + ", ".join(f"`{one}`" for one in made) + more)
    return lines


def _paths(rule: Rule, anchors: Anchors) -> list[str]:
    lines = []
    for written in rule.path:
        negative = written.startswith("!")
        glob = compile_glob(
            written.lstrip("!") if negative else written, anchors, widen=(rule.action != "allow") != negative
        )
        head = "not " if negative else ""
        if glob is None:
            lines.append(f"`{written}`: nothing, there is no project here")
        elif glob.shape == "exact":
            lines.append(f"{head}{glob.prefix}")
        elif glob.shape == "tree":
            lines.append(f"{head}{glob.prefix} and everything below it")
        else:
            lines.append(
                f"{head}what matches `{written.lstrip('!')}`"
                + (f" below {glob.prefix}" if glob.prefix else " anywhere")
            )
    return lines


def _conditions(rule: Rule) -> Iterator[str]:
    for field, text in (
        ("file_path_regex", "where `{}` is found in the file's path"),
        ("prompt_regex", "where `{}` is found in the prompt"),
        ("subagent_type", "for subagents of the type `{}`"),
    ):
        if value := getattr(rule, field):
            yield text.format(value)
    for field, regex in rule.input_regex:
        yield f"where `{regex}` is found in `{field}` of the input"
    if rule.mode:
        yield f"in the permission modes {', '.join(rule.mode)}"
    if rule.expires is not None:
        from callgate.journal.records import timestamp  # noqa: PLC0415 - few rules expire

        yield f"until {timestamp(rule.expires)}"
    if not rule.case_sensitive:
        yield "whether letters are capital or not makes no difference"


def _limits(rule: Rule) -> Iterator[str]:
    for field, what in (
        ("command_exclude_regex", "commands"),
        ("file_path_exclude_regex", "files"),
        ("subagent_type_exclude_regex", "subagents"),
        ("prompt_exclude_regex", "prompts"),
    ):
        if value := getattr(rule, field):
            yield f"{what} in which `{value}` is found"
    whole = not (rule.path or rule.operations or rule.host)
    if rule.action == "allow" and whole and (rule.command or rule.command_regex):
        yield "what an option brings in (a file that it writes, a program that it runs), unless the pattern spells it"
        yield "redirects, substitutions and other commands of the same call"
    if rule.action == "allow" and not any(speaks_of(rule, tool) for tool in SHELL_TOOLS):
        yield "the shell: `cat`, `cp` and redirects need a rule of their own"


def _short(lines: list[str]) -> list[str]:
    if len(lines) <= _MAX_LISTED:
        return lines
    return [*lines[:_MAX_LISTED], f"and {len(lines) - _MAX_LISTED} more"]
