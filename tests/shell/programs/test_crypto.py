"""Command lines of the family `crypto`, and what is found in them."""

from __future__ import annotations

import pytest
from util import opaque, run

KNOWN: list[tuple[str, list[str]]] = [
    ("openssl version", []),
    ("openssl dgst -sha256 a", ["read /p/a"]),
    ("openssl sha256 a b", ["read /p/a", "read /p/b"]),
    ("openssl x509 -in a.pem -text -noout", ["read /p/a.pem"]),
    ("openssl x509 -in a.pem -out b.pem", ["read /p/a.pem", "write /p/b.pem via -out"]),
    ("openssl verify -CAfile ca.pem a.pem", ["read /p/ca.pem", "read /p/a.pem"]),
    ("openssl rand -hex 16", []),
    ("openssl rand -out x 16", ["write /p/x via -out"]),
    ("openssl s_client -connect example.org:443 -servername example.org", ["network example.org:443"]),
    ("openssl dgst -sign key.pem a", ["read /p/key.pem", "read /p/a"]),
    ("openssl req -in a.csr -text -noout", ["read /p/a.csr"]),
    ("ssh-keygen -lf id.pub", ["read /p/id.pub"]),
    ("ssh-keygen -l", ["read /home/u/.ssh/id_rsa"]),
    ("ssh-keygen -t ed25519 -f key -N ''", ["write /p/key", "write /p/key.pub"]),
    ("ssh-keygen -t rsa", ["write /home/u/.ssh/id_rsa", "write /home/u/.ssh/id_rsa.pub"]),
    ("ssh-keygen -R example.org", ["write /home/u/.ssh/known_hosts"]),
    ("ssh-keygen -F example.org", ["read /home/u/.ssh/known_hosts"]),
    ("ssh-keyscan example.org", ["network example.org"]),
    ("ssh-add -l", ["system lists the keys of the agent"]),
    ("gpg --list-keys", ["read /home/u/.gnupg"]),
    ("gpg -K", ["read /home/u/.gnupg"]),
    ("gpg --verify a.sig a", ["read /p/a.sig", "read /p/a", "network <dynamic>"]),
    ("gpg --version", []),
    ("op --version", []),
    (
        "ssh-keygen -D evil.so",
        ["execute /p/evil.so via -D", "write /home/u/.ssh/id_rsa", "write /home/u/.ssh/id_rsa.pub"],
    ),
    ("openssl x509 -in a.pem -passin file:.env", ["read /p/a.pem", "read /p/.env"]),
    ("ssh-keygen -F a -R b -f hosts", ["write /p/hosts"]),
    ("ssh-keygen -L -f k.pub", ["read /p/k.pub"]),
    ("gpg2 --version", []),
    ("gpg2 --verify a.sig", ["read /p/a.sig", "network <dynamic>"]),
    ("gpg --list-packets a", ["read /p/a"]),
    ("gpg --show-keys a --homedir x", ["execute /p/x via --homedir", "read /p/a"]),
    ("ssh-keyscan -t rsa h", ["network h"]),
    ("vault --version", []),
    ("security --version", []),
    ("keyring --version", []),
    ("secret-tool --version", []),
    ("bw --version", []),
    ("lpass --version", []),
    ("age --version", []),
    ("sops --version", []),
    ("gopass --version", []),
    ("chamber --version", []),
    ("doppler --version", []),
    ("infisical --version", []),
    ("keytool --version", []),
    ("certutil --version", []),
    ("pass --version", []),
]

# What is found beside the part that is opaque.
PARTLY: list[tuple[str, list[str]]] = [
    ("ssh-keygen -y -f key", ["read /p/key", "unknown reads a private key via -y"]),
]

OPAQUE = [
    "openssl enc -d -aes-256-cbc -in x",
    "openssl genrsa 2048",
    "openssl req -new -newkey rsa:2048",
    "openssl dgst -engine evil a",
    "openssl x509 -engine evil -in a",
    "openssl s_server",
    "openssl",
    "openssl $X",
    "ssh-keygen -y -f key",
    "ssh-keygen -s ca -I x k.pub",
    "ssh-keygen -A",
    "ssh-add key",
    "ssh-copy-id h",
    "gpg -d a.gpg",
    "gpg --export-secret-keys",
    "gpg -s a",
    "gpg a",
    "gpg --homedir x --sign a",
    "pass show x",
    "vault read x",
    "security find-generic-password",
    "keytool -list",
    "openssl x509 -in http://evil.org/x",
    "openssl verify file:/etc/x",
    "ssh-keygen -l -Y sign -n x -f key a",
    "ssh-keygen -l -s ca",
    "ssh-agent -k",
    "ssh-agent",
    "ssh-copy-id --help",
    "gpg2 -d a",
    "ssh-keyscan -f hosts",
    "ssh-add -D",
    "op x",
    "vault x",
    "security x",
    "keyring x",
    "secret-tool x",
    "bw x",
    "lpass x",
    "age x",
    "sops x",
    "gopass x",
    "chamber x",
    "doppler x",
    "infisical x",
    "keytool x",
    "certutil x",
    "pass x",
]


@pytest.mark.parametrize(("line", "expected"), KNOWN)
def test_known(line: str, expected: list[str]) -> None:
    """Digests, certificates and listings are known; what touches keys or secrets is opaque."""
    assert run(line) == expected
    assert not opaque(line)


@pytest.mark.parametrize(("line", "expected"), PARTLY)
def test_partly_known(line: str, expected: list[str]) -> None:
    """What can be told is told even when the rest is opaque."""
    assert run(line) == expected
    assert opaque(line)


@pytest.mark.parametrize("line", OPAQUE)
def test_not_known(line: str) -> None:
    """What only a rule that names it may cover is opaque."""
    assert opaque(line)
