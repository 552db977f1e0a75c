"""Laws of the shell analysis, on arbitrary text and on mixtures of shell tokens."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from callgate.core.model import Analysis, Observation, ToolCall
from callgate.engine.case import Case
from callgate.engine.guardrails import GUARDRAILS
from callgate.policy.compiled import Policy
from callgate.policy.globs import Anchors
from callgate.shell.analyse import MAX_COMMAND, analyse_command
from callgate.shell.parse import parse

HOME, PROJECT = "/home/u", "/home/u/p"

_TOKENS = [
    *"; & | ( ) { } < > ! $ ` ' \" \\ \n # * ? [ ] = ~ - + , : . / a b 0 1 @ %".split(" "),
    *"&& || |& ;; ;& ;;& << <<- <<< >> >| >& &> <> <( >( $( $(( )) ${ } [[ ]] (( $' $\" == =~ -eq 2>&1".split(),
    *"if then elif else fi for in do done while until case esac select function time coproc".split(),
    *"rm -rf cat ls echo cd eval exec source . trap export declare local unset read printf test set shopt".split(),
    *"sudo env xargs find -exec {} + bash -c sh timeout x=1 f() EOF 'EOF' ~/x /etc $x $HOME ${x:-y} {a,b}".split(),
    "\\\n", "\nEOF\n", "\n",
    " ", " ", "\t", "é", "\u200b", "\ue000", "\r", "\x00", "\x1b", "\ud800",
]  # fmt: skip
_MIXTURES = st.lists(st.sampled_from(_TOKENS), max_size=25).map("".join)
_SPACED = st.lists(st.sampled_from(_TOKENS), max_size=25).map(" ".join)
_COMMANDS = st.one_of(st.text(max_size=60), _MIXTURES, _SPACED)


def _analyse(command: str) -> Analysis:
    return analyse_command(command, cwd=PROJECT, home=HOME)


@given(_COMMANDS)
@example("")
@example("0||")
@example("$(" * 500)
@example("`" * 500)
@example("{" * 500)
@example("a{b,c}" * 60)
@example("if " * 300)
@example("x=" + "${x:-" * 300)
@example("f(){ f|f& };f")
@example("f(){ g; }; g(){ f; }; f")
@example("while x=$x$x; do :; done")
@example("cat <<A <<B <<C\n")
@example("\ud800\udfff")
def test_any_text_is_analysed(command: str) -> None:
    """The analysis never raises and always ends; it has units or there is nothing to run."""
    analysis = _analyse(command)
    assert analysis.raw == command
    assert analysis.coverage in {"full", "partial"}


@given(_COMMANDS)
def test_spans_lie_inside_the_command(command: str) -> None:
    """Every span is a range of characters of the command."""
    analysis = _analyse(command)
    spans = [unit.span for unit in analysis.units] + [op.span for unit in analysis.units for op in unit.operations]
    for span in [*spans, *(span for _, span in analysis.flows)]:
        assert span is not None
        assert 0 <= span.start <= span.end <= len(command)


@given(_COMMANDS)
def test_a_syntax_error_is_never_full_coverage(command: str) -> None:
    """Where the grammar finds an error, coverage is partial, whatever else was understood."""
    if parse(command.encode("utf-8", "surrogatepass")).has_error:
        assert _analyse(command).coverage == "partial"


@given(_COMMANDS)
def test_nothing_that_is_not_understood_is_covered(command: str) -> None:
    """A unit with a problem has an operation that no path rule covers, and known paths are absolute and normal."""
    for unit in _analyse(command).units:
        if unit.problem:
            assert not unit.known
            assert any(op.kind == "unknown" for op in unit.operations)
        for op in unit.operations:
            if op.kind in {"read", "write", "delete"} and not op.dynamic:
                assert op.target.startswith("/")
                assert "//" not in op.target
                assert "/../" not in op.target + "/"


def _tripped(analysis: Analysis) -> set[str]:
    policy = Policy((), Anchors(HOME, PROJECT, PROJECT))
    case = Case(policy, ToolCall("Bash", {"command": analysis.raw}, PROJECT), analysis, Observation(HOME, PROJECT))
    return {guardrail.id for guardrail in GUARDRAILS if guardrail.trips(case)}


@pytest.mark.parametrize(
    "added", ["; rm -rf /", "\nrm -rf /", " && rm -rf /", " | rm -rf /", " & rm -rf /", "; (rm -rf /)"]
)
@given(command=_COMMANDS)
def test_what_is_added_is_not_lost(added: str, command: str) -> None:
    """`rm -rf /` behind any command trips a guardrail, or the whole is not understood and cannot be allowed."""
    if "#" in command or command.endswith("\\"):
        return  # what is added would be a comment, or its first character an ordinary one
    longer = _analyse(command + added)
    assert longer.coverage == "partial" or "destroy" in _tripped(longer)


@given(_COMMANDS)
def test_analysing_twice_gives_the_same(command: str) -> None:
    """The analysis has no memory."""
    assert _analyse(command) == _analyse(command)


def test_a_command_of_thirty_thousand_characters() -> None:
    """A long command is analysed like a short one."""
    analysis = _analyse("ls " + "a" * 30_000 + "; rm -rf /")
    assert (analysis.coverage, _tripped(analysis)) == ("full", {"destroy"})


def test_more_than_the_limit_is_not_analysed() -> None:
    """Beyond the limit coverage is partial."""
    assert _analyse("ls " + "a" * MAX_COMMAND).coverage == "partial"


def test_two_thousand_nested_substitutions() -> None:
    """Nesting beyond what is followed is partial, never a recursion error."""
    assert _analyse("echo " + "$(echo " * 2_000 + ")" * 2_000).coverage == "partial"


def test_two_thousand_commands() -> None:
    """More commands than are followed are partial, and no deny behind them is needed: it cannot be allowed."""
    assert _analyse("ls; " * 2_500 + "rm -rf /").coverage == "partial"
