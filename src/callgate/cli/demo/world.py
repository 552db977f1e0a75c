"""The scratch world of the demo: a home, a small project in it, and a starter policy."""

from __future__ import annotations

import os
from typing import Final, Mapping, NamedTuple

from callgate.host import Places, places

PROFILE: Final = "standard"
"""The shipped profile that the demo's policy starts from."""

RULES: Final = """
# What this team added to the profile:

[demo]
description = "house rules of the demo"

[[demo.ask]]
id = "demo-push-asks"
description = "a person looks before anything leaves the machine"
command = "git push *"
"""
"""Rules that the demo's policy adds."""

FILES: Final[Mapping[str, str]] = {
    "README.md": "# shop\n\nA shop with one cart.\n",
    "pyproject.toml": '[project]\nname = "shop"\nversion = "0.1.0"\n',
    "src/shop/__init__.py": '"""A shop."""\n',
    "src/shop/cart.py": (
        '"""A shopping cart."""\n\n\ndef total(prices: list[float]) -> float:\n    return sum(prices)\n'
    ),
    ".env": "API_KEY=demo-not-a-secret\n",
    ".git/HEAD": "ref: refs/heads/main\n",
    ".git/config": "[core]\n\trepositoryformatversion = 0\n\tbare = false\n",
}
"""Path in the project -> content."""


class DemoWorld(NamedTuple):
    """Where the demo plays; everything lies below one directory."""

    home: str
    project: str
    places: Places

    def environ(self, path: str) -> dict[str, str]:
        """Return the environment of a hook process, nothing of the caller's but *path* (`PATH`)."""
        return {"HOME": self.home, "PATH": path, "LANG": "C.UTF-8", "CLAUDE_PROJECT_DIR": self.project}


def build_world(directory: str, starter: str) -> DemoWorld:
    """Write the world below *directory* (absolute, existing) and return it.

    Args:
        directory: the scratch directory.
        starter: TOML of the profile that the policy starts from.
    """
    home = os.path.join(os.path.realpath(directory), "home")
    world = DemoWorld(home, f"{home}/shop", places({"HOME": home}))
    for name, content in FILES.items():
        _write(f"{world.project}/{name}", content)
    _write(world.places.user_policy, starter.rstrip("\n") + "\n" + RULES)
    return world


def _write(path: str, content: str) -> None:
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(content)
