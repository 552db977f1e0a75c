"""Who is asking: from a made-up process table, and from real processes that hide as agents can."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.actor import Facts, Process, identify, judge
from callgate.actor.known import PACKAGES, PROGRAMS, VARIABLES, program, variables
from callgate.actor.processes import ProcTable, PsTable, table

if TYPE_CHECKING:
    from collections.abc import Mapping


class Made:
    """A process table made of rows."""

    def __init__(
        self, *rows: Process, environ: Mapping[int, Mapping[str, str]] | None = None, cgroup: str = ""
    ) -> None:
        self._rows = {row.pid: row for row in rows}
        self._environ = environ or {}
        self._cgroup = cgroup

    def process(self, pid: int) -> Process | None:
        """See `Table`."""
        return self._rows.get(pid)

    def environ(self, pid: int) -> Mapping[str, str]:
        """See `Table`."""
        return self._environ.get(pid, {})

    def cgroup(self, pid: int) -> str:
        """See `Table`."""
        return self._cgroup if pid in self._rows else ""


INIT = Process(1, 0, "systemd", ("/sbin/init",), session=1, started=1)
LOGIN = Process(10, 1, "sshd", ("sshd: ada",), session=10, started=10)
SHELL = Process(20, 10, "bash", ("-bash",), session=20, terminal=True, started=20)
SELF = Process(99, 20, "callgate", ("python3", "/bin/callgate", "trust"), session=20, terminal=True, started=99)
PERSON = Facts("ada", "ada", 1000, 99, "h", True, True, {}, Made(INIT, LOGIN, SHELL, SELF))


def below(*rows: Process) -> tuple[Process, ...]:
    """The usual processes, with *rows* between the shell and callgate."""
    return (INIT, LOGIN, SHELL, *rows, SELF._replace(parent=rows[-1].pid))


def test_a_person_at_a_terminal() -> None:
    """A terminal and a login, with no agent above, is a person; the ancestors are recorded."""
    actor = judge(PERSON)
    assert (actor.kind, actor.agent, actor.claimed, actor.uid) == ("person", "", "ada", 1000)
    assert actor.ancestors == ("bash[20]", "sshd[10]", "systemd[1]")
    record = actor.record()
    assert json.loads(json.dumps(record)) == record
    assert record["terminal"] is True


AGENTS: list[tuple[str, Process]] = [
    ("claude-code", Process(30, 20, "claude", ("claude",), started=30)),
    ("claude-code", Process(30, 20, "node", ("node", "--x", "/n/@anthropic-ai/claude-code/cli.js"), started=30)),
    ("claude-code", Process(30, 20, "2.1.7", ("x",), "/h/.local/share/claude/versions/2.1.7", started=30)),
    ("claude-code", Process(30, 20, "bash", ("bash", "/h/.claude/local/claude"), started=30)),
    ("codex", Process(30, 20, "codex-x86_64-un", ("x",), "/opt/codex-x86_64-unknown-linux-musl", started=30)),
    ("codex", Process(30, 20, "codex-linux-san", ("codex-linux-sandbox", "--", "x"), started=30)),
    ("gemini", Process(30, 20, "node", ("/usr/bin/node", "/usr/bin/gemini"), started=30)),
    ("aider", Process(30, 20, "python3.12", ("python3.12", "/h/.local/bin/aider"), started=30)),
    ("cursor", Process(30, 20, "MainThread", ("/h/.local/bin/cursor-agent", "-p"), started=30)),
]


@pytest.mark.parametrize(
    ("agent", "process"), AGENTS, ids=lambda value: value if isinstance(value, str) else value.name
)
def test_an_ancestor_counts_whatever_they_say(agent: str, process: Process) -> None:
    """An agent above is found through an emptied environment, a terminal and a borrowed name."""
    shell = Process(40, 30, "bash", ("bash", "-c", "env -i callgate trust"), terminal=True, started=40)
    facts = PERSON._replace(table=Made(*below(process, shell)), claimed="ada")
    actor = judge(facts)
    assert (actor.kind, actor.agent, actor.claimed) == ("agent", agent, "ada")
    assert "an ancestor, is" in actor.evidence[0]


PEOPLE = [
    Process(30, 20, "vim", ("vim", "claude"), started=30),
    Process(30, 20, "less", ("less", "/p/codex"), started=30),
    Process(30, 20, "bash", ("bash", "-c", "claude --help; callgate trust"), terminal=True, started=30),
    Process(30, 20, "tmux: server", ("tmux",), started=30),
    Process(30, 20, "cursor", ("/usr/share/cursor/cursor", "--type=utility"), started=30),
    Process(30, 20, "node", ("node", "/p/my-gemini-notes/index.js"), started=30),
]


@pytest.mark.parametrize("process", PEOPLE, ids=lambda process: process.name)
def test_what_only_names_an_agent_is_none(process: Process) -> None:
    """A file that is called like an agent, and an editor that has one, do not make an agent of who uses them."""
    assert judge(PERSON._replace(table=Made(*below(process)))).kind == "person"


@pytest.mark.parametrize(("variable", "agent"), VARIABLES.items())
def test_the_environment_counts(variable: str, agent: str) -> None:
    """A variable that an agent sets for its commands is enough, and is named."""
    actor = judge(PERSON._replace(environ={variable: "1"}))
    assert (actor.kind, actor.agent) == ("agent", agent)
    assert actor.evidence == (f"the environment has {variable}",)
    assert judge(PERSON._replace(environ={variable: ""})).kind == "person"


@pytest.mark.parametrize(
    ("value", "agent"),
    [("goose", "goose"), ("claude-code_2.1.0_cli", "claude-code"), ("codex@1.2", "codex"), ("1", ""), ("yes", "")],
)
def test_the_variables_that_name_an_agent(value: str, agent: str) -> None:
    """`AGENT` and `AI_AGENT` count when they name one that is known."""
    assert variables({"AI_AGENT": value})[0] == agent
    assert variables({"AGENT": value.upper()})[0] == agent


@pytest.mark.parametrize("name", ["CODEX_HOME", "CLAUDE_CONFIG_DIR", "ANTHROPIC_API_KEY", "CURSOR_TRACE_ID", "TERM"])
def test_what_people_set_themselves_says_nothing(name: str) -> None:
    """Settings and keys in a person's own environment make no agent of them."""
    assert variables({name: "1"}) == ("", "")


def test_the_environment_of_an_ancestor_counts() -> None:
    """`env -i` empties the environment of its child only: the shell above was started with the agent's."""
    shell = Process(40, 20, "dash", ("sh", "-c", "env -i callgate trust"), terminal=True, started=40)
    made = Made(*below(shell), environ={40: {"CODEX_THREAD_ID": "x"}})
    actor = judge(PERSON._replace(table=made))
    assert (actor.kind, actor.agent) == ("agent", "codex")
    assert "was started with CODEX_THREAD_ID" in actor.evidence[0]


def test_a_process_that_left_its_agent_is_no_person() -> None:
    """After `setsid` and a double fork the first process is the parent: unknown with a terminal, and without."""
    lost = Process(50, 1, "sh", ("sh", "-c", "callgate trust"), session=50, terminal=True, started=50)
    actor = judge(PERSON._replace(table=Made(INIT, lost, SELF._replace(parent=50, session=50))))
    assert actor.kind == "unknown"
    assert actor.evidence == ("sh[50] was left behind by whatever started it",)
    direct = SELF._replace(parent=1, session=99)
    assert judge(PERSON._replace(table=Made(INIT, direct))).kind == "unknown"
    taken = Process(7, 1, "systemd", ("systemd", "--user"), session=7, started=7)
    assert judge(PERSON._replace(table=Made(INIT, taken, lost._replace(parent=7), SELF._replace(parent=50)))).kind == (
        "unknown"
    )


def test_what_leads_the_session_and_the_control_group_count() -> None:
    """A process that lost its parent still has the session of the agent, or its control group."""
    agent = Process(30, 1, "claude", ("claude",), session=30, started=30)
    orphan = SELF._replace(parent=1, session=30)
    assert judge(PERSON._replace(table=Made(INIT, agent, orphan))).agent == "claude-code"
    shell = Process(30, 1, "bash", ("bash",), session=30, started=30)
    started = Made(INIT, shell, orphan, environ={30: {"GEMINI_CLI": "1"}})
    assert judge(PERSON._replace(table=started)).agent == "gemini"
    grouped = Made(INIT, LOGIN, SHELL, SELF, cgroup="/user.slice/app.slice/app-claude-812.scope")
    assert judge(PERSON._replace(table=grouped)).agent == "claude-code"
    plain = Made(INIT, LOGIN, SHELL, SELF, cgroup="/user.slice/user-1000.slice/session-3.scope")
    assert judge(PERSON._replace(table=plain)).kind == "person"


def test_a_terminal_that_a_program_made_is_no_persons() -> None:
    """`script` or `expect` under something without a terminal is unknown; under a person's shell it is theirs."""
    agent = Process(30, 20, "my-own-agent", ("my-own-agent",), started=30)
    maker = Process(40, 30, "script", ("script", "-qc", "callgate trust"), session=40, started=40)
    shell = Process(50, 40, "sh", ("sh", "-c", "callgate trust"), session=50, terminal=True, started=50)
    actor = judge(PERSON._replace(table=Made(*below(agent, maker, shell))))
    assert (actor.kind, actor.evidence) == ("unknown", ("script[40], which has no terminal itself, made this one",))
    recorded = Made(*below(maker._replace(parent=20, terminal=True), shell))
    assert judge(PERSON._replace(table=recorded)).kind == "person"
    editor = Process(30, 10, "node", ("node", "/s/.vscode-server/out/bootstrap-fork", "--type=ptyHost"), started=15)
    opened = Made(INIT, LOGIN, editor, SHELL._replace(parent=30), SELF)
    assert judge(PERSON._replace(table=opened)).kind == "person"


def test_a_shell_as_the_first_process_may_be_a_persons() -> None:
    """In a container the first process may be the shell that a person uses: what it starts lies in its session."""
    first = Process(1, 0, "bash", ("bash",), session=1, terminal=True, started=1)
    own = SELF._replace(parent=1, session=1)
    assert judge(PERSON._replace(table=Made(first, own))).kind == "person"
    assert judge(PERSON._replace(table=Made(first, own._replace(session=99)))).kind == "unknown"
    hidden = Process(1, 0, "bwrap", ("bwrap",), session=1, started=1)
    assert judge(PERSON._replace(table=Made(hidden, own))).kind == "unknown"


DOUBTS: list[tuple[Facts, str]] = [
    (PERSON._replace(stdin=False), "standard input or output is no terminal"),
    (PERSON._replace(stdout=False), "standard input or output is no terminal"),
    (PERSON._replace(table=Made(INIT, LOGIN, SHELL, SELF._replace(terminal=False))), "no controlling terminal"),
    (PERSON._replace(table=None), "cannot be seen"),
    (PERSON._replace(table=Made()), "process 99, an ancestor, cannot be seen"),
    (PERSON._replace(table=Made(INIT, SHELL, SELF)), "process 10, an ancestor, cannot be seen"),
    (PERSON._replace(table=Made(INIT, LOGIN._replace(started=50), SHELL, SELF)), "the parent of bash[20] has ended"),
    (PERSON._replace(table=Made(SHELL._replace(parent=99, started=0), SELF)), "changed while they were looked at"),
]


@pytest.mark.parametrize(
    ("facts", "doubt"), DOUBTS, ids=lambda value: value.split()[0] if isinstance(value, str) else ""
)
def test_without_proof_nobody_is_a_person(facts: Facts, doubt: str) -> None:
    """No terminal, an ancestor that ended or cannot be seen, a loop: unknown, and it says why."""
    actor = judge(facts)
    assert actor.kind == "unknown"
    assert doubt in " ".join(actor.evidence)


ROWS = st.builds(
    Process,
    st.integers(0, 6), st.integers(-1, 7), st.sampled_from(["", "sh", "claude", "a)b", "\x1b[2J"]),
    st.lists(st.sampled_from(["", "-c", "claude", "/x/@openai/codex", "a b"]), max_size=5).map(tuple),
    st.just(""), st.integers(0, 7), st.booleans(), st.integers(0, 9),
)  # fmt: skip


@given(st.lists(ROWS, max_size=8), st.integers(0, 7))
def test_any_table_gives_an_answer(rows: list[Process], pid: int) -> None:
    """Whatever the table looks like, loops included, it ends; and `claude` above is never a person."""
    actor = judge(PERSON._replace(table=Made(*rows), pid=pid))
    assert actor.kind in {"agent", "person", "unknown"}
    assert (actor.kind == "agent") is bool(actor.agent)
    assert actor.evidence
    if any(name.startswith("claude[") for name in actor.ancestors):
        assert actor.kind == "agent"


def test_every_known_name_is_known() -> None:
    """Each program and each package of the tables is recognised as itself."""
    for name, agent in PROGRAMS.items():
        assert program(name, ()) == agent
    for part, agent in PACKAGES.items():
        assert program("node", ("node", f"/x{'' if part.startswith('/') else '/'}{part}/cli.js")) == agent


# Real processes


def test_this_process_is_seen() -> None:
    """The real table has this process, its parent and its environment, and they agree with what the system says."""
    found = ProcTable().process(os.getpid()) if Path("/proc/self/stat").exists() else None
    if found is None:
        pytest.skip("no /proc here")
    assert (found.pid, found.parent, found.session) == (os.getpid(), os.getppid(), os.getsid(0))
    assert found.started > 0
    assert ProcTable().process(2**22 + 1) is None
    assert ProcTable().environ(2**22 + 1) == {}


def test_the_output_of_ps_is_read() -> None:
    """Where there is no `/proc`, the lines of `ps` give parents, terminals and words; odd lines are left out."""
    text = (
        "    1     0 ??       /sbin/launchd\n"
        "  501     1 ttys001  -zsh\n"
        "  777   501 ttys001  node /opt/homebrew/lib/node_modules/@anthropic-ai/claude-code/cli.js\n"
        "  900   777 ??       python3 -m callgate trust\nrubbish\n  1 2\n"
    )
    made = PsTable(text)
    assert made.process(900) == Process(900, 777, "python3", ("python3", "-m", "callgate", "trust"))
    shell = made.process(501)
    assert shell is not None
    assert shell.terminal
    assert judge(PERSON._replace(table=made, pid=900)).agent == "claude-code"


ASK = (
    "import os, json\nfrom callgate.actor import identify\nprint(json.dumps(identify(os.environ).record()), flush=True)"
)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="sees ancestors by /proc")
def test_real_processes_cannot_shed_their_agent(tmp_path: Path) -> None:
    """Below a program called `claude`, `env -i` and a borrowed name change nothing; the claimed name is kept beside."""
    agent = tmp_path / "claude"
    agent.write_text(
        f'#!/bin/bash\n/usr/bin/env -i DECISION_REVIEWER_APPLIED_BY=ada {sys.executable} -c "$1"\necho done\n'
    )
    agent.chmod(0o755)
    done = subprocess.run([agent, ASK], stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=60)
    record = json.loads(done.stdout.splitlines()[0])
    assert (record["kind"], record["agent"], record["claimed"]) == ("agent", "claude-code", "ada")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="sees ancestors by /proc")
def test_a_real_double_fork_onto_a_terminal_is_no_person(tmp_path: Path) -> None:
    """A process that left its session and its parents behind and has its own terminal is not taken for a person."""
    out = tmp_path / "out"
    script = (
        "import os, pty, sys, time\n"
        "if os.fork(): os._exit(0)\n"
        "os.setsid()\n"
        "if os.fork(): os._exit(0)\n"
        "while os.getppid() == int(sys.argv[1]): time.sleep(0.01)\n"
        "pty.spawn([sys.executable, '-c', sys.argv[2]])\n"
    )
    asked = ASK.replace("print(json.dumps(identify(os.environ).record()), flush=True)", (
        f"text = json.dumps(identify(os.environ).record())\nopen({str(out)!r} + '.new', 'w').write(text)\n"
        f"os.rename({str(out)!r} + '.new', {str(out)!r} + '.json')"
    ))  # fmt: skip
    environ = {"PATH": os.environ["PATH"]}
    subprocess.run(
        [sys.executable, "-c", script, str(os.getpid()), asked],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True, timeout=60, env=environ,
    )  # fmt: skip
    result = Path(f"{out}.json")
    waited = subprocess.run(
        ["/bin/sh", "-c", 'n=0; while [ ! -e "$1" ] && [ $n -lt 600 ]; do sleep 0.05; n=$((n+1)); done', "sh", result],
        check=True, timeout=60,
    )  # fmt: skip
    assert waited.returncode == 0
    record = json.loads(result.read_text())
    assert record["terminal"] is True
    assert record["kind"] == "unknown"
    assert "was left behind" in " ".join(record["evidence"])


def test_the_name_asked_for_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """A flag goes before the variable, the variable before the account; the account is not taken from `$USER`."""
    monkeypatch.setenv("USER", "mallory")
    assert identify({"DECISION_REVIEWER_APPLIED_BY": "bot"}, applied_by="Ada").claimed == "Ada"
    assert identify({"DECISION_REVIEWER_APPLIED_BY": "bot"}).claimed == "bot"
    actor = identify({})
    assert actor.claimed == actor.user != "mallory"
    assert (actor.pid, actor.uid) == (os.getpid(), os.getuid())


def test_this_machine_has_a_table() -> None:
    """Processes can be seen here, so that what stands above is a fact and no gap."""
    found = table()
    assert found is not None
    assert found.process(os.getpid()) is not None
