"""How agents are recognised: by the name of a process, by what an interpreter runs, by variables that they set.

Only what an agent sets for the commands that it runs counts. What its user sets (`CODEX_HOME`, `CLAUDE_CONFIG_DIR`,
`ANTHROPIC_API_KEY`, `CURSOR_TRACE_ID` in an editor's own terminal) says nothing about who types.
"""

from __future__ import annotations

import re
from typing import Final, Mapping, Sequence

PROGRAMS: Final[Mapping[str, str]] = {
    "claude": "claude-code",
    "claude-code": "claude-code",
    "claude.exe": "claude-code",
    "codex": "codex",
    "codex-linux-sandbox": "codex",
    "gemini": "gemini",
    "gemini-cli": "gemini",
    "cursor-agent": "cursor",
    "opencode": "opencode",
    "aider": "aider",
    "goose": "goose",
    "goosed": "goose",
    "crush": "crush",
    "qwen": "qwen-code",
    "qwen-code": "qwen-code",
    "copilot": "copilot",
    "auggie": "augment",
    "droid": "droid",
    "kiro-cli": "kiro",
}
"""Name of a program -> the agent. Release builds carry the platform in their name: see `_VARIANT`."""

PACKAGES: Final[Mapping[str, str]] = {
    "@anthropic-ai/claude-code": "claude-code",
    "@anthropic-ai/claude-agent-sdk": "claude-code",
    "/claude/versions/": "claude-code",
    "/.claude/local/": "claude-code",
    "@openai/codex": "codex",
    "@google/gemini-cli": "gemini",
    "/cursor-agent/versions/": "cursor",
    "@qwen-code/qwen-code": "qwen-code",
    "@github/copilot": "copilot",
    "@augmentcode/auggie": "augment",
    "opencode-ai": "opencode",
}
"""Part of a path that a program is started from -> the agent."""

VARIABLES: Final[Mapping[str, str]] = {
    "CLAUDECODE": "claude-code",
    "CLAUDE_CODE_ENTRYPOINT": "claude-code",
    "CLAUDE_CODE_SESSION_ID": "claude-code",
    "CLAUDE_CODE_EXECPATH": "claude-code",
    "CODEX_SANDBOX": "codex",
    "CODEX_SANDBOX_NETWORK_DISABLED": "codex",
    "CODEX_THREAD_ID": "codex",
    "CODEX_CI": "codex",
    "CODEX_SHELL": "codex",
    "GEMINI_CLI": "gemini",
    "CURSOR_AGENT": "cursor",
    "OPENCODE": "opencode",
    "CLINE_ACTIVE": "cline",
    "ANTIGRAVITY_AGENT": "antigravity",
    "AUGMENT_AGENT": "augment",
    "GOOSE_TERMINAL": "goose",
    "QWEN_CODE": "qwen-code",
}
"""Variable -> the agent that sets it for its commands."""

GENERIC: Final = ("AI_AGENT", "AGENT")
"""Variables whose value names an agent (`goose`, `claude-code_2.1.0_cli`, `codex@1.2`)."""

_INTERPRETERS: Final = re.compile(
    r"node|nodejs|bun|deno|npx|bunx|npm|pnpm|yarn|python[\d.]*|pypy[\d.]*|uv|uvx|pipx|(?:ba|da|z|k|fi)?sh"
)
_VARIANT: Final = re.compile(r"-(?:linux|darwin|x86_64|x64|aarch64|arm64)[\w.-]*|\.(?:js|mjs|cjs|py|sh|exe)")
_SCRIPTS: Final = 4
"""Words of an interpreter's command line that are looked at: behind its options stands what it runs."""


def program(name: str, argv: Sequence[str], exe: str = "") -> str:
    """Return the agent that a process is, or the empty string.

    Args:
        name: what the kernel calls it (on Linux at most 15 characters).
        argv: its command line; may have been overwritten by the process itself.
        exe: the path of its program, empty when it cannot be seen.
    """
    first = argv[0] if argv else ""
    for word in (name, exe, first):
        if found := _named(word):
            return found
    own = {base(name), base(exe), base(first).lstrip("-")} - {""}
    if any(_INTERPRETERS.fullmatch(word) for word in own):
        words = [word for word in argv[1:] if word and not word.startswith("-")]
        return next((found for word in words[:_SCRIPTS] if (found := _named(word))), "")
    return ""


def variables(environ: Mapping[str, str]) -> tuple[str, str]:
    """Return the agent that the variables tell of, and the first of them; both empty when they tell of none."""
    for variable, agent in VARIABLES.items():
        if environ.get(variable):
            return agent, variable
    for variable in GENERIC:
        value = environ.get(variable, "").casefold()
        known = [agent for agent in {*PROGRAMS.values(), *VARIABLES.values()} if value.startswith(agent)]
        if value in PROGRAMS or known:
            return PROGRAMS.get(value) or max(known, key=len), variable
    return "", ""


def base(path: str) -> str:
    """Return the name of a program without its directory."""
    return path.rpartition("/")[2]


def _named(word: str) -> str:
    """Return the agent that a path or a name belongs to."""
    if len(word) > 4096 or any(char.isspace() for char in word):
        return ""
    name = base(word)
    found = PROGRAMS.get(name) or PROGRAMS.get(_VARIANT.sub("", name))
    return found or next((agent for part, agent in PACKAGES.items() if part in word), "")
