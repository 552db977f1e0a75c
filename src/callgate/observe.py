"""The one place that looks at the host for a decision: symlinks, what patterns stand for, files that would be swept.

Everything found goes into an `Observation`, which is logged, so that a decision can be replayed anywhere.
"""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Callable, ContextManager, Iterable, Iterator, Mapping

from callgate.core.model import STDLIB, Analysis, Observation, Operation
from callgate.core.paths import breaks, is_within, join, normalise
from callgate.engine.guardrails.secret_places import is_credential
from callgate.host import Places
from callgate.policy.globs import has_plain_sets, steady_regex

if TYPE_CHECKING:
    from typing import Protocol

    class Entry(Protocol):
        """What is looked at of a directory's entry; `os.DirEntry` is one."""

        @property
        def name(self) -> str: ...  # noqa: D102 - see os.DirEntry

        @property
        def path(self) -> str: ...  # noqa: D102 - see os.DirEntry

        def is_dir(self, *, follow_symlinks: bool = True) -> bool: ...  # noqa: D102 - see os.DirEntry

        def is_symlink(self) -> bool: ...  # noqa: D102 - see os.DirEntry


class Files:
    """The file system that is looked at: this machine's. The test of a policy looks at one that it made for itself."""

    def real(self, path: str) -> str:
        """Return what `os.path.realpath` does for *path*.

        Raises:
            ValueError: the path holds a NUL character or a lone surrogate.
        """
        return os.path.realpath(path)

    def real_path(self, path: str, plain: set[str]) -> str:
        """Return the same, for a path of a call; see the function of this name."""
        return real_path(path, plain)

    def exists(self, path: str) -> bool:
        """Whether something has that name, a dangling link included."""
        return os.path.lexists(path)

    def scan(self, directory: str) -> ContextManager[Iterator[Entry]]:
        """Open *directory*, as `os.scandir` does.

        Raises:
            OSError: it cannot be read.
            ValueError: see `real`.
        """
        return os.scandir(directory)


HOST = Files()
"""This machine's."""

MAX_MATCHES = 256
"""Paths that one pattern may stand for; more are not looked at and the pattern is not known."""

MAX_ENTRIES = 4_000
"""Directory entries that one recursive read is searched for protected files."""

# Never searched: they hold what tools put there, and often more entries than everything else together.
PRUNED = frozenset({".git", "node_modules", "__pycache__", ".venv", "venv", ".tox", ".mypy_cache", ".pytest_cache"})

_TYPE, _LINK = 0o170000, 0o120000
"""The bits of a file's mode that say what it is, and what they say of a link; `stat` costs an import."""

_MARKERS = (".git", ".callgate.toml", ".claude", "claude-code-permissions-hook.toml")


def project_root(environ: Mapping[str, str], cwd: str, home: str) -> str:
    """Return the root of the project that *cwd* is in; empty when there is none to trust.

    `$CLAUDE_PROJECT_DIR` (the session's root, set by the agent's host) wins when *cwd* lies in it or is unknown; else
    the nearest directory above with `.git`, `.callgate.toml` or `.claude`; else *cwd*. Home, what is above it, and a
    direct child of `/` that is a system directory are no projects: a rule for `<project>/**` must not mean them.
    """
    named = environ.get("CLAUDE_PROJECT_DIR", "")
    if named.startswith("/") and (not cwd or is_within(normalise(cwd), normalise(named))):
        return _trusted_root(normalise(named), home)
    if not cwd.startswith("/"):
        return ""
    start = normalise(cwd)
    current = start
    while current not in {"/", home}:
        if any(os.path.lexists(f"{current}/{marker}") for marker in _MARKERS):
            return _trusted_root(current, home)
        current = current.rsplit("/", 1)[0] or "/"
    return _trusted_root(start, home)


_SYSTEM = frozenset(
    "/ /bin /boot /dev /etc /home /lib /lib32 /lib64 /media /mnt /opt /proc /root /run /sbin /srv /sys /tmp /usr /var "
    "/usr/local /var/tmp /Users /Library /System /Applications /private /private/tmp".split()
)


def _trusted_root(path: str, home: str) -> str:
    return "" if path in _SYSTEM or is_within(home, path) else path


_MANAGED = (
    "/etc/callgate", "/etc/claude-code", "/etc/claude-code-permissions-hook.toml",
    "/Library/Application Support/ClaudeCode", "/etc/codex", "/etc/gemini-cli",
    "/Library/Application Support/GeminiCli", "/etc/systemd/system/callgate.service",
    "/etc/systemd/system/callgate.socket",
)  # fmt: skip
_OF_HOME = (
    ".config/claude-code-permissions-hook.toml", ".config/decision-reviewer-audit.log",
    ".config/decision-reviewer-audit.log.*",
    ".config/systemd/user/callgate.service", ".config/systemd/user/callgate.socket",
    "Library/LaunchAgents/callgate.plist", ".claude/plugins", ".gemini/policies", ".gemini/extensions",
)  # fmt: skip
_OF_PROJECT = (".callgate.toml", "claude-code-permissions-hook.toml")
_SETTINGS = (
    ".claude/settings.json", ".claude/settings.local.json", ".codex/config.toml", ".codex/hooks.json",
    ".gemini/settings.json",
)  # fmt: skip
"""Where agents register hooks, below the home directory and below a project."""

_MOVED = {
    "CLAUDE_CONFIG_DIR": ("settings.json", "settings.local.json", "plugins"),
    "CODEX_HOME": ("config.toml", "hooks.json"),
}
"""Variables that name another directory for such files."""

_STARTED = ("sitecustomize.py", "usercustomize.py", "tree_sitter", "tree_sitter_bash", "re2", "regex", "*.pth")
"""Beside the package: what Python itself runs when the hook starts, and what the hook imports."""


def protected_paths(
    places: Places, project: str, cwd: str, environ: Mapping[str, str], more: Iterable[str], files: Files = HOST
) -> tuple[str, ...]:
    """Return the paths that self-protection guards, each also by its real path.

    Args:
        places: the user's files.
        project: project root, may be empty.
        cwd: working directory, may be empty.
        environ: `CLAUDE_CONFIG_DIR`, `CODEX_HOME` and `XDG_RUNTIME_DIR` are looked at.
        more: policy files in force and log files that they name.
        files: where links are followed.
    """
    guarded: dict[str, None] = {}
    for path in guarded_places(places, project, cwd, environ, more):
        guarded[normalise(path)] = None
        guarded[files.real(path)] = None
    return tuple(guarded)


def guarded_places(
    places: Places, project: str, cwd: str, environ: Mapping[str, str], more: Iterable[str]
) -> tuple[str, ...]:
    """Return the absolute paths that `protected_paths` guards, by name alone: nothing is looked at."""
    home = places.home
    found = [places.config_dir, places.state_dir, *_MANAGED]
    found += [f"{home}/{name}" for name in (*_OF_HOME, *_SETTINGS)]
    for directory in {project, cwd} - {""}:
        found += [f"{directory}/{name}" for name in (*_OF_PROJECT, *_SETTINGS)]
    for variable, names in _MOVED.items():
        directory = environ.get(variable, "")
        found += [f"{directory}/{name}" for name in names if directory]
    found.append(f"/run/user/{os.getuid()}/callgate")
    if environ.get("XDG_RUNTIME_DIR"):
        found.append(f"{environ['XDG_RUNTIME_DIR']}/callgate")
    found += [*_programs(), *more]
    return tuple(path for path in found if path.startswith("/"))


def _programs() -> list[str]:
    """Return the package, what Python runs and imports from beside it, the interpreter and the programs beside that."""
    package = os.path.dirname(os.path.abspath(__file__))
    beside, programs = os.path.dirname(package), os.path.dirname(sys.executable)
    found = [package, sys.executable, f"{os.path.dirname(programs)}/pyvenv.cfg"]
    found += [f"{programs}/{name}" for name in ("callgate", "decision_reviewer", "claude-code-permissions-hook")]
    if os.path.basename(beside) in {"site-packages", "dist-packages"}:
        found += [f"{beside}/{name}" for name in _STARTED]
    return found


class Observer:
    """Looks at the host for one world; cheap to keep, remembers nothing between calls."""

    def __init__(self, home: str, project: str, protected: tuple[str, ...], files: Files = HOST) -> None:
        """Take the world that paths are seen from."""
        self._files = files
        self.home = home
        self.project = project
        self.protected = protected
        # A project reached through a link (`/tmp` on macOS) must look the same from both sides.
        self._bases = [(files.real(base), base) for base in (project, home) if base]

    def observe(
        self, analysis: Analysis, *, now: float, off_until: float | None, wanted: Callable[[str], bool] | None
    ) -> Observation:
        """Look at everything that *analysis* names.

        Args:
            analysis: units with their operations.
            now: seconds since the epoch.
            off_until: see `Observation`.
            wanted: whether a deny or ask rule may speak of a path; `None` when no recursive read needs a search.
        """
        links: dict[str, str] = {}
        plain: set[str] = set()
        expansions: dict[str, tuple[str, ...] | None] = {}
        sweeps: dict[str, tuple[str, ...] | None] = {}
        shadowing: dict[str, tuple[str, ...] | None] = {}
        still: bool | None = None
        for unit in analysis.units:
            for operation in unit.operations:
                key = operation.raw or operation.target
                if operation.dynamic or not key.startswith("/") or operation.kind in {"network", "system", "unknown"}:
                    continue
                if operation.glob and key not in expansions:
                    expansions[key] = found = expand_glob(key, self._files)
                    for path in found or ():
                        self._link(path, path, links, plain)
                self._link(key, operation.target, links, plain)
                library = operation.only == (STDLIB,)
                if still is None and (library or operation.split):
                    still = _changes_nothing(analysis)
                if (
                    operation.recursive
                    and operation.kind == "read"
                    and (wanted is not None or operation.split)
                    and (key not in sweeps or (operation.follow and sweeps[key] is not None))
                ):
                    known = not operation.split or still
                    sweeps[key] = self._sweep(operation, wanted or _nothing) if known else None
                if library and still and operation.target not in shadowing:
                    from callgate.shadows import shadows  # noqa: PLC0415 - only Python text needs it

                    shadowing[operation.target] = shadows(operation.target, self._files.scan)
        return Observation(
            home=self.home, project=self.project, links=links, expansions=expansions, sweeps=sweeps,
            shadowing=shadowing, now=now, off_until=off_until, protected=self.protected,
        )  # fmt: skip

    def _link(self, key: str, target: str, links: dict[str, str], plain: set[str]) -> None:
        if key in links:
            return
        try:
            real = self._files.real_path(key, plain)
        except (OSError, ValueError):
            return  # NUL or a lone surrogate: no such file can be opened either
        for real_base, base in self._bases:
            if real_base != base and is_within(real, real_base):
                real = base + real[len(real_base) :]
                break
        if real != target:
            links[key] = real

    def _sweep(self, operation: Operation, wanted: Callable[[str], bool]) -> tuple[str, ...] | None:
        found: list[str] = []
        left = MAX_ENTRIES
        try:
            top = self._files.real(operation.target)
        except (OSError, ValueError):
            return ()  # as in `_link`: nothing of that name can be opened
        pending = [operation.target]
        while pending:
            current = pending.pop()
            try:
                opened = self._files.scan(current)
            except (OSError, ValueError):
                continue
            with opened as entries:
                for entry in entries:
                    left -= 1
                    if left < 0 or (operation.split and breaks(entry.name)):
                        return None
                    if entry.is_dir(follow_symlinks=False):
                        if entry.name not in PRUNED or (operation.split and entry.name != ".git"):
                            pending.append(entry.path)
                        elif operation.split:
                            # Of what git makes there, only submodules have names of somebody's choice.
                            pending.append(f"{entry.path}/modules")
                        continue
                    forms = {entry.path}
                    if entry.is_symlink():
                        # A link is read too, and what it leads to may be what a rule protects.
                        real = self._files.real(entry.path)
                        if operation.follow and not is_within(real, top):
                            return None
                        forms.add(real)
                    found += [path for path in forms if is_credential(path) or wanted(path)]
        return tuple(sorted(found))


def _changes_nothing(analysis: Analysis) -> bool:
    """Whether directories stay what they are: another part of the call may put a `json.py` or an `a b` there."""
    return all(
        one.kind in {"read", "network"} or one.only == (STDLIB,)
        for unit in analysis.units
        if not any(one.split for one in unit.operations)  # it has its names before it changes anything
        for one in unit.operations
    )


def real_path(path: str, plain: set[str]) -> str:
    """Return what `os.path.realpath` does for the absolute *path*, in a third of the time where there are no links.

    Args:
        path: absolute.
        plain: prefixes that are no links, as of this call; looked up and added to, never kept for another call.

    Raises:
        ValueError: the path holds a NUL character.
    """
    if len(path) == 1 or path.endswith("/") or "//" in path or ("/." in path and normalise(path) != path):
        return os.path.realpath(path)
    position = 0
    while position >= 0:
        position = path.find("/", position + 1)
        prefix = path if position < 0 else path[:position]
        if prefix in plain:
            continue
        try:
            mode = os.lstat(prefix).st_mode
        except OSError:
            return path  # what is not there, or cannot be looked at, leads nowhere
        if mode & _TYPE == _LINK:
            return os.path.realpath(path)
        plain.add(prefix)
    return path


def _nothing(_path: str) -> bool:
    """Want no file: the sweep only looks at names."""
    return False


def expand_glob(pattern: str, files: Files = HOST) -> tuple[str, ...] | None:
    """Return the paths that the absolute shell *pattern* matches now, sorted; `None` when there are too many.

    As bash does without options: `*` and `?` do not match a leading dot, `**` is `*`, `[!a]` and `[^a]` negate.
    """
    bases = ["/"]
    for segment in [part for part in pattern.split("/") if part]:
        plain = segment.replace("[*]", "*").replace("[?]", "?").replace("[[]", "[")
        if not any(char in "*?[" for char in segment.replace("[*]", "").replace("[?]", "").replace("[[]", "")):
            bases = [path for base in bases if files.exists(path := join(base, plain))]
            continue
        if not has_plain_sets(segment):
            return None
        matches = re.compile(steady_regex(segment), re.DOTALL).fullmatch
        found: list[str] = []
        for base in bases:
            names = _names(base, files)
            if names is None:
                return None
            # bash before 5.2 lets `.*` match `.` and `..` as well.
            names = [*names, ".", ".."] if segment.startswith(".") else names
            found += [join(base, name) for name in names if matches(name) and (name[0] != "." or segment[0] == ".")]
            if len(found) > MAX_MATCHES:
                return None
        bases = found
    return tuple(sorted(normalise(path) for path in bases)) if pattern != "/" else ()


def _names(directory: str, files: Files) -> list[str] | None:
    names: list[str] = []
    try:
        with files.scan(directory) as entries:
            for entry in entries:
                names.append(entry.name)
                if len(names) > MAX_ENTRIES:
                    return None
    except (NotADirectoryError, FileNotFoundError):
        return []
    except (OSError, ValueError):
        return None  # it may hold anything
    return names
