"""Changed commands: attacks, which do more than the original, and disguises, which do the same and look different.

One module for each class of mutations. A mutation is a generator of mutants; it runs and reads nothing.
"""

from __future__ import annotations

from typing import Final, Mapping

from callgate.reviewer.mutate.base import Mutant, Mutation
from callgate.reviewer.mutate.chaining import chaining
from callgate.reviewer.mutate.continuation import continuation, joined
from callgate.reviewer.mutate.environment import environment
from callgate.reviewer.mutate.grouping import grouping
from callgate.reviewer.mutate.lookalikes import lookalikes
from callgate.reviewer.mutate.options import options, reordered
from callgate.reviewer.mutate.paths import escapes, spellings
from callgate.reviewer.mutate.quoting import hidden, quoting
from callgate.reviewer.mutate.redirects import redirects
from callgate.reviewer.mutate.shells import shells
from callgate.reviewer.mutate.substitution import substitution
from callgate.reviewer.mutate.variables import variables
from callgate.reviewer.mutate.wrappers import wrappers

ATTACKS: Final[Mapping[str, Mutation]] = {
    "chaining": chaining,
    "substitution": substitution,
    "quoting": hidden,
    "redirects": redirects,
    "environment": environment,
    "options": options,
    "paths": escapes,
    "look-alikes": lookalikes,
    "continuation": continuation,
}
"""Class -> mutations that do something which the original does not: an allow rule must not cover them."""

DISGUISES: Final[Mapping[str, Mutation]] = {
    "quoting": quoting,
    "wrappers": wrappers,
    "shells": shells,
    "variables": variables,
    "grouping": grouping,
    "options": reordered,
    "paths": spellings,
    "continuation": joined,
}
"""Class -> mutations that do what the original does: a deny or ask rule must still speak of them."""

__all__ = ["ATTACKS", "DISGUISES", "Mutant", "Mutation"]
