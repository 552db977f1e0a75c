"""Which family file describes which programs. A test compares it with what the files define."""

from __future__ import annotations

from typing import Mapping

FAMILIES: Mapping[str, str] = {
    "text": (
        "cat head tail nl wc sort uniq cut tr rev tac paste column fold fmt expand unexpand comm join diff "
        "diff3 cmp sdiff od xxd hexdump strings base64 base32 md5sum sha1sum sha224sum sha256sum sha384sum "
        "sha512sum b2sum shasum cksum sum shuf split csplit iconv tsort pr"
    ),
    "listing": "ls dir vdir stat file du df tree realpath readlink basename dirname pathchk pwd which whereis locate",
    "info": (
        "echo printf true false : test [ date whoami id groups logname uname hostname arch nproc uptime free "
        "ps pgrep top who w users tty sleep seq yes expr factor cal ncal bc locale getconf printenv lscpu "
        "lsblk lsmem tput clear man"
    ),
    "process": "kill pkill killall",
    "search": "grep egrep fgrep rgrep zgrep zegrep zfgrep rg ag ack",
    "find": "find fd fdfind",
    "sed": "sed",
    "awk": "awk gawk mawk nawk",
    "jq": "jq yq",
    "files": (
        "mkdir touch rm rmdir mv cp ln link install chmod chown chgrp tee truncate dd shred mktemp unlink sync mkfifo"
    ),
    "git": "git",
    "curl": "curl",
    "wget": "wget",
    "remote": "ssh scp sftp rsync",
    "probe": "ping ping6 nslookup host dig nc netcat ncat socat telnet",
    "python": (
        "python python2 python3 pypy pypy3 python3.6 python3.7 python3.8 python3.9 python3.10 python3.11 python3.12 "
        "python3.13 python3.14 python3.15"
    ),
    "javascript": "node nodejs deno bun",
    "interpreters": "ruby perl php lua lua5.1 lua5.2 lua5.3 lua5.4 Rscript",
    "packages": "pip pip3 npm pnpm yarn cargo go uv",
    "tar": "tar",
    "zip": "zip unzip",
    "compress": "gzip gunzip zcat bzip2 bunzip2 bzcat xz unxz xzcat",
}
