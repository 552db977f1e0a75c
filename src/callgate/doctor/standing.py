"""How the settings stand: what in them keeps calls from being judged, against what the running session has loaded.

`doctor` tells a person what is wrong with a registration. This answers a narrower question, for a hook that hears of a
change of settings in the middle of a session: would the gate be weaker with them than it is? Nothing is started, and
what cannot be told counts as weaker.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Iterator, Mapping, NamedTuple

from callgate.agents.registration import kept_options
from callgate.agents.settings_file import MAX_BYTES
from callgate.agents.visible import visible
from callgate.atomic import read_regular
from callgate.doctor.fire_http import called
from callgate.doctor.handlers import GATES, STRANGER, WATCHERS, digest_of, doubts
from callgate.doctor.host_types import misfit
from callgate.doctor.in_force import InForce, Registered, Source, look
from callgate.doctor.registration import STEERING
from callgate.environ import MOVES_THE_GATE

if TYPE_CHECKING:
    from callgate.agents.settings_written import Operation
    from callgate.doctor.model import World

_ONLY_LOOSE = ("PATH", "ENV", "BASH_ENV")
"""Variables that steer a program that is looked for on PATH, or a shell; `PYTHON*` as well."""


_LEAD_AWAY = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
"""Variables that send HTTP hooks elsewhere."""


class Flaw(NamedTuple):
    """One thing that keeps calls from being judged, or may."""

    key: str
    """Names it: the same flaw has the same key later, another one has another."""
    what: str
    """A clause for people. Of the settings themselves it quotes nothing but paths and names of variables."""
    file: str = ""

    @property
    def kind(self) -> str:
        """The first word of the key.

        `missing`, `weak`, `stranger` (only the program is in doubt), `off`, `unwatched`, `policy`, `env`, `unreadable`
        or `dropped`.
        """
        return self.key.partition(" ")[0]


class Before(NamedTuple):
    """What is known of the settings that the session has loaded."""

    known: frozenset[str] = frozenset()
    """Keys of the flaws that they have."""
    handlers: frozenset[str] = frozenset()
    """Digests of the handlers of callgate in them whose answer counts for every call, or every change."""
    policies: frozenset[str] | None = None
    """What their gates decide by: `--config FILE`, or nothing for the files that are found; `None` for not known."""


class Standing(NamedTuple):
    """What the settings in force come to."""

    flaws: tuple[Flaw, ...]
    handlers: frozenset[str]
    policies: frozenset[str]
    ours: bool
    """Whether any hook of callgate is registered in the files, even one that the client does not run."""
    by_http: bool = False
    """Whether a hook that decides is one that the client calls by HTTP."""

    def before(self) -> Before:
        """Return this as what is known when they change."""
        return Before(frozenset(flaw.key for flaw in self.flaws), self.handlers, self.policies)

    def new(self, before: Before) -> tuple[Flaw, ...]:
        """Return the flaws that were not there before."""
        return tuple(flaw for flaw in self.flaws if flaw.key not in before.known)


def stand(
    world: World,
    before: Before = Before(),  # noqa: B008 - immutable
    *,
    instead: Mapping[str, str] | None = None,
    written: Mapping[str, Operation] | None = None,
) -> Standing:
    """Judge the settings of *world* as they are on disk. Never raises for what the files hold.

    Args:
        world: where the files are, and which installation this is.
        before: what the session has loaded; handlers that were there before are as good as they were.
        instead: as for `in_force.look`.
        written: real path -> the command of callgate that has just made that file as it is. A person ran it: what
            `install` registers is believed, and after `uninstall` a gate that is gone is no flaw.
    """
    written = written or {}
    force = look(world, instead)
    gates = _whole(world, force.gates, before, written)
    watching = [one for one in force.listeners if one.handler.ours and one.handler.event == WATCHERS]
    watchers = _whole(world, tuple(watching), before, written)
    policies = frozenset(_policy(one) for one in gates or force.gates)
    flaws = [*_gate(world, force, gates, written), *_off(force), *_files(force, instead or {})]
    if not watchers:
        flaws.append(Flaw("unwatched", "no hook of callgate would hear of the next change of settings"))
    if gates and before.policies is not None and not before.policies <= policies and not written:
        flaws.append(Flaw(f"policy {sorted(policies)}", "calls would be judged by another policy file"))
    loose = any(doubts(world, one, GATES) for one in gates)
    flaws += _variables(force, loose=loose, by_http=any(one.handler.by_http for one in force.gates))
    if "uninstall" in written.values():
        flaws = [flaw for flaw in flaws if flaw.kind not in ("missing", "weak", "stranger", "unwatched", "policy")]
    handlers = frozenset(digest_of(one) for one in (*gates, *watchers))
    registered = [one for one, _ in force.disabled if one.handler.gate]
    listening = any(one.handler.ours for one in force.listeners)
    by_http = any(one.handler.by_http for one in force.gates)
    return Standing(tuple(flaws), handlers, policies, bool(force.gates or registered or listening), by_http)


def _whole(
    world: World, found: tuple[Registered, ...], before: Before, written: Mapping[str, Operation]
) -> list[Registered]:
    """Those of *found* whose answer counts for every call, so far as can be told without starting them."""
    return [
        one
        for one in found
        if digest_of(one) in before.handlers
        or not doubts(world, one, one.handler.event, believed=_real(one.source.path) in written)
    ]


def _gate(world: World, force: InForce, gates: list[Registered], written: Mapping[str, Operation]) -> Iterator[Flaw]:
    """Why no hook judges every call."""
    if gates:
        return
    for one in force.gates:
        believed = _real(one.source.path) in written
        for doubt in doubts(world, one, GATES, believed=believed):
            where = visible(one.source.path)
            kind = "stranger" if doubt == STRANGER else "weak"
            yield Flaw(f"{kind} {digest_of(one)} {doubt}", f"the hook of callgate in {where} {doubt}", one.source.path)
    if not force.gates:
        yield Flaw("missing", "no hook of callgate would be asked about tool calls")


def _off(force: InForce) -> Iterator[Flaw]:
    if force.off:
        yield Flaw(f"off {force.off}", f"hooks would be switched off by {visible(force.off)}")
    for one in force.gates:
        url = str(one.handler.spec.get("url"))
        if one.handler.by_http and not called(force.sources, url):
            yield Flaw(f"off allowedHttpHookUrls {url}", "`allowedHttpHookUrls` would not let the client call callgate")


def _files(force: InForce, instead: Mapping[str, str]) -> Iterator[Flaw]:
    """Files of which it cannot be told what the client makes of them, or that it drops as a whole."""
    for source in force.sources:
        path = source.path
        if source.fault:
            content = _content(instead.get(path, path))
            if content is None or not _dropped(content):
                what = f"{visible(path)} cannot be read as the client may read it"
                yield Flaw(f"unreadable {path} {_sum(content)}", what, path)
        elif misfit(source.top) and _matters(source):
            what = f"the client drops all of {visible(path)}: {misfit(source.top)}"
            yield Flaw(f"dropped {path} {misfit(source.top)}", what, path)


def _matters(source: Source) -> bool:
    """Whether it makes a difference if the client drops this file."""
    ours = any(one.gate for one in (*source.handlers, *source.listeners))
    return ours or "disableAllHooks" in source.top or source.scope == "managed"


def _content(path: str) -> bytes | None:
    try:
        return read_regular(path, MAX_BYTES)
    except (OSError, ValueError):
        return None


def _dropped(content: bytes) -> bool:
    """Whether this is no JSON object for the client either, so that it goes on without the file.

    Other files that we refuse it may take: with keys that occur twice, or hooks of another shape.
    """
    import json  # noqa: PLC0415 - only broken files come here

    try:
        return not isinstance(json.loads(content.decode("utf-8").removeprefix("\ufeff")), dict)
    except json.JSONDecodeError:
        return True
    except (ValueError, RecursionError):
        return False


def _sum(content: bytes | None) -> str:
    import hashlib  # noqa: PLC0415 - as above

    return hashlib.sha256(content).hexdigest()[:32] if content is not None else "-"


def _policy(one: Registered) -> str:
    return " ".join(kept_options(one.handler))


def _variables(force: InForce, *, loose: bool, by_http: bool) -> Iterator[Flaw]:
    """Variables that settings give to every hook, and that choose the gate's files or get code into it."""
    for source in force.sources:
        table = source.top.get("env")
        if source.scope == "managed" or not isinstance(table, dict):
            continue
        for name in sorted(str(name) for name in table):
            if _steers(name, loose=loose) or (by_http and name.upper() in _LEAD_AWAY):
                key = f"env {source.path} {name} {_sum(repr(table[name]).encode('utf-8', 'backslashreplace'))}"
                what = f"`env` in {visible(source.path)} would give the gate another `{visible(name[:40])}`"
                yield Flaw(key, what, source.path)


def _steers(name: str, *, loose: bool) -> bool:
    if name in _ONLY_LOOSE or name.startswith("PYTHON"):
        return loose
    prefixes = ("LD_", "DYLD_", "CALLGATE_", "DECISION_REVIEWER_")
    return name in MOVES_THE_GATE or name in STEERING or name.startswith(prefixes)


def _real(path: str) -> str:
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):
        return path
