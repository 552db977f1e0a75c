"""Worlds with daemons of their own, as fixtures of every test (`pytest_plugins` in tests/conftest.py)."""

from __future__ import annotations

from typing import Iterator

import pytest
from running_daemon import DaemonWorld, daemon_world


@pytest.fixture
def world() -> Iterator[DaemonWorld]:
    """A world without a daemon yet."""
    with daemon_world() as one:
        yield one


@pytest.fixture
def running(world: DaemonWorld) -> DaemonWorld:
    """A world with a daemon."""
    world.start()
    return world
