"""Words, variables and directories: what is constant is worked out, what is not stays unknown."""

from __future__ import annotations

import pytest

from callgate.core.model import DYNAMIC, SPLIT
from callgate.shell.analyse import analyse_command

# `{}` is a word that only the shell knows, `{+}` any number of words.
WORDS: list[tuple[str, list[str]]] = [
    ("a", ["a"]),
    ("'a b'", ["a b"]),
    ('"a b"', ["a b"]),
    ("a'b'\"c\"", ["abc"]),
    ("a\\ b", ["a b"]),
    ("\\a", ["a"]),
    ("'a\\b'", ["a\\b"]),
    ('"a\\b"', ["a\\b"]),
    ('"a\\"b"', ['a"b']),
    ('"a\\$b"', ["a$b"]),
    ("''", [""]),
    ('""', [""]),
    ("$'a\\tb'", ["a\tb"]),
    ("$'\\x41\\102\\u0043'", ["ABC"]),
    ("$'\\''", ["'"]),
    ("$'\\q'", ["\\q"]),
    ("$'a\\0b'", ["{}"]),
    ('$"a"', ["a"]),
    ("{a,b}", ["a", "b"]),
    ("x{a,b}y", ["xay", "xby"]),
    ("{a,b}{1,2}", ["a1", "a2", "b1", "b2"]),
    ("{1..3}", ["1", "2", "3"]),
    ("{c..a}", ["c", "b", "a"]),
    ("{01..03}", ["01", "02", "03"]),
    ("{1..7..3}", ["1", "4", "7"]),
    ("{a}", ["{a}"]),
    ("{a,b", ["{a,b"]),
    ("'{a,b}'", ["{a,b}"]),
    ("{a,'b c'}", ["a", "b c"]),
    ("a{,b}", ["a", "ab"]),
    ("~", ["/h"]),
    ("~/x", ["/h/x"]),
    ("~root", ["{}"]),
    ("~+", ["{}"]),
    ("'~'", ["~"]),
    ("x~", ["x~"]),
    ("a=~", ["a={}"]),
    ("$HOME", ["/h"]),
    ("${HOME}", ["/h"]),
    ('"$HOME/x"', ["/h/x"]),
    ("$PWD", ["/p"]),
    ("$UNSET", ["{+}"]),
    ('"$UNSET"', ["{}"]),
    ("a$UNSET", ["a{+}"]),
    ('"a$UNSET"', ["a{}"]),
    ("$@", ["{+}"]),
    ('"$@"', ["{+}"]),
    ("$*", ["{+}"]),
    ("$1", ["{+}"]),
    ("$?", ["{}"]),
    ("$#", ["{}"]),
    ("$$", ["{}"]),
    ("${UNSET:-a}", ["{+}"]),
    ("${#HOME}", ["{+}"]),
    ("${HOME%/*}", ["{+}"]),
    ("*", ["*"]),
    ("a*", ["a*"]),
    ("'*'", ["*"]),
    ("a\\*b*", ["a[*]b*"]),
    ("[ab]", ["[ab]"]),
    ("[", ["["]),
    ("?", ["?"]),
    ("a$(ls)b", ["a{+}b"]),
    ('"a$(ls)b"', ["a{}b"]),
    ("$((1+1))", ["{}"]),
    ("a`ls`", ["a{+}"]),
    ("$", ["$"]),
    ("a$", ["a$"]),
    ('"$"', ["$"]),
    ("a#b", ["a#b"]),
    ("a=b", ["a=b"]),
    ("-", ["-"]),
    ("--", ["--"]),
    ("a\\\nb", ["a", "b"]),
    ('"a\\\nb"', ["ab"]),
    ("ü", ["ü"]),
    ("é*", ["é*"]),
    ("!", ["!"]),
    ("a!b", ["a!b"]),
    ("@(a|b)", ["{+}"]),
    ("a:b", ["a:b"]),
    ("a\\;b", ["a;b"]),
    ("a\\&b", ["a&b"]),
    ("100", ["100"]),
    ("1.5", ["1.5"]),
]

VARIABLES: list[tuple[str, list[str]]] = [
    ("x=a; echo $x", ["a"]),
    ("x='a b'; echo $x", ["a b"]),
    ("x='a b'; echo \"$x\"", ["a b"]),
    ("x=a; y=$x/b; echo $y", ["a/b"]),
    ("x=a; x+=b; echo $x", ["ab"]),
    ("x=*; echo $x", ["*"]),
    ("x='*'; echo \"$x\"", ["*"]),
    ("x=a; x=$(ls); echo $x", ["{+}"]),
    ("x=a; unset x; echo $x", ["{+}"]),
    ("x=a; read x; echo $x", ["{+}"]),
    ("x=a; (x=b); echo $x", ["a"]),
    ("x=a; { x=b; }; echo $x", ["b"]),
    ("x=a; x=b | ls; echo $x", ["{+}"]),
    ("x=a; if ls; then x=b; fi; echo $x", ["{+}"]),
    ("x=a; if ls; then x=a; fi; echo $x", ["a"]),
    ("x=a; for i in 1 2; do x=b; done; echo $x", ["{+}"]),
    ("x=a; while ls; do echo $x; x=b; done", ["{+}"]),
    ("for x in a b; do ls; done; echo $x", ["{+}"]),
    ("x=a ls; echo $x", ["{+}"]),
    ("x=a; f() { x=b; }; f; echo $x", ["b"]),
    ("x=a; f() { local x=b; }; f; echo $x", ["{+}"]),
    ("x=a; export x; echo $x", ["a"]),
    ("x=a; bash -c 'echo $x'", ["{+}"]),
    ("x=a; eval 'echo $x'", ["a"]),
    ("x=a; source ./f; echo $x", ["{+}"]),
    ("x=a; case y in y) x=b;; esac; echo $x", ["{+}"]),
    ("x=a; trap 'x=b' EXIT; echo $x", ["a"]),
    ("x=a; x=b & echo $x", ["{+}"]),
    ("x=a; printf -v x b; echo $x", ["{+}"]),
    ("x=a; mapfile x; echo $x", ["{+}"]),
    ("x=a; ((x=1)); echo $x", ["{+}"]),
    ("x=a; echo $((x=1)); echo $x", ["{}", "{+}"]),
    ("x=a; : ${x:=b}; echo $x", ["{+}"]),
    ("x=(a b); echo $x", ["{+}"]),
    ("x=a; declare x=b; echo $x", ["b"]),
    ("HOME=/x; echo ~ $HOME", ["/x /x"]),
    ("x=a; getopts ab x; echo $x", ["{+}"]),
    ("x=1; echo $((x+1))", ["{}"]),
    ("echo $IFS", ["{+}"]),
    ("x=a; ls && x=b; echo $x", ["{+}"]),
    ("x=a; ls || x=b; echo $x", ["{+}"]),
    ("x=a; $(x=b); echo $x", ["a"]),
    ("x=a; echo $(x=b) $x", ["{+} a"]),
    ("set -- a b; echo $1", ["{+}"]),
    ("x=a; select x in b; do ls; done; echo $x", ["{+}"]),
    ("f() { echo $x; }; x=a; f; x=b; f", ["a", "b"]),
]

DIRECTORIES: list[tuple[str, list[str]]] = [
    ("cat a", ["read /p/a"]),
    ("cd x; cat a", ["read /p/x/a", "read /p/a"]),
    ("cd x && cat a", ["read /p/x/a"]),
    ("cd x || cat a", ["read /p/x/a", "read /p/a"]),
    ("cd x && cat a; cat b", ["read /p/x/a", "read /p/x/b", "read /p/b"]),
    ("cd x; cd y; cat a", ["read /p/x/y/a", "read /p/y/a", "read /p/x/a", "read /p/a"]),
    ("cd /; cat a", ["read /a", "read /p/a"]),
    ("cd; cat a", ["read /h/a", "read /p/a"]),
    ("cd ~/x; cat a", ["read /h/x/a", "read /p/a"]),
    ("cd ..; cat a", ["read /a", "read /p/a"]),
    ("cd -; cat a", ["read {}"]),
    ("cd $x; cat a", ["read {}"]),
    ("(cd x; cat a); cat b", ["read /p/x/a", "read /p/a", "read /p/b"]),
    ("{ cd x; }; cat a", ["read /p/x/a", "read /p/a"]),
    ("cd x & cat a", ["read /p/x/a", "read /p/a"]),
    ("cd x | cat a", ["read /p/a"]),
    ("ls | { cd x; cat a; }; cat b", ["read /p/x/a", "read /p/a", "read /p/b", "read /p/x/b"]),
    ("if cd x; then cat a; fi; cat b", ["read /p/x/a", "read /p/a", "read /p/x/b", "read /p/b"]),
    ("for i in 1; do cd x; cat a; done", ["read /p/x/a", "read /p/a"]),
    (
        "while ls; do cat a; cd x; done; cat b",
        ["read /p/a", "read /p/x/a", "read {}", "read {}"],
    ),
    ("f() { cd x; }; f; cat a", ["read /p/x/a", "read /p/a"]),
    ("bash -c 'cd x; cat a'; cat b", ["read /p/x/a", "read /p/a", "read /p/b"]),
    ("eval 'cd x'; cat a", ["read /p/x/a", "read /p/a"]),
    ("pushd x; cat a", ["read /p/x/a", "read /p/a"]),
    ("pushd x && cat a", ["read /p/x/a"]),
    ("pushd -n x; cat a", ["read {}"]),
    ("pushd +1; cat a", ["read {}"]),
    ("pushd; cat a", ["read {}"]),
    ("popd; cat a", ["read {}"]),
    ("pushd x && cat a; popd; cat b", ["read /p/x/a", "read /p/b", "read /p/x/b"]),
    ("pushd x; pushd y; popd; cat b", ["read {}"]),
    ("pushd x; pushd; cat b", ["read {}"]),
    ("popd; cat b", ["read {}"]),
    ("pushd +1; cat b", ["read {}"]),
    ("cd x || exit; cat a", ["read /p/x/a"]),
    ("cd x || exit 1; cat a", ["read /p/x/a"]),
    ("cd x || return; cat a", ["read /p/x/a", "read /p/a"]),
    ("case y in y) cd x;; esac; cat a", ["read /p/a", "read /p/x/a"]),
    ("cd x; cat ../a", ["read /p/a", "read /a"]),
    ("cd x y; cat a", ["read {}"]),
    ("CDPATH=/z; cd x; cat a", ["read {}"]),
    ("command cd x; cat a", ["read /p/x/a", "read /p/a"]),
    ("builtin cd x; cat a", ["read /p/x/a", "read /p/a"]),
    ("sudo cd x; cat a", ["read /p/a"]),
    ("! cd x; cat a", ["read /p/x/a", "read /p/a"]),
    ("trap 'cd x' EXIT; cat a", ["read /p/a"]),
    ("cd -P x; cat a", ["read {}"]),
    ("cd -- x; cat a", ["read /p/x/a", "read /p/a"]),
    ("cd ''; cat a", ["read {}"]),
    ("cd 'x y'; cat a", ["read /p/x y/a", "read /p/a"]),
    ("cd {x,y}; cat a", ["read {}"]),
    ("cd *; cat a", ["read {}"]),
    ("cd x && (cd y && cat a) && cat b", ["read /p/x/y/a", "read /p/x/b"]),
    ("ls; > a", ["write /p/a"]),
    ("cd x; > a", ["write /p/x/a", "write /p/a"]),
    ("cd x; cat < a", ["read /p/x/a", "read /p/a"]),
    ("source ./f; cat a", ["execute /p/f", "read /p/a"]),
]


def _shown(text: str) -> str:
    return text.replace(DYNAMIC, "{}").replace(SPLIT, "{+}")


@pytest.mark.parametrize(("word", "values"), WORDS)
def test_a_word_is_expanded_as_far_as_it_is_constant(word: str, values: list[str]) -> None:
    """Quotes, escapes, braces, tildes and constants are worked out as bash does; the rest is dynamic."""
    unit = analyse_command(f"echo {word}", cwd="/p", home="/h").units[-1]
    assert [_shown(value) for value in unit.argv] == ["echo", *values]


def test_braces_without_end_are_unknown() -> None:
    """A brace expansion of a hundred thousand words is not carried out."""
    assert analyse_command("echo {1..100000}", cwd="/p", home="/h").units[0].argv == ("echo", SPLIT)


@pytest.mark.parametrize(("command", "echoed"), VARIABLES)
def test_a_variable_is_constant_only_where_it_is_the_same_on_every_way(command: str, echoed: list[str]) -> None:
    """A constant is followed through lists, functions and subshells; where ways differ it is unknown."""
    units = analyse_command(command, cwd="/p", home="/h").units
    assert [_shown(" ".join(unit.argv[1:])) for unit in units if unit.argv[:1] == ("echo",)] == echoed


@pytest.mark.parametrize(("command", "operations"), DIRECTORIES)
def test_cd_moves_the_base_of_relative_paths(command: str, operations: list[str]) -> None:
    """Relative paths start wherever the shell may be: a `cd` may have worked or failed."""
    units = analyse_command(command, cwd="/p", home="/h").units
    found = [op for unit in units if unit.argv[:1] != ("ls",) for op in unit.operations if op.kind != "unknown"]
    assert [f"{op.kind} {_shown(op.target) or '{}'}" for op in found if op.kind != "system"] == operations


def test_without_a_directory_relative_paths_are_unknown() -> None:
    """A call without a working directory has absolute targets only."""
    operations = analyse_command("cat a /b", cwd="", home="/h").units[0].operations
    assert [(op.target, op.dynamic) for op in operations] == [("", True), ("/b", False)]


def test_too_many_directories_are_none() -> None:
    """Where the shell may be in more than a few directories, it may be anywhere."""
    command = "; ".join(f"cd {name}" for name in "abcdef") + "; cat x"
    assert all(op.dynamic for op in analyse_command(command, cwd="/p", home="/h").units[-1].operations)
