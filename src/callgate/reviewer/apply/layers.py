"""The policy that a target belongs to: its layer, the files around it, and the whole of it with other content.

A change is judged as a part of the policy that it will be a part of. A project's file is loaded as if it were trusted:
that is what it does as soon as a person trusts it again, and a change must be right then.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Mapping, NamedTuple

from callgate.core.errors import PolicyError, Problem
from callgate.policy.loader import Candidate, discover, load, read_trust
from callgate.policy.loader.closure import Walk
from callgate.policy.loader.document import real_path
from callgate.reviewer.apply.context import Context, root_of

if TYPE_CHECKING:
    from callgate.policy.loader import Layer, LoadedPolicy
    from callgate.policy.loader.document import Document


class Layers(NamedTuple):
    """Where a target stands."""

    target: str
    """Its real path."""
    candidates: tuple[Candidate, ...]
    root: Candidate
    """The discovered file that is the target, or includes it."""
    cwd: str
    project: str
    home: str
    trust: Mapping[str, str]
    files: tuple[tuple[str, str], ...]
    """(real path, layer) of every file of the policy."""
    in_force: bool
    """Whether calls that are made in *cwd* are decided by it; else it is looked at beside the managed policy alone."""

    @property
    def layer(self) -> Layer:
        """`managed`, `user`, `project`, `file` or `builtin`."""
        return self.root.layer


class State(NamedTuple):
    """The whole policy with one content of the target."""

    loaded: LoadedPolicy | None
    """`None` when it does not load."""
    problems: tuple[Problem, ...]
    """Why it does not."""
    pins: tuple[tuple[str, str], ...]
    """(real path, SHA-256) of the project's files, which count as trusted."""
    trusted: bool
    """Whether they really are; always so outside of a project."""


def layers_of(target: str, context: Context) -> Layers:
    """Return where the file with the real path *target* stands.

    Looked for in the policy of the current directory first, then in that of the directory that it lies in.

    Raises:
        PolicyError: the trust store cannot be read.
    """
    home, environ = context.places.home, context.environ
    folder = os.path.dirname(target)
    elsewhere = {name: value for name, value in environ.items() if name != "CLAUDE_PROJECT_DIR"}
    tries = [(context.cwd, context.project), (folder, root_of(elsewhere, folder, home))]
    trust = read_trust(context.places.trust_file)
    files: tuple[tuple[str, str], ...] = ()
    for cwd, project in tries:
        found = discover(environ, home, cwd, project, managed=context.places.managed_policy)
        closures = {candidate: _closure(candidate, home, project, {}) for candidate in found}
        files = tuple((one.real, one.layer) for documents in closures.values() for one in documents)
        for candidate, documents in closures.items():
            if any(one.real == target for one in documents):
                return Layers(target, found, candidate, cwd, project, home, trust, files, in_force=True)
    alone = discover(environ, home, context.cwd, context.project, target, managed=context.places.managed_policy)
    return Layers(target, alone, alone[-1], context.cwd, context.project, home, trust, files, in_force=False)


def state(layers: Layers, data: bytes, now: float) -> State:
    """Return the whole policy as it would be with *data* in the target."""
    overlay = {layers.target: data}
    pins: tuple[tuple[str, str], ...] = ()
    trusted = True
    if layers.layer == "project":
        documents = _closure(layers.root, layers.home, layers.project, overlay)
        pins = tuple((one.real, one.sha256) for one in documents if one.sha256 and not one.linked)
        trusted = len(pins) == len(documents) and all(layers.trust.get(path) == digest for path, digest in pins)
    trust = {**layers.trust, **dict(pins)}
    try:
        loaded = load(layers.candidates, layers.home, layers.project, trust, now=now, overlay=overlay)
    except PolicyError as error:
        return State(None, tuple(error.problems), pins, trusted)
    return State(loaded, (), pins, trusted)


def own_rules(loaded: LoadedPolicy, layers: Layers) -> frozenset[str]:
    """Return the ids of the rules in force that stand in the target itself."""
    return frozenset(rule.id for rule in loaded.rules if real_path(rule.source.file) == layers.target)


def elsewhere(loaded: LoadedPolicy | None, layers: Layers) -> dict[str, str]:
    """Return id -> file of the rules that other files than the target have; built-in ones, which give way, left out."""
    if loaded is None:
        return {}
    rules = [*loaded.rules, *(idle.rule for idle in loaded.idle)]
    return {
        rule.id: rule.source.file
        for rule in rules
        if rule.source.layer != "builtin" and real_path(rule.source.file) != layers.target
    }


def _closure(candidate: Candidate, home: str, project: str, overlay: Mapping[str, bytes]) -> list[Document]:
    """Return the documents of *candidate*, whatever is wrong with them."""
    return Walk(home, project, overlay).root(candidate)
