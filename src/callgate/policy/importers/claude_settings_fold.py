r"""Folding: many one-offs become few rules.

One-offs of one program become one rule with a list of literal patterns. Several that differ in one file name, of a
program that reads or tests files, become one pattern: `pytest tests/test_a.py`, `…_b.py`, `…_c.py` become
`pytest tests/test_*.py`. Never an interpreter, never the place of an option, never a name without a directory.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import Any, Final, Iterable

from callgate.policy.importers.claude_settings_model import Draft, Finding, Statement
from callgate.policy.importers.claude_settings_words import quote, split
from callgate.shell.analyse import analyse_command
from callgate.shell.names import INTERPRETERS

LEAST: Final = 3
"""One-offs of one shape that make a pattern; two may be chance."""
MAX_REGEX: Final = 8_000
"""Characters of one expression; a pattern of a policy has at most 20,000."""

_TESTS: Final = frozenset(
    """pytest ruff mypy pyright flake8 pylint eslint prettier jest vitest mocha tsc stylelint shellcheck yamllint
    rubocop rspec phpunit""".split()
)
_GIT: Final = frozenset({"add", "diff", "log", "show", "blame"})
_PATH: Final = re.compile(r"[\w.-]+(?:/[\w.-]+)+")
_CWD: Final = "/home/user/project"

Folded = tuple[list[Draft], list[Finding]]


def fold(drafts: Iterable[Draft], *, generalise: bool) -> Folded:
    """Return *drafts* with those that belong together made one, in the order of the first of each, and what was done.

    Args:
        drafts: only those with the same `fold` word, action and danger are ever put together.
        generalise: make patterns of one-offs that differ in a file name.
    """
    groups: dict[tuple[str, str, str], list[Draft]] = {}
    for at, draft in enumerate(drafts):
        key = (draft.action, draft.fold, draft.danger) if draft.fold else (str(at), "", "")
        groups.setdefault(key, []).append(draft)
    out: list[Draft] = []
    findings: list[Finding] = []
    for (_, word, danger), group in groups.items():
        rest = group
        if generalise and not danger and word.startswith("one-off "):
            patterns, rest, told = _generalised(group)
            out += patterns
            findings += told
        if len(rest) < 2:
            out += rest
            continue
        joined = _joined(rest)
        out += joined
        for one in joined:
            message = f"{len(one.sources)} statements became one"
            findings.append(Finding("folded", one.sources, message))
    return out, findings


def _joined(group: list[Draft]) -> list[Draft]:
    """Put drafts of one kind into one rule; expressions that would grow too long into several."""
    first = group[0]
    field, _ = _subject(first)
    if field == "input_regex":
        return _alternatives(group)
    values = [value for draft in group for value in _values(draft)]
    matchers = {**first.matchers, field: list(dict.fromkeys(values))}
    return [first._replace(matchers=matchers, name=_name(first), sources=_sources(group))]


def _subject(draft: Draft) -> tuple[str, Any]:
    for field in ("input_regex", "command", "host", "tool"):
        if field in draft.matchers:
            return field, draft.matchers[field]
    raise ValueError(f"`{draft.name}` has nothing to fold by")


def _values(draft: Draft) -> list[str]:
    _, value = _subject(draft)
    return [value] if isinstance(value, str) else list(value)


def _alternatives(group: list[Draft]) -> list[Draft]:
    out: list[Draft] = []
    batch: list[Draft] = []
    size = 0
    for draft in group:
        length = len(draft.matchers["input_regex"]["command"])
        if batch and size + length > MAX_REGEX:
            out.append(_alternative(batch))
            batch, size = [], 0
        batch.append(draft)
        size += length
    return [*out, _alternative(batch)]


def _alternative(batch: list[Draft]) -> Draft:
    texts = dict.fromkeys(draft.matchers["input_regex"]["command"][1:-1] for draft in batch)
    regex = f"^(?:{'|'.join(texts)})$" if len(texts) > 1 else f"^{next(iter(texts))}$"
    matchers = {**batch[0].matchers, "input_regex": {"command": regex}}
    return batch[0]._replace(matchers=matchers, sources=_sources(batch))


def _name(draft: Draft) -> str:
    kind, _, rest = draft.fold.partition(" ")
    return {"one-off": f"{rest} exact", "server": f"mcp {rest} tools"}.get(kind, "fetch hosts")


def _sources(group: list[Draft]) -> tuple[Statement, ...]:
    return tuple(source for draft in group for source in draft.sources)


def _generalised(group: list[Draft]) -> tuple[list[Draft], list[Draft], list[Finding]]:
    """Return patterns for one-offs of one shape, the one-offs that are left, and what the patterns add."""
    shapes: dict[tuple[int, tuple[str, ...]], list[tuple[Draft, str]]] = {}
    for draft in group:
        words = _words(draft)
        for at in _places(words):
            shape = (at, (*words[:at], "", *words[at + 1 :]))
            shapes.setdefault(shape, []).append((draft, words[at]))
    taken: set[int] = set()
    patterns: list[Draft] = []
    findings: list[Finding] = []
    for (at, words), members in sorted(shapes.items(), key=lambda item: -len(item[1])):
        free = [(draft, path) for draft, path in members if id(draft) not in taken]
        for draft in _patterns(at, words, free):
            taken.update(id(one) for one, _ in free if one.sources[0] in draft.sources)
            patterns.append(draft)
            message = f"`{draft.matchers['command']}` also covers other files of that form"
            findings.append(Finding("folded", draft.sources, message, "`--exact` keeps the commands as they are"))
    return patterns, [draft for draft in group if id(draft) not in taken], findings


def _words(draft: Draft) -> tuple[str, ...]:
    return split(str(draft.matchers["command"]), wild=False, home="/").head


def _places(words: tuple[str, ...]) -> list[int]:
    """Return the positions of words that may become a pattern: paths that no option takes as its value."""
    if len(words) < 2 or words[0] in INTERPRETERS or not _reads_or_tests(words):
        return []
    return [
        at
        for at, word in enumerate(words)
        if at and _PATH.fullmatch(word) and not word.startswith(("-", ".")) and ".." not in word
        and not words[at - 1].startswith("-")
    ]  # fmt: skip


def _reads_or_tests(words: tuple[str, ...]) -> bool:
    """Whether the command only reads, tests or stages the files that it names."""
    if words[0] in _TESTS or (words[0] == "git" and len(words) > 1 and words[1] in _GIT):
        return not any(word.startswith("-") and ("=" in word or word in {"-o", "-p", "-c"}) for word in words)
    units = analyse_command(" ".join(map(quote, words)), cwd=_CWD, home="/home/user").units
    return len(units) == 1 and units[0].known and not units[0].problem and all(
        operation.kind == "read" and not operation.via for operation in units[0].operations
    )  # fmt: skip


def _patterns(at: int, words: tuple[str, ...], members: list[tuple[Draft, str]]) -> list[Draft]:
    """Return a pattern for each directory and ending that at least `LEAST` members share."""
    out: list[Draft] = []

    def place(member: tuple[Draft, str]) -> tuple[str, str]:
        folder, _, name = member[1].rpartition("/")
        return folder, name.rpartition(".")[2] if "." in name else ""

    for (folder, ending), found in groupby(sorted(members, key=place), key=place):
        same = list(found)
        if len({path for _, path in same}) < LEAST or not ending:
            continue
        names = [path.rpartition("/")[2] for _, path in same]
        start = _common(names)
        word = f"{quote(f'{folder}/{start}')}*.{quote(ending)}"
        written = " ".join(word if index == at else quote(text) for index, text in enumerate(words))
        # What a `*` takes may hold `/`: without `..` it stays below the directory.
        matchers = {"command": written, "command_exclude_regex": r"\.\."}
        first = same[0][0]
        out.append(first._replace(matchers=matchers, name=f"{words[0]} {folder}", fold="",
                                  sources=_sources([draft for draft, _ in same])))  # fmt: skip
    return out


def _common(names: list[str]) -> str:
    """Return what all *names* begin with, up to the last separator in it."""
    start = names[0]
    for name in names[1:]:
        while not name.startswith(start):
            start = start[:-1]
    cut = max(start.rfind("_"), start.rfind("-"))
    return start[: cut + 1]
