"""The `examples` of rules: checked by the engine whenever a file is validated."""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol, Sequence

from callgate.core.errors import Problem
from callgate.core.model import Observation, Rule, ToolCall
from callgate.engine.units import analyse
from callgate.policy.compiled import Policy
from callgate.policy.cover import cover
from callgate.policy.globs import Anchors
from callgate.policy.match import unit_hits

_HOME, _PROJECT = "/home/user", "/home/user/project"


def check_example(rule: Rule, text: str) -> bool:
    """Whether *rule* by itself speaks of the command *text* (an allow: covers every unit of it)."""
    policy = _alone(rule)
    call = _call(rule, text)
    analysis = analyse(call, _HOME)
    observation = Observation(_HOME, _PROJECT)
    if rule.action == "allow":
        return bool(analysis.units) and all(
            cover(policy.allow, policy.deny, policy.ask, call, unit, observation).rule is not None
            for unit in analysis.units
        )
    index = policy.deny if rule.action == "deny" else policy.ask
    return any(True for unit in analysis.units for _ in unit_hits(index, call, unit, observation))


@lru_cache(maxsize=4)
def _alone(rule: Rule) -> Policy:
    """Return the policy of one rule: its examples are checked one after the other."""
    rule = rule._replace(level="enforce", expires=None, mode=())
    return Policy([rule], Anchors(_HOME, _PROJECT, _PROJECT))


def _call(rule: Rule, text: str) -> ToolCall:
    """An example is a command; for a rule that names a file tool or only paths it is a path."""
    shell = rule.command or rule.command_regex or rule.tool in {"", "Bash"}
    if shell and not (rule.path and not rule.command and not rule.command_regex and text.startswith(("/", "~", "./"))):
        return ToolCall("Bash", {"command": text}, _PROJECT)
    return ToolCall(rule.tool or "Read", {"file_path": text}, _PROJECT)


def failures(rule: Rule, match: tuple[str, ...], no_match: tuple[str, ...]) -> list[Problem]:
    """Return a problem for each example that does not come out as its author says."""
    where = (rule.source.file, rule.source.line)
    found: list[Problem] = []
    for text, wanted in [(text, True) for text in match] + [(text, False) for text in no_match]:
        if check_example(rule, text) != wanted:
            does = "does not match" if wanted else "matches"
            found.append(
                Problem(
                    f"rule `{rule.id}` {does} its example `{text}`",
                    *where,
                    help="change the rule or the example; `callgate explain` shows how the command is read",
                )
            )
    return found


class HasExamples(Protocol):
    """What `check_examples` needs of a loaded policy."""

    @property
    def rules(self) -> tuple[Rule, ...]: ...  # noqa: D102 - see LoadedPolicy

    @property
    def examples(self) -> Sequence[RuleExamples]: ...  # noqa: D102 - see LoadedPolicy


class RuleExamples(Protocol):
    """The examples of one rule."""

    @property
    def rule_id(self) -> str: ...  # noqa: D102 - see loader.Examples

    @property
    def match(self) -> tuple[str, ...]: ...  # noqa: D102 - see loader.Examples

    @property
    def no_match(self) -> tuple[str, ...]: ...  # noqa: D102 - see loader.Examples


def check_examples(loaded: HasExamples) -> list[Problem]:
    """Return a problem for each example, of any rule in force, that does not come out as its author says."""
    by_id = {rule.id: rule for rule in loaded.rules}
    return [
        problem
        for example in loaded.examples
        if example.rule_id in by_id
        for problem in failures(by_id[example.rule_id], example.match, example.no_match)
    ]
