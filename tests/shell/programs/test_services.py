"""Command lines of the family `services`, and what is found in them."""

from __future__ import annotations

import pytest
from util import opaque, run

KNOWN: list[tuple[str, list[str]]] = [
    ("systemctl status nginx", []),
    ("systemctl", []),
    ("systemctl list-units --type=service", []),
    ("systemctl is-active nginx", []),
    ("systemctl restart nginx", ["system controls services: systemctl restart"]),
    (
        "systemctl --user enable ./evil.service",
        ["system controls services: systemctl enable", "execute /p/evil.service"],
    ),
    ("systemctl show-environment", ["system prints the environment"]),
    ("journalctl -u nginx -n 50 --no-pager", ["system reads the journal"]),
    ("journalctl --disk-usage", []),
    ("journalctl --cursor-file=x", ["write /p/x via --cursor-file", "system reads the journal"]),
    ("service nginx status", []),
    ("service nginx restart", ["system controls services"]),
    ("service --status-all", []),
    ("launchctl list", []),
    ("launchctl load /x/y.plist", ["system controls services", "execute /x/y.plist"]),
    ("loginctl list-sessions", []),
    ("hostnamectl", []),
    ("hostnamectl set-hostname x", ["system changes the system: hostnamectl set-hostname"]),
    ("timedatectl status", []),
    ("crontab -l", ["system prints the scheduled jobs"]),
    ("crontab jobs.txt", ["read /p/jobs.txt", "system changes the scheduled jobs"]),
    ("crontab -r", ["system changes the scheduled jobs"]),
    ("at -f job.sh now", ["execute /p/job.sh", "system changes the scheduled jobs"]),
    ("atq", ["system prints the scheduled jobs"]),
    ("atrm 1", ["system changes the scheduled jobs"]),
    ("reboot", ["system stops the system"]),
    ("shutdown -h now", ["system stops the system"]),
    ("shutdown --help", []),
    ("supervisorctl status", ["execute /p"]),
    ("supervisorctl restart x", ["execute /p", "system controls services"]),
    ("supervisorctl --help", []),
    ("systemctl show nginx -p MainPID", []),
    ("systemctl show nginx", ["system prints what services are started with, their variables among it"]),
    (
        "systemctl show nginx -p Environment",
        ["system prints what services are started with, their variables among it"],
    ),
]

# What is found beside the part that is opaque.
PARTLY: list[tuple[str, list[str]]] = [
    ("systemctl -H evil status", ["unknown option `-H` of `systemctl` (runs ssh) via -H"]),
]

OPAQUE = [
    "systemctl edit nginx",
    "systemctl -H evil status",
    "systemctl --frobnicate",
    "systemctl -$X",
    "journalctl --vacuum-time=1d",
    "journalctl --rotate",
    "crontab -e",
    "at now",
    "batch",
    "service ../x status",
]


@pytest.mark.parametrize(("line", "expected"), KNOWN)
def test_known(line: str, expected: list[str]) -> None:
    """Asking for the state of services is known; controlling them and scheduling is a change of the system."""
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
