"""Checks on how calls reach the gate: the client that a registration starts, the daemon's socket, and their build."""

from __future__ import annotations

import os
from typing import Iterator

from callgate.agents.transports import SCRIPT, TITLES, Form
from callgate.daemon.protocol import build_of
from callgate.daemon.runtime import private, runtime, runtime_at
from callgate.doctor.in_force import InForce, Registered
from callgate.doctor.model import Finding, World
from callgate.doctor.registration import reinstall
from callgate.environ import trusted_environ
from callgate.hook import native


def check(world: World, force: InForce) -> Iterator[Finding]:
    """Yield what the clients in use are, and what keeps them from reaching the daemon.

    A client that cannot is never a hole, for it becomes the hook that decides by itself; but it makes each call slow.
    """
    for one in force.gates:
        form = one.handler.form
        if form is None:  # the gate under an older name
            continue
        if not form.own:
            what = f"each call starts a gate of its own ({TITLES[form.transport]}): {one.label}"
            yield Finding("transport", "ok", what)
            continue
        faults = list(_faults(world, one, form))
        yield from faults
        if not faults:
            what = f"calls go by the {TITLES[form.transport]} ({form.client}) to the daemon at {form.socket}"
            yield Finding("transport", "ok", what)


def trusted_client(world: World, one: Registered, form: Form) -> bool:
    """Whether the client is the user's choice or our own, not one that merely came with a checkout."""
    if one.source.scope in ("user", "managed") or world.fire_all or not form.own:
        return True
    if form.transport == "native":
        return form.own == (native.binary(world.places.state_dir),)
    return form.own == (world.python, "-I", "-S", world.package + SCRIPT)


def _faults(world: World, one: Registered, form: Form) -> Iterator[Finding]:
    mend = reinstall(one)
    if os.path.lexists(form.client):
        yield from _binary(world, one, form, mend) if form.transport == "native" else _script(world, form, mend)
    elif form.transport == "python":  # Python itself then ends with exit code 2; for the binary `armed` has the words
        yield Finding("transport", "fail", f"{form.client} does not exist, so every call is refused", mend)
    yield from _socket(world, form, mend)


def _binary(world: World, one: Registered, form: Form, mend: str) -> Iterator[Finding]:
    fault = native.state_of(form.client)
    if fault:
        yield Finding("transport", "fail", f"the native client is not safe to run: {fault}", mend)
    elif trusted_client(world, one, form):
        said = native.build_of_binary(form.client)
        if said != native.stamp(build_of(world.package)):
            of = said.partition("\n")[0] or "it does not say which"
            what = (
                f"the native client was compiled for another callgate ({of}): each call is decided without the daemon"
            )
            yield Finding("transport", "warn", what, mend)


def _script(world: World, form: Form, mend: str) -> Iterator[Finding]:
    if form.client != world.package + SCRIPT:
        what = f"the Python client belongs to another installation than this one: {form.client}"
        yield Finding("transport", "warn", what, mend)
    if "-I" not in form.own or "-S" not in form.own:
        what = "the Python client is not started with `-I -S`: variables of a project get code into it, and it is slow"
        yield Finding("transport", "warn", what, mend)


def _socket(world: World, form: Form, mend: str) -> Iterator[Finding]:
    if not form.socket.startswith("/"):
        yield Finding("transport", "warn", "the registration names no socket: the daemon is never asked", mend)
        return
    directory = runtime_at(form.socket).directory
    if os.path.lexists(directory) and not private(directory):
        what = f"{directory} is not a directory of yours alone, so that the daemon there is never asked"
        yield Finding("transport", "warn", what, f"chmod 700 '{directory}', or {mend}")
    expected = runtime(trusted_environ(world.environ, world.cwd), world.places).socket
    if form.socket != expected:
        what = f"the hook asks the daemon at {form.socket}, and `callgate status` the one at {expected}"
        yield Finding("transport", "warn", what, mend)
