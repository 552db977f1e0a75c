"""The command by way of variables that the same call sets."""

from __future__ import annotations

from typing import Iterator

from callgate.reviewer.mutate.base import Mutant, line, words_of


def variables(text: str) -> Iterator[Mutant]:
    """Yield *text* with words that stand in variables."""
    words = words_of(text)
    if not words or any(word.startswith("~") or "'" in word or '"' in word for word in words):
        return
    program, rest = words[0], line(words[1:])
    yield Mutant("the program in a variable", f"x={line([program])}; $x {rest}")
    yield Mutant("the program in a quoted variable", f'x={line([program])}; "$x" {rest}')
    yield Mutant("a default value", f"${{zqx:-{line([program])}}} {rest}")
    yield Mutant(
        "half of the program in a variable",
        f'x={program[:1]}; "$x"{line([program[1:]])} {rest}' if program[1:] else text,
    )
    if all(" " not in word for word in words):
        yield Mutant("the whole command in a variable", f"c='{' '.join(words)}'; $c")
    yield Mutant("an array", f'a=({line(words)}); "${{a[@]}}"')
    if len(words) > 1:
        yield Mutant(
            "the first word behind in a variable", f"x={line(words[1:2])}; {line(words[:1])} $x {line(words[2:])}"
        )
        yield Mutant("the words as arguments", f'set -- {rest}; {line([program])} "$@"')
    yield Mutant("a loop", f"for x in {line([program])}; do $x {rest}; done")
    yield Mutant("a function's arguments", f'f() {{ "$@"; }}; f {line(words)}')
    yield Mutant("printf -v", f"printf -v x %s {line([program])}; $x {rest}")
    yield Mutant("read", f"read -r x <<< {line([program])}; $x {rest}")
