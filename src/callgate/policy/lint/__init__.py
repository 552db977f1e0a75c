"""Lints: what is odd about the rules of a policy that loads. Pure; `validate` runs them, the hook never does.

One module for each code; its docstring is its section in `docs/lint.md`.
"""

from __future__ import annotations

from callgate.policy.lint.model import Code, Finding, Idle
from callgate.policy.lint.run import LINTS, check

__all__ = ["LINTS", "Code", "Finding", "Idle", "check"]
