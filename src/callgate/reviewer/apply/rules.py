"""The rules of one file: where each is written and by which id it goes."""

from __future__ import annotations

from typing import Any, Final, Mapping, NamedTuple, Sequence

from callgate.policy.loader.identity import derived_id
from callgate.policy.loader.locate import Path
from callgate.policy.schema import ACTIONS, RESERVED
from callgate.reviewer.apply.base import ApplyError, Detail, Elsewhere
from callgate.reviewer.apply.document import Document
from callgate.reviewer.query.words import closest

NO_SECTIONS: Final = tuple(dict.fromkeys((*RESERVED, "apply")))
"""Names that no section of rules has."""


class RuleAt(NamedTuple):
    """One rule of a file."""

    section: str
    """Empty for the flat form."""
    action: str
    position: int
    """Within its array, from 0."""
    id: str
    """As written or derived; empty when what is written is not a string."""
    derived: bool
    """The id is not in the file."""
    table: Mapping[str, Any]

    @property
    def array(self) -> Path:
        """The path of its array."""
        return (self.section, self.action) if self.section else (self.action,)

    @property
    def path(self) -> Path:
        """Its own path."""
        return (*self.array, self.position)


def rules_of(document: Document, elsewhere: Elsewhere) -> list[RuleAt]:
    """Return the rules of *document* in the order in which the loader names them."""
    found: list[RuleAt] = []
    for name, value in document.data.items():
        if name in ACTIONS:
            found += _array("", name, value)
        elif name not in NO_SECTIONS and isinstance(value, dict):
            for action, rules in value.items():
                found += _array(name, action, rules) if action in ACTIONS else []
    return named(found, document.name, elsewhere)


def named(rules: Sequence[RuleAt], name: str, elsewhere: Elsewhere) -> list[RuleAt]:
    """Return *rules* with ids for those that have none, as the loader derives them."""
    taken = {rule.id for rule in rules if not rule.derived} | set(elsewhere)
    out: list[RuleAt] = []
    for rule in rules:
        if rule.derived:
            given = derived_id(name, rule.section, rule.action, rule.position, taken)
            taken.add(given)
            out.append(rule._replace(id=given))
        else:
            out.append(rule)
    return out


def find(rules: Sequence[RuleAt], rule_id: str, document: Document, elsewhere: Elsewhere, field: str = "id") -> RuleAt:
    """Return the rule that goes by *rule_id*.

    Args:
        rules: of the file.
        rule_id: written or derived.
        document: the file.
        elsewhere: the rules of other files.
        field: of the operation, for messages.

    Raises:
        ApplyError: `not_found`, with the file that has it or the nearest id; `invalid_operation` when several have it.
    """
    found = [rule for rule in rules if rule.id == rule_id]
    if len(found) == 1:
        return found[0]
    if found:
        lines = " and ".join(str(line_of(document, rule)) for rule in found[:5])
        message = f"{len(found)} rules of {document.name} have the id '{rule_id}'"
        hint = f"they stand at lines {lines}: give all but one another id by hand"
        raise ApplyError("invalid_operation", message, [Detail(field, message, hint)])
    raise _missing(rules, rule_id, document, elsewhere, field)


def _missing(rules: Sequence[RuleAt], rule_id: str, document: Document, elsewhere: Elsewhere, field: str) -> ApplyError:
    message = f"no rule of {document.name} has the id '{rule_id}'"
    other = elsewhere.get(rule_id)
    if other:
        hint = f"it stands in {other}: name that as `target_file`"
        return ApplyError("not_found", f"{message}; {other} has it", [Detail(field, message, hint)])
    near = closest(rule_id, [rule.id for rule in rules if rule.id])
    if near:
        hint = f"did you mean '{near}'?"
    elif distant := closest(rule_id, elsewhere):
        hint = f"did you mean '{distant}' in {elsewhere[distant]}?"
    else:
        hint = "the file has no rules" if not rules else '`callgate query \'{"type":"rule"}\'` lists the rules'
    return ApplyError("not_found", message, [Detail(field, message, hint)])


def line_of(document: Document, rule: RuleAt) -> int:
    """Return the line of *rule*."""
    offset = document.offset(rule.path)
    return document.line(offset) if offset is not None else 0


def _array(section: str, action: str, value: object) -> list[RuleAt]:
    if not isinstance(value, list):
        return []
    out: list[RuleAt] = []
    for index, table in enumerate(value):
        if isinstance(table, dict):
            written = table.get("id", "")
            text = written if isinstance(written, str) else ""
            out.append(RuleAt(section, action, index, text, "id" not in table, table))
    return out
