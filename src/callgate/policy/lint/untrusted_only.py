"""An allow rule that only an untrusted project file carries.

What it finds: allow rules of project files that are not trusted (or changed since), unless a rule that counts covers
the same.

Why it matters: they allow nothing now. A project file comes with a clone, so its allow rules count only after you have
read it.

Instead of wondering why the agent still asks, read the file and run `callgate trust FILE`.
"""

from __future__ import annotations

from typing import Final, Iterator

from callgate.policy.lint.inclusion import lies_within
from callgate.policy.lint.model import Code, Context, Finding, quoted

CODE: Final[Code] = "untrusted_only"


def find(context: Context) -> Iterator[Finding]:
    """Yield a finding for each such rule."""
    allows = [rule for rule in context.rules if rule.action == "allow"]
    for idle in context.idle:
        rule = idle.rule
        if idle.why != "untrusted" or not context.wanted(rule):
            continue
        if any(lies_within(rule, other, context.anchors, context.budget) for other in allows):
            continue
        message = (
            f"the allow rule does not count: {quoted(rule.source.file)} is not trusted, and no other rule says this"
        )
        yield Finding(CODE, rule, message, f"read the file, then run `callgate trust {rule.source.file}`")
