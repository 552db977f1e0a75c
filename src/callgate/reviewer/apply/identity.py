"""Who a commit is by: what Git would say, in Git's own order, else callgate by name."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, Mapping

if TYPE_CHECKING:
    import pygit2

FALLBACK: Final = ("callgate", "callgate@localhost")
"""Name and address where the user has told Git none."""

_CRUD: Final = str.maketrans(dict.fromkeys([*map(chr, range(32)), "<", ">", "\x7f"], ""))


def signatures(
    repo: pygit2.Repository, environ: Mapping[str, str], now: float
) -> tuple[pygit2.Signature, pygit2.Signature, str]:
    """Return author, committer, and a note when Git knows no identity.

    Each is looked for as Git does: `GIT_AUTHOR_NAME`, `author.name`, `user.name`, and so for the address and the
    committer. Nothing is guessed from the login or the host name.

    Args:
        repo: its settings are looked at, the user's included.
        environ: the environment of the caller.
        now: epoch seconds.
    """
    found = [_who(repo, environ, role) for role in ("author", "committer")]
    note = "" if all(found) else "Git knows no user.name and user.email, so the commit is by {} <{}>".format(*FALLBACK)
    author, committer = (_signature(who or FALLBACK, now) for who in found)
    return author, committer, note


def _who(repo: pygit2.Repository, environ: Mapping[str, str], role: str) -> tuple[str, str] | None:
    values = []
    for what in ("name", "email"):
        places = (environ.get(f"GIT_{role}_{what}".upper(), ""), _config(repo, f"{role}.{what}"))
        values.append(next((clean for one in (*places, _config(repo, f"user.{what}")) if (clean := _clean(one))), ""))
    name, email = values
    return (name, email) if name and email else None


def _config(repo: pygit2.Repository, key: str) -> str:
    try:
        return repo.config[key] or ""
    except (KeyError, ValueError):
        return ""


def _clean(text: str) -> str:
    """Return *text* without what Git leaves out of an identity, since it would end it; at most 200 characters."""
    return text.encode("utf-8", "replace").decode().translate(_CRUD).strip(" .,:;\"'\\")[:200].strip()


def _signature(who: tuple[str, str], now: float) -> pygit2.Signature:
    import pygit2  # noqa: PLC0415 - 65 ms, and only changes need it

    offset = (time.localtime(now).tm_gmtoff or 0) // 60
    return pygit2.Signature(who[0], who[1], int(now), offset, "utf-8")
