"""YAML rule sets (contract.md section 2): read them into rule tables, write them, turn them into TOML. Pure.

The neutral vocabulary is narrower than callgate's. What one side cannot say is refused by name and never approximated,
with one exception on the safe side: a neutral `write` in a `deny` or `ask` also means *delete*.
"""

from __future__ import annotations

import re
from typing import Any, Final, Iterable, Mapping, NamedTuple

from callgate.core.errors import PolicyError, Problem
from callgate.core.model import Action, Rule
from callgate.policy.tomltext import toml_value
from callgate.policy.yamlnodes import Fault, Node, Unreadable, compose, printable

MAX_FAULTS: Final = 200
"""Reading ends after the rule that goes beyond."""

_ACTIONS: Final[Mapping[str, Action]] = {"approve": "allow", "ask": "ask", "deny": "deny"}
_TYPES: Final = ("tool", "path", "command", "composite")
_KEYS: Final = ("type", "pattern", "action", "operations", "priority", "conditions", "id", "description", "enabled")
_CONDITIONS: Final = ("tool", "path", "operation", "operations", "command")
_OPERATIONS: Final = ("read", "write", "execute")

NEUTRAL_TOOLS: Final[Mapping[str, tuple[str, ...]]] = {
    "read_file": ("Read",),
    "write_file": ("Write",),
    "edit_file": ("Edit",),
    "apply_diff": ("Edit",),
    "list_files": ("Glob", "Grep"),
    "search_files": ("Glob", "Grep"),
    "execute_command": ("Bash",),
}
"""Neutral tool name -> Claude Code's names. Any other name stands for itself."""

_SPLIT: Final = "split it into rules that can be expressed"
_TOOL_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_:.-]*")
_SEARCH_REGEX: Final = "^(?:Glob|Grep)$"


class Entry(NamedTuple):
    """One rule of a rule set, as the table that TOML would have given."""

    action: Action
    table: Mapping[str, Any]
    """Fields by their TOML names; unchecked beyond their types."""
    offset: int
    priority: int
    """Higher comes first."""


def parse(text: str) -> tuple[list[Entry], list[Fault]]:
    """Read a rule set: its entries, highest priority first, and everything that is wrong with it."""
    try:
        root = compose(text)
    except Unreadable as error:
        return [], [error.fault]
    if root is None or root.value is None:
        return [], []
    if not isinstance(root.value, list):
        return [], [Fault("a rule set must be a list of rules", root.offset, "begin each rule with `- type: …`")]
    entries: list[Entry] = []
    faults: list[Fault] = []
    for node in root.value:
        if len(faults) > MAX_FAULTS:
            break
        before = len(faults)
        entry = _entry(node, faults)
        if len(faults) == before and entry is not None:
            entries.append(entry)
    entries.sort(key=lambda entry: -entry.priority)
    return entries, faults


def _entry(node: Node, faults: list[Fault]) -> Entry | None:
    if not isinstance(node.value, dict):
        faults.append(Fault("a rule must be a mapping", node.offset, "begin each rule with `- type: …`"))
        return None
    fields: dict[str, Node] = node.value
    _known(fields, _KEYS, faults)
    kind = _word(fields, "type", _TYPES, node, faults)
    action = _ACTIONS.get(_word(fields, "action", tuple(_ACTIONS), node, faults))
    if not kind or action is None:
        return None
    table: dict[str, Any] = {}
    for key, expected in (("id", str), ("description", str), ("enabled", bool)):
        if key in fields and not isinstance(fields[key].value, expected):
            faults.append(Fault(f"`{key}` has the wrong type", fields[key].offset, "quote text; use true or false"))
        elif key in fields:
            table[key] = fields[key].value
    conditions = _conditions(kind, fields, node, faults)
    _all_must_hold(conditions, action, table, faults)
    priority = fields.get("priority")
    if priority is not None and (isinstance(priority.value, bool) or not isinstance(priority.value, int)):
        faults.append(Fault("`priority` must be a whole number", priority.offset))
        return None
    return Entry(action, table, node.offset, priority.value if priority else 0)


def _known(fields: Mapping[str, Node], names: tuple[str, ...], faults: list[Fault]) -> None:
    for key, node in fields.items():
        if key not in names:
            known = ", ".join(f"`{name}`" for name in names)
            faults.append(Fault(f"unknown field `{printable(key)}`", node.offset, f"known are {known}"))


def _word(fields: Mapping[str, Node], key: str, words: tuple[str, ...], rule: Node, faults: list[Fault]) -> str:
    node = fields.get(key)
    known = ", ".join(f"`{word}`" for word in words)
    if node is None:
        faults.append(Fault(f"the rule has no `{key}`", rule.offset, f"one of {known}"))
        return ""
    if not isinstance(node.value, str) or node.value not in words:
        faults.append(Fault(f"`{printable(node.value)}` is not a value of `{key}`", node.offset, f"one of {known}"))
        return ""
    return str(node.value)


def _conditions(kind: str, fields: Mapping[str, Node], rule: Node, faults: list[Fault]) -> list[tuple[str, Node]]:
    """Return what must hold as (condition name, value) pairs; simple rules have one or two, composites any number."""
    pattern = fields.get("pattern")
    if kind != "composite":
        if "conditions" in fields:
            help_text = "use `type: composite`, or put it into `pattern`"
            faults.append(Fault(f"a `{kind}` rule has no `conditions`", fields["conditions"].offset, help_text))
        if pattern is None:
            faults.append(Fault("the rule has no `pattern`", rule.offset, "say what it is about"))
            return []
        pairs = [(kind, pattern)]
    else:
        if pattern is not None and pattern.value not in (None, ""):
            faults.append(Fault("a composite has no `pattern`", pattern.offset, "put it into `conditions`"))
        node = fields.get("conditions")
        if node is None or not isinstance(node.value, list) or not node.value:
            where = node.offset if node else rule.offset
            faults.append(Fault("a composite needs a list of `conditions`", where, "`- {tool: read_file}`"))
            return []
        pairs = []
        for condition in node.value:
            if not isinstance(condition.value, dict):
                faults.append(Fault("a condition must be a mapping", condition.offset, "`{tool: read_file}`"))
                continue
            _known(condition.value, _CONDITIONS, faults)
            pairs += [(key, value) for key, value in condition.value.items() if key in _CONDITIONS]
    if "operations" in fields:
        pairs.append(("operations", fields["operations"]))
    return pairs


def _all_must_hold(
    pairs: Iterable[tuple[str, Node]], action: Action, table: dict[str, Any], faults: list[Fault]
) -> None:
    """Fold conditions into one rule table, refusing what one rule cannot express."""
    commands: list[Node] = []
    for key, node in pairs:
        words = _texts(node)
        if not words:
            faults.append(Fault(f"`{key}` must be text and not empty", node.offset, "quote it"))
        elif key == "path":
            _path(words, table, node, faults)
        elif key in ("operation", "operations"):
            _operations(words, action, table, node, faults)
        elif len(words) > 1:
            faults.append(Fault(f"`{key}` takes one value", node.offset, _SPLIT))
        elif key == "command":
            commands.append(node)
        else:
            _tool(words[0], table, node, faults)
    if commands:
        _command(commands, table, faults)


def _command(commands: list[Node], table: dict[str, Any], faults: list[Fault]) -> None:
    message = "two `command` conditions cannot both hold in one rule"
    faults += [Fault(message, node.offset, _SPLIT) for node in commands[1:]]
    if table.get("tool", "Bash") != "Bash" or "tool_regex" in table:
        message = "only `execute_command` has a command: the rule never matches"
        faults.append(Fault(message, commands[0].offset, _SPLIT))
    table["tool"] = "Bash"
    table["command_regex"] = _texts(commands[0])[0]


def _path(words: list[str], table: dict[str, Any], node: Node, faults: list[Fault]) -> None:
    """Add globs. A rule's globs are alternatives, so of conditions that must all hold only excludes can be added."""
    before = table.get("path", [])
    if any(not glob.startswith("!") for glob in words) and any(not glob.startswith("!") for glob in before):
        faults.append(Fault("two `path` conditions cannot both hold in one rule", node.offset, _SPLIT))
    table["path"] = [*before, *words]


def _texts(node: Node) -> list[str]:
    if isinstance(node.value, str):
        return [node.value]
    if isinstance(node.value, list) and all(isinstance(item.value, str) for item in node.value):
        return [item.value for item in node.value]
    return []


def _operations(words: list[str], action: Action, table: dict[str, Any], node: Node, faults: list[Fault]) -> None:
    bad = [word for word in words if word not in _OPERATIONS]
    if bad:
        faults.append(Fault(f"`{printable(bad[0])}` is not an operation", node.offset, "`read`, `write` or `execute`"))
        return
    found = list(dict.fromkeys(words))
    if "write" in found and action != "allow":
        found.append("delete")
    if "operations" in table and table["operations"] != found:
        faults.append(Fault("two `operation` conditions cannot both hold", node.offset, "keep one, or list them"))
        return
    table["operations"] = found


def _tool(name: str, table: dict[str, Any], node: Node, faults: list[Fault]) -> None:
    if not _TOOL_NAME.fullmatch(name):
        help_text = "name one tool; patterns over tool names need a TOML rule with `tool_regex`"
        faults.append(Fault(f"`{printable(name)}` is not a tool name", node.offset, help_text))
        return
    tools = NEUTRAL_TOOLS.get(name, (name,))
    field, value = ("tool", tools[0]) if len(tools) == 1 else ("tool_regex", f"^(?:{'|'.join(tools)})$")
    if table.get(field, value) != value or {"tool", "tool_regex"} & (table.keys() - {field}):
        faults.append(Fault("two `tool` conditions cannot both hold", node.offset, "keep one"))
        return
    table[field] = value


def import_rules(text: str, file: str = "") -> str:
    """Return the rule set *text* as TOML, highest priority first; rules without an id get one.

    Raises:
        PolicyError: what cannot be read or expressed, each with its position.
    """
    entries, faults = parse(text)
    if faults:
        raise PolicyError([problem(fault, text, file) for fault in faults])
    taken = {str(entry.table["id"]) for entry in entries if "id" in entry.table}
    counts = dict.fromkeys(_ACTIONS.values(), 0)
    blocks: list[str] = []
    for entry in entries:
        table = dict(entry.table)
        if "id" not in table:
            while True:
                counts[entry.action] += 1
                name = f"imported-{entry.action}-{counts[entry.action]}"
                if name not in taken:
                    break
            table = {"id": name, **table}
        lines = [f"{key} = {toml_value(value)}\n" for key, value in table.items()]
        blocks.append(f"[[{entry.action}]]\n" + "".join(lines))
    return "\n".join(blocks)


def problem(fault: Fault, text: str, file: str) -> Problem:
    """Return *fault* as a problem of *file*, with its line, column and source line."""
    start = text.rfind("\n", 0, fault.offset) + 1
    line = text[start:].partition("\n")[0]
    quoted = "".join(char if char.isprintable() else " " for char in line[:200])
    number = text.count("\n", 0, fault.offset) + 1
    return Problem(fault.message, file, number, fault.offset - start + 1, quoted, fault.help)


def export_rules(rules: Iterable[Rule]) -> tuple[str, list[tuple[str, str]]]:
    """Return *rules* as YAML text, and (rule id, why) for each that the format cannot express."""
    import yaml  # noqa: PLC0415 - 11 ms, and only rule sets need it

    items: list[dict[str, Any]] = []
    skipped: list[tuple[str, str]] = []
    for rule in rules:
        item = _export(rule)
        if isinstance(item, str):
            skipped.append((rule.id, item))
        else:
            items.append(item)
    text = yaml.safe_dump(items, sort_keys=False, allow_unicode=True, width=1000) if items else "[]\n"
    return text, skipped


# what a rule may say that the format has no word for: field -> its value in a rule that does not say it
_UNSAID: Final[Mapping[str, object]] = {
    **{
        name: Rule._field_defaults[name]
        for name in Rule._fields
        if name in Rule._field_defaults
        and name not in ("description", "tool", "tool_regex", "command_regex", "path", "operations", "derived_id")
    }
}


def _export(rule: Rule) -> dict[str, Any] | str:
    """Return the YAML item for *rule*, or why there is none."""
    for field, unset in _UNSAID.items():
        if getattr(rule, field) != unset:
            return f"`{field}` has no YAML form"
    operations = _export_operations(rule)
    if operations is None:
        return "its `operations` have no YAML form"
    tool = _export_tool(rule)
    if tool is None:
        return "its `tool` or `tool_regex` has no YAML form"
    item: dict[str, Any] = {"id": rule.id}
    if rule.description:
        item["description"] = rule.description
    action = next(name for name, meaning in _ACTIONS.items() if meaning == rule.action)
    simple = _export_simple(rule, tool, operations)
    if simple is not None:
        return {**item, **simple, "action": action, **({"operations": operations} if operations else {})}
    if rule.command_regex and tool != "execute_command":
        return '`command_regex` without `tool = "Bash"` has no YAML form'
    if len(operations) > 1:
        return "several `operations` in a composite have no YAML form"
    if sum(not glob.startswith("!") for glob in rule.path) > 1:
        return "several `path` globs in a composite have no YAML form"
    conditions: list[dict[str, str]] = [{"tool": tool}] if tool else []
    conditions += [{"path": glob} for glob in rule.path]
    conditions += [{"operation": word} for word in operations]
    conditions += [{"command": rule.command_regex}] if rule.command_regex else []
    return {**item, "type": "composite", "action": action, "conditions": conditions}


def _export_simple(rule: Rule, tool: str, operations: list[str]) -> dict[str, Any] | None:
    if tool == "execute_command" and rule.command_regex and not rule.path and not operations:
        return {"type": "command", "pattern": rule.command_regex}
    if rule.path and not tool and not rule.command_regex:
        return {"type": "path", "pattern": rule.path[0] if len(rule.path) == 1 else list(rule.path)}
    if tool and not rule.path and not rule.command_regex and not operations:
        return {"type": "tool", "pattern": tool}
    return None


def _export_tool(rule: Rule) -> str | None:
    """Return the neutral name of the rule's tool, empty when it names none, `None` when there is no such name."""
    if rule.tool_regex:
        return "search_files" if rule.tool_regex == _SEARCH_REGEX else None
    names = {tools[0]: name for name, tools in reversed(list(NEUTRAL_TOOLS.items())) if len(tools) == 1}
    if rule.tool in NEUTRAL_TOOLS or (rule.tool and not _TOOL_NAME.fullmatch(rule.tool)):
        return None
    return names.get(rule.tool, rule.tool)


def _export_operations(rule: Rule) -> list[str] | None:
    found: list[str] = list(rule.operations)
    if rule.action != "allow" and ("write" in found) != ("delete" in found):
        return None
    if rule.action != "allow" and "delete" in found:
        found.remove("delete")
    return found if set(found) <= set(_OPERATIONS) else None
