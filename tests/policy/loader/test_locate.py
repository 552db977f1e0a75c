"""Positions: the scanner agrees with the TOML parsers on where every key and value stands."""

from __future__ import annotations

import tomllib
from typing import Any

import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from callgate.policy.loader.locate import Path, Positions, header_lines, line_column, scan, source_line

NASTY = """# [[allow]] in a comment
title = 'a # b [[allow]]'   # tail
text = \"\"\"
[[allow]]
id = "not a rule" \\" \"\"
\"\"\"\"\"
lit = '''
[[deny]] 'x' ''a'''''
"quoted key".sub = [ # comment ]
  { a = "]", b.c = [1, 2.5, 1979-05-27 07:32:00] }, [["x"], []],
]
[[ allow ]]
id = "first"
[allow.input_regex]
q = "x"
[[allow.nested]]
n = 1
[[allow]]
id = "second"
[[allow.nested]]
n = 2
[a.'b.c'.d]
last = true"""

NASTY_PLACES: dict[Path, int] = {
    ("title",): 2,
    ("text",): 3,
    ("lit",): 7,
    ("quoted key", "sub"): 9,
    ("quoted key", "sub", 0, "b", "c", 2): 10,
    ("quoted key", "sub", 1, 0, 0): 10,
    ("allow", 0): 12,
    ("allow", 0, "input_regex", "q"): 15,
    ("allow", 0, "nested", 0): 16,
    ("allow", 1, "id"): 19,
    ("allow", 1, "nested", 0, "n"): 21,
    ("a", "b.c", "d", "last"): 23,
}

keys = st.one_of(st.from_regex(r"[A-Za-z0-9_-]{1,6}", fullmatch=True), st.text("ab.\"'\\#=[] \té\n", max_size=5))
texts = st.text("ab\"'\\#=[]{},\n \té", max_size=12)
scalars = st.one_of(texts, st.integers(-99, 99), st.booleans(), st.floats(allow_nan=False))
leaves = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=8
)
tables = st.recursive(
    st.dictionaries(keys, leaves, max_size=3),
    lambda inner: st.dictionaries(keys, inner | st.lists(inner, min_size=1, max_size=3), max_size=3),
    max_leaves=6,
)


def paths_of(value: object, path: Path = ()) -> list[tuple[Path, object]]:
    """Return every path below *value* with what stands there."""
    found: list[tuple[Path, object]] = [(path, value)] if path else []
    if isinstance(value, dict):
        for key, item in value.items():
            found += paths_of(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            found += paths_of(item, (*path, index))
    return found


def agrees(text: str, positions: Positions) -> None:
    """Assert that every value of *text*, cut out at its position, parses to itself, and its key is in front of it."""
    data: dict[str, Any] = tomllib.loads(text)
    for path, value in paths_of(data):
        offset = positions.keys.get(path)
        assert offset is not None, path
        if isinstance(value, (dict, list)):
            continue
        start = positions.values[path]
        assert tomllib.loads("v = " + cut(text, start)) == {"v": value}
        if isinstance(path[-1], str):
            between = text[offset:start]
            assert tomllib.loads(between + "0") == nested(between, path)
        else:
            assert offset == start


def cut(text: str, start: int) -> str:
    """Return the shortest stretch from *start* that is a whole TOML value, followed by what may follow one."""
    for end in range(start + 1, len(text) + 1):
        if end < len(text) and text[end] not in ",]} \t\n#":
            continue
        if text[end : end + 1] == " " and text[end + 1 : end + 2].isdigit():
            continue  # a date-time may have a blank before its time
        try:
            tomllib.loads("v = " + text[start:end])
        except tomllib.TOMLDecodeError:
            continue
        return text[start:end]
    raise AssertionError(text[start:])


def nested(between: str, path: Path) -> dict[str, Any]:
    """Return `{last keys of path: 0}` as deep as the dotted key in *between* is."""
    parsed = tomllib.loads(between + "0")
    depth = 0
    inner: Any = parsed
    while isinstance(inner, dict):
        depth += 1
        inner = next(iter(inner.values()))
    expected: Any = 0
    for key in reversed(path[-depth:]):
        expected = {key: expected}
    result: dict[str, Any] = expected
    return result


def test_every_place_of_a_nasty_document_is_found() -> None:
    """Comments, all four kinds of strings, dotted and quoted keys and nested arrays of tables are told apart."""
    tomllib.loads(NASTY)
    positions = scan(NASTY)
    assert {path: line_column(NASTY, positions.keys[path])[0] for path in NASTY_PLACES} == NASTY_PLACES
    agrees(NASTY, positions)


@given(tables)
def test_positions_agree_with_the_parser_on_generated_documents(data: dict[str, Any]) -> None:
    """In any document that tomlkit writes, each value parses to itself at its position, behind its own key."""
    text = tomlkit.dumps(data)
    agrees(text, scan(text))


@given(st.text("[]{}\"'=.,#\\a1 \n", max_size=40))
def test_any_text_is_scanned_without_an_exception(text: str) -> None:
    """The scanner ends on every text, TOML or not, and reports offsets inside of it."""
    positions = scan(text)
    assert all(0 <= offset <= len(text) for offset in (*positions.keys.values(), *positions.values.values()))


def test_the_nearest_table_stands_in_for_what_is_not_written() -> None:
    """A missing key is shown at its table, and a whole document that lacks it at nothing."""
    positions = scan('[[allow]]\nid = "x"\n')
    assert positions.find(("allow", 0, "tool")) == 0
    assert positions.find(("deny", 0)) is None


def test_header_lines_find_rule_headers() -> None:
    """The cheap scan finds the lines of headers, blanks and dots included, and no header in a comment or a value."""
    text = 'x = [\n "[[allow]]",\n]\n[[allow]]\n# [[allow]]\n  [[ files . deny ]] # why\n[[allow]]\n[files]\n'
    assert header_lines(text) == {"allow": [4, 7], "files.deny": [6], "files": [8]}


@given(st.text("ab\n", max_size=30), st.integers(0, 30))
def test_lines_and_columns_lead_back_to_the_offset(text: str, offset: int) -> None:
    """Line and column are 1-based and name exactly the character that was asked for."""
    offset = min(offset, len(text))
    line, column = line_column(text, offset)
    assert text.split("\n")[line - 1] == source_line(text, offset)
    assert sum(len(each) + 1 for each in text.split("\n")[: line - 1]) + column - 1 == offset
