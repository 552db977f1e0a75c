"""Programs that say which files there are and what they are: ls, stat, file, du, tree, which and their like."""

from __future__ import annotations

from callgate.shell.command import Command
from callgate.shell.programs.spec import Args, Program, Table, data, options, reads, reads_or_here


def _table(text: str) -> Table:
    return options(text + " --help --version")


def _file(command: Command, args: Args) -> None:
    for word in args.values("-m"):
        if ":" in word.value:
            command.opaque("a list of magic files", via="-m", span=word.span)
        else:
            command.path("read", word)
    reads(command, args)


def _tree(command: Command, args: Args) -> None:
    # In a bundle (`-of x`) tree takes the value of each letter from the words after it, and goes on with the bundle.
    for option, value, word in args.given:
        if (
            value
            and not word.value.startswith("--")
            and value.value
            and word.value.endswith(option.name[1] + value.value)
        ):
            command.opaque(f"a value attached to `{option.name}` of `tree`", via=option.name, span=word.span)
    reads_or_here(command, args)


# `-T`, `-w` (a value for GNU, a flag for BSD) stand in no table: the wrong guess would hide an operand.
_LS = Program(
    _table(
        "-a,--all -A,--almost-all --author -b,--escape --block-size: -B,--ignore-backups -c -C --color? --colour? "
        "-d,--directory -D,--dired -e -f -F --classify? --file-type --format: --full-time -g "
        "--group-directories-first -G,--no-group -h,--human-readable --si -H,--dereference-command-line "
        "--dereference-command-line-symlink-to-dir --hide: --hyperlink? --indicator-style: -i,--inode -I,--ignore: "
        "-k,--kibibytes -l -L,--dereference -m -n,--numeric-uid-gid -N,--literal -o -O -p -P -q,--hide-control-chars "
        "--show-control-chars -Q,--quote-name --quoting-style: -r,--reverse -R,--recursive -s,--size -S --sort: "
        "--time: --time-style: -t --tabsize: -u -U -v --width: -W -x -X -Z,--context -1 -@ -% --zero"
    ),
    reads_or_here,
)

PROGRAMS: dict[str, Program] = {
    "ls": _LS,
    "dir": _LS,
    "vdir": _LS,
    "stat": Program(
        # The BSD format after `-f` and `-t` counts as an operand: one read too many, none too few.
        _table("-c,--format: --printf: --cached: -f,--file-system -L,--dereference -t,--terse -l -n -q -r -s -x -F"),
        reads,
    ),
    "file": Program(
        _table(
            "-v -m,--magic-file: -z,--uncompress -Z,--uncompress-noreport -b,--brief -c,--checking-printout "
            "-e,--exclude: --exclude-quiet: -f,--files-from:list -F,--separator: -i,--mime -I --apple --extension "
            "--mime-type --mime-encoding -k,--keep-going -l,--list -L,--dereference -h,--no-dereference "
            "-n,--no-buffer -N,--no-pad -0,--print0 -p,--preserve-date -P,--parameter: -r,--raw -s,--special-files "
            "-S,--no-sandbox -C,--compile!here-write -d,--debug -E"
        ),
        _file,
    ),
    "du": Program(
        _table(
            "-0,--null -a,--all --apparent-size -A -B,--block-size: -b,--bytes -c,--total -D,--dereference-args "
            "-d,--max-depth: --files0-from:list -g -H -h,--human-readable -I: --inodes -k -L,--dereference "
            "-l,--count-links -m -n -P,--no-dereference -r -S,--separate-dirs --si -s,--summarize -t,--threshold: "
            "--time? --time-style: -X,--exclude-from:read --exclude: -x,--one-file-system"
        ),
        reads_or_here,
    ),
    "df": Program(
        _table(
            "-a,--all -B,--block-size: -b -c -g -h,--human-readable -H,--si -i,--inodes -k -l,--local -m -n --no-sync "
            "--output? -P,--portability --sync --total -t,--type: -T,--print-type -x,--exclude-type: -v -Y"
        ),
        reads,
    ),
    "tree": Program(
        _table(
            "-a -d -l -f -x -L: -R!writes_00Tree.html_into_each_directory -P: -I: --gitignore --gitfile:read "
            "--ignore-case --matchdirs --metafirst --prune --info --infofile:read --noreport --charset: --filelimit: "
            "--filesfirst --dirsfirst --sort? -o:write -q -N -Q -p -u -g -s -h --si --du -D --timefmt: -F --inodes "
            "--device -v -t -c -U -r -i -A -S -n -C -X -J -H: -T: --nolinks --hintro:read --houtro:read --fromfile "
            "--fromtabfile --fflinks --opt-toggle --hyperlink --scheme: --authority:"
        ),
        _tree,
    ),
    "realpath": Program(
        _table(
            "-e,--canonicalize-existing -E,--canonicalize -m,--canonicalize-missing -L,--logical -P,--physical "
            "-q,--quiet --relative-to:read --relative-base:read -s,--strip,--no-symlinks -z,--zero"
        ),
        reads,
    ),
    "readlink": Program(
        _table(
            "-f,--canonicalize -e,--canonicalize-existing -m,--canonicalize-missing -n,--no-newline "
            "-q,-s,--quiet,--silent -v,--verbose -z,--zero"
        ),
        reads,
    ),
    "basename": Program(_table("-a,--multiple -s,--suffix: -z,--zero"), data),
    "dirname": Program(_table("-z,--zero"), data),
    "pathchk": Program(_table("-p -P,--portability"), data),
    "pwd": Program(_table("-L,--logical -P,--physical"), data),
    "which": Program(
        _table(
            "-a,--all -s -i,--read-alias --skip-alias --read-functions --skip-functions --skip-dot --skip-tilde "
            "--show-dot --show-tilde --tty-only -v -V"
        ),
        data,
    ),
    "whereis": Program(options("-b -m -s -u -q -a -B: -M: -S: -f -g -l -h,--help -V,--version"), data),
    "locate": Program(
        _table(
            "-A,--all -b,--basename -c,--count -d,--database:list -e,--existing -L,--follow -H,-P,--nofollow "
            "-i,--ignore-case -l,-n,--limit: -m,--mmap -N,--literal -0,--null -S,--statistics -q,--quiet -p "
            "-r,--regexp: --regex -s,--stdio -w,--wholename -h -V"
        ),
        data,
    ),
}
