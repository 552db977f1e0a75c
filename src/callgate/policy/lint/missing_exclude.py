"""An allow rule over a whole tree that leaves nothing out.

What it finds: an allow rule with `path` or `file_path_regex` that covers files which tools run or trust on their own
(`.git/hooks`, `.claude`, `.vscode`, workflows, shell start-up files) for writing, or files of credentials for reading,
while no deny or ask rule speaks of them; and, with `shell = "raw"`, an allow `command_regex` behind which another
command may follow.

Why it matters: whoever writes `.git/hooks/pre-commit` runs a program at the next commit. (Guardrails ask about the most
important of these places; a rule that spells one lifts that.)

Instead of `path = "<project>/**"`, write `path = ["<project>/**", "!<project>/.git/**", "!**/.claude/**"]`, and begin
the policy with the denies of a shipped profile.
"""

from __future__ import annotations

from typing import Final, Iterator

from callgate.core.model import Action, Rule
from callgate.policy.index import Index, kinds_of
from callgate.policy.language import samples
from callgate.policy.lint.model import Code, Context, Finding, quoted
from callgate.policy.lint.tools import FILE_TOOLS, KINDS, speaks_of
from callgate.policy.regexes import Pattern

CODE: Final[Code] = "missing_exclude"

RUN: Final = (
    "<project>/.git/hooks/pre-commit", "<project>/.claude/settings.json", "<project>/.vscode/tasks.json",
    "<project>/.github/workflows/ci.yml", "<project>/.envrc", "~/.bashrc", "~/.gitconfig",
)  # fmt: skip
"""Files that something runs or trusts without being asked."""

SECRET: Final = ("<project>/.env", "~/.ssh/id_ed25519", "~/.aws/credentials", "~/.netrc")


def find(context: Context) -> Iterator[Finding]:
    """Yield at most one finding for each allow rule."""
    refusals = [_index(context, "deny"), _index(context, "ask")]
    for rule in context.rules:
        if rule.action != "allow" or not context.wanted(rule) or context.is_shipped(rule):
            continue
        if rule.path or rule.file_path_regex:
            yield from _files(context, rule, refusals)
        elif rule.command_regex and context.settings.shell == "raw":
            yield from _raw(rule)


def _index(context: Context, action: Action) -> Index:
    return Index(action, tuple(rule for rule in context.rules if rule.action == action), context.anchors)


def _files(context: Context, rule: Rule, refusals: list[Index]) -> Iterator[Finding]:
    if rule.command or rule.command_regex:
        return
    for kind, places, what in (("write", RUN, "run or trust on their own"), ("read", SECRET, "hold credentials")):
        for place in places:
            path = _path(context, place)
            if path and _covers(context, rule, kind, path) and not _refused(refusals, kind, path):
                field = "path" if rule.path else "file_path_regex"
                out = f'"!{place}"' if rule.path else "`file_path_exclude_regex`"
                message = f"the rule allows to {kind} `{place}`, and no deny or ask rule speaks of it"
                help_text = f"leave out what tools {what}" if kind == "write" else f"leave out files that {what}"
                yield Finding(CODE, rule, message, f"{help_text}: {out} and the like", field, witness=f"{kind} {path}")
                return


def _path(context: Context, place: str) -> str:
    if place.startswith("~"):
        return context.anchors.home.rstrip("/") + place[1:]
    return context.anchors.project + place.removeprefix("<project>") if context.anchors.project else ""


def _tool_for(rule: Rule, kind: str) -> str:
    """Return a tool of the rule that does *kind* to a file; the shell's when the rule names none."""
    named = [tool for tool, kinds in KINDS.items() if kind in kinds and speaks_of(rule, tool)]
    return next((tool for tool in named if tool in FILE_TOOLS), "")


def _covers(context: Context, rule: Rule, kind: str, path: str) -> bool:
    tool = _tool_for(rule, kind)
    if not tool:
        return False
    try:
        if rule.path:
            hits = Index("allow", (rule,), context.anchors).table(tool).path_rules(path)
            return bool(hits) and kind in kinds_of(rule, widen=False)
        pattern = Pattern(rule.file_path_regex, case_sensitive=rule.case_sensitive, on_timeout=False)
        exclude = rule.file_path_exclude_regex
        out = exclude and Pattern(exclude, case_sensitive=rule.case_sensitive, on_timeout=True).search(path)
        return pattern.search(path) and not out
    except ValueError:
        return False


def _refused(refusals: list[Index], kind: str, path: str) -> bool:
    tool = "Write" if kind == "write" else "Read"
    for index in refusals:
        table = index.table(tool)
        if any(kind in hit[0].kinds for hit in table.path_rules(path)):
            return True
        if any(kind in kinds_of(rule, widen=True) and not rule.host for rule in table.operations):
            return True
        try:
            if table.plain or table.files.match(path):
                return True
        except ValueError:
            return False
    return False


def _raw(rule: Rule) -> Iterator[Finding]:
    try:
        pattern = Pattern(rule.command_regex, case_sensitive=rule.case_sensitive, on_timeout=False)
        exclude = rule.command_exclude_regex
        left_out = Pattern(exclude, case_sensitive=rule.case_sensitive, on_timeout=True) if exclude else None
    except ValueError:
        return
    for text in samples.of_regex(rule.command_regex, case_sensitive=rule.case_sensitive):
        for more in ("; rm -rf ~", " && rm -rf ~", " | sh", " $(rm -rf ~)", "\nrm -rf ~", " `rm -rf ~`", " & rm -rf ~"):
            if pattern.search(text + more) and not (left_out and left_out.search(text + more)):
                message = f'with `shell = "raw"`, {quoted(rule.command_regex)} also allows {quoted(text + more)}'
                help_text = "take `shell = \"raw\"` out, or add `command_exclude_regex = '[;&|`$<>\\n]'`"
                yield Finding(CODE, rule, message, help_text, "command_regex", witness=text + more)
                return
