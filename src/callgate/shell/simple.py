"""From resolved words to units: functions, builtins, wrappers, programs; and the bookkeeping of one analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callgate.core.model import Operation, Span, Unit
from callgate.shell import builtins, environment, limits, literals, wrappers
from callgate.shell.characters import check_characters, in_program
from callgate.shell.command import Command
from callgate.shell.lineage import Lineage, worst
from callgate.shell.names import DECODERS, INTERPRETERS, STARTERS, program_name
from callgate.shell.programs import describe
from callgate.shell.source import walk_source
from callgate.shell.traps import Traps
from callgate.shell.tree import hides_substitution
from callgate.shell.walk import Walker, problem_unit
from callgate.shell.words import Word, shown, shown_words

if TYPE_CHECKING:
    from tree_sitter import Node

    from callgate.shell.state import State

_new = tuple.__new__
# Names that are no programs of their own: what follows them, or the shell itself, is what runs.
_TRANSPARENT = builtins.NAMES | wrappers.NAMES
_RESERVED = frozenset({"{", "}", "!", "[[", "]]", "if", "then", "elif", "else", "fi", "for", "while", "until", "select",
                       "do", "done", "case", "esac", "in", "function", "(", ")"})  # fmt: skip


class Runner:
    """Collects the units of one call; shared by the walkers of the command and of the scripts inside it."""

    def __init__(self, home: str, source: str = "") -> None:
        """Start empty; *home* is the user's home directory, *source* the outermost script."""
        self.home = home
        self.source = source
        self.lineage = Lineage(source)
        self.printed: literals.Printed | None = None
        self.contents: dict[str, list[str]] = {}
        self.replays = 0
        self.units: list[Unit] = []
        self.flows: list[tuple[str, Span | None]] = []
        self.depth = 0
        self.exhausted = False
        self.reading = False
        self.left = limits.MAX_WORK
        self.traps = Traps()
        self.arrays: set[str] = set()
        self.definers: list[Walker] = []
        self.home_moved = False
        self._loops = 0
        self.pipe = 0
        self._pipes = 0
        self._pipe_of_command = False
        self._calls: list[str] = []
        self._locals: list[dict[str, Word | None]] = []

    # Bookkeeping

    def add(self, unit: Unit) -> None:
        """Take a unit into the result; past the limit only a problem is kept."""
        if len(self.units) >= limits.MAX_UNITS:
            if not self.exhausted and unit.span is not None:
                self.exhausted = True
                self.problem(unit.text[:200], unit.span, "too many commands", unit.wrappers)
            return
        self.units.append(unit if unit.pipe == self.pipe else unit._replace(pipe=self.pipe))
        if not self.lineage.suspect:
            for operation in unit.operations:
                if operation.kind == "network":
                    self.lineage.suspect = True
            if unit.argv and unit.argv[0] in DECODERS:
                self.lineage.suspect = True

    def problem(self, text: str, span: Span, why: str, around: tuple[str, ...]) -> None:
        """Take a unit that stands for something not understood; past the limit there are enough of them."""
        if len(self.units) >= limits.MAX_UNITS + limits.MAX_PROBLEMS:
            return
        self.units.append(problem_unit(text, span, why, around, self.pipe))

    def enter_pipe(self, *, of_command: bool = False) -> bool:
        """Start a pipeline; inside another one (or a substitution in it) data may flow, so the number is kept.

        A simple command is a pipeline of its own (*of_command*): with its redirects and substitutions data flows,
        but not between the commands of a script or function that it runs.
        """
        if self.pipe:
            return False
        self._pipes += 1
        self.pipe = self._pipes
        self._pipe_of_command = of_command
        return True

    def leave_pipe(self, outermost: bool) -> None:
        """End what `enter_pipe` started."""
        if outermost:
            self.pipe = 0

    def _leave_command(self) -> int:
        """Step out of the command that runs a script or function; returns what `pipe` is set back to."""
        kept = self.pipe
        if self._pipe_of_command:
            self.pipe = 0
        return kept

    def enter_loop(self) -> bool:
        """Start a loop body; false when loops are nested too deep to be walked twice each."""
        self._loops += 1
        if self._loops > limits.MAX_LOOP_DEPTH:
            self._loops -= 1
            return False
        return True

    def leave_loop(self) -> None:
        """End what `enter_loop` started."""
        self._loops -= 1

    def few_units(self) -> bool:
        """Whether there is room to walk a loop body several times."""
        return len(self.units) < limits.MAX_UNITS // 8

    def afford(self, nodes: int) -> bool:
        """Take *nodes* from what may be walked; false, and nothing taken, when that is not left."""
        if nodes > self.left:
            return False
        self.left -= nodes
        return True

    def mark(self) -> tuple[int, int, bool]:
        """Return a place to `rewind` to."""
        return len(self.units), len(self.flows), self.exhausted

    def rewind(self, mark: tuple[int, int, bool], *, keep_problems: bool = False) -> None:
        """Forget the units since *mark*: they will be found again in a wider state, or where a function is called.

        INVARIANT: with the unit that says that a limit was passed, it is forgotten that this was said.
        """
        self.units[mark[0] :] = [unit for unit in self.units[mark[0] :] if keep_problems and unit.problem]
        del self.flows[mark[1] :]
        self.lineage.rewind(mark[0])
        self.printed = None  # its place may be another command's now
        if not keep_problems:
            self.exhausted = mark[2]

    def taint_since(self, first: int) -> str:
        """Return what the output of the units since *first* may hold: `remote`, `decoded` or nothing special."""
        return self.lineage.since(self.units, first)

    # Commands

    def simple(self, walker: Walker, words: list[Word], assigned: list[tuple[str, Word | None]], span: Span) -> None:
        """Run a simple command with the assignments in front of it; without words they change the shell itself."""
        reads = bool(words) and words[0].value == "read"
        for name, value in assigned:
            if not name.isascii():
                self.problem(name, span, "a name that bash does not take for a variable", walker.wrappers)
            if reads and name == "IFS":
                continue  # only splits the line that is read
            self.assignment(walker, name, value, span, exported=bool(words))
            if not words:
                self.traps.changes += 1
                walker.state.variables[name] = value
        if not words:
            return
        if assigned and (words[0].value in walker.state.functions or words[0].value in builtins.BUILTINS):
            builtins.run_with(self, walker, words, assigned, span)
        else:
            self.run(walker, words, span, walker.wrappers)

    def run(self, walker: Walker, words: list[Word], span: Span, around: tuple[str, ...]) -> None:
        """Run *words*: find out what the first one is, and make the units."""
        if self.depth >= limits.MAX_DEPTH or len(self.units) >= limits.MAX_UNITS:
            self.problem(words[0].value, span, "nested too deep", around)
            return
        if len(words) > limits.MAX_WORDS:
            # Each word may be a path to look at; what the first ones do still counts.
            self.problem(words[0].value, span, "too many words", around)
            words = words[: limits.MAX_WORDS]
        first = words[0]
        if first.value in _RESERVED and not first.glued:
            # `time { …; }`: the grammar took a compound command for words.
            self.problem(walker.source[span.start : span.end][:200], span, "a reserved word as a program", around)
            if len(words) > 1:
                self.run(walker, words[1:], span, around)
            return
        if first.dynamic or first.glob:
            self.flow(first.taint if first.value[:1] in "\ue000\ue001" else "", span)  # not `./tool-$version`
            self.problem(
                walker.source[span.start : span.end][:200], span, "the program is known only to the shell", around
            )
            return
        if first.value in walker.state.functions and not around[len(walker.wrappers) :]:
            if first.value in walker.state.unsure:
                self.problem(first.value, span, f"`{first.value}` is a function on some ways to here only", around)
            self._call(walker, first.value, span)
            if first.value not in walker.state.unsure:
                return
        name = program_name(first.value)
        if walker.state.search_path and "/" not in first.value and name not in builtins.BUILTINS:
            self.problem(first.value, span, "`PATH` was changed, so the program may be any", around)
            return
        named = words.copy() if name == first.value else [first._replace(value=name), *words[1:]]
        command = Command(named, span, walker.state.cwds, self.home, walker.state.stdin)
        inside = around[len(walker.wrappers) :]
        literals.hear(walker, command, inside)
        command.afford = self.afford
        self.depth += 1
        try:
            peeled = name in _TRANSPARENT and (
                builtins.run(self, walker, command, around) or wrappers.peel(self, walker, command, around)
            )
            if not peeled:
                self._program(walker, command, around)
        finally:
            self.depth -= 1
        if name in literals.PRINTERS and not inside:
            literals.note_written(self, walker, command)

    def _call(self, walker: Walker, name: str, span: Span) -> None:
        if name in self._calls:
            self.problem(name, span, f"the function `{name}` calls itself", walker.wrappers)
            return
        owner, definition = walker.state.functions[name]
        if not self.afford(definition.descendant_count):
            self.problem(name, span, "too much to walk again", walker.wrappers)
            return
        walker.state.heard = None  # not all that one of the commands in there reads
        kept = owner.state
        owner.state = walker.state
        self._calls.append(name)
        self._locals.append({})
        pipe, of_command = self._leave_command(), self._pipe_of_command
        from callgate.shell.control import function_body  # noqa: PLC0415 - loaded where functions are defined

        function_body(owner, definition)
        self.pipe, self._pipe_of_command = pipe, of_command
        self._calls.pop()
        for variable, before in self._locals.pop().items():
            # Unless it was local on one way through the function only, the caller's value is back.
            after = owner.state.variables.get(variable)
            agreed = before is not None and after is not None and before.value == after.value
            owner.state.variables[variable] = before if agreed else None
        walker.state = owner.state
        if owner is not walker:
            owner.state = kept

    def _program(self, walker: Walker, command: Command, around: tuple[str, ...]) -> None:
        name = command.name
        why = "" if name.isascii() else in_program(name)
        if why:
            self.problem(name, command.span, why, around)
        if "/" in name:
            command.path("execute", command.words[0])
        else:
            describe(command)
        if name in INTERPRETERS:
            self._interpreter(walker, command)
        self.emit(command, around)
        if name in STARTERS:
            from callgate.shell.launchers import look  # noqa: PLC0415 - few calls need it, and it imports this

            look(self, walker, command, around)
        if self.contents and "/" in name:
            literals.run_written(self, walker, command, command.words[0], around)
        for words, wrapper in command.payloads:
            if words:
                self.run(walker, words, command.span, (*around, wrapper))
        for text, span, wrapper in command.scripts:
            self.script(walker, text, span, wrapper, walker.state.copy())

    def _interpreter(self, walker: Walker, command: Command) -> None:
        from callgate.shell.programs.interpreters import code_words, reads_code_from_stdin  # noqa: PLC0415

        taint = walker.state.stdin if reads_code_from_stdin(command) else ""
        self.flow(taint or worst(code_words(command)), command.span)

    def flow(self, taint: str, span: Span) -> None:
        """Note that text of this taint is run as code."""
        guardrail = self.lineage.runs(taint, self.pipe, span) if taint else ""
        if guardrail:
            self.flows.append((guardrail, span))

    def emit(self, command: Command, around: tuple[str, ...]) -> None:
        """Take *command* into the result as a unit."""
        operations = tuple(command.operations)
        if len(operations) > limits.FEW and not self.afford(len(operations) * limits.OPERATION_COST):
            self.problem(command.name, command.span, "too many files in one call", around)
            operations = operations[: limits.FEW]
        if command.unknown:
            operations += (Operation("unknown", command.unknown, command.span),)
        argv = tuple([word.value for word in command.words])
        text = shown_words(argv)
        known = not command.unknown
        # `Unit(…)` in half the time: nearly every command comes through here.
        self.add(_new(Unit, ("command", text, argv, operations, command.span, known, "", around, self.pipe)))

    def evaluated(self, walker: Walker, text: str, span: Span) -> None:
        """Walk what bash would run if it expanded *text* once more, so that denies see it; it has a problem already."""
        if hides_substitution(text):
            quoted = text.replace('"', "").replace("\\", "")
            self.script(walker, f': "{quoted}"', span, "…", walker.state.copy())

    def harmless(self, walker: Walker, name: str, text: str, span: Span) -> None:
        """Take a unit for shell syntax that does nothing by itself (`[ … ]`, `unset`)."""
        self.add(Unit("command", text, (name,), (), span, wrappers=walker.wrappers))

    def script(
        self,
        walker: Walker,
        text: str,
        span: Span,
        wrapper: str,
        state: State,
        *,
        around: tuple[str, ...] | None = None,
        posix: bool | None = None,
    ) -> State:
        """Walk *text* as a script of its own (`sh -c`, `eval`, `trap`) from *state*; return the state it ends in."""
        around = walker.wrappers if around is None else around
        if self.depth >= limits.MAX_DEPTH or len(text) > limits.MAX_SCRIPT or not self.afford(limits.SCRIPT_COST):
            self.problem(text[:200], span, "nested too deep", around)
            return state
        posix = walker.posix if posix is None else posix
        state.heard = None
        inner = Walker(self, text, state, span=span, wrappers=(*around, wrapper), posix=posix)
        self.depth += 1
        pipe, of_command = self._leave_command(), self._pipe_of_command
        try:
            check_characters(inner, span)
            walk_source(inner, span)
        finally:
            self.depth -= 1
            self.pipe, self._pipe_of_command = pipe, of_command
        return inner.state

    # Assignments

    def assignment(self, walker: Walker, name: str, value: Word | None, span: Span, *, exported: bool) -> None:
        """Judge an assignment: environment is code (design.md section 4)."""
        if name == "PATH":
            walker.state.search_path = True
        elif name == "HOME":
            self.home_moved = True
        elif environment.rules_the_shell(name, value.value if value is not None and not value.dynamic else None):
            self.problem(name, span, f"`{name}` changes what the shell itself runs", walker.wrappers)
            self.evaluated(walker, value.value if value is not None else "", span)
        if environment.is_safe(name) or not (exported or environment.is_dangerous(name)):
            return
        text = f"{name}={shown(value.value) if value is not None else '…'}"
        operations: tuple[Operation, ...]
        listed = value is not None and not value.dynamic and value.value.count(":") < limits.MAX_PARTS
        if value is not None and listed and environment.holds_code_paths(name):
            holder = Command([value], span, walker.state.cwds, self.home)
            for part in value.value.split(":"):
                holder.path("execute", Word(part or ".", span))
            operations = tuple(holder.operations)
        else:
            operations = (Operation("unknown", f"`{name}` changes what programs do", span, via=name),)
        self.add(
            Unit(
                "assignment",
                text,
                (f"{name}={value.value if value is not None else ''}",),
                operations,
                span,
                known=value is not None,
                wrappers=walker.wrappers,
            )
        )

    def declare(
        self, walker: Walker, keyword: str, flags: str, names: list[tuple[str, Word | None]], node: Node
    ) -> None:
        """`export`, `declare` and their kin."""
        span = walker.span(node)
        if not set("aA").isdisjoint(flags):
            self.arrays.update(name for name, _ in names)
        if set(flags) - set("gxrpaA" if keyword != "export" else "p"):
            self.problem(walker.text(node)[:200], span, f"`{keyword} -{flags}` is not followed", walker.wrappers)
        if keyword == "readonly" or "r" in flags:
            self.problem(walker.text(node)[:200], span, "a constant makes later assignments fail", walker.wrappers)
        if self._locals and keyword not in {"export", "readonly"} and "g" not in flags:
            for name, _ in names:
                self._locals[-1].setdefault(name, walker.lookup(name))
        exported = keyword == "export" or "x" in flags
        for name, value in names:
            self.assignment(walker, name, value, span, exported=exported)
            self.traps.changes += 1
            # Outside of functions `local` fails, and the variable stays what it was.
            walker.state.variables[name] = value if self._locals or keyword != "local" else None
        self.harmless(walker, keyword, walker.text(node), span)
