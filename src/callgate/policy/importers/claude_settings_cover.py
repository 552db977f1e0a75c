"""Statements that change nothing: said twice, covered by another allow, or overruled by a deny or ask.

Everything here is a sufficient condition: a statement is called dead only when the other one surely says all of it.
"""

from __future__ import annotations

from typing import Final, Iterable, Iterator, NamedTuple

from callgate.policy.importers.claude_settings_model import Parsed, Statement
from callgate.policy.importers.claude_settings_paths import EDITORS, READERS
from callgate.policy.importers.claude_settings_shell import is_whole, literal
from callgate.policy.regexes import PatternSet

_ANY: Final = "\x01"
"""Stands for a wildcard in a text that is matched; only a wildcard of the other rule matches it."""


class Subject(NamedTuple):
    """A statement that covers others: what it says as expressions over texts as `_texts` makes them."""

    statement: Statement
    regexes: tuple[str, ...]


class Covers:
    """Finds the first statement that says all of what another one says."""

    def __init__(self, parsed: Iterable[Parsed]) -> None:
        """Keep *parsed*, in the order in which they are named."""
        subjects = [Subject(one.statement, _regexes(one)) for one in parsed]
        entries = [(f"(?s){text}", True, at) for at, subject in enumerate(subjects) for text in subject.regexes]
        self._subjects = subjects
        self._set: PatternSet[int] = PatternSet(entries, whole=True, on_timeout=False)

    def of(self, parsed: Parsed) -> Statement | None:
        """Return a statement, other than its own, that covers *parsed*."""
        left: set[int] | None = None
        for text in _texts(parsed):
            found = set(self._set.match(text))
            left = found if left is None else left & found
        for at in sorted(left or ()):
            if self._subjects[at].statement is not parsed.statement:
                return self._subjects[at].statement
        return None


def _regexes(parsed: Parsed) -> tuple[str, ...]:
    """Return expressions that together match no more than what the rule says for certain."""
    tool, spec = parsed.tool, parsed.spec
    if parsed.statement.directory:
        return ()
    tool = "Task" if tool == "Agent" else tool
    name = _glob(tool)
    if spec is None or (tool == "Bash" and is_whole(spec)):
        if tool.startswith("mcp__") and "__" not in tool[len("mcp__") :] and "*" not in tool:
            return (f"{name}__.*",)
        return (f"{name}(?:\n.*)?",)
    text = spec.strip()
    if tool == "Bash":
        return tuple(f"Bash\n{one}" for one in _shell(text))
    if tool in {"Read", "Edit"}:
        text = _placed(parsed)
        head = f"{tool}\n{literal(text.removesuffix('/**'))}"
        return (f"{head}(?:/.*)?",) if text.endswith("/**") and len(text) > 3 else (head,)
    return (f"{name}\n{literal(text)}",)


def _shell(text: str) -> Iterator[str]:
    """Yield expressions for the text of a Bash rule, read narrowly."""
    if text.endswith(":*"):
        head = text[:-2].rstrip()
        if "*" not in head:
            yield f"{literal(head)}(?: .*)?"
        return
    if "\\" in text:
        yield literal(text) if "*" not in text else literal(text + _ANY)
    elif text.count("*") == 1 and text.endswith(" *"):
        yield f"{literal(text[:-2].rstrip())}(?: .*)?"
    else:
        yield _glob(text)


def _texts(parsed: Parsed) -> Iterator[str]:
    """Yield texts that stand for everything which the rule may say, read widely."""
    tool, spec = "Task" if parsed.tool == "Agent" else parsed.tool, parsed.spec
    if spec is None or (tool == "Bash" and is_whole(spec)):
        name = tool.replace("*", _ANY)
        if tool.startswith("mcp__") and "__" not in tool[len("mcp__") :]:
            name += f"__{_ANY}"
        yield name
        yield f"{name}\n{_ANY}"
        return
    text = spec.strip()
    if tool in {"Read", "Edit"}:
        text = _placed(parsed)
    elif tool == "Bash" and text.endswith((":*", " *")):
        text = text[:-2].rstrip()
        yield f"{tool}\n{text.replace('*', _ANY)}"
        text += f" {_ANY}"
    yield f"{tool}\n{text.replace('*', _ANY)}" if tool == "Bash" else f"{tool.replace('*', _ANY)}\n{text}"


def _placed(parsed: Parsed) -> str:
    """Return a path pattern so that the same text means the same place, in whichever file it stands."""
    text = (parsed.spec or "").strip().removeprefix("./")
    anchored = text.startswith("/") and not text.startswith("//")
    scope = "project" if parsed.statement.origin.scope in {"project", "local"} else parsed.statement.origin.scope
    return f"{scope}:{text}" if anchored else text


def governs(parsed: Parsed) -> Iterator[Parsed]:
    """Yield a deny or ask as it stands, and for each other tool that it takes away as well."""
    yield parsed
    others: tuple[str, ...] = ()
    if parsed.tool == "Read":
        others = ("Edit", *READERS) if parsed.spec is not None else (*READERS, *EDITORS)
    elif parsed.tool == "Edit" and parsed.spec is None:
        others = EDITORS
    yield from (parsed._replace(tool=other) for other in others if other != parsed.tool)


def _glob(text: str) -> str:
    return ".*".join(literal(part) for part in text.split("*"))
