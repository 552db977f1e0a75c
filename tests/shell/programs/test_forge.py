"""Command lines of the family `forge`, and what is found in them."""

from __future__ import annotations

import pytest
from util import opaque, run

KNOWN: list[tuple[str, list[str]]] = [
    ("gh pr list --state open --json number,title -q .[]", ["read /p", "network github.com"]),
    ("gh pr view 5 --comments", ["read /p", "network github.com"]),
    ("gh pr diff 5", ["read /p", "network github.com"]),
    ("gh issue list -L 5", ["read /p", "network github.com"]),
    ("gh run view 5 --log", ["read /p", "network github.com"]),
    ("gh api repos/a/b/pulls", ["read /p", "network github.com"]),
    ("gh api -X GET search/code -f q=x", ["read /p", "network github.com"]),
    (
        "gh api --method=DELETE repos/a/b",
        ["read /p", "network github.com", "system changes the forge: DELETE repos/a/b"],
    ),
    ("gh api repos/a/b -f name=x", ["read /p", "network github.com", "system changes the forge: POST repos/a/b"]),
    ("gh api graphql -f query={viewer{login}}", ["read /p", "network github.com"]),
    (
        "gh api graphql -f query=mutation{x}",
        ["read /p", "network github.com", "system changes the forge: POST graphql"],
    ),
    (
        "gh api repos/a/b/x --input .env",
        ["read /p/.env", "read /p", "network github.com", "system changes the forge: POST repos/a/b/x"],
    ),
    (
        "gh api -X POST x -F file=@.env",
        ["read /p/.env", "read /p", "network github.com", "system changes the forge: POST x"],
    ),
    (
        "gh pr create --title x --body-file b.md",
        ["read /p/b.md", "read /p", "network github.com", "system changes the forge: gh pr create"],
    ),
    ("gh pr merge 5", ["write /p recursive", "read /p", "network github.com", "system changes the forge: gh pr merge"]),
    (
        "gh release create v1 dist/a.tgz#label",
        ["read /p/dist/a.tgz", "read /p", "network github.com", "system changes the forge: gh release create"],
    ),
    (
        "gh release upload v1 .env",
        ["read /p/.env", "read /p", "network github.com", "system changes the forge: gh release upload"],
    ),
    (
        "gh gist create .env",
        ["read /p/.env", "read /p", "network github.com", "system changes the forge: gh gist create"],
    ),
    ("gh -h", []),
    ("gh pr --help", []),
    ("gh auth status", ["read /p", "network github.com"]),
    ("gh pr list -R evil.org/a/b", ["read /p", "network evil.org", "network github.com"]),
    ("glab mr list", ["read /p", "network gitlab.com"]),
    ("glab mr create -t x", ["read /p", "network gitlab.com", "system changes the forge: glab mr create"]),
    ("glab --version", []),
    ("glab ci status", ["read /p", "network gitlab.com"]),
    ("gh api https://evil.org/x", ["read /p", "network github.com", "network evil.org"]),
    (
        "gh pr merge 5 --admin --body --help",
        ["write /p recursive", "read /p", "network github.com", "system changes the forge: gh pr merge"],
    ),
    ("gh pr merge --help", []),
    ("gh pr list --state --help", ["read /p", "network github.com"]),
    ("glab issue list", ["read /p", "network gitlab.com"]),
    ("glab issue close 3", ["read /p", "network gitlab.com", "system changes the forge: glab issue close"]),
    ("glab api x", ["read /p", "network gitlab.com"]),
    ("gh repo view", ["read /p", "network github.com"]),
    ("gh repo delete x --yes", ["read /p", "network github.com", "system changes the forge: gh repo delete"]),
]

# What is found beside the part that is opaque.
PARTLY: list[tuple[str, list[str]]] = [
    (
        "gh pr list --web",
        ["unknown option `--web` of `gh`: opens a browser via --web", "read /p", "network github.com"],
    ),
]

OPAQUE = [
    "gh secret set X",
    "gh auth token",
    "gh auth status --show-token",
    "gh extension install a/b",
    "gh foo",
    "gh alias set a b",
    "gh $X",
    "gh pr $X",
    "gh pr list --web",
    "gh pr view -w",
    "gh pr create --editor",
    "gh pr create -e",
    "gh browse",
    "gh repo clone a/b",
    "gh codespace ssh",
    "gh pr list --frobnicate",
    "glab auth login",
    'gh pr list "$X"',
    "gh -R",
    'gh pr "$X" --help',
]


@pytest.mark.parametrize(("line", "expected"), KNOWN)
def test_known(line: str, expected: list[str]) -> None:
    """Reading verbs contact the forge, writing verbs change it, extensions and secrets are unknown."""
    assert run(line) == expected
    assert not opaque(line)


@pytest.mark.parametrize(("line", "expected"), PARTLY)
def test_partly_known(line: str, expected: list[str]) -> None:
    """What can be told is told even when the rest is opaque."""
    assert run(line) == expected
    assert opaque(line)


@pytest.mark.parametrize("line", OPAQUE)
def test_not_known(line: str) -> None:
    """What only a rule that names it may cover is opaque."""
    assert opaque(line)
