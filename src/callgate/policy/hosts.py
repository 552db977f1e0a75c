"""Host patterns: `example.com`, `*.example.com` (not the apex), `api-*.example.com`; `*` never crosses a dot."""

from __future__ import annotations


def host_matches(patterns: tuple[str, ...], target: str) -> bool:
    """Whether one of *patterns* matches the host of *target* (`host` or `host:port`); an empty target never does."""
    host = host_of(target)
    return bool(host) and any(_matches(pattern.lower().rstrip("."), host) for pattern in patterns)


def host_of(target: str) -> str:
    """Return the host in `host:port`, `[v6]:port` or a bare host: lower case, without a trailing dot."""
    if target.startswith("["):
        return target[1:].split("]", 1)[0].lower()
    host = target.rsplit(":", 1)[0] if target.count(":") == 1 else target
    return host.lower().rstrip(".")


def _matches(pattern: str, host: str) -> bool:
    if pattern == "*":
        return True
    wanted, given = pattern.split("."), host.split(".")
    if wanted[0] == "*" and len(given) > len(wanted) > 1:
        # A leading `*.` stands for one or more labels.
        given = ["*", *given[len(given) - len(wanted) + 1 :]]
        wanted = ["*", *wanted[1:]]
    return len(wanted) == len(given) and all(_label(w, g) for w, g in zip(wanted, given, strict=True))


def _label(pattern: str, label: str) -> bool:
    if "*" not in pattern:
        return pattern == label
    head, *middle, tail = pattern.split("*")
    if not label.startswith(head) or not label.endswith(tail) or len(label) < len(head) + len(tail):
        return False
    position = len(head)
    for part in middle:
        position = label.find(part, position, len(label) - len(tail))
        if position < 0:
            return False
        position += len(part)
    return bool(label)
