"""Interpreters: what they run, and when they run their input."""

from __future__ import annotations

import pytest
from util import command, opaque, run

from callgate.core.model import Span
from callgate.shell.command import Command
from callgate.shell.programs.interpreters import reads_code_from_stdin
from callgate.shell.words import Word

KNOWN = [
    ("python a.py -c x", ["execute /p/a.py"]),
    ("python3.12 -bb -uB /tmp/a.py", ["execute /tmp/a.py"]),
    ("python -W ignore -X dev a.py", ["execute /p/a.py"]),
    ("python -Wignore::UserWarning a.py", ["execute /p/a.py"]),
    ("python -- -a.py", ["execute /p/-a.py"]),
    ("python --version", []),
    ("python -VV", []),
    ("python3 -m pytest -q a.py", ["payload python3 -m: pytest -q a.py"]),
    ("python -mpytest -q", ["payload python -m: pytest -q"]),
    ("python -Bm mypy .", ["payload python -m: mypy ."]),
    ("python -m pip list", ["execute /p", "payload python -m: pip list"]),
    ("python -I -m pip list", ["payload python -m: pip list"]),
    ("python -sPm ruff check", ["payload python -m: ruff check"]),
    ("python -m unittest a", ["execute /p", "execute /p recursive"]),
    ("python -m json.tool", ["execute /p"]),
    ("python -I -m json.tool --indent 2 a b", ["read /p/a", "write /p/b via OUTPUT"]),
    ("python -I -m venv --clear .venv", ["write /p/.venv recursive", "delete /p/.venv recursive via --clear"]),
    ("python -I -m py_compile src/a.py", ["read /p/src/a.py recursive", "write /p/src recursive"]),
    ("python -I -m compileall -q src", ["read /p/src recursive", "write /p/src recursive"]),
    ("node a.js --eval x", ["execute /p/a.js"]),
    ("node --max-old-space-size=4096 a.js", ["execute /p/a.js"]),
    ("node --max-old-space-size 4096 a.js", ["execute /p/a.js"]),
    ("node -r ./x a.js", ["execute /p/x via -r", "execute /p/a.js"]),
    ("node --import tsx a.ts", ["execute tsx via --import", "execute /p/a.ts"]),
    ("node --env-file=.env a.js", ["read /p/.env", "execute /p/a.js"]),
    ("node --check a.js", ["read /p/a.js"]),
    ("node --test a.js", ["execute /p recursive", "execute /p/a.js"]),
    ("node -v", []),
    ("deno run -A --allow-net x.ts", ["execute /p/x.ts"]),
    ("deno test", ["execute /p recursive"]),
    ("bun test", ["execute /p recursive"]),
    ("bun run build", ["execute npm script"]),
    ("bun a.ts", ["execute /p/a.ts"]),
    ("ruby -w a.rb", ["execute /p/a.rb"]),
    ("ruby -c a.rb", ["read /p/a.rb"]),
    ("perl a.pl -e x", ["execute /p/a.pl"]),
    ("perl -v", []),
    ("php -l a.php", ["read /p/a.php"]),
    ("php -f a.php", ["execute /p/a.php"]),
    ("lua a.lua", ["execute /p/a.lua"]),
    ("Rscript --vanilla a.R", ["execute /p/a.R"]),
]

OPAQUE = [
    "python",
    "python -",
    "python -c x",
    "python -Bc x",
    "python -uc 'x'",
    "python -i a.py",
    "python $F",
    "python $@",
    "python $D/a.py",
    "python glob:*.py",
    "python /dev/stdin",
    "python /dev/fd/0",
    "python ../proc/self/fd/0",
    "python -m http.server",
    "python -m timeit x",
    "python -m $M",
    "python -im json.tool",
    "python -W error::a.b.C a.py",
    "python -X pycache_prefix=/tmp a.py",
    "python -X $@ a.py",
    "python --unknown a.py",
    "python -m json.tool $@",
    "node",
    "node -",
    "node -e x",
    "node -pe x",
    "node --eval=x",
    "node -i",
    "node --inspect a.js",
    "node inspect a.js",
    "node --run x",
    "node --require $X a.js",
    "node --import data:text/javascript,x a.js",
    "node --cpu-prof a.js",
    "deno eval x",
    "deno test https://h.org/x.ts",
    "deno test jsr:@x/y",
    "deno test --env-file=x",
    "deno run -",
    "deno run https://h.org/x.ts",
    "deno run --unknown x.ts",
    "deno run npm:x",
    "bun x y",
    "bun -e x",
    "bun run -",
    "ruby -e x",
    "ruby -ne x",
    "ruby -rx a.rb",
    "ruby -i a.rb",
    "perl -e x",
    "perl -pe x f",
    "perl -lane x f",
    "perl -i.bak -pe x f",
    "perl -c a.pl",
    "perl -Mx a.pl",
    "php -r x",
    "php -S localhost:80",
    "php -d x=y a.php",
    "lua -e x",
    "lua -l x a.lua",
    "Rscript -e x",
]

STDIN_RUNS = [
    "python", "python -", "python -u", "python -i a.py", "python -ic x", "python /dev/stdin", "python -- -",
    "python $X", "python $@", "python a$@", "python /dev/$X", "python --unknown", "python -X dev", "python3.11",
    "node", "node -", "node -r fs", "node -i", "node --require=fs", "perl", "perl -n", "perl -Mx", "ruby", "php",
    "lua -",
    "bash", "bash -", "bash -s", "bash -s x", "bash -x", "bash -e -o pipefail", "bash -eo pipefail", "bash +x",
    "bash --posix",
    "bash -oe pipefail", "bash --rcfile f", "bash /dev/stdin", "bash /dev/fd/0", "bash -i", "bash --unknown",
    "bash /proc/self/fd/0", "bash ../dev/stdin", "sh", "zsh", "dash -e", "ksh", "fish", "fish -C x", "deno run -",
    "bun run -", "bun -",
]  # fmt: skip

STDIN_IS_DATA = [
    "python a.py", "python -c x", "python -uc x", "python -m json.tool", "python --version", "python $D/a.py",
    "python -- a",
    "node a.js", "node -e x", "node -r fs a.js", "perl -pe x", "perl a.pl", "ruby -e x", "php a.php",
    "php -r x", "lua a.lua",
    "bash -c x", "bash -ec x", "bash -lc x", "bash -sc x", "bash a.sh", "bash -x a.sh", "bash -eo pipefail a.sh",
    "bash --norc a.sh", "bash -o pipefail -c x", "sh a.sh -", "bash --version", "fish -c x",
    "fish --command=x", "deno run a.ts",
    "bun run build", "cat -", "grep x",
]  # fmt: skip


def _unlooked(line: str) -> Command:
    """Return the command without its program file, which knows no shells."""
    words = [Word(part.replace("$@", "\ue001").replace("$X", "\ue000").replace("$D", "\ue000"), Span(0, 1))
             for part in line.split()]  # fmt: skip
    return Command(words, Span(0, 1), ("/p",), "/home/u")


@pytest.mark.parametrize(("line", "expected"), KNOWN)
def test_runs(line: str, expected: list[str]) -> None:
    """A script is an execution of its path; a module that is a program counts as that program."""
    assert run(line) == expected
    assert not opaque(line)


@pytest.mark.parametrize("line", OPAQUE)
def test_not_known(line: str) -> None:
    """Program text, standard input, unknown options and dynamic scripts are never understood."""
    assert opaque(line)


@pytest.mark.parametrize("line", STDIN_RUNS)
def test_input_is_code(line: str) -> None:
    """Every way of running standard input is seen, and doubt counts as yes."""
    assert reads_code_from_stdin(_unlooked(line))


@pytest.mark.parametrize("line", STDIN_IS_DATA)
def test_input_is_data(line: str) -> None:
    """With a script or program text, standard input is data."""
    assert not reads_code_from_stdin(_unlooked(line))


def test_looking_does_not_change_the_words() -> None:
    """The program file leaves the words of the command alone."""
    assert [word.value for word in command("python -m pytest").words] == ["python", "-m", "pytest"]
