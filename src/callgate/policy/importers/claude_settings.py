"""Claude Code's permission rules (protocols 1.5) as callgate rules, and what is to be said about them. Pure.

A deny or ask never comes out narrower, an allow never wider, but for patterns made of one-offs. What callgate compares
is what bash runs, so quotes, a system directory in front of a program, and wrappers such as `timeout` or `bash -c` make
no difference to a rule.
"""

from __future__ import annotations

import re
import zlib
from typing import Callable, Final, Iterable, Mapping

from callgate.policy.importers import claude_settings_dangers as dangers
from callgate.policy.importers import claude_settings_others as others
from callgate.policy.importers.claude_settings_cover import Covers, governs
from callgate.policy.importers.claude_settings_fold import fold
from callgate.policy.importers.claude_settings_model import (
    Draft,
    Finding,
    Imported,
    ImportedRule,
    Outcome,
    Parsed,
    Statement,
    World,
    holds_secret,
    shown,
)
from callgate.policy.importers.claude_settings_paths import UNHEARD, translate_directory, translate_path
from callgate.policy.importers.claude_settings_shell import is_whole, translate_shell
from callgate.policy.importers.claude_settings_syntax import parameter, parse

_ORDER: Final = ("deny", "ask", "allow")
_MAX_ID: Final = 48
_MAX_DESCRIPTION: Final = 200
_Form = Callable[[Parsed, World], list[Outcome]]


def _of(form: Callable[[Parsed], list[Outcome]]) -> _Form:
    return lambda parsed, _world: form(parsed)


_FORMS: Final[Mapping[str, _Form]] = {
    "Bash": translate_shell,
    "WebFetch": _of(others.translate_fetch),
    "Agent": _of(others.translate_agent),
    "Task": _of(others.translate_agent),
    "Skill": _of(others.translate_skill),
    **dict.fromkeys(("Read", "Edit", *UNHEARD), _of(translate_path)),
}


def translate(
    statements: Iterable[Statement], world: World, *, include_dangerous: bool = False, generalise: bool = True
) -> Imported:
    """Translate the statements of one or several settings files.

    Args:
        statements: in the order of the files, and of their entries.
        world: the home directory, and how secrets are masked.
        include_dangerous: dangerous allows are enabled, too. Never those that hold a secret: they are not imported.
        generalise: make patterns of one-offs that differ in a file name.

    Returns:
        Rules, denies first, with unique ids; and findings in the order of the statements.
    """
    findings: list[Finding] = []
    given = list(statements)
    kept = _parsed(given, world, findings)
    drafts: list[tuple[Parsed, Draft]] = []
    for parsed in kept:
        for outcome in _translated(parsed, world):
            if isinstance(outcome, Finding):
                findings.append(outcome)
                continue
            allow = parsed.statement.action == "allow"
            drafts.append((parsed, dangers.find(outcome, parsed, world) if allow else outcome))
    drafts = _alive(drafts, findings, include_dangerous=include_dangerous)
    folded, told = fold([draft for _, draft in drafts], generalise=generalise)
    rules = _named(folded, world, include_dangerous=include_dangerous)
    ids = {id(source): rule.id for rule in rules for source in rule.draft.sources}
    findings += [
        Finding("dangerous", rule.draft.sources, rule.draft.danger, rule.draft.advice)
        for rule in rules
        if rule.draft.danger
    ]
    findings = [one._replace(rule=ids.get(id(one.sources[0]), "")) for one in findings + told]
    order = {id(statement): at for at, statement in enumerate(given)}
    return Imported(tuple(rules), tuple(sorted(findings, key=lambda one: order[id(one.sources[0])])))


def _parsed(statements: Iterable[Statement], world: World, findings: list[Finding]) -> list[Parsed]:
    """Parse; leave out what cannot be, what holds a secret, and what was said before."""
    kept: list[Parsed] = []
    seen: dict[tuple[str, str, bool, str], Statement] = {}
    for statement in statements:
        if holds_secret(statement, world):
            message = "holds what looks like a secret: not imported, in any form"
            findings.append(Finding("dangerous", (statement,), message, "remove it, and replace the secret"))
            continue
        anchored = statement.origin.name if re.search(r"\(/[^/]", statement.text) else ""
        key = (statement.action, statement.text.strip(), statement.directory, anchored)
        if key in seen:
            findings.append(Finding("dead", (statement,), f"said already {place(seen[key])}", "remove it"))
            continue
        seen[key] = statement
        parsed = Parsed(statement, "Read", None) if statement.directory else parse(statement)
        if isinstance(parsed, Finding):
            findings.append(parsed)
        else:
            kept.append(parsed)
    return kept


def _translated(parsed: Parsed, world: World) -> list[Outcome]:
    if parsed.statement.directory:
        return translate_directory(parsed.statement)
    if parsed.spec is None or (parsed.tool == "Bash" and is_whole(parsed.spec)):
        return others.translate_bare(parsed)
    if not parsed.spec.strip():
        return others.translate_empty(parsed)
    if parsed.spec.strip() == "*" and parsed.tool not in {"Read", "Edit", *UNHEARD, "PowerShell"}:
        return others.translate_bare(parsed)
    named = parameter(parsed)
    if named is not None:
        found = others.translate_parameter(parsed, *named)
        if parsed.tool == "Bash" and parsed.statement.action == "allow":
            return translate_shell(parsed, world)  # `timeout:*` is a prefix there
        # In a deny or ask it may be a prefix as well: both are held.
        return [*found, *translate_shell(parsed, world)] if parsed.tool == "Bash" and named[1] == "*" else found
    form = _FORMS.get(parsed.tool)
    return form(parsed, world) if form is not None else others.translate_unknown_form(parsed)


def _alive(
    drafts: list[tuple[Parsed, Draft]], findings: list[Finding], *, include_dangerous: bool
) -> list[tuple[Parsed, Draft]]:
    """Leave out allows that a deny or ask overrules, or that another allow covers."""
    refusals = Covers(one for parsed, draft in drafts if draft.action != "allow" for one in governs(parsed))
    safe = [parsed for parsed, draft in drafts if draft.action == "allow" and (include_dangerous or not draft.danger)]
    allows = Covers(safe)
    dead: set[int] = set()
    out: list[tuple[Parsed, Draft]] = []
    for parsed, draft in drafts:
        if draft.action != "allow" or parsed.statement.directory:
            out.append((parsed, draft))
            continue
        over = refusals.of(parsed)
        by = None if over else allows.of(parsed)
        if over is not None:
            message = f"overruled by the {over.action} {place(over)}"
            findings.append(Finding("dead", (parsed.statement,), message, "remove one of the two"))
        elif by is not None and id(by) not in dead:
            dead.add(id(parsed.statement))
            message = f"covered by the allow {place(by)}"
            findings.append(Finding("dead", (parsed.statement,), message, "remove it"))
        else:
            out.append((parsed, draft))
    return out


def place(statement: Statement) -> str:
    """Return where *statement* stands, for messages."""
    return f"in {statement.origin.name}" + (f", line {statement.line}" if statement.line else "")


def _named(drafts: list[Draft], world: World, *, include_dangerous: bool) -> list[ImportedRule]:
    taken: set[str] = set()
    rules: list[ImportedRule] = []
    for draft in sorted(drafts, key=lambda draft: _ORDER.index(draft.action)):
        name = _id(draft, taken)
        taken.add(name)
        rules.append(ImportedRule(name, draft, _description(draft, world), include_dangerous or not draft.danger))
    return rules


def _id(draft: Draft, taken: set[str]) -> str:
    """Return an id in kebab-case; one that is taken gets a suffix that depends on the statement alone."""
    lead = {"deny": "no-", "ask": "ask-", "allow": ""}[draft.action]
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1-\2", draft.name).lower()
    slug = lead + (re.sub(r"[^a-z0-9]+", "-", words).strip("-") or "rule")
    slug = slug[:_MAX_ID].rstrip("-")
    name, salt = slug, ""
    while name in taken:
        source = draft.sources[0]
        mark = zlib.crc32(f"{source.action} {source.text} {source.origin.name}{salt}".encode("utf-8", "replace"))
        name, salt = f"{slug}-{mark & 0xFFFF:04x}", salt + "+"
    return name


def _description(draft: Draft, world: World) -> str:
    files = list(dict.fromkeys(source.origin.name for source in draft.sources))
    texts = [shown(source, world, 80).replace("\n", " ") for source in draft.sources]
    listed: list[str] = []
    length = 0
    for text in texts:
        length += len(text) + 2
        if listed and length > _MAX_DESCRIPTION:
            break
        listed.append(text)
    more = f" and {len(texts) - len(listed)} more" if len(listed) < len(texts) else ""
    kind = "the directory " if draft.sources[0].directory else ""
    return f"from {kind}{', '.join(listed)}{more} in {', '.join(files[:3])}"
