"""Faulty files: every fault at once, exactly as printed, and nothing but a `PolicyError` from whatever a file holds."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callgate.core.errors import PolicyError, Problem
from callgate.policy.loader import Candidate, load, load_text

FIXTURES = Path(__file__).parents[2] / "fixtures" / "policies"


def faults(path: Path) -> list[Problem]:
    """Return the problems of the file *path*."""
    with pytest.raises(PolicyError) as caught:
        load((Candidate(str(path), "file"),), "/home/user", "", {}, now=1.0)
    return caught.value.problems


@pytest.mark.parametrize("expected", sorted(FIXTURES.glob("*.expected")), ids=lambda path: path.stem)
def test_all_faults_of_all_files_are_reported_at_once(expected: Path) -> None:
    """The whole report is as recorded: place, message, source line, caret and help of every fault."""
    problems = faults(expected.with_suffix(".toml"))
    text = "\n".join(map(str, problems)).replace(f"{FIXTURES}/", "")
    assert text + "\n" == expected.read_text()
    assert all(problem.help and problem.line and problem.text for problem in problems)


def fifo(path: Path) -> None:
    """Make a FIFO: opening one for reading blocks for ever."""
    os.mkfifo(path)


def unix_socket(path: Path) -> None:
    """Make a socket."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(path))


def loop(path: Path) -> None:
    """Make a link to itself."""
    path.symlink_to(path.name)


BAD_FILES: list[tuple[str, Callable[[Path], object], str]] = [
    ("missing", lambda path: path, "does not exist"),
    ("directory", lambda path: path.mkdir(), "is a directory"),
    ("fifo", fifo, "is a FIFO"),
    ("socket", unix_socket, "cannot be opened"),
    ("device", lambda path: path.symlink_to("/dev/zero"), "is a device"),
    ("loop", loop, "cannot be opened"),
    ("dangling", lambda path: path.symlink_to("nowhere"), "does not exist"),
    ("huge", lambda path: path.write_bytes(b"#" * (50 * 1024 * 1024)), "larger than 1 MiB"),
    ("latin1", lambda path: path.write_bytes(b"# ok\n# caf\xe9\n"), "is not UTF-8"),
    ("nul", lambda path: path.write_bytes(b"# ok\nx = \0"), "holds a NUL byte"),
    ("half", lambda path: path.write_bytes(b'[[allow]]\nid = "a'), "not valid TOML"),
    ("nested", lambda path: path.write_bytes(b"x = " + b"[" * 100_000), "nested too deep"),
    ("number", lambda path: path.write_bytes(b"x = " + b"9" * 100_000), "out of range"),
    ("deep-key", lambda path: path.write_bytes(b"a." * 400_000 + b"a = 1"), "more than 64 parts"),
    ("deep-table", lambda path: path.write_bytes(b"[" + b"'a' . " * 100_000 + b"a]"), "more than 64 parts"),
    ("rules", lambda path: path.write_bytes(b"[[deny]]\n" * 20_001), "more than 20,000 rules"),
]


@pytest.mark.parametrize(("make", "message"), [case[1:] for case in BAD_FILES], ids=[case[0] for case in BAD_FILES])
@pytest.mark.parametrize("included", [False, True])
def test_a_file_that_cannot_be_used_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], object], message: str, *, included: bool
) -> None:
    """No kind of file hangs the loader or gets out of it as anything but a named fault, directly or as an include."""
    monkeypatch.chdir(tmp_path)
    make(tmp_path / "p.toml")
    path = tmp_path / "p.toml"
    if included:
        path = tmp_path / "main.toml"
        path.write_text('[includes]\nfiles = ["p.toml"]\n')
    found = faults(path)
    # what an include reaches through a link must itself have the name of a policy
    refused = "cannot be included" if included and path.with_name("p.toml").is_symlink() else message
    assert any(message in problem.message or refused in problem.message for problem in found)
    assert all(problem.help and problem.file for problem in found)


def test_a_file_without_permission_says_so(tmp_path: Path) -> None:
    """An unreadable file is a fault and not an absent one."""
    path = tmp_path / "p.toml"
    path.touch()
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("root reads everything")
    assert "permission denied" in faults(path)[0].message


def test_windows_line_ends_and_a_byte_order_mark_are_fine(tmp_path: Path) -> None:
    """Both are what editors leave behind; lines and columns stay right."""
    path = tmp_path / "p.toml"
    path.write_bytes("\ufeff[[allow]]\r\nid = 'a'\r\ntool = 'Ré'\r\nx = 1\r\n".encode())
    (problem,) = faults(path)
    assert (problem.line, problem.column, problem.text) == (4, 1, "x = 1")


def test_messages_are_safe_to_print(tmp_path: Path) -> None:
    """Escape sequences and direction marks do not reach the terminal, and secrets do not reach the log."""
    path = tmp_path / "p.toml"
    path.write_bytes('"\\u001b[2J\\u202e" = 1\napi_key = "sk-1"\nx = "\u202e\x1b"\n'.encode())
    text = "\n".join(map(str, faults(path)))
    assert "\x1b" not in text
    assert "\u202e" not in text
    path.write_text('x_token = "sk-1"\n')
    assert "sk-1" not in "\n".join(map(str, faults(path)))


def test_a_flood_of_faults_is_cut_off(tmp_path: Path) -> None:
    """Past 200 faults of one file the rest is only mentioned."""
    path = tmp_path / "p.toml"
    path.write_text("".join(f"unknown{number} = 1\n" for number in range(50_000)))
    problems = faults(path)
    assert len(problems) == 201
    assert problems[-1].message == "more errors, not listed"


def test_costly_patterns_are_refused_early() -> None:
    """Thousands of patterns that RE2 would compile for a minute end in faults."""
    rules = "".join(f'[[deny]]\nid = "a{n}"\ntool = "A"\ncommand_regex = \'x{n}\\pL{{900}}\'\n' for n in range(2000))
    with pytest.raises(PolicyError) as caught:
        load_text(rules)
    messages = [problem.message for problem in caught.value.problems]
    assert any("is too large" in message for message in messages)
    assert any("one large pattern too many" in message for message in messages)


def test_too_many_slow_patterns_are_refused() -> None:
    """More patterns than the gate can run with time-outs are a fault."""
    rules = "".join(f'[[deny]]\nid = "a{n}"\ntool = "A"\ncommand_regex = \'(?!x{n})\'\n' for n in range(250))
    with pytest.raises(PolicyError) as caught:
        load_text(rules)
    assert len(caught.value.problems) == 50
    assert "more than 200 that RE2 cannot run" in caught.value.problems[0].message


def test_a_flood_of_warnings_is_no_error() -> None:
    """Warnings past the limit are only mentioned, and the file still loads."""
    rules = "".join(f'[[deny]]\nid = "a{n}"\ntool = "A"\nexpires = 2020-01-01T00:00:00Z\n' for n in range(250))
    loaded = load_text(rules)
    assert (len(loaded.rules), len(loaded.warnings)) == (250, 201)


words = st.sampled_from(
    [
        "allow",
        "deny",
        "[[",
        "]]",
        "[",
        "]",
        "{",
        "}",
        "=",
        ".",
        ",",
        '"',
        "'",
        '"""',
        "\n",
        " ",
        "id",
        "tool",
        "path",
        "tool_regex",
        "includes",
        "files",
        "settings",
        "llm_fallback",
        "true",
        "1",
        "x",
        "(",
        "*",
        "\\",
        "#",
        "examples",
    ]
)
values = st.recursive(
    st.sampled_from([1, True, 1.5, "", "x", "(", "!", "read", "deny"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "match", "enabled"]), inner),
    max_leaves=4,
)


@given(st.lists(words, max_size=40).map("".join))
def test_no_text_gets_another_exception_out_of_the_loader(text: str) -> None:
    """Any text loads or raises `PolicyError` with a problem in it."""
    try:
        load_text(text, "/nowhere/p.toml")
    except PolicyError as error:
        assert error.problems  # noqa: PT017 - most generated texts are faulty and some are not


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.sampled_from(
            [
                "id",
                "tool",
                "tool_regex",
                "path",
                "operations",
                "command",
                "input_regex",
                "examples",
                "mode",
                "level",
                "expires",
                "enabled",
                "host",
                "case_sensitive",
                "command_regex",
                "description",
            ]
        ),
        values,
    )
)
def test_no_value_gets_another_exception_out_of_the_loader(rule: dict[str, object]) -> None:
    """Any value in any field loads or raises `PolicyError`."""
    import tomlkit

    try:
        load_text(tomlkit.dumps({"deny": [rule]}))
    except PolicyError as error:
        assert error.problems  # noqa: PT017 - as above
