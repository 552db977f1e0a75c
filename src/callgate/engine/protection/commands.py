"""The gate's own commands, and acts that take its program away: uninstalling it, stopping it, moving what it reads."""

from __future__ import annotations

from typing import Callable, Iterator, Mapping, Sequence

from callgate.core.model import DYNAMIC, SPLIT, Finding, Unit
from callgate.engine.protection import writes
from callgate.engine.protection.agents import LAUNCHERS
from callgate.engine.protection.findings import GATE, ask, deny
from callgate.engine.protection.mentions import pieces
from callgate.engine.protection.scene import Scene

# What loosens the gate or takes it away; `off`, `check`, `explain`, `validate`, `doctor` do not.
_LOOSENING = frozenset({"on", "trust", "untrust", "init", "install", "uninstall"})
_PROGRAMS = frozenset({"callgate", "decision_reviewer", "claude-code-permissions-hook"})
# What the agent's host says to the gate: said by anybody else, it forges the journal (a call that was never made, a
# dialog that nobody answered).
_SPEAKING_AS_HOST = frozenset({("callgate", "hook"), ("claude-code-permissions-hook", "run")})
_HELP = frozenset({"--help", "-h"})
INTERPRETERS = writes.INTERPRETERS
_SCRIPTS = ("callgate/__main__.py", "callgate/cli/main.py")
_MODULES = ("callgate.cli", "callgate.switch", "callgate.ag", "callgate.at", "callgate.hook", "callgate.journal",
            "callgate.gate", "callgate.daemon", "callgate.__main__")  # fmt: skip
"""Beginnings of the modules that change the gate or write its journal."""
_RUNNERS = frozenset({"run_module", "import_module", "__import__"})
"""Functions of Python that run the module which they are given by name."""

_VARIABLES = (
    "CALLGATE_", "CLAUDE_PERMISSIONS_CONFIG", "CLAUDE_CONFIG_DIR", "CLAUDE_CODE_MANAGED_SETTINGS", "CLAUDE_CODE_SIMPLE",
    "CODEX_HOME", "GEMINI_CLI_",
)  # fmt: skip
"""Beginnings of the variables that say where the gate or an agent reads its settings, or leave hooks out."""


def check(scene: Scene, unit: Unit, program: str) -> Finding | None:
    """Return the finding when *unit* would loosen the gate, take it away or move what it reads."""
    if unit.kind == "assignment":
        return _assigns(unit)
    if unit.problem:
        return _may_assign(scene, unit)
    if program.startswith("pip"):
        program = program.rstrip("0123456789.")
    handler = _HANDLERS.get(program)
    what = handler(scene, unit.argv) if handler is not None else ""
    return deny(unit, what, GATE) if what else _own(unit, program)


def _assigns(unit: Unit) -> Finding | None:
    name = unit.argv[0].partition("=")[0] if unit.argv else ""
    if name.startswith(_VARIABLES):
        return deny(unit, f"it would set `{name}`, which changes what the gate reads", GATE)
    return writes.assigns(unit)


def _may_assign(scene: Scene, unit: Unit) -> Finding | None:
    """Judge text that is not understood: it may set such a variable."""
    name = scene.once("variables", _assignment_in)
    return ask(unit, f"it may set `{name}`, which changes what the gate reads", GATE) if name else None


def _assignment_in(raw: str) -> str:
    """Return the variable of the gate that *raw* may set, or the empty string."""
    if not any(name in raw for name in _VARIABLES):
        return ""
    found = (piece for piece in pieces(raw) if piece.startswith(_VARIABLES) and "=" in piece)
    return next(found, "").partition("=")[0]


# The gate's own commands


def _own(unit: Unit, program: str) -> Finding | None:
    if unit.kind != "command" or not unit.argv:
        return None
    words: Sequence[str] = unit.argv
    if program in _PROGRAMS:
        return _loosens(unit, program, words[1:])
    if unit.known and program not in LAUNCHERS and not program.startswith(INTERPRETERS):
        return None
    # A launcher, or a program that nobody knows and that may run what it is given.
    split = [piece for word in words for piece in pieces(word)]
    if not any("callgate" in piece or piece in _PROGRAMS for piece in split):
        return None
    for position, piece in enumerate(split):
        name = piece.rpartition("/")[2]
        module = split[position - 1] == "-m" and piece.partition(".")[0] == "callgate"
        if position and (name in _PROGRAMS or module or piece.endswith(_SCRIPTS)):
            found = _loosens(unit, name if name in _PROGRAMS else "callgate", split[position + 1 :])
            if found is not None:
                return found
    if not unit.known and _uses_modules(split):
        return ask(unit, "code that uses callgate's own modules may change the gate", GATE)
    return None


def _uses_modules(split: Sequence[str]) -> bool:
    """Whether code, split into words, imports or runs modules that change the gate or write its journal."""
    for position, piece in enumerate(split):
        if piece.startswith(_MODULES):
            return True
        if piece not in {"callgate", "callgate."}:
            continue
        before = split[position - 1].rpartition(".")[2] if position else ""
        imported = split[position + 1 : position + 32] if before == "from" else ()
        if before in _RUNNERS or any(f"callgate.{name}".startswith(_MODULES) for name in imported):
            return True
    return False


def _loosens(unit: Unit, program: str, arguments: Sequence[str]) -> Finding | None:
    named = [word for word in arguments if not word.startswith("-")]
    command = named[0] if named else ""
    output = command in {"rules", "import"} and any(word.startswith(("--output", "-o")) for word in arguments)
    # Also `run` and `start`: a daemon of the agent's, in its surroundings, would answer for the gate.
    stops = command == "daemon" and not _HELP.intersection(arguments) and named[1:2] != ["status"]
    archives = command == "audit" and named[1:2] == ["archive"]
    if command == "proposals" and "accept" in named[1:]:
        return deny(unit, f"`{program} proposals accept` is how a person confirms what an agent proposed", GATE)
    if command in _LOOSENING or output or stops or archives:
        return deny(unit, f"`{program} {command}{' archive' * archives}` changes the gate", GATE)
    if (program, command) in _SPEAKING_AS_HOST and not (_HELP.intersection(arguments) and len(arguments) == 2):
        what = f"`{program} {command}` is for the agent's host: it would write into the journal what never happened"
        return deny(unit, f"{what}; `callgate check` answers the same and writes nothing", GATE)
    told = named[1] if command in {"audit", "proposals", "daemon"} and len(named) > 1 else command
    if told[:1] in {DYNAMIC, SPLIT}:
        return ask(unit, f"only the shell knows what `{program}` is told to do", GATE)
    return None


# Packages

_REMOVING = frozenset({"uninstall", "remove", "purge", "erase", "autoremove", "rm", "del", "unlink"})
_INSTALLING = frozenset({"install", "add", "inject", "upgrade", "update", "reinstall", "sync"})
_REPLACING = ("-U", "-P", "-I", "--upgrade", "--force", "--reinstall", "--ignore-installed", "-t", "--target")


def _installer(_scene: Scene, words: Sequence[str]) -> str:
    ours = [word for word in words[1:] if _is_ours(word)]
    verbs = set(words[1:4])
    if "uninstall-all" in verbs or ("uninstall" in verbs and "--all" in words):
        return "it would uninstall every tool, the gate included"
    if not ours:
        return ""
    if _REMOVING.intersection(words) or any(word.startswith("-R") for word in words[1:2]):
        return "it would uninstall callgate"
    if {"upgrade", "update", "reinstall"}.intersection(verbs):
        return "it would replace callgate"
    if not _INSTALLING.intersection(words):
        return ""
    # A plain `install callgate` leaves the version that is there.
    plain = all(word.casefold() == "callgate" for word in ours)
    return "" if plain and not any(word.startswith(_REPLACING) for word in words[1:]) else "it would replace callgate"


def _is_ours(word: str) -> bool:
    """Whether a requirement, an archive or an address is of the package callgate."""
    folded = word.casefold()
    if "egg=callgate" in folded:
        return True
    for part in {folded, folded.rstrip("/").rpartition("/")[2], folded.partition("=")[2]}:
        rest = part[len("callgate") :] if part.startswith("callgate") else "?"
        if not rest or rest[0] in "@#[=<>!~; ," or rest.startswith((".git", ".zip", ".tar", ".whl")):
            return True
        if rest[0] in "-_" and rest[1:2].isdigit():
            return True
    return False


# Processes and services

_VERBS = frozenset({"stop", "disable", "mask", "kill", "restart", "try-restart", "force-reload", "revert", "unload",
                    "bootout", "remove", "edit", "set-property", "freeze", "link", "isolate", "delete"})  # fmt: skip


def _manager(_scene: Scene, words: Sequence[str]) -> str:
    stops = _VERBS.intersection(words) and any("callgate" in word.casefold() for word in words[1:])
    return "it would stop the gate" if stops else ""


def _by_name(_scene: Scene, words: Sequence[str]) -> str:
    exact = words[0].endswith("killall") and not any(word.startswith(("-r", "--reg")) for word in words)
    for word in words[1:]:
        if word.startswith("-") or not word.strip(DYNAMIC + SPLIT):
            continue
        folded = word.casefold()
        if folded in _PROGRAMS or "callgate" in folded or (not exact and _could_match(folded)):
            return "it would stop the gate"
    return ""


def _could_match(pattern: str) -> bool:
    """Whether a regular expression may match the gate's name: its letters stand in it, in their order."""
    for alternative in pattern.split("|"):
        position, found = 0, True
        for run in _runs(alternative):
            position = "callgate".find(run, position)
            if position < 0:
                found = False
                break
            position += len(run)
        if found:
            return True
    return False


def _runs(pattern: str) -> Iterator[str]:
    run = ""
    for char in pattern:
        if char.isalnum() or char in "-_/ ":
            run += char
        else:
            yield run
            run = ""
    yield run


def _kill(scene: Scene, words: Sequence[str]) -> str:
    """A process id that comes from a search for the gate, or from its file."""
    if not any(DYNAMIC in word or SPLIT in word for word in words):
        return ""
    return "it would stop the gate" if scene.speaks_of_gate else ""


def _fuser(_scene: Scene, words: Sequence[str]) -> str:
    kills = any(word.startswith("-") and "k" in word for word in words[1:])
    return "it would stop the gate" if kills and any("callgate" in word for word in words) else ""


_INSTALLERS = ("pip", "uv", "pipx", "apt", "apt-get", "aptitude", "dpkg", "brew", "conda", "mamba", "micromamba",
               "poetry", "pdm", "hatch", "rye", "pixi", "dnf", "yum", "rpm", "pacman", "apk", "zypper", "easy_install",
               "npm")  # fmt: skip
_HANDLERS: Mapping[str, Callable[[Scene, Sequence[str]], str]] = {
    **dict.fromkeys(_INSTALLERS, _installer),
    **dict.fromkeys(("systemctl", "service", "rc-service", "launchctl", "supervisorctl", "sv", "s6-svc"), _manager),
    **dict.fromkeys(("pkill", "killall"), _by_name),
    "kill": _kill,
    "fuser": _fuser,
}

PROGRAMS = frozenset({*_HANDLERS, *_PROGRAMS, *LAUNCHERS, "pip3"})
"""Known programs that `check` has something to say of; of every unknown one it may."""
