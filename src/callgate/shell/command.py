"""The simple command under analysis: what program files look at, and where they write down what it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from callgate.core.model import DYNAMIC, SPLIT, Operation, OperationKind, Span
from callgate.core.paths import join, normalise
from callgate.shell.words import Word

if TYPE_CHECKING:
    from callgate.shell.programs.interpreters import Plan

# Devices that hold nothing of the user's: reading or writing them is not an operation worth a rule.
HARMLESS_DEVICES = frozenset({
    "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom",
    "/dev/stdin", "/dev/stdout", "/dev/stderr", "/dev/tty", "/dev/ptmx",
})  # fmt: skip
DESCRIPTOR_PREFIXES = ("/dev/fd/", "/proc/self/fd/")


_new = tuple.__new__
_REST = tuple(Operation._field_defaults[name] for name in Operation._fields[7:])


def _always(_work: int) -> bool:
    return True


MAX_PATH = 4_096
"""Bytes that the kernel takes for a path (`PATH_MAX`); macOS takes a quarter."""


class Command:
    """One simple command: its words and, as program files fill it in, its operations.

    Attributes:
        words: program name first; wrappers are peeled off already.
        name: the program's name.
        plan: how the interpreter that the command starts reads its words, once somebody has asked.
        operations: what the command does, in the order in which it was found.
        payloads: commands that this one starts (`find -exec`), as (words, wrapper name).
        scripts: shell text that this one runs (`git -c alias.x='!…'`), as (text, span, wrapper name).
        unknown: why no program file accounts for the command; empty when one does.
        afford: takes so much work (see `Runner.afford`) from what is left for the whole call, or says that it is not.
        fed: the here-document or here-string that is the command's whole standard input; `None` when it is not
            certain that this is what the command reads.
        heard: text that the command reads perhaps, or a part of what it reads; only to be looked at in addition.
    """

    __slots__ = (
        "afford", "cwds", "fed", "heard", "home", "name", "operations", "payloads", "plan", "scripts", "span", "stdin",
        "unknown", "words",
    )  # fmt: skip

    def __init__(self, words: list[Word], span: Span, cwds: tuple[str, ...], home: str, stdin: str = "") -> None:
        """Start with no operations.

        Args:
            words: at least one word.
            span: of the whole command in the source.
            cwds: directories that the command may run in; empty when unknown.
            home: absolute home directory, for programs that expand `~` themselves.
            stdin: taint of standard input (`remote`, `decoded`, or empty).
        """
        self.words = words
        self.name = words[0].value
        self.plan: Plan | None = None
        self.span = span
        self.cwds = cwds
        self.home = home
        self.stdin = stdin
        self.operations: list[Operation] = []
        self.payloads: list[tuple[list[Word], str]] = []
        self.scripts: list[tuple[str, Span, str]] = []
        self.unknown = ""
        self.fed: Word | None = None
        self.heard: Word | None = None
        self.afford: Callable[[int], bool] = _always

    @property
    def args(self) -> list[Word]:
        """The words after the program's name."""
        return self.words[1:]

    def add(self, kind: OperationKind, target: str, word: Word | None = None, *, via: str = "") -> None:
        """Note an operation whose target is not a path (a host, a program, a description)."""
        dynamic = word is not None and word.dynamic
        span = word.span if word else self.span
        self.operations.append(Operation(kind, "" if dynamic else target, span, dynamic=dynamic, via=via))

    def path(
        self,
        kind: OperationKind,
        word: Word,
        *,
        via: str = "",
        recursive: bool = False,
        only: tuple[str, ...] = (),
        skip: tuple[str, ...] = (),
        tilde: bool = False,
        identity: bool = False,
    ) -> None:
        """Note *kind* on the path that *word* names, once for each directory that the command may run in.

        Args:
            kind: `read`, `write`, `delete` or `execute`.
            word: the path as written; `-` is not treated specially, program files know whether it means stdin.
            via: the option that brought the operation in.
            recursive: the operation reaches everything below.
            only: see `Operation.only`.
            skip: see `Operation.skip`.
            tilde: the program itself expands a leading `~/`.
            identity: see `Operation.identity`.
        """
        found = self.targets(kind, word, tilde=tilde)
        if recursive or via or only or skip:
            found = [
                one._replace(via=via, recursive=recursive or one.recursive, only=only or one.only, skip=skip)
                for one in found
            ]
        if identity:
            found = [one._replace(identity=True) for one in found]
        self.operations += found

    def targets(self, kind: OperationKind, word: Word, *, tilde: bool = False) -> list[Operation]:
        """Return the bare operations of `path`, without noting them."""
        value = word.value
        if word.below and kind == "read":
            found = [operation for root in word.below for operation in self.targets("read", root)]
            return [one._replace(recursive=True, follow=True, only=word.only, split=word.broken) for one in found]
        if tilde and value.startswith("~/"):
            value = self.home + value[1:]
        if word.dynamic or not value or len(value) > MAX_PATH or (value[0] != "/" and not self.cwds):
            # What is left when the variables are empty: `rm -rf "$UNSET"/` means `/`.
            bare = value.replace(DYNAMIC, "").replace(SPLIT, "")
            return [Operation(kind, "", word.span, raw=bare if bare.startswith("/") else "", dynamic=True)]
        if kind != "execute" and is_harmless(value):
            return []
        found = []
        for cwd in self.cwds if value[0] != "/" else ("/",):
            raw = join(cwd, value)
            target = normalise(raw)
            # `link/../dev/null` need not be the device: the kernel follows the link before it folds `..`.
            if kind != "execute" and ".." not in raw and is_harmless(target):
                continue
            # The kernel follows symlinks before it folds `..`, so the observer must see the path as written.
            written = raw if ".." in raw else ""
            # `Operation(…)` in half the time: nearly every command has one.
            found.append(_new(Operation, (kind, target, word.span, written, False, False, word.glob, *_REST)))
        return found

    def here(self, kind: OperationKind = "read", *, recursive: bool = False, via: str = "") -> None:
        """Note *kind* on the working directory (`ls`, `git status`, `pytest`)."""
        self.path(kind, Word(".", self.span), recursive=recursive, via=via)

    def run(self, words: list[Word], wrapper: str) -> None:
        """Note that the command starts another one, which becomes a unit of its own."""
        self.payloads.append((words, wrapper))

    def script(self, text: str, span: Span, wrapper: str) -> None:
        """Note that the command has a shell run *text*."""
        self.scripts.append((text, span, wrapper))

    def opaque(self, what: str, *, via: str = "", span: Span | None = None) -> None:
        """Note something whose effect is not known; only a command rule that names it (`via`) covers it."""
        self.operations.append(Operation("unknown", what, span or self.span, via=via))


def is_harmless(path: str) -> bool:
    """Whether *path* is a device of no interest, or a file descriptor that is open already."""
    if not path.startswith(("/dev/", "/proc/")):
        return False
    return path in HARMLESS_DEVICES or any(
        path.startswith(prefix) and path[len(prefix) :].isdecimal() for prefix in DESCRIPTOR_PREFIXES
    )
