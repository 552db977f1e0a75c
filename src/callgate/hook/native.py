"""The native client: compiled from `client.c` by `install`, proved by a self test, put where the registration names it.

Nobody has to have a compiler. Whatever is in the way is said in one line, and `install` takes the Python client.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import stat
import subprocess
import tempfile
from typing import Final, Iterator, Mapping

from callgate.atomic import read_regular, sync_folder, write_atomic
from callgate.daemon.protocol import MAX_BODY, MAX_HEAD, VARIABLES
from callgate.hook.selftest import fault_of

NAME: Final = "callgate-hook"
SOURCE: Final = os.path.join(os.path.dirname(os.path.abspath(__file__)), "client.c")

PLACES: Final = ("/usr/bin", "/usr/local/bin", "/opt/homebrew/bin")
"""Where compilers are looked for, before PATH."""
COMPILERS: Final = ("cc", "gcc", "clang")

FLAGS: Final = ("-std=c99", "-O2")
COMPILE_SECONDS: Final = 60
BUILD_SECONDS: Final = 5
"""For a binary to say what it was compiled for."""

MAX_USERS: Final = 1 << 20
"""Bytes of the list of settings files that name the binary."""

_USERS: Final = ".users"
_OTHERS: Final = stat.S_IWGRP | stat.S_IWOTH


def binary(state_dir: str) -> str:
    """Return where the native client belongs, given callgate's state directory."""
    return f"{state_dir}/bin/{NAME}"


def make(path: str, python: str, build: str, *, environ: Mapping[str, str]) -> str:
    """See to it that a native client that was compiled for *build* stands at *path*.

    It is compiled in a directory of its own beside *path*, where nobody else can write, has to pass the self test
    there, and is moved into place as a whole. What stands there already is left alone when it is the same.

    Args:
        path: as `binary` gives it.
        python: absolute path of the interpreter that has callgate; the self test uses it.
        build: what the client tells the daemon that it is, as `protocol.build_of` gives it.
        environ: `PATH` is looked at for a compiler, after the usual places. `CC` is not: a project can set it.

    Returns:
        Why there is none, one line; empty when it is there.
    """
    try:
        if state_of(path) == "" and build_of_binary(path) == stamp(build):
            return ""
        compiler = find_compiler(environ)
        if not compiler:
            return "no C compiler was found"
        folder = os.path.dirname(path)
        for one in (os.path.dirname(folder), folder):  # `makedirs` gives its mode to the last one only
            os.makedirs(one, mode=0o700, exist_ok=True)
        fault = _secure(folder)
        return fault or _make_in(folder, path, compiler, python, build)
    except (OSError, subprocess.SubprocessError) as error:
        return _one_line(f"the native client cannot be made: {error}")


def state_of(path: str) -> str:
    """Return why what stands at *path* must not be run, one line; empty when it may."""
    for place, kind in ((os.path.dirname(path), stat.S_ISDIR), (path, stat.S_ISREG)):
        try:
            info = os.lstat(place)
        except OSError as error:
            return f"{place}: {error.strerror or error}"
        if not kind(info.st_mode):
            return f"{place} is not a {'directory' if kind is stat.S_ISDIR else 'regular file'}"
        if info.st_uid != os.geteuid():
            return f"{place} belongs to another user (uid {info.st_uid})"
        if info.st_mode & _OTHERS:
            return f"{place} can be written by others"
    return "" if os.access(path, os.X_OK) else f"{path} is not executable"


def build_of_binary(path: str) -> str:
    """Return what the native client at *path* says that it was compiled for; empty when it says nothing."""
    try:
        done = subprocess.run(  # noqa: S603 - our own program, no shell
            [path, "--build"], env={}, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, timeout=BUILD_SECONDS,
            check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout[:8192].decode("utf-8", "surrogateescape") if done.returncode == 0 else ""


def stamp(build: str) -> str:
    """Return what a native client prints that was compiled for *build* from the source of this installation.

    Raises:
        OSError: the source is not part of the installation.
    """
    return f"{build}\n{_digest()}\n"


def note_user(path: str, settings: str) -> None:
    """Write down that the settings file *settings* names the native client at *path*, so that it is not removed.

    Raises:
        OSError: the list cannot be written.
    """
    known = users(path)
    if settings not in known:
        lines = "".join(json.dumps(one) + "\n" for one in (*known, settings))
        write_atomic(path + _USERS, lines.encode(), mode=0o600)


def users(path: str) -> list[str]:
    """Return the settings files that were written down to name the native client at *path*; they may not any more."""
    try:
        lines = read_regular(path + _USERS, MAX_USERS).splitlines()
        found = [json.loads(line) for line in lines]
    except (OSError, ValueError):
        return []
    return [one for one in found if isinstance(one, str)]


def remove(path: str) -> None:
    """Remove the native client at *path*, what was written down about it, and its directory when that is empty.

    Raises:
        OSError: it cannot be removed.
    """
    os.unlink(path)
    with contextlib.suppress(OSError):  # there is no list, or something else is in the directory
        os.unlink(path + _USERS)
    with contextlib.suppress(OSError):
        os.rmdir(os.path.dirname(path))


def find_compiler(environ: Mapping[str, str]) -> str:
    """Return the absolute path of a C compiler, or nothing.

    One that others could have put there, or that a relative entry of PATH leads to, is passed over.
    """
    entries = [one for one in environ.get("PATH", "").split(os.pathsep) if os.path.isabs(one)]
    for folder in dict.fromkeys((*PLACES, *entries)):
        for name in COMPILERS:
            path = os.path.join(folder, name)
            usable = os.access(path, os.X_OK) and _works(folder)
            if usable and not any(_foreign(one) for one in (folder, os.path.realpath(path))):
                return path
    return ""


def _foreign(path: str) -> bool:
    """Whether somebody else than this user and root could have written *path*."""
    info = os.stat(path)
    return info.st_uid not in (0, os.geteuid()) or bool(info.st_mode & stat.S_IWOTH)


def _works(folder: str) -> bool:
    """Whether the compilers in *folder* are real; on a bare macOS they only open a window that offers some."""
    if folder != "/usr/bin" or not os.path.exists("/usr/bin/xcode-select"):
        return True
    probe = ["/usr/bin/xcode-select", "-p"]
    done = subprocess.run(probe, env={}, capture_output=True, timeout=BUILD_SECONDS, check=False)  # noqa: S603 - fixed
    return done.returncode == 0


def _secure(folder: str) -> str:
    """Give the directory of the binary the mode 0700; return why it cannot be ours."""
    info = os.lstat(folder)
    if not stat.S_ISDIR(info.st_mode) or info.st_uid != os.geteuid():
        return f"{folder} is not a directory of this user"
    if stat.S_IMODE(info.st_mode) != 0o700:
        os.chmod(folder, 0o700)
    return ""


def _make_in(folder: str, path: str, compiler: str, python: str, build: str) -> str:
    scratch = tempfile.mkdtemp(prefix=f".{NAME}.", dir=folder)
    try:
        made = os.path.join(scratch, NAME)
        fault = compile_to(made, compiler, build)
        if not fault and build_of_binary(made) != stamp(build):
            fault = "it does not say what it was compiled for"
        fault = fault or fault_of([made], python, build, scratch)
        if fault:
            return _one_line(f"the native client that {compiler} made does not work: {fault}")
        os.chmod(made, 0o755)  # noqa: S103 - a program, in a directory that only its owner enters
        _sync(made)  # a registered program that a power cut left empty would let every call through
        os.replace(made, path)
        sync_folder(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return ""


def compile_to(made: str, compiler: str, build: str, *flags: str) -> str:
    """Compile the native client to *made*, linked statically where that works.

    Such a one starts faster, and nothing that the environment names (`LD_PRELOAD`) gets into it.

    Returns:
        What the compiler said last when it failed; empty when the file is there.
    """
    scratch = os.path.dirname(made)
    environ = {"PATH": f"{os.path.dirname(compiler)}:{os.defpath}", "LC_ALL": "C", "HOME": scratch, "TMPDIR": scratch}
    said = ""
    for linking in (["-static"], []):
        words = [compiler, *FLAGS, *linking, *flags, *_definitions(build), "-o", made, SOURCE]
        done = subprocess.run(  # noqa: S603 - a compiler that only this user or root can replace, no shell
            words, env=environ, cwd=scratch, stdin=subprocess.DEVNULL, capture_output=True, timeout=COMPILE_SECONDS,
            check=False,
        )  # fmt: skip
        if done.returncode == 0 and os.path.isfile(made):
            return ""
        said = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2] or f"exit code {done.returncode}"
    return said


def _definitions(build: str) -> Iterator[str]:
    yield f"-DBUILD={_literal(build)}"
    yield f"-DSOURCE={_literal(_digest())}"
    yield "-DVARIABLES=" + ",".join(f'{{"{name}","env={name}="}}' for name in VARIABLES)
    yield f"-DMAX_HEAD={MAX_HEAD}"
    yield f"-DMAX_BODY={MAX_BODY}"


def _literal(text: str) -> str:
    """Return *text* as a string of C; a path may hold anything."""
    return '"' + "".join(f"\\{byte:03o}" for byte in os.fsencode(text)) + '"'


def _digest() -> str:
    """Name the source and how it is compiled, so that a change of either makes a new binary."""
    with open(SOURCE, "rb") as stream:
        how = repr((FLAGS, VARIABLES, MAX_HEAD, MAX_BODY)).encode()
        return hashlib.sha256(stream.read() + how).hexdigest()[:16]


def _sync(path: str) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 300 else line[:299] + "…"
