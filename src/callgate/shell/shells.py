"""Shells started by a command: `sh -c text`, `bash script`, `… | bash`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callgate.core.model import DYNAMIC, SPLIT
from callgate.shell import literals
from callgate.shell.lineage import worst
from callgate.shell.state import State

if TYPE_CHECKING:
    from tree_sitter import Node

    from callgate.shell.command import Command
    from callgate.shell.simple import Runner
    from callgate.shell.walk import Walker
    from callgate.shell.words import Word

READABLE = frozenset({"sh", "bash", "dash", "ash", "ksh", "mksh"})
"""Shells whose language the analysis reads; zsh, fish and csh differ where it matters (`=cmd`, glob qualifiers)."""

STDIN = frozenset({"/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"})
"""Names under which a program finds its own standard input."""

SHELLS = READABLE | {"zsh", "fish", "csh", "tcsh"}

_LONG_FLAGS = frozenset({"--norc", "--noprofile", "--posix", "--login", "--verbose"})


def run(runner: Runner, walker: Walker, command: Command, around: tuple[str, ...]) -> str:
    """Walk what the shell would run; returns why it is not understood, or the empty string."""
    inline, stdin, operands, why = _arguments(command)
    tainted = worst(command.args)
    if why:
        runner.flow(tainted or command.stdin, command.span)
        for word in (word for word in command.args[:4] if word.dynamic):
            # `sh "$file"` may be an option, but is more likely the file that it looks like.
            for operation in command.targets("execute", word):
                runner.flow(runner.lineage.of_file(runner.units, operation), command.span)
            if runner.contents:
                literals.run_written(runner, walker, command, word, around)
        return why
    if not inline and operands and not stdin:
        return _file(runner, walker, command, operands[0], around)
    # Not the here-document that is merely near: only a text that is certainly all of standard input.
    text = operands[0] if inline and operands else command.fed
    runner.flow(command.stdin if not inline else operands[0].taint if operands else "", command.span)
    why = f"the language of `{command.name}` is not read" if command.name not in READABLE else ""
    if text is None or text.dynamic or text.glob:
        why = f"`{command.name}` runs text that only the shell knows"
        text = text or (None if inline else command.heard)
    if text is None or text.glob or not says_something(text.value) or command.name not in READABLE:
        return why
    first = len(runner.units)
    state = State(command.cwds)
    state.stdin = command.stdin
    state.search_path = walker.state.search_path
    state.here = walker.state.here if inline else None
    if runner.home_moved or "env" in around:
        state.variables["HOME"] = None
    label = f"{command.name} -c" if inline else f"{command.name} <"
    runner.script(walker, text.value, text.span, label, state, around=around, posix=command.name != "bash")
    if tainted and any(unit.problem for unit in runner.units[first:]):
        runner.flow(tainted, command.span)  # `sh -c 'eval "$1"' x "$downloaded"`
    return why


def says_something(text: str) -> bool:
    """Whether some of a text that the shell knows in part is worth reading as a script."""
    return SPLIT not in text and text.strip(f"{DYNAMIC} \t\n") != ""


def _file(runner: Runner, walker: Walker, command: Command, word: Word, around: tuple[str, ...]) -> str:
    """Note that the shell runs the file *word*; returns why that is not understood, or the empty string."""
    if not word.dynamic or word.value[:1] in "\ue000\ue001":
        # Not `tool-$version.sh`: there the download chooses among files only.
        runner.flow(word.taint or (command.stdin if word.value in STDIN else ""), command.span)
    command.path("execute", word)
    why = "a script that comes through a pipe" if word.value.startswith(("/dev/", "/proc/")) else ""
    if not why:
        runner.emit(command, around)
    if runner.contents:
        literals.run_written(runner, walker, command, word, around)
    return why


_BASH_ONLY = frozenset({
    "ansi_c_string", "translated_string", "array", "select_statement", "coproc_command", "brace_expression",
    "c_style_for_statement", "herestring_redirect", "process_substitution", "subscript",
    "extglob_pattern",
})  # fmt: skip
_BASH_TOKENS = frozenset({"[[", "((", "function", "&>", "&>>", "|&", "+=", ";&", ";;&", "select", "=~", "$[",
                          "declare", "typeset"})  # fmt: skip
_BASH_BUILTINS = frozenset({"declare", "typeset", "let", "source", "local", "pushd", "popd", "mapfile", "readarray",
                            "time", "shopt", "enable", "builtin", "select", "coproc", "function"})  # fmt: skip


def check_portable(walker: Walker, root: Node) -> None:
    """Note a problem for syntax that other shells than bash read as something else: to dash `&>` ends a command."""
    stack = [root]
    while stack:
        node = stack.pop()
        text = walker.text(node) if node.type in {"word", "concatenation", "command_name"} else ""
        if (
            node.type in _BASH_ONLY
            or (not node.is_named and node.type in _BASH_TOKENS)
            or ("{" in text and ("," in text or ".." in text))
            or (node.type == "command_name" and text in _BASH_BUILTINS)
        ):
            walker.problem(node, "syntax of bash for a shell that may be another one")
            return
        stack.extend(node.children)


def _arguments(command: Command) -> tuple[bool, bool, list[Word], str]:
    """Return whether `-c` and `-s` are given, the operands, and why the options are not understood."""
    inline = stdin = False
    words = command.args
    position = 0
    while position < len(words):
        word = words[position]
        value = word.value
        if word.dynamic and word.could_be_option:
            return inline, stdin, [], f"an option of `{command.name}` that only the shell knows"
        if value in {"--", "-"}:
            position += 1
            break
        if value[:1] not in {"-", "+"} or len(value) < 2:
            break
        position += 1
        if value.startswith("--"):
            if value in _LONG_FLAGS:
                continue
            return inline, stdin, [], f"option `{value}` of `{command.name}` is not known"
        if not set(value[1:]).issubset("cselxuvoafhmnptE"):
            return inline, stdin, [], f"option `{value}` of `{command.name}` is not known"
        inline = inline or "c" in value
        stdin = stdin or "s" in value
        position += value.count("o")
    return inline, stdin, words[position:], ""
