"""A `RuleAnalysis` as a page for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from callgate.cli.output import DECISION_STYLE, say, show_table
from callgate.cli.text import clip

if TYPE_CHECKING:
    from rich.console import Console

    from callgate.reviewer.analyse.attempts import Survivor
    from callgate.reviewer.analyse.rule import RuleAnalysis

MAX_TEXT: Final = 300
MAX_STARTS: Final = 5


def show(found: RuleAnalysis, out: Console) -> None:
    """Print *found*."""
    rule = found.rule
    say(out, (rule.action, DECISION_STYLE[rule.action]), " ", (rule.id, "bold"),
        (f"  {rule.source.file}:{rule.source.line}", "dim"))  # fmt: skip
    if rule.description:
        say(out, f"  {clip(rule.description, MAX_TEXT)}")
    for heading, lines in found.words:
        say(out, f"  {heading + ':':<14}", clip(lines[0], MAX_TEXT))
        for line in lines[1:]:
            say(out, " " * 16, clip(line, MAX_TEXT))
    _overlaps(found, out)
    _attempts(found, out)


def _overlaps(found: RuleAnalysis, out: Console) -> None:
    say(out, "")
    say(out, ("other rules for the same calls", "bold"), "" if found.overlaps else "  none is known")
    for one in found.overlaps:
        wins = f"; `{one.wins}` wins" if one.wins else ""
        like = f", for example `{clip(one.witness, 100)}`" if one.witness else ""
        say(out, "  ", (one.other.action, DECISION_STYLE[one.other.action]), f" {one.other.id}  {one.how}{wins}{like}")


def _attempts(found: RuleAnalysis, out: Console) -> None:
    attempts, allow = found.attempts, found.rule.action == "allow"
    say(out, "")
    say(out, ("attempts to get around it", "bold"))
    if not found.seeds:
        say(out, "  no call could be made up that this rule decides; give one with `--call`")
        return
    commands = [seed.text for seed in found.seeds if seed.text]
    if not commands:
        say(out, "  the rule decides no command of the shell, so there is nothing to mutate")
        return
    more = f" and {len(commands) - MAX_STARTS} more" if len(commands) > MAX_STARTS else ""
    say(out, f"  from {', '.join(f'`{clip(text, 60)}`' for text in commands[:MAX_STARTS])}{more}")
    columns = ("class", "tried", "stopped" if allow else "refused", "harmless" if allow else "undecided",
               "bypasses" if allow else "evasions")  # fmt: skip
    rows = [
        (one.kind, str(one.tried), str(one.stopped), str(one.harmless if allow else one.undecided), str(one.survivors))
        for one in attempts.tallies
    ]
    show_table(out, columns, rows)
    shown: dict[tuple[str, str, str], int] = {}
    for survivor in attempts.survivors:
        key = (survivor.kind, survivor.label, survivor.decision)
        shown[key] = shown.get(key, 0) + 1
        if shown[key] == 1:
            _survivor(survivor, out)
    left = len(attempts.survivors) - len(shown)
    if left > 0:
        say(out, (f"  and {left} more of the same kinds (--json lists them all)", "dim"))
    _sum(found, out)


def _survivor(one: Survivor, out: Console) -> None:
    word = "no opinion" if one.decision == "passthrough" else one.decision
    say(out, "  ", (word, DECISION_STYLE.get(one.decision, "")), f"  {one.kind}, {one.label}: ",
        (clip(one.text, MAX_TEXT), "bold"))  # fmt: skip
    say(out, f"      {clip(one.what, MAX_TEXT)}; {clip(one.reason, MAX_TEXT)}")
    say(out, f"      help: {one.fix}")


def _sum(found: RuleAnalysis, out: Console) -> None:
    attempts, allow = found.attempts, found.rule.action == "allow"
    count, noun = len(attempts.allowed), "bypass" if allow else "evasion"
    plural = noun if count == 1 else "bypasses" if allow else "evasions"
    undecided = len(attempts.survivors) - count
    more = f", {undecided} undecided" if undecided else ""
    say(out, (f"{count} {plural}{more}, {attempts.tried:,} mutants tried", "bold red" if count else "green"))
