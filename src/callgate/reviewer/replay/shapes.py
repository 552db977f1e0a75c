"""What kind of call it is, in a few words, so that a thousand changes read as ten."""

from __future__ import annotations

import json
import re
from typing import Any, Final, Iterator

from callgate.core.model import DYNAMIC, SPLIT, Analysis, Observation, ToolCall, Unit
from callgate.core.paths import is_within
from callgate.engine.units import SHELL_TOOLS
from callgate.journal.masking import mask

MAX_TEXT: Final = 400
MAX_LOOKED: Final = 4_096
"""Characters of a command that are searched for secrets; what is shown is far less."""

_MAX_HEADS: Final = 3
_MAX_WORD: Final = 60

_PLUMBING: Final = frozenset(
    "cd pushd popd echo printf true false : test [ [[ sleep set export head tail cat grep sort uniq wc tr cut".split()
)
"""Programs that say nothing of what a command with others in it is about."""

_SUBCOMMANDS: Final = frozenset(
    (
        "git npm pnpm yarn npx bun deno docker podman kubectl helm cargo go pip pip3 uv poetry pipx conda gh glab aws "
        "gcloud az systemctl apt apt-get brew terraform make just cmake dotnet mvn gradle rustup bundle gem composer "
        "nix rails"
    ).split()
)
_WORD: Final = re.compile(r"[a-z][a-z0-9:_.-]{0,30}")
_RUNNERS: Final = frozenset({"npm", "pnpm", "yarn", "bun", "uv", "poetry"})
_PYTHON: Final = re.compile(r"python[0-9.]*")


def shape_of(call: ToolCall, analysis: Analysis, observation: Observation, unit: Unit | None) -> str:
    """Return program and subcommand of a shell call, tool and directory of a file tool, else the tool and its host.

    Args:
        call: the call.
        analysis: what it would do.
        observation: home and project shorten paths.
        unit: the part that decided; `None` when no single one did.
    """
    if call.tool in SHELL_TOOLS:
        units = (unit,) if unit is not None else analysis.units
        heads = dict.fromkeys(head for each in units for head in _heads(each, observation))
        telling = [head for head in heads if head.split(" ", 1)[0] not in _PLUMBING] or list(heads)
        more = f" + {len(telling) - _MAX_HEADS} more" if len(telling) > _MAX_HEADS else ""
        return (" + ".join(telling[:_MAX_HEADS]) + more) or call.tool
    for each in analysis.units:
        for operation in each.operations:
            if operation.kind == "network" and operation.target:
                return f"{call.tool} {operation.target[:MAX_TEXT]}"
            if operation.target.startswith("/"):
                folder = operation.target if operation.recursive else operation.target.rpartition("/")[0] or "/"
                return f"{call.tool} {_short(folder, observation)}"
    return call.tool


def text_of(call: ToolCall) -> str:
    """Return what a person would call the call: the command, the path, the address, or the input as JSON.

    Secrets are masked as in the log: a transcript, a list, and the older hook's log have them as they were.
    """
    for field in ("command", "file_path", "notebook_path", "url", "pattern", "path"):
        value = call.input.get(field)
        if isinstance(value, str) and value:
            return _cut(_masked(value))
    return _cut(json.dumps(_masked(dict(call.input)), ensure_ascii=False)) if call.input else call.tool


def _masked(value: Any) -> Any:  # noqa: ANN401 - JSON in, JSON out
    """Mask before cutting: half of a secret is not known for one."""
    return mask(value[:MAX_LOOKED] if isinstance(value, str) else value)[0]


def _heads(unit: Unit, observation: Observation) -> Iterator[str]:
    if unit.kind == "redirect":
        for operation in unit.operations:
            folder = operation.target.rpartition("/")[0] or operation.target
            yield f"redirect to {_short(folder, observation)}" if folder else "redirect"
        return
    words = [word.replace(DYNAMIC, "…").replace(SPLIT, "…")[:_MAX_WORD] for word in unit.argv[:12]]
    if not words:
        yield unit.kind
        return
    program, rest = words[0], [word for word in words[1:] if _WORD.fullmatch(word)]
    if _PYTHON.fullmatch(program) and words[1:2] == ["-m"]:
        yield " ".join(words[:3])
    elif program in _RUNNERS and rest[:1] == ["run"]:
        yield " ".join([program, *rest[:2]])
    elif program in _SUBCOMMANDS and rest:
        yield f"{program} {rest[0]}"
    else:
        yield program


def _short(path: str, observation: Observation) -> str:
    for base, name in ((observation.project, "<project>"), (observation.home, "~")):
        if base and is_within(path, base):
            return _cut(name + path[len(base) :])
    return _cut(path)


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"
