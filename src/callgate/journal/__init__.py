"""The journal: what was decided, why, and everything needed to decide it again."""
