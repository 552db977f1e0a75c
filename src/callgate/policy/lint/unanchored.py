r"""An allow rule whose regular expression also matches inside another word or command.

What it finds: an allow `command_regex`, `file_path_regex` or `tool_regex` without `^` that matches behind other text,
or without `$` (or a blank, or `\\b`) that matches the beginning of a longer word. The text that shows it is made up
from the expression, and the engine was asked.

Why it matters: regular expressions are searched for, so `git status` also allows `evil-git status`, and `^git stat`
allows `git stat-and-more`. With `shell = "raw"` whatever stands behind the match is allowed as well.

Instead of `command_regex = 'git status'`, write `command = "git status *"`, or `'^git status( |$)'`.
"""

from __future__ import annotations

from typing import Final, Iterator

from callgate.core.model import Rule
from callgate.policy.language import samples
from callgate.policy.lint.model import Code, Context, Finding, quoted
from callgate.policy.lint.tools import KNOWN
from callgate.policy.regexes import Pattern

CODE: Final[Code] = "unanchored"

_ODD: Final = "\u2603"
"""A snowman: in no class that anybody writes. `[a-z-]*` takes in `-more` on purpose."""

_FRONT: Final = {"command_regex": "evil-", "file_path_regex": "/elsewhere/", "tool_regex": "mcp__evil__"}


def find(context: Context) -> Iterator[Finding]:
    """Yield a finding for each end of an allow regex that is open."""
    for rule in context.rules:
        if rule.action != "allow" or not context.wanted(rule):
            continue
        for field in _FRONT:
            regex = getattr(rule, field)
            if regex:
                yield from _ends(rule, field, regex, raw=context.settings.shell == "raw")


def _ends(rule: Rule, field: str, regex: str, *, raw: bool) -> Iterator[Finding]:
    try:
        pattern = Pattern(regex, case_sensitive=rule.case_sensitive, on_timeout=False)
    except ValueError:
        return
    if pattern.search("") and pattern.search("\x00"):
        return  # `.*` and its like: they are broad, and anchors would not help
    exclude = getattr(rule, field.replace("_regex", "_exclude_regex"))
    left_out = Pattern(exclude, case_sensitive=rule.case_sensitive, on_timeout=True) if exclude else None

    def matches(text: str) -> bool:
        return pattern.search(text) and not (left_out and left_out.search(text))

    for text in samples.of_regex(regex, case_sensitive=rule.case_sensitive):
        front = _FRONT[field] + text.lstrip(" ")
        if matches(text) and matches(front) and matches(_ODD + text.lstrip(" ")):
            help_text = "begin it with `^`; in front of `|`, put the choices into parentheses first"
            if field == "command_regex":
                help_text += ", or use `command`"
            yield Finding(CODE, rule, f"{quoted(regex)} also matches {quoted(front)}: it is searched for anywhere",
                          help_text, field, witness=front)  # fmt: skip
            break
    for text in samples.of_regex(regex, case_sensitive=rule.case_sensitive):
        longer = _longer(text, field, raw=raw)
        if longer and matches(text) and matches(longer) and matches(text + _ODD):
            help_text = "end it with `$`, or with `( |$)` when arguments may follow"
            yield Finding(CODE, rule, f"{quoted(regex)} also matches {quoted(longer)}: nothing says where it ends",
                          help_text, field, witness=longer)  # fmt: skip
            return


def _longer(text: str, field: str, *, raw: bool) -> str:
    """Return *text* with more behind it that its author hardly meant; empty when there is no telling."""
    if field == "command_regex" and raw:
        return text + "; rm -rf ~"
    if not text or not (text[-1].isalnum()):
        return ""
    if field == "tool_regex":
        return text + "Other" if text in KNOWN else ""
    # Letters that a class such as `[a-z]+` takes in are what its author meant.
    return text + ("-more" if field == "command_regex" else ".other")
