"""Child agents that would run without the gate: `claude --bare`, `codex --yolo`, and the like through other programs.

The options are those of Claude Code, Codex and Gemini CLI as their own documentation names them.
"""

from __future__ import annotations

from typing import Mapping, Sequence

from callgate.core.model import SPLIT, Finding, Unit
from callgate.engine.protection.findings import GATE, ask, deny
from callgate.engine.protection.mentions import pieces
from callgate.engine.protection.scene import Scene

AGENTS: Mapping[str, str] = {
    "claude": "claude", "claude-code": "claude", "codex": "codex", "gemini": "gemini", "gemini-cli": "gemini",
}  # fmt: skip
_PACKAGES: Mapping[str, str] = {
    "@anthropic-ai/claude-code": "claude", "claude-code/cli": "claude", "@openai/codex": "codex",
    "@google/gemini-cli": "gemini",
}  # fmt: skip
LAUNCHERS = frozenset({"npx", "bunx", "pnpx", "npm", "pnpm", "yarn", "bun", "deno", "node", "uv", "uvx", "pipx",
                       "poetry", "pdm", "hatch", "rye", "volta", "mise", "asdf"})  # fmt: skip
"""Programs that run the program or the package which one of their words names, whether or not a file knows them."""
_LATER = frozenset({"at", "batch", "crontab"})

_BARE: Mapping[str, frozenset[str]] = {
    "claude": frozenset({"--dangerously-skip-permissions", "--allow-dangerously-skip-permissions", "--bare",
                         "--safe-mode"}),
    "codex": frozenset({"--yolo", "--dangerously-bypass-approvals-and-sandbox", "--dangerously-bypass-hook-trust"}),
    "gemini": frozenset({"--yolo", "-y"}),
}  # fmt: skip
_VALUES: Mapping[str, tuple[tuple[frozenset[str], str], ...]] = {
    "claude": ((frozenset({"--permission-mode"}), "bypasspermissions"),),
    "codex": (
        (frozenset({"-s", "--sandbox"}), "danger-full-access"),
        (frozenset({"-c", "--config"}), "danger-full-access"),
        (frozenset({"-c", "--config"}), "hooks"),
        (frozenset({"--disable"}), "hooks"),
    ),
    "gemini": ((frozenset({"--approval-mode"}), "yolo"),),
}
"""Options whose value, when it holds this text, takes the gate away."""

_EMPTYING = (" -u", " --unset", " -i", " --ignore")
WITH_AGENT = frozenset({"HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "NODE_OPTIONS", "LD_PRELOAD",
                        "DYLD_INSERT_LIBRARIES"})  # fmt: skip
"""Variables that many programs are given; in front of an agent they move its settings or put code into it."""


PROGRAMS = frozenset({*AGENTS, *LAUNCHERS, *_LATER})
"""Known programs that `check` has something to say of; of every unknown one it may."""


def check(scene: Scene, unit: Unit, program: str) -> Finding | None:
    """Return the finding when *unit* starts an agent without the gate, or may."""
    if program in _LATER or unit.problem:
        return _hidden(scene, unit)
    found = agent_of(unit, program)
    if found is None:
        return None
    kind, arguments = found
    flag = _disarms(kind, arguments)
    if flag:
        return deny(unit, f"`{flag}` starts an agent without the gate", GATE)
    moved = next(iter(sorted(scene.variables & WITH_AGENT)), "")
    if moved:
        return deny(unit, f"with `{moved}` set, the agent would read other settings", GATE)
    return _may_disarm(scene, unit, kind, arguments)


def agent_of(unit: Unit, program: str) -> tuple[str, Sequence[str]] | None:
    """Return which agent *unit* starts, and with which arguments; `None` when it starts none."""
    words = unit.argv
    if program in AGENTS:
        return AGENTS[program], words[1:]
    if unit.kind != "command" or (unit.known and program not in LAUNCHERS):
        return None
    found = _named_in(words) if program in LAUNCHERS else None
    return found or _named_in([piece for word in words for piece in pieces(word)])


def _named_in(split: Sequence[str]) -> tuple[str, Sequence[str]] | None:
    for position, word in enumerate(split):
        kind = AGENTS.get(word.rpartition("/")[2]) or next((_PACKAGES[name] for name in _PACKAGES if name in word), "")
        if kind and not (position and split[position - 1] in {"install", "add", "i"}):
            return kind, split[position + 1 :]
    return None


def _disarms(kind: str, arguments: Sequence[str]) -> str:
    """Return the argument that takes the gate away, or the empty string."""
    for position, word in enumerate(arguments):
        name, equals, value = word.partition("=")
        following = value if equals else "".join(arguments[position + 1 : position + 2])
        if word in _BARE[kind] or "disableallhooks" in word.casefold():
            return word
        if any(name in names and text in following.casefold() for names, text in _VALUES[kind]):
            return f"{name} {following}"
        if kind == "claude" and name == "--setting-sources" and "user" not in following:
            return f"{name} {following}"
        if kind == "codex" and name[:2] in {"-s", "-c"} and "danger-full-access" in word:
            return word
    if kind == "claude" and {"uninstall", "disable", "remove"}.intersection(arguments[:3]):
        return next((f"plugin {word}" for word in arguments if word.startswith("callgate")), "")
    return ""


def _may_disarm(scene: Scene, unit: Unit, kind: str, arguments: Sequence[str]) -> Finding | None:
    words = {word.partition("=")[0] for word in arguments}
    if kind == "claude" and "--settings" in words:
        return ask(unit, "`--settings` may switch hooks off for the agent that it starts", GATE)
    if any(SPLIT in word for word in arguments):
        return ask(unit, "only the shell knows with which options the agent starts", GATE)
    if "env" in unit.wrappers and any(
        option in scene.case.analysis.raw for option in (" -u", " --unset", " -i", " --ig")
    ):
        return ask(unit, "the agent would start without variables that say where its settings are", GATE)
    return None


def _hidden(scene: Scene, unit: Unit) -> Finding | None:
    """Judge text that runs later or is not understood: it may hold a command that starts an agent."""
    flag = scene.once("agents", _in_text)
    return ask(unit, f"`{flag}` may start an agent without the gate", GATE) if flag else None


def _in_text(raw: str) -> str:
    """Return the argument of an agent in *raw* that takes the gate away, or the empty string."""
    if not any(name in raw for name in AGENTS):
        return ""
    words = list(pieces(raw))
    for position, word in enumerate(words):
        kind = AGENTS.get(word.rpartition("/")[2].rpartition("=")[2], "")
        flag = _disarms(kind, words[position + 1 : position + 64]) if kind else ""
        if flag:
            return flag
    return ""
