"""What an import of Claude Code settings says beside its rules: as text for stderr, and as one object for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Mapping

from callgate.policy.importers.claude_settings_model import Finding, FindingKind, Imported, Statement, World, shown
from callgate.policy.importers.claude_settings_render import table

if TYPE_CHECKING:
    from callgate.cli.claude_settings_files import Source

_HEADS: Final[Mapping[FindingKind, str]] = {
    "dangerous": "dangerous",
    "left-out": "not expressible, left out",
    "narrower": "holds for less than in Claude Code",
    "wider": "holds for more than in Claude Code",
    "dead": "dead, left out",
    "folded": "folded",
}
_MAX_LISTED: Final = 5


def as_text(sources: list[Source], imported: Imported, world: World, *, include_dangerous: bool) -> str:
    """Return the report, one fact a line."""
    lines = [_of_source(source) for source in sources]
    lines += [f"note: {odd}" for source in sources for odd in source.odd]
    lines += _proposals(sources)
    for kind, head in _HEADS.items():
        findings = [finding for finding in imported.findings if finding.kind == kind]
        if findings:
            count = sum(len(finding.sources) for finding in findings)
            off = " (what is imported of it is switched off)" if kind == "dangerous" and not include_dangerous else ""
            lines += ["", f"{head}{off}: {count}"]
            lines += [line for finding in findings for line in _of_finding(finding, world)]
    lines += ["", _sum(sources, imported)]
    return "\n".join(lines)


def _of_source(source: Source) -> str:
    if not source.found:
        return f"not there: {source.origin.name} ({source.origin.scope})"
    counts = dict.fromkeys(("allow", "ask", "deny"), 0)
    for statement in source.statements:
        counts[statement.action] += 1
    said = ", ".join(f"{count} {action}" for action, count in counts.items() if count) or "no rules"
    return f"read: {source.origin.name} ({source.origin.scope}): {said}"


def _proposals(sources: list[Source]) -> list[str]:
    lines = [
        f"note: the allow rules of {source.origin.name} are somebody else's proposal ({source.supplied}): "
        "read each before you save it"
        for source in sources
        if source.supplied and any(statement.action == "allow" for statement in source.statements)
    ]
    of_project = any(s.statements for s in sources if s.origin.scope in {"project", "local"})
    of_user = any(s.statements for s in sources if s.origin.scope in {"user", "managed"})
    if of_project:
        mixed = " and the user's in another, with `--scope`" if of_user else ""
        lines.append(
            "note: rules of a project's settings hold in that project only; keep them in its `.callgate.toml`"
            f"{mixed}: in your own policy they hold in every project"
        )
    return lines


def _of_finding(finding: Finding, world: World) -> list[str]:
    listed = finding.sources[:_MAX_LISTED]
    lines = [f"  {_where(one)}: {_quoted(one, world)}" for one in listed]
    if len(listed) < len(finding.sources):
        lines.append(f"  … and {len(finding.sources) - len(listed)} more")
    label = "" if finding.kind == "dangerous" else "help: "
    rule = f" (rule `{finding.rule}`)" if finding.rule else ""
    return [*lines, f"    {finding.message}{rule}", *([f"    {label}{finding.help}"] if finding.help else [])]


def _where(statement: Statement) -> str:
    return f"{statement.origin.name}:{statement.line}" if statement.line else statement.origin.name


def _quoted(statement: Statement, world: World) -> str:
    return f"{statement.action} `{shown(statement, world)}`".replace("\n", "\\n")


def _sum(sources: list[Source], imported: Imported) -> str:
    given = sum(len(source.statements) for source in sources)
    off = sum(not rule.enabled for rule in imported.rules)
    return f"{given} statements became {len(imported.rules)} rules" + (f", {off} of them switched off" if off else "")


def as_object(sources: list[Source], imported: Imported, world: World, toml: str) -> dict[str, Any]:
    """Return everything for programs; `operation` is what `callgate apply` takes, but for its `target_file`."""
    rules = [{"rule_type": rule.draft.action, "rule": table(rule)} for rule in imported.rules]
    return {
        "sources": [
            {
                "path": source.path, "scope": source.origin.scope, "found": source.found,
                "statements": len(source.statements), "proposal": source.supplied, "notes": list(source.odd),
            }
            for source in sources
        ],
        "rules": [
            {**entry, "enabled": rule.enabled, "danger": rule.draft.danger,
             "from": [_statement(one, world) for one in rule.draft.sources]}
            for entry, rule in zip(rules, imported.rules, strict=True)
        ],
        "findings": [
            {"kind": finding.kind, "message": finding.message, "help": finding.help, "rule": finding.rule,
             "statements": [_statement(one, world) for one in finding.sources]}
            for finding in imported.findings
        ],
        "operation": {
            "operation": "batch",
            "operations": [{"operation": "add_rule", **entry} for entry in rules],
        },
        "toml": toml,
    }  # fmt: skip


def _statement(statement: Statement, world: World) -> dict[str, object]:
    return {
        "text": shown(statement, world, 2_000),
        "action": statement.action,
        "file": statement.origin.name,
        "line": statement.line,
    }
