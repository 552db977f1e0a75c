"""`python -m callgate`: the same as the console script `callgate`."""

from __future__ import annotations

from callgate.cli.main import main

if __name__ == "__main__":
    main()
