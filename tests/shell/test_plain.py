"""The short way for plain commands says just what the syntax tree says; hypothesis looks for a difference."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.core.model import Analysis
from callgate.shell import source
from callgate.shell.analyse import analyse_command
from callgate.shell.plain import plain_pipeline

# Words that mean something to bash, to a builtin, a wrapper or an interpreter, beside some that mean nothing.
WORDS = [
    "ls", "git", "rm", "-rf", "a", "b.py", "-n", "5", "x=1", "--a=b", "a,b", "@", "%", "+", "-", "--", ":", "/", "..",
    "'a b'", '"c d"', "''", '""', "a'b'", "'a'b", 'x"y"z', "cd", "eval", "echo", "test", "find", "-exec", "';'",
    "xargs", "sudo", "env", "A=1", "bash", "-c", "'rm x'", "'ls | cat'", "sed", "-i", "'s/a/b/'", "python",
    "'print(1)'", "read", "trap", "'rm y'", "EXIT", "printf", "-v", "set", "shift", "exit", "1", "true", "source",
    "f.sh", ".", "alias", "a=b", "in", "do", "let", "i=1", "mapfile", "getopts", "'#'", "'\n'", '"a\nb"', "timeout",
    "10", "'*'", '"*"', "'~'", "'{a,b}'", "awk", "'{print}'", "exec", "command", "type", "1a", "1.5", "@x", "%1", "+x",
    "kill", "hash", "-p", "pushd", "tee", "/dev/null", "cat", "/etc/passwd", "curl", "http://x.y/z", "'é'", '"\ue000"',
]  # fmt: skip
BLANKS = st.sampled_from([" ", "  ", "\t"])


@st.composite
def _commands(draw: st.DrawFn) -> str:
    stages = draw(st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=5), min_size=1, max_size=3))
    text = draw(st.sampled_from(["", " ", "\t"]))
    for number, words in enumerate(stages):
        text += draw(st.sampled_from(["|", " | ", "| "])) if number else ""
        text += words[0] + "".join(draw(BLANKS) + word for word in words[1:])
    return text + draw(st.sampled_from(["", " ", "\n", " \n\n"]))


def _by_tree(command: str) -> Analysis:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source, "plain_pipeline", lambda *_: None)
        return analyse_command(command, cwd="/p", home="/h")


@given(_commands())
def test_both_ways_agree(command: str) -> None:
    """Commands of words that matter to bash or to the analysis."""
    assert analyse_command(command, cwd="/p", home="/h") == _by_tree(command)


@given(st.text(st.characters(max_codepoint=0x2FF), max_size=40))
def test_both_ways_agree_on_any_text(text: str) -> None:
    """Whatever is taken for plain."""
    if plain_pipeline(text) is not None:
        assert analyse_command(text, cwd="/p", home="/h") == _by_tree(text)


@pytest.mark.parametrize(
    ("command", "values"),
    [
        ("ls", [["ls"]]),
        (" grep -n 'def f' src/x.py \n", [["grep", "-n", "def f", "src/x.py"]]),
        ("a'b c'\"d\"", [["ab cd"]]),
        ("echo 'a\nb' ''", [["echo", "a\nb", ""]]),
        ("a b|c\t| 'd|e'", [["a", "b"], ["c"], ["d|e"]]),
    ],
)
def test_what_is_plain(command: str, values: list[list[str]]) -> None:
    """The words come out with quotes removed."""
    found = plain_pipeline(command)
    assert found is not None
    assert [[word.value for word in stage] for stage in found] == values


@pytest.mark.parametrize(
    "command",
    [
        "", " ", "a;b", "a&", "a||b", "a|&b", "a|", "|a", "a|x=1", "a | if", "a>b", "a<b", "(a)", "{ a; }", "a $x",
        'a "$x"', "a `b`", 'a "`b`"', "a\\ b", 'a "\\""', "a #b", "a ~", "a *", "a ?", "a [x]", "a {b,c}", "a !b",
        "! a", "x=1", "x=1 a", "if", "time a", "export a", "declare x", "a 'b", 'a "b', "a\nb", "a\r", "\na",
        "a\x00", "a\x0bb", "- x=1", "a é",
    ],
)  # fmt: skip
def test_what_is_not(command: str) -> None:
    """Anything that bash would expand, redirect, end or read otherwise."""
    assert plain_pipeline(command) is None
