"""Replay: history decided again, by another policy, with what was known of the host when it was decided first."""
