"""Which family file describes which programs. A test compares it with what the files define."""

from __future__ import annotations

from typing import Mapping

FAMILIES: Mapping[str, str] = {
    "text": (
        "cat head tail nl wc sort uniq cut tr rev tac paste column fold fmt expand unexpand comm join diff "
        "diff3 cmp sdiff od xxd hexdump strings base64 base32 md5sum sha1sum sha224sum sha256sum sha384sum "
        "sha512sum b2sum shasum cksum sum shuf split csplit iconv tsort pr"
    ),
    "listing": "ls dir vdir stat file du df tree realpath readlink basename dirname pathchk pwd which whereis locate",
    "info": (
        "echo printf true false : test [ date whoami id groups logname uname hostname arch nproc uptime free "
        "ps pgrep top who w users tty sleep seq yes expr factor cal ncal bc locale getconf printenv lscpu "
        "lsblk lsmem tput clear man"
    ),
    "process": "kill pkill killall",
    "search": "grep egrep fgrep rgrep zgrep zegrep zfgrep rg ag ack",
    "find": "find fd fdfind",
    "sed": "sed",
    "awk": "awk gawk mawk nawk",
    "jq": "jq yq",
    "files": (
        "mkdir touch rm rmdir mv cp ln link install chmod chown chgrp tee truncate dd shred mktemp unlink sync mkfifo"
    ),
    "git": "git",
    "curl": "curl",
    "wget": "wget",
    "remote": "ssh scp sftp rsync",
    "probe": "ping ping6 nslookup host dig nc netcat ncat socat telnet",
    "python": (
        "python python2 python3 pypy pypy3 python3.6 python3.7 python3.8 python3.9 python3.10 python3.11 python3.12 "
        "python3.13 python3.14 python3.15"
    ),
    "javascript": "node nodejs deno bun",
    "interpreters": "ruby perl php lua lua5.1 lua5.2 lua5.3 lua5.4 Rscript",
    "packages": "pip pip3 npm pnpm yarn uv",
    "cargo": "cargo",
    "golang": "go",
    "tar": "tar",
    "zip": "zip unzip",
    "compress": "gzip gunzip zcat bzip2 bunzip2 bzcat xz unxz xzcat",
    "testrunners": "pytest py.test tox nox coverage nosetests",
    "pylinters": (
        "ruff black isort yapf autopep8 autoflake pyupgrade codespell mypy dmypy pyright basedpyright pylint "
        "flake8 pyflakes pycodestyle pydocstyle bandit vulture"
    ),
    "jstools": "jest vitest mocha eslint prettier stylelint biome tsc",
    "documents": (
        "sphinx-build sphinx-quickstart sphinx-apidoc mkdocs doxygen pandoc dot neato fdp sfdp twopi circo xmllint "
        "convert magick identify mogrify ffmpeg"
    ),
    "build": "make gmake just ninja ninja-build bazel bazelisk meson",
    "cmake": "cmake ctest",
    "forge": "gh glab",
    "services": (
        "systemctl journalctl loginctl hostnamectl timedatectl localectl networkctl resolvectl service launchctl "
        "crontab at batch atq atrm reboot shutdown halt poweroff telinit init supervisorctl"
    ),
    "administration": (
        "useradd adduser usermod userdel deluser groupadd addgroup groupmod groupdel delgroup gpasswd chsh chfn "
        "chpasswd newusers vipw vigr visudo dscl sysadminctl pwconv grpconv newgrp passwd chage mount umount "
        "findmnt blkid mkfs mkfs.ext2 mkfs.ext3 mkfs.ext4 mkfs.xfs mkfs.btrfs mkfs.vfat mkfs.fat mkfs.exfat "
        "mkfs.ntfs mke2fs mkswap wipefs blkdiscard newfs fsck fsck.ext4 e2fsck tune2fs resize2fs badblocks fdisk "
        "sfdisk cfdisk gdisk sgdisk parted swapon swapoff diskutil losetup cryptsetup lvm lvcreate lvremove "
        "pvcreate vgcreate mdadm zfs zpool hdparm kexec sysctl dmesg modprobe insmod rmmod depmod lsmod modinfo "
        "lspci lsusb iptables ip6tables iptables-legacy iptables-nft ebtables iptables-save ip6tables-save "
        "iptables-restore ip6tables-restore pfctl ipset ufw nft firewall-cmd getent ldconfig last lastb lastlog "
        "vmstat iostat mpstat pidstat setenforce semanage setsebool restorecon chcon aa-enforce aa-disable "
        "auditctl hwclock localedef update-alternatives update-rc.d chkconfig update-ca-certificates grub-install "
        "update-grub setcap chroot unshare nsenter capsh setpriv runuser su-exec gosu pkexec getenforce getcap"
    ),
    "systempackages": (
        "apt apt-get aptitude apt-cache apt-mark dpkg dpkg-deb dpkg-query dnf yum microdnf rpm zypper brew pacman "
        "yay paru snap flatpak apk port softwareupdate"
    ),
    "viewers": (
        "less more most bat batcat vim vi nvim view vimdiff gvim mvim ex rvim rview nano pico rnano emacs "
        "emacsclient ed red joe jed micro helix hx kak mcedit mc ranger nnn code code-insiders codium cursor subl "
        "atom gedit kate open xdg-open gio sensible-browser x-www-browser firefox google-chrome chromium start "
        "wslview w3m lynx links tmux screen zellij byobu expect tclsh wish rlwrap dtach abduco"
    ),
    "jvm": "mvn gradle java javac javap jar",
    "toolchains": "dotnet gem bundle bundler composer rustup",
    "environments": (
        "poetry pdm hatch pipenv conda mamba micromamba pipx npx bunx pnpx uvx pyenv rbenv nodenv asdf mise nvm "
        "sdk volta fnm"
    ),
    "utilities": (
        "patch nm objdump readelf size addr2line c++filt ar ldd strip sponge envsubst cloc tokei scc sloccount exa "
        "eza lsd fzf sk peco dialog whiptail gum tldr entr pre-commit lefthook prek git-lfs chronic parallel "
        "script watchexec nodemon supervise isutf8 ts hexyl dos2unix unix2dos"
    ),
    "crypto": (
        "openssl ssh-keygen ssh-keyscan ssh-add ssh-agent ssh-copy-id gpg gpg2 pass op vault security keyring "
        "secret-tool bw lpass age sops gopass chamber doppler infisical keytool certutil"
    ),
    "macos": (
        "sw_vers system_profiler vm_stat defaults plutil pbcopy pbpaste xclip xsel wl-copy wl-paste xcode-select "
        "otool dwarfdump codesign say mdls mdfind xattr osascript automator shortcuts xcrun xcodebuild hdiutil "
        "ditto installer pkgutil spctl csrutil scutil networksetup nvram tmutil profiles pmset dscacheutil "
        "notify-send terminal-notifier wall write xdotool loadkeys setxkbmap xrandr"
    ),
    "compilers": ("gcc g++ cc c++ clang clang++ cpp gcc-11 gcc-12 gcc-13 gcc-14 g++-11 g++-12 g++-13 g++-14 rustc"),
    "languages": "swift zig mix stack cabal dune lein sbt",
    "containers": "docker podman nerdctl docker-compose podman-compose",
    "kubernetes": "kubectl helm kubectx kubens",
    "infrastructure": (
        "terraform tofu ansible ansible-playbook ansible-galaxy ansible-vault ansible-inventory ansible-console "
        "ansible-pull ansible-doc ansible-config pulumi vagrant packer chef-client puppet salt"
    ),
    "cloud": "aws gcloud az gsutil bq",
    "databases": (
        "psql mysql mariadb sqlite3 duckdb redis-cli mongosh mongo pg_dump pg_dumpall pg_restore mysqldump "
        "mongodump createdb dropdb pg_ctl pg_isready"
    ),
    "netinfo": (
        "ss netstat lsof ip ifconfig arp route iwconfig nmcli traceroute traceroute6 tracepath mtr whois http "
        "https xh xhs speedtest tcpdump tshark nmap masscan openvpn wg wg-quick tailscale ngrok cloudflared "
        "ettercap hydra ftp tftp lftp rclone aria2c axel smbclient ldapsearch swaks sendmail mail mailx mutt"
    ),
    "pythontools": (
        "django-admin flask uvicorn gunicorn hypercorn daphne waitress-serve streamlit fastapi litestar celery alembic invoke inv "
        "fab doit pip-compile pip-sync bump2version bumpversion cz towncrier cookiecutter copier pip-audit safety semgrep twine "
        "pyproject-build radon interrogate pyproject-fmt ty pyre pytype pyrefly ipython jupyter jupyter-lab jupyter-notebook "
        "bpython ptpython pydoc pydoc3"
    ),
    "otherlinters": (
        "shellcheck shfmt yamllint hadolint gofmt rustfmt clang-format clang-tidy rubocop rspec phpunit "
        "golangci-lint markdownlint markdownlint-cli2"
    ),
}
