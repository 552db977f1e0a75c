"""Stage 2: the gate protects itself. Its files change through `apply` or by a person, never by a tool call."""

from __future__ import annotations

from callgate.core.model import Finding
from callgate.engine.case import Case
from callgate.engine.protection import agents, commands, files, links, writes
from callgate.engine.protection.findings import program_of
from callgate.engine.protection.quiet import is_quiet
from callgate.engine.protection.scene import Scene

_PROGRAMS = commands.PROGRAMS | agents.PROGRAMS


def run(case: Case) -> Finding | None:
    """Return the denial, or else the question, when a unit would change or take away the gate."""
    return None if is_quiet(case) else look(case)


def look(case: Case) -> Finding | None:
    """Return what a look at every unit finds, however plain the call is."""
    scene = Scene(case)
    asked: Finding | None = None
    linking = False
    writing = writes.concerns(scene)
    for unit in case.analysis.units:
        program = program_of(unit)
        found = files.check(scene, unit, program)
        if writing:
            asked = asked or writes.check(scene, unit, program)
        if found is None or found.decision != "deny":
            asked = asked or found
            linking = linking or program in links.LINKERS
            # A known program that neither list names does nothing to the gate but by its operations.
            ordinary = unit.kind == "command" and unit.known and not unit.problem and program not in _PROGRAMS
            if ordinary and not program.startswith(commands.INTERPRETERS):
                continue
            found = commands.check(scene, unit, program)
            if found is None or found.decision != "deny":
                asked = asked or found
                found = agents.check(scene, unit, program)
        if found is not None and found.decision == "deny":
            return found
        asked = asked or found
    return (links.linked(scene) if linking else None) or asked
