"""The command as a text that another shell, or the same one again, runs."""

from __future__ import annotations

from typing import Final, Iterator

from callgate.reviewer.mutate.base import Mutant

_FORMS: Final = (
    ("sh -c", "sh -c '{t}'"),
    ("bash -c", 'bash -c "{t}"'),
    ("bash -lc", "bash -lc '{t}'"),
    ("bash with options", "bash --norc -e -o pipefail -c '{t}'"),
    ("env bash -c", "env bash -c '{t}'"),
    ("a shell in a shell", "sh -c 'bash -c \"{t}\"'"),
    ("eval", "eval '{t}'"),
    ("eval without quotes", "eval {t}"),
    ("here-string", "bash <<< '{t}'"),
    ("here-document", "sh <<'E'\n{t}\nE"),
    ("piped", "echo '{t}' | sh"),
    ("printed", "printf '%s\\n' '{t}' | bash"),
    ("sourced", ". <(echo '{t}')"),
    ("a file", "echo '{t}' > /tmp/zqx.sh; sh /tmp/zqx.sh"),
    ("trap", "trap '{t}' EXIT"),
)


def shells(text: str) -> Iterator[Mutant]:
    """Yield *text* as the text that a shell is given."""
    if "'" in text or '"' in text or "\\" in text or "\n" in text:
        return
    for label, form in _FORMS:
        yield Mutant(label, form.format(t=text))
