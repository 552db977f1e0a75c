"""Text that a call itself spells out: what `echo`, `printf`, `cat` and `tee` print, and what files come to hold.

Two uses with two standards. Text that stands in for a substitution or for a shell's whole input must be *certain*,
for a command that is allowed is judged by it. Text that a file holds, or that a shell may get, is only looked at in
addition to what is said of the file anyway: it can deny, and it can keep a call from being allowed, nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from callgate.shell.lineage import file_key, worst
from callgate.shell.words import Word

if TYPE_CHECKING:
    from tree_sitter import Node

    from callgate.core.model import Operation, Span
    from callgate.shell.command import Command
    from callgate.shell.simple import Runner
    from callgate.shell.walk import Walker

PRINTERS = frozenset({"echo", "printf", "cat", "tee", "dd", "cp", "mv", "install", "ln"})
"""Programs whose output, or what they write, may be text that is known."""

MAX_TEXT = 20_000
"""Characters; longer text is not kept."""

_MAX_VERSIONS = 8
"""Contents that one file may have had by turns."""

_MAX_REPLAYS = 16
"""Scripts that are written and run in one call."""

# Wrappers that leave standard input to what they run; behind the others (`sudo -S`) it may be half read.
_TRANSPARENT = frozenset({"command", "env", "exec", "nice", "nohup", "time", "timeout"})
_NEAR = _TRANSPARENT | {"sudo", "doas", "stdbuf", "setsid", "ionice", "unbuffer"}

_SIMPLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}
_OCTAL = frozenset("01234567")
_HEX = frozenset("0123456789abcdefABCDEF")


class Text(NamedTuple):
    """Text that a command prints or gets."""

    word: Word
    certain: bool
    """It is all of the text and exactly that."""


class Printed(NamedTuple):
    """The last command that may have printed what is known."""

    position: int
    """Of its unit."""
    command: Command
    posix: bool


# What a command gets


def fed(walker: Walker, span: Span, inside: tuple[str, ...]) -> Word | None:
    """Return the text that a command with this *span*, inside wrappers, has as its whole input, if that is certain.

    A command inside a group, loop or function may find the here-document of the whole half read, and another
    redirect on the line may replace it: the command must stand by itself with one redirect of the plainest form.
    """
    text = walker.state.here
    if text is None or walker.fixed_span is not None or not _TRANSPARENT.issuperset(inside):
        return None
    if not span.start <= text.span.start <= text.span.end <= span.end:
        return None
    line = walker.source[span.start : span.end].partition("\n")[0]
    before, _, after = line.partition("<<")
    here_string = after.startswith("<")
    if "<" in before or "<" in after[here_string:] or before[-1:] not in {" ", "\t"} or after.startswith("-"):
        return None
    # The one `<<` of the line is the redirect only if its text is where that puts it.
    end = span.start + len(line)
    if here_string:
        return text._replace(value=text.value + "\n") if text.span.end <= end else None
    return text if text.span.start > end and not walker.source[end : text.span.start].strip() else None


def hear(walker: Walker, command: Command, inside: tuple[str, ...]) -> None:
    """Give *command*, which stands *inside* wrappers, what it reads: a here-document, or what comes through a pipe."""
    if walker.state.here is not None:
        command.fed = fed(walker, command.span, inside)
    heard = walker.state.heard
    if heard is None:
        return
    if heard.certain and command.fed is None and _TRANSPARENT.issuperset(inside):
        command.fed = heard.word
    elif _NEAR.issuperset(inside):
        command.heard = heard.word


def is_plain(node: Node) -> bool:
    """Whether *node* is a simple command that alone reads what comes to it: no other input, nothing substituted."""
    body = node.child_by_field_name("body") if node.type == "redirected_statement" else node
    if body is None or body.type != "command":
        return False
    for child in (*node.children, *body.children):
        if child.type in {"heredoc_redirect", "herestring_redirect", "variable_assignment"} or (
            child.type == "file_redirect" and any(one.type in {"<", "<>", "<&", "<&-"} for one in child.children)
        ):
            return False
    text = node.text or b""
    return not any(mark in text for mark in (b"$(", b"`", b"<(", b">("))


# What a command prints


def of_stage(runner: Runner, first: int) -> Text | None:
    """Return what a simple command without redirects prints, whose unit is the only one since *first*."""
    last = runner.printed
    if last is None or last.position != first or len(runner.units) != first + 1:
        return None
    return printed(runner, last)


def of_statement(runner: Runner, node: Node, first: int) -> Text | None:
    """Return what the statement *node* prints, whose units are those since *first*; `None` when it is not known."""
    text = of_stage(runner, first)
    return text if text is None or _prints_all(node) else text._replace(certain=False)


def _prints_all(node: Node) -> bool:
    """Whether *node* is a simple command, and all that it prints goes on to what comes behind it."""
    body = node.child_by_field_name("body") if node.type == "redirected_statement" else node
    if body is None or body.type != "command":
        return False
    inner = [one for child in node.children if child.type == "heredoc_redirect" for one in child.children]
    return not any(child.type == "file_redirect" for child in (*node.children, *body.children, *inner))


def of_substitution(runner: Runner, node: Node, first: int) -> str | None:
    """Return what the substitution *node* becomes, when it is `echo` or `printf` of constants and nothing else."""
    last = runner.printed
    if last is None or last.command.name not in {"echo", "printf"} or node.named_child_count != 1:
        return None
    text = of_statement(runner, node.named_children[0], first)
    if text is None or not text.certain or text.word.taint or text.word.dynamic:
        return None
    return text.word.value.rstrip("\n")


def keep_substituted(runner: Runner, node: Node, first: int, path: str) -> None:
    """Note what the file *path* holds that the process substitution *node* becomes, if that is known."""
    runner.contents.pop(path, None)
    text = of_statement(runner, node.named_children[0], first) if node.named_child_count == 1 else None
    if text is not None:
        runner.contents[path] = [text.word.value]


def printed(runner: Runner, last: Printed) -> Text | None:
    """Return what the command *last* prints."""
    command = last.command
    if command.name == "echo":
        return _echo(command, posix=last.posix)
    if command.name == "printf":
        return _printf(command, posix=last.posix)
    got = _got(command)
    if command.name == "cat" and command.args:
        return _files(runner, command)
    return got if command.name in {"cat", "tee"} else None


def _got(command: Command) -> Text | None:
    if command.fed is not None:
        return Text(command.fed, certain=not command.fed.dynamic)
    return Text(command.heard, certain=False) if command.heard is not None else None


def _text(command: Command, value: str, *, certain: bool) -> Text | None:
    if len(value) > MAX_TEXT:
        return None
    word = Word(value, command.span, taint=worst(command.args))
    return Text(word, certain and not word.dynamic and "\0" not in value and value.isascii())


def _echo(command: Command, *, posix: bool) -> Text | None:
    words = command.args
    newline, escapes = "\n", False
    while words and not posix and words[0].value in {"-n", "-e", "-E", "-ne", "-en"}:
        newline = "" if "n" in words[0].value else newline
        escapes = "e" in words[0].value or (escapes and "E" not in words[0].value)
        words = words[1:]
    if any(word.glob for word in words):
        return None
    value = " ".join(word.value for word in words)
    # Which words are options, and whether a backslash means something, depends on the shell.
    certain = not value.startswith("-") and (escapes or "\\" not in value)
    if escapes:
        plain = _unescaped(value, octal_zero=True, posix=posix)
        if plain is None:
            return None
        value = plain
    return _text(command, value + newline, certain=certain)


def _printf(command: Command, *, posix: bool) -> Text | None:
    words = command.args[1:] if command.args and command.args[0].value == "--" else command.args
    if not words or words[0].value.startswith("-") or any(word.glob for word in words):
        return None
    pattern, *rest = (word.value for word in words)
    out: list[str] = []
    while True:
        before = len(rest)
        for position, piece in enumerate(pattern.replace("%%", "\0").split("%")):
            kind = piece[:1] if position else ""
            plain = _unescaped(piece[1:] if position else piece, octal_zero=False, posix=posix)
            if kind not in {"", "s", "b"} or (position and not kind) or plain is None:
                return None
            value = rest.pop(0) if kind and rest else ""
            text = _unescaped(value, octal_zero=True, posix=posix) if kind == "b" else value
            if text is None:
                return None
            out += [text, plain.replace("\0", "%")]
        if not rest or len(rest) == before:
            break
    return _text(command, "".join(out), certain=True)


def _unescaped(text: str, *, octal_zero: bool, posix: bool) -> str | None:
    r"""Return *text* without its backslashes, as `printf` reads them; `None` when that is not certain.

    Args:
        text: with escapes.
        octal_zero: octal numbers begin with an additional `0`, as for `echo -e` and `%b`.
        posix: a shell that may not know `\x`.
    """
    head, *pieces = text.split("\\")
    if not pieces:
        return text
    out = [head]
    position = 0
    while position < len(pieces):
        piece = pieces[position]
        position += 1
        if not piece:  # two backslashes, or one at the end
            if position == len(pieces):
                return None
            out.append("\\" + pieces[position])
            position += 1
            continue
        letter, digits = piece[0], ""
        if letter in _SIMPLE:
            out.append(_SIMPLE[letter] + piece[1:])
            continue
        if letter == "x" and not posix:
            digits, base, skipped = _digits(piece[1:], _HEX, 2), 16, 1
        elif letter in _OCTAL and (letter == "0" or not octal_zero):
            skipped = 1 if octal_zero else 0
            digits, base = _digits(piece[skipped:], _OCTAL, 3), 8
        if not digits or not 0 < int(digits, base) < 0x80:
            return None
        out.append(chr(int(digits, base)) + piece[skipped + len(digits) :])
    return "".join(out)


def _digits(text: str, alphabet: frozenset[str], most: int) -> str:
    end = 0
    while end < min(most, len(text)) and text[end] in alphabet:
        end += 1
    return text[:end]


# What files hold


def _files(runner: Runner, command: Command) -> Text | None:
    """Return what `cat` prints of files that this call has written; that is never certain."""
    if not runner.contents:
        return None
    value = ""
    for word in command.args:
        for operation in command.targets("read", word)[:1]:
            value += "".join(runner.contents.get(file_key(runner.source, operation), ())[-1:])
    return _text(command, value, certain=False) if value else None


def note_written(runner: Runner, walker: Walker, command: Command) -> None:
    """Note what *command*, of which the unit is the last one, writes into files by itself: `tee`, `cp`, `mv`, `dd`."""
    runner.printed = Printed(len(runner.units) - 1, command, walker.posix)
    if command.name in {"tee", "dd"}:
        text = _got(command)
        if text is not None:
            appends = any(word.value in {"-a", "--append"} for word in command.args)
            for operation in command.operations:
                if operation.kind == "write":
                    _keep(runner, operation, text.word.value, appends=appends)
    elif command.name in {"cp", "mv", "install", "ln"} and runner.contents and len(command.args) > 1:
        _copy(runner, command)


def _copy(runner: Runner, command: Command) -> None:
    sources = [word for word in command.args[:-1] if not word.value.startswith("-")]
    for source in sources:
        for found in command.targets("read", source)[:1]:
            for text in runner.contents.get(file_key(runner.source, found), ()):
                for target in command.targets("write", command.args[-1])[:1]:
                    _keep(runner, target, text, appends=False)
                    name = found.target.rpartition("/")[2]
                    _keep(runner, target._replace(target=f"{target.target}/{name}"), text, appends=False)


def note_redirected(runner: Runner, first: int) -> None:
    """Note what the last command has written by the redirects among the units since *first*."""
    last = runner.printed
    if last is None or last.position != len(runner.units) - 1 or last.position <= first:
        return
    text = printed(runner, last)
    if text is None:
        return
    for unit in runner.units[first : last.position]:
        if unit.kind == "redirect":
            for operation in unit.operations:
                if operation.kind == "write":
                    _keep(runner, operation, text.word.value, appends=">>" in unit.text[:3])


def _keep(runner: Runner, operation: Operation, text: str, *, appends: bool) -> None:
    key = file_key(runner.source, operation)
    versions = runner.contents.setdefault(key, [])
    # Whichever branch wrote the file: all that it may hold counts.
    whole = versions.pop() + text if appends and versions else text
    if key and whole not in versions:
        versions[_MAX_VERSIONS - 1 :] = [whole[:MAX_TEXT]]  # the last one is what is run, if the way here is straight


def run_written(runner: Runner, walker: Walker, command: Command, word: Word, around: tuple[str, ...]) -> None:
    """Walk the scripts that the file *word*, which *command* runs, has been given earlier in this call."""
    from callgate.shell.state import State  # noqa: PLC0415 - most calls write no file that they run

    for operation in command.targets("execute", word):
        key = file_key(runner.source, operation)
        texts = runner.contents.pop(key, None)
        if texts is None:
            continue
        for text in texts:
            runner.replays += 1
            if runner.replays > _MAX_REPLAYS:
                runner.problem(word.value, command.span, "too many scripts are written and run", around)
                break
            head = text.partition("\n")[0]
            if head.startswith("#!") and "sh" not in head:
                continue
            sourced = command.name in {"source", "."}
            state = walker.state.copy() if sourced else State(command.cwds)
            posix = not sourced and command.name != "bash" and "bash" not in head
            runner.script(walker, text, command.span, word.value, state, around=around, posix=posix)
        # Taken out meanwhile, or a script that runs itself would be walked without end.
        runner.contents[key] = texts
