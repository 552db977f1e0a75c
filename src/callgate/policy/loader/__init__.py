"""Loads policy files from disk: discovery, includes, layers, trust. The only part of `policy` that does I/O."""

from __future__ import annotations

from callgate.policy.loader.assemble import builtin, load, load_text, pack_names
from callgate.policy.loader.discovery import discover, looked_at
from callgate.policy.loader.loaded import (
    ApplyLimits,
    Candidate,
    Examples,
    IdleRule,
    Layer,
    LoadedPolicy,
    Logging,
    Section,
    SourceFile,
)
from callgate.policy.loader.report import summary
from callgate.policy.loader.trust import read_trust, trust_file, untrust

__all__ = [
    "ApplyLimits",
    "Candidate",
    "Examples",
    "IdleRule",
    "Layer",
    "LoadedPolicy",
    "Logging",
    "Section",
    "SourceFile",
    "builtin",
    "discover",
    "load",
    "load_text",
    "looked_at",
    "pack_names",
    "read_trust",
    "summary",
    "trust_file",
    "untrust",
]
