"""Whether a registered handler is ours beyond doubt, and its answer counts: judged by its text, without starting it."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Final, Iterator

from callgate.agents.claude_code_http import HOOK_PATH, config_in, http_handler, path_of
from callgate.agents.registration import EVENT, LISTEN, SESSION, TIMEOUT, kept_options
from callgate.agents.visible import visible
from callgate.core.errors import InputError

if TYPE_CHECKING:
    from callgate.doctor.in_force import Registered
    from callgate.doctor.model import World

GATES: Final = EVENT
WATCHERS: Final = "ConfigChange"
"""The event whose hook hears of a change of settings."""

_KNOWN: Final = frozenset({"type", "command", "args", "timeout", "statusMessage"})
"""Fields of a handler that do not keep its answer from counting; what others do, nobody here knows."""

_HTTP: Final = frozenset({"type", "url", "headers", "allowedEnvVars", "timeout", "statusMessage"})
"""As `_KNOWN`, for a hook of the HTTP lane."""

STRANGER: Final = "runs another program than this installation of callgate"
"""The one doubt that says nothing of what the program does."""

_HOOK: Final = ("-I", "-m", "callgate", "hook")


def digest_of(one: Registered) -> str:
    """Return what names the handler: its event, its matcher and all its fields, wherever it stands."""
    import hashlib  # noqa: PLC0415 - only where settings are judged

    handler = one.handler
    text = json.dumps([handler.event, handler.matcher, handler.spec], sort_keys=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:32]


def doubts(world: World, one: Registered, event: str, *, believed: bool = False) -> list[str]:
    """Return why the answer of a handler may not count for everything that it is registered for; empty when it does.

    Args:
        world: which installation is ours.
        one: the handler.
        event: what it must answer, `GATES` or `WATCHERS`.
        believed: take any program for ours: `install` has just written it.

    Returns:
        Predicates for people ("is no command"), that quote nothing of the handler but names of fields.
    """
    return list(_doubts(world, one, event, believed=believed))


def _doubts(world: World, one: Registered, event: str, *, believed: bool) -> Iterator[str]:
    spec, words = one.handler.spec, one.handler.words
    by_http = event == GATES and one.handler.by_http
    if spec.get("type") != "command" and not by_http:
        yield "is no command"
    if not one.handler.matches_all:
        yield "does not hear of everything: it has a matcher"
    for field in spec:
        if field not in (_HTTP if by_http else _KNOWN):
            yield f"has the field `{visible(field[:40])}`"
    limit = spec.get("timeout", TIMEOUT)
    if isinstance(limit, bool) or not isinstance(limit, (int, float)) or not limit >= TIMEOUT:
        yield f"is waited for less than {TIMEOUT} seconds"
    if LISTEN in words or (event == GATES and SESSION in words) or (by_http and path_of(spec) != HOOK_PATH):
        yield "only listens"
    if one.source.scope in ("project", "local") and kept_options(one.handler):
        yield "lets a checkout choose the policy"
    if not believed and not (_own_lane(world, one) if by_http else _own(world, one)):
        yield STRANGER


def _own_lane(world: World, one: Registered) -> bool:
    """Whether the handler calls this user's own lane, with all headers that `install` writes."""
    from callgate.daemon.http_files import LaneError, read_lane  # noqa: PLC0415 - most registrations are commands

    try:
        lane = read_lane(world.places)
    except LaneError:
        return False
    spec = {field: value for field, value in one.handler.spec.items() if field not in ("timeout", "statusMessage")}
    if lane is None:
        return False
    wanted = http_handler(lane.port, HOOK_PATH, TIMEOUT, config_in(one.handler.spec))
    del wanted["timeout"]
    return spec == wanted


def _own(world: World, one: Registered) -> bool:
    """Whether the handler starts this very installation, in one of the forms that `install` writes."""
    arguments = one.handler.spec.get("args")
    if not isinstance(arguments, list) or not all(isinstance(word, str) for word in arguments):
        return False
    words = one.handler.words
    direct = (world.python, *_HOOK)
    forms: tuple[tuple[str, ...], ...] = (
        direct,
        (os.path.join(os.path.dirname(world.python), "callgate"), "hook"),
        (world.python, "-I", "-S", f"{world.package}/hook/client.py", *direct),
        (f"{world.places.state_dir}/bin/callgate-hook", *direct),
    )
    form = next((form for form in forms if words[: len(form)] == form), None)
    return form is not None and _own_options(world, words[len(form) :])


def _own_options(world: World, words: tuple[str, ...]) -> bool:
    """Whether the hook understands its options, and they name no daemon but this user's: another could say anything."""
    from callgate.hook.answering import options_of  # noqa: PLC0415 - only where settings are judged

    try:
        options = options_of(list(words), "/")
    except InputError:
        return False
    if not options.daemon:
        return True
    from callgate.daemon.runtime import runtime  # noqa: PLC0415 - most registrations name none

    return options.daemon == runtime(world.environ, world.places).socket
