"""Word expansion as far as constants go: quotes, `$'…'`, tilde, braces, variables; everything else stays dynamic.

A word is gathered as segments, then braces, tilde and globs are worked out on them in bash's order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callgate.core.model import DYNAMIC, SPLIT
from callgate.shell import literals
from callgate.shell.ansi_c import decode_ansi_c
from callgate.shell.braces import expand_braces
from callgate.shell.characters import in_word
from callgate.shell.lineage import join
from callgate.shell.patterns import pattern_of
from callgate.shell.segments import BARE, EXPANDED, PATTERN, QUOTED, Segment, double_quoted_text, expands
from callgate.shell.tildes import tilde, tilde_of_assignment, tilde_of_pattern
from callgate.shell.tree import below, hides_substitution, runs_commands
from callgate.shell.words import GLOB_CHARACTERS, Word

if TYPE_CHECKING:
    from tree_sitter import Node

    from callgate.core.model import Span
    from callgate.shell.walk import Walker

PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,@%+")
# What a bare word must not hold unescaped: had bash seen it, the grammar should have made a node of it.
SUSPICIOUS = frozenset("`'\"|&;<>()\n")
_SPECIAL = SUSPICIOUS | {"\\", "$", DYNAMIC, SPLIT}
MAX_VALUE = 20_000
_LONG = 100
"""Characters from which on a value counts as work, each time that it is used; four of them as one syntax node."""


def expand(walker: Walker, node: Node) -> list[Word]:
    """Return the words that *node* (an argument) becomes; several by braces or splitting, none when it vanishes."""
    if node.type == "word":
        text = walker.text(node)
        if PLAIN.issuperset(text):
            return [Word(text, walker.span(node))]
    segments: list[Segment] = []
    taint = gather(walker, node, segments, quoted=False)
    span = walker.span(node)
    quoted = any(segment.level == QUOTED for segment in segments)
    if not quoted and len(segments) == 1 and segments[0].level == EXPANDED and segments[0].text != SPLIT:
        return _split(segments[0].text, span, taint)
    words = []
    alternatives = _braces(walker, segments)
    if len(alternatives) > 1 and _glues(walker, node, segments):
        return [Word(SPLIT, span, taint=taint)]
    for alternative in alternatives:
        word = finish(walker, alternative, span, taint)
        if word.value[:1] == "-" and word.splits:
            # It begins an option, but may end it, and operands may follow.
            words += [Word("-" + DYNAMIC, span, taint=taint), Word(SPLIT, span, taint=taint)]
        elif word.value or quoted or (segments and segments[0].text[:1] == "~"):
            words.append(word)
    return words


def expand_single(walker: Walker, node: Node) -> Word:
    """Return *node* as the value of an assignment or a here-string: no braces, no splitting, no globs."""
    segments: list[Segment] = []
    taint = gather(walker, node, segments, quoted=False)
    text = "".join(segment.text for segment in segments)
    if segments and segments[0].level == BARE and text.startswith("~"):
        text = tilde(walker, segments)
    if any(segment.level == BARE and ":~" in segment.text for segment in segments):
        text = DYNAMIC
    if any(segment.level == PATTERN for segment in segments):
        text = DYNAMIC
    return Word(text.replace(SPLIT, DYNAMIC)[:MAX_VALUE], walker.span(node), taint=taint)


def _split(text: str, span: Span, taint: str) -> list[Word]:
    """Split an unquoted expansion of a known value at white space, as the default IFS does."""
    parts = text.replace("\t", " ").replace("\n", " ").split(" ")
    return [_of_value(part, span, taint) for part in parts if part]


def _of_value(part: str, span: Span, taint: str) -> Word:
    """Return the word that *part* of an unquoted value becomes."""
    if GLOB_CHARACTERS.isdisjoint(part):
        return Word(part, span, taint=taint)
    if "\\" in part:
        return Word(SPLIT, span, taint=taint)
    return Word(pattern_of([Segment(part, EXPANDED)]), span, glob=True, taint=taint)


def _braces(walker: Walker, segments: list[Segment]) -> list[list[Segment]]:
    if not any(segment.level == BARE and "{" in segment.text for segment in segments):
        return [segments]
    size = sum(len(segment.text) for segment in segments)
    alternatives = None
    if size <= _LONG or walker.runner.afford(size // 4):
        alternatives = expand_braces([(char, segment.level) for segment in segments for char in segment.text])
    if alternatives is None:
        return [[Segment(SPLIT, BARE)]]
    size = sum(map(len, alternatives))
    if size > _LONG and not walker.runner.afford(size // 4):
        return [[Segment(SPLIT, BARE)]]
    return [[Segment(char, level) for char, level in alternative] for alternative in alternatives]


def _glues(walker: Walker, node: Node, segments: list[Segment]) -> bool:
    """Whether braces would change which variable is meant: `$x{a,b}` is `$xa $xb`, `{$x,b}y` is `$xy by`."""
    return any(segment.level == BARE and "$" in segment.text for segment in segments) or any(
        child.type == "simple_expansion" and walker.data[child.end_byte : child.end_byte + 1] in {b"{", b",", b"}"}
        for child in node.children
    )


def finish(walker: Walker, segments: list[Segment], span: Span, taint: str) -> Word:
    """Join *segments* into one word: tilde first, then mark globs and escape what looks like one."""
    first = segments[0] if segments else Segment("", QUOTED)
    if first.level == BARE and first.text.startswith("~"):
        if not _has_glob(segments):
            return Word(tilde(walker, segments), span, taint=taint)
        segments = tilde_of_pattern(walker, segments)
    segments = tilde_of_assignment(segments)
    if _would_split(segments):
        return Word(SPLIT, span, taint=taint)
    if _has_glob(segments):
        if any(segment.level == EXPANDED and "\\" in segment.text for segment in segments):
            return Word(SPLIT, span, taint=taint)  # there a backslash quotes only where the word is a pattern
        return Word(pattern_of(segments), span, glob=True, taint=taint)
    value = "".join(segment.text for segment in segments)
    if ("\ue001" in value or any(s.level == EXPANDED for s in segments)) and _would_split(segments):
        return Word(SPLIT, span, taint=taint)
    return Word(value, span, taint=taint, glued=first.level == QUOTED)


def _would_split(segments: list[Segment]) -> bool:
    return any(s.level == EXPANDED and any(c in " \t\n" for c in s.text) for s in segments)


def _has_glob(segments: list[Segment]) -> bool:
    opened = False
    for segment in segments:
        if segment.level == PATTERN:
            return True
        text = segment.text
        # A lone `[` is not a pattern; it takes a closing bracket somewhere behind it.
        if opened and "]" in text:
            return True
        if segment.level in (BARE, EXPANDED) and GLOB_CHARACTERS.intersection(text):
            if "*" in text or "?" in text or "]" in text.partition("[")[2]:
                return True
            opened = True
    return False


def gather(walker: Walker, node: Node, out: list[Segment], *, quoted: bool) -> str:
    """Append the segments of *node* to *out* and return its taint. Anything not understood becomes a problem."""
    kind = node.type
    handler = _GATHER.get(kind)
    if handler is not None:
        return handler(walker, node, out, quoted)
    if not node.is_named:
        string = node.next_sibling
        text = walker.text(node)  # the scanner may put a dash in front of the dollar
        if text == "$" and string is not None and string.type == "string" and string.start_byte == node.end_byte:
            return ""  # `$"…"`, which the grammar knows as one thing only in some places
        if text != "$" and not PLAIN.issuperset(text):
            walker.problem(node, f"`{text}` in a word is not understood")
        out.append(Segment(text, QUOTED))
        return ""
    walker.problem(node, f"`{kind}` in a word is not understood")
    out.append(Segment(SPLIT, BARE))
    return ""


def _word(walker: Walker, node: Node, out: list[Segment], _quoted: bool) -> str:
    text = walker.text(node)
    if PLAIN.issuperset(text) and not node.child_count:
        out.append(Segment(text, BARE))
        return ""
    if node.named_child_count:
        return _children(walker, node, out, _quoted)
    why = "" if text.isascii() else in_word(text)
    if why:
        walker.problem(node, why)
    if _SPECIAL.isdisjoint(text):
        out.append(Segment(text, BARE))
        return ""
    plain = why = ""
    position = 0
    while position < len(text):
        char = text[position]
        if char == "\\" and position + 1 < len(text):
            if plain:
                out.append(Segment(plain, BARE))
                plain = ""
            if text[position + 1] != "\n":
                out.append(Segment(text[position + 1], QUOTED))
            position += 2
            continue
        if not why and (char in SUSPICIOUS or (char == "$" and expands(text, position)) or char in (DYNAMIC, SPLIT)):
            why = f"`{char}` in a word is not understood"
        plain += char
        position += 1
    if why:
        walker.problem(node, why)
    if plain:
        out.append(Segment(plain, BARE))
    return ""


def _children(walker: Walker, node: Node, out: list[Segment], quoted: bool) -> str:
    taint = ""
    end = node.start_byte
    for child in node.children:
        if child.start_byte != end:
            walker.problem(node, "white space inside a word is not understood")
        taint = join(gather(walker, child, out, quoted=quoted), taint)
        end = child.end_byte
    return taint


def _raw(walker: Walker, node: Node, out: list[Segment], _quoted: bool) -> str:
    out.append(Segment(walker.text(node)[1:-1], QUOTED))
    return ""


def _ansi_c(walker: Walker, node: Node, out: list[Segment], _quoted: bool) -> str:
    value = decode_ansi_c(walker.text(node)[2:-1])
    if value is None:
        walker.problem(node, "an escape in `$'…'` is not understood")
        value = DYNAMIC
    out.append(Segment(value, QUOTED))
    return ""


def _translated(walker: Walker, node: Node, out: list[Segment], quoted: bool) -> str:
    # $"…" is looked up in a message catalogue that TEXTDOMAIN names; without one it is the string itself.
    if "TEXTDOMAIN" in walker.state.variables:
        out.append(Segment(DYNAMIC, QUOTED))
        return walker.scan(node)
    return gather(walker, node.children[-1], out, quoted=quoted)


def _string(walker: Walker, node: Node, out: list[Segment], _quoted: bool) -> str:
    taint = ""
    start = node.start_byte + 1
    out.append(Segment("", QUOTED))
    for child in node.named_children:
        if child.type in {"string_content", "heredoc_content"}:
            continue
        double_quoted_text(walker, node, walker.slice(start, child.start_byte), out)
        taint = join(gather(walker, child, out, quoted=True), taint)
        start = child.end_byte
    double_quoted_text(walker, node, walker.slice(start, node.end_byte - 1), out)
    return taint


def _simple(walker: Walker, node: Node, out: list[Segment], quoted: bool) -> str:
    name = walker.text(node)[1:]
    if not ((name.isidentifier() and name.isascii()) or len(name) == 1):
        walker.problem(node, "the name of a variable is not understood")
    return variable(walker, name, out, quoted=quoted)


def variable(walker: Walker, name: str, out: list[Segment], *, quoted: bool) -> str:
    """Append the value of the variable *name*: its constant, or a placeholder."""
    known = walker.lookup(name)
    if known is not None:
        size = len(known.value)
        if not quoted and "IFS" in walker.state.variables:
            known = None  # it may split anywhere
        elif size > _LONG and not walker.runner.afford(size // 4):
            known = None
    if known is None:
        single = (quoted and name not in {"@", "*"}) or name in {
            "?",
            "#",
            "$",
            "!",
            "RANDOM",
            "SECONDS",
            "UID",
            "LINENO",
        }
        out.append(Segment(DYNAMIC, QUOTED) if single else Segment(SPLIT, BARE))
        return walker.runner.lineage.use(walker, name) if walker.state.origins else ""
    if quoted:
        out.append(Segment(known.value, PATTERN if known.glob else QUOTED))
    elif known.glob or known.dynamic:
        out.append(Segment(SPLIT, BARE))
    else:
        out.append(Segment(known.value, EXPANDED))
    return walker.runner.lineage.use(walker, name, known.taint) if known.dynamic else known.taint


def _expansion(walker: Walker, node: Node, out: list[Segment], quoted: bool) -> str:
    children = node.children
    if runs_commands(walker.data[node.start_byte : node.start_byte + 3]):
        walker.problem(node, "commands in `${ …; }`, which bash runs from 5.3 on")
        # Walked for the denies; what it does to variables is lost with the problem.
        text = walker.text(node)[2:-1].lstrip("|")
        walker.runner.script(walker, text, walker.span(node), "${ }", walker.state.copy())
        out.append(Segment(DYNAMIC, QUOTED) if quoted else Segment(SPLIT, BARE))
        return ""
    if len(children) == 3 and children[1].type in {"variable_name", "special_variable_name"}:
        return variable(walker, walker.text(children[1]), out, quoted=quoted)
    text = walker.text(node)
    taint = walker.scan(node)
    if "@P" in text or "@Q" in text or text.startswith("${!"):
        walker.problem(node, "an indirect or prompt expansion")
    if any(child.type == ":" for child in children) and not _constant_slice(text):
        walker.problem(node, "the offset of a substring is arithmetic that may execute")
    for one in below(node, "raw_string") if quoted and "'" in text else ():
        if hides_substitution(walker.text(one)):
            walker.problem(one, "single quotes in an expansion inside of double quotes do not quote")
            walker.runner.evaluated(walker, walker.text(one), walker.span(one))
    for child in children if "=" in text or walker.state.origins else ():
        name = child.child_by_field_name("name") if child.type == "subscript" else child
        if name is None or name.type != "variable_name":
            continue
        if walker.state.origins:
            taint = join(walker.runner.lineage.use(walker, walker.text(name)), taint)
        if "=" in text:
            walker.state.variables[walker.text(name)] = None
            walker.note_assignment(walker.text(name), None, child, exported=False)
    many = "[@]" in text or "[*]" in text or text.startswith(("${@", "${*"))
    out.append(Segment(DYNAMIC, QUOTED) if quoted and not many else Segment(SPLIT, BARE))
    return taint


def _constant_slice(text: str) -> bool:
    """Whether `${name:offset:length}` holds only numbers behind its first colon."""
    return not set(text[:-1].partition(":")[2]) - set("0123456789-: ()")


def _substitution(walker: Walker, node: Node, out: list[Segment], quoted: bool) -> str:
    first = len(walker.runner.units)
    taint = walker.substitution(node)
    text = literals.of_substitution(walker.runner, node, first)
    if text is None or (not quoted and "IFS" in walker.state.variables):
        out.append(Segment(DYNAMIC, QUOTED) if quoted else Segment(SPLIT, BARE))
    else:
        out.append(Segment(text, QUOTED if quoted else EXPANDED))
    return taint


def _process(walker: Walker, node: Node, out: list[Segment], _quoted: bool) -> str:
    runner = walker.runner
    first = len(runner.units)
    taint = walker.substitution(node)
    literals.keep_substituted(runner, node, first, "/dev/fd/63")
    out.append(Segment("/dev/fd/63", QUOTED))
    return taint


def _arithmetic(walker: Walker, node: Node, out: list[Segment], _quoted: bool) -> str:
    walker.arithmetic(node)
    out.append(Segment(DYNAMIC, QUOTED))
    return ""


def _brace(walker: Walker, node: Node, out: list[Segment], _quoted: bool) -> str:
    out.append(Segment(walker.text(node), BARE))
    return ""


_GATHER = {
    "word": _word,
    "number": _word,
    "variable_name": _word,
    "test_operator": _word,
    "extglob_pattern": _word,
    "regex": _word,
    "concatenation": _children,
    "string": _string,
    "raw_string": _raw,
    "ansi_c_string": _ansi_c,
    "translated_string": _translated,
    "simple_expansion": _simple,
    "expansion": _expansion,
    "command_substitution": _substitution,
    "process_substitution": _process,
    "arithmetic_expansion": _arithmetic,
    "brace_expression": _brace,
}
