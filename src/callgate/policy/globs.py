r"""Path globs: gitignore-like patterns turned into anchored RE2 expressions over normalised absolute paths.

- `*` and `?` stay inside a path segment, `**` spans segments, `[a-z]` and `[!a-z]` are classes, `\\` escapes.
- `<project>`, `~` and `/` anchor; any other pattern with a `/` inside is relative to the project root.
- `**/name` and a plain `name` match at any depth: anywhere in a deny or ask, below the project in an allow.
- `dir/**` is the directory and everything below it.
- In a deny or ask (and in the `!` part of an allow) a pattern also matches everything below what it matches.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, NamedTuple

_QUOTED = {ord(char): "\\" + char for char in ".^$+{}()|\\*?[]"}
_WILD = frozenset("*?[\\")


class Anchors(NamedTuple):
    """The world that patterns are anchored in."""

    home: str
    project: str
    """Empty when there is no project to trust: then `<project>` matches nothing in an allow."""
    cwd: str
    """Stands in for an empty project in a deny or ask, which must not vanish."""


class Glob(NamedTuple):
    """One compiled pattern."""

    regex: str
    """Matches the whole path; needs `(?s)`."""
    prefix: str
    """The longest literal directory in front of the first wildcard, without trailing `/`; how specific it is."""
    floating: bool
    """The pattern begins with `**/`: it may match anywhere below its prefix."""
    shape: Literal["", "exact", "tree"] = ""
    """`exact`: it matches the prefix and nothing else. `tree`: the prefix and everything below it. Neither needs a
    regular expression."""


def check_glob(text: str) -> tuple[str, int] | None:
    """Return (message, offset) when *text* is not a usable pattern, else `None`. A leading `!` is fine."""
    body = text.removeprefix("!")
    shift = len(text) - len(body)
    if not body:
        return "the pattern is empty", 0
    if "\x00" in body:
        return "the pattern holds a NUL character", shift + body.index("\x00")
    if body.startswith("<") and not body.startswith(("<project>/", "<project>")):
        return "the only anchor in angle brackets is `<project>`", shift
    if body.startswith("~") and body != "~" and not body.startswith("~/"):
        return "`~user` is not supported, write the directory", shift
    position = 0 if "[" in body or "\\" in body else len(body)
    while position < len(body):
        if body[position] == "[" and _class_end(body, position) < 0:
            return "`[` without `]`; write `\\[` for the character itself", shift + position
        if body[position] == "[":
            end = _class_end(body, position)
            if _runs_backwards(body[position + 1 : end]):
                return "a range in `[…]` runs backwards", shift + position
            position = end
        elif body[position] == "\\":
            if position + 1 == len(body):
                return "a backslash at the end escapes nothing", shift + position
            position += 1
        position += 1
    if "/../" in f"/{body}/":
        return "`..` cannot match: paths are normalised first", shift + max(body.find(".."), 0)
    return None


def _runs_backwards(inner: str) -> bool:
    """Whether the inside of a class has a range such as `z-a`, which no engine takes."""
    members = inner[1:] if inner[:1] in "!^" else inner
    position = 1 if members.startswith("-") else 0
    while position + 2 < len(members):
        if members[position + 1] != "-":
            position += 1
        elif members[position] > members[position + 2]:
            return True
        else:
            position += 3
    return False


def compile_glob(pattern: str, anchors: Anchors, *, widen: bool) -> Glob | None:
    """Compile *pattern* (without `!`).

    Args:
        pattern: as checked by `check_glob`.
        anchors: home, project and cwd.
        widen: deny and ask semantics (see the module's docstring).

    Returns:
        `None` when the pattern is anchored in a project that there is not.
    """
    project = anchors.project or (anchors.cwd if widen else "")
    if pattern == "~" or pattern.startswith("~/"):
        base, rest = anchors.home, pattern[2:]
    elif pattern.startswith("<project>"):
        base, rest = project, pattern[len("<project>") :].lstrip("/")
        if not base:
            return None
    elif pattern.startswith("/"):
        base, rest = "/", pattern.lstrip("/")
    else:
        rest = pattern.removeprefix("./")
        floats = rest.startswith("**/") or "/" not in rest.rstrip("/")
        base = "/" if floats and widen else project
        if not base:
            return None
        if floats and not rest.startswith("**/"):
            rest = f"**/{rest}"
    base = "" if base == "/" else base
    return _build(base, rest, widen=widen)


@lru_cache(maxsize=2_048)  # a process that goes on compiles the same rules for many sets of rules, and many worlds
def _build(base: str, rest: str, *, widen: bool) -> Glob:
    segments = [segment for segment in rest.split("/") if segment and segment != "."]
    below = rest.endswith("/")
    regex = _quote(base)
    prefix, literal = base, True
    for segment in segments:
        if segment == "**":
            literal = False
            regex += "(?:/.*)?"
            continue
        body, plain = _segment(segment)
        regex += "/" + body
        literal = literal and plain
        if literal:
            prefix += "/" + segment.replace("\\", "")
    ends_open = bool(segments) and segments[-1] == "**"
    if (widen or below) and not ends_open:
        regex += "(?:/.*)?"
    floating = len(segments) > 1 and segments[0] == "**"
    return Glob(regex or "/", prefix, floating, _shape(segments, prefix, open_end=ends_open or widen or below))


def _shape(segments: list[str], prefix: str, *, open_end: bool) -> Literal["", "exact", "tree"]:
    named = segments[:-1] if segments[-1:] == ["**"] else segments
    if not prefix or any(segment == "**" or not _WILD.isdisjoint(segment) for segment in named):
        return ""
    return "tree" if open_end else "exact"


def _segment(segment: str) -> tuple[str, bool]:
    """Return the expression for one segment and whether it is literal."""
    if _WILD.isdisjoint(segment):
        return _quote(segment), True
    out = ""
    plain = True
    position = 0
    while position < len(segment):
        char = segment[position]
        if char == "\\" and position + 1 < len(segment):
            position += 1
            out += _quote(segment[position])
        elif char == "*":
            plain = False
            out += "[^/]*"
        elif char == "?":
            plain = False
            out += "[^/]"
        elif char == "[":
            end = _class_end(segment, position)
            if end < 0:
                out += r"\["
            else:
                plain = False
                out += _class(segment[position + 1 : end])
                position = end
        else:
            out += _quote(char)
        position += 1
    return out, plain


def _class(inner: str) -> str:
    negated = inner[0] in "!^"
    body = (inner[1:] if negated else inner).replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    if body.startswith("-"):
        body = "\\" + body  # behind the slash it would make a range
    return f"[^/{body}]" if negated else f"[{body}]"


def _class_end(text: str, start: int) -> int:
    position = start + 1
    if text[position : position + 1] in {"!", "^"}:
        position += 1
    # A bracket right behind the opening one is a member of the class.
    return text.find("]", position + 1)


def _quote(text: str) -> str:
    return text.translate(_QUOTED)


def segment_regex(glob: str) -> str:
    """Return the expression for a base-name glob, as programs take them (`--include='*.py'`)."""
    return _segment(glob)[0]


_STAR = "[^/]*"


def steady_regex(glob: str) -> str:
    """Return an expression for `re.fullmatch` that matches what `segment_regex` does, never in exponential time.

    Python's engine goes back: a hundred `*` take for ever on a name that almost matches. What stands between two stars
    has a fixed length, so the first place where it fits will do, and there is no need to look for another one.
    """
    first, *pieces = segment_regex(glob).split(_STAR)
    if not pieces:
        return first
    *middle, last = pieces
    return first + "".join(f"(?>{_STAR}?{piece})" for piece in middle if piece) + _STAR + last


def is_readable(glob: str) -> bool:
    """Whether `segment_regex` matches what fnmatch(3) does: it knows no classes (`[[:alpha:]]`) and no backslashes."""
    return "\\" not in glob and not any(opening in glob for opening in ("[:", "[.", "[=")) and has_plain_sets(glob)


def has_plain_sets(glob: str) -> bool:
    """Whether each `[…]` in *glob* may stand in an expression for `re`: no range runs backwards, nothing is doubled."""
    if "[" not in glob:
        return True
    if any(doubled in glob for doubled in ("--", "&&", "||", "~~")):
        return False  # kept for operations on sets; `re` warns
    return not any(char == "-" and glob[at - 1 : at] > glob[at + 1 : at + 2] for at, char in enumerate(glob) if at)
