"""What a report cannot show, said in words: rules that do not count, and files that nobody looked for then."""

from __future__ import annotations

from callgate.core.model import Rule
from callgate.policy.globs import Anchors, compile_glob
from callgate.policy.loader.loaded import LoadedPolicy
from callgate.reviewer.replay.policies import Setting, Variant

_SHOWN = 3


def notes_on(setting: Setting, variant: Variant, old: LoadedPolicy | None, new: LoadedPolicy) -> tuple[str, ...]:
    """Return what has to be said of a replay, one sentence each.

    Args:
        setting: where the question is asked.
        variant: what is changed.
        old: the policy that is compared with; `None` when that is the log.
        new: the policy that might be.
    """
    notes = []
    missing = len(variant.add) - sum(rule.source.file == variant.label for rule in new.rules)
    if missing > 0:
        notes.append(
            f"{missing} of the added rules are not in force: switched off, by themselves or with their section"
        )
    anchors = Anchors(setting.places.home, setting.project, setting.cwd)
    unseen = _floating(new, anchors) - _floating(old, anchors) if old is not None else set()
    if unseen:
        names = ", ".join(f"`{name}`" for name in sorted(unseen)[:_SHOWN]) + (", …" if len(unseen) > _SHOWN else "")
        notes.append(
            f"recursive reads (`grep -r`) were not searched for {names} when they were logged: such calls may be asked "
            "about although no change is shown"
        )
    return tuple(notes)


def _floating(loaded: LoadedPolicy, anchors: Anchors) -> set[str]:
    """Return the patterns of deny and ask rules that the gate looks for below a directory which is read whole."""
    return {written for rule in loaded.rules if _looks(rule) for written in rule.path if _floats(written, anchors)}


def _looks(rule: Rule) -> bool:
    return rule.action != "allow" and rule.level == "enforce"


def _floats(written: str, anchors: Anchors) -> bool:
    glob = None if written.startswith("!") else compile_glob(written, anchors, widen=True)
    return glob is not None and glob.floating
