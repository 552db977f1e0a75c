"""`callgate test`: do the policies decide as their authors say?"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from callgate.cli import options
from callgate.cli.errors import EXIT_INPUT, EXIT_OK, EXIT_POLICY, UsageError, report
from callgate.core.errors import InputError, PolicyError, Problem

if TYPE_CHECKING:
    from callgate.cli.world import World
    from callgate.reviewer.policytest.collect import Wanted
    from callgate.reviewer.policytest.model import PolicyCoverage, Report

EXIT_FAILED = 1


def test(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATHS", help="Test files (*.test.toml), policy files, directories."),
    ] = None,
    *,
    wanted: Annotated[
        str, typer.Option("--filter", metavar="TEXT", help="Only cases with TEXT in their name, call or file name.")
    ] = "",
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="List the cases that pass, too.")] = False,
    table: Annotated[bool, typer.Option("--coverage", help="List every rule with the number of its cases.")] = False,
    least: Annotated[
        float | None,
        typer.Option(
            "--min-coverage",
            metavar="PERCENT",
            min=0,
            max=100,
            help="Fail when less of the rules of a policy have a case.",
        ),
    ] = None,
    junit: Annotated[str, typer.Option("--junit", metavar="FILE", help="Write a JUnit report as well.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")] = False,
    allow_empty: Annotated[bool, typer.Option("--allow-empty", help="No case at all is no error.")] = False,
    config: options.ConfigOption = "",
    profile: options.ProfileOption = "",
    home: options.HomeOption = "",
    project: options.ProjectOption = "",
    cwd: options.CwdOption = "",
    no_color: options.NoColorOption = False,
) -> int:
    """Test policies: the `examples` of their rules and the cases of test files. Nothing is run, nothing is logged.

    Without PATHS: the policy files in force here, with the test files (`*.test.toml`) beside each and in `tests/`
    there. A policy file means the test files there that are about it, a directory those in it and below. With other
    PATHS, --config or --profile stands in for the policy that each file names. See docs/policy-tests.md.

    Exit code: 0 all pass, 1 some fail or the coverage is too low, 64 wrong usage or no case at all, 65 a test file is
    bad, 78 a policy is.

    Examples:
      callgate test
      callgate test policies/ --min-coverage 90 --junit report.xml
      callgate test team.toml --filter push -v
      callgate test --profile standard --coverage
    """  # fmt: skip
    from callgate.cli.world import World  # noqa: PLC0415 - not for --help
    from callgate.reviewer.policytest.model import BadTestFileError  # noqa: PLC0415 - as above

    if wanted and (least is not None or table):
        raise UsageError("the coverage is that of all cases", help="leave out `--filter`, or what is about coverage")
    try:
        found = _run(paths or [], World(config, profile, home, project, cwd).absolute(), wanted)
    except BadTestFileError as error:
        return _broken(error.problems, EXIT_INPUT, junit, as_json=as_json)
    except PolicyError as error:
        return _broken(error.problems, EXIT_POLICY, junit, as_json=as_json)
    if not found.all and not allow_empty:
        raise _empty(wanted)
    return _tell(found, least, junit, verbose=verbose, table=table, as_json=as_json, no_color=no_color)


def _empty(wanted: str) -> UsageError:
    if wanted:
        return UsageError(f"no case has `{wanted}` in its name, call or file name", help="`-v` lists all cases")
    return UsageError(
        "there is no case to run",
        help="write a test file (docs/policy-tests.md) or `examples` in a rule, or pass `--allow-empty`",
    )


def _wanted(paths: list[str], world: World) -> Wanted:
    """Return what the command line means.

    Raises:
        UsageError: a policy is named twice, as a path and by an option.
        InputError: a path is not there, or is nothing that can be tested.
        PolicyError: no paths are given and the policy in force is broken.
    """
    from callgate.policy.loader.assemble import pack_path  # noqa: PLC0415 - not for --help
    from callgate.reviewer.policytest.collect import Wanted  # noqa: PLC0415 - as above
    from callgate.reviewer.policytest.find import beside, expand  # noqa: PLC0415 - as above

    named = world.config or (pack_path(world.profile) if world.profile else "")
    if paths:
        tests, policies = expand(paths)
        if named and policies:
            raise UsageError(f"a policy is named twice: `{policies[0]}` and by an option", help="keep one of them")
        return Wanted(policies, tests, named)
    if named:
        return Wanted([named])
    from callgate.cli.policies import load_world  # noqa: PLC0415 - as above

    sources = load_world(world, os.environ).sources
    beside_them = [path for source in sources if source.layer != "builtin" for path in beside(source.path)]
    return Wanted([source.path for source in sources if not source.included_by], beside_them)


def _run(paths: list[str], world: World, text: str) -> Report:
    from callgate.host import places  # noqa: PLC0415 - not for --help
    from callgate.reviewer.policytest.collect import collect  # noqa: PLC0415 - loads the engine
    from callgate.reviewer.policytest.run import run  # noqa: PLC0415 - as above

    suites, skipped = collect(_wanted(paths, world), places(os.environ, world.home).home)
    return run(suites, text)._replace(skipped=skipped)


def _broken(problems: list[Problem], code: int, junit: str, *, as_json: bool) -> int:
    from callgate.reviewer.policytest import objects  # noqa: PLC0415 - only here

    if junit:
        from callgate.reviewer.policytest.junit import as_fault  # noqa: PLC0415 - only with --junit

        _write(junit, as_fault(problems))
    if as_json:
        sys.stdout.write(json.dumps(objects.as_fault(problems), indent=2) + "\n")
        return code
    report("\n".join(str(problem) for problem in problems))
    report(f"{len(problems)} problem{'s' if len(problems) != 1 else ''} in all; nothing was tested")
    return code


def _tell(
    found: Report, least: float | None, junit: str, *, verbose: bool, table: bool, as_json: bool, no_color: bool
) -> int:
    from callgate.reviewer.policytest.coverage import below  # noqa: PLC0415 - not for --help

    lacking = below(found.coverage, least or 0)
    messages = [(one.policy, _lacks(one, least or 0)) for one in lacking]
    code = EXIT_FAILED if found.failed or lacking else EXIT_OK
    if junit:
        from callgate.reviewer.policytest.junit import as_xml  # noqa: PLC0415 - only with --junit

        _write(junit, as_xml(found, messages))
    if as_json:
        from callgate.reviewer.policytest.objects import as_object  # noqa: PLC0415 - one of the two

        sys.stdout.write(json.dumps(as_object(found, ok=code == EXIT_OK, least=least), indent=2) + "\n")
        return code
    from callgate.cli.output import console, say  # noqa: PLC0415 - rich costs 40 ms
    from callgate.reviewer.policytest.report import lines  # noqa: PLC0415 - as above

    out = console(no_color=no_color)
    for line in lines(found, verbose=verbose, table=table):
        say(out, *line)
    for _, message in messages:
        say(out, ("FAIL", "bold red"), f"  {message}")
    return code


def _lacks(policy: PolicyCoverage, least: float) -> str:
    from callgate.reviewer.policytest.report import percent  # noqa: PLC0415 - only here

    return f"{policy.policy}: {percent(policy)} of the rules have a case, and {least:g} % are demanded"


def _write(path: str, data: bytes) -> None:
    try:
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        with open(path, "wb") as out:
            out.write(data)
    except OSError as error:
        raise InputError(f"cannot write `{path}`: {error.strerror or error}") from error
