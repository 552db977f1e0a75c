"""git: its global options and subcommands. The subcommands live in `git_*.py` and load on first use.

A repository's own configuration is code (hooks, filters, pagers, file system monitors), so every subcommand
notes at least a read of the directory that it works in, and `-c` is looked at key by key.
"""

from __future__ import annotations

import sys
from typing import Callable, Mapping

from callgate.core.paths import join
from callgate.shell.command import Command
from callgate.shell.programs.git_config import harmless_setting
from callgate.shell.programs.spec import Program, apply
from callgate.shell.words import Word

_HARMLESS = frozenset({
    "-p", "--paginate", "-P", "--no-pager", "--no-replace-objects", "--no-lazy-fetch", "--no-optional-locks",
    "--no-advice",
    "--literal-pathspecs", "--no-literal-pathspecs", "--glob-pathspecs", "--noglob-pathspecs", "--icase-pathspecs",
})  # fmt: skip
_PRINTS_AND_ENDS = frozenset({
    "-v", "--version", "-h", "--help", "--exec-path", "--html-path", "--man-path", "--info-path",
})  # fmt: skip
_TAKES_VALUE = frozenset({"--git-dir", "--work-tree", "--namespace", "--config-env", "--attr-source", "--super-prefix"})
_MODULES: Mapping[str, str] = {
    name: module
    for module, names in {
        "git_read": """log show whatchanged reflog rev-list diff diff-files diff-index diff-tree range-diff shortlog
            blame annotate grep status ls-files ls-tree cat-file verify-commit verify-tag archive fsck help verify-pack
            describe rev-parse name-rev merge-base for-each-ref show-ref count-objects cherry var show-branch
            check-ignore check-attr check-ref-format check-mailmap version stripspace column get-tar-commit-id""",
        "git_history": """add stage commit merge rebase cherry-pick revert reset am apply format-patch branch tag notes
            stash update-ref symbolic-ref filter-branch filter-repo lfs checkout-index
            read-tree gc prune pack-refs write-tree update-index rerere""",
        "git_tree": "checkout switch restore clean rm mv init worktree submodule bisect sparse-checkout",
        "git_net": "clone fetch pull push ls-remote remote",
        "git_config": "config",
    }.items()
    for name in names.split()
}


def _git(command: Command) -> None:
    """Note what a git command does. `-C` moves it, for its own paths only."""
    cwds = command.cwds
    try:
        rest = _global_options(command)
        if rest:
            _subcommand(command, rest)
    finally:
        if command.cwds != cwds and (command.payloads or command.scripts):
            command.opaque("a command that runs in another directory", via="-C")
        command.cwds = cwds


def _global_options(command: Command) -> list[Word]:
    """Note git's own options; return the subcommand and what follows it, empty when git prints something and ends."""
    words = command.args
    position = 0
    while position < len(words):
        word = words[position]
        value = word.value
        if not value.startswith("-"):
            return words[position:]
        position += 1
        name, equals, attached = value.partition("=")
        if value in _PRINTS_AND_ENDS:
            command.here()
            return []
        if value in _HARMLESS:
            continue
        if value in {"-C", "-c"}:
            if position < len(words):
                (_move if value == "-C" else _configure)(command, words[position])
            position += 1
        else:
            command.opaque(f"`{name}` changes what git works on or runs", via=name, span=word.span)
            position += name in _TAKES_VALUE and not equals and not attached
    command.unknown = "`git` without a subcommand"
    return []


def _move(command: Command, word: Word) -> None:
    command.path("read", word)
    if word.dynamic or word.glob:
        command.cwds = ()
    elif word.value:
        # Not folded: the kernel follows symlinks before `..`.
        command.cwds = tuple(join(cwd, word.value) for cwd in command.cwds or (("/",) if word.value[0] == "/" else ()))


def _configure(command: Command, word: Word) -> None:
    key, _, value = word.value.partition("=")
    if word.dynamic or not harmless_setting(key, value):
        command.opaque(f"`-c {key}` sets configuration, which can be code", via="-c", span=word.span)


def _subcommand(command: Command, words: list[Word]) -> None:
    head, rest = words[0], words[1:]
    entry = None if head.dynamic or head.glob else subcommand(head.value)
    if entry is None:
        command.unknown = f"`git {head.value}` is not known; it may be an alias"
        return
    if len(rest) == 1 and rest[0].value in {"-h", "--help"}:
        command.here()
        return
    if isinstance(entry, Program):
        apply(entry, command, rest)
    else:
        entry(command, rest)


def subcommand(name: str) -> Program | Callable[[Command, list[Word]], None] | None:
    """Return what is known of a subcommand of git; `None` when nothing is."""
    module_name = _MODULES.get(name)
    if module_name is None:
        return None
    full_name = f"callgate.shell.programs.{module_name}"
    if full_name not in sys.modules:
        __import__(full_name)
    entry: Program | Callable[[Command, list[Word]], None] = sys.modules[full_name].SUBCOMMANDS[name]
    return entry


PROGRAMS = {"git": _git}
