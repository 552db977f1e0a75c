"""A replay's report for people. Calls and reasons may be an attacker's text: `say` makes it visible, `clip` short."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Mapping, Sequence

from callgate.cli.output import DECISION_STYLE, say
from callgate.cli.text import clip
from callgate.reviewer.replay.compare import KINDS, Report
from callgate.reviewer.replay.groups import Group, Kind, calls_in

if TYPE_CHECKING:
    from rich.console import Console

MAX_GROUPS: Final = 10
"""Groups of one kind that are shown; `--json` has more."""

_TEXT: Final = 100
_SHAPE: Final = 60

_TITLES: Final[Mapping[Kind, tuple[str, str]]] = {
    "newly_allowed": ("newly allowed", "allow"),
    "newly_denied": ("newly denied", "deny"),
    "newly_asked": ("newly asked", "ask"),
    "no_longer_decided": ("no longer decided", "passthrough"),
}
_PERSON: Final = {"refused": "a person refused it", "approved": "a person approved it"}


def show(report: Report, out: Console) -> None:
    """Print *report*: what was replayed, what contradicts a person first, then each kind of change."""
    _head(report, out)
    if report.contradictions:
        many = _calls(calls_in(report.contradictions))
        say(out, "")
        say(out, ("against a person's decision", "bold red"), f": {many}")
        _groups(report.contradictions, out)
    for kind in KINDS:
        groups = report.changes[kind]
        if groups:
            title, decision = _TITLES[kind]
            say(out, "")
            say(out, (title, DECISION_STYLE[decision]), f": {_calls(calls_in(groups))}")
            _groups(groups, out)


def _head(report: Report, out: Console) -> None:
    versus = {"current": ", compared with today's policy", "logged": ", compared with what was logged", "none": ""}
    what = f"{_calls(report.calls)} replayed, {report.distinct:,} distinct{versus[report.baseline]}"
    say(out, what + (f" (a sample of {report.of:,})" if report.sampled else ""))
    if report.baseline != "none":
        say(out, f"  changed   {_calls(report.changed)}")
        say(out, f"  before    {_shares(report.before)}")
    say(out, f"  after     {_shares(report.decisions)}")
    if report.drift:
        say(out, f"  drift     {_calls(report.drift)} decided otherwise by today's policy than was logged")
    left = report.left
    for count, text in (
        (left.unread, "lines left out: not a call, or damaged"),
        (left.failed, "calls left out: callgate itself failed on them then"),
        (left.broken, "calls left out: the policy of their project is broken today"),
        (left.masked, "calls replayed as masked: a secret was taken out when they were logged"),
        (left.unobserved, "calls replayed without what the gate saw of the host: links and patterns are not known"),
        (report.failures, "calls that callgate fails on now: they ask"),
    ):
        if count:
            say(out, f"  note      {count:,} {text}")
    for note in report.notes:
        say(out, f"  note      {note}")


def _groups(groups: Sequence[Group], out: Console) -> None:
    for group in groups[:MAX_GROUPS]:
        title = _TITLES[group.kind][0] if group.person else ""
        lead = f"{title}, {_PERSON[group.person]}: " if group.person else ""
        by = f"by `{group.by}`" if group.by_kind in ("rule", "guardrail") else f"by {group.by_kind}"
        was = ", ".join(f"{decision} {number:,}" for decision, number in group.was.items())
        say(
            out, f"  {lead}", (clip(group.shape, _SHAPE), "bold"),
            f"  {_calls(group.calls)}, {group.distinct:,} distinct, {by}" + (f", before: {was}" if was else ""),
        )  # fmt: skip
        for one in group.examples:
            often = f" (x{one.calls:,})" if one.calls > 1 else ""
            say(out, f"      {clip(one.text, _TEXT)}{often}" + (f"  in {clip(one.cwd, _SHAPE)}" if one.cwd else ""))
    if len(groups) > MAX_GROUPS:
        rest = groups[MAX_GROUPS:]
        say(out, f"  and {len(rest):,} more groups with {_calls(calls_in(rest))} (`--json` has them)")


def _shares(counts: Mapping[str, int]) -> str:
    total = sum(counts.values()) or 1
    names = {"passthrough": "no opinion"}
    known = [(names.get(name, name), counts.get(name, 0)) for name in ("allow", "passthrough", "ask", "deny")]
    return ", ".join(f"{name} {number:,} ({100 * number / total:.1f} %)" for name, number in known)


def _calls(number: int) -> str:
    return f"{number:,} call" + ("" if number == 1 else "s")
