"""Self-protection (stage 2): what may be changed by a person's hand only, and which acts would change it."""
