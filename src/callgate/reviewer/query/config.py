"""`{"type":"config"}`: what is configured, merged over all files, and where it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Mapping

from callgate.policy.schema import ACTIONS, RESERVED
from callgate.reviewer.query.base import Context, Field, QueryType
from callgate.reviewer.query.policy import sound
from callgate.reviewer.query.words import invalid, nearest
from callgate.reviewer.redact import masked
from callgate.reviewer.rules import as_object

if TYPE_CHECKING:
    from callgate.policy.loader import LoadedPolicy
    from callgate.policy.loader.loaded import Section

_VIEWS: Final = ("full", "section", "sources")


def answer(fields: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Return the whole configuration, one table of it, or the files that it was read from.

    Raises:
        QueryError: `config_parse_error`; `invalid_query`: several views, or a section that there is not.
    """
    wanted = [view for view in _VIEWS if fields.get(view)]
    if len(wanted) > 1:
        raise invalid(f"`{wanted[0]}` and `{wanted[1]}` are two questions", "ask them one after the other")
    if not wanted and any(view in fields for view in _VIEWS):
        raise invalid("the query asks for nothing", 'write `"full": true`, `"sources": true`, or name a `section`')
    loaded = sound(context.gate)
    if wanted == ["sources"]:
        return _sources(loaded)
    if wanted == ["section"]:
        return _section(fields["section"], loaded, context)
    return _full(loaded, context)


def _full(loaded: LoadedPolicy, context: Context) -> dict[str, Any]:
    return {
        "logging": _logging(loaded, context),
        "llm_fallback": _llm(loaded),
        "settings": loaded.settings._asdict(),
        "apply": loaded.apply._asdict(),
        "sections": {name: _described(section) for name, section in _ordered(loaded)},
        **{action: _rules(loaded, action) for action in ACTIONS},
        "disabled": loaded.disabled,
        "not_trusted": loaded.dropped,
        "revision": loaded.revision,
    }


def _section(name: str, loaded: LoadedPolicy, context: Context) -> dict[str, Any]:
    if name == "logging":
        return _logging(loaded, context)
    if name == "llm_fallback":
        return _llm(loaded)
    if name == "settings":
        return dict(loaded.settings._asdict())
    if name == "apply":
        return dict(loaded.apply._asdict())
    if name == "includes":
        return {"files": _sources(loaded)["includes"]}
    if name in ACTIONS:
        return {name: _rules(loaded, name)}
    section = loaded.sections.get(name)
    if section is None:
        raise invalid(f"there is no section `{name[:80]}`", nearest(name, (*RESERVED, *sorted(loaded.sections))))
    rules = {action: _rules(loaded, action, name) for action in ACTIONS}
    return {**_described(section), **{action: found for action, found in rules.items() if found}}


def _sources(loaded: LoadedPolicy) -> dict[str, Any]:
    found = [source for source in loaded.sources if not source.included_by]
    # What a person calls *the* policy: the file of `--config`, else the user's, else what stands in for it.
    ranks = {"file": 0, "user": 0, "builtin": 1, "project": 2, "managed": 3}
    base = min(found, key=lambda source: ranks[source.layer], default=None)
    return {
        "base": base.path if base else None,
        "includes": list(dict.fromkeys(source.path for source in loaded.sources if source.included_by)),
        "layers": [
            {
                "layer": source.layer,
                "file": source.path,
                "trusted": source.trusted,
                "included_by": source.included_by or None,
                "sha256": source.sha256,
            }
            for source in loaded.sources
        ],
        "revision": loaded.revision,
    }


def _logging(loaded: LoadedPolicy, context: Context) -> dict[str, Any]:
    """Return the logs that are written: where no file names one, the one in the state directory."""
    places, logging = context.gate.places, loaded.logging
    return {
        "log_file": logging.log_file or places.log_file,
        "review_log_file": logging.review_log_file or places.review_log_file,
        "log_level": logging.log_level or "info",
    }


def _llm(loaded: LoadedPolicy) -> dict[str, Any]:
    """Return the table with its defaults; a key shows only that there is one."""
    table: dict[str, Any] = masked({**loaded.llm, "api_key": ""})
    table["api_key"] = "«masked:field»" if loaded.llm.get("api_key") else ""
    return table


def _ordered(loaded: LoadedPolicy) -> list[tuple[str, Section]]:
    return sorted(loaded.sections.items(), key=lambda item: (item[1].priority, item[0]))


def _described(section: Section) -> dict[str, Any]:
    values: dict[str, Any] = masked(section._asdict())
    return values


def _rules(loaded: LoadedPolicy, action: str, section: str | None = None) -> list[dict[str, Any]]:
    return [
        as_object(rule, with_source=True)
        for rule in loaded.rules
        if rule.action == action and section in (None, rule.source.section)
    ]


QUERY = QueryType({"full": Field("flag"), "section": Field("text"), "sources": Field("flag")}, answer)
