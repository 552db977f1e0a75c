"""Credentials that leave the machine: read and sent by one command, or in one pipeline."""

from __future__ import annotations

import re

from callgate.core.model import Operation
from callgate.engine.case import Case
from callgate.engine.guardrails.base import Guardrail, Trip
from callgate.policy.hosts import host_of

# Where tools keep secrets; the same list as packs/cautious.toml, as one expression over whole paths.
CREDENTIAL = (
    r"(?i)(?:.*/(?:\.env(?:\.(?!example$|sample$|template$|dist$)[^/]*)?|\.envrc|\.netrc|_netrc|\.pgpass|\.my\.cnf"
    r"|\.git-credentials|\.npmrc|\.pypirc|\.yarnrc\.yml|\.htpasswd|id_(?:rsa|dsa|ecdsa|ed25519)[^/.]*"
    r"|credentials\.json|service[-_]account[^/]*\.json|secrets?\.(?:ya?ml|json|toml)|[^/]*\.(?:pem|p12|pfx|jks|kdbx|keychain|keychain-db)"
    r"|wallet\.dat|master\.key|terraform\.tfstate)"
    r"|.*/(?:\.ssh|\.gnupg|\.aws|\.azure|\.kube|\.docker|\.config/gcloud|\.config/gh|\.password-store)/(?!known_hosts$|.*\.pub$).*"
    r"|/etc/(?:shadow|gshadow|sudoers)[^/]*|/proc/(?:self|\d+)/environ)"
)
_LOCAL = frozenset({"localhost", "::1", "0.0.0.0"})  # noqa: S104 - a name of this machine, nothing is bound


def is_credential(path: str) -> bool:
    """Whether *path* is a place where secrets are kept."""
    return re.fullmatch(CREDENTIAL, path) is not None  # `re` keeps it compiled; most hooks never need it


def _is_remote(operation: Operation) -> bool:
    host = host_of(operation.target)
    # `127.evil.example` is a name, and not of this machine.
    loopback = host.startswith("127.") and host.replace(".", "").isdecimal()
    return operation.kind == "network" and host not in _LOCAL and not loopback


def _trips(case: Case) -> Trip | None:
    groups: dict[int, list[int]] = {}
    for position, unit in enumerate(case.analysis.units):
        groups.setdefault(unit.pipe or -position - 1, []).append(position)
    for members in groups.values():
        units = [case.analysis.units[position] for position in members]
        if not any(_is_remote(op) for unit in units for op in unit.operations):
            continue
        for unit in units:
            for operation in unit.operations:
                if operation.kind == "read" and not operation.dynamic:
                    key = operation.raw or operation.target
                    found = (operation.target, case.observation.links.get(key, operation.target))
                    secret = next((path for path in found if is_credential(path)), "")
                    if secret:
                        return Trip(f"it would send `{secret}` to another machine", unit)
    return None


CREDENTIALS_OUT = Guardrail(
    "credentials-out", "sends a file that holds credentials to another machine",
    "have a person hand over the secret", _trips, frozenset({"network"}),
)  # fmt: skip
