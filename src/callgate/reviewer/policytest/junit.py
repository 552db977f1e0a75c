r"""The report as JUnit XML, as CI systems read it: a suite for each test file, a case for each case.

XML has no way to write most control characters, not even escaped, and a command may hold them: they are shown as
`\uXXXX`, as on a terminal.
"""

from __future__ import annotations

from typing import Iterable
from xml.etree import ElementTree as ET

from callgate.agents.visible import visible
from callgate.core.errors import Problem
from callgate.reviewer.policytest.load import name_of
from callgate.reviewer.policytest.model import Report, Result
from callgate.reviewer.policytest.report import diff, one_line


def as_xml(report: Report, below: Iterable[tuple[str, str]] = ()) -> bytes:
    """Return *report* as a JUnit document in UTF-8.

    Args:
        report: of a run.
        below: (policy, message) for each whose coverage does not suffice: a failing case of a suite `coverage`.
    """
    suites: dict[tuple[str, str], list[Result]] = {}
    for policy, found in report.results:
        for result in found:
            suites.setdefault((policy, result.file), []).append(result)
    root = ET.Element("testsuites", name="callgate test")
    for (policy, file), results in suites.items():
        suite = _suite(root, name_of(file), len(results), sum(not one.passed for one in results))
        suite.set("time", _time(results))
        for result in results:
            case = ET.SubElement(suite, "testcase", classname=visible(policy), name=visible(one_line(result.name)))
            case.set("file", visible(name_of(result.file)))
            case.set("line", str(result.line))
            case.set("time", _time([result]))
            if not result.passed:
                rows = list(diff(result))
                short = "; ".join(
                    f"{each.field}: expected {each.expected}, got {each.got}" for each in result.mismatches
                )
                _fault(case, "failure", one_line(short), "\n".join(f"{heading}: {text}" for heading, text in rows))
    missing = list(below)
    if missing:
        suite = _suite(root, "coverage", len(missing), len(missing))
        for policy, message in missing:
            case = ET.SubElement(suite, "testcase", classname="coverage", name=visible(policy))
            _fault(case, "failure", message, message)
    root.set("tests", str(len(report.all) + len(missing)))
    root.set("failures", str(report.failed + len(missing)))
    root.set("time", _time(report.all))
    return _document(root)


def as_fault(problems: Iterable[Problem]) -> bytes:
    """Return the document that stands in where a file is broken: an error for each problem, so that none is green."""
    found = list(problems)
    root = ET.Element("testsuites", name="callgate test", tests=str(len(found)), errors=str(len(found)))
    suite = ET.SubElement(root, "testsuite", name="problems", tests=str(len(found)), errors=str(len(found)))
    for problem in found:
        name = visible(f"{name_of(problem.file)}:{problem.line}")
        case = ET.SubElement(suite, "testcase", classname="problems", name=name)
        _fault(case, "error", problem.message, str(problem))
    return _document(root)


def _suite(root: ET.Element, name: str, tests: int, failures: int) -> ET.Element:
    return ET.SubElement(
        root, "testsuite", name=visible(name), tests=str(tests), failures=str(failures), errors="0", skipped="0"
    )


def _fault(case: ET.Element, kind: str, message: str, text: str) -> None:
    element = ET.SubElement(case, kind, message=visible(message))
    element.text = "\n".join(visible(line) for line in text.split("\n"))


def _time(results: Iterable[Result]) -> str:
    return f"{sum(result.seconds for result in results):.6f}"


def _document(root: ET.Element) -> bytes:
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"
