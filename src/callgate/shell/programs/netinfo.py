"""What tells about the network of this machine, and clients that ask others: ss, ip, lsof, whois, httpie."""

from __future__ import annotations

from callgate.core.model import DYNAMIC
from callgate.shell.command import Command
from callgate.shell.programs.hosts import host_of, note_url
from callgate.shell.programs.spec import Args, Program, options
from callgate.shell.programs.tooling import Entry, asks, note_files, refuses, unknown_subcommand
from callgate.shell.words import Word

_SS = options("""
-h,--help -V,--version -n,--numeric -r,--resolve -a,--all -l,--listening -o,--options -e,--extended -m,--memory
-p,--processes -T,--threads -i,--info --tipcinfo -s,--summary --tos --cgroup -b,--bpf -E,--events -Z,--context -z,--contexts
-N,--net: -4,--ipv4 -6,--ipv6 -0,--packet -t,--tcp -M,--mptcp -S,--sctp -u,--udp -d,--dccp -w,--raw -x,--unix --tipc --vsock
--xdp -f,--family: -K,--kill!closes_connections -H,--no-header -O,--oneline --inet-sockopt -A,--query,--socket: -Q,--no-queues
-D,--diag:write -F,--filter:read
""")
_NETSTAT = options("""
-r,--route -i,--interfaces -g,--groups -s,--statistics -M,--masquerade -v,--verbose -W,--wide -n,--numeric
--numeric-hosts --numeric-ports --numeric-users -N,--symbolic -e,--extend -p,--programs,--program -o,--timers
-c,--continuous -l,--listening -a,--all -F,--fib -C,--cache -Z,--context -t,--tcp -u,--udp -w,--raw -x,--unix -4,--inet
-6,--inet6 -f: -b -d -h -m -q -V,--version --help -A: -I: -L -R -S -U,--udplite
""")
_LSOF = options("""
-h -a -b -c: -C -d: -D:writes_a_cache -e: -f -F? -g? -i? -k:read -K? -l -L? -m: -M -n -N -o -O -p: -P -r? -R -s? -S? -t
-T? -u: -U -v -V -w -x? -X -z? -Z? -E -H -Q
""")
_IP_FLAGS = frozenset(
    """
-4 -6 -0 -B -M -s -stats -statistics -d -details -h -human -human-readable -iec -o -oneline -r -resolve -c -color -br -brief
-j -json -p -pretty -t -ts -timestamp -tshort -echo -V -Version -a -all -N -Numeric
""".split()
)
_IP_OBJECTS = """
link address addr route rule neighbor neighbour neigh ntable tunnel maddress maddr mroute mrule monitor netns tcp_metrics
token vrf nexthop fou
""".split()
# Abbreviations are left out: `ip link s` sets, `ip addr s` shows.
_IP_ASKS = frozenset({"show", "list", "lst", "ls", "get", "help"})


def _reads_sockets(_command: Command, _args: Args) -> None:
    """Print what the kernel knows."""


def _lsof(command: Command, args: Args) -> None:
    """Operands are files, whose users are listed; what is in them is not read."""
    for word in args.operands:
        if word.dynamic:
            command.opaque("a word that may turn into an option of `lsof`", via="$…", span=word.span)


def _ip(command: Command) -> None:
    words = list(command.args)
    while words and words[0].value in _IP_FLAGS:
        words.pop(0)
    if not words:
        return
    head = words[0].value
    objects = [name for name in _IP_OBJECTS if head and name.startswith(head)]
    verb = words[1].value if len(words) > 1 else "show"
    if "exec".startswith(verb):
        command.unknown = "`ip … exec` runs another program"
    elif any(word.dynamic for word in words) or not objects or head.startswith("-"):
        unknown_subcommand(command, words)
    elif verb not in _IP_ASKS:
        command.add("system", f"changes the network: ip {head} {verb}")


def _ifconfig(command: Command) -> None:
    words = [word.value for word in command.args]
    # Behind `-a` BSD's takes settings for all interfaces (`ifconfig -a down`).
    settings = len(words) > 1 and not set(words) <= {"-a", "-s", "-v"}
    if (settings and not (len(words) == 2 and words[0] in {"-s", "-v"})) or any(word.dynamic for word in command.args):
        command.add("system", "changes the network")


def _table_of(asking: str) -> Entry:
    """Return a program that prints when all of its words are among *asking*, and changes the network else."""
    known = frozenset(asking.split())

    def handler(command: Command) -> None:
        if not known.issuperset(word.value for word in command.args):
            command.add("system", "changes the network")

    return handler


def _exactly(*questions: str) -> Entry:
    """Return a program that prints when its words are one of *questions*, and changes the network else."""

    def handler(command: Command) -> None:
        if " ".join(word.value for word in command.args) not in questions:
            command.add("system", "changes the network")

    return handler


def _hosts(command: Command, args: Args) -> None:
    for word in [*args.operands, *args.values("-h")]:
        command.add("network", host_of(word.value) or word.value, word)


_TRACE = options("-4 -6 -a -d -e -F -f: -g: -I -i: -M: -m: -N: -n -p: -q: -r -s: -S -t: -T -U -v -w: -x -z: -A --help --version -c: "
                 "--report --tcp --udp --json --no-dns -b -l -R -L -O:")  # fmt: skip
_WHOIS = options("-h,--host: -p,--port: -I -H -a -b -B -c -d -G -i: -l -L -m -M -K -r -R -s: -T: -V: -x -q: -t: -v: --verbose "
                 "--no-recursion --version --help -A -f -g -k -P -Q -S")  # fmt: skip

# httpie

_HTTPIE = options("""
-j,--json -f,--form --multipart --boundary: --raw: -x,--compress --pretty: -s,--style: --unsorted --sorted
--response-charset: --response-mime: --format-options: -p,--print: -h,--headers -m,--meta -b,--body -v,--verbose --all
-P,--history-print: -S,--stream -o,--output:write -d,--download -c,--continue -q,--quiet --session:writes_a_session
--session-read-only:reads_a_session -a,--auth: -A,--auth-type: --ignore-netrc --offline --proxy:host -F,--follow --max-redirects:
--max-headers: --timeout: --check-status --path-as-is --chunked --verify: --ssl: --ciphers: --cert:identity --cert-key:identity
--cert-key-pass: -I,--ignore-stdin --help --manual --version --traceback --default-scheme: --debug --no-verify
--no-follow --no-check-status --http-version: -4 -6 --bearer: --curl --native-tls
""")


def _httpie(command: Command, args: Args) -> None:
    """`http [METHOD] URL [ITEM…]`: `name@file` and `name=@file` are read and sent."""
    words = list(args.operands)
    if args.has("--version", "--help", "--manual"):
        return
    if words and words[0].value.isalpha() and words[0].value.isupper():
        words.pop(0)
    if not words:
        unknown_subcommand(command, args.operands)
        return
    url, *items = words
    if url.value.startswith(":") and not url.dynamic:
        command.add("network", "localhost")
    else:
        note_url(command, url)
    for word in args.values("--verify"):
        if "/" in word.value:
            note_files(command, "read", [word])
    for word in items:
        if word.dynamic or "@" in word.value:
            # Escapes and the many separators are not taken apart: whatever stands behind an `@` may be a file.
            target = DYNAMIC if word.dynamic else word.value.partition("@")[2].partition(";")[0]
            note_files(command, "read", [word._replace(value=target)])
    if args.has("-d") and not args.has("-o"):
        command.here("write", recursive=True, via="--download")


def _speed(command: Command) -> None:
    if not asks(command):
        command.add("network", "", Word(DYNAMIC, command.span))


PROGRAMS: dict[str, Entry] = {
    "ss": Program(_SS, _reads_sockets),
    "netstat": Program(_NETSTAT, _reads_sockets),
    "lsof": Program(_LSOF, _lsof),
    "ip": _ip,
    "ifconfig": _ifconfig,
    "arp": _table_of("-a -n -e -v -an"),
    "route": _table_of("-n -e -v -ee -A inet inet6"),
    "iwconfig": _table_of(""),
    "nmcli": _exactly("device", "device status", "device show", "connection", "connection show", "general", "general status",
                      "radio", "networking", "--version"),
    **dict.fromkeys(("traceroute", "traceroute6", "tracepath", "mtr"), Program(_TRACE, _hosts)),
    "whois": Program(_WHOIS, _hosts),
    **dict.fromkeys(("http", "https", "xh", "xhs"), Program(_HTTPIE, _httpie)),
    "speedtest": _speed,
    **dict.fromkeys(("tcpdump", "tshark", "nmap", "masscan", "openvpn", "wg", "wg-quick", "tailscale", "ngrok", "cloudflared",
                     "ettercap", "hydra", "ftp", "tftp", "lftp", "rclone", "aria2c", "axel", "smbclient", "ldapsearch", "swaks",
                     "sendmail", "mail", "mailx", "mutt"), refuses("talks to other machines in ways of its own")),
}  # fmt: skip
