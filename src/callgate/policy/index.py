"""Rules of one action, compiled and indexed, so that the cost of a decision does not grow with their number."""

from __future__ import annotations

from typing import Iterator, NamedTuple

from callgate.core.model import Action, OperationKind, Rule, ToolCall
from callgate.policy.globs import Anchors, Glob, compile_glob
from callgate.policy.heads import literal_head
from callgate.policy.patterns import AnyWords, Element, OneWord, first_words, parse_pattern, render, to_regex
from callgate.policy.regexes import Pattern, PatternSet

TASK_TOOLS = frozenset({"Task", "Agent"})
SHELL_TOOLS = frozenset({"Bash", "Monitor"})
MAX_TABLES = 256
MAX_ANSWERS = 4_096

# A first word of these characters is a program name; anything else takes the parser to tell.
PLAIN_WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./+")
_PLAIN_TEXT = PLAIN_WORD | {"="}

# Without `operations` a path rule speaks of files. Running one is never granted by leaving a field out.
FILE_KINDS: frozenset[OperationKind] = frozenset({"read", "write", "delete"})
ALL_KINDS: frozenset[OperationKind] = frozenset({"read", "write", "delete", "execute", "network", "system", "unknown"})


def tool_names(tool: str) -> tuple[str, ...]:
    """Return the names under which rules may speak of *tool*."""
    if tool in TASK_TOOLS:
        return ("Task", "Agent")
    return ("Monitor", "Bash") if tool == "Monitor" else (tool,)


class CommandPattern(NamedTuple):
    """One `command` pattern of a rule."""

    rule: Rule
    text: str

    @property
    def elements(self) -> tuple[Element, ...]:
        """The parsed pattern. Parsed when its program is first seen: most patterns of a policy never are."""
        return parse_pattern(self.text)

    def names(self, option: str) -> bool:
        """Whether the pattern mentions *option* literally: only then does its author mean what the option does."""
        if option not in self.text and "\\" not in self.text:
            return False  # parsing takes longer than everything else about an option
        return any(_mentions(element, option) for element in self.elements)


def _mentions(element: Element, option: str) -> bool:
    if isinstance(element, AnyWords):
        return False
    if isinstance(element, OneWord):
        kind, text = element.parts[0]
        return kind == "text" and text.split("=")[0] == option
    return any(_mentions(one, option) for choice in element.options for one in choice)


class PathRule(NamedTuple):
    """A rule with `path`, compiled for one world."""

    rule: Rule
    globs: tuple[tuple[str, Glob], ...]
    """(as written, compiled) of the including patterns."""
    excludes: PatternSet[int] | None
    exclude_prefixes: tuple[str, ...]
    kinds: frozenset[OperationKind]
    plain: bool
    """The rule has nothing but paths and operations: where its globs match, it holds."""

    def excluded(self, path: str) -> bool:
        """Whether a `!` pattern of the rule takes *path* out again."""
        return self.excludes is not None and bool(self.excludes.match(path))


class Paths:
    """Path rules as one set. Tools that the same rules can speak of share one, with its memory of earlier answers.

    Attributes:
        rules: in policy order.
        first: per kind of operation, the first rule that speaks of it.
    """

    def __init__(self, rules: list[Rule], anchors: Anchors, *, widen: bool) -> None:
        """Keep *rules*, which have a `path`; their expressions compile when a path is first looked up."""
        self.rules = [_path_rule(rule, anchors, widen=widen) for rule in rules]
        self.first: dict[OperationKind, PathRule] = {}
        for compiled in reversed(self.rules):
            self.first.update(dict.fromkeys(compiled.kinds, compiled))
        self._order = {compiled.rule.id: position for position, compiled in enumerate(self.rules)}
        self._plain: dict[tuple[str, str], list[tuple[PathRule, int]]] = {}
        rest: list[tuple[str, bool, tuple[PathRule, int]]] = []
        for compiled in self.rules:
            sensitive = compiled.rule.case_sensitive
            for i, (_, glob) in enumerate(compiled.globs):
                if glob.shape and sensitive:
                    self._plain.setdefault((glob.shape, glob.prefix), []).append((compiled, i))
                else:
                    rest.append((f"(?s){glob.regex}", sensitive, (compiled, i)))
        self._set: PatternSet[tuple[PathRule, int]] = PatternSet(rest, whole=True, on_timeout=widen)
        self._answers: dict[str, list[tuple[PathRule, Glob, str]]] = {}
        self._prefixes: list[tuple[str, int, int]] | None = None

    def match(self, path: str) -> list[tuple[PathRule, Glob, str]]:
        """Return the rules that match *path*, most specific first, with the glob and how it was written."""
        return [hit for hit in self.candidates(path) if not hit[0].excluded(path)]

    def candidates(self, path: str) -> list[tuple[PathRule, Glob, str]]:
        """Return what `match` does and the rules that exclude *path* again, which most calls do not ask."""
        known = self._answers.get(path)
        if known is not None:
            return known
        entries = self._set.match(path)
        plain = self._plain
        if plain:
            entries += plain.get(("exact", path), ())
            above, end = path, len(path)
            while end > 0:
                above = above[:end]
                entries += plain.get(("tree", above), ())
                end = above.rfind("/")
        found = [(rule, rule.globs[index][1], rule.globs[index][0]) for rule, index in entries]
        if len(found) > 1:
            # The most specific rule is named; between equals the one that grants or forbids least.
            found.sort(key=lambda hit: (-len(hit[1].prefix), len(hit[0].kinds), self._order[hit[0].rule.id]))
        if len(self._answers) > MAX_ANSWERS:
            self._answers.clear()
        self._answers[path] = found
        return found

    def below(self, directory: str) -> list[tuple[PathRule, Glob, str]]:
        """Return, in policy order, the rules that are anchored below *directory* (absolute), with their globs."""
        from bisect import bisect_left  # noqa: PLC0415 - only recursive writes and deletes ask

        if self._prefixes is None:
            self._prefixes = sorted(
                (glob.prefix, position, i)
                for position, compiled in enumerate(self.rules)
                for i, (_, glob) in enumerate(compiled.globs)
                if not glob.floating
            )
        inside = directory.rstrip("/") + "/"
        start, end = (
            bisect_left(self._prefixes, (text, 0, 0)) for text in (inside, inside[:-1] + "0")
        )  # `0` is behind `/`
        places = sorted((position, i) for _, position, i in self._prefixes[start:end])
        return [(rule := self.rules[position], rule.globs[i][1], rule.globs[i][0]) for position, i in places]


class Table:
    """The rules of one action that can speak of one tool, by what is looked up first.

    Attributes:
        plain: rules that only the call as a whole decides (tool, file_path_regex, prompt_regex, …).
        operations: rules with `operations` or `host` but no `path` and no command matcher.
        speaks_of_calls: there are rules that look at the call as a whole.
        speaks_of_commands: there are rules with `command` or `command_regex`.
        readers: rules with `path`, `operations` or `host` that speak of reading, those that speak of least first.
        plain_reader: the first of them, when it has no further conditions.
    """

    def __init__(self, action: Action, rules: list[Rule], paths: Paths) -> None:
        """Sort *rules*, in policy order; *paths* holds those that have a `path`."""
        self.action = action
        widen = action != "allow"
        self.order = {rule.id: position for position, rule in enumerate(rules)}
        self.plain: list[Rule] = []
        self.operations: list[Rule] = []
        self.commands: dict[str, list[CommandPattern]] = {}
        self._any_program: list[CommandPattern] = []
        regexes: list[tuple[str, bool, Rule]] = []
        prompts: list[tuple[str, bool, Rule]] = []
        files: list[tuple[str, bool, Rule]] = []
        self.paths = paths.rules
        self.path_rules = paths.match
        self.path_candidates = paths.candidates
        self.rules_below = paths.below
        self.first_path_rule = paths.first
        for rule in rules:
            if rule.command:
                self._add_commands(rule)
            elif rule.command_regex:
                regexes.append((rule.command_regex, rule.case_sensitive, rule))
            elif rule.path:
                pass
            elif rule.operations or rule.host:
                self.operations.append(rule)
            elif rule.file_path_regex:
                files.append((rule.file_path_regex, rule.case_sensitive, rule))
            elif rule.prompt_regex:
                prompts.append((rule.prompt_regex, rule.case_sensitive, rule))
            else:
                self.plain.append(rule)
        self.regexes: PatternSet[Rule] = PatternSet(regexes, whole=False, on_timeout=widen)
        self.prompts: PatternSet[Rule] = PatternSet(prompts, whole=False, on_timeout=widen)
        self.files: PatternSet[Rule] = PatternSet(files, whole=False, on_timeout=widen)
        self.has_regexes = bool(self.regexes)
        heads = [literal_head(text) if sensitive else "" for text, sensitive, _ in regexes]
        self._heads = tuple(heads) if all(heads) else ("",)
        self.speaks_of_calls = bool(self.plain or files or prompts)
        self._beginnings = tuple({_beginning(pattern) for pattern in self._any_program})
        self.speaks_of_commands = bool(self.commands or self._any_program or regexes)
        self._command_sets: dict[str, PatternSet[CommandPattern]] = {}
        kinds = [(one.rule, one.kinds) for one in self.paths] + [(r, kinds_of(r, widen=widen)) for r in self.operations]
        self.readers = [rule for rule, its in sorted(kinds, key=lambda one: len(one[1])) if "read" in its]
        self.plain_reader = self.readers[0] if self.readers and _is_plain(self.readers[0]) else None

    def may_match(self, text: str) -> bool:
        """Whether some `command_regex` could match *text*: most begin with `^` and a program's name."""
        return self.has_regexes and text.startswith(self._heads)

    def _add_commands(self, rule: Rule) -> None:
        for text in rule.command:
            pattern = CommandPattern(rule, text)
            head = text.split(" ", 1)[0]
            names = frozenset({head}) if PLAIN_WORD.issuperset(head) and head else first_words(pattern.elements)
            if names is None:
                self._any_program.append(pattern)
            else:
                for name in names:
                    self.commands.setdefault(name, []).append(pattern)

    def command_rules(self, argv: tuple[str, ...]) -> list[CommandPattern]:
        """Return the `command` patterns that match a command, program first."""
        program = argv[0]
        named, begun = program in self.commands, program.startswith(self._beginnings)
        if not named and not begun:
            return []
        rendered = render(argv)
        found = self._set(program, self.commands.get(program)).match(rendered) if named else []
        if begun:
            found = found + self._set("", self._any_program).match(rendered)
        return sorted(found, key=lambda pattern: self.order[pattern.rule.id]) if len(found) > 1 else found

    def names(self, program: str) -> bool:
        """Whether some `command` pattern may match a command of *program*."""
        return program in self.commands or program.startswith(self._beginnings)

    def _set(self, key: str, patterns: list[CommandPattern] | None) -> PatternSet[CommandPattern]:
        compiled = self._command_sets.get(key)
        if compiled is None:
            widen = self.action != "allow"
            compiled = self._command_sets[key] = PatternSet(
                [("(?s)" + to_regex(p.elements, widen=widen), p.rule.case_sensitive, p) for p in patterns or ()],
                whole=True, on_timeout=widen,
            )  # fmt: skip
        return compiled

    def patterns_for(self, program: str) -> Iterator[CommandPattern]:
        """Return every pattern that could speak of *program*."""
        yield from self.commands.get(program, ())
        yield from self._any_program


def _beginning(pattern: CommandPattern) -> str:
    """Return what the first word of every command begins with that *pattern* matches; empty when it may be anything."""
    if not pattern.rule.case_sensitive:
        return ""
    text = pattern.text
    end = next((at for at, char in enumerate(text) if char not in _PLAIN_TEXT), len(text))
    return text[:end]


def kinds_of(rule: Rule, *, widen: bool) -> frozenset[OperationKind]:
    """Return the operations that a path or operations rule speaks of."""
    if rule.operations:
        return frozenset(rule.operations)
    return ALL_KINDS if widen else FILE_KINDS


# What a rule may demand beyond its tool, paths and operations, but `expires`.
_CONDITIONS = (
    "file_path_regex", "file_path_exclude_regex", "command", "command_regex", "command_exclude_regex",
    "subagent_type", "subagent_type_exclude_regex", "prompt_regex", "prompt_exclude_regex", "input_regex", "host",
    "mode",
)  # fmt: skip


def _is_plain(rule: Rule) -> bool:
    return not any(getattr(rule, field) for field in _CONDITIONS) and rule.expires is None


def _path_rule(rule: Rule, anchors: Anchors, *, widen: bool) -> PathRule:
    globs: list[tuple[str, Glob]] = []
    excludes: list[tuple[str, bool, int]] = []
    prefixes: list[str] = []
    for written in rule.path:
        negative = written.startswith("!")
        # What an allow leaves out it leaves out as widely as a deny would; what a deny leaves out, narrowly.
        glob = compile_glob(written.lstrip("!") if negative else written, anchors, widen=widen != negative)
        if glob is None:
            continue
        if negative:
            excludes.append((f"(?s){glob.regex}", rule.case_sensitive, 0))
            if not glob.floating:
                prefixes.append(glob.prefix)
        else:
            globs.append((written, glob))
    compiled = PatternSet(excludes, whole=True, on_timeout=not widen) if excludes else None
    plain = _is_plain(rule)
    return PathRule(rule, tuple(globs), compiled, tuple(prefixes), kinds_of(rule, widen=widen), plain)


class Index:
    """All rules of one action."""

    def __init__(self, action: Action, rules: tuple[Rule, ...], anchors: Anchors) -> None:
        """Keep *rules* (of this action, in policy order); tables are made when a tool is first seen."""
        self.action = action
        self.rules = rules
        self.anchors = anchors
        self._tables: dict[str, Table] = {}
        self._paths: dict[tuple[int, ...], Paths] = {}
        self._by_name: dict[str, list[tuple[int, Rule]]] = {}
        self._by_regex: list[tuple[int, Rule]] = []
        for position, rule in enumerate(rules):
            if rule.tool:
                self._by_name.setdefault(rule.tool, []).append((position, rule))
            else:
                self._by_regex.append((position, rule))
        self._patterns: dict[tuple[str, bool, bool], Pattern] = {}

    def table(self, tool: str) -> Table:
        """Return the rules that can speak of *tool*."""
        table = self._tables.get(tool)
        if table is None:
            if len(self._tables) >= MAX_TABLES:
                self._tables.clear()
                self._paths.clear()
            table = self._tables[tool] = self._build(tool)
        return table

    def rules_for(self, tool: str) -> list[Rule]:
        """Return the rules that can speak of *tool*, in policy order."""
        names = tool_names(tool)
        found = [entry for name in names for entry in self._by_name.get(name, ())]
        found += [entry for entry in self._by_regex if self._speaks_of(entry[1], names)]
        return [rule for _, rule in sorted(found, key=_position)]

    def _build(self, tool: str) -> Table:
        rules = self.rules_for(tool)
        with_path = [rule for rule in rules if rule.path]
        key = tuple(map(id, with_path))  # INVARIANT: `self.rules` keeps them alive
        paths = self._paths.get(key)
        if paths is None:
            paths = self._paths[key] = Paths(with_path, self.anchors, widen=self.action != "allow")
        return Table(self.action, rules, paths)

    def _speaks_of(self, rule: Rule, names: tuple[str, ...]) -> bool:
        if (rule.command or rule.command_regex) and not SHELL_TOOLS.intersection(names):
            return False
        if rule.tool_regex and not any(self.search(rule, rule.tool_regex, name) for name in names):
            return False
        return not (rule.tool_exclude_regex and any(self.search(rule, rule.tool_exclude_regex, n, exclude=True)
                                                    for n in names))  # fmt: skip

    def search(self, rule: Rule, text: str, value: str, *, exclude: bool = False) -> bool:
        """Search *value* with a regex of *rule*; on time-out the answer is the one that does not widen."""
        key = (text, rule.case_sensitive, exclude)
        pattern = self._patterns.get(key)
        if pattern is None:
            on_timeout = (self.action != "allow") != exclude
            pattern = Pattern(text, case_sensitive=rule.case_sensitive, on_timeout=on_timeout)
            self._patterns[key] = pattern
        return bool(pattern.search(value))


def _position(entry: tuple[int, Rule]) -> int:
    return entry[0]


def shell_text(call: ToolCall) -> str | None:
    """Return the command string of a shell tool, `None` for other tools."""
    command: object = call.input.get("command") if call.tool in SHELL_TOOLS else None
    return command if isinstance(command, str) else None
