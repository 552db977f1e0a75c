"""docker, podman and compose: what only asks the daemon is known, what starts or changes containers is not."""

from __future__ import annotations

from callgate.shell.command import Command
from callgate.shell.programs.spec import Args, Program, options
from callgate.shell.programs.tooling import Entry, Handler, asks_about, questions
from callgate.shell.words import Word

# Options of the asking verbs together; their values are data, so it does not matter where a value ends.
_ASKING = options("""
-a,--all -q,--quiet -f? --filter? --follow --format? -n? --last? -l,--latest -s,--size --no-trunc --since? --until?
-t,--timestamps --tail? --details --type? --digests --tree -H,--human? --limit? --no-stream -v,--verbose --services
--status? --orphans? --no-color --no-log-prefix --index? --no-index --pretty --protocol? --volumes --images --profiles
--hash? --no-interpolate --no-normalize --no-path-resolution --no-consistency --resolve-image-digests --variables
--environment --sort? --names --noheading --short -i,--interval? --node? --platform? --raw --bootstrap --list-tags
--no-resolve --no-task-ids --insecure -h,--help --json --no-reset -p,--pod --ns --external --sync --watch? -w? --compatible
""")
_GLOBAL = options("""
--config:execute -c,--context: -D,--debug -H,--host:talks_to_another_daemon -l,--log-level: --tls --tlscacert:read
--tlscert:read --tlskey:read --tlsverify -v,--version -h,--help --connection: --url:talks_to_another_daemon
--identity:read --remote -r --root:write --runroot:write --storage-driver: --namespace,-n: --address,-a:talks_to_another_daemon
""")
_COMPOSE = options("""
-f,--file:read -p,--project-name: --profile: --project-directory:read --env-file:read --ansi: --compatibility --parallel:
--progress: --dry-run --all-resources -v,--version -h,--help --verbose --no-ansi
""")


def _asks(command: Command, _args: Args) -> None:
    command.add("system", "asks the container daemon")


def _asks_here(command: Command, _args: Args) -> None:
    command.here()
    command.add("system", "asks the container daemon")


_ASK = Program(_ASKING, _asks)
_PRINT = Program(options("-f,--format: -h,--help --short --json -a,--all -d,--debug"))
_COMPOSE_ASK = Program(_ASKING, _asks_here)


def _group(names: str, entry: Program = _ASK) -> Program:
    return Program(options("-h,--help"), subcommands=dict.fromkeys(names.split(), entry), bare=_help)


def _help(_command: Command, _args: Args) -> None:
    """Print the usage."""


_COMPOSE_TREE = Program(
    _COMPOSE,
    subcommands={**dict.fromkeys("ps logs images top ls port events stats volumes".split(), _COMPOSE_ASK),
                 # `config` prints every variable of the environment file with its value.
                 "version": _PRINT},
    bare=_help,
)  # fmt: skip


def _copy(command: Command, args: Args) -> None:
    """`docker cp CONTAINER:PATH PATH` and the reverse; `-` is an archive on standard input or output."""
    command.add("system", "copies into or out of a container")
    if len(args.operands) != 2:
        command.unknown = "`cp` without its two places"
        return
    source, target = args.operands
    for word, writes in ((source, False), (target, True)):
        if word.value == "-" or (_in_container(word) and not word.dynamic):
            continue
        command.path("write" if writes else "read", word, recursive=True)


def _in_container(word: Word) -> bool:
    return ":" in word.value.partition("/")[0] and not word.value.startswith((".", "/"))


_VERBS = "ps images logs inspect info top port stats history diff events search version"
_DOCKER = Program(
    _GLOBAL,
    subcommands={
        **dict.fromkeys(_VERBS.split(), _ASK),
        "cp": Program(options("-a,--archive -L,--follow-link -q,--quiet -h,--help --overwrite"), _copy),
        "help": Program(),
        "container": _group("ls list ps inspect logs top port stats diff exists"),
        "image": _group("ls list inspect history exists tree"),
        "network": _group("ls list inspect exists"),
        "volume": _group("ls list inspect exists"),
        "system": _group("df info events"),
        "context": _group("ls list show inspect"),
        "buildx": _group("ls du inspect version"),
        "builder": _group("du"),
        "manifest": _group("inspect"),
        "node": _group("ls list inspect ps"),
        "service": _group("ls list inspect ps logs"),
        "stack": _group("ls list ps services"),
        "pod": _group("ps ls list inspect logs top stats exists"),
        "machine": _group("ls list inspect info"),
        "compose": _COMPOSE_TREE,
    },
    bare=_help,
)
# Verbs that are not known but for how they are used.
_OTHER_VERBS = """
run exec build pull push rm rmi start stop restart kill create tag commit load save import export login logout rename
update wait attach pause unpause swarm secret config plugin trust prune up down
"""
_HELPFUL = frozenset([*_DOCKER.subcommands, *_COMPOSE_TREE.subcommands, *_OTHER_VERBS.split()])


def _client(program: Program) -> Handler:
    known = questions(program, "-v")

    def handler(command: Command) -> None:
        # `-h` is the name of a host to `docker run`.
        if not asks_about(command, _HELPFUL, frozenset({"--help"})):
            known(command)

    return handler


PROGRAMS: dict[str, Entry] = {
    **dict.fromkeys(("docker", "podman", "nerdctl"), _client(_DOCKER)),
    **dict.fromkeys(("docker-compose", "podman-compose"), _client(_COMPOSE_TREE)),
}
