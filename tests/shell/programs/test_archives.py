"""tar, zip, unzip, gzip, bzip2 and xz."""

from __future__ import annotations

import pytest
from util import opaque, run

TAR = [
    ("tar tf a.tar", ["read /p/a.tar"]),
    ("tar -tzf a.tgz", ["read /p/a.tgz"]),
    ("tar xzf a.tgz", ["read /p/a.tgz", "write /p recursive"]),
    ("tar -x -f a.tgz", ["read /p/a.tgz", "write /p recursive"]),
    ("tar --extract --file=a.tgz", ["read /p/a.tgz", "write /p recursive"]),
    ("tar --ext --file a.tgz", ["read /p/a.tgz", "write /p recursive"]),
    ("tar xf a.tar -C /opt", ["read /opt", "read /p/a.tar", "write /opt recursive"]),
    ("tar xfC a.tar /opt", ["read /opt", "read /p/a.tar", "write /opt recursive"]),
    ("tar xf a.tar m -C /opt", ["read /opt", "read /p/a.tar", "write /p recursive", "write /opt recursive"]),
    (
        "tar xf a.tar -C a -C b",
        ["read /p/a", "read /p/b", "read /p/a.tar", "write /p/a recursive", "write /p/a/b recursive"],
    ),
    ("tar xOf a.tar", ["read /p/a.tar"]),
    ("tar x", ["write /p recursive"]),
    ("tar czf o.tgz src", ["write /p/o.tgz", "read /p/src recursive"]),
    ("tar cf - src", ["read /p/src recursive"]),
    ("tar cf o.tar -C /etc shadow", ["read /etc", "write /p/o.tar", "read /etc/shadow recursive"]),
    ("tar cf o.tar --exclude=.git .", ["write /p/o.tar", "read /p recursive skip=.git"]),
    ("tar cf o.tar --anchored --exclude=.git .", ["write /p/o.tar", "read /p recursive"]),
    ("tar cf o.tar @x", ["write /p/o.tar", "read /p/x recursive"]),
    (
        "tar cf o.tar --remove-files a",
        ["write /p/o.tar", "read /p/a recursive", "delete /p/a recursive via --remove-files"],
    ),
    ("tar rf o.tar a", ["read /p/o.tar", "write /p/o.tar", "read /p/a recursive"]),
    ("tar -A -f o.tar b.tar", ["read /p/o.tar", "write /p/o.tar", "read /p/b.tar"]),
    ("tar --delete -f o.tar m", ["read /p/o.tar", "write /p/o.tar"]),
    ("tar df o.tar a", ["read /p/o.tar", "read /p/a recursive"]),
    ("tar tf ./a:b.tar", ["read /p/a:b.tar"]),
    ("tar cf o.tar -X pats .", ["read /p/pats", "write /p/o.tar", "read /p recursive"]),
    ("tar --version", []),
]

ZIP = [
    ("zip -r a.zip . -x '*.git*' -q", ["write /p/a.zip", "read /p recursive"]),
    ("zip -9qr a src", ["write /p/a", "write /p/a.zip", "read /p/src recursive"]),
    ("zip -m a.zip f", ["write /p/a.zip", "read /p/f", "delete /p/f via -m"]),
    ("zip -d a.zip f", ["write /p/a.zip"]),
    ("zip -r - src", ["read /p/src recursive"]),
    ("unzip a.zip", ["read /p/a.zip", "write /p recursive"]),
    ("unzip -qo a -d out", ["read /p/a", "read /p/a.zip", "write /p/out recursive"]),
    ("unzip -l a.zip", ["read /p/a.zip"]),
    ("unzip -p a.zip m", ["read /p/a.zip"]),
    ("unzip '*.zip' -x m", ["read /p/*.zip", "write /p recursive"]),
]

COMPRESS = [
    ("gzip a", ["read /p/a", "write /p/a.gz", "delete /p/a"]),
    ("gzip -9k a", ["read /p/a", "write /p/a.gz"]),
    ("gzip -c a", ["read /p/a"]),
    ("gzip -l a.gz", ["read /p/a.gz"]),
    ("gzip -r d", ["read /p/d recursive", "write /p/d.gz", "write /p/d recursive", "delete /p/d recursive"]),
    ("gunzip d/a.gz", ["read /p/d/a.gz", "write /p/d/a", "delete /p/d/a.gz"]),
    ("gzip -d a.tgz", ["read /p/a.tgz", "write /p/a.tar", "delete /p/a.tgz"]),
    ("gunzip a", ["read /p/a", "read /p/a.gz", "write /p/a", "delete /p/a"]),
    ("gunzip -Nk d/a.gz", ["read /p/d/a.gz", "write /p/d/a", "write /p/d recursive via -N"]),
    ("gunzip glob:d/*.gz", ["read /p/d/*.gz", "write /p/d recursive", "delete /p/d/*.gz"]),
    ("zcat a.gz", ["read /p/a.gz"]),
    ("zcat", []),
    ("bzip2 -d a.bz2", ["read /p/a.bz2", "write /p/a", "delete /p/a.bz2"]),
    ("bzcat a.bz2", ["read /p/a.bz2"]),
    ("xz -T0 a", ["read /p/a", "write /p/a.xz", "delete /p/a"]),
    ("xz -dc a.xz", ["read /p/a.xz"]),
    ("unxz --keep a.xz", ["read /p/a.xz", "write /p/a"]),
]

OPAQUE = [
    "tar xf a.tar --to-command=sh",
    "tar xf a.tar --to-com sh",
    "tar cf a.tar --checkpoint=1 --checkpoint-action=exec=sh x",
    "tar -I sh -cf a.tar x",
    "tar cIf sh a.tar x",
    "tar --use-comp=sh -xf a.tar",
    "tar cf a.tar --rsh-command=sh x",
    "tar cMFf sh a.tar x",
    "tar xPf a.tar",
    "tar xf host:a.tar",
    "tar xf a.tar --one-top-level=/etc",
    "tar cf a.tar -T list",
    "tar cf a.tar glob:*",
    "tar cf a.tar $@",
    "tar $MODE a.tar",
    "tar f a.tar",
    "tar cxf a.tar",
    "zip -r a.zip . -TT sh",
    "zip -T a.zip x",
    "zip a.zip -@",
    "zip a.zip -lf log x",
    "zip a.zip -O out x",
    "zip a.zip glob:*",
    "zip a.zip $X",
    "unzip -: a.zip",
    "unzip -l --l a.zip",
    "unzip -K a.zip",
    "unzip $X",
    "xz --files=list",
    "xz --files list",
    "gzip -S x a",
    "gzip $X --unheard-of",
]


@pytest.mark.parametrize(("line", "expected"), TAR + ZIP + COMPRESS)
def test_operations(line: str, expected: list[str]) -> None:
    """Archives, members and what unpacking replaces are noted where they lie."""
    assert run(line) == expected


@pytest.mark.parametrize("line", OPAQUE)
def test_opaque(line: str) -> None:
    """Options that start programs, leave the directory or name further files are unknown."""
    assert opaque(line)
