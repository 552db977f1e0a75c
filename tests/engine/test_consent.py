"""Guardrails that ask: what lifts them, what does not, and what `explain` advises."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from pathlib import Path

import pytest

from callgate.core.model import Observation, Rule, RuleSource, Settings, ToolCall, Verdict
from callgate.engine.case import Case
from callgate.engine.decide import decide
from callgate.engine.explain import explain
from callgate.engine.guardrails import CONSENTS
from callgate.engine.guardrails.places import PLACES, place_of
from callgate.engine.units import analyse
from callgate.policy.compiled import Policy
from callgate.policy.globs import Anchors

HOME, PROJECT = "/home/u", "/home/u/p"
ROOT = Path(__file__).parents[2]

ACTS = {
    "lose-work": "git reset --hard",
    "destroy-elsewhere": "rm -rf ~/scratch",
    "unpack-over": "tar -xf a.tar -C /usr/share",
    "autostart": "echo x >> ~/.bashrc",
}


def _case(command: str, *rules: Rule, settings: Settings | None = None, off: bool = False) -> Case:
    call = ToolCall("Bash", {"command": command}, PROJECT)
    observation = Observation(HOME, PROJECT, off_until=float("inf") if off else None)
    policy = Policy(rules, Anchors(HOME, PROJECT, PROJECT), settings=settings)
    return Case(policy, call, analyse(call, HOME), observation)


def _decide(command: str, *rules: Rule, settings: Settings | None = None, off: bool = False) -> Verdict:
    return decide(_case(command, *rules, settings=settings, off=off))


def _rule(text: str, action: str = "allow") -> Rule:
    fields = tomllib.loads(text)
    found = {key: tuple([value] if isinstance(value, str) else value) for key, value in fields.items()}
    assert action in ("allow", "deny", "ask")
    return Rule("r", action, RuleSource("f", 1))._replace(**found)  # type: ignore[arg-type]


READS = _rule('operations = "read"')._replace(id="reads")


def test_there_is_an_act_for_every_guardrail_that_asks() -> None:
    """The table above is complete."""
    assert set(ACTS) == {consent.id for consent in CONSENTS}


@pytest.mark.parametrize("guardrail", ACTS)
def test_it_asks_in_stage_7_and_says_what_to_do(guardrail: str) -> None:
    """Without a rule the act asks; the reason names the guardrail, and what to do instead."""
    verdict = _decide(ACTS[guardrail])

    assert (verdict.decision, verdict.guardrail, verdict.stage, verdict.source) == ("ask", guardrail, 7, "guardrail")
    assert f"`{guardrail}`" in verdict.reason
    assert "Instead: " in verdict.reason
    assert "An allow rule" in verdict.reason


@pytest.mark.parametrize("guardrail", ACTS)
def test_the_rule_in_the_documentation_lifts_it(guardrail: str) -> None:
    """The rule that docs/guardrails.md gives as an example allows the act."""
    page = (ROOT / "docs" / "guardrails.md").read_text(encoding="utf-8")
    row = re.search(rf"^\| `{guardrail}` \| [^|]+ \| ([^|]+) \|$", page, re.MULTILINE)
    assert row
    verdict = _decide(ACTS[guardrail], _rule("\n".join(re.findall(r"`([^`]+)`", row[1]))), READS)

    assert (verdict.decision, verdict.guardrail) == ("allow", "")


@pytest.mark.parametrize("guardrail", ACTS)
def test_what_explain_advises_lifts_it(guardrail: str) -> None:
    """The rule that `explain` prints for the act allows it, together with a rule that reads."""
    case = _case(ACTS[guardrail])
    advice = explain(case, decide(case)).unlock
    rules = [_rule("\n".join(entry.split("\n")[2:]))._replace(id=str(at)) for at, entry in enumerate(advice)]

    assert advice
    assert _decide(ACTS[guardrail], *rules, READS).decision == "allow"


@pytest.mark.parametrize("guardrail", ACTS)
def test_denies_and_the_switch_hold(guardrail: str) -> None:
    """A deny rule and a default of deny win; while auto-approval is off the call asks whatever rules say."""
    everything = Rule("all", "allow", RuleSource("f", 1), tool_regex=".*")

    assert _decide(ACTS[guardrail], _rule('command = "*"', "deny")).decision == "deny"
    assert _decide(ACTS[guardrail], settings=Settings(default="deny")).decision == "deny"
    assert _decide(ACTS[guardrail], everything, off=True).decision == "ask"


def test_git_clean_in_the_project_is_no_catastrophe() -> None:
    """What git does not know goes: that loses work, and elsewhere it is `destroy`."""
    assert _decide("git clean -fdx").guardrail == "lose-work"
    assert _decide("git -C ~ clean -fdx").guardrail == "destroy"


WIDE = [
    ("lose-work", 'command = "git *"'),
    ("lose-work", 'command = "git reset *"'),
    ("destroy-elsewhere", 'command = "rm *"'),
    ("destroy-elsewhere", 'path = "~/**"'),
    ("autostart", 'path = "~/**"'),
    ("autostart", 'path = "/**"'),
    ("autostart", 'operations = ["read", "write"]'),
    ("autostart", 'path = ["~/**", "!~/.bashrc.old"]'),
]


@pytest.mark.parametrize(("guardrail", "rule"), WIDE)
def test_a_wide_rule_does_not_lift_it(guardrail: str, rule: str) -> None:
    """A rule whose author did not spell the act leaves the question."""
    assert _decide(ACTS[guardrail], _rule(rule), READS).guardrail == guardrail


def test_a_wide_rule_beside_the_one_that_names_it_changes_nothing() -> None:
    """Which of several rules covers the act first is no matter: adding a rule never asks."""
    wide, named = _rule('command = "*"')._replace(id="wide"), _rule('path = "~/.bashrc"')._replace(id="named")

    assert _decide(ACTS["autostart"], wide, named).decision == "allow"
    assert _decide(ACTS["autostart"], named, wide).decision == "allow"


PLACED = [
    ("/etc/sudoers.d/x", "deny"), ("/private/etc/sudoers", "deny"), ("/etc/cron.daily/x/y", "deny"),
    ("/home/u/.ssh/authorized_keys", "deny"), ("/root/.ssh/authorized_keys", "deny"), ("/home/o/.ssh/rc", "deny"),
    ("/Users/o/.ssh/rc", "deny"), ("/var/spool/cron/crontabs/u", "deny"), ("/Library/LaunchDaemons/x", "deny"),
    ("/home/u/.bashrc", "ask"), ("/home/u/.ZSHRC", "ask"), ("/home/o/.profile", "ask"), ("/var/root/.zshrc", "ask"),
    ("/home/u/.config/fish/conf.d/x.fish", "ask"), ("/home/u/Library/LaunchAgents/x.plist", "ask"),
    ("/w/.git/hooks/pre-push", "ask"), ("/w/.git/modules/m/hooks/x", "ask"), ("/w/.git/config", "ask"),
    ("/v/lib/python3/site-packages/x.pth", "ask"), ("/v/dist-packages/sitecustomize.py", "ask"),
    ("/etc/hosts", ""), ("/etc/passwd.txt", ""), ("/home/u/p/.bashrc", ""), ("/home/u/.bashrc.d/x", ""),
    ("/home/u/.ssh/known_hosts", ""), ("/w/.git/index", ""), ("/w/hooks/x", ""), ("/w/x.pth", ""), ("/", ""),
    ("/home/u", ""), ("/etc", ""), ("/srv/etc/sudoers", ""),
]  # fmt: skip


@pytest.mark.parametrize(("path", "decision"), PLACED)
def test_places(path: str, decision: str) -> None:
    """A place is found by its path from the root, from any home directory, or by its name; in any case of letters."""
    place = place_of(path, HOME)

    assert (place.decision if place else "") == decision


def test_every_place_is_found_and_documented() -> None:
    """Each row of the table is what `place_of` answers for that path, and stands in docs/guardrails.md."""
    page = (ROOT / "docs" / "guardrails.md").read_text(encoding="utf-8")
    for path, (what, decision) in PLACES.items():
        place = place_of(path.replace("~", HOME, 1), HOME)
        assert place is not None, path
        assert (place.what, place.decision) == (what, decision)
        assert f"`{path}`" in page


def test_the_generated_page_is_from_this_code() -> None:
    """The tool that writes the page can be loaded, and knows a rule for every guardrail that asks."""
    spec = importlib.util.spec_from_file_location("guardrails_reference", ROOT / "tools" / "guardrails_reference.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    assert set(module.LIFTED) == set(ACTS)
