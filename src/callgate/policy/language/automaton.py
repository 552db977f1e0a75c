r"""Automata, and the one question that all others come to: a string in these languages and not in those.

An automaton is made from a tree (Thompson's construction). A walk over the product follows the sets of states that one
string leads to, in all automata at once, shortest strings first. Places (`^`, `$`, `\b`) are edges that may be taken
where the characters before and behind say so, hence each step knows both. Characters that no automaton distinguishes
are tried once, by one of them.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final, Iterable, NamedTuple, Sequence

from callgate.policy.language.characters import LAST, WORD, Ranges, contains, pleasant
from callgate.policy.language.syntax import Alt, At, Cat, Chars, Node, Place, Repeat, Unsupported

MAX_STATES: Final = 4_000
"""Of one automaton; what needs more is not compared."""


class Automaton:
    """A nondeterministic automaton; state 0 is the start, state 1 accepts.

    Attributes:
        free: per state, where it leads without a character.
        places: per state, (place, state) pairs: where it leads without a character if the place is right.
        moves: per state, (characters, state) pairs.
    """

    __slots__ = ("_closures", "_head", "_shortest", "_steps", "free", "moves", "places")

    def __init__(self, node: Node) -> None:
        """Build the automaton of *node*, which it matches as a whole.

        Raises:
            Unsupported: it would have too many states.
        """
        self.free: list[list[int]] = [[], []]
        self.places: list[list[tuple[Place, int]]] = [[], []]
        self.moves: list[list[tuple[Ranges, int]]] = [[], []]
        self._closures: dict[tuple[frozenset[int], frozenset[Place]], frozenset[int]] = {}
        self._head: str | None = None
        self._shortest: Answer | None = None
        self._steps: dict[tuple[frozenset[int], int], frozenset[int]] = {}
        self._build(node, 0, 1)

    def _state(self) -> int:
        if len(self.free) >= MAX_STATES:
            raise Unsupported("too large")
        self.free.append([])
        self.places.append([])
        self.moves.append([])
        return len(self.free) - 1

    def _build(self, node: Node, start: int, end: int) -> None:
        if isinstance(node, Chars):
            if node.ranges:
                self.moves[start].append((node.ranges, end))
        elif isinstance(node, At):
            self.places[start].append((node.place, end))
        elif isinstance(node, Cat):
            for part in node.parts[:-1]:
                middle = self._state()
                self._build(part, start, middle)
                start = middle
            if node.parts:
                self._build(node.parts[-1], start, end)
            else:
                self.free[start].append(end)
        elif isinstance(node, Alt):
            for option in node.options:
                self._build(option, start, end)
        else:
            self._repeat(node, start, end)

    def _repeat(self, node: Repeat, start: int, end: int) -> None:
        for _ in range(node.least):
            middle = self._state()
            self._build(node.body, start, middle)
            start = middle
        if node.most is None:
            # A state of its own: the body must not lead back into whatever else leaves `start` or enters `end`.
            loop, back = self._state(), self._state()
            self.free[start].append(loop)
            self._build(node.body, loop, back)
            self.free[back].append(loop)
            self.free[loop].append(end)
            return
        for _ in range(node.most - node.least):
            middle = self._state()
            self.free[start].append(end)
            self._build(node.body, start, middle)
            start = middle
        self.free[start].append(end)

    def closure(self, states: frozenset[int], here: frozenset[Place]) -> frozenset[int]:
        """Return where *states* lead without a character, at a position that is all the places in *here*."""
        key = (states, here)
        known = self._closures.get(key)
        if known is None:
            seen = set(states)
            pending = list(states)
            while pending:
                state = pending.pop()
                further = self.free[state] + [target for place, target in self.places[state] if place in here]
                for target in further:
                    if target not in seen:
                        seen.add(target)
                        pending.append(target)
            known = self._closures[key] = frozenset(seen)
        return known

    def step(self, states: frozenset[int], code: int) -> frozenset[int]:
        """Return where the character leads from *states* (closed already)."""
        key = (states, code)
        known = self._steps.get(key)
        if known is None:
            found = [target for state in states for ranges, target in self.moves[state] if contains(ranges, code)]
            known = self._steps[key] = frozenset(found)
        return known

    def accepts(self, text: str) -> bool:
        """Whether *text* is matched as a whole."""
        states = frozenset((0,))
        before: bool | None = None
        for char in text:
            wordly = contains(WORD, ord(char))
            states = self.step(self.closure(states, _here(before, wordly)), ord(char))
            if not states:
                return False
            before = wordly
        return 1 in self.closure(states, _here(before, None))

    @property
    def head(self) -> str:
        """Text that everything which is matched begins with (the first 200 characters of it)."""
        if self._head is None:
            self._head = self._literal_head()
        return self._head

    def _literal_head(self) -> str:
        head = ""
        states = frozenset((0,))
        while len(head) < 200:
            # Every place counts as right: what may follow then is more than what does.
            reached = self.closure(states, _ALL_PLACES)
            moves = [move for state in reached for move in self.moves[state]]
            codes = {(first, last) for ranges, _ in moves for first, last in ranges}
            if 1 in reached or len(codes) != 1:
                break
            first, last = codes.pop()
            if first != last:
                break
            head += chr(first)
            states = frozenset(target for _, target in moves)
        return head

    @property
    def shortest(self) -> Answer:
        """A shortest string that is matched."""
        if self._shortest is None:
            self._shortest = find([self]) if any(self.places) else Answer(self._path(), complete=True)
        return self._shortest

    def _path(self) -> str | None:
        """Return a shortest string of an automaton without places: a shortest path to the state that accepts."""
        seen = {0}
        level = [(0, "")]
        while level:
            following: list[tuple[int, str]] = []
            # What is reached without a character belongs to the same level, so the list grows while it is read.
            for state, text in level:
                if state == 1:
                    return text
                for target in self.free[state]:
                    if target not in seen:
                        seen.add(target)
                        level.append((target, text))
                following += [(target, text + pleasant(ranges)) for ranges, target in self.moves[state]]
            level = []
            for target, text in following:
                if target not in seen:
                    seen.add(target)
                    level.append((target, text))
        return None


class Answer(NamedTuple):
    """What a walk found."""

    text: str | None
    """The string, a shortest one; `None` when there is none, or when the walk was given up."""
    complete: bool
    """The walk saw everything: without a text, there is no such string."""


class Budget:
    """Work that may be spent on many questions together; a hostile policy must not hold anybody up.

    Args:
        steps: transitions of state sets that may be followed in all.
        each: for one question.
    """

    def __init__(self, steps: int = 250_000, each: int = 10_000) -> None:
        self.left = steps
        self.each = each

    @property
    def spent(self) -> bool:
        """Whether nothing is left."""
        return self.left <= 0


def find(include: Sequence[Automaton], exclude: Sequence[Automaton] = (), budget: Budget | None = None) -> Answer:
    """Find a shortest string that all of *include* match and none of *exclude* does."""
    budget = budget or Budget()
    machines = [*include, *exclude]
    wanted = len(include)
    if _apart([machine.head for machine in include]):
        return Answer(None, complete=True)
    letters = _letters(machines)
    budget.left -= 2 * len(machines)  # what it takes to begin
    start: _Key = (None, tuple(frozenset((0,)) for _ in machines))
    seen = {start}
    level: list[tuple[_Key, str]] = [(start, "")]
    allowed = min(budget.each, budget.left)
    while level:
        following: list[tuple[_Key, str]] = []
        for (before, sets), text in level:
            if _accepted(machines, sets, wanted, before):
                return Answer(text, complete=True)
            for char, wordly in letters:
                budget.left -= 1
                allowed -= 1
                if allowed < 0:
                    return Answer(None, complete=False)
                here = _here(before, wordly)
                code = ord(char)
                after = tuple(
                    machine.step(machine.closure(states, here), code)
                    for machine, states in zip(machines, sets, strict=True)
                )
                key: _Key = (wordly, after)
                if key not in seen and all(after[:wanted]):
                    seen.add(key)
                    following.append((key, text + char))
        level = following
    return Answer(None, complete=True)


def _apart(heads: list[str]) -> bool:
    """Whether no text can begin with all of *heads*."""
    longest = max(heads, key=len, default="")
    return not all(longest.startswith(head) for head in heads)


_ALL_PLACES: Final[frozenset[Place]] = frozenset(("^", "$", "b", "B"))

_Key = tuple[bool | None, tuple[frozenset[int], ...]]
"""(whether the last character belongs to a word, `None` at the start; the states of each automaton)."""


def _here(before: bool | None, behind: bool | None) -> frozenset[Place]:
    """Return which places a position is, by the characters around it (`None` where there is none)."""
    found: set[Place] = {"b" if bool(before) != bool(behind) else "B"}
    if before is None:
        found.add("^")
    if behind is None:
        found.add("$")
    return frozenset(found)


def _accepted(machines: list[Automaton], sets: tuple[frozenset[int], ...], wanted: int, before: bool | None) -> bool:
    here = _here(before, None)
    return all(
        (1 in machine.closure(states, here)) == (position < wanted)
        for position, (machine, states) in enumerate(zip(machines, sets, strict=True))
    )


def _letters(machines: Iterable[Automaton]) -> list[tuple[str, bool]]:
    """Return one character for each class that the automata distinguish, and whether it belongs to a word."""
    # Surrogates occur in no text that an engine sees.
    cuts = {0, 0xD800, 0xE000, LAST + 1}
    for ranges in (WORD, *(ranges for machine in machines for moves in machine.moves for ranges, _ in moves)):
        for first, last in ranges:
            cuts |= {first, last + 1}
    edges = sorted(cuts)
    classes: dict[tuple[bool, ...], list[tuple[int, int]]] = {}
    sets = list(dict.fromkeys(ranges for machine in machines for moves in machine.moves for ranges, _ in moves))
    for first, behind in pairwise(edges):
        if first == 0xD800:
            continue
        wordly = contains(WORD, first)
        signature = (wordly, *(contains(ranges, first) for ranges in sets))
        classes.setdefault(signature, []).append((first, behind - 1))
    found = [(pleasant(tuple(ranges)), signature[0]) for signature, ranges in classes.items()]
    return sorted(found, key=lambda one: (not one[1], one[0]))
