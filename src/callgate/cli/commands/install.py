"""`callgate install`: register the hook with an agent."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from callgate.cli.errors import EXIT_OK, UsageError
from callgate.cli.installing import (
    AgentArgument,
    DryRunOption,
    Scope,
    ScopeOption,
    ServiceOption,
    check_agent,
    difference,
    home_of,
    note_written,
    outside_root,
    timestamp,
)
from callgate.cli.transporting import Choice, Chosen, Setting, TransportOption, choose, note_use

if TYPE_CHECKING:
    from callgate.agents.settings_file import Settings

PROBE = """import os, callgate.cli.main
os.write(1, os.fsencode(os.path.dirname(os.path.abspath(callgate.__file__))))"""

PROBE_SECONDS = 20
"""How long the interpreter may take to show that it can import callgate."""


def install(
    agent: AgentArgument = "",
    scope: ScopeOption = Scope.user,
    dry_run: DryRunOption = False,
    transport: TransportOption = Choice.auto,
    skill: Annotated[
        bool, typer.Option("--skill", help="Also write the skill that tells the agent how to use callgate.")
    ] = False,
    service: ServiceOption = False,
) -> int:
    """Register callgate with an agent, so that it decides every tool call.

    Merges one PreToolUse hook into the agent's settings, three that only listen, so that the journal learns which
    calls ran after all (PostToolUse, PostToolUseFailure, PermissionRequest), and three for the session itself
    (SessionStart, SessionEnd, ConfigChange). Nothing else in the file is touched, other hooks keep their order, an
    older registration of callgate is replaced, and a backup is kept beside the file. Running it twice changes nothing.

      callgate install claude-code
      callgate install claude-code --scope local
      callgate install claude-code --dry-run
      callgate install claude-code --transport in-process
      callgate install claude-code --skill
      callgate install --service

    Calls go to a daemon, which the first of them starts, by way of a small client; without an answer from it within
    250 ms a call is decided in its own process, as with `--transport in-process`.

    With --skill, `skills/callgate/SKILL.md` is written beside these settings: how to ask why a call was denied, and how
    to change the policy where that is switched on.

    With --service, the daemon that answers hooks runs as a service of yours, from now on and after every login: a
    systemd user unit, a launchd agent on macOS. Without it, the first hook starts the daemon; both answer the same.

    Afterwards `callgate doctor` proves that the hook is armed. Sessions that are open take it up within seconds with
    current releases of Claude Code, else with a restart.

    Raises:
        UsageError: unknown agent, or this interpreter cannot serve as a hook.
        InputError: the settings file is not plain JSON, or cannot be written.
    """
    from callgate.agents import settings_file  # noqa: PLC0415 - heavy imports stay inside (cheap --help)

    if agent or not service:
        check_agent(agent)
    cwd = os.getcwd()
    package = check_interpreter(sys.executable)
    if service:
        from callgate.cli import services  # noqa: PLC0415 - as above

        services.add(dry_run=dry_run)
        if not agent:
            return EXIT_OK
    setting = Setting(sys.executable, package, os.environ, dry_run)
    settings = settings_file.read(settings_file.settings_path(scope.value, os.environ, home_of(os.environ), cwd))
    _register(agent, scope, settings, cwd, choose(transport, scope, setting), dry_run=dry_run)
    if skill:
        _add_skill(settings.path, dry_run=dry_run)
    return EXIT_OK


def _register(agent: str, scope: Scope, settings: Settings, cwd: str, chosen: Chosen, *, dry_run: bool) -> None:
    """Put the registration into *settings*, or show what would change.

    Raises:
        InputError: they are not plain JSON, or cannot be written.
    """
    import time  # noqa: PLC0415 - as above

    from callgate.agents import registration, settings_file  # noqa: PLC0415 - as above
    from callgate.cli import auditing, http_installing  # noqa: PLC0415 - as above
    from callgate.cli.output import console, say  # noqa: PLC0415 - as above

    text = registration.register(settings, chosen.launch, keep_options=scope is Scope.user)
    out = console()
    if not dry_run:
        note_use(chosen.launch, settings.target)
        http_installing.note_lane(chosen.launch, settings.target)
    if settings.exists and text == settings.text:
        say(out, ("already installed", "green"), f" in {settings.path}")
        say(out, f"  transport: {chosen.title}")
        http_installing.arm(chosen.launch, settings.target)
        return
    if dry_run:
        say(out, difference(settings.text, text, settings.path))
        say(out, f"  transport: {chosen.title}")
        say(out, "nothing was written (--dry-run)")
        return
    inside = "" if scope is Scope.user else cwd
    note_written(settings, text, "install")
    backup = settings_file.save(
        settings, text, stamp=timestamp(time.time()), private=scope is Scope.user, inside=inside
    )
    auditing.tightened("install", settings.path, [f"Registered callgate with {agent} in {settings.path}"])
    say(out, ("installed", "green"), f" in {settings.path}")
    say(out, f"  transport: {chosen.title}")
    if backup:
        say(out, f"  backup: {backup}")
    for note in (*_notes(scope, settings, cwd), *_options(scope, settings)):
        say(out, ("  note: ", "yellow"), note)
    http_installing.arm(chosen.launch, settings.target)
    say(out, "  next:   callgate doctor   (then start a new Claude Code session)")


def _add_skill(settings: str, *, dry_run: bool) -> None:
    """Write the skill beside the settings, or say that it would be written.

    Raises:
        InputError: another skill has its name, or it cannot be written.
    """
    from callgate.agents import skill_file  # noqa: PLC0415 - as above
    from callgate.cli.output import console, say  # noqa: PLC0415 - as above

    path = skill_file.skill_path(settings)
    if skill_file.state_of(path) == "same":
        say(console(), f"  skill:  {path} (already there)")
        return
    if not dry_run:
        skill_file.put(path)
    say(console(), f"  skill:  {path}{' (would be written)' if dry_run else ''}")


def check_interpreter(python: str) -> str:
    """Make sure that *python* can import callgate in isolated mode, as the hook will have to.

    A hook that cannot start is worse than none: the host takes its failure as consent.

    Returns:
        The directory of the package as that interpreter finds it.

    Raises:
        UsageError: it cannot; says why and what to do.
    """
    import subprocess  # noqa: PLC0415 - heavy imports stay inside (cheap --help)

    advice = "install callgate into a virtual environment (or with pipx) and run `callgate install` from there"
    if not os.path.isabs(python):
        raise UsageError("the running Python does not know its own path", help=advice)
    probe = [python, "-I", "-c", PROBE]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter, no shell
            probe, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, timeout=PROBE_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"`{python}` cannot be started: {error}", help=advice) from error
    if done.returncode != 0:
        last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise UsageError(f"`{python} -I` cannot import callgate: {last}", help=advice)
    return os.fsdecode(done.stdout)


def _notes(scope: Scope, settings: Settings, cwd: str) -> list[str]:
    notes = []
    if scope is Scope.project:
        notes.append("the file names this machine's Python; where that path is missing, Claude Code runs unguarded")
    root = outside_root(scope, cwd)
    if root:
        notes.append(f"these settings count only for sessions started in {cwd}, not in {root}")
    if settings.target != os.path.abspath(settings.path):
        notes.append(f"written through the symbolic link to {settings.target}")
    return notes


def _options(scope: Scope, settings: Settings) -> list[str]:
    """What became of the options of an older registration."""
    from callgate.agents.registration import handlers, kept_options  # noqa: PLC0415 - heavy imports stay inside

    old = [kept_options(one) for one in handlers(settings.root) if one.ours]
    options = " ".join(next((one for one in old if one), ()))
    if not options:
        return []
    if scope is Scope.user:
        return [f"kept `{options}` of the older registration"]
    return [f"dropped `{options}` of the older registration: a checkout must not choose the policy"]
