"""aws, gcloud and az: verbs that read are known, but for those that print secrets; others change the cloud.

The parameters of reading calls number in the thousands and only say what is asked for, so they are not declared.
What acts on this machine is: addresses, files (`file://`, `@file`), options read from files, results written to files.
"""

from __future__ import annotations

import re

from callgate.core.model import DYNAMIC
from callgate.shell.command import Command
from callgate.shell.programs.hosts import host_of
from callgate.shell.programs.tooling import Entry, asks, note_files
from callgate.shell.words import Word

_SECRET = re.compile(
    r"secret|password|credential|token|login|private|decrypt|ssh|key-data|cookies|presign|sas\b|rsh|keys$"
)


def _start(command: Command, hosts: str, words: list[Word]) -> list[Word] | None:
    """Return those of *words* that name a call, up to the first option; `None` when there is nothing more to do."""
    if not words or asks(command, frozenset({"--version", "help", "--help", "-h", "version", "info"})):
        return None
    if _asks_help(command, words):
        return None
    command.add("network", hosts)
    names: list[Word] = []
    for word in words:
        if word.value.startswith("-") or word.dynamic or word.glob:
            break
        names.append(word)
    if not names:
        command.unknown = f"options of `{command.name}` in front of the service, or one that only the shell knows"
        return None
    return names


def _asks_help(command: Command, words: list[Word]) -> bool:
    """Whether the call only prints a manual page: `aws ec2 help`, `gcloud run deploy --help`.

    `help` is the name of a thing to `gcloud compute ssh help`, and a value to `aws configure set region help`.
    Behind another option `--help` may be its value.
    """
    names = [word.value for word in words]
    if any(word.dynamic or word.glob for word in words) or any(name.startswith("-") for name in names[:-1]):
        return False
    if command.name == "aws":
        return names[-1] == "help" and len(names) <= 3 and names[0] != "configure"
    return names[-1] == "--help"


def _values(command: Command, prefixes: tuple[str, ...]) -> None:
    """Note the files that values name with one of *prefixes* (`file://path`, `@path`)."""
    for word in command.args:
        value = word.value.partition("=")[2] if word.value.startswith("-") and "=" in word.value else word.value
        for part in {value, *(piece.partition("=")[2] for piece in value.split(","))}:
            for prefix in prefixes:
                if part.startswith(prefix):
                    path = DYNAMIC if word.dynamic else part.removeprefix(prefix)
                    note_files(command, "read", [word._replace(value=path)], via="FILE" if word.dynamic else "")


def _option_names(command: Command) -> list[Word]:
    return [word._replace(value=word.value.partition("=")[0]) for word in command.args if word.value.startswith("-")]


def _changes(command: Command, names: list[Word]) -> None:
    text = " ".join(word.value for word in names[:4])
    command.add("system", f"changes the cloud: {command.name} {text}")


def _unsure(command: Command) -> None:
    """Note words that the shell may turn into options that matter."""
    if any(word.dynamic and word.could_be_option for word in command.args):
        command.opaque(f"a word that may turn into an option of `{command.name}`", via="$…")


# aws

_AWS_READS = re.compile(
    r"(?:describe|list|get|head|batch-get|search|lookup|filter|estimate|simulate|validate|check|select)-[a-z0-9-]+|ls|scan|query|tail"
)
_AWS_GLOBAL_VALUES = frozenset({"--region", "--profile", "--output", "--query", "--color", "--cli-read-timeout",
                                "--cli-connect-timeout", "--ca-bundle"})  # fmt: skip


def _behind_globals(words: list[Word]) -> list[Word]:
    """Return *words* without the plain options that stand in front of the service."""
    position = 0
    while position + 1 < len(words) and words[position].value in _AWS_GLOBAL_VALUES and not words[position + 1].splits:
        position += 2
    return words[position:]


def _aws_options(command: Command) -> None:
    words = command.args
    for position, name in enumerate(words):
        text, equals, attached = name.value.partition("=")
        if not text.startswith("--") or len(text) < 5:
            continue
        following = words[position + 1] if position + 1 < len(words) else name._replace(value=DYNAMIC)
        value = name._replace(value=attached) if equals else following
        # An abbreviation does as well.
        if "--endpoint-url".startswith(text):
            command.add(
                "network",
                host_of(value.value),
                value if host_of(value.value) else value._replace(value=DYNAMIC),
                via=text,
            )
            command.opaque("sends signed requests to another address", via=text, span=name.span)
        elif "--with-decryption".startswith(text):
            command.opaque("reads a secret", via=text, span=name.span)
        elif text == "--ca-bundle":
            note_files(command, "read", [value])
        elif text.startswith(("--cli-auto", "--cli-input")):
            command.opaque(f"`{text}` brings further options", via=text, span=name.span)


def _aws(command: Command) -> None:
    words = _behind_globals(command.args)
    names = _start(command, "amazonaws.com", words)
    if names is None:
        return
    _aws_options(command)
    _unsure(command)
    _values(command, ("file://", "fileb://"))
    service = names[0].value
    verb = names[1].value if len(names) > 1 else ""
    if service in {"configure", "sso", "ssm-sessions"} or not verb:
        if [word.value for word in names] not in (["configure", "list"], ["configure", "list-profiles"]):
            command.unknown = f"`aws {service}` is not known"
    elif service == "s3" and verb in {"cp", "mv", "sync", "rm"}:
        _s3(command, verb)
    elif _AWS_READS.fullmatch(verb) and not _SECRET.search(verb) and service != "secretsmanager":
        # Behind the verb of an API call a lone word is a file for the result (`s3api get-object … FILE`).
        for word in names[2:] if service != "s3" else []:
            note_files(command, "write", [word], via="OUTFILE")
        if verb in {"get-object", "get-object-torrent", "get-export", "get-documentation-version"} or verb.startswith(
            "get-media"
        ):
            command.opaque("writes a file that stands among its options", via="OUTFILE")
    elif service == "sts" and verb == "get-caller-identity":
        return
    elif _SECRET.search(verb) or service in {"secretsmanager", "ssm"}:
        command.opaque(f"`aws {service} {verb}` may print a secret or open a session")
    else:
        _changes(command, names)


def _s3(command: Command, verb: str) -> None:
    """Copy between this machine and a bucket; a place is an operand that may stand among options."""
    places: list[Word] = []
    words = iter(_behind_globals(command.args)[2:])
    for word in words:
        if word.value.startswith("--"):
            if word.value in _S3_VALUES:
                next(words, None)
            elif word.value.partition("=")[0] not in _S3_VALUES and word.value not in _S3_FLAGS:
                command.opaque(f"option `{word.value}` of `aws s3` is not known", via=word.value, span=word.span)
        else:
            places.append(word)
    sources, target = (places, None) if verb == "rm" else (places[:-1], places[-1] if places else None)
    for word in sources:
        if not word.value.startswith("s3://") and word.value != "-":
            note_files(command, "delete" if verb == "mv" else "read", [word], recursive=True)
    if target is not None and not target.value.startswith("s3://") and target.value != "-":
        note_files(command, "write", [target], recursive=True)
        if any("--delete".startswith(word.value) and len(word.value) > 4 for word in command.args):
            note_files(command, "delete", [target], recursive=True, via="--delete")
    if verb == "rm" or target is None or target.value.startswith("s3://") or verb == "mv":
        command.add("system", f"changes the cloud: aws s3 {verb}")


_S3_FLAGS = frozenset(
    """
--recursive --dryrun --quiet --delete --exact-timestamps --size-only --follow-symlinks --no-follow-symlinks
--no-guess-mime-type --only-show-errors --no-progress --force-glacier-transfer --ignore-glacier-warnings --debug
--no-verify-ssl --no-paginate --no-sign-request --no-cli-pager
""".split()
)
_S3_VALUES = _AWS_GLOBAL_VALUES | frozenset(
    """
--exclude --include --acl --sse --sse-c --sse-c-key --sse-kms-key-id --storage-class --grants --website-redirect
--content-type --cache-control --content-disposition --content-encoding --content-language --expires --source-region
--page-size --request-payer --metadata --metadata-directive --expected-size --copy-props --checksum-algorithm
--checksum-mode --endpoint-url --profile
""".split()
)

# gcloud and az: names of groups, then a verb

_GCLOUD_GROUPS = frozenset("""
alpha beta compute instances disks images networks subnets firewall-rules addresses regions zones routers routes
snapshots machine-types health-checks backend-services backend-buckets url-maps target-http-proxies forwarding-rules
instance-groups instance-templates managed container clusters node-pools operations projects services run jobs
revisions functions sql databases backups storage buckets objects pubsub topics subscriptions iam roles
service-accounts organizations folders logging logs sinks metrics monitoring dashboards policies builds triggers
artifacts repositories packages versions docker images tags dns managed-zones record-sets app redis dataproc dataflow
bigtable spanner scheduler tasks queues billing accounts asset config configurations components deploy deployments
kms keyrings locations endpoints ai models eventarc workflows vpc-access connectors resource-manager
""".split())  # fmt: skip
_AZ_GROUPS = frozenset("""
account group vm vmss disk image snapshot network vnet subnet nsg rule public-ip nic lb dns zone record-set
application-gateway route-table storage container blob aks nodepool acr repository webapp appservice plan functionapp
sql server db postgres flexible-server mysql cosmosdb redis monitor activity-log metrics alert log-analytics workspace
role assignment definition policy resource provider deployment location tag ad user sp app identity lock cdn
eventhubs servicebus namespace queue topic iot hub batch consumption usage budget advisor recommendation containerapp
revision env logs
""".split())  # fmt: skip


def _by_groups(command: Command, names: list[Word], groups: frozenset[str], reads: frozenset[str]) -> None:
    """Note what a call does: reading when a reading verb follows on groups that are known."""
    texts = [word.value for word in names]
    if any(_SECRET.search(text) for text in texts):
        command.opaque(f"`{command.name} {' '.join(texts[:4])}` may print a secret or open a session")
        return
    for position, text in enumerate(texts):
        if text in reads and position:
            return
        if text not in groups:
            break
    _changes(command, names)


def _gcloud(command: Command) -> None:
    names = _start(command, "googleapis.com", command.args)
    if names is None:
        return
    _unsure(command)
    for name in _option_names(command):
        if name.value.startswith("--") and len(name.value) > 3 and "--flags-file".startswith(name.value):
            command.opaque("options from a file", via="--flags-file", span=name.span)
        elif re.search("-(?:file|from-file)$|^--(?:destination|output)", name.value):
            command.opaque(f"`{name.value}` names a file", via=name.value, span=name.span)
    if [word.value for word in names[:2]] in (["config", "list"], ["config", "get-value"], ["config", "get"]):
        return
    _by_groups(
        command, names, _GCLOUD_GROUPS, frozenset({"list", "describe", "get-iam-policy", "get-server-config", "read"})
    )


def _az(command: Command) -> None:
    names = _start(command, "management.azure.com", command.args)
    if names is None:
        return
    _unsure(command)
    _values(command, ("@",))
    for name in _option_names(command):
        if name.value in {"--file", "-f", "--dest", "-d", "--destination"} or re.search("-(?:file|path)$", name.value):
            command.opaque(f"`{name.value}` names a file", via=name.value, span=name.span)
    _by_groups(
        command, names, _AZ_GROUPS, frozenset({"list", "show", "exists", "list-locations", "list-sizes", "list-skus"})
    )


def _bucket(command: Command) -> None:
    """Gsutil and bq have a syntax of their own."""
    if not asks(command, frozenset({"version", "--version", "help", "--help"})):
        command.unknown = f"`{command.name}` copies, deletes and queries"


PROGRAMS: dict[str, Entry] = {"aws": _aws, "gcloud": _gcloud, "az": _az, "gsutil": _bucket, "bq": _bucket}
