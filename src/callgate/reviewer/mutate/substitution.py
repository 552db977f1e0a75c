"""A second command in a place where the shell expands one."""

from __future__ import annotations

from typing import Final, Iterator

from callgate.reviewer.mutate.base import PAYLOADS, Mutant

_FORMS: Final = (
    ("$( )", "{t} $({p})"),
    ('"$( )"', '{t} "$({p})"'),
    ("glued $( )", "{t} x$({p})y"),
    ("backticks", "{t} `{p}`"),
    ("quoted backticks", '{t} "`{p}`"'),
    ("<( )", "{t} <({p})"),
    (">( )", "{t} >({p})"),
    ("> >( )", "{t} > >({p})"),
    ("default value", '{t} "${{zqx:-$({p})}}"'),
    ("alternative", "{t} ${{HOME:+$({p})}}"),
    ("arithmetic", "{t} $(( $({p}) ))"),
    ("old arithmetic", "{t} $[ $({p}) ]"),
    ("array index", "{t} $(( a[$({p})] ))"),
    ("here-string", '{t} <<< "$({p})"'),
    ("here-document", "{t} <<E\n$({p})\nE"),
    ("assignment", "x=$({p}) {t}"),
    ("assignment before", "x=$({p}); {t}"),
    ("nested", '{t} "$(echo "$({p})")"'),
    ("in a redirect", '{t} < "$({p})"'),
    ("in a brace", "{t} {{a,$({p})}}"),
    ("brace command", "{t} ${{ {p}; }}"),
    ("test", "[[ -v a[$({p})] ]]; {t}"),
)


def substitution(text: str) -> Iterator[Mutant]:
    """Yield *text* with a command substituted into it."""
    for payload in PAYLOADS:
        for label, form in _FORMS:
            yield Mutant(label, form.format(t=text, p=payload), payload)
