"""Names of programs that no other table spells out; `test_every_program.py` has the law that each stands in one.

A row is a line of words with `NAME a`: most of these are other names for a program that has a table of its own, or
programs of which nothing but `--version` is known.
"""

from __future__ import annotations

import pytest
from util import run

GROUPS: list[tuple[str, list[str]]] = [
    (
        (
            "rev tac paste column fold fmt expand unexpand join base32 sha1sum sha224sum sha384sum sha512sum b2sum "
            "shasum cksum sum tsort dir vdir neato fdp sfdp twopi circo dwarfdump"
        ),
        ["read /p/a"],
    ),
    (
        (
            "pathchk logname arch yes cal ncal lsmem fgrep zegrep zfgrep nawk lsusb lastb lastlog mpstat pidstat "
            "getenforce dpkg-deb isutf8 ts"
        ),
        [],
    ),
    ("netcat traceroute6 tracepath mtr xh xhs", ["network a"]),
    (
        (
            "python2 pypy pypy3 python3.6 python3.7 python3.8 python3.9 python3.10 python3.13 python3.14 python3.15 "
            "nodejs lua5.1 lua5.2 lua5.3 lua5.4"
        ),
        ["execute /p/a"],
    ),
    ("bunzip2", ["read /p/a", "read /p/a.bz2", "write /p/a", "delete /p/a"]),
    ("xzcat", ["read /p/a", "read /p/a.xz"]),
    ("py.test", ["execute /p recursive", "execute /p/a"]),
    ("basedpyright", ["execute /p recursive", "read /p/a recursive only=*.py,*.pyi,*.pyx,*.ipynb,*.toml,*.cfg,*.ini"]),
    ("magick identify mogrify zellij byobu rbenv nodenv asdf mise sdk volta fnm", ["unknown: `{name} a` is not known"]),
    ("gmake ninja-build markdownlint-cli2", ["execute /p recursive"]),
    ("bazelisk", ["execute /p recursive", "unknown options of `bazel` and of its configuration run programs"]),
    ("localectl networkctl resolvectl", ["system changes the system: {name} a"]),
    ("halt poweroff telinit init", ["system stops the system"]),
    (
        (
            "adduser deluser groupadd addgroup groupmod groupdel delgroup gpasswd chsh chfn chpasswd newusers vipw "
            "vigr visudo dscl sysadminctl pwconv grpconv newgrp"
        ),
        ["system changes accounts"],
    ),
    (
        (
            "mkfs mkfs.ext2 mkfs.ext3 mkfs.xfs mkfs.btrfs mkfs.vfat mkfs.fat mkfs.exfat mkfs.ntfs mke2fs blkdiscard "
            "newfs fsck fsck.ext4 e2fsck tune2fs resize2fs badblocks"
        ),
        ["system makes a file system, or changes the partitions", "write /p/a recursive"],
    ),
    (
        "sfdisk cfdisk gdisk sgdisk",
        [
            "system makes a file system, or changes the partitions",
            "write /p/a recursive",
            "unknown `{name}` takes commands",
        ],
    ),
    ("losetup lvm lvcreate lvremove pvcreate vgcreate mdadm zfs zpool hdparm kexec", ["system changes disks"]),
    ("insmod rmmod depmod", ["system changes the kernel"]),
    (
        ("ip6tables iptables-legacy iptables-nft ebtables iptables-restore ip6tables-restore pfctl ipset firewall-cmd"),
        ["system changes the firewall"],
    ),
    ("ip6tables-save", ["system reads the firewall"]),
    (
        (
            "semanage setsebool restorecon chcon aa-enforce aa-disable auditctl hwclock localedef update-alternatives "
            "update-rc.d chkconfig update-ca-certificates grub-install update-grub setcap"
        ),
        ["system changes the system or its privileges"],
    ),
    ("unshare capsh setpriv runuser su-exec gosu", ["unknown: `{name}` runs another program with other privileges"]),
    (
        "aptitude microdnf bundler mamba micromamba nerdctl podman-compose",
        ["unknown: subcommand `a` of `{name}` is not known"],
    ),
    ("yay paru", ["system installs, removes or updates packages", "network <dynamic>"]),
    ("most", ["unknown: `{name}` runs macros"]),
    (
        (
            "nvim view vimdiff gvim mvim ex rvim rview pico rnano emacsclient ed red joe jed micro helix hx kak mcedit "
            "mc ranger nnn code-insiders codium cursor subl atom gedit kate"
        ),
        ["unknown: `{name}` takes commands and runs scripts"],
    ),
    (
        "gio sensible-browser x-www-browser firefox google-chrome chromium start wslview w3m lynx links",
        ["unknown: `{name}` runs whatever program belongs to a file or an address"],
    ),
    ("tclsh wish rlwrap dtach abduco", ["unknown: `{name}` runs a script"]),
    ("pnpx", ["execute /p recursive", "network <dynamic>", "execute a"]),
    ("addr2line", ["read /p/a.out"]),
    ("scc", ["read /p/a recursive"]),
    ("sloccount", ["unknown: `{name}` writes what it finds to a directory of its own"]),
    ("sk peco dialog whiptail gum", ["unknown: `{name}` runs commands of its user"]),
    (
        "lefthook prek",
        [
            "execute /p recursive",
            "system installs packages",
            "execute package scripts",
            "network <dynamic>",
            "system changes the hooks: {name} a",
        ],
    ),
    ("watchexec nodemon supervise", ["unknown: `{name}` runs other programs"]),
    ("unix2dos", ["write /p/a"]),
    ("ssh-agent", ["unknown: `{name}` hands out keys"]),
    ("gpg2", ["unknown `{name}` signs, encrypts or decrypts"]),
    (
        "keyring secret-tool bw lpass age sops gopass chamber doppler infisical certutil",
        ["unknown: `{name}` hands out secrets"],
    ),
    ("xsel", ["system uses the clipboard", "read /p/a"]),
    ("wl-copy wl-paste", ["system uses the clipboard"]),
    (
        "automator shortcuts ditto installer pkgutil spctl csrutil scutil nvram tmutil profiles pmset dscacheutil",
        ["unknown: `{name}` runs scripts or changes the system"],
    ),
    ("terminal-notifier wall xdotool loadkeys setxkbmap xrandr", ["system acts on the desktop"]),
    (
        "c++ clang++ cpp gcc-11 gcc-12 gcc-13 gcc-14 g++-11 g++-12 g++-13 g++-14",
        ["read /p/a", "unknown reads whatever the sources include", "write /p/a.out"],
    ),
    ("kubens", ["system changes the namespace that is used"]),
    (
        (
            "ansible-galaxy ansible-vault ansible-inventory ansible-console ansible-pull ansible-doc ansible-config "
            "vagrant packer chef-client puppet salt"
        ),
        ["unknown: `{name}` runs code on this machine and on others"],
    ),
    ("mariadb", ["network localhost", "unknown `{name}` takes commands from its input"]),
    ("mongo", ["unknown: `{name}` runs program text"]),
    (
        "pg_dumpall pg_restore mysqldump mongodump createdb pg_ctl",
        ["unknown: `{name}` reads, writes or destroys a database"],
    ),
    ("iwconfig", ["system changes the network"]),
    ("speedtest", ["network <dynamic>"]),
    (
        (
            "tshark masscan openvpn wg wg-quick tailscale ngrok cloudflared ettercap hydra ftp tftp lftp aria2c axel "
            "smbclient ldapsearch swaks sendmail mailx mutt"
        ),
        ["unknown: `{name}` talks to other machines in ways of its own"],
    ),
]
VERSIONS = "mix stack cabal dune lein sbt blkid"
"""Asked for their version, which says what they do without a project."""
ROWS = [(name, facts) for names, facts in GROUPS for name in names.split()]


@pytest.mark.parametrize(("name", "facts"), ROWS, ids=[name for name, _ in ROWS])
def test_a_name_with_one_operand(name: str, facts: list[str]) -> None:
    """What `NAME a` does is what the table says."""
    assert run(f"{name} a") == [fact.replace("{name}", name) for fact in facts]


@pytest.mark.parametrize("name", VERSIONS.split())
def test_a_question_writes_nothing(name: str) -> None:
    """`NAME --version` neither writes nor deletes nor contacts anything."""
    assert not any(fact.startswith(("write", "delete", "network", "system")) for fact in run(f"{name} --version"))
