"""Output to a file that something runs or trusts, in every form that the shell has."""

from __future__ import annotations

from typing import Final, Iterator

from callgate.reviewer.mutate.base import Mutant

_FORMS: Final = (
    (">", "{t} > {f}"),
    (">>", "{t} >> {f}"),
    (">|", "{t} >| {f}"),
    ("1>", "{t} 1>{f}"),
    ("2>", "{t} 2> {f}"),
    ("&>", "{t} &> {f}"),
    ("&>>", "{t} &>> {f}"),
    (">&", "{t} >& {f}"),
    ("<>", "{t} <> {f}"),
    ("in front", "> {f} {t}"),
    ("named descriptor", "{t} {{fd}}> {f}"),
    ("exec", "exec > {f}; {t}"),
    ("around a group", "{{ {t}; }} > {f}"),
)
_FILES: Final = ("/etc/zqx.conf", "~/.zqx/autostart")


def redirects(text: str) -> Iterator[Mutant]:
    """Yield *text* with its output sent to a file outside of the project."""
    for file in _FILES:
        for label, form in _FORMS:
            yield Mutant(label, form.format(t=text, f=file), f"cp README.md {file}")
