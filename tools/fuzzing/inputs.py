"""Where the fuzzer's commands come from: grammar, recorded commands, their mutations, shapes, programs' own options."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from random import Random
from typing import Iterator, Mapping

from callgate.shell import programs
from callgate.shell.programs.index import FAMILIES
from callgate.shell.programs.spec import Program
from callgate.shell.wrappers import WRAPPERS
from fuzzing.shapes import SHAPES

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "soundness"))

from bash_grammar import Grammar  # noqa: E402 - found by the line above

_PIECES = tuple(
    "' \" ` \\ $ $( ) $(( )) ${ } ( { ; & | && || < > << <<- <<< <( >( [ ] [[ ]] ! # * ? ~ = += - -- \n \r \t \0 \x01 "
    "\x1b \x7f \u200b \u2028 \ue000 \ue001 \ud800 \udfff é 😀 \U0010ffff \ufeff if then else fi for in do done case esac "
    "function while until select time coproc eval exec trap declare export alias printf -v :- := :+ @P {1..9} {a,b} $'\\x "
    '$"  $x $@ $? $1 EOF <<EOF\n 2>&1 &> >| /dev/tcp/a/1 ~/.ssh rm -rf / sudo env bash -c python jq sed awk find -exec '
    "\\; {} xargs curl sh".split(" ")
)
"""What a mutation puts in; `split` keeps the line breaks in them."""

_VALUES = (
    "", "-", "--", "=", "a", "a=b", "@f", "@", "é", "😀", "$x", '"$x"', "$(ls)", "*", "?[a", "[z-a]", "[a--b]*", "[[:alpha:]]", "[", "{a,b}", "99999999999999999999",
    "-1", "0", "1e999", "a" * 300, "/", "//", "..", "../../x", "~", "~/x", "~u/x", "/etc/passwd", "a:b", ":", "h:/x", "u@h:x",
    "http://h/x", "http://[", "https://u:p@h:99999/", "file:///etc/passwd", "'", "\\\\", "a\\nb", "a b", "!x", "%s", "{}", "+",
    ";", "|", "s/a/b/e", "w f", '{print > "f"}', ".a | input", "select 1", "import os", "1 + 1", "-x=y", "--no-such", "-@",
    "\t", "\u00a0", "\ue000", "0x", "1,2", "a,b,,", "k=v,k2=v2", "type=bind,src=/,dst=/x", "-e", "-c", "--help",
)  # fmt: skip


def recorded(path: Path) -> list[str]:
    """Return the different commands in a file of JSON lines; none when there is no such file."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8") as lines:
        return list(dict.fromkeys(json.loads(line)["command"] for line in lines))


def option_names() -> Mapping[str, tuple[str, ...]]:
    """Return, for each program name that a program file or a wrapper knows, the words of its own tables."""
    found: dict[str, set[str]] = {}
    for family, names in FAMILIES.items():
        module = import_module(f"callgate.shell.programs.{family}")
        modules = [module, *(import_module(other) for other in _parts(family))]
        shared = {
            word
            for one in modules
            for key, value in vars(one).items()
            if key != "PROGRAMS"
            for word in _words_of(value)
        }
        for name in names.split():
            entry = module.PROGRAMS[name]
            found[name] = set(_words_of(entry)) | (set() if isinstance(entry, Program) else shared - {name})
    for name, wrapper in WRAPPERS.items():
        found[name] = {*("-" + letter for letter in wrapper.flags + wrapper.values), *wrapper.long_flags,
                       *wrapper.long_values, *wrapper.query}  # fmt: skip
    return {name: tuple(sorted(words)) for name, words in found.items()}


def _parts(family: str) -> list[str]:
    """Return the modules that the file of *family* loads when it needs them: `git_read` and others for `git`."""
    return [
        f"{programs.__name__}.{one.name}"
        for one in iter_modules(programs.__path__)
        if one.name.startswith(f"{family}_")
    ]


def _words_of(value: object) -> Iterator[str]:
    """Yield the options and subcommands of a program or table, however deep they lie."""
    if isinstance(value, Program):
        yield from value.table
        yield from _words_of(value.subcommands)
    elif isinstance(value, Mapping):
        for name, child in value.items():
            if isinstance(name, str) and len(name) < 40:
                yield name
            if isinstance(child, (Program, Mapping)):
                yield from _words_of(child)
    elif isinstance(value, frozenset):
        yield from (name for name in value if isinstance(name, str) and len(name) < 40)


class Inputs:
    """An endless, repeatable supply of commands.

    Args:
        seed: the same seed gives the same commands.
        corpus: recorded commands, may be empty.
        longest: characters of the longest command.
    """

    def __init__(self, seed: int, corpus: list[str], longest: int) -> None:
        self.chance = Random(seed)
        self.corpus = corpus
        self.longest = longest
        self.programs = option_names()
        self.names = sorted(self.programs)
        self.shapes = sorted(SHAPES)

    def draw(self) -> str:
        """Return the next command."""
        kinds = (self.argv, self.grammar, self.mutation, self.shape, self.nesting)
        (make,) = self.chance.choices(kinds, (40, 15, 30, 2, 5))
        return make()[: self.longest]

    def grammar(self) -> str:
        """Return a script of the grammar that the differential test uses."""
        return Grammar(self.chance, self.chance.choice((2, 3, 5))).script()

    def argv(self) -> str:
        """Return a program with words of its own tables and odd values."""
        chance = self.chance
        name = chance.choice(self.names)
        words = [name]
        for _ in range(chance.choice((0, 1, 2, 3, 4, 6, 10))):
            own = self.programs[name]
            word = chance.choice(own) if own and chance.random() < 0.6 else chance.choice(_VALUES)
            if word.startswith("-") and chance.random() < 0.2:
                word += chance.choice(("=", "")) + chance.choice(_VALUES)
            words.append(word if chance.random() < 0.7 else self.quoted(word))
        text = " ".join(words)
        if chance.random() < 0.1:
            text = chance.choice((f"echo a | {text}", f"{text} <<< 'a b'", f"sudo {text}", f"xargs {text}", f"cd a && {text}",
                                  f"find . -exec {text} \\;", f"bash -c {self.quoted(text)}", f"{text} <<E\n$x\nE\n",
                                  f"for x in a b; do {text}; done", f"{text} | sh", f"x=$({text})"))  # fmt: skip
        return text

    def quoted(self, word: str) -> str:
        """Return *word* in quotes of some kind."""
        if self.chance.random() < 0.5:
            return "'" + word.replace("'", "'\\''") + "'"
        return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'

    def shape(self) -> str:
        """Return a hostile shape of some length; longer ones are rare, for they take long."""
        length = int(2 ** self.chance.uniform(4, self.chance.choice((9, 12, 16))))
        return SHAPES[self.chance.choice(self.shapes)](length)

    def nesting(self) -> str:
        """Return a command in ever more of what can hold one."""
        text = self.argv()
        for _ in range(self.chance.randint(1, 7)):
            around = self.chance.choice((
                "( # )", "{ #; }", "$(#)", '"$(#)"', "`#`", "<(#)", "if #; then #; fi", "while #; do x=1; done",
                "for i in a b c; do #; done", "case $x in a) #;& *) ls;; esac", "f() { #; }; f", "! #", "# &", "# | cat", "x=$(#)",
                "cat <<E\n$(#)\nE\n", "${x:-$(#)}", "eval '#'", "trap '#' EXIT", "# && #", "[[ -n $(#) ]]", "echo $(( $(#) ))",
            ))  # fmt: skip
            text = around.replace("#", text, 1).replace("#", "ls")
        return text

    def mutation(self) -> str:
        """Return a recorded or generated command with some damage."""
        chance = self.chance
        text = chance.choice(self.corpus) if self.corpus and chance.random() < 0.6 else self.base()
        for _ in range(chance.choice((1, 1, 2, 3, 8))):
            text = self._damage(text)
            if len(text) > self.longest:
                break
        return text

    def base(self) -> str:
        """Return a command that nothing has happened to."""
        return self.grammar() if self.chance.random() < 0.5 else self.argv()

    def _damage(self, text: str) -> str:
        chance = self.chance
        at = chance.randint(0, len(text))
        to = min(len(text), at + chance.choice((1, 1, 2, 5, 20)))
        piece = chance.choice(_PIECES)
        ways = (
            lambda: text[:at] + piece + text[at:],
            lambda: text[:at] + piece + text[to:],
            lambda: text[:at] + text[to:],
            lambda: text[:at] + text[at:to] * chance.choice((2, 3, 50)) + text[to:],
            lambda: (
                text[:at] + chr(ord(text[at]) ^ (1 << chance.randrange(7))) + text[at + 1 :] if at < len(text) else text
            ),
            lambda: text[:at] + chr(chance.choice((chance.randrange(0x300), chance.randrange(0x110000)))) + text[at:],
            lambda: text[:at] + self.base() + text[at:],
            lambda: text[at:] + text[:at],
            lambda: text[:at],
            lambda: text[:at] + piece * chance.choice((2, 10, 100)) + text[to:],
        )
        return chance.choice(ways)()
