"""A small run of the fuzzer finds nothing, its parts notice what they are for, and memory readings are judged."""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

from benchmarks import memory, scratch
from callgate import observe
from callgate.shell.analyse import MAX_COMMAND
from fuzzing import checks, inputs, shapes, workers

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[checks.World]:
    """Gates of every shipped profile in a scratch home."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(observe, "MAX_ENTRIES", observe.MAX_ENTRIES)  # the fuzzer lowers it
        yield checks.open_world(tmp_path_factory.mktemp("fuzz").resolve())


def test_a_thousand_commands_raise_nothing(world: checks.World) -> None:
    """Whatever is sent, the analysis returns and the gate has no internal error. Time is not looked at here."""
    supply = inputs.Inputs(7, [], 4_000)
    for number in range(1_000):
        command = supply.draw()
        profile = checks.PROFILES[number % len(checks.PROFILES)]
        assert (command, checks.analysis(world, command)) == (command, "")
        assert (command, checks.decision(world, command, profile)) == (command, "")


@pytest.mark.parametrize("name", sorted(shapes.SHAPES))
def test_every_shape_is_survived(world: checks.World, name: str) -> None:
    """No shape raises at a size that once took seconds."""
    assert checks.decision(world, shapes.SHAPES[name](6_000), "standard") == ""


def test_the_same_seed_gives_the_same_commands() -> None:
    """A fault can be found again."""
    one, two = inputs.Inputs(3, ["ls -la"], 500), inputs.Inputs(3, ["ls -la"], 500)
    assert [one.draw() for _ in range(50)] == [two.draw() for _ in range(50)]


def test_every_program_has_words_of_its_own_tables() -> None:
    """Most programs have options to draw from; those without are read by code alone."""
    found = inputs.option_names()
    assert {"git", "curl", "tar", "sudo"} <= found.keys()
    assert sum(bool(words) for words in found.values()) > len(found) * 0.8
    assert {"--verbose", "--stat"} & set(found["git"])


def test_shapes_have_about_the_length_that_is_asked_for() -> None:
    """Doubling the length doubles the input, or growth means nothing."""
    lengths = {name: len(shape(8_192)) for name, shape in shapes.SHAPES.items()}
    assert {name: length for name, length in lengths.items() if not 4_000 < length < 16_500} == {}


def test_growth_above_linear_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work that grows with the square is named, linear work is not, nor one step where a limit sets in."""
    # The work says itself how long it took: a clock would say how busy the machine is.
    monkeypatch.setattr(checks, "measured", lambda work, *_: work())
    sizes = (4_000, 8_000, 16_000)
    assert checks.grows(lambda size: size * size * 1e-9, sizes) != ""
    assert checks.grows(lambda size: size * 1e-5, sizes) == ""
    assert checks.grows(lambda size: 0.01 if size < 8_000 else 0.1, sizes) == ""


def test_an_exception_is_a_fault(world: checks.World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What escapes the analysis, and what the gate turns into an ask, are both found."""

    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by nought")

    monkeypatch.setattr(checks, "analyse_command", fails)
    monkeypatch.setattr("callgate.shell.analyse.analyse_command", fails)
    kinds = [fault.kind for fault in checks.check(world, "ls", "standard")[0]]
    assert kinds == ["exception ZeroDivisionError", "internal error ZeroDivisionError"]


def test_faults_are_made_small() -> None:
    """Everything that is not needed for the fault is cut away."""
    assert checks.minimise("ls -la; cat <<E | rm x", lambda text: "<<" in text) == "<<"


def test_a_small_run_reports(world: checks.World) -> None:
    """A run counts its commands and keeps the slowest."""
    plan = workers.Plan(1, [], 300, 60, 20, (), ())
    report = workers.run(plan, world)
    assert (report.commands, len(report.slowest)) == (20, workers.SLOWEST)
    assert [fault for fault in report.faults if fault.kind != "slow"] == []


def test_new_commands_never_come_again() -> None:
    """Half of what the memory benchmark decides is new each time."""
    source = memory.endless([("ls", "/p")], "/p")
    drawn = [next(source)[0] for _ in range(2_000)]
    assert drawn.count("ls") == 1_000
    assert len(set(drawn)) == 1_001


@pytest.mark.parametrize(("last", "flat"), [(104, True), (106, False)])
def test_flat_is_within_a_twentieth(last: int, flat: bool) -> None:
    """Growth behind the second mark counts, what is loaded before it does not."""
    assert memory.is_flat([memory.Reading(1, 10), memory.Reading(2, 100), memory.Reading(3, last)]) is flat


def test_memory_is_measured(tmp_path: Path) -> None:
    """A short run decides its calls and reads the process."""
    readings, grown = memory.measure(scratch.make_world(tmp_path), [], (20, 60))
    assert [one.decisions for one in readings] == [20, 60]
    assert all(one.resident > 2**20 for one in readings)
    assert grown == []


def test_longest_commands_are_tried() -> None:
    """Mutations and shapes reach past the longest command that is read."""
    supply = inputs.Inputs(0, [], MAX_COMMAND + 100)
    supply.chance = Random(1)
    assert max(len(supply.shape()) for _ in range(200)) > MAX_COMMAND // 2
