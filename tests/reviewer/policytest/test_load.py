"""Test files: what they say, and every fault of them with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from callgate.reviewer.policytest.load import load_file
from callgate.reviewer.policytest.model import BadTestFileError, Expected, PolicyTestFile
from callgate.reviewer.policytest.schema import CASE_FIELDS, FIXTURE_FIELDS, TOP_FIELDS

PAGE = Path(__file__).parents[3] / "docs" / "policy-tests.md"


def load(tmp_path: Path, text: str, name: str = "shop.test.toml") -> PolicyTestFile:
    """Load *text* as a test file beside a policy `shop.toml`."""
    (tmp_path / "shop.toml").touch()
    (tmp_path / name).write_text(text, "utf-8")
    return load_file(str(tmp_path / name))


CASE = '[[case]]\ncommand = "ls"\ndecision = "allow"\n'

FAULTS = [
    ("polcy = 1", "1:1: unknown field `polcy` in this test file", "did you mean `policy`?"),
    ('policy = "x.toml"\nprofile = "standard"', "2:1: both `policy` and `profile`", "keep one"),
    ('policy = "gone.toml"', "1:10: the policy `{dir}/gone.toml` does not exist", "relative to the test file"),
    ('policy = "shop.test.toml"', "1:10: `shop.test.toml` is a test file itself", "name a policy"),
    ('policy = "/etc/passwd"', "1:10: `/etc/passwd` is not a policy file", "TOML or YAML"),
    ("policy = 3", "1:10: `policy` must be a string (file path), not an integer", "for example"),
    ('profile = "standart"', "1:11: no profile is called `standart`", "did you mean `standard`?"),
    ("case = 3", "1:1: `case` must be an array of tables, not an integer", "[[case]]"),
    ("[case]\nx = 1", "1:1: `case` must be an array of tables, not a table", "[[case]]"),
    ("[[cases]]\nx = 1", "1:1: unknown field `cases` in this test file", "did you mean `case`?"),
    ("[fixtures]\nhoem = 1", "2:1: unknown field `hoem` in `[fixtures]`", "did you mean `home`?"),
    ('[fixtures]\nhome = "/"', "2:8: `/` is not an absolute path of a home directory", "/home/user"),
    ('[fixtures]\nhome = "here"', "2:8: `here` is not an absolute path of a home directory", "/home/user"),
    ('[fixtures]\nproject = "shop"', "2:11: `shop` is not the path of a project", "~/project"),
    ('[fixtures]\nproject = "/home"', "2:11: the home directory, and what lies above it, is no project", "below it"),
    ('[fixtures]\nproject = "/home/user/"', "2:11: the home directory, and what lies above it, is no project", "below"),
    ('[fixtures]\ncwd = "../x"', "2:7: `../x` leads out of the fixture", "relative to the project"),
    ('[fixtures]\nmode = "plane"', "2:8: `plane` is not a value of `mode`", "did you mean `plan`?"),
    ('[fixtures.files]\n"../../etc/x" = ""', "2:1: `../../etc/x` leads out of the fixture", "relative to the project"),
    ('[fixtures.files]\n"/a/../../x" = ""', "2:1: `/a/../../x` leads out of the fixture", "relative to the project"),
    ('[fixtures.files]\n"~/../x" = ""', "2:1: `~/../x` leads out of the fixture", "relative to the project"),
    ('[fixtures.files]\n"a\\u0000b" = ""', "2:1: `a?b` is not a path", "name a file"),
    ('[fixtures.files]\n"/" = ""', "2:1: `/` is not the path of a file", "below it"),
    (f'[fixtures.files]\n"{"x" * 256}" = ""', f"2:1: `{'x' * 59}…` is too long a path", "255 bytes"),
    ('[fixtures.files]\n"a" = 3', "2:7: `a` must be a string, not an integer", "one line for each"),
    ('[fixtures.files]\n"a/" = "text"', "2:8: `a/` is a directory and has no content", "leave out the last"),
    ('[fixtures.files]\n"a" = ""\n"./a" = ""', "3:1: `/home/user/project/a` is named twice", "keep one"),
    ('[fixtures.files]\n"a" = ""\n[fixtures.links]\n"a" = "b"', "4:1: `/home/user/project/a` is named twice", "keep"),
    (
        '[fixtures.links]\n"a" = "/tmp"\n[fixtures.files]\n"a/b" = ""',
        "4:1: `/home/user/project/a` is a file or a link, and a directory for `/home/user/project/a/b`",
        "where it leads to",
    ),
    (
        '[fixtures.links]\n"~/project" = "/tmp"',
        "2:1: `/home/user/project` is a file or a link, and a directory for `/home/user/project`",
        "where it leads to",
    ),
    ('[fixtures.links]\n"a" = ""', "2:7: the target of the link is empty", "name a path"),
    (
        "[fixtures.files]\n" + "\n".join(f'"f{number}" = ""' for number in range(2001)),
        "1:1: more than 2,000 files",
        "only what rules see",
    ),
    ('[[case]]\ndecision = "allow"', "1:1: this case has no call", "add `command`"),
    ('[[case]]\ncomand = "ls"\ncommand = "ls"', "2:1: unknown field `comand` in this case", "did you mean `command`?"),
    ('[[case]]\ncommand = ""', "2:11: `command` is empty", "remove the key"),
    ('[[case]]\ncommand = "ls"\ncommands = ["ls"]', "3:1: `command` and `commands` in one case", "keep one"),
    ('[[case]]\ncommand = "ls"\ntool = "Read"\npath = "x"', "4:1: `command` and `path` in one case", "keep one"),
    ("[[case]]\ncommands = []", "2:12: `commands` is empty", "name a command"),
    ('[[case]]\npath = "x"', "2:1: `path` without a tool", 'tool = "Read"'),
    ("[[case]]\ninput = { a = 1 }", "2:1: `input` without a tool", 'tool = "Read"'),
    ('[[case]]\ntool = "Read"', "1:1: not a call: `tool_input` of `Read` has no `file_path`", "callgate check"),
    (
        '[[case]]\ntool = "Read"\npath = "x"\ninput = { file_path = "y" }',
        "1:1: `file_path` is given twice: beside `input` and in it",
        "keep one",
    ),
    ('[[case]]\ncommand = "ls"\ndecision = "alow"', "3:12: `alow` is not a value of `decision`", "`allow`?"),
    ('[[case]]\ncommand = "ls"\ndecision = ["allow", "x"]', "3:22: `x` is not a value of `decision`", "known are"),
    ('[[case]]\ncommand = "ls"\ndecision = []', "3:12: `decision` is empty", "remove the key"),
    ('[[case]]\ncommand = "ls"\nstage = 11', "3:9: `stage` must be from 0 to 10", "leave it open"),
    ('[[case]]\ncommand = "ls"\nstage = true', "3:9: `stage` must be an integer, not true or false", "stage = 10"),
    ('[[case]]\ncommand = "ls"\ncoverage = "half"', "3:12: `half` is not a value of `coverage`", "`full`"),
    ('[[case]]\ncommand = "ls"\nrule = "a"\nguardrail = "b"', "4:1: both `rule` and `guardrail`", "one of them"),
    ('[[case]]\ncommand = "ls"\nrule = ""', "3:8: `rule` is empty", "remove the key"),
    ('[[case]]\ncommand = "ls"\ncwd = "../.."', "3:7: `../..` leads out of the fixture", "relative"),
    ("x = ", "1:4: not valid TOML: invalid value", "strings need quotes"),
    ("a = '\x00'", "1: the file holds a NUL byte", "UTF-8"),
]


@pytest.mark.parametrize(("text", "told", "hint"), FAULTS, ids=[told[:60] for _, told, _ in FAULTS])
def test_a_fault_has_its_place_and_a_way_out(text: str, told: str, hint: str, tmp_path: Path) -> None:
    """A faulty file is refused with line, column, what is wrong and what to do."""
    with pytest.raises(BadTestFileError) as caught:
        load(tmp_path, text)
    problem = caught.value.problems[0]
    place = f"{problem.line}:{problem.column}: " if problem.column else f"{problem.line}: "
    assert place + problem.message == told.replace("{dir}", str(tmp_path))
    assert hint in problem.help
    assert problem.file == str(tmp_path / "shop.test.toml")


def test_all_faults_come_at_once_in_order(tmp_path: Path) -> None:
    """Faults of the top, the fixture and several cases are all in one error, by line."""
    text = 'x = 1\n[fixtures]\nhome = "h"\n[[case]]\ny = 1\n[[case]]\ncommand = "ls"\nstage = 99\n'
    with pytest.raises(BadTestFileError) as caught:
        load(tmp_path, text)
    assert [problem.line for problem in caught.value.problems] == [1, 3, 4, 5, 8]


def test_too_many_cases_are_refused(tmp_path: Path) -> None:
    """A file of more than 10,000 cases is a fault, however they are written."""
    with pytest.raises(BadTestFileError, match="more than 10,000 cases"):
        load(tmp_path, "[[case]]\ncommands = [" + '"ls",' * 10_001 + ']\ndecision = "allow"\n')


def test_what_a_file_says(tmp_path: Path) -> None:
    """Paths are seen from the fixture, each of `commands` is a case with its own line, expectations are kept."""
    text = """
[fixtures]
home = "/home/dev"
project = "~/shop"
cwd = "src"
mode = "plan"
files = { "a" = "1", "~/b" = "2", "/opt/c" = "3", "tmp/" = "" }
links = { "l" = "~/b", "m" = "../x" }

[[case]]
name = "two"
commands = [
  "ls",
  "pwd",
]
cwd = "~"
decision = ["ask", "deny"]
rule = "r"
stage = 3

[[case]]
tool = "NotebookEdit"
path = "n.ipynb"
mode = "default"
"""
    found = load(tmp_path, text)
    fixture = found.fixture
    assert (found.policy, found.profile) == (str(tmp_path / "shop.toml"), "")
    assert fixture.files == (("/home/dev/shop/a", "1"), ("/home/dev/b", "2"), ("/opt/c", "3"))
    assert fixture.links == (("/home/dev/shop/l", "/home/dev/b"), ("/home/dev/shop/m", "../x"))
    assert fixture.directories == ("/home/dev", "/home/dev/shop", "/home/dev/shop/src", "/home/dev/shop/tmp")
    first, second, third = found.cases
    assert (first.name, first.line, first.call.cwd, first.call.mode) == ("two: ls", 13, "/home/dev", "plan")
    assert (second.name, second.line, second.call.input) == ("two: pwd", 14, {"command": "pwd"})
    assert first.expected == Expected(("ask", "deny"), rule="r", stage=3)
    assert (third.name, third.line, third.call.input) == ("NotebookEdit n.ipynb", 21, {"notebook_path": "n.ipynb"})
    assert (third.call.cwd, third.call.mode, third.expected) == ("/home/dev/shop/src", "default", Expected())


@pytest.mark.parametrize(
    ("test", "policy"),
    [
        ("shop.test.toml", "shop.toml"),
        ("tests/shop.test.toml", "shop.toml"),
        ("tests/shop.test.toml", "tests/shop.toml"),
        ("git.test.toml", ".callgate.toml"),
        ("tests/git.test.toml", "policy.toml"),
        ("tests/git.test.toml", "tests/.callgate.toml"),
        (".callgate.test.toml", ".callgate.toml"),
    ],
)
def test_the_policy_that_is_meant(test: str, policy: str, tmp_path: Path) -> None:
    """A test file that names no policy means the one beside it, by its own name first, or one up from `tests/`."""
    (tmp_path / "tests").mkdir()
    (tmp_path / policy).touch()
    (tmp_path / test).write_text(CASE)
    assert load_file(str(tmp_path / test)).policy == str(tmp_path / policy)


def test_no_policy_beside_is_a_fault(tmp_path: Path) -> None:
    """A test file about nothing says so, and how to name a policy; a directory of that name is none."""
    (tmp_path / "shop.toml").mkdir()
    (tmp_path / "shop.test.toml").write_text(CASE)
    with pytest.raises(BadTestFileError, match=r"no `shop\.toml` beside it\n  help: write `policy"):
        load_file(str(tmp_path / "shop.test.toml"))


@pytest.mark.parametrize("fields", [TOP_FIELDS, FIXTURE_FIELDS, CASE_FIELDS], ids=["top", "fixtures", "case"])
def test_every_key_is_documented(fields: dict[str, object]) -> None:
    """docs/policy-tests.md has a row for each key of a test file."""
    page = PAGE.read_text("utf-8")
    assert [name for name in fields if f"\n| `{name}` | " not in page] == []
