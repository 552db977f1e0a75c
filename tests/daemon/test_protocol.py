"""The frames: what is packed is read back, and nothing else is taken for a frame."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.daemon import protocol
from callgate.daemon.protocol import FrameError

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
RAW = (
    st.binary(max_size=40)
    .filter(lambda data: b"\0" not in data)
    .map(lambda data: data.decode("utf-8", "surrogateescape"))
)
WORD = TEXT | RAW

REFUSALS = {
    "half a frame", "not a frame of this version", "a frame beyond the limits", "a head that does not end in a NUL",
    "a variable that is not asked for",
}  # fmt: skip


@given(st.integers(0, 255), st.binary(max_size=100), st.binary(max_size=100))
def test_a_packed_frame_says_how_long_it_is(kind: int, head: bytes, body: bytes) -> None:
    """Kind and lengths are read back, and head and body follow as they were."""
    data = protocol.pack(kind, head, body)
    assert protocol.lengths(data[:16]) == (kind, len(head), len(body))
    assert data[16:] == head + body


@given(WORD, WORD, st.lists(WORD, max_size=4), st.dictionaries(st.sampled_from(protocol.VARIABLES), WORD))
def test_a_head_is_read_back(build: str, cwd: str, arguments: list[str], environ: dict[str, str]) -> None:
    """Every word that the system can hand to a process survives, bytes that are no UTF-8 too."""
    data = protocol.head(build, cwd, arguments, environ.items())
    assert protocol.read_head(data) == (build, cwd, tuple(arguments), environ)


@given(st.binary(max_size=64))
def test_any_bytes_are_a_frame_or_refused(data: bytes) -> None:
    """Whatever is sent: lengths within the limits, or a refusal that quotes nothing of it."""
    for read in (lambda: protocol.lengths(data[:16]), lambda: protocol.read_head(data)):
        try:
            read()
        except FrameError as error:
            assert str(error) in REFUSALS  # noqa: PT017 - that it is raised is no law


@pytest.mark.parametrize(
    "header",
    [
        b"", protocol.MAGIC, protocol.pack(1)[:15], b"CGT\x02" + protocol.pack(1)[4:16], b"GET / HTTP/1.1\r\n",
        protocol.HEADER.pack(protocol.MAGIC, 1, protocol.MAX_HEAD + 1, 0),
        protocol.HEADER.pack(protocol.MAGIC, 1, 0, protocol.MAX_BODY + 1),
        protocol.HEADER.pack(protocol.MAGIC, 1, 2**32 - 1, 2**32 - 1),
    ],
)  # fmt: skip
def test_what_is_no_header_is_refused(header: bytes) -> None:
    """Half a header, another version, another protocol, lengths beyond the limits."""
    with pytest.raises(FrameError):
        protocol.lengths(header)


@pytest.mark.parametrize("data", [b"build=x", b"build=x\0cwd=", b"env=PATH=/evil\0", b"env=\0", b"env=LD_PRELOAD=x\0"])
def test_what_is_no_head_is_refused(data: bytes) -> None:
    """An entry without its end, and variables that decide nothing here."""
    with pytest.raises(FrameError):
        protocol.read_head(data)


def test_unknown_entries_are_passed_over() -> None:
    """A later client may say more than this daemon asks for."""
    assert protocol.read_head(b"new=1\0cwd=/a\0odd\0") == ("", "/a", (), {})


@pytest.mark.parametrize("place", ["build", "cwd", "argument", "variable"])
def test_a_nul_cannot_end_an_entry_early(place: str) -> None:
    """A NUL in a word would smuggle in an entry; no head is made of it."""
    words = {name: "a\0arg=--test-mode" if name == place else "a" for name in ("build", "cwd", "argument", "variable")}
    with pytest.raises(ValueError, match="NUL"):
        protocol.head(words["build"], words["cwd"], [words["argument"]], [("HOME", words["variable"])])
