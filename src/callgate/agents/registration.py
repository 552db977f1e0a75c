"""callgate's registration in Claude Code's settings: finding it, putting it in, taking it out.

Edits are textual (`json_text`): everything that is not ours stays byte for byte as it was.
"""

from __future__ import annotations

import os
import shlex
from itertools import pairwise
from typing import Mapping, NamedTuple

from callgate.agents import json_text
from callgate.agents.json_text import Node, Style
from callgate.agents.settings_file import Settings, refusal
from callgate.core.errors import Problem

EVENT = "PreToolUse"
TIMEOUT = 10
"""Seconds that the host waits for our hook; the hook's own deadline is shorter."""

MATCH_ALL = ("", "*", ".*", "^.*$")
"""Spellings of a matcher that takes every tool."""


class Handler(NamedTuple):
    """One PreToolUse handler as registered."""

    group: int
    """Position of its matcher group within the event."""
    position: int
    """Position within the group."""
    matcher: object
    """As written; `None` when the group has none (every tool)."""
    spec: Mapping[str, object]
    """The handler itself (`type`, `command`, `args`, `timeout`, …)."""

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
        """Whether this runs `callgate hook`, in whatever spelling (console script or `-m callgate`)."""
        return _hook_at(self.words) is not None

    @property
    def gate(self) -> bool:
        """Like `ours`, or the gate under the name that older set-ups use."""
        words = self.words
        return self.ours or _pair_at(words, "claude-code-permissions-hook", "run") is not None


def handlers(root: Node, path: str = "", text: str = "") -> list[Handler]:
    """All PreToolUse handlers, in file order.

    Raises:
        InputError: `hooks` has another shape than the host accepts; names the place when *text* is given.
    """
    found: list[Handler] = []
    for at, group in enumerate(_groups(root, path, text)):
        matcher = group.member("matcher")
        inner = _expect(group.member("hooks"), "array", f"hooks.{EVENT}[{at}].hooks", path, text)
        for position, node in enumerate(inner.items if inner else ()):
            spec = _expect(node, "object", f"hooks.{EVENT}[{at}].hooks[{position}]", path, text)
            value = spec.python() if spec else None
            if isinstance(value, dict):
                found.append(Handler(at, position, None if matcher is None else matcher.python(), value))
    return found


def registration(python: str, extra: tuple[str, ...] = ()) -> dict[str, object]:
    """Our handler in exec form (no shell between the host and us).

    `-I` keeps a project's `env` settings (`PYTHONPATH`, `PYTHONSTARTUP`) and the working directory out of the
    interpreter.

    Args:
        python: absolute path of the interpreter that has callgate installed; not resolved through symbolic links,
            because a virtual environment is known by the link.
        extra: options kept from an older registration (`--config FILE`).
    """
    return {
        "type": "command",
        "command": python,
        "args": ["-I", "-m", "callgate", "hook", *extra],
        "timeout": TIMEOUT,
    }


def register(settings: Settings, python: str, *, keep_options: bool = True) -> str:
    """Return the text with exactly one registration of ours that matches every tool; the same text when it is there.

    An older registration of ours is replaced where it stands, further ones are removed, other hooks keep their order.

    Args:
        settings: the file as read.
        python: as for `registration`.
        keep_options: take over `--config FILE` of an older registration. Not for settings that a checkout may have
            brought: they would choose the policy.

    Raises:
        InputError: `hooks` has a shape that the host would not accept either.
    """
    text = settings.text if settings.text.strip() else "{}\n"
    style = json_text.style_of(text)
    mine = [one for one in handlers(settings.root, settings.path, text) if one.ours]
    keep = next((one for one in mine if one.matches_all), None) or _alone(settings.root, mine)
    wanted = registration(python, kept_options(keep or mine[0]) if mine and keep_options else ())
    for one in reversed(mine):
        if one is not keep:
            text = _drop(text, one)
    # Dropping may have shifted positions: look for the kept one again.
    root = json_text.parse(text)
    kept = next((one for one in handlers(root) if one.ours), None)
    if kept is not None:
        return _refresh(text, root, kept, wanted, style)
    group = {"matcher": "*", "hooks": [wanted]}
    hooks = root.member("hooks")
    if hooks is None:
        return json_text.insert(text, root, {EVENT: [group]}, style, "hooks")
    event = hooks.member(EVENT)
    if event is None:
        return json_text.insert(text, hooks, [group], style, EVENT)
    return json_text.insert(text, event, group, style)


def unregister(settings: Settings) -> list[str]:
    """Return the possible texts without our registrations, from fewest to most empty containers pruned.

    The caller takes the one that equals a backup (those containers were the user's), else the last. The list is
    empty when nothing of ours is registered.
    """
    mine = [one for one in handlers(settings.root, settings.path, settings.text) if one.ours]
    if not mine:
        return []
    bare = settings.text
    for one in reversed(mine):
        bare = _drop_handler(bare, one)
    pruned = settings.text
    for one in reversed(mine):
        pruned = _drop(pruned, one)
    texts = [bare, pruned]
    root = json_text.parse(pruned)
    hooks = root.member("hooks")
    event = hooks.member(EVENT) if hooks else None
    if hooks and event and not event.items:
        texts.append(json_text.remove(pruned, hooks, hooks.place(EVENT) or 0))
        root = json_text.parse(texts[-1])
        hooks = root.member("hooks")
        if hooks and not hooks.items:
            texts.append(json_text.remove(texts[-1], root, root.place("hooks") or 0))
    return texts


def _hook_at(words: tuple[str, ...]) -> int | None:
    return _pair_at(words, "callgate", "hook")


def _pair_at(words: tuple[str, ...], program: str, command: str) -> int | None:
    """Where *program* (by any path) is followed by *command*."""
    pairs = enumerate(pairwise(words))
    return next((at for at, (one, two) in pairs if os.path.basename(one) == program and two == command), None)


def kept_options(handler: Handler) -> tuple[str, ...]:
    """`--config FILE` of a registration, which chooses the policy; empty when it has none."""
    words = handler.words
    at = _hook_at(words)
    rest = words[at + 2 :] if at is not None else ()
    for index, word in enumerate(rest):
        if word == "--config" and index + 1 < len(rest):
            return ("--config", rest[index + 1])
        if word.startswith("--config="):
            return (word,)
    return ()


def _groups(root: Node, path: str, text: str) -> tuple[Node, ...]:
    hooks = _expect(root.member("hooks"), "object", "hooks", path, text)
    event = _expect(hooks.member(EVENT), "array", f"hooks.{EVENT}", path, text) if hooks else None
    groups = event.items if event else ()
    for at, group in enumerate(groups):
        _expect(group, "object", f"hooks.{EVENT}[{at}]", path, text)
    return groups


def _expect(node: Node | None, kind: str, name: str, path: str, text: str) -> Node | None:
    if node is None or node.kind == kind:
        return node
    line, column, source = json_text.locate(text, node.start) if text else (0, 0, "")
    message = f"`{name}` is of kind {node.kind}, expected {kind}"
    raise refusal(Problem(message, path, line, column, source, "mend the file by hand"))


def _alone(root: Node, mine: list[Handler]) -> Handler | None:
    """The first of ours whose group holds nothing but ours, so that its matcher may be widened."""
    counts = {at: len(_inner(group).items) for at, group in enumerate(_groups(root, "", "")) if group.member("hooks")}
    ours = [one.group for one in mine]
    return next((one for one in mine if counts[one.group] == ours.count(one.group)), None)


def _refresh(text: str, root: Node, kept: Handler, wanted: dict[str, object], style: Style) -> str:
    """Bring the kept registration up to date: handler and, when it is too narrow, matcher."""
    node = _handler_node(root, kept)
    if node.python() != wanted:
        text = json_text.replace(text, node, wanted, style)
    matcher = _groups(json_text.parse(text), "", "")[kept.group].member("matcher")
    if matcher is not None and not kept.matches_all:
        text = json_text.replace(text, matcher, "*", style)
    return text


def _handler_node(root: Node, handler: Handler) -> Node:
    return _inner(_groups(root, "", "")[handler.group]).items[handler.position]


def _inner(group: Node) -> Node:
    inner = group.member("hooks")
    if inner is None:
        raise refusal(Problem("a hook group without `hooks`", help="mend the file by hand"))
    return inner


def _drop_handler(text: str, handler: Handler) -> str:
    group = _groups(json_text.parse(text), "", "")[handler.group]
    return json_text.remove(text, _inner(group), handler.position)


def _drop(text: str, handler: Handler) -> str:
    """Remove *handler*, and its group when nothing is left in it."""
    text = _drop_handler(text, handler)
    hooks = json_text.parse(text).member("hooks")
    event = hooks.member(EVENT) if hooks else None
    if event and not _inner(event.items[handler.group]).items:
        return json_text.remove(text, event, handler.group)
    return text
