"""Programs that nobody knows, code, and changes whose target only the shell knows: what does the call say of it?"""

from __future__ import annotations

from typing import Iterator, Mapping

from callgate.core.model import Finding, Unit
from callgate.core.paths import is_within, normalise
from callgate.engine.protection import searches
from callgate.engine.protection.findings import FILES, ask
from callgate.engine.protection.mentions import named
from callgate.engine.protection.scene import Naming, Scene

FOREIGN = frozenset({"umount", "ssh", "npx", "bunx", "pnpx", "uvx"})
"""Known programs whose words are looked at all the same: what they act on is no operation of theirs."""
CONTAINERS = frozenset({"docker", "podman", "nerdctl"})
UNPACKERS = frozenset({"bsdtar", "7z", "7za", "7zz", "cpio", "pax", "unar", "unrar"})
"""Archivers without a program file; into which directory they unpack is not known, so it is taken to be the cwd."""
_LOCAL = ("localhost", "127.", "::1", "[::1]")


def may_change(scene: Scene, unit: Unit) -> Finding | None:
    """Judge a change whose target only the shell knows: what the call says of it may be enough to ask."""
    found = searches.finds(scene, unit)
    if found is None:  # no search: the words say what there is to know
        found = named(unit.text, scene.guarded, directories=True) or scene.named(Naming(directories=True))
        if not found and unit.wrappers:
            # `fd -g settings.json -x rm`: by name, from wherever it lies.
            found = scene.names_file
    if found:
        return ask(unit, f"only the shell knows what it changes, and the call names `{found}`", FILES)
    return None


def mentions(scene: Scene, unit: Unit, program: str, *, ran: bool) -> Finding | None:
    """Judge a program that nobody knows, or code: does it speak of a file of the gate?"""
    guarded = scene.guarded
    if _own_way_in(unit):
        return None
    if unit.kind == "tool":
        found = next((path for path in _paths(scene) if guarded.owner(path)), "")
    elif program in CONTAINERS:
        found = _mounted(scene, unit)
    elif program == "ssh" and not any(op.target.startswith(_LOCAL) for op in unit.operations):
        return None
    elif program in UNPACKERS and not _lists(unit) and guarded.below(scene.case.call.cwd or "/"):
        return ask(unit, "an archive may bring settings of its own; unpack it in another directory", FILES)
    else:
        found = _in_words(scene, unit, directories=not unit.problem and not ran)
        if not found and (ran or not unit.known):
            found = _from_elsewhere(scene, unit)
    if found:
        return ask(unit, f"what `{program or 'it'}` would do is not known, and it names `{found}`", FILES)
    return None


def _own_way_in(unit: Unit) -> bool:
    """Whether it is callgate itself, asked or told to change a policy file: that is named, and callgate checks it.

    Only under its bare name: a script of that name elsewhere is any program. Variables that would move it (`PATH`) are
    parts of their own.
    """
    return unit.kind == "command" and unit.argv[:1] in _CALLGATE and not unit.problem and unit.argv[1:2] in _NAMING


_CALLGATE = (("callgate",), ("decision_reviewer",))
_NAMING = (("apply",), ("query",), ("explain",), ("check",), ("history",))
"""Commands whose words may name any file of the gate: they write none but through the checks of `apply`."""


def _in_words(scene: Scene, unit: Unit, *, directories: bool) -> str:
    """Return what the words of the unit name, or the here-document behind them, or for lack of both the whole call."""
    if unit.problem:
        return scene.named(Naming(code=True))
    raw, span, text = scene.case.analysis.raw, unit.span, unit.text
    if not unit.known and span is not None and "<<" in raw:
        text = raw[span.start : span.end]
    return named(text, scene.guarded, code="(" in text or "\n" in text, directories=directories)


RELATIVE = ("settings", "config.toml", "hooks.json", "plugins", "policy", "trust")


def _from_elsewhere(scene: Scene, unit: Unit) -> str:
    """Return what another part of the call names for the unknown program *unit*: input, words, directory."""
    if any("standard input" in operation.target for operation in unit.operations):
        return scene.named(Naming(code=True))
    if searches.STARTERS.intersection(unit.wrappers):
        return scene.named(Naming(directories=True))
    folded = unit.text.casefold()
    if not any(name in folded for name in RELATIVE):
        return ""
    if scene.guarded.is_home(scene.case.call.cwd):
        return scene.case.call.cwd
    return scene.moved


def _lists(unit: Unit) -> bool:
    """Whether the archiver only lists or tests, or makes an archive."""
    first = unit.argv[1] if len(unit.argv) > 1 else ""
    bundled = first if not first.startswith("--") else ""
    return first in {"l", "t", "a", "i", "lb", "lt", "--list", "--create", "--help"} or (
        bundled.startswith("-") and bool(set(bundled) & set("tco")) and not set(bundled) & set("xi")
    )


_CONTENT = frozenset(
    {"content", "text", "body", "old_string", "new_string", "new_source", "query", "prompt", "message"}
)
_HARMLESS = ("read", "get", "list", "search", "find", "stat", "info", "view", "show", "tree")


def _paths(scene: Scene) -> Iterator[str]:
    """Yield the paths that the input of an unknown tool names, unless the tool's name says that it only reads."""
    last = scene.case.call.tool.rpartition("__")[2].casefold()
    if last.startswith(_HARMLESS):
        return
    cwd, home = scene.case.call.cwd or "/", scene.case.observation.home
    values: list[object] = [scene.case.call.input]
    while values:
        value = values.pop()
        if isinstance(value, Mapping):
            values += [inner for key, inner in value.items() if key not in _CONTENT]
        elif isinstance(value, list):
            values += value
        elif isinstance(value, str) and 0 < len(value) < 4_096 and "\n" not in value:
            path = home + value[1:] if value.startswith("~/") else value.removeprefix("file://")
            yield normalise(path if path.startswith("/") else f"{cwd}/{path}")


def _mounted(scene: Scene, unit: Unit) -> str:
    """Return the directory that a container gets to write and that holds settings of the user."""
    guarded = scene.guarded
    for position, word in enumerate(unit.argv):
        name, equals, attached = word.partition("=")
        if name in {"-v", "--volume", "--mount"}:
            value = attached if equals else "".join(unit.argv[position + 1 : position + 2])
        elif word.startswith("-v"):
            value = word[2:]
        else:
            continue
        parts = value.replace(",", ":").split(":")
        if {"ro", "readonly"}.intersection(parts):
            continue
        for part in parts:
            path = normalise(part.partition("=")[2] or part) if "/" in part else ""
            if path.startswith("/") and (
                guarded.owner(path) or guarded.is_home(path) or is_within(scene.case.observation.home, path)
            ):
                return path
    return ""
