"""What rules cost: the time that one rule takes on each call, the input on which it takes longest, and its share.

A rule is measured by itself, compiled as the gate compiles it. In the gate all patterns of a kind are matched in one
pass, so the whole decision costs less than the sum of its rules; the share says which rules are worth a look, and is
of the whole decision, analysis included.
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Final, NamedTuple, Sequence

from callgate.core.model import Rule, ToolCall
from callgate.policy.compiled import Policy
from callgate.policy.cover import cover
from callgate.policy.globs import Anchors, compile_glob
from callgate.policy.index import Table
from callgate.policy.lint.catastrophic import probes
from callgate.policy.lint.fields import regexes
from callgate.policy.match import call_hits, unit_hits
from callgate.policy.regexes import is_linear

if TYPE_CHECKING:
    from callgate.engine.case import Case
    from callgate.gate import Gate

ROUNDS: Final = 3
"""Each call is measured so many times, with a rule that remembers nothing of the time before; the least counts."""

MEASURES: Final = 60_000
"""Calls that all rules together are measured on, times the rules: a large policy is measured on fewer calls."""

STEPS: Final = 60
"""Inputs that the search for the worst one tries."""

MAX_INPUT: Final = 16_000
"""Characters that it grows an input to."""

_ANYWHERE: Final = Anchors("/home/user", "/home/user/project", "/home/user/project")


class Cost(NamedTuple):
    """What one rule costs."""

    rule: Rule
    engines: tuple[str, ...]
    """What runs its patterns: `RE2`, `regex` (the slower one), `word pattern`, `glob`, `look-up`."""
    calls: int
    median_ns: int
    p99_ns: int
    worst_ns: int
    worst_input: str
    """Of the calls and of what the search made of them; a command, or a path."""
    share: float
    """Of the time of the whole decision on the same calls, 0 to 1."""


class Costs(NamedTuple):
    """What the rules of a policy cost."""

    rules: tuple[Cost, ...]
    """Slowest first."""
    calls: int
    decision_median_ns: int
    """Of the whole decision, analysis included."""


def engines(rule: Rule) -> tuple[str, ...]:
    """Return what runs the patterns of *rule*."""
    found: dict[str, None] = {}
    for _, _, regex in regexes(rule):
        found["RE2" if is_linear(regex) else "regex"] = None
    if rule.command:
        found["word pattern"] = None
    for written in rule.path:
        glob = compile_glob(written.lstrip("!"), _ANYWHERE, widen=True)
        found["look-up" if glob is not None and glob.shape and rule.case_sensitive else "glob"] = None
    return tuple(found) or ("look-up",)


def measure(gate: Gate, rules: Sequence[Rule], calls: Sequence[ToolCall], *, search: bool) -> Costs:
    """Measure *rules* on *calls*.

    Args:
        gate: of the world; nothing is logged.
        rules: in force there.
        calls: from `corpus`.
        search: whether to look for a worse input than any of the calls.
    """
    gate.settle()
    most = max(40, MEASURES // max(1, len(rules)))
    step = max(1, -(-len(calls) // most))
    kept = list(calls[::step])
    cases = [gate.case(call) for call in kept]
    whole = [_decision(gate, call) for call in kept]
    nothing = {action: _times(None, action, cases, gate.anchors()) for action in ("allow", "deny")}
    found = [
        _cost(gate, rule, cases, whole, nothing["allow" if rule.action == "allow" else "deny"], search=search)
        for rule in rules
    ]
    found.sort(key=lambda one: (-one.median_ns, -one.worst_ns, one.rule.id))
    return Costs(tuple(found), len(kept), int(statistics.median(whole)) if whole else 0)


def _decision(gate: Gate, call: ToolCall) -> int:
    best = 0
    for _ in range(ROUNDS):
        gate.forget()
        started = time.perf_counter_ns()
        gate.examine(call)
        took = time.perf_counter_ns() - started
        best = min(best, took) if best else took
    return best


def _times(rule: Rule | None, action: str, cases: Sequence[Case], anchors: Anchors) -> list[int]:
    """Return how long a policy of *rule*, or of no rule, takes for each case: the least of some rounds."""
    times = [0] * len(cases)
    for _ in range(ROUNDS):
        policy = _warm(rule, action, anchors)
        for at, case in enumerate(cases):
            took = _time(policy, action, case)
            times[at] = min(times[at], took) if times[at] else took
    return times


def _cost(
    gate: Gate, rule: Rule, cases: Sequence[Case], whole: Sequence[int], nothing: Sequence[int], *, search: bool
) -> Cost:
    anchors = gate.anchors()
    plain = rule._replace(level="enforce", expires=None, mode=())
    # What it takes to ask a policy without rules is not the rule's.
    times = [
        max(1, took - base) for took, base in zip(_times(plain, rule.action, cases, anchors), nothing, strict=True)
    ]
    order = sorted(range(len(cases)), key=times.__getitem__)
    worst_ns, worst = (times[order[-1]], _text(cases[order[-1]].call)) if order else (0, "")
    if search:
        policy = _warm(plain, rule.action, anchors)
        for at in order[:-4:-1]:
            took, text = _search(gate, policy, rule, cases[at].call, times[at])
            if took > worst_ns:
                worst_ns, worst = took, text
    ordered = [times[at] for at in order]
    return Cost(
        rule, engines(rule), len(cases), int(statistics.median(ordered)) if ordered else 0,
        ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)] if ordered else 0, worst_ns, worst,
        sum(times) / sum(whole) if sum(whole) else 0.0,
    )  # fmt: skip


def _warm(rule: Rule | None, action: str, anchors: Anchors) -> Policy:
    """Return a policy of *rule* alone, its patterns compiled: that is paid once, and not for each call."""
    policy = Policy([rule] if rule else [], anchors)
    for tool in ("Bash", "Read", "Write", "Edit"):
        table: Table = getattr(policy, action).table(tool)
        table.regexes.match("x")
        table.files.match("x")
        table.prompts.match("x")
        table.path_rules("/x")
        for name in table.commands:
            table.command_rules((name,))
        table.command_rules(("x",))
    return policy


def _time(policy: Policy, action: str, case: Case) -> int:
    """Return the nanoseconds that it takes to ask the policy's rules of *action* about the call."""
    call, observation, units = case.call, case.observation, case.analysis.units
    started = time.perf_counter_ns()
    if action == "allow":
        for unit in units:
            cover(policy.allow, policy.deny, policy.ask, call, unit, observation)
    else:
        index = policy.ask if action == "ask" else policy.deny
        for unit in units:
            for _ in unit_hits(index, call, unit, observation):
                pass
        for _ in call_hits(index, call, case.analysis, observation):
            pass
    return time.perf_counter_ns() - started


def _search(gate: Gate, policy: Policy, rule: Rule, call: ToolCall, took: int) -> tuple[int, str]:
    """Grow and change the call's text towards what takes longest; a few steps, and the best so far is kept."""
    field = next(
        (name for name in ("command", "file_path", "path", "url") if isinstance(call.input.get(name), str)), ""
    )
    best, text = took, str(call.input.get(field, ""))
    if not field:
        return best, text

    def cost(changed: str) -> int:
        case = gate.case(call._replace(input={**call.input, field: changed}))
        # Twice, the lesser counts: what the machine does meanwhile is not the rule's.
        return min(_time(policy, rule.action, case), _time(policy, rule.action, case))

    slow = [regex for _, _, regex in regexes(rule) if not is_linear(regex)][:4]
    for pumped in [text for regex in slow for text in probes(regex)]:
        now = cost(pumped)
        if now > best:
            best, text = now, pumped
    for step in range(STEPS // 8):
        better = next(((now, grown) for grown in _grown(text, step) if (now := cost(grown)) > best), None)
        if better is None:
            break
        best, text = better
    return best, text


def _grown(text: str, step: int) -> list[str]:
    head, blank, last = text.rpartition(" ")
    half = text[: len(text) // 2]
    longer = [
        text + last * 3,
        text + blank + last,
        f"{text} {head}" if head else text + text[-1:] * 20,
        text + text[-1:] * (20 << min(step, 8)),
        f"{text} " + "a" * (20 << min(step, 8)),
        f"{text} " + "x " * (10 << min(step, 8)),
        half + half + text[len(half) :],
        text + "!",
    ]
    return [one for one in longer if len(one) <= MAX_INPUT and one != text]


def _text(call: ToolCall) -> str:
    for field in ("command", "file_path", "notebook_path", "path", "url"):
        value = call.input.get(field)
        if isinstance(value, str):
            return value
    return call.tool
