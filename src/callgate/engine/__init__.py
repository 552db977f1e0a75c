"""Stages and the decision: pure, no I/O."""
