"""Calls that have nothing to do with the gate, told at a glance: most are, and the closer look takes ten times as long.

INVARIANT: of a call that is quiet, the closer look (`engine/stages/protection.py`) finds nothing. A test holds the two
against each other.
"""

from __future__ import annotations

from callgate.core.model import Unit
from callgate.engine.case import Case
from callgate.engine.protection import agents, commands, links, unknown
from callgate.engine.protection.guarded import guard
from callgate.engine.protection.mentions import TOKENS

_LOOKING = frozenset({"read"})
_RUNNING = frozenset({"read", "execute"})
_SPEAKING = commands.PROGRAMS | agents.PROGRAMS | links.LINKERS | unknown.FOREIGN
_ACTING = _SPEAKING | unknown.CONTAINERS | unknown.UNPACKERS
_LOUD = (*TOKENS, "decision_reviewer", *sorted({*agents.AGENTS.values()}), *unknown.RELATIVE)
"""One of them is in every text that the closer look finds something in (but for policy files of any name)."""


def is_quiet(case: Case) -> bool:
    """Whether the call consists of known commands that only read, or run programs, without a word of the gate."""
    if case.kinds <= _LOOKING:
        for unit in case.analysis.units:
            if not _is_plain(unit) or "/" in unit.argv[0] or unit.argv[0] in _SPEAKING:
                return False
            if unit.argv[0].startswith(commands.INTERPRETERS):
                return _is_silent(case)
        return True
    return case.kinds <= _RUNNING and _is_silent(case)


def _is_plain(unit: Unit) -> bool:
    return unit.kind == "command" and unit.known and not unit.problem and bool(unit.argv)


def _is_silent(case: Case) -> bool:
    texts = [case.analysis.raw]
    for unit in case.analysis.units:
        if not _is_plain(unit) or unit.argv[0].rpartition("/")[2] in _ACTING:
            return False
        texts.append(unit.text)  # words as they are without quotes and escapes
    text = "\n".join(texts).casefold()
    for word in _LOUD:
        if word in text:
            return False
    seen = case.observation
    guarded = guard(seen.protected, seen.home, seen.project, case.call.cwd)
    return not any(path in text for path in guarded.texts)
