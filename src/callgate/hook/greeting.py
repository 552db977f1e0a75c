"""What an agent is told when its session begins: two lines, what the gate is and how to ask it.

Every word is ours. What a project can choose (names, rules, the text of a fault) has no place in an agent's context.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, Mapping

from callgate.core.errors import InputError
from callgate.host import Places

if TYPE_CHECKING:
    from callgate.doctor.standing import Standing

GATE: Final = (
    "callgate decides on each of your tool calls before it runs: allow, ask or deny, with the reason. Read the reason "
    "of a denial, it says what is allowed instead; do not work around it."
)
DISARMED: Final = (
    "callgate is registered on this machine, but not so that it judges every tool call. Do not rely on being stopped; "
    "tell the person to run `callgate doctor`."
)
BROKEN: Final = (
    "Its policy has an error, so the last good one or the built-in denies stand in, and less is allowed than the "
    "person wants: tell them to run `callgate validate`; do not mend it yourself."
)
OFF: Final = (
    "Auto-approval is switched off at the moment: the person is asked about each call that would be allowed, and "
    "denials hold. Only a person switches it on again."
)
ASK: Final = (
    "Ask before you try, it changes nothing: `callgate query --json "
    '\'{"type":"match_test","tool":"Bash","input":{"command":"make build"}}\'` tells what would be decided, '
    "`callgate explain --command 'make build'` why"
)
SKILL: Final = "; the skill `callgate` says how to ask for more"
WARNING: Final = (
    "callgate is registered, but not so that every tool call of this session is judged: run `callgate doctor` in a "
    "terminal."
)

_DISARMING: Final = ("missing", "weak", "off", "dropped")


def disarmed(standing: Standing) -> bool:
    """Whether the settings on disk say that calls go unjudged.

    Settings that do not name callgate at all say nothing: then a plugin or the command line registered the hook. Nor
    does another program than ours: it may well be callgate, installed elsewhere.
    """
    return standing.ours and any(flaw.kind in _DISARMING for flaw in standing.flaws)


def context(*, armed: bool, broken: bool, off: bool, skill: bool) -> str:
    """Return the two lines.

    Args:
        armed: every call is judged, as far as the settings tell.
        broken: the policy does not load.
        off: auto-approval is switched off.
        skill: the skill that `install --skill` writes for every project is there.
    """
    first = [GATE if armed else DISARMED, *([BROKEN] if broken else []), *([OFF] if off else [])]
    return f"{' '.join(first)}\n{ASK}{SKILL if skill else ''}."


def has_skill(environ: Mapping[str, str], places: Places, cwd: str) -> bool:
    """Whether the person's own skill is there; a project's may say anything."""
    from callgate.agents.settings_file import settings_path  # noqa: PLC0415 - only a beginning needs it
    from callgate.agents.skill_file import skill_path, state_of  # noqa: PLC0415 - as above

    try:
        path = skill_path(settings_path("user", environ, places.home, cwd))
        return os.path.isfile(path) and state_of(path) in ("same", "older")
    except (OSError, ValueError, InputError):
        return False
