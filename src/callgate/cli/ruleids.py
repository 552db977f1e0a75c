"""Rules by their id, for commands that look at one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callgate.cli.errors import UsageError

if TYPE_CHECKING:
    from callgate.core.model import Rule
    from callgate.policy.loader import LoadedPolicy


def rule_called(name: str, loaded: LoadedPolicy) -> Rule:
    """Return the rule in force with the id *name*.

    Raises:
        UsageError: there is none; the help says why, or names the nearest one.
    """
    for rule in loaded.rules:
        if rule.id == name:
            return rule
    for idle in loaded.idle:
        if idle.rule.id == name:
            why = {"disabled": "it is switched off", "section": "its section is switched off"}.get(idle.why)
            where = f"{idle.rule.source.file}:{idle.rule.source.line}"
            raise UsageError(
                f"the rule `{name}` ({where}) is not in force: {why or 'its file is not trusted'}",
                help=f"run `callgate trust {idle.rule.source.file}`" if why is None else "switch it on first",
            )
    import difflib  # noqa: PLC0415 - only a wrong id needs it

    close = difflib.get_close_matches(name[:200], [rule.id for rule in loaded.rules], 1)
    hint = f"did you mean `{close[0]}`?" if close else '`callgate query \'{"type":"rule"}\'` lists the rules'
    raise UsageError(f"no rule in force has the id `{name}`", help=hint)
