"""Regular expressions that cannot hang the gate: RE2 in sets, `regex` with a time-out for what RE2 refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Iterable, NamedTuple, TypeVar

import re2

if TYPE_CHECKING:
    from types import ModuleType

T = TypeVar("T")

SET_SIZE = 1_000
"""Patterns in one RE2 set: past a few thousand a set hits its memory limit and does not compile."""

TIMEOUT_SECONDS = 0.02
"""For one match of a pattern that needs `regex`; on time-out a deny or ask matches and an allow does not."""

MAX_TEXT = 256 * 1024


def _options(*, case_sensitive: bool) -> re2.Options:
    options = re2.Options()
    options.case_sensitive = case_sensitive
    options.log_errors = False
    options.max_mem = 64 << 20
    return options


_SENSITIVE = _options(case_sensitive=True)
_INSENSITIVE = _options(case_sensitive=False)


class Pattern:
    """One expression, searched anywhere in a text."""

    __slots__ = ("_on_timeout", "_pattern", "_slow")

    def __init__(self, text: str, *, case_sensitive: bool = True, on_timeout: bool) -> None:
        """Compile *text*.

        Args:
            text: RE2 syntax, or what the `regex` package takes.
            case_sensitive: as the rule says.
            on_timeout: the answer when a slow pattern runs out of time.

        Raises:
            ValueError: neither engine takes it.
        """
        self._on_timeout = on_timeout
        self._slow = False
        try:
            self._pattern = re2.compile(text, _SENSITIVE if case_sensitive else _INSENSITIVE)
        except re2.error:
            regex = _regex()
            self._slow = True
            try:
                self._pattern = regex.compile(text, 0 if case_sensitive else regex.IGNORECASE)
            except regex.error as error:
                raise ValueError(str(error)) from error

    @property
    def slow(self) -> bool:
        """Whether the pattern runs on `regex` with a time-out."""
        return self._slow

    def search(self, text: str) -> bool:
        """Whether the pattern matches somewhere in *text*."""
        if not self._slow:
            return self._pattern.search(encodable(text)) is not None
        try:
            return self._pattern.search(text[:MAX_TEXT], timeout=TIMEOUT_SECONDS) is not None
        except TimeoutError:
            return self._on_timeout


class _Compiled(NamedTuple, Generic[T]):
    sets: list[tuple[re2.Set, list[T], list[str], bool]]
    """(set, values, patterns, case sensitive)"""
    slow: list[tuple[Pattern, T]]


class PatternSet(Generic[T]):
    """Many expressions, each with a value; one pass finds the values of all that match."""

    def __init__(self, entries: Iterable[tuple[str, bool, T]], *, whole: bool, on_timeout: bool) -> None:
        """Keep *entries* of (pattern, case sensitive, value); they compile when the set is first matched.

        Most sets of a policy never are: a Read has no command, an MCP tool no path.

        Args:
            entries: patterns that the loader has validated.
            whole: match the whole text instead of searching in it.
            on_timeout: whether a slow pattern that runs out of time counts as a match.
        """
        self._entries = tuple(entries)
        self._whole = whole
        self._on_timeout = on_timeout
        self._compiled: _Compiled[T] | None = None

    def _compile(self) -> _Compiled[T]:
        compiled: _Compiled[T] = _Compiled([], [])
        for sensitive in (True, False):
            group = [(text, value) for text, case, value in self._entries if case == sensitive]
            for start in range(0, len(group), SET_SIZE):
                self._add(compiled, group[start : start + SET_SIZE], sensitive=sensitive)
        self._compiled = compiled  # only when it is whole: another thread may match meanwhile
        return compiled

    def _add(self, into: _Compiled[T], group: list[tuple[str, T]], *, sensitive: bool) -> None:
        options = _SENSITIVE if sensitive else _INSENSITIVE
        compiled = re2.Set.FullMatchSet(options) if self._whole else re2.Set.SearchSet(options)
        # A set whose automaton runs out of memory answers like one without a match. The first pattern matches
        # everything, so its absence tells the two apart.
        compiled.Add("(?s).*" if self._whole else "")
        values: list[T] = []
        texts: list[str] = []
        slow: list[tuple[Pattern, T]] = []
        for text, value in group:
            try:
                compiled.Add(text)
            except re2.error:
                whole = rf"\A(?:{text})\Z" if self._whole else text
                slow.append((Pattern(whole, case_sensitive=sensitive, on_timeout=self._on_timeout), value))
            else:
                values.append(value)
                texts.append(text)
        try:
            if values:
                compiled.Compile()
        except re2.error:
            if len(group) == 1:
                raise
            # Huge patterns: the set is over its memory limit, halves may not be.
            middle = len(group) // 2
            self._add(into, group[:middle], sensitive=sensitive)
            self._add(into, group[middle:], sensitive=sensitive)
            return
        if values:
            into.sets.append((compiled, values, texts, sensitive))
        into.slow.extend(slow)

    def __bool__(self) -> bool:
        return bool(self._entries)

    def match(self, text: str) -> list[T]:
        """Return the values of all patterns that match, in no particular order.

        Raises:
            ValueError: first match only: neither engine takes one of the patterns.
        """
        if not self._entries:
            return []
        sets, slow = self._compiled or self._compile()
        found: list[T] = []
        if sets:
            data = text.encode("utf-8", "replace")  # a lone surrogate has no UTF-8 form
            for compiled, values, texts, sensitive in sets:
                matched = compiled.Match(data)
                if not matched:
                    found += self._one_by_one(encodable(text), values, texts, sensitive=sensitive)
                elif len(matched) > 1:
                    found += [values[index - 1] for index in matched if index]
        if slow:
            found += [value for pattern, value in slow if pattern.search(text)]
        return found

    def _one_by_one(self, text: str, values: list[T], texts: list[str], *, sensitive: bool) -> list[T]:
        """Match without the set's automaton, which is out of memory; slow, but it neither misses nor invents."""
        options = _SENSITIVE if sensitive else _INSENSITIVE
        found = []
        for pattern, value in zip(texts, values, strict=True):
            compiled = re2.compile(pattern, options)
            if (compiled.fullmatch(text) if self._whole else compiled.search(text)) is not None:
                found.append(value)
        return found


def encodable(text: str) -> str:
    """Replace lone surrogates, which have no UTF-8 form; such a call is never allowed, only denies look at it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def is_linear(text: str) -> bool:
    """Whether RE2 takes the pattern."""
    try:
        re2.compile(text, _SENSITIVE)
    except re2.error:
        return False
    return True


def program_size(text: str) -> int:
    """Return how many instructions RE2 makes of the pattern; 0 when it does not take it."""
    try:
        return int(re2.compile(text, _SENSITIVE).programsize)
    except re2.error:
        return 0


def _regex() -> ModuleType:
    import regex  # noqa: PLC0415 - 12 ms that only policies with look-around pay

    module: ModuleType = regex
    return module
