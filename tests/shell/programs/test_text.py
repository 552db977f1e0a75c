"""Programs that read text and print text."""

from __future__ import annotations

import pytest
from util import opaque, run

READS = [
    ("cat a b", ["read /p/a", "read /p/b"]),
    ("cat", []),
    ("cat -", []),
    ("cat -An a", ["read /p/a"]),
    ("cat -- -n", ["read /p/-n"]),
    ("cat /etc/../etc/passwd", ["read /etc/passwd"]),
    ("cat glob:*.py", ["read /p/*.py"]),
    ("cat $FILE", ["read <dynamic>"]),
    ("cat /dev/null", []),
    ("head -20 a", ["read /p/a"]),
    ("head -n 5 -- a", ["read /p/a"]),
    ("head --li=5 a", ["read /p/a"]),
    ("head -n5 a", ["read /p/a"]),
    ("tail -n +3 a", ["read /p/a"]),
    ("tail -f a", ["read /p/a"]),
    ("nl -ba a", ["read /p/a"]),
    ("wc -l glob:*.py", ["read /p/*.py"]),
    ("cut -d: -f1 /etc/passwd", ["read /etc/passwd"]),
    ("tr a-z A-Z", []),
    ("tr $FROM $TO", []),
    ("comm -12 a b", ["read /p/a", "read /p/b"]),
    ("od -c a", ["read /p/a"]),
    ("hexdump -C a", ["read /p/a"]),
    ("hexdump -f fmt a", ["read /p/fmt", "read /p/a"]),
    ("strings -8 a", ["read /p/a"]),
    ("base64 -d a", ["read /p/a"]),
    ("base64 -i a", ["read /p/a"]),
    ("sha256sum a", ["read /p/a"]),
    ("shuf -n1 a", ["read /p/a"]),
    ("shuf -e a b", []),
    ("pr +2 -3 a", ["read /p/a"]),
    ("sort -k2,2n -t: a", ["read /p/a"]),
    ("sort --random-source=/etc/shadow a", ["read /etc/shadow", "read /p/a"]),
    ("diff a b", ["read /p/a recursive", "read /p/b recursive"]),
    ("diff -u5 a -", ["read /p/a recursive"]),
    ("diff --from-file=/etc b", ["read /etc recursive", "read /p/b recursive"]),
    ("cmp -s a b", ["read /p/a", "read /p/b"]),
    ("xxd a", ["read /p/a"]),
    ("xxd -l 16 a", ["read /p/a"]),
    ("xxd -l16 -c8 a", ["read /p/a"]),
    ("xxd -cols 8 -ps a", ["read /p/a"]),
]

WRITES = [
    ("sort -o out in", ["write /p/out via -o", "read /p/in"]),
    ("sort -uoout in", ["write /p/out via -o", "read /p/in"]),
    ("sort --outp=x a", ["write /p/x via -o", "read /p/a"]),
    ("sort --o x a", ["write /p/x via -o", "read /p/a"]),
    ("sort a -o /etc/x", ["write /etc/x via -o", "read /p/a"]),
    ("sort -T /var/x a", ["write /var/x via -T", "read /p/a"]),
    ("uniq a", ["read /p/a"]),
    ("uniq -c a b", ["read /p/a", "write /p/b via OUTPUT"]),
    ("uniq - b", ["write /p/b via OUTPUT"]),
    ("uniq glob:a*", ["read /p/a*", "write /p/a* via OUTPUT"]),
    ("uniq -- $@", ["read <dynamic>", "write <dynamic> via OUTPUT"]),
    ("xxd -r a b", ["read /p/a", "write /p/b via OUTPUT"]),
    ("xxd -revert a b", ["read /p/a", "write /p/b via OUTPUT"]),
    ("xxd -s -5 a b", ["read /p/a", "write /p/b via OUTPUT"]),
    ("shuf -o x a", ["write /p/x via -o", "read /p/a"]),
    ("iconv -f utf8 -o x a", ["write /p/x via -o", "read /p/a"]),
    ("sdiff -o x a b", ["write /p/x via -o", "read /p/a recursive", "read /p/b recursive"]),
    ("base64 -d a -o b", ["write /p/b via -o", "read /p/a"]),
    ("split -l 5 a", ["read /p/a", "write /p recursive"]),
    ("split a /etc/cron.d/x", ["read /p/a", "write /etc/cron.d recursive"]),
    ("split -b 5 - pre", ["write /p recursive"]),
    ("split --filter=id a", ["read /p/a", "script split --filter: id"]),
    ("csplit -f /x/y a /re/", ["read /p/a", "write /x recursive"]),
]

OPAQUE = [
    "sort --compress-program=sh a",
    "sort --comp sh a",
    "sort --files0-from=l",
    "sort glob:*",
    "sort $OPTS a",
    "sort -k$@ a",
    "sort -k glob:* a",
    "sort --unheard-of a",
    "wc --files0-from l",
    "sha256sum -c l",
    "md5sum --ch l",
    "strings @opts",
    "strings glob:*",
    "diff3 --diff-program=sh a b c",
    "csplit -b '../%d' a /re/",
    "xxd -$OPT a b",
    "xxd -c $@ a",
    "xxd $X b",
    "xxd -Q a",
    "head -n$@",
    "cat --unheard-of a",
    "cat -$OPT a",
    "split --filter=$CMD a",
]


@pytest.mark.parametrize(("line", "expected"), READS)
def test_reads(line: str, expected: list[str]) -> None:
    """Each file that a text program prints from is noted as read, and nothing else is."""
    assert run(line) == expected


@pytest.mark.parametrize(("line", "expected"), WRITES)
def test_writes(line: str, expected: list[str]) -> None:
    """Options and operands that write are noted with what brought them in."""
    assert run(line) == expected


@pytest.mark.parametrize("line", OPAQUE)
def test_opaque(line: str) -> None:
    """What runs a program, names further files or is not declared is unknown."""
    assert opaque(line)
