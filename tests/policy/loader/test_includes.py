"""Includes: relative, absolute, recursive, each file once, the includer wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from callgate.core.errors import PolicyError
from callgate.policy.loader import Candidate, LoadedPolicy, load

RULE = '[[deny]]\nid = "{0}"\ntool = "A"\n'


A = """
[settings]
default = "ask"
[llm_fallback]
model = "a"
[llm_fallback.actions]
on_safe = "ask"
[s]
priority = 1
[[s.allow]]
id = "a"
tool = "A"
"""

B = """
[settings]
default = "deny"
[llm_fallback]
model = "b"
max_retries = 7
[llm_fallback.actions]
on_safe = "deny"
on_unsafe = "ask"
[s]
priority = 2
description = "b"
[[s.allow]]
id = "b"
tool = "B"
"""

C = """
[llm_fallback]
max_retries = 8
temperature = 0.5
[s]
description = "c"
[logging]
log_file = "l"
"""


def write(directory: Path, **files: str) -> None:
    """Write each of *files* as `NAME.toml`."""
    for name, text in files.items():
        (directory / f"{name}.toml").write_text(text)


def loaded(path: Path) -> LoadedPolicy:
    """Load *path* alone."""
    return load((Candidate(str(path), "file"),), "/home/user", "", {})


def refused(path: Path) -> list[str]:
    """Return the messages of the faults of *path*."""
    with pytest.raises(PolicyError) as caught:
        loaded(path)
    return [problem.message for problem in caught.value.problems]


def including(*names: object) -> str:
    """Return an `[includes]` table."""
    return "[includes]\nfiles = [" + ", ".join(f'"{name}"' for name in names) + "]\n"


def test_includes_are_relative_absolute_and_recursive(tmp_path: Path) -> None:
    """Each path is taken from the file that names it; sources tell who included whom."""
    (tmp_path / "sub").mkdir()
    write(tmp_path, a=including("sub/b.toml", tmp_path / "d.toml") + RULE.format("a"), d=RULE.format("d"))
    write(tmp_path / "sub", b=including("../c.toml") + RULE.format("b"))
    write(tmp_path, c=RULE.format("c"))
    policy = loaded(tmp_path / "a.toml")
    assert [rule.id for rule in policy.rules] == ["a", "b", "c", "d"]
    assert [(Path(source.path).name, Path(source.included_by).name) for source in policy.sources] == [
        ("a.toml", ""),
        ("b.toml", "a.toml"),
        ("c.toml", "b.toml"),
        ("d.toml", "a.toml"),
    ]


def test_a_file_in_the_home_directory_can_be_included(tmp_path: Path) -> None:
    """`~/` in an include is the home directory that the loader was given."""
    write(tmp_path, a=including("~/b.toml"), b=RULE.format("b"))
    assert len(load((Candidate(str(tmp_path / "a.toml"), "file"),), str(tmp_path), "", {}).rules) == 1


def test_a_file_that_two_others_include_counts_once(tmp_path: Path) -> None:
    """A diamond is no cycle and gives no duplicates, even under two names of one file."""
    write(tmp_path, a=including("b.toml", "c.toml"), b=including("d.toml"), c=including("e.toml"), d=RULE.format("d"))
    (tmp_path / "e.toml").symlink_to("d.toml")
    assert [rule.id for rule in loaded(tmp_path / "a.toml").rules] == ["d"]


def test_the_includer_wins(tmp_path: Path) -> None:
    """Scalars of tables and sections come from the includer first, then from the include named first; rules add up."""
    write(tmp_path, a=including("b.toml", "c.toml") + A, b=B, c=C)
    policy = loaded(tmp_path / "a.toml")
    assert policy.settings.default == "ask"
    assert (policy.llm["model"], policy.llm["max_retries"], policy.llm["temperature"]) == ("a", 7, 0.5)
    assert isinstance(policy.llm["actions"], dict)
    assert (policy.llm["actions"]["on_safe"], policy.llm["actions"]["on_unsafe"]) == ("ask", "ask")
    assert (policy.sections["s"].priority, policy.sections["s"].description) == (1, "b")
    assert [(rule.id, rule.source.section_priority) for rule in policy.rules] == [("a", 1), ("b", 1)]
    assert policy.logging.log_file == str(tmp_path / "l")


@pytest.mark.parametrize(
    ("files", "chain"),
    [
        ({"a": including("a.toml")}, "a.toml -> a.toml"),
        ({"a": including("b.toml"), "b": including("./a.toml")}, "a.toml -> b.toml -> a.toml"),
        ({"a": including("b.toml"), "b": including("c.toml"), "c": including("b.toml")}, "b.toml -> c.toml -> b.toml"),
    ],
)
def test_a_cycle_is_printed_as_a_chain(tmp_path: Path, files: dict[str, str], chain: str) -> None:
    """The chain begins and ends with the file that closes it."""
    write(tmp_path, **files)
    assert refused(tmp_path / "a.toml") == [f"includes form a cycle: {chain}"]


def test_a_cycle_through_a_link_is_a_cycle(tmp_path: Path) -> None:
    """Files are told apart by their real paths."""
    write(tmp_path, a=including("b.toml"))
    (tmp_path / "b.toml").symlink_to("a.toml")
    assert refused(tmp_path / "a.toml") == ["includes form a cycle: a.toml -> a.toml"]


def test_includes_are_limited(tmp_path: Path) -> None:
    """The 65th include is a fault, and so is naming one file a hundred times."""
    write(tmp_path, a=including(*(f"i{number}.toml" for number in range(65))), b=including(*["c.toml"] * 65), c="")
    write(tmp_path, **{f"i{number}": "" for number in range(65)})
    assert refused(tmp_path / "a.toml") == ["more than 64 included files"]
    assert refused(tmp_path / "b.toml") == ["more than 64 included files"]


@pytest.mark.parametrize("name", ["id_rsa", "link.toml", "", "..", "x.json"])
def test_only_policies_are_included(tmp_path: Path, name: str) -> None:
    """Neither by name nor through a link does an include read another kind of file."""
    (tmp_path / "id_rsa").write_text("PRIVATE")
    (tmp_path / "link.toml").symlink_to("id_rsa")
    write(tmp_path, a=including(name))
    (message,) = refused(tmp_path / "a.toml")
    assert "PRIVATE" not in message
    assert "cannot be included" in message or "is not a file name" in message


def test_an_id_is_unique_over_all_files(tmp_path: Path) -> None:
    """A duplicate names both places, and one that is switched off still has its id."""
    write(tmp_path, a=including("b.toml") + RULE.format("x"), b="\n" + RULE.format("x") + "enabled = false\n")
    with pytest.raises(PolicyError) as caught:
        loaded(tmp_path / "a.toml")
    (problem,) = caught.value.problems
    assert (Path(problem.file).name, problem.line) == ("b.toml", 3)
    assert problem.message.endswith(f"{tmp_path}/a.toml:3")


def test_flat_files_without_ids_can_include_each_other(tmp_path: Path) -> None:
    """Derived ids do not collide: the second file's carry its name."""
    write(tmp_path, a=including("b.toml") + "[[allow]]\ntool = 'A'\n", b="[[allow]]\ntool = 'B'\n")
    assert [rule.id for rule in loaded(tmp_path / "a.toml").rules] == ["allow-1", "b-allow-1"]


def test_an_enabled_model_may_be_described_in_an_include(tmp_path: Path) -> None:
    """Endpoint and model are looked for in the merged table."""
    enabled = "[llm_fallback]\nenabled = true\n"
    write(tmp_path, a=including("b.toml") + enabled, b="[llm_fallback]\nendpoint = 'http://x/v1'\nmodel = 'm'\n")
    assert loaded(tmp_path / "a.toml").llm["enabled"] is True
    write(tmp_path, b="[llm_fallback]\nmodel = ''\n")
    assert refused(tmp_path / "a.toml") == [
        "`[llm_fallback]` is enabled but has no `endpoint`",
        "`[llm_fallback]` is enabled but has no `model`",
    ]


def test_the_size_of_all_files_together_is_limited(tmp_path: Path) -> None:
    """A project cannot keep the gate busy with many large files."""
    write(tmp_path, a=including(*(f"i{number}.toml" for number in range(6))))
    write(tmp_path, **{f"i{number}": "#" * (1024 * 1024) for number in range(6)})
    assert refused(tmp_path / "a.toml") == ["more than 4 MiB of policy files"]
