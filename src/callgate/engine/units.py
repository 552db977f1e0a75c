"""A tool call becomes units: file tools have one, shell calls as many as they have commands."""

from __future__ import annotations

from typing import Callable, Mapping

from callgate.core.model import Analysis, Operation, OperationKind, ToolCall, Unit
from callgate.core.paths import join, normalise

SHELL_TOOLS = frozenset({"Bash", "Monitor"})

_WILD = frozenset("*?[{")


def analyse(call: ToolCall, home: str) -> Analysis:
    """Return what *call* would do.

    Args:
        call: the call; its `cwd` may be empty (then relative targets are dynamic).
        home: absolute home directory.
    """
    command = call.input.get("command")
    if call.tool in SHELL_TOOLS and isinstance(command, str):
        return _shell(call, command, home)
    if call.tool == "PowerShell":
        text = command if isinstance(command, str) else ""
        why = "PowerShell is not analysed"
        operation = Operation("unknown", why, via="$…")
        return Analysis((Unit("command", text, (), (operation,), known=False, problem=why),), raw=text)
    make = _TOOLS.get(call.tool)
    operations = make(call, home) if make is not None else ()
    text = " ".join([call.tool, *(op.target for op in operations[:1] if op.target)])
    return Analysis((Unit("tool", text, (call.tool,), operations, known=make is not None),))


def not_analysed(call: ToolCall, why: str) -> Analysis:
    """Return what stands for a call whose analysis failed: one unit that nothing covers, and the text for denies."""
    command = call.input.get("command")
    text = command if isinstance(command, str) else call.tool
    operation = Operation("unknown", why, via="$…")
    unit = Unit("command", text[:200], (), (operation,), known=False, problem=f"the analysis failed: {why}")
    return Analysis((unit,), raw=text if isinstance(command, str) else "")


def _shell(call: ToolCall, command: str, home: str) -> Analysis:
    from callgate.shell.analyse import analyse_command  # noqa: PLC0415 - file tools need no parser

    analysis = analyse_command(command, cwd=call.cwd, home=home)
    if call.input.get("dangerouslyDisableSandbox"):
        operation = Operation("system", "leaves the sandbox", via="dangerouslyDisableSandbox")
        unit = Unit("tool", "dangerouslyDisableSandbox", (call.tool,), (operation,))
        return analysis._replace(units=(*analysis.units, unit))
    return analysis


def path_operation(kind: OperationKind, path: str, call: ToolCall, home: str) -> Operation:
    """Return *kind* on *path* as a file tool sees it: `~/` is home, relative paths start at the call's cwd."""
    expanded = home + path[1:] if path == "~" or path.startswith("~/") else path
    if not expanded.startswith("/") and not call.cwd.startswith("/"):
        return Operation(kind, "", dynamic=True)
    raw = join(call.cwd, expanded)
    return Operation(kind, normalise(raw), raw=raw if ".." in raw else "")


def _file(*kinds: OperationKind, field: str = "file_path") -> Callable[[ToolCall, str], tuple[Operation, ...]]:
    def operations(call: ToolCall, home: str) -> tuple[Operation, ...]:
        path = call.input.get(field)
        if not isinstance(path, str) or not path:
            return tuple(Operation(kind, "", dynamic=True) for kind in kinds)
        return tuple(path_operation(kind, path, call, home) for kind in kinds)

    return operations


def _grep(call: ToolCall, home: str) -> tuple[Operation, ...]:
    path = call.input.get("path")
    glob = call.input.get("glob")
    globs = [part for part in glob.replace(",", " ").split() if part] if isinstance(glob, str) else []
    start = path_operation("read", path if isinstance(path, str) and path else ".", call, home)
    return (
        start._replace(
            recursive=True,
            only=tuple(_base(part) for part in globs if not part.startswith("!")),
            skip=tuple(_base(part[1:]) for part in globs if part.startswith("!")),
        ),
    )


def _base(glob: str) -> str:
    return glob.rsplit("/", 1)[-1] or glob


def _glob(call: ToolCall, home: str) -> tuple[Operation, ...]:
    """Glob lists names. It reads the directory where its wildcards start, and the name that is left without them.

    `**/.env*` thus reads `.env`, which a deny rule on `**/.env*` must see; `**/*.py` leaves nothing to protect.
    """
    path = call.input.get("path")
    pattern = call.input.get("pattern")
    base = path if isinstance(path, str) and path else "."
    if not isinstance(pattern, str):
        return (path_operation("read", base, call, home),)
    segments = pattern.split("/")
    literal = next((i for i, s in enumerate(segments) if _WILD.intersection(s)), len(segments))
    start = "/".join(segments[:literal]) or ("/" if pattern.startswith("/") else "")
    root = path_operation("read", join(base, start) if start else base, call, home)
    rest = [bare for segment in segments[literal:] if (bare := "".join(c for c in segment if c not in "*?[]{}"))]
    if not rest or root.dynamic:
        return (root,)
    named = normalise("/".join([root.target, *rest]))
    return (root, Operation("read", named))


def _fetch(call: ToolCall, _home: str) -> tuple[Operation, ...]:
    url = call.input.get("url")
    host = host_of_url(url) if isinstance(url, str) else ""
    return (Operation("network", host, dynamic=not host),)


def host_of_url(url: str) -> str:
    """Return `host` or `host:port` of an http(s) URL, lower case; empty when there is none to be certain of."""
    scheme, found, rest = url.partition("://")
    if not found or scheme.lower() not in {"http", "https"}:
        return ""
    authority = rest.split("/", 1)[0].split("?", 1)[0].split("#", 1)[0]
    # A backslash or white space makes parsers disagree about where the host ends.
    if any(char in authority for char in "\\ \t\r\n\x00"):
        return ""
    return authority.rsplit("@", 1)[-1].lower()


def _search(_call: ToolCall, _home: str) -> tuple[Operation, ...]:
    return (Operation("network", "web search"),)


_EDIT = _file("read", "write")
_TOOLS: Mapping[str, Callable[[ToolCall, str], tuple[Operation, ...]]] = {
    "Read": _file("read"),
    "Write": _file("write"),
    "Edit": _EDIT,
    "MultiEdit": _EDIT,
    "NotebookEdit": _file("read", "write", field="notebook_path"),
    "Glob": _glob,
    "Grep": _grep,
    "LS": _file("read", field="path"),
    "WebFetch": _fetch,
    "WebSearch": _search,
}
