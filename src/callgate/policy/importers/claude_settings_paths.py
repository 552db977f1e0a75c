"""Path rules: `Read(…)` and `Edit(…)` with gitignore patterns, and `additionalDirectories`.

An allow holds for the file tools that Claude Code applies it to. A deny or ask holds for every tool and for the shell,
as callgate's path rules do: Claude Code sees only some of the shell's file access.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from callgate.core.paths import join, normalise
from callgate.policy.globs import check_glob, is_readable
from callgate.policy.importers.claude_settings_model import Draft, Finding, Origin, Outcome, Parsed, Statement

READERS: Final = ("Read", "Glob", "Grep", "LS", "LSP", "NotebookRead")
"""Tools that a `Read` rule governs."""
EDITORS: Final = ("Edit", "Write", "MultiEdit", "NotebookEdit")
"""Tools that an `Edit` rule governs."""
UNHEARD: Final = {
    **dict.fromkeys(("Write", "MultiEdit", "NotebookEdit"), "Edit"),
    **dict.fromkeys(("Glob", "Grep", "LS", "LSP", "NotebookRead"), "Read"),
}
"""Tools whose own path rules Claude Code never consults -> the tool whose rules it does."""


class Places(NamedTuple):
    """What a pattern stands for."""

    globs: tuple[str, ...]
    trouble: str = ""
    """Why callgate cannot say it; then there are no globs."""
    help: str = ""
    dead: bool = False
    """It can never match in Claude Code."""
    note: str = ""
    """How the globs differ from the pattern."""


def tools_regex(names: tuple[str, ...]) -> str:
    """Return the expression for exactly these tools."""
    return f"^(?:{'|'.join(names)})$"


def translate_path(parsed: Parsed) -> list[Outcome]:
    """Translate `Read(path)` or `Edit(path)`, and say of other tools that they have no path rules."""
    statement, tool, spec = parsed.statement, parsed.tool, (parsed.spec or "").strip()
    if tool in UNHEARD:
        message = f"Claude Code never consults a path rule of `{tool}`"
        return [Finding("dead", (statement,), message, f"write `{UNHEARD[tool]}({spec})`")]
    narrow = statement.action == "allow"
    places = read_places(spec, statement.origin, narrow=narrow)
    if places.trouble:
        return [Finding("dead" if places.dead else "left-out", (statement,), places.trouble, places.help)]
    matchers: dict[str, Any] = {}
    if narrow:
        matchers["tool_regex"] = tools_regex((*EDITORS, *READERS) if tool == "Edit" else READERS)
        matchers["operations"] = ["read", "write"] if tool == "Edit" else ["read"]
    elif tool == "Edit":
        matchers["operations"] = ["write", "delete"]
    matchers["path"] = list(places.globs)
    out: list[Outcome] = [Draft(statement.action, matchers, f"{tool} {spec}", (statement,))]
    if places.note:
        out.append(Finding("narrower" if narrow else "wider", (statement,), places.note))
    return out


def read_places(spec: str, origin: Origin, *, narrow: bool) -> Places:
    """Return the globs for a gitignore pattern of Claude Code.

    Args:
        spec: as it stands in the parentheses.
        origin: says what a leading `/` means.
        narrow: read it as an allow: where Claude Code's documentation leaves two readings, the smaller one.
    """
    if not spec or spec.startswith("#"):
        return Places((), "matches nothing: it is empty or a comment of gitignore", "remove it", dead=True)
    if spec.startswith("!"):
        return Places((), "a negation alone matches nothing", "write what it should match", dead=True)
    if "/../" in f"/{spec}/":
        help_text = "write the absolute path: `//dir/**`, or `~/dir/**`"
        return Places((), "`..` never matches: paths are normalised first", help_text, dead=True)
    if not is_readable(spec.replace("\\", "")) or check_glob(spec.lstrip("/~") or "x"):
        if narrow:
            return Places((), "a bracket or backslash that callgate reads differently", "write it without")
        spec = _loosened(spec)
    if spec.startswith("//"):
        return _absolute("/" + spec.lstrip("/"), narrow=narrow)
    if spec == "~" or spec.startswith("~/"):
        return _absolute(spec, narrow=narrow)
    if spec.startswith("~"):
        return Places((), "`~user` has no form in callgate", "write the absolute path: `//home/user/**`")
    if spec.startswith("/"):
        return _from_source(spec.lstrip("/"), origin, narrow=narrow)
    return _from_cwd(spec.removeprefix("./").lstrip("/"), narrow=narrow)


def _loosened(spec: str) -> str:
    """Return a pattern that matches at least what *spec* does: what callgate might read differently is any name."""
    return "/".join("*" if {"[", "]", "\\"} & set(segment) else segment for segment in spec.split("/"))


def _absolute(path: str, *, narrow: bool) -> Places:
    return Places(_with_below(path, narrow=narrow))


def _from_source(rest: str, origin: Origin, *, narrow: bool) -> Places:
    """A leading `/`: the project of a project's file, `~/.claude` of the user's."""
    inside = f"<project>/{rest}" if rest else "<project>/**"
    if origin.scope in {"project", "local"}:
        return Places(_with_below(inside, narrow=narrow))
    if origin.scope == "user":
        own = f"~/.claude/{rest}" if rest else "~/.claude/**"
        if narrow:
            return Places(_with_below(own, narrow=True), note="a leading `/` in the user's settings is `~/.claude/`")
        note = "a leading `/` in the user's settings is `~/.claude/`; taken as the project and as `/`, too"
        return Places((own, inside, f"/{rest}" if rest else "/**"), note=note)
    if narrow:
        return Places((), "a leading `/` in a file of no known place", "write `//` for the root, `./` for the project")
    note = "a leading `/` in a file of no known place: taken as the project and as the root"
    return Places((inside, f"/{rest}" if rest else "/**"), note=note)


def _from_cwd(rest: str, *, narrow: bool) -> Places:
    """No anchor: below the directory where Claude Code was started, which is callgate's project."""
    if not rest or rest == ".":
        return Places(("<project>/**",))
    if rest.startswith("**/"):
        return Places((f"<project>/{rest}",) if narrow else (rest,))
    segments = [part for part in rest.split("/") if part]
    single = len([part for part in segments if part != "**"]) == 1
    if not single:
        return Places(_with_below(f"<project>/{rest}", narrow=narrow))
    if not narrow:
        return Places((f"**/{rest}",))
    note = "" if "/" in rest.rstrip("/") else "holds at the top of the project only, not at every depth"
    return Places(_with_below(f"<project>/{rest}", narrow=True), note=note)


def _with_below(glob: str, *, narrow: bool) -> tuple[str, ...]:
    """Return *glob* and, for what looks like a directory, what lies below: gitignore means both, a deny does anyway."""
    last = glob.rstrip("/").rsplit("/", 1)[-1]
    if not narrow or last == "**" or {"*", "?", "[", "."} & set(last):
        return (glob,)
    return (f"{glob.rstrip('/')}/**",)


def translate_directory(statement: Statement) -> list[Outcome]:
    """Translate one of `additionalDirectories`: the file tools may read there."""
    text = statement.text.strip()
    if any(not char.isprintable() for char in text) or len(text) > 1000:
        message = "not a path that can be read: too long, or with control characters"
        return [Finding("left-out", (statement,), message)]
    if text.startswith(("/", "~/")) or text == "~":
        base = normalise(text) if text.startswith("/") else "~" + normalise("/" + text[1:]).rstrip("/")
    elif statement.origin.project:
        base = normalise(join(statement.origin.project, text))
    else:
        message = "a relative directory in settings that belong to no project"
        return [Finding("left-out", (statement,), message, "write it absolute, or with `~/`")]
    matchers = {
        "tool_regex": tools_regex(READERS),
        "operations": ["read"],
        "path": f"{_escaped(base).rstrip('/')}/**",
    }
    return [
        Draft("allow", matchers, f"directory {text}", (statement,)),
        Finding("narrower", (statement,), "reading only: in `acceptEdits` mode Claude Code also edits there"),
    ]


def _escaped(path: str) -> str:
    return "".join("\\" + char if char in "*?[\\" else char for char in path)
