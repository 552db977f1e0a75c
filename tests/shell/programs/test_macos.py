"""Command lines of the family `macos`, and what is found in them."""

from __future__ import annotations

import pytest
from util import opaque, run

KNOWN: list[tuple[str, list[str]]] = [
    ("sw_vers", []),
    ("system_profiler SPHardwareDataType", []),
    ("vm_stat", []),
    ("defaults read com.apple.finder", ["system reads preferences"]),
    ("defaults write com.apple.finder X 1", ["system changes preferences"]),
    ("defaults -currentHost write x y z", ["system changes preferences"]),
    ("defaults import x y", ["system changes preferences"]),
    ("plutil -p a.plist", ["read /p/a.plist"]),
    ("pbpaste", ["system uses the clipboard"]),
    ("pbcopy", ["system uses the clipboard"]),
    ("xclip -o", ["system uses the clipboard"]),
    ("xclip -sel clipboard a.txt", ["system uses the clipboard", "read /p/a.txt"]),
    ("xcode-select -p", []),
    ("xcode-select -s /x", ["system changes the developer tools"]),
    ("otool -L a", ["read /p/a"]),
    ("codesign -dv a", ["read /p/a"]),
    ("say hello", []),
    ("mdls -name x a", ["read /p/a"]),
    ("mdfind -name x", []),
    ("xattr -l a", ["read /p/a"]),
    ("xattr -d com.apple.quarantine a", ["write /p/a"]),
    ("xattr -w k v a", ["write /p/a"]),
    ("notify-send x", ["system acts on the desktop"]),
    ("otool -L -p x ../a", ["read /a"]),
    ("dwarfdump --debug-info a.o", ["read /p/a.o"]),
    ("dwarfdump -o ../x a.o", ["write /x via -o", "read /p/a.o"]),
]

OPAQUE = [
    "otool -L @x",
    "dwarfdump -O file=x a.o",
    "plutil -convert xml1 a.plist",
    "codesign -s x a",
    "say -o x y",
    "osascript -e 'do shell script \"id\"'",
    "xcrun id",
    "xcodebuild",
    "security dump-keychain",
    "hdiutil attach x",
    "networksetup -setdnsservers x",
    "mdls --frobnicate",
]


@pytest.mark.parametrize(("line", "expected"), KNOWN)
def test_known(line: str, expected: list[str]) -> None:
    """Asking is harmless or reads, preferences and the clipboard are the system's, scripts are unknown."""
    assert run(line) == expected
    assert not opaque(line)


@pytest.mark.parametrize("line", OPAQUE)
def test_not_known(line: str) -> None:
    """What only a rule that names it may cover is opaque."""
    assert opaque(line)
