"""What a call lacks to be allowed, and whether a rule for it could be suggested at all.

The answer is *no* for everything that a person should look at each time: interpreters, shells, launchers, options that
execute, credentials, trees, hidden files, configuration that tools obey, whole tools, and what only the running shell
knows. A command that runs code is suggested only when the shipped profile `standard`, which people choose knowingly,
covers the very same command; or when a person approved these very words again and again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Sequence

from callgate.core.model import Operation, OperationKind, Unit
from callgate.core.paths import is_within, normalise
from callgate.engine.case import Case
from callgate.engine.guardrails.secret_places import is_credential
from callgate.engine.stages.allow import covered
from callgate.policy.compiled import Policy
from callgate.policy.cover import PATH_KINDS, cover
from callgate.policy.loader import builtin
from callgate.reviewer.cluster.calls import Call
from callgate.reviewer.cluster.paths import ending
from callgate.reviewer.cluster.unify import Words, can_unify
from callgate.reviewer.judge import Judge
from callgate.reviewer.suggest.footprint import Footprint
from callgate.shell.names import ELSEWHERE, INTERPRETERS, LAUNCHERS
from callgate.shell.shells import SHELLS
from callgate.shell.wrappers import WRAPPERS

if TYPE_CHECKING:
    from callgate.reviewer.suggest.standing import Judged

APPROVALS: Final = 3
"""So often a person must have let the very same words run before a rule for a program that no profile knows."""

PRIVILEGED: Final = frozenset({"sudo", "doas", "su", "pkexec", "run0", "xargs", "parallel", "watch", "find", "fd"})
"""Wrappers under which a command is not counted: as somebody else, or with words that come from elsewhere."""

_RUNS_ANYTHING: Final = frozenset(
    "eval source . env curl wget pypy pypy3 ipython npx bunx uvx pipx vi vim nvim view ex ed emacs emacsclient nano "
    "less more man tmux screen expect gdb lldb callgate decision_reviewer claude-code-permissions-hook claude codex "
    "gemini".split()
)

NEVER: Final = INTERPRETERS | LAUNCHERS | SHELLS | WRAPPERS.keys() | ELSEWHERE.keys() | PRIVILEGED | _RUNS_ANYTHING
"""Programs for which no `command` rule is suggested: they run what their words, or a file of their choice, say."""

EDITABLE: Final = frozenset(
    ".py .pyi .js .mjs .cjs .jsx .ts .tsx .vue .svelte .css .scss .less .html .htm .md .rst .txt .adoc .tex .go "
    ".rs .c .h .cc .cpp .cxx .hpp .hh .java .kt .scala .swift .m .cs .fs .rb .php .ex .exs .erl .hs .ml .clj .lua "
    ".dart .jl .r .sql .proto .graphql .csv .tsv .svg .po .pot .jinja .j2 .tmpl .snap .golden .diff .patch .log "
    ".tmp .bak .orig".split()
)
"""Sources, documents, data and leftovers: what a file with such an ending holds, no tool obeys by itself."""

SUBCOMMANDS: Final = frozenset(
    "git npm pnpm yarn cargo go pip pip3 gh docker kubectl dotnet mvn gradle mix bundle poetry uv hatch ruff "
    "biome swift zig helm terraform rustup brew apt apt-get systemctl conda".split()
)
"""Programs whose second word is part of what they are."""

MAKERS: Final = frozenset({"mkdir", "git"})
"""Programs that change files and still get a `command` rule: what they change has no ending to tell its kind by."""

UNCHECKED: Final = (
    "--no-verify", "--force", "--unsafe", "--no-check", "--insecure", "--privileged", "--dangerously", "--yolo",
    "--no-sandbox", "--allow-dirty", "--no-gpg", "--skip-",
)  # fmt: skip
"""Options that a person should see each time, by their beginning."""

_READING: Final = ("get", "list", "search", "read", "find", "show", "describe", "view", "count", "status", "lookup")
_SECRET: Final = ("secret", "token", "credential", "password", "passwd", "apikey", "api_key", "private", "env")


OTHER_FILES: Final = (
    "touches files outside the project, hidden ones, ones that tools obey, or ones that it did not make"
)


OWN_FILE: Final = "runs a file that the agent made"
MASKED: Final = "secrets in it were masked"
UNSPELLABLE: Final = "a file whose name no rule can spell"
ALONGSIDE: Final = frozenset({OWN_FILE, MASKED, UNSPELLABLE})
"""Calls that no rule is made of, for these reasons, and that a rule made of others may cover as well."""


class Need(NamedTuple):
    """One thing that no rule covers."""

    group: tuple[str, ...]
    """What it may share a rule with: (`write`, root), (`command`, program, …), (`mcp`, server), …"""
    unit: int
    operation: int
    """Number of the operation; -1 for the unit as a whole."""
    detail: str = ""
    """A path relative to the root, a tool's name, or a host."""
    words: Words = ()
    """The words of a command after its head."""
    kinds: frozenset[OperationKind] = frozenset()
    """Of a command: the operations that no rule covers."""
    located: bool = False
    """Of a command: everything that it does is done to paths of the project."""
    exact: bool = False
    """Of a command: only these very words may be suggested."""


class Ineligible(Exception):  # noqa: N818 - not an error: the usual answer
    """No rule is suggested for the call; the message says why, in words that calls share."""


class Consulted:
    """A footprint that keeps what it is asked, and what it says: on that, and the call, rests what a call needs."""

    def __init__(self, footprint: Footprint) -> None:
        """Take the footprint."""
        self._footprint = footprint
        self.asked: list[tuple[bool | None, str, str, bool]] = []
        """Of `runs_own`: tree, project, target, answer; of `own`, tree is `None`."""

    def own(self, project: str, path: str) -> bool:
        """Return what the footprint says."""
        said = self._footprint.own(project, path)
        self.asked.append((None, project, path, said))
        return said

    def runs_own(self, project: str, target: str, *, tree: bool) -> bool:
        """Return what the footprint says."""
        said = self._footprint.runs_own(project, target, tree=tree)
        self.asked.append((tree, project, target, said))
        return said

    def confirms(self, asked: Sequence[tuple[bool | None, str, str, bool]]) -> bool:
        """Whether the footprint would say the same to all that was *asked* of another one."""
        footprint = self._footprint
        return all(
            said == (footprint.own(project, path) if tree is None else footprint.runs_own(project, path, tree=tree))
            for tree, project, path, said in asked
        )


class Looked(NamedTuple):
    """What a look at a call has shown."""

    needs: tuple[Need, ...]
    why: str
    """Why there are none; empty when there are."""
    asked: tuple[tuple[bool | None, str, str, bool], ...] = ()
    """Of the footprint."""
    groups: tuple[tuple[str, ...], ...] = ()
    """Those of the needs, each once."""


class Eligibility:
    """Tells what calls need, for one policy."""

    def __init__(self, judge: Judge, footprint: Footprint) -> None:
        """Take who judges, and what the logged calls made."""
        self._judge = judge
        self.footprint = Consulted(footprint)

    def look(self, call: Call, judged: Judged) -> Looked:
        """Return what *call*, of which *judged* is known, lacks, or why no rule is suggested for it."""
        by_nobody = not call.approved and not call.was_denied
        if by_nobody and judged.settled is not None:
            return judged.settled
        if judged.why_not:
            found = Looked((), judged.why_not)
        elif call.was_denied:
            found = Looked((), "it was denied, or a person refused it")
        elif not call.whole:
            found = Looked((), MASKED)
        else:
            found = self._looked(call, judged)
        if by_nobody and not found.asked:
            judged.settled = found
        return found

    def _looked(self, call: Call, judged: Judged) -> Looked:
        approved = call.approved >= APPROVALS
        known = judged.looks.get(approved)
        if known is None or (known.asked and not self.footprint.confirms(known.asked)):
            known = judged.looks[approved] = self._look(call, approved=approved)
        return known

    def _look(self, call: Call, *, approved: bool) -> Looked:
        case = self._judge.case_of(call)
        if case.analysis.coverage == "partial" or not case.analysis.units:
            return Looked((), "not understood")
        self.footprint.asked = []
        try:
            needs: list[Need] = []
            for number, unit in enumerate(case.analysis.units):
                needs += self._unit(case, number, unit, approved=approved)
        except Ineligible as reason:
            return Looked((), str(reason), tuple(self.footprint.asked))
        groups = dict.fromkeys(need.group for need in needs)
        return Looked(tuple(needs), "", tuple(self.footprint.asked), tuple(groups))

    def _unit(self, case: Case, number: int, unit: Unit, *, approved: bool) -> list[Need]:
        found = covered(case, unit)
        if found.rule is not None:
            return []
        if unit.kind == "assignment":
            raise Ineligible("sets a variable that changes what programs do")
        missing = [
            at for at, _ in enumerate(unit.operations)
            if at >= len(found.operations) or found.operations[at].rule is None
        ]  # fmt: skip
        if any(unit.operations[at].dynamic for at in missing):
            raise Ineligible("only the running shell knows what it touches")
        if unit.kind == "tool" and not (unit.known and unit.operations and unit.argv[0] != "WebFetch"):
            return [self._tool(number, unit, approved=approved)]
        program = unit.argv[0] if unit.argv else ""
        if missing and program not in NEVER:
            paths = [self._path(case, number, at, unit.operations[at]) for at in missing]
            if all(paths):
                return [need for need in paths if need is not None]
        if unit.kind != "command":
            raise Ineligible(OTHER_FILES)
        return [self._command(case, number, unit, missing, approved=approved)]

    def _tool(self, number: int, unit: Unit, *, approved: bool) -> Need:
        name = unit.argv[0]
        if name == "WebFetch" and unit.operations:
            if not approved:
                raise Ineligible("fetches from the network; suggested once a person approved the host")
            return Need(("host",), number, 0, unit.operations[0].target)
        server, _, tool = name.removeprefix("mcp__").partition("__")
        if not name.startswith("mcp__") or not server or not tool or not name.isascii() or not name.isprintable():
            raise Ineligible("a rule would have to speak of a whole tool")
        words = tool.lower().replace("-", "_").split("_")
        if any(word in tool.lower() for word in _SECRET) or not (approved or words[0] in _READING):
            raise Ineligible("an MCP tool that does more than look something up")
        return Need(("mcp", server), number, -1, name)

    # Paths

    def _path(self, case: Case, number: int, at: int, operation: Operation) -> Need | None:
        path = operation.target
        if not path.isprintable():
            raise Ineligible(UNSPELLABLE)
        usual = operation.kind in {"read", "write", "delete"} and not operation.glob and not operation.recursive
        if not usual or not path.startswith("/") or is_credential(path):
            return None
        root, inner = _rooted(case, path)
        if not root or any(segment.startswith((".", "-")) for segment in inner.split("/")):
            return None
        inside = root == "<project>"
        if operation.kind == "write" and (not (inside or root == "/tmp") or ending(path) not in EDITABLE):  # noqa: S108 - a place that calls name
            return None
        if operation.kind == "read" and inside:
            return None  # the policy withholds the project from its readers: that is its author's wish
        if operation.kind == "delete" and not (inside and self.footprint.own(case.observation.project, path)):
            return None
        return Need((operation.kind, root), number, at, inner)

    # Commands

    def _command(self, case: Case, number: int, unit: Unit, missing: list[int], *, approved: bool) -> Need:
        argv, program = unit.argv, unit.argv[0]
        base = program.rsplit("/", 1)[-1]
        if program in NEVER or base in NEVER or base.rstrip("0123456789.") in NEVER:
            raise Ineligible("an interpreter, a shell, or a program that runs others")
        if not PRIVILEGED.isdisjoint(unit.wrappers):
            raise Ineligible("as another user, or with words that come from elsewhere")
        lacking = [unit.operations[at] for at in missing]
        if any(one.via and one.kind in {"execute", "unknown", "network", "system"} for one in lacking):
            raise Ineligible("an option that executes or reaches further")
        if any(one.recursive and one.kind == "delete" for one in lacking) or any(map(_secret, unit.operations)):
            raise Ineligible("deletes a tree, or touches credentials")
        project, own = case.observation.project, self.footprint.runs_own
        if any(one.kind == "execute" and own(project, one.target, tree=one.recursive) for one in lacking):
            raise Ineligible(OWN_FILE)
        head = argv[: 2 if program in SUBCOMMANDS and len(argv) > 1 and argv[1][:1] not in {"-", ""} else 1]
        if any(word.startswith(UNCHECKED) for word in argv[1:]):
            raise Ineligible("an option that forces, or switches a check off")
        if any(_leads_out(case, word) for word in argv[1:]):
            raise Ineligible("names a place outside the project")
        if unit.dynamic or not can_unify(argv[len(head) :]) or not can_unify(head):
            raise Ineligible("its words are dynamic, too many, or no words")
        kinds = frozenset(one.kind for one in lacking)
        files = bool(kinds) and kinds <= {"read", "write", "delete"}
        if files and (program not in MAKERS or _hides(argv)) and not approved:
            raise Ineligible(OTHER_FILES)
        vetted = unit.known and (not files or program in MAKERS) and self._is_vetted(case, unit)
        if not vetted and not approved:
            raise Ineligible("no shipped profile allows such a command, and no person approved it often enough")
        inside = bool(lacking) and all(_is_inside(case, one) for one in lacking)
        if not vetted and unit.known and not inside:
            raise Ineligible("reaches outside the project, and no shipped profile allows it")
        exact = not vetted or not inside
        group = ("exact" if exact else "command", *head)
        return Need(group, number, -1, "", argv[len(head) :], kinds, inside, exact)

    def _is_vetted(self, case: Case, unit: Unit) -> bool:
        anchors = case.policy.anchors
        policy = self._judge.recall(("standard", anchors), lambda: Policy(builtin("standard").rules, anchors), _size)
        return cover(policy.allow, policy.deny, policy.ask, case.call, unit, case.observation).rule is not None


def _size(_policy: Policy) -> int:
    return 400  # compiled patterns: some hundred kilobytes


def _hides(argv: Words) -> bool:
    return any(part.startswith(".") and part not in {".", ".."} for word in argv[1:] for part in word.split("/"))


def _leads_out(case: Case, word: str) -> bool:
    """Whether a word, or the value of an option, could be a path outside of the project; in doubt it is."""
    value = word
    if word.startswith("-"):
        value = word.partition("=")[2] if "=" in word else word[2:]
    if ".." in value or value.startswith("~"):
        return True
    project = case.observation.project
    return value.startswith("/") and not (project and is_within(normalise(value), project))


def _secret(operation: Operation) -> bool:
    return operation.kind in PATH_KINDS and is_credential(operation.target)


def _is_inside(case: Case, operation: Operation) -> bool:
    project = case.observation.project
    return operation.kind in PATH_KINDS and bool(project) and is_within(operation.target, project)


def _rooted(case: Case, path: str) -> tuple[str, str]:
    """Return the root that a rule would name, and the rest of *path*; empty texts when there is none."""
    project, home = case.observation.project, case.observation.home
    if project and is_within(path, project):
        return "<project>", path[len(project) + 1 :]
    if is_within(path, "/tmp"):  # noqa: S108 - as above
        return "/tmp", path[5:]  # noqa: S108 - as above
    anchor, inner = ("~/", path[len(home) + 1 :]) if home != "/" and is_within(path, home) else ("/", path[1:])
    parts = inner.split("/")
    if len(parts) < 3 or any(part.startswith(".") for part in parts):
        return "", ""
    return anchor + "/".join(parts[:2]), "/".join(parts[2:])
