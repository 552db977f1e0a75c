"""Test runners of Python: pytest, tox, nox, coverage. They run the project's code; options that do more are named."""

from __future__ import annotations

from callgate.core.model import DYNAMIC
from callgate.shell.command import Command
from callgate.shell.programs.spec import Args, Program, options
from callgate.shell.programs.tooling import Entry, installs, note_files, runs_files, runs_project, tool
from callgate.shell.words import Word

_PYTEST = options("""
-k: -m: --markers -x,--exitfirst --maxfail: --strict-config --strict-markers --strict --fixtures,--funcargs
--fixtures-per-test --pdb --pdbcls:code --trace --capture: -s --runxfail --lf,--last-failed --ff,--failed-first
--nf,--new-first --cache-show? --cache-clear --lfnf,--last-failed-no-failures: --sw,--stepwise
--sw-skip,--stepwise-skip --sw-reset,--stepwise-reset --durations: --durations-min: -v,--verbose --no-header
--no-summary --no-fold-skipped --force-short-summary -q,--quiet --verbosity: -r,--report-chars:
--disable-warnings,--disable-pytest-warnings -l,--showlocals --no-showlocals --tb: --xfail-tb --show-capture:
--full-trace,--fulltrace --color: --code-highlight: --pastebin:sends_the_results_to_a_public_site
--junit-xml,--junitxml:write --junit-prefix,--junitprefix: -W,--pythonwarnings: --max-warnings: --collect-only,--co
--pyargs --ignore: --ignore-glob: --deselect: --confcutdir: --noconftest --keep-duplicates --collect-in-virtualenv
--continue-on-collection-errors --import-mode: --doctest-modules --doctest-report: --doctest-glob:
--doctest-ignore-import-errors --doctest-continue-on-failure -c,--config-file: --rootdir: --basetemp:
-V,--version -h,--help -p: --disable-plugin-autoload --trace-config --debug? -o,--override-ini: --assert: --setup-only
--setup-show --setup-plan --log-level: --log-format: --log-date-format: --log-cli-level: --log-cli-format:
--log-cli-date-format: --log-cli --log-file:write --log-file-mode: --log-file-level: --log-file-format:
--log-file-date-format: --log-auto-indent: --log-disable: --result-log,--resultlog:write --report-log:write
-n,--numprocesses: --maxprocesses: --max-worker-restart: --dist: -d --loadscope-reorder --no-loadscope-reorder
--tx:code --px:code --rsyncdir:code --rsyncignore: --testrunuid: --maxschedchunk: -f,--looponfail --forked --boxed
--cov? --cov-report: --cov-config: --no-cov-on-fail --no-cov --cov-fail-under: --cov-append --cov-branch
--cov-context: --cov-precision: --cov-reset --timeout: --timeout-method: --timeout_method: --session-timeout:
--timeout-disable-debugger-detection --ds: --dc: --create-db --reuse-db --no-migrations,--nomigrations --migrations
--fail-on-template-vars --django-debug-mode? --liveserver: --asyncio-mode: --asyncio-debug --anyio-mode:
--randomly-seed: --randomly-dont-reorganize --randomly-dont-reset-seed --random-order --random-order-bucket:
--random-order-seed: --reruns: --reruns-delay: --only-rerun: --rerun-except: --fail-on-flaky --force-flaky
--max-runs: --min-passes: --no-flaky-report --count: --repeat-scope: --html:write --self-contained-html --css:read
--json-report --json-report-file:write --json-report-indent: --json-report-omit --json-report-summary --ctrf:write
--hypothesis-profile: --hypothesis-verbosity: --hypothesis-show-statistics --hypothesis-seed: --hypothesis-explain
--benchmark-only --benchmark-skip --benchmark-disable --benchmark-enable --benchmark-min-rounds: --benchmark-sort:
--benchmark-min-time: --benchmark-max-time: --benchmark-columns: --benchmark-group-by: --benchmark-verbose
--benchmark-quiet --benchmark-disable-gc --benchmark-warmup: --benchmark-warmup-iterations: --benchmark-calibration:
--benchmark-json:write --benchmark-autosave --benchmark-save: --benchmark-save-data --benchmark-compare?
--benchmark-compare-fail? --benchmark-storage:write --benchmark-histogram? --benchmark-name:
--benchmark-cprofile: --snapshot-update --snapshot-details --snapshot-warn-unused --inline-snapshot:
--mpl --mpl-generate-path:write --mpl-baseline-path:read --mpl-results-path:write --mpl-generate-summary:
--remote-data? --open-files --doctest-plus --doctest-rst --doctest-only --doctest-ufunc --text-file-format:
--astropy-header --astropy-header-packages: --run-slow,--runslow,--slow --run-hugemem --integration --run-integration
--run-flaky --run-network-tests --run-mypy --picked? --testmon --testmon-noselect --testmon-nocollect --instafail --tap
--old-summary --force-sugar --record-mode: --vcr-record: --disable-vcr --block-network --allowed-hosts:
--disable-socket --allow-hosts: --allow-unix-socket --force-enable-socket --headed --browser: --slowmo: --device:
--base-url: --splits: --group: --splitting-algorithm: --store-durations --durations-path:write --mypy --flake8
--pylint --black --isort --ruff --nbval --nbval-lax --nbmake --nbmake-timeout: --alluredir:write --clean-alluredir
--metadata: --profile --profile-svg --pspec --spec --show-progress --no-sugar --show-skipped --sparse-ordering
--order-scope: --ff-only --no-qt-log --qt-log-level-fail: --memray --typeguard-packages: --beartype-packages:
--freezegun --print --print-relative-time --md-report --emoji --rich --tests-per-worker: --workers:
""")
_PLUGINS = frozenset({
    "xdist", "xdist.plugin", "pytest_cov", "pytest_cov.plugin", "pytest_timeout", "pytest_asyncio",
    "pytest_asyncio.plugin", "pytest_mock", "pytest_django", "pytest_django.plugin", "pytest_benchmark.plugin",
    "pytest_randomly", "randomly", "cov", "asyncio", "anyio", "anyio.pytest_plugin", "timeout", "django", "pytester",
    "cacheprovider", "doctest", "terminal", "logging", "warnings", "unraisableexception", "threadexception",
    "hypothesispytest", "hypothesis.extra.pytestplugin", "pytest_rerunfailures", "rerunfailures",
})  # fmt: skip


def _pytest(command: Command, args: Args) -> None:
    command.here("execute", recursive=True)
    for word in args.operands:
        if word.value.startswith("@"):
            command.opaque("options of pytest from a file", via="@FILE", span=word.span)
        # `file.py::Class::test[a-b]` names a test in a file.
        note_files(command, "execute", [word._replace(value=word.value.partition("::")[0])])
    note_files(command, "execute", args.values("-c"))
    for word in args.values("-p"):
        if not word.value.startswith("no:") and word.value not in _PLUGINS:
            command.add("execute", f"plugin {word.value}", word, via="-p")
    for word in args.values("--basetemp"):
        command.path("delete", word, recursive=True, via="--basetemp")
        command.path("write", word, recursive=True, via="--basetemp")
    for word in args.values("--cov-report"):
        kind, colon, target = word.value.partition(":")
        if kind in {"html", "xml", "json", "lcov", "annotate", "markdown", "markdown-append"} and colon:
            command.path("write", word._replace(value=target), recursive=True, via="--cov-report")
    for word in args.values("-o"):
        name, _, value = word.value.partition("=")
        if word.dynamic or name.strip() in {"cache_dir", "log_file"}:
            target = DYNAMIC if word.dynamic else value.strip()
            command.path("write", word._replace(value=target), recursive=True, via="-o")


_TOX_COMMON = """
-h,--help --colored: --stderr-color: --exit-and-dump-after: -c,--conf: --workdir:write --root:execute
--runner: --version --no-provision? --no-recreate-provision -r,--recreate -x,--override:changes_any_setting
-v,--verbose -q,--quiet --result-json:write -i,--no-capture --hashseed: --discover:execute --list-dependencies
--no-list-dependencies -s,--skip-missing-interpreters? -n,--notest -b,--pkg-only,--sdistonly --installpkg:execute
--fail-fast --develop --no-recreate-pkg --skip-pkg-install --skip-env-install -e: -m: -f: --skip-env: -p,--parallel?
-o,--parallel-live --parallel-no-spinner -l,--listenvs -a,--listenvs-all -k: --core --showconfig --no-desc -d
"""


def _tox(command: Command, args: Args) -> None:
    """Install packages into environments of its own and run the commands that the configuration names."""
    head = args.operands[0].value if args.operands else ""
    if head in {"exec", "e", "devenv", "d"}:
        command.opaque("runs any command, or sets up an environment anywhere", via=head)
    command.here("execute", recursive=True)
    note_files(command, "execute", args.values("-c"))
    if args.has("-h", "--version"):
        return
    if head not in {"list", "l", "config", "c", "schema", "depends", "de"} and not args.has("-l", "-a", "--showconfig"):
        installs(command, args)


_NOX = options("""
-h,--help --version --script-mode:code --script-venv-backend: -f,--noxfile: -k,--keywords:
-s,-e,--sessions,--session: -t,--tags: -l,--list-sessions,--list --usage: --json --download-python:
-p,--pythons,--python: --extra-pythons,--extra-python: -P,--force-pythons,--force-python: --default-venv-backend: --envdir:write --force-venv-backend: -r,--reuse-existing-virtualenvs
-N,--no-reuse-existing-virtualenvs --reuse-venv: --no-venv -R --allow-parallel --no-allow-parallel
--error-on-external-run --no-error-on-external-run --error-on-missing-interpreters
--no-error-on-missing-interpreters -j,--parallel: -x,--stop-on-first-error --no-stop-on-first-error
--no-dependencies --install-only --no-install --non-interactive --report:write -v,--verbose --no-verbose
--add-timestamp --nocolor,--no-color --forcecolor,--force-color
""")


def _nox(command: Command, args: Args) -> None:
    command.here("execute", recursive=True)
    note_files(command, "execute", args.values("-f"))
    if not args.has("-l", "--usage", "-h"):
        installs(command, args)


# coverage

_COVERAGE = "--debug: -h,--help --rcfile: --data-file:write "
_REPORT = _COVERAGE + "-i,--ignore-errors --include: --omit: --keep-combined -q,--quiet --fail-under: --precision: "


def _coverage_run(command: Command, args: Args) -> None:
    """`coverage run SCRIPT|-m MODULE …`: the script or module runs, and the data file is written."""
    command.here("execute", recursive=True)
    note_files(command, "execute", args.operands[:1] if not args.has("-m") else [])


def _report(text: str, *, target: str = "") -> Program:
    def writes(command: Command, _args: Args) -> None:
        # The configuration may name plug-ins, and a target of its own inside the project.
        command.here("execute", recursive=True)
        if target:
            command.path("write", Word(target, command.span), recursive=True)

    return Program(options(_REPORT + text), writes)


_SUBCOMMANDS = {
    "run": Program(
        options(
            _COVERAGE + "-a,--append --branch --concurrency: --context: --include: --omit: -m,--module -L,--pylib "
            "-p,--parallel-mode --save-signal: --source: --source-pkgs: --timid"
        ),
        _coverage_run,
        posix=True,
    ),
    "report": _report("--contexts: --format: --sort: -m,--show-missing --skip-covered --no-skip-covered --skip-empty"),
    "html": _report(
        "--contexts: -d,--directory:write --show-contexts --skip-covered --no-skip-covered --skip-empty --title:",
        target="htmlcov",
    ),
    "xml": _report("-o:write --skip-empty", target="coverage.xml"),
    "json": _report("--contexts: -o:write --pretty-print --show-contexts", target="coverage.json"),
    "lcov": _report("-o:write", target="coverage.lcov"),
    "annotate": _report("-d,--directory:write"),
    "combine": Program(options(_COVERAGE + "-a,--append --keep -q,--quiet"), runs_files),
    "erase": Program(options(_COVERAGE), runs_project),
    "debug": Program(options(_COVERAGE), runs_project),
    "help": Program(options(_COVERAGE)),
}

PROGRAMS: dict[str, Entry] = {
    **dict.fromkeys(("pytest", "py.test"), tool(Program(_PYTEST, _pytest), frozenset({"--version", "-V"}))),
    # A plug-in of the project (`toxfile.py`) runs even for `--version`.
    "tox": tool(Program(options(_TOX_COMMON), _tox), frozenset()),
    "nox": tool(Program(_NOX, _nox)),
    "coverage": tool(Program(options(_COVERAGE + "--version"), subcommands=_SUBCOMMANDS), frozenset({"--version"})),
    "nosetests": tool(
        Program(
            options(
                "-v,--verbose -q,--quiet -x,--stop -s,--nocapture -w,--where: -m,--match: -e,--exclude: -i,--include: "
                "--with-doctest --with-coverage --with-xunit --xunit-file:write --cover-package: --cover-html "
                "--cover-html-dir:write --cover-erase --failed --pdb --processes: --process-timeout: --tests: -a,--attr: "
                "-c,--config: --collect-only --with-id --nologcapture --traverse-namespace -V,--version -h,--help"
            ),
            runs_files,
        )
    ),
}
