"""Services and scheduled jobs: systemctl, journalctl, launchctl, crontab, at."""

from __future__ import annotations

from callgate.core.model import DYNAMIC
from callgate.shell.command import Command
from callgate.shell.programs.spec import Args, Program, note_option, options, parse
from callgate.shell.programs.tooling import Entry, acts, asks, note_files
from callgate.shell.words import Word

_SYSTEMD = (
    "-h,--help --version -H,--host:runs_ssh -M,--machine: --no-pager --no-ask-password --json: -p,--property: -P: "
)
_SYSTEMCTL = options(
    _SYSTEMD
    + """
--system --user -t,--type: --state: --failed -a,--all -l,--full -r,--recursive --reverse --with-dependencies
--job-mode: -T,--show-transaction --show-types --value --check-inhibitors: -i --kill-whom: -s,--signal: --what: --now
--dry-run -q,--quiet --wait --no-block --no-wall --no-reload --legend: --no-legend --global --runtime -f,--force
--preset-mode: --root:write --image:write -n,--lines: -o,--output: --firmware-setup --boot-loader-menu:
--boot-loader-entry: --plain --timestamp: --read-only --mkdir --marked --before --after
"""
)
_SYSTEMCTL_ASKS = frozenset(
    """
status show cat list-units list-unit-files list-timers list-sockets list-paths list-automounts list-dependencies
list-jobs list-machines is-active is-enabled is-failed is-system-running get-default help whoami
""".split()
)


def _without_environment(args: Args) -> bool:
    """Whether properties are named, and none of them is a service's environment."""
    named = args.values("-p", "-P")
    return bool(named) and not any(word.dynamic or "environment" in word.value.lower() for word in named)


def _systemctl(command: Command, args: Args) -> None:
    verb = args.operands[0] if args.operands else Word("list-units", command.span)
    if verb.value == "show" and not _without_environment(args):
        command.add("system", "prints what services are started with, their variables among it")
        return
    if verb.value in _SYSTEMCTL_ASKS or args.has("--version", "-h"):
        return
    if verb.value == "show-environment":
        command.add("system", "prints the environment")
        return
    command.add("system", f"controls services: systemctl {verb.value}", verb)
    if verb.value in {"edit", "set-environment", "import-environment", "kexec"}:
        command.opaque(f"`systemctl {verb.value}` runs an editor or changes what services run", via=verb.value)
    for word in args.operands[1:]:
        if "/" in word.value and not word.dynamic and verb.value in {"link", "enable", "reenable", "disable"}:
            command.path("execute", word)


_JOURNALCTL = options("""
-h,--help --version --system --user -M,--machine: -m,--merge -D,--directory:read --file:read --root:read --image:read
--namespace: -S,--since: -U,--until: -c,--cursor: --after-cursor: --cursor-file:write -b,--boot? -u,--unit:
--user-unit: -t,--identifier: -T,--exclude-identifier: --invocation: -I -p,--priority: --facility: -g,--grep:
--case-sensitive? -k,--dmesg -o,--output: --output-fields: -n,--lines? -r,--reverse --show-cursor --utc -x,--catalog
--no-hostname --no-full -a,--all -f,--follow --no-tail -q,--quiet --no-pager -e,--pager-end --interval: --verify-key:
--force -N,--fields -F,--field: --list-boots --list-invocations --list-namespaces --disk-usage --header --list-catalog
--dump-catalog --verify --truncate-newline
--vacuum-size:deletes_logs --vacuum-files:deletes_logs --vacuum-time:deletes_logs --sync!changes_the_journal
--relinquish-var!changes_the_journal --smart-relinquish-var!changes_the_journal --flush!changes_the_journal
--rotate!changes_the_journal --update-catalog!changes_the_journal --setup-keys!changes_the_journal
""")


def _journalctl(command: Command, args: Args) -> None:
    if not args.has("-h", "--version", "--list-boots", "--disk-usage", "--list-catalog"):
        command.add("system", "reads the journal")


_SYSTEMD_QUERIES = {
    "loginctl": "list-sessions session-status show-session list-users user-status show-user list-seats seat-status show-seat",
    "hostnamectl": "status",
    "timedatectl": "status show list-timezones timesync-status show-timesync",
    "localectl": "status list-locales list-keymaps",
    "networkctl": "status list lldp",
    "resolvectl": "status statistics dns domain",
}


def _control(command: Command) -> None:
    """One of systemd's small tools: a status, or a change."""
    table = options(_SYSTEMD + "-a,--all --value -l,--full -n,--lines: -o,--output: --monitor --adjust-system-clock "
                    "--transient --static --pretty -s,--signal: --kill-whom: --no-legend -4 -6 -i,--interface:")  # fmt: skip
    args = parse(Program(table), command, command.args)
    for given in args.given:
        note_option(command, given)
    verb = args.operands[0].value if args.operands else ""
    asked = verb in _SYSTEMD_QUERIES[command.name].split() or not args.operands
    if command.name == "resolvectl" and len(args.operands) > 1:
        asked = False
    if not asked:
        command.add("system", f"changes the system: {command.name} {verb}".replace(DYNAMIC, "…"))


def _service(command: Command) -> None:
    """`service NAME status` runs a script of the system."""
    words = [word.value for word in command.args]
    if asks(command, frozenset({"--status-all", "--version", "--help", "-h"})) or (
        len(words) == 2 and words[1] == "status" and words[0].replace("-", "").isalnum()
    ):
        return
    command.add("system", "controls services")
    if any(word.dynamic for word in command.args) or any("/" in value for value in words):
        command.unknown = "`service` of a script that is not known"


_LAUNCHCTL_ASKS = frozenset({"list", "print", "print-disabled", "blame", "version", "help", "managername", "manageruid",
                             "managerpid", "hostinfo", "resolveport", "examine"})  # fmt: skip


def _launchctl(command: Command) -> None:
    head = command.args[0].value if command.args else ""
    if not command.args or head in _LAUNCHCTL_ASKS - {"examine", "resolveport"}:
        return
    command.add("system", "controls services")
    for word in command.args[1:]:
        if "/" in word.value and word.value.endswith(".plist") and not word.dynamic:
            command.path("execute", word)


def _supervisorctl(command: Command) -> None:
    """`supervisord.conf` of the working directory names the server and plug-ins of the client."""
    if not asks(command, frozenset({"--help", "-h", "help"})):
        command.here("execute")
        if not asks(command, frozenset({"status", "version", "pid", "avail"})):
            command.add("system", "controls services")


# Scheduled jobs


def _crontab(command: Command, args: Args) -> None:
    if args.has("-l") and not args.has("-e", "-r"):
        command.add("system", "prints the scheduled jobs")
        return
    # A file, or standard input, becomes the table of jobs.
    note_files(command, "read", args.operands)
    command.add("system", "changes the scheduled jobs")
    if args.has("-e"):
        command.opaque("runs an editor", via="-e")


def _at(command: Command, args: Args) -> None:
    if args.has("-l", "-c", "-V"):
        command.add("system", "prints the scheduled jobs")
        return
    note_files(command, "execute", args.values("-f"))
    command.add("system", "changes the scheduled jobs")
    if not args.has("-f", "-r", "-d"):
        command.opaque("schedules commands from its input")


_AT = options("-V -q: -f: -m -M -l -b -d -r -v -c -t: -u:")
PROGRAMS: dict[str, Entry] = {
    "systemctl": Program(_SYSTEMCTL, _systemctl),
    "journalctl": Program(_JOURNALCTL, _journalctl),
    **dict.fromkeys(_SYSTEMD_QUERIES, _control),
    "service": _service,
    "launchctl": _launchctl,
    "crontab": Program(options("-u: -l -r -e -i -s -n -c -T:read -V"), _crontab),
    "at": Program(_AT, _at),
    "batch": Program(_AT, _at),
    "atq": Program(options("-V -q: -v -o:"), lambda command, _args: command.add("system", "prints the scheduled jobs")),
    "atrm": acts("changes the scheduled jobs", "-V"),
    **dict.fromkeys(("reboot", "shutdown", "halt", "poweroff", "telinit", "init"), acts("stops the system")),
    "supervisorctl": _supervisorctl,
}
