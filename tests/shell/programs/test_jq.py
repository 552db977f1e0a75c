"""jq and yq."""

from __future__ import annotations

import pytest
from util import opaque, run

CASES = [
    ("jq .a f.json", ["read /p/f.json"]),
    ("jq -r '.[] | .name'", []),
    ("jq -nr env.HOME", []),
    ("jq --arg a b .x f", ["read /p/f"]),
    ("jq --slurpfile a f .x", ["read /p/f"]),
    ("jq --rawfile a /etc/shadow -n '$a'", ["read /etc/shadow"]),
    ("jq -n '$x' --args a b", []),
    ("jq .a -- -f", ["read /p/-f"]),
    ("jq . f -c", ["read /p/f"]),
    ("yq .a f.yml", ["read /p/.a", "read /p/f.yml"]),
    ("yq .env", ["read /p/.env"]),
    ("yq eval -P .a f.yml", ["read /p/.a", "read /p/f.yml"]),
    ("yq -i '.a = 1' f.yml", ["read /p/.a = 1", "write /p/.a = 1 via -i", "read /p/f.yml", "write /p/f.yml via -i"]),
    ("yq -o=json . f.yml", ["read /p", "read /p/f.yml"]),
]

OPAQUE = [
    "jq -f prog f",
    "jq --from-file prog f",
    "jq -rf prog f",
    "jq -L /x .a f",
    "jq 'import \"a\" as $a; .' f",
    "jq 'include \"a\"; .' f",
    "jq '\"a\" | modulemeta' -n",
    "jq $FILTER f",
    "jq .a $@",
    "jq .a glob:*",
    "jq --arg a $@ .x",
    "jq -n . --args $@",
    "jq --unheard-of . f",
    "jq -$OPT . f",
    "yq 'load(\"x\")' f",
    "yq 'strload(\"x\")' f",
    "yq 'load_str(\"x\")' f",
    "yq -s .a f",
    "yq --from-file x f",
    "yq $FILTER f",
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_operations(line: str, expected: list[str]) -> None:
    """Inputs are read, wherever an option names them, and yq changes them in place when told to."""
    assert run(line) == expected


@pytest.mark.parametrize("line", OPAQUE)
def test_opaque(line: str) -> None:
    """Filters that load files or are not on the command line are unknown."""
    assert opaque(line)
