"""The gate: policy, observation, stages and journal in one. It serves the hook, the CLI and the tests alike."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Mapping, NamedTuple

from callgate import switch
from callgate.core.errors import DeadlineError, PolicyError, Problem
from callgate.core.model import Analysis, Observation, ToolCall, Verdict
from callgate.engine.case import Case
from callgate.engine.decide import decide
from callgate.engine.units import SHELL_TOOLS, analyse, not_analysed
from callgate.environ import trusted_environ
from callgate.host import Places, places
from callgate.last_good import recall, remember
from callgate.observe import HOST, Files, Observer, project_root, protected_paths
from callgate.policy.compiled import Policy
from callgate.policy.globs import Anchors
from callgate.policy.loader import Candidate, LoadedPolicy, Logging, builtin, discover, load, read_trust

if TYPE_CHECKING:
    from callgate.engine.explain import Explanation
    from callgate.journal.decision_log import DecisionLog

MAX_WORLDS = 64
"""Compiled policies that one gate keeps: one for each project (and each cwd with a policy of its own)."""


MAX_ANALYSES = 256
"""Commands whose analysis one gate keeps, twice over: the latest, and those before them. An analysis depends on nothing
but the text, the directory and the home."""

MAX_REMEMBERED = 2_000
"""Characters of the longest command that is kept."""


class Examination(NamedTuple):
    """A verdict with what it rests on."""

    verdict: Verdict
    analysis: Analysis | None
    observation: Observation | None
    error: str = ""
    """Not empty when callgate itself failed; the verdict is then an *ask* that names it."""


class World(NamedTuple):
    """One project as the gate sees it."""

    policy: Policy
    observer: Observer
    loaded: LoadedPolicy | None
    fault: str
    candidates: tuple[Candidate, ...] = ()
    problems: tuple[Problem, ...] = ()
    """What `fault` says, one by one."""
    read: Mapping[str, str | None] = {}
    """Every policy file that was read -> SHA-256 of what was parsed, empty where it could not be read; `None` for what
    an include names and nobody read."""
    named: tuple[str, ...] = ()
    """Files that the policy brings in and self-protection guards: its own, and the logs that it names."""
    until: float = float("inf")
    """Seconds since the epoch when the first rule expires."""


class Given(NamedTuple):
    """A policy and a file system that stand in for those of this machine; policy tests use it."""

    loaded: LoadedPolicy
    files: Files


class Gate:
    """Decides calls. Make one with `open_gate`.

    Attributes:
        loaded: what the policy files say for the gate's own cwd; `None` when they could not be loaded.
        fault: not empty when the policy is broken: every problem, as text.
        problems: the same, one by one.
        places: the user's files.
        cwd: where discovery started.
    """

    def __init__(
        self, environ: Mapping[str, str], cwd: str, *, config: str, profile: str, home: str, project: str,
        managed: str, given: Given | None = None,
    ) -> None:  # fmt: skip
        """See `open_gate`."""
        self._given = given
        self._environ = environ if home else trusted_environ(environ, cwd)
        self.cwd = cwd
        self._config = config
        self._profile = profile
        self._project = project
        self._managed = managed
        self.places: Places = places(self._environ, home)
        self._worlds: dict[tuple[str, str], World] = {}
        self._analyses: dict[tuple[str, str, str, bool], Analysis] = {}
        self._older_analyses: dict[tuple[str, str, str, bool], Analysis] = {}
        self._log: tuple[Logging | None, DecisionLog] | None = None
        self._look()

    def _look(self) -> None:
        """Take what holds for the gate's own directory."""
        own = self._world(self.cwd)
        self.loaded = own.loaded
        self.fault = own.fault
        self.problems = own.problems

    # Deciding

    def examine(self, call: ToolCall) -> Examination:
        """Decide *call* without writing it down; what goes wrong inside asks and names itself.

        Raises:
            DeadlineError: the caller's deadline has passed: what that means is the caller's to say.
        """
        started = time.perf_counter_ns()
        try:
            case, error = self._case(call)
            verdict = decide(case)
        except (KeyboardInterrupt, SystemExit, DeadlineError):
            raise
        except BaseException as failure:  # noqa: BLE001 - the boundary: a fault of ours asks, and never allows
            verdict = Verdict("ask", f"callgate could not judge this call ({_named(failure)})", "error", 10, "partial")
            return Examination(_finished(verdict, started), None, None, _traceback(failure))
        if error and verdict.decision in {"allow", "passthrough"}:
            verdict = verdict._replace(
                decision="ask", source="error", reason=f"the call could not be analysed: {error}"
            )
        return Examination(_finished(verdict, started), case.analysis, case.observation, error)

    def case(self, call: ToolCall) -> Case:
        """Return everything that deciding *call* needs."""
        return self._case(call)[0]

    def _case(self, call: ToolCall) -> tuple[Case, str]:
        """Return the case, and what went wrong in the analysis: then the call is one part that nobody understands."""
        world = self._world(call.cwd)
        error = ""
        try:
            analysis = self.analysis(call)
        except (
            RecursionError,
            MemoryError,
            ValueError,
            ArithmeticError,
            LookupError,
            AttributeError,
            TypeError,
        ) as failure:
            error = _named(failure)
            analysis = not_analysed(call, error)
        now = time.time()
        # A shipped profile is asked about in a world of its own: the switch of this machine is no part of it.
        fixed = self._profile or self._given
        off_until = None if fixed else switch.read(self.places.switch_file, now).off_until
        wanted = None
        if _reads_trees(analysis):
            floating = world.policy.floating()
            wanted = (lambda path: bool(floating.match(path))) if floating else None
        observation = world.observer.observe(analysis, now=now, off_until=off_until, wanted=wanted)
        return Case(world.policy, call, analysis, observation), error

    def anchors(self, cwd: str | None = None) -> Anchors:
        """Return what path patterns are anchored in for calls from *cwd* (the gate's own by default)."""
        return self._world(self.cwd if cwd is None else cwd).policy.anchors

    def analysis(self, call: ToolCall) -> Analysis:
        """Analyse *call*, or remember what came of the same text in the same directory: agents repeat themselves."""
        command = call.input.get("command")
        if call.tool not in SHELL_TOOLS or not isinstance(command, str) or len(command) > MAX_REMEMBERED:
            return analyse(call, self.places.home)
        key = (call.tool, command, call.cwd, bool(call.input.get("dangerouslyDisableSandbox")))
        known = self._analyses.get(key)
        if known is None:
            known = self._older_analyses.get(key) or analyse(call, self.places.home)
            if len(self._analyses) >= MAX_ANALYSES:
                # What was asked for since the last time survives; dropping one at a time costs more than it saves.
                self._older_analyses, self._analyses = self._analyses, {}
            self._analyses[key] = known
        return known

    def forget(self) -> None:
        """Forget the analyses of earlier calls: whoever measures a decision means a whole one."""
        self._analyses, self._older_analyses = {}, {}

    def decide(self, call: ToolCall) -> Verdict:
        """Return the verdict on *call* without writing it down."""
        return self.examine(call).verdict

    def answer(self, call: ToolCall) -> Verdict:
        """Decide *call* and write the journal. A journal that cannot be written changes no verdict."""
        found = self.examine(call)
        if not found.error:
            self._remember(call.cwd)
        self.journal().record(
            call, found.verdict, found.analysis, found.observation, now=time.time(), error=found.error
        )
        return found.verdict

    def _remember(self, cwd: str) -> None:
        """Keep the policy as the last good one. Only calls that were really made do: asking changes nothing."""
        self.keep(self._world(cwd))

    def keep(self, world: World) -> None:
        """Keep the policy of *world* as the last good one, unless it is kept already."""
        if world.loaded is not None and any(one.layer != "builtin" for one in world.candidates):
            remember(self.places.last_good_dir, world.candidates, world.loaded)

    def explain(self, call: ToolCall) -> Explanation:
        """Return the numbered stages with what each saw, by the very decision that the hook makes."""
        from callgate.engine.explain import explain  # noqa: PLC0415 - the hook does not explain

        started = time.perf_counter_ns()
        case = self.case(call)
        verdict = _finished(decide(case), started)
        return explain(case, verdict)

    def journal(self) -> DecisionLog:
        """Return the decision log that the policy names, or the one in the state directory."""
        logging = self.loaded.logging if self.loaded else None
        if self._log is None or self._log[0] != logging:
            from callgate.journal.decision_log import DecisionLog  # noqa: PLC0415 - `check` writes no log

            log = DecisionLog(
                (logging.log_file if logging else "") or self.places.log_file,
                (logging.review_log_file if logging else "") or self.places.review_log_file,
                log_level=(logging.log_level if logging else "") or "info",
                faults_file=f"{self.places.state_dir}/faults",
            )
            self._log = (logging, log)
        return self._log[1]

    def opened_with(self) -> tuple[Mapping[str, str], str, str, str, str, str]:
        """Return (environ, cwd, config, profile, project, managed) as `open_gate` took them: whose policy it is."""
        return self._environ, self.cwd, self._config, self._profile, self._project, self._managed

    def settle(self) -> None:
        """Tell Python's garbage collector that what is loaded by now stays; for a process that decides many calls.

        It would look at all of it again and again: a tenth of the time of a decision. Calls leave hardly any cycles
        behind, so the collector need not come often either.
        """
        import gc  # noqa: PLC0415 - the hook switches it off

        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)

    # Worlds

    def at(self, cwd: str) -> World:
        """Return the world that a call made in *cwd* is judged in; another project may have a policy of its own."""
        return self._world(cwd)

    def _world(self, cwd: str) -> World:
        # An explicit home, project, profile or file fixes the world; then the cwd only anchors relative paths.
        project = self._project or project_root(self._environ, cwd, self.places.home)
        key = self._key(cwd, project)
        world = self._worlds.get(key)
        if world is None:
            if len(self._worlds) >= MAX_WORLDS:
                self._worlds.clear()
            world = self._worlds[key] = self._open(cwd, project)
        return world

    def _key(self, cwd: str, project: str) -> tuple[str, str]:
        return cwd if not (self._profile or self._config) or not project else "", project

    def _open(self, cwd: str, project: str) -> World:
        read: dict[str, str | None] = {}
        candidates, loaded, error, stand_in = self._load(cwd, project, read)
        fault, problems = (str(error), tuple(error.problems)) if error else ("", ())
        anchors = Anchors(self.places.home, project, cwd)
        broken = _one_line(fault, stand_in=stand_in)
        policy = Policy(
            loaded.rules, anchors, settings=loaded.settings, revision=loaded.revision, broken=broken, stand_in=stand_in
        )
        sources = [source.path for source in loaded.sources if source.layer != "builtin"]
        named = (*sources, loaded.logging.log_file, loaded.logging.review_log_file, self._config)
        observer = self._observer(cwd, project, named)
        until = min((rule.expires for rule in loaded.rules if rule.expires is not None), default=float("inf"))
        return World(policy, observer, None if fault else loaded, fault, candidates, problems, read, named, until)

    def _observer(self, cwd: str, project: str, named: tuple[str, ...]) -> Observer:
        files = self._given.files if self._given else HOST
        protected = protected_paths(self.places, project, cwd, self._environ, named, files)
        return Observer(self.places.home, project, protected, files)

    def _load(
        self, cwd: str, project: str, read: dict[str, str | None]
    ) -> tuple[tuple[Candidate, ...], LoadedPolicy, PolicyError | None, bool]:
        """Return the files, what is in force, what is wrong, and whether another policy stands in."""
        if self._given:
            return (), self._given.loaded, None, False
        if self._profile:
            return (), builtin(self._profile), None, False
        home, now = self.places.home, time.time()
        candidates: tuple[Candidate, ...] = ()
        trust: Mapping[str, str] = {}
        try:
            candidates = discover(self._environ, home, cwd, project, self._config, managed=self._managed)
            trust = read_trust(self.places.trust_file)
            return candidates, load(candidates, home, project, trust, now=now, read=read), None, False
        except PolicyError as error:
            kept = recall(self.places.last_good_dir, candidates, home=home, project=project, trust=trust, now=now)
            if kept is not None:
                return candidates, kept, error, False
            return candidates, self._without_project(candidates, project, now), error, True

    def _without_project(self, candidates: tuple[Candidate, ...], project: str, now: float) -> LoadedPolicy:
        """Return what stands in for a broken policy: the other layers if they are whole, else the built-in profile."""
        others = [one for one in candidates if one.layer != "project"]
        if others and len(others) < len(candidates):
            try:
                return load(others, self.places.home, project, {}, now=now)
            except PolicyError:
                return builtin("cautious")
        return builtin("cautious")


def open_gate(
    environ: Mapping[str, str],
    cwd: str,
    *,
    config: str = "",
    profile: str = "",
    home: str = "",
    project: str = "",
    managed: str = "/etc/callgate/policy.toml",
    given: Given | None = None,
) -> Gate:
    """Open the gate for one user.

    Args:
        environ: the process environment (`HOME`, `XDG_STATE_HOME`, `CLAUDE_PROJECT_DIR`, …).
        cwd: where discovery starts; calls bring their own.
        config: a policy file that is used alone.
        profile: a shipped pack that is used alone; no files are read.
        home: stands in for the user's home directory.
        project: stands in for the project root of every call.
        managed: the managed policy; empty for none.
        given: a loaded policy and a file system that are used alone; name *home* and *project* with it, as that file
            system has them. Nothing of this machine is looked at then, its switch included.

    Raises:
        PolicyError: *profile* is not the name of a shipped pack. A broken policy file does not raise: `Gate.fault`.
    """
    absolute = os.path.abspath(os.path.join(cwd or "/", config)) if config and not config.startswith("~") else config
    return Gate(
        environ, cwd, config=absolute, profile=profile, home=home, project=project, managed=managed, given=given
    )


def _reads_trees(analysis: Analysis) -> bool:
    for unit in analysis.units:
        for operation in unit.operations:
            if operation.recursive and operation.kind == "read":
                return True
    return False


def _finished(verdict: Verdict, started: int) -> Verdict:
    elapsed = (time.perf_counter_ns() - started) // 1_000
    return Verdict(*verdict[:-2], os.urandom(8).hex(), elapsed)  # a third of what `_replace` takes


def _one_line(fault: str, *, stand_in: bool) -> str:
    if not fault:
        return ""
    lines = [line.strip() for line in fault.splitlines() if line.strip()]
    force = "guardrails and the built-in denies" if stand_in else "the last good policy and guardrails"
    more = f" (and more: {len(lines)} lines)" if len(lines) > 4 else ""
    return f"the policy is broken, {force} are in force: {lines[0]}{more}; run `callgate validate`"


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _traceback(error: BaseException) -> str:
    import traceback  # noqa: PLC0415 - only a failure pays for it

    return "".join(traceback.format_exception(error))[-8_000:]
