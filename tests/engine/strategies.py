"""Generated policies and calls over a small vocabulary, so that rules and calls meet often."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from callgate.core.model import Action, Level, Observation, Rule, RuleSource, Settings, ToolCall

HOME, PROJECT = "/home/u", "/p"

PATTERNS = [
    "cat *",
    "git status",
    "git *",
    "rm *",
    "* -r *",
    "mytool *",
    "mytool -f",
    "git reset --hard *",
    "echo *",
    "g* push",
    "cp * *",
]
GLOBS = [
    "<project>/**",
    "**/.env",
    ".env",
    "src/**",
    "~/.ssh/**",
    "~/.bashrc",
    "~/**",
    "/p/src/*.py",
    "/etc/*",
    "!**/.env",
    "!src/**",
    "/**",
]
REGEXES = ["^git ", "rm", "env", "^cat src", "push$", "mytool -f"]
TOOLS = ["Bash", "Read", "Write", "Edit", "TodoWrite"]

WORDS = [
    "src/a.py",
    ".env",
    "/etc/hosts",
    "~/.ssh/id_rsa",
    "-r",
    "-f",
    "status",
    "push",
    '"$X"',
    '"$X"',
    "$X",
    "$(ls)",
    "link",
    "--output=/etc/x",
    "-c",
    "core.pager=sh",
    "--hard",
    "~/.bashrc",
]
PROGRAMS = ["cat", "git", "rm", "mytool", "echo", "cp", "head", "touch"]

OBSERVATION = Observation(HOME, PROJECT, links={"/p/link": "/p/.env"}, now=1000.0)

# Made once and not for each rule and call: making strategies took longer than drawing from them.
_MATCHERS = st.sampled_from(["command", "path", "operations", "command+path", "regex", "tool", "tool+path"])
_COMMANDS = st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=2, unique=True)
_INCLUDING = st.lists(st.sampled_from([one for one in GLOBS if one[0] != "!"]), min_size=1, max_size=2)
_EXCLUDING = st.lists(st.sampled_from([one for one in GLOBS if one[0] == "!"]), max_size=1)
_REGEXES = st.sampled_from(REGEXES)
_TOOLS = st.sampled_from(TOOLS)
_BOOLEANS = st.booleans()
_KINDS = st.lists(st.sampled_from(["read", "write", "delete", "execute"]), min_size=1, max_size=3, unique=True)
_ACTIONS: st.SearchStrategy[Action] = st.sampled_from(["allow", "ask", "deny", "deny"])
_RULE_MODES = st.sampled_from([(), (), (), ("default",), ("plan",)])
_LEVELS: st.SearchStrategy[Level] = st.sampled_from(["enforce"] * 5 + ["warn", "shadow"])


@st.composite
def rules(draw: st.DrawFn, name: str = "r") -> Rule:
    """One rule with some matchers."""
    matcher = draw(_MATCHERS)
    fields: dict[str, Any] = {}
    if "command" in matcher:
        fields["command"] = tuple(draw(_COMMANDS))
    if "path" in matcher:
        fields["path"] = tuple(draw(_INCLUDING) + draw(_EXCLUDING))
    if matcher == "regex":
        fields["command_regex"] = draw(_REGEXES)
    if matcher.startswith("tool"):
        fields["tool"] = draw(_TOOLS)
    if matcher == "operations" or ("path" in matcher and draw(_BOOLEANS)):
        fields["operations"] = tuple(draw(_KINDS))
    return Rule(
        id=name,
        action=draw(_ACTIONS),
        source=RuleSource("p.toml", 1),
        mode=draw(_RULE_MODES),
        level=draw(_LEVELS),
    )._replace(**fields)


_WIDE: list[dict[str, Any]] = [
    {"path": ("<project>/**",), "operations": ("read",)},
    {"path": ("<project>/**", "!**/.env")},
    {"path": ("/**",), "operations": ("read", "write", "delete", "execute")},
    {"path": ("/p/link", "<project>/src/**")},
    {"operations": ("read", "write")},
    {"command": ("*",)},
    {"command": ("*",)},
    {"command": ("cat *", "git *")},
    {"command_regex": "^(git|cat|echo) "},
    {"tool": "Read"},
]
"""Allow rules that cover much, so that generated policies do allow and the rest of the policy matters."""


_REFUSALS = [
    Rule("no-env", "deny", RuleSource("p.toml", 1), path=("**/.env",)),
    Rule("no-push", "deny", RuleSource("p.toml", 1), command=("git push *",)),
    Rule("ask-write", "ask", RuleSource("p.toml", 1), operations=("write",), path=("src/**",)),
    Rule("ask-rm", "ask", RuleSource("p.toml", 1), command_regex="^rm"),
]


def _wide(fields: dict[str, Any]) -> Rule:
    return Rule("wide", "allow", RuleSource("p.toml", 1))._replace(**fields)


def policies(most: int = 3) -> st.SearchStrategy[list[Rule]]:
    """Lists of rules with ids of their own: some that cover much, some of any kind."""
    wide = st.lists(st.sampled_from(_WIDE).map(_wide), max_size=2)
    refusals = st.lists(st.sampled_from(_REFUSALS), max_size=1)
    return st.tuples(wide, refusals, st.lists(rules(), max_size=most)).map(
        lambda found: [rule._replace(id=f"r{i}") for i, rule in enumerate([*found[0], *found[1], *found[2]])]
    )


_COUNTS = st.sampled_from([1, 1, 1, 2, 3])
_PROGRAMS = st.sampled_from(PROGRAMS)
_WORDS = st.lists(st.sampled_from(WORDS), max_size=2)
_SUBCOMMANDS = st.sampled_from(["status", "log", "diff", "push", "reset"])
_REDIRECTS = st.sampled_from(["", "", "", " > out", " < .env", " >> src/b.py", " >> ~/.bashrc"])
_JOINTS = st.sampled_from([" && ", "; ", " | "])


@st.composite
def commands(draw: st.DrawFn) -> str:
    """A script of one to three simple commands."""
    parts = []
    for _ in range(draw(_COUNTS)):
        words = [draw(_PROGRAMS), *draw(_WORDS)]
        if words[0] == "git":
            words.insert(1, draw(_SUBCOMMANDS))
        redirect = draw(_REDIRECTS)
        parts.append(" ".join(words) + redirect)
    return draw(_JOINTS).join(parts)


_CALL_MODES = st.sampled_from(["default", "plan"])
_SHARES = st.integers(0, 3)
_SCRIPTS = commands()
_FILE_TOOLS = st.sampled_from(TOOLS[1:])
_PATHS = st.sampled_from(
    ["/p/.env", "/p/src/a.py", "/etc/hosts", "~/.ssh/id_rsa", "/p/link", "/p/x/../.env", "~/.bashrc"]
)


@st.composite
def calls(draw: st.DrawFn) -> ToolCall:
    """A Bash call, mostly, or a call of a file tool."""
    mode = draw(_CALL_MODES)
    if draw(_SHARES):
        return ToolCall("Bash", {"command": draw(_SCRIPTS)}, PROJECT, mode=mode)
    tool = draw(_FILE_TOOLS)
    path = draw(_PATHS)
    return ToolCall(tool, {"file_path": path} if tool != "TodoWrite" else {}, PROJECT, mode=mode)


SETTINGS = st.sampled_from([Settings(), Settings(default="ask"), Settings(default="deny")])
