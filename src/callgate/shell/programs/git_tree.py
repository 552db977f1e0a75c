"""git's subcommands that change files of the working tree: checkout, restore, clean, worktrees, submodules, bisect."""

from __future__ import annotations

from typing import Mapping

from callgate.shell.command import Command
from callgate.shell.programs.git_common import (
    acting_table,
    changes_repository,
    changes_tree,
    hooks,
    is_surely_revision,
    loses_work,
    pathspec,
    remote,
)
from callgate.shell.programs.git_read import Subcommand
from callgate.shell.programs.spec import Args, Program, apply, parse
from callgate.shell.words import Word

_PATHS_FROM_FILE = "--pathspec-from-file:list --pathspec-file-nul"
_CHECKOUT = Program(acting_table(f"""
    -b: -B: -l --guess --overlay -q,--quiet --recurse-submodules? --progress -m,--merge --conflict: -d,--detach
    -t,--track? -f,--force --orphan: --overwrite-ignore --ignore-other-worktrees -2,--ours -3,--theirs -p,--patch
    --ignore-skip-worktree-bits {_PATHS_FROM_FILE}
    """))  # fmt: skip


def _checkout(command: Command, words: list[Word]) -> None:
    """`git checkout BRANCH`, `git checkout [REV] [--] PATH…`: the second form overwrites without asking."""
    apply(_CHECKOUT, command, words)
    args = parse(_CHECKOUT, Command(command.words, command.span, command.cwds, command.home), words)
    hooks(command)
    if args.has("-f"):
        loses_work(command, "uncommitted changes", "-f")
    paths = _checkout_paths(args, any(word.value == "--" for word in words))
    for word in paths:
        pathspec(command, "write", word, recursive=True)
        if word.value != ".":
            # The content comes from the repository: whoever may not read the file may not fetch it from there.
            pathspec(command, "read", word)
    if paths or args.has("-p", "--pathspec-from-file"):
        separated = any(word.value == "--" for word in words)
        _overwrites(command, args, paths, "checkout", "--" if separated else _whole(paths) or "checkout")
    if not paths or args.has("-p"):
        changes_tree(command)
    elif len(args.operands) == 1 and not any(word.value == "--" for word in words):
        # It may be a branch after all.
        changes_tree(command)


def _overwrites(command: Command, args: Args, paths: list[Word], name: str, via: str) -> None:
    """Note that paths are overwritten: files that are named one by one are less than a tree, or what a list holds."""
    files = paths and not args.has("-p", "--pathspec-from-file") and all(_names_a_file(word) for word in paths)
    if files:
        command.add("system", f"`git {name}` overwrites uncommitted changes of the named files", via=name)
    else:
        what = "of paths " if name == "checkout" else ""
        loses_work(command, f"`git {name}` {what}overwrites uncommitted changes", via)


def _names_a_file(word: Word) -> bool:
    """Whether *word* names one file, as far as its look says: `src/a.py` and not `src`, which is a tree or a branch."""
    name = word.value.rpartition("/")[2]
    return not (word.dynamic or word.glob or set(word.value) & set("*?[:")) and "." in name.strip(".")


def _whole(paths: list[Word]) -> str:
    """Return the operand that stands for the whole tree: who allows `git restore *` hardly means `git restore .`."""
    return next((word.value for word in paths if word.value in {".", "./", ":/", ":", "*", ".."}), "")


def _checkout_paths(args: Args, separated: bool) -> list[Word]:
    operands = args.operands
    if args.has("-b", "-B", "--orphan", "-d", "-t"):
        return []
    if separated:
        # Only the last of the words before `--` can be a revision, and then it is the first operand.
        return operands[1:] if len(operands) > 1 and is_surely_revision(operands[0]) else operands
    if len(operands) == 1 and is_surely_revision(operands[0]):
        return []
    return operands[1:] if len(operands) > 1 and is_surely_revision(operands[0]) else operands


def _switch(command: Command, args: Args) -> None:
    changes_tree(command)
    hooks(command)
    for option in ("--discard-changes", "-f"):
        if args.has(option):
            loses_work(command, "uncommitted changes", option)


def _restore(command: Command, args: Args) -> None:
    if args.has("-S") and not args.has("-W"):
        changes_repository(command)
        return
    for word in args.operands:
        pathspec(command, "write", word, recursive=True)
        if word.value != ".":
            pathspec(command, "read", word)
    if not args.operands:
        changes_tree(command)
    _overwrites(command, args, args.operands, "restore", _whole(args.operands) or "restore")


def _clean(command: Command, args: Args) -> None:
    if args.has("-n"):
        command.here()
        return
    for word in args.operands:
        pathspec(command, "delete", word, recursive=True)
    if not args.operands:
        command.here("delete", recursive=True)
    loses_work(command, "`git clean` deletes files that git does not know", "clean")


def _rm(command: Command, args: Args) -> None:
    if args.has("-n"):
        command.here()
        return
    changes_repository(command)
    if args.has("--cached"):
        return
    for word in args.operands:
        pathspec(command, "delete", word, recursive=args.has("-r"))
    if args.has("-f"):
        loses_work(command, "changes that are not committed", "-f")


def _mv(command: Command, args: Args) -> None:
    if args.has("-n"):
        command.here()
        return
    for word in args.operands[:-1]:
        command.path("read", word, recursive=True)
        command.path("delete", word, recursive=True)
    for word in args.operands[-1:]:
        command.path("write", word, recursive=True)
    if args.has("-f"):
        loses_work(command, "the file that is overwritten", "-f")


def _init(command: Command, args: Args) -> None:
    for value in args.values("--separate-git-dir"):
        command.path("write", value, recursive=True, via="--separate-git-dir")
    for word in args.operands:
        command.path("write", word)
    if not args.operands:
        command.here("write")


# Worktrees, submodules, bisect.


def _worktree_add(command: Command, args: Args) -> None:
    changes_repository(command)
    hooks(command)
    for word in args.operands[:1]:
        command.path("write", word, recursive=True)


def _worktree_remove(command: Command, args: Args) -> None:
    for word in args.operands:
        command.path("delete", word, recursive=True)
    if args.has("-f"):
        loses_work(command, "changes in the removed worktree", "-f")


def _worktree_move(command: Command, args: Args) -> None:
    for word in args.operands[:1]:
        command.path("delete", word, recursive=True)
    for word in args.operands[1:]:
        command.path("write", word, recursive=True)


def _changes(command: Command, _args: Args) -> None:
    changes_repository(command)


def _looks(command: Command, _args: Args) -> None:
    command.here()


def _submodule_add(command: Command, args: Args) -> None:
    changes_tree(command)
    remote(command, args.operands[0] if args.operands else None)
    hooks(command)


def _submodule_update(command: Command, args: Args) -> None:
    changes_tree(command)
    remote(command, None)
    hooks(command)
    if args.has("-f"):
        loses_work(command, "changes in submodules", "-f")


def _foreach(command: Command, _args: Args) -> None:
    command.opaque("`git submodule foreach` runs a command in other directories", via="foreach")


def _bisect(command: Command, words: list[Word]) -> None:
    name = words[0].value if words else "help"
    if name in {"log", "terms", "help"}:
        command.here()
    elif name in {"start", "bad", "good", "new", "old", "skip", "next", "reset"}:
        changes_tree(command)
        hooks(command)
    elif name == "run" and len(words) > 1:
        changes_tree(command)
        hooks(command)
        command.run(words[1:], "git bisect run")
    elif name == "replay":
        for word in words[1:]:
            command.path("read", word)
        command.opaque("`git bisect replay` runs the lines of a file", via="replay")
    else:
        command.unknown = f"subcommand `{name}` of `git bisect` is not known"


_WORKTREE: Mapping[str, Program] = {
    "list": Program(acting_table("--porcelain -v,--verbose --expire: -z"), _looks),
    "add": Program(acting_table("-f,--force -b: -B: -d,--detach --checkout --lock --reason: -q,--quiet --track "
                         "--guess-remote --orphan --relative-paths"), _worktree_add),
    "remove": Program(acting_table("-f,--force"), _worktree_remove),
    "move": Program(acting_table("-f,--force --relative-paths"), _worktree_move),
    "lock": Program(acting_table("--reason:"), _changes),
    "unlock": Program(acting_table(""), _changes),
    "prune": Program(acting_table("-n,--dry-run -v,--verbose --expire:"), _changes),
    "repair": Program(acting_table("--relative-paths"), _changes),
}  # fmt: skip
_SUBMODULE: Mapping[str, Program] = {
    "status": Program(acting_table("--cached --recursive -q,--quiet"), _looks),
    "summary": Program(acting_table("--cached --files --for-status -n,--summary-limit:"), _looks),
    "init": Program(acting_table("-q,--quiet"), _changes),
    "sync": Program(acting_table("--recursive -q,--quiet"), _changes),
    "absorbgitdirs": Program(acting_table("-q,--quiet"), _changes),
    "set-branch": Program(acting_table("-b,--branch: -d,--default -q,--quiet"), _changes),
    "add": Program(acting_table("-b,--branch: -f,--force -q,--quiet --name: --reference:read --depth: --progress"),
                   _submodule_add),
    "set-url": Program(acting_table("-q,--quiet"), lambda command, args: _submodule_add(
        command, _only_last(args))),
    "deinit": Program(acting_table("-f,--force --all -q,--quiet"), _submodule_update),
    "update": Program(acting_table("--init --remote -N,--no-fetch --no-recommend-shallow --recommend-shallow "
                            "-f,--force --checkout --rebase --merge --reference:read --recursive --depth: -j,--jobs: "
                            "--single-branch --progress -q,--quiet --filter: --dissociate --require-init"),
                      _submodule_update),
    "foreach": Program(acting_table("--recursive -q,--quiet"), _foreach, posix=True),
}  # fmt: skip


def _only_last(args: Args) -> Args:
    """Return the address of `git submodule set-url PATH URL` as the first operand."""
    last = Args()
    last.operands = args.operands[-1:]
    return last


SUBCOMMANDS: Mapping[str, Subcommand] = {
    "checkout": _checkout,
    "switch": Program(acting_table("""
        -c,--create: -C,--force-create: --guess --discard-changes -q,--quiet --recurse-submodules? --progress -m,--merge
        --conflict: -d,--detach -t,--track? -f,--force --orphan: --overwrite-ignore --ignore-other-worktrees
        """), _switch),
    "restore": Program(acting_table(f"""
        -s,--source: -S,--staged -W,--worktree --ignore-unmerged --overlay -q,--quiet --recurse-submodules? --progress
        -m,--merge --conflict: -2,--ours -3,--theirs -p,--patch --ignore-skip-worktree-bits {_PATHS_FROM_FILE}
        """), _restore),
    "clean": Program(
        acting_table("-q,--quiet -n,--dry-run -f,--force -i,--interactive -d -e,--exclude: -x -X"), _clean
    ),
    "rm": Program(acting_table(f"""
        -n,--dry-run -q,--quiet --cached -f,--force -r --ignore-unmatch --sparse {_PATHS_FROM_FILE}
        """), _rm),
    "mv": Program(acting_table("-v,--verbose -n,--dry-run -f,--force -k --sparse"), _mv),
    "init": Program(acting_table("""
        -q,--quiet --bare --template!copies_hooks_from_a_directory --separate-git-dir: --object-format: --ref-format:
        -b,--initial-branch: --shared?
        """), _init),
    "worktree": Program(acting_table(""), subcommands=_WORKTREE),
    "submodule": Program(acting_table("-q,--quiet --cached"), subcommands=_SUBMODULE, bare=_looks),
    "bisect": _bisect,
    "sparse-checkout": Program(acting_table(""), subcommands={
        "list": Program(acting_table(""), _looks),
        **dict.fromkeys(("init", "set", "add", "reapply", "disable"), Program(
            acting_table("--cone --sparse-index --stdin --skip-checks"), lambda command, _: changes_tree(command))),
    }),
}  # fmt: skip
