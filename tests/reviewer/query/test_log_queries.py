"""`log`, `stats` and `coverage`: their answers to the letter, and the errors when there is no log."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from made_logs import START, line, record, write

from callgate.core.model import ToolCall
from callgate.gate import Gate, open_gate
from callgate.reviewer.logs import sources
from callgate.reviewer.query import log as log_module
from callgate.reviewer.query.answer import answer
from callgate.reviewer.query.base import Context

POLICY = """
[[deny]]
id = "no-secrets"
path = "**/.env"

[[deny]]
id = "no-env-files"
path = ["**/.env", "**/.envrc"]

[[allow]]
id = "lists"
command = "ls *"

[[allow]]
id = "never"
command = "frobnicate *"

[[ask]]
id = "watched"
command = "ls -R *"
level = "shadow"
"""


class Asking:
    """A gate with a policy, and questions to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        policy = folder / "policy.toml"
        policy.write_text(POLICY)
        self.gate: Gate = open_gate(
            {}, str(folder), config=str(policy), home=str(folder / "home"), project=str(folder / "p"), managed=""
        )
        self.review = Path(self.gate.places.review_log_file)
        self.log = Path(self.gate.places.log_file)
        self.logs: tuple[str, ...] = ()

    def __call__(self, **query: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON values
        """The answer, without its time."""
        found = answer(json.dumps(query).encode(), lambda _now: Context(self.gate, START + 3_600, self.logs))
        found.pop("query_time_ms", None)
        return found


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Asking:
    """No log of the older hook on this machine gets in the way."""
    monkeypatch.setattr(sources, "OLDER_REVIEW", str(tmp_path / "older-review"))
    monkeypatch.setattr(sources, "OLDER_OPERATIONAL", str(tmp_path / "older-operational"))
    return Asking(tmp_path)


def fill(ask: Asking) -> None:
    """Six decisions of the review log; one more of the operational log alone; two lines that are none."""
    denied: dict[str, Any] = {"decision": "deny", "rule_metadata": {"rule_id": "no-secrets"}, "latency_us": 300}
    flagged = {"needs_review": True, "risk_level": "low", "reasons": ["no rule decided"]}
    none: dict[str, Any] = {
        "decision": "passthrough",
        "decision_source": "passthrough",
        "rule_metadata": None,
        "review_flags": flagged,
    }
    guardrail: dict[str, Any] = {
        "decision_source": "guardrail",
        "rule_metadata": None,
        "guardrail": "destroy",
        "latency_us": 100,
    }
    records = [
        record(START, "ls"), record(START + 1, "cat .env", **denied), record(START + 2, "cat .env", **denied),
        record(START + 3, tool_name="Read", tool_input={"file_path": "/p/.env"}, **denied),
        record(START + 4, "make", session_id="s2", latency_us=50, **none),
        record(START + 5, "rm -rf /", **{**denied, **guardrail}),
    ]  # fmt: skip
    write(ask.review, records)
    with ask.review.open("ab") as out:
        out.write(b"[]\n" + line(record(START + 9))[:50])
    short = [record(START + at, complete=False, tool_input=one["tool_input"]) for at, one in enumerate(records)]
    for one, full in zip(short, records, strict=True):
        one.update({name: full[name] for name in ("tool_name", "decision", "decision_source", "session_id")})
    write(ask.log, [*short, record(START + 6, "git log", complete=False)])


def test_log_answers_the_fields_of_the_contract(ask: Asking) -> None:
    """Newest first, each decision once, and what was skipped beside the rows."""
    fill(ask)
    found = ask(type="log")
    assert found["result_count"] == 7
    assert found["skipped"] == {"lines": 2, "reasons": {"not JSON": 1, "not an object": 1}, "files": []}
    assert list(found["results"][0])[:8] == [
        *("timestamp", "tool", "decision", "source", "rule_id", "input", "reasoning", "decision_id"),
    ]
    commands = [row["input"].get("command", "-") for row in found["results"]]
    assert commands == ["git log", "rm -rf /", "make", "-", "cat .env", "cat .env", "ls"]
    assert found["results"][4] == {
        "timestamp": "2026-11-21T10:00:02.000000Z", "tool": "Bash", "decision": "deny", "source": "rule",
        "rule_id": "no-secrets", "input": {"command": "cat .env"}, "reasoning": "allowed by rule `ls`",
        "decision_id": "id-1795255202.000000-cat .env", "session_id": "s1", "cwd": "/p", "mode": "default",
        "tool_use_id": "t", "coverage": "full", "guardrail": None, "risk_level": "low", "needs_review": False,
        "latency_us": 300,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({"decision": "deny"}, [5, 3, 2, 1]),
        ({"decision": "deny", "last_n": 2}, [5, 3]),
        ({"decision": "deny", "last_n": 2, "offset": 1}, [3, 2]),
        ({"last_n": 0}, []),
        ({"source": "hard_rule"}, [6, 3, 2, 1, 0]),
        ({"source": "guardrail"}, [5]),
        ({"tool": "Read"}, [3]),
        ({"session_id": "s2"}, [4]),
        ({"rule_id": "no-secrets", "tool": "Bash"}, [2, 1]),
        ({"needs_review": True}, [4]),
        ({"since": "2026-11-21T10:00:02Z", "until": "2026-11-21T10:00:05Z"}, [4, 3, 2]),
        ({"since": "2026-11-21"}, [6, 5, 4, 3, 2, 1, 0]),
        ({"contains": ".env"}, [3, 2, 1]),
        ({"contains": "allowed by", "tool": "Read"}, [3]),
        ({"filters": {"decision": "deny"}, "options": {"last_n": 1}}, [5]),
        ({"filter": {"and": [{"decision": "deny"}, {"tool": "Bash"}]}, "limit": 2}, [5, 2]),
        ({"filter": {"latency_us": {"gte": 300}}, "sort": "timestamp"}, [1, 2, 3]),
        ({"filter": {"input.command": {"regex": "^(ls|make)$"}}}, [4, 0]),
        ({"filter": {"or": [{"guardrail": "destroy"}, {"not": {"decision_id": {"exists": True}}}]}}, [6, 5]),
        ({"sort": [{"field": "timestamp", "order": "asc"}], "limit": 2, "offset": 1}, [1, 2]),
    ],
)
def test_what_a_query_picks(ask: Asking, query: dict[str, Any], wanted: list[int]) -> None:
    """Each field of the simple form, and the richer form."""
    fill(ask)
    found = ask(type="log", **query)
    seconds = [int(row["timestamp"][17:19]) for row in found["results"]]
    assert seconds == wanted
    assert found["result_count"] == len(wanted)


def test_groups(ask: Asking) -> None:
    """The richer form counts."""
    fill(ask)
    found = ask(type="log", aggregate={"group_by": "decision", "count": True, "max": "latency_us"}, until="2027-01-01")
    assert found["results"] == [
        {"decision": "deny", "count": 4, "max_latency_us": 300},
        {"decision": "allow", "count": 2, "max_latency_us": 100},
        {"decision": "passthrough", "count": 1, "max_latency_us": 50},
    ]
    newest = ask(type="log", aggregate={"group_by": "tool", "count": True}, last_n=3, sort="tool")
    assert newest["results"] == [{"tool": "Bash", "count": 3}]


def test_more_rows_than_one_answer_has(ask: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says that there are more; who asked for a number got it."""
    fill(ask)
    monkeypatch.setattr(log_module, "MAX_ROWS", 3)
    found = ask(type="log")
    assert (found["result_count"], found["truncated"]) == (3, True)
    assert "truncated" not in ask(type="log", limit=2)
    assert ask(type="log", offset=6)["result_count"] == 1


def test_secrets_of_the_older_hook_are_masked(ask: Asking) -> None:
    """It logs inputs as they are."""
    token = "ghp_" + "a1B2c3D4e5" * 4
    write(Path(sources.OLDER_OPERATIONAL), [record(START, f"curl -H 'Authorization: token {token}' x", complete=False)])
    text = json.dumps([ask(type="log"), ask(type="log", last_n=1), ask(type="log", contains="curl")])
    assert token not in text
    assert "masked" in text


def test_stats_answer_the_fields_of_the_contract(ask: Asking) -> None:
    """A rule is a `hard_rule` there."""
    fill(ask)
    found = ask(type="stats")["result"]
    assert found == {
        "total_decisions": 7,
        "by_decision": {"deny": 4, "allow": 2, "passthrough": 1},
        "by_source": {"hard_rule": 5, "guardrail": 1, "passthrough": 1},
        "by_tool": {"Bash": 6, "Read": 1},
        "top_denied_commands": [
            {"command": "cat .env", "count": 2}, {"command": "Read /p/.env", "count": 1},
            {"command": "rm -rf /", "count": 1},
        ],
        "top_rules": [
            {"rule_id": "no-secrets", "decision": "deny", "count": 3},
            {"rule_id": "ls", "decision": "allow", "count": 1},
        ],
        "latency_us": {"p50": 100, "p95": 300, "p99": 300},
        "prompts": 1,
        "needs_review": 1,
        "sessions": 2,
        "first": "2026-11-21T10:00:00Z",
        "last": "2026-11-21T10:00:06Z",
        "by_hour": [{"hour": "2026-11-21T10:00:00Z", "count": 7}],
        "by_person": None,
        "skipped": {"lines": 2, "reasons": {"not JSON": 1, "not an object": 1}, "files": []},
    }  # fmt: skip
    assert ask(type="stats", tool="Read")["result"]["by_decision"] == {"deny": 1}
    assert ask(type="stats", session_id="s2", since="2026-11-21T10:00:04Z")["result"]["total_decisions"] == 1
    nothing = ask(type="stats", until="2026-01-01")["result"]
    assert (nothing["total_decisions"], nothing["latency_us"]) == (0, {"p50": None, "p95": None, "p99": None})


def test_coverage_of_rules(ask: Asking) -> None:
    """Rules that were named, one that never matched, one that another rule stands in front of, and a shadow rule."""
    fill(ask)
    write(ask.review.with_name("review.jsonl.20261101T000000Z"), [
        record(START - 10, "ls -R", rule_metadata={"rule_id": "lists"}),
        record(START - 9, "ls", rule_metadata={"rule_id": "old"}),
    ])  # fmt: skip
    found = ask(type="coverage", full=True)["result"]
    rules = {row["id"]: row for row in found["rules"]}
    assert list(rules) == ["no-secrets", "no-env-files", "lists", "never", "watched"]
    assert rules["no-secrets"] == {
        "id": "no-secrets", "type": "deny", "level": "enforce", "hits": 3, "last_used": "2026-11-21T10:00:03Z",
        "never_used": False, "matches": 3, "shadowed_by": [], "source_file": str(ask.folder / "policy.toml"),
        "source_line": 2,
    }  # fmt: skip
    assert (rules["no-env-files"]["matches"], rules["no-env-files"]["shadowed_by"]) == (3, ["no-secrets"])
    assert (rules["never"]["never_used"], rules["never"]["matches"], rules["never"]["shadowed_by"]) == (True, 0, [])
    assert (rules["watched"]["matches"], rules["watched"]["shadowed_by"]) == (1, ["lists"])
    assert found["never_used"] == ["no-env-files", "never", "watched"]
    assert found["gone"] == ["ls", "old"]
    assert found["calls"]["looked_at"] == found["calls"]["distinct"] == 7


def test_coverage_looks_at_what_the_gate_has_logged(ask: Asking) -> None:
    """Decisions of the very gate, through its journal."""
    for command in ("ls", "ls src", "cat .env", "frobnicate x"):
        ask.gate.answer(ToolCall("Bash", {"command": command}, str(ask.folder / "p")))
    found = ask(type="coverage")["result"]
    assert {row["id"]: row["hits"] for row in found["rules"]} == {
        "no-secrets": 1, "no-env-files": 0, "lists": 2, "never": 1, "watched": 0,
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["log", "stats", "coverage"])
def test_no_log(ask: Asking, kind: str) -> None:
    """None there is an error, an empty one is an empty answer, and a named one must be there."""
    missing = ask(type=kind)["error"]
    assert (missing["code"], missing["details"]["file"]) == ("log_not_found", str(ask.review))
    write(ask.log, [])
    found = ask(type=kind)
    assert found.get("results", []) == []
    assert "error" not in found
    ask.logs = (str(ask.log), str(ask.folder / "nowhere"))
    assert ask(type=kind)["error"]["message"] == f"there is no log `{ask.folder / 'nowhere'}`"
    ask.logs = (str(ask.folder),)
    assert re.search(r"cannot be read: (Is a directory|not a regular file)", ask(type=kind)["error"]["message"])


@pytest.mark.parametrize("kind", ["log", "stats"])
def test_hostile_queries(ask: Asking, kind: str) -> None:
    """Text of a query is a value and nothing else."""
    fill(ask)
    for text in ("'; DROP TABLE decisions; --", "$p0", "%", "\0", "\ud800", '"', "\\", "a" * 100_000):
        found = ask(type=kind, tool=text, session_id=text)
        assert found.get("results", []) == []
        assert "error" not in found
