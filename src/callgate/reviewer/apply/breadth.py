"""How much an allow rule may cover, told from the rule alone: `exact`, `subcommand`, `program` or `tool`.

Narrower matchers beside the one that is about what runs (`path` beside `command`, excludes) are not counted in its
favour, and what cannot be told is `tool`: a rule is never called narrower than it is.
"""

from __future__ import annotations

import re
from typing import Final, Iterable

from callgate.core.model import Rule
from callgate.policy.heads import literal_head
from callgate.policy.patterns import AnyWords, Choice, Element, OneWord, PatternError, parse_pattern
from callgate.policy.schema import BREADTHS
from callgate.shell.environment import is_dangerous

EXACT, SUBCOMMAND, PROGRAM, TOOL = BREADTHS

_RUNNERS: Final = frozenset({
    "sh", "bash", "dash", "zsh", "ksh", "fish", "csh", "tcsh", "ash", "rbash", "pwsh", "busybox", "toybox", "python",
    "pypy", "node", "nodejs", "deno", "bun", "tsx", "ts-node", "perl", "ruby", "irb", "php", "lua", "luajit", "tclsh",
    "expect", "awk", "gawk", "mawk", "nawk", "sed", "ed", "vi", "vim", "nvim", "emacs", "osascript", "r", "rscript",
    "julia", "groovy", "scala", "jshell", "ghci", "runghc", "eval", "source", ".", "exec", "command", "builtin", "env",
    "sudo", "doas", "su", "run0", "pkexec", "xargs", "parallel", "find", "fd", "timeout", "nohup", "nice", "ionice",
    "setsid", "stdbuf", "time", "watch", "script", "flock", "chroot", "unshare", "nsenter", "systemd-run", "strace",
    "ltrace", "gdb", "lldb", "tmux", "screen", "at", "batch", "crontab", "ssh", "docker", "podman", "nerdctl",
    "kubectl", "npx", "bunx", "pnpx", "uvx", "pipx", "make", "ninja", "just", "trap", "entr", "direnv", "dotenv",
})  # fmt: skip
"""Programs that run what their arguments say; with free arguments, a rule for one allows anything at all."""
_MANAGERS: Final = frozenset({"npm", "pnpm", "yarn", "uv", "poetry", "pdm", "hatch", "rye", "mise", "asdf", "cargo",
                              "go", "bundle", "mix", "composer", "git"})  # fmt: skip
"""Programs that have subcommands which run what follows them: those of `_LAUNCHING` count as a runner."""
_LAUNCHING: Final = frozenset({"run", "exec", "x", "dlx", "tool", "shell", "rebase", "bisect", "filter-branch",
                               "submodule", "config", "create", "init", "script"})  # fmt: skip
_RUNNING_MODULES: Final = frozenset({"runpy", "code", "pdb", "bdb", "timeit", "trace", "cprofile", "profile", "idlelib",
                                     "doctest", "asyncio", "pip", "site"})  # fmt: skip
"""Modules of Python that run what they are given: `python -m pdb x.py`."""
_VERSION: Final = re.compile(r"[\d.]+$")

_SHELLS: Final = ("Bash", "Monitor", "PowerShell")
_FILE_TOOLS: Final = ("Read", "Write", "Edit", "MultiEdit", "NotebookEdit", "NotebookRead", "Glob", "Grep", "LS")
_STARTING: Final = ("Task", "Agent")
_FETCHING: Final = ("WebFetch", "WebSearch")
_WILD: Final = frozenset("*?[")
_END: Final = re.compile(r"\$|\\b|\\s|\(\\s\|\$\)|\( \|\$\)|\(\?:\\s\|\$\)|\(\?: \|\$\)| ")
"""Behind a word in a regular expression: it ends here."""


def breadth(rule: Rule) -> str:
    """Return how much *rule* may cover, one of `BREADTHS`; as if it were an allow rule, whatever its action."""
    if rule.command:
        return widest(_pattern(text) for text in rule.command)
    if rule.command_regex:
        return _regex(rule.command_regex) if rule.case_sensitive else TOOL
    if rule.path:
        runs = not rule.operations or not {"execute", "system", "unknown"}.isdisjoint(rule.operations)
        found = widest(_glob(text) for text in rule.path if not text.startswith("!"))
        return max(found, PROGRAM, key=BREADTHS.index) if runs and found != EXACT else found
    if rule.host:
        return widest(_host(text) for text in rule.host)
    if rule.operations:
        return TOOL
    return _tool(rule)


def widest(found: Iterable[str]) -> str:
    """Return the broadest of *found*; `tool` when there is none."""
    return max(found, key=BREADTHS.index, default=TOOL)


# Word patterns


def _pattern(text: str) -> str:
    return widest(_words(words) for words in heads(text))


def heads(pattern: str) -> list[list[str]]:
    """Return, for each choice that *pattern* leaves, the words that a command begins with.

    `FREE` at the end stands for what is not fixed; without it the words are the whole command.
    """
    try:
        return _heads(parse_pattern(pattern))
    except PatternError:
        return [[FREE]]


def _heads(elements: tuple[Element, ...]) -> list[list[str]]:
    found: list[list[str]] = [[]]
    for element in elements:
        if isinstance(element, Choice):
            options = [head for option in element.options for head in _heads(option)]
            options += [[]] if element.optional else []
            found = [[*head, *more] if not _open(head) else head for head in found for more in options]
        else:
            word = _literal(element)
            found = [head if _open(head) else [*head, word] for head in found]
        if len(found) > 64:  # nobody writes that; a pattern of nested choices grows without end
            return [[FREE]]
    return found


FREE = "\x00"
"""Stands for words that the pattern leaves open."""


def _open(head: list[str]) -> bool:
    return head[-1:] == [FREE]


def _literal(element: AnyWords | OneWord) -> str:
    if isinstance(element, AnyWords) or any(kind != "text" for kind, _ in element.parts):
        return FREE
    return "".join(text for _, text in element.parts)


def _words(words: list[str]) -> str:
    """Return how broad a command is that begins with *words*."""
    fixed = words[:-1] if _open(words) else words
    if not fixed:
        return TOOL
    if fixed == words:
        return EXACT
    name = _VERSION.sub("", fixed[0].rpartition("/")[2].casefold())
    if "=" in fixed[0] or is_dangerous(fixed[0]):
        return TOOL
    if name in _RUNNERS:
        module = fixed[2] if fixed[1:2] == ["-m"] and len(fixed) > 2 and name in {"python", "pypy"} else ""
        return TOOL if not module or module.partition(".")[0].casefold() in _RUNNING_MODULES else PROGRAM
    if name in _MANAGERS and fixed[1:2] and fixed[1] in _LAUNCHING:
        # What follows is the subcommand: `npm run build *` is one script.
        return TOOL if len(fixed) < 3 or _runs(fixed[2]) else SUBCOMMAND
    return SUBCOMMAND if len(fixed) > 1 and not fixed[1].startswith("-") else PROGRAM


def _runs(word: str) -> bool:
    return word.startswith("-") or _VERSION.sub("", word.rpartition("/")[2].casefold()) in _RUNNERS


# Regular expressions on commands


def _regex(regex: str) -> str:
    if not regex.startswith("^"):
        return TOOL
    head = literal_head(regex)
    plain = "^" + re.sub(r"([.^$+{}()|\\*?\[\]])", r"\\\1", head)
    if head and regex == plain + "$":
        return EXACT
    if not head or not regex.startswith(plain):
        return TOOL
    words = head.split()
    rest = regex[len(plain) :]
    if not head.endswith(" ") and not _END.match(rest):
        words = words[:-1]  # `^git sta` also begins `git stash`
    return _words([*words, FREE])


# Paths and hosts


def _glob(glob: str) -> str:
    wild = any(char in _WILD for char in glob) or glob.endswith("/")
    if not glob.startswith(("/", "~")):
        return SUBCOMMAND if wild or "/" not in glob else EXACT
    if not wild:
        return EXACT
    segments = [segment for segment in glob.lstrip("~").split("/") if segment]
    fixed = next((at for at, segment in enumerate(segments) if _WILD.intersection(segment)), len(segments))
    if glob.startswith("~"):
        return PROGRAM if fixed >= 1 else TOOL
    home = segments[:1] in (["home"], ["Users"], ["root"])
    return PROGRAM if fixed >= (3 if home else 2) or segments[:1] == ["tmp"] else TOOL


def _host(host: str) -> str:
    if not _WILD.intersection(host):
        return EXACT
    fixed = host.rpartition("*")[2].strip(".")
    return SUBCOMMAND if "." in fixed and not _WILD.intersection(fixed) else TOOL


# Tools


def _tool(rule: Rule) -> str:
    """Return how broad a rule is that speaks of tools, and perhaps of their input."""
    names = [rule.tool] if rule.tool else _listed(rule.tool_regex)
    return widest(_of_tool(name, rule) for name in names)


def _listed(regex: str) -> list[str]:
    """Return the names of a regular expression that only lists names; empty when it does anything else."""
    found = re.fullmatch(r"\^(?:\(\?:|\()?((?:[\w|-]|\\-)+)\)?\$", regex)
    if found is None or ("|" in regex and "(" not in regex):
        return []
    return [name.replace("\\-", "-") for name in found[1].split("|")]


def _of_tool(name: str, rule: Rule) -> str:
    if name in _SHELLS or name in _FETCHING:
        return TOOL
    if name in _FILE_TOOLS:
        return _file_regex(rule.file_path_regex) if rule.file_path_regex else TOOL
    if name in _STARTING:
        return PROGRAM if rule.subagent_type else TOOL
    return SUBCOMMAND if rule.input_regex and all(regex.startswith("^") for _, regex in rule.input_regex) else PROGRAM


def _file_regex(regex: str) -> str:
    """Return how broad a regular expression on file paths is; only what it must begin with counts."""
    head = literal_head(regex)
    if head.startswith("/") and regex == "^" + re.sub(r"([.^$+{}()|\\*?\[\]])", r"\\\1", head) + "$":
        return EXACT
    return PROGRAM if _glob(f"{head.rpartition('/')[0]}/**") != TOOL and head.startswith("/") else TOOL
