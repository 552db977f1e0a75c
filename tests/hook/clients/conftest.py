"""The clients that the tests of this directory run: the Python one, the native one, and that one under sanitizers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Callable, Final

import pytest

from .scripted_daemon import SCRIPT, Place, compiled

STRICT: Final = ("-Wall", "-Wextra", "-Wpedantic", "-Werror")
SANITIZED: Final = ("-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")

Client = list[str]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Client]:
    """Give the command line of a client by its name; native ones are compiled once."""
    found: dict[str, Client] = {"python": [sys.executable, "-I", "-S", SCRIPT]}

    def client(name: str) -> Client:
        if name not in found:
            flags = STRICT if name == "native" else (*STRICT, *SANITIZED)
            path = compiled(tmp_path_factory.mktemp(name), *flags)
            found[name] = [path] if path else []
        if not found[name]:
            pytest.skip("no compiler here makes it")
        return found[name]

    return client


@pytest.fixture(params=["python", "native", "sanitized"])
def client(request: pytest.FixtureRequest, made: Callable[[str], Client]) -> Client:
    """Each client in turn."""
    return made(str(request.param))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A private directory with room for a socket."""
    return Place(tmp_path)
