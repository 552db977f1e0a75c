"""Option tables are built lazily: this builds every one of them."""

from __future__ import annotations

import gc
import importlib
import re

import pytest
from util import opaque

from callgate.shell.programs.index import FAMILIES
from callgate.shell.programs.lazy import LazyTable
from callgate.shell.programs.spec import DANGER, PATH_EFFECTS

NAME = re.compile(r"-|-\0|--?[A-Za-z0-9#@%.~][\w.+=-]*")
"""`-?` is no name that a table can hold: its mark would be taken for the end."""
VALUE_EFFECTS = {"", "host", "shell", "command", "code", "list", *PATH_EFFECTS}


def tables() -> list[LazyTable]:
    """Every table that the family files and their helpers define."""
    for family in FAMILIES:
        importlib.import_module(f"callgate.shell.programs.{family}")
    gc.unfreeze()  # a gate that settled in this process has hidden what was loaded by then
    return [found for found in gc.get_objects() if isinstance(found, LazyTable)]


def test_no_option_stands_twice_in_a_table() -> None:
    """Each table can be built, which it cannot when a name stands twice."""
    found = tables()
    assert len(found) > 300
    for table in found:
        assert all(NAME.fullmatch(name) for name in table), list(table)


def test_harmless_effects_are_the_declared_ones() -> None:
    """An effect that is not in the list makes its option opaque, so none is taken for data by mistake."""
    for table in tables():
        for option in table.values():
            if option.mark != DANGER and option.effect not in VALUE_EFFECTS:
                assert " " in option.effect or option.effect.isalpha(), option


@pytest.mark.parametrize("name", ["--he", "-Z", "--help=x"])
def test_building_is_repeatable(name: str) -> None:
    """A table answers the same before and after it is built."""
    for table in tables()[:20]:
        assert table.get(name) == table.get(name)


@pytest.mark.parametrize("value", ["false", "0", "no", "F", "$X", "client"])
def test_a_flag_that_is_switched_off_is_not_the_flag(value: str) -> None:
    """`--check=false` is what Go's parsers take for the absence of `--check`: nothing may rest on it."""
    assert opaque(f"terraform fmt -check={value}")
    assert opaque(f"pandoc --sandbox={value} a.md")


@pytest.mark.parametrize("value", ["true", "1", "TRUE"])
def test_a_flag_that_is_switched_on_is_the_flag(value: str) -> None:
    """`--check=true` says what `--check` says."""
    assert not opaque(f"terraform fmt -check={value}")
