"""`callgate trust` and `callgate untrust`."""

from __future__ import annotations

from pathlib import Path

import pytest

from callgate.cli import trusting
from callgate.cli.commands.trust import trust
from callgate.cli.commands.untrust import untrust
from callgate.cli.errors import UsageError
from callgate.core.errors import PolicyError
from callgate.host import Places, places
from callgate.policy.loader import Candidate, load, read_trust

POLICY = """
[includes]
files = ["more.toml"]
[settings]
default = "ask"
[[allow]]
id = "run-tests"
command = ["pytest *", "make test"]
[[deny]]
id = "no-secrets"
path = "**/.env"
"""
MORE = """
[[net.allow]]
id = "docs-site"
tool = "WebFetch"
host = "docs.example.com"
description = "the manual"
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a policy of two files, in an otherwise empty home, as the working directory."""
    place = tmp_path / "project"
    place.mkdir()
    (place / ".git").mkdir()
    (place / ".callgate.toml").write_text(POLICY)
    (place / "more.toml").write_text(MORE)
    config = tmp_path / ".config" / "callgate"
    config.mkdir(parents=True)
    (config / "policy.toml").write_text('[[allow]]\nid = "mine"\ncommand = "ls"\n')
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(place)
    return place


def allows(project: Path) -> list[str]:
    """Ids of the project's allow rules that count now."""
    home = project.parent
    store = read_trust(places({}, home=str(home)).trust_file)
    loaded = load((Candidate(str(project / ".callgate.toml"), "project"),), str(home), str(project), store)
    return sorted(rule.id for rule in loaded.rules if rule.action == "allow")


def test_trust_makes_the_allow_rules_count(project: Path) -> None:
    """Before trust no allow rule of the project counts, after it all of them do, includes too."""
    assert allows(project) == []
    assert trust() == 0
    assert allows(project) == ["docs-site", "run-tests"]
    assert untrust() == 0
    assert allows(project) == []


def test_what_would_count_is_shown_first(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Counts by action, each allow rule on a line, settings and files are shown before the word `trusted`."""
    trust([".callgate.toml"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith(".callgate.toml: 1 deny, 0 ask, 2 allow")
    assert "  allow  run-tests: command `pytest *`, `make test`  (line 6)" in lines
    assert "  allow  docs-site: tool `WebFetch`; host `docs.example.com` - the manual  (line 2)" in lines
    assert "  settings: default ask, shell parsed" in lines
    assert [line.split()[1] for line in lines if line.startswith("  file")] == [
        str(project / ".callgate.toml"),
        str(project / "more.toml"),
    ]
    assert lines[-1] == f"trusted {project / '.callgate.toml'}"


@pytest.mark.parametrize("name", [".callgate.toml", "more.toml"])
def test_a_change_ends_the_trust(project: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A changed file, or a changed include, has no trust until it is trusted again; the list says so."""
    trust()
    with (project / name).open("a") as file:
        file.write("\n# changed\n")
    assert allows(project) == []
    capsys.readouterr()
    trust(list_them=True)
    words = [line.split() for line in capsys.readouterr().out.splitlines()]
    listed = {path: state for state, path in words}
    assert listed.pop(str(project / name)) == "changed"
    assert set(listed.values()) == {"trusted"}
    trust()
    assert allows(project) == ["docs-site", "run-tests"]


def test_the_list_names_missing_files(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A trusted file that is gone is listed as missing, and can be untrusted by name."""
    assert trust(list_them=True) == 0
    assert capsys.readouterr().out == "nothing is trusted\n"
    trust()
    (project / "more.toml").unlink()
    capsys.readouterr()
    trust(list_them=True)
    assert f"missing {project / 'more.toml'}" in capsys.readouterr().out
    untrust(["more.toml", ".callgate.toml"])
    trust(list_them=True)
    assert capsys.readouterr().out.endswith("nothing is trusted\n")


def test_a_file_with_errors_is_refused_with_all_of_them(project: Path) -> None:
    """Every problem of the file is reported, and nothing is pinned."""
    (project / ".callgate.toml").write_text('[[allow]]\nid = "a"\ncomand = "x"\n[[deny]]\nid = "a"\npath = ""\n')
    with pytest.raises(PolicyError) as caught:
        trust()
    assert len(caught.value.problems) >= 3
    assert not (project.parent / ".config" / "callgate" / "trust.json").exists()


def test_one_bad_file_stops_all(project: Path) -> None:
    """Of several files none is trusted when one is broken."""
    (project / "bad.toml").write_text("= nothing")
    with pytest.raises(PolicyError):
        trust([".callgate.toml", "bad.toml"])
    assert allows(project) == []


def test_a_clash_with_the_policy_in_force_is_refused(project: Path) -> None:
    """A file whose ids clash with the user's policy would break it, so it is refused."""
    (project / ".callgate.toml").write_text('[[allow]]\nid = "mine"\ncommand = "x"\n')
    with pytest.raises(PolicyError, match="`mine` is taken"):
        trust()
    assert allows(project) == []


def test_a_link_is_never_trusted(project: Path) -> None:
    """A policy file that is a symbolic link is refused: its target may change without the project."""
    (project / "real.toml").write_text(MORE)
    (project / ".callgate.toml").unlink()
    (project / ".callgate.toml").symlink_to("real.toml")
    with pytest.raises(PolicyError, match="symbolic link"):
        trust()


def test_what_is_pinned_is_what_was_shown(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is swapped between showing and pinning is not trusted."""
    examine = trusting.examine

    def swap(path: str, where: Places) -> trusting.Subject:
        subject = examine(path, where)
        Path(path).write_text('[[allow]]\nid = "evil"\ncommand = "*"\n')
        return subject

    monkeypatch.setattr(trusting, "examine", swap)
    with pytest.raises(PolicyError, match="changed while"):
        trust()
    assert allows(project) == []


def test_a_terminal_is_asked(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal a person confirms; declining trusts nothing, and `--yes` does not ask."""
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("typer.confirm", lambda _question: False)
    assert trust() == 1
    assert allows(project) == []
    assert trust(yes=True) == 0
    assert allows(project) == ["docs-site", "run-tests"]


def test_discovery_finds_the_project_from_a_subdirectory(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a subdirectory the file at the Git root is meant."""
    (project / "src").mkdir()
    monkeypatch.chdir(project / "src")
    trust()
    assert allows(project) == ["docs-site", "run-tests"]


def test_without_a_policy_file_it_says_so(project: Path) -> None:
    """A project without a policy file is a usage error that names the command to make one."""
    (project / ".callgate.toml").unlink()
    with pytest.raises(UsageError, match="no policy file") as caught:
        trust()
    assert "callgate init --project" in caught.value.help


@pytest.mark.usefixtures("project")
def test_a_missing_file_is_refused() -> None:
    """A file that does not exist is a problem that names it."""
    with pytest.raises(PolicyError, match=r"absent\.toml"):
        trust(["absent.toml"])
