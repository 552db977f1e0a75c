"""git's configuration: which settings are harmless, and `git config`."""

from __future__ import annotations

from typing import Mapping

from callgate.shell.command import Command
from callgate.shell.programs.git_common import acting_table, editor
from callgate.shell.programs.git_read import Subcommand
from callgate.shell.programs.spec import Args, Program
from callgate.shell.words import Word

_HARMLESS_SECTIONS = ("color.", "advice.", "column.")
_HARMLESS_KEYS = """
core.quotepath core.abbrev core.autocrlf core.eol core.safecrlf core.filemode core.ignorecase core.precomposeunicode
core.whitespace core.commentchar core.longpaths user.name user.email author.name author.email committer.name
committer.email init.defaultbranch log.date log.decorate log.abbrevcommit log.follow diff.renames diff.renamelimit
diff.noprefix diff.mnemonicprefix diff.context diff.interhunkcontext diff.algorithm diff.colormoved
diff.wserrorhighlight diff.wordregex diff.suppressblankempty diff.statgraphwidth grep.linenumber grep.patterntype
grep.fullname grep.column merge.conflictstyle merge.ff merge.renamelimit pull.rebase pull.ff fetch.prune push.default
push.autosetupremote push.followtags rebase.autostash rebase.autosquash status.showuntrackedfiles status.short
status.branch status.relativepaths commit.verbose commit.cleanup gc.auto maintenance.auto protocol.version
blame.date blame.coloring format.pretty branch.sort tag.sort versionsort.suffix submodule.recurse index.threads
pack.threads http.postbuffer i18n.commitencoding i18n.logoutputencoding rerere.enabled
"""
_HARMLESS = frozenset(_HARMLESS_KEYS.split())
# Settings that name a program, with the values that run nothing but that plain program.
_HARMLESS_VALUES: Mapping[str, frozenset[str]] = {
    "core.pager": frozenset({"", "cat"}),
    "core.editor": frozenset({"true", ":"}),
    "sequence.editor": frozenset({"true", ":"}),
    "core.fsmonitor": frozenset({"", "false"}),
    "commit.gpgsign": frozenset({"false"}),
    "tag.gpgsign": frozenset({"false"}),
    "credential.helper": frozenset({""}),
    "diff.external": frozenset({""}),
}
_OFF = frozenset({"false", "no", "off", "0", "never"})


def harmless_setting(key: str, value: str) -> bool:
    """Whether setting *key* (any case) to *value* changes only how git prints, or an identity or a default."""
    key = key.lower()
    if key in _HARMLESS_VALUES:
        return value in _HARMLESS_VALUES[key]
    if key.startswith("pager."):
        return value.lower() in _OFF
    return key in _HARMLESS or key.startswith(_HARMLESS_SECTIONS)


_READS = ("--get", "--get-all", "--get-regexp", "--get-urlmatch", "-l", "--get-color", "--get-colorbool")
_WRITES = ("--replace-all", "--add", "--unset", "--unset-all", "--rename-section", "--remove-section")
_READING_WORDS = frozenset({"list", "get"})
_WRITING_WORDS = frozenset({"set", "unset", "rename-section", "remove-section"})


def _config(command: Command, args: Args) -> None:
    operands = args.operands
    verb = ""
    if operands and operands[0].value in _READING_WORDS | _WRITING_WORDS:
        verb, operands = operands[0].value, operands[1:]
    if args.has("-e") or (args.operands and args.operands[0].value == "edit"):
        editor(command)
        _files(command, args, writes=True)
        command.opaque("the editor may change any setting", via="--edit")
    elif verb in _WRITING_WORDS or args.has(*_WRITES) or (not verb and not args.has(*_READS) and len(operands) > 1):
        _files(command, args, writes=True)
        _setting(command, args, operands, verb)
    elif any(word.splits for word in operands):
        command.opaque("words that only the shell knows may set configuration", via="$…")
    else:
        _files(command, args, writes=False)


def _setting(command: Command, args: Args, operands: list[Word], verb: str) -> None:
    unsets = verb in {"unset", "remove-section"} or args.has("--unset", "--unset-all", "--remove-section")
    key = operands[0].value if operands else ""
    value = operands[1].value if len(operands) > 1 else ""
    plain = len(operands) == 2 and not any(word.dynamic for word in operands) and not unsets
    if not plain or not harmless_setting(key, value):
        command.opaque(f"`git config {key}` changes configuration, which can be code", via="config")


def _files(command: Command, args: Args, *, writes: bool) -> None:
    """Note the configuration file that is printed or changed."""
    files = args.values("-f")
    if args.has("--global"):
        span = command.span
        files += [Word(f"{command.home}/.gitconfig", span), Word(f"{command.home}/.config/git/config", span)]
    if args.has("--system"):
        files.append(Word("/etc/gitconfig", command.span))
    for word in files:
        if word.value != "-":
            command.path("write" if writes else "read", word)
    if writes and not files:
        command.path("write", Word(".git/config", command.span))
    command.here()


SUBCOMMANDS: Mapping[str, Subcommand] = {
    "config": Program(acting_table("""
        --global --system --local --worktree -f,--file: --blob: --get --get-all --get-regexp --get-urlmatch
        --replace-all --add --unset --unset-all --rename-section --remove-section -l,--list
        --fixed-value -e,--edit --get-color
        --get-colorbool -t,--type: --bool --int --bool-or-int --bool-or-str --path --expiry-date -z,--null --name-only
        --includes --show-origin --show-scope --default: --all --regexp --value: --url: --append --comment: --show-names
        """), _config),
}  # fmt: skip
