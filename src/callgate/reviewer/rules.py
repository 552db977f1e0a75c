"""A rule in force as JSON values: what its author wrote, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Iterable, Mapping, Sequence, get_args

from callgate.core.model import Action, Rule
from callgate.policy.schema import RULE_FIELDS
from callgate.reviewer.redact import masked

if TYPE_CHECKING:
    from callgate.policy.loader import LoadedPolicy

BUILTIN_TOOLS: Final = (
    *("Bash", "Read", "Write", "Edit", "MultiEdit", "NotebookEdit", "Glob", "Grep", "LS"),
    *("WebFetch", "WebSearch", "Task"),
)
"""Tools whose input the gate understands; rules may speak of any other by name."""

_ACTIONS: Final[tuple[Action, ...]] = get_args(Action)
_DEFAULTS: Final[Mapping[str, Any]] = Rule._field_defaults
_WRITTEN: Final = tuple(name for name in RULE_FIELDS if name in Rule._fields and name not in ("id", "description"))


def as_object(rule: Rule, *, with_source: bool = False) -> dict[str, Any]:
    """Return *rule* as JSON values, secrets in its texts masked.

    `id`, `type` (allow, ask, deny), `section` (null for the flat form), `layer`, `description`, then every matcher and
    setting that is not the default, as it is written in a policy file. A rule with several tools has a `tool_regex`.
    With *with_source*: `source_file` and `source_line`.
    """
    source = rule.source
    out: dict[str, Any] = {
        "id": rule.id,
        "type": rule.action,
        "section": source.section or None,
        "layer": source.layer,
        "description": rule.description,
    }
    for name in _WRITTEN:
        value = getattr(rule, name)
        if value != _DEFAULTS[name]:
            out[name] = _value(name, value)
    if rule.derived_id:
        out["derived_id"] = True
    if with_source:
        out.update(source_file=source.file, source_line=source.line)
    copy: dict[str, Any] = masked(out)
    return copy


def _value(name: str, value: Any) -> Any:  # noqa: ANN401 - as many types as fields
    if name == "input_regex":
        return dict(value)
    if name == "expires":
        from callgate.journal.records import timestamp  # noqa: PLC0415 - few rules expire

        return timestamp(value)
    return list(value) if isinstance(value, tuple) else value


def speaking_of(rules: Iterable[Rule], tools: Iterable[str]) -> dict[str, list[Rule]]:
    """Return, for each of *tools*, the rules that can speak of a call of it, by the index that the gate uses.

    A rule that names no tool speaks of every tool that its matchers can apply to: a `command` of the shell alone, a
    `path` of any.
    """
    from callgate.policy.globs import Anchors  # noqa: PLC0415 - loads the matchers, for few questions
    from callgate.policy.index import Index  # noqa: PLC0415 - as above

    kept = tuple(rules)
    nowhere = Anchors("/", "", "/")  # which tools a rule speaks of does not depend on paths
    indexes = [Index(action, tuple(one for one in kept if one.action == action), nowhere) for action in _ACTIONS]
    found: dict[str, list[Rule]] = {}
    for tool in tools:
        ids = {rule.id for index in indexes for rule in index.rules_for(tool)}
        found[tool] = [rule for rule in kept if rule.id in ids]
    return found


def tools_of(loaded: LoadedPolicy) -> Sequence[str]:
    """Return the tools that are worth counting: those that callgate understands, and those that rules name."""
    return tuple(dict.fromkeys((*BUILTIN_TOOLS, *(rule.tool for rule in loaded.rules if rule.tool))))
