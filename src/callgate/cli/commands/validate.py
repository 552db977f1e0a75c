"""`callgate validate`: is the policy good, and what does it hold?"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from callgate.cli import options
from callgate.cli.errors import EXIT_OK, EXIT_POLICY, UsageError, report
from callgate.core.errors import PolicyError, Problem

if TYPE_CHECKING:
    from callgate.cli.linting import Linted
    from callgate.policy.loader import LoadedPolicy

EXIT_WARNINGS = 1


def validate(
    file: Annotated[
        str, typer.Argument(metavar="[FILE]", help="A policy file; without it the policy that is in force here.")
    ] = "",
    *,
    config: Annotated[str, typer.Option("--config", metavar="FILE", help="The same as FILE.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")] = False,
    no_lint: Annotated[
        bool, typer.Option("--no-lint", help="Only say whether the policy loads, not what is odd about it.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 when there is a warning.")] = False,
    profile: options.ProfileOption = "",
    home: options.HomeOption = "",
    project: options.ProjectOption = "",
    cwd: options.CwdOption = "",
    no_color: options.NoColorOption = False,
) -> int:
    """Check a policy and print what it holds: rules, sections, logs, the model's state.

    Every problem is listed at once, with file, line, column, and what to do. The `examples` of each rule are run: a
    `match` that the rule does not match, or a `no_match` that it does, is a problem of the file.
    Then the rules are looked at together: shadowed and dead ones, overlaps, contradictions, patterns that match more or
    less than they seem to. docs/lint.md tells what each code means. Such a warning changes nothing about what is
    decided.
    Exit code: 0 good (warnings included), 1 a warning with --strict, 78 not.

    Examples:
      callgate validate
      callgate validate team.toml
      callgate validate --strict --json
    """
    from callgate.cli.policies import load_world  # noqa: PLC0415 - not for --help
    from callgate.cli.world import World  # noqa: PLC0415 - as above

    if file and config and file != config:
        raise UsageError("two policy files are named", help="validate one after the other")
    world = World(config or file, profile, home, project, cwd).absolute()
    try:
        loaded = load_world(world, os.environ)
        problems = _failing_examples(loaded)
    except PolicyError as error:
        return _tell(None, error.problems, [], as_json=as_json, no_color=no_color)
    found: list[Linted] = []
    if not no_lint:
        from callgate.cli.linting import lint, without_repeated  # noqa: PLC0415 - a policy that does not load has no lint

        found = lint(loaded, world, os.environ)
        loaded = loaded._replace(warnings=without_repeated(loaded.warnings, found))
    code = _tell(loaded, problems, found, as_json=as_json, no_color=no_color)
    warned = loaded.warnings or any(one.finding.severity == "warning" for one in found)
    return EXIT_WARNINGS if strict and warned and code == EXIT_OK else code


def _failing_examples(loaded: LoadedPolicy) -> list[Problem]:
    from callgate.engine.examples import failures  # noqa: PLC0415 - loads the engine

    rules = {rule.id: rule for rule in loaded.rules}
    return [
        problem
        for given in loaded.examples
        if given.rule_id in rules
        for problem in failures(rules[given.rule_id], given.match, given.no_match)
    ]


def _tell(
    loaded: LoadedPolicy | None, problems: list[Problem], found: list[Linted], *, as_json: bool, no_color: bool
) -> int:
    errors = [problem for problem in problems if problem.severity == "error"]
    code = EXIT_POLICY if errors or loaded is None else EXIT_OK
    if as_json:
        sys.stdout.write(json.dumps(_as_object(loaded, problems, found, ok=code == EXIT_OK), indent=2) + "\n")
        return code
    if problems:
        report("\n".join(str(problem) for problem in problems))
    if code == EXIT_OK and loaded is not None:
        from callgate.cli.output import console, say  # noqa: PLC0415 - rich costs 40 ms
        from callgate.policy.loader.report import summary  # noqa: PLC0415 - as above

        out = console(no_color=no_color)
        say(out, summary(loaded))
        if found:
            from callgate.cli.linting import show  # noqa: PLC0415 - as above

            show(found, out)
        say(out, ("the policy is good", "green"))
        return code
    report(f"{len(errors)} problem{'s' if len(errors) != 1 else ''} in all")
    return code


def _as_object(
    loaded: LoadedPolicy | None, problems: list[Problem], found: list[Linted], *, ok: bool
) -> dict[str, object]:
    answer: dict[str, object] = {"ok": ok, "problems": [problem._asdict() for problem in problems]}
    if loaded is None:
        return answer
    from callgate.cli.linting import as_object  # noqa: PLC0415 - a policy that does not load has no lint

    counts = {action: sum(rule.action == action for rule in loaded.rules) for action in ("allow", "ask", "deny")}
    return {
        **answer,
        "warnings": [problem._asdict() for problem in loaded.warnings],
        "rules": {**counts, "total": len(loaded.rules), "disabled": loaded.disabled, "not_trusted": loaded.dropped},
        "sections": sorted(loaded.sections),
        "sources": [source._asdict() for source in loaded.sources],
        "settings": loaded.settings._asdict(),
        "logging": loaded.logging._asdict(),
        "llm_enabled": bool(loaded.llm.get("enabled")),
        "revision": loaded.revision,
        "lint": [as_object(one) for one in found],
    }
