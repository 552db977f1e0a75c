"""From needs to rules: what calls of one group lack, with one-offs dropped, as the narrowest rule for the rest."""

from __future__ import annotations

import functools
import re
from collections import Counter
from heapq import nsmallest
from itertools import groupby
from typing import Any, Callable, Final, Iterable, Mapping, NamedTuple, Sequence

from callgate.core.model import OperationKind
from callgate.reviewer.cluster.calls import Call
from callgate.reviewer.cluster.matcher import Scheme, scheme
from callgate.reviewer.cluster.paths import ending, escape, name_globs, tree_globs
from callgate.reviewer.cluster.unify import Words, is_option, skeleton, unify
from callgate.reviewer.suggest.eligible import Need
from callgate.reviewer.suggest.support import Support

PATTERNS: Final = 8
"""Patterns of one rule; more would not be read."""

ALTERNATIVES: Final = 12
"""Schemes of words, or runs of options, that one place of a pattern may have."""

GLOBS: Final = 24

SAMPLES: Final = 2
"""Commands of each pattern, or paths, that are made mutants of."""

_ROWS: Final = 8_192
"""Commands of which it is known what they are made of."""

UPWARDS: Final = r"\.\."
"""No path in a command leads back up: `*` in a word reaches over slashes, and not every program says what it opens.
Such an exclusion also leaves out what only the running shell knows."""

ORDER: Final[tuple[OperationKind, ...]] = ("read", "write", "delete", "execute", "network", "system", "unknown")

HIDDEN: Final = ("!<project>/**/.*/**", "!<project>/**/.*", "!**/node_modules/**", "!**/site-packages/**")
"""What a rule for files of the project leaves out: hidden files and directories, and installed packages."""

RUN_BY_TOOLS: Final[Mapping[str, tuple[str, ...]]] = {
    ".py": ("conftest", "setup", "noxfile", "conf", "tasks", "fabfile", "dodo", "sitecustomize", "usercustomize"),
    ".js": ("*.config", "gulpfile", "Gruntfile"), ".ts": ("*.config", "gulpfile"), ".mjs": ("*.config",),
    ".cjs": ("*.config",), ".rs": ("build",), ".rb": ("spec_helper", "rails_helper"),
}  # fmt: skip
"""Ending -> names of files that a tool runs by itself, whatever it was asked to do: those too are left out."""

_PROJECT_NAMES: Final = frozenset(
    "test tests testing main index setup conf config conftest settings package readme license changelog makefile "
    "docs requirements manage init version utils util models views urls admin apps core base common types data "
    "schema".split()
)
"""First parts of names that projects give to their own files: no rule for deleting is made of them."""


class Candidate(NamedTuple):
    """A rule that might be suggested."""

    group: tuple[str, ...]
    name: str
    """What its id is made of."""
    description: str
    fields: Mapping[str, Any]
    """The rule as it is written, without id, description and examples."""
    parts: tuple[str, tuple[str, ...]]
    """The list field that it can be narrowed in, and its entries: `command`, `path` (without exclusions) or `host`."""
    evidence: Counter[Words]
    """Of a command: the words after the head, with how often."""
    samples: tuple[str, ...] = ()
    """Of files: the first paths by text, as their needs have them: tomorrow's history has them, too."""


Members = Sequence[tuple[Need, Call]]


def candidates(needs: Iterable[tuple[Need, Call]], *, many: bool) -> list[Candidate]:
    """Return a candidate for each group of *needs*, each with the call that has it, that is no one-off.

    *many*: the history has `MANY_SESSIONS` conversations or more.
    """
    groups: dict[tuple[str, ...], list[tuple[Need, Call]]] = {}
    for need, call in needs:
        groups.setdefault(need.group, []).append((need, call))
    made = [_make(group, members, many=many) for group, members in sorted(groups.items())]
    return [candidate for candidate in made if candidate is not None]


def _make(group: tuple[str, ...], members: Members, *, many: bool) -> Candidate | None:
    kind = group[0]
    if kind in {"command", "exact"}:
        return _command(group, members, many=many)
    if kind in {"mcp", "host"}:
        details: Support[str] = Support(many=many)
        for need, call in members:
            details.add(need.detail, [call])
        return (_mcp if kind == "mcp" else _hosts)(group, sorted(details.usual(GLOBS)))
    return _files(group, members, many=many)


# Files


def _files(group: tuple[str, ...], members: Members, *, many: bool) -> Candidate | None:
    kind, root = group[0], escape(group[1])
    by_file: dict[str, list[Call]] = {}
    for need, call in members:
        by_file.setdefault(need.detail, []).append(call)
    support: Support[str] = Support(many=many)
    for glob, files in _globs(kind, by_file).items():
        support.add(f"{root}/{glob}", (call for file in files for call in by_file[file]))
    globs = tuple(sorted(support.usual(ALTERNATIVES if kind == "delete" else GLOBS)))
    if not globs:
        return None
    excludes = _left_out(globs) if root == "<project>" and kind != "delete" else ()
    text = {
        "read": "read files of these kinds", "write": "create and change files of these kinds",
        "delete": "delete again what it made for itself, one file at a time,",
    }[kind]  # fmt: skip
    text += " in the project" if root == "<project>" else f" in {root}"
    if excludes:
        text += ", but nothing hidden, installed, or run by tools on their own"
    fields = {"operations": [kind], "path": [*globs, *excludes]}
    name = {"read": "read", "write": "edit", "delete": "delete-own"}[kind] + "-" + _slug(root)
    return Candidate(group, name, text, fields, ("path", globs), Counter(), tuple(nsmallest(SAMPLES, by_file)))


def _left_out(globs: Sequence[str]) -> tuple[str, ...]:
    endings = sorted({ending(glob) for glob in globs})
    named = (f"!**/{name}{suffix}" for suffix in endings for name in RUN_BY_TOOLS.get(suffix, ()))
    return (*HIDDEN, *named)


def _globs(kind: str, files: Iterable[str]) -> dict[str, list[str]]:
    if kind == "delete":
        return name_globs(files, _PROJECT_NAMES)
    endings: dict[str, list[str]] = {}
    for file in files:
        endings.setdefault(ending(file), []).append(file)
    return {glob: members for alike in endings.values() for glob, members in tree_globs(alike).items()}


# Commands


def _command(group: tuple[str, ...], members: Members, *, many: bool) -> Candidate | None:
    head, exact = group[1:], group[0] == "exact"
    rows: dict[Words, list[Call]] = {}
    for need, call in members:
        rows.setdefault(need.words, []).append(call)
    kept = _exact(head, rows, many=many) if exact else _patterns(head, rows, many=many)
    if not kept:
        return None
    fields: dict[str, Any] = {"command": kept}
    text = f"`{' '.join(head)}` in these very words"
    if not exact:
        text = f"`{' '.join(head)}` as it was called, on files of the project"
        fields["command_exclude_regex"] = UPWARDS
    if all(need.located for need, _ in members):
        kinds = {kind for need, _ in members for kind in need.kinds}
        fields |= {"operations": sorted(kinds, key=ORDER.index), "path": ["<project>/**"]}
    evidence = Counter({row: sum(call.prompts for call in calls) for row, calls in rows.items()})
    return Candidate(group, "run-" + _slug("-".join(head)), text, fields, ("command", tuple(kept)), evidence)


def _exact(head: Words, rows: Mapping[Words, list[Call]], *, many: bool) -> list[str]:
    return sorted(unify(head, [row]).text for row in _support(rows, _whole, many=many).usual(PATTERNS))


def _patterns(head: Words, rows: Mapping[Words, list[Call]], *, many: bool) -> list[str]:
    """Return one pattern for each skeleton of commands that is no one-off."""
    shapes: dict[str, dict[Words, list[Call]]] = {}
    for row, calls in rows.items():
        shapes.setdefault(skeleton(row), {})[row] = calls
    found: Support[str] = Support(many=many)
    for shape in shapes.values():
        usual = _usual(shape, many=many)
        pattern = unify(head, sorted(usual)).text if usual else ""
        for calls in usual.values():
            found.add(pattern, calls)
    return sorted(found.usual(PATTERNS))


def _usual(rows: dict[Words, list[Call]], *, many: bool) -> dict[Words, list[Call]]:
    """Drop the rows with one-off options, then those with words of a scheme that is a one-off or one too many."""
    for part in (_option_runs, _schemes):
        allowed = set(_support(rows, part, many=many).usual(ALTERNATIVES))
        rows = {row: calls for row, calls in rows.items() if allowed.issuperset(part(row))}
    return rows


def _support(
    rows: Mapping[Words, list[Call]], part: Callable[[Words], frozenset[Any]], *, many: bool
) -> Support[Any]:  # fmt: skip
    support: Support[Any] = Support(many=many)
    for row, calls in rows.items():
        for one in part(row):
            support.add(one, calls)
    return support


def _whole(row: Words) -> frozenset[Words]:
    return frozenset({row})


@functools.lru_cache(maxsize=_ROWS)
def _option_runs(row: Words) -> frozenset[Words]:
    return frozenset(tuple(run) for option, run in groupby(row, is_option) if option)


@functools.lru_cache(maxsize=_ROWS)
def _schemes(row: Words) -> frozenset[Scheme]:
    return frozenset(scheme(word) for word in row if not is_option(word))


# Other tools


def _hosts(group: tuple[str, ...], hosts: list[str]) -> Candidate | None:
    if not hosts:
        return None
    fields = {"tool": "WebFetch", "operations": ["network"], "host": hosts}
    return Candidate(group, "fetch-pages", "pages of these hosts", fields, ("host", tuple(hosts)), Counter())


def _mcp(group: tuple[str, ...], names: list[str]) -> Candidate | None:
    if not names:
        return None
    prefix = f"mcp__{group[1]}__"
    tools = [re.escape(name.removeprefix(prefix)) for name in names]
    regex = "^" + re.escape(prefix) + (tools[0] if len(tools) == 1 else "(" + "|".join(tools) + ")") + "$"
    text = f"look things up with the MCP server {group[1]}"
    return Candidate(group, f"mcp-{_slug(group[1])}", text, {"tool_regex": regex}, ("", ()), Counter())


def _slug(text: str) -> str:
    """Return *text* as part of an id: lower case letters, digits and single dashes."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40] or "rule"
