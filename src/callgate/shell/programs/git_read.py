"""git's subcommands that only look: history, differences, the index, objects, refs and the configuration."""

from __future__ import annotations

from typing import Callable, Mapping

from callgate.core.model import DYNAMIC
from callgate.shell.command import Command
from callgate.shell.programs.git_common import (
    DIFF,
    gpg,
    log_table,
    pathspec,
    revision_or_path,
    revisions_and_paths,
    table,
)
from callgate.shell.programs.spec import Args, Program, Table
from callgate.shell.words import Word

Subcommand = Program | Callable[[Command, list[Word]], None]
"""What a module of git's subcommands maps each name to; a callable gets the words after the subcommand."""

_LOG: Table = log_table()


def _prints_metadata(command: Command, _words: list[Word]) -> None:
    """Refs, names, counts: no option of these reads, writes or runs a file that the user names."""
    command.here()


def _named_paths(command: Command, args: Args) -> None:
    """Operands are pathspecs of which names are printed."""
    command.here()
    for word in args.operands:
        pathspec(command, "read", word)


def _named_tree(command: Command, args: Args) -> None:
    """A revision, then paths in it."""
    command.here()
    for index, word in enumerate(args.operands):
        if index or ":" in word.value or word.dynamic:
            revision_or_path(command, word)


def _diff(command: Command, args: Args) -> None:
    if not args.has("--no-index"):
        revisions_and_paths(command, args)
    for word in args.operands:
        # With a path outside the work tree git compares plain files, as if `--no-index` were given. The author of a
        # rule `git diff *` means the repository, so these reads need a path rule.
        outside = word.value.startswith("/") or ".." in word.value.split("/")
        if word.value != "-" and (outside or args.has("--no-index")):
            command.path("read", word, recursive=True, via="--no-index")


def _grep(command: Command, args: Args) -> None:
    """`git grep PATTERN [REV…] [--] [PATH…]`: with no path the whole tree is searched."""
    operands = args.operands if args.has("-e", "-f") else args.operands[1:]
    paths = [word for word in operands if word.value not in {"(", ")"}]
    if not paths:
        command.here(recursive=True)
        return
    command.here()
    for word in paths:
        if word.dynamic or (":" in word.value and word.value[0] != ":"):
            revision_or_path(command, word)
        pathspec(command, "read", word, recursive=True)


def _blob(command: Command, args: Args) -> None:
    """`git cat-file`: an object by id has a path that only the repository knows."""
    command.here()
    if args.has("-t", "-s", "-e", "--batch-check"):
        return
    if args.has("--batch", "--batch-command"):
        command.path("read", Word(DYNAMIC, command.span))
    for value in args.values("--path"):
        command.path("read", value)
    for word in args.operands:
        if word.value in {"blob", "tree", "commit", "tag"}:
            continue
        if ":" in word.value or word.dynamic:
            revision_or_path(command, word)
        elif not word.value.startswith("HEAD"):
            command.path("read", word._replace(value=DYNAMIC))


def _blame(command: Command, args: Args) -> None:
    command.here()
    for word in args.operands:
        revision_or_path(command, word)


def _signature(command: Command, _args: Args) -> None:
    command.here()
    gpg(command)


def _archive(command: Command, args: Args) -> None:
    formats = {value.value for value in args.values("--format")}
    if not formats <= {"tar", "zip", "tgz", "tar.gz"}:
        command.opaque("an archive format runs the program that the configuration names", via="--format")
    if args.has("--remote"):
        return
    command.here(recursive=not args.has("-l"))
    for word in args.operands[1:]:
        pathspec(command, "read", word, recursive=True)


def _ls_files(command: Command, args: Args) -> None:
    _named_paths(command, args)
    for value in args.values("--exclude-per-directory"):
        command.path("read", value)


def _fsck(command: Command, args: Args) -> None:
    command.here("write" if args.has("--lost-found") else "read")


def _reflog(command: Command, words: list[Word]) -> None:
    from callgate.shell.programs.git_history import reflog_change  # noqa: PLC0415 - only when it is asked for
    from callgate.shell.programs.spec import apply  # noqa: PLC0415 - beside its only use

    name = words[0].value if words else ""
    if name in {"expire", "delete"}:
        reflog_change(command, name)
    elif name in {"exists", "list"}:
        command.here()
    elif words and words[0].dynamic:
        command.unknown = "a subcommand of `git reflog` that only the shell knows"
    else:
        apply(_SHOW, command, words[1:] if name == "show" else words)


_SHOW = Program(_LOG, revisions_and_paths, numeric=True)
_DIFF_TABLE = table("--cached,--staged --merge-base --no-index --base --ours --theirs -0 -1 -2 -3 -q", base=table(DIFF))
_TREE_TABLE = log_table("--cached --stdin --always -v --no-commit-id --base --ours --theirs -0 -1 -2 -3 -q")
_BLAME_TABLE = log_table("""
    --incremental -b --root --show-stats --progress --score-debug -f,--show-name -n,--show-number -p,--porcelain
    --line-porcelain -c -t -l -s -e,--show-email -w --ignore-rev: --ignore-revs-file:read --color-lines --color-by-age
    --minimal -S:read --contents:read -C? -M? -L: --abbrev? --reverse --first-parent --diff-algorithm:
    """)

_METADATA = """
describe rev-parse name-rev merge-base for-each-ref show-ref count-objects cherry var show-branch check-ignore
check-attr check-ref-format check-mailmap version stripspace column get-tar-commit-id
"""

SUBCOMMANDS: Mapping[str, Subcommand] = {
    "log": _SHOW,
    "show": _SHOW,
    "whatchanged": _SHOW,
    "reflog": _reflog,
    "rev-list": _SHOW,
    "diff": Program(_DIFF_TABLE, _diff),
    "diff-files": Program(_TREE_TABLE, revisions_and_paths),
    "diff-index": Program(_TREE_TABLE, revisions_and_paths),
    "diff-tree": Program(_TREE_TABLE, revisions_and_paths),
    "range-diff": Program(
        log_table("--creation-factor: --no-dual-color --dual-color --notes? --left-only --right-only"),
        revisions_and_paths,
    ),
    "shortlog": Program(
        log_table("-c,--committer -n,--numbered -s,--summary -e,--email -w? --group:"), revisions_and_paths
    ),
    "blame": Program(_BLAME_TABLE, _blame),
    "annotate": Program(_BLAME_TABLE, _blame),
    "grep": Program(
        table("""
        --cached --no-index --untracked --exclude-standard --recurse-submodules -v,--invert-match -i,--ignore-case
        -w,--word-regexp -a,--text -I --textconv!runs_the_configured_text_converters -r,--recursive --max-depth:
        -E,--extended-regexp -G,--basic-regexp -F,--fixed-strings -P,--perl-regexp -n,--line-number --column -h -H
        --full-name -l,--files-with-matches,--name-only -L,--files-without-match -z,--null -o,--only-matching
        -c,--count --color? --break --heading -C,--context: -B,--before-context: -A,--after-context: --threads:
        -p,--show-function -W,--function-context -f:read -e: --and --or --not -q,--quiet --all-match
        -O,--open-files-in-pager!opens_files_in_a_pager --ext-grep -m,--max-count: --debug
        """),
        _grep,
        numeric=True,
    ),
    "status": Program(
        table("""
        -v,--verbose -s,--short -b,--branch --show-stash --ahead-behind --porcelain? --long -z,--null
        -u,--untracked-files? --ignored? --ignore-submodules? --column? --renames -M,--find-renames?
        """),
        _named_paths,
    ),
    "ls-files": Program(
        table("""
        -z -t -v -f -c,--cached -d,--deleted -m,--modified -o,--others -i,--ignored -s,--stage -k,--killed --directory
        --eol --empty-directory -u,--unmerged --resolve-undo -x,--exclude: -X,--exclude-from:read
        --exclude-per-directory: --exclude-standard --full-name --recurse-submodules --error-unmatch --with-tree:
        --abbrev? --debug --deduplicate --sparse --format:
        """),
        _ls_files,
    ),
    "ls-tree": Program(
        table("""
        -d -r -t -z -l,--long --name-only --name-status --object-only --full-name --full-tree --format: --abbrev?
        """),
        _named_tree,
    ),
    "cat-file": Program(
        table("""
        -e -p -t -s --allow-unknown-type --use-mailmap --mailmap --batch? --batch-check? --batch-command?
        --batch-all-objects -z -Z --buffer --follow-symlinks --unordered --path:
        --textconv!runs_the_configured_text_converters --filters!runs_the_configured_filters --filter:
        """),
        _blob,
    ),
    "verify-commit": Program(table("-v,--verbose --raw"), _signature),
    "verify-tag": Program(table("-v,--verbose --raw --format:"), _signature),
    "archive": Program(
        table("""
        --format: --prefix: --add-file:read --add-virtual-file: -o,--output:write --worktree-attributes --mtime:
        -v,--verbose -0 -1 -2 -3 -4 -5 -6 -7 -8 -9 -l,--list --remote!network --exec!runs_on_the_remote
        """),
        _archive,
    ),
    "fsck": Program(
        table("""
        -v,--verbose --unreachable --dangling --tags --root --cache --reflogs --full --connectivity-only --strict
        --lost-found --progress --name-objects --references
        """),
        _fsck,
    ),
    "help": Program(
        table(
            "-a,--all -c,--config -g,--guides -v,--verbose -i,--info -m,--man -w,--web!opens_a_browser "
            "--external-commands --aliases --user-interfaces --developer-interfaces"
        ),
        lambda command, _: command.here(),
    ),
    "verify-pack": Program(table("-v,--verbose -s,--stat-only --object-format:"), _named_paths),
    **dict.fromkeys(_METADATA.split(), _prints_metadata),
}
