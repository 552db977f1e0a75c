"""Shells started by a command: `sh -c text`, `bash script`, `… | bash`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callgate.shell.state import State

if TYPE_CHECKING:
    from tree_sitter import Node

    from callgate.shell.command import Command
    from callgate.shell.simple import Runner
    from callgate.shell.walk import Walker
    from callgate.shell.words import Word

READABLE = frozenset({"sh", "bash", "dash", "ash", "ksh", "mksh"})
"""Shells whose language the analysis reads; zsh, fish and csh differ where it matters (`=cmd`, glob qualifiers)."""

SHELLS = READABLE | {"zsh", "fish", "csh", "tcsh"}

_LONG_FLAGS = frozenset({"--norc", "--noprofile", "--posix", "--login", "--verbose"})


def run(runner: Runner, walker: Walker, command: Command, around: tuple[str, ...]) -> str:
    """Walk what the shell would run; returns why it is not understood, or the empty string."""
    inline, stdin, operands, why = _arguments(command)
    tainted = next((word.taint for word in command.args if word.taint), "")
    if why:
        runner.flow(tainted or command.stdin, command.span)
        return why
    if not inline and operands and not stdin:
        runner.flow(operands[0].taint, command.span)
        command.path("execute", operands[0])
        if operands[0].value.startswith(("/dev/", "/proc/")):
            return "a script that comes through a pipe"
        runner.emit(command, around)
        return ""
    # Not the here-document that is merely near: only a text that is certainly all of standard input.
    text = operands[0] if inline and operands else command.fed
    runner.flow(tainted or ("" if inline else command.stdin), command.span)
    if text is None or text.dynamic or text.glob:
        return f"`{command.name}` runs text that only the shell knows"
    if command.name not in READABLE:
        return f"the language of `{command.name}` is not read"
    state = State(command.cwds)
    state.stdin = command.stdin
    state.search_path = walker.state.search_path
    state.here = walker.state.here if inline else None
    if runner.home_moved or "env" in around:
        state.variables["HOME"] = None
    label = f"{command.name} -c" if inline else f"{command.name} <"
    runner.script(walker, text.value, text.span, label, state, around=around, posix=command.name != "bash")
    return ""


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
