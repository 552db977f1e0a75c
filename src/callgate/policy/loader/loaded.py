"""What the loader hands on: the rules and settings in force, and where each of them came from."""

from __future__ import annotations

from typing import Literal, Mapping, NamedTuple

from callgate.core.errors import Problem
from callgate.core.model import Rule, RuleSource, Settings

Layer = Literal["managed", "user", "project", "file", "builtin"]
"""Where a file stands: `/etc/callgate`, the user's, a project's, named by `--config`, or shipped with callgate."""


class Candidate(NamedTuple):
    """A policy file that is to be loaded. It need not be readable: then loading it says why."""

    path: str
    """Absolute."""
    layer: Layer


class Logging(NamedTuple):
    """`[logging]`: empty strings where no file in force sets a value. Paths are absolute."""

    log_file: str = ""
    review_log_file: str = ""
    log_level: str = ""


class SourceFile(NamedTuple):
    """One file that was read."""

    path: str
    """Absolute, as it was found; may be a symbolic link."""
    layer: Layer
    sha256: str
    """Of the bytes that were parsed."""
    trusted: bool
    """Its allow rules and settings count. Always so but for project files."""
    included_by: str
    """Path of the file that named it; empty for a file that was discovered."""


class Section(NamedTuple):
    """A named group of rules."""

    description: str
    priority: int
    enabled: bool
    file: str
    line: int


class Examples(NamedTuple):
    """The `examples` of one rule in force; the engine checks them when a file is validated."""

    rule_id: str
    match: tuple[str, ...]
    no_match: tuple[str, ...]
    source: RuleSource


class IdleRule(NamedTuple):
    """A rule that was written and is not in force."""

    rule: Rule
    why: Literal["disabled", "section", "untrusted"]
    """It is switched off, its section is, or it is an allow rule of a project file that is not trusted."""


class LoadedPolicy(NamedTuple):
    """Everything that the policy files in force say."""

    rules: tuple[Rule, ...]
    """Enabled rules whose word counts, in the order in which they are named: managed, user or `--config`, project,
    built-in; then by section priority, section name, and position."""
    settings: Settings
    logging: Logging
    llm: Mapping[str, object]
    """`[llm_fallback]` with defaults applied, `actions` included. Unset strings are empty."""
    sections: Mapping[str, Section]
    sources: tuple[SourceFile, ...]
    """Every file that was read, includers before what they include."""
    warnings: tuple[Problem, ...]
    revision: str
    """16 hex digits: the same files with the same trust under the same callgate have the same revision."""
    examples: tuple[Examples, ...] = ()
    disabled: int = 0
    """Rules that are switched off, by themselves or with their section."""
    dropped: int = 0
    """Allow rules of project files that are not trusted."""
    idle: tuple[IdleRule, ...] = ()
    """The rules that `disabled` and `dropped` count."""
