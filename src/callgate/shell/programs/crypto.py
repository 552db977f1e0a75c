"""openssl, ssh-keygen, gpg and stores of secrets: digests and listings are known, keys and secrets are not touched lightly."""

from __future__ import annotations

import re

from callgate.core.model import DYNAMIC
from callgate.shell.command import Command
from callgate.shell.programs.hosts import note_url
from callgate.shell.programs.spec import Args, Operands, Program, options, reads
from callgate.shell.programs.tooling import Entry, note_files, refuses
from callgate.shell.words import Word

_DIGESTS = """
-md5 -sha1 -sha224 -sha256 -sha384 -sha512 -sha512-224 -sha512-256 -sha3-224 -sha3-256 -sha3-384 -sha3-512 -blake2b512
-blake2s256 -sm3 -ripemd160 -rmd160
"""
_DGST = options(
    _DIGESTS
    + "-r -c -d -hex -binary -out:write -sign:read -verify:read -prverify:read -signature:read -hmac: -mac: -macopt: "
    "-keyform: -list -help -debug -sigopt: -xoflen: -non-fips-allow -fips-fingerprint"
)
_X509 = options(
    _DIGESTS
    + "-in:read -inform: -out:write -outform: -noout -text -subject -issuer -dates -startdate -enddate -serial -hash "
    "-subject_hash -issuer_hash -fingerprint -pubkey -modulus -email -ocsp_uri -ocspid -purpose -nameopt: -certopt: -ext: "
    "-checkend: -checkhost: -checkemail: -checkip: -alias -dateopt: -multi -trustout -C -help -passin: -nocert"
)
_VERIFY = options(
    "-CAfile:read -CApath:read -CAstore:read -untrusted:read -trusted:read -CRLfile:read -verbose -show_chain -purpose: "
    "-no-CAfile -no-CApath -no-CAstore -no_check_time -partial_chain -verify_hostname: -verify_depth: -help -attime: "
    "-crl_check -crl_check_all -x509_strict"
)
_PARSE = options("-in:read -inform: -out:write -i -dump -offset: -length: -noout -oid:read -strparse: -strictpem -item: -help "
                 "-text -issuer -hash -fingerprint -lastupdate -nextupdate -crlnumber -nameopt: -verify -subject -pubkey "
                 "-modulus -outform: -CAfile:read")  # fmt: skip
_PLAIN = options("-v -a -b -o -f -p -d -e -m -r -c -h -help -s -tls1_3 -tls1_2 -stdname -psk -srp -V -1 -commands "
                 "-digest-commands -cipher-commands -cipher-algorithms -digest-algorithms -public-key-algorithms -disabled "
                 "-options: -providers -verbose -all-algorithms -curves -kdf-algorithms")  # fmt: skip
_RAND = options("-hex -base64 -out:write -help")
_TLS = options("-connect: -servername: -showcerts -brief -CAfile:read -alpn: -tls1_2 -tls1_3 -tls1_1 -no_tls1_3 -status -verify: "
               "-verify_return_error -verify_hostname: -starttls: -port: -host: -4 -6 -quiet -ign_eof -prexit -state -help "
               "-cipher: -ciphersuites: -noservername -tlsextdebug -msg -no_ign_eof -nameopt: -cert:identity -key:identity "
               "-cert_chain:identity -debug -reconnect -crlf")  # fmt: skip


def _tls(command: Command, args: Args) -> None:
    """Connect, and send standard input."""
    for word in [*args.values("-connect"), *args.values("-host"), *args.operands]:
        command.add("network", word.value, word)
    if not args.has("-connect", "-host") and not args.operands:
        command.add("network", "localhost")


def _nothing(_command: Command, _args: Args) -> None:
    """Print what is compiled in, or what the options name."""


_SCHEME = re.compile("[A-Za-z][A-Za-z0-9+.-]*:")


def _addresses(meaning: Operands) -> Operands:
    """Return *meaning* for a command that takes addresses for files: `-in http://…` is fetched, `file:` is opened."""

    def noted(command: Command, args: Args) -> None:
        for word in [*args.operands, *(given.value for given in args.given if given.option.effect and given.value)]:
            if _SCHEME.match(word.value):
                note_url(command, word, via="URI")
                command.opaque("an address where a file is expected", via="URI", span=word.span)
        for word in args.values("-passin"):
            if word.value.startswith("file:"):
                note_files(command, "read", [word._replace(value=word.value.removeprefix("file:"))])
        meaning(command, args)

    return noted


_OPENSSL = Program(options(""), subcommands={
    **dict.fromkeys(("dgst", "md5", "sha1", "sha224", "sha256", "sha384", "sha512"), Program(_DGST, reads, single_dash=True)),
    "x509": Program(_X509, _addresses(_nothing), single_dash=True),
    "verify": Program(_VERIFY, _addresses(reads), single_dash=True),
    **dict.fromkeys(("asn1parse", "crl", "req"), Program(_PARSE, _addresses(_nothing), single_dash=True)),
    **dict.fromkeys(("version", "ciphers", "list", "help", "errstr"), Program(_PLAIN, _nothing, single_dash=True)),
    "rand": Program(_RAND, _nothing, single_dash=True),
    "s_client": Program(_TLS, _tls, single_dash=True),
})  # fmt: skip

# ssh

_KEYGEN = options("""
-q -a: -b: -t: -N: -C: -f: -m: -O: -w:execute -Z: -p -P: -i -e -y -c -l -v -E: -B -D:execute -F: -H -K -R: -r: -g -M: -I: -s:read
-h -n: -V: -z: -U -L -A -k -u -Q -Y: -T: -S: -x: -W:
""")


def _keygen(command: Command, args: Args) -> None:
    """Show a fingerprint or a certificate, find a host; everything else makes or changes keys.

    What signs, makes or removes something comes first in the program too, whatever else is asked for beside it.
    """
    files = args.values("-f")
    if args.has("-s", "-Y", "-M", "-k", "-A", "-K", "-i", "-T", "-Q", "-r"):
        note_files(command, "read", files)
        command.opaque("signs, converts or makes keys of the host")
    elif args.has("-R", "-H"):
        note_files(command, "write", files or [Word(f"{command.home}/.ssh/known_hosts", command.span)])
    elif args.has("-l", "-L", "-B") and not args.has("-p", "-c"):
        note_files(command, "read", files or [Word(f"{command.home}/.ssh/id_rsa", command.span)])
    elif args.has("-F"):
        note_files(command, "read", files or [Word(f"{command.home}/.ssh/known_hosts", command.span)])
    elif args.has("-y", "-e"):
        note_files(command, "read", files or [Word(f"{command.home}/.ssh/id_rsa", command.span)])
        command.opaque("reads a private key", via="-y")
    else:
        for word in files or [Word(f"{command.home}/.ssh/id_rsa", command.span)]:
            note_files(command, "write", [word])
            note_files(command, "write", [word._replace(value=f"{word.value}.pub")] if not word.dynamic else [])


# gpg

_GPG = options("""
-k,--list-keys,--list-public-keys -K,--list-secret-keys --fingerprint --list-sigs --check-sigs --list-packets --list-config
--verify --version -h,--help --dump-options --keyid-format: --with-colons --with-fingerprint --with-subkey-fingerprint
--with-keygrip --no-default-keyring --keyring:read --homedir:execute --batch --no-tty -q,--quiet -v,--verbose --status-fd:
--trust-model: --no-auto-check-trustdb --list-options: --verify-options: --show-keys --no-permission-warning --yes
--armor,-a --card-status --no-auto-key-retrieve --with-sig-list
""")


def _gpg(command: Command, args: Args) -> None:
    if args.has("--version", "-h", "--dump-options", "--list-config"):
        return
    if args.has("--verify", "--list-packets", "--show-keys"):
        note_files(command, "read", args.operands)
        # A signature of an unknown key may be looked up.
        if args.has("--verify") and not args.has("--no-auto-key-retrieve"):
            command.add("network", "", Word(DYNAMIC, command.span))
    elif args.has("-k", "-K", "--fingerprint", "--list-sigs", "--check-sigs", "--card-status"):
        command.path("read", Word(f"{command.home}/.gnupg", command.span))
    else:
        command.opaque(f"`{command.name}` signs, encrypts or decrypts")


def _agent(command: Command) -> None:
    """ssh-add and ssh-agent: listing the keys that are loaded."""
    if [word.value for word in command.args] in (["-l"], ["-L"]):
        command.add("system", "lists the keys of the agent")
    else:
        command.unknown = f"`{command.name}` hands out keys"


def _scan(command: Command, args: Args) -> None:
    for word in args.operands:
        command.add("network", word.value, word)


PROGRAMS: dict[str, Entry] = {
    "openssl": _OPENSSL,
    "ssh-keygen": Program(_KEYGEN, _keygen),
    "ssh-keyscan": Program(options("-4 -6 -c -D -H -q -v -p: -T: -t: -O: -f:list"), _scan),
    **dict.fromkeys(("ssh-add", "ssh-agent", "ssh-copy-id"), _agent),
    **dict.fromkeys(("gpg", "gpg2"), Program(_GPG, _gpg)),
    **dict.fromkeys(("pass", "op", "vault", "security", "keyring", "secret-tool", "bw", "lpass", "age", "sops", "gopass",
                     "chamber", "doppler", "infisical", "keytool", "certutil"), refuses("hands out secrets")),
}  # fmt: skip
