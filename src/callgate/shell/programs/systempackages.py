"""Package managers of systems: queries are known, whatever installs, removes or updates is a change of the system."""

from __future__ import annotations

from callgate.shell.command import Command
from callgate.shell.programs.spec import Args, Program, Table, options
from callgate.shell.programs.tooling import Entry, contacts, note_files, questions


def _changes(command: Command, args: Args) -> None:
    """Installing runs the packages' own scripts, as root; a package may be a file."""
    command.add("system", "installs, removes or updates packages")
    contacts(command)
    for word in args.operands:
        if "/" in word.value and word.value.endswith((".deb", ".rpm", ".apk", ".pkg.tar.zst", ".rb", ".snap")):
            note_files(command, "execute", [word])


def _asks_network(command: Command, _args: Args) -> None:
    contacts(command)


def _verbs(table: Table, asks: str, network: str, changes: str, words: Table | None = None) -> Program:
    """Return a program whose subcommands ask about what is installed, ask a server, or change the system."""
    rest = table if words is None else words
    return Program(
        table,
        subcommands={
            **dict.fromkeys(asks.split(), Program(rest)),
            **dict.fromkeys(network.split(), Program(rest, _asks_network)),
            **dict.fromkeys(changes.split(), Program(rest, _changes)),
        },
        bare=_usage,
    )


def _usage(_command: Command, _args: Args) -> None:
    """Print the usage."""


# Debian

_APT = options("""
-y,--yes,--assume-yes -q,--quiet -s,--simulate,--just-print,--dry-run,--recon,--no-act -d,--download-only -f,--fix-broken
-m,--ignore-missing,--fix-missing --no-download -b,--compile,--build -u,--show-upgraded -V,--verbose-versions --no-upgrade
--only-upgrade --allow-downgrades --allow-remove-essential --allow-change-held-packages --force-yes --print-uris --purge
--reinstall --list-cleanup --no-list-cleanup -t,--default-release,--target-release: -P,--build-profiles:
--install-recommends --no-install-recommends --install-suggests --no-install-suggests --allow-unauthenticated
--allow-insecure-repositories --allow-releaseinfo-change --auto-remove,--autoremove --only-source --diff-only --dsc-only
--tar-only --arch-only --trivial-only -c,--config-file:list -o,--option:code -h,--help -v,--version --installed
--upgradable,--upgradeable --manual-installed -a,--all-versions --names-only -n --full --no-all-versions -i,--important
--recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances --no-pre-depends
--no-depends --no-implicit --show-progress --with-new-pkgs --no-show-upgraded --no-remove --assume-no --fix-policy
--solver: --planner: --color --no-color --no-pager --update -U --with-source:read --indep-only -g,--generate
-p,--pkg-cache:write --src-cache:write
""")
_APT_CHANGES = """
install remove purge update upgrade full-upgrade dist-upgrade autoremove auto-remove autopurge clean autoclean auto-clean
build-dep satisfy reinstall download source edit-sources dselect-upgrade markauto unmarkauto changelog check
"""
_DPKG = options("""
-i,--install!installs_packages --unpack!installs_packages -A,--record-avail!changes_the_data_base
--configure!installs_packages --triggers-only!installs_packages -r,--remove!removes_packages -P,--purge!removes_packages
-V,--verify --get-selections --set-selections!changes_the_data_base --clear-selections!changes_the_data_base
--update-avail!changes_the_data_base --merge-avail!changes_the_data_base --clear-avail!changes_the_data_base
--forget-old-unavail!changes_the_data_base -s,--status -p,--print-avail -L,--listfiles -l,--list -S,--search -C,--audit
--yet-to-unpack --predep-package --add-architecture!changes_the_data_base --remove-architecture!changes_the_data_base
--print-architecture --print-foreign-architectures --compare-versions --force-help --help --version -b,--build!builds
-c,--contents -e,--control!unpacks -x,--extract!unpacks -X,--vextract!unpacks -f,--field --ctrl-tarfile --fsys-tarfile
-I,--info --admindir:read --root:write --instdir:write --pre-invoke:shell --post-invoke:shell --path-exclude:
--path-include: -O,--selected-only -E,--skip-same-version -G,--refuse-downgrade -B,--auto-deconfigure --verify-format:
--no-pager --no-debsig --no-act,--dry-run,--simulate -D,--debug: --status-fd: --status-logger:shell --log:write
--ignore-depends: --abort-after: --robot -W,--show --showformat:
""")
_ARCHIVES = frozenset({"-c", "-I", "-f", "-W", "--ctrl-tarfile", "--fsys-tarfile"})


def _dpkg(command: Command, args: Args) -> None:
    if any(given.option.name in _ARCHIVES for given in args.given):
        note_files(command, "read", args.operands[:1])


_DPKG_QUERY = options("""
-s,--status -p,--print-avail -L,--listfiles -l,--list -W,--show -S,--search --control-list --control-show
-c,--control-path --help --version --admindir:read --root:read --load-avail --no-pager -f,--showformat:
""")

# Red Hat

_DNF = options("""
-y,--assumeyes --assumeno -q,--quiet -v,--verbose -c,--config:list -d,--debuglevel: -e,--errorlevel: --setopt:code
--installroot:write -C,--cacheonly -b,--best --nobest --refresh --skip-broken --downloadonly --downloaddir:write
--enablerepo,--enable: --disablerepo,--disable: --repo,--repoid: --repofrompath:code -x,--exclude,--excludepkgs:
--releasever: --nogpgcheck --color: --obsoletes --installed --available --all --updates,--upgrades --extras --recent
--showduplicates --enabled --disabled --requires --provides --whatprovides: --whatrequires: --latest-limit: --qf,--queryformat:
--list -l -i,--info -s,--source --recursive --resolve --tree --arch: --location --duplicates --unneeded --userinstalled
--allowerasing --security --bugfix --advisory: --cve: -h,--help --version --noplugins --enableplugin:code --comment: -R:
""")
_RPM = options("""
-q,--query -a,--all -f,--file -p,--package -i,--info -l,--list -c,--configfiles -d,--docfiles -s,--state --dump
--changelog --scripts --triggers --provides --requires -R --conflicts --obsoletes --recommends --suggests --whatprovides
--whatrequires --qf,--queryformat: --last --filesbypkg -v,--verbose --quiet --nosignature --nodigest -V,--verify
--version -h,--help --querytags --showrc -g,--group --filetriggers --xml --import!imports_a_key -U!installs_packages
-F!installs_packages -e!removes_packages --install!installs_packages --upgrade!installs_packages
--erase!removes_packages --eval,-E:code --define,-D:code --pipe:shell --macros:code --rcfile:code --load:code
--root,-r:write --dbpath:read --predefine:code --initdb!changes_the_data_base --rebuilddb!changes_the_data_base
--setperms!changes_files --setugids!changes_files --restore!changes_files -K,--checksig
""")


def _rpm(command: Command, args: Args) -> None:
    # `-h` is `--hash` of an installation, so it asks for help only when it stands alone.
    if not args.has("-q", "-V", "-K"):
        command.unknown = "`rpm` without a query"
    for word in args.values("--qf"):
        if word.dynamic or "expand" in word.value:
            command.opaque("`:expand` runs the macros in what a package says", via="--qf", span=word.span)
    if args.has("-p", "-K"):
        for word in args.operands:
            if "://" in word.value:
                contacts(command)
            else:
                note_files(command, "read", [word])


# brew, pacman and others

_BREW = options("""
-h,--help -v,--version --verbose -d,--debug -q,--quiet --formula,--formulae --cask,--casks --json? --installed --all
--versions --full-name --pinned --multiple -1 -l -r -t --tree --graph -n --topological --include-build
--include-optional --include-test --recursive --desc --prefix --cellar --cache --repository --pull-request!network --open --closed --fetch-HEAD -g,--greedy
--greedy-latest --greedy-auto-updates --unbrewed --env? --github!opens_a_browser --analytics --category: --days: --eval-all -f --force
--HEAD --only-dependencies --build-from-source -s --dry-run --zap --prune: --cc: --missing --annotate --for-each --union
""")


def _brew_asks(command: Command, args: Args) -> None:
    """A formula with a slash is a file, an address or a tap that is fetched: Ruby that runs."""
    for word in args.operands:
        if "/" in word.value or word.dynamic or word.value.endswith(".rb"):
            command.opaque("a formula that runs as code", span=word.span)


def _brew_searches(command: Command, args: Args) -> None:
    _brew_asks(command, args)
    contacts(command)


_BREW_PROGRAM = Program(
    _BREW,
    subcommands={
        **dict.fromkeys("list ls info abv deps uses leaves outdated config doctor desc cat missing options "
                        "commands help --prefix --cellar --version --cache --repository tap-info".split(),
                        Program(_BREW, _brew_asks)),
        "search": Program(_BREW, _brew_searches),
        "services": Program(_BREW, subcommands={"list": Program(_BREW), "ls": Program(_BREW), "info": Program(_BREW), **dict.fromkeys(
            "start stop restart run kill cleanup".split(), Program(_BREW, _changes))}, bare=_usage),
        **dict.fromkeys("install uninstall remove rm reinstall upgrade update cleanup link unlink pin unpin tap untap "
                        "autoremove fetch".split(), Program(_BREW, _changes)),
    },
    bare=_usage,
)  # fmt: skip
_PACMAN = options("""
-Q,--query -S,--sync -R,--remove -U,--upgrade -D,--database -F,--files -T,--deptest -V,--version -h,--help -c -d -e -g -i -k
-l -m -n -o -p -q -s -t -u -y -a -w -v,--verbose --noconfirm --needed --color: --info --list --search --owns --check
--changelog --deps --explicit --foreign --native --unrequired --upgrades --groups --quiet --refresh --sysupgrade
--root,-r:write --dbpath,-b:write --cachedir:write --config:code --hookdir:code --gpgdir:read --logfile:write --arch:
--overwrite: --print --print-format: --recursive --cascade --nosave --asdeps --asexplicit --clean --downloadonly
""")


def _pacman(command: Command, args: Args) -> None:
    if args.has("-S") and args.has("-c", "--clean"):
        # The cache is emptied before anything is searched for.
        _changes(command, args)
        return
    asking = args.has("-Q", "-T", "-V", "-h", "-F") or (
        args.has("-S") and args.has("-s", "-i", "-l", "-g", "--search", "--info")
    )
    if asking and command.name != "pacman":
        # Packages of users are looked up on a server.
        contacts(command)
    if args.has("-Q") and args.has("-p"):
        note_files(command, "read", args.operands)
    changing = args.has("-R", "-U", "-D", "-u", "-y", "-w", "--refresh", "--sysupgrade") or not asking
    # `-u` after `-Q` lists what could be upgraded.
    if changing and not (args.has("-Q") and not args.has("-S", "-R", "-U", "-D", "-y")):
        _changes(command, args)


_PORT = options("-v -d -q -n -f -u -y --index --name --version --versions --description --long_description -h")


def _ports(command: Command, args: Args) -> None:
    """Without a name, the `Portfile` of the working directory is meant, which is code; so may an address be."""
    if not args.operands or any("/" in word.value or ":" in word.value or word.dynamic for word in args.operands):
        command.opaque("a port that runs as code")


_SIMPLE = options("-h,--help --version -v,--verbose -q,--quiet --all --color: --unicode: --columns: --app --runtime --user "
                  "--system -a -i -l -d -e -r -u -y,--yes --no-cache -U --classic --channel: --edge --beta --candidate "
                  "--devmode --dangerous!installs_a_file --assumeyes --show-permissions --abs-time")  # fmt: skip

_APK = options("-h,--help -V,--version -v,--verbose -q,--quiet -U,--update-cache!network --no-cache!network -a,--all -d -e -i "
               "-I,--installed -u,--upgradable -l -r -R,--depends -s,--size -w,--webpage -L,--contents -P,--provides "
               "-W,--who-owns -x,--exact -t,--test --description -O,--orphaned -A,--available")  # fmt: skip

PROGRAMS: dict[str, Entry] = {
    "apt": questions(_verbs(_APT, "list show search policy depends rdepends help", "", _APT_CHANGES), "-v", "-h"),
    "apt-get": questions(_verbs(_APT, "help indextargets", "", _APT_CHANGES), "-v", "-h"),
    "aptitude": questions(_verbs(_APT, "show search versions why why-not help", "", _APT_CHANGES), "-h"),
    "apt-cache": questions(
        _verbs(_APT, "policy show search depends rdepends pkgnames madison showpkg showsrc stats dump dumpavail unmet "
               "dotty xvcg help", "", ""), "-v", "-h"),
    "apt-mark": _verbs(_APT, "showauto showmanual showhold showinstall showremove showpurge help", "",
                       "auto manual hold unhold minimize-manual install remove purge"),
    "dpkg": Program(_DPKG, _dpkg),
    "dpkg-deb": Program(_DPKG, _dpkg),
    "dpkg-query": Program(_DPKG_QUERY),
    **dict.fromkeys(("dnf", "yum", "microdnf"), questions(_verbs(
        _DNF, "help", "list info search repolist repoinfo repoquery provides whatprovides check-update deplist updateinfo",
        "install remove erase update upgrade upgrade-minimal reinstall downgrade autoremove clean makecache group module "
        "swap distro-sync builddep download mark"))),
    "rpm": questions(Program(_RPM, _rpm), "-h", "--querytags"),
    "zypper": _verbs(_DNF, "help", "search se info if lr repos lu list-updates packages patches",
                     "install in remove rm update up dist-upgrade dup refresh ref addrepo ar removerepo rr patch"),
    "brew": questions(_BREW_PROGRAM, "-v", "-h", "--prefix", "--cellar", "--cache", "--repository"),
    **dict.fromkeys(("pacman", "yay", "paru"), Program(_PACMAN, _pacman)),
    "snap": _verbs(_SIMPLE, "list version help changes tasks services connections interfaces", "info find search",
                   "install remove refresh revert enable disable start stop restart connect disconnect set unset"),
    "flatpak": _verbs(_SIMPLE, "list info history remotes help", "search remote-ls remote-info",
                      "install uninstall update remote-add remote-delete repair override mask pin"),
    "apk": _verbs(_APK, "info list search policy version stats", "", "add del update upgrade fix cache fetch"),
    "port": Program(_PORT, subcommands={
        **dict.fromkeys("list search installed outdated version help".split(), Program(_PORT)),
        **dict.fromkeys("info contents deps variants".split(), Program(_PORT, _ports)),
        **dict.fromkeys("install uninstall upgrade selfupdate sync activate deactivate clean".split(), Program(_PORT, _changes)),
    }, bare=_usage),
    "softwareupdate": questions(_verbs(_SIMPLE, "", "", "install"), "-l", "--list", "--history"),
}  # fmt: skip
