"""Options that several commands share, each defined once: what it is called and what its help says."""

from __future__ import annotations

from typing import Annotated

import typer

CALL = "The call"
WORLD = "The world it is judged in"

ToolOption = Annotated[
    str, typer.Option("--tool", metavar="NAME", help="The tool (Bash when only --command is given).")
]
CommandOption = Annotated[str | None, typer.Option("--command", "-c", metavar="TEXT", help="The command of Bash.")]
PathOption = Annotated[
    str | None,
    typer.Option("--path", metavar="PATH", help="The file of Read, Write, Edit, …, the folder of Glob, Grep."),
]
ConfigOption = Annotated[str, typer.Option("--config", metavar="FILE", help="Judge by this policy file alone.")]
ProfileOption = Annotated[
    str,
    typer.Option(
        "--profile", metavar="NAME", help="Judge by a shipped profile (cautious, standard, …); no file is read."
    ),
]
HomeOption = Annotated[str, typer.Option("--home", metavar="DIR", help="The home directory (default: yours).")]
ProjectOption = Annotated[
    str, typer.Option("--project", metavar="DIR", help="The project root (default: found from the cwd).")
]
CwdOption = Annotated[
    str,
    typer.Option("--cwd", metavar="DIR", help="Where the call runs (default: --project, else the current directory)."),
]
ModeOption = Annotated[
    str, typer.Option("--mode", metavar="NAME", help="The agent's permission mode: default, plan, acceptEdits, …")
]
NoColorOption = Annotated[bool, typer.Option("--no-color", help="Never use colours.")]
SocketOption = Annotated[
    str, typer.Option("--socket", metavar="FILE", help="The daemon's socket (default: in your runtime directory).")
]
IdleOption = Annotated[
    str, typer.Option("--idle", metavar="TIME", help="Leave when nobody has called for so long; 0 never leaves.")
]
DEFAULT_IDLE = "1h"
"""As `daemon.starting.IDLE_SECONDS`."""
