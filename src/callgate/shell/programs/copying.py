"""cp, mv, ln, link and install: programs whose last operand may be a file or a directory."""

from __future__ import annotations

import re
from typing import Callable, NamedTuple

from callgate.core.model import DYNAMIC
from callgate.core.paths import join, normalise
from callgate.shell.command import Command
from callgate.shell.programs.spec import Args, Program, may_become_flag, options
from callgate.shell.words import Word

_PRIVILEGED = re.compile(r"0*[2-7][0-7]{3}|.*[+=][rwxXt]*s.*", re.DOTALL)
_BACKUPS = "-b --backup? -S,--suffix:names_backup_files "
_TARGETS = "-t,--target-directory: -T,--no-target-directory "


def note_mode(command: Command, word: Word, *, via: str) -> None:
    """Note that the mode *word* sets the setuid or setgid bit, or may."""
    if word.dynamic or _PRIVILEGED.fullmatch(word.value):
        command.add("system", "may set the setuid or setgid bit", via=via)


class _Places(NamedTuple):
    """Sources and destination of a copying command."""

    sources: list[Word]
    destination: Word
    inside: bool
    """The destination is certain to be a directory that the sources come to lie in."""


def _places(command: Command, args: Args) -> _Places | None:
    """Tell sources from destination; `None` when the command does nothing (too few operands)."""
    targets = args.values("-t")
    if targets:
        return _Places(args.operands, targets[-1], inside=True)
    if len(args.operands) == 1 and (args.operands[0].splits or args.operands[0].glob):
        # One expansion may stand for sources and destination together.
        return _Places(args.operands, args.operands[0], inside=False)
    if len(args.operands) < 2:
        return None
    *sources, destination = args.operands
    many = len(sources) > 1 or destination.value.rpartition("/")[2] in {".", ".."}
    return _Places(sources, destination, many or _exists(command, destination))


def _exists(command: Command, word: Word) -> bool:
    """Whether *word* is a directory that is certain to exist."""
    if word.dynamic or word.glob:
        return False
    paths = {normalise(join(cwd, word.value)) for cwd in command.cwds}
    return bool(paths) and paths <= {"/", command.home, *command.cwds}


def _inside(directory: Word, source: Word) -> Word:
    """Return the path that *source* gets inside of *directory*."""
    name = source.value.rstrip("/").rpartition("/")[2]
    # The contents of `.` and `..` are merged into the directory itself.
    name = "." if name == ".." else name
    value = DYNAMIC if source.dynamic or directory.dynamic else f"{directory.value.rstrip('/')}/{name}"
    return directory._replace(value=value, glob=directory.glob or source.glob)


def _arrive(command: Command, places: _Places, args: Args, *, recursive: bool) -> None:
    """Note what is written at the destination."""
    destination = places.destination
    merged = any(word.value.endswith("/") or word.dynamic or word.glob for word in places.sources)
    if not places.inside or args.has("-T", "--parents") or (recursive and merged):
        command.path("write", destination, recursive=recursive or args.has("--parents"))
    if not args.has("-T"):
        for source in places.sources:
            command.path("write", _inside(destination, source), recursive=recursive)
    if args.has("-b", "--backup"):
        command.opaque("backups of what is overwritten", via="--backup")


def _flags_possible(args: Args) -> bool:
    return any(may_become_flag(word) for word in args.operands)


def _cp(command: Command, args: Args) -> None:
    places = _places(command, args)
    if places is None:
        return
    recursive = args.has("-r", "-a") or _flags_possible(args)
    for source in places.sources:
        if args.has("-s", "-l"):
            _aliased(command, source, via="--link")
        else:
            command.path("read", source, recursive=recursive)
    _arrive(command, places, args, recursive=recursive)


def _mv(command: Command, args: Args) -> None:
    places = _places(command, args)
    if places is None:
        return
    for source in places.sources:
        # What is moved can be read under its new name, so a deny on reading it must hit.
        command.path("read", source, recursive=True)
        command.path("delete", source, recursive=True)
    _arrive(command, places, args, recursive=True)
    if args.has("--exchange"):
        for source in places.sources[:1]:
            command.path("write", source, recursive=True, via="--exchange")


def _aliased(command: Command, target: Word, via: str = "") -> None:
    """Note that whatever *target* holds can be read and written through a link from now on, in the same call too."""
    command.path("read", target, recursive=True)
    command.path("write", target, recursive=True, via=via)


def _ln(command: Command, args: Args) -> None:
    places = _places(command, args)
    if places is None:
        # `ln TARGET`: a link of the same name in the working directory.
        places = _Places(args.operands, Word(".", command.span), inside=True)
    link = places.destination
    for source in places.sources:
        seen = [source]
        if args.has("-s") and not source.dynamic and not source.value.startswith("/"):
            # A symbolic link counts from where it lies: beside the link, or in it when it is a directory.
            parent = link.value.rpartition("/")[0] or ("/" if link.value.startswith("/") else ".")
            for base in (parent, link.value):
                value = DYNAMIC if link.dynamic else f"{base}/{source.value}"
                seen.append(source._replace(value=value, glob=source.glob or link.glob))
        for word in seen:
            _aliased(command, word)
    _arrive(command, places, args, recursive=False)


def _link(command: Command, args: Args) -> None:
    for word in args.operands[:1]:
        _aliased(command, word)
    for word in [*(word for word in args.operands[:1] if word.splits or word.glob), *args.operands[1:]]:
        command.path("write", word)


def _install(command: Command, args: Args) -> None:
    for mode in args.values("-m"):
        note_mode(command, mode, via="-m")
    if args.has("-d"):
        for word in args.operands:
            command.path("write", word)
        return
    places = _places(command, args)
    if places is None:
        return
    for source in places.sources:
        command.path("read", source)
    _arrive(command, places, args, recursive=False)


_GNU = " --help --version"
COPYING: dict[str, Program | Callable[[Command], None]] = {
    "mv": Program(
        options(
            _BACKUPS + _TARGETS + "-f,--force -i,--interactive -n,--no-clobber -u --update? -v,--verbose -Z,--context "
            "--strip-trailing-slashes --exchange --no-copy --debug -h" + _GNU
        ),
        _mv,
    ),
    "cp": Program(
        options(
            _BACKUPS + _TARGETS + "-a,--archive --attributes-only --copy-contents -c -d --debug -f,--force "
            "-i,--interactive -H -l,--link -L,--dereference -n,--no-clobber -N -P,--no-dereference -p --preserve? "
            "--no-preserve: --parents -r,-R,--recursive --reflink? --remove-destination --sparse: "
            "--strip-trailing-slashes -s,--symbolic-link -u --update? -v,--verbose -x,--one-file-system -X -Z "
            "--context? --keep-directory-symlink" + _GNU
        ),
        _cp,
    ),
    "ln": Program(
        options(
            _BACKUPS + _TARGETS + "-d,-F,--directory -f,--force -h -i,--interactive -L,--logical -n,--no-dereference "
            "-P,--physical -r,--relative -s,--symbolic -v,--verbose -w" + _GNU
        ),
        _ln,
    ),
    "link": Program(options(_GNU), _link),
    "install": Program(
        options(
            _BACKUPS + _TARGETS + "-c -C,--compare -d,--directory -D -g,--group: -m,--mode: -o,--owner: "
            "-p,--preserve-timestamps -s,--strip --strip-program:runs_another_program -v,--verbose --preserve-context "
            "-Z --context? --debug" + _GNU
        ),
        _install,
    ),
}
