"""git: subcommands that change files, history, configuration or another repository."""

from __future__ import annotations

import pytest
from util import opaque, run

HOOKS = "execute git hooks"
NAMED = "network <dynamic>"
CHECKOUT_LOSES = "system git-loses-work: `git checkout` of paths overwrites uncommitted changes via checkout"
PATHS_LOSE = CHECKOUT_LOSES.replace("via checkout", "via --")
FILE_LOSES = "system `git checkout` overwrites uncommitted changes of the named files via checkout"
LEASE = "system git-rewrites-branch: `git push {0}` removes commits from the remote via {0}".format(
    "--force-with-lease"
)
PRUNES = "system git-loses-work: local copies of large files that may not be on the remote via prune"
RESTORE_LOSES = "system git-loses-work: `git restore` overwrites uncommitted changes via restore"
CLEAN_LOSES = "system git-loses-work: `git clean` deletes files that git does not know via clean"

LOCAL = [
    ("git add a.py", ["write /p", "read /p/a.py"]),
    ("git add -A", ["write /p"]),
    ("git add .", ["write /p", "read /p"]),
    ("git commit -m 'rm -rf /'", ["write /p", HOOKS]),
    ("git commit -am x --amend --no-edit", ["write /p", HOOKS]),
    ("git commit -m $MESSAGE", ["write /p", HOOKS]),
    ("git commit -F /etc/passwd", ["read /etc/passwd", "write /p", HOOKS]),
    ("git commit --fil=.env", ["read /p/.env", "write /p", HOOKS]),
    ("git commit", ["write /p", HOOKS, "execute git editor"]),
    ("git commit -S -m x", ["write /p", HOOKS, "execute gpg"]),
    ("git checkout main", [HOOKS, "write /p recursive"]),
    ("git checkout -b topic", [HOOKS, "write /p recursive"]),
    ("git checkout feature/x", [HOOKS, "write /p recursive"]),
    ("git checkout v1.2.3", [HOOKS, "write /p recursive"]),
    ("git checkout -- a.py", [HOOKS, "write /p/a.py recursive", "read /p/a.py", FILE_LOSES]),
    ("git checkout .",
     [HOOKS, "write /p recursive", CHECKOUT_LOSES.replace("via checkout", "via ."), "write /p recursive"]),
    ("git checkout HEAD -- x", [HOOKS, "write /p/x recursive", "read /p/x", PATHS_LOSE]),
    ("git checkout HEAD~1 .env", [HOOKS, "write /p/.env recursive", "read /p/.env", CHECKOUT_LOSES]),
    ("git checkout a.py", [HOOKS, "write /p/a.py recursive", "read /p/a.py", FILE_LOSES, "write /p recursive"]),
    ("git checkout -f main", [HOOKS, "system git-loses-work: uncommitted changes via -f", "write /p recursive"]),
    ("git checkout -- ':!a'", [HOOKS, "write /p recursive", PATHS_LOSE]),
    ("git checkout -- '*.py'", [HOOKS, "write /p recursive", "read /p recursive only=*.py", PATHS_LOSE]),
    ("git switch main", ["write /p recursive", HOOKS]),
    ("git switch --discard-changes main",
     ["write /p recursive", HOOKS, "system git-loses-work: uncommitted changes via --discard-changes"]),
    ("git restore --staged a", ["write /p"]),
    ("git restore a", ["write /p/a recursive", "read /p/a", RESTORE_LOSES]),
    ("git restore -SW a", ["write /p/a recursive", "read /p/a", RESTORE_LOSES]),
    ("git reset", ["write /p"]),
    ("git reset --soft HEAD~1", ["write /p"]),
    ("git reset --hard",
     ["write /p recursive", "system git-loses-work: `git reset --hard` throws uncommitted changes away via --hard"]),
    ("git reset --har HEAD~3",
     ["write /p recursive", "system git-loses-work: `git reset --hard` throws uncommitted changes away via --hard"]),
    ("git clean -fdx", ["delete /p recursive", CLEAN_LOSES]),
    ("git clean -f src", ["delete /p/src recursive", CLEAN_LOSES]),
    ("git rm a", ["write /p", "delete /p/a"]),
    ("git rm -r d", ["write /p", "delete /p/d recursive"]),
    ("git rm --cached a", ["write /p"]),
    ("git mv a b", ["read /p/a recursive", "delete /p/a recursive", "write /p/b recursive"]),
    ("git merge topic", ["write /p recursive", HOOKS]),
    ("git rebase -x 'make; rm -rf x' main", ["write /p recursive", HOOKS, "script git -x: make; rm -rf x"]),
    ("git rebase --exe='make' main", ["write /p recursive", HOOKS, "script git -x: make"]),
    ("git rebase -i main", ["write /p recursive", HOOKS, "execute git editor"]),
    ("git cherry-pick abc1234", ["write /p recursive", HOOKS]),
    ("git stash", ["write /p recursive"]),
    ("git stash -u -m x", ["write /p recursive"]),
    ("git stash push -- a", ["write /p recursive", "write /p/a recursive"]),
    ("git stash pop", ["write /p recursive", HOOKS]),
    ("git stash drop", ["write /p", "system git-loses-work: the stashed changes via drop"]),
    ("git stash clear", ["write /p", "system git-loses-work: all stashed changes via clear"]),
    ("git branch topic", ["read /p", "write /p"]),
    ("git branch -d topic", ["read /p", "write /p"]),
    ("git branch -D topic",
     ["read /p", "system git-loses-work: commits that no other branch holds via -D", "write /p"]),
    ("git tag v1", ["read /p", "write /p"]),
    ("git tag -d v1", ["read /p", "system git-loses-work: what only the tag held via -d", "write /p"]),
    ("git apply a.patch", ["read /p/a.patch", "write /p recursive"]),
    ("git apply --stat --apply a.patch", ["read /p/a.patch", "write /p recursive"]),
    ("git format-patch HEAD~3 --stdout", ["read /p", "read /p/HEAD~3"]),
    ("git format-patch -o /tmp/x HEAD~3",
     ["read /p", "read /p/HEAD~3", "write /tmp/x recursive via --output-directory"]),
    ("git reflog expire --all", ["write /p", "system git-loses-work: the way back to earlier commits via expire"]),
    ("git update-ref -d refs/heads/x", ["write /p", HOOKS, "system git-loses-work: what only the ref held via -d"]),
    ("git gc --prune=now", ["write /p", "system git-loses-work: commits that no ref holds via --prune"]),
    ("git init", ["write /p"]),
    ("git init d", ["write /p/d"]),
    ("git worktree add ../w main", ["write /p", HOOKS, "write /w recursive"]),
    ("git worktree remove -f w",
     ["delete /p/w recursive", "system git-loses-work: changes in the removed worktree via -f"]),
    ("git bisect run make test", ["write /p recursive", HOOKS, "payload git bisect run: make test"]),
    ("git config user.email a@b", ["write /p/.git/config", "read /p"]),
    ("git config --global color.ui auto",
     ["write /home/u/.gitconfig", "write /home/u/.config/git/config", "read /p"]),
    ("git config set user.name x", ["write /p/.git/config", "read /p"]),
    ("git config -f /tmp/c user.name", ["read /tmp/c", "read /p"]),
]  # fmt: skip

NETWORK = [
    ("git fetch", [NAMED, "write /p", HOOKS]),
    ("git fetch origin main", [NAMED, "write /p", HOOKS]),
    ("git fetch https://h.org/x.git", ["network h.org", "write /p", HOOKS]),
    ("git pull --rebase", [NAMED, "write /p recursive", HOOKS]),
    ("git push", [NAMED, "read /p", HOOKS]),
    ("git push ssh://git@h.org:22/x main", ["network h.org:22", "read /p", HOOKS]),
    ("git push --force", [NAMED, "read /p", HOOKS,
                          "system git-loses-work: `git push -f` removes commits from the remote via -f"]),
    ("git push --force-with origin", [NAMED, "read /p", HOOKS,
     "system git-loses-work: `git push --force-with-lease` removes commits from the remote via --force-with-lease"]),
    ("git push origin +main", [NAMED, "read /p", HOOKS,
     "system git-loses-work: `+main` overwrites or deletes a branch of the remote via +"]),
    ("git push origin :main", [NAMED, "read /p", HOOKS,
     "system git-loses-work: `:main` overwrites or deletes a branch of the remote via :"]),
    ("git push -f origin topic", [NAMED, "read /p", HOOKS,
     "system git-rewrites-branch: `git push -f` removes commits from the remote via -f"]),
    ("git push --force-with-lease origin feature/x", [NAMED, "read /p", HOOKS,
     LEASE]),
    ("git push -f origin topic:release/1.2", [NAMED, "read /p", HOOKS,
     "system git-loses-work: `git push -f` removes commits from the remote via -f"]),
    ("git push -f origin HEAD", [NAMED, "read /p", HOOKS,
     "system git-loses-work: `git push -f` removes commits from the remote via -f"]),
    ("git push origin +topic", [NAMED, "read /p", HOOKS,
     "system git-rewrites-branch: `+topic` overwrites or deletes a branch of the remote via +"]),
    ("git push --mirror origin topic", [NAMED, "read /p", HOOKS,
     "system git-loses-work: `git push --mirror` removes commits from the remote via --mirror"]),
    ("git push -n -f origin main", [NAMED, "read /p", HOOKS]),
    ("git restore a.py", ["write /p/a.py recursive", "read /p/a.py", FILE_LOSES.replace("checkout", "restore")]),
    ("git checkout -- src", [HOOKS, "write /p/src recursive", "read /p/src", PATHS_LOSE]),
    ("git lfs prune", ["write /p", PRUNES]),
    ("git lfs prune --dry-run", ["write /p"]),
    ("git restore .", ["write /p recursive", RESTORE_LOSES.replace("via restore", "via .")]),
    ("git push ../other main", ["write /other recursive", "read /p", HOOKS]),
    ("git clone git@h.org:a/b.git", ["network h.org", "write /p/b recursive"]),
    ("git clone https://h.org/a/b.git c", ["network h.org", "write /p/c recursive"]),
    ("git clone file:///srv/r c", ["read /srv/r recursive", "write /p/c recursive"]),
    ("git clone /srv/r", ["read /srv/r recursive", "write /p/r recursive"]),
    ("git ls-remote --heads origin", ["read /p", NAMED]),
    ("git remote show origin", ["read /p", NAMED]),
    ("git remote show -n origin", ["read /p"]),
    ("git remote add x https://h.org/y", ["write /p"]),
    ("git remote update", ["write /p", NAMED]),
    ("git submodule update --init", ["write /p recursive", NAMED, HOOKS]),
]  # fmt: skip

OPAQUE = [
    "git clone ext::sh",
    "git clone -c core.hooksPath=/tmp https://h.org/x",
    "git clone --template=/tmp https://h.org/x",
    "git clone -u /tmp/x h:y",
    "git clone --upload-p=/tmp/x h:y",
    "git fetch --upload-pack=/tmp/x",
    "git fetch ext::sh",
    "git push --receive-pack=/tmp/x",
    "git push --exec=/tmp/x",
    "git ls-remote --upload-pack=/tmp/x h:y",
    "git remote add x ext::sh",
    "git remote set-url origin $URL",
    "git submodule add ext::sh",
    "git config alias.x '!sh'",
    "git config core.pager sh",
    "git config --add core.hooksPath /tmp",
    "git config --unset user.name",
    "git config -e",
    "git config $A $B",
    "git config $@",
    "git init --template=/tmp",
    "git merge -s evil x",
    "git apply --unsafe-paths a",
    "git clean -n $@",
    "git clean -n --no-dry-run",
    "git apply --check --no-check a",
    "git reset $X",
    "git filter-branch --tree-filter 'rm x'",
    "git checkout --pathspec-from-file=f",
    "git rebase -x $X main",
    "git stash $X",
    "git worktree $X",
    "git sparse-checkout $X",
    "git gc --no-such-option",
    "git rm glob:*",
]


@pytest.mark.parametrize(("line", "expected"), LOCAL + NETWORK)
def test_changes(line: str, expected: list[str]) -> None:
    """A changing command notes what it writes, deletes, runs and contacts, and when work may be lost."""
    assert run(line) == expected


@pytest.mark.parametrize("line", OPAQUE)
def test_not_known(line: str) -> None:
    """Transports, configuration, templates and dynamic options that may be code are never understood."""
    assert opaque(line)


@pytest.mark.parametrize("line", [line for line, _ in LOCAL + NETWORK])
def test_known_lines_are_not_opaque(line: str) -> None:
    """The tables above hold no line that is opaque by accident."""
    assert not opaque(line)
