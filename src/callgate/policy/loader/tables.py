"""The tables of one discovered file and its includes, merged: sections, settings, logging, model fallback."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from callgate.policy.loader.document import Document
from callgate.policy.loader.loaded import Section
from callgate.policy.loader.regexes import Regexes
from callgate.policy.loader.values import Checker
from callgate.policy.schema import (
    APPLY_FIELDS,
    LLM_ACTION_FIELDS,
    LLM_FIELDS,
    LOGGING_FIELDS,
    SECTION_FIELDS,
    SECTION_PRIORITY,
    SETTINGS_FIELDS,
)


class Tables(NamedTuple):
    """Merged tables: only keys that some file sets; the includer's word counts first."""

    sections: dict[str, Section]
    settings: dict[str, Any]
    logging: dict[str, str]
    llm: dict[str, Any] | None
    """`None` when no file has the table."""
    names: tuple[str, ...]
    """The tables that some file has, in words for messages."""
    apply: dict[str, Any]
    """`[apply]`; whether it counts depends on the layer."""


def merge(documents: list[Document], home: str, regexes: Regexes) -> Tables:
    """Check and merge the tables of *documents* (includers first)."""
    scalars: dict[str, dict[str, Any]] = {}
    places: dict[str, tuple[str, int]] = {}
    settings: dict[str, Any] = {}
    logging: dict[str, str] = {}
    limits: dict[str, Any] = {}
    llm: dict[str, Any] = {}
    asked: list[tuple[Document, str]] = []
    for document in documents:
        check = Checker(document.faults, regexes)
        for name, section in document.sections.items():
            values = check.table(section.table, SECTION_FIELDS, (name,), f"section `{name}`")
            scalars.setdefault(name, {})
            _fill(scalars[name], values)
            places.setdefault(name, (document.path, section.line))
        _fill(settings, _settings(document, check))
        _fill(logging, _logging(document, check, home))
        _fill(limits, check.table(document.tables.get("apply", {}), APPLY_FIELDS, ("apply",), "`[apply]`"))
        asked += [(document, key) for key in document.tables.get("llm_fallback", ())]
        table = _llm(document, check)
        actions = table.pop("actions", {})
        _fill(llm, table)
        _fill(llm.setdefault("actions", {}), actions)
    _check_llm(llm, asked)
    sections = {
        name: Section(
            values.get("description", ""),
            values.get("priority", SECTION_PRIORITY),
            values.get("enabled", True),
            *places[name],
        )
        for name, values in scalars.items()
    }
    names = dict.fromkeys(
        name for document in documents for name in document.tables if name in ("settings", "logging", "llm_fallback")
    )
    return Tables(sections, settings, logging, llm if "llm_fallback" in names else None, tuple(names), limits)


def _fill(target: dict[str, Any], values: dict[str, Any]) -> None:
    for key, value in values.items():
        target.setdefault(key, value)


def _settings(document: Document, check: Checker) -> dict[str, Any]:
    values = check.table(document.tables.get("settings", {}), SETTINGS_FIELDS, ("settings",), "`[settings]`")
    if values.get("shell") == "raw":
        message = '`shell = "raw"` matches whole command strings: `ls; rm -rf x` passes for `ls`'
        help_text = "remove it once the rules are written for single commands"
        document.faults.add(message, ("settings", "shell"), help_text, value=True, severity="warning")
    return values


def _logging(document: Document, check: Checker, home: str) -> dict[str, str]:
    values = check.table(document.tables.get("logging", {}), LOGGING_FIELDS, ("logging",), "`[logging]`")
    for key in ("log_file", "review_log_file"):
        path = values.get(key)
        if path:
            path = home + path[1:] if path == "~" or path.startswith("~/") else path
            values[key] = os.path.normpath(os.path.join(os.path.dirname(document.path), path))
    return {key: value for key, value in values.items() if value}


def _llm(document: Document, check: Checker) -> dict[str, Any]:
    values = check.table(document.tables.get("llm_fallback", {}), LLM_FIELDS, ("llm_fallback",), "`[llm_fallback]`")
    if "actions" in values:
        path = ("llm_fallback", "actions")
        values["actions"] = check.table(values["actions"], LLM_ACTION_FIELDS, path, "`[llm_fallback.actions]`")
    return values


def _check_llm(llm: dict[str, Any], asked: list[tuple[Document, str]]) -> None:
    """Record what an enabled model fallback lacks, where it is enabled: the parts may stand in several files."""
    if not llm.get("enabled"):
        return
    document = next(document for document, key in asked if key == "enabled")
    for key, example in (("endpoint", "http://localhost:11434/v1"), ("model", "the model's name")):
        # a value at fault has its own message
        if not llm.get(key) and not any(
            name == key and document.tables["llm_fallback"][key] for document, name in asked
        ):
            message = f"`[llm_fallback]` is enabled but has no `{key}`"
            document.faults.add(message, ("llm_fallback", "enabled"), f'add `{key} = "{example}"`')
