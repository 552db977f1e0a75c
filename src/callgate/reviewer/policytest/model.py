"""What a test file says and what came of it, as values."""

from __future__ import annotations

from typing import NamedTuple

from callgate.core.errors import InputError, Problem
from callgate.core.model import Action, ToolCall


class BadTestFileError(InputError):
    """Test files cannot be used. `problems` holds every fault found, in file order."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class Fixture(NamedTuple):
    """The file system that the cases of one file are judged in. All paths are absolute and normalised."""

    home: str
    project: str
    directories: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    """(path, content)."""
    links: tuple[tuple[str, str], ...] = ()
    """(path, target as the link says it)."""


class Expected(NamedTuple):
    """What a case expects; empty fields are left open."""

    decision: tuple[str, ...] = ()
    """Any of these. Empty: the case expects nothing, and fails."""
    rule: str = ""
    guardrail: str = ""
    stage: int | None = None
    coverage: str = ""
    reason_contains: str = ""


class PolicyCase(NamedTuple):
    """One call with what is expected of it."""

    name: str
    file: str
    line: int
    call: ToolCall
    expected: Expected


class PolicyTestFile(NamedTuple):
    """One `*.test.toml`."""

    path: str
    """Absolute, as it was found."""
    policy: str
    """Absolute path of the policy under test; empty when `profile` names it."""
    profile: str
    fixture: Fixture
    cases: tuple[PolicyCase, ...]


class Mismatch(NamedTuple):
    """One expectation that does not hold."""

    field: str
    expected: str
    got: str


class Result(NamedTuple):
    """What came of a case."""

    name: str
    file: str
    line: int
    call: str
    """The command, or the tool and what it is about."""
    mismatches: tuple[Mismatch, ...]
    """Empty: the case passes."""
    decision: str = ""
    """What the gate answered; empty for the `examples` of a rule, which ask the rule alone."""
    reason: str = ""
    parts: tuple[tuple[str, str], ...] = ()
    """Of a failing case: (text, how it stands) of every part of the call that no allow rule covers."""
    rules: frozenset[str] = frozenset()
    """Ids of the rules that took part in the decision."""
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether every expectation holds."""
        return not self.mismatches


class RuleCoverage(NamedTuple):
    """One rule with how often it decided."""

    id: str
    action: Action
    file: str
    line: int
    hits: int
    """Passing cases and examples."""


class PolicyCoverage(NamedTuple):
    """The rules of one policy."""

    policy: str
    rules: tuple[RuleCoverage, ...]

    def share(self, action: str = "") -> tuple[int, int]:
        """Return (covered, all) of the rules, or of those with *action*."""
        counted = [rule for rule in self.rules if action in ("", rule.action)]
        return sum(rule.hits > 0 for rule in counted), len(counted)

    @property
    def percent(self) -> float:
        """Covered rules in hundredths; 100 when there are none."""
        covered, total = self.share()
        return 100.0 * covered / total if total else 100.0


class Report(NamedTuple):
    """Everything that came of a run."""

    results: tuple[tuple[str, tuple[Result, ...]], ...]
    """(policy as it is shown, its results), in the order in which they ran."""
    coverage: tuple[PolicyCoverage, ...]
    skipped: tuple[str, ...] = ()
    """Test files beside a policy that were left out: they are about another one."""

    @property
    def all(self) -> tuple[Result, ...]:
        """The results of all policies."""
        return tuple(result for _, results in self.results for result in results)

    @property
    def failed(self) -> int:
        """How many cases fail."""
        return sum(not result.passed for result in self.all)
