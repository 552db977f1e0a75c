"""What operations carry into a file: rules, settings, texts. Checked by the schema, every problem with its field."""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Final, Iterator, Mapping

from callgate.core.errors import Problem
from callgate.policy.loader.faults import Faults
from callgate.policy.loader.locate import Path
from callgate.policy.loader.regexes import Regexes
from callgate.policy.loader.rules import cross_check
from callgate.policy.loader.values import Checker
from callgate.policy.schema import LLM_ACTION_FIELDS, LLM_FIELDS, RULE_FIELDS, SECTION_NAME, Field
from callgate.reviewer.apply.base import Detail
from callgate.reviewer.apply.rules import NO_SECTIONS
from callgate.reviewer.query.decode import kind
from callgate.reviewer.query.words import nearest

MAX_DEPTH: Final = 8
"""Lists and tables within each other; the deepest field of the schema has three."""

MAX_PROBLEMS: Final = 100
"""Of one request; what comes after is counted only."""

PROSE: Final = ("description", "examples", "system_prompt")
"""Fields whose texts may have lines and tabs: a command that is an example has them, too."""

_LEAST, _MOST = -(2**63), 2**63 - 1
"""Integers of TOML."""


class Problems:
    """The problems of one request."""

    def __init__(self) -> None:
        self.found: list[Detail] = []
        self.invalid = False
        """One of them is a problem of the request and not only of the rule or setting that it carries."""

    def add(self, field: str, error: str, suggestion: str = "", *, content: bool = False) -> None:
        """Keep a problem.

        Args:
            field: where it is.
            error: one sentence.
            suggestion: what to do.
            content: the request is well-formed, but the policy would not be.
        """
        self.invalid = self.invalid or not content
        if len(self.found) < MAX_PROBLEMS:
            self.found.append(Detail(*(_visible(text) for text in (field, error, suggestion))))


class _Fields(Faults):
    """The faults that the loader finds, with the fields of a request in place of lines of a file."""

    def __init__(self, problems: Problems) -> None:
        super().__init__("")
        self._problems = problems

    def add(
        self,
        message: str,
        path: Path = (),
        help: str = "",  # noqa: A002 - the name that `Faults` uses
        *,
        value: bool = False,
        within: str = "",
        offset: int = 0,
        severity: str = "error",
    ) -> None:
        """Keep an error; a warning is for the validation of the whole policy to tell."""
        del value, within, offset
        if severity == "error":
            self.problems.append(Problem(message, help=help))
            self._problems.add(_dotted(path), message, help, content=True)


def rule(value: object, here: str, problems: Problems) -> dict[str, Any]:
    """Return *value* as a rule to add; it needs an id."""
    table = _table(value, here, problems)
    if table is None:
        return {}
    fit = {name: item for name, item in table.items() if _fits(name, item, here, problems)}
    checker = _checker(problems)
    checker.table(fit, RULE_FIELDS, (here,), "this rule")
    if "id" not in table:
        hint = 'add a short name: `"id": "run-make"`'
        problems.add(f"{here}.id", "the rule has no `id`", hint, content=True)
    cross_check(table, (here,), checker)
    return table


def rule_changes(value: object, here: str, problems: Problems) -> dict[str, Any]:
    """Return *value* as changes of a rule: a null removes a field, which may be one that the schema does not know."""
    table = _changes(value, here, problems)
    if isinstance(value, dict) and "id" in value:
        problems.add(f"{here}.id", "an `id` cannot be changed", "remove the rule and add it under another id")
    _checker(problems).table(_present(table, "id"), RULE_FIELDS, (here,), "a rule")
    return table


def llm_changes(value: object, here: str, problems: Problems) -> dict[str, Any]:
    """Return *value* as changes of `[llm_fallback]`; those of `actions` are merged, a null removes."""
    table = _changes(value, here, problems, inner=("actions",))
    present = _present(table, "actions")
    _checker(problems).table(present, LLM_FIELDS, (here,), "`[llm_fallback]`")
    actions = table.get("actions")
    if isinstance(actions, dict):
        where = (here, "actions")
        _checker(problems).table(_present(actions), LLM_ACTION_FIELDS, where, "`[llm_fallback.actions]`")
        _known(actions, LLM_ACTION_FIELDS, where, problems)
    elif actions is not None:
        problems.add(f"{here}.actions", f"`actions` must be an object, not {kind(actions)}", content=True)
    _known(table, LLM_FIELDS, (here,), problems)
    return table


def section_name(value: object, here: str, problems: Problems) -> str:
    """Return *value* as the name of a section of rules."""
    text = word(value, here, problems)
    if text is None:
        return ""
    if text in NO_SECTIONS:
        hint = "choose another name, such as `git`; without a section the rule goes to the flat array"
        problems.add(here, f"`{text}` is a reserved name and not a section of rules", hint)
    elif not re.fullmatch(SECTION_NAME, text):
        proposal = re.sub(r"[^a-z0-9]+", "-", text[:60].lower()).strip("-").lstrip("0123456789-")
        hint = "use lower-case words joined by `-`" + (f", such as `{proposal}`" if proposal else "")
        problems.add(here, f"`{text[:80]}` is not a section name", hint)
    return text


def word(value: object, here: str, problems: Problems) -> str | None:
    """Return *value* as a text on one line that is not empty; `None` when it is none."""
    if not isinstance(value, str):
        problems.add(here, f"`{here}` must be a text, not {kind(value)}")
    elif not value.strip():
        problems.add(here, f"`{here}` is empty")
    elif len(value) > 4096:
        problems.add(here, f"`{here}` is longer than 4,096 characters")
    elif _clean(value, here, problems):
        return value
    return None


def prose(value: object, here: str, problems: Problems) -> str:
    """Return *value* as a text of any number of lines."""
    if not isinstance(value, str):
        problems.add(here, f"`{here}` must be a text, not {kind(value)}")
        return ""
    return value if _clean(value, here, problems, lines=True) else ""


def _checker(problems: Problems) -> Checker:
    return Checker(_Fields(problems), Regexes())


def _table(value: object, here: str, problems: Problems) -> dict[str, Any] | None:
    if isinstance(value, dict):
        return value
    problems.add(here, f"`{here}` must be an object, not {kind(value)}")
    return None


def _changes(value: object, here: str, problems: Problems, inner: tuple[str, ...] = ()) -> dict[str, Any]:
    table = _table(value, here, problems)
    if table is None:
        return {}
    if not table:
        problems.add(here, f"`{here}` changes nothing", 'give fields with their new values: `{"description":"…"}`')
    fit: dict[str, Any] = {}
    for name, each in table.items():
        if name in inner and isinstance(each, dict):
            where = f"{here}.{name}"
            parts = {part: item for part, item in each.items() if item is None or _fits(part, item, where, problems)}
            fit[name] = parts
        elif each is None or _fits(name, each, here, problems):
            fit[name] = each
    return fit


def _fits(name: str, value: object, here: str, problems: Problems) -> bool:
    """Return whether the field *name* can have *value*, which is not for removal, as far as TOML is concerned."""
    named = _clean(name, here, problems)
    return _clean(value, f"{here}.{name[:80]}", problems, lines=name in PROSE) and named


def _present(table: Mapping[str, Any], *but: str) -> dict[str, Any]:
    return {name: value for name, value in table.items() if value is not None and name not in but}


def _known(table: Mapping[str, Any], fields: Mapping[str, Field], where: Path, problems: Problems) -> None:
    """Record nulls of fields that no schema has: a typing mistake would remove nothing, silently."""
    for name, value in table.items():
        if value is None and name not in fields:
            message = f"unknown field `{name[:80]}`"
            problems.add(_dotted((*where, name)), message, nearest(name, fields), content=True)


def _clean(value: object, here: str, problems: Problems, *, lines: bool = False) -> bool:
    """Return whether TOML can hold *value* and a person can see what it is; what is wrong is recorded."""
    faults = list(_unfit(value, here, 0, lines=lines))
    for fault in faults:
        problems.add(*fault)
    return not faults


def _unfit(value: object, here: str, depth: int, *, lines: bool) -> Iterator[tuple[str, str, str]]:
    if depth > MAX_DEPTH:
        yield here, f"`{here}` is nested deeper than {MAX_DEPTH} levels", "no field of a policy is"
    elif value is None:
        yield here, f"`{here}` is null, which TOML does not have", "leave the field out"
    elif isinstance(value, str):
        yield from _unfit_text(value, here, lines=lines)
    elif isinstance(value, int) and not _LEAST <= value <= _MOST:
        yield here, f"`{here}` is out of range", "integers of TOML have 64 bits"
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from _unfit_text(name, here, lines=False)
            yield from _unfit(each, f"{here}.{name[:80]}", depth + 1, lines=lines)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _unfit(each, f"{here}[{index}]", depth + 1, lines=lines)


def _unfit_text(text: str, here: str, *, lines: bool) -> Iterator[tuple[str, str, str]]:
    if text.isprintable():
        return
    for char in text:
        if "\ud800" <= char <= "\udfff":
            yield here, f"`{here}` holds half of a character (U+{ord(char):04X})", "send whole characters"
            return
        if unicodedata.category(char) == "Cc" and not (lines and char in "\n\t"):
            where = "" if lines or char not in "\n\t" else "; only descriptions, examples and prompts may have lines"
            yield here, f"`{here}` holds a control character (U+{ord(char):04X})", f"leave it out{where}"
            return


def _dotted(path: Path) -> str:
    out = ""
    for part in path:
        out += f"[{part}]" if isinstance(part, int) else f".{part[:80]}" if out else part[:80]
    return out


def _visible(text: str) -> str:
    return text if text.isprintable() else "".join(char if char.isprintable() else "?" for char in text)
