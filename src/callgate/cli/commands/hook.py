"""`callgate hook`: its help. The process itself never comes through the parser (`cli/main.py`)."""

from __future__ import annotations

from typing import Annotated

import typer

from callgate.cli import options


def hook(
    *,
    config: options.ConfigOption = "",
    test_mode: Annotated[
        bool, typer.Option("--test-mode", help="Always print the decision, also when there is no opinion.")
    ] = False,
    outcome: Annotated[
        bool, typer.Option("--outcome", help="Only write down what became of a call; print nothing, whatever comes.")
    ] = False,
    session: Annotated[
        bool, typer.Option("--session", help="Answer events of the session itself; never print a decision for one.")
    ] = False,
) -> int:
    """Answer one call of an agent: its JSON on stdin, the decision on stdout.

    `callgate install claude-code` registers it, with `--outcome` for the events that tell what became of a call and
    `--session` for those of the session; nobody types it, except to try:

      echo '{"tool_name":"Bash","tool_input":{"command":"ls"},"cwd":"/tmp"}' | callgate hook --test-mode
    """
    from callgate.cli.main import hook as process  # noqa: PLC0415 - loads the engine

    return process(
        [
            *(["--config", config] if config else []),
            *(["--test-mode"] if test_mode else []),
            *(["--outcome"] if outcome else []),
            *(["--session"] if session else []),
        ]
    )
