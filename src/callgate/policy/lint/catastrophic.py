r"""A regular expression that takes exponential time.

What it finds: a pattern that RE2 refuses (look-around, back-references), so that it runs on the engine that goes
back, and that repeats something which is itself repeated, `(a+)+`. Such a pattern is then run on a few made-up texts:
when one of them runs into the time limit of the gate, that is shown.

Why it matters: on time-out a deny or ask rule counts as matching and an allow rule as not matching, after 20 ms each.
An agent can provoke that.

Instead of `^(?!.*push)(git\s+)+log`, write `command_regex = '^git log'` with `command_exclude_regex = 'push'`: both
run on RE2, in linear time.
"""

from __future__ import annotations

from typing import Final, Iterator

from callgate.policy.language import samples
from callgate.policy.language.reader import read
from callgate.policy.language.syntax import Alt, Cat, Node, Repeat, Unsupported
from callgate.policy.lint.fields import regexes
from callgate.policy.lint.model import Code, Context, Finding, quoted
from callgate.policy.regexes import Pattern, is_linear

CODE: Final[Code] = "catastrophic"

MAX_PROBES: Final = 12
"""Texts that one pattern is run on; each costs at most the time limit of the gate, twice."""

MAX_PATTERNS: Final = 20
"""Patterns of one policy that are run at all."""


def find(context: Context) -> Iterator[Finding]:
    """Yield a finding for each pattern that may take, or takes, exponential time."""
    probed = 0
    for rule in context.rules:
        if not context.wanted(rule):
            continue
        for field, item, regex in regexes(rule):
            if is_linear(regex):
                continue
            nested = nested_repeat(regex)
            probed += 1
            slow = slow_text(regex) if probed <= MAX_PATTERNS else ""
            if slow:
                message = f"{quoted(regex)} runs out of time on a text of {len(slow)} characters"
            elif nested:
                message = f"{quoted(regex)} repeats what is itself repeated, on an engine that goes back"
            else:
                continue
            help_text = "write it without look-around and back-references (`…_exclude_regex` says what must not match)"
            yield Finding(CODE, rule, message, help_text, field, item, witness=slow[:80])


def nested_repeat(regex: str) -> bool:
    """Whether the expression repeats, without a limit, something that it repeats without a limit inside."""
    try:
        return _nested(read(regex, lenient=True).node, inside=False)
    except Unsupported:
        return False


def _nested(node: Node, *, inside: bool) -> bool:
    if isinstance(node, Repeat):
        endless = node.most is None or node.most > 20
        return (inside and endless) or _nested(node.body, inside=inside or endless)
    if isinstance(node, Cat):
        return any(_nested(part, inside=inside) for part in node.parts)
    return isinstance(node, Alt) and any(_nested(option, inside=inside) for option in node.options)


def slow_text(regex: str) -> str:
    """Return a text on which the pattern runs out of the gate's time limit; empty when none was found.

    The limit of the engine itself is what is asked, by two patterns that answer differently when it passes.
    """
    try:
        late, early = Pattern(regex, on_timeout=True), Pattern(regex, on_timeout=False)
    except ValueError:
        return ""
    for text in probes(regex):
        if late.search(text) and not early.search(text):
            return text
    return ""


def probes(regex: str) -> list[str]:
    """Return texts that almost match: what the expression repeats, many times over, and something else behind."""
    try:
        bodies = [text for body in _bodies(read(regex, lenient=True).node) for text in samples.of_node(body, 3) if text]
    except Unsupported:
        bodies = []
    heads = ["", *(text[:20] for text in samples.of_regex(regex, limit=2))]
    pumped = [head + body * count for body in dict.fromkeys([*bodies, "a"]) for head in heads for count in (40, 3_000)]
    return [text[:20_000] + "\n!" for text in pumped][:MAX_PROBES]


def _bodies(node: Node) -> list[Node]:
    if isinstance(node, Repeat):
        return ([node.body] if node.most is None else []) + _bodies(node.body)
    if isinstance(node, Cat):
        return [body for part in node.parts for body in _bodies(part)]
    return [body for option in node.options for body in _bodies(option)] if isinstance(node, Alt) else []
