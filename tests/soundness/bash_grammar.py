"""A grammar of bash: scripts out of real constructs, picked by a source of chance.

The chance is a `random.Random`: seeded for a large run, drawn by hypothesis for a small one (which then makes small
what it finds). The alternatives are in `bash_templates`; here is what takes more than choosing: how deep constructs
nest, and here-documents, whose bodies wait for the end of the line.
"""

from __future__ import annotations

from random import Random
from typing import Callable, Mapping

from bash_constructs import CONSTRUCTS
from bash_templates import ODD, SYMBOLS, Alternative


class Grammar:
    """Draws one script.

    Args:
        chance: where every choice comes from.
        depth: how deep constructs nest, at most.
        construct: a name in `CONSTRUCTS` that the script must use; without one, it uses any, or none.
    """

    def __init__(self, chance: Random, depth: int = 3, construct: str = "") -> None:
        self.chance = chance
        self.construct = construct or (chance.choice(tuple(CONSTRUCTS)) if chance.random() < 0.4 else "")
        self.calm = chance.random() < 0.75
        self.depth = min(depth, chance.choice((0, 1, 1, 2))) if self.calm else depth
        self.pending: list[str] = []
        self.special: Mapping[str, Callable[[], str]] = {
            "simple": self.simple, "inside": self.inside, "block": self.block, "here_document": self.here_document,
            "backticked": self.backticked, "assignments": self.assignments, "compound": self.compound,
            "inside_here": self.inside_here, "substitution": lambda: self.deeper("deep_substitution", "end"), "process": self.process,
        }  # fmt: skip

    def script(self) -> str:
        """Return a whole script."""
        lines = [self.line() for _ in range(self.chance.randint(0 if self.construct else 1, 3 if self.calm else 5))]
        if self.construct:
            lines.insert(self.chance.randint(0, len(lines)), self.featured())
        text = "".join(lines)
        if not self.happens(0.03 if self.calm else 0.1):
            return text
        place = self.chance.randint(0, len(text))
        return text[:place] + self.chance.choice(ODD) + text[place:]

    # Choosing

    def happens(self, odds: float) -> bool:
        """Whether something of these *odds* (0 to 1) happens."""
        return self.chance.random() < odds

    def draw(self, symbol: str) -> str:
        """Return one alternative of *symbol*, or one of the words that it lists."""
        if "|" in symbol:
            return self.chance.choice(symbol.split("|")).replace("∅", "").replace("¦", "|")
        if symbol in self.special:
            return self.special[symbol]()
        if symbol not in SYMBOLS:
            return symbol
        found = SYMBOLS[symbol]
        if self.calm and self.happens(0.7):
            # What the analysis refuses somewhere tests nothing anywhere.
            found = tuple(each for each in found if each.weight > 1) or found
        return self.fill(found)

    def fill(self, found: tuple[Alternative, ...]) -> str:
        """Return one of the alternatives *found*, with what it leaves open."""
        (chosen,) = self.chance.choices(found, [each.weight for each in found])
        text = "".join(self.draw(part) if at % 2 else part for at, part in enumerate(chosen.parts))
        return text.replace("∅", "").replace("¦", "|")

    def featured(self) -> str:
        """Return a line that uses the construct; now and then inside of another one."""
        text = self.fill(CONSTRUCTS[self.construct])
        bodies, self.pending = "".join(self.pending), []
        if not bodies and "\n" not in text and self.happens(0.25):
            around = self.chance.choice(
                ("( {} )", "{{ {}; }}", "if ls; then {}; fi", "x=$({})", 'ls "$({})"', "{} | cat")
            )
            text = around.format(text)
        return f"{text}\n{bodies}"

    def deeper(self, symbol: str, shallow: str) -> str:
        """Draw *symbol* one level down; at the bottom, return *shallow*."""
        if self.depth <= 0:
            return shallow
        self.depth -= 1
        try:
            return self.draw(symbol)
        finally:
            self.depth += 1

    # Lists and lines

    def line(self) -> str:
        """Return one line with the here-documents that it began."""
        text = self.listing() + (" # rm comment 'x" if self.happens(0.05) else "")
        bodies, self.pending = "".join(self.pending), []
        return f"{text}\n{bodies}"

    def inside(self) -> str:
        """Return a list for within brackets of some kind, with its own here-documents."""
        kept, self.pending = self.pending, []
        text = self.listing()
        bodies, self.pending = "".join(self.pending), kept
        return f"{text}\n{bodies}" if bodies else text

    def block(self) -> str:
        """Return one or two lines, each with an end."""
        return "".join(f"{self.inside()}{self._end()}" for _ in range(self.chance.randint(1, 2)))

    def _end(self) -> str:
        return self.chance.choice(("\n", "\n", "\n" if self.pending else "; "))

    def listing(self) -> str:
        """Return `a; b && c | d &`."""
        text = self.pipeline()
        for _ in range(self.chance.choice((0, 0, 0, 1, 1, 2))):
            text += self.chance.choice(("; ", " && ", " || ", ";", "&&", " & ")) + self.pipeline()
        return text + (" &" if self.happens(0.03) else "")

    def pipeline(self) -> str:
        """Return `! a | b |& c`."""
        text = (self.chance.choice(("! ", "time ", "time -p ")) if self.happens(0.04) else "") + self.draw("command")
        for _ in range(self.chance.choice((0, 0, 0, 0, 1, 1, 2))):
            if not self.pending:
                text += self.chance.choice((" | ", "|", " |& ", " |\n ")) + self.draw("command")
        return text

    # Commands

    def simple(self) -> str:
        """Return assignments, a program, words and redirects, in any order that bash allows."""
        parts = [self.draw("assignment")] if self.happens(0.08) else []
        if not self.calm and self.happens(0.08):
            parts.append(self.draw("redirect"))
        parts.append(self.program())
        first = len(parts)
        parts += [self.draw("argument") for _ in range(self.chance.choice((0, 1, 1, 2, 3)))]
        for _ in range(self.chance.choice((0, 0, 0, 1, 1, 2))):
            parts.insert(len(parts) if self.calm else self.chance.randint(first, len(parts)), self.draw("redirect"))
        return " ".join(parts)

    def program(self) -> str:
        """Return the name of a program or function, now and then quoted or from a variable."""
        name = self.draw("program")
        if self.happens(0.8):
            return name
        ways = (f"'{name}'", f"\\{name}", f'"{name}"', f"{name[0]}''{name[1:]}", f"$'{name}'", name, name)
        return self.draw("word") if self.happens(0.1) else self.chance.choice(ways)

    def assignments(self) -> str:
        """Return one or two assignments on their own."""
        return self.draw("assignment") + (" " + self.draw("assignment") if self.happens(0.2) else "")

    def compound(self) -> str:
        """Return a compound command, with a redirect now and then."""
        text = self.deeper("deep_compound", "ls")
        return f"{text} {self.draw('redirect')}" if self.happens(0.15) else text

    def backticked(self) -> str:
        """Return a simple command without anything that would need another backslash between backticks."""
        text = "ls" if self.pending else self.deeper("simple", "ls")
        return text if not any(each in text for each in ("`", "\\", "<<")) else "cat a.txt"

    def process(self) -> str:
        """Return `<(…)` or `>(…)`."""
        return self.chance.choice("<<>") + (f"({self.deeper('inside', 'ls')})")

    def inside_here(self) -> str:
        """Return `<<E` with its body and the end of its last line, for within `$(…)`."""
        kept, self.pending = self.pending, []
        text = self.here_document()
        text += "\n" + "".join(self.pending)
        self.pending = kept
        return text

    def here_document(self) -> str:
        """Return `<<EOF`, quoted or not, with or without tabs; its body is put off."""
        label = self.chance.choice(("EOF", "E", "end", "L1"))
        tabs = self.chance.choice(("", "", "-"))
        written = self.chance.choice((label, label, f"'{label}'", f'"{label}"', f"\\{label}"))
        lines = [self.draw("here_line") for _ in range(self.chance.randint(0, 3))]
        indent = "\t" if tabs else ""
        self.pending.append("".join(f"{indent}{line}\n" for line in (*lines, label)))
        return f"<<{tabs}{self.chance.choice(('', ' '))}{written}"
