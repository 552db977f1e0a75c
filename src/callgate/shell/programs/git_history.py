"""git's subcommands that change history, refs, the index or the stash."""

from __future__ import annotations

from typing import Mapping

from callgate.shell.command import Command
from callgate.shell.programs.git_common import (
    acting_table,
    changes_repository,
    changes_tree,
    editor,
    gpg,
    hooks,
    log_table,
    loses_work,
    pathspec,
    revisions_and_paths,
    table,
)
from callgate.shell.programs.git_read import Subcommand
from callgate.shell.programs.spec import Args, Operands, Program, apply
from callgate.shell.words import Word

_STRATEGIES = frozenset(["ours", "recursive", "ort", "resolve", "octopus", "subtree"])
_SEQUENCE = """
--quit --continue --abort --skip --cleanup: -n,--no-commit -e,--edit -s,--signoff -m,--mainline: --rerere-autoupdate
--strategy: -X,--strategy-option: -S,--gpg-sign? -x --ff --allow-empty --allow-empty-message --keep-redundant-commits
--commit --reference --empty:
"""
_PATHS_FROM_FILE = "--pathspec-from-file:list --pathspec-file-nul"


def _staged(command: Command, args: Args) -> None:
    """Paths whose content goes into the index: it can be shown from there, so that is a read."""
    if args.has("-e", "-i", "-p"):
        editor(command, via="-e" if args.has("-e") else "")
    changes_repository(command)
    for word in args.operands:
        if word.value in {".", "./"}:
            command.here()
        else:
            pathspec(command, "read", word)


def _commit(command: Command, args: Args) -> None:
    _staged(command, args)
    hooks(command)
    if args.has("-S"):
        gpg(command)
    if not args.has("-m", "-F", "-C", "--fixup", "--no-edit", "--dry-run"):
        editor(command)


def _strategy(command: Command, args: Args) -> None:
    for value in args.values("-s", "--strategy"):
        if value.value not in _STRATEGIES:
            command.opaque(f"strategy `{value.value}` runs the program `git-merge-{value.value}`", via="--strategy")


def integrates(command: Command, args: Args) -> None:
    """Bring other commits into the working tree (merge, pull): its files change, drivers and hooks run."""
    _strategy(command, args)
    changes_tree(command)
    hooks(command)
    if args.has("-S"):
        gpg(command)
    if args.has("-e", "--edit"):
        editor(command)


def _rebase(command: Command, args: Args) -> None:
    integrates(command, args)
    if args.has("-i", "--edit-todo"):
        editor(command)


def _reset(command: Command, args: Args) -> None:
    hard = [given.option.name for given in args.given if given.option.name in {"--hard", "--merge", "--keep"}]
    if not hard:
        changes_repository(command)
        return
    changes_tree(command)
    for mode in hard:
        if mode != "--keep":
            loses_work(command, f"`git reset {mode}` throws uncommitted changes away", mode)


def _changes(command: Command, _args: Args) -> None:
    changes_repository(command)


def _am(command: Command, args: Args) -> None:
    integrates(command, args)
    for word in args.operands:
        command.path("read", word, recursive=True)


def _apply(command: Command, args: Args) -> None:
    for word in args.operands:
        if word.value != "-":
            command.path("read", word)
    if not args.has("--stat", "--numstat", "--summary", "--check") or args.has("--apply"):
        changes_tree(command)


def _format_patch(command: Command, args: Args) -> None:
    revisions_and_paths(command, args)
    folders = args.values("-o")
    for folder in folders:
        command.path("write", folder, recursive=True, via="--output-directory")
    if not folders and not args.has("--stdout"):
        command.here("write")


# Branches, tags, notes.


def _branch(command: Command, args: Args) -> None:
    command.here()
    lost = [given.option.name for given in args.given if given.option.name in {"-D", "-M", "-C", "-f"}]
    for option in lost:
        loses_work(command, "commits that no other branch holds", option)
    if args.has("--edit-description"):
        editor(command)
    changing = args.has("-d", "-m", "-c", "-u", "--unset-upstream", "--edit-description") or lost
    listing = args.has("-l", "--contains", "--no-contains", "--merged", "--no-merged", "--points-at", "--show-current")
    if changing or (args.operands and not listing):
        changes_repository(command)


def _tag(command: Command, args: Args) -> None:
    command.here()
    if args.has("-v"):
        gpg(command)
        return
    listing = args.has("-l", "-n", "--contains", "--no-contains", "--merged", "--no-merged", "--points-at")
    if args.has("-d", "-f"):
        loses_work(command, "what only the tag held", "-d" if args.has("-d") else "-f")
    elif listing or not args.operands:
        return
    changes_repository(command)
    if args.has("-s", "-u"):
        gpg(command)
    if args.has("-e") or (args.has("-a", "-s", "-u") and not args.has("-m", "-F")):
        editor(command, via="-e" if args.has("-e") else "")


def _notes_change(command: Command, args: Args) -> None:
    changes_repository(command)
    if args.has("-c") or not args.has("-m", "-F", "-C"):
        editor(command)


def _symbolic_ref(command: Command, args: Args) -> None:
    command.here()
    if len(args.operands) != 1 or args.has("-d"):
        changes_repository(command)


def _update_ref(command: Command, args: Args) -> None:
    changes_repository(command)
    hooks(command)
    if args.has("-d"):
        loses_work(command, "what only the ref held", "-d")


# The stash.


def _stash_in(command: Command, args: Args) -> None:
    changes_tree(command)
    for word in args.operands:
        pathspec(command, "write", word, recursive=True)


def _stash_out(command: Command, _args: Args) -> None:
    changes_tree(command)
    hooks(command)


def _loses(what: str, via: str) -> Operands:
    """Return the meaning of operands of a subcommand that throws something away."""

    def operands(command: Command, _args: Args) -> None:
        changes_repository(command)
        loses_work(command, what, via)

    return operands


def _stash(command: Command, words: list[Word]) -> None:
    name = words[0].value if words else "push"
    if name.startswith("-"):
        apply(_STASHES["push"], command, words)
        return
    stash = None if words and words[0].dynamic else _STASHES.get(name)
    if stash is None:
        command.unknown = f"subcommand `{name}` of `git stash` is not known"
        return
    apply(stash, command, words[1:])


_PUSH = f"""
-k,--keep-index -S,--staged -p,--patch -q,--quiet -u,--include-untracked -a,--all -m,--message: {_PATHS_FROM_FILE}
"""
_STASHES: Mapping[str, Program] = {
    "push": Program(acting_table(_PUSH), _stash_in),
    # The words of `save` are its message.
    "save": Program(acting_table(_PUSH), lambda command, _: changes_tree(command)),
    "pop": Program(acting_table("-q,--quiet --index"), _stash_out),
    "apply": Program(acting_table("-q,--quiet --index"), _stash_out),
    "branch": Program(acting_table(""), _stash_out),
    "drop": Program(acting_table("-q,--quiet"), _loses("the stashed changes", "drop")),
    "clear": Program(acting_table(""), _loses("all stashed changes", "clear")),
    "create": Program(acting_table(""), _changes),
    "store": Program(acting_table("-q,--quiet -m,--message:"), _changes),
    "list": Program(log_table(), revisions_and_paths, numeric=True),
    "show": Program(log_table("-u,--include-untracked --only-untracked"), revisions_and_paths),
}


def reflog_change(command: Command, name: str) -> None:
    """Note `git reflog expire` and `git reflog delete`: the last way back to lost commits goes."""
    changes_repository(command)
    loses_work(command, "the way back to earlier commits", name)


def _filter_branch(command: Command, _words: list[Word]) -> None:
    changes_tree(command)
    loses_work(command, "the history is rewritten", "filter-branch")
    command.opaque("the filters of `git filter-branch` are shell code", via="filter-branch")


def _filter_repo(command: Command, words: list[Word]) -> None:
    """`git filter-repo`, a program of its own: callbacks in its options are Python."""
    changes_tree(command)
    if not any(word.value in {"--analyze", "--dry-run", "-h", "--help", "--version"} for word in words):
        loses_work(command, "the history is rewritten", "filter-repo")
    command.opaque("the callbacks of `git filter-repo` are code", via="filter-repo")


def _lfs(command: Command, words: list[Word]) -> None:
    """`git lfs`, a program of its own; of its subcommands only the one that deletes is looked at."""
    name = words[0].value if words else ""
    if name != "prune":
        command.unknown = f"`git lfs {name}` is not known"
        return
    changes_repository(command)
    if not any(word.value in {"-d", "--dry-run"} for word in words[1:]):
        loses_work(command, "local copies of large files that may not be on the remote", "prune")


def _checkout_index(command: Command, words: list[Word]) -> None:
    """`git checkout-index` writes files from the index, with `-f` over those that are there."""
    command.unknown = "`git checkout-index` is not known"
    if any(
        word.value == "--force" or (word.value[:1] == "-" != word.value[1:2] and "f" in word.value) for word in words
    ):
        loses_work(command, "uncommitted changes", "-f")


def _read_tree(command: Command, words: list[Word]) -> None:
    """`git read-tree` fills the index, with `--reset -u` the working tree as well."""
    command.unknown = "`git read-tree` is not known"
    if any(word.value == "--reset" for word in words):
        loses_work(command, "uncommitted changes", "--reset")


def _gc(command: Command, args: Args) -> None:
    changes_repository(command)
    if args.has("--prune"):
        loses_work(command, "commits that no ref holds", "--prune")


_COMMIT_MESSAGE = "-m,--message: -F,--file:read -c,--reedit-message: -C,--reuse-message:"
_NOTES: Mapping[str, Program] = {
    "list": Program(acting_table(""), lambda command, _: command.here()),
    "show": Program(acting_table(""), lambda command, _: command.here()),
    "get-ref": Program(acting_table(""), lambda command, _: command.here()),
    **dict.fromkeys(("add", "append", "edit"), Program(
        acting_table(f"{_COMMIT_MESSAGE} --allow-empty -f,--force --separator? --stripspace"), _notes_change)),
    "copy": Program(acting_table("-f,--force"), _changes),
    "remove": Program(acting_table("--ignore-missing"), _loses("the note", "remove")),
}  # fmt: skip

_ADD = Program(table(f"""
    -n,--dry-run -v,--verbose -i,--interactive -p,--patch -e,--edit -f,--force -u,--update --renormalize
    -N,--intent-to-add -A,--all --ignore-removal --refresh --ignore-errors --ignore-missing --sparse --chmod:
    --warn-embedded-repo {_PATHS_FROM_FILE}
    """), _staged)  # fmt: skip
SUBCOMMANDS: Mapping[str, Subcommand] = {
    "add": _ADD,
    "stage": _ADD,
    "commit": Program(table(f"""
        -q,--quiet -v,--verbose {_COMMIT_MESSAGE} --author: --date: --fixup: --squash: --reset-author --trailer:
        -s,--signoff -t,--template:read -e,--edit --no-edit --cleanup: --status -S,--gpg-sign? -a,--all -i,--include
        --interactive -p,--patch -o,--only -n,--no-verify --verify --dry-run --short --branch --ahead-behind --porcelain
        --long -z,--null --amend --no-post-rewrite -u,--untracked-files? --allow-empty --allow-empty-message
        {_PATHS_FROM_FILE}
        """), _commit),
    "merge": Program(acting_table("""
        -n --stat --no-stat --summary --no-summary --log? --squash --commit -e,--edit --no-edit --cleanup: --ff
        --ff-only --rerere-autoupdate --verify-signatures -s,--strategy: -X,--strategy-option: -m,--message:
        -F,--file:read --into-name: -v,--verbose -q,--quiet --abort --quit --continue
        --allow-unrelated-histories --progress
        -S,--gpg-sign? --autostash --overwrite-ignore --signoff --no-verify --verify --compact-summary
        """), integrates),
    "rebase": Program(acting_table("""
        --onto: --keep-base --no-verify --verify -q,--quiet -v,--verbose -n,--no-stat --stat --signoff
        --committer-date-is-author-date --reset-author-date --ignore-date -C: --ignore-whitespace --whitespace:
        -f,--force-rebase --ff --no-ff --continue --skip --abort --quit --edit-todo --show-current-patch --apply
        -m,--merge -i,--interactive --rerere-autoupdate --empty: -k,--keep-empty --autosquash --update-refs
        -S,--gpg-sign? --autostash -x,--exec:shell --allow-empty-message -r,--rebase-merges? --fork-point
        -s,--strategy: -X,--strategy-option: --root --reschedule-failed-exec --reapply-cherry-picks --trailer:
        """), _rebase),
    "cherry-pick": Program(acting_table(_SEQUENCE), integrates),
    "revert": Program(acting_table(_SEQUENCE), integrates),
    "reset": Program(acting_table(f"""
        -q,--quiet --refresh --mixed --soft --hard --merge --keep --recurse-submodules? -p,--patch -N,--intent-to-add
        {_PATHS_FROM_FILE}
        """), _reset),
    "am": Program(acting_table("""
        -i,--interactive -b,--binary -3,--3way -q,--quiet -s,--signoff -u,--utf8 -k,--keep --keep-non-patch
        -m,--message-id --keep-cr -c,--scissors --quoted-cr: --whitespace: --ignore-space-change --ignore-whitespace
        --directory: --exclude: --include: -C: -p: --patch-format: --reject --resolvemsg: --continue -r,--resolved
        --skip --abort --quit --show-current-patch? --allow-empty --committer-date-is-author-date --ignore-date
        --rerere-autoupdate -S,--gpg-sign? --empty: --retry -n,--no-verify --verify
        """), _am),
    "apply": Program(acting_table("""
        --exclude: --include: -p: --no-add --stat --numstat --summary --check --index -N,--intent-to-add --cached
        --unsafe-paths!may_write_outside_the_working_tree --apply -3,--3way --build-fake-ancestor:write -z -C:
        --whitespace: --ignore-space-change --ignore-whitespace -R,--reverse --unidiff-zero --reject --allow-overlap
        -v,--verbose -q,--quiet --inaccurate-eof --recount --directory: --allow-empty --allow-binary-replacement
        --binary --ours --theirs --union
        """), _apply),
    "format-patch": Program(log_table("""
        -n,--numbered -N,--no-numbered -s,--signoff --stdout --cover-letter --cover-from-description: --numbered-files
        --suffix: --start-number: -v,--reroll-count: --filename-max-length: --rfc? --subject-prefix:
        -o,--output-directory: -k,--keep-subject --no-binary --zero-commit --ignore-if-in-upstream -p,--no-stat
        --add-header: --to: --cc: --from? --in-reply-to: --attach? --inline? --thread? --signature: --base:
        --signature-file:read --description-file:read --progress --interdiff: --range-diff: --creation-factor:
        --force-in-body-from --encode-email-headers --always
        """), _format_patch, numeric=True),
    "branch": Program(acting_table("""
        -v,--verbose -q,--quiet -t,--track? -u,--set-upstream-to: --unset-upstream --color? -r,--remotes --contains:
        --no-contains: --with: --without: --abbrev? -a,--all -d,--delete -D -m,--move -M -c,--copy -C -l,--list
        --show-current --create-reflog --edit-description -f,--force --merged: --no-merged: --column? --sort:
        --points-at: -i,--ignore-case --recurse-submodules --format: --omit-empty
        """), _branch),
    "tag": Program(acting_table("""
        -l,--list -n? -d,--delete -v,--verify -a,--annotate -m,--message: -F,--file:read -e,--edit -s,--sign --cleanup:
        -u,--local-user: -f,--force --create-reflog --column? --contains: --no-contains: --with: --without: --merged:
        --no-merged: --sort: --points-at: --format: --color? -i,--ignore-case --trailer: --omit-empty
        """), _tag),
    "notes": Program(acting_table("--ref:"), subcommands=_NOTES, bare=lambda command, _: command.here()),
    "stash": _stash,
    "update-ref": Program(
        acting_table("-d -m: --create-reflog --no-deref --deref -z --stdin!takes_refs_from_standard_input"), _update_ref
    ),
    "symbolic-ref": Program(acting_table("-q,--quiet -d,--delete --short --recurse -m:"), _symbolic_ref),
    "filter-branch": _filter_branch,
    "filter-repo": _filter_repo,
    "lfs": _lfs,
    "checkout-index": _checkout_index,
    "read-tree": _read_tree,
    "gc": Program(acting_table("-q,--quiet --prune? --cruft --aggressive --auto --detach --force --keep-largest-pack"),
                  _gc),
    "prune": Program(acting_table("-n,--dry-run -v,--verbose --progress --expire: --exclude-promisor-objects"),
                     _loses("commits that no ref holds", "prune")),
    "pack-refs": Program(acting_table("--all --prune --auto --include: --exclude:"), _changes),
    "write-tree": Program(acting_table("--missing-ok --prefix:"), _changes),
    "update-index": Program(acting_table("--refresh --really-refresh -q --assume-unchanged --no-assume-unchanged "
                                  "--skip-worktree --no-skip-worktree --add --remove --chmod: --again --verbose"),
                            _staged),
    "rerere": Program(acting_table("--rerere-autoupdate"), lambda command, _: changes_tree(command)),
}  # fmt: skip
