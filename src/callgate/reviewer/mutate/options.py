"""Options that write, run or read what the plain command does not; and the same options in another order."""

from __future__ import annotations

from typing import Final, Iterator, Mapping

from callgate.reviewer.mutate.base import UNKNOWN, Mutant, line, words_of
from callgate.shell.programs import table_of
from callgate.shell.programs.spec import DANGER, VALUE, Option

_WRITE: Final = "cp README.md /etc/zqx.conf"
_READ: Final = "cat ~/.zqx/key"

_EFFECTS: Final[Mapping[str, tuple[str, str]]] = {
    "write": ("/etc/zqx.conf", _WRITE), "delete": ("/etc/zqx.conf", "rm /etc/zqx.conf"), "read": ("~/.zqx/key", _READ),
    "execute": ("/opt/zqx", UNKNOWN), "shell": ("'zqx --all'", UNKNOWN), "command": ("zqx", UNKNOWN),
    "code": ("zqx", UNKNOWN), "list": ("/etc/zqx.list", UNKNOWN), "host": ("zqx.example", "curl https://zqx.example/"),
}  # fmt: skip
"""Effect of an option's value in a program file -> (a value, what it does as a command by itself)."""

_KNOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "git": (
        "-c core.pager=zqx", "-c core.fsmonitor=zqx", "-c alias.x=!zqx", "-c diff.external=zqx",
        "-c core.sshCommand=zqx",
        "-c core.hooksPath=/tmp/zqx", "-c core.editor=zqx", "-c gpg.program=zqx", "--exec-path=/tmp/zqx",
        "--git-dir=/tmp/zqx", "--config-env=core.pager=HOME", "-C /etc -c core.pager=zqx", "-p -c core.pager=zqx",
    ),
}  # fmt: skip
"""Options in front of the subcommand."""

_BEHIND: Final = (
    ("--output=/etc/zqx.conf", _WRITE), ("-o /etc/zqx.conf", _WRITE), ("--exec zqx", UNKNOWN),
    ("-exec zqx \\;", UNKNOWN),
    ("--ext-diff --textconv -c zqx", UNKNOWN), ("--open-files-in-pager=zqx", UNKNOWN), ("--upload-pack=zqx", UNKNOWN),
    ("--pre zqx", UNKNOWN), ("--to-command=zqx", UNKNOWN), ("--use-compress-program=zqx", UNKNOWN),
    ("--checkpoint-action=exec=zqx", UNKNOWN), ("--eval 'zqx'", UNKNOWN), ("--shell zqx", UNKNOWN),
    ("--config /tmp/zqx", UNKNOWN), ("--require /tmp/zqx.js", UNKNOWN), ("-e 'zqx'", UNKNOWN),
    ("--zqx-unknown-option=/etc/zqx.conf", UNKNOWN), ("--files0-from=/etc/zqx.list", UNKNOWN),
)  # fmt: skip
MAX_OPTIONS: Final = 60


def options(text: str) -> Iterator[Mutant]:
    """Yield *text* with options that do more: those that the program file marks, and some of everybody's."""
    words = words_of(text)
    if not words:
        return
    for option in _KNOWN.get(words[0], ()):
        yield Mutant(f"{words[0]} {option}", f"{words[0]} {option} {line(words[1:])}".rstrip(), UNKNOWN)
    for option, plain in _marked(words)[:MAX_OPTIONS]:
        yield Mutant(f"{option} behind", f"{text} {option}", plain)
        if len(words) > 2:
            yield Mutant(f"{option} in the middle", f"{line(words[:2])} {option} {line(words[2:])}", plain)
    for option, plain in _BEHIND:
        yield Mutant(f"{option.split()[0]} behind", f"{text} {option}", plain)


def _marked(words: list[str]) -> list[tuple[str, str]]:
    """Return options with a value that the program's table says do something, and what."""
    found: list[tuple[str, str]] = []
    for name, option in sorted(table_of(words).items()):
        written = _written(name, option)
        if written and name not in words:
            found.append(written)
    return found


def _written(name: str, option: Option) -> tuple[str, str] | None:
    if option.mark == DANGER:
        return name, UNKNOWN
    if not option.effect:
        return None
    value, plain = _EFFECTS.get(option.effect, ("zqx", UNKNOWN))  # else its effect is told in words
    if option.mark != VALUE:
        return f"{name}={value}" if name.startswith("--") else f"{name}{value}", plain
    return f"{name} {value}", plain


def reordered(text: str) -> Iterator[Mutant]:
    """Yield *text* with its options in another place, where programs take them all the same."""
    words = words_of(text)
    flags = [word for word in words[2:] if word.startswith("-") and word != "--"]
    rest = [word for word in words[2:] if not word.startswith("-")]
    if not flags or not rest or "--" in words:
        return
    yield Mutant("options last", line([*words[:2], *rest, *flags]))
    yield Mutant("options first", line([*words[:2], *flags, *rest]))
    yield Mutant("options reversed", line([*words[:2], *reversed(flags), *rest]))
