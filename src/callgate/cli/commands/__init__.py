"""The commands, one per file: plain arguments in, an exit code out."""
