"""Addresses: which host a URL contacts, which file a `file:` URL reads."""

from __future__ import annotations

import re

from callgate.core.model import DYNAMIC, OperationKind
from callgate.shell.command import Command
from callgate.shell.words import Word

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(//)?")
_AUTHORITY_END = re.compile(r"[/?#]")
_HOST = re.compile(r"(?:[A-Za-z0-9_](?:[A-Za-z0-9._-]*)|\[[0-9A-Fa-f:.]+(?:%[A-Za-z0-9]+)?\])(?::[0-9]{1,5})?")
_NOT_ASCII = re.compile("%[89A-Fa-f]|[^ -~]")
_QUERY = re.compile("[?#]")
_PERCENT = re.compile("%([0-9A-Fa-f]{2})")
_URL_PATTERN = frozenset("{}[]\\")


def note_url(
    command: Command, word: Word, *, file_kind: OperationKind = "read", recursive: bool = False, via: str = ""
) -> None:
    """Note what contacting the URL *word* does: network to its host, or *file_kind* on the path of a `file:` URL."""
    if word.dynamic:
        # The expansion may hold anything: a host, or `file:///etc/passwd`.
        host = host_of(word.value)
        if host:
            command.add("network", host, word._replace(value=host), via=via)
        if not host or word.splits:
            command.path(file_kind, word, via=via)
            command.add("network", "", word, via=via)
        return
    scheme, slashes, rest = _split(word.value)
    if scheme == "file":
        path = rest
        if slashes and not rest.startswith("/"):
            path = "/" + rest.partition("/")[2]
        # A URL pattern (`{a,b}`, `[1-3]`) stands for several paths that only the program knows.
        unsure = _NOT_ASCII.search(path) or any(mark in _URL_PATTERN for mark in path)
        if not unsure:
            path = _PERCENT.sub(lambda match: chr(int(match[1], 16)), path)
        # Programs differ in whether `?` and `#` end the path of a file, so both readings count.
        for reading in dict.fromkeys((path, _QUERY.split(path, maxsplit=1)[0])):
            command.path(file_kind, word._replace(value=DYNAMIC if unsure else reading), via=via, recursive=recursive)
        return
    host = host_of(word.value)
    command.add("network", host, word if host else word._replace(value=DYNAMIC), via=via)


def host_of(url: str) -> str:
    """Return the host (with `:port` when given) that *url* names, with or without a scheme; empty when unclear."""
    scheme, slashes, rest = _split(url)
    if scheme and not slashes:
        rest = url
    authority = _AUTHORITY_END.split(rest, maxsplit=1)[0]
    host = authority.rpartition("@")[2]
    # Programs disagree on whether a backslash ends the host.
    return host.lower() if _HOST.fullmatch(host) and "\\" not in authority else ""


def _split(url: str) -> tuple[str, str, str]:
    """Split into (scheme, `//` or empty, rest); `host:port` has no scheme."""
    match = _SCHEME.match(url)
    if match is None or (not match[2] and match[1].lower() != "file"):
        return "", "", url
    return match[1].lower(), match[2] or "", url[match.end() :]
