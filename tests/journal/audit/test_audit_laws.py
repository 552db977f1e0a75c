"""Laws of the audit log: no single change of a log escapes verification, and any number of writers make one chain."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from together import together

from callgate.journal import audit
from callgate.journal.audit import form
from callgate.journal.audit.entry import build

NOW = 1_795_255_200.0

TEXTS = st.text(max_size=40)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
TABLES = st.none() | st.dictionaries(TEXTS, JSON, max_size=3)


def _entry(words: list[str], success: bool, impact: dict[str, object] | None) -> audit.AuditEntry:
    operation, target, reason, *changes = [*words, "", "", ""][: max(3, len(words))]
    return audit.AuditEntry(
        operation, target, changes, success=success, reason=reason, diff=target, impact=impact, details=impact
    )


ENTRIES = st.builds(_entry, st.lists(TEXTS, max_size=5), st.booleans(), TABLES)
LOGS = st.lists(ENTRIES, min_size=1, max_size=6)
CHANGES = st.sampled_from(["edit", "drop", "swap", "copy", "cut", "forge", "insert", "blank"])


def _written(folder: str, entries: list[audit.AuditEntry]) -> Path:
    path = Path(folder, "audit.log")
    for number, entry in enumerate(entries):
        audit.append(str(path), entry, now=NOW + number)
    return path


def _forged(line: bytes, how: dict[str, object]) -> bytes:
    """The entry on *line* with other content and the hash that goes with it."""
    entry = {**json.loads(line), **how}
    entry["hash"] = form.digest(entry)
    return form.canonical(entry)


def _changed(data: bytes, change: str, draw: st.DataObject) -> bytes:
    """The log with one change of the kind *change*; the same bytes where that kind has nothing to change."""
    lines = data.splitlines()
    at = draw.draw(st.integers(0, len(lines) - 1), label="line")
    if change == "edit":
        spot = draw.draw(st.integers(0, len(data) - 1), label="byte")
        return data[:spot] + bytes([data[spot] ^ draw.draw(st.integers(1, 255), label="flip")]) + data[spot + 1 :]
    if change == "cut":
        return data[: draw.draw(st.integers(0, len(data) - 1), label="length")]
    if change == "drop":
        del lines[at]
    elif change == "swap":
        other = draw.draw(st.integers(0, len(lines) - 1), label="other line")
        lines[at], lines[other] = lines[other], lines[at]
    elif change == "copy":
        lines.insert(draw.draw(st.integers(0, len(lines)), label="place"), lines[at])
    elif change == "forge":
        lines[at] = _forged(lines[at], {"applied_by": "somebody else", "x": 1})
    elif change == "insert":
        lines.insert(at + 1, _forged(lines[at], {"prev": json.loads(lines[at])["hash"], "sequence": at + 2}))
    else:
        lines.insert(at, draw.draw(st.sampled_from([b"", b"{}", b"[1]", b"null", b"\xff", b" " * 9]), label="text"))
    return b"".join(line + b"\n" for line in lines)


@given(LOGS, CHANGES, st.data())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_any_single_change_is_found(entries: list[audit.AuditEntry], change: str, draw: st.DataObject) -> None:
    """A log as written verifies; with any byte, line or end of it changed it does not."""
    with tempfile.TemporaryDirectory() as folder:
        path = _written(folder, entries)
        assert audit.verify(str(path)) == []
        before = path.read_bytes()
        after = _changed(before, change, draw)
        path.write_bytes(after)
        assert bool(audit.verify(str(path))) is (after != before)


@given(LOGS, st.data())
def test_anchors_find_what_a_rewritten_head_file_hides(entries: list[audit.AuditEntry], draw: st.DataObject) -> None:
    """Entries cut off the end, with the head file cut to match, are found by an anchor of any entry that is gone."""
    with tempfile.TemporaryDirectory() as folder:
        path = _written(folder, entries)
        lines = path.read_bytes().splitlines(keepends=True)
        kept = draw.draw(st.integers(0, len(lines) - 1))
        path.write_bytes(b"".join(lines[:kept]))
        head = Path(folder, "audit.log.head")
        if kept:
            head.write_text(json.dumps({"count": kept, "hash": json.loads(lines[kept - 1])["hash"]}))
        else:
            head.unlink()
        assert audit.verify(str(path)) == []
        for number, line in enumerate(lines):
            found = audit.verify(str(path), [audit.Anchor(json.loads(line)["hash"], "commit 1234567 of /p")])
            assert bool(found) is (number >= kept)


@given(ENTRIES)
def test_the_form_is_canonical(entry: audit.AuditEntry) -> None:
    """An entry read back and written again has the same bytes, and its hash is that of the entry without it."""
    record = build(entry, sequence=1, prev=form.GENESIS, log="0" * 16, now=NOW)
    line = form.canonical(record)
    again = json.loads(line)
    assert form.canonical(again) == line
    assert again["hash"] == form.digest({name: value for name, value in again.items() if name != "hash"})
    assert line.isascii()
    assert b"\n" not in line


@given(LOGS)
@settings(max_examples=8)
@pytest.mark.skipif(not os.path.exists("/usr/bin/jq"), reason="jq is not installed")
def test_jq_and_sha256sum_agree(entries: list[audit.AuditEntry]) -> None:
    """The recipe of docs/audit.md gives the very hash of every entry."""
    with tempfile.TemporaryDirectory() as folder:
        path = _written(folder, entries)
        recipe = (
            "while IFS= read -r line; do printf %s \"$line\" | jq -cSa 'del(.hash)' | tr -d '\\n' | sha256sum; done"
        )
        done = subprocess.run(
            ["/bin/bash", "-c", recipe], input=path.read_bytes(), capture_output=True, check=True, timeout=120
        )
        found = [line.split()[0] for line in done.stdout.decode().splitlines()]
        assert found == [json.loads(line)["hash"] for line in path.read_bytes().splitlines()]


WRITER = """
import sys, time
from callgate.journal import audit
path, who, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
print("ready", flush=True)
sys.stdin.read()
for n in range(count):
    audit.append(path, audit.AuditEntry("trust", f"{who}-{n}"), now=time.time())
"""


def test_a_killed_writer_leaves_a_log_that_goes_on(tmp_path: Path) -> None:
    """Writers that are killed at any moment lose nothing that was told; what they leave is told of, and verifies."""
    path = tmp_path / "audit.log"
    done = 0
    for round_ in range(12):
        telling = WRITER.replace("now=time.time())", "now=time.time()); print(n, flush=True)")
        with together(telling, [(str(path), str(round_), "10000")]) as (process,):
            assert process.stdout is not None
            for _ in range(round_ % 4 + 1):
                process.stdout.readline()
        done += round_ % 4 + 1
    audit.append(str(path), audit.AuditEntry("untrust"), now=NOW)
    report = audit.check(str(path))
    assert report.faults == ()
    assert report.entries > done


def test_many_processes_make_one_chain(tmp_path: Path) -> None:
    """Twelve processes that append at once, while the log is archived under them, lose nothing and fork nothing."""
    path = tmp_path / "audit.log"
    writers, count = 12, 10
    with together(WRITER, [(str(path), str(who), str(count)) for who in range(writers)]) as started:
        for _ in range(3):
            audit.archive(str(path), before=4e9, now=NOW)
        assert [process.wait(timeout=120) for process in started] == [0] * writers
    report = audit.check(str(path))
    assert report.faults == ()
    entries = audit.read(str(path))
    assert [entry["sequence"] for entry in entries] == list(range(1, len(entries) + 1))
    seen = sorted(entry["target_file"] for entry in entries if entry["operation"] == "trust")
    assert seen == sorted(f"{who}-{n}" for who in range(writers) for n in range(count))
