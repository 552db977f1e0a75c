"""What every test gets: a home directory of its own, a clean environment, and a trap around the real home."""

from __future__ import annotations

import functools
import itertools
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Derandomized: a run that fails here fails everywhere. `HYPOTHESIS_EXAMPLES=5000 make test` looks harder.
settings.register_profile(
    "callgate",
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "60")),
)
settings.load_profile("callgate")

pytest_plugins = ["daemon_fixtures"]

_ORIGINAL = dict(os.environ)
_FOREIGN = ("CALLGATE_", "CLAUDE_", "CLAUDECODE", "ANTHROPIC_", "DECISION_REVIEWER_", "GIT_", "XDG_")
_XDG = {
    "XDG_CONFIG_HOME": ".config",
    "XDG_STATE_HOME": ".local/state",
    "XDG_DATA_HOME": ".local/share",
    "XDG_CACHE_HOME": ".cache",
}
_TOUCHING = frozenset(
    {
        *("open", "os.chdir", "os.chmod", "os.chown", "os.link", "os.listdir", "os.mkdir", "os.remove", "os.rename"),
        *("os.rmdir", "os.scandir", "os.symlink", "os.truncate", "os.utime", "sqlite3.connect"),
    }
)

_GROUP = re.compile(r'^pytestmark = .*xdist_group\("(\w+)"\)', re.MULTILINE)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Send the tests of all modules with the same `xdist_group` to one worker: what they share is then made once.

    xdist hides the group in the id of a test. Since pytest 9 an id cannot be changed, and no group is kept together.
    """
    if config.getvalue("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped] # it has no types

    @functools.cache
    def group(path: str) -> str:
        found = _GROUP.search((config.rootpath / path).read_text(encoding="utf-8"))
        return found[1] if found else ""

    class Groups(LoadScopeScheduling):  # type: ignore[misc] # as above
        """A group is one piece of work, and so is every test that is in none."""

        def _split_scope(self, nodeid: str) -> str:
            return group(nodeid.partition("::")[0]) or nodeid

    return Groups(config, log)


class YouForgotToPassTheHomeDirectoryError(AssertionError):
    """A test, or the code under test, touched the real home directory of whoever runs the tests."""


class _Trap:
    """An audit hook (which Python never lets go of) that refuses paths below the real home directory."""

    def __init__(self) -> None:
        self.armed = False
        self.caught: list[str] = []
        self.home = os.path.realpath(os.path.expanduser("~"))
        self.exempt: tuple[str, ...] = ()
        self.inside = False

    def arm(self, *exempt: str) -> None:
        """Start refusing; the interpreter, the checkout and the scratch directories may lie in a home directory."""
        places = [*exempt, *sys.path, sys.prefix, sys.base_prefix, sys.exec_prefix, tempfile.gettempdir()]
        places.append(str(Path(__file__).parent.parent))
        self.exempt = tuple(os.path.realpath(place) for place in places if place)
        # Below `/` lies everything: whoever has that as a home directory has none to protect.
        self.armed = self.home != "/"

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        """Look at one audit event of the interpreter."""
        if not self.armed or self.inside or event not in _TOUCHING:
            return
        self.inside = True
        try:
            paths = [str(os.fsdecode(each)) for each in arguments[:2] if isinstance(each, str | bytes | os.PathLike)]
            for path in map(os.path.abspath, paths):  # the path as asked: the test may own a link to anywhere
                if _below(path, self.home) and not any(_below(path, place) for place in self.exempt):
                    self.caught.append(f"{event} `{path}`")
                    raise YouForgotToPassTheHomeDirectoryError(self.caught[-1])
        finally:
            self.inside = False


def _below(path: str, place: str) -> bool:
    return path == place or path.startswith(place.rstrip("/") + "/")


_trap = _Trap()
sys.addaudithook(_trap)
_numbers = itertools.count()


@pytest.fixture(scope="session", autouse=True)
def _away_from_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Clean the environment and arm the trap, for fixtures of every scope."""
    homes = tmp_path_factory.mktemp("homes")
    with pytest.MonkeyPatch.context() as patch:
        for name in _ORIGINAL:
            if name.startswith(_FOREIGN):
                patch.delenv(name)
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        for role in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{role}_NAME", "Test Person")
            patch.setenv(f"GIT_{role}_EMAIL", "test@example.invalid")
        _live_in(homes / "session", patch)
        _trap.arm(str(tmp_path_factory.getbasetemp()))
        yield homes
        _trap.armed = False


@pytest.fixture(autouse=True)
def _home_of_its_own(_away_from_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give the test an empty home, and fail it when something reached for the real one and swallowed the refusal."""
    _live_in(_away_from_home / str(next(_numbers)), monkeypatch)
    _trap.caught.clear()
    yield
    if _trap.caught:
        raise YouForgotToPassTheHomeDirectoryError("; ".join(_trap.caught))


@pytest.fixture(scope="session")
def original_environ() -> Mapping[str, str]:
    """The environment that pytest was started with: for package managers, which need their user's settings."""
    return _ORIGINAL


def _live_in(home: Path, patch: pytest.MonkeyPatch) -> None:
    home.mkdir()
    patch.setenv("HOME", str(home))
    for name, below in (
        ("CONFIG", ".config"),
        ("STATE", ".local/state"),
        ("DATA", ".local/share"),
        ("CACHE", ".cache"),
    ):
        patch.setenv(f"XDG_{name}_HOME", str(home / below))
    (home / "run").mkdir(mode=0o700)  # a daemon of a test must not be the one of whoever runs the tests
    patch.setenv("XDG_RUNTIME_DIR", str(home / "run"))
