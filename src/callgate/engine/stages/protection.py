"""Stage 2: the gate protects itself. Its files change through `apply` or by a person, never by a tool call."""

from __future__ import annotations

import re
from typing import Iterator

from callgate.core.model import Finding, Operation, Unit
from callgate.core.paths import is_within
from callgate.engine.case import Case
from callgate.policy.globs import is_readable, segment_regex
from callgate.policy.match import forms

# What loosens the gate or takes it away; `off`, `check`, `explain`, `validate`, `doctor` do not.
_LOOSENING = frozenset({"on", "trust", "untrust", "init", "install", "uninstall"})
_PROGRAMS = frozenset({"callgate", "decision_reviewer", "claude-code-permissions-hook"})
_DISARMING = frozenset(
    {"--dangerously-skip-permissions", "--bare", "--safe-mode", "--allow-dangerously-skip-permissions"}
)
_VARIABLES = ("CALLGATE_", "CLAUDE_PERMISSIONS_CONFIG", "CLAUDE_CONFIG_DIR", "CLAUDE_CODE_MANAGED_SETTINGS")
_INSTALLERS = frozenset({"pip", "pip3", "uv", "pipx", "apt", "apt-get", "brew", "conda", "poetry", "pdm"})
_SPREADERS = frozenset({"tar", "bsdtar", "unzip", "7z", "cpio", "cp", "mv", "rsync", "install"})
ALLOW_WRITES = "DECISION_REVIEWER_ALLOW_WRITES"


def run(case: Case) -> Finding | None:
    """Return the denial when a unit would change or take away the gate."""
    for unit in case.analysis.units:
        for operation in unit.operations:
            path = touches(case, operation)
            if path:
                return _denial(unit, f"it would {operation.kind} `{path}`, which belongs to the gate", "protect-files")
            path = _unpacks_over(case, unit, operation)
            if path:
                reason = f"it may replace `{path}`, which belongs to the gate; unpack or copy into another directory"
                return Finding("ask", reason, "guardrail", guardrail="protect-files", unit=unit)
        what = _disarms(unit)
        if what:
            return _denial(unit, what, "protect-gate")
        if any(name == ALLOW_WRITES for name, _ in _assigned(unit)):
            reason = f"`{ALLOW_WRITES}` lets an agent change the policy: a person sets it before the agent starts"
            return Finding("ask", reason, "guardrail", guardrail="protect-apply", unit=unit)
    return None


def _denial(unit: Unit, what: str, guardrail: str) -> Finding:
    reason = f"callgate protects itself: {what}. Ask a person to do it; do not work around this."
    return Finding("deny", reason, "guardrail", guardrail=guardrail, unit=unit)


def touches(case: Case, operation: Operation) -> str:
    """Return the protected path that *operation* would change, or the empty string."""
    if operation.kind not in {"write", "delete"} or operation.dynamic:
        return ""
    # Compared without case: macOS opens `.Claude/SETTINGS.json` too.
    for form in forms(operation, case.observation):
        path = form.casefold()
        for protected in case.observation.protected:
            guarded = protected.casefold()
            if is_within(path, guarded):
                return form
            if operation.kind == "delete" and operation.recursive and is_within(guarded, path):
                if operation.only and not any(_may_be(glob, protected) for glob in operation.only):
                    continue
                return protected
    return ""


def _unpacks_over(case: Case, unit: Unit, operation: Operation) -> str:
    """Return a protected path below the directory that an archive or a copy is spread over: what it holds is not known.

    Formatters and git write whole trees too, but only files that are there and that are theirs.
    """
    if operation.kind != "write" or not operation.recursive or operation.dynamic:
        return ""
    if not unit.argv or unit.argv[0] not in _SPREADERS:
        return ""
    for form in forms(operation, case.observation):
        below = next((one for one in case.observation.protected if is_within(one.casefold(), form.casefold())), "")
        if below:
            return below
    return ""


def _may_be(glob: str, protected: str) -> bool:
    """Whether a search for names like *glob* finds the *protected* file, or may find one in the directory."""
    directory, _, name = protected.rpartition("/")
    is_file = "." in name[1:] or (name in _PROGRAMS and directory.endswith("/bin"))
    return (
        not (is_file and is_readable(glob))
        or re.fullmatch(segment_regex(glob.casefold()), name.casefold(), re.DOTALL) is not None
    )


def _assigned(unit: Unit) -> Iterator[tuple[str, str]]:
    if unit.kind == "assignment":
        name, _, value = unit.argv[0].partition("=")
        yield name, value


def _disarms(unit: Unit) -> str:
    words = unit.argv
    if any(name.startswith(_VARIABLES) for name, _ in _assigned(unit)):
        return f"it would set `{words[0].partition('=')[0]}`, which changes what the gate reads"
    if unit.kind != "command" or not words:
        return ""
    program = words[0].rsplit("/", 1)[-1]
    arguments = words[1:]
    if program.startswith(("python", "pypy")) and "callgate" in words and "-m" in words:
        program, arguments = "callgate", words[words.index("callgate") + 1 :]
    if program in _PROGRAMS:
        command = next((word for word in arguments if not word.startswith("-")), "")
        if command in _LOOSENING or (command == "rules" and "--output" in words):
            return f"`{program} {command}` changes the gate"
    flag = next((word for word in words[1:] if word in _DISARMING), "")
    if flag and (program == "claude" or "claude" in " ".join(words[:4]) or flag.endswith("skip-permissions")):
        return f"`{flag}` starts an agent without the gate"
    if program in _INSTALLERS and "callgate" in words and {"uninstall", "remove", "purge"}.intersection(words):
        return "it would uninstall callgate"
    if program in {"pkill", "killall"} and any("callgate" in word for word in words[1:]):
        return "it would stop the gate"
    return ""
