"""Pagers and editors: a pager reads its files, an editor is a program that does what its user or its script says."""

from __future__ import annotations

from callgate.shell.command import Command
from callgate.shell.programs.spec import Args, Program, options
from callgate.shell.programs.tooling import Entry, asks, note_files, questions, refuses, unknown_subcommand

_LESS = options("""
--help -a,--search-skip-screen -A,--SEARCH-SKIP-SCREEN -b,--buffers: -B,--auto-buffers -c,--clear-screen -C,--CLEAR-SCREEN
-d,--dumb -D,--color: -e,--quit-at-eof -E,--QUIT-AT-EOF -f,--force -F,--quit-if-one-screen -g,--hilite-search
-G,--HILITE-SEARCH --old-bot -h,--max-back-scroll: -i,--ignore-case -I,--IGNORE-CASE -j,--jump-target: -J,--status-column
-k,--lesskey-file:code --lesskey-src:code --lesskey-content:code -K,--quit-on-intr -L,--no-lessopen -m,--long-prompt -M,--LONG-PROMPT
-n,--line-numbers -N,--LINE-NUMBERS -o,--log-file:write -O,--LOG-FILE:write -p,--pattern: -P,--prompt: -q,--quiet,--silent
-Q,--QUIET,--SILENT -r,--raw-control-chars -R,--RAW-CONTROL-CHARS -s,--squeeze-blank-lines -S,--chop-long-lines
-t,--tag:list -T,--tag-file:list -u,--underline-special -U,--UNDERLINE-SPECIAL -V,--version -w,--hilite-unread
-W,--HILITE-UNREAD -x,--tabs: -X,--no-init -y,--max-forw-scroll: -z,--window: --quotes: -~,--tilde -#,--shift:
--exit-follow-on-close --file-size --follow-name --header: --incsearch --intr: --line-num-width: --modelines:
--mouse --MOUSE --no-keypad --no-histdups --no-number-headers --no-paste --no-search-headers --no-vbell
--proc-backspace --PROC-BACKSPACE --proc-return --PROC-RETURN --proc-tab --PROC-TAB --redraw-on-quit --rscroll:
--save-marks --search-options: --show-preproc-errors --status-col-width: --status-line --use-backslash --use-color
--wheel-lines: --wordwrap
""")


def _pager(command: Command, args: Args) -> None:
    """`+COMMAND` runs a command of the pager, and with it a shell (`+!id`); `-p` types a pattern as a user would."""
    for word in args.values("-p"):
        if word.dynamic or "!" in word.value or not word.value.isprintable():
            command.opaque("a pattern that may end in a command of the pager", via="-p", span=word.span)
    for word in args.operands:
        if word.value.startswith("+") and not word.dynamic:
            if not word.value[1:].isdigit() and word.value not in {"+G", "+F"} and not word.value.startswith("+/"):
                command.opaque(f"`{word.value}` is a command of the pager", via=word.value, span=word.span)
            elif word.value.startswith("+/") and ("!" in word.value or not word.value.isprintable()):
                command.opaque("a pattern that may end in a command of the pager", via=word.value, span=word.span)
        elif word.value != "-":
            command.path("read", word)


_BAT = options("""
-A,--show-all --nonprintable-notation: --binary: -p,--plain -l,--language: -H,--highlight-line: --file-name: -d,--diff
--diff-context: --tabs: --wrap: -S,--chop-long-lines --terminal-width: -n,--number --color: --italic-text:
--decorations: -f,--force-colorization --paging: --pager:shell -m,--map-syntax: --ignored-suffix: --squeeze-blank -s
--squeeze-limit: --strip-ansi: --theme: --theme-light: --theme-dark: --list-themes --style: -r,--line-range:
-L,--list-languages -u,--unbuffered --completion: --diagnostic -V,--version -h,--help --no-config --config-file
--config-dir --cache-dir --acknowledgements --set-terminal-title -P --no-paging --no-custom-assets --lessopen!runs_a_program
--no-lessopen --generate-config-file!writes_the_configuration
""")


def _bat(command: Command, args: Args) -> None:
    if args.operands and args.operands[0].value == "cache":
        command.opaque("`bat cache` rebuilds its themes", via="cache")
    if args.has("-d"):
        # Differences come from git, whose configuration is code.
        command.here("execute", via="--diff")
    note_files(command, "read", args.operands)


_EDITORS = """
vim vi nvim view vimdiff gvim mvim ex rvim rview nano pico rnano emacs emacsclient ed red joe jed micro helix hx kak mcedit mc ranger
nnn code code-insiders codium cursor subl atom gedit kate
"""
_OPENERS = (
    "open xdg-open gio sensible-browser x-www-browser firefox google-chrome chromium start wslview w3m lynx links"
)


def _multiplexer(command: Command) -> None:
    """A session runs any command, later or in another window."""
    if not asks(command, frozenset({"-V", "-v", "--version", "-ls", "-list", "ls", "list-sessions"})):
        unknown_subcommand(command, command.args)


def _tcl(command: Command) -> None:
    """Tcl's shells know no options: with `--version` they run what stands on standard input."""
    command.unknown = f"`{command.name}` runs a script"


PROGRAMS: dict[str, Entry] = {
    "less": Program(_LESS, _pager),
    "more": Program(options("-d -f -l -c -p -s -u -n,--lines: -e -i -x: --silent --logical --no-pause --print-over --clean-print "
                            "--squeeze --plain -h,--help -V,--version"), _pager, numeric=True),
    "most": questions(refuses("runs macros")),
    **dict.fromkeys(("bat", "batcat"), Program(_BAT, _bat)),
    **dict.fromkeys(_EDITORS.split(), refuses("takes commands and runs scripts")),
    **dict.fromkeys(_OPENERS.split(), refuses("runs whatever program belongs to a file or an address")),
    **dict.fromkeys(("tmux", "screen", "zellij", "byobu"), _multiplexer),
    **dict.fromkeys(("expect", "rlwrap", "dtach", "abduco"), refuses("runs a script")),
    **dict.fromkeys(("tclsh", "wish"), _tcl),
}  # fmt: skip
