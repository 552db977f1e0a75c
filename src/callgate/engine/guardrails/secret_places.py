"""Where tools keep secrets, told by a file's name and where it lies."""

from __future__ import annotations

# Where tools keep secrets: the places of policy/secret_places.toml, but what only a policy of one's own should judge.
# Plain comparisons and no expression: a recursive read asks this of every file below, and of any home directory.
_NAMES = frozenset("""
.env .envrc .dev.vars .netrc _netrc .pgpass .my.cnf .mylogin.cnf .mongorc.js .mongoshrc.js .git-credentials .npmrc
.pypirc .yarnrc .yarnrc.yml .htpasswd .s3cfg .boto .curlrc .wgetrc .smbcredentials .authinfo .authinfo.gpg .msmtprc
.fetchmailrc .muttrc .vault-token .consul-token .terraformrc .sentryclirc .databrickscfg .condarc .credentials.json
.odbc.ini .dbshell .bash_history .zsh_history fish_history .psql_history .mysql_history .python_history
.node_repl_history credentials.json oauth_creds.json google_accounts.json pub-credentials.json secrets.yaml
secrets.yml secrets.json secrets.toml master.key wallet.dat terraform.tfstate terraform.tfstate.backup
local.settings.json settings-security.xml credentials.tfrc.json stored_tokens kaggle.json logins.json key4.db
cookies.sqlite shadow gshadow k3s.yaml insecure_private_key
""".split()) | {"login data"}  # fmt: skip
_STARTS = (
    ".env.", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "service-account", "service_account", "client_secret",
    "firebase-adminsdk", ".vault_pass", "vault-password", ".rediscli", ".aider", "utc--", ".credentials_",
)  # fmt: skip
_ENDS = (
    ".pem", ".key", ".ppk", ".p8", ".p12", ".pfx", ".jks", ".keystore", ".keytab", ".kdbx", ".kdb", ".keychain",
    ".keychain-db",
)  # fmt: skip
_TEMPLATES = (".example", ".sample", ".template", ".dist", ".defaults", ".schema")
_CERTIFICATES = ("cert.pem", "certs.pem", "ca.pem", "chain.pem", "pub.pem")
_PUBLIC = ("cacert", "ca-cert", "ca-bundle", "public")
_PACKAGED = ("/site-packages/", "/dist-packages/", "/node_modules/", "/etc/ssl/certs/", "/etc/pki/tls/certs/",
             "/usr/lib/", "/usr/share/", "/test/", "/tests/", "/testdata/", "/fixtures/", "/__fixtures__/")  # fmt: skip
"""Below these, key files come with programs and tests and are known to everybody."""

_DIRECTORIES = """
.ssh .gnupg .aws .azure .kube .oci .aliyun .bluemix .cloudflared .ngrok2 .snowsql .buildkite-agent .continuum .putty
.password-store .lastpass .authy .bitcoin .litecoin .dogecoin .electrum .ethereum .monero .mozilla .librewolf
.thunderbird .gitlab-runner .influxdbv2 .docker/contexts .foundry/keystores .brownie/accounts .gnome2/keyrings
.config/gh .config/glab-cli .config/tea .config/rclone .config/filezilla .config/sops/age .config/gcloud .config/doctl
.config/hcloud .config/scw .config/heroku .config/stripe .config/ngrok .config/wandb .config/dbeaver .config/op
.config/github-copilot .config/openai .config/anthropic .config/chromium .config/bravesoftware .config/vivaldi
.config/opera .config/1password .config/keepassxc .config/solana .config/exodus .config/helm/registry
.local/share/com.vercel.cli .local/share/uv/credentials .local/share/dbeaverdata .local/share/keyrings
.local/share/kwalletd .local/share/gopass snap/firefox library/keychains library/cookies library/safari
library/ethereum library/containers/com.apple.safari run/secrets etc/wireguard etc/wpa_supplicant etc/sudoers.d
etc/networkmanager/system-connections etc/gitlab-runner
"""
_SPACED = ("google/chrome", "chromium", "bravesoftware", "microsoft edge", "arc", "firefox", "bitcoin", "exodus")
_PLACES = (
    *(f"/{place}/" for place in _DIRECTORIES.split()),
    *(f"/library/application support/{name}/" for name in _SPACED), "/.config/ledger live/",
)  # fmt: skip
_FILES = tuple("""
/.docker/config.json /.config/hub /.config/linode-cli /.config/git/credentials /.fly/config.yml
/configstore/firebase-tools.json /etc/kubernetes/admin.conf /containers/auth.json /helm/repositories.yaml
/.pulumi/credentials.json /pip/pip.conf /.pip/pip.conf /pypoetry/auth.toml /gem/credentials /.gem/credentials
/.bundle/config /composer/auth.json /.composer/auth.json /nuget/nuget.config /.m2/settings.xml
/.gradle/gradle.properties /.ivy2/.credentials /.conan.db /huggingface/token /.huggingface/token /.codex/auth.json
/opencode/auth.json /.cargo/credentials /.cargo/credentials.toml /etc/mysql/debian.cnf /etc/sudoers
/etc/ipsec.secrets /proc/kcore /actions-runner/.credentials /etc/shadow- /etc/gshadow- /etc/ppp/chap-secrets
/etc/ppp/pap-secrets
""".split())  # fmt: skip
_LIKE = ("/.config/google-chrome", "/.config/microsoft-edge", "/.config/bitwarden", "/.cursor/auth")
_OPEN = ("/.ssh/known_hosts", "/.ssh/known_hosts.old")


def is_credential(path: str) -> bool:
    """Whether the normalised *path* is a place where secrets are kept, by its name and where it lies."""
    folded = path.casefold()
    name = folded[folded.rfind("/") + 1 :]
    if name.endswith(_TEMPLATES) and name.startswith(".env"):
        return False
    if name in _NAMES and (name not in {"shadow", "gshadow"} or folded.startswith("/etc/")):
        return True
    if name.startswith(_STARTS):
        return not name.endswith(".pub")
    if name.endswith(_ENDS):
        return name.endswith((".kdbx", ".keychain", ".keychain-db")) or not _is_public(folded, name)
    if folded.startswith("/etc/ssh/ssh_host_"):
        return name.endswith("_key")
    return folded.endswith(_FILES) or _lies_in_place(folded)


def _is_public(folded: str, name: str) -> bool:
    if name.endswith(".pem") and (name.endswith(_CERTIFICATES) or any(part in name for part in _PUBLIC)):
        return True
    return any(place in folded for place in _PACKAGED)


def _lies_in_place(folded: str) -> bool:
    if folded.endswith(".pub") or folded in _OPEN or folded.endswith(_OPEN):
        return False
    if folded.startswith("/proc/"):
        return folded.endswith(("/environ", "/mem"))
    whole = f"{folded}/"
    return any(place in whole for place in _PLACES) or any(place in folded for place in _LIKE)
