"""The real client, installed once for all end-to-end tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from . import client

if TYPE_CHECKING:
    from collections.abc import Mapping


@pytest.fixture(scope="session")
def claude(tmp_path_factory: pytest.TempPathFactory, original_environ: Mapping[str, str]) -> list[str]:
    """The command that starts the client."""
    return client.installed(client.cache_dir(tmp_path_factory.mktemp("client")), original_environ)
