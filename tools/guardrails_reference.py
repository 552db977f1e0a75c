"""Writes docs/guardrails.md from the guardrails that the engine has.

`python tools/guardrails_reference.py` writes it; with `--check` it only compares, and exits with 1 when they differ.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from pathlib import Path

from callgate.engine.guardrails.catalogue import CONSENT_STAGE, Entry, catalogue
from callgate.engine.guardrails.destruction import SYSTEM_TREES
from callgate.engine.guardrails.elsewhere import SCRATCH, SPREADERS, SYSTEM_TOPS
from callgate.engine.guardrails.lost_work import SAFER
from callgate.engine.guardrails.places import PLACES

TARGET = Path(__file__).parent.parent / "docs" / "guardrails.md"

HEAD = """<!-- Written by tools/guardrails_reference.py, mostly from src/callgate/engine/guardrails/: change those. -->
# Guardrails

A guardrail is built in, and no policy needs to name it.
There are three kinds:

- those of stage 1 **deny** catastrophes. No rule, setting, trust or preference lifts one, nor does the switch;
- [self-protection](#self-protection), stage 2, keeps the gate as it is. Nothing lifts it either;
- [those that ask](#guardrails-that-ask) are part of stage 7. They stop what loses work or outlives the session, and an
  allow rule for the act lifts them.

`callgate guardrails` lists them all, and `callgate guardrails ID` shows one with examples.
The stages are those of [a decision](decisions.md).

Guardrails are for catastrophes and know little of your work: the policy is where you say what an agent may do.
A guardrail sees operations and not words, so text that is only data trips none.

## Stage 1

| guardrail | denies a call that | instead |
|---|---|---|
"""

WORDS = """
For `destroy` and `reown`:

- a *system directory* is every direct child of `/`, and {trees};
- *a parent* is any directory that holds the home directory or the cwd;
- *another user's files* are everything in `/root` and in a child of `/home` or `/Users` (but `/Users/Shared`), unless
  your home directory, the project or the cwd lies in it. `reown` leaves these out;
- `truncate` and `shred` of a pattern or of what a search finds count as deleting, and so does moving away;
- a target that only the shell knows counts as what is left when every variable is empty: `rm -rf "$X/"` is `rm -rf /`.
  Bash itself refuses an empty `${X:?}`, so that is none;
- in the project a search that looks for particular files may delete what it finds, and `git clean` asks instead.

A file *holds credentials* by its name and where it lies: `.env`, `id_rsa`, `*.key`, `~/.ssh/`, `~/.aws/`, stores of
browsers, keychains, wallets and the like; certificates and what comes with tests and packages do not.
This list cannot be edited.
Beside it, every shipped profile and template has a longer one in its section `[secrets]`, which denies reading, writing
and sending; `callgate init` writes it into your policy, where you edit it.

`remote-code`, `decoded-code` and `credentials-out` follow data within one call, through pipes, substitutions,
variables, `read`, descriptors, and files that are written, copied or moved:

- *downloaded* is what any command prints or writes that contacts another host; *decoded* is what `base64 -d`,
  `xxd -r`, `openssl`, `gpg -d`, `rev`, or `tr` with rotated letters prints;
- text that stands in the call is read where a shell gets it: `echo 'rm -rf ~' | sh`, and a file that is written and
  then run;
- what a cloned repository, a package manager or an unpacked archive brings is neither: `git clone … && make` is left
  to the rules for running files;
- a secret that says who is asking is used and not sent: a key or certificate that an option names (`ssh -i`,
  `curl --cert`, `--netrc`), one value picked out of a file (`T=$(grep ^TOKEN= .env | cut -d= -f2)`) in an
  `Authorization` header or for a database client;
- sourcing a file of secrets (`. ./.env; curl -H "Authorization: Bearer $TOKEN" …`) is left to the rules, because it is
  how many projects log in. The shipped profiles deny `.env` for any use;
- what passes through another call, a function's arguments or a program of its own is not followed.

What runs when `$VAR` or a program that callgate does not know fills in the target is for the policy: such a target is
covered by no path rule.
"""

ASKS = """
## Guardrails that ask

These ask where no allow rule covers the act.
A deny rule denies all the same, and with `default = "deny"` what no rule allows is denied, not asked about.
While auto-approval is off, everything that is not denied asks anyway.

| guardrail | asks about a call that | lifted by an allow rule, for example |
|---|---|---|
{rows}
### What loses work

An act of git loses work when it throws away changes that are not committed, commits that nothing else holds, or a
branch of the remote that others build on.
An allow rule lifts the question when it spells what is dangerous: `git reset --hard *`, but not `git *` or
`git reset *` ([why](decisions.md#what--in-a-command-rule-does-not-cover)).

- `git push` with force, `+ref`, `:ref` or `--delete` asks when the branch is called `main`, `master`, `trunk`,
  `develop`, `production`, `staging`, `stable` or `release…`, or is not named. Other branches are taken for your own.
- `git checkout` and `git restore` of a tree (`.`, `src`), of a pattern or of a list ask. Of files that are named one by
  one (`src/app.py`) they do not: agents take their own changes back like this, so it is for the policy.
- `git reset --keep`, `git stash`, `git branch -d`, `git rebase` and `git commit --amend` do not: they stop where
  changes would go, or `git reflog` leads back.

| act | instead |
|---|---|
{safer}
### Whole directories elsewhere

`destroy-elsewhere` asks about deleting a tree that is

- a repository's `.git`, wherever it lies;
- a child of the home directory, but `~/.cache`;
- beside the project, or beside a directory on the way from `/` to it; not in {scratch}.

An allow rule lifts this when it spells the name of the directory: `rm *` does not.

`unpack-over` asks when {spread} write a tree into `/`, the home directory, {tops}, or a directory of the list above.
`/opt`, `/srv` and `/app` are where people unpack programs.

### What outlives the session

Each place is meant with all that lies in it, for writing, deleting, changing its mode, and making a link to it, by any
tool. `~` is the home directory of any user here. An allow rule lifts an *ask* only when it spells the last part of the
path: `~/.bashrc` or `**/.bashrc`, but not `~/**`. Nothing lifts a *deny*.

| place | what it is | decision |
|---|---|---|
{places}
A tree that {spread} write into `.ssh` or `.git` asks, because it may bring such a file.
`crontab` (but `-l`), `at` and `batch` are denied too, and `visudo`, `vipw` and `vigr`.
`systemctl enable` and its kin, `launchctl load`, `loginctl enable-linger` and the programs that change accounts ask.
`git config` asks for every setting that is not known to be harmless: `core.hooksPath`, `core.fsmonitor`, `alias.*`.
Files of these names in the project itself, `.vscode/tasks.json` and `.husky/` are code of the project: the policy
decides who may write them, and the shipped profiles leave them out.
"""

NAMED = (
    ("`**/.git/hooks/`", "is code that git runs", "ask"),
    ("`**/.git/config`, not by `git` itself", "is configuration of git, which can run commands", "ask"),
    (
        "`*.pth`, `sitecustomize.py`, `usercustomize.py` in `site-packages`",
        "is code that Python runs whenever it starts",
        "ask",
    ),
)
"""Places that are known by name wherever they lie (`_anywhere` in engine/guardrails/places.py)."""

LIFTED = {
    "lose-work": '`command = "git reset --hard *"`',
    "destroy-elsewhere": '`operations = ["delete"]`, `path = "~/scratch/**"`',
    "unpack-over": '`command = "tar *"`',
    "autostart": '`operations = ["write"]`, `path = "~/.bashrc"`',
}
"""Guardrail that asks -> a rule that lifts it; tests/engine/test_consent.py runs these."""

SELF = """
## Self-protection

| guardrail | stops a call that | decision |
|---|---|---|
"""

TAIL = """
The files of the gate, each also under its real path and compared without case:

- `~/.config/callgate/` (policy, trust store);
- `~/.local/state/callgate/` or `$XDG_STATE_HOME/callgate/` (logs, switch, last good policy);
- `$XDG_RUNTIME_DIR/callgate/`;
- `/etc/callgate/`, `/etc/claude-code-permissions-hook.toml`, `~/.config/claude-code-permissions-hook.toml`,
  `~/.config/decision-reviewer-audit.log` (the [audit log](audit.md)) and its archives,
  `~/.config/decision-reviewer-audit.log.*`;
- `.callgate.toml` and `claude-code-permissions-hook.toml` in the project and in the cwd;
- where agents register hooks: `settings.json` and `settings.local.json` in `.claude/`, `config.toml` and `hooks.json`
  in `.codex/`, `settings.json` in `.gemini/`, each in the home directory, in the project and in the cwd; the same files
  in `$CLAUDE_CONFIG_DIR` and `$CODEX_HOME`;
- what brings hooks or rules of its own: `~/.claude/plugins/`, `~/.gemini/extensions/`, `~/.gemini/policies/`;
- what an administrator manages: `/etc/claude-code/`, `/Library/Application Support/ClaudeCode/`, `/etc/codex/`,
  `/etc/gemini-cli/`, `/Library/Application Support/GeminiCli/`;
- the daemon's service: `callgate.service` and `callgate.socket` in `~/.config/systemd/user/` and in
  `/etc/systemd/system/`, and `~/Library/LaunchAgents/callgate.plist`;
- every policy file in force, wherever it lies, and the log files that it names;
- callgate's own code, its programs beside the Python that runs it, that Python, and in an installation what Python runs
  and imports from beside the package (`sitecustomize.py`, `*.pth`, the parser, the regular expressions).

Where it is not certain that a file of the gate changes, self-protection asks:

- an archive, a copied tree or a patch is spread over a directory that holds one;
- a program that nobody knows, code in another language, or an unknown tool of an MCP server is given the name of one;
- only the shell knows what a command changes, and the call names one (`echo .claude/settings.json | xargs rm`);
- an agent is started with `--settings`, with options that only the shell knows, or in text that runs later;
- code uses callgate's own modules that change the gate or write its journal.

A container that may write such a directory of the user (`docker run -v ~/.claude:/c …`) counts as a program that nobody
knows. Git moves whole trees of files that are its own (`checkout`, `stash`, `pull`, `reset`), and that is left to the
policy; a path of the gate that a git command names is not.

Reading them is left to the policy, and so are `callgate check`, `explain`, `validate`, `doctor`, and `off`, which only
tightens.
"""


def page() -> str:
    """Return the text of docs/guardrails.md."""
    entries = catalogue()
    parts = [HEAD]
    parts += [f"| `{one.id}` | {one.summary} | {one.instead} |\n" for one in entries if one.stage == 1]
    trees = _listed(sorted(SYSTEM_TREES))
    parts += [WORDS.replace("{trees}", trees)]
    parts += [_examples(one) for one in entries if one.stage == 1]
    asking = [one for one in entries if one.stage == CONSENT_STAGE]
    asks = ASKS.replace("{rows}", "".join(f"| `{one.id}` | {one.summary} | {LIFTED[one.id]} |\n" for one in asking))
    asks = asks.replace("{safer}", "".join(f"| `git {name}` | {text} |\n" for name, text in SAFER.items()))
    asks = asks.replace("{scratch}", _listed(sorted(SCRATCH))).replace("{tops}", _listed(sorted(SYSTEM_TOPS)))
    asks = asks.replace("{spread}", _listed(sorted(SPREADERS))).replace("{places}", _places())
    parts += [asks, *(_examples(one) for one in asking), SELF]
    parts += [f"| `{one.id}` | {one.summary} | {one.decision} |\n" for one in entries if one.stage == 2]
    return "".join([*parts, TAIL, *(_examples(one) for one in entries if one.stage == 2)])


def _listed(words: list[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _places() -> str:
    """Return the rows of the table of places: those that are alike share one."""
    rows: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for path, (what, decision) in PLACES.items():
        rows[what, decision].append(path)
    lines = [(_listed(paths), what, decision) for (what, decision), paths in rows.items()]
    return "".join(f"| {place} | {what} | {decision} |\n" for place, what, decision in (*lines, *NAMED))


def _examples(entry: Entry) -> str:
    """Return what trips the guardrail as tables that the tests run, and the near misses in a line."""
    commands, calls = [], []
    for example in entry.examples.trips:
        tool, _, path = example.partition(" ")
        why = f"{entry.decision} | guardrail `{entry.id}` |\n"
        if tool in {"Write", "Edit"}:
            calls.append(f'| `{tool}` | `{{"file_path": "{_shown(path)}"}}` | {why}')
        else:
            commands.append(f"| `{_cell(example)}` | {why}")
    text = f"\n#### `{entry.id}` in examples\n\n| command | decision | why |\n|---|---|---|\n{''.join(commands)}"
    if calls:
        text += f"\n| call | input | decision | why |\n|---|---|---|---|\n{''.join(calls)}"
    text += "\nIt does not stop:\n\n" + "".join(f"- `{_shown(one)}`\n" for one in entry.examples.misses)
    return text + f"\nDo instead: `{_shown(entry.examples.instead)}`\n"


def _cell(example: str) -> str:
    return _shown(example).replace("|", "\\|")


def _shown(example: str) -> str:
    return example.replace("{project}/", "").replace("{home}", "~")


def main(arguments: list[str]) -> int:
    """Write or check the page; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only")
    check: bool = parser.parse_args(arguments).check
    text = page()
    if not check:
        TARGET.write_text(text, encoding="utf-8")
        return 0
    if TARGET.is_file() and TARGET.read_text(encoding="utf-8") == text:
        return 0
    print(f"{TARGET.name} is out of date: run `python tools/guardrails_reference.py`", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
