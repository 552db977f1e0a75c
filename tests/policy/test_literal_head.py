"""What a regular expression must begin with: never text that something it matches does not begin with."""

from __future__ import annotations

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from callgate.policy.heads import literal_head


@pytest.mark.parametrize(
    ("regex", "head"),
    [
        ("^git status", "git status"), (r"^\./(gradlew|mvnw)$", "./"), ("^rm -rf /$", "rm -rf /"), ("^ab+", "ab"),
        ("^ab*", "a"), ("^ab?c", "a"), ("^a{2}", ""), ("^a(b|c)", "a"), ("^a[|]b", "a"), (r"^a\|b", "a|b"),
        (r"^a[\]|]b", "a"), ("^a[]|]b", "a"), ("^a[[:alpha:]|]b", "a"), (r"^a\(b", "a(b"), ("^a(?:x|y)b", "a"),
        ("^a|b", ""), ("^a(b)|c", ""), (r"^a\(b|c", ""), ("^a[(]b|c", ""), ("a", ""), ("(?i)^a", ""), ("^(a|b)", ""),
        (r"^\d", ""), (r"^a\Qx|y\E", ""), ("^", ""), ("", ""), (r"^a\d", "a"), ("^.a", ""), (r"^a\x41", "a"),
    ],
)  # fmt: skip
def test_heads(regex: str, head: str) -> None:
    """Choices, classes, quantifiers and escapes."""
    assert literal_head(regex) == head


PIECES = ["a", "b", "|", "(", ")", "[", "]", "^", "*", "+", "?", "{2}", r"\.", r"\(", r"\|", r"\]", "[:alpha:]", ".",
          "$", "(?:", "-", " "]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=8), st.text("ab|()[]^.- ", max_size=8))
def test_a_match_begins_with_the_head(pieces: list[str], text: str) -> None:
    """Whatever RE2 finds a match in begins with the head."""
    regex = "^" + "".join(pieces)
    options = re2.Options()
    options.log_errors = False
    try:
        compiled = re2.compile(regex, options)
    except re2.error:
        return
    if compiled.search(text):
        assert text.startswith(literal_head(regex))
