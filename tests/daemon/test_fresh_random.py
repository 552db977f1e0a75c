"""Any changes in any order: what the warm gate says is what a process says that is started at that moment."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from pathlib import Path

import pytest
from fresh_world import BROKEN, FreshWorld, allow, deny
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from callgate import switch
from callgate.core.errors import PolicyError

TEXTS = (
    allow("ls"), allow("cp"), allow("make"), deny("ls"), deny("cp"), BROKEN, "", "#" * 30,
    '[includes]\nfiles = ["a.toml"]\n' + allow("frob"), '[includes]\nfiles = ["a.toml", "b.toml"]\n',
    '[includes]\nfiles = ["./policy.toml"]\n',
)  # fmt: skip
"""Of policies; several have the same size."""

FILES = ("user", "managed", "rules", "a", "b", "other", "above", "inner")
_texts = st.sampled_from(TEXTS)
_files = st.sampled_from(FILES)


class Sources(RuleBasedStateMachine):
    """Changes sources and compares after each."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.root = Path(tempfile.mkdtemp(prefix="cg"))
        self.world = FreshWorld(self.root, self.patch)
        self.now = time.time

    @initialize(text=_texts)
    def begin(self, text: str) -> None:
        """Have a user's policy, whatever it is."""
        self.world.write(self.world.user, text)

    def path(self, name: str) -> Path:
        """Return the file that *name* stands for."""
        world = self.world
        return {
            "user": world.user, "managed": world.managed, "rules": world.rules,
            "a": world.user.with_name("a.toml"), "b": world.user.with_name("b.toml"),
            "other": world.root / "other/policy.toml", "inner": world.cwd / ".callgate.toml",
            "above": world.project / ".config/claude-code-permissions-hook.toml",
        }[name]  # fmt: skip

    @rule(name=_files, text=_texts)
    def write(self, name: str, text: str) -> None:
        """Write in place, through links."""
        with contextlib.suppress(OSError):
            self.world.write(self.path(name), text)

    @rule(name=_files, text=_texts)
    def write_unseen(self, name: str, text: str) -> None:
        """Write in place and put the modification time back."""
        path = self.path(name)
        with contextlib.suppress(OSError):
            state = path.stat()
            self.world.write(path, text)
            os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))

    @rule(name=_files, text=_texts)
    def replace(self, name: str, text: str) -> None:
        """Put a new file in its place."""
        with contextlib.suppress(OSError):
            self.world.replace(self.path(name), text)

    @rule(name=_files, to=_files)
    def link(self, name: str, to: str) -> None:
        """Put a link in its place, to another of them or to itself."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(OSError):
            self.world.link(path, self.path(to))

    @rule(name=_files)
    def remove(self, name: str) -> None:
        """Remove it."""
        with contextlib.suppress(OSError):
            self.path(name).unlink()

    @rule(name=_files, mode=st.sampled_from([0o000, 0o600, 0o666]))
    def chmod(self, name: str, mode: int) -> None:
        """Change its mode."""
        with contextlib.suppress(OSError):
            self.path(name).chmod(mode)

    @rule()
    def give_trust(self) -> None:
        """Trust the project's policy as it is."""
        with contextlib.suppress(PolicyError):
            self.world.give_trust()

    @rule()
    def take_trust(self) -> None:
        """Take the trust back."""
        with contextlib.suppress(PolicyError):
            self.world.take_trust()

    @rule(off=st.booleans())
    def switch(self, off: bool) -> None:
        """Turn the switch."""
        if off:
            switch.turn_off(f"{self.world.state}/off", switch.FOREVER)
        else:
            switch.turn_on(f"{self.world.state}/off")

    @rule(name=st.sampled_from([".git", ".claude"]), above=st.booleans())
    def marker(self, name: str, above: bool) -> None:
        """Make a directory the project, or no more."""
        path = (self.world.project if above else self.world.cwd) / name
        if path.exists():
            shutil.rmtree(path)
        else:
            path.mkdir()

    @rule(config=st.sampled_from(["", "other", "a"]))
    def config(self, config: str) -> None:
        """Use a `--config` file, or none."""
        self.world.config = str(self.path(config)) if config else ""

    @rule(inner=st.booleans())
    def directory(self, inner: bool) -> None:
        """Call from another directory."""
        self.world.directory = str(self.world.cwd if inner else self.world.project)

    @rule(seconds=st.sampled_from([0.0, 3.0, -3_600.0, 86_400.0]))
    def clock(self, seconds: float) -> None:
        """Set the clock."""
        self.patch.setattr(time, "time", lambda: self.now() + seconds)

    @rule(name=st.sampled_from(["work", ".config", ".claude"]))
    def move(self, name: str) -> None:
        """Move a directory and leave a link to it; the next time move it back."""
        path, other = self.world.home / name, self.world.home / f"{name}2"
        if path.is_symlink():
            path.unlink()
            other.rename(path)
        elif path.exists():
            path.rename(other)
            path.symlink_to(other.name)

    @invariant()
    def same_as_a_new_process(self) -> None:
        """The answers to all probes, the faults and the revision are those of a cold gate."""
        warm = self.world.warm()
        assert warm == self.world.cold()

    def teardown(self) -> None:
        """Leave nothing behind."""
        self.patch.undo()
        shutil.rmtree(self.root, ignore_errors=True)


Sources.TestCase.settings = settings(
    max_examples=int(os.environ.get("CALLGATE_FRESH_EXAMPLES", "12")), stateful_step_count=20
)
TestSources = Sources.TestCase
