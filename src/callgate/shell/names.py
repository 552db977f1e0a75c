"""Names of programs that the analysis itself must know: where they lie, which decode, which interpret."""

from __future__ import annotations

from typing import Mapping

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


def program_name(path: str) -> str:
    """Return the base name of a program in a system directory; any other path stays as it is."""
    if path.startswith(SYSTEM_DIRECTORIES):
        base = path.rsplit("/", 1)[1]
        if base and path.count("/") == next(d for d in SYSTEM_DIRECTORIES if path.startswith(d)).count("/"):
            return base
    return path
