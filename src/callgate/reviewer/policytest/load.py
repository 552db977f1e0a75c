"""Reads one test file: every fault of it at once, each with line and column and what to do."""

from __future__ import annotations

import os
from typing import Any, Iterator, Mapping

from callgate.agents.claude_code import PATH_FIELDS, parse_payload
from callgate.core.errors import InputError
from callgate.core.model import ToolCall
from callgate.policy.loader.faults import Faults, kind
from callgate.policy.loader.files import ReadError, decode, read
from callgate.policy.loader.locate import Path, line_column
from callgate.policy.loader.regexes import Regexes
from callgate.policy.loader.toml import parse
from callgate.policy.loader.values import Checker
from callgate.reviewer.policytest.find import policy_of
from callgate.reviewer.policytest.model import BadTestFileError, Expected, Fixture, PolicyCase, PolicyTestFile
from callgate.reviewer.policytest.places import Places
from callgate.reviewer.policytest.schema import CASE_FIELDS, EXPECTATIONS, FIXTURE_FIELDS, TOP_FIELDS

MAX_CASES = 10_000
"""Cases of one file, each of `commands` counted."""


def load_file(path: str) -> PolicyTestFile:
    """Return what the test file *path* (absolute) says.

    Raises:
        BadTestFileError: with every fault of the file; whether the policy that it names is good is not looked at.
    """
    faults = Faults(path)
    try:
        text = decode(read(path, {}))
    except ReadError as error:
        faults.add(error.message, help=error.help)
        faults.problems[-1] = faults.problems[-1]._replace(line=error.line)
        raise BadTestFileError(faults.problems) from None
    faults = Faults(path, text)
    data = parse(text, faults, "a test file")
    found = _Reader(path, faults).file(data) if data is not None else None
    if found is None or faults.problems:
        raise BadTestFileError(sorted(faults.problems, key=lambda problem: (problem.line, problem.column)))
    return found


class _Reader:
    """Takes one test file apart."""

    def __init__(self, path: str, faults: Faults) -> None:
        self._path = path
        self._faults = faults
        self._check = Checker(faults, Regexes())
        self._places = Places(faults)
        self._cwds: set[str] = set()

    def file(self, data: Mapping[str, Any]) -> PolicyTestFile:
        cases = data.get("case", [])
        top = self._check.table({key: data[key] for key in data if key != "case"}, TOP_FIELDS, (), "this test file")
        given = self._check.table(top.get("fixtures", {}), FIXTURE_FIELDS, ("fixtures",), "`[fixtures]`")
        self._places.base(given)
        cwd = self._cwd(given, ("fixtures", "cwd"), self._places.project)
        policy, profile = policy_of(self._path, top, self._faults)
        read_cases: list[PolicyCase] = []
        if isinstance(cases, list) and all(isinstance(item, dict) for item in cases):
            for index, table in enumerate(cases):
                read_cases += self._case(table, ("case", index), cwd, given.get("mode", ""))
        else:
            message = f"`case` must be an array of tables, not {kind(cases)}"
            self._faults.add(message, ("case",), "write each case under a line `[[case]]`")
        if len(read_cases) > MAX_CASES:
            self._faults.add(f"more than {MAX_CASES:,} cases", ("case", 0), "split the file up")
        fixture: Fixture = self._places.fixture(given, {cwd, *self._cwds} - {""})
        return PolicyTestFile(self._path, policy, profile, fixture, tuple(read_cases[:MAX_CASES]))

    def _cwd(self, given: Mapping[str, Any], where: Path, default: str) -> str:
        found = self._places.path(given["cwd"], where) if "cwd" in given else default
        self._cwds.add(found)
        return found

    def _case(self, table: Mapping[str, Any], where: Path, cwd: str, mode: str) -> Iterator[PolicyCase]:
        before = len(self._faults.problems)
        values = self._check.table(table, CASE_FIELDS, where, "this case")
        place = self._cwd(values, (*where, "cwd"), cwd)
        expected = Expected(**{name: values[name] for name in EXPECTATIONS if name in values})
        if expected.rule and expected.guardrail:
            self._faults.add("both `rule` and `guardrail`", (*where, "guardrail"), "a decision has one of them")
        for tool, tool_input, at in self._inputs(values, table, where):
            message = {"tool_name": tool, "tool_input": tool_input, "cwd": place}
            message["permission_mode"] = values.get("mode", mode) or "default"
            try:
                call = parse_payload(message).call
            except InputError as error:
                self._faults.add(f"not a call: {error}", at, "`callgate check` takes the same calls", value=True)
                continue
            if call is not None and len(self._faults.problems) == before:
                name = values.get("name", "")
                several = "commands" in values
                name = f"{name}: {describe(call)}" if name and several else name or describe(call)
                yield PolicyCase(name, self._path, self._line(at), call, expected)

    def _inputs(
        self, values: Mapping[str, Any], written: Mapping[str, Any], where: Path
    ) -> Iterator[tuple[str, dict[str, Any], Path]]:
        """Yield (tool, input, where) of each call that a case describes; a fault for none and for too many.

        Args:
            values: what is good of the case.
            written: all of it. A field at fault has had its message; nothing more is said of the call then.
            where: the case.
        """
        tool = values.get("tool", "Bash")
        forms = [name for name in ("command", "commands", "path") if name in written]
        given = dict(values.get("input", {}))
        alone = next((name for name in ("path", "input") if name in written and "tool" not in written), "")
        if any(name in written and name not in values for name in (*forms, "tool", "input")):
            return
        if len(forms) > 1:
            self._faults.add(f"`{forms[0]}` and `{forms[1]}` in one case", (*where, forms[1]), "keep one of them")
        elif alone:
            self._faults.add(f"`{alone}` without a tool", (*where, alone), 'add for example `tool = "Read"`')
        elif not forms and "tool" not in written:
            hint = "add `command`, `commands`, or `tool` with `path` or `input`"
            self._faults.add("this case has no call", where, hint)
        elif forms == ["commands"]:
            if not values["commands"]:
                self._faults.add("`commands` is empty", (*where, "commands"), "name a command", value=True)
            for index, text in enumerate(values["commands"]):
                yield from self._one(tool, given, "command", text, (*where, "commands", index))
        elif forms:
            field = "command" if forms == ["command"] else PATH_FIELDS.get(tool, "file_path")
            yield from self._one(tool, given, field, values[forms[0]], where)
        else:
            yield tool, given, where

    def _one(
        self, tool: str, given: Mapping[str, Any], field: str, text: str, where: Path
    ) -> Iterator[tuple[str, dict[str, Any], Path]]:
        if field in given:
            self._faults.add(f"`{field}` is given twice: beside `input` and in it", where, "keep one of them")
            return
        yield tool, {**given, field: text}, where

    def _line(self, where: Path) -> int:
        offset = self._faults.positions().find(where)
        return line_column(self._faults.text, offset)[0] if offset is not None else 0


def describe(call: ToolCall) -> str:
    """Return what a call is about in a few words: its command, or the tool with its file, pattern or URL."""
    command = call.input.get("command")
    if call.tool == "Bash" and isinstance(command, str):
        return command
    about = next(
        (text for name in ("command", "file_path", "notebook_path", "path", "pattern", "url", "subagent_type")
         if isinstance(text := call.input.get(name), str) and text), "")  # fmt: skip
    return f"{call.tool} {about}".rstrip()


def name_of(path: str) -> str:
    """Return *path* as a person would name it: relative to the current directory where it lies below it."""
    return path.removeprefix(_here())


def names_in(reason: str) -> str:
    """Return *reason* with the places of rules, `(/path/policy.toml:12)`, named likewise."""
    return reason.replace(f"({_here()}", "(") if _here() else reason


def _here() -> str:
    """Return the current directory with a `/` behind it; empty when it is gone."""
    try:
        return os.getcwd().rstrip("/") + "/"
    except OSError:
        return ""
