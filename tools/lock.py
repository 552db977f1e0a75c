"""Lock the dependencies: pins with hashes in `requirements/*.txt`, for every Python and platform that we support.

`lock.py` resolves anew, keeping the pins that still fit (`--upgrade` moves them all). It then proves that each
target can be installed from ready-made wheels alone, because a source distribution would fetch build
dependencies that nobody pinned. `lock.py --check` needs no network: it fails when a lock no longer answers
`pyproject.toml`, holds a pin without a hash, or names a host (an index belongs to the machine, not to us).
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements"
PYTHONS = ("3.11", "3.12", "3.13")
PLATFORMS = ("x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu", "x86_64-apple-darwin", "aarch64-apple-darwin")

_HEADER = "# Written by `make lock`; do not edit. Each file installs alone with `pip install --require-hashes -r`.\n"
_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)(?P<rest>.*)$")
_HOST = re.compile(r"://|^\s*--(?!hash=)| @ ", re.MULTILINE)


class Lock(NamedTuple):
    """One lock file and what goes into it."""

    name: str
    """File name under `requirements/`, without `.txt`."""
    extras: tuple[str, ...]
    """Optional dependency groups of `pyproject.toml`; the package's own dependencies are included when `project`."""
    inputs: tuple[str, ...]
    """Further `.in` files under `requirements/`."""
    project: bool = True
    follows: str = ""
    """A lock whose versions this one must share."""


LOCKS = (
    Lock("runtime", (), ("build.in",)),
    Lock("dev", ("dev",), ("build.in",), follows="runtime"),
    Lock("lock", (), ("lock.in",), project=False),
)


def main(arguments: list[str] | None = None) -> int:
    """Write the locks, or check them; return 0 when they are good, 1 when not."""
    parser = argparse.ArgumentParser(prog="lock.py", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="change nothing, need no network")
    parser.add_argument("--upgrade", action="store_true", help="move every pin to the newest version that fits")
    options = parser.parse_args(arguments)
    if not options.check:
        _write(upgrade=options.upgrade)
    faults = [fault for lock in LOCKS for fault in faults_of(lock)]
    for fault in faults:
        print(f"error: {fault}\n  help: run `make lock`", file=sys.stderr)
    return 1 if faults else 0


def faults_of(lock: Lock) -> list[str]:
    """Return what is wrong with the lock file on disk; empty when it answers everything that is asked of it."""
    from packaging.requirements import Requirement  # noqa: PLC0415 - writing the locks must work without it
    from packaging.utils import canonicalize_name  # noqa: PLC0415 - as above

    path = REQUIREMENTS / f"{lock.name}.txt"
    where = path.relative_to(ROOT)
    if not path.is_file():
        return [f"`{where}` does not exist"]
    text = path.read_text(encoding="utf-8")
    faults = [f"`{where}`: `{hit.group().strip()}` names a host or an option" for hit in _HOST.finditer(text)]
    pins, bare = _pins(text)
    faults += [f"`{where}`: `{name}` has no hash" for name in bare]
    for line in _wanted(lock):
        requirement = Requirement(line)
        version = pins.get(canonicalize_name(requirement.name))
        if version is None:
            faults.append(f"`{where}`: `{line}` is not locked")
        elif not requirement.specifier.contains(version, prereleases=True):
            faults.append(f"`{where}`: `{requirement.name}=={version}` does not fit `{line}`")
    return faults


def _pins(text: str) -> tuple[dict[str, str], list[str]]:
    """Return canonical name -> version, and the names that no hash follows."""
    from packaging.utils import canonicalize_name  # noqa: PLC0415 - see `faults_of`

    pins: dict[str, str] = {}
    bare: list[str] = []
    for logical in text.replace("\\\n", " ").splitlines():
        if found := _PIN.match(logical):
            name = canonicalize_name(found["name"])
            pins[name] = found["version"]
            if "--hash=sha256:" not in found["rest"]:
                bare.append(name)
    return pins, bare


def _wanted(lock: Lock) -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted: list[str] = list(project["dependencies"]) if lock.project else []
    for extra in lock.extras:
        wanted += project["optional-dependencies"][extra]
    for name in lock.inputs:
        lines = (REQUIREMENTS / name).read_text(encoding="utf-8").splitlines()
        wanted += [line for line in lines if line and not line.startswith("#")]
    return wanted


def _write(*, upgrade: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="callgate-lock-") as scratch:
        tools = Path(scratch) / "venv"
        venv.create(tools, with_pip=True)
        pip = [str(tools / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        _run([*pip, "--require-hashes", "-r", str(REQUIREMENTS / "lock.txt")])
        uv = str(tools / "bin" / "uv")
        for lock in LOCKS:
            print(f"locking {lock.name}")
            _compile(uv, lock, upgrade=upgrade)
        for lock in LOCKS:
            for python in PYTHONS:
                for platform in PLATFORMS:
                    _prove(uv, lock, python, platform, Path(scratch) / "target")


def _compile(uv: str, lock: Lock, *, upgrade: bool) -> None:
    path = REQUIREMENTS / f"{lock.name}.txt"
    command = [uv, "pip", "compile", "--quiet", "--universal", "--python-version", PYTHONS[0], "--generate-hashes"]
    command += ["--no-header", "--no-annotate", "--no-emit-index-url", "--output-file", str(path)]
    command += ["--upgrade"] if upgrade else []
    command += ["--constraint", str(REQUIREMENTS / f"{lock.follows}.txt")] if lock.follows else []
    for extra in lock.extras:
        command += ["--extra", extra]
    command += [str(ROOT / "pyproject.toml")] if lock.project else []
    command += [str(REQUIREMENTS / name) for name in lock.inputs]
    _run(command)
    path.write_text(_HEADER + path.read_text(encoding="utf-8"), encoding="utf-8")


def _prove(uv: str, lock: Lock, python: str, platform: str, target: Path) -> None:
    print(f"checking {lock.name} for Python {python} on {platform}")
    command = [uv, "pip", "install", "--quiet", "--dry-run", "--require-hashes", "--only-binary", ":all:"]
    command += ["--python-version", python, "--python-platform", platform, "--target", str(target)]
    _run([*command, "--requirement", str(REQUIREMENTS / f"{lock.name}.txt")])


def _run(command: list[str]) -> None:
    done = subprocess.run(command, cwd=ROOT, check=False, timeout=600)
    if done.returncode:
        sys.exit(f"error: `{' '.join(command)}` failed with exit code {done.returncode}")


if __name__ == "__main__":
    sys.exit(main())
