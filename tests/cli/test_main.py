"""The program as a whole: commands, help, version, and the way to the hook."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from callgate import __version__
from callgate.cli import app, main, reviewer

WORDS = [[name] for name in app.COMMANDS] + [
    [group, name] for group, (_, names) in app.GROUPS.items() for name in names
]


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "100")


def _python(
    code: str, *, stdin: bytes = b"", home: Path, cwd: Path | None = None
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", code],
        input=stdin,
        env={"HOME": str(home), "PATH": os.environ["PATH"]},
        cwd=cwd or home,
        capture_output=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_every_command_has_help_that_suffices(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Every command says what it does and gives an example, and its help keeps the developer's sections to itself."""
    assert main.run([*words, "--help"]) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"Usage: callgate {' '.join(words)}")
    assert "Raises:" not in text
    assert f"callgate {' '.join(words)}" in text.split("\n", 1)[1]


def test_the_list_of_commands_names_them_all(capsys: pytest.CaptureFixture[str]) -> None:
    """`callgate` alone and `callgate --help` list every command and what to type first."""
    assert main.run([]) == 0
    alone = capsys.readouterr().out
    assert main.run(["--help"]) == 0
    assert capsys.readouterr().out == alone
    assert all(f"\n  {name}" in alone for name in (*app.COMMANDS, *app.GROUPS))
    assert "callgate init" in alone


def test_the_version_is_the_package_version(capsys: pytest.CaptureFixture[str]) -> None:
    """`--version` prints the name and the version."""
    assert main.run(["--version"]) == 0
    assert capsys.readouterr().out == f"callgate {__version__}\n"


WRONG = [
    (["chek"], "check"),
    (["check", "--nonsense"], "callgate check --help"),
    (["check", "--command"], "callgate check --help"),
    (["rules", "improt"], "callgate rules --help"),
    (["off", "--for"], "callgate off --help"),
]


@pytest.mark.parametrize(("argv", "hint"), WRONG, ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_wrong_usage_is_64_and_says_where_help_is(
    argv: list[str], hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong command line gives 64, an error and a help line on stderr, and nothing on stdout."""
    assert main.run(argv) == 64
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert hint in err


def test_only_the_called_command_is_loaded(tmp_path: Path) -> None:
    """Running one command imports neither the others nor the engine before it needs it."""
    code = (
        "import sys\nfrom callgate.cli import app\napp.build(['check', '--help'])\n"
        "print(sorted(m for m in sys.modules if m.startswith('callgate.cli.commands.')), 're2' in sys.modules)"
    )
    done = _python(code, home=tmp_path)
    assert done.stdout.decode().strip() == "['callgate.cli.commands.check'] False", done.stderr.decode()


HEAVY = ("typer", "rich", "click", "tomlkit", "yaml", "dataclasses", "subprocess", "msgspec")


def test_the_hook_is_reached_without_the_parser(tmp_path: Path) -> None:
    """The way to the hook loads neither the parser nor any other heavy module, and answers a call."""
    code = (
        "import sys, os\nfrom callgate.cli.main import run\ncode = run(['hook', '--test-mode'])\n"
        f"sys.stderr.write(repr([m for m in {HEAVY!r} if m in sys.modules]))\nsys.exit(code)"
    )
    payload = {"tool_name": "Bash", "tool_input": {"command": "rm -rf /"}, "cwd": str(tmp_path)}
    done = _python(code, stdin=json.dumps(payload).encode(), home=tmp_path)
    assert done.stderr.decode() == "[]"
    assert done.returncode == 0
    assert json.loads(done.stdout)["hookSpecificOutput"]["permissionDecision"] == "deny"


def test_a_hook_that_cannot_be_loaded_asks(tmp_path: Path) -> None:
    """When the hook's own modules are broken the answer still is an explicit ask that names the fault."""
    code = (
        "import sys\nsys.modules['callgate.hook.main'] = None\n"
        "from callgate.cli.main import run\nsys.exit(run(['hook']))"
    )
    done = _python(code, stdin=b"{}", home=tmp_path)
    answer = json.loads(done.stdout)["hookSpecificOutput"]
    assert done.returncode == 0
    assert answer["permissionDecision"] == "ask"
    assert "cannot start" in answer["permissionDecisionReason"]


def test_a_hook_that_fails_late_blocks(tmp_path: Path) -> None:
    """When the hook fails after it may have printed, the exit code is the one that agents take as a block."""
    code = (
        "import sys, types\nbroken = types.ModuleType('callgate.hook.main')\n"
        "def main(argv):\n    raise RuntimeError('late')\n"
        "broken.main = main\nsys.modules['callgate.hook.main'] = broken\n"
        "from callgate.cli.main import run\nsys.exit(run(['hook']))"
    )
    done = _python(code, stdin=b"{}", home=tmp_path)
    assert done.returncode == 2
    assert b"late" in done.stderr


def test_the_module_is_the_program(tmp_path: Path) -> None:
    """`python -I -m callgate` is the console script."""
    done = subprocess.run(
        [sys.executable, "-I", "-m", "callgate", "--version"],
        env={"HOME": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.decode() == f"callgate {__version__}\n"


def test_a_reader_that_goes_away_is_no_crash(tmp_path: Path) -> None:
    """With its output closed the program ends quietly with 141."""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "callgate", "--help"],
        env={"HOME": str(tmp_path)},
        stdout=write,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")


def test_the_reference_is_up_to_date() -> None:
    """docs/cli.md is what `--help` says."""
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, str(root / "tools/cli_reference.py"), "--check"], capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr.decode()


def test_the_reviewer_has_its_own_help(capsys: pytest.CaptureFixture[str]) -> None:
    """`decision_reviewer --help` lists what exists; its commands' help names the program."""
    assert reviewer.run(["--help"]) == 0
    assert "validate-config" in capsys.readouterr().out
    assert reviewer.run(["explain", "--help"]) == 0
    assert capsys.readouterr().out.startswith("Usage: decision_reviewer explain")


@pytest.mark.parametrize("argv", [[], ["frobnicate"]])
def test_the_reviewer_refuses_the_unknown(argv: list[str]) -> None:
    """No command and an unknown command give 64."""
    assert reviewer.run(argv) == 64
