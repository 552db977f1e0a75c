"""Policies as they are or would be: the one in force for each project, and variants of it that exist in memory only."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, Mapping, NamedTuple

from callgate.core.errors import PolicyError
from callgate.core.model import Rule
from callgate.host import Places
from callgate.observe import project_root, protected_paths
from callgate.policy.compiled import Policy
from callgate.policy.globs import Anchors
from callgate.policy.loader import Candidate, LoadedPolicy, discover, load, read_trust
from callgate.policy.loader.assemble import RANKS, pack_path
from callgate.policy.loader.digest import sha256_hex
from callgate.policy.loader.document import real_path
from callgate.policy.loader.faults import Faults, shown
from callgate.reviewer.replay.rules import RuleSpec, as_toml

if TYPE_CHECKING:
    from callgate.gate import Gate

MAX_COMPILED: Final = 64
"""Compiled policies that are kept, one for each project; as many as a gate keeps."""

_ENVIRON: Final = ("CLAUDE_PERMISSIONS_CONFIG", "CLAUDE_CONFIG_DIR", "CODEX_HOME", "XDG_RUNTIME_DIR")
"""What discovery and the list of protected paths look at."""

_ADDED: Final = "/callgate-replay/added-rules.toml"
"""Where the added rules stand for the loader, which never looks there: it is handed the content."""

_REPLACES: Final = "-replaces-a-dropped-rule"


class Setting(NamedTuple):
    """Whose policy is in force, and where its files are; all that another process needs to load it."""

    places: Places
    environ: Mapping[str, str]
    config: str = ""
    """A policy file that is used alone (beside the managed one)."""
    profile: str = ""
    """A shipped pack that is used alone."""
    managed: str = ""
    cwd: str = ""
    """Where the question is asked."""
    project: str = ""
    """The project root there."""
    now: float = 0.0
    """Seconds since the epoch, UTC, when the replay began."""


class Variant(NamedTuple):
    """What is different from the policy in force. Nothing, when all fields are empty."""

    policy: str = ""
    """An absolute path: this file instead of the user's and the projects' files."""
    profile: str = ""
    """A shipped pack instead of those files."""
    add: tuple[RuleSpec, ...] = ()
    drop: tuple[str, ...] = ()
    """Ids of rules that are taken away."""
    label: str = "--with-rule"
    """What the added rules are called in messages, and the file that they are said to stand in."""
    files: tuple[tuple[str, bytes], ...] = ()
    """(real path, content) of policy files that are not yet written."""
    pins: tuple[tuple[str, str], ...] = ()
    """(real path, SHA-256) of project files that count as trusted."""


def setting_of(gate: Gate, now: float) -> Setting:
    """Return where *gate* has its policy from; *now* is in seconds since the epoch."""
    environ, cwd, config, profile, project, managed = gate.opened_with()
    kept = {name: environ[name] for name in _ENVIRON if name in environ}
    root = project or project_root(environ, cwd, gate.places.home)
    return Setting(gate.places, kept, config, profile, managed, cwd, root, now)


class Policies:
    """One variant, for every project that the calls were made in. Files are read once for each set of them."""

    def __init__(self, setting: Setting, variant: Variant = Variant()) -> None:  # noqa: B008 - immutable
        """Load nothing yet."""
        self.setting = setting
        self.variant = variant
        self._loaded: dict[tuple[Candidate, ...], LoadedPolicy | None] = {}
        self._found: dict[tuple[str, str], tuple[Candidate, ...]] = {}
        self._compiled: dict[tuple[tuple[Candidate, ...], Anchors], Policy | None] = {}
        self._protected: dict[tuple[str, str], tuple[str, ...]] = {}
        self._trust: Mapping[str, str] | None = None

    def check(self) -> LoadedPolicy:
        """Load the policy of the place where the question is asked, where every problem matters.

        Raises:
            PolicyError: every problem of it; a rule to be dropped that there is not.
        """
        project = self.setting.project
        candidates = self._candidates(project, self.setting.cwd)
        if self.variant.drop:
            known = [rule.id for rule in self._read(candidates, project).rules]
            faults = Faults("--without-rule")
            for name in dict.fromkeys(self.variant.drop):
                if name not in known:
                    help_text = faults.nearest(name, known) if known else "the policy has no rules"
                    close = help_text if help_text.startswith("did") else "`callgate validate` lists the files in force"
                    faults.add(f"no rule has the id {shown(name)}", help=close)
            if faults.problems:
                raise PolicyError(faults.problems)
        return self._load(candidates, project)

    def loaded(self, project: str, cwd: str) -> LoadedPolicy | None:
        """Return what the files say for a call in *cwd*; `None` when the project's own files are broken today.

        Raises:
            PolicyError: the other layers are broken.
        """
        candidates = self._candidates(project, cwd)
        if candidates in self._loaded:
            return self._loaded[candidates]
        loaded: LoadedPolicy | None
        try:
            loaded = self._load(candidates, project)
        except PolicyError:
            others = tuple(one for one in candidates if one.layer != "project")
            if len(others) == len(candidates):
                raise
            self._load(others, "")
            loaded = None
        self._loaded[candidates] = loaded
        return loaded

    def policy(self, home: str, project: str, cwd: str) -> Policy | None:
        """Return the rules for a call in *cwd*, anchored in the home and the project that were observed.

        Raises:
            PolicyError: as `loaded` does, which also says when it is `None`.
        """
        loaded = self.loaded(project, cwd)
        # A cwd anchors patterns only where there is no project: one policy serves all directories of one.
        anchors = Anchors(home, project, "" if project else cwd)
        key = (self._candidates(project, cwd), anchors)
        if key not in self._compiled:
            if len(self._compiled) >= MAX_COMPILED:
                self._compiled.clear()
            self._compiled[key] = None if loaded is None else Policy(
                loaded.rules, anchors, settings=loaded.settings, revision=loaded.revision
            )  # fmt: skip
        return self._compiled[key]

    def protected(self, project: str, cwd: str) -> tuple[str, ...]:
        """Return what self-protection guards in *cwd*, for a call of which that was not recorded."""
        known = self._protected.get((project, cwd))
        if known is None:
            loaded = self.loaded(project, cwd)
            sources = [one.path for one in loaded.sources if one.layer != "builtin"] if loaded else []
            logs = [loaded.logging.log_file, loaded.logging.review_log_file] if loaded else []
            more = [*sources, *logs, self.setting.config]
            known = protected_paths(self.setting.places, project, cwd, self.setting.environ, more)
            self._protected[project, cwd] = known
        return known

    def _candidates(self, project: str, cwd: str) -> tuple[Candidate, ...]:
        setting, variant = self.setting, self.variant
        found = self._found.get((project, cwd))
        if found is not None:
            return found
        if setting.profile and not (variant.policy or variant.profile):
            found = (Candidate(pack_path(setting.profile), "builtin"),)
        elif variant.profile:
            found = discover(setting.environ, setting.places.home, cwd, project, os.devnull, managed=setting.managed)
            managed = tuple(one for one in found if one.layer == "managed")
            found = (*managed, Candidate(pack_path(variant.profile), "builtin"))
        else:
            config = variant.policy or setting.config
            found = discover(setting.environ, setting.places.home, cwd, project, config, managed=setting.managed)
        self._found[project, cwd] = found
        return found

    def _load(self, candidates: tuple[Candidate, ...], project: str) -> LoadedPolicy:
        """Load *candidates* as they are, with the rules of the variant among those of the user, and without others."""
        base = self._read(candidates, project)
        variant = self.variant
        loaded = self._joined(base, candidates, project) if variant.add else base
        if variant.drop:
            stamp = "\n".join([loaded.revision, *variant.drop])
            loaded = loaded._replace(
                rules=self._without(loaded, candidates), revision=sha256_hex(stamp.encode("utf-8", "replace"))[:16]
            )
        rules = tuple(self._named(rule) for rule in loaded.rules)
        return loaded._replace(rules=rules) if variant.add else loaded

    def _read(
        self, candidates: tuple[Candidate, ...], project: str, overlay: Mapping[str, bytes] | None = None
    ) -> LoadedPolicy:
        if self._trust is None:
            self._trust = {**read_trust(self.setting.places.trust_file), **dict(self.variant.pins)}
        home, now = self.setting.places.home, self.setting.now
        files = {**dict(self.variant.files), **(overlay or {})}
        return load(candidates, home, project, self._trust, now=now, overlay=files)

    def _joined(self, base: LoadedPolicy, candidates: tuple[Candidate, ...], project: str) -> LoadedPolicy:
        """Load the added rules as one more file of the user, through every check that such a file has."""
        variant = self.variant
        # The one that replaces a dropped rule has another id until the old one is gone.
        specs = tuple(
            spec._replace(table={**spec.table, "id": f"{name}{_REPLACES}"})
            if isinstance(name := spec.table.get("id"), str) and name in variant.drop
            else spec
            for spec in variant.add
        )
        text = as_toml(_with_ids(specs, base), base.sections)
        overlay = {real_path(_ADDED): text.encode()}
        try:
            joined = self._read((*candidates, Candidate(_ADDED, "user")), project, overlay)
        except PolicyError as error:
            own = [one._replace(file=self._place(text, one.line), line=0, column=0, text="")
                   for one in error.problems if one.file == _ADDED and one.severity == "error"]  # fmt: skip
            others = [one for one in error.problems if one.file != _ADDED and one.severity == "error"]
            raise PolicyError([*own, *others]) from None
        # A file more must not change what the layers say of settings; it says nothing of them.
        return joined._replace(settings=base.settings, logging=base.logging, llm=base.llm)

    def _place(self, text: str, line: int) -> str:
        """Return what the rule on *line* of the made-up file is called: which of them, when there are several."""
        if len(self.variant.add) == 1 or not line:
            return self.variant.label
        number = sum(one.startswith("[[") for one in text.split("\n")[:line])
        return f"{self.variant.label} (rule {number})"

    def _named(self, rule: Rule) -> Rule:
        """Return an added rule as its author knows it; others as they are."""
        if rule.source.file != _ADDED:
            return rule
        source = rule.source._replace(file=self.variant.label, line=0)
        return rule._replace(id=rule.id.removesuffix(_REPLACES), source=source)

    def _without(self, loaded: LoadedPolicy, candidates: tuple[Candidate, ...]) -> tuple[Rule, ...]:
        """Return the rules but the dropped ones; a built-in rule that a dropped one stood in for is back in force."""
        dropped = set(self.variant.drop)
        kept = [rule for rule in loaded.rules if rule.id not in dropped]
        own = {rule.id for rule in loaded.rules if rule.id in dropped and rule.source.layer != "builtin"}
        packs = tuple(one for one in candidates if one.layer == "builtin")
        if own and packs:
            kept += [rule for rule in self._read(packs, "").rules if rule.id in own]
            kept.sort(key=lambda rule: (_rank(rule), rule.source.section_priority, rule.source.section))
        return tuple(kept)


def _rank(rule: Rule) -> int:
    return next((rank for layer, rank in RANKS.items() if layer == rule.source.layer), len(RANKS))


def _with_ids(specs: tuple[RuleSpec, ...], base: LoadedPolicy) -> tuple[RuleSpec, ...]:
    """Give every rule an id: a derived one could take that of a rule which an older file left without."""
    taken = {rule.id for rule in base.rules}
    out = []
    for spec in specs:
        table = spec.table
        if "id" not in table:
            number = 1
            while (name := f"added-rule-{number}") in taken:
                number += 1
            taken.add(name)
            table = {"id": name, **table}
        out.append(spec._replace(table=table))
    return tuple(out)
