"""The change does not disarm: what no operation may do, whoever asks (docs/limits.md). Pure.

Guardrails and self-protection are no rules and cannot be changed by one: a rule that pretends to is refused all the
same, because it would make people believe that it did something, and because it is what an attacker tries first.
"""

from __future__ import annotations

import os
from typing import Final, Iterator, NamedTuple, Sequence

from callgate.core.model import Observation, Rule, ToolCall
from callgate.core.paths import is_within, normalise
from callgate.engine.case import Case
from callgate.engine.protection.guarded import Guarded, guard
from callgate.engine.protection.mentions import named
from callgate.engine.stages import guardrails, protection
from callgate.engine.units import analyse
from callgate.policy.compiled import Policy
from callgate.policy.globs import Anchors, compile_glob
from callgate.policy.heads import literal_head
from callgate.policy.loader import LoadedPolicy
from callgate.reviewer.apply.base import Detail
from callgate.reviewer.apply.breadth import FREE, heads
from callgate.reviewer.apply.loosening import changed_rules

POLICY_NAMES: Final = (".callgate.toml", "claude-code-permissions-hook.toml")
"""Names that a policy file of a project, or of the older tool, has."""
_ENDINGS: Final = (".toml", ".yaml", ".yml")
_OF_OTHERS: Final = frozenset({".claude", ".codex", ".gemini", ".cursor", ".git", ".ssh", ".gnupg", ".aws", ".cargo"})
"""Directories of settings that are read by other programs: a TOML file there is none of ours."""
_SHARED: Final = ("/tmp", "/var/tmp", "/dev", "/proc", "/sys", "/run/user")  # noqa: S108 - places to refuse
"""Where others may write, or nothing stays: no place for a log."""
_PROGRAMS: Final = frozenset({"callgate", "decision_reviewer", "claude-code-permissions-hook"})
_READING: Final = frozenset({"query", "replay", "explain", "check", "validate", "validate-config", "test", "doctor",
                             "list", "stats", "analyze", "suggest-rules", "history", "guardrails", "profile",
                             "analyze-rule", "--version", "--help"})  # fmt: skip
_READING_OF: Final = {"proposals": frozenset({"list", "show"}), "audit": frozenset({"verify", "search", "show"}),
                      "rules": frozenset({"export"})}  # fmt: skip
"""Commands of callgate that an allow rule may name: they change nothing."""
_BY_HAND: Final = "a person can edit the file by hand"


class Scene(NamedTuple):
    """The world that the policy is for."""

    home: str
    project: str
    """Empty when there is none."""
    cwd: str
    protected: tuple[str, ...] = ()
    """`Observation.protected` of that world."""


# The file


def check_target(
    path: str, scene: Scene, *, in_force: Sequence[tuple[str, str]], config_dir: str, packs: str
) -> list[Detail]:
    """Return why *path* is no policy file that an operation may change; nothing when it is one.

    A policy file in force may be changed, unless it is managed or shipped. Any other file must have an ending of a
    policy and lie where none of callgate's own files, and no other program's settings, are.

    Args:
        path: the real path of the target.
        scene: the world.
        in_force: (real path, layer) of every file of the policy.
        config_dir: `~/.config/callgate`.
        packs: the directory of the shipped packs.
    """
    layers = {layer for real, layer in in_force if real == path}
    name, folder = os.path.basename(path), os.path.dirname(path)
    if "managed" in layers or is_within(path, "/etc"):
        return [_target("belongs to the managed layer", "who manages this machine changes it")]
    if "builtin" in layers or is_within(path, packs):
        return [_target("ships with callgate", "a rule of yours with its id wins")]
    if layers:
        return []
    if not name.endswith(_ENDINGS):
        return [_target("is no policy file: its name ends neither in `.toml` nor in `.yaml`", "name the policy file")]
    if name in POLICY_NAMES or (folder == config_dir and name != "trust.json"):
        return []
    owner = guard(scene.protected, scene.home, scene.project, scene.cwd).owner(path)
    if owner:
        return [_target(f"is part of `{owner}`, which callgate protects", "name a policy file")]
    if not _OF_OTHERS.isdisjoint(folder.split("/")):
        return [_target("lies among the settings of another program", "name a policy file")]
    return []


def _target(what: str, suggestion: str) -> Detail:
    return Detail("target_file", f"the target {what}: no operation changes it", suggestion)


# The policy


def check_change(old: LoadedPolicy, new: LoadedPolicy, scene: Scene) -> list[Detail]:
    """Return everything by which the change from *old* to *new* would disarm the gate; nothing when it does not.

    Args:
        old: the whole layered policy as it is.
        new: the same after the change.
        scene: the world.
    """
    changed = [rule for rule in changed_rules(old, new) if rule in new.rules]
    return [*_tables(old, new, scene), *_managed(old, new), *_rules(changed, scene)]


def _tables(old: LoadedPolicy, new: LoadedPolicy, scene: Scene) -> Iterator[Detail]:
    if new.apply != old.apply:
        yield Detail("apply", "`[apply]` would change: no operation changes what agents may change", _BY_HAND)
    if new.settings.shell == "raw" != old.settings.shell:
        message = '`shell = "raw"` lets `ls; rm -rf x` pass for `ls`: no operation switches it on'
        yield Detail("settings.shell", message, _BY_HAND)
    for key in ("log_file", "review_log_file"):
        path = getattr(new.logging, key)
        if path and path != getattr(old.logging, key) and (why := _bad_log(path, scene)):
            yield Detail(f"logging.{key}", f"the log would go to `{path}`, {why}", "leave it where it is")
    if new.logging.log_level != old.logging.log_level and new.logging.log_level in ("warn", "error"):
        message = f"`log_level` would become `{new.logging.log_level}`: less of what happens would be seen"
        yield Detail("logging.log_level", message, _BY_HAND)


def _bad_log(path: str, scene: Scene) -> str:
    """Return why a log must not be at *path*; empty when it may be."""
    if any(is_within(path, place) for place in _SHARED):
        return "where nothing stays or anybody writes"
    if any(place and is_within(path, place) for place in (scene.project, scene.cwd)):
        return "which an agent may write"
    return (
        "" if is_within(path, scene.home) or is_within(path, "/var/log") else "which is outside of the home directory"
    )


def _managed(old: LoadedPolicy, new: LoadedPolicy) -> Iterator[Detail]:
    before, after = ({(one.path, one.sha256) for one in each.sources if one.layer == "managed"} for each in (old, new))
    if before != after:
        yield Detail("target_file", "the managed layer would change: no operation does that", "ask who manages it")


# Rules


def _rules(rules: Sequence[Rule], scene: Scene) -> Iterator[Detail]:
    guarded = guard(scene.protected, scene.home, scene.project, scene.cwd)
    for rule in rules:
        if rule.action == "allow":
            for field, what in _pretends(rule, scene, guarded):
                yield Detail(field, f"allow rule `{rule.id[:80]}` {what}", "no rule lifts that: leave it out")


def _pretends(rule: Rule, scene: Scene, guarded: Guarded) -> Iterator[tuple[str, str]]:
    """Yield (field, what is wrong) for what *rule* names that no rule can allow, or must not."""
    for text in rule.command:
        found = (_command(["*" if word == FREE else word for word in words], scene) for words in heads(text))
        if what := next(filter(None, found), ""):
            yield "command", what
    if rule.command_regex:
        plain = rule.command_regex.replace("\\", "")
        head = literal_head(rule.command_regex)
        if what := _command(head.split(), scene, whole=False) or _mentioned(plain, guarded):
            yield "command_regex", what
    changes = not rule.operations or not {"write", "delete"}.isdisjoint(rule.operations)
    for glob in rule.path:
        if changes and not glob.startswith("!") and (what := _path(glob, scene, guarded)):
            yield "path", what
    writes = rule.file_path_regex and rule.tool not in ("Read", "Grep", "Glob")
    if writes and (what := _mentioned(rule.file_path_regex.replace("\\", ""), guarded)):
        yield "file_path_regex", what


def _command(words: Sequence[str], scene: Scene, *, whole: bool = True) -> str:
    """Return what is wrong with allowing a command that is spelled like *words*, `*` being anything."""
    if not words:
        return ""
    name = words[0].rpartition("/")[2]
    if name in _PROGRAMS:
        return _own_command(name, words[1:])
    while whole and words[-1:] == ["*"]:
        words = words[:-1]
    if "*" in words or not words:
        return ""
    text = " ".join(_quoted(word) for word in words)
    found = _guarded_by(ToolCall("Bash", {"command": text}, scene.cwd or scene.project or scene.home), scene)
    return f"names what guardrail `{found}` stops" if found else ""


def _own_command(program: str, arguments: Sequence[str]) -> str:
    command = next((word for word in arguments if not word.startswith("-") or word in _READING), "*")
    if command in _READING:
        return ""
    rest = [word for word in arguments[arguments.index(command) + 1 :] if word] if command in arguments else []
    if rest and rest[0] in _READING_OF.get(command, ()):
        return ""
    shown = f"{program} {command}" + (f" {rest[0]}" if rest and command in _READING_OF else "")
    return f"names `{shown}`: only commands of callgate that change nothing may be allowed by an operation"


def _quoted(word: str) -> str:
    """Return *word* as one word of a shell, a tilde in front left to mean the home directory."""
    if word == "~" or (word.startswith("~/") and word[2:].replace("/", "").replace(".", "").isalnum()):
        return word
    return "'" + word.replace("'", "'\\''") + "'"


def _path(glob: str, scene: Scene, guarded: Guarded) -> str:
    compiled = compile_glob(glob, Anchors(scene.home, scene.project, scene.cwd), widen=False)
    if compiled is None or not compiled.prefix:
        return _mentioned(glob, guarded)
    prefix = normalise(compiled.prefix)
    open_places = {scene.home, scene.project, scene.cwd, "/"}
    owner = guarded.owner(prefix) or (prefix if guarded.is_home(prefix) and prefix not in open_places else "")
    if owner:
        return f"names `{owner}`, which callgate protects"
    if compiled.shape == "exact":
        found = _guarded_by(ToolCall("Write", {"file_path": prefix}, scene.cwd or scene.home), scene)
        if found:
            return f"names what guardrail `{found}` stops"
    return _mentioned(glob, guarded)


def _mentioned(text: str, guarded: Guarded) -> str:
    found = named(text, guarded) or next(
        (f"{name} {verb}" for name in _PROGRAMS for verb in _LOOSENING if f"{name} {verb}" in text), ""
    )
    return f"names `{found}`, which callgate protects" if found else ""


_LOOSENING: Final = ("on", "trust", "untrust", "init", "install", "uninstall", "apply", "hook")


def _guarded_by(call: ToolCall, scene: Scene) -> str:
    """Return the guardrail or protection that denies *call* whatever the rules say; empty when none does."""
    observation = Observation(scene.home, scene.project, protected=scene.protected)
    policy = Policy((), Anchors(scene.home, scene.project, scene.cwd))
    case = Case(policy, call, analyse(call, scene.home), observation)
    for stage in (guardrails.run, protection.run):
        found = stage(case)
        if found is not None and found.decision == "deny":
            return found.guardrail
    return ""
