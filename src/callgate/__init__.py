"""callgate: the permission system for coding agents.

The package root imports nothing: the hook pays for every import (see docs/architecture.md).
"""

__version__ = "0.1.0"
