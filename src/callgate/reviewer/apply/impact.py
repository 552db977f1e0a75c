"""What a change would have meant for the calls in the log, by replay: within half a second, sampled if need be."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any, Final, Iterable, Mapping, NamedTuple

from callgate.core.model import RuleSource
from callgate.reviewer.apply.warnings import Warning  # noqa: A004 - the word of the contract
from callgate.reviewer.redact import masked

if TYPE_CHECKING:
    from callgate.core.model import Rule
    from callgate.host import Places
    from callgate.policy.loader import LoadedPolicy
    from callgate.reviewer.apply.context import Context
    from callgate.reviewer.apply.layers import Layers, State
    from callgate.reviewer.replay.compare import Report
    from callgate.reviewer.replay.groups import Group
    from callgate.reviewer.replay.scan import People

BUDGET_SECONDS: Final = 0.5
"""For all of it (the project's requirement); the newest calls are the sample when there are more."""

MAX_JOINED: Final = 2_000
"""Of the newest decisions it is looked up what people made of them: some 50 ms."""

EXAMPLES: Final = 3
"""Calls that are quoted for each kind of change."""

MAX_GROUPS: Final = 5


class Owner(NamedTuple):
    """Whose logs."""

    loaded: LoadedPolicy | None
    places: Places


class Impact(NamedTuple):
    """What the replay found."""

    told: Mapping[str, Any]
    """`impact_analysis` of the answer."""
    warnings: tuple[Warning, ...]
    summary: str
    """One line, for the commit message; empty when there is nothing to say."""


def analyse(
    layers: Layers,
    states: tuple[State, State],
    contents: tuple[bytes, bytes],
    changed: frozenset[str],
    context: Context,
) -> Impact:
    """Return what changes for the logged calls.

    Args:
        layers: where the target stands.
        states: the whole policy before and after.
        contents: of the target, before and after.
        changed: ids of the rules that are added, changed or removed.
        context: whose logs.
    """
    before, after = (one.loaded for one in states)
    if not layers.in_force:
        return _none("no policy that is in force here reads the file")
    if before is None or after is None:
        return _none("the policy as it is does not load, so there is nothing to compare with")
    if _says(before) == _says(after):
        return _none("no rule and no setting that decides calls is different")
    from callgate.core.errors import InputError, PolicyError  # noqa: PLC0415 - only a change of rules looks at logs
    from callgate.reviewer.evidence import conclusions  # noqa: PLC0415 - as above
    from callgate.reviewer.history import History, open_history  # noqa: PLC0415 - as above
    from callgate.reviewer.replay.scan import People  # noqa: PLC0415 - as above

    started = time.monotonic()
    owner = Owner(before, context.places)
    files = [file for file in open_history(owner).files if os.path.lexists(file)]
    if not files:
        return _none(f"there is no log yet: `{context.places.review_log_file}` would be it")
    try:
        people = People.from_outcomes(conclusions(owner, History(files), most=MAX_JOINED))
        report = _replayed(layers, states, contents, files, people, context, started)
    except (InputError, OSError) as error:
        return _none(f"the log cannot be read: {error}")
    except PolicyError as error:
        return _none(f"a policy does not load: {error.problems[0].message}")
    return _told(report, changed)


def _replayed(
    layers: Layers, states: tuple[State, State], contents: tuple[bytes, bytes], files: list[str], people: People,
    context: Context, started: float,
) -> Report:  # fmt: skip
    from callgate.reviewer.replay.calls import Where  # noqa: PLC0415 - needs a log
    from callgate.reviewer.replay.policies import Setting, Variant  # noqa: PLC0415 - as above
    from callgate.reviewer.replay.run import sample  # noqa: PLC0415 - as above
    from callgate.reviewer.replay.scan import Window  # noqa: PLC0415 - as above
    from callgate.reviewer.replay.sources import opened  # noqa: PLC0415 - as above
    from callgate.reviewer.replay.workers import Job  # noqa: PLC0415 - as above

    where = context.places
    setting = Setting(where, dict(context.environ), managed=where.managed_policy, cwd=layers.cwd,
                      project=layers.project, now=context.now)  # fmt: skip
    old, new = (
        Variant(files=((layers.target, data),), pins=one.pins) for one, data in zip(states, contents, strict=True)
    )
    job = Job(setting, old, new, Where(where.home, now=context.now), Window(), people)
    with opened(files, "log") as sources:
        left = BUDGET_SECONDS - (time.monotonic() - started)
        return sample(job, sources, "current", budget_seconds=left, samples=EXAMPLES)


def _told(report: Report, changed: frozenset[str]) -> Impact:
    from callgate.reviewer.replay.groups import calls_in  # noqa: PLC0415 - needs a log

    counts: dict[str, int] = {kind: calls_in(groups) for kind, groups in report.changes.items()}
    allowed = report.changes["newly_allowed"]
    denied = sum(group.denied for group in allowed)
    refused = tuple(one for one in report.contradictions if one.person == "refused")
    summary = _summary(report, counts, denied, calls_in(refused))
    told = {
        "available": True,
        "calls": report.calls,
        "of": report.of,
        "sampled": report.sampled,
        "covered": sum(report.by.get(name, 0) for name in changed),
        "changed": report.changed,
        **counts,
        "previously_denied": denied,
        "contradictions": calls_in(report.contradictions),
        "examples": [*_examples(group for groups in report.changes.values() for group in groups[:MAX_GROUPS])],
        "contradicted": [*_examples(report.contradictions[:MAX_GROUPS])],
        "summary": summary,
    }
    return Impact(masked(told), tuple(_warnings(allowed, refused)), summary)


def _summary(report: Report, counts: Mapping[str, int], denied: int, refused: int) -> str:
    parts = [f"newly allow {counts['newly_allowed']:,}", f"newly deny {counts['newly_denied']:,}",
             f"newly ask for {counts['newly_asked']:,}"]  # fmt: skip
    if counts["no_longer_decided"]:
        parts.append(f"no longer decide {counts['no_longer_decided']:,}")
    which = f"the newest {report.calls:,} of about {report.of:,}" if report.sampled else f"{report.calls:,}"
    text = f"of {which} logged calls this would {', '.join(parts)}"
    if counts["newly_allowed"]:
        none = "none of which anybody denied"
        text += f"; {denied + refused:,} of the newly allowed ones had been denied" if denied + refused else f"; {none}"
    return text


def _examples(groups: Iterable[Group]) -> Iterable[dict[str, Any]]:
    for group in groups:
        for one in group.examples[:EXAMPLES]:
            found = {"kind": group.kind, "tool": group.tool, "text": one.text, "cwd": one.cwd, "count": one.calls,
                     "was": one.was, "was_by": one.was_by, "decided_by": group.by, "person": group.person}  # fmt: skip
            yield {name: value for name, value in found.items() if value}


def _warnings(allowed: tuple[Group, ...], refused: tuple[Group, ...]) -> Iterable[Warning]:
    """Yield a warning for each kind of call that would be allowed although a rule or a person denied it."""
    hint = "narrow the rule so that it does not cover these calls"
    for group in allowed:
        count = group.denied
        if count:
            one = next((one for one in group.examples if one.was == "deny"), None)
            by = f" by `{one.was_by}`" if one and one.was_by else ""
            message = f"{_calls(count)} like `{group.shape}` would be allowed that had been denied{by}"
            yield Warning("newly_allows_denied", group.by, message, hint, witness=one.text if one else "")
    for group in refused:
        message = f"{_calls(group.calls)} like `{group.shape}` would be allowed that a person refused"
        witness = group.examples[0].text if group.examples else ""
        yield Warning("newly_allows_denied", group.by, message, hint, witness=witness)


def _calls(number: int) -> str:
    return f"{number:,} call{'' if number == 1 else 's'}"


def _says(loaded: LoadedPolicy) -> object:
    """Return what of a policy decides calls, wherever it is written."""
    return {rule.id: _bare(rule) for rule in loaded.rules}, loaded.settings


def _bare(rule: Rule) -> Rule:
    return rule._replace(source=RuleSource("", 0, rule.source.layer), description="")


def _none(why: str) -> Impact:
    return Impact({"available": False, "why": why}, (), "")
