"""End to end: the real Claude Code client, a scripted model, and callgate as its users install it."""
