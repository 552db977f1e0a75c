"""Credentials that leave the machine: read and sent by one command or pipeline, or by way of a variable or a file.

A secret that is *used* is not sent: a key for `ssh -i`, a certificate for `curl --cert` (`Operation.identity`), and a
single value that was picked out of a file (`T=$(grep ^TOKEN= .env | cut -d= -f2)`) and stands in a header that says
who is asking. What a sourced file sets is not followed either: `source .env` is what the policy has rules for.
"""

from __future__ import annotations

import re
from typing import Iterable

from callgate.core.model import DYNAMIC, SPLIT, Operation, Unit
from callgate.core.paths import is_within
from callgate.engine.case import Case
from callgate.engine.guardrails.base import Guardrail, Trip
from callgate.engine.guardrails.secret_places import is_credential
from callgate.policy.hosts import host_of

# Programs that take one value out of a file, and headers in which such a value says who is asking.
_PICKERS = frozenset({"grep", "egrep", "fgrep", "rg", "sed", "awk", "gawk", "cut", "jq", "yq"})
_HEADERS = ("authorization:", "x-api-key:", "api-key:", "apikey:", "private-token:", "x-auth-token:", "x-access-token:")

# Programs that read the content of everything below a directory; others (`find`, `ls -R`) read names.
_PACKERS = frozenset({"tar", "bsdtar", "zip", "7z", "7za", "rsync", "scp", "cp", "cat"})
# Programs that read names, sizes and times, and nothing of what is inside.
_LISTERS = frozenset({"ls", "find", "stat", "du", "tree", "test", "[", "realpath", "readlink"})
_CLIENTS = frozenset({"psql", "pg_dump", "pg_restore", "pg_isready", "mysql", "mysqldump", "mysqladmin", "mariadb",
                      "redis-cli", "mongosh", "mongo", "mongodump"})  # fmt: skip
# Secrets that nobody keeps in a repository; others (`.npmrc`, `*.pem`, `secrets.yml`) have their uses there.
_PRIVATE = re.compile(r"/\.env`|/id_[a-z0-9]+`|/\.(?:ssh|aws|gnupg)/")
_STAGING = frozenset({("git", "add"), ("git", "commit"), ("git", "stage")})
# What these start has an environment of its own.
_CONTAINERS = frozenset({"docker", "podman", "kubectl", "oc", "docker-compose", "ssh"})
_LISTINGS = frozenset({"set", "export", "export -p", "declare", "declare -x", "declare -p", "declare -px", "typeset",
                       "typeset -x", "typeset -p"})  # fmt: skip
_LOCAL = frozenset({"localhost", "::1", "0.0.0.0"})  # noqa: S104 - a name of this machine, nothing is bound


def _is_remote(operation: Operation) -> bool:
    host = host_of(operation.target)
    # `127.evil.example` is a name, and not of this machine.
    loopback = host.startswith("127.") and host.replace(".", "").isdecimal()
    return operation.kind == "network" and host not in _LOCAL and not loopback


def _trips(case: Case) -> Trip | None:
    if not _goes_out(case.analysis.units):
        return None
    flow = _Flow(case)
    groups: dict[int, list[Unit]] = {}
    for position, unit in enumerate(case.analysis.units):
        groups.setdefault(unit.pipe or -position - 1, []).append(unit)
    for pipe, units in groups.items():
        trip = flow.follow(pipe, units)
        if trip is not None:
            return trip
    return None


def _goes_out(units: Iterable[Unit]) -> bool:
    for unit in units:
        for operation in unit.operations:
            if operation.kind == "network" and _is_remote(operation):
                return True
    return False


class _Flow:
    """Follows secrets from pipeline to pipeline, in the order of the call: through variables, and through files."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.files: dict[str, str] = {}
        self.pipes: dict[int, str] = {}
        self.picked: set[int] = set()
        self.staged = ""

    def follow(self, pipe: int, units: list[Unit]) -> Trip | None:
        """Take the pipeline *pipe*, which consists of *units*, into account; return the trip if it sends a secret."""
        remote = _goes_out(units)
        held = self._held(units) or self._fed(pipe, units)
        if remote and held is None and self.staged and any(unit.argv[:2] == ("git", "push") for unit in units):
            held = (self.staged, units[0])
        if held is None:
            return None
        secret, unit = held
        picks = any(unit.argv and unit.argv[0] in _PICKERS for unit in units)
        if remote and (picks or pipe in self.picked) and _only_clients(units):
            return None
        if remote:
            return Trip(f"it would send {secret} to another machine", unit)
        self.pipes[pipe] = secret
        if picks:
            self.picked.add(pipe)
        if _PRIVATE.search(secret) and any(unit.argv[:2] in _STAGING for unit in units):
            self.staged = secret
        for one in units:
            for operation in one.operations if one.argv[:1] != ("git",) else ():
                if operation.kind == "write" and not operation.dynamic:
                    self.files[operation.target] = secret
        return None

    def _held(self, units: list[Unit]) -> tuple[str, Unit] | None:
        """Return the secret that *units* read themselves, and the unit that does."""
        for unit in units:
            if is_secret_listing(unit):
                return f"what `{unit.argv[0]}` prints", unit
            for operation in unit.operations:
                if operation.kind == "read" and not operation.dynamic and not operation.identity:
                    secret = self._secret(operation, unit)
                    if secret:
                        return secret, unit
        return None

    def _secret(self, operation: Operation, unit: Unit) -> str:
        if unit.argv and unit.argv[0] in _LISTERS:
            return ""
        key = operation.raw or operation.target
        paths = [operation.target, self.case.observation.links.get(key, operation.target)]
        if operation.glob:
            paths += self.case.observation.expansions.get(key) or ()
        for path in paths:
            if is_credential(path):
                return f"`{path}`"
            if path in self.files:
                return self.files[path]
            if operation.recursive and unit.argv and unit.argv[0] in _PACKERS and self._holds(path):
                return f"what lies in `{path}`"
        return ""

    def _holds(self, folder: str) -> bool:
        """Whether the directory *folder* is one of secrets, or has the home directory in it."""
        return is_credential(f"{folder}/_") or is_within(self.case.observation.home, folder)

    def _fed(self, pipe: int, units: list[Unit]) -> tuple[str, Unit] | None:
        """Return the secret that comes by a variable."""
        feeds = self.case.analysis.feeds
        sources = {pipe} if feeds else set()
        # An assignment of nothing but another variable (`y=$x`) has no unit, so its feed is followed here.
        for source, target in reversed(feeds):
            if target in sources:
                sources.add(source)
        for source in sorted(sources):
            if source in self.pipes:
                if source in self.picked:
                    if _proves(units):
                        continue
                    self.picked.add(pipe)
                return self.pipes[source], units[-1]
        return None


def _only_clients(units: list[Unit]) -> bool:
    """Whether all that *units* contact is databases: what they are given is a login."""
    return all(
        unit.argv[:1] and unit.argv[0] in _CLIENTS
        for unit in units
        if any(_is_remote(operation) for operation in unit.operations)
    )


def is_secret_listing(unit: Unit) -> bool:
    """Whether *unit* prints the whole environment, or private keys."""
    argv = unit.argv
    if not argv or not _CONTAINERS.isdisjoint(wrapper.partition(" ")[0] for wrapper in unit.wrappers):
        return False
    if argv[0] in {"printenv", "env"}:
        return all(word in {"-0", "--null"} for word in argv[1:])
    if argv[0] in {"gpg", "gpg2"}:
        return any(word.startswith("--export-secret") for word in argv)
    return unit.text in _LISTINGS


def _proves(units: list[Unit]) -> bool:
    """Whether the only unknown words in *units* are headers and logins that say who is asking."""
    for unit in units:
        before = ""
        for word in unit.argv:
            if DYNAMIC in word or SPLIT in word:
                header = word.partition("=")[2] if word.startswith("--header=") else word.removeprefix("-H")
                login = before in {"-u", "--user", "--oauth2-bearer"}
                if not login and not header.lower().startswith(_HEADERS):
                    return False
            before = word
    return True


CREDENTIALS_OUT = Guardrail(
    "credentials-out", "sends a file that holds credentials to another machine",
    "have a person hand over the secret", _trips, frozenset({"network"}),
)  # fmt: skip
