"""Runs the lints over a policy that loads, and shows what they find."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, Mapping, NamedTuple

from callgate.core.errors import Problem
from callgate.core.model import Rule, RuleSource
from callgate.host import places
from callgate.policy.globs import Anchors
from callgate.policy.lint import Finding, Idle, check
from callgate.policy.loader import LoadedPolicy, builtin, pack_names
from callgate.policy.loader.places import Places

if TYPE_CHECKING:
    from rich.console import Console

    from callgate.cli.world import World

SHOWN: Final = 5
"""Findings of one code that are written out; the rest is counted."""


class Linted(NamedTuple):
    """A finding, and the same as a problem with its place."""

    finding: Finding
    problem: Problem


def lint(loaded: LoadedPolicy, world: World, environ: Mapping[str, str]) -> list[Linted]:
    """Return what is odd about *loaded*, most important first.

    Args:
        loaded: the policy of *world*.
        world: made absolute already.
        environ: for the home directory and the project.
    """
    from callgate.observe import project_root  # noqa: PLC0415 - only the commands that load

    home = places(environ, world.home).home
    project = world.project or project_root(environ, world.cwd, home)
    found = check(
        loaded.rules,
        anchors=Anchors(home, project, world.cwd),
        settings=loaded.settings,
        idle=[Idle(idle.rule, idle.why) for idle in loaded.idle],
        examples=frozenset(one.rule_id for one in loaded.examples),
        shipped=_shipped(loaded),
        now=time.time(),
    )
    where = Places(loaded)
    return [
        Linted(one, where.problem(one.source, one.rule.action, one.field, one.item, one.message, one.help))
        for one in found
    ]


def _shipped(loaded: LoadedPolicy) -> frozenset[str]:
    """Return the ids of the rules that somebody's file has word for word from a shipped pack (`callgate init`)."""
    known = {_bare(rule) for name in pack_names() for rule in builtin(name).rules}
    return frozenset(rule.id for rule in loaded.rules if _bare(rule) in known)


def _bare(rule: Rule) -> Rule:
    return rule._replace(source=RuleSource("", 0), description="")


def without_repeated(warnings: tuple[Problem, ...], found: list[Linted]) -> tuple[Problem, ...]:
    """Return the loader's *warnings* but those of which a finding says more: same line, same matter."""
    said = {(one.problem.file, one.problem.line) for one in found if one.finding.code in {"performance", "dead_rule"}}
    return tuple(one for one in warnings if not one.line or (one.file, one.line) not in said)


def as_object(one: Linted) -> dict[str, Any]:
    """Return a finding as JSON values."""
    finding, problem = one
    return {
        "code": finding.code,
        "severity": finding.severity,
        "rule": finding.rule.id,
        "action": finding.rule.action,
        "message": finding.message,
        "help": finding.help,
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "text": problem.text,
        "field": finding.field or None,
        "other": finding.other.id if finding.other else None,
        "witness": finding.witness or None,
        "suggestion": finding.suggestion or None,
    }


def show(found: list[Linted], out: Console) -> None:
    """Print the warnings, some of each code; notes are only counted."""
    from callgate.cli.output import say  # noqa: PLC0415 - rich costs 40 ms

    warnings = [one for one in found if one.finding.severity == "warning"]
    notes = len(found) - len(warnings)
    if warnings:
        say(out, (f"lint: {_count(len(warnings), 'warning')}", "bold yellow"))
    codes = dict.fromkeys(one.finding.code for one in warnings)
    for code in codes:
        same = [one for one in warnings if one.finding.code == code]
        for one in same[:SHOWN]:
            say(out, str(one.problem._replace(message=f"{one.problem.message} [{code}]")))
            for line in one.finding.suggestion.splitlines():
                say(out, f"    {line}")
        if len(same) > SHOWN:
            say(out, f"  and {len(same) - SHOWN} more [{code}]")
    if notes:
        say(out, (f"lint: {_count(notes, 'note')}, exceptions that rules make from others (--json lists them)", "dim"))


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
