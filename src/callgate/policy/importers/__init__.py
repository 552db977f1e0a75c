"""Rules of other tools as callgate rules. Pure: text in, rules and findings out."""

from __future__ import annotations
