"""Every name of the index stands in a table; here are those whose family has no row of its own for them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from util import run

from callgate.shell.programs.index import FAMILIES

# Second names of programs that another table describes in full, and programs that take nothing but files.
KNOWN: list[tuple[str, list[str]]] = [
    ("rev a", ["read /p/a"]),
    ("tac a", ["read /p/a"]),
    ("paste a", ["read /p/a"]),
    ("column a", ["read /p/a"]),
    ("fold a", ["read /p/a"]),
    ("fmt a", ["read /p/a"]),
    ("expand a", ["read /p/a"]),
    ("unexpand a", ["read /p/a"]),
    ("join a b", ["read /p/a", "read /p/b"]),
    ("base32 a", ["read /p/a"]),
    ("sha1sum a", ["read /p/a"]),
    ("sha224sum a", ["read /p/a"]),
    ("sha384sum a", ["read /p/a"]),
    ("sha512sum a", ["read /p/a"]),
    ("b2sum a", ["read /p/a"]),
    ("shasum a", ["read /p/a"]),
    ("cksum a", ["read /p/a"]),
    ("sum a", ["read /p/a"]),
    ("tsort a", ["read /p/a"]),
    ("dir a", ["read /p/a"]),
    ("vdir a", ["read /p/a"]),
    ("pathchk a", []),
    ("logname", []),
    ("arch", []),
    ("yes y", []),
    ("cal 2024", []),
    ("ncal", []),
    ("lsmem", []),
    ("fgrep x a", ["read /p/a"]),
    ("zegrep x a", ["read /p/a"]),
    ("zfgrep x a", ["read /p/a"]),
    ("nawk '{print $1}' a", ["read /p/a"]),
    ("netcat h 80", ["network h:80"]),
    ("python2 x.py", ["execute /p/x.py"]),
    ("pypy x.py", ["execute /p/x.py"]),
    ("pypy3 x.py", ["execute /p/x.py"]),
    ("python3.6 x.py", ["execute /p/x.py"]),
    ("python3.7 x.py", ["execute /p/x.py"]),
    ("python3.8 x.py", ["execute /p/x.py"]),
    ("python3.9 x.py", ["execute /p/x.py"]),
    ("python3.10 x.py", ["execute /p/x.py"]),
    ("python3.13 x.py", ["execute /p/x.py"]),
    ("python3.14 x.py", ["execute /p/x.py"]),
    ("python3.15 x.py", ["execute /p/x.py"]),
    ("nodejs x.js", ["execute /p/x.js"]),
    ("lua5.1 x.lua", ["execute /p/x.lua"]),
    ("lua5.2 x.lua", ["execute /p/x.lua"]),
    ("lua5.3 x.lua", ["execute /p/x.lua"]),
    ("lua5.4 x.lua", ["execute /p/x.lua"]),
    ("bunzip2 a", ["read /p/a", "read /p/a.bz2", "write /p/a", "delete /p/a"]),
    ("xzcat a", ["read /p/a", "read /p/a.xz"]),
    ("xsel -o", ["system uses the clipboard"]),
    ("wl-copy x", ["system uses the clipboard"]),
    ("wl-paste", ["system uses the clipboard"]),
    ("kubens x", ["system changes the namespace that is used"]),
    ("iwconfig wlan0 essid x", ["system changes the network"]),
    ("ping6 h", ["network h"]),
    ("bundler exec rspec", ["execute /p recursive", "payload bundle exec: rspec"]),
    ("addr2line -e a.o 0", ["read /p/a.o"]),
    ("tclsh --version", ["unknown: `tclsh` runs a script"]),
    ("wish --version", ["unknown: `wish` runs a script"]),
]

# Of these no more is asked here than their version.
VERSIONS = [
    "py.test --version",
    "basedpyright --version",
    "localectl --version",
    "networkctl --version",
    "resolvectl --version",
    "halt --version",
    "poweroff --version",
    "telinit --version",
    "init --version",
    "aptitude --version",
    "dpkg-deb --version",
    "microdnf --version",
    "most --version",
    "nvim --version",
    "view --version",
    "vimdiff --version",
    "gvim --version",
    "mvim --version",
    "ex --version",
    "rvim --version",
    "rview --version",
    "pico --version",
    "rnano --version",
    "emacsclient --version",
    "ed --version",
    "red --version",
    "joe --version",
    "jed --version",
    "micro --version",
    "helix --version",
    "hx --version",
    "kak --version",
    "mcedit --version",
    "mc --version",
    "ranger --version",
    "nnn --version",
    "code-insiders --version",
    "codium --version",
    "cursor --version",
    "subl --version",
    "atom --version",
    "gedit --version",
    "kate --version",
    "gio --version",
    "sensible-browser --version",
    "x-www-browser --version",
    "firefox --version",
    "google-chrome --version",
    "chromium --version",
    "start --version",
    "wslview --version",
    "w3m --version",
    "lynx --version",
    "links --version",
    "zellij --version",
    "byobu --version",
    "rlwrap --version",
    "dtach --version",
    "abduco --version",
    "sloccount --version",
    "sk --version",
    "peco --version",
    "dialog --version",
    "whiptail --version",
    "gum --version",
    "lefthook --version",
    "prek --version",
    "watchexec --version",
    "nodemon --version",
    "supervise --version",
    "isutf8 --version",
    "ts --version",
    "unix2dos --version",
    "dwarfdump --version",
    "automator --version",
    "shortcuts --version",
    "ditto --version",
    "installer --version",
    "pkgutil --version",
    "spctl --version",
    "csrutil --version",
    "scutil --version",
    "nvram --version",
    "tmutil --version",
    "profiles --version",
    "pmset --version",
    "dscacheutil --version",
    "terminal-notifier --version",
    "wall --version",
    "xdotool --version",
    "loadkeys --version",
    "setxkbmap --version",
    "xrandr --version",
    "traceroute6 --version",
    "tracepath --version",
    "mtr --version",
    "xh --version",
    "xhs --version",
    "speedtest --version",
    "tshark --version",
    "masscan --version",
    "openvpn --version",
    "wg --version",
    "wg-quick --version",
    "tailscale --version",
    "ngrok --version",
    "cloudflared --version",
    "ettercap --version",
    "hydra --version",
    "ftp --version",
    "tftp --version",
    "lftp --version",
    "aria2c --version",
    "axel --version",
    "smbclient --version",
    "ldapsearch --version",
    "swaks --version",
    "sendmail --version",
    "mailx --version",
    "mutt --version",
    "markdownlint-cli2 --version",
]


@pytest.mark.parametrize(("line", "expected"), KNOWN)
def test_known(line: str, expected: list[str]) -> None:
    """A second name does what the first does."""
    assert run(line) == expected


@pytest.mark.parametrize("line", VERSIONS)
def test_a_version_is_harmless(line: str) -> None:
    """`--version` alone prints something and stops."""
    assert run(line) == []


def _first_words(path: Path) -> set[str]:
    """The first word of every command line in the tables (lists at the top level) of the module at *path*."""
    found: set[str] = set()
    for statement in ast.parse(path.read_text("utf-8")).body:
        value = statement.value if isinstance(statement, (ast.Assign, ast.AnnAssign)) else None
        if not isinstance(value, ast.List):
            continue
        for element in value.elts:
            line = element.elts[0] if isinstance(element, ast.Tuple) and element.elts else element
            if isinstance(line, ast.Constant) and isinstance(line.value, str):
                found.update(line.value.split()[:1])
    return found


def test_every_name_stands_in_a_table() -> None:
    """No program of the index is without a row that says what a command line of it does."""
    lines = set().union(*(_first_words(path) for path in Path(__file__).parent.glob("test_*.py")))
    missing = {family: [name for name in names.split() if name not in lines] for family, names in FAMILIES.items()}
    assert {family: names for family, names in missing.items() if names} == {}
