"""Which decisions are flagged for review, and how urgently."""

from __future__ import annotations

import pytest

from callgate.core.model import Analysis, Decision, Operation, Source, Span, ToolCall, Unit, Verdict
from callgate.journal.flags import COMMON, review_flags

CALL = ToolCall("Bash", {"command": "x"}, "/p")


def analysis(raw: str, *parts: str, wrappers: tuple[str, ...] = (), problem: str = "", kind: str = "") -> Analysis:
    """Return an analysis with one unit for each of *parts*, which lie in *raw*."""
    operations = (Operation("delete", "/p/x"),) if kind == "delete" else ()
    units = [
        Unit(
            "command",
            part,
            tuple(part.split()),
            operations,
            Span(raw.index(part), raw.index(part) + len(part)),
            wrappers=wrappers,
            problem=problem,
        )
        for part in parts
    ]
    return Analysis(tuple(units), raw)


LS = analysis("ls -l", "ls -l")
RM = analysis("rm x", "rm x", kind="delete")
PIPE = analysis("cat x | sort", "cat x", "sort")
OR = analysis("cat x || sort", "cat x", "sort")
SUDO = analysis("ls", "ls", wrappers=("sudo",))
FORCE = analysis("git push --force", "git push --force")
DD = analysis("/bin/dd if=a of=b", "/bin/dd if=a of=b")
PARTIAL = analysis("ls $(", "ls $(", problem="syntax")

# (source, decision, reason, analysis, approvals, risk, part of the reasons; empty for no review)
CASES: list[tuple[Source, Decision, str, Analysis | None, int, str, str]] = [
    ("rule", "allow", "ok", RM, 0, "low", ""),
    ("rule", "deny", "no", SUDO, 0, "low", ""),
    ("rule", "ask", "maybe", LS, 0, "low", ""),
    ("error", "ask", "broken", LS, 0, "high", "error"),
    ("guardrail", "deny", "no", RM, 0, "high", "guardrail `wipe`"),
    ("passthrough", "passthrough", "", LS, 0, "low", "no rule decided"),
    ("default", "passthrough", "", RM, 0, "medium", "destructive"),
    ("llm", "passthrough", "", LS, 0, "low", "no rule decided"),
    ("llm", "allow", "harmless", LS, 0, "low", ""),
    ("llm", "allow", "harmless", OR, 0, "low", ""),
    ("llm", "allow", "harmless", RM, 0, "high", "destructive"),
    ("llm", "allow", "harmless", FORCE, 0, "high", "destructive"),
    ("llm", "allow", "harmless", DD, 0, "high", "destructive"),
    ("llm", "allow", "harmless", SUDO, 0, "high", "privileged"),
    ("llm", "allow", "harmless", PIPE, 0, "medium", "piped"),
    ("llm", "allow", "harmless", PARTIAL, 0, "high", "not fully understood"),
    ("llm", "allow", "harmless", None, 0, "high", "not fully understood"),
    ("llm", "allow", "This might be fine.", LS, 0, "medium", "`might`"),
    ("llm", "allow", "It is UNCLEAR, but ok", LS, 0, "medium", "`unclear`"),
    ("llm", "allow", "I am not sure", LS, 0, "medium", "`not sure`"),
    ("llm", "allow", "the mighty list", LS, 0, "low", ""),
    ("llm", "deny", "no", LS, 0, "low", ""),
    ("llm", "deny", "no", LS, COMMON, "medium", "approved 5 times"),
    ("rule", "deny", "no", LS, COMMON, "low", ""),
]


@pytest.mark.parametrize(("source", "decision", "reason", "what", "approvals", "risk", "expected"), CASES)
def test_flags(
    source: Source, decision: Decision, reason: str, what: Analysis | None, approvals: int, risk: str, expected: str
) -> None:
    """Each condition of the contract flags, at its level, and nothing else does."""
    guardrail = "wipe" if source == "guardrail" else ""
    coverage = what.coverage if what is not None else "partial"
    verdict = Verdict(decision, reason, source, 7, coverage, guardrail=guardrail)
    flags = review_flags(CALL, verdict, what, approvals=approvals)
    assert list(flags) == ["needs_review", "risk_level", "reasons"]
    assert (flags["needs_review"], flags["risk_level"]) == (bool(expected), risk)
    assert expected in "; ".join(flags["reasons"])
    assert bool(flags["reasons"]) is bool(expected)


def test_a_pipe_inside_quotes_is_no_pipe() -> None:
    """A `|` within an argument is data; one between commands is a pipe, also when only a flow shows it."""
    verdict = Verdict("allow", "ok", "llm", 9, "full")
    quoted = analysis("grep 'a|b' f; ls", "grep 'a|b' f", "ls")
    assert not review_flags(CALL, verdict, quoted)["needs_review"]
    assert review_flags(CALL, verdict, LS._replace(flows=(("remote-exec", None),)))["reasons"] == [
        "a model allowed it: piped"
    ]


def test_without_an_analysis_the_command_is_looked_at() -> None:
    """A call that was never analysed is piped when its command has a `|`."""
    verdict = Verdict("allow", "ok", "llm", 9, "full")
    flags = review_flags(CALL._replace(input={"command": "a | b"}), verdict, None)
    assert "a model allowed it: piped" in flags["reasons"]
