"""Puts together what a run tests: every policy, loaded, with the test files that are about it."""

from __future__ import annotations

import time
from typing import Iterable, NamedTuple, Sequence

from callgate.core.errors import PolicyError, Problem
from callgate.policy.loader import Candidate, LoadedPolicy, builtin, load, pack_names
from callgate.policy.loader.assemble import pack_path
from callgate.policy.loader.document import real_path
from callgate.reviewer.policytest.find import beside
from callgate.reviewer.policytest.load import load_file, name_of
from callgate.reviewer.policytest.model import BadTestFileError, PolicyTestFile


class Suite(NamedTuple):
    """One policy with its test files."""

    label: str
    """The policy as it is shown."""
    path: str
    loaded: LoadedPolicy
    files: tuple[PolicyTestFile, ...]
    home: str
    """The home directory that the policy was loaded with."""


class Wanted(NamedTuple):
    """What is to be tested."""

    policies: Sequence[str] = ()
    """Policy files, absolute: their examples and the test files beside them that are about them."""
    tests: Sequence[str] = ()
    """Test files, absolute."""
    judge: str = ""
    """A policy file, absolute, that judges all *tests* in place of the one that each names."""


def collect(wanted: Wanted, home: str) -> tuple[list[Suite], tuple[str, ...]]:
    """Return the suites of *wanted*, and the test files beside its policies that are about other ones.

    A policy is there once, with every test file about it. What tests the other shipped profiles is not mentioned.

    Each policy file is loaded alone, as `--config` does: what else is in force on this machine is no part of a test.

    Args:
        wanted: the policies and test files.
        home: home directory, for `~/` in includes and log files.

    Raises:
        BadTestFileError: every fault of every test file.
        PolicyError: the test files are good, and a policy is not; every fault of every policy.
    """
    found: dict[str, list[PolicyTestFile]] = {real_path(path): [] for path in wanted.policies}
    shown = {real_path(path): path for path in wanted.policies}
    tests = dict.fromkeys((*(one for path in wanted.policies for one in beside(path)), *wanted.tests))
    named = set(wanted.tests)
    shipped = {one for path in wanted.policies if profile_of(path) for one in beside(path)}
    skipped: list[str] = []
    for file in _load_files(tests):
        policy = (wanted.judge if file.path in named else "") or file.policy or pack_path(file.profile)
        key = real_path(policy)
        if key not in found and file.path not in named:
            skipped += [] if file.path in shipped else [file.path]
        else:
            shown.setdefault(key, policy)
            found.setdefault(key, []).append(file)
    loaded = _load_policies([shown[key] for key in found], home)
    suites = [
        Suite(_label(path), path, policy, tuple(files), home)
        for (path, policy), files in zip(loaded, found.values(), strict=True)
    ]
    return suites, tuple(skipped)


def profile_of(path: str) -> str:
    """Return the name of the shipped profile that the file *path* is; empty when it is none."""
    real = real_path(path)
    return next((name for name in pack_names() if real_path(pack_path(name)) == real), "")


def _load_files(paths: Iterable[str]) -> list[PolicyTestFile]:
    files: list[PolicyTestFile] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            files.append(load_file(path))
        except BadTestFileError as error:
            problems += error.problems
    if problems:
        raise BadTestFileError(problems)
    return files


def _load_policies(paths: Sequence[str], home: str) -> list[tuple[str, LoadedPolicy]]:
    loaded: list[tuple[str, LoadedPolicy]] = []
    problems: list[Problem] = []
    for path in paths:
        profile = profile_of(path)
        try:
            policy = builtin(profile) if profile else load((Candidate(path, "file"),), home, "", {}, now=time.time())
            loaded.append((path, policy))
        except PolicyError as error:
            problems += error.problems
    if problems:
        raise PolicyError(problems)
    return loaded


def _label(path: str) -> str:
    profile = profile_of(path)
    return f"profile {profile}" if profile else name_of(path)
