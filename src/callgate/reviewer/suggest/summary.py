"""Suggestions for programs (JSON values) and for people (TOML with comments)."""

from __future__ import annotations

from typing import Any, Iterator

from callgate.agents.visible import visible
from callgate.reviewer.suggest.rank import Suggestion, Suggestions

_LONGEST = 160


def suggestion_object(one: Suggestion) -> dict[str, Any]:
    """Return one suggestion as JSON values; `suggested_rule` is what `apply` takes as `rule`."""
    return {
        "pattern": one.pattern,
        "count": one.prompts,
        "risk": one.risk.level,
        "suggested_rule": dict(one.fields),
        "rule_type": "allow",
        "reasons": list(one.risk.reasons),
        "calls": one.calls,
        "per_week": round(one.per_week, 1),
        "examples": list(one.examples),
        "near_misses": list(one.near_misses),
        "toml": one.toml,
    }


def report_object(made: Suggestions) -> dict[str, Any]:
    """Return all suggestions as JSON values, with the operation that `apply` takes for all of them."""
    operations = [
        {"operation": "add_rule", "rule_type": "allow", "rule": dict(one.fields)} for one in made.suggestions
    ]  # fmt: skip
    return {
        "suggestions": [suggestion_object(one) for one in made.suggestions],
        "prompts": made.prompts,
        "saved": sum(one.prompts for one in made.suggestions),
        "left_out": [{"reason": why, "count": count} for why, count in sorted(made.left_out.items())],
        "days": round(made.days, 2),
        "decisions": made.gathered.total,
        "not_kept": made.gathered.overflow,
        "skipped_lines": made.gathered.skipped,
        "apply": {"operation": "batch", "operations": operations},
    }


def report_toml(made: Suggestions) -> str:
    """Return all suggestions as one policy file with comments. Whatever the calls hold, no comment ends early."""
    return "\n".join(_lines(made)) + "\n"


def _lines(made: Suggestions) -> Iterator[str]:
    saved = sum(one.prompts for one in made.suggestions)
    yield f"# {made.prompts:,} prompts in {made.days:.1f} days; the rules below would have saved {saved:,} of them."
    yield "# Each was loaded, decided again on these calls, and attacked; read the examples before you keep one."
    for number, one in enumerate(made.suggestions, 1):
        yield ""
        calls = f"{one.calls:,} different call{'s' if one.calls != 1 else ''}"
        yield f"# {number}. saves {one.prompts:,} prompts ({calls}), {one.per_week:.1f} a week; risk: {one.risk.level}"
        yield from (f"#    - {_shown(reason)}" for reason in one.risk.reasons)
        yield from (f"#    allows:  {_shown(text)}" for text in one.examples)
        yield from (f"#    but not: {_shown(text)}" for text in one.near_misses)
        yield one.toml.rstrip("\n")
    if made.left_out:
        yield ""
        yield "# Nothing is suggested for the other prompts:"
        for why, count in sorted(made.left_out.items(), key=lambda one: (-one[1], one[0])):
            yield f"# {count:>7,}  {_shown(why)}"


def _shown(text: str) -> str:
    safe = visible(text.replace("\n", " \u21b5 "))
    return safe if len(safe) <= _LONGEST else safe[: _LONGEST - 1] + "\u2026"
