"""Does a change of the policy loosen it? Told from the policies as they are loaded, not from the text that changes.

INVARIANT: a change that is not called loosening lets no call through that was stopped, asked about or left to the
agent before. Only what can be shown to tighten is not called loosening; a test holds that against the gate itself.
"""

from __future__ import annotations

from typing import Final, Iterator, Mapping

from callgate.core.model import Rule
from callgate.policy.loader import LoadedPolicy

_ABOUT: Final = frozenset({"id", "source", "description", "derived_id"})
"""What only tells about a rule."""
_EXCLUDES: Final = ("tool_exclude_regex", "file_path_exclude_regex", "command_exclude_regex",
                    "subagent_type_exclude_regex", "prompt_exclude_regex")  # fmt: skip
_FREE: Final = frozenset({"expires", "mode", "path", *_EXCLUDES})
"""Matchers that `_within` compares by what they mean; all others must be the same."""

_DEFAULTS: Final = {"passthrough": 0, "ask": 1, "deny": 2}
_OUTCOMES: Final = {"allow": 0, "pass_through": 1, "ask": 2, "deny": 3}
_STRICT: Final = {"ask": 1, "deny": 2}


def loosening(old: LoadedPolicy, new: LoadedPolicy) -> tuple[str, ...]:
    """Return what loosens, one phrase each; empty when *new* provably lets no more through than *old*."""
    return tuple(dict.fromkeys([*_rules(old, new), *_settings(old, new)]))


def added_allows(old: LoadedPolicy, new: LoadedPolicy) -> tuple[Rule, ...]:
    """Return the allow rules of *new* that none of *old* covers: new ones, and those that were widened or enabled."""
    return _uncovered(old, new, "allow", ("allow",))


def weakened(old: LoadedPolicy, new: LoadedPolicy) -> tuple[Rule, ...]:
    """Return the deny and ask rules of *old* that nothing of *new* replaces: removed, narrowed, disabled, demoted."""
    after = _index(new, "ask", "deny")
    return tuple(
        rule
        for rule in old.rules
        if rule.action in _STRICT
        and rule.level == "enforce"
        and not any(
            _STRICT[one.action] >= _STRICT[rule.action] and _within(rule, one) for one in after.get(_core(rule), ())
        )
    )


def added_asks(old: LoadedPolicy, new: LoadedPolicy) -> tuple[Rule, ...]:
    """Return the ask rules of *new* that open a question where the default of *old* was to deny."""
    return _uncovered(old, new, "ask", ("ask",)) if old.settings.default == "deny" else ()


def changed_rules(old: LoadedPolicy, new: LoadedPolicy) -> tuple[Rule, ...]:
    """Return every rule that is in one of the policies only, or differs in more than its place."""
    before, after = ({rule.id: _placeless(rule) for rule in each.rules} for each in (old, new))
    found = [rule for rule in new.rules if before.get(rule.id) != _placeless(rule)]
    return (*found, *(rule for rule in old.rules if after.get(rule.id) != _placeless(rule)))


def _uncovered(old: LoadedPolicy, new: LoadedPolicy, action: str, by: tuple[str, ...]) -> tuple[Rule, ...]:
    before = _index(old, *by)
    return tuple(
        rule
        for rule in new.rules
        if rule.action == action
        and rule.level == "enforce"
        and not any(_within(rule, one) for one in before.get(_core(rule), ()))
    )


def _placeless(rule: Rule) -> tuple[object, ...]:
    # A move to another layer or file is more than a move within one.
    return (*rule._replace(source=rule.source._replace(line=0, position=0, section_priority=0)),)


def _rules(old: LoadedPolicy, new: LoadedPolicy) -> Iterator[str]:
    for rule in added_allows(old, new):
        yield f"allow rule `{rule.id}` is added or covers more than before"
    for rule in added_asks(old, new):
        yield f"ask rule `{rule.id}` makes a question of what the default denies"
    for rule in weakened(old, new):
        yield f"{rule.action} rule `{rule.id}` is removed or covers less than before"


def _settings(old: LoadedPolicy, new: LoadedPolicy) -> Iterator[str]:
    if _DEFAULTS[new.settings.default] < _DEFAULTS[old.settings.default]:
        yield f"`default` becomes `{new.settings.default}`, which is less strict than `{old.settings.default}`"
    if new.settings.shell != old.settings.shell:
        # Neither way only tightens: an anchored pattern that fits no whole string may fit each of its commands.
        yield f"`shell` becomes `{new.settings.shell}`"
    if new.logging != old.logging:
        yield "`[logging]` changes: what is logged, and where, is how anybody sees what happened"
    if new.apply != old.apply:
        yield "`[apply]` changes"
    if loosens := _model(old.llm, new.llm):
        yield loosens


def _model(old: Mapping[str, object], new: Mapping[str, object]) -> str:
    """Return what a change of `[llm_fallback]` loosens; switched off, it decides nothing, whatever else it says."""
    if not new.get("enabled"):
        return ""
    if not old.get("enabled"):
        return "the model fallback is switched on"
    for key in sorted({*old, *new} - {"actions"}):
        if old.get(key) != new.get(key):
            return f"`{key}` of the model fallback changes, and with it what the model is asked or answers"
    before, after = old.get("actions"), new.get("actions")
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return "" if before == after else "the actions of the model fallback change"
    for key in sorted({*before, *after}):
        if _OUTCOMES.get(str(after.get(key)), 0) < _OUTCOMES.get(str(before.get(key)), 0):
            return f"`{key}` of the model fallback becomes `{after.get(key)}`"
    return ""


def _index(policy: LoadedPolicy, *actions: str) -> dict[tuple[object, ...], list[Rule]]:
    found: dict[tuple[object, ...], list[Rule]] = {}
    for rule in policy.rules:
        if rule.action in actions and rule.level == "enforce":
            found.setdefault(_core(rule), []).append(rule)
    return found


def _core(rule: Rule) -> tuple[object, ...]:
    """Return the matchers that must be the same in a rule that is to cover no more, or no less, than *rule*."""
    free: frozenset[str] = _FREE | _ABOUT | {"action", "level"}
    including = tuple(sorted({glob for glob in rule.path if not glob.startswith("!")}))
    return (including, *(value for name, value in zip(rule._fields, rule, strict=True) if name not in free))


def _within(narrow: Rule, wide: Rule) -> bool:
    """Whether *narrow*, of the same core, matches no call that *wide* does not match."""
    if wide.expires is not None and (narrow.expires is None or narrow.expires > wide.expires):
        return False
    if wide.mode and not (narrow.mode and set(narrow.mode) <= set(wide.mode)):
        return False
    if not _excluded(wide) <= _excluded(narrow):
        return False
    return all(getattr(wide, name) in ("", getattr(narrow, name)) for name in _EXCLUDES)


def _excluded(rule: Rule) -> set[str]:
    return {glob for glob in rule.path if glob.startswith("!")}
