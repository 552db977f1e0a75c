"""Small network tools: ping, name look-ups, raw connections."""

from __future__ import annotations

from callgate.shell.command import Command
from callgate.shell.programs.hosts import host_of
from callgate.shell.programs.spec import Args, Program, options
from callgate.shell.words import Word


def _contact(command: Command, word: Word) -> None:
    """A name that is looked up or contacted: whoever serves it learns the name."""
    command.add("network", host_of(word.value) or word.value, word)


def _hosts(command: Command, args: Args) -> None:
    for word in args.operands:
        _contact(command, word)


def _server(command: Command, args: Args) -> None:
    """`nslookup NAME [SERVER]`, `host NAME [SERVER]`; without a name commands come from standard input."""
    if not args.operands or args.operands[0].value == "-":
        command.unknown = f"`{command.name}` takes commands from its input"
    _hosts(command, args)


def _dig(command: Command, args: Args) -> None:
    for word in [*args.operands, *args.values("-q")]:
        if word.value.startswith("@"):
            _contact(command, word._replace(value=word.value[1:]))
        elif not word.value.startswith("+"):
            _contact(command, word)
    if not args.operands and not args.has("-v", "-h", "-q", "-f"):
        command.add("network", "", Word("", command.span))


def _connection(command: Command, args: Args) -> None:
    """`nc HOST PORT`: what comes from standard input goes out."""
    if args.has("-l"):
        command.add("system", "listens for connections", via="-l")
        return
    if not args.operands:
        command.unknown = f"`{command.name}` without a host"
        return
    host = args.operands[0]
    port = args.operands[1].value if len(args.operands) > 1 else ""
    word = args.operands[1] if len(args.operands) > 1 and args.operands[1].dynamic else host
    command.add("network", f"{host.value}:{port}" if port else host.value, word if not host.dynamic else host)


def _socat(command: Command) -> None:
    command.unknown = "addresses of `socat` may run programs, open files and listen"


_PING = Program(options("""
-4 -6 -A -a -B -b -C -c: -D -d -e: -F: -f -H -h -I: -i: -L -l: -M: -m: -N: -n -O -o -p: -Q: -q -R -r -S: -s: -T: -t:
-U -V -v -W: -w: --help --version --count: --interval: --timeout: --apple-time
"""), _hosts)  # fmt: skip
_NC = Program(options("""
-4 -6 -C -d -G: -h -i,--interval,--idle-timeout: -k,--keep-open -l,--listen -N -n,--nodns -p,--source-port: -q: -r -S
-s,--source: -t,--telnet -u,--udp -v,--verbose -w,--wait: -z --version --help --ssl --ssl-verify --send-only --recv-only
-e,--exec:code -c,--sh-exec:code --lua-exec:code -o,--output:write -x,--hex-dump:write -U,--unixsock!a_local_socket
--proxy:host --append-output
"""), _connection)  # fmt: skip

PROGRAMS = {
    "ping": _PING,
    "ping6": _PING,
    "nslookup": Program(options("-query: -type: -port: -timeout: -debug -version"), _server, single_dash=True),
    "host": Program(options("-4 -6 -A -a -C -c: -d -i -l -m: -N: -p: -R: -r -s -T -t: -U -V -v -W: -w"), _server),
    "dig": Program(options("-4 -6 -b: -c: -f:list -h -i -k:read -m -p: -q: -r -t: -u -v -x: -y:"), _dig),
    "nc": _NC,
    "netcat": _NC,
    "ncat": _NC,
    "socat": _socat,
    "telnet": Program(
        options("-4 -6 -8 -a -d -E -F -f -K -k: -L -l: -n:write -r -x -X: -e: -b: -S: -N -y"), _connection, posix=True
    ),
}
