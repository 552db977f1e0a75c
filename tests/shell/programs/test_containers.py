"""Command lines of the family `containers`, and what is found in them."""

from __future__ import annotations

import pytest
from util import opaque, run

KNOWN: list[tuple[str, list[str]]] = [
    ("docker ps -a --format '{{.Names}}'", ["system asks the container daemon"]),
    ("docker logs -f --tail 5 web", ["system asks the container daemon"]),
    ("docker images -q", ["system asks the container daemon"]),
    ("docker inspect web", ["system asks the container daemon"]),
    ("docker version", ["system asks the container daemon"]),
    ("docker --version", []),
    ("docker container ls", ["system asks the container daemon"]),
    ("docker image history x", ["system asks the container daemon"]),
    ("docker compose ps", ["read /p", "system asks the container daemon"]),
    ("docker compose -f a.yml logs web", ["read /p/a.yml", "read /p", "system asks the container daemon"]),
    ("docker cp web:/x ./y", ["system copies into or out of a container", "write /p/y recursive"]),
    ("docker cp .env web:/x", ["system copies into or out of a container", "read /p/.env recursive"]),
    ("docker cp a/b:c web:/x", ["system copies into or out of a container", "read /p/a/b:c recursive"]),
    ("docker", []),
    ("podman ps", ["system asks the container daemon"]),
    ("docker-compose ps", ["read /p", "system asks the container daemon"]),
    ("docker system df", ["system asks the container daemon"]),
    ("docker --config=./x ps", ["execute /p/x via --config", "system asks the container daemon"]),
    ("docker ps $X", ["system asks the container daemon"]),
    ("docker run --help", []),
    ("docker compose --help", []),
    ("docker-compose up --help", []),
    ("nerdctl ps", ["system asks the container daemon"]),
    ("nerdctl --version", []),
    ("podman --version", []),
    ("podman-compose ps", ["read /p", "system asks the container daemon"]),
]

# What is found beside the part that is opaque.
PARTLY: list[tuple[str, list[str]]] = [
    (
        "docker -H tcp://evil ps",
        ["unknown option `-H` of `docker` (talks to another daemon) via -H", "system asks the container daemon"],
    ),
]

OPAQUE = [
    "docker run --rm x rm -rf /",
    "docker exec web ls",
    "docker build .",
    "docker rm -f web",
    "docker system prune -f",
    "docker -H tcp://evil ps",
    "docker compose up",
    "docker compose config",
    "docker compose exec web ls",
    "docker $X",
    "docker volume rm x",
    'docker cp "$X"',
    "docker-compose down",
    "podman unshare ls",
    "docker run alpine --help",
    "docker run -h",
    "nerdctl run x",
    "podman run x",
    "podman-compose up",
    "podman-compose -H x ps",
    "docker-compose -f a.yml config",
]


@pytest.mark.parametrize(("line", "expected"), KNOWN)
def test_known(line: str, expected: list[str]) -> None:
    """What asks the daemon is known, what starts, enters or changes containers is not."""
    assert run(line) == expected
    assert not opaque(line)


@pytest.mark.parametrize(("line", "expected"), PARTLY)
def test_partly_known(line: str, expected: list[str]) -> None:
    """What can be told is told even when the rest is opaque."""
    assert run(line) == expected
    assert opaque(line)


@pytest.mark.parametrize("line", OPAQUE)
def test_not_known(line: str) -> None:
    """What only a rule that names it may cover is opaque."""
    assert opaque(line)
