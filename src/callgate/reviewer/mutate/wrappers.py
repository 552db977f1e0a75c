"""Programs that run the program that follows."""

from __future__ import annotations

from typing import Final, Iterator

from callgate.reviewer.mutate.base import Mutant, line, words_of

_WRAPPERS: Final = (
    "env", "env -i", "env A=b", "env -u A", "command", "command -p", "nohup", "nice", "nice -n 5", "timeout 5", "time",
    "time -p", "exec", "exec -a x", "stdbuf -oL", "setsid", "ionice -c 3", "sudo", "sudo -n -u root", "doas", "xargs",
    "env command nohup", "timeout --signal KILL 5 env", "!", "coproc",
)  # fmt: skip


def wrappers(text: str) -> Iterator[Mutant]:
    """Yield *text* behind programs that run what follows."""
    words = words_of(text)
    if not words:
        return
    for wrapper in _WRAPPERS:
        yield Mutant(wrapper, f"{wrapper} {text}")
    yield Mutant("env -S", f'env -S "{text}"' if '"' not in text else f"env {text}")
    yield Mutant(
        "words by xargs", f"echo {line(words[1:])} | xargs {line(words[:1])}" if words[1:] else f"true | xargs {text}"
    )
    yield Mutant("find -exec", f"find . -maxdepth 0 -exec {text} \\;")
    yield Mutant("variables in front", f"LANG=C TZ=UTC {text}")
