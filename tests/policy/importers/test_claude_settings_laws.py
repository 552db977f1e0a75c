"""Imported rules decide as Claude Code would, for generated rules and commands.

| law | test |
|---|---|
| an imported allow is never wider than the rule | test_an_allow_is_never_wider |
| an imported deny or ask is never narrower | test_a_refusal_is_never_narrower |
| a path allow is never wider, a path deny never narrower | test_paths |
| what is printed loads, with unique ids, whatever the statements are | test_what_is_printed_loads |
| the same statements give the same text | test_what_is_printed_loads |

The reference below is Claude Code's matching as its documentation has it, written for these tests alone: over the text
of one simple command. Where the documentation leaves two readings, `wide` takes the larger one.
"""

from __future__ import annotations

import itertools
import re
import shlex
from typing import NamedTuple

from hypothesis import assume, example, given, note, settings
from hypothesis import strategies as st

from callgate.core.model import Action, Observation, ToolCall
from callgate.engine.case import Case
from callgate.engine.decide import decide
from callgate.engine.units import analyse
from callgate.policy.compiled import Policy
from callgate.policy.globs import Anchors
from callgate.policy.importers.claude_settings import translate
from callgate.policy.importers.claude_settings_model import Origin, Statement, World
from callgate.policy.importers.claude_settings_render import render
from callgate.policy.loader import load_text

HOME, PROJECT = "/home/user", "/home/user/project"
USER = Origin("~/.claude/settings.json", "user")
LOCAL = Origin(".claude/settings.local.json", "local", PROJECT)
SAFE = {"LANG", "CI", "NO_COLOR"}
STRIPPED = ("timeout 5", "time", "nice", "nohup", "stdbuf -oL", "command", "xargs")


def reference(spec: str, text: str, *, wide: bool) -> bool:
    """Whether `Bash(spec)` matches the text of one simple command."""
    spec = spec.strip()
    if spec in {"*", ":*"}:
        return True
    if spec.endswith(":*"):
        head = spec[:-2].rstrip()
        if "*" not in head:
            return text == head or text.startswith(head + " ")
        return wide and (reference(head + " *", text, wide=True))
    pieces = re.split(r"(?<!\\)\*", spec)
    if len(pieces) == 1:
        return text == spec
    regex = ".*".join(re.escape(piece.replace("\\*", "*")) for piece in pieces)
    if spec.endswith(" *") and (wide or len(pieces) == 2):
        head = ".*".join(re.escape(piece.replace("\\*", "*")) for piece in re.split(r"(?<!\\)\*", spec[:-2]))
        if re.fullmatch(head, text, re.DOTALL):
            return True
    return re.fullmatch(regex, text, re.DOTALL) is not None


def decision(statements: list[Statement], call: ToolCall) -> str:
    """What callgate decides by the imported statements alone, dangerous ones included."""
    text = render(translate(statements, World(HOME), include_dangerous=True, generalise=False), ["x"])
    policy = Policy(load_text(text, home=HOME, project=PROJECT).rules, Anchors(HOME, PROJECT, PROJECT))
    note(text)
    return decide(Case(policy, call, analyse(call, HOME), Observation(HOME, PROJECT))).decision


def bash(command: str) -> ToolCall:
    """A Bash call."""
    return ToolCall("Bash", {"command": command}, PROJECT)


class Simple(NamedTuple):
    """A simple command that is known by construction."""

    words: tuple[str, ...]
    text: str
    """One spelling of it, wrappers and assignments not included."""
    around: str
    """What stands in front of it."""

    @property
    def spellings(self) -> set[str]:
        """Texts that bash reads as these words; callgate cannot tell them apart."""
        ways = [_spellings(word) for word in self.words]
        return {self.text, *(" ".join(each) for each in itertools.islice(itertools.product(*ways), 5_000))}


def _spellings(word: str) -> list[str]:
    if re.fullmatch(r"[\w./=-]+", word):
        return [word]
    partly = [word.replace("two words", f"{quote}two words{quote}") for quote in "'\""]
    return [word, shlex.quote(word), f'"{word}"', re.sub(r"([^\w./=-])", r"\\\1", word), *partly]


VOCABULARY = ("frob", "run", "test", "main", "push", "a", "ab", "abc", "src/x.py", "-v", "--all=1", "two words", "x.y")
PATTERN_WORDS = (
    *VOCABULARY[:-2],
    "'two words'",
    '"two words"',
    "*",
    "a*",
    "*c",
    "a*c",
    "*b*",
    "--all=*",
    '"two *"',
    "\\*",
)

SPECS = st.builds(
    lambda words, end: " ".join(words) + end,
    st.lists(st.sampled_from(PATTERN_WORDS), min_size=1, max_size=4),
    st.sampled_from(["", "", ":*", " *", "*"]),
)


@st.composite
def commands(draw: st.DrawFn, spec: str, *, wrapped: bool = True) -> Simple:
    """A command that has much in common with *spec*: its words, the wildcards filled in, or others."""
    words: list[str] = []
    body = spec.removesuffix(":*") + (" *" if spec.endswith(":*") else "")
    try:
        parts = shlex.split(body.replace("\\*", "*"))
    except ValueError:
        parts = body.split()
    for part in parts:
        if part == "*":
            words += draw(st.lists(st.sampled_from(VOCABULARY), max_size=2))
        else:
            words.append(re.sub(r"\*", lambda _: draw(st.sampled_from(["", "b", "b c", "/../z"])), part))
    if draw(st.booleans()):
        at = draw(st.integers(0, len(words)))
        words[at:at] = [draw(st.sampled_from(VOCABULARY))]
    if draw(st.integers(0, 5)) == 0 and words:
        del words[draw(st.integers(0, len(words) - 1))]
    assume(words and words[0] and not words[0].startswith("-") and "=" not in words[0])
    text = (
        shlex.join(words) if draw(st.booleans()) else " ".join(f'"{word}"' if " " in word else word for word in words)
    )
    around = draw(st.sampled_from(["", "", "LANG=C ", *(f"{one} " for one in STRIPPED)])) if wrapped else ""
    return Simple(tuple(words), text, around)


JOINS = (" && ", " || ", "; ", " | ", " & ", "\n")


@settings(max_examples=600)
@given(st.data(), st.lists(SPECS, min_size=1, max_size=2))
def test_an_allow_is_never_wider(data: st.DataObject, specs: list[str]) -> None:
    """When the imported allows let a call through, the rules match each of its commands in some spelling."""
    found = data.draw(st.lists(st.sampled_from(specs).flatmap(commands), min_size=1, max_size=3))
    joins = data.draw(st.lists(st.sampled_from(JOINS), min_size=len(found) - 1, max_size=len(found) - 1))
    text = found[0].around + found[0].text
    for join, one in zip(joins, found[1:], strict=True):
        text += join + one.around + one.text
    note(f"{specs} | {text!r}")
    statements = [Statement(f"Bash({spec})", "allow", USER) for spec in specs]

    if decision(statements, bash(text)) == "allow" and text not in specs:
        for one in found:
            assert any(reference(spec, way, wide=False) for spec in specs for way in one.spellings), one


@settings(max_examples=600)
@given(st.data(), SPECS, st.sampled_from(["deny", "ask"]))
@example(None, "git:* push", "deny")
@example(None, "frob ab*", "deny")
@example(None, "timeout:*", "deny")
@example(None, "export A:*", "ask")
def test_a_refusal_is_never_narrower(data: st.DataObject | None, spec: str, action: Action) -> None:
    """A command that the rule matches, alone or among others, is denied (or asked about) by the imported rule."""
    one = Simple((), spec.replace(":*", " x").replace("*", "x"), "") if data is None else data.draw(commands(spec))
    assume(reference(spec, one.text, wide=True))
    # Claude Code looks behind a bare xargs; callgate knows that it adds words, so what runs is not the exact command.
    assume(one.around != "xargs " or spec.endswith("*"))
    statements = [Statement(f"Bash({spec})", action, USER)]

    for text in (one.around + one.text, f"true && {one.text}", f"{one.text} | cat", f"FOO=1 {one.text}"):
        note(f"{spec} | {text!r}")
        assert decision(statements, bash(text)) in {action, "deny"}


SEGMENTS = ("src", "a.py", "docs", ".env", "deep", "*.py", "*", "**", "?.py")
PATH_SPECS = st.builds(
    lambda anchor, parts: anchor + "/".join(parts),
    st.sampled_from(["", "./", "/", "//srv/", "~/"]),
    st.lists(st.sampled_from(SEGMENTS), min_size=1, max_size=3),
)
FILES = st.builds(
    lambda base, parts: base + "/" + "/".join(parts),
    st.sampled_from([PROJECT, HOME, "/srv", f"{PROJECT}/deep", f"{HOME}/.claude"]),
    st.lists(st.sampled_from(["src", "a.py", "docs", ".env", "deep", "b.py"]), min_size=1, max_size=3),
)


def ignores(spec: str, path: str, origin: Origin, *, wide: bool) -> bool:
    """Whether `Read(spec)` speaks of *path*: gitignore patterns, without negation and classes."""
    bases = [PROJECT]
    body = spec.removeprefix("./")
    if spec.startswith("//"):
        bases, body = [""], spec[1:]
    elif spec.startswith("~/"):
        bases, body = [HOME], spec[1:]
    elif spec.startswith("/"):
        bases = [PROJECT] if origin.scope == "local" else [f"{HOME}/.claude"]
    parts = [part for part in body.strip("/").split("/") if part]
    anchored = spec.startswith(("/", "~")) or len(parts) > 1
    if len([part for part in parts if part != "**"]) <= 1 and not spec.startswith(("/", "~")):
        anchored = not wide
    names = {"**": "(?:[^/]+/)*"}
    regex = "".join(
        names.get(part) or re.escape(part).replace(r"\*", "[^/]*").replace(r"\?", "[^/]") + "/" for part in parts
    )
    if parts == ["**"]:
        regex += "[^/]+/"
    for base in bases:
        if path.startswith(base + "/"):
            lead = "" if anchored else "(?:[^/]+/)*"
            if re.match(lead + regex, path[len(base) + 1 :] + "/"):
                return True
    return False


@settings(max_examples=500)
@given(PATH_SPECS, FILES, st.sampled_from([USER, LOCAL]), st.sampled_from(["Read", "Edit"]), st.booleans())
def test_paths(spec: str, path: str, origin: Origin, kind: str, write: bool) -> None:
    """A path allow lets no file through that its pattern does not name; a path deny lets none through that it does."""
    call = ToolCall("Edit" if write else "Read", {"file_path": path}, PROJECT)
    note(f"{kind}({spec}) {path}")

    if decision([Statement(f"{kind}({spec})", "allow", origin)], call) == "allow":
        assert ignores(spec, path, origin, wide=False)
        assert kind == "Edit" or not write
    if ignores(spec, path, origin, wide=True) and (kind == "Read" or write):
        assert decision([Statement(f"{kind}({spec})", "deny", origin)], call) == "deny"


TEXTS = st.one_of(
    st.builds(
        lambda tool, spec: f"{tool}({spec})",
        st.sampled_from(
            "Bash Read Edit Write WebFetch Agent Skill mcp__a__b mcp__* * Cd PowerShell Monitor Nope Grep".split()
        ),
        st.one_of(
            SPECS, PATH_SPECS, st.text(max_size=30),
            st.text("ab \"'\\*()[]{}|&;<>$`~!#?=:/.,\n\t\x00\x1b\x7f\u202e\ue000\ud800", max_size=20),
            st.sampled_from(["domain:*.x.org", "domain:x", "model:opus", "run_in_background:true", "name *"]),
        ),
    ),
    st.text(max_size=30),
    st.sampled_from(["Bash", "Read", "Edit", "Write", "WebFetch", "mcp__a", "mcp__a__b", "mcp__*", "*", "Task"]),
)  # fmt: skip
STATEMENTS = st.builds(
    Statement, TEXTS, st.sampled_from(["allow", "ask", "deny"]), st.sampled_from([USER, LOCAL]), st.integers(0, 9),
)  # fmt: skip


@settings(max_examples=400)
@given(st.lists(STATEMENTS, max_size=12), st.booleans(), st.booleans())
def test_what_is_printed_loads(statements: list[Statement], dangerous: bool, generalise: bool) -> None:
    """Whatever the statements are, the TOML loads without warnings, ids are unique, no statement is unmentioned."""
    imported = translate(statements, World(HOME), include_dangerous=dangerous, generalise=generalise)
    text = render(imported, ["a\nb"])
    note(text)
    loaded = load_text(text, home=HOME, project=PROJECT)

    assert not loaded.warnings
    assert len({rule.id for rule in imported.rules}) == len(imported.rules)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.id) for rule in imported.rules)
    assert len(loaded.rules) == sum(rule.enabled for rule in imported.rules)
    told = {id(one) for finding in imported.findings for one in finding.sources}
    told |= {id(one) for rule in imported.rules for one in rule.draft.sources}
    assert told == set(map(id, statements))
    assert text == render(
        translate(statements, World(HOME), include_dangerous=dangerous, generalise=generalise), ["a\nb"]
    )
