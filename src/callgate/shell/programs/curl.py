"""curl: what it fetches, sends, reads and writes.

The options are those of curl 8; `--expand-…` and `--variable` (which can read files into any option) are left out
on purpose, so they are not known.
"""

from __future__ import annotations

import re

from callgate.core.model import DYNAMIC
from callgate.shell.command import Command
from callgate.shell.programs.hosts import host_of, note_url
from callgate.shell.programs.spec import FLAG, Args, Option, Program, apply, options
from callgate.shell.words import Word

_FLAGS = """
--anyauth -a,--append --basic --ca-native --cert-status --compressed --compressed-ssh --create-dirs --crlf --digest
-q,--disable --disable-eprt --disable-epsv --disallow-username-in-url --doh-cert-status --doh-insecure -f,--fail
--fail-early --fail-with-body --false-start --form-escape --ftp-create-dirs --ftp-pasv --ftp-pret --ftp-skip-pasv-ip
--ftp-ssl-ccc --ftp-ssl-control -G,--get -g,--globoff --haproxy-protocol -I,--head --http0.9 -0,--http1.0 --http1.1
--http2 --http2-prior-knowledge --http3 --http3-only --ignore-content-length -i,--include,--show-headers -k,--insecure
-4,--ipv4 -6,--ipv6 -j,--junk-session-cookies -l,--list-only -L,--location --location-trusted --mail-rcpt-allowfails
-M,--manual --metalink --mptcp --negotiate -n,--netrc --netrc-optional --no-alpn -N,--no-buffer --buffer --no-clobber
--clobber --no-keepalive --keepalive --no-npn --no-progress-meter --progress-meter --no-sessionid --sessionid --ntlm
--ntlm-wb -Z,--parallel --parallel-immediate --path-as-is --post301 --post302 --post303 -#,--progress-bar
--proxy-anyauth --proxy-basic --proxy-ca-native --proxy-digest --proxy-http2 --proxy-insecure --proxy-negotiate
--proxy-ntlm --proxy-ssl-allow-beast --proxy-ssl-auto-client-cert --proxy-tlsv1 -p,--proxytunnel --raw
-J,--remote-header-name -O,--remote-name --remote-name-all -R,--remote-time --remove-on-error --retry-all-errors
--retry-connrefused --sasl-ir -S,--show-error -s,--silent --skip-existing --socks5-basic --socks5-gssapi
--socks5-gssapi-nec --ssl --ssl-allow-beast --ssl-auto-client-cert --ssl-no-revoke --ssl-reqd --ssl-revoke-best-effort
-2,--sslv2 -3,--sslv3 --styled-output --suppress-connect-headers --tcp-fastopen --tcp-nodelay --tftp-no-options
--tls-earlydata -1,--tlsv1 --tlsv1.0 --tlsv1.1 --tlsv1.2 --tlsv1.3 --tr-encoding --trace-ids --trace-time -B,--use-ascii
-v,--verbose -V,--version --xattr --no-compressed --no-fail --no-include --no-insecure --no-location --no-silent
--no-show-error --no-remote-name --no-verbose --no-parallel --no-netrc --no-head
"""
_DATA_VALUES = """
--aws-sigv4: --cert-type: --ciphers: --connect-timeout: -C,--continue-at: --create-file-mode: --curves: --data-raw:
--delegation: --dns-interface: --dns-ipv4-addr: --dns-ipv6-addr: --expect100-timeout: --form-string: --ftp-account:
--ftp-alternative-to-user: --ftp-method: -P,--ftp-port: --ftp-ssl-ccc-mode: --happy-eyeballs-timeout-ms:
--haproxy-clientip: -h,--help? --hostpubmd5: --hostpubsha256: --interface: --ip-tos: --keepalive-time: --keepalive-cnt:
--key-type: --krb: --limit-rate: --local-port: --login-options: --mail-auth: --mail-from: --mail-rcpt: --max-filesize:
--max-redirs: -m,--max-time: --noproxy: --oauth2-bearer: --parallel-max: --parallel-max-host: --pass: --proto:
--proto-default: --proto-redir: --proxy-cert-type: --proxy-ciphers: --proxy-key-type: --proxy-pass:
--proxy-service-name: --proxy-tls13-ciphers: --proxy-tlsauthtype: --proxy-tlspassword: --proxy-tlsuser:
-U,--proxy-user: -r,--range: --rate: -e,--referer: -X,--request: --request-target: --retry: --retry-delay:
--retry-max-time: --sasl-authzid: --service-name: --sigalgs: --socks5-gssapi-service: -Y,--speed-limit:
-y,--speed-time: -t,--telnet-option: --tftp-blksize: -z,--time-cond: --tls-max: --tls13-ciphers: --tlsauthtype:
--tlspassword: --tlsuser: --trace-config: -u,--user: -A,--user-agent: --vlan-priority:
"""
_FILES = """
--cacert:identity --capath:identity --crlfile:identity --key:identity --pubkey:identity --netrc-file:identity --etag-compare:read
--random-file:read --egd-file:read --proxy-cacert:read --proxy-capath:read --proxy-crlfile:read --proxy-key:identity
-K,--config:list --engine:code -Q,--quote:code
-c,--cookie-jar:write -D,--dump-header:write --etag-save:write --libcurl:write --stderr:write --trace:write
--trace-ascii:write --alt-svc:write --hsts:write
"""
_NOTED_BELOW = """
-o,--output: --output-dir: -T,--upload-file: -d,--data,--data-ascii: --data-binary: --data-urlencode: --json:
--url-query: -F,--form: -H,--header: --proxy-header: -b,--cookie: -E,--cert: --proxy-cert: -w,--write-out:
--pinnedpubkey: --proxy-pinnedpubkey: --url: -x,--proxy: --preproxy: --proxy1.0: --socks4: --socks4a: --socks5:
--socks5-hostname: --doh-url: --dns-servers: --connect-to: --resolve: --unix-socket: --abstract-unix-socket:
--ipfs-gateway: --ech:
"""
_TABLE = {
    **options(_FLAGS + _DATA_VALUES + _FILES + _NOTED_BELOW),
    # Its name is the mark of a value, so it cannot stand in the text.
    "-:": Option("--next", FLAG, ""),
    "--next": Option("--next", FLAG, ""),
}
_OUTPUT = re.compile(r"%output\{(>>)?([^}]*)\}")


def _curl(command: Command, args: Args) -> None:
    if args.has("-V", "-h", "-M"):
        return
    addresses = [*args.operands, *args.values("--url")]
    for word in addresses:
        if word.value.startswith("@") and word in args.values("--url"):
            command.opaque("a file that names addresses", via="--url", span=word.span)
        note_url(command, word)
    _routes(command, args)
    _sends(command, args)
    _saves(command, args, addresses)


def _routes(command: Command, args: Args) -> None:
    """Other hosts that are contacted."""
    proxies = ("-x", "--preproxy", "--proxy1.0", "--socks4", "--socks4a", "--socks5", "--socks5-hostname", "--doh-url",
               "--ipfs-gateway")  # fmt: skip
    for word in args.values(*proxies):
        note_url(command, word, via="--proxy")
    for word in args.values("--dns-servers"):
        for server in word.value.split(","):
            note_url(command, word._replace(value=server), via="--dns-servers")
    for name in ("--connect-to", "--resolve", "--abstract-unix-socket", "--ech"):
        for word in args.values(name):
            command.opaque(f"`{name} {word.value}` sends the request somewhere else", via=name, span=word.span)
    for word in args.values("--unix-socket"):
        command.path("write", word, via="--unix-socket")
        command.opaque("a request to a local service (a container daemon runs what it is told)", via="--unix-socket")


def _sends(command: Command, args: Args) -> None:
    """Files whose content goes out."""
    for name in ("-d", "--data-binary", "--json", "-H", "--proxy-header"):
        for word in args.values(name):
            _at_file(command, word, "")
    for name in ("--data-urlencode", "--url-query"):
        for word in args.values(name):
            _at_file(command, word, word.value.partition("@")[0] if "=" not in word.value.partition("@")[0] else "=")
    for word in args.values("-F"):
        _form(command, word)
    for word in args.values("-T"):
        _upload(command, word)
    _credentials(command, args)


def _credentials(command: Command, args: Args) -> None:
    """Cookies, certificates and keys are read, and some of them are sent."""
    for word in args.values("-b"):
        if word.dynamic or "=" not in word.value:
            command.path("read", word)
    for word in args.values("-E", "--proxy-cert"):
        # `file:password`; a colon in the name is escaped.
        command.path("read", word._replace(value=word.value.partition(":")[0] or word.value), identity=True)
    for word in args.values("--pinnedpubkey", "--proxy-pinnedpubkey"):
        if not word.value.startswith("sha256//"):
            command.path("read", word)
    if args.has("-n", "--netrc-optional"):
        command.path("read", Word(f"{command.home}/.netrc", command.span), identity=True)


def _at_file(command: Command, word: Word, prefix: str) -> None:
    """`@file` (after *prefix*) stands for the content of a file; text that only the shell knows may begin with it."""
    value = word.value
    if value[:1] in {DYNAMIC, "\ue001"}:
        command.path("read", word)
    elif value.startswith(f"{prefix}@") and value != f"{prefix}@-":
        command.path("read", word._replace(value=value[len(prefix) + 1 :]))


def _form(command: Command, word: Word) -> None:
    """`name=@file`, `name=<file`, `name=@a,b;type=…`, `name=(…;headers=@file`: quotes and lists are not taken apart."""
    content = word.value.partition("=")[2]
    if content[:1] in {DYNAMIC, "\ue001"}:
        command.path("read", word)
        return
    sign, rest = content[:1], content[1:]
    plain = not any(mark in content for mark in '"\\')
    if ";headers=" in content or "=@" in rest or "=<" in rest or (not plain and sign in {"@", "<"}):
        command.path("read", word._replace(value=DYNAMIC))
    if sign not in {"@", "<"}:
        return
    path = rest.partition(";")[0]
    for name in dict.fromkeys((path, *path.split(",")) if sign == "@" else (path,)):
        if name != "-":
            command.path("read", word._replace(value=name))


def _upload(command: Command, word: Word) -> None:
    """`-T file`; `{a,b}` and `[1-3]` are patterns of curl itself."""
    if word.value in {"-", ".", ""}:
        return
    pattern = any(mark in word.value for mark in "{[")
    command.path("read", word._replace(value=DYNAMIC) if pattern and not word.glob else word)


def _saves(command: Command, args: Args, addresses: list[Word]) -> None:
    """Files that are written."""
    folders = args.values("--output-dir")
    for folder in folders:
        command.path("write", folder, recursive=True, via="--output-dir")
    for word in args.values("-o"):
        if word.value == "-":
            continue
        # `#1` stands for a part of the address.
        command.path("write", word._replace(value=DYNAMIC) if "#" in word.value else word, via="--output")
    for word in args.values("-w"):
        if word.dynamic or word.value.startswith("@"):
            _at_file(command, word, "")
        for match in _OUTPUT.finditer(word.value):
            command.path("write", word._replace(value=match[2]), via="--write-out")
    if args.has("-J"):
        command.here("write", recursive=True, via="--remote-header-name")
    elif args.has("-O", "--remote-name-all") and not folders:
        for word in addresses:
            name = re.split("[?#]", word.value, maxsplit=1)[0].rpartition("/")[2]
            unsure = not name or any(mark in name for mark in "{}[]") or not host_of(word.value)
            target = word._replace(value=DYNAMIC if unsure else name)
            command.path("write", target, via="--remote-name")


def _run(command: Command) -> None:
    apply(Program(_TABLE, _curl), command)


PROGRAMS = {"curl": _run}
