"""git: global options and the subcommands that only look."""

from __future__ import annotations

import pytest
from util import opaque, run

READS = [
    ("git status", ["read /p"]),
    ("git status -sb --porcelain=v2", ["read /p"]),
    ("git log --oneline -20", ["read /p"]),
    ("git log -n5 --grep fix --author=me --since 2.weeks", ["read /p"]),
    ("git -C sub log", ["read /p/sub", "read /p/sub"]),
    (
        "git -C sub -C deeper log -- f",
        ["read /p/sub", "read /p/sub/deeper", "read /p/sub/deeper", "read /p/sub/deeper/f"],
    ),
    ("git --no-pager -c color.ui=always -c core.pager=cat -c pager.diff=false diff", ["read /p"]),
    ("git -c Core.QuotePath=false -c advice.detachedHead=false status", ["read /p"]),
    ("git rev-parse --show-toplevel", ["read /p"]),
    ("git check-ignore .env", ["read /p"]),
    ("git branch -a --sort=-committerdate", ["read /p"]),
    ("git branch --contains main", ["read /p"]),
    ("git tag -l 'v*'", ["read /p"]),
    ("git remote -v", ["read /p"]),
    ("git stash list", ["read /p"]),
    ("git worktree list --porcelain", ["read /p"]),
    ("git submodule status", ["read /p"]),
    ("git bisect log", ["read /p"]),
    ("git clean -nd", ["read /p"]),
    ("git config --get user.name", ["read /p"]),
    ("git config user.name", ["read /p"]),
    ("git config --global --list", ["read /home/u/.gitconfig", "read /home/u/.config/git/config", "read /p"]),
    ("git push -h", ["read /p"]),
    ("git --version", ["read /p"]),
    ("git verify-commit HEAD", ["read /p", "execute gpg"]),
    ("git apply --check a.patch", ["read /p/a.patch"]),
]

CONTENT = [
    ("git diff .env", ["read /p", "read /p/.env"]),
    ("git log -p -- .env", ["read /p", "read /p/.env"]),
    ("git log -L 1,5:.env", ["read /p", "read /p/.env"]),
    ("git log -L:'a:b':.env", ["read /p", "read /p/.env"]),
    ("git show HEAD:.env", ["read /p", "read /p/.env"]),
    ("git show HEAD~2:./a/../.env", ["read /p", "read /p/.env"]),
    ("git show :.env", ["read /p", "read /p/.env"]),
    ("git show :0:.env", ["read /p", "read /p/.env"]),
    ("git cat-file -p HEAD:.env", ["read /p", "read /p/.env"]),
    ("git cat-file blob abcdef1", ["read /p", "read <dynamic>"]),
    ("git cat-file --batch", ["read /p", "read <dynamic>"]),
    ("git cat-file -t abcdef1", ["read /p"]),
    ("git diff HEAD:.env..HEAD:x", ["read /p", "read /p/.env", "read /p/x"]),
    ("git diff HEAD:a..:.env", ["read /p", "read /p/a", "read /p/.env"]),
    ("git show 'HEAD^{/fix: it}:.env'", ["read /p", "read <dynamic>", "read /p/ it}:.env"]),
    ("git diff ':(top).env'", ["read /p", "read /p/.env"]),
    ("git diff :/.env", ["read /p", "read /p/.env"]),
    ("git diff ':(icase).ENV'", ["read /p", "read <dynamic>"]),
    ("git diff -- . ':!.env'", ["read /p", "read /p"]),
    ("git diff -- '.e*'", ["read /p", "read /p recursive only=*"]),
    ("git diff -- 'src/.en?'", ["read /p", "read /p/src recursive"]),
    ("git diff -- glob:*.py", ["read /p", "read /p/*.py", "read /p recursive only=*.py"]),
    ("git blame -L 1,9 .env", ["read /p", "read /p/.env"]),
    ("git blame --contents /etc/shadow a.py", ["read /etc/shadow", "read /p", "read /p/a.py"]),
    (
        "git diff --no-index a /etc/passwd",
        ["read /p/a recursive via --no-index", "read /etc/passwd recursive via --no-index"],
    ),
    (
        "git diff -- /etc/passwd /x",
        [
            "read /p",
            "read /etc/passwd",
            "read /x",
            "read /etc/passwd recursive via --no-index",
            "read /x recursive via --no-index",
        ],
    ),
    (
        "git diff ../s:f /x",
        [
            "read /p",
            "read /s:f",
            "read /p/f",
            "read /x",
            "read /s:f recursive via --no-index",
            "read /x recursive via --no-index",
        ],
    ),
    ("git diff -O/etc/passwd", ["read /etc/passwd", "read /p"]),
    ("git grep KEY", ["read /p recursive"]),
    ("git grep KEY -- .env", ["read /p", "read /p/.env recursive"]),
    ("git grep -e KEY HEAD:src", ["read /p", "read /p/src", "read /p/HEAD:src recursive"]),
    ("git grep -f /etc/passwd x", ["read /etc/passwd", "read /p", "read /p/x recursive"]),
    ("git ls-files -X /etc/passwd", ["read /etc/passwd", "read /p"]),
    ("git archive HEAD", ["read /p recursive"]),
    ("git archive -o x.tar HEAD a", ["write /p/x.tar via -o", "read /p recursive", "read /p/a recursive"]),
    ("git diff --output=x", ["write /p/x via --output", "read /p"]),
    ("git diff --outp=x", ["write /p/x via --output", "read /p"]),
    ("git log --output /tmp/x", ["write /tmp/x via --output", "read /p"]),
    ("git show --output=../x HEAD", ["write /x via --output", "read /p", "read /p/HEAD"]),
    ("git diff -- --output=x", ["read /p", "read /p/--output=x"]),
    ("git log --format --output=x", ["write /p/x via --output", "read /p"]),
]

OPAQUE = [
    "git -c core.pager=sh log",
    "git -c core.fsmonitor=./x status",
    "git -c alias.x='!sh' x",
    "git -c pager.log=sh log",
    "git -c include.path=/tmp/x log",
    "git -c $X log",
    "git -ccore.pager=sh log",
    "git --config-env=core.pager=X log",
    "git --git-dir=/tmp/x status",
    "git --git-dir /tmp/x status",
    "git --work-tree=/ clean -n",
    "git --exec-path=/tmp status",
    "git --namespace x log",
    "git --bare log",
    "git",
    "git $X",
    "git st",
    "git --lit status",
    "git log --ext-diff",
    "git log --ext",
    "git diff --textconv",
    "git log --stdin",
    "git log $@",
    "git log --$X",
    "git grep -Oless x",
    "git grep -O x",
    "git grep --open x",
    "git grep -nO x",
    "git archive --remote=h --exec=x HEAD",
    "git archive --format=evil HEAD",
    "git cat-file --filters HEAD:a",
    "git help -w log",
    "git difftool",
    "git mergetool",
    "git send-email",
    "git svn",
    "git instaweb",
    "git daemon",
    "git hook run x",
    "git maintenance run",
    "git credential fill",
    "git fast-import",
    "git bisect visualize",
    "git bisect replay f",
    "git submodule foreach 'rm x'",
    "git reflog $X",
    "git -C sub bisect run make",
]


@pytest.mark.parametrize(("line", "expected"), READS + CONTENT)
def test_reading(line: str, expected: list[str]) -> None:
    """A command that only looks notes the repository and each path whose content it shows."""
    assert run(line) == expected


@pytest.mark.parametrize("line", OPAQUE)
def test_not_known(line: str) -> None:
    """Options that run code, aliases and subcommands without a description are never understood."""
    assert opaque(line)


@pytest.mark.parametrize(("line", "expected"), [*READS, *CONTENT])
def test_read_only_is_not_opaque(line: str, expected: list[str]) -> None:
    """The tables above hold no line that is opaque by accident, and each one notes something."""
    assert expected
    assert not opaque(line)


def test_dynamic_directory_makes_paths_dynamic() -> None:
    """After `-C $DIR` no relative path is known."""
    assert run("git -C $DIR diff a") == ["read <dynamic>", "read <dynamic>", "read <dynamic>"]


def test_dynamic_revision_keeps_the_path() -> None:
    """`$REV:.env` prints `.env` whatever the revision is."""
    assert "read /p/.env" in run("git show $REV:.env")


def test_every_working_directory_counts() -> None:
    """A command that may run in two directories reads in both."""
    assert run("git diff a", cwds=("/p", "/q")) == ["read /p", "read /q", "read /p/a", "read /q/a"]
