"""Command lines of `cargo`, and what is found in them."""

from __future__ import annotations

import pytest
from util import opaque, run

FIRST = "execute /p"
BASE = [FIRST, "execute /p recursive", "network <dynamic>"]

KNOWN: list[tuple[str, list[str]]] = [
    ("cargo --version", [FIRST]),
    ("cargo test", BASE),
    ("cargo test name -- --nocapture --test-threads 1", BASE),
    ("cargo t -p x --all-features", BASE),
    ("cargo build --release --target-dir ../x", [FIRST, "write /x via --target-dir", *BASE[1:]]),
    ("cargo check --manifest-path ../x/Cargo.toml", [FIRST, "execute /x/Cargo.toml via --manifest-path", *BASE[1:]]),
    ("cargo clippy --all-targets -- -D warnings -A clippy::x", BASE),
    ("cargo clippy --fix --allow-dirty", [*BASE, "write /p recursive"]),
    ("cargo fmt", [FIRST, "execute /p recursive", "write /p recursive"]),
    ("cargo fmt --check", [FIRST, "execute /p recursive"]),
    ("cargo fmt --check -- -l", [FIRST, "execute /p recursive"]),
    ("cargo doc --no-deps", BASE),
    ("cargo run --bin x -- --config y", BASE),
    ("cargo nextest run -E 'test(x)'", BASE),
    ("cargo tree -i x", [FIRST, "execute /p recursive", "read /p", "network <dynamic>"]),
    ("cargo pkgid", [FIRST, "execute /p recursive", "read /p"]),
]

OPAQUE = [
    "cargo",
    "cargo $X",
    "cargo install x",
    "cargo publish",
    "cargo add x",
    "cargo clean",
    "cargo +nightly test",
    "cargo --config x tree",
    "cargo tree --config x",
    "cargo test --config build.rustc-wrapper=x",
    "cargo test -Zx",
    "cargo test -- --logfile ../x",
    "cargo doc --open",
    "cargo clippy -- -C linker=./x",
    "cargo clippy -- $X",
    "cargo fmt -- --config-path ../x",
    "cargo nextest run --tool-config-file x",
    "cargo nextest self update",
]


@pytest.mark.parametrize(("line", "expected"), KNOWN)
def test_known(line: str, expected: list[str]) -> None:
    """Building and testing run the project; where files are written is named."""
    assert run(line) == expected
    assert not opaque(line)


@pytest.mark.parametrize("line", OPAQUE)
def test_not_known(line: str) -> None:
    """What loads other code, publishes or installs is opaque."""
    assert opaque(line)
