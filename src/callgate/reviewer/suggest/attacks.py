"""The hostile variants that a rule is proven against, each with what it lacks to be allowed.

What a variant lacks depends on the rules in force and on where it is made, not on the rule that is proven, nor on the
logs. So it is worked out once, and kept for the next candidate and the next question.
"""

from __future__ import annotations

import shlex
from typing import Callable, Final, Iterator, Mapping, NamedTuple

from callgate.core.model import Observation, ToolCall
from callgate.reviewer.cluster.unify import Words
from callgate.reviewer.judge import Judge
from callgate.reviewer.suggest.lacks import Lacking, Shelf, lacking
from callgate.reviewer.suggest.mutants import Mutant, of_command, of_files

_VERBS: Final[Mapping[str, tuple[str, ...]]] = {
    "read": ("cat {0}", "grep -r x {0}"),
    "write": ("touch {0}", "echo x > {0}", "cp src/x {0}"),
    "delete": ("rm {0}", "rm -rf {0}", "find {0} -delete"),
}
"""Commands that do so to a file."""


def first_verb(kind: str, path: str) -> str:
    """Return the plainest command that reads, writes or deletes (*kind*) the file *path*."""
    return _verb(_VERBS[kind][0], path)


def _verbs(kind: str, path: str) -> list[str]:
    return [_verb(verb, path) for verb in _VERBS[kind]]


def _verb(verb: str, path: str) -> str:
    return verb.format(path if path.startswith("~/") else shlex.quote(path))


class Attack(NamedTuple):
    """A call that a rule must not make allowed."""

    call: ToolCall
    seen: Observation
    lacking: Lacking
    kind: str = ""
    """Of a variant of a command: `mutants.Mutant.kind`."""
    options: Words = ()
    """Of one with an option more: all that it has."""

    @property
    def text(self) -> str:
        """Its command, or nothing."""
        return str(self.call.input.get("command", ""))


class Attacks:
    """Variants by what they attack. In their world nothing was observed for one call."""

    def __init__(self, judge: Judge) -> None:
        """Take who judges them."""
        self._judge = judge

    def on_words(self, words: Words, seen: Observation) -> Shelf[Attack]:
        """Return the variants of a command in the world *seen*."""
        return self._kept(
            ("words", words), seen,
            lambda: (self._attack(_bash(one.command, seen), seen, one) for one in of_command(words)),
        )  # fmt: skip

    def at_places(self, kind: str, suffix: str, seen: Observation, *, inside: bool) -> Shelf[Attack]:
        """Return what reads, writes or deletes (*kind*) a file ending in *suffix* where no rule must reach.

        Args:
            kind: of the operation.
            suffix: with its dot; empty for none.
            seen: the world.
            inside: the rule is about the project; else about some place outside.
        """
        return self._kept(
            ("places", kind, suffix, inside), seen, lambda: self._at_places(kind, suffix, seen, inside=inside)
        )  # fmt: skip

    def by_links(self, kind: str, path: str, seen: Observation) -> Shelf[Attack]:
        """Return what does so to *path*, which a rule is about, where that is a link to something else."""
        return self._kept(("links", kind, path), seen, lambda: self._by_links(kind, path, seen))

    def _kept(
        self, what: tuple[object, ...], seen: Observation, find: Callable[[], Iterator[Attack]]
    ) -> Shelf[Attack]:  # fmt: skip
        place = seen.home, seen.project, seen.protected
        return self._judge.recall((*what, place), lambda: Shelf(find()), lambda found: 4 * len(found) + 1)

    def _attack(self, call: ToolCall, seen: Observation, mutant: Mutant | None = None) -> Attack:
        lacks = lacking(self._judge.case(call, seen))
        if mutant is None:
            return Attack(call, seen, lacks)
        return Attack(call, seen, lacks, mutant.kind, mutant.options if mutant.kind == "option" else ())

    def _by_links(self, kind: str, path: str, seen: Observation) -> Iterator[Attack]:
        for real in ("/etc/passwd", f"{seen.home}/.ssh/id_rsa", f"{seen.home}/.bashrc"):
            linked = seen._replace(links={path: real})
            yield from (self._attack(_bash(text, seen), linked) for text in _verbs(kind, path))

    def _at_places(self, kind: str, suffix: str, seen: Observation, *, inside: bool) -> Iterator[Attack]:
        tool = {"read": "Read", "write": "Write"}.get(kind)
        for _, place in of_files((kind,), (suffix,)):
            if not inside and not place.startswith((".", "/etc", "/usr", "~")):
                continue
            for command in _verbs(kind, place):
                yield self._attack(_bash(command, seen), seen)
            if tool:
                yield self._attack(ToolCall(tool, {"file_path": place}, seen.project or "/"), seen)


def _bash(command: str, seen: Observation) -> ToolCall:
    return ToolCall("Bash", {"command": command}, seen.project or "/")
