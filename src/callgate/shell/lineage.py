"""Where data comes from: which pipelines, files and variables hold what was downloaded or decoded.

A *taint* is a word for that: `remote` (a download), `decoded`, or `sink` (what the command around `>( … )` prints,
of which nothing is known until that command has been seen); empty for nothing special.

The bookkeeping is by pipeline, because between the commands of one data may flow: when one of them downloads, all that
the pipeline writes is taken for downloaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterable, Mapping, NamedTuple

from callgate.shell.names import DECODERS, INTERPRETERS

if TYPE_CHECKING:
    from callgate.core.model import Operation, Span, Unit
    from callgate.shell.state import State
    from callgate.shell.walk import Walker
    from callgate.shell.words import Word

REMOTE, DECODED, SINK = "remote", "decoded", "sink"
_RANK = {"": 0, SINK: 1, DECODED: 2, REMOTE: 3}
_GUARDRAILS = {REMOTE: "remote-code", DECODED: "decoded-code"}
_MOST_PIPES = 8
_LONGEST_NAME = 80
"""Characters of a dynamic target (`"$dir/$name"`) that two mentions of a file are told to be the same by."""


class Origin(NamedTuple):
    """Where the unknown value of a variable comes from."""

    taint: str
    pipes: tuple[int, ...]
    """Numbers of the pipelines whose output it holds."""


def join(one: str, other: str) -> str:
    """Return the worse of two taints."""
    return one if _RANK[one] >= _RANK[other] else other


def worst(words: Iterable[Word]) -> str:
    """Return the worst taint of *words*."""
    found = ""
    for word in words:
        if word.taint:
            found = join(found, word.taint)
    return found


class Lineage:
    """What is known of the data of one call.

    Attributes:
        suspect: some command so far downloads or decodes; as long as none does there is nothing to follow.
        feeds: the keys are (from, to): what the first pipeline prints is used in the second one, by way of a variable.
        descriptors: number -> taint, for descriptors that `exec 3< <(…)` opened.
    """

    def __init__(self, source: str) -> None:
        """Start with nothing known; *source* is the outermost script."""
        self.suspect = False
        self.feeds: dict[tuple[int, int], None] = {}
        self.descriptors: dict[str, str] = {}
        self._source = source
        self._uses: list[tuple[int, str]] = []
        self._sinks: list[tuple[int, Span]] = []
        self._taints: list[str] = []
        self._pipes: dict[int, str] = {}
        self._written: dict[int, list[str]] = {}
        self._files: dict[str, str] = {}
        self._moved: set[str] = set()
        self._found: list[tuple[int, str, Span | None]] = []

    # Variables

    def use(self, walker: Walker, name: str, taint: str = "") -> str:
        """Note that the variable *name*, whose value is not known, is used; return its taint."""
        origin = walker.state.origins.get(name)
        if origin is not None:
            taint = join(taint, origin.taint)
            self._feed(walker, origin.pipes)
        if taint:
            self._uses.append((len(walker.runner.units), taint))
        return taint

    def _feed(self, walker: Walker, pipes: tuple[int, ...]) -> None:
        here = walker.runner.pipe
        if here:
            self.feeds.update(((pipe, here), None) for pipe in pipes if pipe != here)

    def assign(self, walker: Walker, name: str, first: int, taint: str = "") -> None:
        """Note that the variable *name* has got an unknown value, made by the units since *first* and by *taint*."""
        runner = walker.runner
        fed = bool(self.feeds) and next(reversed(self.feeds))[1] == runner.pipe
        set_origin(
            walker.state,
            name,
            Origin(taint, (runner.pipe,)) if taint or fed or (runner.pipe and len(runner.units) > first) else None,
        )

    # Units

    def rewind(self, first: int) -> None:
        """Forget what the units from *first* on have shown: they are about to be walked again."""
        del self._taints[first:]
        self._found = [found for found in self._found if found[0] < first]

    def since(self, units: list[Unit], first: int) -> str:
        """Return the taint of what the units since *first* print."""
        if not self.suspect and not self._uses:
            return ""
        self._advance(units)
        taint = ""
        for found in self._taints[first:]:
            taint = join(taint, found)
        for position, found in self._uses:
            if position >= first:
                taint = join(taint, found)
        return taint

    def of_file(self, units: list[Unit], operation: Operation) -> str:
        """Return the taint of the file that *operation* names."""
        if not self.suspect:
            return ""
        self._advance(units)
        return self._files.get(self._key(operation), "")

    def runs(self, taint: str, pipe: int, span: Span) -> str:
        """Return the guardrail that running *taint* as code calls for, if any."""
        if taint == SINK:
            self._sinks.append((pipe, span))
        return _GUARDRAILS.get(taint, "")

    def flows(self, units: list[Unit]) -> list[tuple[str, Span | None]]:
        """Return the flows that show only when the whole call is known: files that are run, `>( … )`."""
        if not self.suspect:
            return []
        self._advance(units)
        found = [(guardrail, span) for _, guardrail, span in self._found]
        sinks = [(_GUARDRAILS.get(self._pipes.get(pipe, ""), ""), span) for pipe, span in self._sinks]
        return found + [(guardrail, span) for guardrail, span in sinks if guardrail]

    def _advance(self, units: list[Unit]) -> None:
        for position in range(len(self._taints), len(units)):
            unit = units[position]
            pipe = unit.pipe or -position - 1
            taint = makes(unit)
            for operation in unit.operations:
                kind = operation.kind
                if kind in {"read", "delete"} and self._files:
                    taint = join(taint, self._files.get(self._key(operation), ""))
                elif kind == "write" and (not operation.recursive or (unit.argv and unit.argv[0] in _COPIES)):
                    # Not what unpacks a tree or clones a repository: what of that is run is left to the rules.
                    key = self._key(operation)
                    self._written.setdefault(pipe, []).append(key)
                    if operation.recursive or (unit.argv and unit.argv[0] in _COPIES):
                        self._moved.add(key)
                elif kind == "execute":
                    key = self._key(operation)
                    ran = self._files.get(key, "")
                    # `cp download src` may mean the directory, which `make` runs as a whole.
                    if ran and (key not in self._moved or "/" in unit.argv[0] or unit.argv[0] in _RUN_FILES):
                        self._found.append((position, _GUARDRAILS[ran], unit.span))
            self._taints.append(taint)
            known = self._pipes.get(pipe, "")
            if taint or known:
                self._pipes[pipe] = known = join(known, taint)
                for key in self._written.pop(pipe, ()):
                    self._files[key] = join(self._files.get(key, ""), known)

    def _key(self, operation: Operation) -> str:
        """Return what two mentions of one file share: its path, or the variable that holds it."""
        return file_key(self._source, operation)


def file_key(source: str, operation: Operation) -> str:
    """Return what two mentions of one file in *source* share: its path, or the text that stands for it."""
    if not operation.dynamic or operation.span is None:
        return operation.target
    start, end = operation.span
    text = source[start:end].translate(_PUNCTUATION) if end - start <= _LONGEST_NAME else ""
    return text if text.startswith("$") and not text.startswith("$(") else ""


_PUNCTUATION = {ord(char): None for char in '"{}'}


# What these write may be one file, or a directory that it comes to lie in.
_COPIES = frozenset(
    {"mv", "cp", "scp", "rsync", "sftp", "aws", "gsutil", "gcloud", "az", "docker", "podman", "kubectl"}
)
_RUN_FILES = INTERPRETERS | {"source", "."}


def makes(unit: Unit) -> str:
    """Return the taint of what *unit* itself prints."""
    for operation in unit.operations:
        if operation.kind == "network":
            return REMOTE
    return DECODED if decodes(unit.argv) else ""


def decodes(argv: tuple[str, ...]) -> bool:
    """Whether the command *argv* turns what reads like nothing into text: a decoder, `rev`, a rotation by `tr`."""
    words = DECODERS.get(argv[0]) if argv else None
    if words is None:
        return False
    if argv[0] != "tr":
        return not words.isdisjoint(argv)
    source, target = argv[-2:] if len(argv) == 3 else ("", "")
    # `tr a-z n-za-m` and its like; not a change of case, not one character for another.
    return ("-" in source[1:] and any(map(str.isalpha, source)) and any(map(str.isalpha, target))
            and source.lower() != target.lower() and "[:" not in source + target)  # fmt: skip


def merged(one: Mapping[str, Origin], other: Mapping[str, Origin]) -> Mapping[str, Origin]:
    """Return the origins of variables where two ways through a script meet: both count."""
    found = {**other, **one}
    for name in one.keys() & other.keys():
        left, right = one[name], other[name]
        if left != right:
            pipes = tuple(dict.fromkeys(left.pipes + right.pipes))[:_MOST_PIPES]
            found[name] = Origin(join(left.taint, right.taint), pipes)
    return found


def set_origin(state: State, name: str, origin: Origin | None) -> None:
    """Replace what is known of the origin of the variable *name*; copies of the state share the table."""
    if origin is not None:
        state.origins = {**state.origins, name: origin}
    elif name in state.origins:
        state.origins = {other: kept for other, kept in state.origins.items() if other != name}
