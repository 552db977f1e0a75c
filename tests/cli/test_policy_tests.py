"""`callgate test`: golden output, exit codes, what is found, JUnit, hostile texts, and the shipped profiles' own tests.

`UPDATE_GOLDEN=1 pytest tests/cli/test_policy_tests.py` rewrites the pages in tests/cli/golden/policytest; read the
difference.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from callgate.cli import main, reviewer
from callgate.policy.loader import builtin, pack_names
from callgate.reviewer.policytest.load import load_file

GOLDEN = Path(__file__).parent / "golden" / "policytest"
PAGE = Path(__file__).parents[2] / "docs" / "policy-tests.md"
PACKS = Path(__file__).parents[2] / "src" / "callgate" / "policy" / "packs"

POLICY = """
[[allow]]
id = "looks"
command = "git (status|log|diff) *"
examples = { match = ["git log -1"], no_match = ["git push"] }

[[allow]]
id = "reads"
operations = ["read"]
path = "<project>/**"

[[ask]]
id = "pushes"
command = "git push *"

[[deny]]
id = "env-files"
description = "secrets"
path = ["**/.env"]
"""

GOOD = """
[fixtures]
files = { ".env" = "", "a.py" = "" }

[[case]]
name = "reads"
commands = ["cat a.py", "ls"]
decision = "allow"

[[case]]
command = "git push"
decision = "ask"

[[case]]
command = "cat .env"
decision = "deny"
"""

BAD = """
[fixtures]
home = "/home/dev"
project = "/home/dev/shop"
files = { ".env" = "", "a.py" = "", "~/x" = "" }
links = { "out" = "~/x" }

[[case]]
name = "a push"
command = "git status && git push origin main"
decision = "allow"
rule = "looks"
stage = 7

[[case]]
name = "a link out of the project"
command = "cat a.py && cat out && frobnicate --all"
decision = "allow"
reason_contains = "allowed"

[[case]]
name = "nothing is expected"
command = "ls"

[[case]]
tool = "Read"
path = ".env"
decision = ["ask", "passthrough"]
guardrail = "destroy"
coverage = "partial"

[[case]]
name = "passes"
command = "ls"
decision = "allow"
"""

HOSTILE = r"""
[[case]]
name = "[red]x[/red] \u001b]0;title\u0007 \u202e"
command = "echo \u001b[2J ]]> &amp; <x> \ud7ff \ufffe \n cat /etc/shadow"
decision = "allow"
reason_contains = "\u001b[31m\n\u0001"
"""

RUNS: list[tuple[str, str, list[str], int]] = [
    ("all-pass", GOOD, [], 0),
    ("all-pass-verbose", GOOD, ["-v", "--coverage"], 0),
    ("some-fail", BAD, [], 1),
    ("low-coverage", GOOD.split("[[case]]\ncommand", maxsplit=1)[0], ["--min-coverage", "75.5"], 1),
    ("filtered", BAD, ["--filter", "LINK", "-v"], 1),
    ("hostile", HOSTILE, [], 1),
    ("bad-file", 'polcy = "x"\n' + BAD.replace("stage = 7", "stage = 70").replace('"ask", ', '"aks", '), [], 65),
]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with a policy, which is the current one."""
    (tmp_path / "shop.toml").write_text(POLICY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Run `callgate test`; return exit code, stdout and stderr."""
    code = main.run(["test", *words])
    return code, *capsys.readouterr()


@pytest.mark.parametrize(("name", "text", "options", "code"), RUNS, ids=[name for name, *_ in RUNS])
def test_the_output_is_the_golden_one(
    name: str, text: str, options: list[str], code: int, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a person sees: failing cases with expected and got, reason and parts, the sum, the rules without a case."""
    (place / "shop.test.toml").write_text(text)
    found, out, err = run(capsys, "shop.toml", *options)
    page = (out + err).replace(str(place), "{here}")
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(page, encoding="utf-8")
    assert page == golden.read_text(encoding="utf-8")
    assert found == code
    assert all(char.isprintable() or char == "\n" for char in page)


@pytest.mark.parametrize(("name", "text", "options", "code"), RUNS, ids=[name for name, *_ in RUNS])
def test_junit_of_a_real_process_parses(name: str, text: str, options: list[str], code: int, place: Path) -> None:
    """The JUnit file is XML whatever the texts, and counts what `--json` of the same process counts."""
    (place / "shop.test.toml").write_text(text)
    done = subprocess.run(
        [sys.executable, "-I", "-m", "callgate", "test", "shop.toml", "--json", "--junit", "out/junit.xml", *options],
        capture_output=True, cwd=place, env={"HOME": str(place)}, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (code, b""), name
    told = json.loads(done.stdout)
    root = ET.parse(place / "out/junit.xml").getroot()
    cases = root.findall("testsuite/testcase")
    below = [one for one in cases if one.get("classname") == "coverage"]
    assert root.tag == "testsuites"
    assert told["ok"] is (code == 0)
    assert root.get("tests") == str(len(cases)) == str(len(told["cases"]) + len(told["problems"]) + len(below))
    assert len(root.findall("testsuite/testcase/failure")) == told["summary"]["failed"] + len(below)
    assert len(root.findall("testsuite/testcase/error")) == len(told["problems"])
    for suite in root.findall("testsuite"):
        assert suite.get("tests") == str(len(suite.findall("testcase")))
        assert suite.get("failures", "0") == str(len(suite.findall("testcase/failure")))
        assert suite.get("errors") == str(len(suite.findall("testcase/error")))
    if not options:
        assert [bool(one.findall("failure")) for one in cases if not told["problems"]] == [
            not one["passed"] for one in told["cases"]
        ]


def test_json_says_where_and_why(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each case has its file, line, call, answer and rules; a failing one every expectation that does not hold."""
    (place / "shop.test.toml").write_text(BAD)
    code, out, _ = run(capsys, "shop.toml", "--json")
    told = json.loads(out)
    case = next(one for one in told["cases"] if one["name"] == "a push")
    assert code == 1
    assert (case["file"], case["line"], case["policy"]) == (str(place / "shop.test.toml"), 8, "shop.toml")
    assert (case["decision"], case["rules"], case["passed"]) == ("ask", ["pushes"], False)
    assert [one["field"] for one in case["failures"]] == ["decision", "rule", "stage"]
    assert told["coverage"][0]["by_action"]["allow"] == {"covered": 2, "total": 2}
    assert told["coverage"][0]["rules"][2] == {
        "id": "pushes", "action": "ask", "file": str(place / "shop.toml"), "line": 12, "hits": 0,
    }  # fmt: skip


def test_no_temporary_directory_shows(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Reasons and parts name the fixture's paths, never the directory that stands for them."""
    (place / "shop.test.toml").write_text(BAD)
    _, out, _ = run(capsys, "shop.toml", "--json")
    assert "/home/dev/x" in out
    assert "callgate-test-" not in out


def _names(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    code, out, err = run(capsys, *words, "--json")
    assert code == 0, err
    told = json.loads(out)
    skipped: list[str] = told["skipped"]
    return [f"{one['policy']}|{Path(one['file']).name}" for one in told["cases"]] + skipped


CASE = '[[case]]\ncommand = "git status"\ndecision = "allow"\n'


def test_what_paths_mean(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A test file, a policy with what is beside it, a directory and all below it; each is tested once."""
    for name in ("shop.test.toml", "tests/shop.test.toml", "deep/er/x.test.toml", "node_modules/y.test.toml"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(('policy = "../../shop.toml"\n' if "/er/" in name else "") + CASE)
    (place / "other.toml").write_text('[[allow]]\nid = "o"\ncommand = "git status"\n')
    (place / "other.test.toml").write_text(CASE)
    (place / "dangling.test.toml").mkdir()
    examples = ["shop.toml|shop.toml"] * 2
    assert _names(capsys, "tests") == [*examples, "shop.toml|shop.test.toml"]
    assert _names(capsys, "shop.test.toml", "./shop.test.toml") == [*examples, "shop.toml|shop.test.toml"]
    assert _names(capsys, "shop.toml") == [
        *examples, "shop.toml|shop.test.toml", "shop.toml|shop.test.toml", str(place / "other.test.toml"),
    ]  # fmt: skip
    assert sorted(_names(capsys, ".")) == sorted(
        [*examples, *["shop.toml|shop.test.toml"] * 2, "shop.toml|x.test.toml", "other.toml|other.test.toml"]
    )
    assert _names(capsys, "tests", "--config", "other.toml") == ["other.toml|shop.test.toml"]
    assert _names(capsys, "tests", "--profile", "standard")[-1] == "profile standard|shop.test.toml"


def test_without_paths_the_policy_in_force_is_tested(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """User and project policies with the test files beside them and in `tests/`, trusted or not."""
    home, shop = tmp_path / "home", tmp_path / "home/shop"
    for path, text in {
        home / ".config/callgate/policy.toml": POLICY,
        home / ".config/callgate/policy.test.toml": CASE,
        shop / ".callgate.toml": '[[allow]]\nid = "mine"\ncommand = "git status"\n',
        shop / ".git/HEAD": "",
        shop / "tests/any.test.toml": CASE,
        shop / "x.test.toml": 'profile = "standard"\n' + CASE,
        shop / "src/deep.test.toml": "not looked at",
    }.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(shop / "src")
    code, out, err = run(capsys, "--json")
    cases = json.loads(out)["cases"]
    assert (code, err) == (0, "")
    assert {Path(one["file"]).name for one in cases if Path(one["file"]).is_relative_to(home)} == {
        "policy.toml", "policy.test.toml", "any.test.toml", "x.test.toml",
    }  # fmt: skip


def test_the_built_in_profile_is_tested_where_it_is_in_force(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no policy file at all, the built-in profile is in force, and its own tests run."""
    monkeypatch.chdir(tmp_path)
    code, out, _ = run(capsys, "--home", str(tmp_path), "--json")
    assert code == 0
    assert {one["policy"] for one in json.loads(out)["cases"]} == {"profile cautious"}


ERRORS: list[tuple[list[str], int, str]] = [
    (["gone.test.toml"], 65, "error: `gone.test.toml` does not exist"),
    (["shop.md"], 65, "error: `shop.md` is neither a test file"),
    (["empty"], 64, "error: there is no case to run"),
    (["shop.toml", "--filter", "zz"], 64, "error: no case has `zz`"),
    (["shop.toml", "--filter", "x", "--min-coverage", "9"], 64, "error: the coverage is that of all cases"),
    (["shop.toml", "--filter", "x", "--coverage"], 64, "error: the coverage is that of all cases"),
    (["shop.toml", "--config", "shop.toml"], 64, "error: a policy is named twice"),
    (["--config", "shop.toml", "--profile", "standard"], 64, "exclude each other"),
    (["shop.toml", "--min-coverage", "101"], 64, "invalid value for `--min-coverage`"),
    (["broken.toml"], 78, "broken.toml:1:"),
    (["--config", "gone.toml"], 78, "the file does not exist"),
    (["--profile", "standart"], 78, "no profile is called `standart`"),
    (["shop.toml", "--junit", "shop.md/x.xml"], 65, "error: cannot write `shop.md/x.xml`"),
]


@pytest.mark.parametrize(("words", "code", "told"), ERRORS, ids=[" ".join(words) for words, *_ in ERRORS])
def test_what_cannot_be_tested(
    words: list[str], code: int, told: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wrong usage is 64, a bad or missing file 65, a bad policy 78; each says what is wrong, on stderr alone."""
    (place / "empty").mkdir()
    (place / "shop.md").write_text("")
    (place / "broken.toml").write_text("[[allow]]\nid = 3\n")
    found, out, err = run(capsys, *words)
    assert (found, out) == (code, "")
    assert told in err


def test_nothing_to_test_may_be_fine(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--allow-empty` makes a run without cases a good one."""
    (place / "empty").mkdir()
    assert run(capsys, "empty", "--allow-empty")[:2] == (0, "0 cases: none\n")


def test_a_broken_file_leaves_no_green_report(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An old report is replaced by one with errors when a policy or test file is broken."""
    (place / "shop.test.toml").write_text(GOOD)
    assert run(capsys, "shop.toml", "--junit", "j.xml")[0] == 0
    (place / "shop.toml").write_text("[[allow]]\nid = 3\n")
    code, out, _ = run(capsys, "shop.toml", "--junit", "j.xml", "--json")
    assert code == 78
    assert len(json.loads(out)["problems"]) == len(
        ET.parse(place / "j.xml").getroot().findall("testsuite/testcase/error")
    )


def test_the_reviewer_has_the_same_command(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`decision_reviewer test` is `callgate test`."""
    (place / "shop.test.toml").write_text(GOOD)
    assert reviewer.run(["test", "shop.toml"]) == 0
    assert "6 cases: all passed" in capsys.readouterr().out


def test_the_example_of_the_page_runs(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The policy and the tests in docs/policy-tests.md come out as the page shows, passing and failing."""
    page = PAGE.read_text("utf-8")
    policy, tests = re.findall(r"^```toml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    passing, failing = re.findall(r"^```text\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)[:2]
    (place / "shop.toml").write_text(policy)
    (place / "shop.test.toml").write_text(tests)
    code, out, _ = run(capsys, "shop.toml")
    assert (code, f"$ callgate test shop.toml\n{out}") == (0, passing)
    (place / "shop.test.toml").write_text(tests.replace('decision = "ask"', 'decision = "allow"'))
    code, out, _ = run(capsys, "shop.toml")
    assert code == 1
    assert out.startswith(failing)


LEAST = {"cautious": 30, "standard": 30, "trusted": 30}


@pytest.mark.parametrize("name", pack_names())
def test_the_shipped_profiles_pass_their_own_tests(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every rule of every shipped profile and template has a case that passes, as `callgate test` itself counts."""
    code, out, _ = run(capsys, "--profile", name, "--min-coverage", "100", "--json")
    told = json.loads(out)
    cases = [one for one in told["cases"] if one["file"].endswith(".test.toml")]
    calls = {one["call"] for one in cases}
    assert (code, told["skipped"]) == (0, [])
    assert len(calls) >= LEAST.get(name, 10)
    assert {one["decision"] for one in cases} == {"allow", "deny", "ask", "passthrough"}
    assert len(told["coverage"][0]["rules"]) == len(builtin(name).rules)


def test_every_shipped_test_file_is_about_a_profile_of_its_name() -> None:
    """No test file of the packs is passed over because it is named after none of them."""
    files = sorted((PACKS / "tests").glob("*"))
    assert [path.name for path in files] == [f"{name}.test.toml" for name in pack_names()]
    assert [load_file(str(path)).profile for path in files] == list(pack_names())
