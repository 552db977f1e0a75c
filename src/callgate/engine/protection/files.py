"""Acts on the gate's files: writing, deleting, moving, covering, unpacking over, and taking rights away."""

from __future__ import annotations

import re

from callgate.core.model import Finding, Operation, Unit
from callgate.engine.protection import links, unknown
from callgate.engine.protection.findings import FILES, ask, deny
from callgate.engine.protection.guarded import ARCHIVE, ARCHIVES, Guarded
from callgate.engine.protection.scene import Scene
from callgate.engine.protection.wildcards import fits
from callgate.policy.globs import is_readable
from callgate.policy.match import forms

_SPREADERS = frozenset({"tar", "bsdtar", "unzip", "7z", "7za", "7zz", "cpio", "pax", "cp", "mv", "rsync", "install",
                        "ditto", "scp"})  # fmt: skip
_MODES = frozenset({"chmod", "chown", "chgrp"})
_GATE_PROGRAMS = frozenset({"callgate", "decision_reviewer", "claude-code-permissions-hook"})


def check(scene: Scene, unit: Unit, program: str) -> Finding | None:
    """Return the finding when *unit* would change a file of the gate, or may."""
    dynamic = ran = opaque = False
    asked: Finding | None = None
    for operation in unit.operations:
        kind = operation.kind
        if kind in {"write", "delete"}:
            if operation.dynamic:
                dynamic = True
                continue
            found = _changes(scene, unit, operation, program)
            if found is not None and found.decision == "deny":
                return found
            asked = asked or found
        elif kind == "read" and program in links.LINKERS:
            path = links.hands_out(scene, unit, operation, program)
            if path:
                return deny(unit, f"it would make a second name for `{path}`, which belongs to the gate", FILES)
        elif kind == "execute" and operation.target.startswith("/") and not operation.recursive:
            ran = ran or operation.target not in {scene.case.call.cwd, scene.case.observation.project}
        elif kind == "unknown":
            opaque = True
    if asked is None and dynamic:
        asked = unknown.may_change(scene, unit)
    if asked is None and (ran or opaque or not unit.known or unit.problem or program in unknown.FOREIGN):
        asked = unknown.mentions(scene, unit, program, ran=ran)
    return asked


def touches(scene: Scene, operation: Operation) -> str:
    """Return the protected path that *operation* would change, or the empty string."""
    if operation.kind not in {"write", "delete"} or operation.dynamic:
        return ""
    guarded = scene.guarded
    for form in forms(operation, scene.case.observation):
        if guarded.owner(form):
            return form
        if operation.kind == "delete" and operation.recursive:
            for protected in guarded.below(form):
                if not operation.only or any(_may_be(glob, protected) for glob in operation.only):
                    return protected
    return ""


def _changes(scene: Scene, unit: Unit, operation: Operation, program: str) -> Finding | None:
    path = touches(scene, operation)
    if path:
        return deny(unit, f"it would {operation.kind} `{path}`, which belongs to the gate", FILES)
    if operation.kind == "delete":
        return None
    guarded = scene.guarded
    for form in forms(operation, scene.case.observation):
        below = guarded.below(form)
        if not below:
            continue
        if program == "mount":
            return deny(unit, f"it would cover `{below[0]}`, which belongs to the gate", FILES)
        if program in _MODES:
            return _takes_rights(unit, operation, form, below[0], guarded)
        if operation.recursive:
            return _spreads(scene, unit, form, below[0], program)
        if program == "ln" and guarded.is_home(form):
            return ask(unit, f"it would put a link in the place of `{form}`, where the gate is registered", FILES)
    return None


def _spreads(scene: Scene, unit: Unit, form: str, below: str, program: str) -> Finding | None:
    """Judge a tree that is spread over a directory which holds a protected path: what it brings is not known.

    Formatters and git write whole trees too, but only files that are there and that are theirs; a patch says itself
    which files it writes.
    """
    brought = program in _SPREADERS or _patches(scene, unit, program)
    if not brought and not scene.guarded.is_home(form):
        return None
    advice = "name the files, or use another directory"
    return ask(unit, f"it may replace `{below}`, which belongs to the gate; {advice}", FILES)


def _patches(scene: Scene, unit: Unit, program: str) -> bool:
    """Whether *unit* applies a patch that nobody can read here: the text is in the command, or it is not known."""
    if program != "patch" and not (program == "git" and {"apply", "am"}.intersection(unit.argv[1:6])):
        return False
    reads = any(operation.kind == "read" for operation in unit.operations)
    return reads or "<<" not in scene.case.analysis.raw or bool(scene.named())


def _takes_rights(unit: Unit, operation: Operation, form: str, below: str, guarded: Guarded) -> Finding | None:
    if guarded.is_home(form):
        return deny(unit, f"it would change who may use `{form}`, which holds `{below}`", FILES)
    words = [word for word in unit.argv[1:] if not word.startswith("--")]
    if operation.recursive and unit.argv[0] == "chmod" and any(_is_taking(word) for word in words):
        return ask(unit, f"it may make `{below}` unreadable, which belongs to the gate", FILES)
    return None


def _is_taking(mode: str) -> bool:
    """Whether the mode takes reading or entering from the owner."""
    if mode.isdigit():
        return (int(mode[-3]) if len(mode) >= 3 else 0) & 5 != 5
    return re.fullmatch(r"[ua]*(?:-[wst]*[rxX].*|=(?!.*r).*)", mode) is not None


def _may_be(glob: str, protected: str) -> bool:
    """Whether a search for names like *glob* finds the *protected* file, or may find one in the directory."""
    directory, _, name = protected.rpartition("/")
    if name.endswith(ARCHIVES):
        name = name[:-1] + ARCHIVE
    is_file = "." in name[1:] or (name in _GATE_PROGRAMS and directory.endswith("/bin"))
    return not (is_file and is_readable(glob)) or fits(glob, name)
