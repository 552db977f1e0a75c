"""A settings file has changed while a session runs: would the gate be weaker, and is the change kept out?

The client reads all its settings anew when it takes up a change of one file. So all files are judged as they are on
disk, whatever the message says of one: a change that was kept out earlier would come in with the next harmless one.

A change that weakens is kept out whoever made it, but for what `callgate install` and `callgate uninstall` have just
written (`agents/settings_written.py`). Managed settings cannot be kept out; then the person is warned.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Callable, Final, Mapping, NamedTuple

from callgate.agents.claude_code_session import SCOPES, SessionEvent
from callgate.agents.settings_file import settings_path
from callgate.agents.settings_written import written
from callgate.doctor.model import World, this_world
from callgate.doctor.standing import Before, Flaw, Standing, stand
from callgate.hook.standings import Kept, forget, key_of, load, prune, save

if TYPE_CHECKING:
    from callgate.host import Places

MAX_FLAWS: Final = 4
"""More clauses than that are not in a message; the audit log has them all."""

MAX_CLAUSE: Final = 400

_SAME_SETTINGS: Final = ("clear", "compact", "resume", "fork")
"""Words of a start in a process that may have loaded its settings long ago."""

_GOES_ON: Final = ("clear", "resume")
"""Words of an end after which the process goes on with another session."""

KEPT_OUT: Final = (
    "callgate keeps a change of the settings out of this session: {clauses}. The session goes on under the gate. "
    "To mend it: `callgate install claude-code`; to take callgate out: `callgate uninstall claude-code`, in a terminal."
)
NOT_KEPT_OUT: Final = (
    "callgate cannot keep a change of managed settings out of this session, and calls may go unjudged: {clauses}. "
    "Ask whoever manages them; `callgate doctor` tells more."
)


class Judgement(NamedTuple):
    """What is to be said of a change."""

    message: str = ""
    """Empty when the gate is no weaker with it."""
    writes: tuple[Callable[[], None], ...] = ()
    """Each writes something down. They raise `OSError` or `ValueError`."""
    first: bool = False
    """Whether just this was not said before."""


def begin(
    event: SessionEvent, environ: Mapping[str, str], project: str, places: Places, *, now: float
) -> tuple[Standing, Callable[[], None]]:
    """Return how the settings stand when a session begins, and what keeps that (it raises `OSError`)."""
    standing = stand(this_world(environ, project))

    def keep() -> None:
        key = key_of(environ, event.session_id)
        prune(places.standings_dir, now=now)
        # A process that goes on has not read its settings anew: what it has loaded is what was kept.
        if event.word not in _SAME_SETTINGS or load(places.standings_dir, key) is None:
            save(places.standings_dir, key, Kept(standing.before()))

    return standing, keep


def end(event: SessionEvent, environ: Mapping[str, str], places: Places) -> None:
    """Forget what was kept of a process of the agent that ends.

    Raises:
        OSError: it cannot be removed.
    """
    if event.word not in _GOES_ON:
        forget(places.standings_dir, key_of(environ, event.session_id))


def judge(event: SessionEvent, environ: Mapping[str, str], project: str, places: Places, *, now: float) -> Judgement:
    """Judge the settings as they are now against those that the session has loaded."""
    world = this_world(environ, project)
    key = key_of(environ, event.session_id)
    kept = load(places.standings_dir, key) or Kept(Before())
    standing = stand(world, kept.before, written=written(places.written_file, now=now))
    flaws = {flaw.key: flaw for flaw in standing.new(kept.before)}
    proposal = _proposal(event, world)
    if proposal:
        flaws |= {flaw.key: flaw for flaw in stand(world, kept.before, instead=proposal).new(kept.before)}
    if flaws and event.stoppable:
        after = kept._replace(held=frozenset(flaws))
    else:  # the session takes it up: this is what the next change is judged against
        after = kept if proposal else Kept(standing.before())
    writes = [lambda: save(places.standings_dir, key, after)] if after != kept else []
    if not flaws:
        return Judgement(writes=tuple(writes))
    found = tuple(flaws.values())
    first = not event.stoppable or frozenset(flaws) != kept.held
    if first:
        writes.append(lambda: _audit(event, found, places, now=now))
    text = KEPT_OUT if event.stoppable else NOT_KEPT_OUT
    return Judgement(text.format(clauses=_clauses(found)), tuple(writes), first)


def _proposal(event: SessionEvent, world: World) -> dict[str, str]:
    """The settings file -> the copy of what it is about to hold, when the client asks before it writes.

    Any other file is one: it is judged beside the files on disk, so a wrong one can only be in the way.
    """
    scope = SCOPES.get(event.word)
    if not event.file or scope is None or scope == "managed":
        return {}
    path = settings_path(scope, world.environ, world.places.home, world.cwd)
    there = os.path.isfile(event.file)
    return {path: event.file} if there and os.path.realpath(event.file) != os.path.realpath(path) else {}


def _clauses(flaws: tuple[Flaw, ...]) -> str:
    shown = [flaw.what if len(flaw.what) <= MAX_CLAUSE else f"{flaw.what[:MAX_CLAUSE]}…" for flaw in flaws[:MAX_FLAWS]]
    return "; ".join(shown) + (f"; and {len(flaws) - MAX_FLAWS} more" if len(flaws) > MAX_FLAWS else "")


def _audit(event: SessionEvent, flaws: tuple[Flaw, ...], places: Places, *, now: float) -> None:
    """Write into the audit log that settings were changed to the gate's harm; nobody knows by whom.

    Raises:
        OSError: it cannot be written.
    """
    from callgate.journal.audit import AuditEntry, append  # noqa: PLC0415 - harmless changes do not come here

    entry = AuditEntry(
        "settings_change",
        event.file or next((flaw.file for flaw in flaws if flaw.file), ""),
        tuple(flaw.what for flaw in flaws),
        applied_by="unknown",
        success=not event.stoppable,
        reason="kept out of the running session" if event.stoppable else "managed settings cannot be kept out",
        details={"session_id": event.session_id, "source": event.word},
    )
    append(places.audit_log, entry, now=now)
