"""find and fd: they print names, but their expressions delete, write and start other programs."""

from __future__ import annotations

from typing import Callable

from callgate.core.model import DYNAMIC, SPLIT
from callgate.shell.command import Command
from callgate.shell.programs.spec import Program, Table, note_option, options, parse, starts_with_wildcard
from callgate.shell.words import Word


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LEADING = _names("-H -L -P -E -X -d -s -x -O0 -O1 -O2 -O3 --")
_PLAIN = _names(
    "( ) ! , -a -and -o -or -not -true -false -print -print0 -ls -prune -quit -daystart -depth -d -follow "
    "-ignore_readdir_race -noignore_readdir_race -mount -xdev -x -nowarn -warn -noleaf -help --help -version --version "
    "-empty -executable -readable -writable -nouser -nogroup"
)
_VALUED = _names(
    "-name -iname -path -ipath -wholename -iwholename -lname -ilname -regex -iregex -regextype -perm -size -type "
    "-xtype -uid -gid -user -group -links -inum -mtime -atime -ctime -Btime -mmin -amin -cmin -Bmin -used -mindepth "
    "-maxdepth -printf -context -fstype -flags"
)
_READS = _names("-newer -anewer -cnewer -mnewer -Bnewer -samefile")
_WRITES = _names("-fprint -fprint0 -fls")
_PAYLOADS = _names("-exec -execdir -ok -okdir")


def payload(words: list[Word], placeholders: tuple[str, ...], stand_in: str) -> list[Word]:
    """Return *words* with what is filled in for each file found replaced by *stand_in*.

    Args:
        words: the command that is started.
        placeholders: texts that stand for a file, longest first.
        stand_in: `DYNAMIC` for one file, `SPLIT` for many.
    """
    filled = []
    for word in words:
        value = word.value
        for placeholder in placeholders:
            value = value.replace(placeholder, stand_in)
        filled.append(word._replace(value=value))
    return filled


class _Find:
    """One reading of the words of a find command."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.words = command.args
        self.position = 0
        self.roots: list[Word] = []

    def run(self) -> None:
        """Note what the command does; the first word that is not understood ends the reading."""
        self._leading()
        while self.position < len(self.words) and not self._is_expression(self.words[self.position]):
            self._root(self.words[self.position])
            self.position += 1
        self.roots = self.roots or [Word(".", self.command.span)]
        for root in self.roots:
            self.command.path("read", root)
        while self.position < len(self.words) and not self.command.unknown:
            self._primary()

    def _leading(self) -> None:
        while self.position < len(self.words):
            value = self.words[self.position].value
            if value == "-D":
                self.position += 1
            elif value not in _LEADING:
                return
            self.position += 1

    @staticmethod
    def _is_expression(word: Word) -> bool:
        return word.value[:1] == "-" or word.value in {"(", ")", "!", ","}

    def _root(self, word: Word) -> None:
        if word.could_be_option or starts_with_wildcard(word):
            self.command.opaque("a word that may turn into an expression of `find`", via="$…", span=word.span)
        self.roots.append(word)

    def _value(self, name: str) -> Word | None:
        """Take the value of the primary *name*."""
        if self.position >= len(self.words):
            return None
        word = self.words[self.position]
        self.position += 1
        # `-name *.py`, unquoted, may match many files; none of them is called like a primary.
        if word.splits or (word.glob and "." not in word.value.rpartition("*")[2]):
            self.command.unknown = f"the words after `{name}` of `find` are known only to the shell"
        return word

    def _primary(self) -> None:
        name = self.words[self.position].value
        self.position += 1
        if name in _PLAIN:
            return
        if name == "-delete":
            for root in self.roots:
                only = names_searched(self.words[: self.position - 1])
                self.command.path("delete", root, recursive=True, via="-delete", only=only)
        elif name in _PAYLOADS:
            self._payload(name)
        elif name in _VALUED:
            self._value(name)
        elif name in _READS or name in _WRITES or name == "-fprintf":
            self._file(name)
        elif name == "-files0-from":
            self._value(name)
            self.command.opaque("`-files0-from` names a file with further roots", via=name)
        elif self._is_newer(name):
            word = self._value(name)
            if word is not None and name[7] != "t":
                self.command.path("read", word)
        else:
            self.command.unknown = f"`{name}` of `find` is not known"

    def _file(self, name: str) -> None:
        word = self._value(name)
        if name == "-fprintf":
            self._value(name)
        if word is not None:
            writes = name not in _READS
            self.command.path("write" if writes else "read", word, via=name if writes else "")

    @staticmethod
    def _is_newer(name: str) -> bool:
        return len(name) == 8 and name.startswith("-newer") and name[6] in "aBcm" and name[7] in "aBcmt"

    def _payload(self, name: str) -> None:
        start = self.position
        while self.position < len(self.words):
            word = self.words[self.position]
            many = word.value == "+" and self.position > start and self.words[self.position - 1].value == "{}"
            if word.value == ";" or many:
                break
            could_end = word.dynamic and word.value.replace(DYNAMIC, "") in {"", ";", "+"}
            if word.splits or word.glob or could_end:
                # The shell may turn it into the `;` that ends the payload, and what follows into an expression.
                self.command.unknown = f"a word after `{name}` of `find` is known only to the shell"
            self.position += 1
        else:
            self.command.unknown = f"`{name}` of `find` has no end"
            return
        words = self.words[start : self.position]
        self.position += 1
        if not words:
            self.command.unknown = f"`{name}` of `find` names no program"
            return
        if name in {"-execdir", "-okdir"}:
            self.command.opaque(f"`{name}` runs in directories that only `find` knows", via=name)
        filled = payload(words, ("{}",), SPLIT if many else DYNAMIC)
        only = names_searched(self.words[: start - 1])
        for position, word in enumerate(words):
            if word.value == "{}":
                filled[position] = filled[position]._replace(below=tuple(self.roots), only=only)
        self.command.run(filled, f"find {name}")


def names_searched(words: list[Word]) -> tuple[str, ...]:
    """Return the base-name globs that everything found by an expression has one of; empty when that is not certain.

    Args:
        words: what stands in front of the action: `-name A`, `-type f -name A`, `( -name A -o -name B )`.
    """
    values = [word.value for word in words]
    if any(word.dynamic or word.glob for word in words) or {"!", "-not", ","}.intersection(values):
        return ()
    names = [values[i + 1] for i, value in enumerate(values[:-1]) if value in {"-name", "-iname"}]
    if not {"-o", "-or"}.intersection(values):
        return tuple(names[:1])
    # Alternatives: only names in one pair of parentheses, or some other test might find anything.
    start = values.index("(") if "(" in values else len(values)
    group = values[start + 1 : values.index(")", start)] if ")" in values[start:] else []
    only_names = len(group) == 3 * len(names) - 1 and all(value in {"-name", "-iname"} for value in group[::3])
    ors = sum(value in {"-o", "-or"} for value in group[2::3])
    elsewhere = sum(value in {"-o", "-or"} for value in values) - ors
    return tuple(names) if only_names and ors == len(names) - 1 and not elsewhere else ()


def _find(command: Command) -> None:
    _Find(command).run()


_FD_TABLE: Table = options(
    "-H,--hidden --no-hidden -I,--no-ignore --ignore -u,--unrestricted -s,--case-sensitive -i,--ignore-case -g,--glob "
    "--regex -F,--fixed-strings,--literal --and: -a,--absolute-path -l,--list-details -L,--follow -p,--full-path "
    "-0,--print0 -d,--max-depth,--maxdepth: --min-depth: --exact-depth: -E,--exclude: --prune -t,--type: "
    "-e,--extension: -S,--size: --changed-within,--newer,--change-newer-than: "
    "--changed-before,--older,--change-older-than: -o,--owner: --format: --batch-size: --ignore-file:read -c,--color: "
    "--hyperlink? -j,--threads: --max-buffer-time: --max-results: -1 -q,--quiet --has-results --show-errors "
    "--base-directory:moves_to_another_directory --path-separator: --search-path: --strip-cwd-prefix? "
    "--one-file-system,--mount,--xdev --no-ignore-vcs --ignore-vcs --no-require-git --require-git --no-ignore-parent "
    "--no-global-ignore-file -h,--help -V,--version"
)
_FD = Program(_FD_TABLE)
_FD_PLACEHOLDERS = ("{/.}", "{//}", "{/}", "{.}", "{}")
_FD_PAYLOADS = {"-x": DYNAMIC, "--exec": DYNAMIC, "-X": SPLIT, "--exec-batch": SPLIT}


def _fd_payloads(command: Command) -> list[Word]:
    """Note the commands after `-x` and `-X`; return the other words."""
    words, rest, position = command.args, [], 0
    while position < len(words):
        word = words[position]
        position += 1
        stand_in = _FD_PAYLOADS.get(word.value)
        if word.value == "--":
            rest.extend(words[position - 1 :])
            break
        if stand_in is None:
            rest.append(word)
            continue
        start = position
        while position < len(words) and words[position].value != ";":
            if words[position].splits or words[position].value == DYNAMIC:
                command.unknown = f"a word after `{word.value}` of `fd` is known only to the shell"
            position += 1
        taken = words[start:position]
        position += 1
        if not taken:
            command.unknown = f"`{word.value}` of `fd` names no program"
            continue
        filled = payload(taken, _FD_PLACEHOLDERS, stand_in)
        if filled == taken:  # without a placeholder the file comes last
            filled.append(Word(stand_in, word.span))
        command.run(filled, f"fd {word.value}")
    return rest


def _fd(command: Command) -> None:
    args = parse(_FD, command, _fd_payloads(command))
    for given in args.given:
        note_option(command, given)
    roots = [*args.values("--search-path"), *args.operands[1:]]
    # With --search-path there is no pattern to tell from the roots.
    if args.has("--search-path") or any(word.splits or word.glob for word in args.operands[:1]):
        roots += args.operands[:1]
    for root in roots or [Word(".", command.span)]:
        command.path("read", root)


PROGRAMS: dict[str, Callable[[Command], None]] = {"find": _find, "fd": _fd, "fdfind": _fd}
