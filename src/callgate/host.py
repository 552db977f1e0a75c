"""Where callgate keeps its files for one user. Pure: the environment is passed in, nothing is read or made.

XDG directories on every system, because the contract names `~/.config/callgate/policy.toml` everywhere and a
developer who moves between Linux and macOS should find the same files. Not `platformdirs`: it costs the hook 15 ms.
"""

from __future__ import annotations

from typing import Mapping, NamedTuple


class Places(NamedTuple):
    """Absolute paths of everything that callgate reads or writes for one user."""

    home: str
    config_dir: str
    """`~/.config/callgate`: the user policy and the trust store."""
    state_dir: str
    """`~/.local/state/callgate`: logs, the switch, the last good policy. Created with mode 0700 when needed."""
    managed_policy: str
    """`/etc/callgate/policy.toml`, always in force."""
    user_policy: str
    trust_file: str
    switch_file: str
    """Exists while auto-approval is off."""
    log_file: str
    review_log_file: str
    outcomes_file: str
    """What became of calls. Always here: a policy names other places for the decision logs, and not for this one."""
    sessions_file: str
    """When sessions began and ended; here for the same reason."""
    standings_dir: str
    """How the settings stood when each session that runs began."""
    written_file: str
    """What `install` and `uninstall` have just made of settings files."""
    last_good_dir: str
    error_log: str
    audit_log: str
    """`~/.config/decision-reviewer-audit.log` (contract.md section 3); its archives lie beside it."""
    audit_head: str
    """The last hash and the count of the audit log, apart from it."""


def places(environ: Mapping[str, str], home: str = "") -> Places:
    """Return the places for the user of *environ*.

    Args:
        environ: `HOME` and `XDG_STATE_HOME` are looked at; a relative `XDG_STATE_HOME` is ignored, as XDG demands.
        home: overrides `HOME` (and with it `XDG_STATE_HOME`, so that a fixed world stays inside itself).
    """
    user_home = (home or environ.get("HOME") or "/").rstrip("/") or "/"
    base = "" if user_home == "/" else user_home
    config = f"{base}/.config/callgate"
    state_home = "" if home else environ.get("XDG_STATE_HOME", "")
    state = f"{state_home.rstrip('/')}/callgate" if state_home.startswith("/") else f"{base}/.local/state/callgate"
    return Places(
        home=user_home,
        config_dir=config,
        state_dir=state,
        managed_policy="/etc/callgate/policy.toml",
        user_policy=f"{config}/policy.toml",
        trust_file=f"{config}/trust.json",
        switch_file=f"{state}/off",
        log_file=f"{state}/decisions.jsonl",
        review_log_file=f"{state}/review.jsonl",
        outcomes_file=f"{state}/outcomes.jsonl",
        sessions_file=f"{state}/sessions.jsonl",
        standings_dir=f"{state}/standings",
        written_file=f"{state}/settings-written.json",
        last_good_dir=f"{state}/last-good",
        error_log=f"{state}/errors.log",
        audit_log=f"{base}/.config/decision-reviewer-audit.log",
        audit_head=f"{state}/audit-head.json",
    )
