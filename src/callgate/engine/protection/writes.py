"""Letting an agent write: the variable that a person exports before the agent starts, and `apply` run beside its back.

`DECISION_REVIEWER_ALLOW_WRITES=1` is thrown out of band. A call that sets it, puts it where it is set later, or runs
`apply` in surroundings that it made itself (another environment, code, a terminal of its own) is a question.
"""

from __future__ import annotations

from typing import Iterator, Sequence

from callgate.core.model import DYNAMIC, SPLIT, Finding, Unit
from callgate.engine.protection.agents import LAUNCHERS
from callgate.engine.protection.findings import APPLY
from callgate.engine.protection.mentions import pieces
from callgate.engine.protection.scene import Scene

ALLOW_WRITES = "DECISION_REVIEWER_ALLOW_WRITES"
_FOLDED = ALLOW_WRITES.casefold()
PROGRAMS = frozenset({"callgate", "decision_reviewer"})
INTERPRETERS = ("python", "pypy")

_SETTERS = LAUNCHERS | frozenset({
    "tmux", "screen", "systemctl", "systemd-run", "launchctl", "dbus-update-activation-environment", "docker", "podman",
    "nerdctl", "kubectl", "parallel", "make", "gmake", "ninja", "just", "ssh", "sudo", "doas", "su", "env", "perl",
    "ruby", "php", "lua", "awk", "gawk", "at", "batch", "crontab", "direnv", "dotenv", "sh", "bash", "zsh", "fish",
    "find", "git",
})  # fmt: skip
"""Known programs that give variables to what they start, or run text that may. Others only speak of the name."""
_SPEAKING = frozenset({("git", verb) for verb in ("commit", "log", "grep", "show", "diff", "add", "tag", "notes")})
_PLAIN = frozenset({"time", "timeout", "command", "builtin", "exec", "nice", "stdbuf"})
"""Wrappers that leave `apply` with the environment, the terminal and the parents that it had."""
_SURROUNDING = frozenset({".", "source", "set", "unset", "direnv", "dotenv", "eval", "enable", "alias", "shopt"})
"""Programs that change what the commands behind them are run with."""
_TELLING = ("CLAUDE", "CODEX", "GEMINI", "CURSOR_", "OPENCODE", "CLINE_", "ANTIGRAVITY_", "AUGMENT_", "GOOSE_", "QWEN_",
            "AGENT", "AI_AGENT")  # fmt: skip
"""Beginnings of the variables that tell who is asking."""
_ENV_FILES = (".envrc", ".env", ".flaskenv", ".mise.toml", "mise.toml", ".miserc", ".tool-versions", ".pam_environment",
              "environment")  # fmt: skip


def concerns(scene: Scene) -> bool:
    """Whether the call may have to do with writing at all: most need no closer look."""
    return bool(scene.once("writes", _speaks) or not scene.case.analysis.raw)


def _speaks(raw: str) -> str:
    folded = raw.casefold()
    return "1" if "allow_writes" in folded or "apply" in folded else ""


def check(scene: Scene, unit: Unit, program: str) -> Finding | None:
    """Return the question when *unit* would let an agent write, or may."""
    named = scene.once("allow_writes", lambda raw: "1" if _FOLDED in raw.casefold() else "")
    if _keeps(scene, unit, named=bool(named)):
        return _ask(unit, "would be set by a file that is loaded later")
    if unit.kind != "command":
        return None
    if named and _sets(scene, unit, program):
        return _ask(unit, "may be set")
    if _applies(scene, unit, program) and (why := _surroundings(scene, unit, program)):
        return Finding("ask", f"`apply` changes the policy, and {why}: a person should look", "guardrail",
                       guardrail=APPLY, unit=unit)  # fmt: skip
    return None


def assigns(unit: Unit) -> Finding | None:
    """Return the question when the assignment *unit* sets the variable."""
    name = unit.argv[0].partition("=")[0] if unit.argv else ""
    return _ask(unit, "is set") if name == ALLOW_WRITES else None


def _ask(unit: Unit, how: str) -> Finding:
    reason = f"`{ALLOW_WRITES}` {how}, which lets an agent change the policy: a person sets it before the agent starts"
    return Finding("ask", reason, "guardrail", guardrail=APPLY, unit=unit)


def _keeps(scene: Scene, unit: Unit, *, named: bool) -> bool:
    """Whether *unit* writes the variable into a file of variables."""
    targets = [op.target for op in unit.operations if op.kind == "write" and not op.dynamic]
    if not any(_holds_variables(target.rpartition("/")[2]) for target in targets):
        return False
    if named:
        return True
    if scene.case.analysis.raw:
        return False
    return any(isinstance(value, str) and _FOLDED in value.casefold() for value in scene.case.call.input.values())


def _holds_variables(name: str) -> bool:
    return name in _ENV_FILES or name.startswith(".env.") or name.endswith((".env", ".envrc"))


def _sets(scene: Scene, unit: Unit, program: str) -> bool:
    """Whether *unit*, in a call that names the variable, may set it."""
    if unit.problem:
        return True
    gives = not unit.known or program in _SETTERS or program.startswith(INTERPRETERS)
    if not gives or (program, "".join(unit.argv[1:2])) in _SPEAKING:
        return False
    return program not in PROGRAMS and _FOLDED in f"{unit.text} {_fed(scene, unit)}".casefold()


def _fed(scene: Scene, unit: Unit) -> str:
    """Return the text of the here-document that *unit* reads, with its words; empty when it reads none."""
    span, raw = unit.span, scene.case.analysis.raw
    return raw[span.start : span.end] if span is not None and "<<" in raw else ""


# `apply`


def _applies(scene: Scene, unit: Unit, program: str) -> bool:
    """Whether *unit* runs `apply`, by itself or through a program that runs what its words say."""
    if unit.problem:
        return any(_told(list(pieces(unit.text))))
    if program in PROGRAMS:
        return _command(unit.argv[1:]) == "apply"
    if unit.known and program not in LAUNCHERS and not program.startswith(INTERPRETERS):
        return False
    return any(_told([piece for word in (*unit.argv, _fed(scene, unit)) for piece in pieces(word)]))


def _told(split: Sequence[str]) -> Iterator[bool]:
    for position, piece in enumerate(split):
        module = position > 0 and split[position - 1] == "-m" and piece.partition(".")[0] == "callgate"
        if piece.rpartition("/")[2] in PROGRAMS or module:
            yield _command(split[position + 1 :]) == "apply"


def _command(words: Sequence[str]) -> str:
    return next((word for word in words if not word.startswith("-")), "")


def _surroundings(scene: Scene, unit: Unit, program: str) -> str:
    """Return what of its surroundings the call has made itself; empty when `apply` runs as the agent is."""
    if program not in PROGRAMS or unit.problem:
        return "a program starts it that may give it another environment"
    wrapper = next((each for each in unit.wrappers if each not in _PLAIN), "")
    if wrapper:
        return f"`{wrapper}` may give it another environment"
    for other in scene.case.analysis.units:
        first = other.argv[0] if other.argv else ""
        if other is unit:
            continue
        if other.problem:
            return "what else the call does is not understood"
        if other.kind == "assignment" and (first[:1] in (DYNAMIC, SPLIT) or first.startswith(_TELLING)):
            return f"`{first.partition('=')[0].strip(DYNAMIC + SPLIT) or 'a variable'}` is set beside it"
        if other.kind == "command" and first in _SURROUNDING:
            return f"`{first}` changes what it is run with"
    return ""
