"""The shipped packs: they load without a warning, their examples hold, and each is a superset of the one below it."""

from __future__ import annotations

import pytest

from callgate.core.model import ToolCall
from callgate.engine.examples import check_examples
from callgate.gate import open_gate
from callgate.policy.loader import builtin, pack_names

HOME, PROJECT = "/nonexistent/home", "/nonexistent/home/project"


@pytest.mark.parametrize("name", pack_names())
def test_packs_are_good(name: str) -> None:
    """Every pack loads without a warning and every example in it comes out as it says."""
    loaded = builtin(name)

    assert [str(warning) for warning in loaded.warnings] == []
    assert [str(problem) for problem in check_examples(loaded)] == []


def _decision(profile: str, command: str) -> str:
    gate = open_gate({"HOME": HOME}, PROJECT, profile=profile, home=HOME, project=PROJECT)
    return gate.decide(ToolCall("Bash", {"command": command}, PROJECT)).decision


@pytest.mark.parametrize(
    ("command", "least"),
    [
        ("cat src/a.py | head", "cautious"),
        ("grep -rn x .", "cautious"),
        ("sed -i s/a/b/ src/a.py", "standard"),
        ("pytest -q", "standard"),
        ("./tests/runtests.py a", "standard"),
        ("python -c 'print(1)'", "cautious"),
        ("python -c 'import app'", "standard"),
        ("git commit -m x", "standard"),
        ("python x.py", "trusted"),
        ("PYTHONPATH=. python x.py", "trusted"),
        ("cat .env", "never"),
        ("git push", "never"),
        ("rm -rf src", "never"),
        ("pip install x", "never"),
        ("curl https://example.com", "never"),
        ("cd /opt && bin/test", "never"),
        ("python /opt/x.py", "never"),
    ],
)
def test_what_each_profile_allows(command: str, least: str) -> None:
    """A profile allows a command from the least one that is named on, and those below do not."""
    order = ["cautious", "standard", "trusted"]
    first = order.index(least) if least in order else len(order)

    assert [_decision(name, command) == "allow" for name in order] == [i >= first for i in range(len(order))]
