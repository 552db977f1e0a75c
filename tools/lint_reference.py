"""Writes docs/lint.md from the docstrings of the lints.

`python tools/lint_reference.py` writes it; with `--check` it only compares, and exits with 1 when they differ.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import sys
from pathlib import Path

from callgate.policy.lint import LINTS

TARGET = Path(__file__).parent.parent / "docs" / "lint.md"

HEAD = """<!-- Written by tools/lint_reference.py from src/callgate/policy/lint/: change those. -->
# Lint

`callgate validate` (also `decision_reviewer validate-config`) looks at the rules of a policy that loads.
It warns about what is odd: with file, line, column, what to do, and often a call that shows it.
A warning changes nothing about what is decided, and the hook never looks.

- `--no-lint` leaves it out; `--strict` exits with 1 when there is a warning.
- `--json` lists everything under `lint`, with code, severity, rule, place, help, witness and suggestion.
- The most important findings come first. Of each code five are written out, the rest is counted.
- A *note* is worth knowing and nothing to mend: a deny that takes something out of a broader allow.
  Only `--json` lists notes.
- Rules of the shipped profiles extend each other on purpose, and copies of them are not compared with each other.

That a rule is shadowed is only said where it is proved.
Word patterns and path globs are compared as languages, by a walk over the product of their automata, and regular
expressions as far as their syntax goes.
What cannot be proved is not said, or is called an overlap, with an example.

| code | what it says |
|---|---|
"""


def page() -> str:
    """Return the whole page, codes in order of importance."""
    sections = {code: _doc(code) for code in LINTS}
    rows = [f"| [`{code}`](#{code}) | {text.split(chr(10), 1)[0].rstrip('.')} |\n" for code, text in sections.items()]
    blocks = [f"\n## `{code}`\n\n{_markdown(text)}\n" for code, text in sections.items()]
    return HEAD + "".join(rows) + "".join(blocks)


def _doc(code: str) -> str:
    module = importlib.import_module(f"callgate.policy.lint.{code}")
    return inspect.getdoc(module) or ""


def _markdown(text: str) -> str:
    """Return a docstring with its leading words in bold."""
    for head in ("What it finds:", "Why it matters:"):
        text = text.replace(f"\n{head}", f"\n**{head}**")
    return text.replace("\nInstead", "\n**Instead**", 1)


def main(arguments: list[str]) -> int:
    """Write or check the page; return 1 when it is not up to date."""
    parser = argparse.ArgumentParser(description="Write docs/lint.md from the docstrings of the lints.")
    parser.add_argument("--check", action="store_true", help="compare only")
    given = parser.parse_args(arguments)
    text = page()
    if not given.check:
        TARGET.write_text(text, encoding="utf-8")
        return 0
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text:
        return 0
    print(
        "error: docs/lint.md is not what the lints say\n  help: run `python tools/lint_reference.py`", file=sys.stderr
    )
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
