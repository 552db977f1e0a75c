"""Programs that create, change and remove files."""

from __future__ import annotations

import pytest
from util import opaque, run


def may_be_option(name: str) -> str:
    """Return what is noted of a dynamic operand of the program *name*."""
    return f"unknown a word that may turn into an option of `{name}` via $…"


SIMPLE = [
    ("mkdir -p a/b", ["write /p/a/b"]),
    ("mkdir -m 755 a", ["write /p/a"]),
    ("touch -r ref a", ["read /p/ref", "write /p/a"]),
    ("tee -a x y", ["write /p/x", "write /p/y"]),
    ("truncate -s 0 a", ["write /p/a"]),
    ("truncate --ref=b a", ["read /p/b", "write /p/a"]),
    ("shred -u a", ["write /p/a", "delete /p/a"]),
    ("unlink a", ["delete /p/a"]),
    ("link a b", ["read /p/a recursive", "write /p/a recursive", "write /p/b"]),
    ("mkfifo a", ["write /p/a"]),
    ("sync", []),
    ("mktemp", ["write /tmp/tmp.XXXXXXXXXX"]),
    ("mktemp -d", ["write /tmp/tmp.XXXXXXXXXX"]),
    ("mktemp xXXX", ["write /p/xXXX"]),
    ("mktemp -t xXXX", ["write /tmp/xXXX"]),
    ("mktemp -p /var/x yXXX", ["write /var/x/yXXX"]),
    ("mktemp $T", ["write <dynamic>"]),
    ("mktemp -u", []),
    ("dd if=a of=/dev/sda bs=1M", ["read /p/a", "write /dev/sda"]),
    ("dd if=/dev/zero of=~/x", ["write /home/u/x"]),
    ("dd of=$OUT", ["write <dynamic>"]),
]

DELETING = [
    ("rm a", ["delete /p/a"]),
    ("rm -rf /", ["delete / recursive"]),
    ("rm -fr -- -x", ["delete /p/-x recursive"]),
    ("rm --rec a b", ["delete /p/a recursive", "delete /p/b recursive"]),
    ("rm a -R", ["delete /p/a recursive"]),
    ("rm -rf ../..", ["delete / recursive"]),
    ("rm -rf $DIR", ["delete <dynamic> recursive"]),
    ("rm $OPTS /home/u", ["delete <dynamic> recursive", "delete /home/u recursive"]),
    ("rm glob:*.pyc", ["delete /p/*.pyc"]),
    ("rm glob:*", ["delete /p/* recursive"]),
    ("rmdir a", ["delete /p/a"]),
    ("rmdir -p a/b", ["delete /p/a/b", "delete /p/a"]),
]

MOVED = ["read /p/a recursive", "delete /p/a recursive"]
COPYING = [
    ("mv a b", [*MOVED, "write /p/b recursive", "write /p/b/a recursive"]),
    ("mv -T a b", [*MOVED, "write /p/b recursive"]),
    ("mv a .", [*MOVED, "write /p/a recursive"]),
    ("mv -t d a", [*MOVED, "write /p/d/a recursive"]),
    ("mv --target-d=d a", [*MOVED, "write /p/d/a recursive"]),
    ("mv a /home/u", [*MOVED, "write /home/u/a recursive"]),
    ("mv a", []),
    ("cp a b", ["read /p/a", "write /p/b", "write /p/b/a"]),
    ("cp evil/.bashrc /home/u", ["read /p/evil/.bashrc", "write /home/u/.bashrc"]),
    ("cp a b d", ["read /p/a", "read /p/b", "write /p/d/a", "write /p/d/b"]),
    ("cp -r a b", ["read /p/a recursive", "write /p/b recursive", "write /p/b/a recursive"]),
    ("cp -a a b", ["read /p/a recursive", "write /p/b recursive", "write /p/b/a recursive"]),
    ("cp -rT a b", ["read /p/a recursive", "write /p/b recursive"]),
    ("cp -r a/. .", ["read /p/a recursive", "write /p recursive"]),
    ("cp -r a/ .", ["read /p/a recursive", "write /p recursive", "write /p/a recursive"]),
    ("cp -r .. d/.", ["read / recursive", "write /p/d recursive"]),
    ("cp --parents a/b d", ["read /p/a/b", "write /p/d recursive", "write /p/d/b"]),
    (
        "cp $SRC d",
        [may_be_option("cp"), "read <dynamic> recursive", "write /p/d recursive", "write <dynamic> recursive"],
    ),
    (
        "cp a $DEST",
        [may_be_option("cp"), "read /p/a recursive", "write <dynamic> recursive", "write <dynamic> recursive"],
    ),
    ("cp -- glob:* ", ["read /p/* recursive", "write /p/* recursive", "write /p/*/* recursive"]),
    ("install -m 644 a b", ["read /p/a", "write /p/b", "write /p/b/a"]),
    ("install -d a b", ["write /p/a", "write /p/b"]),
    ("ln -s /etc/x l", ["read /etc/x recursive", "write /etc/x recursive", "write /p/l", "write /p/l/x"]),
    ("ln a l", ["read /p/a recursive", "write /p/a recursive", "write /p/l", "write /p/l/a"]),
    (
        "ln -sf ../x d/l",
        [
            "read /x recursive",
            "write /x recursive",
            "read /p/x recursive",
            "write /p/x recursive",
            "read /p/d/x recursive",
            "write /p/d/x recursive",
            "write /p/d/l",
            "write /p/d/l/x",
        ],
    ),
    ("ln -s /etc/x", ["read /etc/x recursive", "write /etc/x recursive", "write /p/x"]),
    ("cp -s a b", ["read /p/a recursive", "write /p/a recursive via --link", "write /p/b", "write /p/b/a"]),
    (
        "cp -al a b",
        ["read /p/a recursive", "write /p/a recursive via --link", "write /p/b recursive", "write /p/b/a recursive"],
    ),
]

SETUID = "system may set the setuid or setgid bit via mode"
CHANGING = [
    ("chmod +x a", ["write /p/a"]),
    ("chmod -x a", ["write /p/a"]),
    ("chmod -R 755 a", ["write /p/a recursive"]),
    ("chmod 777 / --recu", ["write / recursive"]),
    ("chmod -- 755 -x", ["write /p/-x"]),
    ("chmod --reference=r a", ["read /p/r", "write /p/a"]),
    ("chmod u+s a", ["write /p/a", SETUID]),
    ("chmod 4755 a", ["write /p/a", SETUID]),
    ("chmod 02755 a", ["write /p/a", SETUID]),
    ("chmod 1777 a", ["write /p/a"]),
    ("chmod $MODE a", [may_be_option("chmod"), "write /p/a recursive", SETUID]),
    ("chmod 644 $FILE", [may_be_option("chmod"), "write <dynamic> recursive"]),
    ("chmod 644 -- $FILE", ["write <dynamic> recursive"]),
    ("chown -R u:g a", ["write /p/a recursive"]),
    ("chgrp --reference r a", ["read /p/r", "write /p/a"]),
    (
        "install -m u+s a b",
        ["system may set the setuid or setgid bit via -m", "read /p/a", "write /p/b", "write /p/b/a"],
    ),
    ("install -m 9999 a b", ["read /p/a", "write /p/b", "write /p/b/a"]),
]

OPAQUE = [
    "cp -b a b",
    "cp --backup=t a b",
    "cp -S x a b",
    "mv --suffix=x a b",
    "install --strip-program=sh a b",
    "dd $@",
    "dd of=$@",
    "dd of=~root/x",
    "dd $KEY=x",
    "dd frob=x",
    "rm --unheard-of a",
    "rm -$FLAGS a",
    "touch -r$@ a",
]


@pytest.mark.parametrize(("line", "expected"), SIMPLE + DELETING + CHANGING)
def test_operations(line: str, expected: list[str]) -> None:
    """Every file that is created, changed or removed is noted, and how deep that reaches."""
    assert run(line) == expected


@pytest.mark.parametrize(("line", "expected"), COPYING)
def test_copying(line: str, expected: list[str]) -> None:
    """A destination may be a file or a directory: both places are noted unless one is certain."""
    assert run(line) == expected


@pytest.mark.parametrize("line", OPAQUE)
def test_opaque(line: str) -> None:
    """Made-up names, programs and operands that only the shell knows are unknown."""
    assert opaque(line)


def test_every_possible_directory_counts() -> None:
    """When the command may run in several directories, each of them is a target."""
    assert run("rm -r a", cwds=("/p", "/q")) == ["delete /p/a recursive", "delete /q/a recursive"]
    assert run("rm -r a", cwds=()) == ["delete <dynamic> recursive"]
