"""`install --transport http`, and what `uninstall` takes back of it: the lane's port and token, and its daemon."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Mapping

from callgate.cli.errors import UsageError
from callgate.cli.installing import Scope

if TYPE_CHECKING:
    from callgate.agents.transports import Launch
    from callgate.cli.transporting import Chosen, Setting
    from callgate.host import Places

ANSWER_SECONDS = 5.0
"""For the lane, once its daemon runs."""

TRADE = "Claude Code runs unguarded, without a word, whenever the daemon does not answer; see docs/daemon.md"


def choose_http(scope: Scope, setting: Setting) -> Chosen:
    """Return the form of the HTTP lane; its port and its token are made, if they are not there.

    Raises:
        UsageError: it cannot be in this scope or on this machine.
    """
    from callgate.agents.transports import Launch  # noqa: PLC0415 - heavy imports stay inside (cheap --help)
    from callgate.cli.daemons import files_of  # noqa: PLC0415 - as above
    from callgate.cli.transporting import Chosen  # noqa: PLC0415 - as above
    from callgate.daemon.http_files import LaneError, free_port, make_lane, read_lane  # noqa: PLC0415 - as above
    from callgate.daemon.runtime import prepare  # noqa: PLC0415 - as above

    if scope is Scope.project:
        what = "`--transport http` does not go into a project's settings: port and token are this machine's, not Git's"
        raise UsageError(what, help="use `--scope user`, or `--scope local` for this checkout only")
    files = files_of("", setting.environ)
    fault = "" if setting.dry_run else prepare(files)
    if fault:
        raise UsageError(f"no daemon can run here: {fault}", help="choose another `--transport`")
    where = places_of(setting.environ)
    try:
        if setting.dry_run:
            lane = read_lane(where)
            port = lane.port if lane is not None else free_port()
        else:
            port = make_lane(where, files.socket).port
    except LaneError as error:
        raise UsageError(str(error), help="mend it, or choose another `--transport`") from error
    return Chosen(Launch("http", setting.python, "", files.socket, port), f"127.0.0.1:{port}")


def note_lane(launch: Launch, settings: str) -> None:
    """Write down that the settings file *settings* is about to use the lane, when *launch* does.

    Raises:
        UsageError: it cannot be written down.
    """
    from callgate.daemon.http_files import LaneError, make_lane  # noqa: PLC0415 - as above

    if launch.transport != "http":
        return
    try:
        make_lane(places_of(os.environ), launch.socket, settings)
    except LaneError as error:
        raise UsageError(str(error), help="mend it, and run the command again") from error


def remove_lane(settings: str) -> str:
    """Take the settings file *settings* off the lane; return what was done, for people, or nothing.

    Raises:
        UsageError: the lane's files cannot be changed.
    """
    from callgate.daemon.http_files import LaneError, lane_file, leave_lane  # noqa: PLC0415 - as above

    where = places_of(os.environ)
    if not os.path.lexists(lane_file(where)):
        return ""
    try:
        off = leave_lane(where, settings)
    except LaneError as error:
        raise UsageError(str(error), help="remove the file by hand") from error
    if not off:
        return ""
    return "off; its daemon answers sessions that are open until nobody has called for a while"


def arm(launch: Launch, settings: str) -> None:
    """Have a daemon serve the lane now, prove that it does, and say what the host's environment still lacks.

    Args:
        launch: what *settings* has now. Of another transport than HTTP, it is taken off the lane.
        settings: the file.

    Raises:
        UsageError: the lane's files cannot be changed.
    """
    if launch.transport != "http":
        remove_lane(settings)
        return
    from callgate.agents.claude_code_http import TOKEN_VARIABLE  # noqa: PLC0415 - as above
    from callgate.cli.output import console, say  # noqa: PLC0415 - as above
    from callgate.daemon.http_files import read_lane, token_file  # noqa: PLC0415 - as above

    out = console()
    fault = _serve(launch)
    if fault:
        say(out, ("  lane:   NOT served", "bold red"), f": {fault}; every call goes unjudged until it is")
    else:
        say(out, f"  lane:   the daemon serves 127.0.0.1:{launch.port}")
    where = places_of(os.environ)
    lane = read_lane(where)
    if lane is not None and os.environ.get(TOKEN_VARIABLE) != lane.token:
        file, line = profile_line(os.environ, token_file(where))
        say(out, ("  to do:  ", "bold yellow"), f"add this line to {file}, and open a new terminal:")
        say(out, f"            {line}")
        say(out, "          until then each call is asked about")
    say(out, ("  note:   ", "yellow"), TRADE)


def _serve(launch: Launch) -> str:
    """Why the lane is not served; empty when it is."""
    from callgate.cli import daemons  # noqa: PLC0415 - as above
    from callgate.daemon.asking import NoDaemonError  # noqa: PLC0415 - as above
    from callgate.daemon.http_files import LaneError, read_lane  # noqa: PLC0415 - as above
    from callgate.daemon.http_proof import fault_of, wait_for  # noqa: PLC0415 - as above
    from callgate.daemon.runtime import runtime_at  # noqa: PLC0415 - as above
    from callgate.daemon.starting import IDLE_SECONDS  # noqa: PLC0415 - as above

    files = runtime_at(launch.socket)
    try:
        lane = read_lane(places_of(os.environ))
        if lane is None:
            return "its files are gone"
        if daemons.running(files) and fault_of(lane):
            daemons.stop(files)  # it runs since before the lane was there
        daemons.start(files, IDLE_SECONDS, os.environ)
    except (NoDaemonError, LaneError, OSError) as error:
        return str(error)
    return wait_for(lane, seconds=ANSWER_SECONDS)


def profile_line(environ: Mapping[str, str], token: str) -> tuple[str, str]:
    """Return the file that the user's shell reads when it starts, and the line that hands the token to the host.

    The token itself stands in no settings file and no profile: both are read by others, and committed.
    """
    import shlex  # noqa: PLC0415 - as above

    from callgate.agents.claude_code_http import TOKEN_VARIABLE  # noqa: PLC0415 - as above

    shell = os.path.basename(environ.get("SHELL", ""))
    path = shlex.quote(token)
    if shell == "fish":
        return "~/.config/fish/config.fish", f"set -gx {TOKEN_VARIABLE} (cat {path})"
    file = {"zsh": "~/.zshenv", "bash": "~/.bashrc"}.get(shell, "~/.profile")
    return file, f'export {TOKEN_VARIABLE}="$(cat {path})"'


def places_of(environ: Mapping[str, str]) -> Places:
    """Return the user's places, whatever a checkout's settings say."""
    from callgate.environ import trusted_environ  # noqa: PLC0415 - as above
    from callgate.host import places  # noqa: PLC0415 - as above

    return places(trusted_environ(environ, os.getcwd()))
