"""Policies as people, editors and other tools leave them: valid, and written in every way that TOML allows."""

from __future__ import annotations

import functools
import tomllib
from typing import Any, Callable, NamedTuple, TypeVar

from hypothesis import assume
from hypothesis import strategies as st

T = TypeVar("T")
Draw = Callable[[st.SearchStrategy[Any]], Any]

COMMENTS = ["# note", "# [[allow]] is no header", "# id = \"x\" 'y' ] }", "#", "# ünï ☃", "#\ttab"]
TEXTS = ["plain", "a # b", "it's", 'say "x"', "[[deny]]", "back\\slash", "tab\there", "ü☃", "a, b ] }", ""]
LINES = ["one\ntwo", "# no comment\n[[allow]]\n\nend", 'quotes """ inside\n', "\n\nlead"]
WORDS = ["git status", "ls *", "make (a|b) *", "echo '#'", 'printf "]"', "cargo test *"]
REGEXES = ["^Read$", "a#b", "it's", "[\\]'\"]", "\\bx\\b", "(a|b),"]
GLOBS = ["src/**", "**/*.py", "!src/x#y/**", "docs/[ab]*"]
SECTIONS = ["files", "git", "web-tools"]

# Strategies are made once: that takes longer than drawing from them, and a policy draws hundreds of times.
PERCENT = st.integers(0, 99)


@functools.cache
def below(count: int) -> st.SearchStrategy[int]:
    """Draw a place in a list of *count* items."""
    return st.sampled_from(range(count))


class Odd(NamedTuple):
    """A generated policy."""

    text: str
    """With its own line ends and, perhaps, a byte order mark."""


class Writer:
    """Writes values and lines, each time in some other way."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.ids = 0

    def chance(self, percent: int) -> bool:
        """Return true in about so many cases."""
        return bool(self.draw(PERCENT) >= 100 - percent)

    def pick(self, items: list[T]) -> T:
        """Return one of *items*."""
        return items[self.draw(below(len(items)))]

    def string(self, text: str) -> str:
        """Write *text* in one of the four ways that can hold it."""
        ways = [basic(text)]
        if "'" not in text and "\n" not in text:
            ways.append(f"'{text}'")
        if "'''" not in text and not text.endswith("'"):
            ways.append(f"'''\n{text}'''" if text.startswith("\n") or self.chance(50) else f"'''{text}'''")
        if "\n" in text:
            inner = text.replace("\\", "\\\\").replace('"', '\\"')
            ways.append(f'"""\n{inner}"""')
        return str(self.pick(ways))

    def array(self, items: list[str]) -> str:
        """Write an array of items that are written already."""
        way = self.pick(["line", "tight", "rows", "rows", "mixed", "first"])
        if way == "line" or not items:
            return self.pick(["[{}]", "[ {} ]"]).format(", ".join(items)) if items else self.pick(["[]", "[ ]"])
        if way == "tight":
            return "[" + ",".join(items) + self.pick(["", ",", " , "]) + "]"
        if way == "mixed":
            return "[" + self.pick([", ", ",\n  ", " ,\n"]).join(items) + self.pick(["", ",", "\n", ",\n"]) + "]"
        if way == "first":
            return "[\n  " + "\n  , ".join(items) + "\n]"
        indent = self.pick(["  ", "", "\t", "    "])
        rows = ""
        for index, item in enumerate(items):
            rows += "".join(f"{indent}{self.comment()}\n" for _ in range(2) if self.chance(15))
            rows += "\n" if self.chance(10) else ""
            comma = "," if index < len(items) - 1 or self.chance(60) else ""
            rows += indent + item + self.pick(["", "", " "]) + comma + self.trailing() + "\n"
        rows += f"{indent}{self.comment()}\n" if self.chance(10) else ""
        return "[" + self.trailing() + "\n" + rows + self.pick(["", " ", indent]) + "]"

    def comment(self) -> str:
        """Write a comment."""
        return str(self.pick(COMMENTS))

    def trailing(self) -> str:
        """Write what stands behind a value: nothing, blanks, a comment."""
        return str(self.pick(["", "", "", " ", "\t"])) + (" " + self.comment() if self.chance(20) else "")

    def equals(self) -> str:
        """Write an equals sign."""
        return str(self.pick([" = ", " = ", "=", "  =\t"]))

    def value(self, item: object, *, inline: bool = False) -> str:
        """Write any value."""
        if isinstance(item, bool):
            return "true" if item else "false"
        if isinstance(item, int):
            return self.pick([str(item), f"+{item}" if item >= 0 else str(item)])
        if isinstance(item, str):
            return self.string(item) if not inline else basic(item)
        if isinstance(item, list):
            written = [self.value(each, inline=inline) for each in item]
            return "[" + ", ".join(written) + "]" if inline else self.array(written)
        assert isinstance(item, dict)
        return self.inline(item)

    def inline(self, table: dict[str, Any]) -> str:
        """Write an inline table."""
        pairs = [self.key(name) + self.equals() + self.value(each, inline=True) for name, each in table.items()]
        if not pairs:
            return "{}"
        return self.pick(["{{{}}}", "{{ {} }}"]).format(self.pick([", ", ",", " , "]).join(pairs))

    def key(self, name: str) -> str:
        """Write a key."""
        return self.pick([name] * 8 + [f'"{name}"', f"'{name}'"])

    def header(self, parts: list[str], brackets: int) -> str:
        """Write a header."""
        dot = self.pick([".", ".", ".", " . "])
        pad = self.pick(["", "", "", " "])
        return (
            "[" * brackets + pad + dot.join(self.key(part) for part in parts) + pad + "]" * brackets + self.trailing()
        )

    def pairs(self, table: dict[str, Any], indent: str) -> str:
        """Write fields, one below the other, with what people put between them."""
        out = ""
        for name, item in table.items():
            out += f"{indent}{self.comment()}\n" if self.chance(8) else ""
            out += "\n" if self.chance(5) else ""
            if isinstance(item, dict) and item and self.chance(40):
                for part, each in item.items():
                    dotted = f"{indent}{self.key(name)}.{self.key(part)}"
                    out += dotted + self.equals() + self.value(each) + self.trailing() + "\n"
            else:
                out += indent + self.key(name) + self.equals() + self.value(item) + self.trailing() + "\n"
        return out

    def rule(self, *, named: bool = True) -> dict[str, Any]:
        """Return the fields of a rule that the loader accepts, in any order."""
        self.ids += 1
        kind = self.pick(["tool", "tool_regex", "command", "path", "mcp"])
        fields: dict[str, Any] = {"id": f"r{self.ids}"} if named else {}
        if self.chance(40):
            fields["description"] = self.pick([*TEXTS, *LINES])
        if self.chance(25):
            fields["enabled"] = self.chance(50)
        if kind == "tool":
            fields["tool"] = "Read"
            fields["file_path_regex"] = self.pick(REGEXES)
        elif kind == "tool_regex":
            fields["tool_regex"] = self.pick(REGEXES)
        elif kind == "command":
            fields["command"] = self.draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4, unique=True))
            if self.chance(40):
                fields["examples"] = {"match": ["git status"], "no_match": ["x # y"]}
                fields["enabled"] = False
        elif kind == "path":
            fields["path"] = ["src/**", *self.draw(st.lists(st.sampled_from(GLOBS), max_size=3))]
            fields["operations"] = self.pick(["read", ["read", "write"]])
        else:
            fields["tool"] = "mcp__x__y"
            fields["input_regex"] = {"query": self.pick(REGEXES), "other": "x"}
        items = list(fields.items())
        return dict(self.draw(st.permutations(items))) if self.chance(20) else fields


def basic(text: str) -> str:
    """Write *text* in double quotes."""
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
    return '"' + "".join(escapes.get(char, char) for char in text) + '"'


@st.composite
def policies(draw: Draw) -> Odd:
    """Generate a policy file: flat rules, sections in every form, tables, comments and blanks wherever they may be."""
    write = Writer(draw)
    top = ""
    blocks: list[list[str]] = []
    named = not write.chance(25)
    gap = write.pick([0, 1, 1, 1, 2])
    for section in ["", *draw(st.lists(st.sampled_from(SECTIONS), max_size=2, unique=True))]:
        made, lines = _rules(write, section, named=named)
        top += lines
        blocks += made
    for tables in (_llm(write), _includes(write), [write.header(["logging"], 1) + '\nlog_level = "info"\n']):
        if tables and write.chance(50):
            blocks.append(tables)
    if top:
        top = "".join(f"{write.comment()}\n" for _ in range(2) if write.chance(30)) + top
    text = _shuffled(write, blocks, gap)
    text = top + ("\n" * gap if top else "") + text
    text += "\n" * write.pick([0, 0, 1, 3]) + (write.comment() + "\n" if write.chance(20) else "")
    if write.chance(20):
        text = text.rstrip("\n")
    if write.chance(25):
        text = text.replace("\n", "\r\n")
    if write.chance(10):
        text = "\ufeff" + text
    try:
        tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError:
        assume(condition=False)
    return Odd(text)


def _rules(write: Writer, section: str, *, named: bool) -> tuple[list[list[str]], str]:
    """Return the blocks of one section (those of one list keep their order), and lines for the top of the file."""
    head = [section] if section else []
    fields: dict[str, Any] = {"description": "what", "priority": 7} if section and write.chance(60) else {}
    forms = ["headers", "headers", "headers", "inline", "whole", "dotted"]
    form = write.pick(forms) if section else "headers"
    count = write.draw(st.integers(0, 3))
    actions = write.draw(st.lists(st.sampled_from(["allow", "ask", "deny"]), min_size=1, max_size=2, unique=True))
    arrays = {action: [write.rule(named=named or write.chance(40)) for _ in range(count)] for action in actions}
    if form == "whole":
        return [], write.key(section) + write.equals() + write.inline({**fields, **arrays}) + write.trailing() + "\n"
    made: list[list[str]] = []
    lines = ""
    if form == "dotted":
        lines = "".join(f"{section}.{name}{write.equals()}{write.value(item)}\n" for name, item in fields.items())
        form = "headers"
    elif section and (form == "inline" or fields or write.chance(20)):
        body = write.pairs(fields, "")
        if form == "inline":
            body += "".join(_inline_array(write, action, rules) for action, rules in arrays.items())
        made.append([write.header(head, 1) + "\n" + body])
    if form == "headers":
        for action, rules in arrays.items():
            if not section and write.chance(20):
                lines += _inline_array(write, action, rules)
            else:
                made.append([part for rule in rules for part in _block(write, [*head, action], rule)])
    return made, lines


def _inline_array(write: Writer, action: str, rules: list[dict[str, Any]]) -> str:
    items = [write.inline(rule) for rule in rules]
    return write.key(action) + write.equals() + write.array(items) + write.trailing() + "\n"


def _block(write: Writer, path: list[str], rule: dict[str, Any]) -> list[str]:
    """Return `[[path]]` with its fields, some of them perhaps in tables of their own below it."""
    margin = write.pick(["", "", "", "  "])
    indent = write.pick(["", "", "", "  ", "\t"])
    apart = [name for name, item in rule.items() if isinstance(item, dict) and write.chance(40)]
    body = write.pairs({name: item for name, item in rule.items() if name not in apart}, indent)
    lead = "".join(f"{margin}{write.comment()}\n" for _ in range(2) if write.chance(25))
    parts = [lead + margin + write.header(path, 2) + "\n" + body]
    for name in apart:
        below = f"{write.comment()}\n" if write.chance(20) else ""
        parts.append(below + write.header([*path, name], 1) + "\n" + write.pairs(rule[name], indent))
    parts[-1] += f"{write.comment()}\n" if write.chance(8) else ""
    return parts


def _llm(write: Writer) -> list[str]:
    fields: dict[str, Any] = {"enabled": False, "model": "m", "system_prompt": write.pick([*TEXTS, *LINES])}
    actions = {"on_safe": "ask", "on_error": "deny"}
    way = write.pick(["apart", "apart first", "inside", "none"])
    if way == "inside":
        fields["actions"] = actions
    main = write.header(["llm_fallback"], 1) + "\n" + write.pairs(fields, "")
    sub = write.header(["llm_fallback", "actions"], 1) + "\n" + write.pairs(actions, "")
    return {"apart": [main, sub], "apart first": [sub, main], "inside": [main], "none": [sub]}[way]


def _includes(write: Writer) -> list[str]:
    files = write.array(
        [write.string(name) for name in ["a.toml", "b/c.toml", "d.yaml"][: write.draw(st.integers(0, 3))]]
    )
    return [write.header(["includes"], 1) + "\n" + "files" + write.equals() + files + write.trailing() + "\n"]


def _shuffled(write: Writer, blocks: list[list[str]], gap: int) -> str:
    """Return the parts of *blocks* interleaved: each list in its order, or as a whole."""
    queues = [list(parts) for parts in blocks if parts]
    out: list[str] = []
    mixing = write.chance(40)
    while queues:
        queue = write.pick(queues) if mixing else queues[0]
        out.append(queue.pop(0))
        queues = [each for each in queues if each]
    return "".join(part + "\n" * (gap if write.chance(85) else write.pick([0, 1, 3])) for part in out)
