"""An agent, a person, or nobody can tell: decided from facts, without looking at anything."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any, Final, Literal, Mapping, NamedTuple

from callgate.actor.known import PROGRAMS, base, program, variables
from callgate.actor.processes import Process, Table

Kind = Literal["agent", "person", "unknown"]

MAX_ANCESTORS: Final = 64

_ORPHANS: Final = re.compile(
    r"-?(?:(?:ba|da|z|k|fi|t?c)?sh|python[\d.]*|pypy[\d.]*|node|bun|deno|perl|ruby|script|expect|unbuffer|socat|setsid"
    r"|nohup|env|timeout|stdbuf|callgate|decision_reviewer|claude-code-permissions-hook)"
)
"""Programs that no login and no desktop starts by themselves: with no living parent, something left them behind."""

_MAKERS: Final = re.compile(
    r"(?:(?:ba|da|z|k|fi|t?c)?sh|python[\d.]*|pypy[\d.]*|perl|ruby|script|expect|unbuffer|socat)"
)
"""Programs that people do not sit in front of: a terminal that one of them made is there for a program.

Not `node`, which makes the terminals of editors.
"""

_SANDBOXES: Final = frozenset({"bwrap", "firejail", "nsjail", "unshare", "sandbox-exec"})
"""As the first process that can be seen, one of them hides who is behind it."""


class Actor(NamedTuple):
    """Who is asking."""

    claimed: str
    """The name that they go by: a flag, `$DECISION_REVIEWER_APPLIED_BY`, or the account."""
    kind: Kind
    """`person` only where a terminal and every process up to the first one speak for it."""
    agent: str = ""
    """Which agent, when it is one."""
    evidence: tuple[str, ...] = ()
    """What *kind* rests on, one phrase each, the strongest first; quotes names of processes, which may be anything."""
    user: str = ""
    """The account, as the system has it."""
    uid: int = -1
    pid: int = 0
    host: str = ""
    terminal: bool = False
    """Whether standard input and output are a terminal."""
    ancestors: tuple[str, ...] = ()
    """`name[pid]` of the parent, its parent, and so on."""

    def record(self) -> dict[str, Any]:
        """Return the actor as the audit log keeps it."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in self._asdict().items()
            if value not in ("", ())
        }


class Facts(NamedTuple):
    """What is known of the process that asks."""

    claimed: str
    user: str
    uid: int
    pid: int
    host: str
    stdin: bool
    """Whether standard input is a terminal."""
    stdout: bool
    environ: Mapping[str, str]
    table: Table | None
    """`None` where processes cannot be seen."""


def judge(facts: Facts) -> Actor:
    """Return who asks.

    One sign of an agent is enough, wherever it stands: an ancestor counts although the environment was emptied, and the
    environment of an ancestor although the ancestor's name says nothing.
    """
    chain, gap = _ancestry(facts)
    signs = list(_signs(facts, chain))
    terminal = facts.stdin and facts.stdout
    if signs:
        kind: Kind = "agent"
        evidence = [text for _, text in signs]
    else:
        doubts = list(_doubts(facts, chain, gap))
        kind = "unknown" if doubts else "person"
        evidence = doubts or ["a terminal, and no agent among the processes above"]
    return Actor(
        facts.claimed, kind, signs[0][0] if signs else "", tuple(dict.fromkeys(evidence)),
        facts.user, facts.uid, facts.pid, facts.host, terminal,
        tuple(f"{one.name}[{one.pid}]" for one in chain[1:]),
    )  # fmt: skip


def _ancestry(facts: Facts) -> tuple[list[Process], str]:
    """Return the process and its ancestors up to the first process, and where the chain breaks off, if it does."""
    table = facts.table
    if table is None:
        return [], "the processes above cannot be seen"
    chain: list[Process] = []
    pid = facts.pid
    while pid > 0 and len(chain) <= MAX_ANCESTORS:
        found = table.process(pid)
        if found is None:
            return chain, f"process {pid}, an ancestor, cannot be seen"
        if chain and found.started > chain[-1].started > 0:
            return chain, f"the parent of {chain[-1].name}[{chain[-1].pid}] has ended"  # its number is another's now
        if any(found.pid == one.pid for one in chain):
            return chain, "the processes above changed while they were looked at"
        chain.append(found)
        pid = found.parent
    return chain, "" if pid <= 0 else "there are too many processes above"


def _signs(facts: Facts, chain: list[Process]) -> list[tuple[str, str]]:
    """Return (agent, evidence) for every sign of an agent."""
    found = [
        (agent, f"{one.name}[{one.pid}], an ancestor, is {agent}")
        for one in chain[1:]
        if (agent := program(one.name, one.argv, one.exe))
    ]
    agent, variable = variables(facts.environ)
    if agent:
        found.append((agent, f"the environment has {variable}"))
    table = facts.table
    if table is None or not chain:
        return found
    seen = {one.pid for one in chain}
    leader = chain[0].session
    if leader not in seen and (process := table.process(leader)) is not None:
        if agent := program(process.name, process.argv, process.exe):
            found.append((agent, f"{process.name}[{leader}], which leads the session, is {agent}"))
        seen.add(leader)
    for pid in sorted(seen - {facts.pid}, reverse=True):
        agent, variable = variables(table.environ(pid))
        if agent:
            found.append((agent, f"process {pid}, above or leading the session, was started with {variable}"))
    group = table.cgroup(facts.pid)
    for word in re.split(r"[/:@]|\.(?:scope|service|slice)|\\x2d|-(?=\d)", group):
        if owner := PROGRAMS.get(re.sub(r"^(?:app|run)-", "", word)):
            found.append((owner, f"the control group is {group}"))
            break
    return found


def _doubts(facts: Facts, chain: list[Process], gap: str) -> list[str]:
    """Return what speaks against a person, when nothing speaks for an agent."""
    found = []
    if not facts.stdin or not facts.stdout:
        found.append("standard input or output is no terminal")
    if chain and not chain[0].terminal:
        found.append("there is no controlling terminal")
    if gap:
        found.append(gap)
    elif orphan := _orphan(chain):
        found.append(f"{orphan.name}[{orphan.pid}] was left behind by whatever started it")
    maker = next((one for one in chain[1:] if not one.terminal), None)
    if chain and chain[0].terminal and maker is not None and _MAKERS.fullmatch(base(maker.name)):
        found.append(f"{maker.name}[{maker.pid}], which has no terminal itself, made this one")
    if chain and chain[-1].name in _SANDBOXES:
        found.append(f"{chain[-1].name} hides the processes above it")
    return found


def _orphan(chain: list[Process]) -> Process | None:
    """Return the process that lost its parent, when there is one: a shell that the first process took over.

    The first process of a container may be a shell that a person uses; what it started lies in its session.
    """
    for child, parent in pairwise(chain):
        took = parent.pid == 1 or parent.parent == 0 or parent.name == "systemd"  # also as a user's manager
        if took and parent.session != child.session and _ORPHANS.fullmatch(base(child.name)):
            return child
    return None
