"""The policy file as data: every table and field, its type, its default and what it means.

This is the one place that knows the names of contract.md section 2. The loader validates by it and
`docs/policy-reference.md` is generated from it, so neither can drift. Pure: no I/O.
"""

from __future__ import annotations

from typing import Final, Literal, Mapping, NamedTuple, get_args

from callgate.core.model import Action, Level, OperationKind

FieldType = Literal[
    "id",
    "string",
    "file",
    "url",
    "boolean",
    "integer",
    "number",
    "strings",
    "choice",
    "choices",
    "tool",
    "regex",
    "regex-table",
    "globs",
    "commands",
    "hosts",
    "date-time",
    "examples",
    "rules",
    "table",
]
"""How a value is checked and converted; `TYPE_LABELS` says each in words."""

TYPE_LABELS: Final[Mapping[FieldType, str]] = {
    "id": "a string",
    "string": "a string",
    "file": "a string (file path)",
    "url": "a string (http or https URL)",
    "boolean": "true or false",
    "integer": "an integer",
    "number": "a number",
    "strings": "an array of strings",
    "choice": "a string",
    "choices": "a string or an array of strings",
    "tool": "a string or an array of strings",
    "regex": "a string (regular expression)",
    "regex-table": "a table of field = regular expression",
    "globs": "a string or an array of strings (path globs)",
    "commands": "a string or an array of strings (word patterns)",
    "hosts": "a string or an array of strings (host globs)",
    "date-time": "a date-time",
    "examples": "a table with `match` and `no_match`",
    "rules": "an array of tables",
    "table": "a table",
}


TYPE_EXAMPLES: Final[Mapping[FieldType, str]] = {
    "boolean": "true",
    "integer": "10",
    "number": "10",
    "strings": '["…", "…"]',
    "choices": '["…", "…"]',
    "tool": '"Bash"',
    "regex": "'^git status'",
    "regex-table": "{ query = '^select ' }",
    "globs": '["src/**", "!src/secret/**"]',
    "commands": '["git (status|diff) *"]',
    "hosts": '["*.example.com"]',
    "date-time": "2030-01-31T00:00:00Z",
    "examples": '{ match = ["git log"], no_match = ["git push"] }',
    "url": '"http://localhost:11434/v1"',
}
"""A value of each type as it is written in TOML, for help texts; types that are missing here are strings."""


class Field(NamedTuple):
    """One key of one table of the policy file."""

    name: str
    type: FieldType
    doc: str
    """One or two sentences for the reference, Markdown."""
    default: str = ""
    """As it would be written in TOML; empty when there is none."""
    choices: tuple[str, ...] = ()
    """The words that a `choice` or `choices` field takes."""
    least: float = 0
    """Smallest value of a number."""
    most: float = 0
    """Largest value of a number."""
    matcher: bool = False
    """The field narrows what a rule matches."""


def _table(*fields: Field) -> Mapping[str, Field]:
    return {field.name: field for field in fields}


ACTIONS: Final[tuple[str, ...]] = get_args(Action)
"""`allow`, `ask`, `deny`: the rule arrays, flat or within a section."""

OPERATIONS: Final[tuple[str, ...]] = get_args(OperationKind)
LEVELS: Final[tuple[str, ...]] = get_args(Level)
MODES: Final = ("default", "plan", "acceptEdits", "auto", "dontAsk", "bypassPermissions")
"""Permission modes that an agent may report."""

RESERVED: Final = ("logging", "llm_fallback", "includes", "settings", "apply", *ACTIONS)
"""Names that no section may have."""

SECTION_NAME: Final = r"^[a-z][a-z0-9-]*$"
SECTION_PRIORITY: Final = 50

_EXCLUDE = "The rule does not match when this regular expression is found in "

RULE_FIELDS: Final[Mapping[str, Field]] = _table(
    Field("id", "id", "Unique over all files. Older flat files have none: one is derived, and `validate` says so."),
    Field("description", "string", "What the rule is for; shown in reasons and in the review log."),
    Field("enabled", "boolean", "A rule that is switched off is checked but not in force.", "true"),
    Field(
        "tool",
        "tool",
        "Exact tool name. `Task` also means `Agent` and the reverse. Several names are the same as a `tool_regex`.",
        matcher=True,
    ),
    Field("tool_regex", "regex", "Regular expression on the tool name; never together with `tool`.", matcher=True),
    Field("tool_exclude_regex", "regex", _EXCLUDE + "the tool name.", matcher=True),
    Field(
        "file_path_regex",
        "regex",
        "Regular expression on the file path of a file tool (`file_path`, `notebook_path`, `path` of Glob and Grep).",
        matcher=True,
    ),
    Field("file_path_exclude_regex", "regex", _EXCLUDE + "that file path.", matcher=True),
    Field(
        "command_regex", "regex", "Regular expression on each simple command of a shell call, unanchored.", matcher=True
    ),
    Field("command_exclude_regex", "regex", _EXCLUDE + "the command.", matcher=True),
    Field("subagent_type", "string", "Exact type of the subagent that `Task` starts.", matcher=True),
    Field("subagent_type_exclude_regex", "regex", _EXCLUDE + "the type of the subagent.", matcher=True),
    Field("prompt_regex", "regex", "Regular expression on the prompt for a subagent.", matcher=True),
    Field("prompt_exclude_regex", "regex", _EXCLUDE + "the prompt.", matcher=True),
    Field(
        "path",
        "globs",
        "gitignore-like globs on every path that a call touches, by any tool and by the shell. Anchors: `<project>`, "
        "`~`, `/`, else relative to the project root; a leading `!` excludes.",
        matcher=True,
    ),
    Field("operations", "choices", "Kinds of operation that the rule speaks about.", "all", OPERATIONS, matcher=True),
    Field(
        "command",
        "commands",
        "Word patterns on each simple command: `*` stands for any words, `(a|b c)` for alternatives.",
        matcher=True,
    ),
    Field(
        "input_regex",
        "regex-table",
        "Field of the tool's input -> regular expression; all must match. For MCP and other tools.",
        matcher=True,
    ),
    Field("host", "hosts", "Host globs for `WebFetch` and network operations, such as `*.example.com`.", matcher=True),
    Field("mode", "choices", "The agent's permission modes in which the rule holds.", "all", MODES, matcher=True),
    Field(
        "level",
        "choice",
        "`enforce` decides; `warn` is only named in the reason; `shadow` is only logged.",
        '"enforce"',
        LEVELS,
    ),
    Field("expires", "date-time", "From then on the rule does not match. A date-time without an offset is UTC."),
    Field("case_sensitive", "boolean", "Whether patterns distinguish upper and lower case.", "true"),
    Field(
        "examples",
        "examples",
        '`{ match = ["…"], no_match = ["…"] }`: commands or paths that the rule must and must not match; checked '
        "whenever the file is validated.",
    ),
)
"""Fields of `[[allow]]`, `[[ask]]`, `[[deny]]` and their counterparts in sections."""

SUBJECTS: Final = ("tool", "tool_regex", "path", "operations", "command", "host")
"""A rule needs one of these: each says by itself which calls the rule is about."""

SECTION_FIELDS: Final[Mapping[str, Field]] = _table(
    Field("description", "string", "What the rules of the section have in common."),
    Field(
        "priority",
        "integer",
        "Lower is looked at first; ties by name. It decides which of several matching rules is *named*, never what "
        "is decided.",
        str(SECTION_PRIORITY),
        least=-1_000_000,
        most=1_000_000,
    ),
    Field("enabled", "boolean", "Switches all rules of the section off.", "true"),
    Field("allow", "rules", "Rules that allow, written `[[name.allow]]`."),
    Field("ask", "rules", "Rules that ask, written `[[name.ask]]`."),
    Field("deny", "rules", "Rules that deny, written `[[name.deny]]`."),
)
"""Fields of a section `[name]`."""

SETTINGS_FIELDS: Final[Mapping[str, Field]] = _table(
    Field(
        "default",
        "choice",
        "What happens to a call that nothing decided. `passthrough` leaves it to the agent's own permission flow. Over "
        "several layers the strictest wins (`deny`, `ask`, `passthrough`).",
        '"passthrough"',
        ("passthrough", "ask", "deny"),
    ),
    Field(
        "shell",
        "choice",
        "`parsed` judges every simple command; `raw` matches the whole string, as older tools did: a `;` walks "
        "through. A layer cannot set `raw` when the layer above it did not.",
        '"parsed"',
        ("parsed", "raw"),
    ),
)
"""Fields of `[settings]`."""

LOGGING_FIELDS: Final[Mapping[str, Field]] = _table(
    Field("log_file", "file", "Operational log. `~` is the home directory; relative to the policy file."),
    Field("review_log_file", "file", "Review log. `~` is the home directory; relative to the policy file."),
    Field("log_level", "choice", "How much is logged.", '"info"', ("trace", "debug", "info", "warn", "error")),
)
"""Fields of `[logging]`. Unset paths mean the user's state directory."""

INCLUDES_FIELDS: Final[Mapping[str, Field]] = _table(
    Field(
        "files",
        "strings",
        "TOML policies and YAML rule sets to read as well: absolute, or relative to this file; recursive. The includer "
        "wins on a key that both set; of two includes, the one named first. A cycle is an error.",
        "[]",
    ),
)
"""Fields of `[includes]`."""

_OUTCOMES = ("allow", "deny", "ask", "pass_through")

LLM_ACTION_FIELDS: Final[Mapping[str, Field]] = _table(
    Field("on_safe", "choice", "The model calls it safe.", '"allow"', _OUTCOMES),
    Field("on_unsafe", "choice", "The model calls it unsafe.", '"deny"', _OUTCOMES),
    Field("on_unknown", "choice", "The model cannot say.", '"pass_through"', _OUTCOMES),
    Field("on_timeout", "choice", "The model did not answer in time.", '"pass_through"', _OUTCOMES),
    Field("on_error", "choice", "The model could not be asked.", '"pass_through"', _OUTCOMES),
)
"""Fields of `[llm_fallback.actions]`."""

LLM_FIELDS: Final[Mapping[str, Field]] = _table(
    Field("enabled", "boolean", "Ask a model about calls that no rule decided.", "false"),
    Field("endpoint", "url", "Base URL of an OpenAI-compatible API; required when enabled."),
    Field("model", "string", "Name of the model; required when enabled."),
    Field("api_key", "string", "Key for the endpoint; better kept in the environment."),
    Field("timeout_secs", "number", "Seconds to wait for an answer.", "60", least=0.1, most=600),
    Field("temperature", "number", "Sampling temperature.", "0.1", least=0, most=2),
    Field("max_retries", "integer", "Attempts after the first one failed.", "2", least=0, most=10),
    Field("system_prompt", "string", "Replaces the built-in instructions to the model."),
    Field("provider_preferences", "strings", "Providers to prefer, for endpoints that route.", "[]"),
    Field("actions", "table", "What each assessment leads to: `[llm_fallback.actions]`."),
)
"""Fields of `[llm_fallback]`."""

APPLY_OPERATIONS: Final = (
    "add_rule",
    "remove_rule",
    "update_rule",
    "toggle_rule",
    "reorder_rule",
    "update_llm_config",
    "update_llm_prompt",
    "add_include",
    "remove_include",
    "batch",
    "rollback",
    "validate",
)
"""Operations of `apply`, in the order of contract.md section 5."""

CHANGES: Final = tuple(name for name in APPLY_OPERATIONS if name not in ("batch", "validate"))
"""Those that change a file by themselves: a batch counts as what it holds."""

BREADTHS: Final = ("exact", "subcommand", "program", "tool")
"""How much a rule may cover, from the narrowest on; `reviewer/apply/breadth.py` says what each means."""

PERSONS: Final = ("never", "loosening", "always")
"""When a person must confirm a change, the least demanding first."""

APPLY_FIELDS: Final[Mapping[str, Field]] = _table(
    Field(
        "operations",
        "choices",
        "Operations of `callgate apply` that an agent may use. A `batch` counts as the operations in it.",
        "all",
        CHANGES,
    ),
    Field("rule_types", "choices", "Kinds of rule that an agent may add, change or remove.", "all", ACTIONS),
    Field(
        "broadest",
        "choice",
        "At most so much may an allow rule of an agent cover: one `exact` command or file; a `subcommand` with any "
        "arguments, or files below a place in the project; a whole `program`, or a directory elsewhere; a whole "
        "`tool`, an interpreter, everything ([exactly](limits.md#how-broad-a-rule-is)).",
        '"tool"',
        BREADTHS,
    ),
    Field(
        "max_per_day",
        "integer",
        "Changes that agents may make within 24 hours. Without it there is no limit.",
        least=0,
        most=1_000_000,
    ),
    Field(
        "require_person",
        "choice",
        "Whether a person must confirm an agent's change: `loosening` unless it can be shown to only tighten. What "
        "needs a person becomes a proposal (`callgate proposals`).",
        '"never"',
        PERSONS,
    ),
)
"""Fields of `[apply]`: what an agent may change. Counts in a managed or user policy only; the strictest of both."""

TABLES: Final[Mapping[str, Mapping[str, Field]]] = {
    "settings": SETTINGS_FIELDS,
    "apply": APPLY_FIELDS,
    "logging": LOGGING_FIELDS,
    "includes": INCLUDES_FIELDS,
    "llm_fallback": LLM_FIELDS,
}
"""The reserved tables of scalar keys; every other table is a section."""
