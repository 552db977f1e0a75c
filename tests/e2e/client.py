"""The real Claude Code client: installed from npm once, run without a person at the keyboard."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PACKAGE = "@anthropic-ai/claude-code"
VERSION = "2.1.329"
"""The release under test. Raise it by hand: what a client does with a hook's answer has changed before."""

KEY = "not-a-real-key"
"""What the client is told to show to the model, which does not look."""

INSTALL_SECONDS = 300
RUN_SECONDS = 120


def cache_dir(fallback: Path) -> Path:
    """Where the client is kept between runs: inside the virtual environment, or in *fallback* without one."""
    inside = sys.prefix != sys.base_prefix and os.access(sys.prefix, os.W_OK)
    return Path(sys.prefix, "claude-code-client") if inside else fallback


def installed(cache: Path, environ: Mapping[str, str]) -> list[str]:
    """Return the command that starts the client, after installing it into *cache* if need be.

    Skips the test where there is no npm; an npm that fails fails the test.

    Args:
        cache: directory that is kept between runs; several test processes may ask at once.
        environ: the environment of whoever runs the tests, since npm needs their proxy and certificates.
    """
    npm, node = shutil.which("npm", path=environ.get("PATH")), shutil.which("node", path=environ.get("PATH"))
    if npm is None or node is None:
        pytest.skip(f"npm is missing: the end-to-end tests install {PACKAGE} with it")
    target = cache / VERSION
    # The package's own launcher, which finds the binary for this system without an install script having run.
    launcher = target / "node_modules" / PACKAGE / "cli-wrapper.cjs"
    with _only_one(cache):
        if not launcher.is_file():
            _install(npm, target, environ)
    return [node, str(launcher)]


def run(
    command: list[str], project: Path, home: Path, url: str, more: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Let the client work through one prompt in *project* and return the JSON that it prints at the end.

    Args:
        command: as `installed` returned it.
        project: working directory.
        home: becomes `HOME`; the client's settings and state live there and nowhere else.
        url: base address of the model.
        more: variables that the person exported before the client was started.
    """
    environ = environment(home, url) | dict(more or {})
    # `--setting-sources` is left alone: the client must find the registration where a user's client finds it.
    arguments = [*command, "-p", "work through the script", "--output-format", "json"]
    with subprocess.Popen(
        arguments,
        cwd=project,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            out, err = process.communicate(timeout=RUN_SECONDS)
        finally:
            # The client may leave children; they are ours to end.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    text = out.decode("utf-8", "replace")
    try:
        answer = json.loads(text)
    except ValueError:
        pytest.fail(
            f"the client printed no JSON (exit code {process.returncode}): {text[:2000]}\n{err.decode()[:2000]}"
        )
    assert isinstance(answer, dict), text
    assert not answer.get("is_error"), text
    return answer


def environment(home: Path, url: str) -> dict[str, str]:
    """The environment of a client that lives in *home* and talks to the model at *url*."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "TMPDIR": str(_made(home / "tmp")),
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_API_KEY": KEY,
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1",
    }


def _made(path: Path) -> Path:
    path.mkdir(exist_ok=True)
    return path


@contextlib.contextmanager
def _only_one(cache: Path) -> Iterator[None]:
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install(npm: str, target: Path, environ: Mapping[str, str]) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        place = Path(scratch, "client")
        place.mkdir()
        command = [npm, "install", "--prefix", str(place), "--cache", str(Path(scratch, "npm-cache"))]
        command += ["--ignore-scripts", "--include=optional", "--engine-strict=false", "--update-notifier=false"]
        command += ["--no-audit", "--no-fund", "--loglevel=error", f"{PACKAGE}@{VERSION}"]
        done = subprocess.run(
            command,
            cwd=place,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
        if done.returncode:
            pytest.fail(f"npm cannot install {PACKAGE}@{VERSION}: {done.stderr.decode('utf-8', 'replace')[-3000:]}")
        # Complete or absent: a run that is cut short leaves nothing that looks installed.
        place.rename(target)
