"""gh and glab: reading verbs contact the forge, writing verbs change something there, extensions are unknown."""

from __future__ import annotations

from typing import Mapping

from callgate.core.model import DYNAMIC
from callgate.shell.command import Command
from callgate.shell.programs.hosts import host_of
from callgate.shell.programs.spec import Args, Program, note_option, options, parse
from callgate.shell.programs.tooling import Entry, asks, note_files, unknown_subcommand
from callgate.shell.words import Word

# Options of all reading verbs together. Their values are data, so it does not matter where a value ends.
_READING = options("""
-R,--repo: -q,--jq? --json? --template? -t? -L,--limit? -s,--state? -a,--assignee? -A,--author? -l,--label?
-S,--search? -m,--milestone? --mention? --app? -B,--base? -H,--head? -d,--draft -c,--comments --name-only --patch
--color? -e,--event? -b,--branch? -u,--user? -w? --workflow? --created? --status? -j,--job? --log --log-failed -v,--verbose
--exit-status -i,--interval? --watch --fail-fast --required --order? --sort? -o,--owner? --archived --no-archived
--fork --source --language? --topic? --visibility? --public --private --include-forks? --match? --merged? --updated?
--closed? --review? --review-requested? --involves? --commenter? --team-mentions? --checks? --exclude-drafts
--exclude-pre-releases --raw --filename? -r --files --query? -f,--format? -y,--yaml --ref? -k,--key? -p --page? --per-page?
-P -g,--group? -n,--number? --size? --stars? --followers? --forks? --license? --good-first-issues? --org? -O
--extension? --hash? --committer? --author-name? --author-email? --committer-name? --parent? --tree? --locked
--interactions? --reactions? --comments-count? --project? --no-assignee --no-label --no-milestone --no-project
--mine --all -M --merged-state --not-draft --source-branch? --target-branch? --reviewer? --in? --output? -F? --system-notes
--opened -C --assigned --env? --all-envs --active -h,--help --hostname:host --allow-forks --iid? --confidential
--epic? --unresolved --resolved --state-reason? --attempt? --no-truncate --include-deleted --web!opens_a_browser
--closed-by? --show-members --with-job-details
""")
_WRITING = options("""
-R,--repo: -t,--title: -b,--body: -d,--draft,--description? -F,--body-file,--notes-file,--file:read -B,--base: -H,--head:
-a,--assignee,--add-assignee: -l,--label,--add-label: -m,--milestone: -r,--reviewer,--add-reviewer: -p,--project:
-f,--fill --fill-first --fill-verbose --remove-label: --remove-assignee: --remove-reviewer: --add-project:
--remove-project: --no-maintainer-edit --dry-run -n,--notes: --generate-notes --notes-from-tag --notes-start-tag:
--latest? --prerelease --target: --verify-tag --discussion-category: --clobber -c,--comment: -s,--squash --merge
--rebase --auto --disable-auto --admin --delete-branch --match-head-commit: --subject: --author-email: --approve
--request-changes -y,--yes --public --private --internal --reason: --color: --json? -q,--jq? --force --web!opens_a_browser
-e,--editor!runs_an_editor --template: --recover:read -h,--help --undo --edit-last --create-if-none --detach
--branch: --checkout --name: --ref: --raw-field: --field? --failed --debug --job: --enable --disable --archived
--assignee-me -u,--unassign --remove-source-branch --squash-before-merge --allow-collaboration --target-branch:
--source-branch: --push --no-editor --message: --ready --issue: --group: --visibility: --homepage: --add-topic:
--remove-topic: --default-branch: --enable-issues? --enable-wiki? --enable-auto-merge? --related-issue: --weight:
--due-date: --confidential --linked-issues: --link-type: --copy-issue-labels --create-source-branch --fill-commit-body
--signoff --rmrb --order: --desc: --filename: --milestones: --asset: --variables: --variables-env:
""")
_READS: Mapping[str, Mapping[str, str]] = {
    "gh": {
        "pr": "list ls view diff checks status", "issue": "list ls view status", "repo": "list ls view",
        "release": "list ls view", "run": "list ls view watch", "workflow": "list ls view", "gist": "list ls view",
        "label": "list ls", "cache": "list ls", "search": "code commits issues prs repos", "org": "list ls",
        "project": "list ls view field-list item-list", "ruleset": "list ls view check", "secret": "list ls",
        "variable": "list ls get", "ssh-key": "list ls", "gpg-key": "list ls", "status": "", "codespace": "list ls",
        "attestation": "verify",
    },
    "glab": {
        "mr": "list ls view show diff approvers issues", "issue": "list ls view show", "repo": "list ls view search contributors",
        "project": "list ls view search", "release": "list ls view show", "ci": "list ls status get view trace lint",
        "pipeline": "list ls status get view", "pipe": "list ls status get", "label": "list ls get", "snippet": "list ls view",
        "schedule": "list ls", "variable": "list ls get", "ssh-key": "list ls get", "incident": "list ls view",
        "milestone": "list ls get", "iteration": "list ls", "user": "events", "job": "list ls", "runner": "list ls",
    },
}  # fmt: skip
_WRITES: Mapping[str, Mapping[str, str]] = {
    "gh": {
        "pr": "create new edit comment close reopen ready merge review lock unlock update-branch",
        "issue": "create new edit comment close reopen lock unlock pin unpin delete transfer develop",
        "repo": "create edit delete rename archive unarchive sync set-default fork",
        "release": "create new edit delete delete-asset upload", "run": "rerun cancel delete",
        "workflow": "run enable disable", "gist": "create new edit delete rename", "label": "create edit delete clone",
        "cache": "delete", "project": "create edit close delete copy item-add item-edit item-delete item-create "
        "item-archive field-create field-delete link unlink mark-template",
    },
    "glab": {
        "mr": "create new update close reopen merge approve revoke note comment rebase delete subscribe unsubscribe todo",
        "issue": "create new update close reopen note comment delete subscribe unsubscribe",
        "release": "create new delete upload", "ci": "run retry cancel delete trigger", "label": "create delete edit",
        "repo": "create fork delete archive transfer mirror", "snippet": "create",
    },
}  # fmt: skip
_HOSTS = {"gh": "github.com", "glab": "gitlab.com"}


def _contact(command: Command, args: Args) -> None:
    """Note the host: the usual one unless `--repo` names another in front of `OWNER/REPO`."""
    command.here()
    host = _HOSTS[command.name]
    for word in args.values("-R"):
        parts = word.value.removeprefix("https://").split("/")
        if word.dynamic:
            command.add("network", "", word)
        elif len(parts) > 2 and "." in parts[0]:
            command.add("network", parts[0].rpartition("@")[2].lower(), word)
    command.add("network", host)


def _read(command: Command, words: list[Word], group: str) -> None:
    args = parse(Program(_READING), command, words)
    if args.has("-w") and group != "run":
        # `gh run list -w NAME` filters, anywhere else it is short for `--web`.
        command.opaque("opens a browser", via="-w")
    for given in args.given:
        note_option(command, given)
    _contact(command, args)


def _write(command: Command, words: list[Word], group: str, verb: str) -> None:
    args = parse(Program(_WRITING), command, words)
    for given in args.given:
        note_option(command, given)
    if group == "gist":
        note_files(command, "read", args.operands)
    elif group in {"release", "snippet"} and verb in {"create", "new", "upload"}:
        # Behind the tag stand the files that are published; `FILE#label` gives one a name.
        for word in args.operands[1:] if group == "release" else args.operands:
            note_files(command, "read", [word._replace(value=word.value.partition("#")[0])])
    elif (group, verb) in {
        ("repo", "fork"),
        ("repo", "create"),
        ("repo", "sync"),
        ("issue", "develop"),
        ("pr", "merge"),
    }:
        command.here("write", recursive=True)
    _contact(command, args)
    command.add("system", f"changes the forge: {command.name} {group} {verb}")


# api

_API = options("""
-X,--method: -f,--raw-field: -F,--field: --form: -H,--header: --hostname:host -i,--include --input:read -q,--jq: --paginate
-p,--preview: --silent --slurp -t,--template: --cache: --verbose -h,--help --output:
""")


def _api(command: Command, words: list[Word]) -> None:
    args = parse(Program(_API), command, words)
    for given in args.given:
        note_option(command, given)
    fields = args.values("-f", "-F", "--form")
    for word in args.values("-F", "--form"):
        _, _, value = word.value.partition("=")
        if word.dynamic or value.startswith("@"):
            note_files(command, "read", [word._replace(value=DYNAMIC if word.dynamic else value[1:])])
    _contact(command, args)
    for word in args.operands[:1]:
        if "://" in word.value or word.dynamic:
            host = "" if word.dynamic else host_of(word.value)
            command.add("network", host, word if host else word._replace(value=DYNAMIC))
    methods = [word.value.upper() for word in args.values("-X")]
    method = methods[-1] if methods else "POST" if fields or args.has("--input") else "GET"
    target = args.operands[0].value if args.operands else ""
    if target == "graphql" and not args.has("--input"):
        harmless = bool(fields) and not any(
            "mutation" in word.value.lower() or word.dynamic or "=@" in word.value for word in fields
        )
    else:
        harmless = method in {"GET", "HEAD"} and not any(word.dynamic for word in args.values("-X"))
    if not harmless:
        command.add("system", f"changes the forge: {method} {target}")


def _auth(command: Command, words: list[Word]) -> None:
    values = [word.value for word in words]
    # `--show-token` and `auth token` print a secret.
    if values == ["status"] or (values[:2] == ["status", "--hostname"] and len(values) == 3):
        _contact(command, Args())
    else:
        unknown_subcommand(command, [Word("auth " + " ".join(values), command.span)])


def _asks_help(words: list[Word]) -> bool:
    """Whether the words behind the group end in `--help`; behind another option that may be its value."""
    return (
        bool(words)
        and words[-1].value in {"--help", "-h"}
        and not any(word.could_be_option or word.glob for word in words[:-1])
    )


def _forge(command: Command) -> None:
    if asks(command, frozenset({"--version", "--help", "version", "help", "-h"})) or not command.args:
        return
    head, *rest = command.args
    group, name = head.value, command.name
    verb = rest[0].value if rest else ""
    if head.dynamic or head.glob:
        unknown_subcommand(command, command.args)
    elif _asks_help(rest) and group in _READS[name]:
        return
    elif group == "api":
        _api(command, rest)
    elif group == "auth":
        _auth(command, rest)
    elif group in _READS[name] and not _READS[name][group]:
        _read(command, rest, group)
    elif verb and verb in _READS[name].get(group, "").split():
        _read(command, rest[1:], group)
    elif verb and verb in _WRITES[name].get(group, "").split():
        _write(command, rest[1:], group, verb)
    else:
        # Extensions and aliases run any program; the rest logs in, clones, downloads or opens something.
        text = f"{group} {verb}".replace(DYNAMIC, "…").strip()
        command.unknown = f"`{name} {text}` is not known"


PROGRAMS: dict[str, Entry] = {"gh": _forge, "glab": _forge}
