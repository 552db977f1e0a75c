"""Every construct of bash by name, with an example and what the analysis must say of it: read it to audit the coverage.

`full`: every part is understood. `partial`: some of it is not, so that the call is never allowed; the facts are then
what guardrails and deny rules still see. A fact is a program with its words (`{}`: one that only the shell knows,
`{+}`: any number of them), behind the wrappers that it is found in (`coproc>`); a redirect, `write /p/o`; or an
assignment, `set`.
"""

from __future__ import annotations

import pytest

from callgate.core.model import DYNAMIC, SPLIT, Unit
from callgate.shell.analyse import analyse_command

CONSTRUCTS: list[tuple[str, str, str, list[str]]] = [
    ("function", "f() { rm x; }; f", "full", ["rm x"]),
    ("function that redefines a program", "git() { rm -rf x; }; git status", "full", ["rm -rf x"]),
    ("function that redefines a builtin", "cd() { rm x; }; cd sub", "full", ["rm x"]),
    ("function keyword", "function f { rm x; }; f", "full", ["rm x"]),
    ("function in a function", "f() { g() { rm x; }; }; f; g", "full", ["rm x"]),
    ("function on one branch", "if ls; then f() { rm x; }; fi; f", "partial", ["ls", "rm x", "f"]),
    ("function unset", "f() { rm x; }; unset -f f; f", "partial", ["unset", "rm x", "f"]),
    ("function, local variable", "x=a; f() { local x=b; rm $x; }; f; rm $x", "full", ["local", "rm b", "rm {+}"]),
    ("function, return", "f() { return; rm x; }; f", "full", ["return", "rm x"]),
    ("function, recursion", "f() { f; rm x; }; f", "partial", ["rm x"]),
    (
        "function, redirect of the definition",
        "f() { ls; } > o; cd sub && f",
        "full",
        ["cd sub", "write /p/sub/o", "ls"],
    ),
    ("function, variables in front", "x=a; f() { rm $x; }; x=b f", "full", ["set x=b", "rm b"]),
    ("function printed", "typeset -f f", "partial", ["typeset"]),
    ("function exported", "f() { rm x; }; export -f f; bash -c f", "partial", ["set f=", "export", "bash -c> f"]),
    ("alias", "alias ll='rm x'", "partial", ["alias ll> rm x"]),
    ("alias with expand_aliases", "shopt -s expand_aliases; alias ll='rm x'\nll", "partial", ["alias ll> rm x", "ll"]),
    ("positional parameters", 'set -- a b; rm $1 "$2"', "full", ["set -- a b", "rm {+} {}"]),
    ("shift", 'shift 2; rm "$1"', "full", ["shift 2", "rm {}"]),
    ("all parameters", 'rm "$@" $* "${@:2}" $#', "full", ["rm {+} {+} {+} {}"]),
    ("default value", "rm ${x:-$(ls)}", "full", ["ls", "rm {+}"]),
    ("assigned value", 'x=; rm "${x:=b}"; rm $x', "full", ["rm {}", "rm {+}"]),
    ("alternative value", 'rm "${x:+$(ls)}"', "full", ["ls", "rm {}"]),
    ("error value", 'rm "${x:?$(ls)}"', "full", ["ls", "rm {}"]),
    ("suffix and prefix removed", 'x=a.b; rm ${x%.b} "${x#a}"', "full", ["rm {+} {}"]),
    ("substring replaced", 'x=ab; rm "${x//a/$(ls)}"', "full", ["ls", "rm {}"]),
    ("case changed", 'x=ab; rm "${x^^}"', "full", ["rm {}"]),
    ("substring", 'x=ab; rm "${x:1:2}"', "full", ["rm {}"]),
    ("substring, computed", 'rm "${x:$(ls)}"', "partial", ["ls", "rm {}"]),
    ("length", 'rm "${#x}"', "full", ["rm {}"]),
    ("transformed, prompt", 'rm "${x@P}"', "partial", ["rm {}"]),
    ("transformed, quoted", 'rm "${x@Q}"', "partial", ["rm {}"]),
    ("transformed, escapes", 'rm "${x@E}"', "full", ["rm {}"]),
    ("indirect", 'rm "${!x}"', "partial", ["rm {}"]),
    ("names with a prefix", "rm ${!pre*}", "partial", ["rm {+}"]),
    ("nameref", "declare -n r=x; r=b; rm $x", "partial", ["declare", "rm {+}"]),
    ("nameref, local", "f() { local -n r=$1; r=b; }; f x", "partial", ["local"]),
    ("array", 'a=(x "$(ls)"); rm "${a[@]}"', "full", ["ls", "rm {+}"]),
    ("array, associative", 'declare -A m=([k]=v); rm "${m[@]}"', "full", ["declare", "rm {+}"]),
    ("array, computed index", 'rm "${a[$(ls)]}"', "partial", ["ls", "\u2026> ls", "\u2026> : {}", "rm {}"]),
    ("array, appended", 'a+=(x); rm "${a[@]}"', "full", ["rm {+}"]),
    ("array, evaluated key", "a=(['b[$(rm x)]']=1)", "partial", ["\u2026> rm x", "\u2026> : ['b[{}]']=1"]),
    ("ANSI-C quotes", "rm $'\\x61\\n'", "full", ["rm a\n"]),
    ("printf -v", "x=a; printf -v x b; rm $x", "full", ["printf -v x b", "rm {+}"]),
    ("read, here-string", "x=a; read -r x <<< b; rm $x", "full", ["read -r x", "rm {+}"]),
    ("read -a", "read -ra x <<< 'b c'; rm \"${x[@]}\"", "full", ["read -ra x", "rm {+}"]),
    ("read, IFS", 'while IFS=, read -r x y; do rm "$x"; done < a', "full", ["read /p/a", "read -r x y", "rm {}"]),
    ("mapfile", 'mapfile -t x < a; rm "${x[@]}"', "full", ["read /p/a", "mapfile -t x", "rm {+}"]),
    ("mapfile, callback", "mapfile -C 'rm x' -c 1 y < a", "partial", ["read /p/a", "mapfile -C> rm x"]),
    ("brace expansion", "rm {a,b{c,d}}", "full", ["rm a bc bd"]),
    ("brace sequence", "rm {1..3} {c..a}", "full", ["rm 1 2 3 c b a"]),
    ("tilde", "rm ~ ~/a", "full", ["rm /h /h/a"]),
    ("tilde of directories and users", "rm ~+ ~- ~u", "full", ["rm {} {} {}"]),
    ("glob", 'rm *.txt [ab]? "*"', "full", ["rm *.txt [ab]? *"]),
    ("glob with a class", "rm [[:alpha:]]x", "full", ["rm *x"]),
    ("glob options", "shopt -s nullglob; rm *.x", "full", ["shopt -s nullglob", "rm *.x"]),
    ("glob options that change more", "shopt -s dotglob globstar", "partial", []),
    ("glob, extended", "shopt -s extglob", "partial", []),
    ("glob off", "set -f; rm *", "partial", ["rm *"]),
    ("case fall-through", "case a in a) x=b;& b) rm $x;;& *) ls;; esac", "full", ["rm {+}", "ls"]),
    ("select", "select x in a b; do rm $x; done", "full", ["rm {+}"]),
    ("C-style for", "for ((i=0; i<2; i++)); do rm $i; done", "full", ["rm {+}"]),
    ("until", "until ls; do rm x; done", "full", ["ls", "rm x"]),
    (
        "loop that moves",
        "cd a/b && while ls; do cat f; cd ..; done",
        "full",
        ["cd a/b", "ls", "cat f", "cd ..", "ls", "cat f", "cd .."],
    ),
    ("[[ -v", "[[ -v x ]]", "full", ["[["]),
    ("[[ -v with an index", "[[ -v a[$(ls)] ]]", "partial", ["ls", "\u2026> ls", "\u2026> : [[ -v a[{}] ]]", "[["]),
    ("[ -v with an index", "[ -v 'a[$(ls)]' ]", "partial", ["\u2026> ls", "\u2026> : [ -v 'a[{}]' ]", "["]),
    ("test with an unknown operator", 'test "$o" "$x"', "partial", []),
    ("test", "test -f a -a -d b", "full", ["test -f a -a -d b"]),
    ("[[ -eq", "[[ 1 -eq 'a[$(ls)]' ]]", "partial", ["\u2026> ls", "\u2026> : 'a[{}]'", "[["]),
    ("let", "let 'n = 1'", "partial", []),
    ("arithmetic with an index", "(( a[$(ls)] ))", "partial", ["ls", "\u2026> ls", "\u2026> : {}"]),
    (
        "arithmetic on an expression",
        "n='a[$(ls)]'; echo $((n))",
        "partial",
        ["\u2026> ls", "\u2026> : a[{}]", "echo {}"],
    ),
    ("arithmetic assignment", "x=1; ((x <<= 1)); rm $x", "full", ["rm {+}"]),
    ("arithmetic on constants", "n=1; rm $((n + 1))", "full", ["rm {}"]),
    ("process substitution, in", "cat <(ls)", "full", ["ls", "cat /dev/fd/63"]),
    ("process substitution, out", "tee >(cat > o)", "full", ["write /p/o", "cat", "tee /dev/fd/63"]),
    ("coprocess", "coproc rm x", "partial", ["coproc> rm x", "coproc> x"]),
    (
        "coprocess, named",
        "coproc X { rm x; cat a > o; }",
        "partial",
        ["coproc> X { rm x", "coproc> rm x", "write /p/o", "cat a"],
    ),
    ("here-document", "cat <<E\n$(ls)\nE", "full", ["ls", "cat"]),
    ("here-document, quoted", "cat <<'E'\n$(ls)\nE", "full", ["cat"]),
    ("here-document, tabs", "cat <<-E\n\t$(ls)\n\tE\npwd", "partial", ["\u2026> ls", "\u2026> : {}\n\t", "cat", "pwd"]),
    ("here-documents, several on a line", "cat <<A <<B\na\nA\nb\nB", "partial", ["read /p/B", "cat", "b", "B"]),
    ("here-document in a substitution", "x=$(cat <<E\n$(ls)\nE\n)", "full", ["ls", "cat"]),
    ("here-document into a shell", "bash <<'E'\nrm x\nE", "full", ["bash <> rm x"]),
    ("here-document through a pipe", "cat <<E | sh\nrm x\nE", "full", ["cat", "sh <> rm x"]),
    ("here-document behind a dash", "python3 - <<E\nprint(1)\nE", "full", ["python3 -"]),
    ("exec, redirect", "exec 3> f; exec > g", "full", ["write /p/f", "exec", "write /p/g", "exec"]),
    ("exec, named descriptor", "exec {fd}> f", "partial", ["write /p/f", "exec> {fd}"]),
    ("exec, duplicated descriptor", "ls >&3", "full", ["ls"]),
    ("exec, both ways", "exec 3<> f", "partial", ["read /p/f", "exec"]),
    ("trap EXIT", "trap 'rm x' EXIT", "full", ["trap> rm x", "trap rm x EXIT"]),
    ("trap DEBUG", "trap 'x=b' DEBUG; x=a; rm $x", "partial", ["rm a"]),
    ("trap ERR", "trap 'rm x' ERR; grep y", "full", ["trap> rm x", "trap rm x ERR", "grep y"]),
    ("trap RETURN", "trap 'rm x' RETURN", "full", ["trap> rm x", "trap rm x RETURN"]),
    ("trap, signals", "trap 'rm x' INT TERM", "full", ["trap> rm x", "trap rm x INT TERM"]),
    ("eval", "eval 'rm x; cat y'", "full", ["eval> rm x", "eval> cat y"]),
    ("eval, unknown text", 'eval "$x"', "partial", []),
    ("source", "source ./a; . ./b", "full", ["source ./a", ". ./b"]),
    ("source, process substitution", "source <(ls)", "partial", ["ls"]),
    ("command -p", "command -p rm x", "full", ["command> rm x"]),
    ("command -v", "command -v rm", "full", ["command -v rm"]),
    ("builtin", "builtin cd sub && rm x", "full", ["builtin> cd sub", "rm x"]),
    ("enable -n", "enable -n test", "partial", []),
    ("enable -f", "enable -f ./x.so y", "partial", []),
    ("hash -p", "hash -p ./x ls", "partial", []),
    ("jobs -x", "jobs -x rm x", "partial", ["jobs -x> rm x"]),
    ("set, harmless", "set -euxo pipefail; rm x", "full", ["set -euxo pipefail", "rm x"]),
    ("set -a", "set -a", "partial", []),
    ("set -n", "set -n; rm x", "full", ["set -n", "rm x"]),
    ("set -o posix", "set -o posix", "partial", []),
    ("PS4", "PS4='$(rm x)'; set -x", "partial", ["\u2026> rm x", "\u2026> : {}", "set PS4=$(rm x)", "set -x"]),
    ("shopt", "shopt -s lastpipe", "partial", []),
    ("last argument", "ls a; rm $_", "full", ["ls a", "rm {+}"]),
    ("history off", 'rm a!b "!!"', "full", ["rm a!b !!"]),
    ("line continuation", "rm \\\n  x", "full", ["rm x"]),
    ("line continuation in a word", "rm a\\\nb", "partial", ["rm a b"]),
    ("comment", "rm x # rm y\n# rm z", "full", ["rm x"]),
    ("comment between", "ls | # c\n cat", "full", ["ls", "cat"]),
    ("CRLF", "ls\r\nrm x\r", "partial", ["ls", "rm x"]),
    ("tabs", "rm\tx\ty", "full", ["rm x y"]),
    ("time", "time -p rm x", "full", ["rm x"]),
    ("time, group", "time { rm x; }", "partial", ["rm x"]),
    ("negation", "! rm x", "full", ["rm x"]),
    ("background", "rm x & wait", "full", ["rm x", "wait"]),
    ("disown", "rm x & disown", "full", ["rm x", "disown"]),
    ("subshell", "(cd sub && rm x); rm y", "full", ["cd sub", "rm x", "rm y"]),
    ("group", "{ cd sub && rm x; }; rm y", "full", ["cd sub", "rm x", "rm y"]),
    ("pipeline into a loop", 'ls | while read -r f; do rm "$f"; done', "full", ["ls", "read -r f", "rm {}"]),
    ("lost line break", "a | b | c\nd && e", "full", ["a", "b", "c", "d", "e"]),
    ("PROMPT_COMMAND", "PROMPT_COMMAND='rm x'", "full", ["set PROMPT_COMMAND=rm x"]),
    ("BASH_ENV", "BASH_ENV=./x bash -c ls", "partial", ["set BASH_ENV=./x", "bash -c> ls"]),
    ("SHELLOPTS", "SHELLOPTS=noglob bash -c ls", "partial", ["set SHELLOPTS=noglob", "bash -c> ls"]),
    ("BASHOPTS", "BASHOPTS=extglob bash -c ls", "partial", ["set BASHOPTS=extglob", "bash -c> ls"]),
    ("exec of a command", "exec rm x", "full", ["exec> rm x"]),
    ("exit early", "exit; rm x", "full", ["exit", "rm x"]),
    ("exit that does not end", "cd a || exit --help; rm x", "full", ["cd a", "exit --help", "rm x"]),
    (
        "break and continue",
        "for x in a b; do continue 2; rm $x; done",
        "full",
        ["continue 2", "rm a", "continue 2", "rm b"],
    ),
    ("getopts", "x=a; getopts ab x; rm $x", "full", ["getopts ab x", "rm {+}"]),
    ("pushd and popd", "pushd sub && rm x; popd; rm y", "full", ["pushd sub", "rm x", "popd", "rm y"]),
    ("bash -c with arguments", 'bash -c \'rm "$0" "$1"\' a b', "full", ["bash -c> rm {} {}"]),
    ("sh -c", "sh -c 'x=a; x=b :; rm $x'", "full", ["set x=b", "sh -c> :", "sh -c> rm {+}"]),
    ("dash -c", "dash -c 'rm x'", "full", ["dash -c> rm x"]),
    ("env -S", "env -S 'rm x'", "full", ["env> rm x"]),
    ("env -S, quotes", "env -S \"rm 'x'\"", "partial", ["env> rm x"]),
    ("xargs", "xargs rm < a", "full", ["read /p/a", "xargs> rm {+}"]),
    ("value of a command", "x=$(ls); rm $x", "full", ["ls", "rm {+}"]),
    ("found files into xargs", "find . -name '*.o' | xargs rm", "full", ["find . -name *.o", "xargs> rm {+}"]),
    ("look-alike, full-width program", "\uff52\uff4d x", "partial", ["\uff52\uff4d x"]),
    ("look-alike, Cyrillic program", "\u0441\u0430t x", "partial", ["\u0441\u0430t x"]),
    ("look-alike, dash", "rm \u2013rf x", "partial", ["rm \u2013rf x"]),
    ("look-alike, separator", "ls\uff1brm x", "partial", ["ls\uff1brm x"]),
    ("look-alike, quotation marks", "echo \u201ca b\u201d", "partial", ["echo \u201ca b\u201d"]),
    ("invisible character", "rm x\u200by", "partial", ["rm x\u200by"]),
    ("other scripts", "cat 报告.txt ünï # é😀", "full", ["cat 报告.txt ünï"]),
]


def _fact(unit: Unit) -> str:
    around = "".join(f"{wrapper}> " for wrapper in unit.wrappers)
    if unit.kind == "redirect":
        return around + " ".join(f"{op.kind} {op.target or '{}'}" for op in unit.operations)
    words = " ".join(unit.argv).replace(DYNAMIC, "{}").replace(SPLIT, "{+}")
    return f"set {words}" if unit.kind == "assignment" else around + words


@pytest.mark.parametrize(
    ("command", "coverage", "facts"), [row[1:] for row in CONSTRUCTS], ids=[row[0] for row in CONSTRUCTS]
)
def test_construct(command: str, coverage: str, facts: list[str]) -> None:
    """The construct is understood as far as the table says, and its programs, files and variables are found."""
    analysis = analyse_command(command, cwd="/p", home="/h")

    assert analysis.coverage == coverage
    assert [_fact(unit) for unit in analysis.units if not unit.problem] == facts


def test_a_construct_stands_in_the_table_once() -> None:
    """No name hides another row of the table."""
    names = [row[0] for row in CONSTRUCTS]
    assert sorted(set(names)) == sorted(names)
