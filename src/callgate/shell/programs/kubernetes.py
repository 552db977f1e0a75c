"""kubectl and helm: what reads the cluster is known, but for secrets; what changes it is a change of the system."""

from __future__ import annotations

from callgate.core.model import DYNAMIC
from callgate.shell.command import Command
from callgate.shell.programs.hosts import host_of, note_url
from callgate.shell.programs.spec import Args, Program, Table, options
from callgate.shell.programs.tooling import Entry, contacts, harmless, note_files
from callgate.shell.words import Word

_COMMON = """
--as: --as-group: --as-uid: --cache-dir:write --certificate-authority:read --client-certificate:read --client-key:read
--cluster: --context: --disable-compression --insecure-skip-tls-verify --kubeconfig:execute --log-flush-frequency:
--match-server-version -n,--namespace: --password: --profile: --profile-output:write --request-timeout:
-s,--server:host --tls-server-name: --token: --user: --username: -v,--v: --vmodule: --warnings-as-errors -h,--help
"""
_SELECT = "-A,--all-namespaces -l,--selector: --field-selector: -L,--label-columns: --chunk-size: --ignore-not-found "


def _table(text: str) -> Table:
    return options(_COMMON + text)


def _read(command: Command, args: Args) -> None:
    contacts(command)
    for word in args.values("-f", "-k"):
        if "://" in word.value:
            note_url(command, word)
        else:
            note_files(command, "read", [word], recursive=True)
    for word in args.values("-o"):
        name, equals, path = word.value.partition("=")
        if name.endswith("-file") and equals:
            note_files(command, "read", [word._replace(value=path)])


def _get(command: Command, args: Args) -> None:
    _read(command, args)
    for word in args.operands:
        if word.dynamic or word.glob or "secret" in word.value.lower():
            command.opaque("reads a secret", span=word.span)
    if args.has("-f", "-k"):
        command.opaque("reads what a file names, which may be a secret", via="-f")


def _change(command: Command, args: Args) -> None:
    _read(command, args)
    command.add("system", f"changes the cluster: {command.name} {_verb(command)}")


def _verb(command: Command) -> str:
    return next((word.value for word in command.args if not word.value.startswith("-") and not word.dynamic), "")


def _sub(names: str, entry: Program) -> dict[str, Program]:
    return dict.fromkeys(names.split(), entry)


_OUTPUT = "-o,--output: --show-managed-fields --allow-missing-template-keys --template: --no-headers --sort-by: "
_GET = Program(
    _table(_SELECT + _OUTPUT + "-w,--watch --watch-only --output-watch-events --server-print? --show-kind --show-labels "
           "-f,--filename: -k,--kustomize: -R,--recursive --subresource: --raw:reads_any_address"),
    _get,
)  # fmt: skip
_ASK = Program(_table(_SELECT + _OUTPUT + "-f,--filename: -k,--kustomize: -R --show-events? --for: --timeout: "
                      "--types: -w,--watch --recursive --api-version: --api-group: --namespaced? --verbs: --cached "
                      "--client --short --containers --use-protocol-buffers --revision: --sum --swap-path --list "
                      "--no-diff"), _read)  # fmt: skip
_LOGS = Program(_table("-f,--follow -c,--container: --all-containers --all-pods --ignore-errors --insecure-skip-tls-verify-backend "
                       "--limit-bytes: --max-log-requests: --pod-running-timeout: --prefix -p,--previous -l,--selector: "
                       "--since: --since-time: --tail: --timestamps"), _read)  # fmt: skip
_CHANGE = Program(_table(_SELECT + _OUTPUT + "-f,--filename: -k,--kustomize: -R,--recursive --all --cascade? --dry-run? "
                         "--force --grace-period: --now --timeout: --wait? --replicas: --current-replicas: "
                         "--resource-version: --field-manager: --server-side --force-conflicts --overwrite --record "
                         "--save-config --validate? --prune --prune-allowlist: --image: --type: -p,--patch: "
                         "--patch-file:read --port: --target-port: --name: --min: --max: --cpu-percent: --to-revision: "
                         "--local --resource: --limits: --requests: --from-literal: --labels: --annotation: --role: "
                         "--clusterrole: --serviceaccount: --verb: --class: --rule: --schedule: -i,--interactive "
                         "--ignore-daemonsets --delete-emptydir-data --disable-eviction --pod-selector: "
                         "--skip-wait-for-delete-timeout:"), _change)  # fmt: skip
_LOCAL = Program(_table("-o,--output: --minify --flatten --raw!prints_secrets --merge? --template:"),
                 lambda command, _args: command.add("system", "reads the configuration of kubectl"))  # fmt: skip


def _help(_command: Command, _args: Args) -> None:
    """Print the usage."""


def _cluster_info(command: Command, args: Args) -> None:
    contacts(command)
    if args.operands:
        command.opaque("dumps the whole cluster", via="dump", span=args.operands[0].span)


_KUBECTL = Program(_table(""), subcommands={
    "get": _GET,
    **_sub("describe top explain api-resources api-versions version wait events", _ASK),
    "logs": _LOGS,
    "cluster-info": Program(_table(""), _cluster_info),
    "auth": Program(_table(""), subcommands=_sub("can-i whoami", _ASK)),
    "rollout": Program(_table(""), subcommands={**_sub("status history", _ASK), **_sub("restart undo pause resume", _CHANGE)}),
    "config": Program(_table(""), subcommands=_sub("view current-context get-contexts get-clusters get-users", _LOCAL)),
    "options": Program(), "help": Program(),
    **_sub("apply create delete replace patch scale autoscale expose label annotate taint cordon uncordon drain set",
           _CHANGE),
}, bare=_help)  # fmt: skip


# helm

_HELM_COMMON = """
--burst-limit: --debug -h,--help --kube-apiserver:host --kube-as-group: --kube-as-user: --kube-ca-file:read
--kube-context: --kube-insecure-skip-tls-verify --kube-tls-server-name: --kube-token: --kubeconfig:execute
-n,--namespace: --qps: --registry-config:read --repository-cache:write --repository-config:read --content-cache:write
--color: --colour:
"""
_CHART = """
--ca-file:read --cert-file:read --key-file:read --keyring:read --pass-credentials --password: --plain-http
--insecure-skip-tls-verify --repo:url --username: --verify --version: --devel -f,--values: --set: --set-file:
--set-json: --set-literal: --set-string: --skip-schema-validation
"""


def _charts(command: Command, args: Args) -> None:
    """A chart is a directory, an archive, `repository/name` or an address."""
    for word in args.values("-f"):
        if "://" in word.value:
            note_url(command, word)
        else:
            note_files(command, "read", [word])
    for word in args.values("--set-file"):
        value = DYNAMIC if word.dynamic else word.value.partition("=")[2]
        note_files(command, "read", [word._replace(value=value)])
    for word in args.operands:
        if "://" not in word.value or word.dynamic:
            # `name/chart` is a directory when there is one, else a chart of a repository.
            note_files(command, "read", [word], recursive=True)
        if not word.value.startswith((".", "/")) and not _only_local(command):
            host = host_of(word.value) if "://" in word.value else ""
            command.add("network", host, word if host else Word(DYNAMIC, word.span))


def _only_local(command: Command) -> bool:
    return any(word.value == "lint" for word in command.args[:1])


def _helm_ask(command: Command, _args: Args) -> None:
    contacts(command)


def _helm_secret(command: Command, _args: Args) -> None:
    contacts(command)
    command.opaque("values and manifests hold secrets")


def _helm_change(command: Command, args: Args) -> None:
    contacts(command)
    _charts(command, args)
    command.add("system", f"changes the cluster: helm {_verb(command)}")


def _helm(text: str) -> Table:
    return options(_HELM_COMMON + text)


_HELM_ASK = Program(
    _helm("-a,--all -A,--all-namespaces -d,--date --deployed --failed -f,--filter: -m,--max: --no-headers --offset: "
          "-o,--output: --pending -r,--reverse -l,--selector: -q,--short --superseded --time-format: --uninstalled "
          "--uninstalling --revision: --show-desc --show-resources --max-col-width: --regexp --versions --devel "
          "--version: --template: --client -c --fail-on-no-result --list-repo-url --endpoint:host --no-footer"),
    _helm_ask,
)  # fmt: skip
_HELM_CHART = Program(
    _helm(_CHART + "--strict --quiet --with-subcharts --kube-version: -a,--api-versions: --include-crds --is-upgrade "
          "-g,--generate-name --name-template: --no-hooks --output-dir:write --post-renderer:execute "
          "--post-renderer-args:code --release-name -s,--show-only: --skip-crds --skip-tests --validate --dry-run? "
          "--description: --dependency-update!downloads_charts --timeout: --wait --create-namespace --jsonpath:"),
    _charts,
)  # fmt: skip
_HELM_CHANGE = Program(
    _helm(_CHART + "-i,--install --atomic --rollback-on-failure --cleanup-on-fail --create-namespace "
          "--dependency-update --description: --disable-openapi-validation --dry-run? --force --force-replace "
          "--history-max: -l,--labels: --no-hooks -o,--output: --post-renderer:execute --post-renderer-args:code "
          "--render-subchart-notes --reset-values --reset-then-reuse-values --reuse-values --skip-crds --timeout: "
          "--wait? --wait-for-jobs -g,--generate-name --name-template: --replace --keep-history --cascade: "
          "--ignore-not-found --recreate-pods --take-ownership --hide-secret --hide-notes"),
    _helm_change,
)  # fmt: skip
_HELM = Program(_helm(""), subcommands={
    **_sub("list ls status history hist version", _HELM_ASK),
    "search": Program(_helm(""), subcommands=_sub("repo hub", _HELM_ASK)),
    "repo": Program(_helm(""), subcommands=_sub("list ls", _HELM_ASK)),
    "get": Program(_helm(""), subcommands={**_sub("notes metadata", _HELM_ASK),
                                           **_sub("values manifest all hooks", Program(_helm(
                                               "-a,--all -o,--output: --revision: --template:"), _helm_secret))}),
    **_sub("lint template", _HELM_CHART),
    "show": Program(_helm(""), subcommands=_sub("chart readme values crds all", _HELM_CHART)),
    "inspect": Program(_helm(""), subcommands=_sub("chart readme values crds all", _HELM_CHART)),
    "dependency": Program(_helm(""), subcommands=_sub("list ls", _HELM_CHART)),
    "help": Program(),
    **_sub("install upgrade uninstall delete rollback", _HELM_CHANGE),
}, bare=_help)  # fmt: skip

PROGRAMS: dict[str, Entry] = {
    "kubectl": _KUBECTL,
    "helm": _HELM,
    "kubectx": lambda command: (
        harmless(command) if not command.args else command.add("system", "changes the cluster that is used")
    ),
    "kubens": lambda command: (
        harmless(command) if not command.args else command.add("system", "changes the namespace that is used")
    ),
}
