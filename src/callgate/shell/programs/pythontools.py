"""Python tools that are neither tests nor linters: web frameworks, migrations, servers, task runners, packaging.

All of them load the project's code; what changes a data base, listens or publishes is named besides.
"""

from __future__ import annotations

from callgate.shell.command import Command
from callgate.shell.programs.spec import Args, Program, options
from callgate.shell.programs.tooling import (
    Entry,
    acts,
    asks,
    contacts,
    installs,
    note_files,
    or_here,
    refuses,
    rewrites,
    runs_project,
    tool,
)
from callgate.shell.words import Word

# Django: `django-admin COMMAND`; a command that is not listed is the project's own.

_DJANGO_HERE = frozenset(
    "startproject startapp makemigrations squashmigrations optimizemigration makemessages compilemessages".split()
)
_DJANGO_CHANGES = frozenset(
    """
migrate flush loaddata createcachetable clearsessions changepassword createsuperuser remove_stale_contenttypes
collectstatic ogrinspect
""".split()
)  # fmt: skip
_DJANGO_OPAQUE = frozenset("shell shell_plus dbshell runscript".split())


def _django(command: Command) -> None:
    words = command.args
    if asks(command, frozenset({"--version", "version", "--help", "help"})):
        return
    command.here("execute", recursive=True)
    head = next((word for word in words if not word.value.startswith("-") or word.dynamic), None)
    _django_options(command)
    if head is None or words[0] is not head or head.dynamic or head.glob:
        command.unknown = "a command of Django that only the shell knows, or an option before it"
    elif head.value in _DJANGO_OPAQUE:
        command.opaque(f"`{head.value}` runs any code", via=head.value, span=head.span)
    elif head.value in _DJANGO_HERE:
        command.here("write", recursive=True)
        note_files(
            command,
            "write",
            [word for word in words[1:] if "/" in word.value and word.value[:1] != "-"],
            recursive=True,
        )
    elif head.value in _DJANGO_CHANGES:
        command.add("system", f"changes the data base or files: {head.value}")
    elif head.value in {"runserver", "testserver"}:
        command.add("system", "listens for connections")
    elif head.value == "sendtestemail":
        contacts(command)


def _django_options(command: Command) -> None:
    """Note what `--pythonpath` loads and `-o` writes, in any command."""
    words = command.args
    for place, word in enumerate(words):
        name, equals, value = word.value.partition("=")
        if equals:
            target = word._replace(value=value)
        elif word.value[:2] == "-o" and len(word.value) > 2:
            name, target = "-o", word._replace(value=word.value[2:])
        else:
            target = words[place + 1] if place + 1 < len(words) else Word("", word.span)
        if "--pythonpath".startswith(name) and len(name) > 3:
            note_files(command, "execute", [target], via="--pythonpath")
        elif name == "-o" or ("--output".startswith(name) and len(name) > 3):
            note_files(command, "write", [target], via="--output")


def _flask(command: Command) -> None:
    words = [word.value for word in command.args]
    if asks(command):
        return
    command.here("execute", recursive=True)
    if any(word.dynamic for word in command.args) or {"shell", "-e", "--env-file"}.intersection(words) or any(
        value.startswith("--env-file=") for value in words
    ):  # fmt: skip
        command.opaque("`flask` with a shell or a file of variables", via="shell")
    if "run" in words:
        command.add("system", "listens for connections")
    if "db" in words and not {"current", "history", "heads", "branches", "show", "check"}.intersection(words):
        command.add("system", "changes the data base")


def _serves(command: Command) -> None:
    if not asks(command, frozenset({"--version", "--help", "-v", "-h"})):
        command.here("execute", recursive=True)
        command.add("system", "listens for connections")


def _celery(command: Command) -> None:
    """Workers run tasks, the other commands ask or steer them by way of the broker."""
    if asks(command, frozenset({"--version", "--help", "-V", "-h"})):
        return
    command.here("execute", recursive=True)
    contacts(command)
    words = {word.value for word in command.args}
    if not words.intersection({"inspect", "status", "report", "list"}):
        command.add("system", "runs or steers tasks")


# alembic

_ALEMBIC = "-h,--help --version -c,--config:execute -n,--name: -x: --raiseerr -q,--quiet "


def _migrates(command: Command, args: Args) -> None:
    runs_project(command, args)
    contacts(command)
    if not args.has("--sql"):
        command.add("system", "changes the data base")


def _looks(command: Command, args: Args) -> None:
    """`env.py` of the project runs, and with it a connection is made."""
    runs_project(command, args)
    contacts(command)


def _writes_migration(command: Command, args: Args) -> None:
    _looks(command, args)
    command.here("write", recursive=True)


_ALEMBIC_LOOKS = Program(
    options(_ALEMBIC + "-v,--verbose -r,--rev-range: -i,--indicate-current --check-heads --resolve-dependencies"),
    _looks,
)
_ALEMBIC_CHANGES = Program(options(_ALEMBIC + "--sql --tag: --purge"), _migrates)
_ALEMBIC_WRITES = Program(options(
    _ALEMBIC + "-m,--message: --autogenerate --sql --head: --splice --branch-label: --version-path:write --rev-id: --depends-on: "
    "-t,--template: --package -r:"), _writes_migration)  # fmt: skip
_ALEMBIC_PROGRAM = Program(options(_ALEMBIC), subcommands={
    **dict.fromkeys(("current", "history", "heads", "branches", "show", "check", "list_templates"), _ALEMBIC_LOOKS),
    **dict.fromkeys(("upgrade", "downgrade", "stamp", "ensure_version"), _ALEMBIC_CHANGES),
    **dict.fromkeys(("revision", "merge", "init"), _ALEMBIC_WRITES),
})  # fmt: skip


# Packaging


def _compiles(command: Command, args: Args) -> None:
    """pip-compile asks the index, runs the build scripts of packages, and writes a list of versions."""
    runs_project(command, args)
    command.add("execute", "package scripts")
    contacts(command)
    note_files(command, "read", args.operands)
    if not args.has("-o", "-n"):
        command.here("write")


def _twine(command: Command) -> None:
    words = command.args
    if asks(command):
        return
    if words and words[0].value == "check" and not any(word.could_be_option for word in words[1:]):
        note_files(command, "read", words[1:])
    else:
        command.add("system", "publishes packages")
        contacts(command)


def _builds(command: Command, args: Args) -> None:
    """Build a package: its back end runs, and what that needs is installed into an environment of its own."""
    note_files(command, "execute", or_here(command, args.operands), recursive=True)
    installs(command, args)
    if not args.has("-o"):
        command.here("write", recursive=True)


_BUILD = options("-h,--help -V,--version -v,--verbose -s,--sdist -w,--wheel -o,--outdir:write -x,--skip-dependency-check "
                 "-n,--no-isolation --installer: -C,--config-setting: --config-json: --metadata")  # fmt: skip
_PIP_COMPILE = options("""
-h,--help --version -v,--verbose -q,--quiet -n,--dry-run -p,--pre -r,--rebuild -U,--upgrade -P,--upgrade-package:
-o,--output-file:write --generate-hashes --allow-unsafe --no-allow-unsafe --strip-extras --no-strip-extras --extra:
--all-extras --resolver: --no-header --header --no-annotate --annotate --annotation-style: --no-emit-index-url
--no-emit-trusted-host --emit-options --no-emit-options --max-rounds: -c,--constraint:read --cache-dir:write
--no-build-isolation --build-isolation --newline: --no-config --config:read
""")


def _reads(command: Command, args: Args) -> None:
    note_files(
        command,
        "read",
        or_here(command, args.operands),
        recursive=True,
        only=("*.py", "*.pyi", "*.ipynb", "*.toml", "*.cfg"),
    )


def _refactors(command: Command, args: Args) -> None:
    rewrites(command, args.operands, only=("*.py",))


_RADON = Program(
    options(
        "-h,--help -s,--show-complexity,--show -a,--average --total-average -n,--min: -x,--max: -o,--order: -e,--exclude: "
        "-i,--ignore: -j,--json --xml --md --no-assert -f,--functions --include-ipynb --ipynb-cells -m,--multi"
    ),
    _reads,
)


def _pydoc(command: Command) -> None:
    """Documentation of a module comes from importing it; `-w` writes pages, `-p` and `-b` serve them."""
    if any(word.could_be_option and word.value[:2] != "-k" for word in command.args):
        command.unknown = "`pydoc` serves or writes pages"
    command.here("execute", recursive=True)


PROGRAMS: dict[str, Entry] = {
    "django-admin": _django,
    "flask": _flask,
    **dict.fromkeys(("uvicorn", "gunicorn", "hypercorn", "daphne", "waitress-serve", "streamlit", "fastapi", "litestar"), _serves),
    "celery": _celery,
    "alembic": tool(_ALEMBIC_PROGRAM),
    **dict.fromkeys(("invoke", "inv", "fab", "doit"), tool(Program({}, runs_project), frozenset())),
    "pip-compile": tool(Program(_PIP_COMPILE, _compiles)),
    **dict.fromkeys(("pip-sync", "bump2version", "bumpversion", "cz", "towncrier", "cookiecutter", "copier"),
                    acts("installs packages, or changes the project and its repository")),
    **dict.fromkeys(("pip-audit", "safety", "semgrep"), refuses("sends what is installed to a server")),
    "twine": _twine,
    "pyproject-build": Program(_BUILD, _builds),
    "radon": Program({}, subcommands=dict.fromkeys(("cc", "mi", "raw", "hal"), _RADON)),
    "interrogate": Program(options("-h,--help --version -v,--verbose -q,--quiet -f,--fail-under: -e,--exclude: -i,--ignore-init-method "
                                   "-I,--ignore-init-module -m,--ignore-magic -M,--ignore-module -n,--ignore-nested-functions "
                                   "-p,--ignore-private -P,--ignore-semiprivate -s --omit-covered-files -o,--output:write"), _reads),
    "pyproject-fmt": Program(options("-h,--help -V,--version -s,--stdout -n,--check --column-width: --indent: --keep-full-version"),
                             _refactors),
    **dict.fromkeys(("ty", "pyre", "pytype", "pyrefly"), tool(Program(options(
        "-h,--help --version -V -v,--verbose -q,--quiet --color: --output-format: --python-version: --exit-zero --watch"),
        runs_project), frozenset())),
    **dict.fromkeys(("ipython", "jupyter", "jupyter-lab", "jupyter-notebook", "bpython", "ptpython"), refuses("runs any code")),
    "pydoc": _pydoc,
    "pydoc3": _pydoc,
}  # fmt: skip
