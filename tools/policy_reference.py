"""Writes docs/policy-reference.md from the schema that the loader validates by.

`python tools/policy_reference.py` writes it; with `--check` it only compares, and exits with 1 when they differ.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Mapping

from callgate.policy.schema import (
    APPLY_FIELDS,
    INCLUDES_FIELDS,
    LLM_ACTION_FIELDS,
    LLM_FIELDS,
    LOGGING_FIELDS,
    RESERVED,
    RULE_FIELDS,
    SECTION_FIELDS,
    SECTION_NAME,
    SETTINGS_FIELDS,
    SUBJECTS,
    TYPE_LABELS,
    Field,
)

TARGET = Path(__file__).parent.parent / "docs" / "policy-reference.md"

HEAD = """<!-- Written by tools/policy_reference.py from src/callgate/policy/schema.py: change those. -->
# Policy reference

A policy is TOML. Rules stand in the arrays `[[allow]]`, `[[ask]]` and `[[deny]]`, flat or within sections; both shapes
mix freely. `callgate validate FILE` reports every fault of a file and of what it includes at once, with line and
column. An unknown key is an error.
"""

RULES = """
A rule needs at least one of {subjects}: each says by itself which calls the rule is about. All matchers of a rule must
hold. A matcher that does not apply to a tool (a `command_regex` on Read) means that the rule does not match. Regular
expressions are unanchored searches.
"""

SECTIONS = """
Every table that is not reserved is a section. Its name matches `{name}`; reserved are {reserved}.
"""

APPLY = """
What an agent may change by `callgate apply`; a person is not limited. The table counts in the managed and in the user
policy, of both the strictest. In a project's file or one that `--config` names it does not count, and `validate` says
so: whoever writes the project has no say in what may be done to a person's policy. No operation changes this table.
[Limits](limits.md) has more.
"""

LAYERS = """
## Layers

Files of several layers are in force together: managed (`/etc/callgate/policy.toml`), user, project. Rules add up: deny
beats ask beats allow, wherever they stand. Ids are unique over all files.

A project file's allow rules and its `[settings]`, `[logging]` and `[llm_fallback]` count only after `callgate trust
FILE`, which pins the content of the file and of everything that it includes. A file reached through a symbolic link is
never trusted. Without a user policy the built-in pack `cautious` is the base; a managed or trusted file may replace one
of its rules, by the same id, with one that is no looser.

Of `default` the strictest value wins. `shell = "raw"` counts only when the layer above says so too. A key of
`[logging]`, and `[llm_fallback]` as a whole, come from the first of managed, user and project that has it.

## Limits

A file: 1 MiB (a YAML rule set: 256 KiB). A load: 4 MiB, 64 included files, 20,000 rules, 200 patterns that RE2
cannot run. A pattern: 20,000 characters.
"""


def page() -> str:
    """Return the whole reference."""
    subjects = ", ".join(f"`{name}`" for name in SUBJECTS)
    reserved = ", ".join(f"`{name}`" for name in RESERVED)
    parts = [
        HEAD,
        "\n## Rules: `[[allow]]`, `[[ask]]`, `[[deny]]`\n",
        RULES.format(subjects=subjects),
        _table(RULE_FIELDS),
        "\n## Sections: `[name]`\n",
        SECTIONS.format(name=SECTION_NAME, reserved=reserved),
        _table(SECTION_FIELDS),
    ]
    for name, fields in (
        ("settings", SETTINGS_FIELDS),
        ("apply", APPLY_FIELDS),
        ("logging", LOGGING_FIELDS),
        ("includes", INCLUDES_FIELDS),
        ("llm_fallback", LLM_FIELDS),
        ("llm_fallback.actions", LLM_ACTION_FIELDS),
    ):
        parts += [f"\n## `[{name}]`\n", APPLY if name == "apply" else "", _table(fields)]
    return "".join([*parts, LAYERS])


def _table(fields: Mapping[str, Field]) -> str:
    rows = ["\n| key | value | default | meaning |\n|---|---|---|---|\n"]
    for field in fields.values():
        value = TYPE_LABELS[field.type]
        if field.choices:
            value += ": " + ", ".join(f"`{word}`" for word in field.choices)
        elif field.most:
            value += f" from {field.least:,} to {field.most:,}"
        default = f"`{field.default}`" if field.default else ""
        rows.append(f"| `{field.name}` | {_cell(value)} | {_cell(default)} | {_cell(field.doc)} |\n")
    return "".join(rows)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main(arguments: list[str]) -> int:
    """Write or check the reference; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only")
    check: bool = parser.parse_args(arguments).check
    text = page()
    if not check:
        TARGET.write_text(text, encoding="utf-8")
        return 0
    if TARGET.is_file() and TARGET.read_text(encoding="utf-8") == text:
        return 0
    print(f"{TARGET.name} is out of date: run `python tools/policy_reference.py`", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
