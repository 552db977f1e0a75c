"""wget: what it fetches, sends, reads and writes."""

from __future__ import annotations

import re

from callgate.core.model import DYNAMIC
from callgate.shell.command import Command
from callgate.shell.programs.hosts import note_url
from callgate.shell.programs.spec import Args, Program, options

_TABLE = options("""
-V,--version -h,--help -b,--background -e,--execute:code -o,--output-file:write -a,--append-output:write -d,--debug
-q,--quiet -v,--verbose --no-verbose --report-speed: -i,--input-file:list -F,--force-html -B,--base: --config:list
--no-config --rejected-log:write -t,--tries: --retry-connrefused --retry-on-http-error: -O,--output-document:
--no-clobber -c,--continue --no-netrc --start-pos: --progress: --show-progress --no-show-progress -N,--timestamping
--no-timestamping --no-if-modified-since --no-use-server-timestamps -S,--server-response --spider -T,--timeout:
--dns-timeout: --connect-timeout: --read-timeout: -w,--wait: --waitretry: --random-wait -Q,--quota: --no-proxy
--bind-address: --limit-rate: --no-dns-cache --restrict-file-names: --ignore-case -4,--inet4-only -6,--inet6-only
--prefer-family: --user: --password: --ask-password --use-askpass:code --no-iri --local-encoding: --remote-encoding:
--unlink --xattr --no-xattr -x,--force-directories --no-directories --no-host-directories --protocol-directories
-P,--directory-prefix: --cut-dirs: --http-user: --http-password: --no-cache --default-page: -E,--adjust-extension
--html-extension --ignore-length --header: --compression: --max-redirect: --proxy-user: --proxy-password: --referer:
--save-headers -U,--user-agent: --no-http-keep-alive --no-cookies --load-cookies:read --save-cookies:write
--keep-session-cookies --post-data: --post-file:read --method: --body-data: --body-file:read --content-disposition
--content-on-error --auth-no-challenge --secure-protocol: --https-only --no-check-certificate --certificate:identity
--certificate-type: --private-key:identity --private-key-type: --ca-certificate:identity --ca-directory:identity --crl-file:identity
--pinnedpubkey:read --random-file:read --egd-file:read --ciphers: --no-hsts --hsts-file:write --ftp-user:
--ftp-password: --no-remove-listing --no-glob --no-passive-ftp --preserve-permissions --retr-symlinks
--ftps-implicit --ftps-resume-ssl --ftps-clear-data-connection --ftps-fallback-to-ftp --warc-file:write --warc-header:
--warc-max-size: --warc-cdx --warc-dedup:read --no-warc-compression --no-warc-digests --no-warc-keep-log
--warc-tempdir:write -r,--recursive -l,--level: --delete-after -k,--convert-links --convert-file-only --backups?
-K,--backup-converted -m,--mirror -p,--page-requisites --strict-comments -A,--accept: -R,--reject: --accept-regex:
--reject-regex: --regex-type: -D,--domains: --exclude-domains: --follow-ftp --follow-tags: --ignore-tags:
-H,--span-hosts -L,--relative -I,--include-directories: --trust-server-names -X,--exclude-directories: --no-parent -n
""")
_NAMED_BY_SERVER = (
    "-r", "-m", "-p", "-x", "--protocol-directories", "--content-disposition", "--trust-server-names", "-E",
    "--html-extension", "-K", "--backups", "--warc-file",
)  # fmt: skip


def _wget(command: Command, args: Args) -> None:
    if args.has("-V", "-h"):
        return
    for word in [*args.operands, *args.values("-B")]:
        note_url(command, word)
    documents = args.values("-O")
    for word in documents:
        if word.value != "-":
            command.path("write", word, via="--output-document")
    if args.has("-b") and not args.has("-o", "-a"):
        command.here("write")
    folders = args.values("-P")
    for folder in folders:
        command.path("write", folder, recursive=True, via="--directory-prefix")
    if documents or folders or args.has("--spider"):
        return
    if args.has(*_NAMED_BY_SERVER):
        command.here("write", recursive=True)
        return
    for word in args.operands:
        path = re.sub(r"^[A-Za-z]+://", "", word.value).partition("#")[0]
        name = path.rpartition("/")[2] if "/" in path else ""
        unsure = any(mark in name for mark in "%*[")
        command.path("write", word._replace(value=DYNAMIC if unsure else name or "index.html"))


PROGRAMS = {"wget": Program(_TABLE, _wget)}
