"""Copies the list of credential places from src/callgate/policy/secret_places.toml into every shipped pack.

A pack is written by `callgate init` as it is, so it holds the list itself: whoever has one can edit it in place.
`python tools/secrets_list.py` writes the packs; with `--check` it compares, and exits with 1 when one differs.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

POLICY = Path(__file__).parent.parent / "src" / "callgate" / "policy"
SOURCE = POLICY / "secret_places.toml"
PACKS = sorted((POLICY / "packs").glob("*.toml"))
_LIST = re.compile(r"^\[secrets\]\n.*?(?=^\[(?!\[?secrets))", re.MULTILINE | re.DOTALL)
"""From the section's head to the next section."""


def renewed(pack: str) -> str:
    """Return the text of a pack with the list as the source has it.

    Raises:
        ValueError: the pack has no such section, or another section does not follow.
    """
    text, count = _LIST.subn(lambda _: SOURCE.read_text("utf-8").strip() + "\n\n", pack)
    if count != 1:
        raise ValueError("a pack has one section `secrets`, and another behind it")
    return text


def main(arguments: list[str]) -> int:
    """Write or check the packs; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only")
    check: bool = parser.parse_args(arguments).check
    stale = []
    for path in PACKS:
        text = path.read_text("utf-8")
        if renewed(text) != text:
            stale.append(path)
            if not check:
                path.write_text(renewed(text), "utf-8")
    if stale and check:
        names = ", ".join(path.name for path in stale)
        print(f"{names}: out of date, run `python tools/secrets_list.py`", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
