"""The examples that `callgate guardrails` and docs/guardrails.md show: every one is run through the gate."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from callgate.core.model import ToolCall, Verdict
from callgate.engine.guardrails.catalogue import Entry, catalogue
from callgate.engine.guardrails.examples import EXAMPLES
from callgate.gate import Gate, open_gate

if TYPE_CHECKING:
    from collections.abc import Iterator

ENTRIES = catalogue()
TRIPS = [(entry, example) for entry in ENTRIES for example in entry.examples.trips]
MISSES = [(entry, example) for entry in ENTRIES for example in entry.examples.misses]
_FILES = (".git/HEAD", ".env", ".env.example", ".callgate.toml", "README.md", "build/a.o", "src/app.py")


class Scene:
    """A project in a home directory. Not in pytest's own directory: that lies in `/tmp`, which is scratch space."""

    def __init__(self, root: Path) -> None:
        self.home = root / "home" / "me"
        self.project = self.home / "code" / "shop"
        for name in _FILES:
            path = self.project / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("")
        (self.home / ".netrc").write_text("")
        self.gate: Gate = open_gate({}, str(self.project), profile="standard", home=str(self.home), managed="")

    def decide(self, example: str) -> Verdict:
        """Decide an example: a command, or the name of a file tool and a path."""
        text = example.replace("{home}", str(self.home)).replace("{project}", str(self.project))
        tool, _, path = text.partition(" ")
        call = ToolCall("Bash", {"command": text}, str(self.project))
        if tool in {"Write", "Edit"}:
            call = ToolCall(tool, {"file_path": path, "content": "", "old_string": "a", "new_string": "b"}, call.cwd)
        return self.gate.decide(call)


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    """One scene for all examples: deciding changes nothing."""
    with tempfile.TemporaryDirectory(prefix="callgate-guardrails-", dir="/var/tmp") as root:
        yield Scene(Path(root).resolve())


def _name(value: object) -> str:
    return value.id if isinstance(value, Entry) else str(value)


@pytest.mark.parametrize(("entry", "example"), TRIPS, ids=_name)
def test_an_example_trips_its_guardrail(entry: Entry, example: str, scene: Scene) -> None:
    """Each example gets the decision of its guardrail, by that guardrail, in its stage."""
    verdict = scene.decide(example)

    assert (verdict.guardrail, verdict.decision, verdict.stage) == (entry.id, entry.decision, entry.stage), (
        verdict.reason
    )


@pytest.mark.parametrize(("entry", "example"), MISSES, ids=_name)
def test_a_near_miss_does_not(entry: Entry, example: str, scene: Scene) -> None:
    """What looks alike is not decided by the guardrail."""
    assert scene.decide(example).guardrail != entry.id


@pytest.mark.parametrize("entry", ENTRIES, ids=_name)
def test_what_to_do_instead_is_not_denied(entry: Entry, scene: Scene) -> None:
    """Who follows the advice is not stopped: neither denied nor asked by a guardrail."""
    verdict = scene.decide(entry.examples.instead)

    assert verdict.decision != "deny"
    assert verdict.guardrail == ""
    assert verdict.coverage == "full"


@pytest.mark.parametrize("entry", ENTRIES, ids=_name)
def test_an_entry_reads_well(entry: Entry) -> None:
    """Summary and advice are parts of sentences, and no example stands twice."""
    examples = [*entry.examples.trips, *entry.examples.misses]

    for text in (entry.summary, entry.instead):
        assert text[0] == "`" or text[0].islower()
        assert not text.endswith(".")
    assert len(set(examples)) == len(examples)


def test_every_guardrail_has_examples_and_nothing_else_has() -> None:
    """The examples are those of the guardrails, self-protection included, and ids are unique."""
    source = (Path(__file__).parents[2] / "src/callgate/engine/protection/findings.py").read_text(encoding="utf-8")
    ids = [entry.id for entry in ENTRIES]

    assert len(set(ids)) == len(ids)
    assert set(ids) == set(EXAMPLES)
    assert {entry.id for entry in ENTRIES if entry.stage == 2} == set(re.findall(r'"(protect-[a-z]+)"', source))


def test_a_decision_loads_no_examples() -> None:
    """Examples are for people: the modules that a decision needs do not import them."""
    code = (
        "import sys, callgate.gate, callgate.engine.decide, callgate.engine.stages\n"
        "print([name for name in sys.modules if name.endswith(('guardrails.examples', 'guardrails.catalogue'))])"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout.strip() == "[]"
