"""Interpreters: which file a command line of python, node, ruby, perl … runs, and when it runs its standard input."""

from __future__ import annotations

from typing import Mapping, NamedTuple

from callgate.shell.command import Command
from callgate.shell.programs.spec import starts_with_wildcard
from callgate.shell.words import Word


class Language(NamedTuple):
    """How one interpreter reads the options before its script. What is in no list is not known."""

    flags: str = ""
    """Harmless short options without a value, one letter each."""
    values: str = ""
    """Harmless short options with a value."""
    code: str = ""
    """Short options whose value is program text."""
    stops: str = ""
    """Short options that end the run by printing something."""
    module: str = ""
    """Short options whose value names a module that runs instead of a script."""
    interactive: str = ""
    """Short options after which standard input is run too."""
    long_flags: str = ""
    long_values: str = ""
    """Harmless long options, with a value after `=` or in the next word."""
    long_code: str = ""
    long_stops: str = ""
    single_dash: bool = False
    """Options are whole words: short ones are not bundled and take no attached value."""


class Plan(NamedTuple):
    """What an interpreter would do."""

    kind: str
    """`script`, `module`, `stdin`, `code`, `stops` or `unknown`; `special`: an option that no table holds."""
    word: Word | None = None
    """The script or module, or the word that decided."""
    rest: tuple[Word, ...] = ()
    """What follows that word."""
    options: tuple[tuple[str, Word | None], ...] = ()
    """The options that the tables hold, with their values."""
    interactive: bool = False


PYTHON = Language(
    flags="bBdEIOPqRsStuvx", values="WX", code="c", module="m", stops="Vh?", interactive="i",
    long_flags="--check-hash-based-pycs=always --check-hash-based-pycs=never --check-hash-based-pycs=default",
    long_stops="--version --help --help-all --help-env --help-xoptions",
)  # fmt: skip
_NODE_FLAGS = """
--no-warnings --trace-warnings --trace-deprecation --no-deprecation --throw-deprecation --enable-source-maps
--preserve-symlinks --preserve-symlinks-main --trace-uncaught --use-strict --harmony --experimental-vm-modules
--experimental-strip-types --experimental-transform-types --experimental-modules --experimental-json-modules
--experimental-fetch --no-experimental-fetch --experimental-websocket --watch --test-only
--experimental-test-coverage --expose-gc --no-addons --pending-deprecation --abort-on-uncaught-exception
--no-experimental-strip-types --insecure-http-parser --no-global-search-paths --frozen-intrinsics
"""
_NODE_VALUES = """
--max-old-space-size --max_old_space_size --stack-size --stack-trace-limit --max-http-header-size
--unhandled-rejections --title --conditions --input-type --dns-result-order --max-semi-space-size --disable-warning
--require --import --loader --experimental-loader --env-file --env-file-if-exists
"""
NODE = Language(
    values="rC", code="ep", stops="vh", interactive="i", long_flags=_NODE_FLAGS, long_values=_NODE_VALUES,
    long_code="--eval --print", long_stops="--version --help --v8-options",
)  # fmt: skip
RUBY = Language(flags="wUalnps", values="EK", code="e", long_stops="--version --copyright --help",
                long_flags="--enable-frozen-string-literal --disable-gems --yjit --jit --verbose")  # fmt: skip
PERL = Language(flags="wWXtTsnpal", code="eE", stops="vV", long_stops="--version --help")
PHP = Language(flags="nqC", code="rBRE", stops="vimh", interactive="a", long_code="--run",
               long_stops="--version --help --info --modules --ini")  # fmt: skip
LUA = Language(flags="EW", code="e", interactive="i")
RSCRIPT = Language(
    single_dash=True, code="e", long_stops="--version --help",
    long_flags="--vanilla --no-save --no-restore --no-environ --no-site-file --no-init-file --slave --quiet --verbose",
)  # fmt: skip
SHELL = Language(flags="abefhkmnptuvxBCEHPTlr", code="c", values="oO", interactive="is",
                 long_flags="--login --norc --noprofile --posix --restricted --verbose --noediting",
                 long_values="--rcfile --init-file", long_stops="--version --help")  # fmt: skip
FISH = Language(flags="lnNP", code="c", interactive="i", long_code="--command", long_stops="--version --help")

_LANGUAGES: Mapping[str, Language] = {
    **dict.fromkeys(("python", "python2", "python3", "pypy", "pypy3"), PYTHON),
    **dict.fromkeys(("node", "nodejs"), NODE),
    **dict.fromkeys(("bash", "sh", "zsh", "dash", "ksh", "ash", "mksh"), SHELL),
    "fish": FISH,
    "ruby": RUBY, "perl": PERL, "php": PHP, "lua": LUA, "Rscript": RSCRIPT,
}  # fmt: skip


def language_of(name: str) -> Language | None:
    """Return how the interpreter *name* (`python3.12`, `lua5.4` included) reads its options; `None` for others."""
    found = _LANGUAGES.get(name)
    if found is not None:
        return found
    base = name.rstrip("0123456789.")
    return _LANGUAGES.get(base) if base in {"python", "pypy", "lua", "ruby", "php", "perl"} else None


def planned(command: Command, language: Language) -> Plan:
    """Return what *command*, which starts an interpreter of *language*, does; found out once for all who ask."""
    found = command.plan
    if found is None:
        found = command.plan = plan(language, command.args)
    return found


def plan(language: Language, words: list[Word]) -> Plan:
    """Return what an interpreter does with *words*, the words after its name."""
    given: list[tuple[str, Word | None]] = []
    interactive = False
    position = 0
    while position < len(words):
        word = words[position]
        value = word.value
        if word.dynamic and word.could_be_option and "/" not in value:
            return Plan("unknown", word, options=tuple(given))
        if value == "--":
            position += 1
            break
        if value == "-" or not value.startswith(("-", "+") if language is SHELL else "-"):
            break
        step = (_long if value.startswith("--") else _short)(language, words, position)
        interactive = interactive or step.interactive
        if step.plan is not None:
            if step.name:
                given.append((step.name, None))
            return step.plan._replace(options=tuple(given), interactive=interactive)
        if step.value is not None and step.value.splits:
            return Plan("unknown", word, options=tuple(given))
        given.append((step.name, step.value))
        position += step.taken
    rest = words[position:]
    kind = "script" if rest and rest[0].value != "-" else "stdin"
    return Plan(kind, rest[0] if rest else None, tuple(rest[1:]), tuple(given), interactive)


class _Step(NamedTuple):
    """What one word of options means: the end (`plan`), or an option with the number of words that it takes."""

    plan: Plan | None = None
    name: str = ""
    value: Word | None = None
    taken: int = 1
    interactive: bool = False


def _long(language: Language, words: list[Word], position: int) -> _Step:
    word = words[position]
    name, equals, attached = word.value.partition("=")
    if word.value in language.long_flags.split():
        return _Step(name=name)
    if name in language.long_stops.split():
        return _Step(Plan("stops", word))
    if name in language.long_code.split():
        return _Step(Plan("code", word))
    if name in language.long_values.split():
        if equals:
            return _Step(name=name, value=word._replace(value=attached))
        following = words[position + 1] if position + 1 < len(words) else None
        return _Step(name=name, value=following, taken=2)
    return _Step(Plan("special", word, tuple(words[position + 1 :])))


def _short(language: Language, words: list[Word], position: int) -> _Step:
    word = words[position]
    rest = tuple(words[position + 1 :])
    letters = word.value[1:]
    interactive = False
    for index, letter in enumerate(letters):
        attached = letters[index + 1 :]
        if letter in language.code:
            return _Step(Plan("code", word, rest), interactive=interactive)
        if letter in language.stops:
            return _Step(Plan("stops", word), interactive=interactive)
        if letter in language.module:
            module = word._replace(value=attached) if attached else next(iter(rest), None)
            found = Plan("module", module, rest if attached else rest[1:])
            return _Step(found, name=f"-{letters[:index]}" if index else "", interactive=interactive)
        if letter in language.values:
            if attached and language is SHELL:
                # `bash -oe pipefail`: the value is the next word all the same, other shells differ.
                return _Step(Plan("unknown", word))
            value = word._replace(value=attached) if attached else next(iter(rest), None)
            return _Step(name=f"-{letter}", value=value, taken=1 if attached else 2, interactive=interactive)
        if letter in language.interactive:
            interactive = True
        elif letter not in language.flags:
            # The rest of the bundle belongs to the option that is not known.
            return _Step(Plan("special", word._replace(value=f"-{letters[index:]}"), rest), interactive=interactive)
    return _Step(name=word.value, interactive=interactive)


def is_stdin_file(command: Command, word: Word) -> bool:
    """Whether *word* names a device through which standard input comes (`/dev/stdin`, `/proc/self/fd/0`)."""
    if word.dynamic:
        return word.value.startswith(("/dev/", "/proc/"))
    if "/" not in word.value:
        for cwd in command.cwds:
            if cwd.startswith(("/dev", "/proc")):
                break
        else:
            return False  # most scripts; the rest takes looking where the path leads
    found = command.targets("read", word)
    return not found or any(operation.target.startswith(("/dev/", "/proc/")) for operation in found)


def reads_code_from_stdin(command: Command) -> bool:
    """Whether the interpreter that *command* starts would run its standard input as code (shells included).

    True also when that cannot be told: an option that is not known, a script that only the shell knows.
    """
    if command.name in {"deno", "bun"}:
        words = [word for word in command.args if not word.value.startswith("--")]
        return any(word.value == "-" or word.dynamic or is_stdin_file(command, word) for word in words[:2])
    language = language_of(command.name)
    if language is None:
        return False
    found = planned(command, language)
    if found.kind in {"code", "module"}:
        # A shell's `-i` or `-s` beside `-c` means nothing; python goes on with its input.
        return found.interactive and language not in {SHELL, FISH}
    if found.kind == "script" and found.word is not None:
        return found.interactive or found.word.splits or is_stdin_file(command, found.word)
    return found.kind != "stops"


def code_words(command: Command) -> tuple[Word, ...]:
    """Return the words of *command* that are program text, or the script that runs; all of them when that is unclear."""
    language = language_of(command.name)
    if language is None:
        return tuple(command.args[:3])
    found = planned(command, language)
    if found.kind == "code" and found.word is not None:
        return (found.word, *found.rest[:1])
    if found.kind in {"script", "module"} and found.word is not None:
        return (found.word,)
    return tuple(command.args)


# What a command line of each language does.


def describe_plan(command: Command, found: Plan) -> None:
    """Note what *found* means in every language; options with an effect are the caller's business."""
    if found.kind == "script" and found.word is not None:
        if found.word.dynamic or starts_with_wildcard(found.word) or is_stdin_file(command, found.word):
            command.unknown = f"`{command.name}` runs a script that only the shell knows, or its input"
            return
        command.path("execute", found.word)
        if found.interactive:
            command.unknown = f"`{command.name} -i` goes on with its input"
    elif found.kind == "code":
        command.unknown = f"`{command.name}` runs program text given as an argument"
    elif found.kind == "stdin":
        command.unknown = f"`{command.name}` runs its standard input"
    elif found.kind != "stops":
        text = found.word.value if found.word else ""
        command.unknown = f"option `{text}` of `{command.name}` is not known"


def _ruby(command: Command) -> None:
    found = planned(command, RUBY)
    if found.kind == "special" and found.word is not None and found.word.value == "-c" and found.rest:
        for word in found.rest:
            command.path("read", word)
        return
    describe_plan(command, found)


def _php(command: Command) -> None:
    found = planned(command, PHP)
    option = found.word.value if found.kind == "special" and found.word else ""
    if option in {"-l", "--syntax-check", "-s", "-w"} and found.rest:
        for word in found.rest:
            command.path("read", word)
    elif option in {"-f", "--file"} and found.rest:
        describe_plan(command, Plan("script", found.rest[0]))
    else:
        describe_plan(command, found)


def _plain(command: Command) -> None:
    language = language_of(command.name)
    if language is not None:
        describe_plan(command, planned(command, language))


PROGRAMS = {
    "ruby": _ruby,
    "perl": _plain,
    "php": _php,
    **dict.fromkeys(("lua", "lua5.1", "lua5.2", "lua5.3", "lua5.4", "Rscript"), _plain),
}
