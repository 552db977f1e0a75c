"""One HTML page that needs nothing but itself: no script, no address of anything, every text escaped.

What it shows was written by agents and those who steer them. Should a text ever come through as markup, the policy of
the page (`Content-Security-Policy`) still runs and loads nothing; styles are allowed by their hash.
"""

from __future__ import annotations

import base64
import hashlib
import html
from typing import Final, Sequence

from callgate.cli.text import visible

_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1c2128; --soft: #59636e; --line: #d1d9e0; --paper: #ffffff; --bar: #3b6fb6; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --soft: #9198a1; --line: #3d444d; --paper: #0d1117; --bar: #6ea8fe; }
}
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
p { color: var(--soft); }
table { border-collapse: collapse; width: 100%; }
td, th { padding: .25rem .5rem; text-align: left; vertical-align: middle; border-bottom: 1px solid var(--line); }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; width: 7rem; }
td.c { font-family: ui-monospace, monospace; font-size: .85rem; overflow-wrap: anywhere; }
td.b { width: 40%; }
svg { display: block; width: 100%; height: 1rem; } svg.hours { height: 6rem; }
rect { fill: var(--bar); }
rect.allow { fill: #2da44e; } rect.deny { fill: #cf222e; }
rect.ask { fill: #bf8700; } rect.passthrough { fill: #1b7c83; }
.facts { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; padding: 0; list-style: none; }
.facts b { display: block; font-size: 1.5rem; }
"""
_CLASSES: Final = frozenset({"allow", "deny", "ask", "passthrough"})


def page(title: str, *parts: str) -> str:
    """Return the page.

    Args:
        title: its heading.
        parts: markup made by the functions of this module.
    """
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{text(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{text(title)}</h1>\n"
        + "\n".join(parts)
        + "\n</body>\n</html>\n"
    )


def text(value: str) -> str:
    """Return *value* as it is safe in an element or a quoted attribute: escaped, hidden characters visible."""
    return html.escape(visible(value), quote=True)


def paragraph(value: str) -> str:
    """Return a paragraph."""
    return f"<p>{text(value)}</p>"


def heading(value: str) -> str:
    """Return the heading of a section."""
    return f"<h2>{text(value)}</h2>"


def facts(values: Sequence[tuple[str, str]]) -> str:
    """Return large numbers side by side: (what, number)."""
    items = "".join(f"<li><b>{text(number)}</b>{text(what)}</li>" for what, number in values)
    return f'<ul class="facts">{items}</ul>'


def bars(names: str, rows: Sequence[tuple[str, int]], *, code: bool = False) -> str:
    """Return a table of counts with a bar each.

    Args:
        names: what the first column holds.
        rows: name and count.
        code: whether names are commands.
    """
    largest = max((count for _, count in rows), default=0)
    kind = ' class="c"' if code else ""
    lines = [
        f'<tr><td{kind}>{text(name)}</td><td class="n">{count:,}</td>'
        f'<td class="b">{_bar(name, count, largest)}</td></tr>'
        for name, count in rows
    ]
    return f'<table><tr><th>{text(names)}</th><th class="n">count</th><th></th></tr>{"".join(lines)}</table>'


def columns(values: Sequence[tuple[str, int]]) -> str:
    """Return a chart of columns, left to right: (what it is, count)."""
    largest = max((count for _, count in values), default=0) or 1
    shapes = []
    for at, (name, count) in enumerate(values):
        height = 100 * count / largest
        label = f"<title>{text(name)}: {count:,}</title>"
        shapes.append(f'<rect x="{at}.1" y="{100 - height:.2f}" width="0.8" height="{height:.2f}">{label}</rect>')
    box = f'viewBox="0 0 {max(1, len(values))} 100" preserveAspectRatio="none"'
    return f'<svg class="hours" role="img" {box}>{"".join(shapes)}</svg>'


def _bar(name: str, count: int, largest: int) -> str:
    width = max(0.5, 100 * count / largest) if count and largest else 0
    kind = f' class="{name}"' if name in _CLASSES else ""
    return (
        '<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect{kind} x="0" y="0" width="{width:.2f}" height="10"></rect></svg>'
    )
