"""`callgate query`: how a query comes in, how the answer goes out, and what it may do to a terminal."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.cli import json_output, main, reviewer

COUNT = '{"type": "rule_count"}'
HOSTILE = "echo \x1b[2J\x9b1m[red]x[/red] \u202e\u200b \u6f22\u00e4 \ue000 \U000e0041 \ud800 \x07"
HOSTILE_QUERY = json.dumps({"type": "match_test", "tool": HOSTILE, "input": {HOSTILE: HOSTILE}})


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory without a policy: the built-in profile answers."""
    monkeypatch.chdir(tmp_path)


def _ask(*argv: str, stdin: bytes | None = None, run: Callable[[list[str]], int] = main.run) -> tuple[int, str]:
    incoming = mock.Mock(buffer=io.BytesIO(stdin or b""))
    incoming.buffer.isatty = lambda: stdin is None
    with mock.patch("sys.stdin", incoming), mock.patch("sys.stdout", io.StringIO()) as out:
        code = run(["query", *argv])
    return code, out.getvalue()


WAYS: list[tuple[list[str], bytes | None]] = [
    (["--json", COUNT], None),
    ([COUNT], None),
    (["-"], COUNT.encode()),
    (["--json", "-"], COUNT.encode()),
    ([], COUNT.encode()),
    ([], b"\n " + COUNT.encode() + b"\n"),
]


@pytest.mark.parametrize(("argv", "stdin"), WAYS)
@pytest.mark.parametrize("run", [main.run, reviewer.run], ids=["callgate", "decision_reviewer"])
def test_a_query_comes_in_by_option_argument_or_stdin(
    argv: list[str], stdin: bytes | None, run: Callable[[list[str]], int]
) -> None:
    """However it is given, and under both names of the program, the answer is one line of JSON."""
    code, out = _ask(*argv, "--profile", "standard", stdin=stdin, run=run)
    assert code == 0
    assert out.count("\n") == 1
    assert json.loads(out)["result"]["total"] > 5


def test_pretty_and_compact_override_the_form() -> None:
    """`--pretty` indents into a pipe; `--compact` is one line with no blank that JSON does not need."""
    plain, pretty, compact = (_ask(COUNT, *more)[1] for more in ([], ["--pretty"], ["--compact"]))
    assert len(pretty.splitlines()) > 5
    assert ": " not in plain + compact
    drop = [{**json.loads(out), "query_time_ms": 0} for out in (plain, pretty, compact)]
    assert drop[0] == drop[1] == drop[2]


MISUSE = [
    [],
    [COUNT, "--json", COUNT],
    [COUNT, "--compact", "--pretty"],
    [COUNT, "--nonsense"],
    [COUNT, "--config", "a", "--profile", "cautious"],
    [COUNT, COUNT],
]


@pytest.mark.parametrize("argv", MISUSE, ids=str)
def test_wrong_usage_is_64_with_nothing_on_stdout(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong command line is no query: it is told on stderr with help, as for every command."""
    assert _ask(*argv) == (64, "")
    assert "help: " in capsys.readouterr().err


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[]", b"{}", b'{"type": 1}', b" " * 2_000_000])
def test_bad_queries_are_error_objects(data: bytes) -> None:
    """What is no query is exit code 1 and an object with code, message and details."""
    code, out = _ask("-", stdin=data)
    error = json.loads(out)["error"]
    assert (code, error["code"]) == (1, "invalid_query")
    assert set(error) == {"code", "message", "details"}


def test_stdin_is_not_read_without_end() -> None:
    """Of an endless stream no more is read than is needed to see that it is too large."""
    stream = mock.Mock(isatty=lambda: False, read=mock.Mock(return_value=b"x" * 2_000_000))
    with mock.patch("sys.stdin", mock.Mock(buffer=stream)), mock.patch("sys.stdout", io.StringIO()):
        assert main.run(["query"]) == 1
    stream.read.assert_called_once_with(1024 * 1024 + 1)


def test_the_time_is_a_number_of_milliseconds() -> None:
    """`query_time_ms` is there in every answer, and not negative."""
    assert 0 <= json.loads(_ask(COUNT)[1])["query_time_ms"] < 60_000


# The terminal


def _on_a_terminal(argv: list[str], more: dict[str, str]) -> tuple[int, bytes]:
    """Run the real program with a terminal as stdout; return its exit code and all that it wrote."""
    leader, follower = pty.openpty()
    environ = {**os.environ, "TERM": "xterm-256color", "PYTHONUTF8": "1", "COLUMNS": "80", **more}
    with subprocess.Popen(
        [sys.executable, "-I", "-X", "utf8", "-m", "callgate", "query", *argv], stdout=follower,
        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environ,
    ) as process:  # fmt: skip
        os.close(follower)
        parts: list[bytes] = []
        try:
            while part := os.read(leader, 65_536):
                parts.append(part)
        except OSError:  # the other side is closed: that is how a terminal ends
            pass
        finally:
            os.close(leader)
        code = process.wait(timeout=60)
        assert process.stderr is not None
        assert process.stderr.read() == b""
    return code, b"".join(parts)


@pytest.mark.parametrize(
    ("argv", "environ", "coloured", "lines"),
    [
        ([], {}, True, True),
        (["--no-color"], {}, False, True),
        ([], {"NO_COLOR": "1"}, False, True),
        (["--compact"], {}, True, False),
    ],
    ids=["plain", "no-color", "NO_COLOR", "compact"],
)
def test_a_terminal_gets_an_indented_coloured_answer(
    argv: list[str], environ: dict[str, str], coloured: bool, lines: bool
) -> None:
    """Indented unless compact, coloured unless told not to be; without the colours it is JSON."""
    code, out = _on_a_terminal([*argv, HOSTILE_QUERY], environ)
    text = out.decode().replace("\r\n", "\n")
    assert code == 0
    assert ("\x1b[" in text) == coloured
    assert (len(text.splitlines()) > 5) == lines
    bare = _without_colours(text)
    assert "no rule decides `echo" in json.loads(bare)["result"]["reason"]


@pytest.mark.parametrize("argv", [[], ["--compact"], ["--no-color"], ["--pretty"]], ids=str)
def test_nothing_that_a_terminal_obeys_comes_out(argv: list[str]) -> None:
    """Of a hostile call only colours of ours are left: no other escape, control, bidi or invisible character."""
    query = json.dumps({"type": "explain", "tool": HOSTILE, "input": {HOSTILE: HOSTILE, "command": HOSTILE}})
    text = _on_a_terminal([*argv, query], {})[1].decode().replace("\r\n", "\n")
    bare = _without_colours(text)
    assert all(char.isprintable() or char == "\n" for char in bare)
    assert json.loads(bare)["result"]["call"]["tool"] == HOSTILE
    assert "\u6f22\u00e4" in bare  # letters stay readable


def _without_colours(text: str) -> str:
    import re

    return re.sub(r"\x1b\[[\d;]*m", "", text)


@given(st.text(alphabet=st.characters()), st.booleans())
def test_what_is_written_is_json_and_can_be_shown(text: str, pretty: bool) -> None:
    """Readable or not, every text survives, and no character of it can draw on a terminal."""
    for readable in (True, False):
        written = json_output.text_of({text: [text]}, pretty=pretty, readable=readable)
        assert json.loads(written) == {text: [text]}
        assert all(char.isprintable() or char == "\n" for char in written)
        assert readable or written.isascii()


def test_what_json_does_not_have_is_written_nevertheless() -> None:
    """A NaN or a nesting bomb out of a log makes no answer fail: it is a text, or cut."""
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    written = json.loads(json_output.text_of({"a": float("nan"), "b": [float("-inf")], "deep": deep}))
    assert (written["a"], written["b"]) == ("nan", ["-inf"])
    assert "cut: 1 values" in json.dumps(written["deep"])


def test_a_huge_answer_is_not_coloured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond a megabyte the text is written as it is."""
    out = mock.Mock(isatty=lambda: True, encoding="utf-8", written=[])
    out.write = out.written.append
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.delenv("NO_COLOR", raising=False)
    json_output.write(["x" * json_output.MAX_COLOURED])
    assert len(out.written) == 1
    assert "\x1b" not in out.written[0]
