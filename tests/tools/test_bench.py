"""The pieces of the benchmark compute what they say; nothing here is timed."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

import bench
from benchmarks import figures, imports, peers, processes, recorded, rules, scratch
from benchmarks.figures import BenchError, Table
from benchmarks.spawn import Sample

TOOLS = Path(__file__).parents[2] / "tools"
IMPORT_TIME = """\
import time: self [us] | cumulative | imported package
import time:       100 |        100 |   _io
import time:        50 |        150 | io
noise of the process itself
import time:        10 |         10 |     callgate.core.paths
import time:        20 |         30 |   callgate.core
import time:       400 |        400 |     re
import time:        70 |        470 |   callgate.gate
import time:         5 |        505 | callgate
"""


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([7.0], 0.5, 7.0),
        ([3.0, 1.0, 2.0], 0.5, 2.0),
        ([4.0, 3.0, 2.0, 1.0], 0.5, 2.0),
        ([float(n) for n in range(1, 101)], 0.95, 95.0),
        ([float(n) for n in range(1, 101)], 0.99, 99.0),
        ([float(n) for n in range(1, 26)], 0.95, 24.0),
        ([1.0, 9.0], 1, 9.0),
    ],
)
def test_percentiles(values: list[float], share: float, expected: float) -> None:
    """A percentile is the nearest rank: a value that was measured, whatever the order."""
    assert figures.percentile(values, share) == expected


@pytest.mark.parametrize(("values", "share"), [([], 0.5), ([1.0], 0), ([1.0], 1.5)])
def test_percentiles_of_nothing(values: list[float], share: float) -> None:
    """No values, or no share, have no percentile."""
    with pytest.raises(ValueError, match="no "):
        figures.percentile(values, share)


def test_one_disturbed_round_does_not_count() -> None:
    """Over rounds the median of their percentiles stands."""
    assert figures.middle([[1.0, 2.0], [90.0, 99.0], [2.0, 3.0]], 1) == 3.0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (figures.millis(0.00034), "0.34 ms"),
        (figures.millis(0.00126), "1.3 ms"),
        (figures.millis(0.0531), "53.1 ms"),
        (figures.millis(2.8012), "2,801 ms"),
        (figures.micros(0.0013479), "1,348 µs"),
        (figures.percent(1, 4), "25.0 %"),
        (figures.percent(0, 4), "0.0 %"),
        (figures.percent(3, 10_134), "0.03 %"),
    ],
)
def test_units(text: str, expected: str) -> None:
    """Numbers are printed with their unit and no more digits than they are good for."""
    assert text == expected


def test_a_share_of_nothing_is_an_error() -> None:
    """A table without commands cannot claim a percentage."""
    with pytest.raises(ValueError, match="nothing"):
        figures.percent(0, 0)


def test_tables_render_as_markdown() -> None:
    """Columns are padded, numbers stand at the right, notes below."""
    table = Table("Rules", ("rules", "p50"), (("10", "85 µs"), ("10,000", "1,348 µs")), ("Warm.",))

    assert figures.render(table) == (
        "## Rules\n\n"
        "| rules  |      p50 |\n"
        "| ------ | -------: |\n"
        "| 10     |    85 µs |\n"
        "| 10,000 | 1,348 µs |\n"
        "\nWarm.\n"
    )


def test_import_times_are_read() -> None:
    """Every module has its own time, its total and its depth; other lines of the process do not count."""
    found = imports.parse(IMPORT_TIME)

    assert [(one.name, one.depth) for one in found] == [
        ("_io", 1), ("io", 0), ("callgate.core.paths", 2), ("callgate.core", 1), ("re", 2), ("callgate.gate", 1),
        ("callgate", 0),
    ]  # fmt: skip
    assert (found[1].own, found[1].total) == (50e-6, 150e-6)


def test_a_process_that_times_no_import_is_an_error() -> None:
    """Without `-X importtime` there is nothing to add up."""
    with pytest.raises(BenchError, match="no import"):
        imports.parse("Traceback (most recent call last):\n")


def test_packages_add_up() -> None:
    """A package has the time of all its modules, and its total holds each of them once."""
    found = imports.by_package(imports.parse(IMPORT_TIME), imports.packages_of)

    rounded = {name: (round(own * 1e6), round(total * 1e6)) for name, (own, total) in found.items()}
    assert rounded == {
        "callgate": (105, 505), "callgate.core": (30, 30), "callgate.gate": (70, 470), "re": (400, 400),
        "io": (50, 150), "_io": (100, 100),
    }  # fmt: skip


def test_ratios_are_to_our_hook_asked_the_same(tmp_path: Path) -> None:
    """Each question has its own baseline; a process that is asked nothing is compared with the first question."""
    asked = [("true", ""), ("ours", "a"), ("peer", "a"), ("ours", "b"), ("peer", "b")]
    subjects = [processes.Subject(name, what, (name,), b"", tmp_path) for name, what in asked]
    samples = [[Sample(wall, wall / 2)] for wall in (0.001, 0.050, 0.100, 0.080, 0.100)]

    table = processes.tabulate(subjects, samples, ())

    assert [row[-1] for row in table.rows] == ["0.02", "1.00", "2.00", "1.00", "1.25"]
    assert table.rows[2] == ("peer", "a", "100 ms", "100 ms", "50.0 ms", "2.00")


@pytest.mark.parametrize(
    ("code", "stdout", "expected"),
    [(0, b"", ""), (0, b'{"hookSpecificOutput":{"permissionDecision":"deny"}}\n', "deny")],
)
def test_decisions_are_read(code: int, stdout: bytes, expected: str) -> None:
    """Silence is no opinion; anything else is the decision in the JSON."""
    assert scratch.decision(subprocess.CompletedProcess([], code, stdout, b"")) == expected


@pytest.mark.parametrize(("code", "stdout"), [(1, b""), (2, b""), (0, b"{}"), (0, b"[]"), (0, b"usage: ...")])
def test_what_is_no_answer_is_an_error(code: int, stdout: bytes) -> None:
    """A crash or a usage text is never timed as if it were a decision."""
    with pytest.raises(BenchError):
        scratch.decision(subprocess.CompletedProcess([], code, stdout, b""))


def _recipe(name: str, script: str, installed: list[str]) -> peers.Recipe:
    def install(place: Path) -> None:
        installed.append(name)
        (place / "gate.py").write_text(script)

    return peers.Recipe(name, install, lambda place: (sys.executable, str(place / "gate.py")), lambda _: "1.0")


DENY_ALL = """import json; print(json.dumps({"hookSpecificOutput": {"permissionDecision": "deny"}}))"""
DENY_DANGER = f"import sys\nif {scratch.DANGER!r} in sys.stdin.read():\n    {DENY_ALL}\n"


def test_peers_are_asked_before_they_are_timed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a gate that stops what is dangerous and lets pass what is not is a peer; the others are named."""
    installed: list[str] = []
    scripts = {"good": DENY_DANGER, "silent": "", "refuses": DENY_ALL, "crashes": "raise SystemExit(1)"}
    monkeypatch.setattr(peers, "RECIPES", tuple(_recipe(name, text, installed) for name, text in scripts.items()))
    world = scratch.make_world(tmp_path / "world")

    found, skipped = peers.find_peers(world, tmp_path / "cache")
    again, _ = peers.find_peers(world, tmp_path / "cache")

    assert [peer.name for peer in found] == ["good 1.0"]
    assert [line.partition(":")[0] for line in skipped] == [f"`{name}` is skipped" for name in list(scripts)[1:]]
    assert "does not stop" in skipped[0]
    assert "does not let" in skipped[1]
    assert again == found
    assert installed == list(scripts)  # once each: the cache is kept


def test_a_peer_that_cannot_be_installed_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason is printed, and the next run tries again."""

    def fails(_place: Path) -> None:
        raise BenchError("`npm` is not installed")

    recipe = peers.Recipe("other", fails, lambda _: (), lambda _: "")
    monkeypatch.setattr(peers, "RECIPES", (recipe,))
    world = scratch.make_world(tmp_path / "world")

    for _ in range(2):
        assert peers.find_peers(world, tmp_path / "cache") == ([], ["`other` is skipped: `npm` is not installed."])


def test_shares_and_speed_of_recorded_commands() -> None:
    """Shares are of all commands, speed is the median over passes."""
    outcome = recorded.Outcome(Counter(allow=3, ask=1), 1, [100e-6, 200e-6, 300e-6, 400e-6], [50e-6] * 4)
    slow = outcome._replace(times=[1.0, 1.0, 1.0, 1.0])

    table = recorded.tabulate({"standard": [outcome, slow, outcome]})

    assert table.rows == (
        (
            "standard",
            "75.0 %",
            "0.0 %",
            "25.0 %",
            "0.0 %",
            "25.0 %",
            "4,000",
            "50 µs",
            "50 µs",
            "50 µs",
            "200 µs",
            "400 µs",
        ),
    )


@pytest.mark.parametrize("line", ["{}", "[]", "not JSON", '{"command": "ls"}'])
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    """A file of commands is read whole or not at all."""
    path = tmp_path / "commands.jsonl"
    path.write_text('{"command": "ls", "cwd": "/p"}\n' + line + "\n")

    with pytest.raises(BenchError, match=r"commands\.jsonl:2"):
        recorded.read_commands(path)


def test_without_recorded_commands_the_table_says_so(tmp_path: Path) -> None:
    """A missing file skips the table, visibly."""
    world = scratch.make_world(tmp_path / "world")

    assert "Skipped" in recorded.table(world, tmp_path / "none.jsonl", 1, None).notes[0]


def test_recorded_commands_are_decided(tmp_path: Path) -> None:
    """Every command is decided by the profile and counted."""
    commands = [("ls", str(tmp_path / "p")), ("rm -rf /", str(tmp_path / "p")), ("frobnicate", str(tmp_path / "p"))]

    outcome = recorded.decide_all(tmp_path / "home", "cautious", commands)

    assert outcome.decisions == Counter(allow=1, deny=1, passthrough=1)
    assert len(outcome.times) == len(outcome.pure) == 3


def test_generated_policies_grow() -> None:
    """A larger policy begins with the smaller one, so that sizes compare."""
    assert rules.generate(100).startswith(rules.generate(10))
    assert rules.generate(100).count("\nid = ") == 100


def test_generated_policies_load_and_decide(tmp_path: Path) -> None:
    """The rules and the calls are good: all load, and every call of every turn is judged."""
    found = rules.cost(scratch.make_world(tmp_path / "world"), 50, 1)

    assert (found.rules, len(found.warm)) == (50, rules.CALLS)


def test_calls_are_the_same_with_new_names() -> None:
    """Turns differ in the text of the calls and in nothing else."""
    one, two = rules.calls("/p", 1), rules.calls("/p", 2)

    assert one == rules.calls("/p", 1)
    assert [call.tool for call in one] == [call.tool for call in two]
    assert sum(a != b for a, b in zip(one, two, strict=True)) > rules.CALLS / 2


def test_the_cost_of_rules_is_compared_with_the_smallest_policy() -> None:
    """The ratio that must stay flat is to the first row."""
    costs = [rules.Cost(10, 0.001, 0.002, 0.03, [100e-6]), rules.Cost(1_000, 0.03, 0.008, 0.05, [150e-6])]

    assert [row[3] for row in rules.tabulate(costs).rows] == ["1.00", "1.50"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(["--only", "speed"], "`speed` is none of"), (["--quick", "--write", "x.md"], "--write takes a full run")],
)
def test_wrong_options_are_refused(arguments: list[str], says: str) -> None:
    """An option that would measure nothing, or publish a quick look, is a usage error."""
    done = subprocess.run(
        [sys.executable, TOOLS / "bench.py", *arguments], capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 2
    assert says in done.stderr


def test_tables_that_were_not_measured_again_stay() -> None:
    """A page keeps its other tables, in their order, and says of each when it was measured."""
    first = bench.page([Table("A", ("x", "y"), (("1", "2"),), ("note",)), Table("B", ("x", "y"), (("3", "4"),))])
    second = bench.page([Table("B", ("x", "y"), (("5", "6"),)), Table("C", ("x", "y"), (("7", "8"),))], first)
    titles = [line for line in second.splitlines() if line.startswith("## ")]
    assert titles == ["## How to reproduce", "## A", "## B", "## C"]
    assert "| 1" in second
    assert "| 5" in second
    assert "| 3" not in second
    assert second.count("Measured 2") == 3
    assert bench.page([], second).split() == second.split()
