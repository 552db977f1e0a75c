"""What git's subcommands share: option tables of diff and log, revisions, pathspecs, remotes and notes on effects."""

from __future__ import annotations

import re

from callgate.core.model import DYNAMIC, Operation, OperationKind
from callgate.shell.command import Command
from callgate.shell.programs.hosts import note_url
from callgate.shell.programs.lazy import LazyTable
from callgate.shell.programs.spec import DANGER, FLAG, Args, Option, Table, options
from callgate.shell.words import Word

DIFF = """
-p,-u,--patch -s,--no-patch -U,--unified? -W,--function-context --raw --patch-with-raw --patch-with-stat --numstat
--shortstat -X,--dirstat? --cumulative --dirstat-by-file? --check --summary --no-summary --name-only --name-status
--stat? --no-stat --stat-width: --stat-name-width: --stat-graph-width: --stat-count: --compact-summary --binary
--full-index --color? --ws-error-highlight: -z --abbrev? --src-prefix: --dst-prefix: --line-prefix: --no-prefix
--default-prefix --inter-hunk-context: --output-indicator-new: --output-indicator-old: --output-indicator-context:
-B,--break-rewrites? -M,--find-renames? -D,--irreversible-delete -C,--find-copies? --find-copies-harder --no-renames
--rename-empty --follow -l: --minimal -w,--ignore-all-space -b,--ignore-space-change --ignore-space-at-eol
--ignore-cr-at-eol --ignore-blank-lines -I,--ignore-matching-lines: --indent-heuristic --patience --histogram
--diff-algorithm: --anchored: --word-diff? --word-diff-regex: --color-words? --color-moved? --color-moved-ws:
--relative? -a,--text -R --exit-code --quiet --ext-diff!runs_the_configured_diff_programs
--textconv!runs_the_configured_text_converters --ignore-submodules? --submodule? --ita-invisible-in-index
--ita-visible-in-index -S: -G: --pickaxe-all --pickaxe-regex -O:read --rotate-to: --skip-to: --find-object:
--diff-filter: --output:write --cc -c -m -t -r --root --combined-all-paths --diff-merges: --no-diff-merges --dd
--remerge-diff
"""
"""Options of every command that prints differences; `git diff` parses them, so abbreviations and `--no-` forms work."""

REVISIONS = """
-n,--max-count: --skip: --since,--after: --until,--before: --since-as-filter: --max-age: --min-age: --author:
--committer: --grep-reflog: --grep: --all-match --invert-grep -i,--regexp-ignore-case --basic-regexp
-E,--extended-regexp -F,--fixed-strings -P,--perl-regexp --remove-empty --merges --no-merges --min-parents?
--no-min-parents --max-parents? --no-max-parents --first-parent --exclude-first-parent-only --not --all --branches?
--tags? --remotes? --glob: --exclude: --exclude-hidden? --reflog --alternate-refs --single-worktree --ignore-missing
--bisect --stdin!takes_revisions_and_paths_from_standard_input --cherry-mark --cherry-pick --left-only --right-only
--cherry -g,--walk-reflogs --merge --boundary --simplify-by-decoration --show-pulls --full-history --dense --sparse
--simplify-merges --ancestry-path? --date-order --author-date-order --topo-order --reverse --no-walk? --do-walk
--pretty? --format? --abbrev-commit --no-abbrev-commit --oneline --encoding? --expand-tabs? --no-expand-tabs --notes?
--no-notes --show-notes-by-default --show-notes? --standard-notes --no-standard-notes --show-signature
--relative-date --date: --parents --children --left-right --graph --no-graph --show-linear-break? --log-size --source
--use-mailmap --mailmap --decorate? --no-decorate --decorate-refs: --decorate-refs-exclude: --clear-decorations
-L: --full-diff --objects --objects-edge --objects-edge-aggressive --unpacked --in-commit-order --filter?
--filter-print-omitted --disk-usage? --no-object-names --object-names --header --timestamp --count -q --bisect-vars
--bisect-all --use-bitmap-index --progress? --indexed-objects --no-commit-header --commit-header --missing?
--exclude-promisor-objects
"""
"""Options of every command that walks history, beside those of `DIFF`."""

# Taking one of these back turns a harmless form into one that changes something, so `--no-` of them is not known.
_STICKY = frozenset(["dry-run", "list", "staged", "cached", "stdout", "check", "stat", "numstat", "summary"])
# No word can hold a NUL, so this never matches; it makes the parser distrust words that may become options.
_ANY_OPTION_MATTERS = Option("-\0", DANGER, "")
_REVISION_NAMES = re.compile(
    r"""(?x) (HEAD|FETCH_HEAD|ORIG_HEAD|MERGE_HEAD|@|-) ([~^@].*)?
    | (main|master|develop|dev|trunk|next|staging|production) ([~^@].*)?
    | (origin|upstream|feature|feat|fix|bugfix|hotfix|release|chore|refactor|dependabot|renovate) / [^*?\[]*[^/]
    | [0-9a-f]{7,64} ([~^@].*)? | v?[0-9]+(\.[0-9]+)*([-.]?(a|b|rc|alpha|beta|dev|post)[.]?[0-9]*)? ([~^@].*)?"""
)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_RANGE = re.compile(r"\.{2,3}(?!/)")


def table(text: str, *, base: Table | None = None) -> Table:
    """Build an option table on top of *base*, with the `--no-…` forms that git's parser takes for every long option."""
    return LazyTable(lambda: _table(text, base))


def _table(text: str, base: Table | None) -> dict[str, Option]:
    own = dict(options(text))
    for name in list(own):
        negated = f"--no-{name[2:]}"
        if name.startswith("--") and not name.startswith("--no-") and name[2:] not in _STICKY and negated not in own:
            own[negated] = Option(negated, FLAG, "")
    return {**base, **own} if base else own


def acting_table(text: str) -> Table:
    """Build the table of a command whose options decide what it changes: a dynamic word may be one of them."""
    return LazyTable(lambda: {**table(text), _ANY_OPTION_MATTERS.name: _ANY_OPTION_MATTERS})


def log_table(text: str = "") -> Table:
    """Build the table of a command that walks history and prints differences; *text* adds to it and overrides."""
    return LazyTable(lambda: {**table(DIFF), **table(REVISIONS), **table(text)})


# Revisions and paths.


def revisions_and_paths(command: Command, args: Args) -> None:
    """Operands are revisions, `REV:path` blobs and pathspecs whose content is printed."""
    command.here()
    for value in args.values("-L"):
        # `1,20:file` and `:function:file`; a `:` in the pattern comes before the last one.
        command.path("read", value._replace(value=value.value.rpartition(":")[2]))
    for word in args.operands:
        revision_or_path(command, word)


def revision_or_path(command: Command, word: Word) -> None:
    """Note what printing *word* reads: a blob of a revision, or a file that an identical name stands for."""
    value = word.value
    if word.dynamic:
        command.path("read", word)
        # `$REV:.env`: whatever the revision is, this path is printed.
        tail = value.rpartition(":")[2]
        if tail not in {value, ""}:
            command.path("read", word._replace(value=tail))
        return
    if ":" not in value or value[0] == ":":
        pathspec(command, "read", word)
        return
    if value[0] in "/.":
        # Outside a repository `git diff` compares any two files, and their names may hold a colon.
        command.path("read", word)
    if "{" in value:
        command.path("read", word._replace(value=DYNAMIC))
    for side in _RANGE.split(value):
        if side.startswith(":"):
            pathspec(command, "read", word._replace(value=side))
        elif path := side.partition(":")[2]:
            command.path("read", word._replace(value=path))


def pathspec(command: Command, kind: OperationKind, word: Word, *, recursive: bool = False, via: str = "") -> None:
    """Note *kind* on what a git pathspec names: magic prefixes and git's own wildcards are understood."""
    value = word.value
    if word.dynamic:
        command.path(kind, word, recursive=recursive, via=via)
        return
    rest = _without_magic(value)
    if rest is None:
        # Only left out. What is left in was noted already, but a lone exclusion means everything else.
        if kind != "read":
            command.here(kind, recursive=True, via=via)
        return
    if rest == DYNAMIC:
        command.path(kind, word._replace(value=DYNAMIC), via=via)
        return
    target = word._replace(value=rest or ".")
    wild = min((rest.find(mark) for mark in "*?[\\" if mark in rest), default=-1)
    if wild < 0 or word.glob:
        command.path(kind, target, recursive=recursive, via=via)
    if wild >= 0:
        # `*` of git crosses directories, so everything below the constant part may match.
        base = rest[:wild].rpartition("/")[0]
        tail = rest.rpartition("*")[2]
        exact = kind == "read" and not any(mark in rest for mark in "?[\\") and "/" not in tail
        folder = Word(base or ("/" if rest.startswith("/") else "."), word.span)
        command.path(kind, folder, recursive=True, via=via, only=(f"*{tail}",) if exact else ())


def _without_magic(value: str) -> str | None:
    """Return the pattern behind pathspec magic; `None` when it excludes, `DYNAMIC` when it is not understood."""
    if not value.startswith(":"):
        return value
    if value.startswith(":("):
        words, closed, rest = value[2:].partition(")")
        magic = set(words.split(","))
        if "exclude" in magic:
            return None
        return rest if closed and magic <= {"top", "literal", ""} else DYNAMIC
    if value[1:2] in set("0123") and value[2:3] == ":":
        return value[3:]
    position = 1
    while position < len(value) and value[position] in "/!^":
        if value[position] != "/":
            return None
        position += 1
    return value[position:].removeprefix(":")


def is_surely_revision(word: Word) -> bool:
    """Whether *word* can only sensibly be a revision: `git checkout main` loses nothing, `git checkout a.py` does."""
    return not word.dynamic and not word.glob and _REVISION_NAMES.fullmatch(word.value) is not None


# Effects.


def changes_repository(command: Command) -> None:
    """Note that refs, index or objects change, and no file of the working tree."""
    command.here("write")


def changes_tree(command: Command) -> None:
    """Note that any file of the working tree may change."""
    command.here("write", recursive=True)


def hooks(command: Command) -> None:
    """Note that the repository's hooks run: a command rule covers that, a rule on paths does not."""
    command.add("execute", "git hooks")


def editor(command: Command, *, via: str = "") -> None:
    """Note that the configured editor starts, by the option *via* or by itself."""
    command.add("execute", "git editor", via=via)


def gpg(command: Command) -> None:
    """Note that the configured signing program starts."""
    command.add("execute", "gpg")


def loses_work(command: Command, what: str, via: str) -> None:
    """Note that changes or commits may be lost for good; *via* is the option or subcommand that says so."""
    command.add("system", f"git-loses-work: {what}", via=via)


def rewrites_own_branch(command: Command, what: str, via: str) -> None:
    """Note that a branch of the remote is overwritten or deleted that is the author's own, as far as its name says."""
    command.add("system", f"git-rewrites-branch: {what}", via=via)


def remote(command: Command, word: Word | None, kind: OperationKind = "read") -> None:
    """Note contact with the repository *word*: an address, a path (*kind* is done there) or the name of a remote."""
    if word is None or word.dynamic:
        command.operations.append(_unnamed_host(command, word))
        return
    value = word.value
    if "::" in value or value.startswith("-"):
        command.opaque(f"the transport of `{value}` may run any program", via=value.partition("::")[0], span=word.span)
    elif _SCHEME.match(value):
        note_url(command, word, file_kind=kind, recursive=True)
    elif ":" in value.partition("/")[0]:
        # The short form of ssh: `user@host:path`.
        host = value.partition(":")[0].rpartition("@")[2]
        command.add("network", host, word)
    elif "/" in value or value in {".", ".."}:
        command.path(kind, word, recursive=True)
    else:
        command.operations.append(_unnamed_host(command, word))


def _unnamed_host(command: Command, word: Word | None) -> Operation:
    """Only the configuration knows the host of a named remote, so no rule on hosts may cover it."""
    return Operation("network", "", word.span if word else command.span, dynamic=True)
