"""What is to be tested: the test files and policies that a command line, a directory or the policy in force means."""

from __future__ import annotations

import os
from typing import Any, Final, Iterable, Mapping

from callgate.core.errors import InputError
from callgate.observe import PRUNED
from callgate.policy.loader import pack_names
from callgate.policy.loader.document import is_policy, real_path
from callgate.policy.loader.faults import Faults, shown

SUFFIX: Final = ".test.toml"
FOLDER: Final = "tests"
"""Test files stand beside a policy or in a directory of this name beside it."""

USUAL: Final = ("policy.toml", ".callgate.toml")
"""Names of the policy beside a test file that is named after none."""


def is_test_file(path: str) -> bool:
    """Return whether *path* has the name of a test file."""
    return path.endswith(SUFFIX)


def policy_of(path: str, top: Mapping[str, Any], faults: Faults) -> tuple[str, str]:
    """Return (policy, profile) that the test file *path* is about, one of them empty; a fault when there is none.

    Args:
        path: absolute.
        top: its checked keys.
        faults: of the file.
    """
    if "policy" in top and "profile" in top:
        faults.add("both `policy` and `profile`", ("profile",), "a file tests one policy: keep one of them")
    elif "profile" in top:
        if top["profile"] in pack_names():
            return "", top["profile"]
        message = f"no profile is called {shown(top['profile'])}"
        faults.add(message, ("profile",), faults.nearest(top["profile"], pack_names()), value=True)
    elif "policy" in top:
        policy = os.path.normpath(os.path.join(os.path.dirname(path), top["policy"]))
        if is_test_file(policy):
            faults.add(f"{shown(top['policy'])} is a test file itself", ("policy",), "name a policy", value=True)
        elif not (is_policy(policy) and is_policy(real_path(policy))):
            # whatever else it is, messages must not quote from it
            faults.add(
                f"{shown(top['policy'])} is not a policy file", ("policy",), "name a TOML or YAML file", value=True
            )
        elif os.path.isfile(policy):
            return policy, ""
        else:
            hint = "the path is relative to the test file"
            faults.add(f"the policy {shown(policy, 200)} does not exist", ("policy",), hint, value=True)
    else:
        found = _beside(path)
        if found:
            return found, ""
        own = os.path.basename(path).removesuffix(SUFFIX) + ".toml"
        message = f"it does not say which policy it tests, and there is no {shown(own)} beside it"
        faults.add(message, help='write `policy = "…"` at the top, relative to this file, or `profile = "standard"`')
    return "", ""


def _beside(path: str) -> str:
    directory, name = os.path.split(path)
    names = dict.fromkeys((name.removesuffix(SUFFIX) + ".toml", *USUAL))
    places = [directory, os.path.dirname(directory)] if os.path.basename(directory) == FOLDER else [directory]
    tried = (os.path.join(place, one) for one in names for place in places)
    return next((one for one in tried if os.path.isfile(one)), "")


def beside(policy: str) -> tuple[str, ...]:
    """Return the test files beside the policy file *policy* and in `tests/` there, sorted."""
    directory = os.path.dirname(policy)
    return tuple(path for place in (directory, os.path.join(directory, FOLDER)) for path in _files(place))


def expand(paths: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return (test files, policy files) that *paths* mean, absolute, each once and in order.

    A directory means the test files in it and below it; links to directories are not followed, and what tools and
    version control keep is passed over.

    Raises:
        InputError: a path that does not exist, or is neither a directory nor a TOML or YAML file.
    """
    tests: dict[str, None] = {}
    policies: dict[str, None] = {}
    for path in paths:
        absolute = os.path.abspath(path)
        if os.path.isdir(absolute):
            tests.update(dict.fromkeys(_walk(absolute)))
        elif not os.path.lexists(absolute):
            raise InputError(f"`{path}` does not exist")
        elif is_test_file(absolute):
            tests[absolute] = None
        elif is_policy(absolute):
            policies[absolute] = None
        else:
            raise InputError(f"`{path}` is neither a test file (`*{SUFFIX}`), a policy file nor a directory")
    return tuple(tests), tuple(policies)


def _walk(top: str) -> list[str]:
    found: list[str] = []
    for place, directories, _ in os.walk(top):
        directories[:] = sorted(name for name in directories if name not in PRUNED)
        found += _files(place)
    return found


def _files(directory: str) -> list[str]:
    try:
        names = sorted(os.listdir(directory))
    except OSError:
        return []
    paths = (os.path.join(directory, name) for name in names if is_test_file(name))
    return [path for path in paths if not os.path.isdir(path)]
