"""cmake and ctest: configuring and building run the project, `-P` a script, `-E` one of many small tools."""

from __future__ import annotations

import re
from typing import Mapping

from callgate.core.model import OperationKind
from callgate.shell.command import Command
from callgate.shell.programs.spec import Args, Program, apply, options
from callgate.shell.programs.tooling import Entry, asks, loosen, note_files, or_here, unknown_subcommand
from callgate.shell.words import Word

_PLAIN_VALUE = re.compile(
    r"[0-9.]*|on|off|yes|no|true|false|debug|release|relwithdebinfo|minsizerel|c?(?:\+\+|xx)?[0-9]{2}", re.IGNORECASE
)
_PLAIN_NAMES = frozenset({
    "CMAKE_INSTALL_PREFIX", "CMAKE_BUILD_TYPE", "CMAKE_CXX_STANDARD", "CMAKE_C_STANDARD", "CMAKE_OSX_ARCHITECTURES",
    "CMAKE_OSX_DEPLOYMENT_TARGET", "CMAKE_CUDA_ARCHITECTURES", "CMAKE_CONFIGURATION_TYPES",
})  # fmt: skip
_CONFIGURE = options("""
-S: -B: -C:execute -D: -U: -G: -T: -A: --toolchain:execute --install-prefix: --preset: --list-presets? -W: --fresh
--list-cache -L -LA -LH -LAH -LR -LRA -LRH -LRAH -N --graphviz:write --system-information:write --log-level:
--log-context --debug-trycompile --debug-output --debug-find --debug-find-pkg: --debug-find-var: --trace
--trace-expand --trace-format: --trace-source: --trace-redirect:write --warn-uninitialized --no-warn-unused-cli
--check-system-vars --profiling-output:write --profiling-format: --compile-no-warning-as-error --loglevel: -Wdev
-Wno-dev -Werror=dev -Wno-error=dev -Wdeprecated -Wno-deprecated -Werror=deprecated -Wno-error=deprecated
""")
_BUILD = options("""
--build: -j,--parallel? -t,--target: --config: --clean-first --resolve-package-references: -v,--verbose --use-stderr
--preset: --list-presets?
""")
_INSTALL = options("--install: --config: --component: --default-directory-permissions: --prefix: --strip -v,--verbose "
                   "-j,--parallel?")  # fmt: skip


def _split_attached(words: list[Word], letters: str, whole: frozenset[str]) -> list[Word]:
    """Return *words* with the values of `-DNAME=x`, `-Bbuild` as words of their own."""
    out: list[Word] = []
    for word in words:
        if (
            word.value[:1] == "-"
            and word.value[1:2] in set(letters)
            and len(word.value) > 2
            and word.value not in whole
        ):
            out += [word._replace(value=word.value[:2]), word._replace(value=word.value[2:])]
        else:
            out.append(word)
    return out


def _configure(command: Command, args: Args) -> None:
    """`CMakeLists.txt` runs commands while it is read; the build directory is filled."""
    if args.has("--list-presets"):
        note_files(command, "read", or_here(command, [*args.values("-S"), *args.operands]))
        return
    note_files(command, "execute", or_here(command, [*args.values("-S"), *args.operands]), recursive=True)
    note_files(command, "write", args.values("-B"), recursive=True)
    for word in args.values("-D"):
        name, _, value = word.value.partition("=")
        if word.dynamic or not (_PLAIN_VALUE.fullmatch(value) or name.partition(":")[0] in _PLAIN_NAMES):
            command.opaque(f"the variable `{name}` may name a compiler or a script", via="-D", span=word.span)


def _builds(command: Command, args: Args) -> None:
    note_files(command, "execute", or_here(command, args.values("--build")), recursive=True)
    for word in args.operands:
        if not word.value.isdigit():  # `-j 4`
            command.opaque("options of the native build tool", via="--", span=word.span)


def _installs(command: Command, args: Args) -> None:
    note_files(command, "execute", args.values("--install"), recursive=True)
    targets = args.values("--prefix")
    note_files(command, "write", targets, recursive=True, via="--prefix")
    if not targets:
        command.add("system", "installs the program")


# cmake -E

_E_FILES: Mapping[str, tuple[OperationKind, bool]] = {
    "cat": ("read", False), "md5sum": ("read", False), "sha1sum": ("read", False), "sha224sum": ("read", False),
    "sha256sum": ("read", False), "sha384sum": ("read", False), "sha512sum": ("read", False),
    "compare_files": ("read", False), "touch": ("write", False), "touch_nocreate": ("write", False),
    "make_directory": ("write", False), "rm": ("delete", True), "remove": ("delete", False),
    "remove_directory": ("delete", True),
}  # fmt: skip
_E_COPIES = frozenset({"copy", "copy_if_different", "copy_if_newer", "copy_directory", "copy_directory_if_different",
                       "copy_directory_if_newer", "rename", "create_symlink", "create_hardlink"})  # fmt: skip


def _tool(command: Command, words: list[Word]) -> None:
    """Note what `cmake -E NAME …` does."""
    head = words[0].value if words else ""
    files = [word for word in words[1:] if not word.value.startswith("-")]
    if head in {"echo", "echo_append", "sleep", "true", "false", "capabilities"}:
        return
    if head in _E_FILES:
        kind, recursive = _E_FILES[head]
        note_files(command, kind, files, recursive=recursive)
    elif head in _E_COPIES and len(files) > 1 and len(files) == len(words) - 1:
        for word in files[:-1]:
            command.path("delete" if head == "rename" else "read", word, recursive=True)
            if head.startswith("create_"):
                # What lies there can be written through the link.
                command.path("write", word, recursive=True)
        command.path("write", files[-1], recursive=True)
    elif head == "time" and words[1:]:
        command.run(words[1:], "cmake -E time")
    elif head == "environment":
        command.add("system", "prints the environment")
    else:
        command.unknown = f"`cmake -E {head}` is not known"


def _configures(command: Command, words: list[Word]) -> None:
    if any(word.value == "-P" for word in words):
        command.unknown = "`cmake -P` among other options"
        return
    flags = frozenset(name for name in _CONFIGURE if len(name) > 2)
    apply(Program(_CONFIGURE, _configure, single_dash=True), command, _split_attached(words, "SBCDUGTA", flags))


def _script_or_configure(command: Command, words: list[Word]) -> None:
    """`cmake [-D NAME=VALUE]… -P SCRIPT …` runs a script and configures nothing."""
    position = 0
    while position < len(words) and words[position].value.startswith("-D") and not words[position].splits:
        position += 2 if words[position].value == "-D" else 1
    if position + 1 < len(words) and words[position].value == "-P":
        note_files(command, "execute", [words[position + 1]])
    else:
        _configures(command, words)


def _cmake(command: Command) -> None:
    words = command.args
    first = words[0].value if words else ""
    if (
        not words
        or first in {"--version", "--help", "-version", "/V", "-h", "-help", "-H"}
        or first.startswith("--help-")
    ):
        if len(words) > 2:
            command.opaque("a file that `--help-…` writes", via="--help")
        for word in words[1:]:
            note_files(command, "write", [word], via="--help")
        return
    if first == "-E":
        _tool(command, words[1:])
    elif first == "-P" or first.startswith("-D"):
        _script_or_configure(command, words)
    elif first == "--build":
        apply(Program(_BUILD, _builds), command, words)
    elif first == "--install":
        apply(Program(_INSTALL, _installs), command, words)
    elif first in {"--open", "--workflow", "--find-package"} or (words[0].could_be_option and words[0].dynamic):
        unknown_subcommand(command, words)
    else:
        _configures(command, words)
    loosen(command)


_CTEST = options("""
-C,--build-config: --progress -V,--verbose -VV,--extra-verbose --debug --output-on-failure --stop-on-failure
--test-output-size-passed: --test-output-size-failed: --test-output-truncation: -F -j,--parallel: --resource-spec-file:read
--test-load: -Q,--quiet -O,--output-log:write --output-junit:write -N,--show-only? -L,--label-regex:
-R,--tests-regex: -E,--exclude-regex: -LE,--label-exclude: -FA,--fixture-exclude-any: -FS,--fixture-exclude-setup:
-FC,--fixture-exclude-cleanup: -D,--dashboard:submits_results -M,--test-model:submits_results
-T,--test-action:submits_results -I,--tests-information: -U,--union --rerun-failed --tests-from-file:read
--exclude-from-file:read --repeat: --repeat-until-fail: --max-width: --interactive-debug-mode: --no-label-summary
--no-subproject-summary --test-dir: --preset: --list-presets --test-timeout: --timeout: --stop-time:
--schedule-random --schedule-random-seed: --no-compress-output --overwrite:changes_any_setting --no-tests:
--print-labels --http1.0 --extra-submit:submits_results --http-header: --force-new-ctest-process --submit-index: --add-notes:read
--version --help
""")


def _run_tests(command: Command, args: Args) -> None:
    # Listing reads test files that are scripts all the same.
    note_files(command, "execute", or_here(command, args.values("--test-dir")), recursive=True)


def _ctest(command: Command) -> None:
    if asks(command, frozenset({"--version", "--help", "-h", "-H"})):
        return
    words = command.args
    if any(word.value in {"-S", "-SP", "--script", "--script-new-process", "--build-and-test", "-A"} for word in words):
        command.unknown = "`ctest` with a script of its own"
        return
    flags = frozenset(name for name in _CTEST if len(name) > 2)
    apply(Program(_CTEST, _run_tests, single_dash=True), command, _split_attached(words, "jRLEIOC", flags))
    loosen(command)


PROGRAMS: dict[str, Entry] = {"cmake": _cmake, "ctest": _ctest}
