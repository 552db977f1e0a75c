"""Users, devices, the kernel, the firewall: asking is harmless or reads, everything else changes the system."""

from __future__ import annotations

from callgate.shell.command import Command
from callgate.shell.programs.spec import Args, Program, options, reads
from callgate.shell.programs.tooling import ANSWERS, Entry, acts, asks, harmless, note_files, refuses

# Accounts


def _passwd(command: Command) -> None:
    words = [word.value for word in command.args]
    if words[:1] not in (["-S"], ["--status"]) or any(word.could_be_option for word in command.args[1:]):
        command.add("system", "changes accounts")


def _chage(command: Command) -> None:
    words = [word.value for word in command.args]
    if words[:1] not in (["-l"], ["--list"]) or any(word.could_be_option for word in command.args[1:]):
        command.add("system", "changes accounts")


_ACCOUNTS = """
useradd adduser usermod userdel deluser groupadd addgroup groupmod groupdel delgroup gpasswd chsh chfn chpasswd newusers
vipw vigr visudo dscl sysadminctl pwconv grpconv newgrp
"""

# Mounts and disks

_MOUNT = options("""
-a,--all -c,--no-canonicalize -f,--fake -F,--fork -T,--fstab:list -i,--internal-only -l,--show-labels -m,--mkdir?
-n,--no-mtab --options-mode: --options-source: --options-source-force -o,--options: -O,--test-opts: -r,--read-only
-t,--types: --source: --target: --target-prefix: -v,--verbose -w,--rw,--read-write -N,--namespace: -h,--help
-V,--version -L,--label: -U,--uuid: -B,--bind -M,--move -R,--rbind --make-shared --make-slave --make-private
--make-unbindable --make-rshared --make-rslave --make-rprivate --make-runbindable
""")


def _mount(command: Command, args: Args) -> None:
    if args.operands or args.has("-a", "-L", "-U", "--source", "--target", "-M", "-B", "-R", "-o"):
        command.add("system", "mounts file systems")
        for word in args.operands[-1:]:
            command.path("write", word, recursive=True)


# `findmnt -F FILE` prints what stands in FILE, as far as it reads like a table of mounts.
_FINDMNT = options("""
-A,--all -a,--ascii -b,--bytes -C,--nocanonicalize -c,--canonicalize -D,--df -d,--direction: -e,--evaluate
-F,--tab-file:read -f,--first-only -H,--list-columns -h,--help -I,--dfi -i,--invert -J,--json -k,--kernel -l,--list
-M,--mountpoint: -m,--mtab -N,--task: -n,--noheadings -O,--options: -o,--output: --output-all -P,--pairs -p,--poll?
--pseudo --real -R,--submounts -r,--raw -S,--source: -s,--fstab -T,--target: -t,--types: --tree -U,--uniq -u,--notruncate
-V,--version -v,--nofsroot --verbose --vfs-all -w,--timeout: -x,--verify -y,--shell --deleted --shadowed
""")
# The cache is not only read: what was found is written back to it.
_BLKID = options("""
-c,--cache-file:write -D -d,--no-encoding -g,--garbage-collect!rewrites_the_cache -H,--hint: -h,--help -i,--info
-k,--list-filesystems -L,--label: -l,--list-one -n,--match-types: -O,--offset: -o,--output: -p,--probe -S,--size:
-s,--match-tag: -t,--match-token: -U,--uuid: -u,--usages: -V,--version
""")


def _formats(command: Command) -> None:
    """Note a write on everything that could be the device: `mkfs.ext4 /dev/sda1`, `mkswap file`."""
    words = command.args
    # `fsck -V` is verbose, and checks everything that `/etc/fstab` names.
    if asks(command, ANSWERS | ({"-h"} if command.name == "fsck" else {"-V", "-h"})):
        return
    command.add("system", "makes a file system, or changes the partitions")
    for word in words:
        if word.dynamic or not word.value.startswith("-"):
            command.path("write", word, recursive=True)


def _partitions(command: Command) -> None:
    """`fdisk -l` lists; with a device alone it takes commands. To `sgdisk`, `-l FILE` loads a table into the device."""
    if asks(command, ANSWERS | {"-V"}):
        return
    words = [word.value for word in command.args]
    if (
        command.name not in {"sgdisk", "cfdisk"}
        and words[:1] in (["-l"], ["--list"])
        and not any(word.could_be_option for word in command.args[1:])
    ):
        for word in command.args[1:]:
            command.path("read", word)
        return
    _formats(command)
    command.opaque(f"`{command.name}` takes commands")


def _swap(command: Command) -> None:
    words = [word.value for word in command.args]
    asked = not words or words[0] in {"-s", "--summary"} or words[0].startswith("--show")
    sure = not any(word.dynamic for word in command.args)
    if command.name == "swapon" and asked and sure:
        return
    command.add("system", "changes the swap space")


_DISKUTIL_ASKS = frozenset({"list", "info", "information", "activity", "listFilesystems"})


def _diskutil(command: Command) -> None:
    head = command.args[0].value if command.args else ""
    if head and head not in _DISKUTIL_ASKS:
        command.add("system", "changes disks")
        command.unknown = f"`diskutil {head}` is not known"


# Kernel


def _sysctl(command: Command, args: Args) -> None:
    for word in args.operands:
        # Older versions join the name to `/proc/sys/` as it stands: `kernel/../../../etc/shadow`.
        if ".." in word.value or word.value.startswith("/"):
            command.opaque("a file outside of `/proc/sys`", span=word.span)
    loads = args.has("-p", "-f", "--system", "-w")
    if args.has("-p", "-f"):
        note_files(command, "read", [*args.values("-p"), *args.operands])
    if loads or any("=" in word.value or word.dynamic for word in args.operands):
        command.add("system", "changes the kernel")


_SYSCTL = options("""
-a,--all -A -X --deprecated --dry-run -b,--binary -e,--ignore -N,--names -n,--values -p,--load? -f --system -r,--pattern:
-q,--quiet -w,--write -o -x -d -h,--help -V,--version -i -l -t -W -T
""")
_DMESG = options("""
-C,--clear!clears_the_log -c,--read-clear!clears_the_log -D,--console-off!changes_the_console
-E,--console-on!changes_the_console -F,--file:read -f,--facility: -H,--human -J,--json -k,--kernel -L,--color? -l,--level:
-n,--console-level:changes_the_console -P,--nopager -p,--force-prefix -r,--raw --noescape -S,--syslog -s,--buffer-size:
-u,--userspace -w,--follow -W,--follow-new -x,--decode -d,--show-delta -e,--reltime -T,--ctime -t,--notime
--time-format: --since: --until: -h,--help -V,--version -K,--kmsg-file:read
""")


def _reads_log(command: Command, args: Args) -> None:
    if not args.has("-h", "-V", "-F"):
        command.add("system", "reads the kernel's log")


# Firewall


def _firewall(command: Command) -> None:
    """Listing rules is reading; `-t nat -L -n -v --line-numbers`, `-S`, and nothing else."""
    asking = {"-L", "--list", "-S", "--list-rules", "-n", "-v", "-x", "--numeric", "--verbose", "--line-numbers", "-nL",
              "-vnL", "-nvL", "-Ln", "-Lnv", "-Lvn", "-t", "nat", "mangle", "filter", "raw", "security", "INPUT", "OUTPUT",
              "FORWARD", "PREROUTING", "POSTROUTING", "-V", "--version", "-h"}  # fmt: skip
    words = {word.value for word in command.args}
    if words and words <= asking:
        return
    command.add("system", "changes the firewall")


def _listing(answers: str, what: str) -> Entry:
    """Return a program that answers when its words are exactly one of *answers* (separated by commas)."""
    known = {tuple(answer.split()) for answer in answers.split(",")}

    def handler(command: Command) -> None:
        if tuple(word.value for word in command.args) not in known:
            command.add("system", what)

    return handler


# Asking the system

_GETENT = frozenset({"passwd", "group", "services", "protocols", "networks", "rpc", "ethers", "netgroup", "aliases"})


def _getent(command: Command) -> None:
    """The data bases of names; `hosts` asks a name server, `shadow` holds secrets."""
    words = command.args
    head = words[0].value if words else ""
    if head in {"hosts", "ahosts", "ahostsv4", "ahostsv6"}:
        for word in words[1:]:
            command.add("network", word.value, word)
    elif head not in _GETENT and head not in {"--help", "--version"}:
        command.opaque("a data base that is not known, or one of secrets")


def _ldconfig(command: Command, args: Args) -> None:
    if not args.has("-p", "--help", "-V"):
        command.add("system", "changes the cache of libraries")


def _umount(command: Command) -> None:
    command.add("system", "unmounts file systems")


_LAST = options("""
-a,--hostlast -d,--dns -f,--file:read -F,--fulltimes -i,--ip -n,--limit: -R,--nohostname -s,--since: -t,--until:
-p,--present: -w,--fullnames -x,--system --time-format: -h,--help -V,--version
""")
_FORMATTERS = """
mkfs mkfs.ext2 mkfs.ext3 mkfs.ext4 mkfs.xfs mkfs.btrfs mkfs.vfat mkfs.fat mkfs.exfat mkfs.ntfs mke2fs mkswap wipefs
blkdiscard newfs fsck fsck.ext4 e2fsck tune2fs resize2fs badblocks
"""


_LASTLOG = options("""
-b,--before: -C,--clear!changes_the_record -h,--help -R,--root:read -S,--set!changes_the_record -t,--time: -u,--user:
""")


def _numbers(command: Command, args: Args) -> None:
    """`vmstat 1 5`: operands are numbers or devices."""


# The same letter takes a value in one of these and none in another (`-I`, `-p`, `-t`), so each has its own table.
_VMSTAT = options("""
-a,--active -D,--disk-sum -d,--disk -f,--forks -h,--help -m,--slabs -n,--one-header -p,--partition: -S,--unit: -s,--stats
-t,--timestamp -V,--version -w,--wide -y,--no-first
""")
_IOSTAT = options("""
-c -d -f:dir -H -h -j: -k -m -N -o: -p? -s -t -V,--version -x -y -z --compact --dec? --human --pretty --help
""")
_MPSTAT = options("-A -H -I: -N: -n -o: -P: -T -u -V,--version --dec? --help")
_PIDSTAT = options("""
-C: -d -e!runs_a_program -G: -H -h -I -l -o: -p: -R -r -s -T: -t -U -u -V,--version -v -w --dec? --human --help
""")
PROGRAMS: dict[str, Entry] = {
    **dict.fromkeys(_ACCOUNTS.split(), acts("changes accounts", "-V", "-h")),
    "passwd": _passwd,
    "chage": _chage,
    "mount": Program(_MOUNT, _mount),
    "umount": _umount,
    "findmnt": Program(_FINDMNT),
    "blkid": Program(_BLKID, lambda command, args: note_files(command, "read", args.operands)),
    **dict.fromkeys(_FORMATTERS.split(), _formats),
    **dict.fromkeys(("fdisk", "sfdisk", "cfdisk", "gdisk", "sgdisk", "parted"), _partitions),
    **dict.fromkeys(("swapon", "swapoff"), _swap),
    "diskutil": _diskutil,
    **dict.fromkeys(("losetup", "cryptsetup", "lvm", "lvcreate", "lvremove", "pvcreate", "vgcreate", "mdadm", "zfs", "zpool",
                     "hdparm", "kexec"), acts("changes disks")),
    "sysctl": Program(_SYSCTL, _sysctl),
    "dmesg": Program(_DMESG, _reads_log),
    **dict.fromkeys(("modprobe", "insmod", "rmmod", "depmod"), acts("changes the kernel", "-V")),
    "lsmod": harmless,
    "modinfo": Program(options("-a,--author -d,--description -l,--license -p,--parameters -n,--filename -0,--null "
                               "-F,--field: -k,--set-version: -b,--basedir:read -V,--version -h,--help"), reads),
    "lspci": Program(options("-v -n -k -t -x -b -D -m -s: -d: -q!network -Q!network -P -i:read -p:read -A: -F:read -O: "
                             "-V,--version --help")),
    "lsusb": Program(options("-v,--verbose -s: -d: -D:read -t,--tree -V,--version -h,--help")),
    **dict.fromkeys(("iptables", "ip6tables", "iptables-legacy", "iptables-nft", "ebtables"), _firewall),
    **dict.fromkeys(("iptables-save", "ip6tables-save"), acts("reads the firewall")),
    **dict.fromkeys(("iptables-restore", "ip6tables-restore", "pfctl", "ipset"), acts("changes the firewall")),
    "ufw": _listing("status,status verbose,status numbered,version,app list", "changes the firewall"),
    "nft": _listing("list ruleset,list tables,list chains,-v,--version", "changes the firewall"),
    "firewall-cmd": _listing("--state,--list-all,--get-zones,--get-default-zone,--list-services,--list-ports",
                             "changes the firewall"),
    "getent": _getent,
    "ldconfig": Program(options("-c,--format: -C:write -f:read -i,--ignore-aux-cache -l -n -N -p,--print-cache -r:write "
                                "-v,--verbose -X --help --usage -V,--version"), _ldconfig),
    **dict.fromkeys(("last", "lastb"), Program(_LAST, numeric=True)),
    "lastlog": Program(_LASTLOG),
    **{name: Program(table, _numbers) for name, table in (
        ("vmstat", _VMSTAT), ("iostat", _IOSTAT), ("mpstat", _MPSTAT), ("pidstat", _PIDSTAT))},
    **dict.fromkeys(("setenforce", "semanage", "setsebool", "restorecon", "chcon", "aa-enforce", "aa-disable", "auditctl",
                     "hwclock", "localedef", "update-alternatives", "update-rc.d", "chkconfig",
                     "update-ca-certificates", "grub-install", "update-grub", "setcap"),
                    acts("changes the system or its privileges")),
    **dict.fromkeys(("chroot", "unshare", "nsenter", "capsh", "setpriv", "runuser", "su-exec", "gosu", "pkexec"),
                    refuses("runs another program with other privileges")),
    "getenforce": harmless,
    "getcap": Program(options("-h -n -r -v"), lambda command, args: note_files(command, "read", args.operands)),
}  # fmt: skip
