"""Tool chains of the JVM: Maven and Gradle build and test the project, java runs classes, javac compiles them."""

from __future__ import annotations

import re

from callgate.shell.command import Command
from callgate.shell.programs.spec import Args, Program, apply, options
from callgate.shell.programs.tooling import Entry, asks, contacts, loosen, note_files, runs_project
from callgate.shell.words import Word

# Maven and Gradle

_MVN = options("""
-am,--also-make -amd,--also-make-dependents -B,--batch-mode -b,--builder: -C,--strict-checksums -c,--lax-checksums
-color,--color: -cpu,--check-plugin-updates -D,--define: -e,--errors -emp,--encrypt-master-password:code
-ep,--encrypt-password:code -f,--file: -fae,--fail-at-end -ff,--fail-fast -fn,--fail-never
-gs,--global-settings:execute -gt,--global-toolchains:execute -h,--help -itr,--ignore-transitive-repositories
-l,--log-file:write -llr,--legacy-local-repository -N,--non-recursive -npr,--no-plugin-registry
-npu,--no-plugin-updates -nsu,--no-snapshot-updates -ntp,--no-transfer-progress -o,--offline -P,--activate-profiles:
-pl,--projects: -q,--quiet -rf,--resume-from: -s,--settings:execute -t,--toolchains:execute -T,--threads:
-U,--update-snapshots -up,--update-plugins -v,--version -V,--show-version -X,--debug -r,--resume
-fos,--fail-on-severity: --raw-streams
""")
_MVN_PHASES = frozenset(
    """
validate initialize generate-sources process-sources generate-resources process-resources compile process-classes
generate-test-sources process-test-sources generate-test-resources process-test-resources test-compile
process-test-classes test prepare-package package pre-integration-test integration-test post-integration-test verify
install clean pre-clean post-clean site
dependency:tree dependency:analyze dependency:resolve dependency:list dependency:go-offline help:effective-pom
help:describe help:active-profiles versions:display-dependency-updates versions:display-plugin-updates
versions:display-property-updates spotless:check spotless:apply checkstyle:check compiler:compile compiler:testCompile
surefire:test failsafe:integration-test failsafe:verify spotbugs:check pmd:check fmt:check fmt:format jacoco:report
javadoc:javadoc formatter:format formatter:validate
""".split()
)
_SETTING = re.compile(
    r"(?:test|it\.test|groups|excludedGroups|skip[A-Za-z]*|[a-z.]+\.skip|maven\.test\.[a-zA-Z.]+|style\.color|parallel|"
    r"threadCount|forkCount|reuseForks|failIfNoTests|failIfNoSpecifiedTests|surefire\.(?:failIfNo\w+|rerunFailing\w+|useFile|"
    r"skipAfterFailureCount|timeout|printSummary)|trimStackTrace|revision|changelist|maven\.compiler\.(?:source|target|release)|"
    r"spring\.profiles\.active|file\.encoding|project\.build\.sourceEncoding|includes?|verbose|user\.timezone|"
    r"org\.gradle\.(?:daemon|parallel|caching|configureondemand|workers\.max|logging\.level|console))(?:=.*)?",
    re.DOTALL,
)


def _settings(command: Command, words: list[Word], *, via: str = "-D") -> None:
    for word in words:
        if word.dynamic or not _SETTING.fullmatch(word.value):
            command.opaque(f"the setting `{word.value.partition('=')[0]}` may run code", via=via, span=word.span)


def _separated(words: list[Word], letters: str) -> list[Word]:
    """Return *words* with `-Dname=value` as two words; programs of the JVM do not bundle options."""
    out: list[Word] = []
    for word in words:
        if len(word.value) > 2 and word.value[0] == "-" and word.value[1] in letters:
            out += [word._replace(value=word.value[:2]), word._replace(value=word.value[2:])]
        else:
            out.append(word)
    return out


def _maven(command: Command, args: Args) -> None:
    runs_project(command, args)
    contacts(command)
    note_files(command, "execute", args.values("-f"))
    _settings(command, args.values("-D"))
    for word in args.operands:
        if word.value not in _MVN_PHASES:
            command.opaque(f"`{word.value}` may deploy or run any plug-in", via=word.value, span=word.span)


def _mvn(command: Command) -> None:
    if asks(command, frozenset({"-v", "--version", "-h", "--help"})):
        # `.mvn/jvm.config` names agents of the virtual machine.
        command.here("execute")
    else:
        apply(Program(_MVN, _maven, single_dash=True), command, _separated(command.args, "D"))
        loosen(command)


_GRADLE = options("""
-h,--help -v,--version -V,--show-version -a,--no-rebuild -b,--build-file:execute -c,--settings-file:execute
-g,--gradle-user-home:execute -I,--init-script:execute -p,--project-dir:execute -m,--dry-run -q,--quiet -w,--warn -i,--info
-d,--debug -s,--stacktrace -S,--full-stacktrace -t,--continuous -u,--no-search-upward -x,--exclude-task: -D: -P: -M,--write-verification-metadata:
-F,--dependency-verification: --build-cache --no-build-cache --configuration-cache --no-configuration-cache
--configuration-cache-problems: --configure-on-demand --no-configure-on-demand --console: --continue --no-continue --daemon
--no-daemon --foreground --export-keys --include-build:execute --max-workers: --offline --parallel --no-parallel
--priority: --profile --project-cache-dir:write --refresh-dependencies --refresh-keys --rerun-tasks --scan!sends_the_build
--no-scan --status --stop --warning-mode: --watch-fs --no-watch-fs --write-locks --update-locks: --tests: --test:
--task: --all --configuration: --dependency: --rerun --fail-fast --args:code --debug-jvm --init --no-problems-report
""")
# Gradle takes any abbreviation of a task (`gradle pub`, `gradle pTML`), so only names that are known are harmless.
_TASK = re.compile(
    r"(?:[\w.:-]*:)?(?:test\w*|\w+Tests?|check\w*|build|buildEnvironment|assemble\w*|bundle\w*|compile\w+|classes|"
    r"process\w*Resources|clean\w*|jar|war|shadowJar|bootJar|lint\w*|ktlint\w*|detekt\w*|spotless\w*|checkstyle\w*|pmd\w*|"
    r"spotbugs\w*|jacoco\w*|kover\w*|javadoc|dokka\w*|dependencies|dependencyInsight|tasks|projects|properties|help|"
    r"model|outgoingVariants|components|koverHtmlReport|apiCheck|apiDump|generate\w+|run|bootRun)"
)
_PUBLISHING = re.compile("publish|upload|deploy|release|sign|push|ssh|exec", re.IGNORECASE)


def _gradle_tasks(command: Command, args: Args) -> None:
    """Tasks are the project's own; those that may publish, by their names, need a rule that names them."""
    runs_project(command, args)
    contacts(command)
    _settings(command, args.values("-D"))
    for word in args.operands:
        if word.dynamic or _PUBLISHING.search(word.value) or not _TASK.fullmatch(word.value):
            command.opaque(f"the task `{word.value}` may publish", via=word.value, span=word.span)


def _gradle(command: Command) -> None:
    if not asks(command, frozenset({"-v", "--version", "-h", "--help", "--status"})):
        apply(Program(_GRADLE, _gradle_tasks, single_dash=True), command, _separated(command.args, "DP"))
        loosen(command)


# java

_JAVA_FLAG = re.compile(
    r"-(?:X(?:m[sxn]|ss|int|comp|mixed|share:|batch|rs|verify|log:?).*|XX:[+-]?(?!OnError|OnOutOfMemoryError|Flags|VMOptionsFile|"
    r"CompileCommandFile|ErrorFile|HeapDumpPath|LogFile|SharedArchiveFile|NativeMemory|StartFlightRecording|DumpLoadedClassList)"
    r"[A-Za-z0-9]+(?:=[A-Za-z0-9.]*)?|server|client|ea|da|esa|dsa|enableassertions|disableassertions|verbose(?::\w+)?|"
    r"D(?:file\.encoding|user\.timezone|user\.language|java\.awt\.headless|java\.net\.preferIPv4Stack|spring\.profiles\.active)=[\w./-]*)"
)
_JAVA_STOPS = frozenset(
    {"-version", "--version", "-help", "--help", "-h", "-?", "-X", "-showversion", "--list-modules"}
)


def _class_path(command: Command, word: Word) -> None:
    for part in word.value.split(":") if not word.dynamic else [word.value]:
        # `lib/*` means the jars in a directory, to java itself.
        note_files(command, "execute", [word._replace(value=part.removesuffix("/*") or ".")], recursive=True)


def _java(command: Command) -> None:
    """Run a class of the class path, a jar, or a source file."""
    if asks(command, _JAVA_STOPS):
        return
    words = command.args
    position = 0
    while position < len(words):
        word = words[position]
        value = word.value
        if word.dynamic or value.startswith("@"):
            command.unknown = "options of `java` that only the shell or a file knows"
            return
        if value in {"-cp", "-classpath", "--class-path", "-p", "--module-path"} and position + 1 < len(words):
            _class_path(command, words[position + 1])
            position += 2
        elif value == "-jar" and position + 1 < len(words):
            note_files(command, "execute", [words[position + 1]])
            return
        elif _JAVA_FLAG.fullmatch(value) or value in {"-showversion", "--enable-preview"}:
            position += 1
        elif value.startswith("-"):
            command.unknown = f"option `{value}` of `java` is not known"
            return
        else:
            # A class, or a source file that is compiled and run.
            command.here("execute", recursive=True)
            if value.endswith(".java"):
                note_files(command, "execute", [word])
            return
    command.unknown = "`java` without a class"


_JAVAC = options("""
-d:write -s:write -h:write -cp,-classpath,--class-path: -p,--module-path: -sourcepath,--source-path:read
-processor:code -processorpath,--processor-path: --processor-module-path: -proc: -source,--source:
-target,--target: --release: -encoding: -g -nowarn -verbose -deprecation -parameters -Werror
-Xlint -Xdoclint --enable-preview -implicit: -m,--module:
--module-source-path:read --module-version: --add-modules: --limit-modules: --system: -A: -Xmaxerrs: -Xmaxwarns:
-Xdiags: -Xpkginfo: -version,--version -help,--help -X
""")


def _javac(command: Command, args: Args) -> None:
    """Compile; annotation processors on the class path run."""
    runs_project(command, args)
    for word in args.values("-cp", "-p", "-processorpath", "--processor-module-path"):
        _class_path(command, word)
    for word in args.operands:
        if word.value.startswith("@"):
            command.opaque("options from a file", via="@FILE", span=word.span)
        else:
            note_files(command, "read", [word])
    if not args.has("-d"):
        command.here("write", recursive=True)


def _javac_entry(command: Command) -> None:
    if not asks(command, _JAVA_STOPS):
        words = [word for word in command.args if not word.value.startswith(("-Xlint:", "-g:", "-J-Xm"))]
        apply(Program(_JAVAC, _javac, single_dash=True), command, words)


_JAVAP = options("-c -l -p,-private -v,-verbose -s -public -protected -package -sysinfo -constants -cp,-classpath:read -h "
                 "-version -help -m,--module: --help --version")  # fmt: skip


def _javap(command: Command, args: Args) -> None:
    for word in args.operands:
        if word.value.startswith("@"):
            command.opaque("options from a file", via="@FILE", span=word.span)
    note_files(command, "read", args.operands)


def _jar(command: Command) -> None:
    words = command.args
    first = words[0].value if words else ""
    if first in {"tf", "tvf", "-tf", "-tvf", "--version", "--help"} and not any(
        word.value.startswith("@") for word in words
    ):
        note_files(command, "read", words[1:2])
    else:
        command.unknown = "`jar` writes archives and files"


PROGRAMS: dict[str, Entry] = {
    "mvn": _mvn,
    "gradle": _gradle,
    "java": _java,
    "javac": _javac_entry,
    "javap": Program(_JAVAP, _javap, single_dash=True),
    "jar": _jar,
}
