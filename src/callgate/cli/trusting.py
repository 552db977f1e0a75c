"""What `trust` shows and pins: a project's policy file with everything that it includes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Mapping, NamedTuple

from callgate.cli.errors import UsageError
from callgate.core.errors import PolicyError, Problem

if TYPE_CHECKING:
    from callgate.core.model import Rule
    from callgate.host import Places
    from callgate.policy.loader import LoadedPolicy

_MATCHERS = (
    "tool",
    "tool_regex",
    "tool_exclude_regex",
    "command",
    "command_regex",
    "command_exclude_regex",
    "operations",
    "path",
    "file_path_regex",
    "file_path_exclude_regex",
    "host",
    "subagent_type",
    "subagent_type_exclude_regex",
    "prompt_regex",
    "prompt_exclude_regex",
    "input_regex",
    "mode",
)
"""The fields that say what a rule takes, in the order in which they read best."""


class Subject(NamedTuple):
    """A file as it was read, once: what is shown is what is pinned."""

    path: str
    pins: Mapping[str, str]
    """Real path -> SHA-256 of the file and of everything it includes."""
    loaded: LoadedPolicy
    """What the file says on its own, when it is trusted."""


def project_files(environ: Mapping[str, str], where: Places, cwd: str) -> list[str]:
    """The project's policy files that discovery finds for *cwd*.

    Raises:
        UsageError: there is none.
    """
    from callgate.observe import project_root  # noqa: PLC0415 - heavy imports stay inside (cheap --help)
    from callgate.policy.loader import discover  # noqa: PLC0415 - as above

    found = discover(environ, where.home, cwd, project_root(environ, cwd, where.home), managed="")
    paths = [one.path for one in found if one.layer == "project"]
    if not paths:
        raise UsageError(f"no policy file for the project in `{cwd}`", help="callgate init --project writes one")
    return paths


def examine(path: str, where: Places) -> Subject:
    """Read *path* as a project's policy file and find out what it would say when trusted.

    Raises:
        PolicyError: every problem of the file, what it includes, and its place beside the policy in force.
    """
    from callgate.policy.loader import Candidate, discover, load, read_trust  # noqa: PLC0415 - as above

    folder = os.path.dirname(path)
    alone = (Candidate(path, "project"),)
    shown = load(alone, where.home, folder, {})
    pins = {os.path.realpath(source.path): source.sha256 for source in shown.sources}
    trusted = load(alone, where.home, folder, pins)
    if [source.sha256 for source in trusted.sources] != [source.sha256 for source in shown.sources]:
        raise changed(path)
    linked = [source.path for source in trusted.sources if not source.trusted]
    if linked:
        advice = "use the file itself"
        raise PolicyError([Problem("reached through a symbolic link, which is never trusted", linked[0], help=advice)])
    # Ids are unique over all files in force: a clash would break the whole policy once the file counts.
    others = tuple(
        one for one in discover({}, where.home, folder, folder, managed=where.managed_policy) if one.layer != "project"
    )
    load((*others, *alone), where.home, folder, {**read_trust(where.trust_file), **pins})
    return Subject(path, pins, trusted)


def changed(path: str) -> PolicyError:
    """The refusal for a file that is not what it was a moment ago."""
    return PolicyError([Problem("the file changed while it was being read", path, help="run the command again")])


def one_line(rule: Rule) -> str:
    """A rule on one line: id, then what it takes, then what it says about itself."""
    parts = [f"{name} {_value(getattr(rule, name))}" for name in _MATCHERS if getattr(rule, name)]
    if rule.level != "enforce":
        parts.append(f"level {rule.level}")
    about = f" - {rule.description}" if rule.description else ""
    return f"{rule.id}: {'; '.join(parts)}{about}".replace("\n", " ")


def tables(loaded: LoadedPolicy) -> list[str]:
    """The settings that would count, one line each."""
    lines = [f"settings: default {loaded.settings.default}, shell {loaded.settings.shell}"]
    named = loaded.logging
    if any(named):
        lines.append(f"logging: {named.log_file or '-'}, {named.review_log_file or '-'}")
    if loaded.llm.get("enabled"):
        lines.append(f"model fallback: {loaded.llm.get('model')} at {loaded.llm.get('endpoint')}")
    return lines


def _value(value: object) -> str:
    if not isinstance(value, tuple):
        return f"`{value}`"
    return ", ".join(f"{one[0]}=`{one[1]}`" if isinstance(one, tuple) else f"`{one}`" for one in value)
