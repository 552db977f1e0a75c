"""The shapes of secrets, as RE2 patterns: what the journal replaces inside one string.

Linear time whatever the text holds: RE2 only, over UTF-8 bytes (lone surrogates survive a round trip that way).
A pattern is compiled only when a cheap look for its hints says that it could match, so `git status` compiles none.
"""

from __future__ import annotations

from itertools import count
from typing import Any, Callable, NamedTuple


class _Shape(NamedTuple):
    """One shape. Group 2 of a match is the secret; what is around it is kept."""

    kind: str
    hints: tuple[bytes, ...]
    """Lower-case substrings, one of which every match has."""
    pattern: bytes
    accept: Callable[[bytes, bytes, bytes], bool] | None = None
    """Called with group 1, the secret and the byte after it; false leaves the text alone."""


_DULL = frozenset(
    (
        *(b"true", b"false", b"null", b"none", b"nil", b"undefined", b"yes", b"no", b"on", b"off"),
        *(b"str", b"string", b"bytes", b"int", b"bool", b"any", b"object", b"optional", b"secret", b"token"),
        *(b"password", b"key", b"value", b"self", b"required", b"redacted", b"changeme", b"xxx", b"***", b""),
    )
)
"""Values that are types, defaults or placeholders."""

_PUBLIC = (b"public_key", b"sort_key", b"primary_key", b"foreign_key", b"cache_key", b"partition_key", b"publickey")
_STRONG_KEYS = (b"api_key", b"apikey", b"access_key", b"accesskey", b"secret_key", b"secretkey", b"private_key")
_DIGITS = frozenset(b"0123456789")


def _assigned(name: bytes, value: bytes, after: bytes) -> bool:
    """Whether `NAME=value` assigns a secret: not a reference to one, a type, a default or a call."""
    name = name.lower().replace(b"-", b"_").rstrip(b" \t\r\n:=>\"'\\")
    value = value.strip(b"\"'")
    if name.endswith(_PUBLIC) or name.startswith(b"__no_") or value.startswith((b"$", b"id=")) or after == b"(":
        return False
    if value.lower().strip(b",;.\\") in _DULL:
        return False
    if name.endswith(b"key") and not name.endswith(_STRONG_KEYS):
        # `SSH_KEY=~/.ssh/id`, `KEY=1`: a place or a number
        return not value.startswith((b"/", b"~", b"./", b"../")) and not value.isdigit()
    return True


def _line(name: bytes, value: bytes, after: bytes) -> bool:
    """Whether a line `name: value` of YAML or INI holds a secret, and is not a type annotation or prose."""
    return _assigned(name, value, after) and not _DIGITS.isdisjoint(value)


def _coded(_: bytes, value: bytes, __: bytes) -> bool:
    """Whether the word after `Basic` or `Bearer` is a credential and not the next word of a sentence."""
    return not value.isalpha() or not (value.islower() or value.istitle() or value.isupper())


def _random(_: bytes, value: bytes, __: bytes) -> bool:
    """Whether the rest of `sk-…` is random and not a hyphenated name."""
    longest = max(len(part) for part in value[3:].replace(b"_", b"-").split(b"-"))
    return longest >= 16 and not _DIGITS.isdisjoint(value)


def _digit(_: bytes, value: bytes, __: bytes) -> bool:
    return not _DIGITS.isdisjoint(value)


_NAME = (
    rb"(?:[A-Za-z0-9_.\-]*(?i:password|passwd|passphrase|secret|token|credentials?"
    rb"|(?:api|access|secret|private|auth|account)[_\-]?key(?:[_\-]?base)?|webhook[_\-]?url)[0-9]?"
    rb"|KEY|[A-Z0-9_]*_(?:KEY|PWD|PASS|PAT|DSN))"
)
_NAME_HINTS = (b"pass", b"secret", b"token", b"credential", b"key", b"webhook", b"_pwd", b"_pat", b"_dsn")
_WORD = rb"""(\"[^\"]*\"|'[^']*'|[^\s\"'`$][^\s\"'`]*)"""
"""One shell word, quoted or not; not one that begins with an expansion."""
_GITLAB = tuple(b"gl" + name + b"-" for name in b"pat oas dt rt cbt ptt ft imt agent soat".split())
_LATER = rb"\s(?:[^|;&\n]*?\s)?"
"""Further words of the same command."""

_SHAPES: tuple[_Shape, ...] = (
    _Shape(  # to the end of the text when the end marker is missing: half a key is a secret too
        "private-key",
        (b"private key",),
        rb"(-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----)((?s:.*?))(?:-----END [A-Z0-9 ]*PRIVATE KEY|\z)",
    ),
    _Shape("jwt", (b"eyj",), rb"(\b)(eyJ[A-Za-z0-9_\-]{8,}\.eyJ[A-Za-z0-9_\-]{4,}(?:\.[A-Za-z0-9_\-]*)?)"),
    _Shape("aws-access-key", (b"akia", b"asia", b"aroa"), rb"(\b)((?:AKIA|ASIA|AROA)[A-Z0-9]{16})\b"),
    _Shape(
        "github-token",
        (b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_", b"github_pat_"),
        rb"(\b)(gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})",
    ),
    _Shape("gitlab-token", _GITLAB, rb"(\b)(gl(?:pat|oas|dt|rt|cbt|ptt|ft|imt|agent|soat)-[A-Za-z0-9_\-]{16,})"),
    _Shape(
        "slack-token",
        (b"xox", b"xapp-"),
        rb"(\b)(xox[abeoprs](?:\.xox[a-z])?-[A-Za-z0-9\-]{10,}|xapp-[A-Za-z0-9\-]{10,})",
    ),
    _Shape("slack-webhook", (b"slack.com",), rb"(hooks\.slack\.com/(?:services|workflows)/)([A-Za-z0-9/_\-]{8,})"),
    _Shape("api-key", (b"sk-",), rb"(\b)(sk-(?:ant|proj|or|svcacct|admin)-[A-Za-z0-9_\-]{8,})", _digit),
    _Shape("api-key", (b"sk-",), rb"(\b)(sk-[A-Za-z0-9_\-]{20,})", _random),
    _Shape(
        "google-key",
        (b"aiza", b"ya29.", b"gocspx-"),
        rb"(\b)(AIza[A-Za-z0-9_\-]{30,}|ya29\.[A-Za-z0-9_\-]{20,}|GOCSPX-[A-Za-z0-9_\-]{20,})",
    ),
    _Shape(
        "stripe-key",
        (b"k_live_", b"k_test_", b"whsec_"),
        rb"(\b)([sr]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/=]{16,})",
    ),
    _Shape("npm-token", (b"npm_",), rb"(\b)(npm_[A-Za-z0-9]{30,})"),
    _Shape("pypi-token", (b"pypi-",), rb"(\b)(pypi-[A-Za-z0-9_\-]{16,})", _random),
    _Shape("hugging-face-token", (b"hf_",), rb"(\b)(hf_[A-Za-z0-9]{30,})"),
    _Shape(
        "url-password",
        (b"://",),
        rb"(\b[A-Za-z][A-Za-z0-9+.\-]*://[^\s/?#@:\"'`<>]*:)([^\s/?#\"'`<>$][^\s/?#\"'`<>]*)@",
    ),
    _Shape("url-token", (b"://",), rb"(\bhttps?://)([A-Za-z0-9_\-]{20,})@"),  # the user name is the secret
    _Shape("authorization", (b"bearer",), rb"((?i:bearer)\s{1,4})([A-Za-z0-9+/=._~\-]{8,})", _coded),
    _Shape("authorization", (b"basic",), rb"((?i:basic)\s{1,4})([A-Za-z0-9+/=]{8,})", _coded),
    _Shape(
        "authorization",
        (b"authorization",),
        rb"((?i:authorization)[\"']?\s*[:=]\s*[\"']?(?:(?i:token|digest|apikey|negotiate)\s+)?)([^\s\"'`]{16,})",
        _digit,
    ),
    _Shape("cookie", (b"cookie",), rb"((?i:\b(?:set-)?cookie:)\s*)([^\s\"'$][^\"'\r\n]*)"),
    _Shape(
        "header",
        (b"key:", b"token:", b"secret:"),
        rb"(\b(?i:x-[a-z0-9\-]*(?:key|token|secret)|private-token|job-token|api-?key):\s*)([^\s\"'$`][^\s\"'`]*)",
    ),
    _Shape(
        "option",
        (b"--",),
        rb"(--(?:[a-z0-9]+-)*(?:password|passwd|passphrase|pass|secret|token|api-?key|(?:access|secret|auth)-key)"
        rb"(?:=|[ \t]+))" + _WORD,
        _assigned,
    ),
    _Shape("option", (b"sshpass",), rb"(\bsshpass\s+-p\s*)" + _WORD),
    _Shape("option", (b"mysql", b"mariadb"), rb"(\b(?:mysql|mariadb)[a-z\-]*" + _LATER + rb"-p)" + _WORD),
    _Shape("option", (b" login",), rb"(\b(?:docker|podman|oc|az)\s+login" + _LATER + rb"-p[ \t]+)" + _WORD),
    _Shape("option", (b"redis-cli",), rb"(\bredis-cli" + _LATER + rb"-a[ \t]+)" + _WORD),
    _Shape(
        "option",
        (b"curl",),
        rb"(\bcurl" + _LATER + rb"(?:-u\s*|--user[= ]\s*|--proxy-user[= ]\s*)[\"']?[^\s:\"']*:)"
        rb"([^\s\"'$`][^\s\"'`]*)",
    ),
    _Shape("option", (b"aws_secret_access_key",), rb"(\baws_secret_access_key[ \t]+)([^\s=\"'`$]{20,})"),
    # `"password": "x"`, `password = 'x'`, `\"token\":\"x\"` inside a quoted JSON body
    _Shape(
        "value",
        _NAME_HINTS,
        rb"(\b" + _NAME + rb"\\?[\"']?\s*(?::|=|:=|=>)\s*\\?\")([^\"\\\s<{](?:[^\"\\]|\\[^\"])*)",
        _assigned,
    ),
    _Shape("value", _NAME_HINTS, rb"(\b" + _NAME + rb"[\"']?\s*(?::|=|:=|=>)\s*')([^'\s<{][^']*)", _assigned),
    # `TOKEN=x`, `?access_token=x&`; not `token=get()`, not `TOKEN=$X`
    _Shape(
        "value",
        _NAME_HINTS,
        rb"(\b" + _NAME + rb"=)([^\s\"'`$&;|<>(){},=][^\s\"'`&;|<>(){}]*)",
        _assigned,
    ),
    _Shape(
        "value",
        _NAME_HINTS,
        rb"(?m)(^[ \t]*(?:- )?" + _NAME + rb"[ \t]*[:=][ \t]+)([^\s\"'`$(){}<>]{6,})[ \t\r]*$",
        _line,
    ),
)

_HINTS: tuple[bytes, ...] = tuple({hint: None for shape in _SHAPES for hint in shape.hints})

_SHORT_LIFE = 8
"""Texts after which one automaton for all hints is worth making: a hook process ends before."""
_texts = count()

_MARK = "«masked:".encode()
_compiled: dict[bytes, Any] = {}

_clean: set[str] = set()
"""Texts in which nothing was found: paths and words come again in every part of a record, and in the next one. Never
a text that holds a secret, which would stay in memory."""
_MAX_CLEAN, _MAX_CLEAN_TEXT = 4_096, 512


def may_hold(text: str) -> bool:
    """Whether *text* has the hint of some shape; without one `find` and `secret_name` find nothing in it."""
    lower = text.lower().encode("utf-8", "surrogatepass")
    if next(_texts) < _SHORT_LIFE:
        return any(map(lower.__contains__, _HINTS))
    return _any_hint().search(lower) is not None


def _any_hint() -> Any:  # noqa: ANN401 - as `_regex`
    """Return the expression that finds any of the hints, each letter for letter."""
    found = _compiled.get(b"")
    if found is None:
        literal = (b"".join(b"\\x%02x" % byte for byte in hint) for hint in _HINTS)
        found = _compiled[b""] = _regex(b"|".join(literal))
    return found


def find(text: str) -> tuple[str, list[tuple[str, str]]]:
    """Replace every secret in *text* by `«masked:KIND»`.

    Returns:
        The text (the same object when nothing was found), and the kind and the secret of each that was found.
    """
    if text in _clean:
        return text, []
    data = text.encode("utf-8", "surrogatepass")
    lower = data.lower()
    found: list[tuple[str, str]] = []
    present = set(filter(lower.__contains__, _HINTS))
    for shape in _SHAPES if present else ():
        if not present.isdisjoint(shape.hints):
            data = _replace(shape, data, found)
    if found:
        return data.decode("utf-8", "surrogatepass"), found
    if len(text) <= _MAX_CLEAN_TEXT:
        if len(_clean) >= _MAX_CLEAN:
            _clean.clear()
        _clean.add(text)
    return text, found


def secret_name(name: str) -> bool:
    """Whether a field of this name holds a secret (`password`, `apiKey`, `AWS_SECRET_ACCESS_KEY`)."""
    data = name.encode("utf-8", "surrogatepass")
    lower = data.lower()
    if not any(hint in lower for hint in _NAME_HINTS) or lower.replace(b"-", b"_").endswith(_PUBLIC):
        return False
    return bool(_regex(_NAME).fullmatch(data))


def _replace(shape: _Shape, data: bytes, found: list[tuple[str, str]]) -> bytes:
    out: list[bytes] = []
    end = 0
    replacement = f"«masked:{shape.kind}»".encode()
    for match in _regex(shape.pattern).finditer(data):
        start, stop = match.span(2)
        secret = data[start:stop]
        if not secret.strip(b"\"'") or secret.startswith(_MARK) or data.endswith(_MARK, 0, start):
            continue
        if shape.accept is not None and not shape.accept(match.group(1), secret, data[stop : stop + 1]):
            continue
        out += (data[end:start], replacement)
        end = stop
        found.append((shape.kind, secret.decode("utf-8", "surrogatepass")))
    return b"".join((*out, data[end:])) if out else data


def _regex(pattern: bytes) -> Any:  # noqa: ANN401 - google-re2 ships no types
    compiled = _compiled.get(pattern)
    if compiled is None:
        import re2  # noqa: PLC0415 - 10 ms that a call without any hint of a secret does not pay

        options = re2.Options()
        options.encoding = re2.Options.Encoding.LATIN1
        compiled = _compiled[pattern] = re2.compile(pattern, options)
    return compiled
