"""Git acts that lose work: uncommitted changes, commits that nothing else holds, branches of the remote."""

from __future__ import annotations

from typing import Iterator, Mapping

from callgate.engine.case import Case
from callgate.engine.guardrails.base import Act, Consent

MARK = "git-loses-work: "
"""How the git program files begin the target of such an operation (`shell/programs/git_common.py`)."""

# Options of git itself that take the next word.
_TAKES_VALUE = frozenset({"-C", "-c", "--git-dir", "--work-tree", "--namespace", "--config-env", "--exec-path"})
SAFER: Mapping[str, str] = {
    "reset": "`git stash` keeps the changes, `git reset --keep` moves the branch and stops where changes would go",
    "clean": "`git clean -n` shows what would go, `git stash -u` keeps it",
    "checkout": "`git stash` keeps the changes, `git checkout FILE` takes back one file",
    "restore": "`git stash` keeps the changes, `git restore FILE` takes back one file",
    "switch": "`git stash` keeps the changes, `git switch` without force stops where they would go",
    "stash": "`git stash list` shows what there is, `git stash branch NAME` makes a branch of it",
    "branch": "`git branch -d` deletes only what is merged",
    "tag": "`git tag NEW OLD` gives another name and keeps the old one",
    "push": "push to a branch of your own; `git push --force-with-lease` there stops where others have pushed",
    "reflog": "`git reflog` shows what would go",
    "gc": "`git gc` keeps what is younger than two weeks",
    "prune": "`git prune -n` shows what would go",
    "update-ref": "`git branch -d` deletes only what is merged",
    "filter-branch": "work in a clone (`git clone . ../copy`)",
    "filter-repo": "work in a clone (`git clone . ../copy`)",
    "checkout-index": "`git stash` keeps the changes, without force git stops where changes would go",
    "read-tree": "`git stash` keeps the changes, `git reset --keep` stops where changes would go",
    "worktree": "`git worktree remove` without force stops where changes would go",
    "submodule": "without force git stops where changes would go",
    "rm": "`git rm --cached` keeps the file, and without force git stops where changes would go",
    "mv": "without force git stops where a file would go",
    "notes": "`git notes show` prints the note",
    "lfs": "`git lfs prune --dry-run` shows what would go",
}
"""Subcommand -> what to do instead."""


def subcommand(argv: tuple[str, ...]) -> str:
    """Return the subcommand of a git command; empty when there is none."""
    position = 1
    while position < len(argv) and argv[position].startswith("-"):
        position += 2 if argv[position] in _TAKES_VALUE else 1
    return argv[position] if position < len(argv) else ""


def _acts(case: Case) -> Iterator[Act]:
    for unit in case.analysis.units:
        for operation in unit.operations:
            if operation.kind == "system" and operation.target.startswith(MARK):
                name = subcommand(unit.argv)
                what = f"`git {name}` here can lose work: {operation.target[len(MARK) :]}"
                yield Act(what, unit, operation, instead=SAFER.get(name, ""))


LOSE_WORK = Consent(
    "lose-work", "has git throw away changes, commits or branches that nothing else holds",
    "`git stash`, or a branch, keeps the work", _acts, frozenset({"system"}),
)  # fmt: skip
