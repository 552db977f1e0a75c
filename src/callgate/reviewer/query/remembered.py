"""Answers that cost seconds, kept for as long as nothing that they rest on has changed.

For whoever keeps a process warm and asks again: a page that refreshes, an agent's server. The key holds everything that
an answer depends on: the gate with its policies, the question, and the state of every log file.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Callable, Final, Mapping
from weakref import WeakKeyDictionary

from callgate.journal.reading import log_files
from callgate.reviewer.logs.sources import chains_of, snapshot
from callgate.reviewer.query.base import Context

if TYPE_CHECKING:
    from callgate.gate import Gate

MOST: Final = 16
"""Answers that are kept for one gate; each may hold some hundred kilobytes."""

_answers: WeakKeyDictionary[Gate, dict[tuple[object, ...], dict[str, Any]]] = WeakKeyDictionary()


def remembered(
    name: str, fields: Mapping[str, Any], context: Context, find: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """Return what *find* answers to the question *name* with *fields*, or what it answered to the very same before.

    The answer is shared: who gets it must not change it.
    """
    kept = _answers.setdefault(context.gate, {})
    key = _key(name, fields, context)
    known = kept.pop(key, None)
    if known is None:
        known = find()
        if key != _key(name, fields, context):
            return known  # somebody wrote meanwhile: nobody knows which state was seen
    kept[key] = known  # the one that was asked for last comes last
    while len(kept) > MOST:
        del kept[next(iter(kept))]
    return known


def _key(name: str, fields: Mapping[str, Any], context: Context) -> tuple[object, ...]:
    gate = context.gate
    logs = snapshot(chains_of(gate, context.logs))
    outcomes = tuple(map(_state, log_files(gate.places.outcomes_file)))
    return name, json.dumps(fields, sort_keys=True, default=repr), context.cwd, context.mode, logs, outcomes


def _state(path: str) -> tuple[str, int, int, int] | None:
    try:
        state = os.stat(path)
    except (OSError, ValueError):
        return None
    return path, state.st_ino, state.st_size, state.st_mtime_ns
