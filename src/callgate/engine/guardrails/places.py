"""Places whose content runs by itself later, or says who may log in and do what: one table for two guardrails."""

from __future__ import annotations

from typing import Mapping, NamedTuple

from callgate.core.model import Decision


class Place(NamedTuple):
    """One place that outlives the session."""

    what: str
    decision: Decision
    """`deny` for what no development task needs, else `ask`."""
    name: str
    """What an allow rule must spell to lift an ask."""


LOGIN = "says who may log in"
RIGHTS = "says who may do what on this machine"
LOADED = "is loaded into every program"
SCHEDULED = "runs commands by the clock"
SYSTEM_SHELLS = "runs in every user's shell"
SERVICES = "starts programs with the system"
HOME_SHELLS = "runs in every shell of the user"
USER_UNITS = "starts programs when the user logs in"
SSH = "is configuration of ssh, which can run commands"
HOOK = "is code that git runs"
GIT = "is configuration of git, which can run commands"
PYTHON = "is code that Python runs whenever it starts"

# The path of a file, or of a directory with all that is in it.
_SYSTEM: Mapping[str, tuple[str, Decision]] = {
    **dict.fromkeys(("/etc/ssh",), (LOGIN, "deny")),
    **dict.fromkeys(
        ("/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow", "/etc/subuid", "/etc/subgid", "/etc/sudoers",
         "/etc/sudoers.d", "/etc/doas.conf", "/etc/pam.d", "/etc/pam.conf", "/etc/security", "/etc/polkit-1"),
        (RIGHTS, "deny"),
    ),
    **dict.fromkeys(("/etc/ld.so.preload", "/etc/ld.so.conf", "/etc/ld.so.conf.d"), (LOADED, "deny")),
    **dict.fromkeys(
        ("/etc/crontab", "/etc/anacrontab", "/etc/cron.d", "/etc/cron.hourly", "/etc/cron.daily", "/etc/cron.weekly",
         "/etc/cron.monthly", "/etc/cron.allow", "/etc/cron.deny", "/etc/at.allow", "/etc/at.deny", "/var/spool/cron",
         "/var/spool/at", "/var/spool/atjobs", "/var/at", "/usr/lib/cron"),
        (SCHEDULED, "deny"),
    ),
    **dict.fromkeys(
        ("/Library/LaunchDaemons", "/Library/LaunchAgents", "/System/Library/LaunchDaemons",
         "/System/Library/LaunchAgents"),
        (SERVICES, "deny"),
    ),
    **dict.fromkeys(
        ("/etc/profile", "/etc/profile.d", "/etc/bash.bashrc", "/etc/bashrc", "/etc/bash.bash_logout", "/etc/zsh",
         "/etc/zshrc", "/etc/zshenv", "/etc/zprofile", "/etc/environment", "/etc/fish", "/etc/csh.cshrc"),
        (SYSTEM_SHELLS, "ask"),
    ),
    **dict.fromkeys(
        ("/etc/systemd", "/usr/lib/systemd", "/usr/local/lib/systemd", "/lib/systemd", "/run/systemd", "/etc/init.d",
         "/etc/rc.local", "/etc/rc.d", "/etc/xdg/autostart", "/etc/udev/rules.d", "/etc/inittab"),
        (SERVICES, "ask"),
    ),
    "/etc/gitconfig": (GIT, "ask"),
}  # fmt: skip
# The same, seen from the home directory of any user.
_HOME: Mapping[str, tuple[str, Decision]] = {
    **dict.fromkeys((".ssh/authorized_keys", ".ssh/authorized_keys2", ".ssh/rc"), (LOGIN, "deny")),
    **dict.fromkeys((".ssh/config", ".ssh/environment"), (SSH, "ask")),
    **dict.fromkeys(
        (".bashrc", ".bash_profile", ".bash_login", ".bash_logout", ".bash_aliases", ".profile", ".zshrc", ".zshenv",
         ".zprofile", ".zlogin", ".zlogout", ".cshrc", ".tcshrc", ".login", ".kshrc", ".mkshrc", ".xinitrc",
         ".xprofile", ".xsession", ".xsessionrc", ".pam_environment", ".config/fish", ".config/environment.d",
         ".oh-my-zsh/custom"),
        (HOME_SHELLS, "ask"),
    ),
    **dict.fromkeys(
        (".config/systemd", ".local/share/systemd", ".config/autostart", "Library/LaunchAgents", ".config/upstart"),
        (USER_UNITS, "ask"),
    ),
    **dict.fromkeys((".gitconfig", ".config/git"), (GIT, "ask")),
}  # fmt: skip
PLACES: Mapping[str, tuple[str, Decision]] = {**_SYSTEM, **{f"~/{path}": found for path, found in _HOME.items()}}
"""Path -> (what its content does, decision), for the docs."""

_ABSOLUTE = {path.casefold(): found for path, found in _SYSTEM.items()}
_IN_HOME = {path.casefold(): found for path, found in _HOME.items()}

HOLDERS: Mapping[str, Place] = {
    ".ssh": Place("holds what says who may log in", "ask", ".ssh"),
    ".git": Place("holds code that git runs", "ask", ".git"),
}
"""Name of a directory -> what a tree that is spread over it may bring."""

_TOPS = ("/etc/", "/var/", "/lib", "/usr/l", "/system/", "/run/")
"""What the paths of `_ABSOLUTE` begin with: most paths end the look here."""


def place_of(path: str, home: str) -> Place | None:
    """Return the place that the absolute *path* is, or lies in.

    Args:
        path: compared without case, because macOS opens `.ZSHRC` too, and `/private/etc` is `/etc` there.
        home: the home directory of the user; empty when *path* is what is left of one whose directory is not known.
    """
    folded = path.casefold()
    if folded.startswith("/private/"):
        folded = folded[len("/private") :]
    found = None
    own = home.casefold() + "/"
    if folded.startswith(own):
        found = _in_home(folded[len(own) :])
    elif folded.startswith(("/home/", "/users/")):
        found = _in_home(folded.split("/", 3)[-1])
    elif folded.startswith(("/root/", "/var/root/")):
        found = _in_home(folded.partition("root/")[2])
    if found is None and folded.startswith(_TOPS):
        found = _look(_ABSOLUTE, folded)
    return found or _anywhere(folded)


def _in_home(path: str) -> Place | None:
    return _look(_IN_HOME, path) if path.startswith((".", "library/")) else None


def _look(table: Mapping[str, tuple[str, Decision]], path: str) -> Place | None:
    """Find *path* in the table, or the directory above it that is there."""
    current = path
    while current:
        found = table.get(current)
        if found is not None:
            return Place(found[0], found[1], current.rsplit("/", 1)[-1])
        current = current.rpartition("/")[0]
    return None


def _anywhere(path: str) -> Place | None:
    """Places that are known by their name wherever they lie."""
    if "/.git/" in path:
        inside = path.rpartition("/.git/")[2].split("/")
        if "hooks" in inside:
            return Place(HOOK, "ask", "hooks")
        if inside[-1] in {"config", "config.worktree"} and (len(inside) == 1 or inside[0] in {"modules", "worktrees"}):
            return Place(GIT, "ask", "config")
    if "-packages/" in path and path.endswith((".pth", "/sitecustomize.py", "/usercustomize.py")):
        return Place(PYTHON, "ask", "-packages")
    return None
