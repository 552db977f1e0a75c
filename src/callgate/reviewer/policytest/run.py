"""Runs cases: each call through the gate that the hook uses, in the file system of its test file."""

from __future__ import annotations

import time
from typing import Iterable, Iterator

from callgate.core.errors import Problem
from callgate.core.model import ToolCall, Verdict
from callgate.engine.examples import check_example
from callgate.engine.stages.allow import covered
from callgate.gate import Examination, Gate, Given, open_gate
from callgate.policy.loader import LoadedPolicy
from callgate.reviewer.policytest.collect import Suite
from callgate.reviewer.policytest.coverage import coverage
from callgate.reviewer.policytest.fixtures import build
from callgate.reviewer.policytest.load import describe
from callgate.reviewer.policytest.model import (
    BadTestFileError,
    Expected,
    Mismatch,
    PolicyCase,
    PolicyTestFile,
    Report,
    Result,
)

_NOTHING = "something: the case has no `decision`"


def run(suites: Iterable[Suite], wanted: str = "") -> Report:
    """Run the examples and the cases of *suites*.

    Args:
        suites: from `collect`.
        wanted: only what has this text in its name, its call or the name of its file, in whatever case. Then there is
            no coverage: what was left out might have covered a rule.

    Raises:
        BadTestFileError: the file system of a test file cannot be made.
    """
    results = [(suite, tuple(_suite(suite, wanted.casefold()))) for suite in suites]
    covered_rules = [] if wanted else [coverage(suite.label, suite.loaded, found) for suite, found in results]
    return Report(tuple((suite.label, found) for suite, found in results), tuple(covered_rules))


def _suite(suite: Suite, wanted: str) -> Iterator[Result]:
    yield from _examples(suite.loaded, wanted)
    for file in suite.files:
        cases = [case for case in file.cases if _has(wanted, case.name, describe(case.call), file.path)]
        if not cases:
            continue
        try:
            with build(file.fixture) as tree:
                gate = _open(suite, file, Given(_at_home(suite, file.fixture.home), tree))
                yield from [run_case(gate, case) for case in cases]
        except OSError as error:
            message = f"the files of `[fixtures]` cannot be made: {error.strerror or error}"
            hint = "two names may differ in case only, or the temporary directory be full"
            raise BadTestFileError([Problem(message, file.path, help=hint)]) from error


def _has(wanted: str, name: str, call: str, file: str) -> bool:
    return not wanted or any(wanted in text.casefold() for text in (name, call, file.rsplit("/", 1)[-1]))


def _open(suite: Suite, file: PolicyTestFile, given: Given) -> Gate:
    fixture = file.fixture
    return open_gate(
        {}, fixture.project, config=suite.path, home=fixture.home, project=fixture.project, managed="", given=given
    )


def _at_home(suite: Suite, home: str) -> LoadedPolicy:
    """Return the policy with its logs, which the gate protects, where they would be for the user of the fixture."""
    logging, own = suite.loaded.logging, suite.home.rstrip("/") + "/"
    moved = {
        name: home + path[len(own) - 1 :]
        for name in ("log_file", "review_log_file")
        if (path := getattr(logging, name)).startswith(own)
    }
    return suite.loaded._replace(logging=logging._replace(**moved))


def _examples(loaded: LoadedPolicy, wanted: str) -> Iterator[Result]:
    rules = {rule.id: rule for rule in loaded.rules}
    for given in loaded.examples:
        rule = rules[given.rule_id]
        for field, texts in (("match", given.match), ("no_match", given.no_match)):
            for number, text in enumerate(texts, start=1):
                name = f"{rule.id}: {field} {number}"
                if not _has(wanted, name, text, rule.source.file):
                    continue
                started = time.perf_counter()
                matches = check_example(rule, text)
                words = {True: "a match", False: "no match"}
                wrong = matches != (field == "match")
                yield Result(
                    name, rule.source.file, rule.source.line, text,
                    (Mismatch("example", words[not matches], words[matches]),) if wrong else (),
                    rules=frozenset({rule.id}) if matches else frozenset(),
                    seconds=time.perf_counter() - started,
                )  # fmt: skip


def run_case(gate: Gate, case: PolicyCase) -> Result:
    """Return what comes of *case* when *gate*, opened on its fixture, judges it."""
    started = time.perf_counter()
    found = gate.examine(case.call)
    verdict = found.verdict
    deciding = _deciding(gate, case.call, verdict)
    mismatches = tuple(compare(case.expected, found, deciding))
    parts: tuple[tuple[str, str], ...] = ()
    if mismatches and not found.error:
        parts = tuple(
            (report.unit.text, report.status)
            for report in gate.explain(case.call).units
            if report.status.startswith("not covered")
            and report.status.removeprefix("not covered: ") not in verdict.reason  # it has been said
        )
    return Result(
        case.name, case.file, case.line, describe(case.call), mismatches, verdict.decision, verdict.reason, parts,
        deciding | _watching(gate, verdict), time.perf_counter() - started,
    )  # fmt: skip


def compare(expected: Expected, found: Examination, deciding: frozenset[str]) -> Iterator[Mismatch]:
    """Yield every expectation that does not hold.

    Args:
        expected: of the case.
        found: what the gate answered.
        deciding: ids of the rules that decided: one, or of an allow all that cover a part of the call.
    """
    verdict = found.verdict
    if found.error:
        # An *ask* because callgate failed must not pass for the ask that the author meant.
        last = found.error.strip().rsplit("\n", 1)[-1]
        yield Mismatch("decision", " or ".join(expected.decision) or _NOTHING, f"a failure of callgate: {last}")
    elif verdict.decision not in expected.decision:
        yield Mismatch("decision", " or ".join(expected.decision) or _NOTHING, verdict.decision)
    if expected.rule and expected.rule not in deciding:
        got = ", ".join(f"`{rule}`" for rule in sorted(deciding)) or f"none{_guardrail(verdict)}"
        yield Mismatch("rule", f"`{expected.rule}`", got)
    if expected.guardrail and expected.guardrail != verdict.guardrail:
        yield Mismatch(
            "guardrail", f"`{expected.guardrail}`", f"`{verdict.guardrail}`" if verdict.guardrail else "none"
        )
    if expected.stage is not None and expected.stage != verdict.stage:
        yield Mismatch("stage", str(expected.stage), str(verdict.stage))
    if expected.coverage and expected.coverage != verdict.coverage:
        yield Mismatch("coverage", expected.coverage, verdict.coverage)
    if expected.reason_contains and expected.reason_contains not in verdict.reason:
        yield Mismatch("reason", f"one that contains `{expected.reason_contains}`", "another (below)")


def _guardrail(verdict: Verdict) -> str:
    return f" (guardrail `{verdict.guardrail}`)" if verdict.guardrail else ""


def _deciding(gate: Gate, call: ToolCall, verdict: Verdict) -> frozenset[str]:
    if verdict.rule is None:
        return frozenset()
    ids = {verdict.rule.id}
    if verdict.decision == "allow":
        case = gate.case(call)
        for unit in case.analysis.units:
            cover = covered(case, unit)
            rules = [cover.rule, *(one.rule for one in cover.operations)]
            ids.update(rule.id for rule in rules if rule is not None)
    return frozenset(ids)


def _watching(gate: Gate, verdict: Verdict) -> frozenset[str]:
    """Return the ids of matching rules that only warn or only log: that is all they do, so a case covers them."""
    warned = (
        rule.id
        for rule in (gate.loaded.rules if gate.loaded else ())
        if rule.level == "warn" and any(f"`{rule.id}`" in note for note in verdict.notes)
    )
    return frozenset((*verdict.shadows, *warned))
