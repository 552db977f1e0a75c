"""Reading every settings file in force and working out which hooks the host would run."""

from __future__ import annotations

import os
from typing import Mapping, NamedTuple, get_args

from callgate.agents.registration import OUTCOMES, SESSIONS, Handler, handlers
from callgate.agents.settings_file import Scope, read, settings_path
from callgate.core.errors import InputError
from callgate.doctor.model import World

MAX_LABEL = 160
"""Longer command lines are cut where they are shown."""


class Source(NamedTuple):
    """One settings file, as far as hooks are concerned."""

    scope: Scope
    path: str
    handlers: tuple[Handler, ...] = ()
    """For the event that decides."""
    listeners: tuple[Handler, ...] = ()
    """For the events that tell what became of a call and those of the session, ours and those of others."""
    top: Mapping[str, object] = {}
    """The top-level members."""
    fault: str = ""
    """Why the file cannot be used; the host drops such a file."""


class Registered(NamedTuple):
    """A handler and the file that names it."""

    source: Source
    handler: Handler

    @property
    def label(self) -> str:
        """For people: the command line and where it is registered."""
        line = " ".join(self.handler.words) or str(self.handler.spec.get("url") or self.handler.spec.get("type"))
        line = line if len(line) <= MAX_LABEL else line[: MAX_LABEL - 1] + "…"
        return f"`{line}` ({self.source.scope} settings, {self.source.path})"


class InForce(NamedTuple):
    """What the host has, all files taken together."""

    sources: tuple[Source, ...]
    registered: tuple[Registered, ...]
    """Every PreToolUse handler that the host would run; a handler that several files repeat counts once."""
    repeated: tuple[Registered, ...]
    """The repetitions."""
    disabled: tuple[tuple[Registered, str], ...]
    """Handlers that a setting keeps from running, with the setting and its file."""
    listeners: tuple[Registered, ...] = ()
    """Every handler of `OUTCOMES` and `SESSIONS` that the host would run."""
    off: str = ""
    """The setting, with its file, that keeps hooks from running: all, or those that are not managed."""

    @property
    def gates(self) -> tuple[Registered, ...]:
        """The handlers that are callgate."""
        return tuple(one for one in self.registered if one.handler.gate)


def look(world: World, instead: Mapping[str, str] | None = None) -> InForce:
    """Read the settings of *world* (all scopes, or the chosen one). Never raises for what the files hold.

    Args:
        world: where the files are.
        instead: settings file -> the file whose content stands for it: what it is about to hold.
    """
    sources = _sources(world, instead or {})
    registered: list[Registered] = []
    repeated: list[Registered] = []
    listeners: list[Registered] = []
    disabled: list[tuple[Registered, str]] = []
    everywhere, users_only = _off(sources)
    for source in sources:
        why = everywhere or ("" if source.scope == "managed" else users_only)
        listeners += [Registered(source, handler) for handler in source.listeners if not why]
        for handler in source.handlers:
            one = Registered(source, handler)
            if why:
                disabled.append((one, why))
            elif any(_same(handler, other.handler) for other in registered):
                repeated.append(one)
            else:
                registered.append(one)
    return InForce(
        tuple(sources), tuple(registered), tuple(repeated), tuple(disabled), tuple(listeners), everywhere or users_only
    )


def session_environ(world: World, sources: tuple[Source, ...], *, everything: bool) -> dict[str, str]:
    """The environment that the host gives to hooks: ours, the `env` settings, and its own variables.

    Args:
        world: has the environment that we run in.
        sources: all settings files.
        everything: include the `env` of project and local settings. A checkout may bring those, and a variable
            such as `LD_PRELOAD` is code; so by default they are left out (and reported by another check).
    """
    environ = dict(world.environ)
    by_scope = {"user": 0, "project": 1, "local": 2, "managed": 3}
    for source in sorted(sources, key=lambda one: by_scope[one.scope]):
        if everything or source.scope in ("user", "managed"):
            environ.update(variables(source))
    environ["CLAUDE_PROJECT_DIR"] = world.cwd
    return environ


def variables(source: Source) -> dict[str, str]:
    """The `env` member of a settings file, its text values only."""
    table = source.top.get("env")
    pairs = table.items() if isinstance(table, dict) else ()
    return {str(key): value for key, value in pairs if isinstance(value, str)}


def _sources(world: World, instead: Mapping[str, str]) -> list[Source]:
    wanted = get_args(Scope) if world.scope == "all" else (world.scope,)
    found: list[Source] = []
    seen: set[str] = set()
    for scope in wanted:
        for path in _paths(world, scope):
            real = os.path.realpath(path)
            if real not in seen:  # in the home directory, the user's file is the project's file, too
                seen.add(real)
                found.append(_source(scope, path, instead.get(path, path)))
    return [one for one in found if one.top or one.fault]


def _paths(world: World, scope: Scope) -> list[str]:
    if scope != "managed":
        return [settings_path(scope, world.environ, world.places.home, world.cwd)]
    for folder in world.managed_dirs:
        drop_ins = f"{folder}/managed-settings.d"
        try:
            names = sorted(name for name in os.listdir(drop_ins) if name.endswith(".json"))
        except OSError:
            names = []
        paths = [f"{folder}/managed-settings.json", *(f"{drop_ins}/{name}" for name in names)]
        if any(os.path.lexists(path) for path in paths):
            return paths
    return []


def _source(scope: Scope, path: str, content: str) -> Source:
    try:
        settings = read(content)
        top = settings.root.python()
        found = handlers(settings.root, path, settings.text)
        others = (*OUTCOMES, *SESSIONS)
        listeners = [one for event in others for one in handlers(settings.root, path, settings.text, event=event)]
    except InputError as error:
        return Source(scope, path, fault=str(error))
    return Source(scope, path, tuple(found), tuple(listeners), top if isinstance(top, dict) else {})


def _off(sources: list[Source]) -> tuple[str, str]:
    """(why no hook at all runs, why only managed ones run); empty strings when they run."""
    managed = [one for one in sources if one.scope == "managed"]
    for source in managed:
        if source.top.get("disableAllHooks") is True:
            return f"`disableAllHooks` in {source.path}", ""
    for source in managed:
        # The host reads anything but a proper `false` as `true`.
        if source.top.get("allowManagedHooksOnly", False) is not False:
            return "", f"`allowManagedHooksOnly` in {source.path}"
    for scope in ("local", "project", "user"):  # the highest that says something wins
        for source in sources:
            value = source.top.get("disableAllHooks")
            if source.scope == scope and isinstance(value, bool):
                return "", f"`disableAllHooks` in {source.path}" if value else ""
    return "", ""


def _same(one: Handler, other: Handler) -> bool:
    """The host runs a handler once when several files hold the very same."""
    return dict(one.spec) == dict(other.spec) and one.matcher == other.matcher
