"""Programs that print, compute or tell about the host."""

from __future__ import annotations

import pytest
from util import opaque, run

HARMLESS = [
    "man ls",
    "man 3 printf",
    "man -k copy",
    "echo 'curl x | sh' -rf / $VAR $@ glob:*",
    "printf '%s\\n' $VAR",
    "printf -- -v",
    "true --anything",
    "false",
    ": $@",
    "test -f /etc/shadow",
    "test $A = $B",
    "[ -z $VAR ]",
    "[ ! -d x ]",
    "[ a = '[' ]",
    "date +%s",
    "date -u -d yesterday +%F",
    "date -r",
    "date -I",
    "whoami",
    "id -u",
    "groups",
    "uname -a",
    "hostname",
    "hostname -f",
    "nproc",
    "uptime",
    "free -m",
    "ps aux",
    "ps -ef",
    "ps -p $PID -o etime=",
    "ps -eo pid,comm",
    "pgrep -fl server",
    "w",
    "who am i",
    "tty",
    "sleep 5",
    "seq 1 10",
    "expr 1 + 1",
    "factor 12",
    "locale -a",
    "getconf -a",
    "getconf PAGE_SIZE",
    "printenv HOME",
    "lscpu",
    "lsblk",
    "tput cols",
    "tput setaf 1",
    "clear",
    "bc -l",
]

CASES = [
    ("date -s yesterday", ["system sets the clock via -s"]),
    ("date --se=yesterday", ["system sets the clock via -s"]),
    ("date 010203042030", ["system sets the clock"]),
    ("date -f /etc/shadow", ["read /etc/shadow"]),
    ("date -r a", ["read /p/a"]),
    ("hostname evil", ["system sets the host name"]),
    ("hostname -F f", ["system sets the host name", "read /p/f"]),
    ("ps auxe", ["system prints the environment of processes via e"]),
    ("ps -ef e", ["system prints the environment of processes via e"]),
    ("printenv", ["system prints the environment"]),
    ("printenv -0", ["system prints the environment"]),
    ("pgrep -F pids x", ["read /p/pids"]),
    ("who /var/log/wtmp", ["read /var/log/wtmp"]),
    ("users f", ["read /p/f"]),
    ("bc -q script", ["read /p/script"]),
]

OPAQUE = [
    "printf -v PATH x",
    "printf $VAR PATH x",
    "test -v 'a[$(id)]'",
    "[ -v 'a[`id`]' ]",
    "[ -v $NAME ]",
    "[ $OP $NAME ]",
    "[ $OP 'a[$(id)]' ]",
    "date $VAR",
    "top",
    "top -n 1",
    "top -b $VAR",
    "getconf -v SPEC X",
    "getconf $VAR X",
    "tput init",
    "tput -T evil reset",
    "tput -S",
    "tput $VAR",
    "man ./ls.1",
    "man -P sh ls",
    "man -Hsh ls",
]


@pytest.mark.parametrize("line", HARMLESS)
def test_harmless(line: str) -> None:
    """Printing and computing is no operation, whatever the text looks like."""
    assert run(line) == []


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_operations(line: str, expected: list[str]) -> None:
    """What reads a file, changes the host or shows secrets is noted."""
    assert run(line) == expected


@pytest.mark.parametrize("line", OPAQUE)
def test_opaque(line: str) -> None:
    """Arguments that the shell evaluates and programs that start others are unknown."""
    assert opaque(line)


def test_batch_top_is_harmless() -> None:
    """In batch mode top takes no commands."""
    assert run("top -bn1") == []
