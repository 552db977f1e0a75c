"""Test runners, linters and formatters of JavaScript: their configuration is code, so they run the project."""

from __future__ import annotations

from callgate.core.model import DYNAMIC
from callgate.shell.command import Command
from callgate.shell.programs.spec import Args, Program, apply, options
from callgate.shell.programs.tooling import Entry, camel, loosen, note_files, or_here, rewrites, tool

# What is installed in the project runs instead of what was called, even for `--version`.
_ANSWERS: frozenset[str] = frozenset()


def _modules(command: Command, args: Args, *names: str) -> None:
    """Note what an option loads: a package that is installed, or a file anywhere."""
    for given in args.given:
        if given.option.name not in names or given.value is None:
            continue
        value = given.value.value
        if value.startswith((".", "/")) or ".." in value or given.value.dynamic:
            note_files(command, "execute", [given.value], via=given.option.name)


def _configured(command: Command, args: Args, *names: str) -> None:
    """Note the configuration that is chosen: it is code, like the one that would be found without the option."""
    command.here("execute", recursive=True)
    note_files(command, "execute", args.values(*names))


# Test runners

_JEST = camel("""
-h,--help --version --all --automock -b,--bail? --cache --cacheDirectory:write --changedFilesWithAncestor
--changedSince: --ci --clearCache --clearMocks --collectCoverage --collectCoverageFrom: --collectTests --color
--colors -c,--config: --coverage --coverageDirectory:write --coveragePathIgnorePatterns: --coverageProvider:
--coverageReporters: --coverageThreshold: --debug --detectLeaks --detectOpenHandles --errorOnDeprecated -e,--expand
--filter: --findRelatedTests --forceExit --globalSetup: --globalTeardown: --globals: --haste: --ignoreProjects:
--injectGlobals --json --lastCommit --listTests --logHeapUsage --maxConcurrency: -w,--maxWorkers:
--moduleDirectories: --moduleFileExtensions: --moduleNameMapper: --modulePathIgnorePatterns: --modulePaths:
--noStackTrace --notify --notifyMode: -o,--onlyChanged -f,--onlyFailures --openHandlesTimeout: --outputFile:write
--passWithNoTests --preset: --prettierPath: --projects: --randomize --reporters: --resetMocks --resetModules
--resolver: --restoreMocks --rootDir: --roots: -i,--runInBand --runTestsByPath --runner: --seed: --selectProjects:
--setupFiles: --setupFilesAfterEnv: --shard: --showConfig --showSeed --silent --skipFilter --snapshotSerializers:
--testEnvironment,--env: --testEnvironmentOptions: --testFailureExitCode: --testLocationInResults --testMatch:
-t,--testNamePattern: --testPathIgnorePatterns: --testPathPatterns,--testPathPattern: --testRegex:
--testResultsProcessor: --testRunner: --testSequencer: --testTimeout: --timers: --transform: --transformIgnorePatterns:
--unmockedModulePathPatterns: -u,--updateSnapshot --useStderr --verbose --waitForUnhandledRejections --watch
--watchAll --watchPathIgnorePatterns: --watchman --workerGracefulExitTimeout: --workerThreads --workerIdleMemoryLimit:
""")
_JEST_CODE = (
    "--filter", "--globalSetup", "--globalTeardown", "--preset", "--prettierPath", "--reporters", "--resolver",
    "--runner", "--setupFiles", "--setupFilesAfterEnv", "--snapshotSerializers", "--testEnvironment",
    "--testResultsProcessor", "--testRunner", "--testSequencer", "--transform",
)  # fmt: skip


def _jest(command: Command, args: Args) -> None:
    """Operands are patterns of test paths below the root."""
    _configured(command, args, "-c", "--rootDir", "--roots", "--projects")
    _modules(command, args, *_JEST_CODE)


_VITEST = camel("""
-h,--help -v,--version -r,--root: -c,--config: -u,--update? -w,--watch -t,--testNamePattern: --dir: --ui --open
--api? --silent? --hideSkippedTests --reporter: --outputFile:write --coverage --mode: --isolate --globals --dom
--browser? --pool: --execArgv:code --vmMemoryLimit: --fileParallelism --maxWorkers: --minWorkers: --environment:
--passWithNoTests --logHeapUsage --detectAsyncLeaks --allowOnly --dangerouslyIgnoreUnhandledErrors --shard:
--changed? --sequence: --inspect? --inspectBrk? --testTimeout: --hookTimeout: --bail: --retry: --diff: --exclude:
--expandSnapshotDiff --disableConsoleIntercept --typecheck --project: --slowTestThreshold: --teardownTimeout: --cache
--maxConcurrency: --expect: --printConsoleTrace --includeTaskLocation --attachmentsDir:write --run --color
--clearScreen --configLoader: --standalone --mergeReports? --listTags? --clearCache --tagsFilter: --strictTags
--experimental: --threads --minThreads: --maxThreads: --singleThread --related --findRelatedTests
--coverage.enabled --coverage.provider: --coverage.reporter: --coverage.include: --coverage.exclude: --coverage.all
--coverage.reportsDirectory:write --coverage.clean --coverage.cleanOnRerun --coverage.thresholds:
--coverage.thresholds.lines: --coverage.thresholds.functions: --coverage.thresholds.branches:
--coverage.thresholds.statements: --coverage.skipFull --poolOptions.threads.singleThread
--poolOptions.forks.singleFork --sequence.shuffle --sequence.seed: --browser.name: --browser.headless --browser.enabled
--typecheck.only --typecheck.enabled --reporters: --json
""")


def _vitest(command: Command, args: Args) -> None:
    if args.operands and args.operands[0].value == "init":
        command.add("system", "installs packages", via="init")
    _configured(command, args, "-c", "-r", "--dir")
    _modules(command, args, "--reporter", "--environment", "--pool", "--diff")
    if args.has("--ui", "--api", "--inspect", "--inspectBrk"):
        command.add("system", "listens for connections", via="--api")


_MOCHA = camel("""
--extension: --file: --global,--globals: --ignore,--exclude: -n,--node-option:code
-O,--reporter-option,--reporter-options: -r,--require: --watch-files: --watch-ignore: --allow-uncaught
-A,--async-only -b,--bail --check-leaks -c,--color,--colors --delay --diff --dry-run --exit
--fail-hook-affected-tests --pass-on-failing-test-suite --fail-zero --forbid-only --forbid-pending --full-trace
--inline-diffs -i,--invert --list-interfaces --list-reporters -C -p,--parallel --posix-exit-codes
--recursive -S,--sort -w,--watch --retries: -j,--jobs: --config: -f,--fgrep: -g,--grep: --package: -R,--reporter:
-u,--ui: -s,--slow: -t,--timeout,--timeouts: -h,--help -V,--version --spec: --opts: --growl --full-width
--experimental-vm-modules --enable-source-maps --no-warnings --trace-warnings --expose-gc
--inspect,--inspect-brk?listens_for_a_debugger
""")


def _mocha(command: Command, args: Args) -> None:
    _configured(command, args, "--config", "--package", "--file", "--spec", "--opts")
    _modules(command, args, "-r", "-R", "-u")
    note_files(command, "execute", args.operands)


# Linters and formatters

_ESLINT = options("""
--no-config-lookup --config-lookup -c,--config: --inspect-config!starts_a_server_of_another_package --ext: --global:
--parser: --parser-options: --plugin: --rule: --fix --fix-dry-run --fix-type: --no-ignore --ignore
--ignore-pattern: --stdin --stdin-filename: --quiet --max-warnings: -o,--output-file:write -f,--format: --color
--no-color --no-inline-config --inline-config --report-unused-disable-directives
--report-unused-disable-directives-severity: --report-unused-inline-configs: --cache --no-cache --cache-file:write
--cache-location:write --cache-strategy: --suppress-all --suppress-rule: --suppressions-location:write
--prune-suppressions --pass-on-unpruned-suppressions --init!installs_packages --env-info
--no-error-on-unmatched-pattern --error-on-unmatched-pattern --exit-on-fatal-error --no-warn-ignored --warn-ignored
--pass-on-no-patterns --debug -h,--help -v,--version --print-config:read --stats --flag: --mcp!starts_a_server
--concurrency: --eslintrc --no-eslintrc --env: --ignore-path:read --rulesdir:execute
--resolve-plugins-relative-to:execute
""")


def _eslint(command: Command, args: Args) -> None:
    _configured(command, args, "-c")
    _modules(command, args, "--parser", "-f", "--plugin")
    if args.has("--fix", "--suppress-all", "--suppress-rule", "--prune-suppressions"):
        rewrites(command, or_here(command, args.operands))
    elif not args.has("--stdin"):
        note_files(command, "read", args.operands)


_PRETTIER = options("""
-c,--check -l,--list-different -w,--write --arrow-parens: --bracket-same-line --jsx-bracket-same-line
--no-bracket-spacing --embedded-language-formatting: --end-of-line: --experimental-operator-position:
--no-experimental-ternaries --experimental-ternaries --html-whitespace-sensitivity: --jsx-single-quote --object-wrap:
--parser: --print-width: --prose-wrap: --quote-props: --no-semi --semi --single-attribute-per-line --single-quote
--no-single-quote --tab-width: --trailing-comma: --use-tabs --vue-indent-script-and-style --config: --no-config
--config-precedence: --no-editorconfig --editorconfig --find-config-path: --ignore-path:read --plugin:
--plugin-search-dir: --with-node-modules --cursor-offset: --range-end: --range-start: --cache
--cache-location:write --cache-strategy: --check-ignore-pragma --no-color --color --no-error-on-unmatched-pattern
--error-on-unmatched-pattern --file-info:read -h,--help? -u,--ignore-unknown --insert-pragma --log-level,--loglevel:
--require-pragma --stdin-filepath: --support-info -v,--version --no-plugin-search --bracket-spacing
""")


def _prettier(command: Command, args: Args) -> None:
    _configured(command, args, "--config")
    _modules(command, args, "--plugin", "--plugin-search-dir", "--parser")
    if args.has("-w"):
        rewrites(command, args.operands)
    else:
        # What is formatted is printed; a check names files only.
        note_files(command, "read", args.operands, recursive=not args.has("-c", "-l"))


_STYLELINT = camel("""
-c,--config: --config-basedir: --print-config -i,--ignore-path:read --ignore-pattern,--ip: --fix? --cache
--compute-edit-info,--cei --custom-syntax: --stdin --stdin-filename: --ignore-disables,--id
--disable-default-ignores,--di --cache-location:write --cache-strategy: -f,--formatter: --custom-formatter: -q,--quiet
--quiet-deprecation-warnings --report-needless-disables,--rd --report-invalid-scope-disables,--risd
--report-descriptionless-disables,--rdd --report-unscoped-disables,--rud --validate --max-warnings,--mw:
-o,--output-file:write --allow-empty-input,--aei --suppress? --suppress-location:write --globby-options,--go: --color
-v,--version -h,--help
""")


def _stylelint(command: Command, args: Args) -> None:
    _configured(command, args, "-c", "--config-basedir")
    _modules(command, args, "--custom-syntax", "--custom-formatter", "-f")
    if args.has("--fix", "--suppress"):
        rewrites(command, args.operands)


_BIOME = options("""
--colors: --use-server --verbose --config-path:execute --max-diagnostics: --skip-errors --skip-parse-errors
--no-errors-on-unmatched --error-on-warnings --diagnostic-level: --reporter: --reporter-file:write --json
--json-pretty --log-file:write --log-level: --log-kind: --log-path:write --write --fix --apply --apply-unsafe --unsafe
--staged --changed --since: --only: --skip: --suppress --reason: --stdin-file-path: --formatter-enabled:
--linter-enabled: --organize-imports-enabled: --assist-enabled: --enforce-assist: --format-with-errors: --indent-style: --indent-width: --line-width:
--line-ending: --quote-style: --jsx-quote-style: --quote-properties: --trailing-commas: --semicolons:
--arrow-parentheses: --bracket-spacing: --bracket-same-line: --attribute-position: --threads: --vcs-enabled:
--vcs-client-kind: --vcs-use-ignore-file: --vcs-root: --vcs-default-branch: --files-max-size:
--files-ignore-unknown: -h,--help -V,--version
""")


def _biome(command: Command, args: Args) -> None:
    """Configuration may name plug-ins, which are patterns and run nothing; what it says of files stays below."""
    command.here("execute", recursive=True)
    if args.has("--write", "--fix", "--apply", "--apply-unsafe", "--suppress"):
        rewrites(command, or_here(command, args.operands))
    else:
        note_files(command, "read", args.operands)


_BIOME_FILES = Program(_BIOME, _biome)

# tsc

_TSC_VALUES = """
baseUrl checkers customConditions module m moduleResolution moduleSuffixes rootDir rootDirs typeRoots types
maxNodeModuleJsDepth mapRoot newLine sourceRoot jsx jsxFactory jsxFragmentFactory jsxImportSource lib moduleDetection
reactNamespace target t watchInterval watchFile watchDirectory fallbackPolling excludeDirectories excludeFiles locale
project p paths plugins builders importsNotUsedAsValues ignoreDeprecations charset
"""
_TSC_WRITES = "declarationDir outDir outFile out tsBuildInfoFile generateTrace generateCpuProfile pprofDir"
_TSC_FLAGS = """
all build b help h ignoreConfig init listFilesOnly quiet q showConfig singleThreaded version v watch w
allowArbitraryExtensions allowImportingTsExtensions allowUmdGlobalAccess noResolve noUncheckedSideEffectImports
resolveJsonModule resolvePackageJsonExports resolvePackageJsonImports rewriteRelativeImportExtensions allowJs checkJs
allowSyntheticDefaultImports erasableSyntaxOnly esModuleInterop forceConsistentCasingInFileNames isolatedDeclarations
isolatedModules preserveSymlinks verbatimModuleSyntax allowUnreachableCode allowUnusedLabels alwaysStrict
deduplicatePackages exactOptionalPropertyTypes noFallthroughCasesInSwitch noImplicitAny noImplicitOverride
noImplicitReturns noImplicitThis noPropertyAccessFromIndexSignature noUncheckedIndexedAccess noUnusedLocals
noUnusedParameters stableTypeOrdering strict strictBindCallApply strictBuiltinIteratorReturn strictFunctionTypes
strictNullChecks strictPropertyInitialization useUnknownInCatchVariables assumeChangesOnlyAffectDirectDependencies
composite disableReferencedProjectLoad disableSolutionSearching disableSourceOfProjectReferenceRedirect incremental i
declaration d declarationMap downlevelIteration emitBOM emitDeclarationOnly importHelpers inlineSourceMap
inlineSources noEmit noEmitHelpers noEmitOnError preserveConstEnums removeComments sourceMap stripInternal diagnostics
explainFiles extendedDiagnostics listEmittedFiles listFiles noCheck traceResolution disableSizeLimit
emitDecoratorMetadata experimentalDecorators libReplacement noLib useDefineForClassFields noErrorTruncation
preserveWatchOutput pretty skipDefaultLibCheck skipLibCheck synchronousWatchDirectory verbose dry force f clean
stopBuildOnErrors noImplicitUseStrict suppressImplicitAnyIndexErrors suppressExcessPropertyErrors noStrictGenericChecks
keyofStringsOnly preserveValueImports
"""
_TSC_TABLE = " ".join(
    f"--{name.lower()}{mark}"
    for names, mark in ((_TSC_FLAGS, ""), (_TSC_VALUES, ":"), (_TSC_WRITES, ":write"))
    for name in names.split()
)


def _tsc_operands(command: Command, args: Args) -> None:
    if args.has("--version", "--v", "--help", "--h", "--all"):
        return
    # `outDir` and `tsBuildInfoFile` of the configuration name any place.
    command.opaque("writes where its configuration says")
    for word in args.operands:
        if word.value.startswith("@"):
            command.opaque("options of `tsc` from a file", via="@FILE", span=word.span)
        elif word.value not in {"true", "false", "null"}:
            note_files(command, "read", [word])
    note_files(command, "read", args.values("--project", "--p"))


_TSC = Program(options(_TSC_TABLE), _tsc_operands)


def _tsc(command: Command) -> None:
    """Read options of any case and with one dash or two."""
    words = []
    for word in command.args:
        value = word.value
        if value.startswith("-") and len(value) > 1 and DYNAMIC not in value:
            word = word._replace(value="--" + value.lstrip("-").lower())  # noqa: PLW2901 - the same word, normalised
        words.append(word)
    apply(_TSC, command, words)
    loosen(command)


PROGRAMS: dict[str, Entry] = {
    "jest": tool(Program(_JEST, _jest), _ANSWERS),
    "vitest": tool(Program(_VITEST, _vitest), _ANSWERS),
    "mocha": tool(Program(_MOCHA, _mocha), _ANSWERS),
    "eslint": tool(Program(_ESLINT, _eslint), _ANSWERS),
    "prettier": tool(Program(_PRETTIER, _prettier), _ANSWERS),
    "stylelint": tool(Program(_STYLELINT, _stylelint), _ANSWERS),
    "biome": tool(
        Program(
            options("-V,--version -h,--help"),
            subcommands={
                "check": _BIOME_FILES,
                "lint": _BIOME_FILES,
                "format": _BIOME_FILES,
                "ci": _BIOME_FILES,
                "version": Program(),
                "rage": Program(),
                "explain": Program(),
            },
        ),
        _ANSWERS,
    ),
    "tsc": _tsc,
}
