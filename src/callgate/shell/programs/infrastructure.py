"""terraform and ansible: providers and playbooks are code; applying changes machines."""

from __future__ import annotations

from callgate.shell.command import Command
from callgate.shell.programs.spec import Args, Program, options
from callgate.shell.programs.tooling import (
    Entry,
    asks_about,
    contacts,
    installs,
    note_files,
    or_here,
    questions,
    refuses,
    unknown_subcommand,
)
from callgate.shell.words import Word

_COMMON = "-no-color -help -json -compact-warnings "


def _files(command: Command, args: Args) -> list[Word]:
    return or_here(command, args.operands)


def _format(command: Command, args: Args) -> None:
    only = ("*.tf", "*.tfvars", "*.tftest.hcl", "*.tf.json")
    note_files(command, "read", _files(command, args), recursive=True, only=only)
    # Without `=` the next word is no value of `-write` but a file.
    if not args.has("-check") and not any(word.value == "false" for word in args.values("-write")):
        note_files(command, "write", _files(command, args), recursive=True, only=only)


def _providers(command: Command, _args: Args) -> None:
    """Start the providers that lie in the working directory, and read configuration and state."""
    command.here("execute", recursive=True)


def _names_providers(command: Command, args: Args) -> None:
    """`providers` and `providers schema` print; `lock` and `mirror` download and write."""
    _providers(command, args)
    if args.operands and [word.value for word in args.operands] != ["schema"]:
        unknown_subcommand(command, [Word(f"providers {args.operands[0].value}", args.operands[0].span)])


def _plan(command: Command, args: Args) -> None:
    _providers(command, args)
    contacts(command)


def _init(command: Command, args: Args) -> None:
    _providers(command, args)
    command.here("write", recursive=True)
    installs(command, args)


def _state(command: Command, _args: Args) -> None:
    """The state holds secrets in the clear."""
    command.here("execute", recursive=True)
    command.opaque("prints the state, which may hold secrets")


def _apply(command: Command, args: Args) -> None:
    _plan(command, args)
    command.add("system", "changes the infrastructure")


_VARIABLES = _COMMON + (
    "-var: -var-file:read -target: -replace: -refresh? -refresh-only -lock? -lock-timeout: -input? -parallelism: "
    "-state:read -detailed-exitcode -destroy "
)
_TERRAFORM = Program(
    options("-chdir:execute -version -help -v"),
    single_dash=True,
    subcommands={
        name: Program(options(table), meaning, single_dash=True)
        for name, table, meaning in (
            ("version", _COMMON, None),
            ("fmt", "-no-color -help -check -diff -list? -write? -recursive", _format),
            ("validate", _COMMON + "-no-tests -test-directory: -var: -var-file:read", _providers),
            ("show", _COMMON, _state),
            ("output", _COMMON + "-raw -state:read", _state),
            ("providers", _COMMON, _names_providers),
            ("graph", _COMMON + "-plan: -draw-cycles -type: -module-depth:", _providers),
            ("get", _COMMON + "-update", _init),
            ("init", _COMMON + "-backend? -backend-config: -force-copy -from-module:code -get? -input? -lock? "
             "-lock-timeout: -plugin-dir:execute -reconfigure -migrate-state -upgrade -lockfile: "
             "-ignore-remote-version -test-directory:", _init),
            ("plan", _VARIABLES + "-out:write -generate-config-out:write", _plan),
            ("test", _VARIABLES + "-filter: -test-directory: -verbose -junit-xml:write", _apply),
            ("apply", _VARIABLES + "-auto-approve -backup:write -state-out:write", _apply),
            ("destroy", _VARIABLES + "-auto-approve -backup:write -state-out:write", _apply),
            ("refresh", _VARIABLES + "-backup:write -state-out:write", _apply),
            ("import", _VARIABLES + "-config:execute -allow-missing-config", _apply),
        )
    }
    | {
        "workspace": Program(subcommands={"list": Program({}, _plan), "show": Program({}, _providers)}),
        "state": Program(subcommands={"list": Program(options("-state:read -id:"), _plan, single_dash=True),
                                      "show": Program(options("-state:read"), _state, single_dash=True)}),
    },
)  # fmt: skip


_OTHER_VERBS = "console login logout force-unlock taint untaint metadata"
_HELPFUL = frozenset([*_TERRAFORM.subcommands, *_OTHER_VERBS.split()])
_KNOWN = questions(_TERRAFORM, "-version", "-help", "-v", "version")


def _terraform(command: Command) -> None:
    if not asks_about(command, _HELPFUL, frozenset({"-help", "--help", "-h"})):
        _KNOWN(command)


PROGRAMS: dict[str, Entry] = {
    **dict.fromkeys(("terraform", "tofu"), _terraform),
    **dict.fromkeys(
        ("ansible", "ansible-playbook", "ansible-galaxy", "ansible-vault", "ansible-inventory", "ansible-console",
         "ansible-pull", "ansible-doc", "ansible-config", "pulumi", "vagrant", "packer", "chef-client", "puppet", "salt"),
        refuses("runs code on this machine and on others"),
    ),
}  # fmt: skip
