"""ssh, scp, sftp, rsync: programs that act on another machine. What they run there is never known."""

from __future__ import annotations

from callgate.core.model import OperationKind
from callgate.shell.command import Command
from callgate.shell.programs.hosts import host_of
from callgate.shell.programs.spec import Args, Program, note_option, options, parse
from callgate.shell.words import Word

_HARMLESS_SETTINGS = frozenset({
    "batchmode", "connecttimeout", "connectionattempts", "stricthostkeychecking", "serveraliveinterval",
    "serveralivecountmax", "loglevel", "port", "user", "compression", "passwordauthentication", "pubkeyauthentication",
    "preferredauthentications", "identitiesonly", "addressfamily", "tcpkeepalive", "hostkeyalgorithms", "ciphers",
})  # fmt: skip
_SSH = Program(options("""
-4 -6 -A!lends_the_keys_of_the_agent -a -B: -b: -C -c: -D!opens_a_tunnel -E:write -e: -F:list -f -G!reads_configuration
-g -I:code -i:identity -J: -K -k -L:code -l: -M -m: -N -n -O: -o: -P: -p: -Q: -q -R:code -S:code -s -T -t -V -v -W:code
-w:code -X!lets_the_remote_use_the_display -x -Y!lets_the_remote_use_the_display -y
"""), posix=True)  # fmt: skip
_COPY = options("""
-3 -4 -6 -A!lends_the_keys_of_the_agent -B -C -c: -D:code -F:list -i:identity -J: -l: -O -o: -P: -p -q -R -r -S:code -s -T
-v -X:
""")
_SFTP = options("""
-4 -6 -A!lends_the_keys_of_the_agent -a -B: -b:list -C -c: -D:code -F:list -f -i:identity -J: -l: -N -o: -P: -p -q -R: -r
-S:code -s: -v -X:
""")
_RSYNC = options("""
-v,--verbose --info: --debug: --stderr: -q,--quiet --no-motd -c,--checksum -a,--archive -r,--recursive -R,--relative
--no-implied-dirs -b,--backup --backup-dir:write --suffix: -u,--update --inplace --append --append-verify -d,--dirs
--old-dirs,--old-d --mkpath -l,--links -L,--copy-links --copy-unsafe-links --safe-links --munge-links
-k,--copy-dirlinks -K,--keep-dirlinks -H,--hard-links -p,--perms -E,--executability --chmod: -A,--acls -X,--xattrs
-o,--owner -g,--group --devices --copy-devices --write-devices!writes_to_devices --specials -D -t,--times -U,--atimes
--open-noatime -N,--crtimes -O,--omit-dir-times -J,--omit-link-times --super --fake-super -S,--sparse --preallocate
-n,--dry-run -W,--whole-file --checksum-choice,--cc: -x,--one-file-system -B,--block-size: -e,--rsh:command
--rsync-path:code --existing,--ignore-non-existing --ignore-existing --remove-source-files,--remove-sent-files --del
--delete --delete-before --delete-during --delete-delay --delete-after --delete-excluded --ignore-missing-args
--delete-missing-args --ignore-errors --force --max-delete: --max-size: --min-size: --max-alloc: --partial
--partial-dir:write --delay-updates -m,--prune-empty-dirs --numeric-ids --usermap: --groupmap: --chown: --timeout:
--contimeout: -I,--ignore-times --size-only -@,--modify-window: -T,--temp-dir:write -y,--fuzzy --compare-dest:read
--copy-dest:read --link-dest:read -z,--compress --new-compress --old-compress --compress-choice,--zc:
--compress-level,--zl: --skip-compress: -C,--cvs-exclude -f,--filter:list -F --exclude: --exclude-from:read --include:
--include-from:read --files-from:list -0,--from0 --old-args -s,--secluded-args,--protect-args --trust-sender
--copy-as:code --address: --port: --sockopts: --blocking-io --outbuf: --stats -8,--8-bit-output -h,--human-readable
--progress -P -i,--itemize-changes -M,--remote-option:code --out-format,--log-format: --log-file:write
--log-file-format: --password-file:identity --early-input:read --list-only --bwlimit: --stop-after,--time-limit: --stop-at:
--fsync --write-batch:write --only-write-batch:write --read-batch:list --protocol: --iconv: --checksum-seed: -4,--ipv4
-6,--ipv6 -V,--version --help --no-perms,--no-p --no-owner,--no-o --no-group,--no-g
--no-times,--no-t --no-recursive,--no-r
--no-links,--no-l --no-whole-file,--no-W --no-compress,--no-z --no-inc-recursive,--no-i-r
--inc-recursive --no-relative,--no-R
""")


def _note(command: Command, args: Args) -> None:
    """Note what the options of the ssh family bring."""
    for given in args.given:
        note_option(command, given)
    for word in args.values("-o"):
        key = word.value.replace("=", " ").split(" ")[0].lower()
        if word.dynamic or key not in _HARMLESS_SETTINGS:
            command.opaque(
                f"setting `{key}` of ssh may run a program or redirect the connection", via="-o", span=word.span
            )
    for word in args.values("-J"):
        for hop in word.value.split(","):
            command.add("network", hop.rpartition("@")[2], word)


def _ssh(command: Command) -> None:
    words = command.args
    first = parse(_SSH, command, words)
    _note(command, first)
    if first.has("-V", "-Q"):
        return
    if not first.operands:
        command.unknown = "`ssh` without a host"
        return
    host, *rest = first.operands
    # ssh goes on looking for options behind the host.
    second = parse(_SSH, command, rest)
    _note(command, second)
    command.add("network", _host(host.value), host)
    command.opaque("a command or a session on another machine", span=host.span)


def _host(value: str) -> str:
    return host_of(value) or value.removeprefix("ssh://").rpartition("@")[2].partition("/")[0]


def is_remote(value: str) -> bool:
    """Whether scp and rsync take *value* for a path on another machine: a colon comes before any slash."""
    return "://" in value or ":" in value.partition("/")[0]


def _place(command: Command, kind: OperationKind, word: Word, *, recursive: bool) -> None:
    if word.dynamic or not is_remote(word.value):
        command.path(kind, word, recursive=recursive)
    if word.dynamic or is_remote(word.value):
        host = host_of(word.value) if "://" in word.value else word.value.partition(":")[0].rpartition("@")[2]
        command.add("network", host, word)


def _scp(command: Command) -> None:
    args = parse(Program(_COPY), command, command.args)
    _note(command, args)
    recursive = args.has("-r")
    for word in args.operands[:-1]:
        _place(command, "read", word, recursive=recursive)
    for word in args.operands[-1:]:
        names = [_copied(source) for source in args.operands[:-1]]
        directory = word.value in {".", ".."} or word.value.endswith(("/", "/.", "/.."))
        if recursive or word.dynamic or is_remote(word.value) or not directory or not all(names):
            _place(command, "write", word, recursive=True)
            continue
        for name in names:  # into a directory, each file under its own name
            command.path("write", word._replace(value=f"{word.value.rstrip('/')}/{name}"))


def _copied(source: Word) -> str:
    """Return the name that a copy of *source* gets in a directory; empty when it may be several, or any."""
    name = source.value.rpartition(":")[2].rpartition("/")[2]
    several = source.dynamic or source.glob or name in {".", ".."} or {"*", "?", "[", "$", "`"}.intersection(name)
    return "" if several else name


def _sftp(command: Command) -> None:
    args = parse(Program(_SFTP), command, command.args)
    _note(command, args)
    for word in args.operands[:1]:
        command.add("network", _host(word.value.removeprefix("sftp://")).partition(":")[0], word)
    command.opaque("the commands of an sftp session")


def _rsync(command: Command, args: Args) -> None:
    if args.has("-V", "--help"):
        return
    sources, targets = args.operands[:-1] or args.operands, args.operands[1:][-1:]
    for word in sources:
        _place(command, "read", word, recursive=True)
        if args.has("--remove-source-files") and not is_remote(word.value):
            command.path("delete", word, recursive=True, via="--remove-source-files")
    if args.has("-n", "--list-only"):
        # It connects all the same, and compares the lists of files.
        for word in targets:
            _place(command, "read", word, recursive=True)
        return
    for word in targets:
        _place(command, "write", word, recursive=True)
        deletes = [given.option.name for given in args.given if given.option.name.startswith("--del")]
        if deletes and not is_remote(word.value):
            command.path("delete", word, recursive=True, via=deletes[0])


PROGRAMS = {"ssh": _ssh, "scp": _scp, "sftp": _sftp, "rsync": Program(_RSYNC, _rsync)}
