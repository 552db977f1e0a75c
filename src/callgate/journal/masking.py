"""What the journal writes in place of what it was given: a deep copy without secrets and within bounds."""

from __future__ import annotations

import json
from typing import Any, Callable, Container, Mapping

from callgate.journal import secrets

MAX_TEXT = 64 * 1024
"""Characters of one string; the rest is cut, and the cut is recorded."""

_OVERLAP = 4 * 1024
"""Characters looked at beyond the cut, so that a secret that lies across it is still recognised."""

Find = Callable[[str], tuple[str, list[tuple[str, str]]]]

_MAX_TOTAL = 1024 * 1024
_MAX_NODES = 20_000
_MAX_DEPTH = 100
_MAX_WHAT = 100
_MIN_KNOWN = 6
"""A shorter secret is not looked for elsewhere: it would hit ordinary words."""


def mask(value: object) -> tuple[Any, list[str]]:
    """Return a masked deep copy of *value* and what was done to it.

    Secrets become `«masked:KIND»`, by their shape or by the name of their field. Strings longer than `MAX_TEXT`, and
    values beyond 1 MiB of text, 20,000 nodes or 100 levels, are cut with a marker that says how much is missing.

    Returns:
        JSON values only, and one line `where: what` for each mask and cut (at most 100, each once).
    """
    masker = Masker()
    return masker.mask(value), masker.what


def mask_parts(
    parts: Mapping[str, object], *, fields: Container[str], find: Find = secrets.find
) -> tuple[dict[str, Any], list[str]]:  # fmt: skip
    """Mask the parts of one record in their order, so that a secret of one is known in those after it.

    Args:
        parts: name -> value, JSON values as `mask` takes them.
        fields: names of the parts whose keys are names of fields.
        find: `secrets.find`, or what remembers its answers: whoever masks many records meets the same texts.

    Returns:
        A new value for each name, and what was done, as `mask` says it.
    """
    plain = _plain_copy(list(parts.values()))
    if plain is not None:
        return dict(zip(parts, plain, strict=True)), []
    masker = Masker(find)
    return {name: masker.mask(value, name, fields=name in fields) for name, value in parts.items()}, masker.what


def _plain_copy(value: object) -> Any:  # noqa: ANN401 - JSON in, JSON out
    """Copy *value* when it is small JSON without any hint of a secret, the usual case; `None` when it is not.

    One look at the whole text instead of one at each string. Hints are plain ASCII without quotes or backslashes, so
    what is found in no part of the text is in none of its strings.
    """
    try:
        text = json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return None
    return None if len(text) > MAX_TEXT or secrets.may_hold(text) else json.loads(text)


class Masker:
    """Masks the parts of one record. A secret seen in one part is also replaced, by its text, in the parts after it."""

    def __init__(self, find: Find = secrets.find) -> None:
        self._find = find
        self.what: list[str] = []
        """What was masked or cut, in order: `where: what`."""
        self._known: dict[str, str] = {}
        self._nodes = 0
        self._total = 0

    def mask(self, value: object, where: str = "", *, fields: bool = True) -> Any:  # noqa: ANN401 - JSON in, JSON out
        """Return a masked deep copy of *value*, with fresh bounds.

        Args:
            value: JSON values; tuples become lists, anything else its text.
            where: what the part is called in `what`.
            fields: keys are names of fields (`password`), and not paths or patterns.
        """
        self._nodes = self._total = 0
        return self._value(value, where, fields, "", 0)

    def _value(self, value: object, where: str, fields: bool, secret: str, depth: int) -> Any:  # noqa: ANN401
        self._nodes += 1
        if value is None or isinstance(value, (bool, int)):
            return value
        if isinstance(value, float):
            return value if value - value == 0 else str(value)  # JSON has no infinity and no NaN
        if not isinstance(value, (dict, list, tuple)):
            return self._text(str(value), where, secret)
        if depth >= _MAX_DEPTH or self._nodes + len(value) > _MAX_NODES:
            self._note(where, f"cut {len(value)} values")
            return f"«cut: {len(value)} values»"
        if not isinstance(value, dict):
            return [self._value(item, f"{where}[{i}]", fields, secret, depth + 1) for i, item in enumerate(value)]
        out: dict[str, Any] = {}
        for key, item in value.items():
            name = self._text(str(key), f"{where} (a key)", "")
            while name in out:
                name += "'"
            inner = "field" if secret or (fields and secrets.secret_name(str(key)[:200])) else ""
            out[name] = self._value(item, f"{where}.{name[:40]}".lstrip("."), fields, inner, depth + 1)
        return out

    def _text(self, text: str, where: str, secret: str) -> str:
        """Mask and cut one string. Looks only at what may be kept, so the time is bounded whatever its length."""
        limit = min(MAX_TEXT, max(0, _MAX_TOTAL - self._total))
        head = text[: limit + _OVERLAP]
        if secret and head:
            self._learn(secret, text)
            self._note(where, secret)
            return f"«masked:{secret}»"
        masked, found = self._find(head)
        for known, kind in self._known.items():
            if known in masked:
                masked = masked.replace(known, f"«masked:{kind}»")
                self._note(where, kind)
        for kind, known in found:
            self._learn(kind, known)
            self._note(where, kind)
        if len(text) > len(head):  # what lies beyond was never looked at: nothing near it may show
            masked = masked[: max(0, len(masked) - _OVERLAP)]
        kept = masked[:limit]
        self._total += len(kept)
        if len(kept) == len(masked) and len(head) == len(text):
            return kept
        dropped = max(1, len(text) - len(kept))  # exact unless something in it was masked
        self._note(where, f"cut {dropped} characters")
        return f"{kept}«cut: {dropped} characters»"

    def _learn(self, kind: str, secret: str) -> None:
        secret = secret.strip("\"' \t\r\n")
        if _MIN_KNOWN <= len(secret) <= MAX_TEXT and len(self._known) < _MAX_WHAT:
            self._known[secret] = kind

    def _note(self, where: str, what: str) -> None:
        line = f"{where}: {what}" if where else what
        if line not in self.what and len(self.what) < _MAX_WHAT:
            self.what.append(line)
