"""`callgate uninstall`: take the registration out again."""

from __future__ import annotations

import os

from callgate.cli.errors import EXIT_OK
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
    timestamp,
)


def uninstall(
    agent: AgentArgument = "",
    scope: ScopeOption = Scope.user,
    dry_run: DryRunOption = False,
    service: ServiceOption = False,
) -> int:
    """Remove callgate's registration from an agent's settings.

    Takes out exactly what `install` put in, the skill too; the rest of the file stays byte for byte, and a backup is
    kept beside it. The native client goes when no registration is left that starts it, port and token of the HTTP lane
    when none calls it, and the service of the daemon with the last of all, or with --service. Policy files and logs
    stay where they are. Running it twice changes nothing.

      callgate uninstall claude-code
      callgate uninstall claude-code --scope project
      callgate uninstall --service

    Raises:
        UsageError: unknown agent, or the audit log cannot be written.
        InputError: the settings file is not plain JSON, or cannot be written; the service is somebody else's.
    """
    last = False
    if agent or not service:
        check_agent(agent)
        last = _unregister(agent, scope, dry_run=dry_run)
    if service or last:
        _remove_service(dry_run=dry_run, asked=service)
    return EXIT_OK


def _unregister(agent: str, scope: Scope, *, dry_run: bool) -> bool:
    """Take the registration and the skill out; return whether no registration is left.

    Raises:
        UsageError: the audit log cannot be written.
        InputError: the settings file is not plain JSON, or cannot be written.
    """
    import time  # noqa: PLC0415 - heavy imports stay inside (cheap --help)

    from callgate.agents import json_text, registration, settings_file  # noqa: PLC0415 - as above
    from callgate.cli import auditing  # noqa: PLC0415 - as above
    from callgate.cli.output import console, say  # noqa: PLC0415 - as above

    cwd, home = os.getcwd(), home_of(os.environ)
    out = console()
    settings = settings_file.read(settings_file.settings_path(scope.value, os.environ, home, cwd))
    texts = registration.unregister(settings)
    if texts:
        kept = settings_file.backups(settings)
        # A text that a backup knows is what was there before us; otherwise every container left empty was ours.
        known = next((text for text in texts if text in kept), None)
        text = texts[-1] if known is None else known
        emptied = known is None and not json_text.parse(text).items and not os.path.islink(settings.path)
        stamp = timestamp(time.time())
        if dry_run:
            say(out, difference(settings.text, "" if emptied else text, settings.path))
            say(out, "nothing was written (--dry-run)")
        else:
            inside = "" if scope is Scope.user else cwd
            told = f"Removed the registration of callgate with {agent} from {settings.path}"
            with auditing.loosening("uninstall", settings.path, [told]):
                note_written(settings, None if emptied else text, "uninstall")
                if emptied:
                    backup = settings_file.delete(settings, stamp=stamp, inside=inside)
                else:
                    backup = settings_file.save(settings, text, stamp=stamp, private=scope is Scope.user, inside=inside)
            say(out, ("removed", "green"), f" from {settings.path}", " (the file held nothing else)" if emptied else "")
            say(out, f"  backup: {backup}")
    else:
        if not dry_run:  # the person's will all the same, where the registration was taken out by hand
            note_written(settings, settings.text if settings.exists else None, "uninstall")
        say(out, f"not installed in {settings.path}")
    _remove_skill(settings.path, dry_run=dry_run)
    _remove_client(home, cwd, dry_run=dry_run)
    _remove_lane(settings.target, dry_run=dry_run)
    remaining = _remaining(scope, home, cwd)
    for line in remaining:
        say(out, ("  still registered: ", "yellow"), line)
    if not remaining and not dry_run:
        say(out, "  no registration is left: Claude Code decides on its own, in open sessions too")
    return not remaining


def _remove_service(*, dry_run: bool, asked: bool) -> None:
    """Take the daemon's service out, if there is one.

    Raises:
        UsageError: the audit log cannot be written.
        InputError: it was *asked* for, and is somebody else's, or cannot be deleted.
    """
    from callgate.cli import services  # noqa: PLC0415 - heavy imports stay inside
    from callgate.cli.output import console, say  # noqa: PLC0415 - as above

    if not services.remove(dry_run=dry_run, asked=asked) and asked:
        say(console(), "no service is installed")


def _remove_skill(settings: str, *, dry_run: bool) -> None:
    """Remove the skill beside the settings, if `install --skill` wrote one there.

    Raises:
        InputError: it cannot be read or removed.
    """
    from callgate.agents import skill_file  # noqa: PLC0415 - heavy imports stay inside
    from callgate.cli.output import console, say  # noqa: PLC0415 - as above

    path = skill_file.skill_path(settings)
    if skill_file.state_of(path) in ("same", "older") and (dry_run or skill_file.take(path)):
        say(console(), f"  skill:  {path} {'would be removed' if dry_run else 'removed'}")


def _remove_client(home: str, cwd: str, *, dry_run: bool) -> None:
    """Remove the native client when no registration is left that starts it.

    Raises:
        InputError: it cannot be removed.
    """
    from callgate.agents import settings_file  # noqa: PLC0415 - heavy imports stay inside
    from callgate.cli.output import console, say  # noqa: PLC0415 - as above
    from callgate.cli.transporting import binary_of, remove_unused  # noqa: PLC0415 - as above

    if dry_run:
        return
    standing = [settings_file.settings_path(scope.value, os.environ, home, cwd) for scope in Scope]
    done = remove_unused(binary_of(os.environ), standing)
    if done:
        say(console(), f"  client: {done}")


def _remove_lane(settings: str, *, dry_run: bool) -> None:
    """Switch the HTTP lane off when no settings file uses it any more.

    Raises:
        UsageError: its files cannot be changed.
    """
    from callgate.cli.http_installing import remove_lane  # noqa: PLC0415 - heavy imports stay inside
    from callgate.cli.output import console, say  # noqa: PLC0415 - as above

    done = "" if dry_run else remove_lane(settings)
    if done:
        say(console(), f"  lane:   {done}")


def _remaining(done: Scope, home: str, cwd: str) -> list[str]:
    """The other scopes that still hold a registration of ours, with the command that removes it."""
    from callgate.agents import registration, settings_file  # noqa: PLC0415 - heavy imports stay inside
    from callgate.core.errors import InputError  # noqa: PLC0415 - as above

    lines = []
    seen = {os.path.realpath(settings_file.settings_path(done.value, os.environ, home, cwd))}
    for scope in Scope:
        path = settings_file.settings_path(scope.value, os.environ, home, cwd)
        if os.path.realpath(path) in seen:
            continue
        seen.add(os.path.realpath(path))
        try:
            settings = settings_file.read(path)
            mine = registration.ours(settings.root, path, settings.text)
        except InputError as error:
            lines.append(f"{path} (unreadable: {error})")
            continue
        if mine:
            lines.append(f"{path} (`callgate uninstall claude-code --scope {scope.value}`)")
    return lines
