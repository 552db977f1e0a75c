"""Questions about the gate: what is configured, what would happen, what happened, and what a change would do."""
