"""Command lines of the family `administration`, and what is found in them."""

from __future__ import annotations

import pytest
from util import opaque, run

KNOWN: list[tuple[str, list[str]]] = [
    ("useradd x", ["system changes accounts"]),
    ("userdel -r x", ["system changes accounts"]),
    ("usermod --help", []),
    ("passwd -S x", []),
    ("passwd x", ["system changes accounts"]),
    ("chage -l x", []),
    ("mount", []),
    ("mount -l -t ext4", []),
    ("mount /dev/sda1 /mnt", ["system mounts file systems", "write /mnt recursive"]),
    ("umount /mnt", ["system unmounts file systems"]),
    ("findmnt", []),
    ("mkfs.ext4 /dev/sda1", ["system makes a file system, or changes the partitions", "write /dev/sda1 recursive"]),
    ("mkswap swapfile", ["system makes a file system, or changes the partitions", "write /p/swapfile recursive"]),
    ("wipefs -a /dev/sdb", ["system makes a file system, or changes the partitions", "write /dev/sdb recursive"]),
    ("fdisk -l", []),
    ("fdisk -l /dev/sda", ["read /dev/sda"]),
    ("swapon --show", []),
    ("swapoff -a", ["system changes the swap space"]),
    ("diskutil list", []),
    ("cryptsetup luksFormat x", ["system changes disks"]),
    ("sysctl -a", []),
    ("sysctl vm.swappiness", []),
    ("sysctl -w vm.swappiness=1", ["system changes the kernel"]),
    ("sysctl -p x.conf", ["read /p/x.conf", "system changes the kernel"]),
    ("dmesg -T", ["system reads the kernel's log"]),
    ("modprobe x", ["system changes the kernel"]),
    ("lsmod", []),
    ("modinfo x", ["read /p/x"]),
    ("lspci -v", []),
    ("iptables -L -n -v", []),
    ("iptables -F", ["system changes the firewall"]),
    ("iptables-save", ["system reads the firewall"]),
    ("ufw status", []),
    ("ufw disable", ["system changes the firewall"]),
    ("nft list ruleset", []),
    ("getent passwd u", []),
    ("getent hosts example.org", ["network example.org"]),
    ("ldconfig -p", []),
    ("ldconfig", ["system changes the cache of libraries"]),
    ("last -n 5", []),
    ("vmstat 1 5", []),
    ("iostat -x", []),
    ("setenforce 0", ["system changes the system or its privileges"]),
    ("getcap a", ["read /p/a"]),
    ("findmnt -F .env", ["read /p/.env"]),
    ("findmnt --tab-file=.env -J", ["read /p/.env"]),
    ("findmnt -T a", []),
    ("blkid -c cache", ["write /p/cache via -c"]),
    ("blkid /dev/sda1", ["read /dev/sda1"]),
    ("pidstat -t -p 5 1", []),
    ("iostat -f dir", ["read /p/dir"]),
    ("mpstat -P ALL 1", []),
    ("lsusb -D a", ["read /p/a"]),
    ("lspci -F a", ["read /p/a"]),
    ("lastlog -u x", []),
    ("last -5", []),
]

# What is found beside the part that is opaque.
PARTLY: list[tuple[str, list[str]]] = [
    (
        "fdisk /dev/sda",
        [
            "system makes a file system, or changes the partitions",
            "write /dev/sda recursive",
            "unknown `fdisk` takes commands",
        ],
    ),
    ("dmesg -C", ["unknown option `-C` of `dmesg`: clears the log via -C", "system reads the kernel's log"]),
]

OPAQUE = [
    "fdisk /dev/sda",
    "parted",
    "dmesg -C",
    "dmesg -c",
    "getent shadow",
    "chroot /x ls",
    "nsenter -t 1 ls",
    "pkexec ls",
    "diskutil eraseDisk x y",
    "mount --fstab x -a",
    "vmstat --frobnicate",
    "blkid -g",
    "sysctl -n kernel/../../../etc/shadow",
    "sysctl /etc/shadow",
    "pidstat -I -e sh",
    "lastlog -C -u x",
]


@pytest.mark.parametrize(("line", "expected"), KNOWN)
def test_known(line: str, expected: list[str]) -> None:
    """Listing is harmless or reads, everything else changes the system."""
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
