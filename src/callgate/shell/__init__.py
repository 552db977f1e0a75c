"""A Bash string becomes units and operations. Pure, no I/O."""
