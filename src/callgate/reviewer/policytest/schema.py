"""The test file as data: its keys, their types and what they mean. `docs/policy-tests.md` lists the same ones."""

from __future__ import annotations

from typing import Final, Mapping

from callgate.policy.schema import MODES, Field

DECISIONS: Final = ("allow", "deny", "ask", "passthrough")


def _table(*fields: Field) -> Mapping[str, Field]:
    return {field.name: field for field in fields}


TOP_FIELDS: Final = _table(
    Field("policy", "file", "The policy under test, relative to the test file.", matcher=True),
    Field("profile", "string", "A shipped profile in place of a policy file.", matcher=True),
    Field("fixtures", "table", "The file system that the cases are judged in."),
    Field("case", "rules", "The cases, written `[[case]]`."),
)
"""The top of a test file."""

FIXTURE_FIELDS: Final = _table(
    Field("home", "file", "The home directory.", '"/home/user"', matcher=True),
    Field("project", "file", "The project root; `~/` is the home directory.", '"~/project"', matcher=True),
    Field("cwd", "file", "Where calls run, relative to the project.", '"."', matcher=True),
    Field("mode", "choice", "The agent's permission mode.", '"default"', MODES),
    Field("files", "table", "Path = content."),
    Field("links", "table", "Path = target of a symbolic link."),
)
"""`[fixtures]`."""

CASE_FIELDS: Final = _table(
    Field("name", "string", "What the case shows.", matcher=True),
    Field("command", "string", "A command of Bash.", matcher=True),
    Field("commands", "strings", "Several commands, each a case with the same expectations."),
    Field("tool", "string", "The tool.", matcher=True),
    Field("input", "table", "The tool's input."),
    Field("path", "string", "The file or directory that the tool is about.", matcher=True),
    Field("cwd", "file", "As in `[fixtures]`, for this case.", matcher=True),
    Field("mode", "choice", "As in `[fixtures]`, for this case.", choices=MODES),
    Field("decision", "choices", "What the gate must answer; of several, any.", choices=DECISIONS),
    Field("rule", "string", "The rule that must have decided.", matcher=True),
    Field("guardrail", "string", "The guardrail that must have decided.", matcher=True),
    Field("stage", "integer", "The number of the stage that must have decided.", "to leave it open", least=0, most=10),
    Field("coverage", "choice", "Whether every part must have been understood.", choices=("full", "partial")),
    Field("reason_contains", "string", "Text that the reason must hold.", matcher=True),
)
"""`[[case]]`."""

EXPECTATIONS: Final = ("decision", "rule", "guardrail", "stage", "coverage", "reason_contains")
"""The fields of a case that expect something."""
