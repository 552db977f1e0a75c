"""Which form `install` registers: a client of the daemon where that works here, else the hook by itself."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Iterable, Mapping, NamedTuple

import typer

from callgate.cli.installing import Scope

if TYPE_CHECKING:
    from callgate.agents.transports import Launch
    from callgate.daemon.runtime import Runtime


class Choice(StrEnum):
    """The transports, by the word on the command line."""

    auto = "auto"
    native = "native"
    python = "python"
    in_process = "in-process"
    http = "http"


TransportOption = Annotated[
    Choice,
    typer.Option(
        help="How a call reaches the gate. native: a small compiled program asks the daemon; python: a small script "
        "does; in-process: each call starts a gate of its own. auto: native where that can be compiled, else python; "
        "in-process for --scope project. http: Claude Code calls the daemon itself, and runs unguarded without it."
    ),
]


class Chosen(NamedTuple):
    """A form, and why it is not a faster one."""

    launch: Launch
    why: str = ""

    @property
    def title(self) -> str:
        """For people."""
        from callgate.agents.transports import TITLES  # noqa: PLC0415 - heavy imports stay inside (cheap --help)

        title = TITLES[self.launch.transport]
        return f"{title} ({self.why})" if self.why else title


class Setting(NamedTuple):
    """What the choice depends on."""

    python: str
    """Absolute path of the interpreter that has callgate."""
    package: str
    """The directory of callgate as that interpreter finds it."""
    environ: Mapping[str, str]
    dry_run: bool = False
    """Make nothing, and take for made what could be."""


def choose(wish: Choice, scope: Scope, setting: Setting) -> Chosen:
    """Return the form to register; the native client is made where it is wanted and can be.

    A project's settings are shared, so they get nothing of this machine but its Python, unless the user says so.

    Raises:
        UsageError: the HTTP lane is wanted where it cannot be.
    """
    from callgate.agents.transports import SCRIPT, Launch  # noqa: PLC0415 - heavy imports stay inside (cheap --help)
    from callgate.cli.daemons import files_of  # noqa: PLC0415 - as above

    if wish is Choice.http:
        from callgate.cli.http_installing import choose_http  # noqa: PLC0415 - as above

        return choose_http(scope, setting)
    alone = Launch("in-process", setting.python)
    if wish is Choice.in_process:
        return Chosen(alone)
    if wish is Choice.auto and scope is Scope.project:
        return Chosen(alone, "these settings are shared, so they name no daemon of this machine")
    files = files_of("", setting.environ)
    fault = _no_place(files, dry_run=setting.dry_run)
    if fault:
        return Chosen(alone, f"no daemon can run here: {fault}")
    why = ""
    if wish is not Choice.python:
        path, why = _native(setting)
        if not why:
            return Chosen(Launch("native", setting.python, path, files.socket))
    script = Launch("python", setting.python, setting.package + SCRIPT, files.socket)
    fault = "" if setting.dry_run else _script_fault(script, setting)
    return Chosen(alone, f"the Python client does not work: {fault}") if fault else Chosen(script, why)


def _no_place(files: Runtime, *, dry_run: bool) -> str:
    """Why no socket can be where *files* has it; empty when one can."""
    from callgate.daemon.runtime import MAX_SOCKET_PATH, prepare  # noqa: PLC0415 - as above

    if not dry_run:
        return prepare(files)
    return "the path of the socket is too long" if len(os.fsencode(files.socket)) > MAX_SOCKET_PATH else ""


def _native(setting: Setting) -> tuple[str, str]:
    """Where the native client is, and why there is none."""
    from callgate.daemon.protocol import build_of  # noqa: PLC0415 - as above
    from callgate.hook import native  # noqa: PLC0415 - as above

    path = binary_of(setting.environ)
    if not setting.dry_run:
        return path, native.make(path, setting.python, build_of(setting.package), environ=setting.environ)
    there = not native.state_of(path) or native.find_compiler(setting.environ)
    return path, "" if there else "no C compiler was found"


def _script_fault(script: Launch, setting: Setting) -> str:
    """Why the Python client does not work here; empty when it does."""
    import tempfile  # noqa: PLC0415 - as above

    from callgate.daemon.protocol import build_of  # noqa: PLC0415 - as above
    from callgate.hook.selftest import fault_of  # noqa: PLC0415 - as above

    try:
        with tempfile.TemporaryDirectory(prefix="callgate-") as scratch:
            return fault_of(list(script.own), setting.python, build_of(setting.package), scratch)
    except OSError as error:
        return str(error)


def binary_of(environ: Mapping[str, str]) -> str:
    """Return where the native client of this user belongs, whether it is there or not."""
    from callgate.environ import trusted_environ  # noqa: PLC0415 - as above
    from callgate.hook.native import binary  # noqa: PLC0415 - as above
    from callgate.host import places  # noqa: PLC0415 - as above

    return binary(places(trusted_environ(environ, os.getcwd())).state_dir)


def note_use(launch: Launch, settings: str) -> None:
    """Write down that the settings file *settings* names the native client, when *launch* is one.

    Raises:
        InputError: it cannot be written down; the client might be removed while it is in use.
    """
    from callgate.core.errors import InputError  # noqa: PLC0415 - as above
    from callgate.hook import native  # noqa: PLC0415 - as above

    if launch.transport != "native":
        return
    try:
        native.note_user(launch.client, settings)
    except OSError as error:
        raise InputError(f"cannot write beside `{launch.client}`: {error.strerror or error}") from error


def remove_unused(binary: str, standing: Iterable[str]) -> str:
    """Remove the native client at *binary* when no settings file names it any more.

    Args:
        binary: its path.
        standing: settings files to look at, besides those that `install` noted down.

    Returns:
        What was done, or why not, for people; empty when there is none.
    """
    from callgate.core.errors import InputError  # noqa: PLC0415 - as above
    from callgate.hook import native  # noqa: PLC0415 - as above

    if not os.path.lexists(binary):
        return ""
    users = dict.fromkeys((*standing, *native.users(binary)))
    using = next((path for path in users if _names(path, binary)), None)
    if using is not None:
        return f"{binary} stays: {using} uses it"
    try:
        native.remove(binary)
    except OSError as error:
        raise InputError(f"cannot remove `{binary}`: {error.strerror or error}") from error
    return f"{binary} removed"


def _names(path: str, binary: str) -> bool:
    """Whether a registration in the settings file *path* starts the native client *binary*, as far as can be told."""
    from callgate.agents import registration, settings_file  # noqa: PLC0415 - as above
    from callgate.core.errors import InputError  # noqa: PLC0415 - as above

    try:
        settings = settings_file.read(path)
        mine = registration.ours(settings.root)
    except InputError:
        return os.path.lexists(path)
    return any((form := one.form) is not None and form.client == binary for one in mine)
