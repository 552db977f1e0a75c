"""The nouns of the import of Claude Code settings: a statement goes in, drafts and findings come out."""

from __future__ import annotations

from typing import Any, Callable, Literal, Mapping, NamedTuple

from callgate.core.model import Action

Scope = Literal["managed", "user", "project", "local", "file"]
"""Whose settings a statement stands in; `file` is one that was named and lies in none of the usual places."""

FindingKind = Literal["dangerous", "dead", "folded", "wider", "narrower", "left-out"]
"""What the report says about a statement.

`dangerous`: imported disabled, or not at all when it holds a secret. `dead`: Claude Code never obeys it, or another
statement says the same; not imported. `folded`: one rule with others. `wider`: a deny or ask that callgate holds for
more calls. `narrower`: an allow that callgate holds for fewer. `left-out`: callgate cannot say it.
"""


class Origin(NamedTuple):
    """Where statements come from."""

    name: str
    """The file as it is shown (`~/.claude/settings.json`)."""
    scope: Scope
    project: str = ""
    """Absolute root of the project that the file belongs to; empty for the user's and managed ones."""


class Statement(NamedTuple):
    """One entry of `permissions.allow`, `ask`, `deny` or `additionalDirectories`."""

    text: str
    action: Action
    origin: Origin
    line: int = 0
    """1-based; 0 when unknown."""
    directory: bool = False
    """It stands in `additionalDirectories`."""


class World(NamedTuple):
    """What the translation may know beside the statements."""

    home: str = "/home/user"
    """Absolute home directory: what `~` in a command stands for."""
    mask: Callable[[str], str] | None = None
    """Replaces secrets in a text; `None` finds none."""


class Parsed(NamedTuple):
    """A statement taken apart."""

    statement: Statement
    tool: str
    spec: str | None
    """What stands in the parentheses; `None` without them."""


class Draft(NamedTuple):
    """One rule about to be written."""

    action: Action
    matchers: Mapping[str, Any]
    """Fields of the rule by their TOML names, without `id`, `description` and `enabled`."""
    name: str
    """What its id is made of."""
    sources: tuple[Statement, ...]
    fold: str = ""
    """Drafts of one action with the same word may become one rule; empty: stays alone."""
    danger: str = ""
    """Why it is dangerous to allow; empty when it is not."""
    advice: str = ""
    """What callgate would do with it all the same, or what to write instead."""


class Finding(NamedTuple):
    """One thing that the report says about one or several statements."""

    kind: FindingKind
    sources: tuple[Statement, ...]
    message: str
    help: str = ""
    rule: str = ""
    """Id of the rule that came of it, when there is one."""


class ImportedRule(NamedTuple):
    """A rule as it is written."""

    id: str
    draft: Draft
    description: str
    enabled: bool


class Imported(NamedTuple):
    """The whole result."""

    rules: tuple[ImportedRule, ...]
    findings: tuple[Finding, ...]


Outcome = Draft | Finding
"""What translating one statement gives, any number of them."""


def shown(statement: Statement, world: World, limit: int = 100) -> str:
    """Return the text of *statement* for messages: secrets masked, at most *limit* characters."""
    text = world.mask(statement.text) if world.mask else statement.text
    return text if len(text) <= limit else text[: limit - 1] + "…"


def holds_secret(statement: Statement, world: World) -> bool:
    """Whether the text of *statement* holds what looks like a secret."""
    return world.mask is not None and world.mask(statement.text) != statement.text
