"""Clients of databases: statements that only read are known, everything else (and meta commands) is opaque."""

from __future__ import annotations

import re

from callgate.core.model import DYNAMIC
from callgate.shell.command import Command
from callgate.shell.programs import sql
from callgate.shell.programs.hosts import host_of, note_url
from callgate.shell.programs.spec import Args, Program, apply, options
from callgate.shell.programs.tooling import Entry, Handler, questions, refuses
from callgate.shell.words import Word


def _statements(command: Command, words: list[Word], via: str, *, pragma: bool = False, tables: bool = True) -> None:
    """Note statements that do more than read, or that cannot be told."""
    for word in words:
        why = "only the shell knows the statement" if word.dynamic or word.glob else ""
        why = why or sql.problem(word.value, pragma=pragma, quoted_tables=tables)
        if why:
            command.opaque(f"SQL: {why}", via=via, span=word.span)


def _server(command: Command, words: list[Word]) -> None:
    """Note the host of the last of *words*; without one it is this machine."""
    for word in words[-1:]:
        name = word.value
        local = name.startswith("/") and not word.dynamic
        command.add("network", "localhost" if local else (host_of(name) or name), word)
    if not words:
        command.add("network", "localhost")


# psql

_PSQL = options("""
-c,--command: -d,--dbname: -f,--file:list -l,--list -v,--set,--variable:sets_a_variable -V,--version -X,--no-psqlrc
-1,--single-transaction --help? -a,--echo-all -b,--echo-errors -e,--echo-queries -E,--echo-hidden
-L,--log-file:write -n,--no-readline -o,--output: -q,--quiet -s,--single-step -S,--single-line -A,--no-align
--csv -F,--field-separator: -H,--html -P,--pset: -R,--record-separator: -t,--tuples-only -T,--table-attr: -x,--expanded
-z,--field-separator-zero -0,--record-separator-zero -h,--host: -p,--port: -U,--username: -w,--no-password -W,--password
""")
_PSQL_META = re.compile(
    r"\\(?:d[a-zA-Z]*[S+]*|l\+?|z|conninfo|encoding|timing|sf\+?|sv\+?|\?)(?:[ \t]+[\w.*?$\"]+)?[ \t]*", re.ASCII
)
_PLAIN_DATABASE = re.compile(r"[A-Za-z0-9_.-]*", re.ASCII)


def _psql(command: Command, args: Args) -> None:
    # `-o '|program'` runs while the options are read, in front of a `-V` too.
    for word in args.values("-o"):
        if word.dynamic or word.value.startswith("|"):
            command.opaque("sends what it prints to a program", via="-o", span=word.span)
        else:
            command.path("write", word, via="-o")
    if args.has("-V", "--help"):
        return
    hosts = args.values("-h")
    for word in [*args.values("-d"), *args.operands[:1]]:
        if "://" in word.value and not word.dynamic and "?" not in word.value:
            hosts = [*hosts, word._replace(value=word.value.partition("://")[2].partition("/")[0])]
        elif not _PLAIN_DATABASE.fullmatch(word.value):
            command.opaque("a connection string", via="--dbname", span=word.span)
            command.add("network", "", word._replace(value=DYNAMIC))
    _server(command, hosts)
    texts = args.values("-c")
    _statements(command, [word for word in texts if word.dynamic or not _PSQL_META.fullmatch(word.value)], "-c")
    if not texts and not args.has("-l", "-f"):
        command.opaque("`psql` takes commands from its input")


# mysql

_MYSQL = options("""
-I,--help --auto-rehash --no-auto-rehash -A -B,--batch --binary-as-hex -b,--no-beep --column-names
-N,--skip-column-names -L,--skip-line-numbers --compress -C --connect-timeout: -D,--database:
--default-character-set: --defaults-file:list --defaults-extra-file:list --defaults-group-suffix: --login-path:
--no-defaults -e,--execute: -f,--force -G,--named-commands!takes_commands_anywhere -h,--host: -H,--html -i,--ignore-spaces --init-command:code
--line-numbers --local-infile?sends_files -n,--unbuffered --net-buffer-length: --max-allowed-packet:
-p,--password? --pager?runs_a_program --plugin-dir:execute -P,--port: --prompt: --protocol: -q,--quick -r,--raw
--reconnect --skip-reconnect -U,--safe-updates --show-warnings --sigint-ignore -s,--silent -S,--socket: --ssl-ca:read
--ssl-cert:read --ssl-key:read --ssl-mode: --ssl --skip-ssl --table -t --tee:write -u,--user: -v,--verbose -V,--version
-w,--wait -X,--xml --vertical -E --comments -c --get-server-public-key --delimiter: --skip-pager --skip-auto-rehash
""")


def _mysql(command: Command, args: Args) -> None:
    if args.has("-V", "-I"):
        return
    _server(command, args.values("-h"))
    texts = args.values("-e")
    _statements(command, texts, "-e")
    if not texts:
        command.opaque(f"`{command.name}` takes commands from its input")


# sqlite3, duckdb

_SQLITE = options("""
-append -ascii -bail -batch -box -cmd: -column -csv -deserialize -echo -escape: -header -noheader -help -html -init:list
-interactive!takes_commands -json -line -list -lookaside!not_understood -markdown -maxsize: -memtrace -mmap: -newline:
-no-rowid-in-view -nofollow -nonce: -nullvalue: -pagecache!not_understood -quote -readonly -safe -separator: -stats
-table -tabs -unsafe-testing!unsafe -version -vfs: -zip -A!archives_files -heap: -hexkey: -key: -textkey: -multiplex
-sorterref: -pcachetrace -vfstrace
""")
_DUCKDB = options("""
-append -ascii -bail -batch -box -c: -cmd: -column -csv -echo -f:list -header -noheader -help -html -init:list
-interactive!takes_commands -json -jsonlines -latex -line -list -markdown -newline: -no-stdin -nullvalue: -quote
-readonly -s: -separator: -storage_version: -table -unsigned!loads_any_extension -unredacted -version -ui!starts_a_server
-safe -stats -no-init
""")
_ADDRESS = re.compile("[A-Za-z][A-Za-z0-9+_-]+:")
_SQLITE_META = re.compile(
    r"\.(?:tables|schema|fullschema|indexes|indices|databases|dbinfo|headers?|mode|width|nullvalue|separator|timeout|"
    r"timer|show|help|echo|eqp|stats|changes|explain|dump|version|lint|sha3sum)(?:[ \t]+[\w.%*'\" ,|-]+)?[ \t]*",
    re.ASCII,
)


def _sqlite(command: Command, args: Args) -> None:
    """`sqlite3 [FILE [STATEMENT…]]`; without a statement commands come from standard input."""
    # `-cmd` runs where it stands, in front of a `-version` too.
    if args.has("-version", "-help") and not args.has("-cmd", "-c", "-s"):
        return
    for word in args.operands[:1]:
        if word.value in {"", ":memory:"}:
            continue
        if _ADDRESS.match(word.value):
            # DuckDB fetches `https://…` and attaches `postgres:…`; SQLite takes options behind `file:`.
            note_url(command, word)
            command.opaque("a database address", span=word.span)
        else:
            # DuckDB creates the file and writes its log back even when it is only asked.
            command.path("read", word)
            if command.name == "duckdb" and not args.has("-readonly"):
                command.path("write", word)
    statements = [*args.values("-cmd", "-c", "-s"), *args.operands[1:]]
    texts = [word for word in statements if word.dynamic or not _SQLITE_META.fullmatch(word.value)]
    duck = command.name == "duckdb"
    _statements(command, texts, "", pragma=not duck, tables=not duck)
    if len(statements) == len(args.values("-cmd")):
        command.opaque(f"`{command.name}` takes commands from its input")


def _one_dash(program: Program) -> Handler:
    """Return a handler for *program* that takes `--json` for `-json`."""

    def handler(command: Command) -> None:
        words = [word._replace(value=word.value[1:]) if word.value.startswith("--") else word for word in command.args]
        apply(program, command, words)

    return handler


# redis

_REDIS = options("""
-h: -p: -t: -s: -a: --user: --pass: --askpass -u: -r: -i: -n: -2 -3 -c -e -d: -D: -X:reads_its_input -x!reads_its_input
--tls --sni: --cacert:read --cacertdir:read --insecure --cert:read --key:read --raw --no-raw --quoted-input --csv --json
--quoted-json --show-pushes: --no-auth-warning --stat --latency --latency-history --latency-dist --bigkeys --memkeys
--hotkeys --scan --pattern: --count: --intrinsic-latency: --verbose --help --version -v
--lru-test!writes --replica!reads_everything --rdb:write --functions-rdb:write --pipe!writes --pipe-timeout: --eval:execute
--ldb!debugs_a_script --ldb-sync-mode!debugs_a_script --cluster!manages_the_cluster
""")
_REDIS_READS = frozenset(
    """
get mget keys scan type ttl pttl exists strlen getrange hget hgetall hkeys hvals hlen hmget hexists hscan lrange llen
lindex smembers scard sismember srandmember sscan zrange zcard zscore zrank zrangebyscore zrevrange zcount zscan info
ping dbsize time echo xrange xrevrange xlen xread bitcount getbit lastsave randomkey pfcount geopos geodist
""".split()
)


def _redis(command: Command, args: Args) -> None:
    if args.has("--help", "--version", "-v"):
        return
    addresses = [word._replace(value=host_of(word.value) or DYNAMIC) for word in args.values("-u")]
    _server(command, [*args.values("-h"), *addresses])
    head = args.operands[0] if args.operands else None
    if head is None:
        if not args.has("--stat", "--scan", "--bigkeys", "--memkeys", "--hotkeys", "--latency", "--intrinsic-latency"):
            command.opaque("`redis-cli` takes commands from its input")
    elif head.dynamic or head.value.lower() not in _REDIS_READS:
        command.opaque(f"`{head.value}` may change the database", span=head.span)


def _is_ready(command: Command, args: Args) -> None:
    _server(command, args.values("-h"))
    for word in args.values("-d"):
        if not _PLAIN_DATABASE.fullmatch(word.value):
            command.add("network", "", word._replace(value=DYNAMIC))


PROGRAMS: dict[str, Entry] = {
    "psql": Program(_PSQL, _psql),
    **dict.fromkeys(("mysql", "mariadb"), Program(_MYSQL, _mysql)),
    "sqlite3": _one_dash(Program(_SQLITE, _sqlite, single_dash=True)),
    "duckdb": _one_dash(Program(_DUCKDB, _sqlite, single_dash=True)),
    "redis-cli": Program(_REDIS, _redis, posix=True),
    **dict.fromkeys(("mongosh", "mongo"), refuses("runs program text")),
    **dict.fromkeys(
        ("pg_dump", "pg_dumpall", "pg_restore", "mysqldump", "mongodump", "createdb", "dropdb", "pg_ctl"),
        questions(refuses("reads, writes or destroys a database"), "-V"),
    ),
    "pg_isready": Program(
        options("-d,--dbname: -h,--host: -p,--port: -q,--quiet -t,--timeout: -U,--username: -V,--version --help"),
        _is_ready,
    ),
}
