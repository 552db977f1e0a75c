"""Which allow rules of Claude Code settings are dangerous, why, and what callgate does with them all the same."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from callgate.core.model import Operation, Unit
from callgate.core.paths import is_within
from callgate.policy.importers.claude_settings_model import Draft, Parsed, World
from callgate.policy.importers.claude_settings_shell import ShellRule, read_rule
from callgate.policy.importers.claude_settings_words import STAR
from callgate.shell.analyse import analyse_command
from callgate.shell.names import INTERPRETERS, LAUNCHERS
from callgate.shell.wrappers import SPECIAL, WRAPPERS

_HOME: Final = "/home/user"
_CWD: Final = "/home/user/project"
_OUTSIDE: Final = "/srv/elsewhere/file"

_EVALUATORS: Final = frozenset({"eval", "source", ".", "trap", "awk", "gawk", "mawk", "nawk", "tclsh", "expect"})
_RUNNERS: Final = frozenset(
    {
        *("npx", "bunx", "pnpx", "uvx", "npm exec", "npm x", "pnpm dlx", "pnpm exec", "yarn dlx", "yarn exec"),
        *("bun x", "pipx run", "uv run", "uv tool run", "poetry run", "pipenv run", "hatch run", "bundle exec"),
        *("go run", "mise exec", "direnv exec", "devbox run", "nix run", "nix-shell", "conda run"),
    }
)
_ELSEWHERE: Final = frozenset(
    {
        *("ssh", "docker run", "docker exec", "docker compose run", "docker compose exec", "podman run"),
        *("podman exec", "kubectl exec", "kubectl run", "kubectl debug", "at", "batch", "crontab", "tmux", "screen"),
    }
)
_NETWORK: Final = frozenset({"curl", "wget", "nc", "ncat", "netcat", "socat", "scp", "sftp", "rsync", "ftp", "telnet",
                             "http", "https", "xh", "aria2c"})  # fmt: skip
_BROAD: Final = frozenset(
    """npm pnpm yarn bun uv pip pip3 pipx poetry docker podman kubectl helm terraform tofu aws gcloud az gh glab brew
    apt apt-get cargo go nix systemctl launchctl""".split()
)
"""Programs whose subcommands also publish, delete, or run other programs: dangerous without a subcommand."""
_WRITES_NOTHING: Final = frozenset({"mkdir", "touch"})
_GIT_CODE: Final = frozenset({"config", "filter-branch", "bisect", "submodule", "clean"})

_RUNS: Final = (
    "callgate looks inside and still denies what its guardrails know (wiping, downloaded code, sending secrets out)"
)
_SEES_INSIDE: Final = "callgate judges what it runs by itself: that needs a rule of its own"

_SECRET: Final = re.compile(
    r"(?:^|/)(?:\.env(?:\..*)?|\.ssh|\.aws|\.gnupg|\.kube|\.azure|\.netrc|\.npmrc|\.pypirc|\.git-credentials|"
    r"\.docker|\.config/(?:gh|gcloud)|\.password-store|id_(?:rsa|ed25519|ecdsa|dsa).*|credentials(?:\.json)?|"
    r".*\.pem|.*\.key|secrets?)(?:/|$)"
)
_STARTUP: Final = re.compile(
    r"(?:^|/)(?:\.(?:bashrc|bash_profile|bash_login|bash_logout|profile|zshrc|zshenv|zprofile|zlogin|envrc|inputrc|"
    r"gitconfig|gitmodules|npmrc|yarnrc(?:\.yml)?|ripgreprc|mcp\.json|claude\.json|pre-commit-config\.yaml|"
    r"callgate\.toml|bazelrc)|\.git|\.claude|\.husky|\.vscode|\.idea|\.cargo|\.devcontainer|\.config/(?:git|fish|"
    r"callgate)|lefthook\.[^/]*|crontab|LaunchAgents|systemd)(?:/|$)"
)


class Danger(NamedTuple):
    """Why a rule is dangerous."""

    why: str
    advice: str = _RUNS


def find(draft: Draft, parsed: Parsed, world: World) -> Draft:
    """Return *draft* (an allow) with its danger noted."""
    danger = _danger(draft, parsed, world)
    return draft._replace(danger=danger.why, advice=danger.advice) if danger else draft


def _danger(draft: Draft, parsed: Parsed, world: World) -> Danger | None:
    if parsed.tool in {"Bash", "Monitor"}:
        return _of_shell(draft, parsed, world)
    if parsed.tool in {"Edit", "Write", "MultiEdit", "NotebookEdit", "Read", "Grep"} or parsed.statement.directory:
        return _of_files(draft, parsed)
    if parsed.tool == "WebFetch" and "host" not in draft.matchers:
        return Danger("an address can carry data to any host", "name the hosts: `WebFetch(domain:docs.example.com)`")
    return None


def _of_files(draft: Draft, parsed: Parsed) -> Danger | None:
    globs = draft.matchers.get("path", ())
    writes = "write" in draft.matchers.get("operations", ("write",)) and parsed.tool not in {"Read", "Grep"}
    held = "callgate still denies changing its own files and the hooks, and asks before what runs later by itself"
    if not globs:
        if writes:
            return Danger("edits files anywhere, outside of the project too", held)
        return Danger("reads every file, keys and logins in the home directory too", "the shipped profiles deny those")
    for glob in (globs,) if isinstance(globs, str) else globs:
        rest = glob.removeprefix("<project>/")
        if writes and rest == glob and not glob.startswith(("/tmp/", "/private/tmp/")):  # noqa: S108 - a pattern
            return Danger("edits files outside of the project", held)
        if writes and _STARTUP.search(rest):
            return Danger("edits what runs by itself later: start-up files, hooks, settings", held)
        if glob.strip("/~") in {"", "*", "**", "home/**", "Users/**", "root/**", "etc/**"}:
            return Danger("reads a whole home directory or system", "the shipped profiles deny the keys in it")
        if _SECRET.search(rest):
            return Danger("names a place of keys or logins", "the shipped profiles deny reading it, and deny wins")
    return None


def _of_shell(draft: Draft, parsed: Parsed, world: World) -> Danger | None:
    if "command" not in draft.matchers and "input_regex" not in draft.matchers:
        return Danger("every command", _RUNS)
    rule = read_rule(parsed.spec or "", world.home)
    if not rule.wild:
        return _of_exact(rule)
    head = rule.words.head
    if not head and rule.words.words[0].parts[0] != STAR:
        return Danger("no word boundary: also every other program whose name begins like this", "write ` *`")
    if not head:
        return Danger("the wildcard stands where the program does: any program")
    boundary = rule.words.words[len(head)].parts == (STAR,)
    return _of_wildcards(rule) or _of_program(rule, boundary) or _of_effects(head)


def _of_program(rule: ShellRule, boundary: bool) -> Danger | None:
    """Judge what stands in front of the wildcard: the program and its first words."""
    head = rule.words.head
    program, pairs = head[0], {" ".join(head[:count]) for count in (1, 2, 3)}
    if program in INTERPRETERS or program.rpartition("/")[2] in INTERPRETERS:
        return None if _pins(head, boundary) else Danger(f"`{program}` runs whatever code it is given")
    if pairs & _RUNNERS:
        return Danger(f"`{' '.join(head[:2])}` runs any program, also one that it downloads first")
    if pairs & _ELSEWHERE:
        return Danger(f"`{' '.join(head[:2])}` runs commands that no rule and no guardrail reads to the end")
    if program in _EVALUATORS:
        return Danger(f"`{program}` runs the text that it is given")
    if program in WRAPPERS or program in SPECIAL or program in LAUNCHERS:
        return Danger(f"`{program}` runs any other program", _SEES_INSIDE)
    if program in {"find", "fd", "fdfind"} and _is_open(rule):
        advice = "callgate covers neither `-exec` nor `-delete` by a wildcard, and judges what they run by itself"
        return Danger(f"`{program}` runs programs and deletes (`-exec`, `-delete`)", advice)
    if program in _NETWORK:
        return Danger(f"`{program}` reaches any host, in both directions", _RUNS)
    if program == "git":
        return _of_git(head)
    if program in _BROAD and len(head) == 1:
        return Danger(f"every subcommand of `{program}`: also those that publish, delete or run programs")
    return None


def _is_open(rule: ShellRule) -> bool:
    """Whether a wildcard stands outside of quotes, so that it may take words of any kind."""
    return any(STAR in word.parts and not word.quoted for word in rule.words.words)


def _pins(head: tuple[str, ...], boundary: bool) -> bool:
    """Whether the words in front of the wildcard say which code an interpreter runs: a script, or `-m module`."""
    if not boundary:
        return False
    if len(head) > 2 and head[1] == "-m":
        return head[2] not in {"pip", "timeit", "code", "pdb", "runpy", "cProfile", "trace", "http.server", "venv"}
    return len(head) > 1 and not head[1].startswith("-") and ("/" in head[1] or "." in head[1]) and head[1] != "."


def _of_git(head: tuple[str, ...]) -> Danger | None:
    covers = "callgate covers no option that sets configuration or runs code, and asks before what loses work"
    if len(head) == 1:
        return Danger("every subcommand of git: `push`, `reset --hard`, `config`", covers)
    if head[1].startswith("-") or head[1] in _GIT_CODE:
        return Danger(f"`git {head[1]}` runs code, or loses work", covers)
    if {"--hard", "--force", "-f", "--force-with-lease", "--mirror", "-D"} & set(head):
        return Danger("loses work", "spelled like this, callgate does not ask before it either")
    return None


def _of_wildcards(rule: ShellRule) -> Danger | None:
    """Judge where the wildcards stand."""
    *front, last = rule.words.words
    inner = any(STAR in word.parts and not word.quoted for word in front)
    inner = inner or (last.parts != (STAR,) and STAR in last.parts[:-1] and not last.quoted)
    if inner:
        advice = "callgate's `*` lets no option through that its program file knows to run or write something"
        return Danger("a wildcard in front of other words: options and other subcommands pass through it", advice)
    return None


def _of_effects(head: tuple[str, ...]) -> Danger | None:
    """Judge what the analysis says of the command with files outside of the project behind it."""
    for operation, unit in _operations(" ".join(_quoted(word) for word in (*head, _OUTSIDE, _OUTSIDE + "2"))):
        if unit.argv[:1] != head[:1]:
            continue
        if operation.via and operation.via in head and operation.kind in {"execute", "unknown", "system"}:
            return Danger(f"the option `{operation.via}` runs programs or sets configuration")
        writes = operation.kind in {"write", "delete"} and operation.target.startswith(_OUTSIDE)
        if writes and head[0] not in _WRITES_NOTHING:
            why = f"`{' '.join(head[:2])}` writes or deletes any file, outside of the project too"
            return Danger(why, 'a rule with `operations = ["write", "delete"]` and `path = "<project>/**"` is enough')
    return None


def _of_exact(rule: ShellRule) -> Danger | None:
    """Judge one exact command by what it does."""
    analysis = analyse_command(rule.text, cwd=_CWD, home=_HOME)
    if analysis.flows:
        return Danger("runs downloaded or decoded text, or sends secrets out", "a guardrail of callgate denies it")
    for unit in analysis.units:
        if unit.argv[:1] and unit.argv[0] in {"sudo", "doas", "su", "pkexec"}:
            return Danger("runs as another user")
    for operation, _ in _operations(rule.text):
        if operation.kind in {"write", "delete"} and not operation.dynamic:
            if _STARTUP.search(operation.target) and "/.git" not in operation.target:
                return Danger(
                    "changes what runs by itself later: start-up files, hooks, settings", "callgate asks first"
                )
            if not any(is_within(operation.target, place) for place in (_CWD, "/tmp", "/dev", "/private/tmp")):  # noqa: S108
                return Danger("writes or deletes outside of the project")
    git = rule.words.head[:1] == ("git",)
    return _of_git(rule.words.head) if git and len(rule.words.head) > 1 else None


def _operations(text: str) -> list[tuple[Operation, Unit]]:
    analysis = analyse_command(text, cwd=_CWD, home=_HOME)
    return [(operation, unit) for unit in analysis.units for operation in unit.operations]


def _quoted(word: str) -> str:
    return "'" + word.replace("'", "'\\''") + "'"
