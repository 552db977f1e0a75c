"""awk."""

from __future__ import annotations

import pytest
from util import opaque, run

from callgate.shell.programs.awk import UncertainError, written

CASES = [
    ("awk '{print $1}' a", ["read /p/a"]),
    ("awk '{print $NF}'", []),
    ("awk -F: -v x=1 'NR>=1 && NR<=5' a -", ["read /p/a"]),
    ("awk 'NR > 5 {print}' a x=1 b", ["read /p/a", "read /p/b"]),
    ("awk '{print > \"out\"}' a", ["write /p/out via >", "read /p/a"]),
    ("awk '{print >> \"/etc/x\"}' a", ["write /etc/x via >", "read /p/a"]),
    ("awk '{print > \"/dev/stderr\"}' a", ["read /p/a"]),
    ("gawk -i inplace '{print}' a", ["read /p/a", "write /p/a via -i"]),
    ("mawk -- '/rm -rf/' a", ["read /p/a"]),
    ("awk '{print ENVIRON[\"X\"]}' $FILE", ["read <dynamic>"]),
]

OPAQUE = [
    "awk 'BEGIN{system(\"id\")}'",
    "awk '{print | \"sh\"}' a",
    "awk '{\"id\" | getline x}' a",
    "awk '{getline x < \"/etc/shadow\"}' a",
    "awk '{print > $1}' a",
    "awk 'BEGIN{ARGV[1]=\"/etc/shadow\";ARGC=2}' a",
    "gawk '@load \"filefuncs\"' a",
    'gawk \'{f="system"; @f("id")}\' a',
    "gawk '{awk::system(\"id\")}' a",
    "gawk 'BEGIN{SYMTAB[\"x\"]=1}'",
    "gawk -i lib '{print}' a",
    "gawk -l ext '{print}' a",
    "awk -f prog a",
    "awk --file=prog a",
    "gawk -e '{print}' a",
    "awk $PROGRAM a",
    "awk '{print $VAR}' a",
    "awk -v x=$@ '{print}' a",
    "awk -$OPT '{print}' a",
    "gawk '{print}' /inet/tcp/0/h/80",
    "mawk -W exec prog",
    "awk -v inplace::suffix=x '{print}' a",
]

WRITTEN: list[tuple[str, list[str]]] = [
    ("a > 1 { print }", []),
    ("{ if ($1 > 5) print $2 }", []),
    ("{ print ($1 > 5) }", []),
    ('{ print (a) > "x" }', ["x"]),
    ('{ printf("%s", $1) >> "x"; y = a > b }', ["x"]),
    ('{ print a,\n b > "x" }', ["x"]),
    ('{ a = 4 / 2; b = "system(" ; c = d / e }', []),
    ("/system\\(/ { print }", []),
    ('{ gsub(/"/, ""); print }', []),
    ('$1 ~ /a/ || /b/ { x++ }  # system("id")\nEND { print x / NR }', []),
    ("function f(a) { return a / 2 }\n/x/ { print f(1) / 3 }", []),
    ("{ print (a + b) / 2 }", []),
]

UNCERTAIN = [
    'a\n/"/ { system("id") } /"/',
    '/a/ /1; system("id"); x = 1/2',
    '{ if (x) /"/ ; system("id"); y = /"/ }',
    '{ x++ /"/ ; system("id") ; y /"/ }',
    '/[/]/ { system("id") } /]/',
    "{ print a,\n b > c }",
    '{ print > "a" b }',
    '{ print > "a\\x2fb" }',
    "{ print a >= b }",
    '{ print a > b ? "c" : "d" }',
    '{ print "a }',
    '{ x = length / 2; system("id") / 1 }',
    '{ print |& "x" }',
    "{ print (a }",
    "{ print a) }",
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_operations(line: str, expected: list[str]) -> None:
    """Inputs are read, and files that a print names outright are written."""
    assert run(line) == expected


@pytest.mark.parametrize("line", OPAQUE)
def test_opaque(line: str) -> None:
    """A program that runs or reads something by itself, or is not on the command line, is unknown."""
    assert opaque(line)


@pytest.mark.parametrize(("text", "expected"), WRITTEN)
def test_written(text: str, expected: list[str]) -> None:
    """`>` compares but in a print; strings, patterns and comments are no code."""
    assert written(text) == expected


@pytest.mark.parametrize("text", UNCERTAIN)
def test_uncertain(text: str) -> None:
    """Where a slash or a target is not certain, the program is refused rather than read one way."""
    with pytest.raises(UncertainError):
        written(text)
