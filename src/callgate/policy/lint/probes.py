"""Runs two rules on the same commands and files, to see whether the second one allows more, or refuses less."""

from __future__ import annotations

from typing import Iterator

from callgate.core.model import Analysis, Observation, Operation, OperationKind, Rule, ToolCall, Unit
from callgate.policy.compiled import Policy
from callgate.policy.cover import cover
from callgate.policy.globs import Anchors
from callgate.policy.lint.tools import FILE_TOOLS, KINDS
from callgate.policy.match import call_hits, unit_hits

_TAILS = ("", "x", "-more", " x", " --force", " ../y", "; rm -rf ~", " && rm -rf ~", " | sh", " > out", " $(rm -rf ~)",
          "\nrm -rf ~", " -c x=y", " --output=/etc/x", " 'a b'", " `id`", " *")  # fmt: skip
_HEADS = ("", "evil-", "rm -rf ~; ", "env ", "sudo ", "X=1 ", "/usr/bin/", "./", "echo ", "'")


def around(texts: list[str]) -> Iterator[str]:
    """Yield commands like *texts*, with more in front or behind, and single words left out."""
    for text in texts:
        for tail in _TAILS:
            yield text + tail
        for head in _HEADS:
            yield head + text + ("'" if head == "'" else "")
        words = text.split(" ")
        for at in range(len(words)):
            yield " ".join(words[:at] + words[at + 1 :])
            yield " ".join([*words[:at], words[at].upper(), *words[at + 1 :]])


def no_looser(old: Rule, new: Rule, commands: list[str], anchors: Anchors) -> bool:
    """Whether *new* allows none of *commands* that *old* does not; a deny or ask must refuse all that *old* does."""
    from callgate.shell.analyse import analyse_command  # noqa: PLC0415 - only a proposal needs the parser

    before, after = Policy([old], anchors), Policy([new], anchors)
    observation = Observation(anchors.home, anchors.project)
    cwd = anchors.project or anchors.cwd
    for text in around(commands):
        call = ToolCall("Bash", {"command": text}, cwd)
        analysis = analyse_command(text, cwd=cwd, home=anchors.home)
        if old.action == "allow":
            if _allows(after, call, analysis, observation) and not _allows(before, call, analysis, observation):
                return False
        elif _refuses(before, call, analysis, observation) and not _refuses(after, call, analysis, observation):
            return False
    return True


def no_looser_on_files(old: Rule, new: Rule, paths: list[str], anchors: Anchors) -> bool:
    """The same for the file tools, on *paths* (absolute) and files around them."""
    before, after = Policy([old], anchors), Policy([new], anchors)
    observation = Observation(anchors.home, anchors.project)
    for path in [
        form for one in paths for form in (one, one + "x", one + "/x", "/x" + one, one.rsplit("/", 1)[0] or "/")
    ]:
        for tool in sorted(FILE_TOOLS - {"Glob", "Grep", "LS"}):
            field = "notebook_path" if tool == "NotebookEdit" else "file_path"
            call = ToolCall(tool, {field: path}, "/")
            operations = tuple(Operation(kind, path) for kind in _kinds(tool))
            analysis = Analysis((Unit("tool", f"{tool} {path}", (tool,), operations),))
            if old.action == "allow":
                if _allows(after, call, analysis, observation) and not _allows(before, call, analysis, observation):
                    return False
            elif _refuses(before, call, analysis, observation) and not _refuses(after, call, analysis, observation):
                return False
    return True


def _kinds(tool: str) -> list[OperationKind]:
    return sorted(KINDS[tool])


def _allows(policy: Policy, call: ToolCall, analysis: Analysis, observation: Observation) -> bool:
    return bool(analysis.units) and all(
        cover(policy.allow, policy.deny, policy.ask, call, unit, observation).rule is not None
        for unit in analysis.units
    )


def _refuses(policy: Policy, call: ToolCall, analysis: Analysis, observation: Observation) -> bool:

    index = policy.deny if policy.deny.rules else policy.ask
    if any(True for unit in analysis.units for _ in unit_hits(index, call, unit, observation)):
        return True
    # A regex also finds its text in what is only data; a word pattern is meant not to. Files have no such text.
    return not analysis.raw and any(True for _ in call_hits(index, call, analysis, observation))
