"""Work is bounded: hostile inputs are read in part, say so, and guardrails see the part that was read."""

from __future__ import annotations

import pytest

from callgate.core.model import Analysis
from callgate.shell.analyse import MAX_COMMAND, analyse_command
from callgate.shell.limits import MAX_UNITS
from callgate.shell.parse import MAX_NODES, parse_front
from callgate.shell.walk import Walker

# Inputs that took seconds or for ever, raised, ended the process, or were called understood and were not.
HOSTILE = {
    "functions that double": "f0() { ls; }\n"
    + "".join(f"f{n}() {{ f{n - 1}; f{n - 1}; }}\n" for n in range(1, 30))
    + "f29",
    "loops over constants": "".join(f"for v{n} in 1 2 3 4 5 6 7 8 9; do " for n in range(12)) + "x=1; " + "done; " * 12,
    "loops that only assign": "for i in 1 2 3 4 5 6 7 8;do " * 4 + "x=$i;" * 900 + "done;" * 4,
    "closing parentheses": "ls " + ")" * 20_000,
    "less-thans": "<" * 20_000,
    "extended globs": "cat " + "@(a|b)" * 3_000,
    "nested tests": "[[ ( " * 3_000,
    "a long test": "[ " + "-f a -a " * 3_000 + "-f b ]",
    "a long numeric test": "[[ " + "a -eq 1 && " * 3_000 + "b -eq 2 ]]",
    "open brackets": "cat " + "[" * 20_000,
    "braces of a long word": "cat {1..250}" + "a" * 20_000,
    "many braces": "cat " + "{a,b}{c,d}{e,f}{1..30} " * 1_000,
    "known words again and again": "x='" + "a " * 500 + "'; cat " + "$x " * 2_000,
    "one long word of known words": "x=" + "a" * 2_000 + "; echo " + "$x" * 2_000,
    "NULs": "ls " + "\0" * 20_000,
    "half a surrogate pair": "cat " + "\ud800" * 10_000,
    "private-use characters": "cat " + "\ue000\ue001" * 8_000,
    "letters of three bytes": "cat " + "一 " * 8_000,
    "here-documents on a line": "cat"
    + "".join(f" <<E{n}" for n in range(1_500))
    + "\n"
    + "".join(f"x\nE{n}\n" for n in range(1_500)),
    "scripts of backticks": "cat <<EOF\n" + "`ls`\n" * 4_000 + "EOF\n",
    "watches": "watch " * 3_000 + "ls",
    "Python again and again": "python -c '"
    + "print(1);" * 1_000
    + "1';"
    + "python -c '"
    + "print(2);" * 1_000
    + "1';" * 6,
    "short options": "ls -" + "l" * 20_000,
    "a long path": "cat /" + "a/" * 10_000,
    "many directories": "cd aaaaaaaa;" * 900 + "cat f",
    "many copies": "cp -r " + "".join(f"f{n} " for n in range(5_000)) + "d",
}


def _work(command: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Analysis, int]:
    """Analyse *command*; return also how often a statement was walked or a substitution entered."""
    count = 0
    statement, substitution = Walker.statement, Walker.substitution

    def counted_statement(self: Walker, node: object) -> None:
        nonlocal count
        count += 1
        statement(self, node)  # type: ignore[arg-type]

    def counted_substitution(self: Walker, node: object) -> str:
        nonlocal count
        count += 1
        return substitution(self, node)  # type: ignore[arg-type]

    monkeypatch.setattr(Walker, "statement", counted_statement)
    monkeypatch.setattr(Walker, "substitution", counted_substitution)
    return analyse_command(command, cwd="/p", home="/h"), count


@pytest.mark.parametrize("command", ["yq -=x f", "mv --exchange -t d", "echo {1.." + "9" * 5_000 + "}", "cat [z-a]"])
def test_odd_words_raise_nothing(command: str) -> None:
    """Each of these was an exception, found by the fuzzer."""
    assert analyse_command(command, cwd="/p", home="/h").units


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile_inputs_are_bounded(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the steps nor what comes out grows beyond the limits."""
    analysis, steps = _work(HOSTILE[name], monkeypatch)

    assert steps < 10_000
    assert len(analysis.units) <= MAX_UNITS + 200
    assert sum(len(unit.operations) for unit in analysis.units) < 6_000
    assert sum(len(word) for unit in analysis.units for word in unit.argv) < 4_000_000


@pytest.mark.parametrize(
    "command",
    [
        pytest.param("while a; do y=1; " + "ls a;" * 2_100 + "rm -rf ~; done", id="too-many-commands"),
        pytest.param("while a; do y=1; " + "( " * 60 + "rm -rf ~" + " )" * 60 + "; done", id="too-deep"),
        pytest.param("for i in $x; do y=1; " + "( " * 60 + "rm -rf ~" + " )" * 60 + "; done", id="too-deep-for"),
        pytest.param("f() { " + "ls a;" * 2_100 + "rm -rf ~; }; f", id="function"),
        pytest.param("bash -c '" + "ls a;" * 2_100 + "rm -rf ~'", id="script"),
        pytest.param("ls " + "a " * 3_000 + "; rm -rf ~", id="words"),
        pytest.param("x=" + "a" * 5_000 + ";" + "echo $x;" * 500 + "rm -rf ~", id="long-values"),
        pytest.param("#" + "x" * MAX_COMMAND + "\nrm -rf ~", id="too-long"),
        pytest.param("cp " + "".join(f"f{n} " for n in range(390)) + "d;" + "rm -rf " + "{1..250} " + "~", id="files"),
    ],
)
def test_what_is_not_read_is_never_understood(command: str) -> None:
    """A limit that was passed makes coverage partial, also where the walk comes by again, unless a deny sees it."""
    analysis = analyse_command(command, cwd="/p", home="/h")
    seen = any(op.target == "/h" and op.kind == "delete" for unit in analysis.units for op in unit.operations)
    assert analysis.coverage == "partial" or seen


@pytest.mark.parametrize(
    "behind",
    ["\n" + ")" * 30_000, "\n" + "<" * 30_000, ";" + "ls a;" * 9_000, "\n#" + "x" * MAX_COMMAND, "\n" + "é " * 30_000,
     ";for i in 1 2 3 4 5 6 7 8;do for j in 1 2 3 4 5 6 7 8;do " + "x=$i;" * 900 + "done;done", "\0" * 5_000],
)  # fmt: skip
def test_guardrails_see_the_part_that_was_read(behind: str) -> None:
    """Padding that cannot be read does not hide what stands in front of it."""
    analysis = analyse_command("rm -rf /" + behind, cwd="/p", home="/h")
    assert any(op.kind == "delete" and op.target == "/" for unit in analysis.units for op in unit.operations)
    assert analysis.coverage == "partial"


def test_ordinary_code_is_parsed_whole() -> None:
    """Twenty-eight thousand characters of a here-document, and hundreds of commands, are within the limits."""
    document = "cat > f <<'EOF'\n" + "def main(): return (1, 2) < (3, 4)\n" * 800 + "EOF\n"
    for command in (document, "git status && ls src | head\n" * 100):
        assert analyse_command(command, cwd="/p", home="/h").coverage == "full"


@pytest.mark.parametrize("source", [b"ls;" * 30_000, b")" * 30_000, "é ".encode() * 20_000, b"a" * 60_000, b""])
def test_the_front_is_parsed(source: bytes) -> None:
    """What is parsed is a beginning of the source, cut between characters, with no more nodes than asked for."""
    root, size = parse_front(source)
    assert root.end_byte <= size <= len(source)
    assert root.descendant_count <= MAX_NODES
    source[:size].decode()
