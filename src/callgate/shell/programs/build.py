"""Build tools: make, just, ninja, bazel, meson. They run what the project's build files say."""

from __future__ import annotations

import re

from callgate.shell.command import Command
from callgate.shell.programs.spec import Args, Program, apply, options
from callgate.shell.programs.tooling import Entry, asks, note_files, or_here, tool, unknown_subcommand

# Values that choose and cannot be a program: `V=1`, `DEBUG=on`. Make expands the name as it does the value, and takes
# white space around the sign: `$(shell id)=1` and `X := $(shell id)` both run `id`.
_PLAIN_ASSIGNMENT = re.compile(
    r"[A-Za-z_][\w.-]*(?::{0,3}|\?|\+)=(?:[0-9.]*|on|off|yes|no|true|false)", re.IGNORECASE | re.ASCII
)

_MAKE = options("""
-b -m -B,--always-make -C,--directory: -d --debug? -e,--environment-overrides -E,--eval:code
-f,--file,--makefile:execute -h,--help -i,--ignore-errors -I,--include-dir:execute -j,--jobs? -k,--keep-going
-l,--load-average,--max-load? -L,--check-symlink-times -n,--just-print,--dry-run,--recon
-o,--old-file,--assume-old: -O,--output-sync? -p,--print-data-base -q,--question -r,--no-builtin-rules
-R,--no-builtin-variables --shuffle? -s,--silent,--quiet --no-silent -S,--no-keep-going,--stop --jobserver-style:
-t,--touch --trace -v,--version -w,--print-directory --no-print-directory -W,--what-if,--new-file,--assume-new:
--warn-undefined-variables
""")


def _make(command: Command, args: Args) -> None:
    """Read and run the makefile, even with `-n`: `$(shell …)` runs while it is read."""
    if args.has("-v", "-h"):
        return
    folders = args.values("-C")
    if len(folders) > 1:
        command.opaque("each `-C` is relative to the one before", via="-C")
    note_files(command, "execute", or_here(command, folders[:1]), recursive=True)
    for word in args.operands:
        if word.dynamic:
            command.opaque("a target or a variable that only the shell knows", span=word.span)
        elif "=" in word.value and not _PLAIN_ASSIGNMENT.fullmatch(word.value):
            name = word.value.partition("=")[0]
            command.opaque(f"the variable `{name}` changes what is run", via=name, span=word.span)


_JUST = options("""
--alias-style: --ceiling: --check --chooser:code --clear-shell-args --color: --command-color: --cygpath:execute
--dotenv-filename: -E,--dotenv-path:read -n,--dry-run --dump-format: --explain -g,--global-justfile!runs_recipes_of_the_user
--highlight --no-highlight -f,--justfile:execute --list-heading: --list-prefix: --list-submodules --no-aliases
--no-deps --no-dotenv --one -q,--quiet --allow-missing --set!sets_a_variable --shell:code --shell-arg:code
--shell-command --tempdir:write --timestamp --timestamp-format: -u,--unsorted --unstable -v,--verbose
-d,--working-directory:execute --yes --changelog --choose!runs_a_chooser -c,--command!runs_any_command --completions:
--dump -e,--edit!runs_an_editor --evaluate --fmt,--format --groups --init --json -l,--list? --man --request:code -s,--show: --summary
--usage: --variables -h,--help -V,--version --complete-aliases --group: --indentation: --no-cd --time
""")


def _just(command: Command, args: Args) -> None:
    if args.has("-h", "-V", "--changelog", "--completions", "--man"):
        return
    if args.has("--fmt", "--init") and not args.has("--check"):
        command.here("write", recursive=True)
    elif args.has("-l", "--summary", "--dump", "-s", "--groups", "--variables", "--usage", "--json"):
        command.here()
        return
    command.here("execute", recursive=True)
    # `just sub/build` runs the recipe `build` of the justfile in `sub`.
    head, slash, _ = args.operands[0].value.rpartition("/") if args.operands else ("", "", "")
    if slash and not args.operands[0].dynamic:
        note_files(command, "execute", [args.operands[0]._replace(value=head or "/")], recursive=True, via="recipe")
    for word in args.operands:
        if word.dynamic:
            command.opaque("a recipe or a variable that only the shell knows", span=word.span)
        elif word.value.partition("=")[0].isidentifier() and "=" in word.value:
            name = word.value.partition("=")[0]
            command.opaque(f"the variable `{name}` changes what is run", via=name, span=word.span)


_NINJA = options("--version -v,--verbose --quiet -C: -f:execute -j: -k: -l: -n -d: -t: -w: -h,--help")
_NINJA_LOOKS = frozenset({"list", "commands", "inputs", "multi-inputs", "deps", "missingdeps", "graph", "query",
                          "targets", "compdb", "compdb-targets", "rules"})  # fmt: skip


def _ninja(command: Command, args: Args) -> None:
    if args.has("--version", "-h") and not args.has("-t"):
        return
    # What follows on `-t TOOL` belongs to the tool, a second `-t` too.
    tools = args.values("-t")[:1]
    if tools and tools[0].value in _NINJA_LOOKS:
        note_files(command, "read", or_here(command, args.values("-C")))
    elif tools:
        command.opaque(f"`ninja -t {tools[0].value}` deletes or serves", via="-t", span=tools[0].span)
    else:
        # Loading `build.ninja` may regenerate it, even with `-n`.
        note_files(command, "execute", or_here(command, args.values("-C")), recursive=True)


def _bazel(command: Command) -> None:
    """Every command starts a server and evaluates the project's build files; options may do anything."""
    # Even `bazel version` runs the project's own `tools/bazel`, and the release that `.bazelversion` names.
    command.here("execute", recursive=True)
    if not asks(command, frozenset({"version", "help", "--version", "--help"})):
        command.opaque("options of `bazel` and of its configuration run programs")


_MESON_SETUP = """
-h,--help --prefix: --bindir: --datadir: --includedir: --infodir: --libdir: --licensedir: --libexecdir: --localedir:
--localstatedir: --mandir: --sbindir: --sharedstatedir: --sysconfdir: --auto-features: --backend: --genvslite:
--buildtype: --debug --default-library: --default-both-libraries: --errorlogs --install-umask: --layout:
--namingscheme: --optimization: --prefer-static --stdsplit --strip --unity: --unity-size: --warnlevel: --werror
--wrap-mode: --force-fallback-for: --vsenv --pkg-config-path: --build.pkg-config-path: --cmake-prefix-path:
--build.cmake-prefix-path: -D: --native-file:execute --cross-file:execute -v,--version --fatal-meson-warnings
--reconfigure --wipe!empties_the_build_directory --clearcache
"""


def _meson_setup(command: Command, args: Args) -> None:
    """`meson.build` runs commands while it is read; the build directory is filled."""
    command.here("execute", recursive=True)
    note_files(command, "write", args.operands[:1], recursive=True)
    note_files(command, "execute", args.operands[1:2], recursive=True)


def _meson_builds(command: Command, args: Args) -> None:
    note_files(command, "execute", or_here(command, args.values("-C")), recursive=True)


def _meson_installs(command: Command, args: Args) -> None:
    _meson_builds(command, args)
    command.add("system", "installs the program")


def _meson_looks(command: Command, args: Args) -> None:
    note_files(command, "read", or_here(command, args.operands))


_MESON = Program(options("--version -v -h,--help"), subcommands={
    "setup": Program(options(_MESON_SETUP), _meson_setup),
    "compile": Program(options("-h,--help --clean -C: -j,--jobs: -l,--load-average: -v,--verbose "
                               "--ninja-args:code --vs-args:code --xcode-args:code"), _meson_builds),
    "test": Program(options("-h,--help -k,--maxfail: --repeat: --no-rebuild --gdb --gdb-path:execute -i,--interactive "
                            "--list --wrapper,--wrap:code -C: --suite: --no-suite: --exclude: --no-stdsplit "
                            "--print-errorlogs --benchmark --logbase:write -j,--num-processes: -v,--verbose -q,--quiet "
                            "-t,--timeout-multiplier: --setup: --test-args: --max-lines: --slice:"), _meson_builds),
    "install": Program(options("-h,--help -C: --no-rebuild --only-changed -q,--quiet --destdir:write -n,--dry-run "
                               "--skip-subprojects? --tags: --strip"), _meson_installs),
    "configure": Program(options(_MESON_SETUP + "-U: --no-pager"), _meson_builds),
    "introspect": Program(options("-h,--help --ast --benchmarks --buildoptions --buildsystem-files --compilers "
                                  "--dependencies --scan-dependencies --installed --install-plan --machines "
                                  "--projectinfo --targets --tests --backend: -a,--all -i,--indent "
                                  "-f,--force-object-output"), _meson_looks),
    "help": Program(),
})  # fmt: skip


def _meson(command: Command) -> None:
    words = command.args
    if asks(command, frozenset({"--version", "-v", "--help", "-h"})):
        return
    if words and words[0].value.startswith("-"):
        # An old spelling: `meson --prefix=x build` sets up.
        unknown_subcommand(command, words)
    else:
        apply(_MESON, command)


_MAKE_ENTRY = tool(Program(_MAKE, _make))
PROGRAMS: dict[str, Entry] = {
    "make": _MAKE_ENTRY,
    "gmake": _MAKE_ENTRY,
    "just": tool(Program(_JUST, _just)),
    **dict.fromkeys(("ninja", "ninja-build"), tool(Program(_NINJA, _ninja))),
    **dict.fromkeys(("bazel", "bazelisk"), _bazel),
    "meson": _meson,
}
