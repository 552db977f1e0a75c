"""C and C++ compilers and rustc: sources are read, objects are written, plug-ins and wrappers are code."""

from __future__ import annotations

import re

from callgate.core.model import DYNAMIC
from callgate.shell.command import Command
from callgate.shell.programs.spec import Args, Program, options
from callgate.shell.programs.tooling import Entry, asks, note_files, questions, runs_project
from callgate.shell.words import Word

# Options that choose warnings, code and language. Those that name programs, plug-ins or files are not among them.
_PLAIN = re.compile(
    r"-(?:W(?!l,|p,|a,|rapper)[A-Za-z][\w+=,.-]*|W|w|f(?!plugin|use-ld|dump|profile|opt-info|save|lto-|stack-usage|callgraph|"
    r"diagnostics-add|sanitize-(?:ignore|black)|crash|module|test-coverage|embed|pass-plugin|load|xray|rust|debug-prefix|"
    r"file-prefix|macro-prefix|rand|working-directory|build-session|proc-stat|time-trace|integrated|auto-profile|optimization-record|compare|deps)[a-z][\w=+.,:-]*|"
    r"m(?!llvm|plugin|linker|harden-sls=.*/)[a-z0-9][\w=.,+-]*|O[0-3sgz]?|Ofast|g[\w-]*|std=[\w+:]+|D[A-Za-z_]\w*(?:=.*)?|U\w+|c|S|E|P|C|CC|"
    r"M|MM|MG|MP|MD|MMD|v|H|###|x|pipe|pthread|static|shared|rdynamic|pie|no-pie|s|r|nostdlib|nostdinc|nodefaultlibs|nostartfiles|"
    r"ansi|pedantic(?:-errors)?|traditional-cpp|dumpversion|dumpmachine|dumpfullversion|dumpspecs|dM|dD|dN|dI|undef|"
    r"print-[\w-]+(?:=[\w.+-]+)?|static-libgcc|static-libstdc\+\+|Q|Qunused-arguments|l[\w.+:-]+|-version|-help(?:=\w+)?|target-help|"
    r"-print-[\w-]+(?:=[\w.+-]+)?|-verbose|-target=[\w.-]+|-no-[a-z-]+|-std=[\w+:]+|-warn-[a-z-]+|-pedantic)",
    re.DOTALL,
)
_READS = ("-include", "-imacros", "-isystem", "-iquote", "-idirafter", "-iprefix", "-iwithprefix", "-iwithprefixbefore", "-isysroot",
          "-I", "-L", "-T", "-F")  # fmt: skip
_WRITES = ("-o", "-MF", "-aux-info", "-dumpdir")
_TEXT = ("-x", "-MT", "-MQ", "-D", "-U", "-l", "-target", "-arch", "-framework", "-u", "-std")
_LINKER = re.compile(
    r"-Wl,(?:(?:-rpath(?:-link)?|-z|--rpath|-soname|-install_name)[,=][\w./$@+-]+|--?(?:as-needed|no-as-needed|gc-sections|"
    r"export-dynamic|no-undefined|start-group|end-group|build-id(?:=\w+)?|whole-archive|no-whole-archive|strip-all|"
    r"Bstatic|Bdynamic|O1|dead_strip)|-O1|-s)(?:,.*)?"
)


def _value(words: list[Word], position: int, names: tuple[str, ...], *, attached: bool) -> tuple[Word | None, int]:
    """Return the value of the option at *position* when it is one of *names*, and how many words it takes."""
    word = words[position]
    if word.value in names:
        return (words[position + 1], 2) if position + 1 < len(words) else (None, 1)
    for name in names if attached else ():
        if word.value.startswith(name):
            return word._replace(value=word.value[len(name) :]), 1
    return None, 0


def _step(command: Command, words: list[Word], position: int) -> int:
    """Note what the option at *position* does; return how many words it takes."""
    word = words[position]
    value, taken = _value(words, position, _WRITES, attached=True)
    if taken:
        note_files(command, "write", [value] if value else [])
        return taken
    if _PLAIN.fullmatch(word.value) and word.value not in {"-x", "-D", "-U", "-l"}:
        return 1
    value, taken = _value(words, position, _READS, attached=True)
    if taken:
        folder = word.value.startswith(("-I", "-L", "-F", "-isys", "-iq", "-id", "-iw", "-ip"))
        note_files(command, "read", [value] if value and not (folder and value.dynamic) else [])
        return taken
    value, taken = _value(words, position, _TEXT, attached=False)
    if taken and not (value and value.splits):
        return taken
    if not (word.value.startswith("-Wl,") and "plugin" not in word.value and _LINKER.fullmatch(word.value)):
        name = word.value.partition("=")[0].replace(DYNAMIC, "…")
        command.opaque(f"option `{name}` of `{command.name}` is not known", via=name, span=word.span)
    return 1


def _compiler(command: Command) -> None:
    if asks(command, frozenset({"-v", "-dumpversion", "-dumpmachine", "-print-search-dirs"})):
        return
    words = command.args
    position = 0
    sources: list[Word] = []
    while position < len(words):
        word = words[position]
        if word.value.startswith("@") or word.splits or (word.dynamic and word.could_be_option):
            command.opaque("options that only the shell or a file knows", via="@FILE", span=word.span)
            position += 1
        elif word.value.startswith("-") and word.value != "-":
            position += _step(command, words, position)
        else:
            sources.append(word)
            position += 1
    note_files(command, "read", sources)
    values = {word.value for word in words}
    if not sources:
        return
    # `#include` and `.incbin` name any file; what is in it shows in messages and in the output.
    command.opaque("reads whatever the sources include")
    _outputs(command, words, sources, values)


def _outputs(command: Command, words: list[Word], sources: list[Word], values: set[str]) -> None:
    """Note the files that are written when no option names them."""
    output = next((words[index + 1] for index, word in enumerate(words[:-1]) if word.value == "-o"), None)
    if values & {"-MD", "-MMD"} and "-MF" not in values:
        for word in [output] if output else sources:
            note_files(command, "write", [_renamed(word, "d") if output is None else _suffix(word, "d")])
    if any(value.startswith("-o") for value in values) or values & {"-E", "-M", "-MM", "-fsyntax-only"}:
        return
    if values & {"-c", "-S"}:
        note_files(command, "write", [_renamed(word, "s" if "-S" in values else "o") for word in sources])
    else:
        note_files(command, "write", [Word("a.out", command.span)])


def _renamed(word: Word, suffix: str) -> Word:
    """Return the file of the working directory that *word* is compiled into."""
    return _suffix(word._replace(value=word.value.rpartition("/")[2]), suffix)


def _suffix(word: Word, suffix: str) -> Word:
    stem = word.value.rpartition(".")[0] or word.value
    return word if word.dynamic else word._replace(value=f"{stem}.{suffix}")


_RUSTC = options("""
--cfg: --check-cfg: -L: -l: --crate-type: --crate-name: --edition: --emit: --print: -g -O -o:write --out-dir:write --explain:
--test --target: -A,--allow: -W,--warn: --force-warn: -D,--deny: -F,--forbid: --cap-lints: -C,--codegen: -V,--version
-v,--verbose --extern: --sysroot:execute --error-format: --json: --color: --diagnostic-width: --remap-path-prefix:
-h,--help -Z:code --env-set:
""")
_CODEGEN = re.compile(r"(?:opt-level|debuginfo|lto|codegen-units|panic|target-cpu|target-feature|debug-assertions|overflow-checks|"
                      r"strip|incremental|metadata|extra-filename|prefer-dynamic|relocation-model|instrument-coverage)(?:=[\w+,.-]*)?")  # fmt: skip


def _rustc(command: Command, args: Args) -> None:
    """Procedural macros of the crates that are linked run while it compiles."""
    for word in args.values("--print"):
        _, named, path = word.value.partition("=")
        if named or word.dynamic:
            note_files(command, "write", [word if word.dynamic else word._replace(value=path)], via="--print")
    if args.has("-V", "-h", "--explain", "--print") and not args.operands:
        return
    runs_project(command, args)
    for word in args.operands:
        note_files(command, "read", [word])
        if word.value.startswith("@"):
            command.opaque("options that a file knows", via="@FILE", span=word.span)
    for word in args.values("-C"):
        if not _CODEGEN.fullmatch(word.value):
            command.opaque(f"the setting `{word.value}` may name a linker", via="-C", span=word.span)
    for word in args.values("--emit"):
        if "=" in word.value or word.dynamic:
            command.opaque("files that `--emit` names", via="--emit", span=word.span)
    if not args.has("-o", "--out-dir"):
        command.here("write", recursive=True)


_C_FAMILY = "gcc g++ cc c++ clang clang++ cpp gcc-11 gcc-12 gcc-13 gcc-14 g++-11 g++-12 g++-13 g++-14"
PROGRAMS: dict[str, Entry] = {
    **dict.fromkeys(_C_FAMILY.split(), _compiler),
    "rustc": questions(Program(_RUSTC, _rustc), "-V", "-vV", "-h"),
}  # fmt: skip
