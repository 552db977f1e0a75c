"""What `validate` prints about a policy that loaded: plain text, one fact a line."""

from __future__ import annotations

from callgate.policy.loader.loaded import LoadedPolicy
from callgate.policy.schema import ACTIONS


def summary(loaded: LoadedPolicy) -> str:
    """Return counts of rules, the files, sections, settings, log paths and model state of *loaded*, then its warnings.

    Ends without a line end. Never shows `api_key`.
    """
    lines = [f"policy {loaded.revision}: {_count(len(loaded.rules), 'rule')} in force"]
    lines += _rules(loaded)
    lines.append("files")
    for source in loaded.sources:
        marks = [source.layer] + ([] if source.trusted else ["not trusted"])
        marks += ["included by " + source.included_by] if source.included_by else []
        lines.append(f"  {source.path} ({', '.join(marks)})")
    if loaded.sections:
        lines.append("sections")
    for name, section in sorted(loaded.sections.items(), key=lambda item: (item[1].priority, item[0])):
        count = sum(rule.source.section == name for rule in loaded.rules)
        state = _count(count, "rule") if section.enabled else "disabled"
        about = f": {_line(section.description)}" if section.description else ""
        lines.append(f"  {name} (priority {section.priority}, {state}){about}")
    lines.append(f"settings\n  default {loaded.settings.default}, shell {loaded.settings.shell}")
    lines += _logging(loaded)
    lines.append("model fallback\n  " + _llm(loaded))
    lines.append(_count(len(loaded.warnings), "warning") if loaded.warnings else "no warnings")
    return "\n".join([*lines, *(str(warning) for warning in loaded.warnings)])


def _rules(loaded: LoadedPolicy) -> list[str]:
    lines = [
        "  by action: "
        + ", ".join(f"{action} {sum(rule.action == action for rule in loaded.rules)}" for action in ACTIONS)
    ]
    layers = dict.fromkeys(rule.source.layer for rule in loaded.rules)
    if layers:
        counts = (f"{layer} {sum(rule.source.layer == layer for rule in loaded.rules)}" for layer in layers)
        lines.append("  by layer: " + ", ".join(counts))
    if loaded.disabled:
        lines.append(f"  disabled: {loaded.disabled}")
    if loaded.dropped:
        lines.append(f"  not counted, their file is not trusted: {loaded.dropped}")
    return lines


def _logging(loaded: LoadedPolicy) -> list[str]:
    logging = loaded.logging
    return [
        "logging",
        f"  log file: {logging.log_file or 'in the state directory'}",
        f"  review log file: {logging.review_log_file or 'in the state directory'}",
        f"  log level: {logging.log_level or 'info'}",
    ]


def _llm(loaded: LoadedPolicy) -> str:
    if not loaded.llm.get("enabled"):
        return "disabled"
    return f"enabled: {_line(str(loaded.llm['model']))} at {_line(str(loaded.llm['endpoint']))}"


def _line(text: str) -> str:
    """Return the first 100 printable characters of *text* on one line."""
    return "".join(char if char.isprintable() else " " for char in text[:100])


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
