"""How often something was asked for, and in how many conversations: what is a one-off, and what is a habit."""

from __future__ import annotations

from typing import Final, Generic, Hashable, Iterable, TypeVar

from callgate.reviewer.cluster.calls import Call

ONE_OFF: Final = 3
"""Prompts; what was asked for less often is a one-off."""

Key = TypeVar("Key", bound=Hashable)


class Support(Generic[Key]):
    """Prompts and conversations by key."""

    def __init__(self, *, many: bool) -> None:
        """Begin with nothing; *many*: the history has `MANY_SESSIONS` or more."""
        self._many = many
        self.prompts: dict[Key, int] = {}
        self._sessions: dict[Key, set[object]] = {}
        """Two for each key at least, where there are so many: no more is asked."""

    def add(self, key: Key, calls: Iterable[Call]) -> None:
        """Count the prompts of *calls* for *key*."""
        sessions = self._sessions.setdefault(key, set())
        prompts = self.prompts.get(key, 0)
        for call in calls:
            prompts += call.prompts
            if len(sessions) < 2:
                sessions |= call.sessions
        self.prompts[key] = prompts

    def is_usual(self, key: Key) -> bool:
        """Whether *key* is no one-off."""
        enough = len(self._sessions.get(key, ())) > 1 or not self._many
        return enough and self.prompts.get(key, 0) >= ONE_OFF

    def usual(self, most: int) -> list[Key]:
        """Return at most *most* keys that are no one-off, the most frequent first, by text where equal."""
        kept = [key for key in self.prompts if self.is_usual(key)]
        return sorted(kept, key=lambda key: (-self.prompts[key], str(key)))[:most]
