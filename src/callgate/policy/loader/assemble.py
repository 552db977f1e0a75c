"""Loads policy files: every layer read, checked, and joined into one `LoadedPolicy`, or all faults at once."""

from __future__ import annotations

import os
import time
from typing import Final, Mapping, NamedTuple, Sequence

from callgate import __version__
from callgate.core.errors import PolicyError, Problem
from callgate.policy.loader.closure import Walk, problems_of
from callgate.policy.loader.digest import sha256_hex
from callgate.policy.loader.document import Document, real_path
from callgate.policy.loader.identity import join
from callgate.policy.loader.loaded import Candidate, Examples, IdleRule, Layer, LoadedPolicy, Section, SourceFile
from callgate.policy.loader.merged import merge_layers
from callgate.policy.loader.regexes import Regexes
from callgate.policy.loader.rules import Built, build
from callgate.policy.loader.tables import Tables, merge
from callgate.policy.loader.values import Checker
from callgate.policy.schema import SECTION_PRIORITY

RANKS: Final[Mapping[Layer, int]] = {"managed": 0, "user": 1, "file": 1, "project": 2, "builtin": 3}
"""Order of the layers; a lower rank's settings weigh more and its rules are named first."""

PACKS: Final = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "packs")
"""The directory of the shipped packs."""


class Root(NamedTuple):
    """One discovered file with what it includes."""

    layer: Layer
    documents: list[Document]
    tables: Tables
    rules: list[Built]
    trusted: bool


def load(
    candidates: Sequence[Candidate],
    home: str,
    project: str,
    trust: Mapping[str, str],
    *,
    now: float = 0.0,
    overlay: Mapping[str, bytes] | None = None,
    read: dict[str, str | None] | None = None,
) -> LoadedPolicy:
    """Load *candidates* with everything they include.

    A project file is trusted when it and every file it includes are pinned in *trust* with the very content that was
    read, and none is reached through a symbolic link. Of a file that is not, the allow rules and the `[settings]`,
    `[logging]` and `[llm_fallback]` tables do not count; its deny and ask rules do.

    Over the layers: rules add up; the strictest `default` wins; `shell = "raw"` holds only when the layer above says
    so too; a key of `[logging]` and the whole of `[llm_fallback]` come from the first of managed, user (or
    `--config`), project and built-in that has it.

    Args:
        candidates: as `discover` returns them.
        home: home directory, for `~`.
        project: project root; empty when there is none.
        trust: real path -> SHA-256 of its trusted content.
        now: seconds since the epoch for `expires`; 0 reads the clock.
        overlay: real path -> content to load in place of what the file holds.
        read: gets every path that was read, with the SHA-256 of what was parsed or nothing where it could not be read,
            also when the policy is at fault; and with `None` what an include names and was not read.

    Raises:
        PolicyError: with every fault of every file. Nothing else is raised, whatever the files hold.
    """
    regexes = Regexes()
    walk = Walk(home, project, overlay or {})
    closures = [walk.root(candidate) for candidate in sorted(candidates, key=lambda item: RANKS[item.layer])]
    if read is not None:
        read.update(dict.fromkeys(walk.named))
        read.update({document.path: document.sha256 for documents in closures for document in documents})
    roots = [_root(documents, home, trust, regexes, now or time.time()) for documents in closures]
    kept = join([(root.rules, root.trusted) for root in roots])
    merged = merge_layers([(root.layer, root.tables, root.trusted, root.documents[0]) for root in roots])
    problems = [problem for root in roots for problem in problems_of(root.documents)]
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        raise PolicyError(errors)
    warnings = problems + [warning for root in roots for warning in _untrusted(root, trust)]
    return _policy(roots, kept, merged, warnings)


def load_text(
    text: str,
    path: str = "/policy.toml",
    *,
    layer: Layer = "file",
    home: str = "/",
    project: str = "",
    trust: Mapping[str, str] | None = None,
    now: float = 0.0,
) -> LoadedPolicy:
    """Load *text* as if it were the content of *path*; includes are read from disk.

    Raises:
        PolicyError: as for `load`.
    """
    overlay = {real_path(path): text.encode("utf-8", "surrogatepass")}
    return load((Candidate(path, layer),), home, project, trust or {}, now=now, overlay=overlay)


def pack_names() -> tuple[str, ...]:
    """Return the names of the shipped packs, sorted."""
    try:
        return tuple(sorted(name[:-5] for name in os.listdir(PACKS) if name.endswith(".toml")))
    except OSError:
        return ()


def pack_path(name: str) -> str:
    """Return where the shipped pack *name* is.

    Raises:
        PolicyError: there is no such pack; the help lists those there are.
    """
    if name not in pack_names():
        known = ", ".join(f"`{pack}`" for pack in pack_names())
        raise PolicyError([Problem(f"no profile is called `{name}`", help=f"there are {known}")])
    return os.path.join(PACKS, name + ".toml")


def builtin(name: str) -> LoadedPolicy:
    """Load the shipped pack *name* alone, whatever else is configured.

    Raises:
        PolicyError: there is no such pack.
    """
    return load((Candidate(pack_path(name), "builtin"),), "/", "", {})


def _root(documents: list[Document], home: str, trust: Mapping[str, str], regexes: Regexes, now: float) -> Root:
    tables = merge(documents, home, regexes)
    rules: list[Built] = []
    for document in documents:
        check = Checker(document.faults, regexes)
        for raw in document.rules:
            section = tables.sections.get(raw.section)
            built = build(raw, document, section.priority if section else SECTION_PRIORITY, check, now)
            rules.append(built if section is None or section.enabled else built._replace(enabled=False))
    layer = documents[0].layer
    trusted = layer != "project" or all(is_pinned(document, trust) for document in documents)
    return Root(layer, documents, tables, rules, trusted)


def is_pinned(document: Document, trust: Mapping[str, str]) -> bool:
    """Return whether the content that was read is the content that was trusted, under its own name."""
    return not document.linked and bool(document.sha256) and trust.get(document.real) == document.sha256


def _untrusted(root: Root, trust: Mapping[str, str]) -> list[Problem]:
    """Return warnings that say what of an untrusted file does not count."""
    if root.trusted:
        return []
    allows = sum(built.enabled and built.rule.action == "allow" for built in root.rules)
    lost = [f"{allows} allow rule{'s' if allows != 1 else ''}"] if allows else []
    lost += [f"`[{name}]`" for name in root.tables.names]
    if not lost:
        return []
    path = root.documents[0].path
    verb = "does" if len(lost) == 1 and allows == 1 else "do"
    verb = "does" if len(lost) == 1 and not allows else verb
    changed = [document for document in root.documents if not is_pinned(document, trust)]
    hint = f"read it, then run `callgate trust {path}`"
    if changed[0].linked:
        hint = f"`{changed[0].path}` is reached through a symbolic link, which is never trusted: use the file itself"
    elif changed[0].path != path:
        hint = f"`{changed[0].path}`, which it includes, is not as it was trusted: {hint}"
    return [Problem(f"not trusted: {', '.join(lost)} {verb} not count", path, help=hint, severity="warning")]


def _policy(roots: list[Root], kept: list[Built], merged: LoadedPolicy, warnings: list[Problem]) -> LoadedPolicy:
    """Put the pieces of a load without errors together."""
    untrusted = {id(document) for root in roots if not root.trusted for document in root.documents}
    counted = [built for built in kept if built.rule.action != "allow" or id(built.document) not in untrusted]
    active = [built for built in counted if built.enabled]
    # stable: rules of one section stay in the order in which they were written
    active.sort(key=lambda built: (RANKS[built.document.layer], built.rule.source.section_priority, built.raw.section))
    sections: dict[str, Section] = {}
    for root in roots:
        for name, section in root.tables.sections.items():
            sections.setdefault(name, section)
    sources = tuple(
        SourceFile(document.path, document.layer, document.sha256, root.trusted, document.included_by)
        for root in roots
        for document in root.documents
    )
    stamp = "\n".join(sorted(f"{source.layer} {source.sha256} {source.trusted}" for source in sources))
    return merged._replace(
        rules=tuple(built.rule for built in active),
        sections=sections,
        sources=sources,
        warnings=(*merged.warnings, *warnings),
        revision=sha256_hex(f"{__version__}\n{stamp}".encode())[:16],
        examples=tuple(
            Examples(built.rule.id, built.examples[0], built.examples[1], built.rule.source)
            for built in active
            if built.examples is not None
        ),
        disabled=sum(not built.enabled for built in kept),
        dropped=sum(built.enabled for built in kept) - len(active),
        idle=_idle(kept, untrusted, sections) if len(kept) > len(active) else (),
    )


def _idle(kept: list[Built], untrusted: set[int], sections: Mapping[str, Section]) -> tuple[IdleRule, ...]:
    """Return the rules that were written and are not in force."""
    found: list[IdleRule] = []
    for built in kept:
        section = sections.get(built.raw.section)
        if not built.enabled:
            found.append(IdleRule(built.rule, "section" if section and not section.enabled else "disabled"))
        elif built.rule.action == "allow" and id(built.document) in untrusted:
            found.append(IdleRule(built.rule, "untrusted"))
    return tuple(found)
