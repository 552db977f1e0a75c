"""Whole directories beside the project, repositories, and trees that archives are spread over: these ask."""

from __future__ import annotations

from typing import Iterator

from callgate.core.paths import is_within
from callgate.engine.case import Case
from callgate.engine.guardrails.base import Act, Consent
from callgate.engine.guardrails.destruction import SYSTEM_TREES, reached

SPREADERS = frozenset({"tar", "bsdtar", "unzip", "7z", "7za", "cpio", "pax", "cp", "rsync", "ditto"})
"""Programs that write a tree of names that the command does not say."""

SYSTEM_TOPS = frozenset({
    "/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/proc", "/root", "/sbin", "/sys", "/usr", "/var",
    "/System", "/Library", "/Applications", "/private",
})  # fmt: skip
"""Directories that belong to the system, beside `SYSTEM_TREES`; `/opt`, `/srv`, `/app` are where people unpack."""

SCRATCH = frozenset({"/tmp", "/var/tmp", "/private/tmp", "/private/var/tmp", "/dev/shm"})  # noqa: S108 - compared only
"""What lies directly here is expected to go, also when the project lies here."""


def _elsewhere(case: Case) -> Iterator[Act]:
    for unit in case.analysis.units:
        # What is moved is still there.
        if unit.argv[:1] == ("mv",) and unit.argv[-1] != "/dev/null":
            continue
        for operation in unit.operations:
            if operation.kind == "delete" and operation.recursive and not operation.dynamic:
                for path in reached(operation, case):
                    what = others_work(path, case)
                    if what:
                        name = path.rsplit("/", 1)[1]
                        yield Act(f"it would delete {what} (`{path}`)", unit, operation, name)


def others_work(path: str, case: Case) -> str:
    """Say what *path* is when deleting it may take work that is not this project's; empty when it is not.

    A repository's `.git`, wherever it lies; and outside of the project and the cwd, whatever lies beside the project
    or beside a directory on the way to it below home, or directly in home (but `~/.cache`), save scratch directories.
    """
    if path.endswith("/.git"):
        return "a repository with its history"
    home, project, cwd = case.observation.home, case.observation.project, case.call.cwd
    parent = path.rsplit("/", 1)[0]
    if parent in SCRATCH or any(base and is_within(path, base) for base in (project, cwd)):
        return ""
    if parent == home:
        return "" if path == f"{home}/.cache" else "a directory of the home directory"
    if project and parent and is_within(project, parent):
        return "a directory beside the project"
    return ""


def _spread(case: Case) -> Iterator[Act]:
    for unit in case.analysis.units:
        if not unit.argv or unit.argv[0] not in SPREADERS:
            continue
        for operation in unit.operations:
            if operation.kind == "write" and operation.recursive:
                for path in reached(operation, case):
                    what = "the home directory" if path == case.observation.home else ""
                    if path == "/" or path in SYSTEM_TOPS or path in SYSTEM_TREES:
                        what = "the root of the file system" if path == "/" else "a system directory"
                    if what and path != case.observation.project:
                        yield Act(f"it would write files of any name into {what} (`{path}`)", unit, operation)


DESTROY_ELSEWHERE = Consent(
    "destroy-elsewhere", "deletes a repository, or a whole directory beside the project or directly in home",
    "delete inside the project, or move the directory aside with `mv`", _elsewhere, frozenset({"delete"}),
)  # fmt: skip
UNPACK_OVER = Consent(
    "unpack-over", "unpacks or copies a tree over `/`, home or a system directory",
    "unpack into a new directory of the project and look at what is in it", _spread, frozenset({"write"}),
)  # fmt: skip
