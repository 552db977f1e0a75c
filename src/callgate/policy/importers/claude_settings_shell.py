r"""Bash rules: what Claude Code compares with the text of each simple command, as word patterns of callgate.

An allow that words cannot say exactly is left out, or, when it is one exact command, holds for that very text alone.
A deny or ask that words cannot say becomes an expression over the text, which never matches less.
"""

from __future__ import annotations

import shlex
from typing import Final, NamedTuple

from callgate.policy.importers.claude_settings_debris import debris
from callgate.policy.importers.claude_settings_model import Draft, Finding, Outcome, Parsed, World
from callgate.policy.importers.claude_settings_words import STAR, Word, Words, pattern, split
from callgate.policy.patterns import check_pattern, may_match, parse_pattern
from callgate.shell.analyse import analyse_command
from callgate.shell.names import program_name

_CWD: Final = "/home/user/project"
_SPECIAL: Final = frozenset(".^$+{}()|\\*?[]")
_BEFORE: Final = (
    r'(?:^|[;&|({`"\x27!\n])\s*(?:(?:\w+=\S*|-\S+|\d\S*|timeout|time|nice|nohup|stdbuf|command|builtin|noglob|xargs|sudo|env|'
    r"exec|if|then|else|do|while|until)\s+)*(?:\S*/)?"
)
"""What stands in front of a command within a longer text. `\\x27` is the apostrophe, which a literal of TOML lacks."""
_BEHIND: Final = r'(?:[\s;&|)}`"\x27<>]|$)'
_END: Final = r'\s*(?:[;&|)}`"\x27<>\n]|$)'


class ShellRule(NamedTuple):
    """The specifier of a Bash rule."""

    text: str
    """Without the `:*` at its end."""
    wild: bool
    """There are wildcards, or a `:*` at the end."""
    words: Words
    """With a lone wildcard at the end for `:*`."""
    two_readings: bool = False
    """It has `:*` at its end and wildcards before."""


def read_rule(spec: str, home: str) -> ShellRule:
    """Take the specifier of a Bash rule apart."""
    text = spec.strip()
    prefix = text.endswith(":*")
    text = text[:-2].rstrip() if prefix else text
    inner = _has_star(text)
    words = split(text, wild=inner, home=home)
    if prefix:
        words = words._replace(words=(*words.words, Word((STAR,), quoted=False)))
    if words.words and (first := words.words[0].literal):
        words = words._replace(words=(Word((program_name(first),), quoted=False), *words.words[1:]))
    return ShellRule(text, inner or prefix, words, prefix and inner)


def _has_star(text: str) -> bool:
    position = text.find("*")
    while position >= 0:
        slashes = len(text[:position]) - len(text[:position].rstrip("\\"))
        if slashes % 2 == 0:
            return True
        position = text.find("*", position + 1)
    return False


def is_whole(spec: str | None) -> bool:
    """Whether a Bash rule speaks of every command."""
    return spec is None or spec.strip() in {"*", ":*"}


def translate_shell(parsed: Parsed, world: World) -> list[Outcome]:
    """Translate `Bash(…)` with a specifier that is not everything."""
    spec = parsed.spec or ""
    rule = read_rule(spec, world.home)
    if parsed.statement.action == "allow":
        return [_allow(parsed, rule)]
    return _refuse(parsed, rule)


def _allow(parsed: Parsed, rule: ShellRule) -> Outcome:
    source = (parsed.statement,)
    if why := debris(rule.text):
        return Finding("dead", source, f"left behind by an approval: {why}", "remove it")
    if rule.words.words[0].parts[1:] == (STAR,) and rule.words.words[0].parts[0].endswith(":"):
        help_text = f"write ` *` instead: `Bash({rule.text.replace(':*', ' *')})`"
        return Finding("dead", source, "`:*` counts at the end only; here it is text that no command has", help_text)
    if rule.two_readings:
        message = "`*` in the middle and `:*` at the end: the `*` may be a wildcard or the character"
        return Finding("left-out", source, message, "write ` *` instead of `:*`, or a literal prefix")
    if not rule.wild:
        return _exact(parsed, rule)
    if "a shell operator" in rule.words.trouble:
        message = "an operator: each command of a call is compared by itself, and none holds one"
        return Finding("dead", source, message, "write one rule for each command")
    if rule.words.trouble:
        message = f"{rule.words.trouble} in front of a wildcard: callgate compares what the shell makes of it"
        return Finding("left-out", source, message, "write a `command` pattern for the words that result")
    written = pattern(rule.words)
    if (fault := check_pattern(written)) is not None:
        return Finding("left-out", source, f"has no form as a pattern: {fault[0]}", "write a `command` pattern")
    if rule.words.head and not _is_unit(written, rule.words.head):
        message = f"callgate looks through `{rule.words.head[0]}` and judges what it runs or changes by itself"
        return Finding("left-out", source, message, "allow the command that stands behind it")
    return Draft("allow", {"command": written}, _name(rule), source)


def _exact(parsed: Parsed, rule: ShellRule) -> Outcome:
    """Translate one exact command: its words, or its very text when words cannot say it."""
    source = (parsed.statement,)
    if not rule.words.trouble:
        written = pattern(rule.words)
        if _is_unit(written, rule.words.head, alone=True):
            return Draft("allow", {"command": written}, _name(rule), source, f"one-off {rule.words.head[0]}")
    analysis = analyse_command(rule.text, cwd=_CWD, home=_CWD)
    if analysis.flows:
        message = "runs downloaded or decoded text, or sends secrets out: not imported"
        return Finding("dangerous", source, message, "a guardrail of callgate denies it")
    if analysis.coverage == "partial":
        problem = next(unit.problem for unit in analysis.units if unit.problem)
        message = f"one command that callgate does not read to its end, and so never allows: {problem}"
        return Finding("left-out", source, message, "write a rule for what you want to allow")
    matchers = {"tool": "Bash", "input_regex": {"command": f"^{literal(rule.text)}$"}}
    return Draft("allow", matchers, "exact-commands", source, "exact text")


def _refuse(parsed: Parsed, rule: ShellRule) -> list[Outcome]:
    """Translate a deny or ask: a word pattern where it surely matches as much, else an expression over the text."""
    statement = parsed.statement
    name = _name(rule)
    written = _plain_pattern(rule)
    if written:
        return [Draft(statement.action, {"command": written}, name, (statement,))]
    regex = _expression(rule)
    message = f"held against the text of the whole command: {rule.words.trouble or 'wildcards span words'}"
    return [
        Draft(statement.action, {"tool": "Bash", "command_regex": regex}, name, (statement,)),
        Finding("wider", (statement,), message, "a `command` or `path` rule may say it better"),
    ]


def _plain_pattern(rule: ShellRule) -> str:
    """Return the word pattern of a deny or ask whose only wildcard stands at its end; empty when that would be less."""
    *front, last = rule.words.words
    if rule.words.trouble or rule.two_readings or any(word.literal is None for word in front):
        return ""
    sample = rule.words.head
    if last.literal is None:
        if last.quoted or last.parts[-1] != STAR or len(last.parts) > 2:
            return ""
        sample = (*sample, *last.parts[:-1])
    written = pattern(rule.words)
    return written if sample and _is_unit(written, sample) else ""


def _expression(rule: ShellRule) -> str:
    """Return an expression that is found in every text that the rule matches, and in every longer one around it."""
    text = rule.text
    trailing = rule.wild and (len(rule.words.words) > 0 and not text.endswith("*"))
    ends_open = text.endswith(" *")
    body = text[:-2].rstrip() if ends_open else text
    out = "".join(".*" if part == STAR else literal(part) for part in _pieces(body, wild=_has_star(text)))
    before = "" if body.startswith("*") else _BEFORE
    if ends_open or trailing:
        behind = _BEHIND
    elif body.endswith("*"):
        behind = ""
    else:
        behind = _END
    return f"(?s){before}{out}{behind}"


def _pieces(text: str, *, wild: bool) -> list[str]:
    pieces = [""]
    position = 0
    while position < len(text):
        char = text[position]
        if char == "\\" and text[position + 1 : position + 2] == "*" and wild:
            position += 1
            pieces[-1] += "*"
        elif char == "*" and wild:
            pieces += [STAR, ""]
        else:
            pieces[-1] += char
        position += 1
    return [piece for piece in pieces if piece]


def literal(text: str) -> str:
    """Return the expression for *text* itself."""
    return "".join("\\" + char if char in _SPECIAL else "\\n" if char == "\n" else char for char in text)


def _is_unit(written: str, head: tuple[str, ...], *, alone: bool = False) -> bool:
    """Whether callgate sees the words *head* as one simple command, which the pattern *written* matches.

    Wrappers (`timeout`, `xargs`) and some builtins (`export`) leave no command of that name.
    """
    if check_pattern(written) is not None:
        return False
    elements = parse_pattern(written)
    for more in [()] if alone else [(), ("x",), ("x", "y")]:
        words = (*head, *more)
        analysis = analyse_command(shlex.join(words), cwd=_CWD, home=_CWD)
        units = [unit for unit in analysis.units if unit.kind == "command"]
        named = [unit for unit in units if unit.argv == words and not unit.wrappers]
        if not named or (alone and (len(units) > 1 or not may_match(elements, words))):
            return False
    return True


def _name(rule: ShellRule) -> str:
    kept = [word for word in rule.text.split() if not word.startswith("-")][:3]
    return " ".join(kept) or rule.text or "bash"
