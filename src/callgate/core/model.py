"""The nouns of callgate as immutable values: ToolCall, Operation, Unit, Observation, Rule, Verdict.

They are `NamedTuple`s and not dataclasses because every hook process pays for its imports:
`dataclasses` costs 11 ms and `msgspec` 20 ms of a 60 ms budget, `typing` is needed anyway.
All are frozen, hashable where their fields are, and free of I/O.
"""

from __future__ import annotations

from typing import Any, Literal, Mapping, NamedTuple

Decision = Literal["allow", "deny", "ask", "passthrough"]
"""What the gate answers. `passthrough` is *no opinion*: the agent's own permission flow goes on."""

Action = Literal["allow", "ask", "deny"]
"""What a rule does when it matches."""

Source = Literal["rule", "llm", "guardrail", "preference", "pattern", "check", "default", "error", "passthrough"]
"""Which kind of thing decided (`decision_source` in the logs, contract.md section 3)."""

OperationKind = Literal["read", "write", "delete", "execute", "network", "system", "unknown"]
"""The seven kinds of operation of design.md section 1."""

Coverage = Literal["full", "partial"]
"""`full` when every unit was understood. *Partial may deny or ask; it never allows.*"""

Level = Literal["enforce", "warn", "shadow"]
"""`enforce` decides; `warn` is named in the reason but decides nothing; `shadow` is only logged."""

UnitKind = Literal["command", "redirect", "assignment", "tool"]

DYNAMIC = "\ue000"
"""Stands, inside a resolved word, for text that only the running shell knows; always within one word."""

SPLIT = "\ue001"
"""Like `DYNAMIC`, but an unquoted expansion: it may become any number of words, none included."""


STDLIB = "<standard library>"
"""See `Operation.only`."""


class Span(NamedTuple):
    """A half-open range of *characters* in the command string."""

    start: int
    end: int


class ToolCall(NamedTuple):
    """What the agent wants to do, in the neutral form that every agent adapter produces."""

    tool: str
    """Tool name as the agent spells it (`Bash`, `Read`, `mcp__server__tool`)."""
    input: Mapping[str, Any]
    """The tool's input, JSON values."""
    cwd: str
    """Absolute working directory of the call; empty when the agent did not say."""
    session_id: str = ""
    tool_use_id: str = ""
    agent: str = "claude-code"
    mode: str = "default"
    """The agent's permission mode (`default`, `plan`, `acceptEdits`, …)."""


class Operation(NamedTuple):
    """One thing that a call would do, with its target and where it came from."""

    kind: OperationKind
    target: str
    """read, write, delete: an absolute, lexically normalised path. execute: such a path, or a bare program
    name. network: a host (with `:port` when given). system, unknown: a short description. Empty when dynamic."""
    span: Span | None = None
    """Where in the command; `None` for tools without a command."""
    raw: str = ""
    """The absolute path before `..` was folded, when that changes it: the kernel follows symlinks first. When
    dynamic: the path that is left if every variable is empty, when that is absolute (`"$X"/` leaves `/`)."""
    dynamic: bool = False
    """The target is known only to the running shell: no path rule covers it."""
    recursive: bool = False
    """The operation reaches everything below the target."""
    glob: bool = False
    """The target is a shell pattern; `Observation.expansions` says what it stands for."""
    via: str = ""
    """The option or expression that brought it in (`--output`, `-exec`). A `*` in a command rule does not
    cover such an operation: its author meant the program, not what an option turns it into."""
    only: tuple[str, ...] = ()
    """For a recursive read: base-name globs of the files that are read (`--include`); empty means all. For an
    execute of a directory: `(STDLIB,)` when only what stands there before Python's standard library would run."""
    follow: bool = False
    """For a recursive read: links below the target are followed, wherever they lead."""
    skip: tuple[str, ...] = ()
    """For a recursive read: base-name globs that are left out (`--exclude`, `--exclude-dir`)."""
    split: bool = False
    """For a recursive read: the names come by way of xargs, which breaks them at blanks and takes quotes away. It is
    one below the target only if no name there holds such a character (`Observation.sweeps` is `None` when one does)."""
    identity: bool = False
    """For a read: the file says who is asking (a key, a certificate, a login): it is used, and its content not sent."""


class Unit(NamedTuple):
    """One part of a call that an allow must account for (design.md section 1)."""

    kind: UnitKind
    text: str
    """What regex rules see: the simple command with wrappers peeled and words resolved, joined by spaces."""
    argv: tuple[str, ...]
    """Resolved words, program first (base name when it lies in a system directory). May hold `DYNAMIC`, `SPLIT`."""
    operations: tuple[Operation, ...]
    span: Span | None = None
    known: bool = True
    """A program file accounts for everything that this command does. When false, only a command rule covers it."""
    problem: str = ""
    """Why the unit is not understood; not empty means that *nothing* covers it and coverage is partial."""
    wrappers: tuple[str, ...] = ()
    """Programs that were peeled off, outermost first (`sudo`, `xargs`)."""
    pipe: int = 0
    """Units that share a pipeline, substitutions in it included, share this number: data may flow between them."""

    @property
    def dynamic(self) -> bool:
        """Whether some word is known only to the running shell."""
        joined = "".join(self.argv)
        return DYNAMIC in joined or SPLIT in joined


class Analysis(NamedTuple):
    """Everything that is known about what a call would do, before any rule is looked at."""

    units: tuple[Unit, ...]
    raw: str = ""
    """The command string as the agent sent it, for regex denies on the raw string; empty for other tools."""
    flows: tuple[tuple[str, Span | None], ...] = ()
    """Data flows that no single unit shows, as (guardrail id, span): a download piped into an interpreter."""
    feeds: tuple[tuple[int, int], ...] = ()
    """Numbers of pipelines (from, to): what the first one prints is used in the second one, by way of a variable."""

    @property
    def coverage(self) -> Coverage:
        """`partial` when some unit is not understood."""
        for unit in self.units:
            if unit.problem:
                return "partial"
        return "full"


class Observation(NamedTuple):
    """What the engine may know of the host. It is passed in, so that a logged decision replays anywhere."""

    home: str
    """Home directory of the user, absolute, without a trailing slash."""
    project: str
    """Project root, absolute; empty when there is none to trust (the cwd is `/`, the home directory or above it)."""
    links: Mapping[str, str] = {}
    """Path (as in `Operation.raw` or else `target`) -> real path, only where they differ."""
    expansions: Mapping[str, tuple[str, ...] | None] = {}
    """Shell pattern -> paths that it matches now; `None` when there are too many to look at."""
    sweeps: Mapping[str, tuple[str, ...] | None] = {}
    """Directory of a recursive read -> files below it worth a second look (secrets by name); `None` as above."""
    shadowing: Mapping[str, tuple[str, ...] | None] = {}
    """Directory of an execute of `STDLIB` -> names in it that Python would load before its own; `None` as above."""
    now: float = 0.0
    """Seconds since the epoch, UTC, when the call was observed."""
    off_until: float | None = None
    """The switch: `None` when auto-approval is on, else when it comes back (`inf` for never)."""
    protected: tuple[str, ...] = ()
    """Paths that the self-protection stage guards (policy files, state, logs, hook registrations, binaries)."""


class RuleSource(NamedTuple):
    """Where a rule was written, for messages, `explain` and the review log."""

    file: str
    line: int
    layer: str = "user"
    """`managed`, `user`, `project`, `file` (`--config`) or `builtin`."""
    section: str = ""
    """Section name; empty for the flat form."""
    position: int = 0
    """0-based position within its array."""
    section_priority: int = 50


class Rule(NamedTuple):
    """An author's statement: an action and the matchers that must all hold (contract.md section 2)."""

    id: str
    action: Action
    source: RuleSource
    description: str = ""
    tool: str = ""
    tool_regex: str = ""
    tool_exclude_regex: str = ""
    file_path_regex: str = ""
    file_path_exclude_regex: str = ""
    command_regex: str = ""
    command_exclude_regex: str = ""
    subagent_type: str = ""
    subagent_type_exclude_regex: str = ""
    prompt_regex: str = ""
    prompt_exclude_regex: str = ""
    path: tuple[str, ...] = ()
    """gitignore-like globs; a leading `!` excludes."""
    operations: tuple[OperationKind, ...] = ()
    command: tuple[str, ...] = ()
    """Word patterns on each simple command."""
    input_regex: tuple[tuple[str, str], ...] = ()
    """(field, regex) pairs over the tool's input; all must match."""
    host: tuple[str, ...] = ()
    mode: tuple[str, ...] = ()
    level: Level = "enforce"
    expires: float | None = None
    """Seconds since the epoch; from then on the rule does not match."""
    case_sensitive: bool = True
    derived_id: bool = False
    """The id was made up because an older flat file gave none."""


class Settings(NamedTuple):
    """`[settings]` of the policy."""

    default: Literal["passthrough", "ask", "deny"] = "passthrough"
    shell: Literal["parsed", "raw"] = "parsed"


class Finding(NamedTuple):
    """What a stage concluded. The engine turns it into a Verdict."""

    decision: Decision
    reason: str
    source: Source
    rule: Rule | None = None
    guardrail: str = ""
    unit: Unit | None = None
    matched: str = ""
    """The pattern that matched, as its author wrote it."""


class Verdict(NamedTuple):
    """The gate's answer and everything needed to explain it."""

    decision: Decision
    reason: str
    source: Source
    stage: int
    """Number of the stage that decided (design.md section 2)."""
    coverage: Coverage
    revision: str = ""
    rule: Rule | None = None
    guardrail: str = ""
    unit: Unit | None = None
    matched: str = ""
    notes: tuple[str, ...] = ()
    """Rules at level `warn` that matched, and anything the reader must know (a broken policy)."""
    shadows: tuple[str, ...] = ()
    """Ids of rules at level `shadow` that matched; logged only."""
    decision_id: str = ""
    latency_us: int = 0
