"""What an operation refuses, and with which words."""

from __future__ import annotations

from typing import Any

import pytest

from callgate.reviewer.apply import draft as drafts
from callgate.reviewer.apply.base import ApplyError, Edit
from callgate.reviewer.apply.document import Splice
from callgate.reviewer.apply.draft import Draft, replaced
from callgate.reviewer.apply.operations import rollback
from callgate.reviewer.apply.registry import NAMES, operation
from callgate.reviewer.apply.request import check

FILE = """[[allow]]
id = "reads"
tool = "Read"

[[allow]]
tool = "Glob"

[[files.deny]]
id = "secrets"
tool = "Write"

[apply]
require_person = "always"
"""


def refused(
    name: str,
    text: str = FILE,
    name_of_file: str = "p.toml",
    elsewhere: dict[str, str] | None = None,
    **fields: Any,  # noqa: ANN401 - as many types as fields
) -> ApplyError:
    """Return the error that an operation ends in."""
    with pytest.raises(ApplyError) as caught:
        operation(name).edit(text, fields, name_of_file, elsewhere or {})
    return caught.value


def rule(rule_id: str) -> dict[str, str]:
    """Return a rule."""
    return {"id": rule_id, "tool": "Read"}


def test_taken_ids_are_refused() -> None:
    """An id exists when it is written, when a rule has it by its place, and when another file has it."""
    error = refused("add_rule", rule_type="deny", rule=rule("reads"))
    assert (error.error_type, error.message) == (
        "already_exists",
        "a rule with the id 'reads' exists: p.toml has it at line 1",
    )
    error = refused("add_rule", rule_type="deny", rule=rule("allow-2"))
    assert error.error_type == "already_exists"
    assert "goes by its place" in error.details[0].suggestion
    error = refused("add_rule", elsewhere={"x": "/etc/q.toml"}, rule_type="deny", rule=rule("x"))
    assert error.message == "a rule with the id 'x' exists: /etc/q.toml has it"


@pytest.mark.parametrize("name", ["remove_rule", "update_rule", "toggle_rule", "reorder_rule"])
def test_unknown_ids_come_with_a_hint(name: str) -> None:
    """The nearest id of the file is proposed, or the file is named that has the rule."""
    fields: dict[str, Any] = {"changes": {"tool": "Read"}, "enabled": False, "move_to": "end"}
    error = refused(name, id="read", **fields)
    assert (error.error_type, error.details[0].suggestion) == ("not_found", "did you mean 'reads'?")
    error = refused(name, id="other", elsewhere={"other": "/etc/q.toml"}, **fields)
    assert error.error_type == "not_found"
    assert error.details[0].suggestion == "it stands in /etc/q.toml: name that as `target_file`"


def test_a_derived_id_that_is_taken_elsewhere_goes_by_the_file() -> None:
    """Two flat files without ids: the rule of the second one has the name that the loader gives it."""
    error = refused("remove_rule", elsewhere={"allow-2": "/a.toml"}, id="allow-2")
    assert error.error_type == "not_found"
    done = operation("remove_rule").edit(FILE, {"id": "p-allow-2"}, "/x/p.toml", {"allow-2": "/a.toml"})
    assert "Glob" not in done.text


def test_places_in_other_arrays_are_explained() -> None:
    """A place beside a rule of another array is refused, with the rules that it may be beside."""
    error = refused("add_rule", rule_type="allow", rule=rule("x"), position="before:secrets")
    assert error.error_type == "invalid_operation"
    assert error.message == "'secrets' is a rule of `files.deny`, not of `allow`"
    assert "'reads', 'allow-2'" in error.details[0].suggestion
    error = refused("reorder_rule", id="reads", move_to="after:reads")
    assert error.message == "'reads' is the rule that is to be moved"
    error = refused("add_rule", rule_type="allow", rule=rule("x"), position="after:red")
    assert (error.error_type, error.details[0].field) == ("not_found", "position")


@pytest.mark.parametrize("name", ["apply", "logging", "settings", "includes", "llm_fallback", "allow", "deny", "ask"])
def test_reserved_names_are_no_sections(name: str) -> None:
    """Neither a request nor an edit takes a reserved table for a section of rules."""
    with pytest.raises(ApplyError) as caught:
        check({"operation": "add_rule", "rule_type": "allow", "rule": rule("x"), "section": name})
    assert caught.value.details[0].field == "section"
    assert refused("add_rule", rule_type="allow", rule=rule("x"), section=name).error_type == "invalid_operation"


def test_rules_in_a_reserved_table_do_not_exist() -> None:
    """What is written below `[apply]` cannot be reached as a rule."""
    text = '[apply]\nx = 1\n[[apply.allow]]\nid = "inner"\ntool = "Read"\n'
    assert refused("remove_rule", text, id="inner").error_type == "not_found"


def test_yaml_rule_sets_are_refused() -> None:
    """Operations write TOML."""
    error = refused("add_rule", "", "rules.yaml", rule_type="allow", rule=rule("x"))
    assert (error.error_type, error.details[0].field) == ("invalid_operation", "target_file")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('[[allow]]\nid = "x\n', "p.toml:2:"),
        ("a\0b", "p.toml:1"),
        ("x" + ".x" * 99 + " = 1", "p.toml:1"),
        ("x = " + "[" * 3000 + "]" * 3000, "p.toml"),
    ],
)
def test_broken_files_are_told(text: str, place: str) -> None:
    """A file that is no TOML is not edited; its faults have their places."""
    error = refused("toggle_rule", text, id="x", enabled=True)
    assert error.error_type == "blocking_validation"
    assert error.details[0].field.startswith(place)


@pytest.mark.parametrize("text", ["allow = 3\n", "[allow]\nx = 1\n", "allow = [1]\n"])
def test_what_is_no_array_of_rules_stays(text: str) -> None:
    """A rule is not written into, or over, something else."""
    error = refused("add_rule", text, rule_type="allow", rule=rule("x"))
    assert error.error_type == "blocking_validation"
    assert error.details[0].field.startswith("p.toml:1")


@pytest.mark.parametrize("text", ["files = 3\n", "[[files]]\nx = 1\n"])
def test_what_is_no_section_stays(text: str) -> None:
    """A section is not made in place of something else."""
    assert refused("add_rule", text, rule_type="allow", rule=rule("x"), section="files").error_type == (
        "blocking_validation"
    )


@pytest.mark.parametrize("text", ["includes = 3\n", '[includes]\nfiles = "x"\n', "[includes]\nfiles = [1]\n"])
def test_odd_includes_stay(text: str) -> None:
    """A list of includes that is none is told, not mended."""
    assert refused("add_include", text, file="a.toml").error_type == "blocking_validation"


def test_includes_twice_and_never() -> None:
    """What is included already exists, under any spelling; what is not is not found."""
    text = '[includes]\nfiles = ["./a.toml"]\n'
    assert refused("add_include", text, file="a.toml").error_type == "already_exists"
    error = refused("remove_include", text, file="b.toml")
    assert error.error_type == "not_found"
    assert refused("remove_include", "", file="b.toml").details[0].suggestion == "it includes nothing"


def test_an_id_that_two_rules_have_is_ambiguous() -> None:
    """Of two rules with one id none is picked."""
    text = '[[allow]]\nid = "x"\ntool = "A"\n\n[[deny]]\nid = "x"\ntool = "B"\n'
    error = refused("remove_rule", text, id="x")
    assert error.error_type == "invalid_operation"
    assert "lines 1 and 5" in error.details[0].suggestion


def test_removing_a_field_that_is_not_there() -> None:
    """A field of the schema that is absent is absent already; an unknown one is a mistake."""
    assert operation("update_rule").edit(FILE, {"id": "reads", "changes": {"expires": None}}, "p.toml").changes == ()
    error = refused("update_rule", id="reads", changes={"tol": None})
    assert (error.error_type, error.details[0].suggestion) == ("invalid_operation", "did you mean `tool`?")
    mended = operation("update_rule").edit('[[allow]]\nid = "x"\ntol = 1\n', {"id": "x", "changes": {"tol": None}}, "p")
    assert mended.text == '[[allow]]\nid = "x"\n'


def test_an_edit_that_comes_out_wrong_is_not_made() -> None:
    """Values that differ from what is meant, text that is no TOML, a table that nobody may touch: an internal error."""
    draft = Draft(FILE, "p.toml", {})
    tool = FILE.index('"Read"')
    wanted = replaced(draft.document.data, ("allow", 0, "tool"), "Glob")
    for splices in (
        [Splice(tool, tool + 6, '"Grep"')],
        [Splice(tool, tool + 6, "Glob")],
        [Splice(tool, tool + 6, '"Glob"'), Splice(tool, tool + 6, '"Glob"')],
        [Splice(tool, tool + 6, '"Glob"'), Splice(len(FILE), len(FILE), "[other]\n")],
    ):
        with pytest.raises(ApplyError, match="would not come out exactly as meant") as caught:
            draft.change(splices, wanted)
        assert caught.value.error_type == "internal_error"
        assert draft.document.text == FILE
    person = FILE.index('"always"')
    loose = replaced(draft.document.data, ("apply", "require_person"), "never")
    assert not draft.attempt([Splice(person, person + 8, '"never"')], loose)
    assert draft.attempt([Splice(tool, tool + 6, '"Glob"')], wanted)


def test_values_are_the_same_by_type() -> None:
    """`1`, `1.0` and `true` differ to TOML; two NaN do not."""
    assert not drafts.same({"a": [1]}, {"a": [True]})
    assert not drafts.same({"a": 1}, {"a": 1.0})
    assert drafts.same([float("nan")], [float("nan")])
    assert not drafts.same({"a": 1}, {"a": 1, "b": 1})


def test_batch_is_all_or_nothing() -> None:
    """The error of one operation is that of the batch, with its number; later ones see what earlier ones did."""
    toggle = {"operation": "toggle_rule", "id": "new", "enabled": False}
    add = {"operation": "add_rule", "rule_type": "allow", "rule": rule("new")}
    done = operation("batch").edit(FILE, {"operations": [add, toggle]}, "p.toml")
    assert "enabled = false" in done.text
    assert done.rule_ids == ("new",)
    error = refused("batch", operations=[toggle, add])
    assert error.error_type == "not_found"
    assert error.message.startswith("operations[0] (toggle_rule): ")
    assert error.details[0].field == "operations[0].id"
    for name in ("batch", "rollback", "validate"):
        error = refused("batch", operations=[add, {"operation": name}])
        assert (error.error_type, error.details[0].field) == ("invalid_operation", "operations[1]")


def test_validate_edits_nothing() -> None:
    """The file as it stands is the edit; with an operation it is what that would make."""
    assert operation("validate").edit(FILE, {}, "p.toml") == Edit(FILE, (), "Validate p.toml")
    fields = {"operation": {"operation": "remove_rule", "id": "reads"}}
    assert operation("validate").edit(FILE, fields, "p.toml") == operation("remove_rule").edit(
        FILE, {"id": "reads"}, "p.toml"
    )


def test_rollback_tells_which_rules_differ() -> None:
    """The old text is the new one; rules that come, go and change are named."""
    old = FILE.replace('"reads"', '"older"').replace('"Write"', '"Edit"')
    done = rollback.restore(FILE, {"to_commit": "abc"}, "p.toml", old)
    assert done.text == old
    assert [change.told(dry_run=False) for change in done.changes] == [
        "Rolled back p.toml to abc",
        "Removed rule 'reads' from p.toml",
        "Changed rule 'secrets' in p.toml",
        "Added rule 'older' to p.toml",
    ]
    assert done.subject == "Roll back to abc"
    assert rollback.restore(FILE, {"to_backup": "b"}, "p.toml", FILE).changes == ()


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (FILE, FILE.replace('"always"', '"never"')),
        (FILE, FILE.partition("[apply]")[0]),
        ("", FILE),
        ("[broken", FILE),
        (FILE + "[broken", ""),
    ],
)
def test_rollback_leaves_apply_alone(now: str, then: str) -> None:
    """What an agent may change cannot be lifted by going back, nor when today's file cannot be read."""
    with pytest.raises(ApplyError, match=r"`\[apply\]`") as caught:
        rollback.restore(now, {"to_commit": "abc"}, "p.toml", then)
    assert caught.value.error_type == "invalid_operation"


def test_rollback_mends_a_broken_file() -> None:
    """A file that is no TOML goes back; one that was none does not."""
    old = '[[allow]]\nid = "x"\ntool = "Read"\n'
    assert rollback.restore("[broken", {"to_commit": "abc"}, "p.toml", old).text == old
    with pytest.raises(ApplyError) as caught:
        rollback.restore(old, {"to_commit": "abc"}, "p.toml", "[broken")
    assert caught.value.error_type == "blocking_validation"
    assert refused("rollback").error_type == "internal_error"


def test_every_operation_is_there() -> None:
    """Each name of the contract has its module with its fields."""
    assert len(NAMES) == 12
    assert {name: operation(name).fields for name in NAMES if name != "batch"}["add_rule"]["rule"] is True
    with pytest.raises(ApplyError, match="there is no operation `nope`"):
        operation("nope")
