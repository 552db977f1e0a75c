"""The last policy that loaded, kept whole, so that a broken edit does not disarm and does not lose the rules.

One JSON file per set of policy files: their layers and contents. It lies in the state directory, which
self-protection guards like the policy itself.
"""

from __future__ import annotations

import os
from typing import Mapping, Sequence

from callgate.policy.loader import Candidate, LoadedPolicy, load
from callgate.policy.loader.digest import sha256_hex


def place(directory: str, candidates: Sequence[Candidate]) -> str:
    """Return the file, in the *directory* of last good policies, that belongs to the policy files *candidates*."""
    text = "\n".join(f"{one.layer} {one.path}" for one in candidates)
    digest = sha256_hex(text.encode("utf-8", "surrogateescape"))
    return f"{directory}/{digest[:24]}.json"


def remember(directory: str, candidates: Sequence[Candidate], loaded: LoadedPolicy) -> None:
    """Keep *loaded* as the last good policy of *candidates*, unless it is kept already.

    Failing to is no fault of the decision: the built-in profile stands in later.
    """
    file = place(directory, candidates)
    marker = f"{file}.{loaded.revision}"
    if os.path.exists(marker):
        return
    import json  # noqa: PLC0415 - only when the policy has changed

    from callgate.atomic import read_regular, write_atomic  # noqa: PLC0415 - as above

    try:
        files: dict[str, str] = {}
        for source in loaded.sources:
            data = read_regular(source.path, 2 << 20)
            if sha256_hex(data) != source.sha256:
                return  # changed since it was loaded; the next call keeps it
            files[os.path.realpath(source.path)] = data.decode()
        os.makedirs(directory, mode=0o700, exist_ok=True)
        for name in os.listdir(directory):
            if name.startswith(os.path.basename(file) + "."):
                os.unlink(f"{directory}/{name}")
        write_atomic(file, json.dumps({"files": files}).encode(), mode=0o600)
        write_atomic(marker, b"", mode=0o600)
    except (OSError, ValueError):
        return


def recall(
    directory: str, candidates: Sequence[Candidate], *, home: str, project: str, trust: Mapping[str, str], now: float
) -> LoadedPolicy | None:
    """Return the last good policy of *candidates*, or `None` when there is none to use."""
    import json  # noqa: PLC0415 - only a broken policy comes here

    from callgate.atomic import read_regular  # noqa: PLC0415 - as above
    from callgate.core.errors import PolicyError  # noqa: PLC0415 - as above

    try:
        kept = json.loads(read_regular(place(directory, candidates), 64 << 20))
        overlay = {path: text.encode() for path, text in kept["files"].items()}
        usable = [one for one in candidates if os.path.realpath(one.path) in overlay]
        if not usable:
            return None
        return load(usable, home, project, trust, now=now, overlay=overlay)
    except (OSError, ValueError, KeyError, AttributeError, TypeError, PolicyError):
        return None
