"""What one decision looks like in both logs, and what happens when they cannot be written."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.core.errors import DeadlineError
from callgate.core.model import Analysis, Observation, Operation, Rule, RuleSource, Span, ToolCall, Unit, Verdict
from callgate.journal.append import Limits, append
from callgate.journal.decision_log import DecisionLog
from callgate.journal.faults import Faults, read_faults
from callgate.journal.records import build, timestamp

NOW = 1_795_255_200.25


class Decided(NamedTuple):
    """The arguments of `DecisionLog.record`."""

    call: ToolCall
    verdict: Verdict
    analysis: Analysis
    observation: Observation


@pytest.fixture
def decided() -> Decided:
    """A shell command that a rule denied."""
    command = "sudo cat .env > out"
    read = Operation("read", "/p/.env", Span(9, 13), raw="/p/x/../.env", recursive=True, only=("*.py",))
    write = Operation("write", "", Span(14, 19), dynamic=True, via="--output")
    unit = Unit("command", "cat .env", ("cat", ".env"), (read,), Span(5, 13), wrappers=("sudo",))
    redirect = Unit("redirect", "> out", (), (write,), known=False, problem="dynamic target")
    source = RuleSource("/h/policy.toml", 12, section="secrets", position=3)
    rule = Rule("no-secrets", "deny", source, description="keep out", path=("**/.env",))
    return Decided(
        ToolCall("Bash", {"command": command}, "/p", "s1", "toolu_1", mode="plan"),
        Verdict(
            *("deny", "`.env` is secret", "rule", 3, "partial", "rev1", rule),
            unit=unit,
            matched="**/.env",
            notes=("policy is old",),
            shadows=("shadow-1",),
            decision_id="d1",
            latency_us=42,
        ),
        Analysis((unit, redirect), command),
        Observation(
            *("/h", "/p", {"/p/.env": "/secrets/env"}, {"*.py": ("/p/a.py",), "*": None}, {"/p": ("/p/.env",)}),
            now=1_795_255_200.25,
            off_until=float("inf"),
            protected=("/h/policy.toml",),
        ),
    )


def lines(path: Path) -> list[dict[str, Any]]:
    """Return the records of a log, oldest first."""
    return [json.loads(line) for line in path.read_text("ascii").splitlines()]


def test_the_operational_line(tmp_path: Path, decided: Decided) -> None:
    """The operational log has the contract's six fields in the contract's order."""
    log = tmp_path / "log"
    assert DecisionLog(str(log), "").record(*decided, now=NOW) == []
    assert log.read_text("ascii") == (
        '{"timestamp":"2026-11-21T10:00:00.250000Z","session_id":"s1","tool_name":"Bash",'
        '"tool_input":{"command":"sudo cat .env > out"},"decision":"deny","decision_source":"rule"}\n'
    )


def test_the_review_line(tmp_path: Path, decided: Decided) -> None:
    """The review log has every field of the contract, in its order, and ours after them."""
    log = tmp_path / "review"
    assert DecisionLog("", str(log)).record(*decided, now=NOW) == []
    (record,) = lines(log)
    assert list(record)[:6] == ["timestamp", "session_id", "tool_name", "tool_input", "decision", "decision_source"]
    assert list(record.items())[6:] == [
        ("cwd", "/p"),
        ("reasoning", "`.env` is secret"),
        (
            "rule_metadata",
            {
                "rule_id": "no-secrets",
                "section_name": "secrets",
                "rule_type": "deny",
                "rule_index": 3,
                "rule_description": "keep out",
                "config_file": "/h/policy.toml",
                "config_line": 12,
                "matched_pattern": "**/.env",
            },
        ),
        ("llm_metadata", None),
        ("review_flags", {"needs_review": False, "risk_level": "low", "reasons": []}),
        ("decision_id", "d1"),
        ("tool_use_id", "toolu_1"),
        ("agent", "claude-code"),
        ("permission_mode", "plan"),
        ("policy_revision", "rev1"),
        (
            "units",
            [
                {
                    "kind": "command",
                    "text": "cat .env",
                    "known": True,
                    "wrappers": ["sudo"],
                    "span": [5, 13],
                    "operations": [
                        {
                            "kind": "read",
                            "target": "/p/.env",
                            "raw": "/p/x/../.env",
                            "recursive": True,
                            "only": ["*.py"],
                        }
                    ],
                },
                {
                    "kind": "redirect",
                    "text": "> out",
                    "known": False,
                    "problem": "dynamic target",
                    "operations": [{"kind": "write", "target": "", "dynamic": True, "via": "--output"}],
                },
            ],
        ),
        ("coverage", "partial"),
        ("latency_us", 42),
        ("masked", []),
        (
            "observation",
            {
                "home": "/h",
                "project": "/p",
                "links": {"/p/.env": "/secrets/env"},
                "expansions": {"*.py": ["/p/a.py"], "*": None},
                "sweeps": {"/p": ["/p/.env"]},
                "shadowing": {},
                "now": NOW,
                "off_until": "never",
                "protected": ["/h/policy.toml"],
            },
        ),
        ("guardrail", ""),
        ("stage", 3),
        ("notes", ["policy is old"]),
        ("shadows", ["shadow-1"]),
        ("error", ""),
    ]


def test_every_fact_of_the_host_is_logged(decided: Decided) -> None:
    """A field added to `Observation` must be logged, or replay would no longer be exact."""
    record = build(*decided, now=NOW).review
    assert set(record["observation"]) == set(Observation._fields)


def test_what_is_not_there_is_null(tmp_path: Path) -> None:
    """A decision without rule, analysis or observation has null for them, and its error by name."""
    log = tmp_path / "review"
    verdict = Verdict("ask", "input is empty", "error", 0, "partial")
    DecisionLog("", str(log)).record(ToolCall("", {}, ""), verdict, None, None, now=NOW, error="input is empty")
    (record,) = lines(log)
    assert (record["rule_metadata"], record["observation"], record["units"]) == (None, None, [])
    assert (record["decision_source"], record["error"]) == ("error", "input is empty")
    assert record["review_flags"]["risk_level"] == "high"


def test_secrets_leak_through_no_field(tmp_path: Path, decided: Decided) -> None:
    """A secret in the input shows nowhere in either line, however it is quoted again, and the mask is recorded."""
    token = "ghp_" + "a1B2" * 9
    command = f"curl -H 'X-Api-Key: hunter22' https://x/{token}"
    unit = decided.analysis.units[0]._replace(text=f"curl -H X-Api-Key: hunter22 {token}")
    rule = decided.verdict.rule
    assert rule is not None
    reason = f"no: {token} hunter22"
    DecisionLog(str(tmp_path / "log"), str(tmp_path / "review")).record(
        decided.call._replace(input={"command": command}),
        decided.verdict._replace(reason=reason, rule=rule._replace(description=reason), matched=token, notes=(reason,)),
        Analysis((unit,), command),
        decided.observation._replace(links={f"/p/{token}": "/x"}, project=f"/{token}"),
        now=NOW,
        error=reason,
    )
    both = (tmp_path / "log").read_text() + (tmp_path / "review").read_text()
    assert token not in both
    assert "hunter22" not in both
    (record,) = lines(tmp_path / "review")
    assert "tool_input.command: github-token" in record["masked"]
    assert "reasoning: header" in record["masked"]


@pytest.mark.parametrize(
    ("now", "text"),
    [
        (0.0, "1970-01-01T00:00:00.000000Z"),
        (1.000001, "1970-01-01T00:00:01.000001Z"),
        (1.9999999, "1970-01-01T00:00:02.000000Z"),
        (1_795_255_200.5, "2026-11-21T10:00:00.500000Z"),
    ],
)
def test_timestamps(now: float, text: str) -> None:
    """A time is RFC 3339, UTC, with six digits of microseconds, carried into the seconds."""
    assert timestamp(now) == text


def test_one_file_for_both_gets_the_review_line(tmp_path: Path, decided: Decided) -> None:
    """When both logs are one file, also through a symlink, a decision is one line in it."""
    log, link = tmp_path / "log", tmp_path / "link"
    DecisionLog(str(log), str(log)).record(*decided, now=NOW)
    link.symlink_to(log)
    DecisionLog(str(link), str(log)).record(*decided, now=NOW)
    assert ["review_flags" in record for record in lines(log)] == [True, True]


@pytest.mark.parametrize(
    ("level", "written"),
    [
        ("trace", ["allow", "passthrough", "ask", "deny", "error"]),
        ("info", ["allow", "passthrough", "ask", "deny", "error"]),
        ("warn", ["ask", "deny", "error"]),
        ("error", ["error"]),
    ],
)
def test_the_level_thins_the_operational_log_only(
    tmp_path: Path, decided: Decided, level: str, written: list[str]
) -> None:
    """`warn` keeps what stopped a call and `error` what broke; the review log is always complete."""
    log, review = tmp_path / "log", tmp_path / "review"
    journal = DecisionLog(str(log), str(review), log_level=level)
    verdicts = [decided.verdict._replace(decision=each) for each in ("allow", "passthrough", "ask", "deny")]
    verdicts.append(decided.verdict._replace(decision="ask", source="error"))
    for at, verdict in enumerate(verdicts):
        call = decided.call._replace(session_id=("allow", "passthrough", "ask", "deny", "error")[at])
        journal.record(call, verdict, None, None, now=NOW)
    assert [record["session_id"] for record in lines(log)] == written
    assert len(lines(review)) == 5


def test_files_and_folders_are_private(tmp_path: Path, decided: Decided) -> None:
    """Missing folders are made 0700 and logs 0600, whatever the umask allows."""
    before = os.umask(0)
    try:
        DecisionLog(str(tmp_path / "a/b/log"), "").record(*decided, now=NOW)
    finally:
        os.umask(before)
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a", "a/b", "a/b/log")]
    assert modes == [0o700, 0o700, 0o600]


def _unusable(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "file").write_text("")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "full").symlink_to("/dev/full")
    os.mkfifo(tmp_path / "fifo")
    return {
        "directory": str(tmp_path),
        "symlink loop": str(tmp_path / "loop"),
        "dangling symlink": str(tmp_path / "dangling"),
        "fifo": str(tmp_path / "fifo"),
        "full device": "/dev/full",
        "link to a device": str(tmp_path / "full"),
        "below a file": str(tmp_path / "file/x/log"),
        "long name": str(tmp_path / ("x" * 300)),
        "NUL": str(tmp_path / "a\0b"),
        "lone surrogate": str(tmp_path / "\ud800"),
    }


@pytest.mark.parametrize(
    "case",
    [
        *("directory", "symlink loop", "dangling symlink", "fifo", "full device", "link to a device", "below a file"),
        *("long name", "NUL", "lone surrogate"),
    ],
)
def test_a_log_that_cannot_be_written_is_a_fault(tmp_path: Path, decided: Decided, case: str) -> None:
    """The fault is returned and counted, nothing is raised, and the other log is still written."""
    review, counted = tmp_path / "ok/review", tmp_path / "ok/faults"
    journal = DecisionLog(_unusable(tmp_path)[case], str(review), faults_file=str(counted))
    for count in (1, 2):
        (fault,) = journal.record(*decided, now=NOW)
        assert fault
        assert read_faults(str(counted)) == Faults(count, fault[:500], "2026-11-21T10:00:00.250000Z")
        assert len(lines(review)) == count


def test_faults_that_cannot_be_counted_change_nothing(tmp_path: Path, decided: Decided) -> None:
    """Where nothing at all can be written, faults are still returned."""
    bad = str(tmp_path)
    assert len(DecisionLog(bad, "/dev/full", faults_file=bad).record(*decided, now=NOW)) == 2
    assert read_faults(bad) == Faults()
    assert read_faults(str(tmp_path / "none")) == Faults()


@pytest.mark.parametrize("content", ["", "x", "[]", '{"count":"1"}', '{"count":true}', "[" * 4000, "\xff\0"])
def test_a_broken_fault_file_starts_again(tmp_path: Path, content: str) -> None:
    """Whatever lies in the fault file, counting goes on."""
    counted = tmp_path / "faults"
    counted.write_text(content, "latin-1")
    verdict = Verdict("ask", "", "rule", 6, "full")
    DecisionLog("/dev/full", "", faults_file=str(counted)).record(ToolCall("X", {}, ""), verdict, None, None, now=NOW)
    assert read_faults(str(counted)).total == 1


def test_another_users_file_is_refused(tmp_path: Path, decided: Decided, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a file nor a symlink of another user is written through, as one finds them in a shared folder."""
    log, link = tmp_path / "log", tmp_path / "link"
    log.write_text("")
    link.symlink_to(log)
    us = os.geteuid()
    if us == 0:  # root's own links are trusted, so the planted one must be somebody else's
        os.chown(link, 4321, 4321, follow_symlinks=False)
        os.chown(log, 4321, 4321)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: us + 1)
    for path, message in ((log, "a file of another user"), (link, "a symlink of another user")):
        (fault,) = DecisionLog(str(path), "").record(*decided, now=NOW)
        assert message in fault
    assert log.read_text() == ""


def test_our_own_symlink_is_followed(tmp_path: Path, decided: Decided) -> None:
    """A log that its user symlinked elsewhere is written there, and rotated there."""
    (tmp_path / "disk").mkdir()
    real, link = tmp_path / "disk/log", tmp_path / "log"
    real.write_text("")
    link.symlink_to("disk/log")
    journal = DecisionLog(str(link), "", max_bytes=300)
    for _ in range(3):
        assert journal.record(*decided, now=NOW) == []
    assert link.is_symlink()
    assert len(list((tmp_path / "disk").iterdir())) == 3
    assert len(lines(real)) == 1


def test_a_record_that_cannot_be_built_is_a_fault(tmp_path: Path, decided: Decided) -> None:
    """A value that breaks the journal itself is named by its error and raises nothing."""

    class Hostile:
        """A value that has no text."""

        def __str__(self) -> str:
            raise RuntimeError("no text")

    journal = DecisionLog(str(tmp_path / "log"), "")
    call = decided.call._replace(input={"x": Hostile()})
    assert journal.record(call, *decided[1:], now=NOW) == ["the decision was not logged: RuntimeError"]
    assert journal.record(*decided, now=float("nan")) == ["the decision was not logged: ValueError"]


@given(
    st.dictionaries(
        st.text(st.characters(codec=None), max_size=5),
        st.recursive(
            st.none() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
            lambda inner: st.lists(inner, max_size=3),
            max_leaves=5,
        ),
        max_size=4,
    ),
    st.text(st.characters(codec=None)),
)
def test_any_input_is_one_line(tmp_path_factory: pytest.TempPathFactory, value: dict[str, Any], text: str) -> None:
    """Whatever the agent sends, both logs get exactly one line each, which is JSON."""
    folder = tmp_path_factory.mktemp("log")
    call = ToolCall(text, value, text, text, text, mode=text)
    verdict = Verdict("ask", text, "error", 0, "partial", notes=(text,))
    journal = DecisionLog(str(folder / "a"), str(folder / "b"))
    assert journal.record(call, verdict, None, None, now=NOW, error=text) == []
    assert len(lines(folder / "a")) == len(lines(folder / "b")) == 1


def test_an_alarm_while_a_line_is_written_loses_none(
    tmp_path: Path, decided: Decided, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hook's deadline rings once: both lines are written all the same, and nothing counts as a fault."""
    rings = [DeadlineError()]

    def late(path: str, line: bytes, *, limits: Limits, now: float) -> str:
        if rings:
            raise rings.pop()
        return append(path, line, limits=limits, now=now)

    monkeypatch.setattr("callgate.journal.decision_log.append", late)
    log = DecisionLog(str(tmp_path / "log"), str(tmp_path / "review"))
    assert log.record(*decided, now=NOW) == []
    assert rings == []
    assert [len(lines(tmp_path / name)) for name in ("log", "review")] == [1, 1]


def test_an_alarm_that_keeps_ringing_is_a_fault(
    tmp_path: Path, decided: Decided, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A journal failure never changes a verdict: it is counted."""

    def late(*_: object, **__: object) -> str:
        raise DeadlineError

    monkeypatch.setattr("callgate.journal.decision_log.append", late)
    log = DecisionLog(str(tmp_path / "log"), str(tmp_path / "review"))
    assert log.record(*decided, now=NOW) == ["the decision was not logged: DeadlineError"]
