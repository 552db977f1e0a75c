"""A path pattern that matches nothing, or not what its author meant.

What it finds: braces, variables and regular expressions in a `path` (all of them literal there), a class that spans a
`/`, `<project>` with text stuck to it, `./` in a file that is not the project's (it is seen from the project root, not
from the file), a `path` beside operations that have no path, and an allow `file_path_regex` that only matches names
with a slash at the end (paths are normalised first).

Why it matters: a deny that matches nothing protects nothing.

Instead of `path = "$HOME/.ssh/**"`, write `path = "~/.ssh/**"`; of `"src/*.{js,ts}"`, `["src/*.js", "src/*.ts"]`.
"""

from __future__ import annotations

import re
from typing import Final, Iterator

from callgate.core.model import Rule
from callgate.core.paths import is_within
from callgate.policy.lint.inclusion import PATH_KINDS
from callgate.policy.lint.model import Code, Context, Finding, quoted

CODE: Final[Code] = "dead_path"

_BRACES: Final = re.compile(r"\{([^{}]*,[^{}]*)\}")
_VARIABLE: Final = re.compile(r"\$\{?(\w+)\}?|%(\w+)%")
_REGEX: Final = re.compile(r"^\^|\$$|\\[dws]|\(\?|\.\+|\.\*\\|\([^)]*\|[^)]*\)")
_SPANNING: Final = re.compile(r"\[[^\]/]*/[^\]]*\]")
_ANCHORS: Final = {"HOME": "~", "USERPROFILE": "~", "PROJECT": "<project>", "CLAUDE_PROJECT_DIR": "<project>",
                   "PWD": "<project>", "PROJECT_ROOT": "<project>", "PROJECT_DIR": "<project>"}  # fmt: skip


def find(context: Context) -> Iterator[Finding]:
    """Yield a finding for each pattern that is not what it seems."""
    for rule in context.rules:
        if not context.wanted(rule):
            continue
        for at, glob in enumerate(rule.path):
            fault = _glob(context, rule, glob.removeprefix("!"))
            if fault:
                yield Finding(CODE, rule, f"{quoted(glob)} {fault[0]}", fault[1], "path", at)
        yield from _operations(rule)
        if rule.action == "allow" and re.search(r"(?<!\\)/\$$", rule.file_path_regex):
            message = f"{quoted(rule.file_path_regex)} cannot match: a path has no slash at its end"
            yield Finding(CODE, rule, message, "leave the slash out, or write `/` and what follows", "file_path_regex")


def _glob(context: Context, rule: Rule, glob: str) -> tuple[str, str] | None:
    """Return what is the matter with *glob* and what to do."""
    if braces := _BRACES.search(glob):
        options = [glob[: braces.start()] + one + glob[braces.end() :] for one in braces.group(1).split(",")][:6]
        return "has braces, which stand for themselves", "write " + ", ".join(f'"{one}"' for one in options)
    if variable := _VARIABLE.search(glob):
        anchor = _ANCHORS.get((variable.group(1) or variable.group(2)).upper())
        help_text = (
            f"write `{glob.replace(variable.group(), anchor)}`" if anchor else "write `~`, `<project>` or the path"
        )
        return f"holds {quoted(variable.group())}, which stands for itself", help_text
    if _REGEX.search(glob):
        return "looks like a regular expression, and is a glob", "`**` spans directories, `*` stays in one"
    if _SPANNING.search(glob):
        return "has a class with a `/` in it, which no name holds", "write the alternatives as patterns of their own"
    if re.match(r"<project>[^/]", glob):
        rest = glob.removeprefix("<project>")
        return f"reads like a name that begins with the project's, and means `<project>/{rest}`", "write the slash"
    if glob.startswith("./") and rule.source.file and not _inside(context, rule):
        base = context.anchors.project or "the project root"
        return f"is seen from `{base}`, not from the file it stands in", "write `<project>/…`, `~/…` or the whole path"
    return None


def _inside(context: Context, rule: Rule) -> bool:
    project = context.anchors.project
    return bool(project) and is_within(rule.source.file, project)


def _operations(rule: Rule) -> Iterator[Finding]:
    if not rule.path or not rule.operations:
        return
    without = [kind for kind in rule.operations if kind not in PATH_KINDS]
    if not without:
        return
    named = ", ".join(f"`{kind}`" for kind in without)
    if len(without) == len(rule.operations):
        message = f"`path` can never match: {named} has no path"
        yield Finding(CODE, rule, message, "use `host` for the network, or `command`", "operations")
    else:
        message = f"{named} has no path, so the rule does not speak of it"
        help_text = "write a rule of its own for it: `host` for the network, or `command`"
        yield Finding(CODE, rule, message, help_text, "operations")
