"""Makes up strings that an expression matches, short and readable ones, at least one for each of its alternatives."""

from __future__ import annotations

from callgate.policy.language.characters import pleasant
from callgate.policy.language.reader import read
from callgate.policy.language.syntax import Alt, Cat, Chars, Node, Repeat, Unsupported
from callgate.policy.patterns import AnyWords, Element, OneWord, PatternError, parse_pattern
from callgate.policy.regexes import Pattern

LIMIT = 24


def of_regex(regex: str, *, case_sensitive: bool = True, limit: int = LIMIT) -> list[str]:
    """Return strings in which *regex* is found, each checked by the engine; empty when none could be made up."""
    try:
        node = read(regex, case_sensitive=case_sensitive, lenient=True).node
        pattern = Pattern(regex, case_sensitive=case_sensitive, on_timeout=False)
    except (Unsupported, ValueError):
        return []
    return [text for text in of_node(node, limit) if pattern.search(text)][:limit]


def of_node(node: Node, limit: int) -> list[str]:
    """Return strings that the tree stands for, places and what it leaves out aside."""
    if isinstance(node, Chars):
        return [pleasant(node.ranges)] if node.ranges else []
    if isinstance(node, Alt):
        found = [of_node(option, limit) for option in node.options]
        first = [texts[0] for texts in found if texts]
        return list(dict.fromkeys(first + [text for texts in found for text in texts[1:]]))[:limit]
    if isinstance(node, Cat):
        return _joined([of_node(part, limit) for part in node.parts], limit)
    if isinstance(node, Repeat):
        body = of_node(node.body, limit)
        counts = [node.least] + ([node.least + 1] if node.most is None or node.most > node.least else [])
        shown = [text * min(count, 40) for count in counts for text in (body or [""])]
        return list(dict.fromkeys(shown))[:limit]
    return [""]


def _joined(parts: list[list[str]], limit: int) -> list[str]:
    """Return strings that vary one part at a time, the others at their first."""
    if any(not texts for texts in parts):
        return []
    firsts = [texts[0] for texts in parts]
    out = ["".join(firsts)]
    for position, texts in enumerate(parts):
        for text in texts[1:]:
            if len(out) >= limit:
                return out
            out.append("".join([*firsts[:position], text, *firsts[position + 1 :]]))
    return list(dict.fromkeys(out))


def of_command(pattern: str, *, rest: tuple[str, ...] = (), limit: int = LIMIT) -> list[tuple[str, ...]]:
    """Return commands, word by word, that the word pattern matches.

    Args:
        pattern: as a rule has it.
        rest: what the first lone `*` stands for; nothing by default.
        limit: at most so many come back.
    """
    try:
        elements = parse_pattern(pattern)
    except PatternError:
        return []
    found = _of_elements(elements, rest, limit)
    return [argv for argv in dict.fromkeys(found) if argv][:limit]


def _of_elements(elements: tuple[Element, ...], rest: tuple[str, ...], limit: int) -> list[tuple[str, ...]]:
    out: list[tuple[str, ...]] = [()]
    for element in elements:
        if isinstance(element, AnyWords):
            choices: list[tuple[str, ...]] = [rest]
        elif isinstance(element, OneWord):
            choices = [(word,) for word in _of_word(element)]
        else:
            choices = [argv for option in element.options for argv in _of_elements(option, rest, limit)]
            choices += [()] if element.optional else []
        # The first choice of each is paired with all that stands before it, the others with what stands first.
        out = [argv + choices[0] for argv in out] + [out[0] + choice for choice in choices[1:]]
        out = out[:limit]
    return out


def _of_word(word: OneWord) -> list[str]:
    texts = [""]
    for kind, text in word.parts:
        options = text.split("|") if kind == "choice" else [text if kind == "text" else "x"]
        texts = [head + option for head in texts for option in options][:8]
    return texts
