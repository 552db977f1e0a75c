"""Values as TOML on one line: read back they are the same, and they show what they hold."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.policy.tomltext import toml_key, toml_string, toml_value

# what ends or escapes something in TOML's grammar, and what nobody sees, beside any other text
SYNTAX = ['"""', "'''", '"', "'", "\n", "\r", "\t", "\\", "\\u0041", "]", "#", "=", "{", "}", "\0", "\x7f", "\x85"]
SYNTAX += ["\u2028", "\u202e", "\ufeff", "\x1b[2J", "é", "\U0001f510", ","]
texts = st.lists(st.sampled_from(SYNTAX) | st.characters(exclude_categories=["Cs"]), max_size=12).map("".join)
values = st.recursive(
    texts | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=10,
)


@given(values, st.booleans())
def test_any_value_is_read_back(value: object, pattern: bool) -> None:
    """A value is one value, the same, on one line."""
    written = toml_value(value, pattern=pattern)
    assert tomllib.loads(f"v = {written} # end\nw = 1") == {"v": value, "w": 1}
    assert "\n" not in written


@given(texts, st.booleans())
def test_strings_show_what_they_hold(text: str, pattern: bool) -> None:
    """A string keeps to one line and has nothing invisible in it, as a key and as a value."""
    written = toml_string(text, pattern=pattern)
    assert written.isprintable()
    assert toml_key(text).isprintable()
    assert tomllib.loads(f"{toml_key(text)} = {written}") == {text: text}


def test_a_moment_is_a_date_time() -> None:
    """TOML has a type for it; JSON does not."""
    moment = datetime(2099, 1, 31, 10, 0, 0, tzinfo=UTC)
    assert toml_value(moment) == "2099-01-31T10:00:00Z"
    assert tomllib.loads(f"v = {toml_value(moment)}") == {"v": moment}


@pytest.mark.parametrize("value", ["\ud800", ["a\udfff"], {"\ud800": "a"}])
def test_half_of_a_character_has_no_form(value: object) -> None:
    """Nothing else is written in its place."""
    with pytest.raises(ValueError, match="lone surrogate"):
        toml_value(value)
