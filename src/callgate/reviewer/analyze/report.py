"""Puts the parts of the report together."""

from __future__ import annotations

from typing import Any, Callable

from callgate.reviewer.analyze.gaps import gaps
from callgate.reviewer.analyze.repeats import repeats
from callgate.reviewer.analyze.risky import risky
from callgate.reviewer.analyze.savings import savings
from callgate.reviewer.analyze.shadowing import shadowing
from callgate.reviewer.analyze.subject import Subject, day
from callgate.reviewer.analyze.unused import unused
from callgate.reviewer.analyze.usage import Usage
from callgate.reviewer.cluster.calls import Gathered
from callgate.reviewer.judge import Judge
from callgate.reviewer.suggest.rank import LIMIT, suggest
from callgate.reviewer.suggest.summary import suggestion_object

SECONDS_PER_PROMPT = 10.0
"""An assumption: to notice a prompt, read it and answer it. Measure your own and say so."""


def analyse(
    judge: Judge, gathered: Gathered, *, limit: int = LIMIT, seconds_per_prompt: float = SECONDS_PER_PROMPT,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return the whole report as JSON values.

    Its keys: `window`, `savings`, `gaps`, `suggestions`, `repeats`, `risky`, `unused`, `shadowing`, `used`.

    Args:
        judge: decides the calls again.
        gathered: the distinct calls of a history.
        limit: suggestions at most.
        seconds_per_prompt: what a prompt costs a person.
        progress: told what is being done.
    """
    made = suggest(judge, gathered, limit=limit, progress=progress)
    subject = Subject(judge, gathered, made, seconds_per_prompt)
    if progress is not None:
        progress("rules and their use")
    usage = Usage(subject)
    return {
        "window": {
            "from": day(gathered.earliest) if gathered.total else "",
            "to": day(gathered.latest) if gathered.total else "",
            "days": round(gathered.days, 2),
            "decisions": gathered.total,
            "different_calls": len(gathered.calls),
            "not_kept": gathered.overflow,
            "skipped_lines": gathered.skipped,
        },
        "savings": savings(subject),
        "gaps": gaps(subject),
        "suggestions": [suggestion_object(one) for one in made.suggestions],
        "repeats": repeats(subject),
        "risky": risky(subject),
        "unused": unused(usage),
        "shadowing": shadowing(usage),
        "used": [{"id": name, "count": count} for name, count in usage.used.most_common()],
    }
