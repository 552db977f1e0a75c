"""Programs that print, compute or tell about the host: echo, test, date, ps, uname and their like."""

from __future__ import annotations

from typing import Callable

from callgate.shell.command import Command
from callgate.shell.programs.spec import Args, Program, data, options, parse, reads


def _harmless(_command: Command) -> None:
    """Do nothing: whatever the arguments, such a program only computes and prints."""


def _printf(command: Command) -> None:
    # bash's own `printf -v NAME` sets a variable, and a subscript in NAME is evaluated.
    first = command.args[0] if command.args else None
    if first is not None and first.could_be_option and first.value not in {"--", "-"}:
        command.opaque("`printf -v` sets a shell variable", via="-v", span=first.span)


def _test(command: Command) -> None:
    """`test -v 'a[$(id)]'` runs `id`: bash evaluates the subscript."""
    words = command.args[:-1] if command.name == "[" else command.args
    for position, word in enumerate(words):
        subscript = "[" in word.value and ("$" in word.value or "`" in word.value)
        before = words[position - 1] if position else None
        by_name = before is not None and before.value in {"-v", "-R"} and (word.dynamic or "[" in word.value)
        unary = position == 1 and len(words) == 2 and words[0].dynamic and words[0].value != "!"
        if subscript or by_name or unary:
            command.opaque("a test of a variable whose subscript bash evaluates", via="-v", span=word.span)


def _date(command: Command, args: Args) -> None:
    if args.has("-s"):
        command.add("system", "sets the clock", via="-s")
    for word in args.operands:
        if not word.value.startswith("+") and not args.has("-j"):
            command.add("system", "sets the clock")
        elif word.splits:
            command.opaque("words that only the shell knows may set the clock", via="$…", span=word.span)


def _hostname(command: Command, args: Args) -> None:
    if args.operands or args.has("-F", "-b"):
        command.add("system", "sets the host name")
    for word in args.values("-F"):
        command.path("read", word)


def _ps(command: Command) -> None:
    """`ps e` prints the environment of every process, secrets included."""
    before = ""
    for word in command.args:
        value = before.startswith("--") or (before.startswith("-") and before[-1] in "CFgGknNoOpqstuU")
        bundle = word.dynamic or word.glob or (word.value.isalpha() and "e" in word.value)
        if word.value == "-E" or (bundle and not value) or word.splits:
            command.add("system", "prints the environment of processes", via="e")
        before = word.value


def _top(command: Command) -> None:
    words = command.args
    if not any(word.value.startswith("-b") or word.value in {"-l", "--batch"} for word in words):
        command.opaque("`top` takes commands from its user", span=command.span)
    elif any(word.dynamic for word in words):
        command.opaque("options of `top` that only the shell knows", via="$…")


def _getconf(command: Command) -> None:
    if any(word.could_be_option and word.value != "-a" for word in command.args):
        command.opaque("`getconf -v` runs another program", via="-v")


def _printenv(command: Command) -> None:
    if not [word for word in command.args if not word.value.startswith("-") and not word.splits]:
        command.add("system", "prints the environment")


def _tput(command: Command, args: Args) -> None:
    # The terminal's description may name a program that sets it up.
    for word in args.operands[:1]:
        if word.dynamic or word.glob or word.value in {"init", "reset"} or command.name != "tput":
            command.opaque("setting up a terminal may run a program", via="init", span=word.span)


_MAN_OPTIONS = frozenset(
    {"-k", "-f", "-w", "-W", "-a", "-i", "-I", "--all", "--apropos", "--whatis", "--where", "--path"}
)


def _man(command: Command) -> None:
    """Print pages of the manual. groff formats them in its safe mode; the pager is the variables' choice.

    A page with a slash in its name is a file, and options name pagers, browsers and preprocessors.
    """
    for word in command.args:
        if word.dynamic or word.glob or "/" in word.value or (word.value[:1] == "-" and word.value not in _MAN_OPTIONS):
            command.opaque("`man` runs a pager and formatters", span=word.span)


def _users(command: Command) -> None:
    """`who` and `users` read the file that their operand names instead of the log-in records."""
    args = parse(_WHO, command, command.args)
    if len(args.operands) != 2:  # `who am i`, `who mom likes`
        reads(command, args)


_WHO = Program(
    options(
        "-a,--all -b,--boot -d,--dead -H,--heading --ips -l,--login --lookup -m -p,--process -q,--count -r,--runlevel "
        "-s,--short -t,--time -T,-w,--mesg --message --writable -u,--users --help --version"
    )
)
PROGRAMS: dict[str, Program | Callable[[Command], None]] = {
    "echo": _harmless,
    "printf": _printf,
    "true": _harmless,
    "false": _harmless,
    ":": _harmless,
    "test": _test,
    "[": _test,
    "date": Program(
        options(
            "-d,--date: --debug -f,--file:read -I? --iso-8601? -j -n -R,--rfc-email,--rfc-2822 --rfc-3339: "
            "--resolution -r,--reference:read -s,--set: -u,--utc,--universal,--uct -v: --help --version"
        ),
        _date,
    ),
    "whoami": _harmless,
    "id": _harmless,
    "groups": _harmless,
    "logname": _harmless,
    "uname": _harmless,
    "hostname": Program(
        options(
            "-a,--alias -A,--all-fqdns -b,--boot -d,--domain -f,--fqdn,--long -F,--file: -i,--ip-address "
            "-I,--all-ip-addresses -s,--short -v,--verbose -y,--yp,--nis -h,--help -V,--version"
        ),
        _hostname,
    ),
    "arch": _harmless,
    "nproc": _harmless,
    "uptime": _harmless,
    "free": _harmless,
    "ps": _ps,
    "pgrep": Program(
        options(
            "-d,--delimiter: -l,--list-name -a,--list-full -v,--inverse -w,--lightweight -c,--count -f,--full "
            "-g,--pgroup: -G,--group: -i,--ignore-case -n,--newest -o,--oldest -O,--older: -P,--parent: -q --quiet "
            "-s,--session: --signal: -t,--terminal: -u,--euid: -U,--uid: -x,--exact -F,--pidfile:read -L,--logpidfile "
            "-r,--runstates: -A,--ignore-ancestors --cgroup: --env: --ns: --nslist: -h,--help -V,--version"
        ),
        data,
    ),
    "top": _top,
    "who": _users,
    "w": _harmless,
    "users": _users,
    "tty": _harmless,
    "sleep": _harmless,
    "seq": _harmless,
    "yes": _harmless,
    "expr": _harmless,
    "factor": _harmless,
    "cal": _harmless,
    "ncal": _harmless,
    "bc": Program(
        options(
            "-h,--help -i,--interactive -l,--mathlib -w,--warn -s,--standard -q,--quiet -v,--version -e,--expression: "
            "-f,--file:read"
        ),
        reads,
    ),
    "locale": _harmless,
    "getconf": _getconf,
    "printenv": _printenv,
    "lscpu": _harmless,
    "lsblk": _harmless,
    "lsmem": _harmless,
    "tput": Program(options("-S!takes_commands_from_its_input -T: -V -x --help"), _tput, numeric=True),
    "clear": _harmless,
    "man": _man,
}
