"""A gate that goes on judges each call by the files as they are: as a process does that is started for it."""

from __future__ import annotations

import itertools
import os
import shutil
import time
from pathlib import Path
from typing import Callable

import pytest
from fresh_world import BROKEN, FreshWorld, allow, deny

from callgate import fresh, switch

Change = Callable[[FreshWorld], object]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FreshWorld:
    """A world where everything is a plain file."""
    one = FreshWorld(tmp_path, monkeypatch)
    one.write(one.user, allow("ls"))
    return one


def _nothing(_world: FreshWorld) -> None:
    """Leave everything as it is."""


def _steps(*changes: Change) -> Change:
    """Return the change that does one after the other."""

    def change(world: FreshWorld) -> None:
        for each in changes:
            each(world)

    return change


def _included(world: FreshWorld) -> None:
    world.write(world.user, '[includes]\nfiles = ["more.toml", "way.toml"]\n' + allow("ls"))
    world.write(world.user.with_name("more.toml"), allow("make"))
    world.link(world.user.with_name("way.toml"), "more.toml")


def _linked(world: FreshWorld) -> None:
    world.write(world.root / "other/policy.toml", allow("make"))
    world.link(world.user, world.root / "other/policy.toml")


def _trusted(world: FreshWorld) -> None:
    world.write(world.rules, allow("make"))
    world.give_trust()


def _untrusted(world: FreshWorld) -> None:
    world.write(world.rules, deny("ls") + allow("make"))


def _named_project(world: FreshWorld) -> None:
    _trusted(world)
    world.environ["CLAUDE_PROJECT_DIR"] = str(world.project)


def _alone(world: FreshWorld) -> None:
    world.write(world.root / "alone.toml", allow("make"))
    world.config = str(world.root / "alone.toml")


def _by_variable(world: FreshWorld) -> None:
    world.write(world.root / "alone.toml", allow("make"))
    world.environ["CLAUDE_PERMISSIONS_CONFIG"] = str(world.root / "alone.toml")


def _broken(world: FreshWorld) -> None:
    world.call()
    world.write(world.user, BROKEN)


def _dangling(world: FreshWorld) -> None:
    world.link(world.user, world.root / "other/policy.toml")


def _include_cycle(world: FreshWorld) -> None:
    world.write(world.user, '[includes]\nfiles = ["back.toml"]\n' + allow("ls"))
    world.link(world.user.with_name("back.toml"), "policy.toml")


def _same_size(path: Callable[[FreshWorld], Path], text: str) -> Change:
    """Return the change that writes *text* where so much stood, with the modification time that the file had."""

    def change(world: FreshWorld) -> None:
        file = path(world)
        state = file.stat()
        assert len(text) == state.st_size
        world.write(file, text)
        os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))

    return change


def _user(world: FreshWorld) -> Path:
    return world.user


def _move(path: Callable[[FreshWorld], Path], to: Callable[[FreshWorld], Path]) -> Change:
    """Return the change that moves a directory and leaves a link to it: the same files, by another real path."""

    def change(world: FreshWorld) -> None:
        path(world).rename(to(world))
        path(world).symlink_to(to(world))

    return change


def _settings(world: FreshWorld) -> None:
    elsewhere = world.root / "evil"
    world.write(elsewhere / ".config/callgate/policy.toml", allow("rm"))
    world.write(world.project / ".claude/settings.json", '{"env": {"HOME": "' + str(elsewhere) + '"}}')


def _another_home(world: FreshWorld) -> None:
    world.write(world.root / "home2/.config/callgate/policy.toml", allow("frob"))
    world.environ["HOME"] = str(world.root / "home2")


def _project_log(world: FreshWorld) -> None:
    """Make the directory above the cwd a project, with a trusted policy that names a log."""
    (world.project / ".git").mkdir()
    world.write(world.rules, f'[logging]\nlog_file = "{world.home}/elsewhere.jsonl"\n' + allow("make"))
    world.give_trust()


CHANGES: dict[str, tuple[Change, Change]] = {
    "nothing changes": (_nothing, _nothing),
    "user: rule added": (_nothing, lambda w: w.write(w.user, allow("ls", "make"))),
    "user: removed": (_nothing, lambda w: w.user.unlink()),
    "user: made": (lambda w: w.user.unlink(), lambda w: w.write(w.user, allow("cp"))),
    "user: same size, same time": (_nothing, _same_size(_user, allow("cp"))),
    "user: replaced, same size": (_nothing, lambda w: w.replace(w.user, allow("cp"))),
    "user: replaced by a link": (_nothing, _linked),
    "user: the link's target edited": (_linked, lambda w: w.write(w.root / "other/policy.toml", allow("frob"))),
    "user: the link's target, same size": (
        _linked,
        _same_size(lambda w: w.root / "other/policy.toml", allow("frob")),
    ),
    "user: the link leads elsewhere": (
        _linked,
        _steps(
            lambda w: w.write(w.root / "o2/policy.toml", allow("cp")),
            lambda w: w.link(w.user, w.root / "o2/policy.toml"),
        ),
    ),
    "user: a dangling link": (_nothing, _dangling),
    "user: a dangling link gets its target": (
        _dangling,
        lambda w: w.write(w.root / "other/policy.toml", allow("frob")),
    ),
    "user: a directory in its place": (_nothing, _steps(lambda w: w.user.unlink(), lambda w: w.user.mkdir())),
    "user: a fifo in its place": (_nothing, _steps(lambda w: w.user.unlink(), lambda w: os.mkfifo(w.user))),
    "user: chmod": (_nothing, lambda w: w.user.chmod(0o000)),
    "user: the older file is made": (
        lambda w: w.user.unlink(),
        lambda w: w.write(w.home / ".config/claude-code-permissions-hook.toml", allow("frob")),
    ),
    "user: its directory goes": (_nothing, lambda w: shutil.rmtree(w.user.parent)),
    "user: its directory is a link elsewhere": (
        _nothing,
        _steps(
            lambda w: w.write(w.root / "other/policy.toml", allow("cp")),
            lambda w: w.link(w.user.parent, w.root / "other"),
        ),
    ),
    "user: broken": (lambda w: w.call(), lambda w: w.write(w.user, BROKEN)),
    "user: broken, never good": (lambda w: w.write(w.user, BROKEN), lambda w: w.write(w.user, BROKEN + BROKEN)),
    "user: mended": (_broken, lambda w: w.write(w.user, allow("cp"))),
    "user: too large": (_nothing, lambda w: w.write(w.user, "#" * (1 << 20) + "\n")),
    "user: too large, mended": (lambda w: w.write(w.user, "#" * (2 << 20)), lambda w: w.write(w.user, allow("cp"))),
    "user: broken, the last good one is lost": (_broken, lambda w: shutil.rmtree(w.state / "last-good")),
    "include: edited": (_included, lambda w: w.write(w.user.with_name("more.toml"), allow("frob"))),
    "include: same size, same time": (
        _included,
        _same_size(lambda w: w.user.with_name("more.toml"), allow("frob")),
    ),
    "include: removed": (_included, lambda w: w.user.with_name("more.toml").unlink()),
    "include: unreadable": (
        _included,
        _steps(lambda w: w.user.with_name("more.toml").unlink(), lambda w: _fifo(w, "more.toml")),
    ),
    "include: another one named": (
        _included,
        _steps(
            lambda w: w.write(w.user.with_name("b.toml"), allow("cp")),
            lambda w: w.write(w.user, '[includes]\nfiles = ["b.toml"]\n'),
        ),
    ),
    "include: missing, made": (
        lambda w: w.write(w.user, '[includes]\nfiles = ["more.toml"]\n'),
        lambda w: w.write(w.user.with_name("more.toml"), allow("frob")),
    ),
    "include: a second name of one leads elsewhere": (
        _included,
        _steps(
            lambda w: w.write(w.user.with_name("b.toml"), allow("cp")),
            lambda w: w.link(w.user.with_name("way.toml"), "b.toml"),
        ),
    ),
    "include: a cycle through a link is mended": (
        _include_cycle,
        lambda w: w.replace(w.user.with_name("back.toml"), allow("cp")),
    ),
    "include: a link to no policy is mended": (
        _steps(
            lambda w: w.write(w.user, '[includes]\nfiles = ["x.toml"]\n'),
            lambda w: w.link(w.user.with_name("x.toml"), "x.txt"),
        ),
        _steps(
            lambda w: w.write(w.user.with_name("y.toml"), allow("cp")),
            lambda w: w.link(w.user.with_name("x.toml"), "y.toml"),
        ),
    ),
    "project: made": (_nothing, _untrusted),
    "project: made in the cwd": (_nothing, lambda w: w.write(w.cwd / ".callgate.toml", deny("ls"))),
    "project: the older name": (
        _nothing,
        lambda w: w.write(w.project / "claude-code-permissions-hook.toml", deny("ls")),
    ),
    "project: above": (
        _nothing,
        lambda w: w.write(w.project / ".config/claude-code-permissions-hook.toml", deny("ls")),
    ),
    "project: removed": (_untrusted, lambda w: w.rules.unlink()),
    "project: broken": (_untrusted, lambda w: w.write(w.rules, BROKEN)),
    "project: trust given": (lambda w: w.write(w.rules, allow("make")), lambda w: w.give_trust()),
    "project: trust withdrawn": (_trusted, lambda w: w.take_trust()),
    "project: trust store writable by others": (_trusted, lambda w: w.trust.chmod(0o666)),
    "project: trust store broken": (_trusted, lambda w: w.write(w.trust, "{")),
    "project: trust store gone": (_trusted, lambda w: w.trust.unlink()),
    "project: trust store a link": (
        _trusted,
        _steps(
            lambda w: w.write(w.root / "other/trust.json", "{}"), lambda w: w.link(w.trust, w.root / "other/trust.json")
        ),
    ),
    "project: edited under trust": (_trusted, lambda w: w.write(w.rules, allow("make", "frob"))),
    "project: edited under trust, same size": (_trusted, _same_size(lambda w: w.rules, allow("frob"))),
    "project: the trusted file becomes a link": (
        _trusted,
        _steps(
            lambda w: w.write(w.root / "other/policy.toml", allow("make")),
            lambda w: w.link(w.rules, w.root / "other/policy.toml"),
        ),
    ),
    "project: reached by another way": (
        _trusted,
        _move(lambda w: w.home / "work", lambda w: w.home / "work2"),
    ),
    "project: everything above moves": (
        _named_project,
        _move(lambda w: w.home, lambda w: w.root / "moved"),
    ),
    "project: a marker above": (_nothing, lambda w: (w.project / ".git").mkdir()),
    "project: a marker above, with a log": (_nothing, _project_log),
    "project: the marker goes": (
        _steps(lambda w: (w.project / ".git").mkdir(), _untrusted),
        _steps(lambda w: (w.project / ".git").rmdir(), lambda w: w.rules.unlink()),
    ),
    "project: its directory is replaced": (
        _named_project,
        _steps(lambda w: w.project.rename(w.root / "away"), lambda w: w.cwd.mkdir(parents=True)),
    ),
    "project: the cwd goes": (_untrusted, lambda w: shutil.rmtree(w.cwd)),
    "managed: made": (_nothing, lambda w: w.write(w.managed, deny("ls"))),
    "managed: edited": (lambda w: w.write(w.managed, deny("ls")), lambda w: w.write(w.managed, deny("cp", "make"))),
    "managed: same size": (
        lambda w: w.write(w.managed, deny("ls")),
        _same_size(lambda w: w.managed, deny("cp")),
    ),
    "managed: removed": (lambda w: w.write(w.managed, deny("ls")), lambda w: w.managed.unlink()),
    "managed: broken": (lambda w: w.write(w.managed, deny("ls")), lambda w: w.write(w.managed, BROKEN)),
    "managed: a loop of links": (_nothing, lambda w: w.link(w.managed, w.managed)),
    "config: edited": (_alone, lambda w: w.write(w.root / "alone.toml", allow("frob", "cp"))),
    "config: same size": (_alone, _same_size(lambda w: w.root / "alone.toml", allow("frob"))),
    "config: removed": (_alone, lambda w: (w.root / "alone.toml").unlink()),
    "variable: edited": (_by_variable, lambda w: w.write(w.root / "alone.toml", allow("frob", "cp"))),
    "variable: same size": (_by_variable, _same_size(lambda w: w.root / "alone.toml", allow("frob"))),
    "variable: set": (_nothing, _by_variable),
    "settings: move the gate": (lambda w: w.environ.update(HOME=str(w.root / "evil")), _settings),
    "settings: named by the project": (_named_project, _settings),
    "home: another": (_nothing, _another_home),
    "home: moved": (_nothing, _move(lambda w: w.home, lambda w: w.root / "moved")),
    "home: its policy's directory moved": (
        _nothing,
        _move(lambda w: w.home / ".config", lambda w: w.home / "config2"),
    ),
    "switch: off": (_nothing, lambda w: switch.turn_off(f"{w.state}/off", switch.FOREVER)),
    "switch: on": (
        lambda w: switch.turn_off(f"{w.state}/off", switch.FOREVER),
        lambda w: switch.turn_on(f"{w.state}/off"),
    ),
    "switch: malformed": (_nothing, lambda w: w.write(w.state / "off", "whatever")),
    "guarded: a file is a link elsewhere": (
        _nothing,
        _steps(
            lambda w: w.write(w.root / "other/trust.json", "{}"), lambda w: w.link(w.trust, w.root / "other/trust.json")
        ),
    ),
    "guarded: settings are a link elsewhere": (
        _nothing,
        _steps(
            lambda w: (w.home / ".claude").mkdir(),
            lambda w: (w.home / ".claude/settings.json").symlink_to(w.root / "other/policy.toml"),
        ),
    ),
    "guarded: their directory is a link elsewhere": (
        lambda w: (w.home / ".claude").mkdir(),
        lambda w: w.link(w.home / ".claude", w.root / "other"),
    ),
}


def _fifo(world: FreshWorld, name: str) -> None:
    os.mkfifo(world.user.with_name(name))


def _coarse(monkeypatch: pytest.MonkeyPatch, granularity: int) -> None:
    """Have files keep times in steps of *granularity* ns, as old file systems do."""
    whole = fresh._with_times  # noqa: SLF001 - where the file system's answer comes in

    def rounded(state: os.stat_result) -> fresh.State:
        *first, modified, changed = whole(state)
        return (*first, modified // granularity * granularity, changed // granularity * granularity)

    monkeypatch.setattr(fresh, "_with_times", rounded)


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_in_force_for_the_next_call(name: str, world: FreshWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is done to a source, at once the next call is judged as by a new process, and so is the one after.

    Also where a file keeps its times in steps of two seconds.
    """
    _coarse(monkeypatch, 2_000_000_000)
    before, change = CHANGES[name]
    before(world)
    world.warm()
    world.call()
    change(world)
    assert world.warm() == world.cold()
    assert world.warm() == world.cold()


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_in_force_a_day_later(name: str, world: FreshWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next call is judged as by a new process when the files have rested for long, too."""
    before, change = CHANGES[name]
    before(world)
    world.warm()
    later = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: later() + 86_400)
    assert world.warm() == world.cold()
    loads = world.loads()
    assert world.warm() == world.cold()
    assert world.loads() == loads, "what has not changed is not read again"
    change(world)
    assert world.warm() == world.cold()


@pytest.mark.parametrize("shift", [-86_400.0, 86_400.0])
def test_a_clock_that_was_set_hides_no_change(shift: float, world: FreshWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock set back or forward after the policy was read leaves an edit within one tick of a file's time visible."""
    _coarse(monkeypatch, 10**18)
    assert world.warm() == world.cold()
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + shift)
    world.write(world.user, allow("cp"))
    assert world.warm() == world.cold()


def test_a_rule_that_expires_ends_at_its_moment(world: FreshWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """`expires` passes while nobody touches a file, and comes back where the clock is set back."""
    world.write(world.user, '[[allow]]\nid = "ls"\ncommand = "ls *"\nexpires = 2030-01-01T00:00:00Z\n')
    moment = 1_893_456_000.0
    for at in (moment - 5, moment - 0.01, moment, moment + 5, moment - 5):
        monkeypatch.setattr(time, "time", lambda at=at: at)
        assert world.warm() == world.cold()
        decision = world.warm()[0][0].decision  # type: ignore[attr-defined]  # the verdict on `ls`
        assert (decision == "allow") == (at < moment)


def test_a_switch_that_ends_does_so_at_its_moment(world: FreshWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """`callgate off 10m` needs nobody to switch it on again."""
    switch.turn_off(f"{world.state}/off", 1_900_000_000.0)
    for at in (1_899_999_999.0, 1_900_000_001.0):
        monkeypatch.setattr(time, "time", lambda at=at: at)
        assert world.warm() == world.cold()


def test_a_file_that_changes_while_it_is_read_is_read_again(world: FreshWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """A load that is held up for long (a suspended machine) does not take a later file for the one that it read."""
    _included(world)
    monotonic, clock = time.monotonic, time.time

    def later() -> None:
        monkeypatch.setattr(time, "monotonic", lambda: monotonic() + 86_400)
        monkeypatch.setattr(time, "time", lambda: clock() + 86_400)

    opening = WarmGateLoads(world, later)
    monkeypatch.setattr("callgate.gate.load", opening)
    assert world.warm() != []
    assert world.warm() == world.cold()
    assert opening.done


class WarmGateLoads:
    """The loader, behind which an include is edited, long before anybody looks at it."""

    def __init__(self, world: FreshWorld, later: Callable[[], None]) -> None:
        from callgate.policy.loader import load

        self._load = load
        self._world = world
        self._later = later
        self.done = False

    def __call__(self, *arguments: object, **named: object) -> object:
        """Load; the first time, edit, and give the edited file an age."""
        found = self._load(*arguments, **named)  # type: ignore[arg-type]  # handed on as they come
        if not self.done:
            self.done = True
            file = self._world.user.with_name("more.toml")
            self._world.write(file, allow("frob"))
            self._later()
        return found


def test_a_broken_change_is_said_everywhere_and_a_mended_one_holds_at_once(world: FreshWorld) -> None:
    """The last good rules stay in force with the guardrails; each reason and the status name the fault."""
    world.call()
    good = world.status()["revision"]
    world.write(world.user, allow("ls") + BROKEN)
    shown = world.warm()
    verdicts = [one[0] for one in shown[:-1]]
    decisions = [one.decision for one in verdicts]  # type: ignore[attr-defined]  # verdicts
    assert decisions[0] == "allow"
    assert decisions[4] == "deny"
    for one in verdicts:
        said = [one.reason, *one.notes]  # type: ignore[attr-defined]  # verdicts
        assert any("the policy is broken, the last good policy and guardrails are in force" in text for text in said)
    assert world.status()["fault"]
    assert world.status()["revision"] == good
    world.write(world.user, allow("ls", "make"))
    assert world.warm() == world.cold()
    assert not world.status()["fault"]


def test_a_policy_is_the_last_good_one_as_soon_as_it_has_decided(world: FreshWorld) -> None:
    """Nobody has to wait for the journal: a call is made, the policy breaks, and what the call was judged by holds."""
    world.gates.open(world.environ, world.directory, "").examine(world.probes()[0])
    world.write(world.user, BROKEN)
    assert world.warm()[0][0].decision == "allow"  # type: ignore[attr-defined]  # the verdict on `ls`
    assert world.warm() == world.cold()


def test_the_status_tells_of_a_change_that_no_call_has_met(world: FreshWorld) -> None:
    """Whoever breaks a policy and asks for the status hears of it."""
    world.call()
    world.write(world.user, BROKEN)
    assert world.status()["fault"]


def test_projects_do_not_share_what_they_know(world: FreshWorld, tmp_path: Path) -> None:
    """Many projects, files and homes through one set of gates, each judged by its own, also those that were dropped."""
    places: list[tuple[str, str, dict[str, str]]] = []
    for number in range(30):
        directory = tmp_path / f"p{number}"
        world.write(directory / ".callgate.toml", deny("ls") if number % 2 else deny("make"))
        places.append((str(directory), "", {"HOME": str(world.home)}))
        world.write(tmp_path / f"c{number}.toml", allow(f"tool{number}"))
        places.append((str(directory), str(tmp_path / f"c{number}.toml"), {"HOME": str(world.home)}))
    for world.directory, world.config, world.environ in itertools.chain(places, reversed(places)):
        assert world.warm() == world.cold()
    assert len(world.gates.describe()) <= 24
