"""Names of programs that the analysis itself must know: where they lie, which decode, which interpret."""

from __future__ import annotations

from typing import Mapping

from callgate.core.paths import normalise

SYSTEM_DIRECTORIES = (
    "/bin/", "/usr/bin/", "/usr/local/bin/", "/sbin/", "/usr/sbin/", "/usr/local/sbin/", "/opt/homebrew/bin/",
)  # fmt: skip

DECODERS: Mapping[str, frozenset[str]] = {
    "base64": frozenset({"-d", "-D", "--decode", "-di", "-id"}),
    "base32": frozenset({"-d", "--decode", "-di", "-id"}),
    "basenc": frozenset({"-d", "--decode"}),
    "xxd": frozenset({"-r", "-rp", "-pr"}),
    "openssl": frozenset({"-d", "base64", "enc"}),
    "rev": frozenset({"rev"}),
    "tr": frozenset({"tr"}),
    "gpg": frozenset({"-d", "--decrypt"}),
    "uudecode": frozenset({"uudecode"}),
}
"""Program -> the words of which one makes it decode (`tr`: see `lineage.decodes`)."""

INTERPRETERS = frozenset(
    [
        "sh",
        "bash",
        "dash",
        "zsh",
        "ksh",
        "mksh",
        "ash",
        "fish",
        "csh",
        "tcsh",
        "python",
        "python2",
        "python3",
        "node",
        "nodejs",
        "deno",
        "bun",
        "ruby",
        "perl",
        "php",
        "lua",
        "Rscript",
        "osascript",
        "pwsh",
        "tclsh",
    ]
) | {f"python3.{minor}" for minor in range(6, 20)}

LAUNCHERS = frozenset(
    "flock script strace ltrace runuser pkexec chroot unshare nsenter setpriv gosu su-exec systemd-run xvfb-run "
    "torsocks proxychains proxychains4 dbus-run-session valgrind firejail hyperfine parallel perf gdb faketime chpst "
    "rlwrap setarch linux64 numactl taskset chrt prlimit cgexec eatmydata fakeroot sem uv".split()
)
"""Programs that run another one on this machine and are not peeled (`shell/launchers.py`)."""

ELSEWHERE: Mapping[str, str] = {
    "ssh": "", "docker": "exec run", "podman": "exec run", "nerdctl": "exec run", "docker-compose": "exec run",
    "kubectl": "exec", "oc": "exec",
}  # fmt: skip
"""Program -> the subcommands that run another one on another machine or in a container, whose files are others."""

STARTERS = LAUNCHERS | ELSEWHERE.keys()


_ROOTS = frozenset({"", ".", "..", "usr", "bin", "sbin", "local"})


def program_name(path: str) -> str:
    """Return the base name of a program in a system directory; any other path stays as it is."""
    full = path
    if path[:1] == "/" and ("//" in path or "/." in path) and _ROOTS.issuperset(path.split("/")[:-1]):
        full = normalise(path)  # through directories of the system only: links in there are the system's
    if full.startswith(SYSTEM_DIRECTORIES):
        base = full.rsplit("/", 1)[1]
        if base and full.count("/") == next(d for d in SYSTEM_DIRECTORIES if full.startswith(d)).count("/"):
            return base
    return path
