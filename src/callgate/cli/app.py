"""The command table and the parser. It does no work: each command is a function in `cli/commands/`.

Only the module of the command that is called is imported; `--help` and an unknown command import them all.
"""

from __future__ import annotations

import importlib
import os
from typing import Annotated, Any, Callable, Final, Mapping

import typer

from callgate.cli.errors import EXIT_INTERRUPTED, EXIT_OK, UsageError

COMMANDS: Final[Mapping[str, str]] = {
    "init": "init",
    "install": "install",
    "doctor": "doctor",
    "demo": "demo",
    "check": "check",
    "explain": "explain",
    "query": "query",
    "apply": "apply",
    "history": "history",
    "list": "list_decisions",
    "stats": "stats",
    "analyze": "analyze",
    "suggest-rules": "suggest_rules",
    "replay": "replay",
    "validate": "validate",
    "test": "test",
    "analyze-rule": "analyze_rule",
    "profile": "profile",
    "guardrails": "guardrails",
    "trust": "trust",
    "untrust": "untrust",
    "off": "off",
    "on": "on",
    "uninstall": "uninstall",
    "status": "status",
    "hook": "hook",
}
"""Command -> module in `cli/commands/`, which holds a function of the same name. In the order of `--help`."""

GROUPS: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "daemon": (
        "The warm gate that answers hooks: start it, stop it, see how it is.",
        {
            "run": "daemon_run",
            "start": "daemon_start",
            "stop": "daemon_stop",
            "restart": "daemon_restart",
            "status": "daemon_status",
        },
    ),
    "rules": (
        "Carry rules to and from YAML rule sets.",
        {"import": "rules_import", "export": "rules_export"},
    ),
    "audit": (
        "Look through the audit log of every change to the gate, and verify it.",
        {
            "verify": "audit_verify",
            "search": "audit_search",
            "show": "audit_show",
            "export": "audit_export",
            "archive": "audit_archive",
        },
    ),
    "import": (
        "Turn the rules of other tools into callgate rules.",
        {"claude-settings": "import_claude_settings"},
    ),
    "proposals": (
        "Changes that an agent proposed and a person decides about.",
        {
            "list": "proposals_list",
            "show": "proposals_show",
            "accept": "proposals_accept",
            "reject": "proposals_reject",
        },
    ),
}
"""Group -> (help, its commands as above)."""

_SECTIONS = ("Args:", "Returns:", "Raises:")
_EPILOG = (
    "First time: `callgate init`, then `callgate install claude-code`, then `callgate doctor`. "
    "`callgate COMMAND --help` tells more, with examples."
)


def run(argv: list[str], program: str = "callgate") -> int:
    """Parse *argv* and run its command; return the exit code.

    Args:
        argv: the command line without the program name.
        program: what the program is called in messages.

    Raises:
        UsageError: the command line is wrong.
    """
    command = typer.main.get_command(build(argv))
    usage: type[Exception] = typer.BadParameter.__mro__[2]  # the base of all parser errors, in every typer
    # Not `command.main()`: it turns a closed pipe and Ctrl-C into exit codes of its own.
    try:
        with command.make_context(program, argv) as context:
            result = command.invoke(context)
    except typer.Exit as done:
        return done.exit_code
    except typer.Abort:
        return EXIT_INTERRUPTED
    except usage as error:
        where = getattr(error, "ctx", None)  # an option without its argument does not know its command
        path = where.command_path if where else f"{program} {argv[0]}" if argv[0] in COMMANDS else program
        message = getattr(error, "format_message", error.__str__)()
        raise UsageError(_sentence(message), help=f"run `{path} --help`") from error
    return result if isinstance(result, int) else EXIT_OK


def build(argv: list[str]) -> typer.Typer:
    """Return the parser for *argv*, with as few commands imported as it needs."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, epilog=_EPILOG)
    app.callback(invoke_without_command=True)(_root)
    named = next((word for word in argv if not word.startswith("-")), "")
    known = named in COMMANDS or named in GROUPS
    for name, module in COMMANDS.items():
        if name == named or not known:
            _add(app, name, module)
    for name, (text, members) in GROUPS.items():
        if name == named or not known:
            _add_group(app, name, text, members)
    return app


def help_text(function: Callable[..., Any]) -> str:
    r"""Return the help of a command: its docstring without the developer's sections, indented blocks kept as they are.

    A `\b` in front of a paragraph is how the parser is told not to re-flow it.
    """
    import inspect  # noqa: PLC0415 - typer has loaded it already

    kept = []
    for block in (inspect.getdoc(function) or "").split("\n\n"):
        if block.startswith(_SECTIONS):
            break
        kept.append("\b\n" + block if "\n " in block or block.startswith(" ") else block)
    return "\n\n".join(kept)


def _add(app: typer.Typer, name: str, module: str) -> None:
    function = getattr(importlib.import_module(f"callgate.cli.commands.{module}"), module)
    text = help_text(function)
    app.command(name, help=text, short_help=text.split("\n", 1)[0])(function)


def _add_group(app: typer.Typer, name: str, text: str, members: Mapping[str, str]) -> None:
    group = typer.Typer(rich_markup_mode=None, help=text)
    group.callback()(_group)
    for member, module in members.items():
        _add(group, member, module)
    app.add_typer(group, name=name)


def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="Never use colours (NO_COLOR does the same).")] = False,
) -> None:
    """The permission system for coding agents: decides each tool call, and says why."""
    if version:
        from callgate import __version__  # noqa: PLC0415 - only here

        typer.echo(f"callgate {__version__}")
        raise typer.Exit(EXIT_OK)
    if no_color:
        os.environ["NO_COLOR"] = "1"  # the agreed way to tell every library, and the processes we start
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(EXIT_OK)


def _group() -> None:
    """Keep a group a group, however few commands it has."""


def _sentence(message: str) -> str:
    """Return a message of the parser in the form of ours: lower case, backticks, no final period."""
    text = message.strip().rstrip(".").replace("'", "`")
    return text[:1].lower() + text[1:]
