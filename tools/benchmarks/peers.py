"""Other gates for the same job, from the registries: installed once, and asked a question before they are timed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Callable, NamedTuple

from benchmarks.figures import BenchError
from benchmarks.scratch import DANGER, World, bash, decision, run

INSTALL_TIMEOUT = 300


class Peer(NamedTuple):
    """A program that answers PreToolUse payloads on stdin."""

    name: str
    """With its version."""
    words: tuple[str, ...]
    """Its command line, as its own `install` registers it."""
    home: Path


class Recipe(NamedTuple):
    """How to get a peer."""

    name: str
    install: Callable[[Path], None]
    """Installs into a directory that is new and empty."""
    words: Callable[[Path], tuple[str, ...]]
    version: Callable[[Path], str]


def find_peers(world: World, cache: Path) -> tuple[list[Peer], list[str]]:
    """Return the peers that answer, installed into *cache* if they are not there yet, and why others are skipped."""
    found: list[Peer] = []
    skipped: list[str] = []
    for recipe in RECIPES:
        try:
            found.append(_prepare(recipe, world, cache / recipe.name))
        except BenchError as error:
            skipped.append(f"`{recipe.name}` is skipped: {error}.")
    return found, skipped


def _prepare(recipe: Recipe, world: World, place: Path) -> Peer:
    done = place / ".installed"
    if not done.exists():
        shutil.rmtree(place, ignore_errors=True)  # what an interrupted run left
        place.mkdir(parents=True)
        recipe.install(place)
        done.touch()
    words = recipe.words(place)
    home = world.home(recipe.name)
    # A stranger that refuses what is harmless, or lets everything pass, does not do the job that is timed.
    if decision(run(world, home, words, bash(world, DANGER))) not in {"deny", "ask"}:
        raise BenchError(f"it does not stop `{DANGER}`")
    if decision(run(world, home, words, bash(world, "git status"))) not in {"allow", ""}:
        raise BenchError("it does not let `git status` pass")
    return Peer(f"{recipe.name} {recipe.version(place)}", words, home)


def _tool(words: list[str]) -> None:
    """Run an installer with the user's own environment: registries and proxies are configured there.

    Raises:
        BenchError: it fails. Its words go to stderr only: they may name hosts, which belong on no page.
    """
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=INSTALL_TIMEOUT, check=False)
    except FileNotFoundError as error:
        raise BenchError(f"`{words[0]}` is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"installing it took longer than {INSTALL_TIMEOUT} s") from error
    if done.returncode != 0:
        sys.stderr.write(done.stderr)
        raise BenchError(f"it cannot be installed (`{Path(words[0]).name}` ended with exit code {done.returncode})")


def _install_nah(place: Path) -> None:
    _tool([sys.executable, "-m", "venv", str(place / "venv")])
    pip = [str(place / "venv/bin/python"), "-m", "pip", "--disable-pip-version-check", "--quiet"]
    _tool([*pip, "install", "--only-binary", ":all:", "nah<1"])


def _nah_words(place: Path) -> tuple[str, ...]:
    # What `nah install claude` writes into settings.json.
    return (str(place / "venv/bin/nah"), "_claude-hook")


def _nah_version(place: Path) -> str:
    done = subprocess.run(
        [place / "venv/bin/nah", "--version"], capture_output=True, text=True, timeout=INSTALL_TIMEOUT, check=False
    )
    return done.stdout.strip().removeprefix("nah ") or "of unknown version"


def _install_safety_net(place: Path) -> None:
    options = ["--ignore-scripts", "--no-fund", "--no-audit", "--loglevel=error"]
    _tool(["npm", "install", "--prefix", str(place), *options, "cc-safety-net"])


def _safety_net_words(place: Path) -> tuple[str, ...]:
    node = shutil.which("node")
    if node is None:
        raise BenchError("`node` is not installed")
    return (node, str(place / "node_modules/cc-safety-net/dist/bin/cc-safety-net.js"), "hook", "--claude-code")


def _safety_net_version(place: Path) -> str:
    text = (place / "node_modules/cc-safety-net/package.json").read_text(encoding="utf-8")
    return str(json.loads(text)["version"])


RECIPES = (
    Recipe("nah", _install_nah, _nah_words, _nah_version),
    Recipe("cc-safety-net", _install_safety_net, _safety_net_words, _safety_net_version),
)
