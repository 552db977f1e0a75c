"""Command lines of the family `systempackages`, and what is found in them."""

from __future__ import annotations

import pytest
from util import opaque, run

KNOWN: list[tuple[str, list[str]]] = [
    ("apt list --installed", []),
    ("apt-cache policy x", []),
    ("apt show x", []),
    ("apt-get install -y x", ["system installs, removes or updates packages", "network <dynamic>"]),
    (
        "apt-get install ./evil.deb",
        ["system installs, removes or updates packages", "network <dynamic>", "execute /p/evil.deb"],
    ),
    ("apt update", ["system installs, removes or updates packages", "network <dynamic>"]),
    ("apt-get --version", []),
    ("apt-mark showhold", []),
    ("apt-mark hold x", ["system installs, removes or updates packages", "network <dynamic>"]),
    ("dpkg -l", []),
    ("dpkg -L x", []),
    ("dpkg -s x", []),
    ("dpkg -c a.deb", ["read /p/a.deb"]),
    ("dpkg-query -W -f '${Version}' x", []),
    ("dnf list installed", ["network <dynamic>"]),
    ("yum info x", ["network <dynamic>"]),
    ("dnf install x", ["system installs, removes or updates packages", "network <dynamic>"]),
    ("rpm -qa", []),
    ("rpm -ql x", []),
    ("rpm -qp a.rpm", ["read /p/a.rpm"]),
    ("brew list", []),
    ("brew info x", []),
    ("brew install x", ["system installs, removes or updates packages", "network <dynamic>"]),
    ("brew --prefix", []),
    ("brew", []),
    ("pacman -Q", []),
    ("pacman -Qu", []),
    ("pacman -Ss x", []),
    ("pacman -Syu", ["system installs, removes or updates packages", "network <dynamic>"]),
    ("pacman -R x", ["system installs, removes or updates packages", "network <dynamic>"]),
    ("snap list", []),
    ("snap install x", ["system installs, removes or updates packages", "network <dynamic>"]),
    ("flatpak list", []),
    ("apk info", []),
    ("apk add x", ["system installs, removes or updates packages", "network <dynamic>"]),
    ("zypper search x", ["network <dynamic>"]),
    ("port installed", []),
    ("softwareupdate -l", []),
    ("dpkg --status-logger=id -l", ["script dpkg --status-logger: id"]),
    ("dpkg --pre-invoke=id -l", ["script dpkg --pre-invoke: id"]),
    ("rpm -qa --pipe sh", ["script rpm --pipe: sh"]),
    ("rpm -h", []),
    ("rpm -qf /bin/ls", []),
    ("rpm -qpl ../x.rpm", ["read /x.rpm"]),
    ("dpkg-deb -W ../x.deb", ["read /x.deb"]),
    ("brew search x", ["network <dynamic>"]),
    ("brew services list", []),
    ("brew services restart x", ["system installs, removes or updates packages", "network <dynamic>"]),
    ("pacman -F bin/ls", []),
    ("pacman -Qp x.pkg.tar.zst", ["read /p/x.pkg.tar.zst"]),
    ("pacman -Scs x", ["system installs, removes or updates packages", "network <dynamic>"]),
    ("yay -Ss x", ["network <dynamic>"]),
    ("paru -Qu", ["network <dynamic>"]),
    ("apk info -L x", []),
    ("port installed", []),
    ("port info curl", []),
    ("aptitude search x", []),
    ("microdnf list", ["network <dynamic>"]),
]

# What is found beside the part that is opaque.
PARTLY: list[tuple[str, list[str]]] = [
    ("dpkg -i a.deb", ["unknown option `-i` of `dpkg`: installs packages via -i"]),
]

OPAQUE = [
    "rpm -ivh x.rpm",
    "rpm -h -i x.rpm",
    "rpm --querytags -i x.rpm",
    "rpm -qp --qf '%{SUMMARY:expand}' x.rpm",
    "port info",
    "port info file:///x",
    "brew home x",
    "brew info --github x",
    "apt-get -o Dpkg::Pre-Invoke::=id install x",
    "apt -c evil.conf list",
    "dpkg -i a.deb",
    "rpm -q --eval '%(id)'",
    "rpm -E '%(id)'",
    "rpm -i a.rpm",
    "rpm -Uvh a.rpm",
    "dnf --setopt=x=y list",
    "brew info ./evil.rb",
    "brew info user/tap/x",
    "brew $X",
    "pacman --hookdir x -Q",
    "pacman --config x -Q",
    "snap install --dangerous x",
    "apt $X",
]


@pytest.mark.parametrize(("line", "expected"), KNOWN)
def test_known(line: str, expected: list[str]) -> None:
    """Queries are known; installing, removing and updating are changes of the system."""
    assert run(line) == expected
    assert not opaque(line)


@pytest.mark.parametrize(("line", "expected"), PARTLY)
def test_partly_known(line: str, expected: list[str]) -> None:
    """What can be told is told even when the rest is opaque."""
    assert run(line) == expected
    assert opaque(line)


@pytest.mark.parametrize("line", OPAQUE)
def test_not_known(line: str) -> None:
    """What only a rule that names it may cover is opaque."""
    assert opaque(line)
