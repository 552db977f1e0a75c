"""Settings over the layers: nothing that stands lower loosens what stands higher."""

from __future__ import annotations

from typing import Any, Final, Literal, Sequence, cast

from callgate.core.errors import Problem
from callgate.core.model import Settings
from callgate.policy.loader.document import Document
from callgate.policy.loader.loaded import ApplyLimits, Layer, LoadedPolicy, Logging
from callgate.policy.loader.tables import Tables
from callgate.policy.schema import LLM_ACTION_FIELDS, LLM_FIELDS, Field

_STRICTNESS: Final = {"passthrough": 0, "ask": 1, "deny": 2}

Contribution = tuple[Layer, Tables, bool, Document]
"""A discovered file: its layer, merged tables, whether it is trusted, and itself."""


def merge_layers(roots: Sequence[Contribution]) -> LoadedPolicy:
    """Return a policy without rules: settings, logging and model fallback of *roots*, which come highest rank first."""
    counted = [root for root in roots if root[2]]
    defaults = [root[1].settings["default"] for root in counted if "default" in root[1].settings]
    default = max(defaults, key=_STRICTNESS.__getitem__, default="passthrough")
    shell, warnings = _shell(counted)
    settings = Settings(cast("Literal['passthrough', 'ask', 'deny']", default), shell)
    logging: dict[str, str] = {}
    for root in counted:
        for key, value in root[1].logging.items():
            logging.setdefault(key, value)
    # whole, not key by key: one layer's `api_key` must not go to another layer's `endpoint`
    llm = next((root[1].llm for root in counted if root[1].llm is not None), {})
    limits, ignored = _limits(roots)
    warnings += ignored
    merged = LoadedPolicy((), settings, Logging(**logging), _with_defaults(llm or {}), {}, (), tuple(warnings), "")
    return merged._replace(apply=limits)


def _limits(roots: Sequence[Contribution]) -> tuple[ApplyLimits, list[Problem]]:
    """Return the strictest `[apply]` of the managed and the user layer, and warnings for it elsewhere.

    A project's file, trusted or not, is written by whoever writes the project, and `--config` names any file: neither
    has a say in what may be done to a person's policy. That a project's table would tighten is no exception, so that
    reading one file is enough to know the limits.
    """
    limits = ApplyLimits()
    warnings: list[Problem] = []
    for layer, tables, _, document in roots:
        if layer in ("managed", "user"):
            limits = limits.with_limits(ApplyLimits(**tables.apply))
        elif tables.apply:
            where = "a file that `--config` names" if layer == "file" else "the file of a project"
            message = f"`[apply]` does not count in {where}: only the managed and the user policy limit agents"
            help_text = "put it into ~/.config/callgate/policy.toml"
            warnings.append(Problem(message, document.path, help=help_text, severity="warning"))
    return limits, warnings


def _shell(counted: Sequence[Contribution]) -> tuple[Literal["parsed", "raw"], list[Problem]]:
    """Return the strictest `shell`: `raw` only where every layer down to the one that says so has said it as well."""
    raw = False
    first = True
    warnings: list[Problem] = []
    for layer, tables, _, document in counted:
        said = tables.settings.get("shell", "")
        if layer == "builtin":
            continue
        if first:
            raw = said == "raw"
        elif said == "parsed":
            raw = False
        elif said == "raw" and not raw:
            message = '`shell = "raw"` does not count: the layer above has `parsed`'
            warnings.append(Problem(message, document.path, help="remove it", severity="warning"))
        first = False
    return "raw" if raw else "parsed", warnings


def _with_defaults(table: dict[str, Any]) -> dict[str, object]:
    actions = table.get("actions", {})
    out = {name: table.get(name, _default(field)) for name, field in LLM_FIELDS.items() if name != "actions"}
    out["actions"] = {name: actions.get(name, _default(field)) for name, field in LLM_ACTION_FIELDS.items()}
    return out


def _default(field: Field) -> object:
    """Return the default of *field* as a value: the schema holds it as TOML."""
    if field.type == "boolean":
        return field.default == "true"
    if field.type == "integer":
        return int(field.default)
    if field.type == "number":
        return float(field.default)
    return () if field.type == "strings" else field.default.strip('"')
