"""python: scripts, modules and options. A module that is a program of its own counts as that program."""

from __future__ import annotations

from typing import Mapping

from callgate.core.model import DYNAMIC, STDLIB
from callgate.shell.command import Command
from callgate.shell.programs.interpreters import PYTHON, Plan, describe_plan, planned
from callgate.shell.words import Word

_HARMLESS_X = frozenset({
    "importtime", "dev", "utf8", "faulthandler", "tracemalloc", "no_debug_ranges", "showrefcount", "showalloccount",
    "int_max_str_digits", "warn_default_encoding", "gil", "thread_inherit_context", "context_aware_warnings",
    "safe_path", "frozen_modules", "perf", "cpu_count",
})  # fmt: skip
# Module -> program. These run code of the project anyway (configuration, plug-ins, tests), ...
_RUNS_PROJECT: Mapping[str, str] = {
    "pytest": "pytest", "tox": "tox", "nox": "nox", "mypy": "mypy", "pylint": "pylint", "flake8": "flake8",
    "coverage": "coverage", "sphinx": "sphinx-build", "sphinx.cmd.build": "sphinx-build",
}  # fmt: skip
# ... and these do not, so a file of the same name in the working directory would be a surprise.
_PLAIN: Mapping[str, str] = {"pip": "pip", "ruff": "ruff", "black": "black", "isort": "isort", "pyflakes": "pyflakes",
                             "pycodestyle": "pycodestyle", "pydocstyle": "pydocstyle"}  # fmt: skip


def _python(command: Command) -> None:
    found = planned(command, PYTHON)
    for name, value in found.options:
        _option(command, name, value)
    if found.kind == "module" and found.word is not None:
        _module(command, found, found.word)
        return
    describe_plan(command, found)
    if found.kind in {"code", "stdin"} and command.unknown:
        _code(command, found)


# Options that change nothing of what the text means; `i` goes on with the input, `x` skips a line of it.
_QUIET = frozenset("bBdEIOPqRsSuvWX")


def _code(command: Command, found: Plan) -> None:
    """Note what program text does that is an argument or a here-document, when it only computes and prints.

    Whatever it imports is looked for in the working directory first, and some versions import modules of their own
    accord (3.13: `linecache` for `-c`, `traceback` for an error), so that directory's code counts as run; when all
    that is imported comes with Python, only what stands in that directory under the same name.
    """
    text = command.fed if found.kind == "stdin" else _argument(found)
    letters = "".join(name[1:] for name, _ in found.options if name[:2] != "--")
    if found.kind == "code" and found.word is not None:
        letters += found.word.value[1:].partition("c")[0]
    if text is None or text.dynamic or text.glob or found.interactive or not _QUIET.issuperset(letters):
        return
    if command.name.startswith("python2"):
        return
    if not command.afford(20 + len(text.value) // 2):
        command.unknown += " (too much Python in one call)"
        return
    from callgate.shell.python_code import examine  # noqa: PLC0415 - only where there is Python text

    reading = examine(text.value)
    if reading.problem:
        command.unknown += f" ({reading.problem})"
        return
    command.unknown = ""
    if reading.outside:
        command.here("execute")
    elif not {"I", "P"}.intersection(letters):
        command.path("execute", Word(".", command.span), only=(STDLIB,))


def _argument(found: Plan) -> Word | None:
    """Return the program text of `-c`, which may stand in the same word."""
    if found.word is None or found.word.dynamic:
        return None
    attached = found.word.value[1:].partition("c")[2]
    return found.word._replace(value=attached) if attached else next(iter(found.rest), None)


def _option(command: Command, name: str, value: Word | None) -> None:
    text = value.value if value else ""
    if name == "-X" and text.partition("=")[0] not in _HARMLESS_X:
        command.opaque(f"`-X {text}` is not known", via="-X")
    elif name == "-W" and (DYNAMIC in text or "." in ":".join(text.split(":")[2:3])):
        # A category with a dot is imported, and the module of that name may do anything.
        command.opaque(f"`-W {text}` imports a module", via="-W")


def _module(command: Command, found: Plan, word: Word) -> None:
    """Note `python -m MODULE …`. The working directory comes first on the path unless `-I` or `-P` is given."""
    name = word.value
    if word.dynamic or found.interactive:
        command.unknown = "a module that only the shell knows"
        return
    isolated = any(set("IP") & set(option[1:]) for option, _ in found.options if option[:2] != "--")
    program = _RUNS_PROJECT.get(name)
    if program is not None:
        command.run([word._replace(value=program), *found.rest], f"{command.name} -m")
        return
    program = _PLAIN.get(name)
    if program is None and name not in _HANDLERS:
        command.unknown = f"module `{name}` is not known"
        return
    if not isolated:
        command.here("execute")
    if program is not None:
        command.run([word._replace(value=program), *found.rest], f"{command.name} -m")
    else:
        _HANDLERS[name](command, found.rest)


def _unittest(command: Command, _rest: tuple[Word, ...]) -> None:
    command.here("execute", recursive=True)


def _split(command: Command, rest: tuple[Word, ...], flags: frozenset[str], values: frozenset[str]) -> list[Word]:
    """Return the operands of *rest*; an option that is in neither set is noted as unknown."""
    operands: list[Word] = []
    position = 0
    while position < len(rest):
        word = rest[position]
        position += 1
        name = word.value.partition("=")[0]
        if word.dynamic and word.could_be_option:
            command.opaque("a word that may turn into an option", via="$…", span=word.span)
        if not word.value.startswith("-"):
            operands.append(word)
        elif name in values:
            position += "=" not in word.value
        elif name not in flags:
            command.opaque(f"option `{name}` of the module is not known", via=name, span=word.span)
    return operands


def _json_tool(command: Command, rest: tuple[Word, ...]) -> None:
    flags = frozenset(
        {"--sort-keys", "--no-ensure-ascii", "--json-lines", "--tab", "--no-indent", "--compact", "-h", "--help"}
    )
    operands = _split(command, rest, flags, frozenset({"--indent"}))
    for word in operands[:1]:
        if word.value != "-":
            command.path("read", word)
    for word in operands[1:]:
        command.path("write", word, via="OUTPUT")


def _compile(command: Command, rest: tuple[Word, ...]) -> None:
    operands = _split(command, rest, frozenset({"-q", "-qq", "--quiet", "-f", "-l", "-b"}), frozenset({"-j", "-r"}))
    for word in operands:
        command.path("read", word, recursive=True)
        # Byte code goes into `__pycache__` beside the source, or below the directory that is compiled.
        folder = word.value.rpartition("/")[0] if word.value.endswith(".py") else word.value
        root = "/" if word.value.startswith("/") else "."
        command.path("write", word._replace(value=DYNAMIC if word.dynamic else folder or root), recursive=True)
    if not operands:
        command.unknown = "the module compiles whatever lies on the path"


def _venv(command: Command, rest: tuple[Word, ...]) -> None:
    flags = frozenset({"--clear", "--without-pip", "--upgrade", "--symlinks", "--copies", "--system-site-packages",
                       "--upgrade-deps", "--without-scm-ignore-files"})  # fmt: skip
    for word in _split(command, rest, flags, frozenset({"--prompt"})):
        command.path("write", word, recursive=True)
        if any(option.value == "--clear" for option in rest):
            command.path("delete", word, recursive=True, via="--clear")
    if any(option.value == "--upgrade-deps" for option in rest):
        command.add("system", "installs packages", via="--upgrade-deps")
        command.add("network", "", Word(DYNAMIC, command.span), via="--upgrade-deps")


_HANDLERS = {
    "unittest": _unittest,
    "json.tool": _json_tool,
    "py_compile": _compile,
    "compileall": _compile,
    "venv": _venv,
}
_NAMES = "python python2 python3 pypy pypy3 " + " ".join(f"python3.{minor}" for minor in range(6, 16))
PROGRAMS = dict.fromkeys(_NAMES.split(), _python)
