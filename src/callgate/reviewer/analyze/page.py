"""The report as one HTML page: nothing is loaded from anywhere, nothing runs, and all text is data.

Logs hold what an agent sent. Every text is made visible (no control character survives) and escaped; the page forbids
itself everything but its own style sheet by a policy that names the sheet's hash.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from html import escape
from typing import Any, Iterator, Mapping, Sequence

from callgate.agents.visible import visible

STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2.2rem;border-bottom:1px solid #d0d7de}
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.25rem .6rem .25rem 0}
th{border-bottom:1px solid #d0d7de}td.n,th.n{text-align:right;white-space:nowrap}
code,pre{font:13px/1.45 ui-monospace,monospace;background:#f6f8fa;overflow-wrap:anywhere;white-space:pre-wrap}
pre{padding:.7rem;border-radius:6px}.low{color:#1a7f37}.medium{color:#9a6700}.high{color:#cf222e}
svg{max-width:100%;height:auto}
svg text{font:12px system-ui,sans-serif;fill:#57606a}.bar{fill:#4078c0}.rest{fill:#d0d7de}
@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}code,pre{background:#161b22}
h2,th{border-color:#30363d}svg text{fill:#8b949e}.bar{fill:#58a6ff}.rest{fill:#30363d}}
""".strip()

_CLIP = 300


def page(report: Mapping[str, Any]) -> str:
    """Return the page for a report of `analyse`."""
    digest = b64encode(sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    body = "\n".join(_body(report))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="referrer" content="no-referrer"><meta name="viewport" content="width=device-width">\n'
        f"<title>callgate: what the log says</title><style>{STYLE}</style></head>\n<body>\n{body}\n</body></html>\n"
    )


def _body(report: Mapping[str, Any]) -> Iterator[str]:
    window, saved, gap = report["window"], report["savings"], report["gaps"]
    yield "<h1>callgate: what the log says</h1>"
    days = f"{_t(window['from'])} to {_t(window['to'])}" if window["decisions"] else "no decisions"
    yield f"<p>{days}: {_n(window['decisions'])} decisions on {_n(window['different_calls'])} different calls.</p>"
    yield from _notes(window)
    yield "<h2>Time and prompts</h2>"
    yield (
        f"<p>{_n(saved['allowed'])} calls were allowed without a prompt (about {saved['hours_saved']:g} hours at "
        f"{saved['seconds_per_prompt']:g} seconds a prompt); {_n(saved['prompts'])} prompted "
        f"(about {saved['hours_prompted']:g} hours).</p>"
    )
    yield _bars([(name, count) for name, count in sorted(saved["by_decision"].items(), key=lambda one: -one[1])])
    yield "<h2>What suggestions would save</h2>"
    if saved["suggested"]:
        yield _bars([("now", saved["prompts"])] + [(f"+ {one['id']}", one["left"]) for one in saved["suggested"]])
        yield "<p>Prompts left when the rules are added one after the other.</p>"
    yield from (_suggestion(number, one) for number, one in enumerate(report["suggestions"], 1))
    if not report["suggestions"]:
        yield "<p>Nothing is suggested.</p>"
    yield "<h2>Gaps: what no rule decided</h2>"
    yield f"<p>{_n(gap['total'])} calls, {gap['share']:.0%} of all decisions.</p>"
    yield _bars([(one["pattern"], one["count"]) for one in gap["clusters"]])
    yield _table(("why nothing is suggested", "prompts"), [(one["reason"], one["count"]) for one in gap["left_out"]])
    yield "<h2>Prompts that repeat</h2>"
    repeats = [(one["prompts"], one["sessions"], _Code(one["call"]), one["suggested"]) for one in report["repeats"]]
    yield _table(("prompts", "sessions", "call", "rule suggested"), repeats)
    yield "<h2>Riskiest calls that were allowed</h2>"
    risky = [(one["count"], _Code(one["call"]), "; ".join(one["reasons"]), one["rule"]) for one in report["risky"]]
    yield _table(("times", "call", "why", "rule"), risky)
    yield "<h2>Rules never used</h2>"
    yield _table(("rule", "action", "what for"), [(r["id"], r["action"], r["description"]) for r in report["unused"]])
    yield "<h2>Rules in the shade of others</h2>"
    shade = [(one["id"], ", ".join(other["id"] for other in one["shadowed_by"])) for one in report["shadowing"]]
    yield _table(("rule", "another decided instead"), shade)


def _notes(window: Mapping[str, Any]) -> Iterator[str]:
    if window["not_kept"]:
        yield f"<p>{_n(window['not_kept'])} decisions on further calls were only counted: there were too many.</p>"
    if window["skipped_lines"]:
        yield f"<p>{_n(window['skipped_lines'])} lines of the log could not be understood.</p>"


def _suggestion(number: int, one: Mapping[str, Any]) -> str:
    reasons = "".join(f"<li>{_t(reason)}</li>" for reason in one["reasons"])
    allows = "".join(f"<li>allows <code>{_t(text)}</code></li>" for text in one["examples"])
    misses = "".join(f"<li>but not <code>{_t(text)}</code></li>" for text in one["near_misses"])
    return (
        f"<h3>{number}. {_t(one['suggested_rule']['id'])}: {_n(one['count'])} prompts, {one['per_week']:g} a week, "
        f'risk <span class="{_t(one["risk"])}">{_t(one["risk"])}</span></h3>'
        f"<ul>{reasons}{allows}{misses}</ul><pre>{escape(_lines(one['toml']))}</pre>"
    )


class _Code(str):
    """A text that is shown as code."""

    __slots__ = ()


def _table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    if not rows:
        return "<p>None.</p>"
    numeric = [isinstance(cell, int) for cell in rows[0]]
    marks = [' class="n"' if number else "" for number in numeric]
    head = "".join(f"<th{mark}>{_t(name)}</th>" for name, mark in zip(columns, marks, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td{mark}>{_cell(cell)}</td>" for cell, mark in zip(row, marks, strict=True)) + "</tr>"
        for row in rows
    )  # fmt: skip
    return f"<table><tr>{head}</tr>{body}</table>"


def _cell(cell: object) -> str:
    if isinstance(cell, int):
        return _n(cell)
    return f"<code>{_t(cell)}</code>" if isinstance(cell, _Code) else _t(cell)


def _bars(rows: Sequence[tuple[str, int]]) -> str:
    """Return a bar chart: one row each, the longest bar 400 units wide."""
    if not rows:
        return ""
    most = max(*(count for _, count in rows), 1)
    parts = []
    for number, (name, count) in enumerate(rows):
        y = number * 24
        width = max(1, round(400 * count / most)) if count else 0
        label = name if len(name) <= 44 else name[:43] + "\u2026"
        parts.append(
            f'<text x="300" y="{y + 16}" text-anchor="end">{_t(label)}</text>'
            f'<rect class="rest" x="308" y="{y + 4}" width="400" height="16"/>'
            f'<rect class="bar" x="308" y="{y + 4}" width="{width}" height="16"/>'
            f'<text x="716" y="{y + 16}">{_n(count)}</text>'
        )
    height = len(rows) * 24
    return f'<svg viewBox="0 0 800 {height}" width="800" height="{height}" role="img">{"".join(parts)}</svg>'


def _t(text: object) -> str:
    """Return *text* as HTML that shows it and does nothing else."""
    given = str(text)
    clipped = given if len(given) <= _CLIP else given[: _CLIP - 1] + "\u2026"
    return escape(visible(clipped), quote=True)


def _lines(text: str) -> str:
    return "\n".join(visible(line) for line in text.split("\n"))


def _n(number: int) -> str:
    return f"{number:,}"
