"""The command as part of a list, a group or a compound command."""

from __future__ import annotations

from typing import Final, Iterator

from callgate.reviewer.mutate.base import Mutant

_FORMS: Final = (
    ("group", "{{ {t}; }}"),
    ("subshell", "({t})"),
    ("background", "{t} &"),
    ("behind a harmless command", "true && {t}"),
    ("behind one that fails", "false || {t}"),
    ("in front of one", "{t}; true"),
    ("at the end of a pipeline", "echo y | {t}"),
    ("at its start", "{t} | cat"),
    ("substituted", "echo $({t})"),
    ("in backticks", "echo `{t}`"),
    ("in a word", 'echo "a$({t})b"'),
    ("process substitution", "cat <({t})"),
    ("condition", "if {t}; then true; fi"),
    ("body", "if true; then {t}; fi"),
    ("else", "if false; then true; else {t}; fi"),
    ("loop", "for i in 1 2; do {t}; done"),
    ("while", "while {t}; do break; done"),
    ("case", "case x in *) {t};; esac"),
    ("function", "f() {{ {t}; }}; f"),
    ("function keyword", "function f {{ {t}; }}; f"),
    ("assignment", "x=$({t})"),
    ("arithmetic", "echo $(( $({t}) + 1 ))"),
    ("here-document", "cat <<E\n$({t})\nE"),
    ("default value", 'echo "${{zqx:-$({t})}}"'),
    ("output thrown away", "{t} > /dev/null 2>&1"),
    ("cd in front", "cd . && {t}"),
)


def grouping(text: str) -> Iterator[Mutant]:
    """Yield *text* at the places where a command can stand."""
    for label, form in _FORMS:
        yield Mutant(label, form.format(t=text))
