"""Facts that hold for every program of the git, network, interpreter and package families."""

from __future__ import annotations

import importlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callgate.core.model import DYNAMIC, SPLIT, Span
from callgate.shell.command import Command
from callgate.shell.programs import describe
from callgate.shell.programs.index import FAMILIES
from callgate.shell.programs.interpreters import reads_code_from_stdin
from callgate.shell.words import Word

OWN = ("git", "curl", "wget", "remote", "probe", "python", "javascript", "interpreters", "packages")
NAMES = [name for family in OWN for name in FAMILIES[family].split()]
# No option of these does more than contact a host, which the dynamic operand says already.
HARMLESS_OPTIONS = frozenset({"ping", "ping6", "host", "nslookup"})
GIT_MODULES = ("git_read", "git_history", "git_tree", "git_net", "git_config")
SUBCOMMANDS = [
    name
    for module in GIT_MODULES
    for name in importlib.import_module(f"callgate.shell.programs.{module}").SUBCOMMANDS
]  # fmt: skip
PARTS = st.sampled_from([
    "-", "--", "-c", "-m", "-e", "--output", "--output=x", "-o", "HEAD:.env", ":(top)x", ":", ":/", "a..b", "a:b..c:d",
    "..", DYNAMIC, SPLIT, f"-{DYNAMIC}", f"--{SPLIT}", f"{DYNAMIC}:x", "ext::sh", "file:///x", "https://h/x",
    "h:x", "@x",
    "a=@b", "run", "add", "list", "config", "remote", "stash", "push", "--no-", "-C", "x", "", "\0", "*", ":(",
    ":!", "{",
    "http://[",
])  # fmt: skip


def _command(values: list[str], cwds: tuple[str, ...] = ("/p",)) -> Command:
    return Command([Word(value, Span(0, 1), glob="*" in value) for value in values], Span(0, 1), cwds, "/home/u")


@pytest.mark.parametrize("family", OWN)
def test_index_names_what_the_file_defines(family: str) -> None:
    """The index lists exactly the programs of each file."""
    module = importlib.import_module(f"callgate.shell.programs.{family}")
    assert set(module.PROGRAMS) == set(FAMILIES[family].split())


def test_git_finds_each_subcommand_in_its_module() -> None:
    """Each subcommand that a module defines is reached through `git`, and none stands twice."""
    assert len(SUBCOMMANDS) == len(set(SUBCOMMANDS))
    for name in SUBCOMMANDS:
        command = _command(["git", name, "--help"])
        describe(command)
        assert not command.unknown, name


@pytest.mark.parametrize("name", [name for name in NAMES if name not in HARMLESS_OPTIONS])
def test_dynamic_first_word_is_not_understood(name: str) -> None:
    """A first word that only the shell knows could be any option or subcommand of a program with dangerous ones."""
    command = _command([name, SPLIT])
    describe(command)
    assert command.unknown or any(operation.kind == "unknown" for operation in command.operations)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(NAMES), st.lists(PARTS, max_size=6), st.sampled_from([("/p",), (), ("/p", "/q")]))
def test_any_words_are_survived(name: str, parts: list[str], cwds: tuple[str, ...]) -> None:
    """Whatever the words are, the program file answers without an error and leaves words and directories alone."""
    command = _command([name, *parts], cwds)
    describe(command)
    reads_code_from_stdin(command)
    assert command.cwds == cwds
    assert [word.value for word in command.words] == [name, *parts]


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(SUBCOMMANDS), st.lists(PARTS, max_size=6))
def test_git_always_notes_something(subcommand: str, parts: list[str]) -> None:
    """No git command is without an operation: a hostile repository's configuration is code."""
    command = _command(["git", subcommand, *parts])
    describe(command)
    assert command.operations or command.payloads or command.scripts or command.unknown
