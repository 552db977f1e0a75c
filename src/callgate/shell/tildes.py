"""Tilde expansion, on the segments of a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callgate.core.model import DYNAMIC, SPLIT
from callgate.shell.segments import BARE, EXPANDED, QUOTED, Segment
from callgate.shell.words import Word

if TYPE_CHECKING:
    from callgate.shell.walk import Walker


def tilde(walker: Walker, segments: list[Segment]) -> str:
    """Return the text of *segments*, the first of which begins with a tilde; unknown for another user's home."""
    text = "".join(segment.text for segment in segments)
    prefix, slash, rest = text.partition("/")
    if any(segment.level == EXPANDED for segment in segments) or SPLIT in prefix:
        return SPLIT
    lead = next((at for at, segment in enumerate(segments) if segment.level != BARE), len(segments))
    if lead < len(segments) and not any("/" in segment.text for segment in segments[:lead]):
        return text  # part of the name is quoted: bash leaves it alone
    home = walker.state.variables.get("HOME", Word(walker.home, walker.span_of_source()))
    if prefix == "~" and home is not None and not home.dynamic:
        return home.value + slash + rest
    return DYNAMIC


def tilde_of_pattern(walker: Walker, segments: list[Segment]) -> list[Segment]:
    """Expand the tilde in front of a pattern (`~/*`); the home directory itself is no pattern."""
    prefix, slash, rest = segments[0].text.partition("/")
    home = walker.state.variables.get("HOME", Word(walker.home, walker.span_of_source()))
    if prefix != "~" or not slash or home is None or home.dynamic or home.glob:
        return [Segment(SPLIT, BARE)]
    return [Segment(home.value, QUOTED), Segment(slash + rest, BARE), *segments[1:]]


def tilde_of_assignment(segments: list[Segment]) -> list[Segment]:
    """Where a word reads like an assignment, bash (unless it is in posix mode) expands `~` behind `=` and `:`, too."""
    bare = "".join(segment.text if segment.level == BARE else "\0" for segment in segments)
    name, equals, value = bare.partition("=")
    if not equals or "\0" in name or not name[:1].isidentifier() or not (value.startswith("~") or ":~" in value):
        return segments
    splits = any(segment.level == EXPANDED or SPLIT in segment.text for segment in segments)
    return [Segment(name + "=", BARE), Segment(SPLIT, BARE) if splits else Segment(DYNAMIC, QUOTED)]
