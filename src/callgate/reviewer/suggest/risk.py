"""How much a suggested rule lets through, and why: what the person who signs it should know."""

from __future__ import annotations

from typing import Any, Final, Literal, Mapping, NamedTuple, Sequence

from callgate.reviewer.cluster.calls import Call

Level = Literal["low", "medium", "high"]
LEVELS: Final[tuple[Level, ...]] = ("low", "medium", "high")


class Risk(NamedTuple):
    """A level with its reasons, the gravest first."""

    level: Level
    reasons: tuple[str, ...]


def assess(
    fields: Mapping[str, Any], kinds: Sequence[str], calls: Sequence[Call], *, exact: bool, own: int = 0
) -> Risk:
    """Return the risk of a rule.

    Args:
        fields: of the rule.
        kinds: of the operations that it grants.
        calls: what it rests on.
        exact: it allows these very words only.
        own: prompts of calls among them that run files which the agent made.
    """
    found: list[tuple[Level, str]] = []
    paths = [glob for glob in fields.get("path", ()) if not glob.startswith("!")]
    if fields.get("host"):
        found.append(("high", "reaches the network: what it asks for can carry data out"))
    if fields.get("tool_regex"):
        found.append(("medium", "callgate sees the name of an MCP tool, not what the server does with it"))
    if exact and not paths and "command" in fields:
        found.append(("high", "callgate cannot tell where it reaches; these very words only"))
    if "execute" in kinds:
        found.append(("medium", "runs the project's own code, which the agent may have changed"))
    if own:
        found.append(("medium", f"{own:,} of these prompts were for running files that the agent had made itself"))
    if "delete" in kinds:
        found.append(("medium", "deletes files that the agent made; nobody keeps a copy"))
    if "write" in kinds and "command" not in fields:
        found.append(("medium", "what is written may run later, when somebody builds or tests"))
    if "read" in kinds and any(not glob.startswith("<project>") for glob in paths):
        found.append(("medium", "reads outside the project"))
    if any(glob.startswith("/tmp/") for glob in paths):  # noqa: S108 - a place that rules name
        found.append(("medium", "everybody on this machine may use /tmp"))
    if any("**" in glob for glob in paths) and "command" not in fields:
        found.append(("low", "reaches all directories below, those made later included"))
    found += _evidence(calls)
    level = max((LEVELS.index(one) for one, _ in found), default=0)
    reasons = [text for _, text in sorted(found, key=lambda one: -LEVELS.index(one[0]))]
    return Risk(LEVELS[level], tuple(reasons) or ("it only looks",))


def _evidence(calls: Sequence[Call]) -> list[tuple[Level, str]]:
    sessions = {session for call in calls for session in call.sessions}
    approved = sum(call.approved for call in calls)
    found: list[tuple[Level, str]] = []
    if len(sessions) == 1:
        found.append(("medium", "all calls come from one session: read them before you sign"))
    if approved:
        found.append(("low", f"a person let {approved} of these calls run"))
    else:
        found.append(("low", "nothing is known of what a person said to these calls"))
    return found
