"""The positions-keeping JSON text that settings are edited with."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.agents import json_text
from callgate.agents.json_text import JsonTextError

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
INDENTS = st.sampled_from([None, 2, 4, "\t"])


@given(JSON, INDENTS)
def test_parses_what_json_parses(value: object, indent: int | str | None) -> None:
    """Any document that `json` writes is read back with the same value."""
    assert json_text.parse(json.dumps(value, indent=indent)).python() == value


@given(st.text(alphabet='{}[]",:01-.eE tfn\n\\/"aru', max_size=30))
def test_accepts_only_what_json_accepts(text: str) -> None:
    """Whatever is accepted here, `json` accepts too, with the same value."""
    try:
        node = json_text.parse(text)
    except JsonTextError:
        return
    assert node.python() == json.loads(text)


@given(st.dictionaries(st.text(), JSON, max_size=4), INDENTS, st.text(), JSON)
def test_remove_undoes_insert(table: dict[str, object], indent: int | str | None, key: str, value: object) -> None:
    """Inserting a member and removing it again gives the very same text, and in between the very same rest."""
    if key in table:
        return
    text = json.dumps(table, indent=indent) + "\n"
    grown = json_text.insert(text, json_text.parse(text), value, json_text.style_of(text), key)
    root = json_text.parse(grown)
    assert root.python() == {**table, key: value}
    assert json_text.remove(grown, root, len(root.items) - 1) == text


FAULTS = [
    ('{\n  "a": 1,\n  "a": 2\n}', "duplicate key `a`", (3, 3)),
    ('{\n  // why\n  "a": 1\n}', "a comment in a JSON file", (2, 3)),
    ('{"a": 1, /* x */ "b": 2}', "a comment in a JSON file", (1, 10)),
    ('{"a": [1, 2,]}', "a comma before the closing bracket", (1, 12)),
    ('{"a": tru}', "expected a JSON value", (1, 7)),
    ('{"a"', "expected `:` after a member name", (1, 5)),
    ('{"a": ', "the file ends in the middle of a value", (1, 7)),
    ("{'a': 1}", "expected a member name in double quotes", (1, 2)),
    ('{"a": 1} x', "text after the end of the JSON value", (1, 10)),
    ('{"a": "\n"}', "a broken string", (1, 8)),
    ('{"a": NaN}', "expected a JSON value", (1, 7)),
    ("[" * 200, "containers nested deeper than 100", (1, 102)),
]


@pytest.mark.parametrize(("text", "message", "place"), FAULTS)
def test_names_the_fault_and_its_place(text: str, message: str, place: tuple[int, int]) -> None:
    """A text that is not plain JSON is refused with what is wrong, line and column."""
    with pytest.raises(JsonTextError) as caught:
        json_text.parse(text)
    problem = caught.value.problem(text, "s.json")
    assert (problem.message, (problem.line, problem.column)) == (message, place)
    assert problem.help
