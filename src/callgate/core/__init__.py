"""Frozen vocabulary of callgate: what a call is, what it would do, what was decided. No I/O."""
