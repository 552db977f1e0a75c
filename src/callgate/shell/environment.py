"""Environment is code: which variables change what a command does when they are set in front of it or exported."""

from __future__ import annotations

# Variables that no program reads as code, as a path to code or as an address. Claude Code passes a like list.
SAFE = frozenset(
    [
        "LANG",
        "LANGUAGE",
        "TZ",
        "TERM",
        "COLUMNS",
        "LINES",
        "NO_COLOR",
        "FORCE_COLOR",
        "CLICOLOR",
        "CLICOLOR_FORCE",
        "CI",
        "DEBUG",
        "VERBOSE",
        "QUIET",
        "PYTHONUNBUFFERED",
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONHASHSEED",
        "PYTHONIOENCODING",
        "PYTHONUTF8",
        "PYTHONFAULTHANDLER",
        "PYTHONOPTIMIZE",
        "PYTHONDEVMODE",
        "PYTHONASYNCIODEBUG",
        "PYTHONNODEBUGRANGES",
        "PYTHONTRACEMALLOC",
        "PYTHONVERBOSE",
        "RUST_BACKTRACE",
        "RUST_LOG",
        "CARGO_TERM_COLOR",
        "NODE_ENV",
        "GOOS",
        "GOARCH",
        "CGO_ENABLED",
        "OMP_NUM_THREADS",
        "MKL_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "TOKENIZERS_PARALLELISM",
        "DEBIAN_FRONTEND",
        "GIT_TERMINAL_PROMPT",
        "GIT_OPTIONAL_LOCKS",
        "HOMEBREW_NO_AUTO_UPDATE",
        "PIP_DISABLE_PIP_VERSION_CHECK",
        "PIP_NO_INPUT",
        "MPLBACKEND",
        "QT_QPA_PLATFORM",
        "CUDA_VISIBLE_DEVICES",
        "TF_CPP_MIN_LOG_LEVEL",
        "SOURCE_DATE_EPOCH",
    ]
)

# Matter to the shell or to many programs even when they are only assigned: they are in the environment already.
DANGEROUS = frozenset(
    [
        "PATH",
        "LD_PRELOAD",
        "LD_LIBRARY_PATH",
        "LD_AUDIT",
        "BASH_ENV",
        "ENV",
        "IFS",
        "PROMPT_COMMAND",
        "PS0",
        "PS1",
        "PS2",
        "PS4",
        "SHELLOPTS",
        "BASHOPTS",
        "CDPATH",
        "GLOBIGNORE",
        "HOME",
        "SHELL",
        "PAGER",
        "EDITOR",
        "VISUAL",
        "BROWSER",
        "FCEDIT",
        "SUDO_ASKPASS",
        "SSH_ASKPASS",
        "TMPDIR",
        "XDG_CONFIG_HOME",
        "XDG_STATE_HOME",
        "PYTHONPATH",
        "PYTHONSTARTUP",
        "PYTHONHOME",
        "PYTHONINSPECT",
        "PYTHONBREAKPOINT",
        "PYTHONUSERBASE",
        "PYTHONWARNINGS",
        "PYTHONPYCACHEPREFIX",
        "NODE_OPTIONS",
        "NODE_PATH",
        "PERL5LIB",
        "PERL5OPT",
        "RUBYLIB",
        "RUBYOPT",
        "JAVA_TOOL_OPTIONS",
        "_JAVA_OPTIONS",
        "TAR_OPTIONS",
        "GZIP",
        "XZ_OPT",
        "ZIPOPT",
        "UNZIP",
        "LESS",
        "LESSOPEN",
        "LESSCLOSE",
        "LESSKEY",
        "MANPAGER",
        "MANOPT",
        "GREP_OPTIONS",
        "RIPGREP_CONFIG_PATH",
        "BAT_CONFIG_PATH",
        "FZF_DEFAULT_COMMAND",
        "FZF_DEFAULT_OPTS",
        "KUBECONFIG",
        "DOCKER_HOST",
        "BASH_LOADABLES_PATH",
        "BASH_XTRACEFD",
        "HISTFILE",
        "FPATH",
        "ZDOTDIR",
        "MAKEFLAGS",
        "MAKEFILES",
        "RUSTC_WRAPPER",
        "CC",
        "CXX",
        "LD",
        "AR",
    ]
)

DANGEROUS_PREFIXES = (
    "LD_", "DYLD_", "GIT_", "BASH_FUNC_", "CALLGATE_", "CLAUDE_", "ANTHROPIC_", "DECISION_REVIEWER_", "AWS_",
    "npm_config_", "NPM_CONFIG_", "PIP_", "UV_", "CARGO_", "GOFLAGS", "GOPROXY", "MAVEN_", "GRADLE_",
)  # fmt: skip

DANGEROUS_SUFFIXES = ("_PAGER", "_EDITOR", "_PROXY", "_proxy", "_ASKPASS", "_WRAPPER", "_PRELOAD")


# Integers to bash: what is assigned to them is evaluated, and an array index in it executes.
_INTEGERS = frozenset({"BASHPID", "EPOCHSECONDS", "HISTCMD", "LINENO", "OPTIND", "RANDOM", "SECONDS", "SRANDOM"})

# How bash reads what follows, which program a name means, and text that it runs unasked.
_MODES = frozenset({"BASH_ALIASES", "BASH_CMDS", "BASH_COMPAT", "BASH_ENV", "BASHOPTS", "POSIXLY_CORRECT", "SHELLOPTS"})


def rules_the_shell(name: str, value: str | None) -> bool:
    """Whether assigning *value* (`None`: not known) to *name* makes the shell itself run or read something else."""
    if name in _INTEGERS:
        return value is None or not value.isdigit()
    if name == "PS4":
        return value is None or "$" in value or "`" in value
    return name in _MODES or name.startswith("BASH_FUNC_")


def is_safe(name: str) -> bool:
    """Whether *name* may be set in front of any command without changing what the command does."""
    return name in SAFE or name.startswith("LC_")


def is_dangerous(name: str) -> bool:
    """Whether a plain assignment to *name* (not exported) already changes what later commands do."""
    return not is_safe(name) and (
        name in DANGEROUS or name.startswith(DANGEROUS_PREFIXES) or name.endswith(DANGEROUS_SUFFIXES)
    )


def holds_code_paths(name: str) -> bool:
    """Whether the value is a list of directories that programs load code from (`execute` on each of them)."""
    return name in {"PYTHONPATH", "NODE_PATH", "PERL5LIB", "RUBYLIB"}
