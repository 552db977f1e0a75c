"""A grammar of bash: scripts out of real constructs, picked by a source of chance.

The chance is a `random.Random`: seeded for a large run, drawn by hypothesis for a small one (it then shrinks what it
finds). Scripts lean on a small vocabulary, so that variables are used after they were assigned, files are read that
exist, and functions have the names of programs. About one in twenty is deliberately odd (white space, continuations).
"""

from __future__ import annotations

from random import Random
from typing import Callable

PROGRAMS = ("rm", "cat", "ls", "mytool", "git", "cp", "grep", "touch", "head", "tee", "/bin/rm", "/usr/bin/cat")
NAMES = ("x", "y", "v", "f", "dir", "n", "arr", "IFS_", "FOO")
FUNCTIONS = ("g", "work", "rm", "git", "cat", "cd_there")
PLAIN = (
    "a.txt", "b.txt", "sub", "sub/a.txt", "-f", "-rf", "--", "-n", "x", "new", "./tool", "/tmp/t", "/tmp", "..", ".",
    "../up", "k=v", "a#b", "-", "1", "0", "status", "if", "then", "done", "in", "a:b", "%s", "{}", "{x}", "a=~/n",
)  # fmt: skip
ACTIVE = (
    "~", "~/n", "~/sub", "*.txt", "[ab].txt", "?", "*", "sub/*", "{a,b}.txt", "{1..3}", "pre{a,b{c,d}}", "{a,b", "a}",
    "~u", "~+", "[!a]*", "{a..c}", "{01..03}", "x{,y}", "{x,}", "{$x,b}", "\\{a,b\\}", "{'a,b',c}", "[$x]", "@", "!x",
)  # fmt: skip
SPACED = ("a b", "*", "$x", "it's", "rm x", "", "sub", "-rf", "~", "`ls`", "a;rm b", "\\", "x\ty", "{a,b}", "#", "é")


class Grammar:
    """Draws one script at a time.

    Args:
        chance: where every choice comes from.
        depth: how deep constructs nest.
    """

    def __init__(self, chance: Random, depth: int = 3) -> None:
        self.chance = chance
        self.depth = depth
        self.pending: list[str] = []
        self.labels = 0
        self.calm = chance.random() < 0.75

    def script(self) -> str:
        """Return a whole script."""
        if self.calm:
            self.depth = self.chance.choice((0, 1, 1, 2))
        text = "".join(self.line() for _ in range(self.chance.randint(1, 3 if self.calm else 5)))
        return self.oddly(text) if self.chance.random() < (0.03 if self.calm else 0.1) else text

    # Choosing

    def one(self, *options: str) -> str:
        """Return one of *options*."""
        return self.chance.choice(options)

    def pick(self, *weighted: tuple[int, Callable[[], str]]) -> str:
        """Call one of the functions, chosen by weight. A calm script has few of the rare ones: what the analysis refuses
        somewhere tests nothing anywhere."""
        if self.calm and self.chance.random() < 0.7:
            weighted = tuple(each for each in weighted if each[0] > 1) or weighted
        total = sum(weight for weight, _ in weighted)
        roll = self.chance.randint(1, total)
        for weight, work in weighted:
            roll -= weight
            if roll <= 0:
                return work()
        return ""

    def maybe(self, odds: float, work: Callable[[], str]) -> str:
        """Call *work* now and then."""
        return work() if self.chance.random() < odds else ""

    def deeper(self, work: Callable[[], str], shallow: Callable[[], str]) -> str:
        """Call *work* one level down, or *shallow* at the bottom."""
        if self.depth <= 0:
            return shallow()
        self.depth -= 1
        try:
            return work()
        finally:
            self.depth += 1

    # Lists and lines

    def line(self) -> str:
        """One line with the here-documents that it began."""
        text = self.listing() + self.maybe(0.05, lambda: " # rm comment 'x")
        bodies, self.pending = "".join(self.pending), []
        return f"{text}\n{bodies}"

    def inside(self) -> str:
        """A list within brackets of some kind, with its own here-documents."""
        kept, self.pending = self.pending, []
        text = self.listing()
        bodies, self.pending = "".join(self.pending), kept
        return f"{text}\n{bodies}" if bodies else text

    def block(self) -> str:
        """One or two lines, each with an end."""
        return "".join(
            self.inside() + self.one("\n", "\n", "; " if not self.pending else "\n")
            for _ in range(self.chance.randint(1, 2))
        )

    def listing(self) -> str:
        """`a; b && c | d &`."""
        text = self.pipeline()
        for _ in range(self.chance.choice((0, 0, 0, 1, 1, 2))):
            text += self.one("; ", " && ", " || ", ";", "&&", " & ") + self.pipeline()
        return text + self.maybe(0.03, lambda: " &")

    def pipeline(self) -> str:
        """`! a | b |& c`."""
        text = self.maybe(0.04, lambda: self.one("! ", "time ", "time -p ")) + self.command()
        for _ in range(self.chance.choice((0, 0, 0, 0, 1, 1, 2))):
            text += self.one(" | ", "|", " |& ", " |\n ") + self.command() if not self.pending else ""
        return text

    def command(self) -> str:
        """A simple or a compound command."""
        return self.pick((11, self.simple), (4, self.shell_builtin), (4, self.assignments), (2, self.wrapped),
                         (5, self.compound))  # fmt: skip

    # Simple commands

    def simple(self) -> str:
        """Assignments, a program, words and redirects in any order that bash allows."""
        parts = [self.maybe(0.08, self.assignment)]
        before = self.maybe(0 if self.calm else 0.05, self.redirect)
        parts += [before, self.program(), *(self.argument() for _ in range(self.chance.choice((0, 1, 1, 2, 3))))]
        for _ in range(self.chance.choice((0, 0, 0, 1, 1, 2))):
            parts.insert(len(parts) if self.calm else self.chance.randint(2, len(parts)), self.redirect())
        return " ".join(part for part in parts if part)

    def program(self) -> str:
        """The name of a program or function, now and then quoted or from a variable."""
        name = self.one(*PROGRAMS, *FUNCTIONS)
        return self.pick(
            (40, lambda: name), (2, lambda: f"'{name}'"), (2, lambda: f"\\{name}"), (1, lambda: f'"{name}"'),
            (1, lambda: f"{name[0]}''{name[1:]}"), (1, self.variable), (1, self.word), (1, lambda: f"$'{name}'"),
        )  # fmt: skip

    def argument(self) -> str:
        """A word, or several pieces stuck together."""
        return self.pick((8, self.word), (2, lambda: self.word() + self.word()))

    def word(self) -> str:
        """One piece of a word."""
        return self.pick(
            (16, lambda: self.one(*PLAIN)), (5, lambda: self.one(*ACTIVE)), (6, self.quoted), (7, self.variable),
            (3, lambda: self.deeper(self.substitution, lambda: "end")), (1, lambda: self.one("\\ ", "\\*", "a\\ b", "\\$x",
            "\\~", "\\\\", "\\'", "\\#")), (0 if self.calm else 1, self.arithmetic), (1, lambda: self.deeper(self.process, lambda: "end")),
        )  # fmt: skip

    def quoted(self) -> str:
        """Single, double, ANSI-C and translated quotes."""
        return self.pick(
            (3, lambda: "'" + self.one(*SPACED).replace("'", "") + "'"),
            (4, lambda: '"' + "".join(self.in_double() for _ in range(self.chance.randint(0, 3))) + '"'),
            (2, lambda: "$'" + self.one("a\\nb", "\\x41", "\\'", "\\101", "-\\x66", "\\u0041", "a b", "\\\\", "") + "'"),
            (1, lambda: '$"' + self.one("a b", "x", "$x") + '"'),
        )

    def in_double(self) -> str:
        """A piece of a double-quoted string."""
        plain = self.one(*SPACED).replace("`", "").replace('"', "").replace("\\", "").replace("$", "")
        return self.pick(
            (4, lambda: plain), (3, self.variable), (1, lambda: self.one('\\"', "\\$x", "\\`ls\\`", "\\\\", "\\n", "$", "!")),
            (2, lambda: self.deeper(self.substitution, lambda: "end")), (1, self.arithmetic),
        )  # fmt: skip

    def variable(self) -> str:
        """Every kind of parameter expansion."""
        name = self.one(*NAMES)
        inner = self.one("b.txt", "$y", '"a b"', "'q r'", "*", "~", "$(ls)", "")
        return self.pick(
            (10, lambda: f"${name}"), (6, lambda: f"${{{name}}}"), (6, lambda: f'"${name}"'),
            (4, lambda: f"${{{name}{self.one(':-', '-', ':+', '+', ':=', '=')}{inner}}}"),
            (2, lambda: f"${{{name}{self.one('%.*', '%%.*', '#*/', '##*/', '/a/b', '//a/b', '^^', ',,', '^', '@Q', '@U')}}}"),
            (1, lambda: f"${{{name}:{self.one('1', '0:2', ' -1', 'n', '1:n')}}}"), (1, lambda: f"${{#{name}}}"),
            (2, lambda: self.one("$@", '"$@"', "$*", '"$*"', "$1", "$#", "$?", "$0", "${1}", "$-", "${@:1}", "$$")),
            (2, lambda: self.one("${arr[0]}", "${arr[@]}", '"${arr[@]}"', "${arr[*]}", "${#arr[@]}", "${arr[1]}", "$arr",
                                 "${!arr[@]}", "${arr[$n]}", "${arr[-1]}")),
            (1, lambda: f"${{!{name}}}"), (1, lambda: self.one("$HOME", "$PWD", '"$OLDPWD"', "${HOME}/n", '"$PWD"/a.txt')),
        )  # fmt: skip

    def substitution(self) -> str:
        """`$(…)`, backticks, `$(< file)`."""
        return self.pick(
            (6, lambda: f"$({self.inside()})"), (2, lambda: f'"$({self.inside()})"'),
            (2, lambda: "`" + self.deeper(self.in_backticks, lambda: "ls") + "`"),
            (1, lambda: f"$(< {self.one('a.txt', 'sub/a.txt', '$x')})"), (1, lambda: f"$( ({self.inside()}) )"),
        )  # fmt: skip

    def in_backticks(self) -> str:
        """A simple command without anything that needs another backslash there."""
        text = self.simple() if not self.pending else "ls"
        return text if "`" not in text and "\\" not in text and "<<" not in text else "cat a.txt"

    def process(self) -> str:
        """`<(…)`, `>(…)`."""
        return f"{self.one('<', '<', '>')}({self.inside()})"

    def arithmetic(self) -> str:
        """`$((…))` over constants and variables."""
        return f"$(({self.expression()}))"

    def expression(self) -> str:
        """An arithmetic expression."""
        return self.one("1", "1+2", "n", "n+1", "n++", "x", "arr[0]", "n=3", "n>1?2:3", "$n*2", "${#x}", "n += 1", "016",
                        "1 << 2", "arr[n]", "$(ls)+1", "$x")  # fmt: skip

    # Redirects

    def redirect(self) -> str:
        """Any redirect; a here-document's body waits for the end of the line."""
        return self.pick(
            (6, lambda: f"{self.one('', '', '1', '2', '3')}{self.one('>', '>>', '>|')}{self.gap()}{self.target()}"),
            (4, lambda: f"{self.one('', '', '0', '3')}<{self.gap()}{self.source()}"),
            (1, lambda: f"{self.one('&>', '&>>', '>&', '<>')}{self.gap()}{self.target()}"),
            (2, lambda: self.one("2>&1", ">&2", "2>/dev/null", ">&-", "3<&0", "<&-", ">/dev/null", "3>&1", "> /dev/stderr",
                                 "1>&2-", "{fd}>fdfile", "{fd}<a.txt")),
            (2, lambda: f"<<<{self.gap()}{self.argument()}"), (3, self.here_document),
            (1, lambda: f"{self.one('<', '>')} {self.deeper(self.process, lambda: 'end')}"),
        )  # fmt: skip

    def gap(self) -> str:
        """White space, or none, before a redirect's target."""
        return self.one(" ", " ", "")

    def target(self) -> str:
        """A file to write."""
        return self.one("out", "new", "/tmp/o", "sub/o", "$x", '"$x"', "~/o", "'q o'", "o$n", "{a,b}", "o*", "../up", "$v.o",
                        "sub/../o2", "${y:-o3}", "a.txt", "/etc/x", "\\o4", "$'o5'", "./-", "1", '"$(ls)"o')  # fmt: skip

    def source(self) -> str:
        """A file to read."""
        return self.one("a.txt", "b.txt", "sub/c.txt", "/tmp/t", "~/n", '"sp ace.txt"', "$x", "./a.txt", ".env", "a.tx?",
                        "${x:-a.txt}", "$HOME/n", "sub/deep/../c.txt", "setup.py", "/etc/hosts")  # fmt: skip

    def here_document(self) -> str:
        """`<<EOF`, quoted or not, with or without tabs, its body put off."""
        self.labels += 1
        label = self.one("EOF", "E", "end", f"L{self.labels}")
        tabs = self.one("", "", "-")
        written = self.one(label, label, f"'{label}'", f'"{label}"', f"\\{label}")
        lines = [self.here_line() for _ in range(self.chance.randint(0, 3))]
        indent = "\t" if tabs else ""
        self.pending.append("".join(f"{indent}{line}\n" for line in lines) + f"{indent}{label}\n")
        return f"<<{tabs}{self.one('', ' ')}{written}"

    def here_line(self) -> str:
        """A line of a here-document."""
        return self.one("rm hidden", "$x", "$(rm from-here)", "`touch from-backtick`", "it's \"odd", "${v:-$(ls in-here)}",
                        "\\$(rm not)", "a \\", " EOF", "EOF ", "'$(cat quoted)'", "$((n+1))", "# no comment", "", "{ ( [",
                        "\\`rm not\\`", "\\\\$(rm after-backslash)", "$")  # fmt: skip

    # Assignments and builtins

    def assignments(self) -> str:
        """One or more assignments on their own."""
        return self.assignment() + self.maybe(0.2, lambda: f" {self.assignment()}")

    def assignment(self) -> str:
        """`x=…`, arrays, `+=`."""
        name = self.one(*NAMES)
        return self.pick(
            (8, lambda: f"{name}={self.argument()}"), (2, lambda: f"{name}={self.one(*PLAIN)}"), (1, lambda: f"{name}="),
            (1, lambda: f"{name}+={self.word()}"), (1, lambda: f"arr=({self.argument()} {self.argument()})"),
            (1, lambda: f"arr[{self.one('0', '1', 'n', '$n')}]={self.word()}"), (1, lambda: f"arr+=({self.word()})"),
            (1, lambda: f"n={self.one('1', '0', '2', 'arr', 'x')}"),
            (1, lambda: f"{self.one('PATH', 'IFS', 'GIT_PAGER', 'HOME', 'CDPATH', 'PS4', 'LC_ALL')}={self.one('/x', ':', ',', 'sub')}"),
        )  # fmt: skip

    def shell_builtin(self) -> str:
        """Builtins that change the shell, or run text."""
        name = self.one(*NAMES)
        text = self.one("rm x", "cat a.txt > o", "x=b.txt", "cd sub", "ls $x", "f=a; rm $f", 'touch "$y"', "exit")
        return self.pick(
            (5, lambda: f"cd {self.one('sub', '..', '/tmp', '~', '', 'sub/deep', '-', '$x', 'nowhere', '-- sub', '-P sub', 'sub/..', './sub')}"),
            (2, lambda: f"{self.one('export', 'local', 'declare', 'readonly', 'typeset', 'export -n')} {self.one(f'{name}=', f'{name}', f'{name}=a.txt', self.assignment())}"),
            (2, lambda: f"eval {self.one(chr(39) + text.replace(chr(39), '') + chr(39), text, '$x', f'{text};', '-- ' + text, 'rm', 'x=$y')}"),
            (1, lambda: f"trap '{text}' {self.one('EXIT', 'ERR', 'DEBUG', 'INT', 'RETURN', '0')}"),
            (1, lambda: f"read {self.one('', '-r', '-a', '-p p')} {name} {self.one('', '< a.txt', '<<< b.txt')}"),
            (1, lambda: f"printf -v {name} {self.argument()}"), (1, lambda: f"unset {self.one(name, '-v x', '-f rm', '-f g')}"),
            (2, lambda: f"set {self.one('-- a.txt b.txt', '-e', '-u', '-x', '-f', '-o noglob', '-- $x', 'x y', '-a', '--', '-euo pipefail', '+e', '-k', '-n', '-C', '-o posix')}"),
            (1, lambda: f"shopt -s {self.one('nullglob', 'extglob', 'dotglob', 'globstar', 'expand_aliases', 'lastpipe', 'failglob')}"),
            (1, lambda: f"alias {self.one('ls', 'rm', 'git')}={self.one('rm', chr(39) + 'rm -f' + chr(39))}"),
            (1, lambda: self.one("shift", "true", "false", ":", "return", "break", "continue", "exit", "pwd", "wait", "jobs", "exit 3")),
            (2, lambda: f"{self.one('[', 'test')} {self.condition()} {self.one(']', '')}".rstrip()),
            (2, lambda: f"[[ {self.condition()} ]]"), (1, lambda: f"(({self.expression()}))"),
            (1, lambda: f"let {self.one('n=1', 'n++', chr(39) + 'n = 2' + chr(39))}"),
            (2, lambda: f"echo {self.argument()} {self.maybe(0.4, self.redirect)}"),
            (1, lambda: f"mapfile -t arr {self.one('< a.txt', '<<< x')}"), (1, lambda: f"source {self.one('a.txt', './b.txt', '/dev/null')}"),
            (1, lambda: f"exec {self.one('> log', '2>&1', '< a.txt', '3> log', 'rm x', '-a name cat a.txt')}"),
            (1, lambda: f"pushd {self.one('sub', '/tmp')}; popd"), (1, lambda: f"hash -p /bin/rm {self.one('ls', 'git')}"),
            (1, lambda: f"declare {self.one('-n', '-i', '-a', '-A', '-x', '-u', '-l', '-g', '-r')} {name}={self.one('x', '1', 'a.txt')}"),
            (1, lambda: f"coproc {self.one('', 'NAME ')}{{ {text}; }}"), (1, lambda: f"getopts ab {name} -a"),
        )  # fmt: skip

    def condition(self) -> str:
        """What stands between brackets of a test."""
        left = self.argument() if self.depth else "x"
        return self.one(f"-f {left}", f"-n {left}", f"{left} = {self.one(*PLAIN)}", f"-z {left}", f"{left} -eq 1", f"-e {left}",
                        "-d sub", "-v x", "1 -lt 2", f"! -f {left}", "a.txt -nt b.txt", "$n -gt 0", f"{left} == *.txt")  # fmt: skip

    # Wrappers

    def wrapped(self) -> str:
        """A program that runs another one."""
        call = f"{self.one(*PROGRAMS)} {self.argument()}"
        script = self.one("rm x", "cat a.txt > o", "cd sub; rm a.txt", "ls $1", 'rm "$@"', "x=1; touch $x", "git status | head",
                          "if ls; then rm y; fi", "rm $HOME/n", "cat <<< z", "rm $0", "echo 'a' > e")  # fmt: skip
        quoted = "'" + script.replace("'", "'\\''") + "'"
        return self.pick(
            (2, lambda: f"env {self.one('', 'FOO=1 ', '-i ', '-u FOO ', 'GIT_PAGER=x ', '- ', '-- ')}{call}"),
            (2, lambda: f"timeout {self.one('5', '-k 1 5', '-s KILL 5', '--signal=INT 3')} {call}"), (1, lambda: f"nohup {call}"),
            (1, lambda: f"nice {self.one('', '-n 5', '-5', '--adjustment=3')} {call}"), (1, lambda: f"ionice -c 3 {call}"),
            (1, lambda: f"setsid {self.one('', '-w')} {call}"),
            (3, lambda: f"{self.one('command', 'builtin', 'exec', 'command -p', 'exec -a z', 'command --')} {self.one(call, 'cd sub', 'rm x')}"),
            (2, lambda: f"echo {self.argument()} | xargs {self.one('', '-n1', '-I{}', '-0', '-r', '-I %', '-d , ')} {self.one(call, 'rm {}', 'rm', 'sh -c ls', 'rm %x')}"),
            (3, lambda: f"{self.one('sh', 'bash', '/bin/bash', 'bash -e', 'sh -x', 'bash --norc')} -c {quoted} {self.maybe(0.4, self.argument)}"),
            (1, lambda: f"{self.one('bash', 'sh')} {self.one('a.txt', '-s <<< ls', '<<< ' + quoted, '-c ls -c rm')}"),
            (2, lambda: f"sudo {self.one('', '-u u', '-n', 'FOO=1')} {call}"), (1, lambda: f"command -v {self.one(*PROGRAMS)}"),
            (1, lambda: f"time {call}"), (1, lambda: f"env bash -c {quoted}"), (1, lambda: f"timeout 5 bash -c {quoted}"),
        )  # fmt: skip

    # Compound commands

    def compound(self) -> str:
        """A compound command, with a redirect now and then."""
        return self.deeper(self._compound, lambda: "ls") + self.maybe(0.15, lambda: f" {self.redirect()}")

    def _compound(self) -> str:
        name = self.one(*NAMES)
        return self.pick(
            (3, lambda: f"if {self.inside()}\nthen {self.block()}{self.maybe(0.3, self._elif)}{self.maybe(0.5, self._else)}fi"),
            (3, lambda: f"for {name} in {self.argument()} {self.maybe(0.6, self.argument)}\ndo {self.block()}done"),
            (1, lambda: f"for {name}; do {self.block()}done"), (1, lambda: f"for ((n=0; n<2; n++)); do {self.block()}done"),
            (2, lambda: f"while {self.one('read ' + name, 'false', 'ls q')}; do {self.block()}break\ndone {self.maybe(0.5, self.redirect)}"),
            (1, lambda: f"until {self.one('true', self.inside())}\ndo {self.block()}break\ndone"),
            (2, self._case), (3, lambda: f"({self.inside()})"), (3, lambda: f"{{ {self.block()}}}"), (4, self._function),
            (1, lambda: f"select {name} in a b; do {self.block()}break\ndone"),
        )  # fmt: skip

    def _elif(self) -> str:
        return f"elif {self.inside()}\nthen {self.block()}"

    def _else(self) -> str:
        return f"else {self.block()}"

    def _case(self) -> str:
        items = "".join(
            f"{self.one('', '(')}{self.one('*', 'a*', 'x|y', '$x', chr(39) + '*' + chr(39), '[ab]*', '$(ls)', '-f')}) {self.block()}{self.one(';;', ';;', ';&', ';;&')}\n"
            for _ in range(self.chance.randint(1, 3))
        )
        return f"case {self.argument()} in\n{items}esac"

    def _function(self) -> str:
        name = self.one(*FUNCTIONS)
        body = self.one("{ ", "{ ", "( ")
        text = f"{body}{self.block()}{'}' if body == '{ ' else ')'}"
        head = self.one(f"{name}() ", f"function {name} ", f"{name} ()\n", f"function {name}() ")
        return f"{head}{text}{self.one('', f'; {name} a.txt', f'; {name} new', f'; {name}', f' > fo; {name} b.txt')}"

    def oddly(self, text: str) -> str:
        """Put something odd at a random place: a continuation, a carriage return, other white space, invisible ones."""
        place = self.chance.randint(0, len(text))
        odd = self.one("\\\n", "\r", "\t", "\\\n ", "\v", "\u00a0", "\u200b", "\\", "\n", ";", "'", '"', "#", "$", "`", ")",
                       "}", "&", "{", "(", "=", "!", "\f", "\u3000")  # fmt: skip
        return text[:place] + odd + text[place:]
