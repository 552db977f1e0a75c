"""callgate's registrations in Claude Code's settings: finding them, putting them in, taking them out.

One hook decides (`EVENT`), three more tell the journal what became of a call (`OUTCOMES`), and three go with the
session (`SESSIONS`). Edits are textual (`json_text`): everything that is not ours stays byte for byte as it was.
"""

from __future__ import annotations

import shlex
from itertools import chain, combinations
from typing import Iterator, Mapping, NamedTuple

from callgate.agents import claude_code_http, json_text
from callgate.agents.json_text import Node, Style
from callgate.agents.settings_file import Settings, refusal
from callgate.agents.transports import Form, Launch, form_of, hook_at, pair_at
from callgate.core.errors import Problem

EVENT = "PreToolUse"
"""The event whose hook decides."""

OUTCOMES = ("PostToolUse", "PostToolUseFailure", "PermissionRequest")
"""The events whose hooks only listen: a call ran, a call failed while it ran, a person is about to be asked."""

SESSIONS = ("SessionStart", "SessionEnd", "ConfigChange")
"""The events of the session itself: it begins, it ends, a settings file has changed while it runs."""

EVENTS = (EVENT, *OUTCOMES, *SESSIONS)
"""All events that `install` registers, in the order in which it writes them."""

BY_HTTP = (EVENT, "PostToolUse", "PostToolUseFailure")
"""The events that the HTTP lane takes. `PermissionRequest` stays a command: it comes seldom, and where the daemon has
gone, and the host has begun to ask by itself, it brings a new one."""

LISTEN = "--outcome"
"""Option of the hook that only listens: it never prints a decision, whatever goes wrong."""

SESSION = "--session"
"""Option of the hook that goes with the session: whatever goes wrong, it never prints a decision."""

TIMEOUT = 10
"""Seconds that the host waits for our hook; the hook's own deadline is shorter."""

MATCH_ALL = ("", "*", ".*", "^.*$")
"""Spellings of a matcher that takes every tool."""


class Handler(NamedTuple):
    """One handler of an event as registered."""

    group: int
    """Position of its matcher group within the event."""
    position: int
    """Position within the group."""
    matcher: object
    """As written; `None` when the group has none (every tool)."""
    spec: Mapping[str, object]
    """The handler itself (`type`, `command`, `args`, `timeout`, …)."""
    event: str = EVENT

    @property
    def matches_all(self) -> bool:
        """Whether every tool reaches this handler."""
        return self.matcher is None or self.matcher in MATCH_ALL

    @property
    def words(self) -> tuple[str, ...]:
        """The command line as words; the shell form is split at its quotes."""
        command = self.spec.get("command")
        if not isinstance(command, str):
            return ()
        arguments = self.spec.get("args")
        if isinstance(arguments, list):
            return (command, *map(str, arguments))
        try:
            return tuple(shlex.split(command))
        except ValueError:
            return tuple(command.split())

    @property
    def ours(self) -> bool:
        """Whether this runs `callgate hook`, in any spelling (console script, `-m callgate`), or calls the lane."""
        return hook_at(self.words) is not None or self.by_http

    @property
    def by_http(self) -> bool:
        """Whether this calls the HTTP lane."""
        return bool(claude_code_http.path_of(self.spec))

    @property
    def form(self) -> Form | None:
        """How this starts `callgate hook`; `None` when it does not."""
        return form_of(self.words)

    @property
    def gate(self) -> bool:
        """Like `ours`, or the gate under the name that older set-ups use."""
        words = self.words
        return self.ours or pair_at(words, "claude-code-permissions-hook", "run") is not None


def handlers(root: Node, path: str = "", text: str = "", *, event: str = EVENT) -> list[Handler]:
    """All handlers of *event*, in file order.

    Raises:
        InputError: `hooks` has another shape than the host accepts; names the place when *text* is given.
    """
    found: list[Handler] = []
    for at, group in enumerate(_groups(root, event, path, text)):
        matcher = group.member("matcher")
        inner = _expect(group.member("hooks"), "array", f"hooks.{event}[{at}].hooks", path, text)
        for position, node in enumerate(inner.items if inner else ()):
            spec = _expect(node, "object", f"hooks.{event}[{at}].hooks[{position}]", path, text)
            value = spec.python() if spec else None
            if isinstance(value, dict):
                found.append(Handler(at, position, None if matcher is None else matcher.python(), value, event))
    return found


def ours(root: Node, path: str = "", text: str = "") -> list[Handler]:
    """All handlers that run `callgate hook`, whatever their event.

    Raises:
        InputError: as `handlers`.
    """
    return [one for event in EVENTS for one in handlers(root, path, text, event=event) if one.ours]


def registration(python: str | Launch, extra: tuple[str, ...] = ()) -> dict[str, object]:
    """Our handler in exec form (no shell between the host and us).

    `-I` keeps a project's `env` settings (`PYTHONPATH`, `PYTHONSTARTUP`) and the working directory out of the
    interpreter.

    Args:
        python: how the hook is started; a path is that of the interpreter, for the in-process hook.
        extra: options kept from an older registration (`--config FILE`).
    """
    launch = python if isinstance(python, Launch) else Launch("in-process", python)
    command, *arguments = launch.words(extra)
    return {"type": "command", "command": command, "args": arguments, "timeout": TIMEOUT}


def _wanted(launch: str | Launch, event: str, options: tuple[str, ...]) -> dict[str, object]:
    """Our handler of *event*; *options* are those of a hook that decides."""
    if isinstance(launch, Launch) and launch.port and event in BY_HTTP:
        if event != EVENT:
            return claude_code_http.http_handler(launch.port, claude_code_http.OUTCOME_PATH, TIMEOUT)
        config = options[-1].removeprefix("--config=") if options else ""
        return claude_code_http.http_handler(launch.port, claude_code_http.HOOK_PATH, TIMEOUT, config)
    if event in SESSIONS:
        return registration(launch, (*options, SESSION))
    return registration(launch, options if event == EVENT else (LISTEN,))


def register(settings: Settings, python: str | Launch, *, keep_options: bool = True) -> str:
    """Return the text with exactly one registration of ours per event, for every tool; the same text when it is there.

    An older registration of ours is replaced where it stands, further ones are removed, other hooks keep their order.

    The hooks that listen are synchronous although the host could start them on the side: it kills those when
    `claude -p` ends, and the last calls of a session would look as if they had never run.

    Args:
        settings: the file as read.
        python: as for `registration`.
        keep_options: take over `--config FILE` of an older registration. Not for settings that a checkout may have
            brought: they would choose the policy.

    Raises:
        InputError: `hooks` has a shape that the host would not accept either.
    """
    text = settings.text if settings.text.strip() else "{}\n"
    mine = ours(settings.root, settings.path, text)  # all shapes are looked at before anything is edited
    keep = _kept(settings.root, EVENT, [one for one in mine if one.event == EVENT])
    options = kept_options(keep) if keep and keep_options else ()
    style = json_text.style_of(text)
    for event in EVENTS:
        text = _register(text, event, _wanted(python, event, options), style)
    return text


def unregister(settings: Settings) -> list[str]:
    """Return the possible texts without our registrations, from fewest to most empty containers pruned.

    The caller takes the one that equals a backup (those containers were the user's), else the last. The list is
    empty when nothing of ours is registered.
    """
    mine = ours(settings.root, settings.path, settings.text)
    if not mine:
        return []
    bare = pruned = settings.text
    for one in reversed(mine):
        bare = _drop_handler(bare, one)
        pruned = _drop(pruned, one)
    texts = [bare, pruned]
    texts.extend(_without(pruned, events) for events in _subsets(_emptied(pruned, mine)))
    root = json_text.parse(texts[-1])
    hooks = root.member("hooks")
    if hooks and not hooks.items:
        texts.append(json_text.remove(texts[-1], root, root.place("hooks") or 0))
    return texts


def _register(text: str, event: str, wanted: dict[str, object], style: Style) -> str:
    """Return *text* with *wanted* as our one handler of *event*."""
    root = json_text.parse(text)
    mine = [one for one in handlers(root, event=event) if one.ours]
    keep = next((one for one in mine if one.matches_all), None) or _alone(root, event, mine)
    for one in reversed(mine):
        if one is not keep:
            text = _drop(text, one)
    # Dropping may have shifted positions: look for the kept one again.
    root = json_text.parse(text)
    kept = next((one for one in handlers(root, event=event) if one.ours), None)
    if kept is not None:
        return _refresh(text, root, kept, wanted, style)
    group = {"matcher": "*", "hooks": [wanted]}
    hooks = root.member("hooks")
    if hooks is None:
        return json_text.insert(text, root, {event: [group]}, style, "hooks")
    groups = hooks.member(event)
    if groups is None:
        return json_text.insert(text, hooks, [group], style, event)
    return json_text.insert(text, groups, group, style)


def _kept(root: Node, event: str, mine: list[Handler]) -> Handler | None:
    """The one of ours whose options go on: the one that stays where it stands, else the first."""
    stays = next((one for one in mine if one.matches_all), None) or _alone(root, event, mine)
    return stays or next(iter(mine), None)


def _emptied(text: str, mine: list[Handler]) -> list[str]:
    """The events of *mine* that hold nothing any more."""
    hooks = json_text.parse(text).member("hooks")
    named = dict.fromkeys(one.event for one in mine)
    return [event for event in named if hooks and (groups := hooks.member(event)) and not groups.items]


def _subsets(events: list[str]) -> Iterator[tuple[str, ...]]:
    """Every choice of *events* but none of them, small ones first: which of the empty lists were there before us?"""
    return chain.from_iterable(combinations(events, size) for size in range(1, len(events) + 1))


def _without(text: str, events: tuple[str, ...]) -> str:
    for event in events:
        hooks = json_text.parse(text).member("hooks")
        if hooks is not None:
            text = json_text.remove(text, hooks, hooks.place(event) or 0)
    return text


def kept_options(handler: Handler) -> tuple[str, ...]:
    """`--config FILE` of a registration, which chooses the policy; empty when it has none."""
    if handler.by_http:
        config = claude_code_http.config_in(handler.spec)
        return ("--config", config) if config else ()
    words = handler.words
    at = hook_at(words)
    rest = words[at + 2 :] if at is not None else ()
    for index, word in enumerate(rest):
        if word == "--config" and index + 1 < len(rest):
            return ("--config", rest[index + 1])
        if word.startswith("--config="):
            return (word,)
    return ()


def _groups(root: Node, event: str, path: str = "", text: str = "") -> tuple[Node, ...]:
    hooks = _expect(root.member("hooks"), "object", "hooks", path, text)
    listed = _expect(hooks.member(event), "array", f"hooks.{event}", path, text) if hooks else None
    groups = listed.items if listed else ()
    for at, group in enumerate(groups):
        _expect(group, "object", f"hooks.{event}[{at}]", path, text)
    return groups


def _expect(node: Node | None, kind: str, name: str, path: str, text: str) -> Node | None:
    if node is None or node.kind == kind:
        return node
    line, column, source = json_text.locate(text, node.start) if text else (0, 0, "")
    message = f"`{name}` is of kind {node.kind}, expected {kind}"
    raise refusal(Problem(message, path, line, column, source, "mend the file by hand"))


def _alone(root: Node, event: str, mine: list[Handler]) -> Handler | None:
    """The first of ours whose group holds nothing but ours, so that its matcher may be widened."""
    counts = {at: len(_inner(group).items) for at, group in enumerate(_groups(root, event)) if group.member("hooks")}
    ours = [one.group for one in mine]
    return next((one for one in mine if counts[one.group] == ours.count(one.group)), None)


def _refresh(text: str, root: Node, kept: Handler, wanted: dict[str, object], style: Style) -> str:
    """Bring the kept registration up to date: handler and, when it is too narrow, matcher."""
    node = _handler_node(root, kept)
    if node.python() != wanted:
        text = json_text.replace(text, node, wanted, style)
    matcher = _groups(json_text.parse(text), kept.event)[kept.group].member("matcher")
    if matcher is not None and not kept.matches_all:
        text = json_text.replace(text, matcher, "*", style)
    return text


def _handler_node(root: Node, handler: Handler) -> Node:
    return _inner(_groups(root, handler.event)[handler.group]).items[handler.position]


def _inner(group: Node) -> Node:
    inner = group.member("hooks")
    if inner is None:
        raise refusal(Problem("a hook group without `hooks`", help="mend the file by hand"))
    return inner


def _drop_handler(text: str, handler: Handler) -> str:
    group = _groups(json_text.parse(text), handler.event)[handler.group]
    return json_text.remove(text, _inner(group), handler.position)


def _drop(text: str, handler: Handler) -> str:
    """Remove *handler*, and its group when nothing is left in it."""
    text = _drop_handler(text, handler)
    hooks = json_text.parse(text).member("hooks")
    groups = hooks.member(handler.event) if hooks else None
    if groups and not _inner(groups.items[handler.group]).items:
        return json_text.remove(text, groups, handler.group)
    return text
