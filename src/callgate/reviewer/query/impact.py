"""`{"type": "impact", "rule", "rule_type", "since"?}`: what one more rule would change over the logged calls."""

from __future__ import annotations

import os
from typing import Any, Final, Mapping

from callgate.core.errors import InputError, PolicyError
from callgate.reviewer.history import History, open_history
from callgate.reviewer.query.base import Context, Field, QueryError, QueryType
from callgate.reviewer.query.policy import sound

FEW: Final = 2_000
"""Decisions that are joined with what a person did, where there is little time; `full` takes 200,000."""

MAX_JOINED: Final = 200_000

BUDGET_SECONDS: Final = 0.3
"""For reading and deciding, so that a question is answered within 500 ms; the newest calls are the sample then."""


def answer(fields: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Return the report of `reviewer/replay/report.py` on the policy in force with the rule, compared to it without.

    Raises:
        QueryError: `invalid_query` (the rule), `config_not_found` and `config_parse_error` (the policy in force),
            `log_not_found` (none, or one that cannot be read).
    """
    from callgate.reviewer.evidence import conclusions  # noqa: PLC0415 - other queries need no replay
    from callgate.reviewer.replay.calls import Where  # noqa: PLC0415 - as above
    from callgate.reviewer.replay.notes import notes_on  # noqa: PLC0415 - as above
    from callgate.reviewer.replay.policies import Policies, Variant, setting_of  # noqa: PLC0415 - as above
    from callgate.reviewer.replay.report import as_object  # noqa: PLC0415 - as above
    from callgate.reviewer.replay.rules import read_specs  # noqa: PLC0415 - as above
    from callgate.reviewer.replay.run import replay, sample  # noqa: PLC0415 - as above
    from callgate.reviewer.replay.scan import People, Window  # noqa: PLC0415 - as above
    from callgate.reviewer.replay.sources import opened  # noqa: PLC0415 - as above
    from callgate.reviewer.replay.workers import Job, ReplayError, cores  # noqa: PLC0415 - as above

    gate = context.gate
    today = sound(gate)
    setting = setting_of(gate, context.now)
    given = {key: fields[key] for key in ("rule", "rule_type", "section") if key in fields}
    try:
        added = Variant(add=read_specs(given, "rule"), label="rule")
        loaded = Policies(setting, added).check()
    except PolicyError as error:
        problems = [{"message": one.message, "help": one.help} for one in error.problems]
        raise QueryError("invalid_query", "the rule cannot be added", {"problems": problems}) from error
    files = context.logs or open_history(gate).files
    since = fields.get("since")
    where = Where(gate.places.home, gate.opened_with()[4], context.now)
    if not any(map(os.path.lexists, files)):
        raise QueryError("log_not_found", "there is no log yet", {"files": list(files[:10])})
    try:
        most = MAX_JOINED if fields.get("full") else FEW
        people = People.from_outcomes(conclusions(gate, History(files), since=since, most=most))
        job = Job(setting, Variant(), added, where, Window(since=since), people)
        with opened(files, "log", since) as sources:
            if fields.get("full"):
                report = replay(job, sources, "current", workers=cores())
            else:
                report = sample(job, sources, "current", budget_seconds=BUDGET_SECONDS)
    except (ReplayError, InputError, OSError) as error:
        raise QueryError("log_not_found", str(error)) from error
    except PolicyError as error:
        problems = [{"message": one.message, "file": one.file, "help": one.help} for one in error.problems]
        raise QueryError("config_parse_error", "the policy is broken", {"problems": problems}) from error
    notes = notes_on(setting, added, today, loaded)
    return as_object(report._replace(revision=loaded.revision, notes=notes))


QUERY = QueryType(
    {
        "rule": Field("object", required=True),
        "rule_type": Field("choice", ("allow", "ask", "deny"), required=True),
        "section": Field("text"),
        "since": Field("time"),
        "full": Field("flag"),
    },
    answer,
)
