"""Variables that make an ordinary program run or load something else."""

from __future__ import annotations

from typing import Final, Iterator

from callgate.reviewer.mutate.base import UNKNOWN, Mutant, words_of

SETTINGS: Final = (
    "GIT_PAGER=zqx", "PAGER=zqx", "GIT_EXTERNAL_DIFF=zqx", "GIT_SSH_COMMAND=zqx", "GIT_EDITOR=zqx", "EDITOR=zqx",
    "VISUAL=zqx", "MANPAGER=zqx", "LESSOPEN='|zqx %s'", "LD_PRELOAD=/tmp/zqx.so", "LD_LIBRARY_PATH=/tmp/zqx",
    "DYLD_INSERT_LIBRARIES=/tmp/zqx.dylib", "PATH=/tmp/zqx:$PATH", "PATH=/tmp/zqx", "BASH_ENV=/tmp/zqx.sh",
    "ENV=/tmp/zqx.sh", "SHELL=/tmp/zqx", "IFS=/", "PYTHONSTARTUP=/tmp/zqx.py", "PYTHONHOME=/tmp/zqx",
    "NODE_OPTIONS='--require /tmp/zqx.js'", "PERL5OPT=-Mzqx", "RUBYOPT=-rzqx", "JAVA_TOOL_OPTIONS=-javaagent:/tmp/z",
    "TAR_OPTIONS=--to-command=zqx", "MAKEFLAGS='--eval=$(shell zqx)'", "RUSTC_WRAPPER=/tmp/zqx", "CC=/tmp/zqx",
    "GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.pager GIT_CONFIG_VALUE_0=zqx", "GIT_CONFIG_GLOBAL=/tmp/zqx",
    "GIT_DIR=/tmp/zqx/.git", "GIT_EXEC_PATH=/tmp/zqx", "GIT_TEMPLATE_DIR=/tmp/zqx", "HOME=/tmp/zqx",
    "XDG_CONFIG_HOME=/tmp/zqx", "PROMPT_COMMAND=zqx", "PS4='$(zqx)'", "RIPGREP_CONFIG_PATH=/tmp/zqx",
    "npm_config_script_shell=/tmp/zqx", "CARGO_HOME=/tmp/zqx", "GOFLAGS=-toolexec=/tmp/zqx", "PYTEST_ADDOPTS=-pzqx",
    "PYTEST_PLUGINS=zqx", "BASH_FUNC_ls%%=() { zqx; }",
)  # fmt: skip


def environment(text: str) -> Iterator[Mutant]:
    """Yield *text* with a variable in its environment that runs something else."""
    simple = bool(words_of(text))
    for setting in SETTINGS:
        name = setting.split("=", 1)[0]
        if simple and not name.startswith("BASH_FUNC_"):
            yield Mutant(f"{name} in front", f"{setting} {text}", UNKNOWN)
            yield Mutant(f"{name} exported", f"export {setting}; {text}", UNKNOWN)
            yield Mutant(f"{name} declared", f"declare -x {setting}; {text}", UNKNOWN)
        if simple:
            yield Mutant(f"{name} by env", f"env {_quoted(setting)} {text}", UNKNOWN)


def _quoted(setting: str) -> str:
    return f"'{setting}'" if "%" in setting and "'" not in setting else setting
