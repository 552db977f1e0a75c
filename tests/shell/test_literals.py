"""Text that a call spells out: what `echo` and `printf` print, held against bash; what files come to hold."""

from __future__ import annotations

import random
import shutil
import subprocess

import pytest

from callgate.core.model import DYNAMIC
from callgate.shell.analyse import analyse_command

PRINTED = [
    ("echo a b", "a b"),
    ("echo -n a", "a"),
    (r"echo -e 'a\tb'", "a\tb"),
    (r"echo -e '\0101'", "A"),
    ("echo 'a\n\n'", "a"),
    ("printf '%s-' a b", "a-b-"),
    (r"printf '\162\x6d'", "rm"),
    (r"printf %b '\x41'", "A"),
    ("printf '%%%s' a", "%a"),
    ("printf a b c", "a"),
    ("printf '%s %s|' a b c", "a b|c |"),
]
UNKNOWN = [
    r"echo 'a\tb'",
    "echo *",
    'echo "$X"',
    "echo -nx a",
    "printf -v x a",
    "printf '%d' 1",
    "printf '%q' a",
    "printf '%5s' a",
    r"printf 'a\cb'",
    r"printf '\400'",
    "echo a > f",
    "echo a; echo b",
    "echo a | cat",
    "case x in y) echo a;; esac",
    "[ -f a ] && echo a",
    "cat f",
    "env echo a",
    "echo é",
]


def _word(command: str) -> str:
    """Return the word that `$(command)` becomes, as the analysis has it."""
    units = analyse_command(f'gitx "$({command})"', cwd="/p", home="/h").units
    return next(unit.argv[1] for unit in units if unit.argv[:1] == ("gitx",))


@pytest.mark.parametrize(("command", "text"), PRINTED)
def test_what_is_printed(command: str, text: str) -> None:
    """`echo` and `printf` of constants are worked out."""
    assert _word(command) == text


@pytest.mark.parametrize("command", UNKNOWN)
def test_what_is_not_certain(command: str) -> None:
    """Whatever depends on more than the text stays unknown."""
    assert _word(command) == DYNAMIC


_PIECES = ["a", r"\n", r"\t", "%s", "%%", "%b", r"\x41", r"\101", r"\0101", r"\\", r"\c", "-n", "-e", " ", "x y", r"\q",
           "%d", "\\", "%", "*", r"\e", r"\"", "$"]  # fmt: skip


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash to compare with")
def test_bash_prints_the_same() -> None:
    """Two hundred drawn commands: what the analysis is certain of is what bash prints."""
    chance = random.Random(7)
    known: list[tuple[str, str]] = []
    while len(known) < 200:
        words = ["'" + "".join(chance.choices(_PIECES, k=chance.randint(0, 4))) + "'" for _ in range(3)]
        program = chance.choice(["echo", "echo -e", "echo -n", "echo -ne", "echo -E", "printf", "printf --"])
        command = " ".join([program, *words[: chance.randint(1, 3)]])
        text = _word(command)
        if DYNAMIC not in text:
            known.append((command, text))
    script = "".join(f'printf "%s\\0" "$({command})"\n' for command, _ in known)
    done = subprocess.run(["bash", "--norc"], input=script.encode(), capture_output=True, timeout=60, check=True)
    assert list(zip([command for command, _ in known], done.stdout.decode().split("\0"), strict=False)) == known


def _programs(command: str) -> list[str]:
    return [" ".join(unit.argv) for unit in analyse_command(command, cwd="/p", home="/h").units if unit.argv]


@pytest.mark.parametrize(
    "command",
    [
        "echo 'rm x' | sh",
        "printf '%s\\n' 'rm x' | bash -s",
        "cat <<E | sh\nrm x\nE",
        "echo 'rm x' | tee f | sh",
        "bash <(echo rm x)",
        "echo rm x > f; sh f",
        "echo rm x > f; . ./f",
        "echo rm x > f; chmod +x f; ./f",
        "tee f <<< 'rm x'; sh f",
        "echo rm x > f; mv f g; sh g",
        "echo rm x > f; cp f d/; sh d/f",
        "f=$(mktemp); echo rm x > $f; sh ${f}",
        "echo rm > f; echo rm x >> f; sh f",
    ],
)
def test_text_that_a_shell_gets_is_read(command: str) -> None:
    """What a shell reads from a pipe, a substitution or a file of this call becomes units."""
    assert "rm x" in _programs(command)


@pytest.mark.parametrize(
    "command", ["echo rm x | cat", "echo rm x > f; cat f", "echo rm x > f; sh g", "echo rm x | xargs sh", "echo rm x"]
)
def test_text_that_no_shell_gets_is_data(command: str) -> None:
    """What is only printed or written runs nothing."""
    assert "rm x" not in _programs(command)


def test_a_script_that_runs_itself_ends() -> None:
    """A file that is written to run itself is walked once."""
    assert len(_programs("echo 'sh f; sh f' > f; sh f")) < 20


def test_many_scripts_are_not_understood() -> None:
    """Only some scripts that are written and run are read; with more of them coverage is partial."""
    command = "".join(f"echo a{number} >> f; sh f\n" for number in range(60))
    assert analyse_command(command, cwd="/p", home="/h").coverage == "partial"


def test_the_last_of_many_versions_is_read() -> None:
    """However often a file is written, what it holds when it is run counts."""
    command = "".join(f"echo a{number} > f\n" for number in range(30)) + "echo rm x > f; sh f"
    assert "rm x" in _programs(command)
