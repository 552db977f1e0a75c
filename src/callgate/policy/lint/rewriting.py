"""Regular expressions as word patterns and as globs, where they say no more than those can.

What comes out is only a candidate: `say_it_better` compares it with the expression before it is shown.
"""

from __future__ import annotations

from callgate.policy.language.characters import NOT_NEWLINE, SPACE, complement, one
from callgate.policy.language.syntax import Alt, At, Cat, Chars, Node, Repeat, anchored, finite, literal

_BLANKS = (one(" "), SPACE)
_MAX_GLOBS = 8


def word_pattern(node: Node) -> str | None:
    """Return a word pattern for the commands that an expression beginning with `^` is found in."""
    starts, ends, body = anchored(node)
    if not starts:
        return None
    parts: list[Node] = list(body.parts) if isinstance(body, Cat) else [body]
    open_end = not ends
    while parts and _is_tail(parts[-1]):
        open_end = True
        parts.pop()
    while parts and _is_blank(parts[-1]):
        parts.pop()
        open_end = True
    text = _words(parts)
    if text is None or not text.strip() or text.startswith(" "):
        return None
    return text + (" *" if open_end else "")


def _is_tail(node: Node) -> bool:
    r"""Whether the node is a way to say *and whatever follows*: `.*`, `( .*)?`, `( |$)`, `(\s|$)`, `\b`."""
    if node == At("b"):
        return True
    if isinstance(node, Repeat) and node.least == 0:
        if node.most is None:
            return isinstance(node.body, Chars) and node.body.ranges in (NOT_NEWLINE, ((0, 0x10FFFF),))
        inner = node.body.parts if isinstance(node.body, Cat) else (node.body,)
        return node.most == 1 and len(inner) == 2 and _is_blank(inner[0]) and _is_tail(inner[1])
    if isinstance(node, Alt) and len(node.options) == 2:
        return any(option == At("$") for option in node.options) and any(_is_blank(option) for option in node.options)
    return False


def _is_blank(node: Node) -> bool:
    if isinstance(node, Repeat) and node.least == 1:
        node = node.body
    return isinstance(node, Chars) and node.ranges in _BLANKS


def _words(parts: list[Node]) -> str | None:
    out = ""
    for part in parts:
        if _is_blank(part):
            out += " "
            continue
        text = literal(part)
        if text is not None:
            out += _escaped(text)
            continue
        optional = isinstance(part, Repeat) and (part.least, part.most) == (0, 1)
        body = part.body if isinstance(part, Repeat) and optional else part
        options = _choices(body)
        if options is None:
            return None
        if optional and out and not out.endswith(" ") and all(option.startswith(" ") for option in options):
            out, options = out + " ", [option[1:] for option in options]
        if any(not option.strip() or option != option.strip() for option in options):
            return None
        out += f"({'|'.join(_escaped(option) for option in options)})" + ("?" if optional else "")
    return " ".join(out.split(" "))


def _choices(node: Node) -> list[str] | None:
    found = finite(node)
    return list(found) if found and all(text.isprintable() for text in found) else None


def _escaped(text: str) -> str:
    return "".join("\\" + char if char in "\\*?()|'\"" else char for char in text)


def globs(node: Node) -> list[str] | None:
    """Return globs for the paths that an expression is found in; `None` when there are none to think of."""
    starts, ends, body = anchored(node)
    parts: list[Node] = list(body.parts) if isinstance(body, Cat) else [body]
    front = ""
    if not starts:
        if (parts and _is_slash_or_start(parts[0])) or (parts and literal(parts[0]) == "/"):
            front, parts = "**/", parts[1:]
        else:
            front = "**/*"
    if not ends and parts and parts[-1] == Alt((Chars(one("/")), At("$"))):
        parts, ends = parts[:-1], True
    found = _segments(parts)
    if found is None:
        return None
    back = "" if ends else "*"
    texts = [front + text + ("**" if not ends and text.endswith("/") else back) for text in found]
    texts = [text.replace("**/***/", "**/").replace("**/*/", "**/*/") for text in texts]
    return texts if all(text.startswith(("/", "**/")) and text.strip("*/") for text in texts) else None


def _is_slash_or_start(node: Node) -> bool:
    return isinstance(node, Alt) and set(node.options) == {At("^"), Chars(one("/"))}


def _segments(parts: list[Node]) -> list[str] | None:
    """Return the globs that the parts stand for, choices multiplied out."""
    out = [""]
    for part in parts:
        text = literal(part)
        if text is not None:
            more = [_glob_escaped(text)]
        elif isinstance(part, Repeat) and part.most is None and isinstance(part.body, Chars):
            if part.body.ranges in (NOT_NEWLINE, ((0, 0x10FFFF),)):
                more = ["**" if all(one.endswith("/") for one in out) else "*"]
            elif part.body.ranges == complement(one("/")):
                more = ["*" if part.least == 0 else "?*"]
            else:
                return None
        else:
            found = finite(part)
            if not found:
                return None
            more = [_glob_escaped(option) for option in found]
        out = [head + tail for head in out for tail in more]
        if len(out) > _MAX_GLOBS:
            return None
    # Behind `**` a name begins: `/src/.*\.py` is `/src/**/*.py`.
    return [_after_tree(text) for text in out]


def _after_tree(text: str) -> str:
    head, found, tail = text.rpartition("**")
    if not found or not tail or tail.startswith("/"):
        return text
    return f"{head}**/*{tail}"


def _glob_escaped(text: str) -> str:
    return "".join("\\" + char if char in "\\*?[]" else char for char in text)
