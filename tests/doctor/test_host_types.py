"""Members of settings files that make the client drop the whole file when they have another type."""

from __future__ import annotations

import pytest

from callgate.doctor.host_types import MEMBERS, PERMISSIONS, misfit

GOOD: dict[type, list[object]] = {
    str: ["x", ""], bool: [True, False], float: [5, 1.5, 0], list: [[], ["x"]], dict: [{}, {"a": 1}],
}  # fmt: skip
EVERY: list[object] = [None, "x", True, 5, [], {}]


@pytest.mark.parametrize("name", MEMBERS)
def test_a_member_takes_its_own_type_alone(name: str) -> None:
    """Each known member fits with values of its type, and is named with those of any other."""
    good = GOOD[MEMBERS[name]]
    assert [misfit({name: value}) for value in good] == [""] * len(good)
    bad = [value for value in EVERY if type(value) not in {type(one) for one in good}]
    assert all(f"`{name}` is not" in misfit({"unknown": 5, name: value}) for value in bad)
    assert len(bad) >= len(EVERY) - 2


@pytest.mark.parametrize("name", PERMISSIONS)
def test_members_of_permissions_are_looked_at(name: str) -> None:
    """A wrong type inside `permissions` drops the file as well."""
    assert misfit({"permissions": {name: 5}}).startswith(f"`permissions.{name}` is not")


@pytest.mark.parametrize("top", [{}, {"hooks": 5}, {"someday": None}, {"permissions": {"someday": 5}}])
def test_what_is_not_known_fits(top: dict[str, object]) -> None:
    """Members that the client passes over, and `hooks`, which is judged apart, are no misfit."""
    assert misfit(top) == ""
