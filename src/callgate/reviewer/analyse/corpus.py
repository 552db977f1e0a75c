"""The calls that rules are measured on: made up from the rules, ordinary ones, and what was really asked."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final, Iterable, Iterator

from callgate.core.errors import InputError
from callgate.core.model import Rule, ToolCall
from callgate.policy.language import samples
from callgate.reviewer.history import open_history

if TYPE_CHECKING:
    from callgate.gate import Gate

MAX_CALLS: Final = 3_000
MAX_LOGGED: Final = 2_000
"""Newest decisions of the log that are measured on."""
MAX_TEXT: Final = 20_000
"""Characters of one command; longer ones say more about the analysis than about rules."""

ORDINARY: Final = (
    "ls -la", "pwd", "git status", "git log --oneline -5", "git diff HEAD~1 -- src/app.py",
    "git add -A && git commit -m 'x'",
    "git push origin main", "cat README.md", "cat src/*.py | head -50", "grep -rn TODO src | wc -l",
    "find . -name '*.py' -not -path './.venv/*'", "rg -n 'def main' src", "sed -n 1,40p src/app.py",
    "sed -i s/a/b/ src/app.py",
    "pytest -q tests", "python -m pytest -x -q tests/test_app.py::test_one", "python - <<'E'\nprint(1)\nE", "npm test",
    "npm run build && npm run lint", "make test", "cargo test --all", "go test ./...", "rm -rf build", "mkdir -p a/b/c",
    "curl -s https://example.com/api | jq .", "docker ps", 'for f in *.txt; do wc -l "$f"; done', "cd src && ls",
    "echo 'a b' > out.txt", "tar xzf x.tgz -C /tmp/x", "chmod +x run.sh && ./run.sh", "cp a.txt b.txt; mv b.txt c.txt",
    "python3 -c 'print(1)'", "export A=1; env | sort", "sudo systemctl restart x", "kill -9 123", "cat .env",
)  # fmt: skip
FILES: Final = ("README.md", "src/app.py", ".env", "/etc/hosts", "docs/guide.md", "../other/x.py")


def corpus(gate: Gate, cwd: str, given: Iterable[ToolCall] = ()) -> list[ToolCall]:
    """Return calls, each once: those *given*, those of the log (newest first), ordinary ones, and made-up ones.

    Args:
        gate: its policy's patterns and its log are used.
        cwd: where made-up calls are made.
        given: further calls.
    """
    rules = gate.loaded.rules if gate.loaded else ()
    found: dict[str, ToolCall] = {}
    for call in itertools.chain(given, _logged(gate), _ordinary(cwd), _made_up(rules, cwd)):
        key = f"{call.tool}\0{call.cwd}\0{sorted(map(repr, call.input.items()))}"
        if len(key) <= MAX_TEXT:
            found.setdefault(key, call)
        if len(found) >= MAX_CALLS:
            break
    return list(found.values())


def _ordinary(cwd: str) -> Iterator[ToolCall]:
    for text in ORDINARY:
        yield ToolCall("Bash", {"command": text}, cwd)
    for path in FILES:
        for tool in ("Read", "Write", "Edit"):
            yield ToolCall(tool, {"file_path": path}, cwd)


def _made_up(rules: Iterable[Rule], cwd: str) -> Iterator[ToolCall]:
    for rule in rules:
        texts = [" ".join(argv) for text in rule.command[:8] for argv in samples.of_command(text, rest=("x",), limit=2)]
        if rule.command_regex:
            texts += samples.of_regex(rule.command_regex, case_sensitive=rule.case_sensitive, limit=3)
        for text in texts:
            yield ToolCall("Bash", {"command": text}, cwd)


def _logged(gate: Gate) -> Iterator[ToolCall]:
    """Yield the newest calls of the log; a log that cannot be read has none."""
    from callgate.agents.claude_code import parse_payload  # noqa: PLC0415 - only with a log

    history = open_history(gate)
    try:
        for entry in itertools.islice(history.newest(), MAX_LOGGED):
            message = {
                "tool_name": entry.tool,
                "tool_input": entry.input,
                "cwd": entry.cwd,
                "permission_mode": entry.mode,
            }
            try:
                call = parse_payload(message).call
            except InputError:
                continue  # masked, or of an older hook: no call that anybody could make
            if call is not None:
                yield call
    except OSError:
        return
