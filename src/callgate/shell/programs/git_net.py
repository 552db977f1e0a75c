"""git's subcommands that contact another repository: clone, fetch, pull, push, ls-remote, remote."""

from __future__ import annotations

import re
from typing import Mapping

from callgate.shell.command import Command
from callgate.shell.programs.git_common import (
    acting_table,
    changes_repository,
    gpg,
    hooks,
    loses_work,
    remote,
    rewrites_own_branch,
)
from callgate.shell.programs.git_history import integrates
from callgate.shell.programs.git_read import Subcommand
from callgate.shell.programs.hosts import note_url
from callgate.shell.programs.spec import Args, Program
from callgate.shell.words import Word

_FETCH = """
-v,--verbose -q,--quiet --all --set-upstream -a,--append --atomic --upload-pack!runs_on_the_remote_or_here -f,--force
-t,--tags -j,--jobs: --prefetch -p,--prune --recurse-submodules? --dry-run -k,--keep --progress --depth:
--shallow-since: --shallow-exclude: --deepen: --unshallow --refetch --update-shallow --refmap: -o,--server-option:
-4,--ipv4 -6,--ipv6 --negotiation-tip: --show-forced-updates
"""


def _clone(command: Command, args: Args) -> None:
    remote(command, args.operands[0] if args.operands else None)
    for value in args.values("--bundle-uri"):
        note_url(command, value, via="--bundle-uri")
    for value in args.values("--separate-git-dir"):
        command.path("write", value, recursive=True, via="--separate-git-dir")
    if len(args.operands) > 1:
        command.path("write", args.operands[1], recursive=True)
    elif args.operands and not args.operands[0].dynamic:
        address = args.operands[0]
        name = address.value.rstrip("/").removesuffix("/.git").removesuffix(".git")
        name = name.rpartition("/")[2].rpartition(":")[2]
        command.path("write", address._replace(value=name or "."), recursive=True)
    else:
        command.here("write", recursive=True)


def _fetch(command: Command, args: Args) -> None:
    if args.has("--multiple"):
        for word in args.operands:
            remote(command, word)
    else:
        remote(command, args.operands[0] if args.operands else None)
    changes_repository(command)
    hooks(command)


def _pull(command: Command, args: Args) -> None:
    remote(command, args.operands[0] if args.operands else None)
    integrates(command, args)


def _push(command: Command, args: Args) -> None:
    repositories = args.values("--repo") or args.operands[:1]
    remote(command, repositories[0] if repositories else None, "write")
    command.here()
    hooks(command)
    if args.has("--signed"):
        gpg(command)
    if args.has("-n"):
        return
    branches = args.operands[0 if args.has("--repo") else 1 :]
    loses = loses_work if _may_be_protected(branches) else rewrites_own_branch
    for option in ("-f", "--force-with-lease", "-d"):
        if args.has(option):
            loses(command, f"`git push {option}` removes commits from the remote", option)
    for option in ("--mirror", "--prune"):
        if args.has(option):
            loses_work(command, f"`git push {option}` removes commits from the remote", option)
    for word in branches:
        if word.value.startswith(("+", ":")):
            loses(command, f"`{word.value}` overwrites or deletes a branch of the remote", word.value[0])
        elif word.dynamic:
            loses_work(command, "a refspec that only the shell knows may force or delete", "$…")


_PROTECTED = re.compile(r"(?i)(?:main|master|trunk|develop|development|production|staging|stable|release)(?:[-/._].*)?")
_BRANCH = re.compile(r"[A-Za-z0-9._/-]+")


def _may_be_protected(refspecs: list[Word]) -> bool:
    """Whether one of the branches that are pushed to is one that others build on, or is not named (`HEAD`, none)."""
    for word in refspecs:
        value = word.value.lstrip("+")
        branch = value.rpartition(":")[2].removeprefix("refs/heads/").removeprefix("heads/")
        if word.dynamic or not _BRANCH.fullmatch(branch) or branch in {"HEAD", "@"} or _PROTECTED.fullmatch(branch):
            return True
        if branch.startswith("refs/"):
            return True
    return not refspecs


def _ls_remote(command: Command, args: Args) -> None:
    command.here()
    if not args.has("--get-url"):
        remote(command, args.operands[0] if args.operands else None)


# `git remote`.


def _looks(command: Command, _args: Args) -> None:
    command.here()


def _changes(command: Command, _args: Args) -> None:
    changes_repository(command)


def _contacts(command: Command, args: Args) -> None:
    command.here()
    if not args.has("-n"):
        remote(command, None)


def _sets_address(command: Command, args: Args) -> None:
    """An address of the `ext::` kind is a program that the next fetch runs, so it is looked at here."""
    changes_repository(command)
    for word in args.operands[1:]:
        if word.dynamic or "::" in word.value:
            command.opaque("a remote address that may run any program", via="::", span=word.span)
    if args.has("-f"):
        remote(command, args.operands[1] if len(args.operands) > 1 else None)


def _remote_update(command: Command, _args: Args) -> None:
    changes_repository(command)
    remote(command, None)


_REMOTE: Mapping[str, Program] = {
    "show": Program(acting_table("-n"), _contacts),
    "get-url": Program(acting_table("--push --all"), _looks),
    "add": Program(acting_table("-f,--fetch --tags -t,--track: -m,--master: --mirror?"), _sets_address),
    "set-url": Program(acting_table("--push --add --delete"), _sets_address),
    "rename": Program(acting_table("--progress"), _changes),
    "remove": Program(acting_table(""), _changes),
    "rm": Program(acting_table(""), _changes),
    "set-head": Program(acting_table("-a,--auto -d,--delete"), _remote_update),
    "set-branches": Program(acting_table("--add"), _changes),
    "prune": Program(acting_table("-n,--dry-run"), _remote_update),
    "update": Program(acting_table("-p,--prune"), _remote_update),
}

SUBCOMMANDS: Mapping[str, Subcommand] = {
    "clone": Program(acting_table("""
        -v,--verbose -q,--quiet --progress --reject-shallow -n,--no-checkout --bare --mirror -l,--local --no-hardlinks
        --hardlinks -s,--shared --recurse-submodules,--recursive? -j,--jobs: --template!copies_hooks_from_a_directory
        --reference:read --reference-if-able:read --dissociate -o,--origin: -b,--branch:
        -u,--upload-pack!runs_on_the_remote_or_here --depth: --shallow-since: --shallow-exclude: --single-branch --tags
        --shallow-submodules --separate-git-dir: -c,--config!sets_configuration_which_can_be_code --server-option:
        -4,--ipv4 -6,--ipv6 --filter: --also-filter-submodules --remote-submodules --sparse --bundle-uri: --revision:
        """), _clone),
    "fetch": Program(acting_table(_FETCH + """
        -m,--multiple -n,--no-tags -P,--prune-tags --write-fetch-head -u,--update-head-ok --negotiate-only --filter:
        --auto-maintenance --auto-gc --write-commit-graph --stdin!takes_refspecs_from_standard_input
        """), _fetch),
    "pull": Program(acting_table(_FETCH.replace("-j,--jobs:", "-j,--jobs?") + """
        -r,--rebase? -n --stat --no-stat --summary --no-summary --log? --signoff? --squash --commit --edit --cleanup:
        --ff --ff-only --no-verify --verify --verify-signatures --autostash -s,--strategy: -X,--strategy-option:
        -S,--gpg-sign? --allow-unrelated-histories
        """), _pull),
    "push": Program(acting_table("""
        -v,--verbose -q,--quiet --repo: --all,--branches --mirror -d,--delete --tags -n,--dry-run --porcelain -f,--force
        --force-with-lease? --force-if-includes --recurse-submodules: --thin
        --receive-pack!runs_on_the_remote_or_here --exec!runs_on_the_remote_or_here -u,--set-upstream --progress --prune
        --no-verify --verify --follow-tags --signed? --atomic -o,--push-option: -4,--ipv4 -6,--ipv6
        """), _push),
    "ls-remote": Program(acting_table("""
        -q,--quiet --upload-pack!runs_on_the_remote_or_here --exec!runs_on_the_remote_or_here -t,--tags
        -b,-h,--heads,--branches --refs --get-url --sort: --exit-code --symref -o,--server-option:
        """), _ls_remote),
    "remote": Program(acting_table("-v,--verbose"), subcommands=_REMOTE, bare=_looks),
}  # fmt: skip
