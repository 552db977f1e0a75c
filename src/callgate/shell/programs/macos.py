"""Programs of macOS, and what reaches the clipboard and the desktop."""

from __future__ import annotations

from callgate.shell.command import Command
from callgate.shell.programs.spec import Args, Program, options, reads
from callgate.shell.programs.tooling import Entry, acts, harmless, note_files, refuses, unknown_subcommand


def _defaults(command: Command) -> None:
    """Read preferences; writing them changes what programs do."""
    words = [word.value for word in command.args]
    while words[:1] in (["-currentHost"], ["-host"]):
        words = words[1 if words[0] == "-currentHost" else 2 :]
    head = words[0] if words else "help"
    if head in {"read", "read-type", "find", "domains", "export"} and words[2:3] != ["-"] and head != "export":
        command.add("system", "reads preferences")
    elif head != "help":
        command.add("system", "changes preferences")


def _plutil(command: Command) -> None:
    words = command.args
    if words and words[0].value in {"-p", "-lint"} and not any(word.could_be_option for word in words[1:]):
        note_files(command, "read", words[1:])
    else:
        unknown_subcommand(command, words)


def _clipboard(command: Command) -> None:
    """What was copied last may be a password."""
    command.add("system", "uses the clipboard")
    for word in command.args:
        if not word.value.startswith("-") and command.name in {"xclip", "xsel"} and word.value not in {
            "clipboard", "primary", "secondary",
        }:  # fmt: skip
            note_files(command, "read", [word])


def _xcode(command: Command) -> None:
    if [word.value for word in command.args] not in (["-p"], ["--print-path"], ["-v"], ["--version"]):
        command.add("system", "changes the developer tools")


def _otool(command: Command, args: Args) -> None:
    """Read object files; `@FILE` holds further words."""
    for word in args.operands:
        if word.value.startswith("@"):
            command.opaque(f"options of `{command.name}` from a file", via="@FILE", span=word.span)
    note_files(command, "read", args.operands)


def _codesign(command: Command) -> None:
    words = command.args
    head = words[0].value if words else ""
    if head and set(head) <= set("-dv") and len(words) == 2 and not words[1].could_be_option:
        note_files(command, "read", words[1:])
    else:
        unknown_subcommand(command, words)


def _say(command: Command) -> None:
    """Speak; `-o` writes a sound file, `-f` reads a text."""
    if any(word.could_be_option for word in command.args):
        unknown_subcommand(command, command.args)


def _xattr(command: Command, args: Args) -> None:
    # Without `-w`, `-d`, `-c` attributes are listed or printed.
    changing = args.has("-w", "-d", "-c")
    files = args.operands[1:] if args.has("-p", "-d") else args.operands[2:] if args.has("-w") else args.operands
    note_files(command, "write" if changing else "read", files, recursive=args.has("-r"))


PROGRAMS: dict[str, Entry] = {
    "sw_vers": harmless,
    "system_profiler": harmless,
    "vm_stat": Program(options("-c:"), None),
    "defaults": _defaults,
    "plutil": _plutil,
    **dict.fromkeys(("pbcopy", "pbpaste", "xclip", "xsel", "wl-copy", "wl-paste"), _clipboard),
    "xcode-select": _xcode,
    "otool": Program(options("-a -A -c -d -D -f -F -G -h -H -I -j -l -L -m -M -n -o -O -p: -P -r -R -s: -S -t -T -v -V -x -X "
                             "--version"), _otool),
    "dwarfdump": Program(options("-a,--all -v,--verbose --apple-names --debug-info? --debug-line? --debug-abbrev? --debug-str? "
                                 "--debug-frame,--eh-frame? -n,--name: -i,--ignore-case -c,--show-children -p,--show-parents "
                                 "-r,--recurse-depth: -F,--show-form -o,--out-file:write -u,--uuid --statistics --verify --quiet "
                                 "--arch: --lookup: --diff --summarize-types -x,--regex -h,--help --version"), _otool),
    "codesign": _codesign,
    "say": _say,
    "mdls": Program(options("-name: -raw -nullMarker: -plist:write"), reads, single_dash=True),
    "mdfind": Program(options("-0 -live -count -onlyin:read -name: -literal -interpret -reprint -s:"), None, single_dash=True),
    "xattr": Program(options("-l -p -w -d -c -r -s -v -x -h --help"), _xattr),
    **dict.fromkeys(("osascript", "automator", "shortcuts", "xcrun", "xcodebuild", "hdiutil", "ditto", "installer", "pkgutil",
                     "spctl", "csrutil", "scutil", "networksetup", "nvram", "tmutil", "profiles", "pmset", "dscacheutil"),
                    refuses("runs scripts or changes the system")),
    **dict.fromkeys(("notify-send", "terminal-notifier", "wall", "write", "xdotool", "loadkeys", "setxkbmap", "xrandr"),
                    acts("acts on the desktop")),
}  # fmt: skip
