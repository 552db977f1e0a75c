"""The report as lines of (text, style) parts, for whoever prints them. Nothing is escaped here: printing does that."""

from __future__ import annotations

from typing import Final, Iterator

from callgate.core.model import DYNAMIC, SPLIT
from callgate.policy.schema import ACTIONS
from callgate.reviewer.policytest.load import name_of, names_in
from callgate.reviewer.policytest.model import PolicyCoverage, Report, Result

Line = tuple[tuple[str, str], ...]
"""(text, style) parts of one line."""

MAX_TEXT: Final = 300
MAX_PARTS: Final = 3
"""Parts of a failing call that are shown."""
MAX_RULES: Final = 10
"""Rules without a case that are named when the whole table is not asked for."""

_DIM = "dim"


def lines(report: Report, *, verbose: bool = False, table: bool = False) -> Iterator[Line]:
    """Yield the report line by line.

    Args:
        report: of a run.
        verbose: name the cases that pass, too.
        table: show every rule with its cases.
    """
    for result in report.all:
        if not result.passed:
            yield from _failure(result)
        elif verbose:
            yield (("ok", "green"), (f"    {_place(result)}: {one_line(result.name)}", ""))
    yield _summary(report)
    for policy in report.coverage:
        yield from _coverage(policy, table=table)
    if report.skipped:
        files = ", ".join(map(name_of, report.skipped[:MAX_RULES]))
        yield ((f"not run, because they are about other policies: {files}", _DIM),)


def one_line(text: str) -> str:
    r"""Return *text* cut to a length that is read, what only the running shell knows as `…`, line ends as `\n`."""
    cut = text[:MAX_TEXT] + ("…" if len(text) > MAX_TEXT else "")
    return cut.replace(DYNAMIC, "…").replace(SPLIT, "…").replace("\n", "\\n")


def diff(result: Result) -> Iterator[tuple[str, str]]:
    """Yield (heading, text) of everything that says why a case fails."""
    yield "call", one_line(result.call)
    for each in result.mismatches:
        yield each.field, f"expected {one_line(each.expected)}, got {one_line(each.got)}"
    if result.reason:
        yield "because", one_line(names_in(result.reason))
    for text, status in result.parts[:MAX_PARTS]:
        yield "part", one_line(f"`{text}`: {status}")
    if len(result.parts) > MAX_PARTS:
        yield "part", f"… and {len(result.parts) - MAX_PARTS} more (`callgate explain` shows them all)"


def _failure(result: Result) -> Iterator[Line]:
    yield (("FAIL", "bold red"), (f"  {_place(result)}: {one_line(result.name)}", ""))
    for heading, text in diff(result):
        style = "" if heading in {each.field for each in result.mismatches} else _DIM
        yield ((f"      {heading:<9} ", _DIM), (text, style))


def _place(result: Result) -> str:
    return f"{name_of(result.file)}:{result.line}" if result.line else name_of(result.file)


def _summary(report: Report) -> Line:
    total, failed = len(report.all), report.failed
    count = f"{total:,} case{'' if total == 1 else 's'}"
    if failed:
        return ((f"{count}: {total - failed:,} passed, ", ""), (f"{failed:,} failed", "bold red"))
    return ((f"{count}: ", ""), ("all passed" if total else "none", "green"))


def _coverage(policy: PolicyCoverage, *, table: bool) -> Iterator[Line]:
    covered, total = policy.share()
    shares = [(action, *policy.share(action)) for action in ACTIONS]
    by_action = ", ".join(f"{action} {some} of {every}" for action, some, every in shares if every)
    about = f"): {by_action}" if by_action else ")"
    style = "green" if covered == total else "yellow"
    yield ((f"{policy.policy}: rules with a case: {covered} of {total} (", ""), (percent(policy), style), (about, ""))
    missing = [rule for rule in policy.rules if not rule.hits]
    if table:
        for rule in policy.rules:
            hits = f"{rule.hits:>6} case{' ' if rule.hits == 1 else 's'}" if rule.hits else "    no case "
            where = f"  {rule.action:<5} {rule.id} ({name_of(rule.file)}:{rule.line})"
            yield ((hits, "" if rule.hits else "yellow"), (where, ""))
        return
    for rule in missing[:MAX_RULES]:
        where = f"{name_of(rule.file)}:{rule.line}"
        yield (("  no case  ", "yellow"), (f"{where}: {rule.action} rule {rule.id}", ""))
    if len(missing) > MAX_RULES:
        yield ((f"  … and {len(missing) - MAX_RULES} more (`--coverage` shows them all)", _DIM),)


def percent(policy: PolicyCoverage) -> str:
    """Return the covered share for people: never `100 %` while a rule is missing."""
    found = policy.percent
    return f"{min(found, 99.9) if found < 100 else found:.4g} %"
