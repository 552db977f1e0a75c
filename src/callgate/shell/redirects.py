"""Redirects of every form: files opened, here-documents and here-strings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callgate.core.model import DYNAMIC, SPLIT, Operation, OperationKind, Unit
from callgate.shell import expand
from callgate.shell.command import Command
from callgate.shell.lineage import REMOTE, file_key, join
from callgate.shell.literals import Text
from callgate.shell.segments import Segment, double_quoted_text
from callgate.shell.words import Word

if TYPE_CHECKING:
    from tree_sitter import Node

    from callgate.shell.walk import Walker

_OPENS: dict[str, tuple[OperationKind, ...]] = {
    "<": ("read",), ">": ("write",), ">>": ("write",), ">|": ("write",), "&>": ("write",), "&>>": ("write",),
    "<>": ("read", "write"), ">&": ("write",), "<&": ("read",),
}  # fmt: skip


def file_redirect(walker: Walker, node: Node) -> list[Word]:
    """Walk one file redirect; return the words behind its target, which the grammar gives to it by mistake."""
    operator = ""
    closes = False
    words: list[Word] = []
    walker.check_gaps(node)
    for child in node.children:
        if child.type == "file_descriptor":
            continue
        if child.type in _OPENS:
            operator = child.type
        elif child.type in {">&-", "<&-"}:
            closes = True
        elif child.is_named and child.type != "ERROR":
            words.extend(expand.expand(walker, child))
        else:
            walker.problem(node, f"the redirect `{child.type}` is not understood")
    if node.has_error:
        walker.problem(node, "the redirect is not understood")
    if closes:
        return words
    if not operator or not words:
        walker.problem(node, "a redirect without a target")
        return words
    target, *rest = words
    if operator not in {">&", "<&"} or not (target.value == "-" or target.value.rstrip("-").isdigit()):
        for kind in _OPENS[operator]:
            opens(walker, kind, operator, target)
    if operator in {"<", "<>", "<&"}:
        _takes_input(walker, node, target)
    return rest


def _takes_input(walker: Walker, node: Node, target: Word) -> None:
    """Note what standard input, or another descriptor, holds from here on: what a file or a `<( … )` has been given."""
    runner = walker.runner
    if target.value.isdigit():
        walker.state.stdin = runner.lineage.descriptors.get(target.value, walker.state.stdin)
        return
    holder = Command([target], target.span, walker.state.cwds, walker.home)
    taint = REMOTE if target.value.startswith(("/dev/tcp/", "/dev/udp/")) else target.taint
    heard = ""
    for operation in holder.targets("read", target) or (Operation("read", target.value, target.span),):
        taint = join(taint, runner.lineage.of_file(runner.units, operation))
        heard += "".join(runner.contents.get(file_key(runner.source, operation), ())[-1:])
    descriptor = next((walker.text(child) for child in node.children if child.type == "file_descriptor"), "0")
    if descriptor != "0":
        runner.lineage.descriptors[descriptor] = taint
        return
    walker.state.stdin = taint
    walker.state.heard = Text(Word(heard, target.span), certain=False) if heard else None


def opens(walker: Walker, kind: OperationKind, operator: str, target: Word) -> None:
    """Make the unit for a file (or a network socket) that a redirect opens."""
    command = Command([target], target.span, walker.state.cwds, walker.home)
    if target.value.startswith(("/dev/tcp/", "/dev/udp/")):
        command.add("network", ":".join(target.value.split("/")[3:5]))
    else:
        command.path(kind, target)
    if command.operations:
        text = f"{operator} {target.value}"
        walker.runner.add(Unit("redirect", text, (), tuple(command.operations), target.span, wrappers=walker.wrappers))


def here_string(walker: Walker, node: Node) -> None:
    """Walk `<<< word`: its text becomes standard input."""
    walker.check_gaps(node)
    for child in node.children:
        if child.is_named and child.type != "file_descriptor":
            word = expand.expand_single(walker, child)
            walker.state.here = word
            walker.state.stdin = word.taint
            walker.state.heard = None


def here_document(walker: Walker, node: Node) -> Word | None:
    """Return the text of a here-document, with placeholders where it expands; `None` when it is not there."""
    start = _child(node, "heredoc_start")
    end = _child(node, "heredoc_end")
    if start is None or end is None or end.is_missing:
        walker.problem(node, "a here-document without an end")
        return None
    if any(child.type in {"<<", "<<-"} and walker.text(child) != child.type for child in node.children):
        walker.problem(node, "a word that ends at `<<`")  # the grammar loses it
    body = _child(node, "heredoc_body")
    label = walker.text(start)
    _check_line(walker, node, start)
    name = label.strip("'\"").replace("\\", "")
    span = walker.span(body or node)
    first = body.start_byte if body else end.start_byte
    # The body begins behind the line break after the redirect; the grammar may start it later.
    newline = walker.data.rfind(b"\n", 0, first)
    text_start = _line_start(walker, node, first, newline)
    text = walker.slice(text_start, end.start_byte)
    strips_tabs = any(child.type == "<<-" for child in node.children)
    lines = text.split("\n")
    if strips_tabs:
        lines = [line.lstrip("\t") for line in lines]
    quoted = any(quote in label for quote in "'\"\\")
    # Were a line before the end equal to the label, bash would end the document there and run the rest.
    early = name in lines[:-1] or (not quoted and _joined_early(lines, name))
    if lines[-1] != "" or walker.text(end).strip("\t") != name or early or not _ends_line(walker, end):
        walker.problem(node, "the end of a here-document is not where bash sees it")
    if quoted:
        return Word("\n".join(lines), span)
    return _expanding(walker, node, body, text_start, end.start_byte, text)


def _check_line(walker: Walker, node: Node, start: Node) -> None:
    """Note a problem when the line of the redirect holds something that is no node: the grammar loses some of it."""
    position = start.end_byte
    line_end = walker.data.find(b"\n", position)
    for child in node.children:
        if child.start_byte < position:
            continue
        if walker.data[position : min(child.start_byte, line_end)].strip(b" \t"):
            walker.problem(node, "something behind a here-document on its line is not understood")
            return
        if child.type in {"heredoc_body", "heredoc_end"}:
            return
        position = child.end_byte
        line_end = max(line_end, walker.data.find(b"\n", position))


def _joined_early(lines: list[str], label: str) -> bool:
    """Whether lines that a backslash continues end the document elsewhere than where the label stands by itself."""
    whole = ""
    for line in lines[:-1]:
        continues = (len(line) - len(line.rstrip("\\"))) % 2 == 1
        whole += line[:-1] if continues else line
        if not continues:
            if whole == label:
                return True
            whole = ""
    return whole != "" or lines[-2:-1] == ["\\"]  # the label's own line would continue the last one


def _line_start(walker: Walker, node: Node, first: int, newline: int) -> int:
    """Return the offset behind the first line break after the redirect's own line."""
    start = _child(node, "heredoc_start")
    own = walker.data.find(b"\n", start.end_byte if start else node.start_byte)
    # Only one document per line is followed; with several, the second starts where the first one ends.
    return own + 1 if 0 <= own < first else newline + 1


def _ends_line(walker: Walker, end: Node) -> bool:
    return walker.data[end.end_byte : end.end_byte + 1] in {b"", b"\n", b")", b"`"}


def _expanding(walker: Walker, node: Node, body: Node | None, start: int, end: int, text: str) -> Word:
    if "$" not in text and "`" not in text and "\\" not in text:
        return Word(text, walker.span(body or node))
    found: list[Segment] = []
    position = start
    taint = ""
    for child in body.named_children if body else []:
        if child.type in {"heredoc_content", "string_content"} or child.start_byte < position:
            continue
        double_quoted_text(walker, node, walker.slice(position, child.start_byte), found, here=True)
        taint = expand.gather(walker, child, found, quoted=True) or taint
        position = child.end_byte
    rest = walker.slice(position, end)
    if "`" in rest.replace("\\`", ""):
        _backticks(walker, node, rest)
    if "$(" in rest:
        walker.runner.evaluated(walker, rest, walker.span(node))  # the grammar found no substitution there
    double_quoted_text(walker, node, rest, found, here=True)
    value = "".join(segment.text for segment in found).replace(SPLIT, DYNAMIC)
    return Word(value, walker.span(body or node), taint=taint)


def _backticks(walker: Walker, node: Node, text: str) -> None:
    """Walk what stands between backticks in a here-document, where the grammar sees only text."""
    for inner in text.replace("\\`", "").split("`")[1::2]:
        walker.runner.script(walker, inner, walker.span(node), "`…`", walker.state.copy())


def _child(node: Node, kind: str) -> Node | None:
    return next((child for child in node.children if child.type == kind), None)
