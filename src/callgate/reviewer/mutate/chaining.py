"""A second command behind, in front of, or around the first one."""

from __future__ import annotations

from typing import Final, Iterator

from callgate.reviewer.mutate.base import PAYLOADS, Mutant

_FORMS: Final = (
    ("semicolon", "{t}; {p}"),
    ("semicolon without blanks", "{t};{p}"),
    ("in front", "{p}; {t}"),
    ("and", "{t} && {p}"),
    ("or", "{t} || {p}"),
    ("pipe", "{t} | {p}"),
    ("pipe with errors", "{t} |& {p}"),
    ("piped from", "{p} | {t}"),
    ("background", "{t} & {p}"),
    ("new line", "{t}\n{p}"),
    ("carriage return and new line", "{t}\r\n{p}"),
    ("several new lines", "{t}\n\n\n{p}"),
    ("group", "{{ {t}; {p}; }}"),
    ("subshell", "({t}; {p})"),
    ("condition", "if {t}; then {p}; fi"),
    ("else", "if {t}; then :; else {p}; fi"),
    ("loop", "for i in 1; do {t}; {p}; done"),
    ("while", "while {t}; do {p}; done"),
    ("case", "case x in x) {t}; {p};; esac"),
    ("function", "f() {{ {p}; }}; {t}; f"),
    ("shadowing function", "true() {{ {p}; }}; {t}; true"),
    ("trap", "trap '{p}' EXIT; {t}"),
    ("coprocess", "coproc {p}; {t}"),
    ("negated", "! {t}; {p}"),
    ("timed", "time {t}; {p}"),
    ("eval", "{t}; eval '{p}'"),
    ("alias", "shopt -s expand_aliases; alias true='{p}'\n{t}\ntrue"),
)


def chaining(text: str) -> Iterator[Mutant]:
    """Yield *text* with a command chained to it."""
    for payload in PAYLOADS:
        for label, form in _FORMS:
            yield Mutant(label, form.format(t=text, p=payload), payload)
    yield Mutant("into a shell", f"{text} | sh", "sh")
    yield Mutant("into xargs", f"{text} | xargs zqx-takeover", "zqx-takeover")
