"""Tables and lines: coloured on a terminal, plain otherwise."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from callgate.cli.output import DECISION_STYLE, console, say, show_table

ROWS = [("1", "ls", "allow"), ("2", "rm [bold]x[/] \x1b[31m", "deny")]


def _terminal() -> Console:
    return Console(file=io.StringIO(), force_terminal=True, color_system="standard", width=60, markup=False)


def _text(out: Console) -> str:
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


def test_a_table_is_ruled_and_coloured_on_a_terminal() -> None:
    """On a terminal a table has rules, and a decision its colour."""
    out = _terminal()
    show_table(out, ("#", "call", "verdict"), ROWS, {2: DECISION_STYLE})
    assert "┃" in _text(out)
    assert "\x1b[1;32mallow" in _text(out)


def test_a_table_is_aligned_and_plain_elsewhere() -> None:
    """Without a terminal a table is aligned text, one line per row, without escape sequences."""
    out = Console(file=io.StringIO(), markup=False, soft_wrap=True)
    show_table(out, ("#", "call", "verdict"), ROWS, {2: DECISION_STYLE})
    assert _text(out).splitlines() == [
        "#  call                      verdict",
        "1  ls                        allow",
        "2  rm [bold]x[/] \\u001b[31m  deny",
    ]


def test_nothing_quoted_is_markup_or_control() -> None:
    """Markup in a command is shown as it is, and its escape sequences do not reach the terminal."""
    out = _terminal()
    say(out, ("a", "red"), " [blink]b[/] \x1b]0;title\x07")
    assert "[blink]b[/] \\u001b]0;title\\u0007" in _text(out)
    assert "\x1b]" not in _text(out)


@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {}])
def test_colours_are_refused_by_option_and_environment(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`NO_COLOR` and the option both switch colours off."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert console(no_color=not environ).color_system is None


def test_long_lines_are_not_broken_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a terminal a long line stays one line, for grep and for scripts."""
    say(console(), "x" * 500)
    assert capsys.readouterr().out == "x" * 500 + "\n"
