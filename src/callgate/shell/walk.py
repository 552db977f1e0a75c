"""The walk over a syntax tree: every statement in the order in which bash would come to it.

INVARIANT: every simple command that bash could run becomes a unit, and whatever the walk does not understand
becomes a unit with a problem, which makes coverage partial. Nothing is skipped in silence.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import compress
from typing import TYPE_CHECKING, Callable, Mapping

from callgate.core.model import Operation, Span, Unit
from callgate.shell import expand, limits, redirects
from callgate.shell.lineage import SINK, join
from callgate.shell.state import State
from callgate.shell.tree import STARTS, SUBSTITUTIONS, computed, end_of, hides_substitution, lost_dash, names
from callgate.shell.words import Word

if TYPE_CHECKING:
    from tree_sitter import Node

    from callgate.shell.simple import Runner

# 1 for each byte of UTF-8 that begins a character, 0 for those behind it.
# Variables that the shell itself changes, whatever was assigned to them.
_MOVING = frozenset({"_", "BASHOPTS", "BASHPID", "BASH_ARGC", "BASH_ARGV", "BASH_ARGV0", "BASH_COMMAND", "BASH_LINENO",
                     "BASH_REMATCH", "BASH_SOURCE", "BASH_SUBSHELL", "BASH_VERSINFO", "COLUMNS", "COPROC", "DIRSTACK",
                     "EPOCHREALTIME", "EPOCHSECONDS", "EUID", "FUNCNAME", "GROUPS", "HISTCMD", "LINENO", "LINES",
                     "MAPFILE", "OLDPWD", "OPTARG", "OPTIND", "PIPESTATUS", "PPID", "RANDOM", "REPLY", "SECONDS",
                     "SHELLOPTS", "SHLVL", "SRANDOM", "UID"})  # fmt: skip

# Nodes that a line break would end.
_LINES = frozenset({"command", "file_redirect", "herestring_redirect", "declaration_command", "unset_command"})

# Pieces of words: where one follows the other without a blank, bash has one word and the grammar two.
_PIECES = frozenset({"word", "number", "string", "raw_string", "ansi_c_string", "translated_string", "concatenation",
                     "simple_expansion", "expansion", "command_substitution", "process_substitution", "command_name",
                     "arithmetic_expansion", "brace_expression", "variable_assignment", "variable_name", "$", "$$",
                     "extglob_pattern", "array"})  # fmt: skip

# Tokens of statements; everything else that is anonymous where a statement is expected is a problem.
_TOKENS = frozenset({";", ";;", "&", "\n", "(", ")", "{", "}", "|", "|&", "&&", "||", "!", "$(", "`", "<(", ">(",
                     "do", "done", "then", "fi", "if", "elif", "else", "while", "until", "for", "select", "in",
                     "case", "esac", "function"})  # fmt: skip


class Walker:
    """Walks one source text. Substitutions and functions share it; a nested script gets a walker of its own.

    Attributes:
        runner: turns simple commands into units; shared by all walkers of one call.
        state: what is known of the shell at this point.
        wrappers: programs around this source (`bash -c`), for the units.
        pipe: number of the pipeline that is being walked.
        breaks: byte offsets of line breaks that the grammar lost between two commands.
    """

    def __init__(
        self,
        runner: Runner,
        source: str,
        state: State,
        *,
        span: Span | None = None,
        wrappers: tuple[str, ...] = (),
        posix: bool = False,
    ) -> None:
        """Prepare to walk *source*.

        Args:
            runner: where simple commands go.
            source: the script.
            state: taken over and changed.
            span: for a nested script: where it stands in the outermost one; all its units get this span.
            wrappers: programs around it.
            posix: another shell than bash may run it, to which some of bash's syntax means something else.
        """
        self.runner = runner
        self.source = source
        self.ascii = source.isascii()
        self._data: bytes | None = None
        self.state = state
        self.fixed_span = span
        self.wrappers = wrappers
        self.posix = posix
        self.home = runner.home
        self.breaks: list[int] = []
        self._starts: list[int] | None = None

    # Source text

    @property
    def data(self) -> bytes:
        """The source in UTF-8, which the offsets of nodes count in."""
        data = self._data
        if data is None:
            data = self._data = self.source.encode("utf-8", "surrogatepass")
        return data

    def text(self, node: Node) -> str:
        """Return the source text of *node*."""
        return self.slice(node.start_byte, node.end_byte)

    def slice(self, start: int, end: int) -> str:
        """Return the source text between two byte offsets."""
        return self.source[start:end] if self.ascii else _decode(self.data[start:end])

    def span(self, node: Node) -> Span:
        """Return the span of *node* in the outermost script, in characters."""
        return self.fixed_span or self.span_between(node.start_byte, node.end_byte)

    def span_between(self, start: int, end: int) -> Span:
        """Return the span between two byte offsets."""
        if self.fixed_span:
            return self.fixed_span
        if self.ascii:
            return Span(start, end)
        if self._starts is None:
            self._starts = list(compress(range(len(self.data)), self.data.translate(STARTS)))
        return Span(bisect_left(self._starts, start), bisect_left(self._starts, end))

    def span_of_source(self) -> Span:
        """Return the span of the whole source."""
        return self.fixed_span or Span(0, len(self.source))

    # Problems

    def problem(self, node: Node, why: str) -> None:
        """Note that *node* is not understood: coverage becomes partial."""
        self.runner.problem(self.text(node)[:200], self.span(node), why, self.wrappers)

    def check_gaps(self, node: Node) -> None:
        """Note a problem when something that is not white space lies between the children of *node*."""
        end = node.start_byte
        behind_word = behind_piece = behind_dollar = False
        for child in node.children:
            start = child.start_byte
            gap = self.slice(end, start) if start != end else ""
            piece = child.type in _PIECES
            if not gap and piece and behind_piece and not (behind_dollar and child.type == "string"):
                self.problem(node, "two words without a blank between them are not understood")
                return
            if gap not in {"", " "}:
                between = gap.replace("\\\n", "")
                # A continued line has no blank of its own: bash makes one word of `.e\<newline>nv`.
                foreign = between.strip(" \t" if node.type in _LINES else " \t\n")
                if foreign == "-" and lost_dash(self.data, node, child):
                    pass
                elif foreign or (not between and behind_word and child.is_named):
                    if not between.strip(" \t\n") and node.type == "command" and "\\" not in gap:
                        self._note_break(self.data.index(b"\n", end))
                    self.problem(node, "something between the words is not understood")
                    return
            end = child.end_byte
            behind_word = child.is_named
            behind_piece = piece or child.type in {"file_redirect", "herestring_redirect"}
            behind_dollar = child.type == "$"

    def _note_break(self, offset: int) -> None:
        """Note that the line break at *offset* was lost; where a comment may end with it, it stays a problem."""
        if b"#" not in self.data[self.data.rfind(b"\n", 0, offset) + 1 : offset]:
            self.breaks.append(offset)

    # State

    def lookup(self, name: str) -> Word | None:
        """Return the constant value of a variable, `None` when only the running shell knows it."""
        variables = self.state.variables
        if name in _MOVING:
            return None
        if name == "PWD" and name in variables:
            return None  # the next `cd` changes it
        if name in variables:
            return variables[name]
        if name == "HOME":
            return Word(self.home, self.span_of_source())
        if name == "PWD" and len(self.state.cwds) == 1 and self.state.failed is None:
            return Word(self.state.cwds[0], self.span_of_source())
        return None

    def note_assignment(self, name: str, value: Word | None, node: Node, *, exported: bool) -> None:
        """Tell the runner of an assignment that may change what commands do."""
        self.runner.traps.changes += 1
        self.runner.assignment(self, name, value, self.span(node), exported=exported)

    # Statements

    def program(self, root: Node) -> None:
        """Walk a whole source."""
        # The root begins and ends with its first and last token: `\\ ` at the end is a word that is not in the tree.
        for around in (self.data[: root.start_byte], self.data[end_of(root) :]):
            if around.replace(b"\\\n", b"").strip(b" \t\n"):
                self.problem(root, "something around the commands is not understood")
        self.sequence(root)

    def sequence(self, node: Node) -> None:
        """Walk the statements among the children of *node* one after the other."""
        self.check_gaps(node)
        children = node.children
        before: State | None = None
        for position, child in enumerate(children, 1):
            if child.type == "file_redirect" and node.type == "command_substitution":  # $(< file)
                redirects.file_redirect(self, child)
            elif child.is_named:
                behind = position < len(children) and children[position].type == "&"
                before = self.state.copy() if behind else None
                self.statement(child)
                self.state.settle()
            elif child.type == "&" and before is not None:
                # In the background the statement ran in a shell of its own.
                self.state.merge(before)
            elif child.type not in _TOKENS:
                self.problem(child, f"`{child.type}` is not understood here")

    def statement(self, node: Node) -> None:
        """Walk one statement."""
        runner = self.runner
        if runner.depth >= limits.MAX_DEPTH or len(runner.units) >= limits.MAX_UNITS:
            if not runner.exhausted:
                runner.exhausted = True
                self.problem(node, "nested too deep" if runner.depth >= limits.MAX_DEPTH else "too many commands")
            return
        handler = _STATEMENTS.get(node.type)
        if handler is None or node.is_missing:
            self.problem(node, f"`{node.type}` is not understood")
            if node.child_count:
                self.loose(node)
            return
        runner.depth += 1
        pipe = _is_simple(node) and runner.enter_pipe(of_command=True)
        try:
            handler(self, node)
        finally:
            runner.depth -= 1
            runner.leave_pipe(pipe)

    def loose(self, node: Node) -> None:
        """Walk what can be found inside a node that is not understood, so that denies still see it."""
        for child in node.children:
            if child.type in _STATEMENTS:
                self.statement(child)
            elif child.type in SUBSTITUTIONS:
                self.substitution(child)
            elif child.child_count and self.runner.depth < limits.MAX_DEPTH:
                self.runner.depth += 1
                self.loose(child)
                self.runner.depth -= 1

    def branch(self, work: Callable[[], None], start: State) -> State:
        """Do *work* in a copy of *start* and return the state that it ends in."""
        kept, self.state = self.state, start.copy()
        work()
        ended, self.state = self.state, kept
        ended.settle()
        return ended

    # Nested scripts and substitutions

    def substitution(self, node: Node) -> str:
        """Walk `$(…)`, backticks, `<(…)` or `>(…)` in a shell of its own; return the taint of its output."""
        if self.runner.depth >= limits.MAX_DEPTH:
            self.problem(node, "nested too deep")
            return ""
        text = self.text(node)
        if text.startswith("$(("):
            # Inside of some expansions the grammar does not know arithmetic.
            self.problem(node, "`$((` that the grammar takes for a command is not understood")
        if text.startswith("`") and "\\" in text:
            self.problem(node, "a backslash inside backticks is not understood")
        if text.startswith("`") and "{" in text and ("," in text or ".." in text):
            # Braces come first, and do not see what backticks inside of double quotes enclose.
            self.problem(node, "braces inside backticks are not understood")
        if "<<" in text and (";" in text or "&" in text):
            self._check_reprinted(node)
        first = len(self.runner.units)
        kept, self.state = self.state, self.state.copy()
        self.state.settle()
        if not text.startswith(">("):
            self.state.here = None
        else:
            self.state.stdin = self.state.stdin or SINK
        self.state.heard = None
        self.sequence(node)
        self.state = kept
        return self.runner.taint_since(first)

    def _check_reprinted(self, node: Node) -> None:
        """Note a problem for a list behind a here-document in `$(…)`.

        Bash 5.2 prints the commands anew and runs that, and loses a `;` there: `ls a;rm b` becomes `ls a rm b`.
        """
        stack = [node]
        while stack:
            current = stack.pop()
            if current.type == "heredoc_end":
                behind = self.slice(current.end_byte, node.end_byte)
                if ";" in behind or "&" in behind:
                    self.problem(node, "a list behind a here-document in a substitution is not what bash runs")
                    return
            stack.extend(current.children)

    def scan(self, node: Node) -> str:
        """Walk every substitution below *node* (an expansion, a test); return their taint.

        Text that looks like a substitution but is not a node of its own is a problem.
        """
        runner = self.runner
        if runner.depth >= limits.MAX_DEPTH:
            self.problem(node, "nested too deep")
            return ""
        runner.depth += 1
        try:
            return self._scan(node)
        finally:
            runner.depth -= 1

    def _scan(self, node: Node) -> str:
        taint = ""
        end = node.start_byte
        for child in node.children:
            kind = child.type
            if kind in SUBSTITUTIONS:
                taint = join(self.substitution(child), taint)
            elif kind == "arithmetic_expansion":
                self.arithmetic(child)
            elif kind == "expansion":
                taint = join(expand.gather(self, child, [], quoted=True), taint)
            elif kind == "subscript":
                self.subscript(child)
            elif kind == "raw_string":
                pass
            elif kind == "ERROR" or child.is_missing:
                self.problem(child, "the syntax is not understood")
            elif child.child_count:
                taint = join(self.scan(child), taint)
            elif child.is_named and hides_substitution(self.text(child)):
                self.problem(child, "an expansion is not understood")
            if child.start_byte != end and hides_substitution(self.slice(end, child.start_byte)):
                self.problem(node, "an expansion is not understood")
            end = child.end_byte
        if end != node.end_byte and node.child_count and hides_substitution(self.slice(end, node.end_byte)):
            self.problem(node, "an expansion is not understood")
        return taint

    def arithmetic(self, node: Node) -> None:
        """Walk an arithmetic expression; bash evaluates the *values* of its variables, subscripts included."""
        self.scan(node)
        for unknown in computed(node):
            self.problem(unknown, "arithmetic on a value that is known only to the shell, and may be an expression")
            if unknown.type not in SUBSTITUTIONS:
                self.runner.evaluated(self, self.text(unknown), self.span(unknown))
        for name in names(node):
            known = self.lookup(self.text(name).lstrip("$"))
            if known is None or not known.value.lstrip("-").isdigit():
                self.problem(name, f"arithmetic on `{self.text(name)}`, whose value may be an expression")
                self.runner.evaluated(self, known.value if known is not None else "", self.span(name))
        text = self.text(node).replace("<<=", "++").replace(">>=", "++")
        for comparison in ("==", "<=", ">=", "!="):
            text = text.replace(comparison, "")
        if "=" in text or "++" in text or "--" in text:
            for name in names(node):
                self.state.variables[self.text(name)] = None

    def subscript(self, node: Node) -> None:
        """Check the index of an array element: bash evaluates it as arithmetic."""
        self.scan(node)
        index = node.child_by_field_name("index")
        text = self.text(index) if index else ""
        if not (text.isdigit() or text in {"@", "*", "-1"}):
            self.problem(node, "an array index is arithmetic that may execute")
            self.runner.evaluated(self, text, self.span(node))


def _is_simple(node: Node) -> bool:
    """Whether *node* is a simple command, with its redirects if it has some."""
    body = node.child_by_field_name("body") if node.type == "redirected_statement" else node
    return body is None or body.type in {"command", "variable_assignment", "declaration_command"}


def problem_unit(text: str, span: Span, why: str, wrappers: tuple[str, ...], pipe: int) -> Unit:
    """Return the unit that stands for something not understood."""
    operation = Operation("unknown", why, span, via="$…")
    return Unit("command", text, (), (operation,), span, known=False, problem=why, wrappers=wrappers, pipe=pipe)


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:  # a node that ends inside a character
        return data.decode("utf-8", "replace")


_STATEMENTS: Mapping[str, Callable[[Walker, Node], None]] = {}


def register(table: Mapping[str, Callable[[Walker, Node], None]]) -> None:
    """Add statement handlers; the modules that hold them import this one."""
    _STATEMENTS.update(table)  # type: ignore[attr-defined]
