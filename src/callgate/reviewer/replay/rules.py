"""A rule that is given as JSON: in the shape of `apply`'s `add_rule`, or as the rule itself; and its TOML."""

from __future__ import annotations

from typing import Any, Final, Mapping, NamedTuple

from callgate.core.errors import PolicyError, Problem
from callgate.policy.loader.faults import kind, shown
from callgate.policy.loader.loaded import Section
from callgate.policy.schema import ACTIONS
from callgate.policy.tomltext import toml_key, toml_value

_BESIDE: Final = frozenset({"rule", "rule_type", "action", "section", "operation", "type", "target_file", "position"})
"""What may stand beside `rule` in an `add_rule`. Where in which file the rule goes changes no decision."""

_MAX_DEPTH: Final = 20


class RuleSpec(NamedTuple):
    """One rule to add."""

    action: str
    section: str
    """Empty for the flat form."""
    table: Mapping[str, Any]
    """Its fields as they were given; the loader checks them."""


def read_specs(value: object, where: str) -> tuple[RuleSpec, ...]:
    """Return the rules in *value*: `{"rule_type","rule":{…},"section"?}`, a rule with `rule_type`, or a list of these.

    Args:
        value: decoded JSON.
        where: what the rule is called in messages, such as `--with-rule`.

    Raises:
        PolicyError: every fault of the shape. The fields of the rule itself are checked when the policy is loaded.
    """
    problems: list[Problem] = []
    items = value if isinstance(value, list) else [value]
    specs = [spec for item in items if (spec := _spec(item, where, problems)) is not None]
    if not items:
        problems.append(Problem("no rule is given", where, help=_FORM))
    if problems:
        raise PolicyError(problems)
    return tuple(specs)


_FORM: Final = 'write for example `{"rule_type": "allow", "rule": {"id": "run-make", "command": "make *"}}`'


def _spec(item: object, where: str, problems: list[Problem]) -> RuleSpec | None:
    if not isinstance(item, dict):
        problems.append(Problem(f"a rule must be an object, not {kind(item)}", where, help=_FORM))
        return None
    before = len(problems)
    table = item.get("rule")
    if "rule" in item:
        unknown = sorted(set(item) - _BESIDE)
        problems += [Problem(f"unknown field {shown(key)} beside `rule`", where, help=_FORM) for key in unknown]
        if item.get("operation", "add_rule") != "add_rule":
            problems.append(Problem("`operation` is not `add_rule`", where, help="give one rule to add"))
    else:
        table = {key: each for key, each in item.items() if key not in ("rule_type", "action", "section")}
    if not isinstance(table, dict):
        problems.append(Problem(f"`rule` must be an object, not {kind(table)}", where, help=_FORM))
        table = {}
    said = [item[key] for key in ("rule_type", "action") if key in item]
    if not said or any(one not in ACTIONS or one != said[0] for one in said):
        what = f"`rule_type` must be allow, ask or deny, not {shown(said[0])}" if said else "`rule_type` is missing"
        problems.append(Problem(what, where, help="say whether the rule allows, asks or denies"))
    section = item.get("section")
    if section is not None and not (isinstance(section, str) and section):
        problems.append(Problem("`section` is not the name of a section", where, help="leave it out for the flat form"))
    problems += [Problem(fault, where, help="remove it") for fault in _unfit(table)]
    if len(problems) > before:
        return None
    return RuleSpec(str(said[0]), section or "", table)


def _unfit(value: object, depth: int = 0) -> list[str]:
    """Return what TOML has no word for."""
    if depth > _MAX_DEPTH:
        return ["the rule is nested too deep"]
    if value is None:
        return ["`null` is no value of a rule"]
    if isinstance(value, float) and value - value != 0:
        return ["a number is out of range"]
    if isinstance(value, str) and any("\ud800" <= char <= "\udfff" for char in value):
        return ["a text holds half of a character (a lone surrogate)"]
    inner: list[object] = [*value, *value.values()] if isinstance(value, dict) else []
    inner = value if isinstance(value, list) else inner
    return list(dict.fromkeys(fault for each in inner for fault in _unfit(each, depth + 1)))


def as_toml(specs: tuple[RuleSpec, ...], sections: Mapping[str, Section]) -> str:
    """Return a policy file that holds *specs* and nothing else.

    Args:
        specs: the rules.
        sections: those of the policy that the rules join: their priority and whether they are on hold here, too.
    """
    blocks = []
    for name in dict.fromkeys(spec.section for spec in specs):
        known = sections.get(name)
        if name and known is not None:
            blocks.append(f"[{toml_key(name)}]\npriority = {known.priority}\nenabled = {toml_value(known.enabled)}\n")
    for spec in specs:
        head = f"{toml_key(spec.section)}.{spec.action}" if spec.section else spec.action
        fields = (f"{toml_key(str(key))} = {toml_value(each)}\n" for key, each in spec.table.items())
        blocks.append(f"[[{head}]]\n" + "".join(fields))
    return "\n".join(blocks)
